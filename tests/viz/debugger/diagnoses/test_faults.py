"""The gallery of faults: in every small script with one thing wrong the first finding names the guilty line; its twin is clean.

tests/faults/NN_name.py is a training script as somebody might write it, with one fault; the guilty line ends with `# <- here`,
and the second line says which finding names it - or, for what no diagnosis can know, which breakpoint stops there.
NN_name_healthy.py is the same script without the fault. What PyTorch makes of them (tests/faults/in_torch.py ran them, its
output is in tests/data/torch_faults.json) stands beside it in docs/faults.md, which is written from these results.
"""

import difflib
import functools
import json
import os
import pathlib
import re
from typing import Any, NamedTuple

import pytest
from places import ROOT, TESTS

from autograd import Recording
from autograd.operators import Tracer
from autograd.primitives.table import TABLE
from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.table import CHECKS, Kind
from viz.debugger.diagnoses.watch import watching
from viz.debugger.walk.breakpoints import Breakpoint
from viz.debugger.walk.session import Session
from viz.script import running

FOLDER = TESTS / "faults"
DOCUMENT = ROOT / "docs" / "faults.md"
_NUMBERED = (path for path in FOLDER.glob("[0-9]*.py") if not path.stem.endswith("_healthy"))
SCRIPTS = sorted(_NUMBERED, key=lambda path: (int(path.stem.partition("_")[0]), path.stem))
TORCH: dict[str, Any] = json.loads((FOLDER.parent / "data" / "torch_faults.json").read_text(encoding="utf-8"))
_SPEAKS = re.compile(r"# (diagnose|breakpoint): (.+)")
_BREAKPOINT = re.compile(r"(\w+) (.+?)(?: if (.+))?")


class Seen(NamedTuple):
    """What a run of a script showed."""

    findings: list[Finding]
    recordings: list[Recording]
    costs: list[float]


@functools.cache
def run(path: pathlib.Path) -> Seen:
    with watching() as watch, running(str(path)):
        pass
    return Seen(watch.findings(), watch.recordings, [r.root.data for r in watch.recordings])


class Fault(NamedTuple):
    """A script's header, and its guilty line."""

    wrong: str
    tool: str
    expected: str
    line: int


def fault(path: pathlib.Path) -> Fault:
    lines = path.read_text(encoding="utf-8").splitlines()
    (line,) = (n for n, text in enumerate(lines, 1) if text.endswith("# <- here"))
    match = _SPEAKS.fullmatch(lines[1])
    assert match, f"{path.name}: its second line does not say what names the guilty line"
    return Fault(lines[0].strip('"'), match[1], match[2], line)


def twin(path: pathlib.Path) -> pathlib.Path:
    return path.with_name(f"{path.stem}_healthy.py")


def stops(path: pathlib.Path, text: str) -> list[tuple[int, ...]]:
    """The lines that a breakpoint shows at its first stop of each pass: of the node, and of those it was computed from."""
    match = _BREAKPOINT.fullmatch(text)
    assert match, text
    shown = []
    for recording in run(path).recordings:
        session = Session(recording)
        session.add(Breakpoint(match[1], match[2], condition=match[3] or ""))
        if session.run().reason in ("breakpoint", "gradient", "exception"):
            nodes = [session.node, *recording.nodes.parents(session.node)]
            shown.append(tuple(source.line for i in nodes if (source := recording.nodes.source(i))))
    return shown


@pytest.fixture(scope="module", params=SCRIPTS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> pathlib.Path:
    """Each script in turn: all tests of one stand together, in the process that has run it."""
    return pathlib.Path(request.param)


def test_the_gallery_is_large_and_every_check_is_in_it() -> None:
    assert len(SCRIPTS) >= 32
    assert all(twin(path).exists() for path in SCRIPTS)
    shown = {fault(path).expected for path in SCRIPTS if fault(path).tool == "diagnose"}
    assert shown <= set(Kind)
    # input without influence: only who names the inputs can be told; near overflow: a warning of what 02 shows happening
    # rule not checked: no fault, but that nothing is known (tests/viz/debugger/diagnoses/test_rules.py)
    # got worse and what follows: facts about the outcome (tests/viz/debugger/diagnoses/test_outcome.py)
    # nothing to ignore: a note about a wish (tests/viz/debugger/diagnoses/test_ignoring.py)
    # the questions: shown when they are asked for (tests/viz/debugger/diagnoses/test_targets.py)
    outcome = {"got worse", "chance level", "little learned", "fits the training set only", "held back by the steps"}
    others = {"input without influence", "near overflow", "rule not checked", "nothing to ignore"}
    assert set(Kind) - shown == others | outcome | {check.kind for check in CHECKS if check.certainty == "hint"}


def test_the_guilty_line_is_named_first(path: pathlib.Path) -> None:
    expected = fault(path)
    if expected.tool == "breakpoint":
        shown = stops(path, expected.expected)
        assert shown and all(expected.line in lines for lines in shown)
        assert stops(twin(path), expected.expected) == []
        return
    first = run(path).findings[0]
    assert (first.kind, first.file, first.line) == (expected.expected, str(path), expected.line), str(first)
    assert first.message and first.remedy and str(first).endswith("]")


def test_one_cause_is_one_finding(path: pathlib.Path) -> None:
    assert len(run(path).findings) == (fault(path).tool == "diagnose"), [str(f) for f in run(path).findings]


def test_nothing_is_found_in_the_healthy_twin(path: pathlib.Path) -> None:
    seen = run(twin(path))
    assert [str(f) for f in seen.findings] == []
    assert seen.costs[-1] < seen.costs[0] or "carried_state" in path.stem, "a healthy script learns"


def test_a_script_and_its_twin_differ_in_the_fault_alone(path: pathlib.Path) -> None:
    ours, theirs = (p.read_text(encoding="utf-8").splitlines()[1:] for p in (path, twin(path)))
    ours = [line.removesuffix("  # <- here") for line in ours]
    changed = [
        line for line in difflib.ndiff(ours, theirs) if line[0] in "+-" and not re.match(r". (from |import |# |$)", line)
    ]
    assert 0 < len(changed) <= 8, changed
    assert 10 <= len(theirs) <= 40


def test_being_watched_changes_no_number(path: pathlib.Path) -> None:
    rows, methods = set(TABLE), set(vars(Tracer))
    with running(str(twin(path))) as names:
        plain = names["cost"].data
    for name in set(TABLE) - rows:  # a primitive can be defined once
        del TABLE[name]
    for name in set(vars(Tracer)) - methods:
        delattr(Tracer, name)
    assert run(twin(path)).costs[-1] == plain


# With other draws the step of 32 does not always switch all units off; then nothing is wrong.
DRAWN = [path for path in SCRIPTS if "Random(" in path.read_text(encoding="utf-8") and not path.stem.startswith("32")]


# By default every sixth script with one seed; all of them, with two, by `make exhaustive`.
SEEDED = [
    pytest.param(path, seed, id=f"{path.stem}-{seed}", marks=[] if seed == 102 and n % 6 == 0 else pytest.mark.exhaustive)
    for n, path in enumerate(DRAWN)
    for seed in (101, 102)
]


@pytest.mark.parametrize(("drawn", "seed"), SEEDED)
def test_nothing_hangs_on_the_seed(drawn: pathlib.Path, seed: int, tmp_path: pathlib.Path) -> None:
    for script in (drawn, twin(drawn)):
        other = tmp_path / f"{script.stem}_{seed}.py"
        text = re.sub(r"Random\(\d+\)", f"Random({seed})", script.read_text(encoding="utf-8"))
        other.write_text(re.sub(r'"bent(\w*)"', rf'"bent\1_{seed}"', text), encoding="utf-8")  # a primitive is defined once
        found = [(f.kind, f.line) for f in run(other).findings]
        expected = fault(drawn)
        assert found == ([(expected.expected, expected.line)] if script == drawn and expected.tool == "diagnose" else []), seed


# --- PyTorch beside it -------------------------------------------------------------------------------------------------


# A new script is shown as not run there until somebody who has PyTorch runs tests/faults/in_torch.py.
THERE = [path for path in SCRIPTS if path.stem in TORCH["faults"]]


def test_nearly_all_have_been_run_there() -> None:
    assert len(THERE) == len(TORCH["faults"]) >= 66
    assert len(SCRIPTS) - len(THERE) < 10


def test_the_scripts_on_pytorch_compute_what_they_compute_here(path: pathlib.Path) -> None:
    if path not in THERE:
        return
    stored = TORCH["faults"][path.stem]["healthy"]
    ours = run(twin(path)).costs
    assert not stored["raised"]
    assert [float(c) for c in stored["costs"]] == pytest.approx([ours[0], ours[-1]], rel=1e-6)
    assert TORCH["faults"][path.stem]["guilty"] == fault(path).line


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def anomaly_mode(stored: dict[str, Any]) -> str:
    if not stored["raised"]:
        return f"warns: {stored['warnings'][0].split(';')[0].split('. ')[0]}" if stored["warnings"] else "-"
    what = re.sub(r"^RuntimeError: ", "", stored["raised"])
    what = re.sub(r"\. .*| \(or .*|: \[torch.*", "", what).rstrip(".")
    where = f"line {stored['line']}" if stored["line"] else "no line"
    return f"{where}{'' if stored['line'] == stored['guilty'] else ' (not guilty)'}: {what}"


def _kind(note: str) -> str:
    return re.sub(r"\d[\d.e+-]*", "#", note)


def hooks(stored: dict[str, Any]) -> str:
    healthy = set(map(_kind, stored["healthy"]["hooks"]))
    return "; ".join([note for note in stored["hooks"] if _kind(note) not in healthy][:2]) or "-"


def table() -> str:
    head = ("fault", "guilty line", "stepgrad", "PyTorch's errors, in anomaly mode", "hooks and .grad in PyTorch")
    rows = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for path in SCRIPTS:
        f, stored = fault(path), TORCH["faults"].get(path.stem)
        ours = f"{f.expected}, line {f.line}" if f.tool == "diagnose" else f"breakpoint: `{f.expected}`"  # is held to it above
        what = f"[{path.stem}](../tests/faults/{path.name}): {f.wrong}"
        theirs = (anomaly_mode(stored), hooks(stored)) if stored else ("not run yet",) * 2
        cells = (what, str(f.line), ours, *theirs)
        rows.append(f"| {' | '.join(map(_cell, cells))} |")
    return "\n".join(rows)


def checks() -> str:
    rows = ["| finding | certainty | meaning |", "|---|---|---|"]
    rows += [f"| {check.kind} | {check.certainty} | {(check.find.__doc__ or '').splitlines()[0]} |" for check in CHECKS]
    return "\n".join(rows)


def summary() -> str:
    stored = [TORCH["faults"][path.stem] for path in THERE]
    named = sum(fault(path).tool == "diagnose" for path in SCRIPTS)
    raised, right = sum(bool(s["raised"]) for s in stored), sum(s["line"] == s["guilty"] for s in stored)
    seen = sum(hooks(s) != "-" for s in stored)
    of = "" if len(THERE) == len(SCRIPTS) else f" of the {len(THERE)} that it has run"
    return (
        f"A diagnosis names {named} of {len(SCRIPTS)} faults by line, and a breakpoint stops at the other "
        f"{len(SCRIPTS) - named}. PyTorch {TORCH['torch']},\nwith anomaly mode on, raises in {raised}{of} and names the guilty "
        f"line in {right}; hooks or a look at `.grad` show something remarkable,\nwhich the healthy twin does not "
        f"show, in {seen}."
    )


def test_the_document_says_what_was_seen() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    for name, written in (("summary", summary()), ("checks", checks()), ("table", table())):
        before, mark, after = text.partition(f"<!-- {name} -->")
        text = f"{before}{mark}\n\n{written}\n\n<!-- end -->{after.partition('<!-- end -->')[2]}"
        assert mark, f"docs/faults.md has no place for the {name}"
    if os.environ.get("REGENERATE"):
        DOCUMENT.write_text(text, encoding="utf-8")
    assert DOCUMENT.read_text(encoding="utf-8") == text, "REGENERATE=1 writes docs/faults.md again"

"""The debugger at the terminal: every command against the walk it stands for, the real program over a pipe and in tmux.

Oracles: the moves of `Session`, Python's own evaluation of the same arithmetic, the script run without a debugger. The
transcripts in docs/terminal-debugger.md are run again and compared, letter by letter; REGENERATE=1 writes them.
"""

import linecache
import os
import pathlib
import random
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import ArgumentError, Recording, Value, exp, log, record_backward, record_sources, reverse, scope, tanh
from nn import MLP, mean_squared_error
from viz.debugger import Breakpoint, Session
from viz.debugger.__main__ import main as entry
from viz.debugger.commands import GROUPS, Commands
from viz.debugger.debuggee import Arrival, Ended, Leave, running_to_backward
from viz.debugger.places import Places
from viz.debugger.plain import cells, printable
from viz.debugger.stops import parse
from viz.debugger.terminal import main
from viz.script import ScriptError

ROOT = pathlib.Path(__file__).parent.parent
DOC = ROOT / "docs" / "terminal-debugger.md"


def network(seed: int = 0) -> Recording:
    with record_sources():
        model = MLP(2, [3, 2, 1], activation="tanh", rng=random.Random(seed))
        cost = mean_squared_error([model([0.5, -1.0]), model([1.0, 2.0])], [0.0, 1.0])
        cost.label = "cost"
    return record_backward(cost)


def small() -> Commands:
    """A walk through tanh(w * x)^2, of labelled nodes."""
    with record_sources(), scope("layer1"):
        w, x = Value(2.0, label="w^1_2"), Value(0.25, label="x")
        z = w * x
        z.label = "z"
        y = tanh(z)
        y.label = "y"
        cost = y * y
        cost.label = "cost"
    commands = Commands()
    commands.open(record_backward(cost))
    return commands


def said(commands: Commands, *lines: str) -> str:
    """What the last of some commands answers."""
    text = ""
    for line in lines:
        text = commands.do(line).text
    return text


def flat(text: str) -> str:
    """Text that was broken into lines, in one."""
    return " ".join(text.split())


# --- moving --------------------------------------------------------------------------------------------------------------

PAIRS = {
    "s": "step", "rs": "step_back", "n": "next", "rn": "next_back", "o": "out", "ro": "out_back", "c": "run", "rc": "run_back",
    "fin": "out", "step": "step", "reverse-next": "next_back", "cont": "run", "": "",
}  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=25)
@given(st.lists(st.tuples(st.sampled_from(sorted(PAIRS)), st.integers(1, 3)), max_size=15))
def test_every_moving_command_is_the_move_of_the_session(moves: list[tuple[str, int]]) -> None:
    recording = network()
    commands, session = Commands(), Session(recording)
    commands.open(recording)
    session.add(Breakpoint("op", "tanh"))
    commands.do("b op:tanh")
    last: tuple[str, int] | None = None
    for name, times in moves:
        commands.do(f"{name} {times}" if name else "")
        last = (PAIRS[name], times) if name else last
        for _ in range(last[1] if last else 0):
            assert last is not None
            if not (session.at_start if "back" in last[0] else session.at_end):
                getattr(session, last[0])()
        assert commands.console.session.position == session.position


def test_a_stop_says_where_what_and_from_which_line() -> None:
    commands = small()
    lines = said(commands, "s").splitlines()
    assert 2 <= len(lines) <= 4
    assert lines[0] == "step 1 of 5, in layer1"
    assert lines[1].startswith("y.grad += 0.4621 × 1 = 0.4621, total 0.9242")
    assert lines[1].endswith("d(y * y)/dy = y")
    assert re.fullmatch(r"\S*test_debugger_terminal\.py:\d+ -> cost = y \* y", lines[2])
    assert lines[3].strip() == "^^^^^"
    assert lines[3].index("^") == lines[2].index("y * y")


def test_jump_goto_and_run_lead_to_a_position() -> None:
    commands = small()
    session = commands.console.session
    for line, position in [
        ("j 3", 3),
        ("j +1", 4),
        ("j -2", 2),
        ("jump 5", 5),
        ("run", 0),
        ("goto z", 3),
        ("goto x", 5),
        ("restart", 0),
    ]:
        commands.do(line)
        assert session.position == position, line
    for line in ("j 6", "j x", "j -9", "j", "goto", "goto nothing", "s 0", "s -1", "s x", "f 99"):
        assert said(commands, line).startswith("*** "), line
        assert session.position == 0


def test_up_and_down_select_a_frame_and_the_questions_follow() -> None:
    commands = small()
    commands.do("goto z")
    assert said(commands, "w").splitlines()[-1].startswith("> #0  z = w¹₂ * x")
    assert said(commands, "u").startswith("#1 y = tanh(z)")
    assert said(commands, "w").splitlines()[1].startswith("> #1  y = tanh(z)")
    assert said(commands, "why").startswith("y.grad")
    assert said(commands, "p data") == repr(commands.console.session.recording.nodes.data[commands.console.places.find("y")])
    assert said(commands, "u", "u") == "this is the cost: the stack ends here"
    assert said(commands, "d", "d", "d").startswith("this is the current node")
    assert said(commands, "f 2").startswith("#2 cost")
    commands.do("s")
    assert commands.console.frame == 0


def test_at_the_ends_a_move_says_so_and_goes_nowhere() -> None:
    commands = small()
    assert said(commands, "rs") == said(commands, "rc") == "at the start of the pass"
    assert said(commands, "c").splitlines()[-1] == "(rs, rn, rc lead back; q quits)"
    assert said(commands, "s").startswith("at the end of the pass")
    assert commands.do("c").then == ""  # a recording has no script that could go on
    assert commands.do("q").then == "quit"


def test_an_empty_line_repeats_moves_and_nothing_else() -> None:
    commands = small()
    assert commands.do("").text == ""
    commands.do("s")
    commands.do("p z")
    commands.do("")
    assert commands.console.session.position == 2
    assert commands.console.history == ["s", "p z"]
    first = said(commands, "l")
    assert said(commands, "").splitlines()[0].split()[0] == str(int(first.splitlines()[-1].split()[0]) + 1)


# --- breakpoints ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("train.py:12", ("line", "train.py:12", "", "")),
        ("/a b/train.py:12 if grad > 1 x3", ("line", "/a b/train.py:12", "grad > 1", "3")),
        ("op:tanh x>=3", ("op", "tanh", "", ">=3")),
        ("op tanh", ("op", "tanh", "", "")),
        ("tanh if abs(grad) < 1e-7", ("op", "tanh", "abs(grad) < 1e-7", "")),
        ("scope:layer1/neuron2 x%2", ("scope", "layer1/neuron2", "", "%2")),
        ("label:w^1_*", ("label", "w^1_*", "", "")),
        ("label:'a label'", ("label", "a label", "", "")),
        ("z", ("label", "z", "", "")),
        ("layer1", ("scope", "layer1", "", "")),
        ("w¹₂", ("label", "w^1_2", "", "")),
        ("v3", ("node", "3", "", "")),
        ("node:z", ("node", "2", "", "")),
        ("node z if data != data", ("node", "2", "data != data", "")),
    ],
)
def test_how_a_breakpoint_is_written(text: str, expected: tuple[str, ...]) -> None:
    b = parse(text, small().console)
    assert (b.kind, b.what, b.condition, b.hits) == expected


def test_a_bare_number_is_a_line_of_the_current_file() -> None:
    commands = small()
    line = commands.console.session.source.line  # type: ignore[union-attr]
    assert parse(str(line), commands.console).what == f"{__file__}:{line}"
    commands.do("j 3")
    commands.do(f"b {line}")
    assert "breakpoint 1" in said(commands, "j 5", "rc", "run", "j 5", "rc") or commands.console.session.at_start


@pytest.mark.parametrize(
    "text", ["", "if data > 0", "op:", "wrong:tanh", "z if grad >", "z if open('x')", "node:nothing", "z x%x"]
)
def test_what_is_no_breakpoint_is_refused_and_leaves_nothing(text: str) -> None:
    commands = small()
    answer = commands.do(f"tbreak {text}").text
    assert answer.startswith("*** ") or "no node has the label" in answer
    if answer.startswith("*** "):
        assert not commands.console.breakpoints
        assert not commands.console.session.breakpoints


def test_a_breakpoint_with_no_node_says_so_and_is_kept_for_later_passes() -> None:
    commands = small()
    assert "no node has the label 'yy'. Did you mean 'y'?" in flat(said(commands, "b label:yy"))
    assert "no node has the op 'tahn'. Did you mean 'tanh'?" in flat(said(commands, "b op:tahn"))
    assert "no node has the label 'yy'" in flat(said(commands, "b"))


def test_a_leaf_is_watched_because_no_walk_arrives_there() -> None:
    commands = small()
    assert said(commands, "b x") == "breakpoint 1: watch x (a leaf: it stops when the gradient changes)"
    assert "gradient of x: not reached ->" in said(commands, "c")
    assert "stops nowhere" in flat(said(small(), "b label:[wx]*"))


def test_breakpoints_are_listed_disabled_ignored_counted_and_deleted() -> None:
    commands = small()
    said(commands, "b op:tanh", "tbreak z", "watch w^1_2 if total > 0", "catch nan")
    listed = said(commands, "b").splitlines()
    assert [row.split()[0] for row in listed] == ["1", "2", "3", "4"]
    assert (
        "op tanh" in listed[0]
        and "temporary" in listed[1]
        and "watch w^1_2 if total > 0" in listed[2]
        and "catch nan" in listed[3]
    )
    assert said(commands, "info b") == said(commands, "b")
    assert said(commands, "disable 1") == "disabled breakpoint 1"
    assert "breakpoint 2 (label z)" in said(commands, "c")
    assert 2 not in commands.console.breakpoints  # it was temporary
    assert said(commands, "enable", "run", "c").startswith("step 2 of 5, in layer1, breakpoint 1 (op tanh)")
    assert said(commands, "ignore 1 1", "run", "c").startswith("step 4 of 5") or "breakpoint 3" in said(commands, "b")
    assert said(commands, "hits 1 %2").endswith("op tanh x%2")
    assert said(commands, "condition 1 data > 100").endswith("op tanh if data > 100 x%2")
    assert said(commands, "condition 1 nonsense(").startswith("*** ")
    assert commands.console.breakpoints[1].condition == "data > 100"
    assert said(commands, "delete 9").startswith("*** there is no breakpoint 9; there are: 1, 3, 4")
    assert said(commands, "delete 1, 3") == "deleted breakpoints 1, 3"
    assert said(commands, "clear") == "deleted breakpoint 4"
    assert said(commands, "b").startswith("no breakpoints")


def test_breakpoints_outlive_a_pass() -> None:
    commands = Commands(alive=True)
    first, second = record_backward(tanh(Value(0.5, label="w")) * 2.0), record_backward(tanh(Value(0.5, label="u")) * 2.0)
    commands.enter(Arrival(1, first, None))
    said(commands, "b op:tanh", "watch w", "b node:v1")
    commands.enter(Arrival(2, second, None))
    assert said(commands, "c").startswith("step 1 of 2, breakpoint 1 (op tanh)")
    assert "no nodes are called 'w'" in said(commands, "b")
    commands.enter(Arrival(3, first, None))
    assert "no nodes are called" not in said(commands, "b")
    assert "watch w" in said(commands, "c", "c")


def test_ca_goes_through_passes_until_a_breakpoint_stops_one() -> None:
    commands = Commands(alive=True)
    fine, bad = record_backward(exp(Value(1.0, label="x"))), record_backward(log(Value(0.0, label="x")) * 0.0)
    commands.enter(Arrival(1, fine, None))
    assert said(commands, "ca", "ca").startswith("there is no breakpoint to go on to")
    commands.do("catch inf")
    assert commands.do("ca").then == "through"
    assert commands.enter(Arrival(2, fine, None)) == ""
    bad_2 = record_backward(log(Value(0.0, label="x")))
    assert "breakpoint 1 (catch inf)" in commands.enter(Arrival(3, bad_2, None))
    assert commands.enter(Arrival(4, bad, None)) != ""  # it has stopped: passes are shown again


# --- expressions ---------------------------------------------------------------------------------------------------------

VALUES = {"w^1_2": 2.0, "x": 0.25, "z": 0.5}


@pytest.mark.parametrize(
    "text",
    [
        "w^1_2 * 10 + x",
        "z.data / 2 - 1",
        "-w¹₂ ** 2",
        "max(z, w^1_2,3)",
        "z < w^1_2 and x == 0.25",
        "abs(-x.data) % 0.2",
        "v0 + v1",
        "1 / 0",
    ],
)
def test_arithmetic_is_that_of_python(text: str) -> None:
    python = text.replace("w^1_2", "W").replace("w¹₂", "W").replace("v0", "W").replace("v1", "X").replace(".data", "")
    try:
        expected = eval(python, {}, {"W": 2.0, "x": 0.25, "X": 0.25, "z": 0.5, "max": max, "abs": abs})
    except ZeroDivisionError:
        expected = float("nan")
    assert said(small(), f"p {text}") == repr(expected)


def test_print_shows_gradients_as_they_are_here() -> None:
    commands = small()
    assert said(commands, "p z.grad") == "not reached yet"
    assert said(commands, "p z.grad * 2") == "not reached yet"  # and not nan
    total = commands.console.session.gradient("z", 5)
    assert said(commands, "p z.final") == repr(total)
    assert said(commands, "j 3", "p z.grad") == repr(total)
    assert said(commands, "p y").startswith("data 0.462117, grad 0.924234")
    assert "so far, 1 of 2 contributions" in said(commands, "j 1", "p y")
    assert said(commands, "p contribution == local * upstream") == "True"
    assert said(commands, "p 'z'.data + 1") == "1.5"
    assert said(commands, "p z.op") == "'mul'"
    assert said(commands, "z.data") == "0.5"  # what is no command is printed
    assert said(commands, "p v2").startswith("data 0.5, grad not reached yet")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')", "z.__class__", "(lambda: 1)()", "[1 for i in (1,)]", "open('x')", "z.data.real",
        "x = 3", "z +", "nothing", "z.gard", "9 ** 9 ** 9", "\x00", "'", "z.grad()", "{}", "globals", "breakpoint()",
    ],
)  # fmt: skip
def test_nothing_typed_is_run_as_python(text: str) -> None:
    answer = said(small(), f"p {text}")
    assert answer.startswith("*** "), answer


def test_display_shows_at_every_stop_what_can_be_shown() -> None:
    commands = small()
    assert said(commands, "display z.grad") == "1: z.grad = not reached yet"
    assert said(commands, "display open('x')").startswith("*** ")
    assert said(commands, "s").splitlines()[-1] == "1: z.grad = not reached yet"
    assert said(commands, "j 3").splitlines()[-1].startswith("1: z.grad = 0.7")
    assert said(commands, "undisplay 7").startswith("*** ")
    assert said(commands, "undisplay", "s").splitlines()[-1].strip("^ ") == ""


# --- questions -----------------------------------------------------------------------------------------------------------


def test_the_questions_answer_for_a_node_by_any_of_its_names() -> None:
    commands = small()
    commands.do("j 5")
    for name in ("w^1_2", "w¹₂", "v0", "'w^1_2'"):
        assert said(commands, f"check {name}").startswith("w¹₂: recorded") and "they agree" in said(commands, f"check {name}")
    assert said(commands, "why x").startswith("x.grad = ")
    assert said(commands, "users z") == "y = tanh(z)"
    assert said(commands, "users cost") == "nothing was computed from cost"
    way = said(commands, "path w^1_2 cost").splitlines()
    assert [row.split()[0] for row in way[:-1]] == ["w¹₂", "z", "y", "cost"]
    assert said(commands, "a z").splitlines()[1:] == ["  w¹₂ = 2", "  x = 0.25"]
    assert "made as    z = w¹₂ * x" in said(commands, "info z")
    assert [row.split()[0] for row in said(commands, "find tanh").splitlines()] == ["v3"]
    assert [row.split()[0] for row in said(commands, "find w*").splitlines()] == ["v0"]
    assert said(commands, "find nothing").startswith("nothing is called")
    assert said(commands, "goto y", "rule").splitlines()[0] == "d(tanh(z))/dz = 1 - y ** 2"
    assert "5 contributions" in said(commands, "info")


def test_the_neighbourhood_is_users_above_and_operands_below() -> None:
    commands = small()
    rows = said(commands, "goto z", "s", "ll z").splitlines()
    here = next(n for n, row in enumerate(rows) if row.startswith("> z = w¹₂ * x"))
    assert [rows[0].split()[0], rows[0][rows[0].index("from") :]] == ["✓", "from y = tanh(z)"]
    assert [row.split()[0] for row in rows[here + 2 :]] == ["✓", "→"]
    assert rows[here + 2].endswith("to w¹₂ = 2")
    assert "a leaf: its gradient ends here" in said(commands, "ll x")


def test_list_shows_lines_breakpoints_and_what_was_recorded_of_a_file_that_is_gone(tmp_path: pathlib.Path) -> None:
    commands = small()
    line = commands.console.session.source.line  # type: ignore[union-attr]
    said(commands, f"b {line}")
    rows = said(commands, "l").splitlines()
    assert [row for row in rows if f"{line:4} B-> " in row] == [f"{line:4} B->         cost = y * y"]
    assert len(said(commands, "l 1,3").splitlines()) == 3
    assert said(commands, "l 99999,99999") == "[end of the file]"
    script = tmp_path / "gone.py"
    script.write_text("from autograd import Value\n\n(Value(3.0) * 2.0).backward()\n")
    arrivals: list[Arrival] = []
    running_to_backward(str(script), [], arrivals.append)
    commands.open(arrivals[0].recording)
    script.unlink()
    linecache.checkcache()
    assert said(commands, "l").splitlines()[-1] == "   3  -> Value(3.0) * 2.0"


def test_save_and_page_write_files_and_say_why_they_cannot(tmp_path: pathlib.Path) -> None:
    commands = small()
    assert flat(said(commands, f"save {tmp_path}/run.json")) == f"written: {tmp_path}/run.json"
    assert flat(said(commands, f"page {tmp_path}/steps.html")) == f"written: {tmp_path}/steps.html"
    assert (tmp_path / "steps.html").read_text().startswith("<!doctype html>")
    assert said(commands, "save /nowhere/run.json").startswith("*** cannot write the recording")
    assert said(commands, "save").startswith("*** save to which file?")


def test_diagnose_names_the_guilty_line() -> None:
    commands = Commands()
    with record_sources():
        cost = log(Value(0.0, label="x") * 2.0)
    commands.open(record_backward(cost))
    answer = said(commands, "diagnose")
    assert f"test_debugger_terminal.py:{cost.source.line}" in answer
    assert said(commands, "diagnose everything").startswith("*** ")


# --- help, mistakes, completion --------------------------------------------------------------------------------------------


def test_help_knows_every_command_and_teaches() -> None:
    commands = Commands()
    overview = said(commands, "help")
    for group in GROUPS.values():
        for command in group:
            assert f"\n  {command.syntax.split()[0]} " in overview
            for name in command.names:
                assert command.about.split(";")[0][:20] in said(commands, f"help {name}").replace("\n    ", " "), name
    assert "parent.grad += local × upstream" in said(commands, "help tour")
    assert "Did you mean 'watch'" in flat(said(commands, "help wacth"))


def test_names_of_commands_do_not_collide() -> None:
    names = [name for group in GROUPS.values() for command in group for name in command.names]
    assert len(names) == len(set(names))


def test_mistakes_are_answered_with_what_was_meant() -> None:
    commands = small()
    assert "Did you mean 'watch'" in flat(said(commands, "wacth z"))
    assert "Did you mean 'cost'" in flat(said(commands, "cots"))
    assert said(commands, "wat z").startswith("breakpoint")  # the beginning of only one command
    assert said(commands, "re").startswith("*** ")  # of several


def test_completion_knows_commands_names_and_breakpoints() -> None:
    commands = small()
    assert "watch" in commands.complete("wa")
    assert commands.complete("w^", "p ") == ["w^1_2"]
    assert commands.complete("z.", "p ") == [f"z.{a}" for a in ("data", "final", "grad", "label", "op", "scope")]
    assert commands.complete("op:t", "b ") == ["op:tanh"]
    assert commands.complete("scope:", "tbreak ") == ["scope:layer1"]
    assert commands.complete("", "delete ") == []
    commands.do("b z")
    assert commands.complete("", "delete ") == ["1"]
    assert commands.complete("jum", "help ") == ["jump"]


LINES = st.one_of(
    st.sampled_from([c.names[0] for group in GROUPS.values() for c in group if c.names[0] not in ("save", "page", "diagnose")]),
    st.text(max_size=12),
)


@settings(deadline=None, derandomize=True, max_examples=120)
@given(
    st.lists(
        st.tuples(
            LINES, st.one_of(st.just(""), st.sampled_from(["z", "2", "w^1_2.grad", "op:tanh", "nan"]), st.text(max_size=9))
        ),
        max_size=8,
    )
)
def test_no_line_raises_changes_a_gradient_or_reaches_the_terminal_raw(lines: list[tuple[str, str]]) -> None:
    commands = small()
    recording = commands.console.session.recording
    before = [column.tolist() for column in recording._columns.values()]
    for head, rest in lines:
        if head.startswith(("save", "page", "sav", "pag")):
            continue
        text = commands.do(f"{head} {rest}").text
        assert text == printable(text)
        assert all(cells(row) <= 80 for row in text.split("\n")), text
    assert [column.tolist() for column in recording._columns.values()] == before


EVIL = "w\x1b[31m\x1b]0;title\x07\r\n\u202e[red]"


def test_a_label_cannot_reach_the_terminal() -> None:
    with record_sources(), scope("s\x1b[2J"):
        x = Value(1.0, label=EVIL)
        y = x * x
        y.label = "\x9b31m"
    commands = Commands()
    texts = [commands.open(record_backward(y))]
    lines = [
        "ll", "w", "a", "info", "info 0", "find *", "why 0", "check 0", "path 0", "users 0", "b op:mul", "b scope:s\x1b[2J",
        f"b label:{EVIL}", "watch v0", "b", "s", "c", "p v0.label", "display v0.label", "history", "rule", "diagnose",
        f"p {EVIL}", EVIL, f"goto {EVIL}", "l",
    ]  # fmt: skip
    texts += [commands.do(line).text for line in lines]
    joined = "\n".join(texts)
    assert r"\x1b[31m" in joined
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", joined)


def test_names_shared_by_several_nodes_are_told_apart() -> None:
    commands = Commands()
    commands.open(network())
    node = commands.console.places.labels["z^1_1"][1]
    assert "2 nodes are called 'z^1_1'" in said(commands, "p z^1_1").replace("\n  ", " ")
    assert said(commands, f"p z^1_1[{node}].data") == repr(commands.console.session.recording.nodes.data[node])
    assert f"z¹₁[{node}]" in said(commands, f"goto v{node}", "w")
    assert said(commands, f"info z¹₁[{node}]").splitlines()[0].startswith(f"made as    z¹₁[{node}] = w¹₁₁ * ")


# --- running a script ----------------------------------------------------------------------------------------------------


def run(
    folder: pathlib.Path, source: str, on_backward: Any = lambda _: None, arguments: tuple[str, ...] = (), **options: Any
) -> Ended:
    script = folder / "script.py"
    script.write_text(source)
    return running_to_backward(str(script), arguments, on_backward, **options)


TRAINING = """
import sys
from autograd import Value, tanh
w = Value(0.3, label="w")
for step in range(3):
    w.zero_grad()
    cost = (tanh(w * 0.7) - 0.1) ** 2
    cost.backward()
    w.data -= w.grad
print(repr(w.data), *sys.argv[1:], __name__)
"""


def test_a_debugged_script_computes_what_it_computes_alone(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = sys.argv, sys.path[:], sys.modules["__main__"], reverse.INTERCEPT
    arrivals: list[Arrival] = []
    assert run(tmp_path, TRAINING, arrivals.append, ("a", "--b")) == Ended(0, None, "", 3)
    debugged = capsys.readouterr().out
    alone = subprocess.run(
        [sys.executable, str(tmp_path / "script.py"), "a", "--b"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env=environment(),
    )
    assert debugged == alone.stdout
    assert [a.number for a in arrivals] == [1, 2, 3]
    assert {a.source.line for a in arrivals if a.source} == {8}
    assert arrivals[0].recording[0].node.source.file == str(tmp_path / "script.py")  # type: ignore[union-attr]
    assert (sys.argv, sys.path[:], sys.modules["__main__"], reverse.INTERCEPT) == before


@pytest.mark.parametrize(
    ("end", "status", "message"),
    [("sys.exit()", 0, ""), ("sys.exit(3)", 3, ""), ("sys.exit('no')", 1, "no"), ("raise SystemExit", 0, ""), ("", 0, "")],
)
def test_the_exit_status_is_the_scripts(tmp_path: pathlib.Path, end: str, status: int, message: str) -> None:
    assert run(tmp_path, f"import sys\n{end}") == Ended(status, None, message, 0)


def test_an_exception_is_given_back_with_a_traceback_that_begins_in_the_script(tmp_path: pathlib.Path) -> None:
    ended = run(tmp_path, "def f():\n    1 / 0\nf()\n")
    assert ended.status == 1
    assert isinstance(ended.error, ZeroDivisionError)
    assert ended.error.__traceback__ is not None
    assert ended.error.__traceback__.tb_frame.f_code.co_filename == str(tmp_path / "script.py")
    assert isinstance(run(tmp_path, "raise KeyboardInterrupt").error, KeyboardInterrupt)


def test_what_is_no_script_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ScriptError, match="cannot read the script"):
        running_to_backward(str(tmp_path / "nothing.py"), [], lambda _: None)
    with pytest.raises(ScriptError, match="is not Python"):
        run(tmp_path, "def")


def test_leaving_ends_a_script_that_catches_everything(tmp_path: pathlib.Path) -> None:
    calls = []

    def leave(arrival: Arrival) -> None:
        calls.append(arrival.number)
        raise Leave(0)

    source = """
from autograd import Value
for n in range(9):
    try:
        Value(1.0).backward()
    except:
        pass
(Value(2.0) * 1.0).backward()
"""
    ended = run(tmp_path, source, leave)
    assert (ended.status, ended.left, calls) == (0, True, [1])  # and it was asked once


def test_passes_that_are_not_wanted_run_unrecorded(tmp_path: pathlib.Path) -> None:
    arrivals: list[Arrival] = []
    ended = run(tmp_path, TRAINING, arrivals.append, wanted=lambda number: number == 2)
    assert [a.number for a in arrivals] == [2]
    assert ended.passes == 3


def test_a_process_that_the_script_forks_is_not_debugged(tmp_path: pathlib.Path) -> None:
    source = """
import os
from autograd import Value
child = os.fork()
x = Value(3.0)
(x * x).backward()
if not child:
    os._exit(int(x.grad))
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 6
"""
    arrivals: list[Arrival] = []
    assert run(tmp_path, source, arrivals.append).error is None
    assert len(arrivals) == 1


def test_passes_of_several_threads_are_looked_at_one_after_the_other(tmp_path: pathlib.Path) -> None:
    source = """
import threading
from autograd import Value
x = Value(1.0)
threads = [threading.Thread(target=lambda: (x * 2.0).backward()) for _ in range(4)]
[t.start() for t in threads], [t.join() for t in threads]
assert x.grad == 8.0
"""
    inside: list[int] = []

    def look(_: Arrival) -> None:
        inside.append(1)
        assert len(inside) == 1
        time.sleep(0.01)
        inside.pop()

    ended = run(tmp_path, source, look)
    assert (ended.error, ended.passes) == (None, 4)


# --- the program, over a pipe ----------------------------------------------------------------------------------------------


def environment(**more: str) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AUTOGRAD_", "COV_"))}
    return kept | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"} | more


def debug(folder: pathlib.Path, *arguments: str, stdin: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "viz.debugger", *arguments],
        input=stdin, capture_output=True, text=True, encoding="utf-8", cwd=folder, env=environment(**more), timeout=60,
        check=False,
    )  # fmt: skip


def blocks(kind: str) -> Iterator[re.Match[str]]:
    return re.finditer(rf"^```{kind}\n(.*?)^```\n", DOC.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def script_of_the_docs() -> str:
    return next(block[1] for block in blocks("python") if block[1].startswith("# fit.py"))


def transcript(folder: pathlib.Path, shown: str) -> str:
    """The output of the command and the answers that a block shows."""
    command, *rest = shown.splitlines()
    lines = [row[len("(grad) ") :] if row.startswith("(grad) ") else "" for row in rest if row.startswith("(grad)")]
    words = shlex.split(command.removeprefix("$ python -m viz.debugger "))
    stdin = "" if "-c" in words else "\n".join(lines) + "\n"
    done = debug(folder, *words, stdin=stdin)
    assert done.stderr == ""
    return f"{command}\n" + re.sub(r" +$", "", done.stdout, flags=re.MULTILINE)


def test_the_sessions_in_the_docs_are_what_happens(tmp_path: pathlib.Path) -> None:
    (tmp_path / "fit.py").write_text(script_of_the_docs())
    text = DOC.read_text(encoding="utf-8")
    found = list(blocks("console"))
    assert len(found) >= 4
    for block in found:
        said = transcript(tmp_path, block[1])
        text = text.replace(block[0], f"```console\n{said}```\n")
    if os.environ.get("REGENERATE") == "1":
        DOC.write_text(text, encoding="utf-8")
    assert DOC.read_text(encoding="utf-8") == text
    assert "breakpoint 1 (catch nan)" in text
    assert all(len(row) <= 80 for block in blocks("console") for row in block[1].splitlines())


def test_an_exception_after_a_pass_leaves_one_in_a_post_mortem(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.py").write_text(TRAINING + "raise ValueError('no')\n")
    done = debug(tmp_path, "bad.py", stdin="np 3\nc\nc\nrs\np w.final\nc\nc\nca\nq\n")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "Traceback (most recent call last):"
    assert done.stderr.splitlines()[1].startswith(f'  File "{tmp_path}/bad.py", line 11')
    assert (
        "(bad.py has ended after 3 backward passes)\npost-mortem of its last recorded pass\nbackward() 3 at bad.py:8"
        in done.stdout
    )
    assert "there is no script that could go on" in done.stdout
    before = debug(tmp_path, "-c", "c", "bad.py", stdin="")
    assert (before.returncode, before.stderr) == (0, "")  # the input ended in the first pass


def test_an_exception_before_any_pass_is_just_an_exception(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.py").write_text("raise ValueError('no')\n")
    done = debug(tmp_path, "bad.py", stdin="q\n")
    assert done.returncode == 1
    assert done.stdout == "(bad.py has ended without a backward pass)\n"


def test_options_arguments_status_and_recordings(tmp_path: pathlib.Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING + "sys.exit(5)\n")
    done = debug(
        tmp_path,
        "--at",
        "2",
        "--break",
        "7",
        "-c",
        "c",
        "-c",
        "save run.json",
        "-c",
        "np",
        "-c",
        "detach",
        "train.py",
        "--at",
        "9",
        "-c",
    )
    assert done.stdout.startswith("backward() 2 at train.py:8")
    assert "breakpoint 1 (train.py:7)" in done.stdout
    assert "backward() 3" in done.stdout
    assert done.stdout.splitlines()[-2].endswith(" --at 9 -c __main__")
    assert done.returncode == 5
    done = debug(tmp_path, "run.json", stdin="n\nca\nc\nc\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "d(v3 ** 2)/dv3 = 2 * v3" in done.stdout
    done = debug(tmp_path, "--at", "7", "train.py")
    assert "(train.py has ended after 3 backward passes; pass 7 was not reached)" in done.stdout
    done = debug(tmp_path, "-c", "catch nan", "-c", "ca", "train.py")
    assert "(train.py has ended after 3 backward passes; no breakpoint was reached)" in done.stdout
    done = debug(tmp_path, "-m", "train", "x", stdin="detach\n")
    assert "backward() 1 at train.py:8" in done.stdout
    assert done.stdout.splitlines()[-2].endswith(" x __main__")


@pytest.mark.parametrize(
    ("arguments", "status", "error"),
    [
        (["nothing.py"], 1, "cannot read the script"),
        (["nothing.json"], 1, "cannot read the recording"),
        ([], 2, "which script?"),
        (["--break", "op:", "x.py"], 2, "which op?"),
        (["--tui", "x.py"], 2, "--tui needs a terminal"),
    ],
)
def test_what_cannot_be_debugged_is_said(
    arguments: list[str], status: int, error: str, capsys: pytest.CaptureFixture[str]
) -> None:
    if status == 2:  # argparse ends the program
        with pytest.raises(SystemExit, match="2"):
            entry(arguments)
    else:
        assert entry(arguments) == status
    assert error in capsys.readouterr().err


def test_a_script_shares_standard_input_and_may_redirect_its_output(tmp_path: pathlib.Path) -> None:
    source = """
import contextlib, io
from autograd import Value
name = input()
with contextlib.redirect_stdout(io.StringIO()) as kept:
    (Value(1.0) * 2.0).backward()
print(name, repr(kept.getvalue()))
"""
    (tmp_path / "script.py").write_text(source)
    done = debug(tmp_path, "script.py", stdin="hello\ndetach\n")
    assert done.stdout.splitlines()[-2] == "hello ''"
    assert "(grad) detach" in done.stdout


def test_a_terminal_without_the_signs_of_mathematics_gets_others(tmp_path: pathlib.Path) -> None:
    (tmp_path / "script.py").write_text("from autograd import Value\n(Value(1.0, label='w^1_2') * -2.0).backward()\n")
    done = debug(tmp_path, "script.py", stdin="ll\n", PYTHONIOENCODING="ascii")
    assert "w^1_2.grad += -2 * 1 = -2" in done.stdout


def test_a_reader_that_goes_away_ends_it_quietly(tmp_path: pathlib.Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING)
    command = f"yes s | {shlex.quote(sys.executable)} -m viz.debugger train.py | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], capture_output=True, text=True, cwd=tmp_path, env=environment(), timeout=60, check=False
    )
    assert done.stdout.startswith("backward() 1 at train.py:8")
    assert done.stderr == ""


FROM_CODE = """
import autograd
from autograd import Value, record_sources
x = Value(3.0, label="x")
with record_sources():
    y = x * x
y.backward(debug=True)
print("after backward", x.grad)
autograd.breakpoint(y)
print("after breakpoint", x.grad)
y.backward(debug=True)
print("the end", x.grad)
"""


def test_from_code_a_pass_is_stepped_and_a_look_leaves_no_trace(tmp_path: pathlib.Path) -> None:
    (tmp_path / "code.py").write_text(FROM_CODE)

    def python(stdin: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "code.py"],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment(),
            timeout=60,
            check=False,
        )

    done = python("watch x\nc\nc\nc\nc\nc\nrs\nq\n")
    assert "backward() 1 at code.py:7: v1 = 9, 2 contributions" in done.stdout
    assert "after backward 6.0" in done.stdout
    assert "backward() 2 at code.py:9" in done.stdout
    assert "gradient of x: not reached -> 3.0" in done.stdout.partition("backward() 2")[2]  # breakpoints are kept
    assert "the end" not in done.stdout  # q ends the program
    done = python("c\n")
    assert "(no more input: the program goes on)" in done.stdout
    assert done.stdout.splitlines()[-3:] == ["after backward 6.0", "after breakpoint 6.0", "the end 12.0"]
    assert done.returncode == 0


def test_a_debugged_script_may_ask_for_the_debugger_itself(tmp_path: pathlib.Path) -> None:
    (tmp_path / "code.py").write_text(FROM_CODE)
    done = debug(tmp_path, "code.py", stdin="np\nnp\ndetach\n")
    assert done.stderr == ""
    assert [row for row in done.stdout.splitlines() if row.startswith("backward()")][2].startswith("backward() 3 at code.py:11")


def test_main_gives_back_the_streams_and_the_hook_as_they_were(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import io

    (tmp_path / "train.py").write_text(TRAINING)
    monkeypatch.setattr("sys.stdin", io.StringIO("s\nq\n"))
    before = sys.stdout, reverse.INTERCEPT
    assert main([str(tmp_path / "train.py")]) == 0
    assert (sys.stdout, reverse.INTERCEPT) == before
    assert "step 1 of 4" in capsys.readouterr().out


# --- in a real terminal ----------------------------------------------------------------------------------------------------

tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


class Screen:
    """A terminal of 80 columns and 24 lines, in tmux."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self._call(
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "80",
            "-y",
            "24",
            "env",
            "PS1=$ ",
            "bash",
            "--norc",
            "--noprofile",
            "-i",
        )

    def _call(self, *arguments: str) -> str:
        own = environment(XDG_STATE_HOME=str(self.folder), TERM="xterm-256color", LANG="C.UTF-8", LC_ALL="C.UTF-8")
        own.pop("TMUX", None)
        own.pop("NO_COLOR", None)
        socket = str(self.folder / "tmux")
        return subprocess.run(
            ["tmux", "-S", socket, *arguments], capture_output=True, text=True, cwd=self.folder, env=own, check=True, timeout=20
        ).stdout

    def type(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def text(self, colours: bool = False) -> str:
        return self._call("capture-pane", "-p", *(["-e"] if colours else []))

    def wait(self, pattern: str, seconds: float = 20.0) -> str:
        """The screen as soon as it shows something."""
        end = time.monotonic() + seconds
        while not re.search(pattern, text := self.text(), re.MULTILINE):
            assert time.monotonic() < end, f"{pattern!r} does not come:\n{text}"
            time.sleep(0.05)
        return text

    def close(self) -> None:
        self._call("kill-server")


@pytest.fixture
def screen(tmp_path: pathlib.Path) -> Iterator[Screen]:
    opened = Screen(tmp_path)
    yield opened
    opened.close()


@tmux
def test_in_a_terminal_there_are_completion_history_colour_and_control_c(screen: Screen) -> None:
    (screen.folder / "train.py").write_text(TRAINING)
    screen.type(f"clear; {sys.executable} -m viz.debugger train.py", "Enter")
    first = screen.wait(r"^\(grad\) *$")
    assert first.splitlines()[0] == "backward() 1 at train.py:8: v4 = 0.0114418, 4 contributions"
    assert "\x1b[36m" in screen.text(colours=True)  # the carets
    screen.type("wat", "Tab")
    screen.wait(r"^\(grad\) watch *$")
    screen.type(" w", "Enter")
    screen.wait("breakpoint 1: watch w")
    screen.type("c", "Enter")
    screen.wait(r"gradient of w: not reached -> ")
    screen.type("Up", "Up", "Enter")
    screen.wait("breakpoint 2: watch w")
    screen.type("half a line", "C-c")
    screen.wait(r"\(interrupted; q leaves\)")
    screen.type("q", "Enter")
    screen.wait(r"^\$ *$")
    assert "watch w" in (screen.folder / "stepgrad" / "debugger_history").read_text()
    screen.type("clear", "Enter")
    screen.wait(r"\A\$ *\n *\n")
    screen.type(f"NO_COLOR=1 {sys.executable} -m viz.debugger train.py", "Enter")
    screen.wait(r"^\(grad\) *$")
    assert "backward() 1" in screen.text()
    assert "\x1b[36m" not in screen.text(colours=True)
    screen.type("C-d")
    screen.wait(r"^\$ *$")


@tmux
def test_in_a_terminal_control_c_stops_a_script_that_loops(screen: Screen) -> None:
    (screen.folder / "loop.py").write_text(TRAINING + "print('looping', flush=True)\nwhile True:\n    pass\n")
    screen.type(
        f"d='{sys.executable} -m viz.debugger'; clear; $d -c detach loop.py; clear; $d -c 'np 3' -c np loop.py",
        "Enter",
    )
    screen.wait("^looping")
    screen.type("C-c")  # detached: the script has the terminal, and ends
    screen.wait(r"\(grad\) np 3(.|\n)*^looping")
    screen.type("C-c")
    screen.wait(r"post-mortem of its last recorded pass(.|\n)*\(grad\) *$")
    screen.type("rs", "Enter")
    screen.wait("^step 3 of 4")


@tmux
def test_in_a_terminal_the_full_screen_takes_keys_and_gives_the_screen_back(screen: Screen) -> None:
    (screen.folder / "train.py").write_text(TRAINING)
    screen.type(f"clear; {sys.executable} -m viz.debugger --tui train.py", "Enter")
    screen.wait("pass 1: v4 = 0.01144")
    screen.type("s")
    screen.wait("step 1 of 4")
    screen.type(":", "watch w", "Enter")
    screen.wait("breakpoint 1: watch w")
    screen.type("c")
    screen.wait("gradient of w")
    screen.type("c")
    screen.wait("pass 2: ")
    screen.type("q")
    assert screen.wait(r"^\$ *$").splitlines()[0] != ""
    assert "gradients that changed" not in screen.text()


def test_a_wrong_transcript_is_noticed(tmp_path: pathlib.Path) -> None:
    """The planted fault: a number of the docs that is not what the program prints."""
    (tmp_path / "fit.py").write_text(script_of_the_docs().replace("0.5", "0.25"))
    block = next(blocks("console"))
    assert transcript(tmp_path, block[1]) != block[1]


def test_places_and_breakpoint_agree_with_what_is_typed() -> None:
    """`b NAME` finds the kind that the name has in this pass."""
    commands = small()
    places = Places(commands.console.session.recording)
    for what in ("tanh", "z", "layer1"):
        assert parse(what, commands.console).kind == places.kind(what)
    with pytest.raises(ArgumentError, match="a line of which file"):
        parse("12", Commands().console)

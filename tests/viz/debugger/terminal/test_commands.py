"""The language of the prompt: every command against the walk it stands for, and nothing that is typed can do harm.

Oracles: the moves of `Session`, Python's own evaluation of the same arithmetic, numbers of the recording.
"""

import linecache
import pathlib
import random
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd import ArgumentError, Recording, Value, exp, log, record_backward, record_sources, scope, tanh
from nn import MLP, mean_squared_error
from viz.debugger import Breakpoint, Session
from viz.debugger.commands.plain import cells, printable
from viz.debugger.commands.stops import parse
from viz.debugger.program.debuggee import Arrival, running_to_backward
from viz.debugger.terminal.commands import GROUPS, Commands
from viz.debugger.terminal.habits import HINTS
from viz.debugger.walk.places import Places


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


@settings(derandomize=True, max_examples=25)
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
    assert lines[1].endswith("d(y × y)/dy = y")
    assert re.fullmatch(r"\S*test_commands\.py:\d+ -> cost = y \* y", lines[2])
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


@pytest.mark.parametrize(
    "text", ["b op:tanh if", "b op:tanh if ", "b y x0", "b y x%0", "b y x-1", "hits", "condition", "p max()", "p abs(1, 2)"]
)
def test_what_is_malformed_is_refused(text: str) -> None:
    commands = small()
    assert said(commands, text).startswith("*** ")
    assert not commands.console.breakpoints


def test_the_last_wishes_about_breakpoints_and_displays() -> None:
    commands = small()
    assert said(commands, "display y", "undisplay 1 1") == "display 1 removed"
    assert said(commands, "b op:tanh x2 if grad > -9") == said(small(), "b op:tanh if grad > -9 x2")
    assert said(commands, "disable 1 1") == "disabled breakpoint 1"
    assert "has a hit count, x2" in said(commands, "ignore 1 3")
    before = commands.console.session.position
    assert said(commands, "ca").startswith("*** there is no breakpoint to go on to")
    assert commands.console.session.position == before


def test_a_parameter_that_is_used_often_counts_its_contributions() -> None:
    w = Value(2.0, label="w")
    total = w
    for _ in range(2000):
        total = total + w
    commands = Commands()
    commands.open(record_backward(total))
    assert said(commands, "j 3000", "p w") == "data 2, grad 1500 so far, 1500 of 2001 contributions"


def test_a_leaf_is_arrived_at_where_its_gradient_is_complete() -> None:
    commands = small()
    assert said(commands, "b x") == "breakpoint 1: label x (stops 1 time in this pass)"
    text = said(commands, "c")
    assert "breakpoint 1 (label x)\nx.grad is complete: " in text
    assert said(commands, "p x.grad") == said(commands, "p x.final")
    assert commands.console.node == commands.console.find("x")
    assert "x so far" not in said(commands, "ll")
    assert "(stops 2 times in this pass)" in said(small(), "b label:[wx]*")


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
    assert said(commands, "delete") == "deleted breakpoint 4"
    assert said(commands, "b").startswith("no breakpoints")


def test_breakpoints_outlive_a_pass() -> None:
    commands = Commands(alive=True)
    first, second = record_backward(tanh(Value(0.5, label="w")) * 2.0), record_backward(tanh(Value(0.5, label="u")) * 2.0)
    commands.enter(Arrival(1, first, None))
    said(commands, "b op:tanh", "watch w", "b node:v1")
    commands.enter(Arrival(2, second, None))
    assert said(commands, "c").startswith("step 1 of 2, breakpoint 1 (op tanh)")
    assert "no node is called 'w'" in said(commands, "b")
    commands.enter(Arrival(3, first, None))
    assert "no nodes are called" not in said(commands, "b")
    assert "watch w" in said(commands, "c", "c")


def test_ca_goes_through_passes_until_a_breakpoint_stops_one() -> None:
    commands = Commands(alive=True)
    fine, bad = record_backward(exp(Value(1.0, label="x"))), record_backward(log(Value(0.0, label="x")) * 0.0)
    commands.enter(Arrival(1, fine, None))
    assert said(commands, "ca", "ca").startswith("*** there is no breakpoint to go on to")
    commands.do("catch inf")
    assert commands.do("ca").then == "through"
    assert commands.enter(Arrival(2, fine, None)) == ""
    bad_2 = record_backward(log(Value(0.0, label="x")))
    assert "breakpoint 1 (catch inf)" in commands.enter(Arrival(3, bad_2, None))
    assert commands.enter(Arrival(4, bad, None)) != ""  # it has stopped: passes are shown again


# --- expressions ---------------------------------------------------------------------------------------------------------


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


def test_a_gradient_on_top_of_an_earlier_one_says_what_the_script_will_see() -> None:
    w, x = Value(3.0, label="w"), Value(2.0, label="x")
    (w * 0.5).backward()
    cost = w * x + w
    commands = Commands()
    commands.open(record_backward(cost))
    assert w.grad == 3.5
    share = "3.0 in this pass (3.5 with what it held before)"
    assert said(commands, "p w.grad") == "not reached yet"
    assert said(commands, "n", "p w.grad") == "1.0", "what is not complete is not summed up"
    assert said(commands, "c", "p w.grad") == share
    assert said(commands, "display w.grad") == f"1: w.grad = {share}"
    assert said(commands, "p w") == "data 3, grad 3 in this pass (3.5 with what it held before)"
    assert f"grad       {share}\n" in said(commands, "info w")
    assert [said(commands, f"p {text}") for text in ("x.grad", "w.grad + 0", "w.final")] == ["3.0", "3.0", "3.0"]


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
    assert said(commands, "goto y", "rule").splitlines()[0] == "d(tanh(z))/dz = 1 − y ** 2"
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


def test_save_and_page_write_files_and_say_why_they_cannot(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a long path would be broken over lines
    commands = small()
    assert flat(said(commands, "save run.json")) == "written: run.json"
    assert flat(said(commands, "page steps.html")) == "written: steps.html"
    assert (tmp_path / "steps.html").read_text().startswith("<!doctype html>")
    assert said(commands, "save /nowhere/run.json").startswith("*** cannot write the recording")
    assert said(commands, "save").startswith("*** save to which file?")


def test_page_has_the_findings_of_diagnose(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    commands = Commands()
    commands.open(record_backward(log(Value(0.0, label="x") * 2.0)))
    assert flat(said(commands, "page steps.html")) == "written: steps.html, with 1 finding"
    kind = said(commands, "diagnose").removeprefix("- ").partition(" (")[0]
    assert f'"kind":"{kind}"' in (tmp_path / "steps.html").read_text()


def test_diagnose_names_the_guilty_line() -> None:
    commands = Commands()
    with record_sources():
        cost = log(Value(0.0, label="x") * 2.0)
    commands.open(record_backward(cost))
    answer = said(commands, "diagnose")
    assert cost.source is not None
    assert f"test_commands.py:{cost.source.line}" in answer
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


@settings(derandomize=True, max_examples=120)
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
    before = [column.tolist() for column in recording.columns.values()]
    for head, rest in lines:
        if head.startswith(("save", "page", "sav", "pag")):
            continue
        text = commands.do(f"{head} {rest}").text
        assert text == printable(text)
        assert all(cells(row) <= 80 for row in text.split("\n")), text
    assert [column.tolist() for column in recording.columns.values()] == before


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
    node = commands.console.places.labelled("z^1_1")[1]
    assert "2 nodes are called 'z^1_1'" in said(commands, "p z^1_1").replace("\n  ", " ")
    assert said(commands, f"p z^1_1@v{node}.data") == repr(commands.console.session.recording.nodes.data[node])
    assert f"z¹₁@v{node}" in said(commands, f"goto v{node}", "w")
    assert said(commands, f"info z¹₁@v{node}").splitlines()[0].startswith(f"made as    z¹₁@v{node} = w¹₁₁ * ")


def test_places_and_breakpoint_agree_with_what_is_typed() -> None:
    """`b NAME` finds the kind that the name has in this pass."""
    commands = small()
    places = Places(commands.console.session.recording)
    for what in ("tanh", "z", "layer1"):
        assert parse(what, commands.console).kind == places.kind(what)
    with pytest.raises(ArgumentError, match="a line of which file"):
        parse("12", Commands().console)


# --- habits ------------------------------------------------------------------------------------------------------------------


def test_until_and_advance_go_to_a_place_and_leave_no_breakpoint() -> None:
    commands = small()
    assert "label z" in said(commands, "until z")
    assert commands.console.node == commands.console.places.find("z")
    assert commands.console.breakpoints == {}
    assert flat(said(commands, "until y")).endswith("(it has not come to y)")  # it lies behind
    assert (commands.console.session.at_end, commands.console.breakpoints) == (True, {})
    assert said(commands, "run", "advance nowhere").startswith("*** no node has the label 'nowhere'")
    assert commands.console.breakpoints == {}
    assert commands.do("until").text == said(small(), "n")


def test_clear_alone_takes_the_breakpoints_of_this_line_only() -> None:
    commands = small()
    here = commands.console.session.recording.nodes.source(commands.console.node)
    assert here is not None
    said(commands, f"b {here.line}", "b z", f"b {here.line - 1}")
    assert said(commands, "clear") == "deleted breakpoint 1"
    assert said(commands, "clear z") == "deleted breakpoint 2"
    assert said(commands, f"clear {here.line}").startswith("there is no breakpoint at")
    assert said(commands, "clear 3") == "deleted breakpoint 3"


def test_a_breakpoint_does_its_commands_when_it_stops() -> None:
    commands = small()
    said(commands, "b z", "b w^1_2", "commands 1 p z.grad; c")
    text = said(commands, "c")
    z = commands.console.session.recording.gradients[commands.console.places.find("z")]
    assert f"\n{z!r}\n" in text
    assert commands.console.stop.breakpoints[0].what == "w^1_2"  # by the c of the script
    assert said(commands, "commands 1").startswith("breakpoint 1 does nothing but stop")
    assert repr(z) not in said(commands, "run", "c")
    assert said(small(), "commands").startswith("*** commands for which breakpoint?")


def test_the_commands_of_a_breakpoint_are_done_once_a_stop() -> None:
    commands = small()
    said(commands, "watch w^1_2", "commands 1 p z.grad", "c")
    z = commands.console.session.recording.gradients[commands.console.places.find("z")]
    assert repr(z) in commands.scripted().text
    while not commands.console.session.at_end:
        commands.do("s")
    assert said(commands, "c").startswith("at the end of the pass"), "it has not moved"


def test_commands_come_from_a_file(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "look"
    file.write_text("# a look at z\nuntil z   # there\n\np z.grad\n")
    commands = small()
    z = commands.console.session.recording.gradients[commands.console.places.find("z")]
    assert said(commands, f"source {file}").endswith(repr(z))
    file.write_text(f"source {file}\n")
    assert "cannot read another one" in said(commands, f"source {file}")
    file.write_text("q\np z.grad\n")
    assert (commands.do(f"source {file}").then, commands.do(f"source {file}").text) == ("quit", "")
    assert said(commands, "source").startswith("*** source which file?")
    missing = said(commands, f"source {tmp_path}/nothing")
    said_without_breaks = "".join(missing.split())  # a long path is broken into lines
    assert said_without_breaks == f"***cannotread{tmp_path}/nothing:Nosuchfileordirectory"
    file.write_text("p 'a#b'#")
    assert "'a#b'" in said(commands, f"source {file}")  # a comment begins after a space


def test_longlist_is_the_function_around() -> None:
    lines = said(small(), "longlist").splitlines()
    assert "def small() -> Commands:" in lines[0]
    assert "return commands" in lines[-1]


def test_a_gradient_is_watched_under_the_name_it_has_everywhere() -> None:
    commands = small()
    assert said(commands, "watch z.grad if abs(total) > 0").startswith("breakpoint 1: watch z if abs(total) > 0")
    assert said(commands, "watch z.data").startswith("*** the data of a node does not change in a backward pass")


@pytest.mark.parametrize(
    ("typed", "as_here"),
    [("si", "s"), ("ni 2", "n 2"), ("nexti", "n"), ("rni", "rn"), ("rf", "ro"), ("whatis z", "info z"), ("info stack", "w"),
     ("info locals", "a"), ("info source", "l"), ("info watchpoints", "info b"), ("print(z.grad)", "p z.grad"), ("p *z", "p z"),
     ("p/x z.grad", "p z.grad"), ("pp(z)", "p z"), ("start", "run"), ("unt", "n")],
)  # fmt: skip
def test_other_debuggers_words_mean_what_they_mean_there(typed: str, as_here: str) -> None:
    assert said(small(), typed) == said(small(), as_here)


@pytest.mark.parametrize("typed", ["quit()", "exit()", "q();"])
def test_pythons_way_out_is_one(typed: str) -> None:
    assert small().do(typed).then == "quit"


@pytest.mark.parametrize("head", sorted(HINTS))
def test_what_cannot_be_has_a_hint_and_is_no_command(head: str) -> None:
    commands = Commands()
    commands.open(record_backward(Value(2.0) * 3.0))
    position = commands.console.session.position
    assert flat(said(commands, f"{head} something")) == flat(HINTS[head])
    assert commands.console.session.position == position


def test_python_is_not_run() -> None:
    assert said(small(), "!z = 3").startswith("nothing is run as Python")


def test_a_node_may_be_called_like_a_habit() -> None:
    log = Value(2.0, label="log")
    commands = Commands()
    commands.open(record_backward(log * 3.0))
    assert said(commands, "log").startswith("data 2, grad")

"""Rules made by hand: a wrong one is found by its formula or by running the script again, a right one is not accused, and
the rest is said.

The oracle is calculus: the derivatives of the functions in the scripts, written out here. Wrong rules are planted one by one.
"""

import math
import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

from autograd import TABLE, Recording, Value, load_recording, record_backward
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import Primitive
from viz.debugger import check, diagnose, watching
from viz.debugger.diagnoses.evidence.again import Program
from viz.debugger.diagnoses.evidence.differences import measured
from viz.debugger.editor.transfer import pack, unpack
from viz.debugger.program.debuggee import Arrival, running_to_backward
from viz.debugger.terminal.commands import Commands
from viz.debugger.terminal.verdict import verdict

# --- differences ---------------------------------------------------------------------------------------------------------

POINTS = (-2.5, -0.3, 1e-9, 0.4, 1.7, 31.4, 2026.3, 1e4)
SMOOTH = [row for row in TABLE.values() if row.arity == 1 and not row.kinks]


@pytest.mark.parametrize("row", SMOOTH, ids=[row.name for row in SMOOTH])
def test_no_rule_of_the_table_is_accused_and_five_per_cent_are_noticed(row: Primitive) -> None:
    noticed = 0
    for x in POINTS:
        y = row.value(FLOAT, x)
        (slope,) = row.partials(FLOAT, y, x)
        if not (math.isfinite(y) and math.isfinite(slope)):
            continue

        def f(x: float) -> float:
            return float(row.value(FLOAT, x))

        assert measured(f, x, slope).judged(slope) != "wrong", x
        planted = 1.05 * slope + 1e-3
        noticed += measured(f, x, planted).judged(planted) == "wrong"
    assert noticed >= 3


@pytest.mark.parametrize(
    ("f", "x", "wrong", "said"),
    [
        (abs, 0.0, 1.0, "it has a kink there"),
        (lambda x: max(x, 0.0), 0.0, 0.0, "it has a kink there"),
        (lambda x: math.sqrt(x) if x >= 0.0 else math.nan, 0.0, 7.0, "it has no finite numbers on both sides"),
        (math.floor, 2.5, 1.0, "a straight-through estimator"),
        (lambda x: x * x, 0.0, 5.0, "wrong"),
        (lambda x: x * x, 0.0, 0.0, "right"),
    ],
)
def test_where_nothing_can_be_told_that_is_said(f: Callable[[float], float], x: float, wrong: float, said: str) -> None:
    assert said in measured(f, x, wrong).judged(wrong)


# --- scripts that are run again ------------------------------------------------------------------------------------------

SCRIPT = """
import math, random
from autograd import Value

def squash(x):
    t = math.tanh(x.data)
    out = Value(t, (x,), "squash")
    def back():
        x.grad += SQUASH * out.grad
    out._backward = back
    return out

class Node(Value):
    def times(self, other):
        out = Value(self.data * other.data, (self, other), "times")
        def back():
            self.grad += TIMES * out.grad
            other.grad += self.data * out.grad
        out._backward = back
        return out

def ramp(x):
    out = Value(x.data if x.data > 0 else 0.1 * x.data, (x,))
    out._backward = lambda: setattr(x, "grad", x.grad + (1.0 if x.data > 0 else RAMP) * out.grad)
    return out

w, b = Node(0.6, label="w"), Value(0.0, label="b")
b.data = 0.2  # a second number before the first pass
print("once")
for step in range(3):
    w.zero_grad(), b.zero_grad()
    cost = Value(0.0)
    for x in (-2.0, 0.5, 1.5):
        late = Value(math.exp(b.data), (b,), "late")
        late._backward = lambda late=late: setattr(b, "grad", b.grad + LATE * late.grad)
        cost = cost + (squash(w.times(Value(x))) + ramp(w * x + b) + 0.1 * late - 1.0) ** 2
    cost.label = "C"
    cost.backward()
    w.data -= 0.05 * w.grad
    b.data -= 0.05 * b.grad
"""
RIGHT = {"SQUASH": "(1.0 - t * t)", "TIMES": "other.data", "RAMP": "0.1", "LATE": "late.data"}


def write(folder: pathlib.Path, **planted: str) -> str:
    text = SCRIPT
    for name, right in RIGHT.items():
        text = text.replace(name, planted.get(name, right))
    path = folder / "script.py"
    path.write_text(text)
    return str(path)


def line_of(path: str, text: str) -> int:
    return next(n for n, row in enumerate(pathlib.Path(path).read_text().splitlines(), 1) if text in row)


def test_right_rules_are_not_accused_and_the_script_prints_what_it_prints_alone(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ended, text, status = verdict(write(tmp_path), [])
    assert (ended.error, text.partition(" with ")[0], status) == (None, "nothing found in 3 backward passes", 0)
    assert capsys.readouterr().out == "once\n"


@pytest.mark.parametrize(
    ("name", "planted", "line", "numbers"),
    [
        # at the sample with the smallest operand, w * x = -1.2: 1 - t instead of 1 - t**2
        ("SQUASH", "(1.0 - t)", "SQUASH", (1.0 - math.tanh(-1.2), 1.0 - math.tanh(-1.2) ** 2)),
        ("TIMES", "self._data", "TIMES", (0.6, -2.0)),
        ("RAMP", "0.0", "out._backward = lambda", (0.0, 0.1)),  # wrong on one side only
        ("LATE", "b.data", "late._backward", (0.2, math.exp(0.2))),  # at the number that b was given later
    ],
)
def test_a_wrong_rule_is_named_by_its_line(
    tmp_path: pathlib.Path, name: str, planted: str, line: str, numbers: tuple[float, float]
) -> None:
    path = write(tmp_path, **{name: planted})
    with watching() as watch:
        exec(compile(pathlib.Path(path).read_text(), path, "exec"), {"__name__": "__main__"})
    [finding] = watch.findings()
    assert (finding.kind, finding.line) == ("wrong derivative", line_of(path, planted if line == name else line))

    unread = pathlib.Path(path).read_text()
    for number in ("t", "self.data * other.data", "x.data if x.data > 0 else 0.1 * x.data", "math.exp(b.data)"):
        unread = unread.replace(f"Value({number},", f"Value(next(iter([{number}])),")
    pathlib.Path(path).write_text(unread)
    with watching() as watch:
        exec(compile(unread, path, "exec"), {"__name__": "__main__"})
    assert [f.kind for f in watch.findings()] == ["rule not checked"], "next() may do anything"
    found = watch.findings(Program(path))
    assert [f.kind for f in found] == ["wrong derivative"]
    assert found[0].line == line_of(path, planted if line == name else line)
    assert (found[0].evidence["local"], found[0].evidence["difference"]) == pytest.approx(numbers, rel=1e-6)


def test_a_rule_that_assigns_where_it_should_add_is_told_so(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path)
    text = pathlib.Path(path).read_text()
    pathlib.Path(path).write_text(text.replace("other.grad += self.data", "other.grad = self.data"))
    _, said, status = verdict(path, [])
    assert (said.partition(" with ")[0], status) == ("nothing found in 3 backward passes", 0), "nobody else adds to an input's"
    pathlib.Path(path).write_text(text.replace("self.grad += other.data", "self.grad = other.data"))
    _, said, status = verdict(path, [])
    assert status == 1
    assert said.startswith(
        f"{path}:{line_of(path, 'self.grad = other.data')}: wrong derivative (fact): the rule made by hand for times"
    )
    assert "assigns w.grad, to which others add as well" in said


def test_from_the_shell_and_at_the_prompt(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, SQUASH="(1.0 - t)")
    _, text, status = verdict(path, [])
    assert status == 1
    assert text.startswith(f"{path}:{line_of(path, '(1.0 - t)')}: wrong derivative (fact): the rule made by hand for squash")

    arrivals: list[Arrival] = []
    running_to_backward(path, [], arrivals.append)
    commands = Commands(alive=True)
    commands.enter(arrivals[1])
    assert "no difference" in commands.do("check w").text
    assert "nothing wrong was found in this pass - " in " ".join(commands.do("diagnose").text.split())
    assert "3 rules made by hand" not in commands.do("diagnose").text
    assert "4 rules made by hand (" in " ".join(commands.do("diagnose").text.split())
    commands.console.program = Program(path)
    assert "THEY DISAGREE" in commands.do("check w").text
    assert "they agree" in commands.do("check b").text, "b does not go through it"
    assert "wrong derivative (fact): the rule made by hand for squash" in " ".join(commands.do("diagnose").text.split())


def test_a_gradient_is_compared_with_what_the_script_does(tmp_path: pathlib.Path) -> None:
    found = Program(write(tmp_path)).ask(3, 0)
    [[slope, error, _, _]] = found["answers"]
    assert slope == pytest.approx(found["probes"][0]["local"], rel=1e-5, abs=error)


# --- formulas that the lines of the script tell ----------------------------------------------------------------------------

TRAINING = """
import math, random
from autograd import Value
random.seed(1)
{rule}
w, b = Value(0.5, label="w"), Value(0.1, label="b")
for epoch in range(4):
    for k in range(-10, 11):
        x, y = k / 10, 0.2 * k + 1.0
        w.grad = b.grad = 0.0
        cost = model(x, y)
        cost.backward()
        w.data -= 0.02 * w.grad
        b.data -= 0.02 * b.grad
"""
NODE = """
def made(p, y):
    BEFORE
    out = Value(NUMBER, (p,), "made")
    def back():
        RULE
    out._backward = back
    return out
def model(x, y):
    return (made(w * x + b, y) - y) ** 2
"""


def node(number: str, rule: str, before: str = "pass") -> str:
    text = NODE.replace("NUMBER", number).replace("RULE", "\n        ".join(rule.split("; ")))
    return text.replace("BEFORE", "\n    ".join(before.split("; ")))


SIGMOID = "s = 1 / (1 + math.exp(-p.data))"
DOT = """
def dot(ws, xs):
    out = Value(sum(a.data * c.data for a, c in zip(ws, xs)), (*ws, *xs), "sum")
    def back():
        for a, c in zip(ws, xs):
            a.grad += c.data * out.grad
            c.grad += RULE * out.grad
    out._backward = back
    return out
def model(x, y):
    return (dot([w, b], [w * x, Value(1.0)]) - y) ** 2
"""


def found_in(folder: pathlib.Path, rule: str, *, hints: bool = False) -> list[tuple[str, str, int]]:
    path = folder / "training.py"
    path.write_text(TRAINING.replace("{rule}", rule))
    with watching() as watch:
        exec(compile(path.read_text(), str(path), "exec"), {"__name__": "__main__"})
    kinds = ("wrong derivative", "rule not checked", "graphs kept")
    return [(f.kind, f.certainty, f.line) for f in watch.findings(hints=hints) if f.kind in kinds]


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (node("(p.data - y) ** 2", "p.grad += (p.data - y) * out.grad"), "p.grad"),  # y is no operand, and in sight
        (node("p.data * s", "p.grad += s * out.grad", SIGMOID), "p.grad"),
        (node("s", "g = out.grad; p.grad += s * (1 - s) * g * out.grad", SIGMOID), "p.grad"),
        (node("v", "p.grad += (p.data > 0) * out.grad", "v = p.data; v *= 1 if v > 0 else 0.1"), "p.grad"),  # for one sign only
        (DOT.replace("RULE", "c.data"), "c.grad"),
        (DOT.replace("RULE", "1 / a.data"), "c.grad"),
    ],
)
def test_a_wrong_rule_is_told_by_the_formula_of_its_node(tmp_path: pathlib.Path, rule: str, line: str) -> None:
    [finding] = found_in(tmp_path, rule)
    assert finding == ("wrong derivative", "fact", line_of(str(tmp_path / "training.py"), line + " +="))


@pytest.mark.parametrize(
    "rule",
    [
        node("p.data - y", "p.grad += out.grad"),
        node("p.data * s", "p.grad += (s + p.data * s * (1 - s)) * out.grad", SIGMOID),
        node("max(p.data, 0.0)", "p.grad += (out.data > 0) * out.grad"),
        node("abs(p.data)", "p.grad += (1 if p.data > 0 else -1) * out.grad"),
        node("p.data * keep / 0.8", "p.grad += keep / 0.8 * out.grad", "keep = float(random.random() < 0.8)"),
        node("r", "p.grad += 0.5 / r * out.grad", "r, z = 1.0, p.data ** 2 + 1; for _ in range(30): r = 0.5 * (r + z / r)")
        .replace("0.5 / r *", "p.data / r *"),
        DOT.replace("RULE", "a.data"),
        node("math.log(p.data + 2.2)", "p.grad += out.grad / (p.data + 2.2)"),  # further down there are no numbers
        node("(p.data + 2.2) ** 0.5", "p.grad += 0.5 / out.data * out.grad"),
    ],
)  # fmt: skip
def test_a_right_rule_is_vouched_for_by_the_formula_of_its_node(tmp_path: pathlib.Path, rule: str) -> None:
    assert found_in(tmp_path, rule, hints=True) == []


@pytest.mark.parametrize(
    "rule",
    [
        node("round(4 * p.data) / 4", "p.grad += out.grad"),  # straight through
        node("float(p.data > 0)", "p.grad += out.grad / (1 + abs(p.data)) ** 2"),
        node("p.data", "p.grad -= out.grad"),  # a copy whose gradient is another one
        node("math.tanh(p.data)", "g = max(-0.1, min(0.1, out.grad)); p.grad += (1 - out.data ** 2) * g"),
        node("p.data ** 3", "p.grad += out.grad  # a surrogate"),
    ],
)
def test_another_gradient_on_purpose_is_a_question(tmp_path: pathlib.Path, rule: str) -> None:
    assert [said[:2] for said in found_in(tmp_path, rule, hints=True)] == [("rule not checked", "hint")]


@pytest.mark.parametrize(
    "rule",
    [
        node("p.data * 2", "p.grad += (2 + random.gauss(0, 1)) * out.grad"),
        node("p.data + noise", "p.grad += 2 * out.grad", "noise = random.gauss(p.data, 1)"),  # drawn by the operand
        node("r", "p.grad += 9 * out.grad", "r = p.data; while r > 9: r -= 1"),  # for other numbers it may not end
        node("p.data + sum(COUNT)", "p.grad += 2 * out.grad").replace("def made", "COUNT = iter(range(0))\ndef made"),
        node("p.data + len(SEEN)", "p.grad += 2 * out.grad", "n = SEEN.append(1)")
        .replace("len(SEEN)", "(n or 0)")
        .replace("def made", "SEEN = []\ndef made"),
        node("kept(p.data)", "p.grad += 2 * out.grad").replace(
            "def made", "SEEN = {}\ndef kept(x):\n    SEEN[x] = x\n    return x\ndef made"
        ),
        node("p.data + next(COUNT)", "p.grad += 2 * out.grad").replace("def made", "COUNT = iter(range(1000))\ndef made"),
    ],
)
def test_what_does_more_than_arithmetic_is_left_alone(tmp_path: pathlib.Path, rule: str) -> None:
    assert [said[:2] for said in found_in(tmp_path, rule)] == [("rule not checked", "fact")]


def test_a_parent_that_the_rule_passes_nothing_to_may_be_a_target(tmp_path: pathlib.Path) -> None:
    rule = """
def square_error(p, t):
    d = p.data - t.data
    out = Value(d * d, (p, t), "square error")
    def back():
        p.grad += 2 * d * out.grad
    out._backward = back
    return out
def model(x, y):
    return square_error(w * x + b, Value(y))
"""
    assert found_in(tmp_path, rule) == []  # and the costs, which refer to themselves by their rules, are not said to be kept


# --- scripts that are not the same twice, and others that cannot be -------------------------------------------------------


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("raise ValueError('no')", "it raised ValueError: no"),
        ("input()", "it raised EOFError"),
        ("pass", "it ended after 0 of 1 backward passes"),
        ("import os; os._exit(3)", "it ended the process"),
        ("import sys; sys.exit(3)", "it ended after 0 of 1 backward passes"),
        ("def", "is not Python"),
    ],
)
def test_why_a_script_cannot_be_run_again_is_said(tmp_path: pathlib.Path, source: str, problem: str) -> None:
    (tmp_path / "script.py").write_text(source)
    assert problem in Program(str(tmp_path / "script.py")).ask(1)["problem"]


def test_a_script_that_does_not_end_is_given_up(tmp_path: pathlib.Path) -> None:
    (tmp_path / "script.py").write_text("while True:\n    pass\n")
    assert Program(str(tmp_path / "script.py")).ask(1, patience=1.0) == {"problem": "it took more than 1 seconds"}


def test_nothing_is_left_running_when_the_debugger_is_killed(tmp_path: pathlib.Path) -> None:
    script, noted = tmp_path / "script.py", tmp_path / "pid"
    script.write_text(f"import os\nopen({str(noted)!r}, 'w').write(f'{{os.getpid()}}.')\nwhile True:\n    pass\n")
    code = f"from viz.debugger.diagnoses.evidence.again import Program; Program({str(script)!r}).ask(1)"
    with subprocess.Popen([sys.executable, "-c", code]) as asking:
        while not (noted.exists() and noted.read_text().endswith(".")):
            time.sleep(0.05)
        asking.kill()
    pid = int(noted.read_text()[:-1])
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    raise AssertionError("it runs on")


def test_a_script_that_is_not_the_same_twice_is_not_accused(tmp_path: pathlib.Path) -> None:
    path = write(tmp_path, SQUASH="(1.0 - t)")
    text = (
        pathlib.Path(path)
        .read_text()
        .replace("Node(0.6,", "Node(random.random(),")
        .replace("Value(t,", "Value(next(iter([t])),")
    )
    pathlib.Path(path).write_text(text)
    _, said, status = verdict(path, [])
    assert status == 0
    assert "running the script again: it did something else when it was run again" in said


def test_a_program_runs_with_its_arguments_folder_and_environment(tmp_path: pathlib.Path) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "number").write_text("3.0")
    (tmp_path / "training.py").write_text(
        "import os, sys\nfrom autograd import Value\n"
        "x = Value(float(open('number').read()) + float(sys.argv[1]) + float(os.environ['MORE']))\n"
        "(x * x).backward()\n"
    )
    program = Program(
        "training", ("1.0",), True, str(tmp_path / "here"), {"MORE": "0.5", "PYTHONPATH": str(tmp_path)}, sys.executable
    )
    found = program.ask(1, 0)
    assert found["root"] == 4.5**2
    assert found["answers"][0][0] == pytest.approx(9.0)


# --- without a script -----------------------------------------------------------------------------------------------------


def by_hand(op: str, wrong: bool) -> Recording:
    x = Value(0.7, label="x")
    y = Value(math.tanh(0.7), (x,), op)

    def rule() -> None:
        x.grad += (1.0 - y.data ** (1 if wrong else 2)) * y.grad

    y._backward = rule
    return record_backward(y + x)


def test_a_rule_called_after_a_row_of_the_table_is_compared_with_it() -> None:
    assert diagnose(by_hand("tanh", wrong=False)) == []
    [finding] = diagnose(by_hand("Tanh", wrong=True))
    assert finding.kind == "wrong derivative"
    assert finding.evidence["difference"] == pytest.approx(1.0 - math.tanh(0.7) ** 2)
    [finding] = diagnose(by_hand("sin", wrong=True))  # it is called so, and is no sine
    assert (finding.kind, finding.severity) == ("rule not checked", "note")
    assert "1 rule made by hand (sin): whether it is right was not checked" in finding.message


def test_the_engines_own_rule_wrapped_is_compared_with_the_table() -> None:
    x = Value(3.0, label="x")
    y = x * x
    own = y._backward

    def twice() -> None:
        own()
        own()

    y._backward = twice
    assert [f.kind for f in diagnose(record_backward(y + 1.0))] in (["wrong derivative"], ["rule not checked"])
    z = x * 2.0
    mine = z._backward

    def clipped() -> None:
        z.grad = max(-0.5, min(0.5, z.grad))
        mine()

    z._backward = clipped
    recording = record_backward(z + 1.0)
    assert recording.gradients[0] == 1.0
    assert diagnose(recording) == []


def test_which_rules_were_made_by_hand_is_kept(tmp_path: pathlib.Path) -> None:
    recording = by_hand("tanh", wrong=True)
    assert recording.by_hand == {1}
    assert recording[2].rule == "made by hand"
    recording.save(tmp_path / "run.json")
    for again in (load_recording(tmp_path / "run.json"), unpack(pack(recording))):
        assert again.by_hand == {1}
        assert [f.kind for f in diagnose(again)] == ["wrong derivative"]
    assert record_backward(Value(2.0) * 3.0).by_hand == frozenset()
    assert "no difference" in str(check(by_hand("nonsense", wrong=True), "x"))

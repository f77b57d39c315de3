"""Real debuggers step through backward passes: pdb by its prompt through a pipe, debugpy by its protocol over a socket.

Both are unmodified and run in processes of their own, as a person starts them. What only looks like a debugger - coverage
tools, profilers, a trace function of one's own - gets the engine's ordinary pass.
"""

import bdb
import importlib.util
import os
import pathlib
import re
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from types import FrameType
from typing import Any

import pytest
from debugpy_client import Editor
from patience import PATIENCE
from places import ROOT
from stepped import EMITTED, SCRIPT, expected

import autograd
from autograd import GraphError, Value, debuggers, no_grad, reverse, tanh

DOCS = ROOT / "docs" / "stepping-with-pdb.md"


@pytest.fixture
def script(tmp_path: pathlib.Path) -> pathlib.Path:
    path = tmp_path / "net.py"
    path.write_text(SCRIPT, encoding="utf-8")
    return path


def python(*arguments: str, commands: str = "", step: str | None = None, folder: str | None = None) -> str:
    """What a program in a process of its own prints."""
    environment = {k: v for k, v in os.environ.items() if k not in ("AUTOGRAD_STEP", "COVERAGE_PROCESS_START")}
    done = subprocess.run(
        [sys.executable, *arguments], input=commands, capture_output=True, text=True, timeout=PATIENCE, check=False, cwd=folder,
        env=environment | ({"AUTOGRAD_STEP": step} if step else {}) | {"COLUMNS": "200"},
    )  # fmt: skip
    return done.stdout + done.stderr


def pdb(script: pathlib.Path, *commands: str, **more: Any) -> list[str]:
    """A session: what pdb answers to each command, after what it says first."""
    answers = python("-m", "pdb", str(script), commands="\n".join(commands) + "\n", **more).split("(Pdb) ")
    return [answer.rstrip("\n") for answer in answers]


def places(answers: list[str]) -> list[tuple[str, int]]:
    """Where each answer says that the program stands: the file's name, and the line."""
    found = [re.search(r"^> (.+?)\((\d+)\)", answer, re.MULTILINE) for answer in answers]
    return [(os.path.basename(m[1]), int(m[2])) if m else ("", 0) for m in found]


# --- pdb ---------------------------------------------------------------------------------------------------------------------


def test_step_leads_from_backward_into_the_emitted_pass_through_it_and_back(script: pathlib.Path) -> None:
    answers = pdb(script, "b 8", "c", *["s"] * 4, *["n"] * 6, "s", "p w.grad, y.grad", "cl 1", "c", "q")
    code = Value.backward.__code__
    head = code.co_firstlineno
    on_the_way = [head, min(n for _, _, n in code.co_lines() if n and n > head)]  # the only two lines of the engine
    assert places(answers)[2:13] == [
        ("net.py", 8), *[("debuggers.py", n) for n in on_the_way],
        (EMITTED, 5), (EMITTED, 18), (EMITTED, 20), (EMITTED, 21), (EMITTED, 23), (EMITTED, 24), (EMITTED, 25), (EMITTED, 25),
    ]  # fmt: skip
    assert answers[6].endswith("-> z_bar += y_bar * dy_dz    # dy/dz = 1 - y ** 2    [net.py:6: tanh(z)]")
    assert places(answers)[13] == ("net.py", 3)  # one step from its last line to the user's next one
    assert answers[14] == "(1.5728954659318548, 1.0)"
    assert expected() in answers[16]


def test_the_source_is_listed_and_every_number_can_be_printed(script: pathlib.Path) -> None:
    answers = pdb(
        script, "b 8", "c", *["s"] * 4, "l", "p x, w, z, y, dy_dz, y_bar, z_bar", "n", "p z_bar", "p z_bar == y_bar*dy_dz", "q"
    )
    assert " 18  ->\t    z_bar += y_bar * dy_dz    # dy/dz = 1 - y ** 2" in answers[7]
    assert " 22  \t    # v3 = w * x" in answers[7]
    assert answers[8] == "(2.0, -3.0, 0.5, 0.46211715726000974, 0.7864477329659274, 1.0, 0.0)"
    assert answers[10:12] == ["0.7864477329659274", "True"]


def test_a_breakpoint_in_the_emitted_pass_stops_in_every_later_pass(script: pathlib.Path) -> None:
    answers = pdb(script, "b 8", "c", *["s"] * 4, "b 24", "cl 1", "c", "p w_bar", "c", "p w_bar", "c", "p w_bar", "c", "q")
    assert f"Breakpoint 2 at {emitted_path(answers)}:24" in answers[7]
    assert places(answers)[9::2][:3] == [(EMITTED, 24)] * 3
    once = 1.5728954659318548
    assert [float(answer) for answer in answers[10:15:2]] == pytest.approx([once, 2 * once, 3 * once])
    assert expected() in answers[15]


STOPS = ["breakpoint()", "import pdb; pdb.set_trace()"]
if sys.version_info >= (3, 14):  # its pdb follows by sys.monitoring, unless it is told to use a trace function
    STOPS += [f"import pdb; pdb.Pdb(backend='{backend}').set_trace()" for backend in ("settrace", "monitoring")]


@pytest.mark.parametrize("stop", STOPS)
def test_step_finds_the_emitted_pass_from_a_stop_in_the_code(stop: str, script: pathlib.Path) -> None:
    script.write_text(SCRIPT.replace("    y.back", f"    if step < 2:\n        {stop}\n    y.back"), encoding="utf-8")
    to_the_pass = ["n"] * (sys.version_info >= (3, 13))  # it stops at the call itself from then on
    into = ["s"] * 4  # the call of `backward`, its one line, the call of the emitted pass, its first line
    commands = [*to_the_pass, *into, "p z_bar", "n", "c", *to_the_pass, "n", "c"]
    answers = python(str(script), commands="\n".join(commands) + "\n").split("(Pdb) ")
    stops = places(answers)
    first = stops.index((EMITTED, 18))
    assert stops[first - 1] == (EMITTED, 5)
    assert stops[first + 2] == (EMITTED, 20)
    assert [name for name, _ in stops[first + 3 : -1]] == ["net.py"] * (2 + len(to_the_pass))  # `n` enters nothing
    assert expected() in answers[-1]


def test_a_breakpoint_can_be_set_by_file_and_line_from_elsewhere(script: pathlib.Path) -> None:
    command = [sys.executable, "-m", "pdb", str(script)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        reader, writer = process.stdout, process.stdin
        assert reader is not None and writer is not None

        def answer(command: str) -> str:
            """What pdb has said until it asks for the command, which it then gets."""
            said = ""
            while not said.endswith("(Pdb) "):
                character = reader.read(1)
                assert character, said
                said += character
            writer.write(command + "\n")
            writer.flush()
            return said

        said = [answer(c) for c in ("b 8", "c", "s", "s", "s", "r", "s", "cl 1")]
        path = emitted_path(said)
        assert places(said)[-1] == ("net.py", 3)
        said = [answer(c) for c in (f"b {path}:23", "c", "q")]
        assert f"Breakpoint 2 at {path}:23" in said[1]
        assert places(said)[2] == (EMITTED, 23)


def emitted_path(answers: list[str]) -> str:
    found = re.search(rf"> (\S+{EMITTED})", "\n".join(answers))
    assert found, answers
    return found[1]


def test_next_and_continue_run_the_ordinary_pass(script: pathlib.Path) -> None:
    script.write_text(SCRIPT + "import sys\nprint('emitted', 'autograd.stepping.emitted' in sys.modules)\n")
    answers = pdb(script, "b 8", "c", "n", "cl 1", "c", "q")
    assert places(answers)[3] == ("net.py", 3)
    assert f"{expected()}\nemitted False" in answers[5]


def test_quitting_in_the_middle_leaves_every_gradient_as_it_was(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "quit.py"
    path.write_text(textwrap.dedent("""\
        import bdb, sys
        from autograd import Value
        x = Value(2.0, label="x")
        x.grad = 0.25
        y = x * x
        y.label = "y"
        try:
            y.backward()
        except bdb.BdbQuit:
            print("left with", x.grad, y.has_grad, sys.gettrace())
        y.backward()
        print("then", x.grad)
    """))  # fmt: skip
    answers = pdb(path, "b 8", "c", *["s"] * 4, "n", "p x_bar", "q")
    assert answers[8:] == ["2.25", "left with 0.25 False None\nthen 4.25"]


def test_continue_within_the_pass_ends_tracing_for_good(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "go.py"
    path.write_text(
        "import sys, pdb\nfrom autograd import Value\nx = Value(2.0, label='x')\ny = x * x\ny.label = 'y'\npdb.set_trace()\n"
        "y.backward()\nprint('trace', sys.gettrace(), x.grad)\n"
    )
    assert "(Pdb) trace None 4.0\n" in python(str(path), commands="s\ns\ns\ns\nc\n")


def test_step_enters_a_rule_by_hand_and_an_error_in_it_leaves_gradients_alone(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "hand.py"
    path.write_text(textwrap.dedent("""\
        from autograd import Value
        x = Value(2.0, label="x")
        y = Value(4.0, (x, x), "twice", "y")
        def rule():
            x.grad += 2.0 * x.data * y.grad
            1 / divisor
        y._backward = rule
        root = 3.0 * y
        for divisor in (1, 0):
            try:
                root.backward()
            except ZeroDivisionError:
                pass
            print("now", x.grad)
    """))  # fmt: skip
    answers = pdb(path, "b 5", "b 11", "c", *["s"] * 4, "n", "c", "p y.grad", "cl", "y", "c", "q")
    at = places(answers)
    assert at[7] == ("backward_from_v2.py", 14)
    assert at[9] == ("hand.py", 5)  # the breakpoint in the rule, on the way through the emitted pass
    assert answers[10] == "3.0"
    assert "now 12.0\nnow 12.0\n" in "\n".join(answers)


def test_a_scope_is_chosen_by_the_environment(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "layers.py"
    path.write_text(
        "import random\nfrom nn import MLP, cross_entropy\nmodel = MLP(2, [3, 2], rng=random.Random(1))\n"
        "cost = cross_entropy(model([0.5, -1.0]), 1)\ncost.label = 'C'\ncost.backward()\n"
        "print(model.layers[0].W[0][0].grad.hex())\n"
    )
    answers = pdb(path, "b 6", "c", *["s"] * 4, "l", "n", "l", "cl 1", "y", "c", "q", step="layer2/neuron1")
    assert "unwritten(0)" in answers[7]
    assert "a1_1_bar += z2_1_bar * w2_11" in answers[9]
    plain = python(str(path))
    assert plain.strip() in "\n".join(answers[10:])
    assert python(str(path), step="1") == python(str(path), step="0") == plain


# --- debugpy -----------------------------------------------------------------------------------------------------------------

needs_debugpy = pytest.mark.skipif(importlib.util.find_spec("debugpy") is None, reason="debugpy is not installed")
ENGINE = str(pathlib.Path(autograd.__file__).parent / "**")


@pytest.fixture
def editor(script: pathlib.Path) -> Iterator[Editor]:
    connected = Editor(script, not_stepped_into=ENGINE)
    yield connected
    connected.close()


@needs_debugpy
def test_step_in_lands_in_the_emitted_pass_and_next_goes_line_by_line(editor: Editor) -> None:
    editor.start(8)
    assert editor.stopped() == (str(editor.script), 8)
    path, line = editor.step("stepIn")
    assert (os.path.basename(path), line) == (EMITTED, 18)
    assert [editor.evaluate(name) for name in ("x", "dy_dz", "z_bar")] == ["2.0", "0.7864477329659274", "0.0"]
    source = editor.source()
    assert source.splitlines()[17] == "    z_bar += y_bar * dy_dz    # dy/dz = 1 - y ** 2    [net.py:6: tanh(z)]"
    assert [editor.step("next") for _ in range(4)] == [(path, n) for n in (20, 21, 23, 24)]
    assert editor.evaluate("w_bar") == "1.5728954659318548"
    assert editor.set_breakpoints(path, 24) == [True]
    editor.set_breakpoints(str(editor.script))
    assert editor.step("continue") == (path, 24)  # in the next pass of the loop
    assert float(editor.evaluate("w_bar")) == pytest.approx(2 * 1.5728954659318548)
    editor.set_breakpoints(path)
    assert expected() in editor.output_to_the_end()


@needs_debugpy
def test_in_a_checkout_a_few_lines_of_the_engine_lie_on_the_way(script: pathlib.Path) -> None:
    """Where the engine counts as the user's own code, it takes three steps instead of one."""
    editor = Editor(script)
    try:
        editor.start(8)
        editor.stopped()
        stops = [os.path.basename(editor.step("stepIn")[0]) for _ in range(3)]
        assert stops == ["debuggers.py", "debuggers.py", EMITTED]
        path, line = editor.step("stepOut")
        assert (os.path.basename(path), line) == ("net.py", 3)
    finally:
        editor.close()


# --- what is no debugger -----------------------------------------------------------------------------------------------------


class Tracer:
    """A trace function as Python's own tools have them: a function or a method, which notes what it is called for."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        self.events.append((event, frame.f_code.co_name))
        return self.trace


def traced(trace: Any) -> tuple[Any, float]:
    """The trace function after a backward pass under it, and the gradient."""
    before = sys.gettrace()
    x = Value(3.0, label="x")
    y = x * x
    sys.settrace(trace)
    try:
        y.backward()
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    return after, x.grad


def test_a_trace_function_of_ones_own_is_no_debugger(passes: list[str]) -> None:
    tracer = Tracer()
    method, function = tracer.trace, lambda *a: tracer.trace(*a)
    for trace in (method, function):
        tracer.events.clear()
        assert traced(trace) == (trace, 6.0)
        calls, returns = ([name for event, name in tracer.events if event == kind] for kind in ("call", "return"))
        assert calls.count("backward") in {1, 2}, "the method, and the pass unless compiled nodes run it at once"
        assert next(name for name in calls if name != "<lambda>") == "backward"
        assert sorted(calls) == sorted(returns)  # nothing that began goes missing when tracing is suspended for a moment
    assert passes == []


def test_a_debugger_is_one_by_its_class(passes: list[str]) -> None:
    class Follows(bdb.Bdb):
        def __init__(self) -> None:
            super().__init__()
            self.lines: list[str] = []

        def user_line(self, frame: FrameType) -> None:
            self.lines.append(os.path.basename(frame.f_code.co_filename))

    debugger = Follows()
    debugger.reset()
    assert traced(debugger.trace_dispatch)[1] == 6.0
    assert passes == ["v1"]
    assert sum(name.startswith("backward_from_v1") for name in debugger.lines) == 3  # a number follows where there are others
    assert not {"emit.py", "switch.py", "pydevd_dont_trace.py"} & set(debugger.lines)


def test_an_error_before_the_pass_leaves_the_debugger_tracing() -> None:
    debugger = bdb.Bdb()
    debugger.reset()
    with no_grad():
        y = Value(1.0) * 2.0
    before = sys.gettrace()
    sys.settrace(debugger.trace_dispatch)
    try:
        with pytest.raises(GraphError, match="no_grad"):
            y.backward()
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after == debugger.trace_dispatch


def test_a_debugger_in_one_thread_is_none_in_another(passes: list[str]) -> None:
    debugger = bdb.Bdb()
    debugger.reset()
    found: list[float] = []
    thread = threading.Thread(target=lambda: found.append(traced(None)[1]))
    sys_trace = sys.gettrace()
    sys.settrace(debugger.trace_dispatch)
    try:
        thread.start()
        thread.join()
    finally:
        sys.settrace(sys_trace)
    assert (found, passes) == ([6.0], [])


@pytest.mark.parametrize("tool", [None, "pydevd", "another"])
def test_the_debuggers_slot_of_sys_monitoring_counts(
    tool: str | None, passes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Since Python 3.12 debuggers may trace without a trace function."""
    monkeypatch.setattr(debuggers, "tool", lambda: tool)
    monkeypatch.setitem(sys.modules, "debugpy", None)
    assert traced(None)[1] == 6.0
    assert passes == ([] if tool is None else ["v1"])


class Debugpy:
    """A stand-in for an imported debugpy that no editor is connected to, as in a notebook's kernel."""

    @staticmethod
    def is_client_connected() -> bool:
        return False


def test_debugpy_without_an_editor_is_no_debugger(passes: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "debugpy", Debugpy)
    trace = lambda *a: None
    trace.__module__ = "_pydevd_bundle.pydevd_trace_dispatch"
    assert traced(trace) == (trace, 6.0)
    assert passes == []


@pytest.mark.skipif(importlib.util.find_spec("coverage") is None, reason="coverage is not installed")
@pytest.mark.parametrize("core", ["ctrace", "pytrace", "sysmon"])
def test_coverage_is_no_debugger(core: str, script: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if core == "sysmon" and sys.version_info < (3, 12):
        pytest.skip("sys.monitoring is in Python from 3.12 on")
    script.write_text(
        SCRIPT + "import sys\nprint('emitted', 'autograd.stepping.emitted' in sys.modules, type(sys.gettrace()).__name__)\n"
    )
    (script.parent / "rc").write_text(f"[run]\ncore = {core}\nsource = autograd\n")
    monkeypatch.setenv("AUTOGRAD_CORE", "pure")  # a pass of compiled nodes has few lines that coverage could see
    text = python("-m", "coverage", "run", "--rcfile", "rc", str(script), folder=str(script.parent))
    assert expected() in text
    assert "emitted False" in text
    assert "changed" not in text  # coverage's warning when somebody has replaced its trace function
    report = python("-m", "coverage", "report", "-m", "--include", "*/reverse.py", folder=str(script.parent))
    missing = re.findall(r"(\d+)(?:-(\d+))?(?=,|\s*$)", report.partition("%")[2].partition("\n")[0])
    code = pathlib.Path(reverse.__file__).read_text(encoding="utf-8").splitlines()
    in_the_pass = code.index("    with turns.lock:") + 2
    assert not any(int(first) <= in_the_pass <= int(last or first) for first, last in missing)
    assert missing, "nothing of what is left for hooks, for example"


def test_profilers_are_no_debuggers(passes: list[str]) -> None:
    import cProfile

    y = tanh(Value(1.0))
    cProfile.Profile().runcall(y.backward)
    assert y.parents[0].has_grad
    assert passes == []


# --- the page of the documentation -------------------------------------------------------------------------------------------


def test_the_session_in_the_documentation_is_a_real_one(tmp_path: pathlib.Path) -> None:
    """The commands are read off the page, given to pdb, and its answers are what the page shows."""
    page = DOCS.read_text(encoding="utf-8")
    [code] = re.findall(r"<!-- net.py -->\n```python\n(.*?)```", page, re.DOTALL)
    [shown] = re.findall(r"<!-- session -->\n```text\n(.*?)```", page, re.DOTALL)
    path = tmp_path / "net.py"
    path.write_text(code, encoding="utf-8")
    commands = re.findall(r"^\(Pdb\) (.*)$", shown, re.MULTILINE)
    answers = python("-m", "pdb", "net.py", commands="\n".join(commands) + "\n", folder=str(tmp_path)).split("(Pdb) ")
    session = answers[0] + "".join(f"(Pdb) {c}\n{a}" for c, a in zip([*commands, ""], answers[1:], strict=False))
    session = re.sub(r"/\S*/stepgrad-\w+/", ".../", session.replace(f"{tmp_path}{os.sep}", ""))
    session = re.sub(r"/\S*/autograd/debuggers.py\(\d+\)", "autograd/debuggers.py(...)", session)
    if os.environ.get("REGENERATE"):
        DOCS.write_text(page.replace(shown, session), encoding="utf-8")
    assert session == shown

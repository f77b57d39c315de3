"""The debugger at the terminal: scripts that run to their backward passes, the real program over a pipe and in tmux.

The oracle is the script run without a debugger. The transcripts in docs/terminal-debugger.md are run again and compared, letter
by letter; REGENERATE=1 writes them.
"""

import io
import os
import pathlib
import pty
import re
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from patience import PATIENCE
from places import ROOT

from autograd import Value, record_backward
from autograd.observers import looking
from viz.debugger.__main__ import main as entry
from viz.debugger.program.debuggee import Arrival, Ended, Leave, running_to_backward
from viz.debugger.program.pausing import pausing
from viz.debugger.terminal.command_line import main
from viz.script import ScriptError

DOC = ROOT / "docs" / "terminal-debugger.md"


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
    before = sys.argv, sys.path[:], sys.modules["__main__"], looking()
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
    assert (sys.argv, sys.path[:], sys.modules["__main__"], looking()) == before


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


@pytest.mark.filterwarnings("ignore:os.fork:RuntimeWarning")  # JAX warns in its hook, if it is installed and was imported
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


THREADS = """
import threading
from autograd import Value
def work(k):
    w = Value(float(k), label="w")
    (w * w).backward()
threads = [threading.Thread(target=work, args=(k,)) for k in range(3)]
for t in threads:
    t.start()
"""


def test_leaving_in_a_thread_ends_the_script_silently(tmp_path: pathlib.Path) -> None:
    (tmp_path / "threads.py").write_text(THREADS + "for t in threads:\n    t.join()\nprint('all done')\n")
    done = debug(tmp_path, "threads.py", stdin="l\nq\n")
    assert "threads.py:6 -> (w * w).backward()" in done.stdout, "sources are recorded in every thread"
    assert (done.returncode, done.stderr) == (0, "")
    assert "all done" not in done.stdout


def test_threads_that_outlive_the_script_are_debugged(tmp_path: pathlib.Path) -> None:
    (tmp_path / "threads.py").write_text(THREADS)
    done = debug(tmp_path, "threads.py", stdin="np\nnp\nc\nc\n")
    assert "backward() 3 at threads.py:6" in done.stdout
    assert done.stdout.endswith("(threads.py has ended after 3 backward passes)\n")


def test_a_pass_that_a_hook_begins_has_a_number_of_its_own(tmp_path: pathlib.Path) -> None:
    arrivals: list[Arrival] = []
    source = """
from autograd import Value, tanh
w = Value(0.5)
y = tanh(w)
y.register_hook(lambda g: (w * w).backward())
y.backward()
y.backward()
"""
    run(tmp_path, source, arrivals.append)
    assert [(a.number, a.source.line if a.source else 0) for a in arrivals] == [(2, 5), (1, 6), (4, 5), (3, 7)]


def test_what_a_script_forks_says_nothing_of_its_own_end(tmp_path: pathlib.Path) -> None:
    fork = "import os\nfrom autograd import Value\n(Value(2.0) * 3.0).backward()\nif os.fork():\n    os.wait()\n"
    (tmp_path / "forks.py").write_text(fork)
    done = debug(tmp_path, "forks.py", stdin="c\nc\n")
    assert done.stdout.count("has ended") == 1


def test_a_run_that_nothing_stops_ends_in_the_last_pass(tmp_path: pathlib.Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING)
    done = debug(tmp_path, "--break", "op:nosuch", "train.py", stdin="catch nan\nca\ndiagnose all\np w.final\n")
    assert "(train.py has ended after 3 backward passes; no breakpoint was reached)\n" in done.stdout
    assert "breakpoint 1: no node has the op 'nosuch'" in done.stdout
    assert "post-mortem of its last recorded pass\nbackward() 3" in done.stdout
    assert "found in 3 passes" in done.stdout
    assert done.returncode == 0


@pytest.mark.parametrize(("options", "typed"), [([], "np\nnp\n"), (["--at", "3"], ""), ([], "np 3\n")])
def test_diagnose_sees_the_passes_that_went_by(options: list[str], typed: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "train.py").write_text(FORGOTTEN)
    done = debug(tmp_path, *options, "train.py", stdin=f"{typed}diagnose pass\ndiagnose\ndiagnose all\nq\n")
    alone, *answers = (done.stdout.partition(f"(grad) {q}\n")[2].partition("(grad)")[0] for q in
                       ("diagnose pass", "diagnose", "diagnose all"))  # fmt: skip
    assert "nothing wrong was found in this pass" in alone
    for answer in answers:
        assert "gradients not zeroed" in answer, "the updates of all passes are known"


def test_the_commands_of_a_breakpoint_are_done_in_later_passes_too(tmp_path: pathlib.Path) -> None:
    (tmp_path / "train.py").write_text(TRAINING)
    done = debug(tmp_path, "--break", "op:tanh x>=2", "train.py", stdin="commands 1 p w.data; ca\nca\n")
    assert len(re.findall(r"^backward\(\) [23] (.|\n)*?^0\.\d+$", done.stdout, re.MULTILINE)) == 2
    assert "after 3 backward passes; no breakpoint was reached" in done.stdout


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
    assert "start of the pass, 4 contributions, breakpoint 1 (train.py:7)\n" in done.stdout, "the pass begins on that line"
    assert "backward() 3" in done.stdout
    assert done.stdout.splitlines()[-2].endswith(" --at 9 -c __main__")
    assert done.returncode == 5
    done = debug(tmp_path, "run.json", stdin="n\nca\nc\nc\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert "d(v3 ** 2)/dv3 = 2 × v3" in done.stdout
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
        (["--break", "op:tanh if nonsense(", "x.py"], 2, "is not an expression"),
        (["--break", "12 if gard > 1", "x.py"], 2, "Did you mean 'grad'"),
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
    assert "x.grad: not reached yet → 3" in done.stdout.partition("backward() 2")[2]  # breakpoints are kept
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
    (tmp_path / "train.py").write_text(TRAINING)
    monkeypatch.setattr("sys.stdin", io.StringIO("s\nq\n"))
    before = sys.stdout, looking()
    assert main([str(tmp_path / "train.py")]) == 0
    assert (sys.stdout, looking()) == before
    assert "step 1 of 4" in capsys.readouterr().out


FAULTS = ROOT / "tests" / "faults"


def ask(*arguments: str) -> tuple[int, list[str], str]:
    done = subprocess.run(
        [sys.executable, "-m", "viz.debugger", "--diagnose", *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=environment(),
    )
    return done.returncode, done.stdout.splitlines(), done.stderr


LONG = """
from autograd import Value
w, b = Value(0.2), Value(0.1)
for step in range(250):
    cost = (w * 2.0 + b - 1.0) ** 2 + (w * -1.0 + b - 0.5) ** 2
    w.zero_grad()
    b.zero_grad()
    cost.backward()
    w.data -= 0.1 * w.grad
    b.data -= 0.1 * b.grad
"""


def test_the_shell_gets_an_answer_in_a_line_and_an_exit_status(tmp_path: pathlib.Path) -> None:
    status, [line], _ = ask(str(FAULTS / "01_log_of_zero.py"))
    assert (status, line.partition(": ")[0]) == (1, "tests/faults/01_log_of_zero.py:13")
    assert "log(0) = -inf" in line
    status, [line], complaint = ask(str(FAULTS / "01_log_of_zero_healthy.py"))
    assert (status, complaint) == (0, "")
    assert re.fullmatch(
        r"nothing found in 10 backward passes with costs from \S+ to \S+; numbers computed without backward\(\), as in an "
        "evaluation, were not seen",
        line,
    )
    (tmp_path / "long.py").write_text(LONG)
    assert ask(str(tmp_path / "long.py"))[1][0].startswith("nothing found in 250 backward passes with costs from ")
    (tmp_path / "none.py").write_text("import sys\nprint(sys.argv[1:])\nsys.exit(3)\n")
    nothing = "nothing to diagnose: the script ran no backward()"
    assert ask(str(tmp_path / "none.py"), "--at", "x") == (3, ["['--at', 'x']", nothing], "")
    status, lines, complaint = ask(str(tmp_path / "missing.py"))
    assert (status, lines) == (2, [])
    assert "cannot read the script" in complaint
    assert "leave out --tui" in ask("-c", "b 3", str(tmp_path / "none.py"))[2]


def test_the_shell_says_on_a_terminal_what_is_tried() -> None:
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [sys.executable, "-m", "viz.debugger", "--diagnose", str(FAULTS / "31_rate_too_large.py")],
        stdout=subprocess.PIPE, stderr=theirs, text=True, cwd=ROOT, env=environment(), check=False,
    )  # fmt: skip
    os.close(theirs)
    told = os.read(ours, 10_000).decode()
    os.close(ours)
    assert re.search(r"trying a rate 10 times smaller \(\d% of the time for experiments; Ctrl-C ends them\)", told)
    assert told.endswith("\r\033[K"), "the line is wiped"
    assert "trying" not in done.stdout
    assert "learning rate too large (proven)" in done.stdout


CLIMB = """
from autograd import Value
side = Value(1.0, label="side")
for step in range(12):
    area = side * (10.0 - side)
    area.backward()
    side.data += 0.1 * side.grad
    side.zero_grad()
"""


def test_hints_are_shown_when_asked_for_and_leave_the_status_0(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "climb.py"
    script.write_text(CLIMB)
    unseen = "numbers computed without backward(), as in an evaluation, were not seen"
    nothing = f"nothing found in 12 backward passes with costs from 9 to 24.88; {unseen}"
    assert ask(str(script)) == (0, [nothing, "1 question: --hints asks"], "")
    status, [first, hint], _ = ask("--hints", str(script))
    assert (status, first) == (0, nothing)
    assert f"{script}:7: wrong sign of the update (hint): is this meant?" in hint
    done = debug(tmp_path, "--watch", "climb.py")
    assert (done.returncode, done.stdout.splitlines()[0]) == (0, nothing), "the other name of --diagnose"
    refused = debug(tmp_path, "--hints", "climb.py")
    assert refused.returncode == 2
    assert "--hints belongs to --diagnose" in refused.stderr
    typed = debug(tmp_path, "climb.py", stdin="catch nan\nca\ndiagnose all\ndiagnose all hints\nq\n").stdout
    without, asked = typed.split("(grad) diagnose all hints")
    assert "nothing wrong was found in 12 passes" in without
    assert "wrong sign of the update (hint): is this meant?" in re.sub(r"\s+", " ", asked)


def test_the_shell_gets_an_answer_about_a_recorded_pass(tmp_path: pathlib.Path) -> None:
    x = Value(0.0, label="x")
    record_backward((x * x) ** 0.5).save(tmp_path / "nan.json")
    record_backward(x * x).save(tmp_path / "fine.json")
    status, [line], _ = ask(str(tmp_path / "nan.json"))
    assert status == 1
    assert "not finite backward" in line
    assert ask(str(tmp_path / "fine.json")) == (0, ["nothing found in this pass"], "")


@pytest.mark.parametrize("fault", ["01_log_of_zero", "27_forgotten_zero_grad", "16_dead_relu", "56_rate_of_zero"])
def test_the_prompt_says_of_a_whole_training_what_watching_says(fault: str) -> None:
    script = FAULTS / f"{fault}.py"
    done = subprocess.run(
        [sys.executable, "-m", "viz.debugger", "-c", "catch exploding", "-c", "b label:nothing", "-c", "ca", str(script)],
        input="diagnose all\nq\n", capture_output=True, text=True, cwd=ROOT, env=environment(COLUMNS="1000"), check=False,
    )  # fmt: skip
    said = re.sub(r"\s+", " ", done.stdout.partition("diagnose all\n")[2].partition("(grad)")[0])
    found = [re.sub(r"\s+", " ", line) for line in ask(str(script))[1]]
    assert found
    assert all(line.partition(" Try: ")[0] in said for line in found)


FORGOTTEN = """\
from autograd import Value, tanh
w = Value(0.5, label="w")
for step in range(4):
    cost = (tanh(w) - 1.0) ** 2
    cost.backward()
    w.data -= 0.1 * w.grad
"""


BORN_EARLIER = """\
from autograd import Value, sqrt
w = Value(1.0, label="w")
for step in range(4):
    d = sqrt((w - 1.0) * (w - 1.0)) if step == 1 else w * 2.0
    w.zero_grad()
    d.backward()
    w.data -= 0.0 * w.grad if step != 1 else w.grad
"""


@pytest.mark.parametrize(("question", "since"), [("diagnose pass", "w is not finite since an earlier pass: "), ("why w", "")])
@pytest.mark.parametrize(("options", "typed"), [([], "np\nnp\n"), (["--at", "3"], "")])
def test_a_nan_that_an_earlier_pass_has_made_is_named_there(
    tmp_path: pathlib.Path, question: str, since: str, options: list[str], typed: str
) -> None:
    (tmp_path / "train.py").write_text(BORN_EARLIER)
    said = debug(tmp_path, *options, "train.py", stdin=f"{typed}{question}\nq\n").stdout
    answer = re.sub(r"\s+", " ", said).rpartition(question)[2]
    assert f"{since}train.py:4: not finite backward (fact): the derivative of sqrt(0)" in answer


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
            ["tmux", "-S", socket, *arguments],
            capture_output=True,
            text=True,
            cwd=self.folder,
            env=own,
            check=True,
            timeout=PATIENCE,
        ).stdout

    def type(self, *keys: str) -> None:
        self._call("send-keys", *keys)

    def text(self, colours: bool = False) -> str:
        return self._call("capture-pane", "-p", *(["-e"] if colours else []))

    def wait(self, pattern: str, seconds: float = PATIENCE) -> str:
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


SLOW = """\
import time
from autograd import Value
w = Value(0.5, label="w")
for step in range(100_000):
    with open("steps", "a") as steps:
        steps.write(".")
    cost = (w * 2.0 - 3.0) ** 2
    cost.backward()
    time.sleep(0.01)
"""


@tmux
@pytest.mark.parametrize("tui", [False, True])
def test_control_c_stops_a_running_script_at_its_next_pass_and_it_goes_on(screen: Screen, tui: bool) -> None:
    (screen.folder / "slow.py").write_text(SLOW)
    screen.type(f"clear; {sys.executable} -m viz.debugger {'--tui' * tui} slow.py", "Enter")
    screen.wait("start of the pass")
    on = [*[":"] * tui, "np 90000", "Enter"]
    numbers = [1]
    for _ in range(2):
        taken = (screen.folder / "steps").stat().st_size
        screen.type(*on)
        end = time.monotonic() + PATIENCE
        while (screen.folder / "steps").stat().st_size < taken + 5:  # it is running
            assert time.monotonic() < end, screen.text()
            time.sleep(0.01)
        screen.type("C-c")
        while (
            now := max(map(int, re.findall(r"(?:pass|backward\(\)) (\d+)(?:: v3| at)", screen.text())), default=numbers[-1])
        ) == numbers[-1]:
            assert time.monotonic() < end, screen.text()
            time.sleep(0.05)
        screen.wait("start of the pass")
        numbers.append(now)
    assert 3 < numbers[1] < numbers[2]


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
    screen.wait(r"w.grad: not reached yet → ")
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


def test_control_c_asks_for_a_stop_and_is_what_it_always_is_when_that_is_refused() -> None:
    answers = iter([True, False])
    with pausing(lambda: next(answers)):
        signal.raise_signal(signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert next(answers, None) is None, "both have been asked"
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_script_that_handles_control_c_itself_keeps_its_own_way() -> None:
    pressed: list[int] = []
    mine: Any = lambda number, _: pressed.append(number)
    try:
        with pausing(lambda: False):
            signal.signal(signal.SIGINT, mine)
        assert signal.getsignal(signal.SIGINT) is mine, "what it has set stays: atexit functions still run"
        with pausing(lambda: False):
            signal.raise_signal(signal.SIGINT)
        assert pressed == [signal.SIGINT]
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


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
    screen.wait(r"stops at the next backward\(\); Ctrl-C once more ends the script")
    screen.type("C-c")  # there is no next one
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
    screen.wait("w.grad: not reached yet")
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

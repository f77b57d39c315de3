"""`python -m viz.debugger` at a prompt: the options, the choice of a script or a recording, and the exit status.

python -m viz.debugger train.py --epochs 3        stops at every backward() of the script
python -m viz.debugger --tui train.py             the same, full screen
python -m viz.debugger run.json                   a recorded pass
python -m viz.debugger --diagnose train.py        runs it to its end and says what is wrong, for a shell
"""

import argparse
import contextlib
import os
import sys
import traceback
from collections.abc import Sequence

from autograd.command_line import CommandLine
from autograd.errors import AutogradError

from ... import style
from ...rendering import NotInstalledError
from ..commands.plain import line
from ..diagnoses.diagnose import diagnose
from ..diagnoses.evidence.again import Program
from ..diagnoses.watch import Watch
from ..program.debuggee import Ended, Leave, running_to_backward
from ..program.opening import opened
from ..program.pausing import pausing
from .lines import is_terminal
from .terminal import Debugger
from .verdict import FOUND, verdict

_VALUED = ("-c", "--command", "--break", "--at", "--map")  # options that take the next argument


def parser() -> CommandLine:
    """The parser of the debugger's options; those of the script come after its name."""
    p = CommandLine(
        prog="python -m viz.debugger",
        description="Step through the gradients of a script, or of a recorded backward pass.",
        usage="%(prog)s [options] (script.py | run.json | -m module) [arguments of the script]",
    )
    p.add_argument(
        "-c", "--command", action="append", default=[], metavar="COMMAND", help="a command to begin with; may be repeated"
    )
    p.add_argument(
        "--break", action="append", default=[], metavar="PLACE", dest="places", help="a breakpoint: 12, op:tanh, w^1_*"
    )
    p.add_argument(
        "--at",
        type=int,
        default=1,
        metavar="N",
        help="begin with the N-th backward pass, counted from 1: that of step 37 in `for step in range(100)` is the 38th",
    )
    p.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="OLD=NEW",
        help="what a recording names in OLD is in NEW; may be repeated",
    )
    p.add_argument(
        "--diagnose",
        "--watch",
        action="store_true",
        help="run to the end and say what is wrong; the exit status is 1 if anything is",
    )
    p.add_argument(
        "--torch",
        action="store_true",
        help="the script trains a model of PyTorch: look at the first step whose loss or gradient is nan, inf or 0",
    )
    p.add_argument(
        "--hints", action="store_true", help="with --diagnose: also ask what may well be meant; hints leave the status 0"
    )
    p.add_argument("--tui", action="store_true", help="full screen (needs textual)")
    p.add_argument("--dap", action="store_true", help="speak the Debug Adapter Protocol on standard input and output")
    p.add_argument("--dap-socket", metavar="PATH", help="speak it on a Unix socket that is its owner's only")
    p.add_argument("--dap-port", type=int, metavar="N", help="speak it on a port of this machine, for who has the token")
    p.add_argument("-m", dest="module", metavar="MODULE", help="debug a module, as python -m does")
    p.add_argument("script", nargs="?", help="script.py, or run.json as Recording.save writes it")
    return p


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The debugger's own arguments, and the arguments of the script, which come after its name.

    >>> split(["--at", "3", "train.py", "--at", "5"]), split(["-m", "nn", "train"])
    ((['--at', '3', 'train.py'], ['--at', '5']), (['-m', 'nn'], ['train']))
    """
    i = 0
    while i < len(arguments) and arguments[i].startswith("-"):
        if arguments[i] == "-m":
            return list(arguments[: i + 2]), list(arguments[i + 2 :])
        i += 2 if arguments[i] in _VALUED else 1
    return list(arguments[: i + 1]), list(arguments[i + 1 :])


def main(arguments: Sequence[str] | None = None) -> int:
    """Debug a script or a recording; returns the exit status."""
    own, rest = split(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(own)
    target = options.module or options.script
    if not target:
        parser().error("which script? Write python -m viz.debugger script.py")
    if options.tui and not (is_terminal(sys.stdin) and is_terminal(sys.stdout)):
        parser().error("--tui needs a terminal; without it the debugger works over a pipe too")
    recorded = not options.module and target.lower().endswith(".json")
    if options.map and not recorded:
        parser().error("--map is for recordings: a script that runs is where it is")
    if options.diagnose:
        if options.tui or options.command or options.places:
            parser().error("--diagnose asks one question and stops nowhere: leave out --tui, -c and --break")
        return _diagnose(target, rest, options, recorded=recorded)
    if options.hints:
        parser().error("--hints belongs to --diagnose; at the prompt it is `diagnose hints`")
    debugger = Debugger(options.command, sys.stdout, full_screen=options.tui, alive=not recorded)
    console = debugger.commands.console
    console.watch = Watch()
    console.program = None if recorded else Program(target, tuple(rest), bool(options.module))
    console.target, console.script = max(options.at, 1), "" if options.module else os.path.abspath(target)
    try:
        if options.tui:
            _require_textual()  # before the script runs
        recording, notes = opened(target, options.map) if recorded else (None, [])
        for place in options.places:
            answer = debugger.commands.do(f"break {place}").text
            if answer.startswith("*** "):
                parser().error(f"--break {place}: {answer[4:]}")
        if recording is not None:
            debugger.open(recording, notes)
            return 0
        process = os.getpid()
        with pausing(debugger.pause):
            ended = running_to_backward(
                target,
                rest,
                debugger.on_backward,
                module=bool(options.module),
                wanted=debugger.wanted,
                watch=console.watch,
                torch=options.torch,
            )
    except (AutogradError, OSError) as error:
        print(f"python -m viz.debugger: {error}", file=sys.stderr)
        return 1
    forked = os.getpid() != process  # a process that the script has forked goes on without the debugger
    return _report_end(ended) if forked else _after_the_end(debugger, ended, target)


def _require_textual() -> None:
    try:
        from . import tui  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        raise NotInstalledError(
            "--tui shows its screen with textual, which is not installed: pip install 'stepgrad[viz]', or leave out --tui"
        ) from error


def _diagnose(target: str, arguments: Sequence[str], options: argparse.Namespace, *, recorded: bool) -> int:
    """Print the findings about a script's training or a recorded pass; returns the exit status."""
    try:
        if recorded:
            recording, notes = opened(target, options.map)
            if notes:
                print("\n".join(notes), file=sys.stderr)
            findings = diagnose(recording, hints=options.hints)
            faults = any(finding.is_fault for finding in findings)
            print("\n".join([*([] if faults else ["nothing found in this pass"]), *map(str, findings)]))
            return FOUND if faults else 0
        ended, text, status = verdict(target, arguments, module=bool(options.module), hints=options.hints, torch=options.torch)
    except (AutogradError, OSError) as error:
        print(f"python -m viz.debugger: {error}", file=sys.stderr)
        return 2
    _report_end(ended)
    print(text)
    return status


def _report_end(ended: Ended) -> int:
    """Print the message that the interpreter would print at the end of a script; returns the exit status."""
    if ended.message:
        print(ended.message, file=sys.stderr)
    if ended.error is not None:
        sys.stdout.flush()
        print("".join(traceback.format_exception(ended.error)), end="", file=sys.stderr, flush=True)
    return ended.status


def _after_the_end(debugger: Debugger, ended: Ended, target: str) -> int:
    """Say how a script has ended; after an exception, or if no breakpoint has stopped `ca`, show its last pass."""
    console = debugger.commands.console
    _report_end(ended)
    if ended.error is None and ended.left:
        return ended.status
    passes = f"after {style.counted(ended.passes, 'backward pass')}" if ended.passes else "without a backward pass"
    note = "; no breakpoint was reached" if console.skipping else ""
    if 0 < ended.passes < console.target:
        note = f"; pass {console.target:,} was not reached"
    problems = [f"breakpoint {b.id}: {problem}" for b in console.breakpoints.values() if (problem := console.problem(b))]
    debugger.terminal.show("\n".join([f"({line(os.path.basename(target))} has ended {passes}{note})", *map(line, problems)]))
    if (ended.error is not None or console.skipping) and console.entered and not debugger.detached:
        console.alive, console.skipping = False, False
        console.moved(console.session.jump(len(console.session)))  # the pass is over
        with contextlib.suppress(Leave):
            debugger.stand(f"post-mortem of its last recorded pass\n{console.heading()}\n{console.stop_text()}")
    return ended.status

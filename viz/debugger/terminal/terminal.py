"""The debugger's prompt, at a terminal or over a pipe: the thin edge between `Commands` and a person.

    python -m viz.debugger train.py --epochs 3        stops at every backward() of the script
    python -m viz.debugger --tui train.py             the same, full screen
    python -m viz.debugger run.json                   a recorded pass
    python -m viz.debugger --diagnose train.py        runs it to its end and says what is wrong, for a shell
    loss.backward(debug=True)                         from code

What the script prints is left alone, and so are its arguments, its exit status and the numbers that it computes.
"""

import builtins
import contextlib
import os
import shutil
import sys
import traceback
import types
from collections.abc import Iterator, Sequence
from typing import TextIO

from autograd import Recording, record_backward
from autograd.command_line import CommandLine
from autograd.errors import AutogradError
from autograd.observers import Pass
from autograd.source import place_of_caller, resolve

from ... import style
from ...rendering import NotInstalledError
from ..diagnoses.diagnose import diagnose
from ..diagnoses.evidence.again import Program
from ..diagnoses.watch import LARGE, Watch
from ..program.debuggee import Arrival, Ended, Leave, running_to_backward
from ..program.opening import opened
from ..program.pausing import NOTE, pausing
from ..prompt.plain import ascii_only, coloured, line
from .commands import Commands
from .verdict import FOUND, verdict

PROMPT = "(grad) "
_VALUED = ("-c", "--command", "--break", "--at", "--map")
_ORIGINAL_INPUT = builtins.input


class Terminal:
    """Where lines come from and text goes to.

    Args:
        out: where to print; None for whatever `sys.stdout` is then.
        commands: complete what is typed.
    """

    def __init__(self, commands: Commands, out: TextIO | None = None) -> None:
        self._out, self._commands = out, commands
        self._history_read = self._gone = False

    @property
    def out(self) -> TextIO:
        """Where text is printed."""
        return self._out or sys.stdout

    @property
    def interactive(self) -> bool:
        """Whether a person types at a terminal."""
        return _is_terminal(sys.stdin) and _is_terminal(self.out)

    def show(self, text: str) -> None:
        """Print text; in colour on a terminal, with other signs where the encoding has not got these."""
        if not text:
            return
        encoding = getattr(self.out, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = ascii_only(text)
        if _is_terminal(self.out) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
            text = coloured(text)
        self._print(text)

    def _print(self, text: str) -> None:
        try:
            print(text, file=self.out, flush=True)
        except BrokenPipeError:  # nobody reads any more: as if the input had ended
            self._gone = True
            with contextlib.suppress(OSError, ValueError), open(os.devnull, "w", encoding="utf-8") as nowhere:
                os.dup2(nowhere.fileno(), self.out.fileno())  # or Python complains when it flushes at its end

    def width(self) -> int:
        """Columns of the terminal, 80 where there is none."""
        return max(40, shutil.get_terminal_size((80, 24)).columns) if _is_terminal(self.out) else 80

    def ask(self) -> str | None:
        """The next line; None at the end of the input."""
        if self._gone:
            return None
        with contextlib.redirect_stdout(self.out), self._readline():
            try:
                text = input(PROMPT)
            except (EOFError, RuntimeError, ValueError, BrokenPipeError):  # the end; no standard input; a closed one
                self._print("")
                return None
        if not self.interactive and builtins.input is _ORIGINAL_INPUT:
            self._print(line(text))  # a transcript then reads as a terminal would show it
        return text

    @contextlib.contextmanager
    def _readline(self) -> Iterator[None]:
        """Completion and history while a line is typed; what the script has set up is put back."""
        readline = _readline_module() if self.interactive else None
        if readline is None:
            yield
            return
        before = readline.get_completer(), readline.get_completer_delims()
        file = _history_file()
        with contextlib.suppress(OSError):
            if not self._history_read:
                readline.read_history_file(file)
        self._history_read = True
        readline.set_completer(self._complete)
        readline.set_completer_delims(" \t\n()+-*/<>=!,")
        readline.parse_and_bind("tab: complete")
        try:
            yield
        finally:
            readline.set_completer(before[0])
            readline.set_completer_delims(before[1])
            with contextlib.suppress(OSError):
                os.makedirs(os.path.dirname(file), exist_ok=True)
                readline.set_history_length(1000)
                readline.write_history_file(file)

    def _complete(self, begun: str, state: int) -> str | None:
        readline = _readline_module()
        assert readline is not None
        before = readline.get_line_buffer()[: readline.get_begidx()]
        found = self._commands.complete(begun, before)
        return found[state] if state < len(found) else None


def _is_terminal(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError):  # None; closed
        return False


def _readline_module() -> types.ModuleType | None:
    try:
        import readline
    except ImportError:  # Windows has none
        return None
    return readline


def _history_file() -> str:
    folder = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return os.path.join(folder, "stepgrad", "debugger_history")


class Debugger:
    """A person at the debugger, from one pass to the next.

    Args:
        first: commands to do before any is read.
        out: where to print, as in `Terminal`.
        full_screen: show passes full screen, with textual.
        quits: whether the end of the input ends the script; else it lets the script go on.
        alive: whether there is a script that can go on.
    """

    def __init__(
        self,
        first: Sequence[str] = (),
        out: TextIO | None = None,
        *,
        full_screen: bool = False,
        quits: bool = True,
        alive: bool = True,
    ) -> None:
        self.commands = Commands(alive=alive)
        self.terminal = Terminal(self.commands, out)
        self._first = list(first)
        self._full_screen, self._quits = full_screen, quits
        self.detached = self._standing = self._left_for_good = False

    def wanted(self, number: int) -> bool:
        """Whether a pass is to be recorded."""
        return not self.detached and self.commands.wanted(number)

    def pause(self) -> bool:
        """Stop at the beginning of the next pass; False if that has been asked for already, or if a person is asked now."""
        console = self.commands.console
        if console.paused or self._standing or self.detached or self._left_for_good:
            return False
        console.paused = True
        self.terminal.show("\n" + NOTE)
        return True

    def on_backward(self, arrival: Arrival) -> None:
        """A script has come to `backward()`; returns when it is to go on.

        Raises:
            Leave: it is to end.
        """
        self.commands.console.width = self.terminal.width()
        text = self.commands.enter(arrival)
        if text:
            self.stand(text)

    def open(self, recording: Recording, notes: Sequence[str] = ()) -> None:
        """Look at a recorded pass, with notes said before it."""
        self.commands.console.width = self.terminal.width()
        with contextlib.suppress(Leave):
            self.stand("\n".join([*(f"({line(note)})" for note in notes), self.commands.open(recording)]))

    def stand(self, text: str) -> None:
        """Do commands until one lets the script go on.

        Args:
            text: to be printed first.

        Raises:
            Leave: the script is to end.
        """
        self._standing = True
        try:
            then = self._left(text)
        finally:
            self._standing = False
        self.detached = self.detached or then == "detach"
        if self.detached and not self._quits:  # in a notebook that is a long time
            self.terminal.show("(from here on every backward(debug=True) and breakpoint(value) of this process runs through)")
        if then == "quit":
            self._left_for_good = True
            raise Leave(0)

    def _left(self, text: str) -> str:
        """Do commands, full screen or at the prompt, until one leaves this pass; what is to happen then."""
        then = None
        begun = self.commands.scripted()  # the pass may begin at a breakpoint, or have been run to one
        text = "\n".join(filter(None, (text, begun.text)))
        if begun.then:
            self.terminal.show(text)
            return begun.then
        if self._full_screen and not self._first:
            from .tui import run  # textual takes half a second to import

            then = run(self.commands, text)
        if then is None:
            self.terminal.show(text)
        while not then:
            then = self._one()
        return then

    def _one(self) -> str:
        """One command; what is to happen then."""
        try:
            text = self._next()
            if text is None:
                if self._quits or not self.commands.console.alive:
                    return "quit"
                self.terminal.show("(no more input: the program goes on)")
                return "detach"
            self.commands.console.width = self.terminal.width()
            answer = self.commands.do(text)
            self.terminal.show(answer.text)
        except KeyboardInterrupt:
            self.terminal.show("\n(interrupted; q leaves)")
            return ""
        return answer.then

    def _next(self) -> str | None:
        if self._first:
            text = self._first.pop(0)
            self.terminal.show(PROMPT + line(text))
            return text
        return self.terminal.ask()


# --- from code -----------------------------------------------------------------------------------------------------------

_debugger: Debugger | None = None  # breakpoints outlive a pass


def debug(p: Pass) -> None:
    """Run a backward pass, and step through it at the prompt: what `backward(debug=True)` does where no debugger is looking.

    Args:
        p: the pass.

    Raises:
        OperandError, GraphError: as `backward()`.
        SystemExit: the person has left with q.
    """
    global _debugger
    place = place_of_caller()
    recording = p.recorded(record_backward)
    if _debugger is None:
        _debugger = Debugger(quits=False)
    number = (_debugger.commands.console.arrival.number if _debugger.commands.console.arrival else 0) + 1
    if _debugger.wanted(number):
        try:
            _debugger.on_backward(Arrival(number, recording, resolve(place) if place else None))
        except Leave as leave:  # as what it is to a program: by `Leave`, a thread would end with a traceback
            raise SystemExit(leave.code) from None


# --- from the command line -----------------------------------------------------------------------------------------------


def parser() -> CommandLine:
    """The options; the script's own come after its name."""
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
        "--diagnose", action="store_true", help="run to the end and say what is wrong; the exit status is 1 if anything is"
    )
    p.add_argument("--tui", action="store_true", help="full screen (needs textual)")
    p.add_argument("--dap", action="store_true", help="speak the Debug Adapter Protocol on standard input and output")
    p.add_argument("--dap-socket", metavar="PATH", help="speak it on a Unix socket that is its owner's only")
    p.add_argument("--dap-port", type=int, metavar="N", help="speak it on a port of this machine, for who has the token")
    p.add_argument("-m", dest="module", metavar="MODULE", help="debug a module, as python -m does")
    p.add_argument("script", nargs="?", help="script.py, or run.json as Recording.save writes it")
    return p


def split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    """The debugger's own arguments, and those of the script: everything after its name.

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
    if options.tui and not (_is_terminal(sys.stdin) and _is_terminal(sys.stdout)):
        parser().error("--tui needs a terminal; without it the debugger works over a pipe too")
    recorded = not options.module and target.lower().endswith(".json")
    if options.map and not recorded:
        parser().error("--map is for recordings: a script that runs is where it is")
    if options.diagnose:
        if options.tui or options.command or options.places:
            parser().error("--diagnose asks one question and stops nowhere: leave out --tui, -c and --break")
        return _diagnose(target, rest, module=bool(options.module), recorded=recorded, mapping=options.map)
    debugger = Debugger(options.command, sys.stdout, full_screen=options.tui, alive=not recorded)
    console = debugger.commands.console
    console.watch = Watch(size=LARGE)
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
            )
    except (AutogradError, OSError) as error:
        print(f"python -m viz.debugger: {error}", file=sys.stderr)
        return 1
    forked = os.getpid() != process  # what the script has forked is none of the debugger's business
    return _told(ended) if forked else _ended(debugger, ended, target)


def _require_textual() -> None:
    try:
        from . import tui  # noqa: F401
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "textual":
            raise
        raise NotInstalledError(
            "--tui shows its screen with textual, which is not installed: pip install 'stepgrad[viz]', or leave out --tui"
        ) from error


def _diagnose(target: str, arguments: Sequence[str], *, module: bool, recorded: bool, mapping: Sequence[str]) -> int:
    """Print what is wrong with a script's training, or with a recorded pass; returns the exit status."""
    try:
        if recorded:
            recording, notes = opened(target, mapping)
            if notes:
                print("\n".join(notes), file=sys.stderr)
            findings = diagnose(recording)
            faults = any(finding.severity != "note" for finding in findings)
            print("\n".join([*([] if faults else ["nothing found in this pass"]), *map(str, findings)]))
            return FOUND if faults else 0
        ended, text, status = verdict(target, arguments, module=module)
    except (AutogradError, OSError) as error:
        print(f"python -m viz.debugger: {error}", file=sys.stderr)
        return 2
    _told(ended)
    print(text)
    return status


def _told(ended: Ended) -> int:
    """Say of a script that has ended what the interpreter would say; returns its exit status."""
    if ended.message:
        print(ended.message, file=sys.stderr)
    if ended.error is not None:
        sys.stdout.flush()
        print("".join(traceback.format_exception(ended.error)), end="", file=sys.stderr, flush=True)
    return ended.status


def _ended(debugger: Debugger, ended: Ended, target: str) -> int:
    """Say how a script has ended; after an exception, and after a run that nothing has stopped, look at its last pass."""
    console = debugger.commands.console
    _told(ended)
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

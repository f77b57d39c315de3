"""The input of lines for the prompt and the output of its text: a terminal with history and completion, or a pipe."""

import builtins
import contextlib
import os
import shutil
import sys
import types
from collections.abc import Iterator
from typing import TextIO

from ..commands.plain import ascii_only, coloured, line
from .commands import Commands

PROMPT = "(grad) "
_ORIGINAL_INPUT = builtins.input


class Terminal:
    """The input of lines and the output of text.

    Args:
        commands: complete the words that a person types.
        out: the stream to print to; None for the current `sys.stdout` at each print.
    """

    def __init__(self, commands: Commands, out: TextIO | None = None) -> None:
        self._out, self._commands = out, commands
        self._history_read = self._gone = False

    @property
    def out(self) -> TextIO:
        """The stream to which text is printed."""
        return self._out or sys.stdout

    @property
    def interactive(self) -> bool:
        """True if a person types at a terminal."""
        return is_terminal(sys.stdin) and is_terminal(self.out)

    def show(self, text: str) -> None:
        """Print text, in colour on a terminal, and in ASCII if the encoding lacks a sign."""
        if not text:
            return
        encoding = getattr(self.out, "encoding", None) or "utf-8"
        try:
            text.encode(encoding)
        except UnicodeEncodeError:
            text = ascii_only(text)
        if is_terminal(self.out) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb":
            text = coloured(text)
        self._print(text)

    def _print(self, text: str) -> None:
        try:
            print(text, file=self.out, flush=True)
        except BrokenPipeError:  # nobody reads any more: act as if the input had ended
            self._gone = True
            with contextlib.suppress(OSError, ValueError), open(os.devnull, "w", encoding="utf-8") as nowhere:
                os.dup2(nowhere.fileno(), self.out.fileno())  # otherwise Python complains when it flushes at its end

    def width(self) -> int:
        """Columns of the terminal; 80 if text goes elsewhere."""
        return max(40, shutil.get_terminal_size((80, 24)).columns) if is_terminal(self.out) else 80

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
            self._print(line(text))  # a transcript then looks like a terminal
        return text

    @contextlib.contextmanager
    def _readline(self) -> Iterator[None]:
        """Completion and history while a person types a line; the script's own completion is put back afterwards."""
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


def is_terminal(stream: object) -> bool:
    """True if a person is at the other end of a stream."""
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

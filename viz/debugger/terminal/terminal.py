"""The debugger's prompt from one backward pass to the next: the thin edge between `Commands` and a person.

    python -m viz.debugger train.py                   stops at every backward() of the script (command_line.py)
    loss.backward(debug=True)                         from code

The output of the script stays as it is, and so do its arguments, its exit status and the numbers that it computes.
"""

import contextlib
from collections.abc import Sequence
from typing import TextIO

from autograd import Recording, record_backward
from autograd.observers import Pass
from autograd.source import place_of_caller, resolve

from ..commands.plain import line
from ..program.debuggee import Arrival, Leave
from ..program.pausing import NOTE
from .commands import Commands
from .lines import PROMPT, Terminal


class Debugger:
    """A person at the debugger, from one pass to the next.

    Args:
        first: commands to do before the first is read.
        out: the stream to print to, as in `Terminal`.
        full_screen: show passes full screen, with textual.
        quits: True if the end of the input ends the script; otherwise the script goes on.
        alive: True if a script can go on.
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
        """True if a pass has to be recorded."""
        return not self.detached and self.commands.wanted(number)

    def pause(self) -> bool:
        """Stop at the beginning of the next pass; False if that is so already, or if the prompt waits for a person now."""
        console = self.commands.console
        if console.paused or self._standing or self.detached or self._left_for_good:
            return False
        console.paused = True
        self.terminal.show("\n" + NOTE)
        return True

    def on_backward(self, arrival: Arrival) -> None:
        """Show a pass that a script has come to; returns when the script has to go on.

        Raises:
            Leave: the script has to end.
        """
        self.commands.console.width = self.terminal.width()
        text = self.commands.enter(arrival)
        if text:
            self.stand(text)

    def open(self, recording: Recording, notes: Sequence[str] = ()) -> None:
        """Show a recorded pass, after some notes."""
        self.commands.console.width = self.terminal.width()
        with contextlib.suppress(Leave):
            self.stand("\n".join([*(f"({line(note)})" for note in notes), self.commands.open(recording)]))

    def stand(self, text: str) -> None:
        """Do commands until one lets the script go on.

        Args:
            text: the text to print first.

        Raises:
            Leave: the script has to end.
        """
        self._standing = True
        try:
            then = self._left(text)
        finally:
            self._standing = False
        self.detached = self.detached or then == "detach"
        if self.detached and self.commands.console.watch:
            self.commands.console.watch.over = True  # nobody will ask: the script runs at full speed
        if self.detached and not self._quits:  # a notebook's process may go on for long, so say what it means
            self.terminal.show("(from here on every backward(debug=True) and breakpoint(value) of this process runs through)")
        if then == "quit":
            self._left_for_good = True
            raise Leave(0)

    def _left(self, text: str) -> str:
        """Do commands, full screen or at the prompt, until one leaves this pass; returns the action that follows."""
        then = None
        begun = self.commands.scripted()  # the walk may stand at a breakpoint already
        text = "\n".join(filter(None, (text, begun.text)))
        if begun.then:
            self.terminal.show(text)
            return begun.then
        if self._full_screen and not self._first:
            from .tui import run_full_screen  # textual takes half a second to import

            then = run_full_screen(self.commands, text)
        if then is None:
            self.terminal.show(text)
        while not then:
            then = self._one()
        return then

    def _one(self) -> str:
        """Read and do one command; returns the action that follows."""
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
    """Run a backward pass and step through it at the prompt, for `backward(debug=True)` without another debugger.

    Args:
        p: the pass.

    Raises:
        OperandError, GraphError: as for `backward()`.
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
        except Leave as leave:  # the usual way to end a program: after `Leave` a thread would print a traceback
            raise SystemExit(leave.code) from None

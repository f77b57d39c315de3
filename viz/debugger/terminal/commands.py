"""The language of the prompt: from a line of text to text, over a walk through a recorded pass.

`Commands` reads nothing and prints nothing, so the same lines mean the same at a terminal, over a pipe, in the full-screen
view and in a test. Mistakes are answered, never raised.
"""

import os
import re
from collections.abc import Iterable

from autograd import Recording
from autograd.errors import ArgumentError, AutogradError, did_you_mean

from ..commands import asking, moves, stops
from ..commands.console import Answer, Command, Console, value_text
from ..commands.plain import line, printable, wrapped
from ..commands.stops import unquoted
from ..program.debuggee import Arrival
from ..walk import kinds
from ..walk.breakpoints import EXCEPTIONS, Breakpoint
from ..walk.expressions import ATTRIBUTES, UnknownNameError
from .habits import hint, rewritten
from .help import help_text

GROUPS = {"moving": moves.COMMANDS, "stopping": stops.COMMANDS, "asking": asking.COMMANDS}


class Commands:
    """The interpreter of the prompt.

    Args:
        width: columns of the terminal.
        alive: True if a script can go on.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(3.0, label="x")
        >>> commands = Commands()
        >>> print(commands.open(record_backward(x * x)))
        backward() 1: v1 = 9, 2 contributions
        start of the pass, 2 contributions
        x.grad += 3 × 1 = 3, total 3    d(x × x)/dx = x
        (no source line: record_sources() was not on where it was made)
        >>> print(commands.do("p x.final").text)
        6.0
        >>> commands.do("q").then
        'quit'
    """

    def __init__(self, width: int = 80, alive: bool = False) -> None:
        self.console = Console(width=width, alive=alive)
        self._repeated = ""
        self._help = Command(
            ("h", "help", "?"), "help [COMMAND]", "this; about a command; `help tour` teaches", self._answer_help
        )
        self._reading = False  # True while the lines of a file are done
        source = Command(("source",), "source FILE", "do the commands in a file", self._source)
        self._groups = {**GROUPS, "asking": [*GROUPS["asking"], source]}
        self._commands = {name: c for group in self._groups.values() for c in group for name in c.names}
        self._commands |= dict.fromkeys(self._help.names, self._help)

    # --- passes ------------------------------------------------------------------------------------------------------

    def open(self, recording: Recording) -> str:
        """Go to the beginning of a recording; returns the text to print."""
        return self.enter(Arrival(1, recording, None))

    def enter(self, arrival: Arrival) -> str:
        """Go to the beginning of a pass that a script has come to; returns the text to print.

        The text is '' if passes go by until a breakpoint stops, and no breakpoint stops in this pass.
        """
        console = self.console
        if console.paused:
            console.paused = console.skipping = False
        console.enter(arrival)
        console.target = 0
        if console.skipping:
            stop = console.session.run(here=True)
            console.moved(stop)
            if stop.reason == "end":
                return ""
            console.skipping = False
        return f"{console.heading()}\n{console.stop_text()}"

    def wanted(self, number: int) -> bool:
        """True if a pass has to be entered: it is the one asked for or a later one, or somebody has asked to pause."""
        return self.console.paused or number >= self.console.target

    # --- lines -------------------------------------------------------------------------------------------------------

    def do(self, text: str) -> Answer:
        """Do the command in a line; an empty line repeats the last command that moved."""
        text = rewritten(text.strip())
        if not text:
            if not self._repeated:
                return Answer("")
            text = self._repeated
        else:
            self.console.history.append(text)
        head, _, rest = text.partition(" ")
        command = self._command(head)
        if command is None:
            return self._other(text, head)
        self._repeated = text if command.moves else self._repeated
        if command.moves and command.names[0] == "l":
            self._repeated = "l"  # an empty line lists the next lines, not the same again
        before = self.console.stop
        try:
            answer = command.run(self.console, rest.strip())
        except (AutogradError, OSError, ValueError) as error:
            answer = f"*** {printable(str(error))}"
        answer = answer if isinstance(answer, Answer) else Answer(wrapped(answer, self.console.width))
        return answer if self.console.stop is before else self.scripted(answer)

    def scripted(self, answer: Answer | None = None) -> Answer:
        """Do the commands of the breakpoints that have stopped a move; their answers follow the answer of the move."""
        answer = answer or Answer("")
        script = [text for b in self.console.stop.breakpoints for text in self.console.scripts.get(b.id, ())]
        return self._all(answer, script) if script and not answer.then else answer

    def _all(self, answer: Answer, lines: Iterable[str]) -> Answer:
        """Do lines in turn until one leaves the pass or moves: the breakpoints of the new stop do their own commands then."""
        texts = [answer.text]
        for text in lines:
            stop = self.console.stop
            answer = self.do(text)
            texts.append(answer.text)
            if answer.then or self.console.stop is not stop:
                break
        return answer._replace(text="\n".join(filter(None, texts)))

    def _source(self, _: Console, rest: str) -> str | Answer:
        """Do the lines of a file."""
        if not rest.strip():
            raise ArgumentError("source which file? Its lines are done as if they had been typed")
        name = os.path.expanduser(unquoted(rest))
        try:
            file = open(name, encoding="utf-8")  # noqa: SIM115 - it is closed below, and read where it can be
        except OSError as error:
            raise ArgumentError(f"cannot read {name}: {error.strerror or error}") from error
        with file:
            lines = [text for row in file if (text := re.sub(r"(^|\s)#.*", "", row).strip())]
        if self._reading:
            raise ArgumentError("a file of commands cannot read another one")
        self._reading = True
        answer = Answer("")
        texts = []
        try:
            for text in lines:
                answer = self.do(text)
                texts.append(answer.text)
                if answer.then:
                    break
        finally:
            self._reading = False
        return answer._replace(text="\n".join(filter(None, texts)))

    def _command(self, head: str) -> Command | None:
        """The command with a name, or the only command with a name that begins so."""
        if head in self._commands:
            return self._commands[head]
        begun = {id(c): c for name, c in self._commands.items() if len(head) > 1 and name.startswith(head)}
        return next(iter(begun.values())) if len(begun) == 1 else None

    def _other(self, text: str, head: str) -> Answer:
        """The answer to a line that is no command: the value of an expression, as in pdb, or a hint."""
        if text.startswith("!"):
            return Answer("nothing is run as Python here; p EXPR shows a node, and arithmetic with nodes: p w.grad * 2")
        known = self.console.entered and head in self.console.places.labels
        if not known and (told := hint(re.split(r"[(/ ]", head)[0])):
            return Answer(wrapped(told, self.console.width))
        try:
            if not self.console.entered:
                raise UnknownNameError(text)
            return Answer(wrapped(value_text(self.console, text), self.console.width))
        except AutogradError as error:
            message = str(error)
            if re.fullmatch(r"[\w-]+", head):
                near = did_you_mean(head, [n for n in self._commands if len(n) > 1] + self._labels())
                message = f"{head} is no command, and no node.{near or ' help lists the commands'}"
            return Answer(wrapped(f"*** {line(message)}", self.console.width))

    def _answer_help(self, _: Console, rest: str) -> str:
        return help_text(rest, self._groups, self._help, self._command)

    def _labels(self) -> list[str]:
        return list(self.console.places.labels)[:5000] if self.console.entered else []

    # --- completion --------------------------------------------------------------------------------------------------

    def complete(self, begun: str, before: str = "") -> list[str]:
        """The completions of a word.

        Args:
            begun: the word so far.
            before: the line before it.

        Example:
            >>> Commands().complete("reverse-f"), Commands().complete("v", "catch ")
            (['reverse-finish'], ['vanishing'])
        """
        head = before.split(None, 1)[0] if before.strip() else ""
        command = self._command(head) if head else None
        name = command.names[0] if command else ""
        if not head:
            known = [n for n in self._commands if n.isalpha() or "-" in n]
        elif name in ("h",):
            known = [*self._commands, "tour"]
        elif name == "catch":
            known = [*EXCEPTIONS]
        elif name in ("delete", "enable", "disable", "ignore", "hits", "condition"):
            known = [str(number) for number in self.console.breakpoints]
        elif name in ("b", "tbreak", "watch") and ":" in begun:
            kind, _, _ = begun.partition(":")
            known = [f"{kind}:{what}" for what in kinds.known(self.console.places, kind)] if self.console.entered else []
        elif begun.rpartition(".")[0] and begun.rpartition(".")[0] in self._labels():
            known = [f"{begun.rpartition('.')[0]}.{attribute}" for attribute in ATTRIBUTES]
        else:
            known = [*self._labels(), *([*(f"{kind}:" for kind in kinds.NAMED), "if"] if name in ("b", "tbreak") else [])]
        return sorted({word for word in known if word.startswith(begun)})

    def toggle(self, file: str, number: int) -> str:
        """Set a breakpoint on a line, or delete the breakpoint there; for a key of the full-screen view."""
        for b in list(self.console.breakpoints.values()):
            if b.kind == "line" and number in self.console.marked(file) and b.what.endswith(f":{number}"):
                self.console.remove(b.id)
                return f"deleted breakpoint {b.id}"
        return stops.added(self.console, Breakpoint("line", f"{file}:{number}"))

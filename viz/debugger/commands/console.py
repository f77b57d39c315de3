"""The state of a session at the terminal: the walk, the selected node, the displayed expressions and the breakpoints.

Breakpoints outlive a pass: a training loop makes a new graph at every step, and a breakpoint is looked up in each of them.
The commands that use this state are in moves.py, stops.py and asking.py.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from autograd import Recording
from autograd.errors import ArgumentError, AutogradError

from ... import style
from ..diagnoses.evidence.again import Program
from ..diagnoses.watch import Watch
from ..program.debuggee import Arrival
from ..walk.breakpoints import Breakpoint, Stop, checked_breakpoint
from ..walk.expressions import evaluate, node_named
from ..walk.places import Places
from ..walk.session import Session
from ..walk.stopped import Stopped
from . import panes
from .plain import cells, clip, line

KEPT = 300_000  # contributions of earlier passes that are kept, for `diagnose all`


class Answer(NamedTuple):
    """The text of a command's answer, and the action that follows.

    Attributes:
        text: the text to print.
        then: the action: '' asks for the next command; 'continue' lets the script go on to its next pass, 'through' to the
            next breakpoint in any pass, 'detach' to its end; 'quit' ends it.
    """

    text: str
    then: str = ""


class Command(NamedTuple):
    """A command.

    Attributes:
        names: the names that a user can type, the shortest first.
        syntax: the name with its arguments.
        about: its purpose in a line.
        run: does it.
        moves: True if an empty line repeats it.
        more: further lines for `help`.
    """

    names: tuple[str, ...]
    syntax: str
    about: str
    run: "Callable[[Console, str], str | Answer]"
    moves: bool = False
    more: str = ""


@dataclass
class Console:
    """The state of a session at the terminal.

    Attributes:
        width: columns of the terminal.
        alive: True if a script can go on.
        script: the file that a line number means before the first pass.
        breakpoints: all breakpoints by number, also those that are about no node of this pass.
        watch: the observations of a script that runs here; None if no script runs.
        program: the script, if it can be run again.
        scripts: the commands that a breakpoint does when it stops, by its number.
        displays: the expressions shown at every stop, by number.
        history: the lines that were typed.
        frame: the number of the selected frame of the stack, 0 for the current node.
        selected: the selected node, which may be in no frame; None for the node of the frame.
        target: let passes go by until this one; 0 to stop at every pass.
        skipping: True while passes go by until a breakpoint stops one.
        paused: True if the next pass has to stop at its beginning: somebody has asked for it while the script ran.
    """

    width: int = panes.WIDTH
    alive: bool = False
    script: str = ""
    breakpoints: dict[int, Breakpoint] = field(default_factory=dict)
    watch: Watch | None = None
    program: Program | None = None
    scripts: dict[int, list[str]] = field(default_factory=dict)
    displays: dict[int, str] = field(default_factory=dict)
    history: list[str] = field(default_factory=list)
    frame: int = 0
    selected: int | None = None
    target: int = 0
    skipping: bool = False
    paused: bool = False
    arrival: Arrival | None = None
    passes: list[Recording] = field(default_factory=list)
    listed: int = 0  # the last line that `list` has shown, 0 for none
    stop: Stop = field(default_factory=lambda: Stop("start"))
    _session: Session | None = None
    _stopped: Stopped | None = None
    _numbers: int = 0
    _unmet: dict[int, str] = field(default_factory=dict)

    # --- the pass ----------------------------------------------------------------------------------------------------

    @classmethod
    def at(cls, stopped: Stopped, node: int, width: int) -> "Console":
        """A console for questions about one node where a walk stands.

        Args:
            node: the node to select.
        """
        session, chain = stopped.session, [frame.node for frame in stopped.chain(100)]
        frame = chain.index(node) if node in chain else 0
        return cls(width, frame=frame, passes=[session.recording], selected=node, _session=session, _stopped=stopped)

    def enter(self, arrival: Arrival) -> None:
        """Go to the beginning of a pass, with all breakpoints."""
        if self._session is not None:
            self._session.count()
        self.arrival, self._session = arrival, Session(arrival.recording)
        self._keep(arrival.recording)
        self._unmet.clear()
        for b in self.breakpoints.values():
            self._place(b)
        self.moved(self.session.jump(0) if self.skipping else self.session.begin())

    def _keep(self, recording: Recording) -> None:
        self.passes.append(recording)
        while len(self.passes) > 1 and sum(map(len, self.passes)) > KEPT:
            self.passes.pop(0)

    @property
    def session(self) -> Session:
        """The walk."""
        if self._session is None:
            raise ArgumentError("there is no backward pass yet")
        return self._session

    @property
    def entered(self) -> bool:
        """True if the script has come to a pass."""
        return self._session is not None

    @property
    def places(self) -> Places:
        """The nodes of the pass by line and name."""
        return self.session.places

    @property
    def stopped(self) -> Stopped:
        """The view of the walk where it stands."""
        if self._stopped is None or not self._stopped.is_here(self.session):
            self._stopped = Stopped(self.session)
        return self._stopped

    @property
    def node(self) -> int:
        """The selected node, by default that of the selected frame."""
        return self.stopped.chain(self.frame + 1)[-1].node if self.selected is None else self.selected

    def find(self, text: str) -> int:
        """The node with a name; the selected node for ''.

        Raises:
            ArgumentError, OperandError: no node or several nodes have the name.
        """
        text = text.strip()
        if not text:
            return self.node
        named = node_named(self.stopped, text)
        return self.places.find(text) if named is None else named

    def find_two(self, text: str) -> list[int]:
        """The nodes with the first two names of a text; labels may hold spaces if they are quoted."""
        import shlex

        return [self.find(word) for word in shlex.split(text)[:2]]

    # --- stops -------------------------------------------------------------------------------------------------------

    def moved(self, stop: Stop) -> None:
        """Note that the walk has moved."""
        self.frame, self.listed, self.stop = 0, 0, stop
        for b in stop.breakpoints:
            if b.temporary:
                self.breakpoints.pop(b.id, None)

    def stop_text(self) -> str:
        """The text of the stop, with the displayed expressions."""
        lines = panes.stop_lines(self.stopped, self.stop, self.width)
        if self.session.at_end:
            on = "c lets the script go on; rs, rn, rc lead back" if self.alive else "rs, rn, rc lead back; q quits"
            lines.append(f"({on})")
        return "\n".join([*lines, *self.display_lines()])

    def heading(self) -> str:
        """The line that says that the script has arrived at `backward()`."""
        assert self.arrival is not None
        root, place = self.arrival.recording.root, self.arrival.source
        at = f" at {line(panes.short(place.file))}:{place.line}" if place else ""
        value = style.number(root.data, 6)
        text = f"{panes.name(self.stopped, root.id)} = {value}, {style.counted(len(self.session), 'contribution')}"
        head = f"backward() {self.arrival.number}{at}: "
        if cells(head + text) > self.width:
            return f"{clip(head.rstrip(), self.width)}\n  {clip(text, self.width - 2)}"
        return head + text

    def display_lines(self) -> list[str]:
        """The displayed expressions with their values."""
        return [clip(f"{number}: {text} = {self.shown(text)}", self.width) for number, text in self.displays.items()]

    def shown(self, text: str) -> str:
        """An expression's value as text, or the reason why it has no value."""
        try:
            return value_text(self, text)
        except AutogradError as error:
            return f"({line(str(error))})"

    # --- breakpoints -------------------------------------------------------------------------------------------------

    def add(self, breakpoint: Breakpoint) -> Breakpoint:
        """Add a breakpoint; it may be about no node of this pass: then it waits for later passes.

        Raises:
            ArgumentError, OperandError: the kind is unknown, a condition cannot be read, or its one node is not in this pass.
        """
        if self.entered:
            self.session.add(breakpoint)
        else:
            checked_breakpoint(breakpoint)
        self._numbers = max(self._numbers + 1, breakpoint.id)
        breakpoint.id = breakpoint.id or self._numbers
        self.breakpoints[breakpoint.id] = breakpoint
        return breakpoint

    def count_from(self, number: int) -> None:
        """Let the numbers of later breakpoints begin above a number."""
        self._numbers = max(self._numbers, number)

    def _place(self, b: Breakpoint) -> None:
        try:
            self.session.add(b)
        except AutogradError as error:
            self._unmet[b.id] = str(error)

    def problem(self, b: Breakpoint) -> str:
        """The reason why a breakpoint stops nothing in this pass; '' if it may stop it."""
        if not self.entered:
            return ""
        return self._unmet.get(b.id, "") or ("" if b.verified else b.message)

    def remove(self, number: int) -> Breakpoint:
        """Remove a breakpoint; ArgumentError if no breakpoint has the number."""
        b = self.numbered(number)
        del self.breakpoints[number]
        self.scripts.pop(number, None)
        if self.entered:
            self.session.breakpoints.pop(number, None)
        return b

    def numbered(self, number: int) -> Breakpoint:
        """A breakpoint by its number; ArgumentError if no breakpoint has the number."""
        if number not in self.breakpoints:
            known = ", ".join(map(str, self.breakpoints)) or "none"
            raise ArgumentError(f"there is no breakpoint {number}; there are: {known}")
        return self.breakpoints[number]

    def marked(self, file: str) -> set[int]:
        """The lines of a file that have breakpoints."""
        return panes.breakpoint_lines(self.breakpoints.values(), lambda named: self.places.means(named, file))

    def times(self, b: Breakpoint) -> int:
        """The number of times that a breakpoint has been reached."""
        return self.session.times(b) if self.entered and b.id in self.session.breakpoints else b.before

    def stops(self) -> list[Sequence[int]]:
        """The positions at which breakpoints stop, for the time line."""
        return [self.session.stops(b) for b in self.session.breakpoints.values() if b.enabled]


def value_text(console: Console, text: str) -> str:
    """The text that `print` and `display` show for an expression.

    Raises:
        ArgumentError, OperandError: the expression has no value.
    """
    stopped = console.stopped
    node = node_named(stopped, text)
    if node is not None:
        data = style.number(console.session.recording.nodes.data[node], 6)
        return f"data {data}, grad {panes.gradient(stopped, node)}{panes.with_earlier(stopped, node)}"
    value = evaluate(stopped, text, console.node)
    if value is None:
        return "not reached yet"
    leaf = node_named(stopped, text.strip().removesuffix(".grad")) if text.strip().endswith(".grad") else None
    return line(repr(value)) + (panes.with_earlier(stopped, leaf) if leaf is not None else "")

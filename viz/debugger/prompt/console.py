"""What a session at the terminal remembers: the walk, what is selected and displayed, which breakpoints there are.

Breakpoints outlive a pass: a training loop makes a new graph at every step, and a breakpoint is looked up in each of them.
What a command does with all this is in moves.py, stops.py and asking.py.
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
from ..walk.breakpoints import Breakpoint, Stop, checked
from ..walk.expressions import evaluate, node_named
from ..walk.places import Places
from ..walk.session import Session
from ..walk.stopped import Stopped
from . import panes
from .plain import cells, clip, line

KEPT = 300_000  # contributions of earlier passes that are kept, for `diagnose all`


class Answer(NamedTuple):
    """What a command says, and what is to happen then.

    Attributes:
        text: to be printed.
        then: '' - ask for the next command; 'continue' - let the script go on to its next pass; 'through' - to the next
            breakpoint in any pass; 'detach' - to its end; 'quit'.
    """

    text: str
    then: str = ""


class Command(NamedTuple):
    """A command.

    Attributes:
        names: how it can be typed, the shortest first.
        syntax: with its arguments.
        about: what it does, in a line.
        run: does it.
        moves: whether an empty line repeats it.
        more: what `help` adds.
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
        alive: whether there is a script that can go on.
        script: the file whose lines are meant before there is a pass.
        breakpoints: all there are, by number, also those that mean nothing in this pass.
        watch: what was seen of a script that runs here, None if there is none.
        program: the script, if it can be run again.
        scripts: the commands that a breakpoint does when it stops, by its number.
        displays: the expressions shown at every stop, by number.
        history: what was typed.
        frame: which frame of the stack is selected, 0 for the current node.
        selected: the node that is selected though it may be in no frame; None for that of the frame.
        target: let passes go by until this one, 0 for none.
        skipping: whether passes go by until a breakpoint stops one.
        paused: whether the next pass is to stop at its beginning, because somebody has asked for it while the script ran.
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
        """To ask something about one node where a walk stands.

        Args:
            node: is selected.
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
        """Whether there is a pass to look at."""
        return self._session is not None

    @property
    def places(self) -> Places:
        """The nodes of the pass by line and name."""
        return self.session.places

    @property
    def stopped(self) -> Stopped:
        """The walk where it stands."""
        if self._stopped is None or not self._stopped.is_here(self.session):
            self._stopped = Stopped(self.session)
        return self._stopped

    @property
    def node(self) -> int:
        """The node of the selected frame."""
        return self.stopped.chain(self.frame + 1)[-1].node if self.selected is None else self.selected

    def find(self, text: str) -> int:
        """The node that is meant; the selected one by ''.

        Raises:
            ArgumentError, OperandError: there is none.
        """
        text = text.strip()
        if not text:
            return self.node
        named = node_named(self.stopped, text)
        return self.places.find(text) if named is None else named

    def find_two(self, text: str) -> list[int]:
        """The one or two nodes that are meant; labels may hold spaces if they are quoted."""
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
        """The stop, and what is to be displayed at it."""
        lines = panes.stop_lines(self.stopped, self.stop, self.width)
        if self.session.at_end:
            on = "c lets the script go on; rs, rn, rc lead back" if self.alive else "rs, rn, rc lead back; q quits"
            lines.append(f"({on})")
        return "\n".join([*lines, *self.display_lines()])

    def heading(self) -> str:
        """What is said when the script arrives at `backward()`."""
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
        """An expression's value as text, or why it has none."""
        try:
            return value_text(self, text)
        except AutogradError as error:
            return f"({line(str(error))})"

    # --- breakpoints -------------------------------------------------------------------------------------------------

    def add(self, breakpoint: Breakpoint) -> Breakpoint:
        """Add a breakpoint; one that means nothing in this pass is kept for later ones.

        Raises:
            ArgumentError: it cannot be one in any pass.
        """
        if self.entered:
            self.session.add(breakpoint)
        else:
            checked(breakpoint)
        self._numbers = max(self._numbers + 1, breakpoint.id)
        breakpoint.id = breakpoint.id or self._numbers
        self.breakpoints[breakpoint.id] = breakpoint
        return breakpoint

    def count_from(self, number: int) -> None:
        """Give the next breakpoint a number above one."""
        self._numbers = max(self._numbers, number)

    def _place(self, b: Breakpoint) -> None:
        try:
            self.session.add(b)
        except AutogradError as error:
            self._unmet[b.id] = str(error)

    def problem(self, b: Breakpoint) -> str:
        """Why a breakpoint stops nothing in this pass, '' if it may."""
        if not self.entered:
            return ""
        return self._unmet.get(b.id, "") or ("" if b.verified else b.message)

    def remove(self, number: int) -> Breakpoint:
        """Remove a breakpoint; ArgumentError if there is none."""
        b = self.numbered(number)
        del self.breakpoints[number]
        self.scripts.pop(number, None)
        if self.entered:
            self.session.breakpoints.pop(number, None)
        return b

    def numbered(self, number: int) -> Breakpoint:
        """A breakpoint by its number; ArgumentError if there is none."""
        if number not in self.breakpoints:
            known = ", ".join(map(str, self.breakpoints)) or "none"
            raise ArgumentError(f"there is no breakpoint {number}; there are: {known}")
        return self.breakpoints[number]

    def marked(self, file: str) -> set[int]:
        """The lines of a file that have breakpoints."""
        return panes.breakpoint_lines(self.breakpoints.values(), lambda named: self.places.means(named, file))

    def times(self, b: Breakpoint) -> int:
        """How often a breakpoint has been reached."""
        return self.session.times(b) if self.entered and b.id in self.session.breakpoints else b.before

    def stops(self) -> list[Sequence[int]]:
        """The positions at which breakpoints stop, for the time line."""
        return [self.session.stops(b) for b in self.session.breakpoints.values() if b.enabled]


def value_text(console: Console, text: str) -> str:
    """What `print` and `display` show for an expression.

    Raises:
        ArgumentError, OperandError: it has no value.
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

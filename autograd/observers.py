"""Observers: the one way of looking into the engine.

    made(node)             a node has been made, by an operation or by hand
    ruled(node)            it has been given a rule made by hand, `node._backward = ...`
    assigned(node, old)    its number has been assigned; `old` is the one that it had before
    zeroed(node)           its gradient has been set to 0, by `zero_grad()` or by assignment
    passing(p)             `backward()` has been called: `p` has the root, and records the pass on request
    decided(a, is, b, answer)   Python has compared a node with another or with a number, or asked for its truth (a != 0)
    read(node)             its number has been read as a plain number: `.data`, a format, a pickle
    detached(node, leaf)   `leaf` has been made by `node.detach()`
    choosing(condition)    `where` is about to choose by a condition; unless this gives None, it is the condition instead

An observer is a block of a context, like the modes, and is held in the same state (blocks.py): threads and tasks have their
own, blocks may be left in any order, and nothing is ever put back. While no thread or task is in any block, the engine pays
one look at `MODES.active` for each of these events. All observers are told, the latest first.

Modes are no observers: they change a node, in an order of their own; observers look at the result.
"""

import threading
from collections.abc import Callable
from typing import Any, TypeVar

from .blocks import MODES, Mode, State, current
from .errors import AutogradError

# If no debugger is looking already, `backward(debug=True)` calls the one that an installed package has as an entry point: a
# function that is told of the pass like an observer. The engine knows no front end.
DEBUGGERS = "autograd.debugger"

R = TypeVar("R")


class Pass:
    """A backward pass that is about to run.

    Attributes:
        root, seed: where it begins, and with what.
        debug: True for `backward(debug=True)`; a debugger that is here already sets it to False.
        look: True if every gradient will be put back (`autograd.breakpoint`).
        has_run: True if an observer has recorded it, and so has run it.
    """

    __slots__ = ("_recording", "debug", "has_run", "look", "root", "seed")
    root: Any
    seed: float
    debug: bool
    look: bool

    def __init__(self, root: Any, seed: float, debug: bool, look: bool) -> None:
        self.root, self.seed, self.debug, self.look = root, seed, debug, look
        self.has_run: bool = False
        self._recording: Any = None

    def recorded(self, record: Callable[[Any, float], R]) -> R:
        """The result of `record(root, seed)`: it runs the pass once, however many observers ask.

        Args:
            record: `record_backward`; the engine below recordings does not know it.
        """
        if not self.has_run:
            self._recording = record(self.root, self.seed)
            self.has_run = True
        recording: R = self._recording
        return recording


class observing(Mode):
    """In this block the given functions are told of events.

    Args:
        made, ruled, assigned, zeroed, passing, decided, read, detached, choosing: functions to call; see the top of this file.
            Their errors come out at the user's line.
        threads: True for all threads, as for a whole script; False for this one only.

    Example:
        >>> from autograd import Value
        >>> w = Value(2.0)
        >>> with observing(assigned=lambda node, old: print(old, "->", node.data)):
        ...     w.data -= 0.5
        2.0 -> 1.5
    """

    bare = False

    def __init__(
        self,
        *,
        made: Callable[[Any], None] | None = None,
        ruled: Callable[[Any], None] | None = None,
        assigned: Callable[[Any, float], None] | None = None,
        zeroed: Callable[[Any], None] | None = None,
        passing: Callable[[Pass], None] | None = None,
        decided: Callable[[Any, str, Any, bool], None] | None = None,
        read: Callable[[Any], None] | None = None,
        detached: Callable[[Any, Any], None] | None = None,
        choosing: Callable[[Any], Any] | None = None,
        threads: bool = False,
    ) -> None:
        super().__init__()
        self.everywhere = MODES.observers if threads else None
        self.made, self.ruled, self.assigned, self.zeroed, self.passing = made, ruled, assigned, zeroed, passing
        self.decided, self.read, self.detached, self.choosing = decided, read, detached, choosing

    def change(self, state: State) -> None:
        """Add an observer."""
        state.observers = (self, *state.observers)


def looking() -> list[observing]:
    """The observers of this context and those of all threads; a task that outlives a block has left it."""
    return [o for o in current().observers if o.entered] + MODES.observers[::-1]


def passes_are_observed() -> bool:
    """True if an observer here is told of backward passes."""
    return bool(MODES.active) and any(o.passing is not None for o in looking())


# --- what the engine calls, if anybody is in a block at all ----------------------------------------------------------------


def tell_made(node: Any, state: State) -> None:
    """A node has been made in a context of that state: by far the most frequent event, and hardly ever asked for."""
    for o in state.observers:
        if o.made is not None and o.entered:
            o.made(node)
    for o in MODES.observers[::-1]:
        if o.made is not None:
            o.made(node)


def _tell(event: str, *things: Any) -> None:
    for o in looking():
        function = getattr(o, event)
        if function is not None:
            function(*things)


def tell_ruled(node: Any) -> None:
    """A node has been given a rule made by hand."""
    _tell("ruled", node)


def tell_assigned(node: Any, old: float) -> None:
    """The number of a node has been assigned."""
    _tell("assigned", node, old)


class _Rules(threading.local):
    """The number of rules made by hand that run in this thread."""

    running = 0


_rules = _Rules()


def adding(rule: Callable[[], Any]) -> None:
    """Run a rule made by hand: it adds to gradients, and a contribution of 0, x.grad += 0, is no zeroing."""
    _rules.running += 1
    try:
        rule()
    finally:
        _rules.running -= 1


def tell_zeroed(node: Any) -> None:
    """The gradient of a node has been set to 0."""
    if _rules.running:
        return
    _tell("zeroed", node)


def tell_decided(node: Any, relation: str, other: Any, answer: bool) -> None:
    """A node has been compared with another node or with a number: '<', '<=', '>', '>=', '==' or '!='."""
    _tell("decided", node, relation, other, answer)


def tell_read(node: Any) -> None:
    """The number of a node has been given away as a plain number, of which nothing more will be known."""
    _tell("read", node)


def tell_choosing(condition: Any) -> Any:
    """`where` is about to choose by a condition; the `Value` that stands for it, if an observer has one."""
    for o in looking():
        if o.choosing is not None and (found := o.choosing(condition)) is not None:
            return found
    return None


def reads_are_told() -> bool:
    """True if somebody is told of numbers that are read: then derivatives are computed without reading any."""
    return any(o.read is not None for o in looking())


def tell_detached(node: Any, leaf: Any) -> None:
    """A leaf with the number of a node has been made, at which its gradients stop."""
    _tell("detached", node, leaf)


def tell_passing(root: Any, seed: float, debug: bool, look: bool) -> bool:
    """A backward pass has been requested.

    Returns:
        True if an observer has run it.

    Raises:
        AutogradError: the caller wants to debug it, and there is no debugger.
    """
    p = Pass(root, seed, debug, look)
    _tell("passing", p)
    if p.debug:
        installed_debugger()(p)
    return p.has_run


def installed_debugger() -> Callable[[Pass], None]:
    """The debugger of an installed package.

    Raises:
        AutogradError: there is none.
    """
    from importlib.metadata import entry_points  # takes as long as the engine's own import

    remedy = "it comes with stepgrad's viz: pip install 'stepgrad[viz]'"
    for found in entry_points(group=DEBUGGERS):
        try:
            debugger: Callable[[Pass], None] = found.load()
        except ImportError as error:
            raise AutogradError(f"the gradient debugger cannot be imported ({error}); {remedy}") from error
        return debugger
    raise AutogradError(
        f"there is no gradient debugger: no installed package has an entry point {DEBUGGERS!r}; {remedy} (in a checkout: pip "
        "install -e '.[viz]')"
    )

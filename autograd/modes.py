"""Modes: what is done with every node while a `with` block runs.

    no_grad()          nodes keep no parents: plain numbers, at the cost of plain numbers
    strict()           the forward operation that makes the first nan or inf raises there and then
    record_sources()   every node knows the source line and expression that made it
    scope("name")      every node carries the nested names, for pictures and the debugger

Outside every mode the engine pays one attribute look-up per node: `MODES.active` counts the blocks entered in the whole
process, and only if there is one does `observe` look for those of its own thread (a ContextVar: modes do not leak into
other threads or asyncio tasks).
"""

import threading
from collections.abc import Iterator
from contextlib import ContextDecorator, contextmanager
from contextvars import ContextVar
from typing import Any, NamedTuple

from .errors import ArgumentError, NonFiniteError
from .source import place_of_caller, resolve

# The gradient of a node made inside no_grad(): reads as 0.0, and is recognised by identity, so that backward() from such a
# node can say why it reaches nothing.
UNRECORDED = float("0.0")


class _State(NamedTuple):
    no_grad: bool = False
    strict: bool = False
    sources: bool = False
    scope: str = ""
    outer: Any = None


_state: ContextVar[_State] = ContextVar("autograd_modes", default=_State())  # noqa: B039 - a named tuple is immutable


class _Modes:
    """How many mode blocks are open in the process; 0 means that nodes need no second look.

    Attributes:
        sources: how many of them record sources in every thread.
    """

    __slots__ = ("active", "lock", "sources")

    def __init__(self) -> None:
        self.active = self.sources = 0
        self.lock = threading.Lock()  # += on an attribute is not atomic

    def count(self, change: int, sources: bool = False) -> None:
        with self.lock:
            self.active += change
            self.sources += change * sources


MODES = _Modes()


def observe(node: Any) -> Any:
    """What the active modes do with a node that has just been made; returns the node."""
    state = _state.get()
    if state.strict and node._data - node._data != 0.0 and node.parents:
        raise _non_finite(node.primitive, node.operands, node._data, node)
    if state.no_grad:
        node.primitive = None
        node.operands = node.parents = node.partials = ()
        node._grad = UNRECORDED
        return node
    if state.sources or MODES.sources:
        node._place = place_of_caller()
    if state.scope:
        node.scope = state.scope
    return node


def observe_dual(primitive: Any, operands: tuple[Any, ...], out: Any) -> None:
    """What the active modes do with an application in forward mode: under `strict()` it has to be finite."""
    x = getattr(out, "number", out)
    if _state.get().strict and x - x != 0.0:
        raise _non_finite(primitive, operands, x, out)


@contextmanager
def recording(rules: bool = False) -> Iterator[None]:
    """Record nodes even inside `no_grad()`: asking for a derivative is asking for its graph.

    Args:
        rules: formulas of the table are being read, not code of the user's: `strict()` has nothing to say about the branches
            they compute and do not take.
    """
    if not MODES.active:
        yield
        return
    outer = _state.get()
    _state.set(outer._replace(no_grad=False, strict=outer.strict and not rules))
    try:
        yield
    finally:
        _state.set(outer)


def recording_is_off() -> bool:
    """Whether this is inside a `no_grad()` block."""
    return bool(MODES.active) and _state.get().no_grad


def _non_finite(primitive: Any, operands: tuple[Any, ...], out: float, node: Any) -> NonFiniteError:
    """What happened, with the values, and where."""
    numbers = [getattr(o, "number", o) for o in operands]
    names = [f"{o.label} = {x!r}" if getattr(o, "label", "") else repr(x) for o, x in zip(operands, numbers, strict=True)]
    place = place_of_caller()
    where = f" at {resolve(place)}" if place else ""
    made = any(x - x != 0.0 for x in numbers)
    why = "an operand was not finite already" if made else "no operand was nan or inf: it begins here"
    name = primitive.name if primitive else "a node made by hand"
    return NonFiniteError(
        f"{name}({', '.join(names)}) = {out!r}{where}; {why}. Keep the operands inside the domain "
        "(clamp, log1p, logsumexp, a smaller learning rate), or leave strict() to let inf and nan pass",
        node,
    )


class _Mode(ContextDecorator):
    """A block, or a decorated function, in which one field of the state has another value; blocks nest."""

    field = ""

    def setting(self, outer: _State) -> Any:  # noqa: ARG002 - scope needs it
        """The value the field has inside the block."""
        return True

    # What to go back to is kept in the state and not in the block, so that one block may serve several threads.

    def __enter__(self) -> "_Mode":
        outer = _state.get()
        _state.set(outer._replace(**{self.field: self.setting(outer), "outer": outer}))
        MODES.count(1)
        return self

    def __exit__(self, *exc: object) -> None:
        MODES.count(-1)
        _state.set(_state.get().outer)


class no_grad(_Mode):
    """In this block (or decorated function) operations compute but record nothing.

    Example:
        >>> from autograd import Value, no_grad
        >>> w = Value(2.0)
        >>> with no_grad():
        ...     y = w * w
        >>> y.parents
        ()
    """

    field = "no_grad"


class strict(_Mode):
    """In this block the forward operation that makes the first nan or inf raises `NonFiniteError`.

    Example:
        >>> from autograd import Value, log, strict
        >>> with strict():
        ...     log(Value(0.0))
        Traceback (most recent call last):
            ...
        autograd.errors.NonFiniteError: log(0.0) = -inf at <doctest ...>:2: log(Value(0.0)); ...
    """

    field = "strict"


class record_sources(_Mode):
    """In this block every node remembers the source line and the expression that made it: `node.source`.

    Args:
        threads: whether this holds in all threads, as for a whole script, and not just in this one.

    Example:
        >>> from autograd import Value, record_sources
        >>> with record_sources():
        ...     y = Value(2.0) * 3.0
        >>> y.source.text
        'Value(2.0) * 3.0'
    """

    field = "sources"

    def __init__(self, *, threads: bool = False) -> None:
        self.threads = threads

    def __enter__(self) -> "record_sources":
        super().__enter__()
        if self.threads:
            MODES.count(1, sources=True)
        return self

    def __exit__(self, *exc: object) -> None:
        if self.threads:
            MODES.count(-1, sources=True)
        super().__exit__(*exc)


class scope(_Mode):
    """In this block every node made carries a name; blocks nest into paths such as 'attention/head1'.

    Args:
        name: not empty, without '/'.

    Example:
        >>> from autograd import Value, scope
        >>> with scope("attention"), scope("head1"):
        ...     y = Value(2.0) * 3.0
        >>> y.scope
        'attention/head1'
    """

    field = "scope"

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name or "/" in name:
            raise ArgumentError(f"scope({name!r}): a scope's name is text, not empty, without '/'; nest blocks instead")
        self.name = name

    def setting(self, outer: _State) -> str:
        """The outer path and this name."""
        return f"{outer.scope}/{self.name}" if outer.scope else self.name


def current_scope() -> str:
    """The path of the scopes that are open here, '' outside all of them."""
    return _state.get().scope if MODES.active else ""

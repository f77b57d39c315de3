"""Modes: changes to every node made while a `with` block runs.

    no_grad()          nodes keep no parents: plain numbers, at the cost of plain numbers
    strict()           the forward operation that makes the first nan or inf raises there and then
    record_sources()   every node knows the source line and expression that made it
    scope("name")      every node carries the nested names, for pictures and the debugger

Outside every mode the engine pays one attribute look-up per node: `MODES.active` is empty unless some thread or task is in a
block, and only then does `made` look for those of its own (a ContextVar: modes do not leak into other threads or tasks).
Observers are told afterwards (observers.py).
"""

from typing import Any

from .blocks import MODES as MODES
from .blocks import Mode, State, current
from .blocks import in_a_mode as in_a_mode
from .blocks import recording_is_off as recording_is_off
from .blocks import recording_nodes as recording_nodes
from .errors import ArgumentError, NonFiniteError
from .levels import IN_PROGRESS, innermost
from .observers import tell_made
from .source import place_of_caller, resolve

# The gradient of a node made inside no_grad(): it reads as 0.0, and is recognised by identity, so that backward() from such
# a node can say why it reaches nothing.
UNRECORDED = float("0.0")


def made(node: Any) -> None:
    """Apply the active modes to a node that has just been made, and tell the observers of it."""
    state = current()
    if state.strict and node._data - node._data != 0.0 and node.parents:
        error = _non_finite(node.primitive, node.operands, node._data, node, state.of)
        del state  # the traceback would keep it alive
        raise error
    if state.no_grad:
        node._unrecord()
        if IN_PROGRESS:
            node._made_in = innermost()
    else:
        if state.sources or MODES.sources:
            place = place_of_caller()
            of: Any = state.of._place if state.of is not None else None
            # A node of a derivative: the line that asked for it, and the operation that it is the derivative of.
            node._place = (*place, *of[-2:]) if place and type(of) is tuple else place
        if state.scope:
            node.scope = state.scope
    if state.observers or MODES.observers:
        tell_made(node, state)


class no_grad(Mode):
    """In this block (or decorated function) operations compute but record nothing.

    Example:
        >>> from autograd import Value, no_grad
        >>> w = Value(2.0)
        >>> with no_grad():
        ...     y = w * w
        >>> y.parents
        ()
    """

    def change(self, state: State) -> None:
        """Record nothing."""
        state.no_grad = True


class strict(Mode):
    """In this block the forward operation that makes the first nan or inf raises `NonFiniteError`.

    Example:
        >>> from autograd import Value, log, strict
        >>> with strict():
        ...     log(Value(0.0))
        Traceback (most recent call last):
            ...
        autograd.errors.NonFiniteError: log(0.0) = -inf at <doctest ...>:2: log(Value(0.0)); ...
    """

    def change(self, state: State) -> None:
        """Refuse nan and inf."""
        state.strict = True


class record_sources(Mode):
    """In this block every node remembers the source line and the expression that made it: `node.source`.

    Args:
        threads: True for all threads, as for a whole script; False for this one only.

    Example:
        >>> from autograd import Value, record_sources
        >>> with record_sources():
        ...     y = Value(2.0) * 3.0
        >>> y.source.text
        'Value(2.0) * 3.0'
    """

    def __init__(self, *, threads: bool = False) -> None:
        super().__init__()
        self.everywhere = MODES.sources if threads else None

    def change(self, state: State) -> None:
        """Keep the places."""
        state.sources = True


class scope(Mode):
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

    bare = False

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name or "/" in name:
            raise ArgumentError(f"scope({name!r}): a scope's name is text, not empty, without '/'; nest blocks instead")
        super().__init__()
        self.name = name

    def change(self, state: State) -> None:
        """Add a name to the path."""
        state.scope = f"{state.scope}/{self.name}" if state.scope else self.name


def current_scope() -> str:
    """The path of the scopes that are open here, '' outside all of them."""
    return current().scope if MODES.active else ""


def made_dual(primitive: Any, operands: tuple[Any, ...], out: Any) -> None:
    """Apply the active modes to an application in forward mode: under `strict()` it has to be finite."""
    x = getattr(out, "_number", out)
    if current().strict and x - x != 0.0:
        raise _non_finite(primitive, operands, x, out)


def _non_finite(primitive: Any, operands: tuple[Any, ...], out: float, node: Any, of: Any = None) -> NonFiniteError:
    """The event in words, with the values and the place."""
    numbers = [getattr(o, "_number", o) for o in operands]
    names = [f"{o.label} = {x!r}" if getattr(o, "label", "") else repr(x) for o, x in zip(operands, numbers, strict=True)]
    place = place_of_caller()
    where = f" at {resolve(place)}" if place else ""
    if of is not None:
        where += f", in the derivative of {of.op}" + (f" at {of.source}" if of.source else "")
    name = primitive.name if primitive else "a node made by hand"
    return NonFiniteError(f"{name}({', '.join(names)}) = {out!r}{where}; {_cause(operands, numbers, of)}", node)


def _cause(operands: tuple[Any, ...], numbers: list[float], of: Any) -> str:
    """The cause of an operation's nan or inf, and a remedy."""
    bad = next((o for o, x in zip(operands, numbers, strict=True) if x - x != 0.0), None)
    leave = "or leave strict() to let inf and nan pass"
    if bad is None:
        return (
            "no operand was nan or inf: it begins here. Keep the operands inside the domain (clamp, log1p, logsumexp, a "
            f"smaller learning rate), {leave}"
        )
    if bad.__class__ is float:
        return (
            f"an operand was not finite already, the plain number {bad!r}: it was given, or computed outside the graph, {leave}"
        )
    if getattr(bad, "parents", None) == ():
        return (
            f"{bad.label or 'an operand'} was not finite already, and nothing computed it: it was given or assigned, by a step "
            "of descent perhaps, whose gradient was nan. strict() sees forward passes only; viz.debugger.watching() and "
            f"`catch nan` of python -m viz.debugger find the line where a backward pass makes one, {leave}"
        )
    if of is not None:
        return f"an operand was not finite already: the derivative of {of.op} is not there, {leave}"
    return f"an operand was not finite already: it was made before strict() began, {leave}"

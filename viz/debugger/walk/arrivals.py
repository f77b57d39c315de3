"""Positions in a pass at which a breakpoint can stop, and the numbers that a condition can name there.

They are worked out for the whole pass at once: the stops are a property of the recording, not of the direction of the walk.
The hit count is therefore the same forwards and backwards, and a run is a binary search instead of a test at every step.

    line, node, label, op   where a gradient is complete: before the node passes it on, for a leaf after the last contribution.
                            A line is met once each time the walk comes to it, however many values it made
    scope                   where the walk goes into it
    gradient                after each contribution that changes it
    exception               before the contribution
"""

import array
import ast
import functools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from autograd import Recording, Source

from .breakpoints import EXPLODING, VANISHING, Breakpoint
from .kinds import KINDS, why_none
from .places import Places

Column = Sequence[int]


class Arrivals(NamedTuple):
    """Positions at which a breakpoint is reached.

    Attributes:
        positions: rising, each once.
        about: the node that each is about.
    """

    positions: Column
    about: Column


class _Row(NamedTuple):
    """A place at which a breakpoint may be reached.

    Attributes:
        position: in the pass.
        step: the contribution that it is about: the next one, or for a leaf and a change the last one.
        about: the node whose `data`, `grad` and `label` a condition means there.
    """

    position: int
    step: int
    about: int


def arrivals(b: Breakpoint, recording: Recording, remarkable: Sequence[int]) -> Arrivals:
    """The positions at which a breakpoint is reached and its condition holds; a line or a scope counts once a visit.

    The hit count is not considered here; see `Session.stops`.

    Args:
        b: its nodes have been looked up.
        remarkable: the steps that an exception breakpoint can be about; see `remarkable_steps`.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(3.0, label="x")
        >>> arrivals(Breakpoint("node", "x", nodes=frozenset([0])), record_backward(x * x), []).positions
        array('q', [2])
    """
    rows = sorted(_rows(b, recording, remarkable))
    visits = _visits(rows, b, recording) if b.kind in ("line", "scope") else [row.position for row in rows]
    holding: Iterable[int] = range(len(rows))
    if b.test is not None and rows:
        columns = numbers(recording, [row.step for row in rows], [row.about for row in rows])
        holding = b.test.holding([columns[name]() for name in b.test.names], len(rows))
    positions, about = array.array("q"), array.array("q")
    last = None
    for k in holding:
        if visits[k] != last:
            last = visits[k]
            if not positions or positions[-1] != rows[k].position:  # a leaf and a node at one position count once
                positions.append(rows[k].position)
                about.append(rows[k].about)
    return Arrivals(positions, about)


def _rows(b: Breakpoint, recording: Recording, remarkable: Sequence[int]) -> Iterable[_Row]:
    if b.kind == "exception":
        is_one = _exceptions(recording)[b.what]
        return (_Row(k, k, recording.columns["node"][k]) for k in remarkable if is_one(k))
    if b.kind == "gradient":
        return (_Row(k + 1, k, i) for i in b.nodes for k in _changes(recording, i))
    return _complete(recording, b.nodes, leaves=b.kind != "scope")


def _complete(recording: Recording, nodes: Iterable[int], leaves: bool) -> Iterable[_Row]:
    """A row for each node, at the position where its gradient is complete."""
    sent, by_node = recording.by_node
    received, by_parent = recording.by_parent
    for i in nodes:
        if sent[i] < sent[i + 1]:
            yield _Row(by_node[sent[i]], by_node[sent[i]], i)
        elif leaves and received[i] < received[i + 1]:
            last = by_parent[received[i + 1] - 1]
            yield _Row(last + 1, last, i)


def _visits(rows: Sequence[_Row], b: Breakpoint, recording: Recording) -> list[int]:
    """The number of the visit that each row belongs to; a visit begins where the walk comes in or where the line ran again.

    The line ran again if an expression is repeated after another one, or if a repeated expression makes one value, like h * w.
    An expression that makes many values, like model(x), counts as one visit: repeated evaluation cannot be told from one.
    """
    node, nodes = recording.columns["node"], recording.nodes
    found, visit = [], 0
    now: Any = None
    met = set[Any]()  # the expressions of the line in this visit
    for position, step, i in rows:
        inside = position > 0 and node[position - 1] in b.nodes
        if inside and step < position:  # a leaf, made for the value that is being computed
            found.append(visit)
            continue
        before, now = now, nodes.expression(i) if b.kind == "line" else None
        if not inside or (now is not None and now in met and (now != before or _makes_one(nodes.source(i), nodes.op(i)))):
            visit += 1
            met.clear()
        met.add(now)
        found.append(visit)
    return found


def _makes_one(source: Source | None, op: str) -> bool:
    """True if an evaluation of the expression makes one value: an operator, or a call of the operation itself."""
    return source is not None and _makes_one_of(source.text, op)


@functools.lru_cache(1000)
def _makes_one_of(text: str, op: str) -> bool:
    try:
        expression = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    if isinstance(expression, ast.Call):
        called = expression.func
        return (called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")) == op
    return isinstance(expression, (ast.BinOp, ast.UnaryOp))


def _changes(recording: Recording, i: int) -> Iterable[int]:
    """The steps that change a gradient: a contribution of 0 does not, and a further nan does not."""
    totals = recording.columns["total"]
    before: float | None = None  # the root begins with the seed, but it receives nothing
    for k in recording.received(i):
        after = totals[k]
        if before != after and not (after != after and before != before):
            yield k
        before = after


# --- exceptions --------------------------------------------------------------------------------------------------------


def remarkable_steps(recording: Recording) -> list[int]:
    """The steps at which an exception breakpoint of any name can stop."""
    data, columns = recording.nodes.data, recording.columns
    return [
        k
        for k, (c, node) in enumerate(zip(columns["contribution"], columns["node"], strict=True))
        if not (VANISHING <= abs(c) <= EXPLODING and math.isfinite(data[node]))  # false for nan, which is in no range
    ]


def _exceptions(recording: Recording) -> dict[str, Callable[[int], bool]]:
    """The test of a step for each name of an exception."""
    c, up, node = (recording.columns[name] for name in ("contribution", "upstream", "node"))
    data = recording.nodes.data

    def forward(k: int) -> bool:
        """True at the first step of a value that is not finite, unless a computed operand is not finite either."""
        i = node[k]
        if data[i] - data[i] == 0.0 or (k and node[k - 1] == i):
            return False
        return not any(map(recording.nodes.parents, recording.nodes.bad_parents(i)))

    return {
        "nan": lambda k: c[k] != c[k] and up[k] == up[k],
        "inf": lambda k: math.isinf(c[k]) and not math.isinf(up[k]),
        "forward": forward,
        "vanishing": lambda k: abs(c[k]) < VANISHING <= abs(up[k]),
        "exploding": lambda k: abs(c[k]) > EXPLODING >= abs(up[k]),
    }


# --- conditions --------------------------------------------------------------------------------------------------------


def numbers(recording: Recording, steps: Column, about: Column) -> dict[str, Callable[[], Iterable[Any]]]:
    """The columns that a condition can name: the numbers of contributions, and of the nodes they are about.

    Args:
        steps: the contributions.
        about: the nodes, one for each.
    """
    columns, nodes = recording.columns, recording.nodes

    def taken(name: str) -> Callable[[], Iterable[Any]]:
        return lambda: map(columns[name].__getitem__, steps)

    def gradients() -> Iterable[float]:
        """The gradients of the nodes: `upstream` if the step passes it on, `total` if the step has added to it."""
        node, upstream, total = columns["node"], columns["upstream"], columns["total"]
        return (upstream[k] if node[k] == i else total[k] for k, i in zip(steps, about, strict=True))

    return {
        "data": lambda: map(nodes.data.__getitem__, about),
        "grad": gradients,
        **{name: taken(name) for name in ("local", "upstream", "contribution", "total")},
        "label": lambda: map(nodes.label.__getitem__, about),
        "op": lambda: map(nodes.op, about),
        "scope": lambda: map(nodes.scope.__getitem__, about),
        "node": lambda: about,
        "parent": taken("parent"),
        "step": lambda: steps,
    }


# --- looking up --------------------------------------------------------------------------------------------------------


def looked_up(b: Breakpoint, places: Places) -> Breakpoint:
    """Enter into a breakpoint its nodes in a pass, or the reason why there are none.

    Raises:
        OperandError: it is about one node, and no node has that name.
    """
    b.nodes = KINDS[b.kind].nodes(places, b.what)
    b.verified = bool(b.nodes) or b.kind == "exception"
    b.message = "" if b.verified else why_none(places, b.kind, b.what)
    return b

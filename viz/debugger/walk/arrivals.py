"""Where in a pass a breakpoint can stop, and what a condition can name there: worked out for all of its nodes at once.

What a breakpoint stops at is a property of the recording, not of the way one came there. So the third time is the third time
from either side, and a run is a search in a sorted column, where it would be a look at every step.

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
    """Where in a pass a breakpoint is reached, its hit count aside: with its condition, and a line or a scope once a visit.

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
            if not positions or positions[-1] != rows[k].position:  # a leaf and a node at one position are met there once
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
    """Where the gradients of nodes are complete."""
    sent, by_node = recording.by_node
    received, by_parent = recording.by_parent
    for i in nodes:
        if sent[i] < sent[i + 1]:
            yield _Row(by_node[sent[i]], by_node[sent[i]], i)
        elif leaves and received[i] < received[i + 1]:
            last = by_parent[received[i + 1] - 1]
            yield _Row(last + 1, last, i)


def _visits(rows: Sequence[_Row], b: Breakpoint, recording: Recording) -> list[int]:
    """Which rows belong together: a new visit begins where the walk comes in, and where a line has been run once more.

    That is where one of its expressions comes again after another, or one that makes one value at a time, like h * w. One that
    makes many, like model(x), is met once with all of them, even if it was evaluated repeatedly: nothing tells the two apart.
    """
    node, nodes = recording.columns["node"], recording.nodes
    found, visit = [], 0
    now: Any = None
    met = set[Any]()  # the expressions of the line in this visit
    for position, step, i in rows:
        inside = position > 0 and node[position - 1] in b.nodes
        if inside and step < position:  # a leaf, made for what is being computed
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
    """Whether an expression makes one value whenever it is evaluated: an operator, or a call of what made the value."""
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
    """The steps that change a gradient: not a contribution of 0, and not one nan more."""
    totals = recording.columns["total"]
    before: float | None = None  # the root, which begins with the seed, receives nothing
    for k in recording.received(i):
        after = totals[k]
        if before != after and not (after != after and before != before):
            yield k
        before = after


# --- exceptions --------------------------------------------------------------------------------------------------------


def remarkable_steps(recording: Recording) -> list[int]:
    """The steps that an exception breakpoint can be about, whatever it is set to."""
    data, columns = recording.nodes.data, recording.columns
    return [
        k
        for k, (c, node) in enumerate(zip(columns["contribution"], columns["node"], strict=True))
        if not (VANISHING <= abs(c) <= EXPLODING and math.isfinite(data[node]))  # nan is in no range
    ]


def _exceptions(recording: Recording) -> dict[str, Callable[[int], bool]]:
    """Whether a step is one, by the name of the exception."""
    c, up, node = (recording.columns[name] for name in ("contribution", "upstream", "node"))
    data = recording.nodes.data

    def forward(k: int) -> bool:
        """A value that is not finite though what it was computed from is, leaves aside: where it begins."""
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
    """What a condition can name, a column each: the numbers of contributions, and of the nodes they are about.

    Args:
        steps: the contributions.
        about: the nodes, one for each.
    """
    columns, nodes = recording.columns, recording.nodes

    def taken(name: str) -> Callable[[], Iterable[Any]]:
        return lambda: map(columns[name].__getitem__, steps)

    def gradients() -> Iterable[float]:
        """A gradient that is passed on is `upstream`, one that has just been added to is `total`."""
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
    """The breakpoint with its nodes found in a pass, or with the reason why there are none.

    Raises:
        OperandError: it is about one node, and there is none of that name.
    """
    b.nodes = KINDS[b.kind].nodes(places, b.what)
    b.verified = bool(b.nodes) or b.kind == "exception"
    b.message = "" if b.verified else why_none(places, b.kind, b.what)
    return b

"""The position in a backward pass, moves to other positions, and the gradients at each: pure state over a `Recording`.

The position is the number of contributions that have happened, from 0 to len(recording); the current contribution is the
next one. A move adds and subtracts nothing: the gradient of a node at a position is the total that the recording holds of the
last contribution to it. So a way to the end and back leaves no trace of rounding, and any jump costs a binary search.
"""

import array
import bisect
import contextlib
import functools
import heapq
import itertools
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from autograd import ArgumentError, OperandError, Recording, Source
from autograd.arguments import index
from autograd.recording.recording import Step

from ... import style
from .arrivals import Arrivals, arrivals, looked_up, numbers, remarkable_steps
from .breakpoints import Breakpoint, Stop, checked_breakpoint, counts
from .conditions import Condition
from .places import Places


class Contributions(NamedTuple):
    """The contributions of the pass as columns, one entry per step.

    Attributes:
        node, parent: ids: node passes its gradient on, parent receives.
        local, upstream: the two factors, d(node)/d(parent) and the gradient of node.
        contribution: their product.
        total: the gradient of parent after it.
    """

    node: "array.array[int]"
    parent: "array.array[int]"
    local: "array.array[float]"
    upstream: "array.array[float]"
    contribution: "array.array[float]"
    total: "array.array[float]"


class Session:
    """A walk through a recorded backward pass.

    Args:
        recording: the pass.

    Attributes:
        columns: its contributions.
        position: the number of contributions that have happened.
        leaf: the leaf at which the walk has arrived: its gradient is complete here. None while a node passes its gradient on.
        breakpoints: the breakpoints by their ids.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(3.0, label="x")
        >>> session = Session(record_backward(x * x))
        >>> session.step(), session.gradient("x")
        (Stop(reason='step', breakpoints=(), text=''), 3.0)
        >>> session.step().reason, session.gradient("x"), session.step_back().reason, session.gradient("x")
        ('end', 6.0, 'step', 3.0)
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording
        self.position: int = 0
        self.leaf: int | None = None
        self.breakpoints: dict[int, Breakpoint] = {}
        self._arrivals: dict[int, tuple[Condition | None, Arrivals]] = {}
        self.columns: Contributions = Contributions(*(recording.columns[name] for name in Contributions._fields))
        self._to_start, self._to = recording.by_parent
        self._ids = 0

    @functools.cached_property
    def places(self) -> Places:
        """The nodes by name and by line."""
        return Places(self.recording)

    @functools.cached_property
    def remarkable(self) -> list[int]:
        """The steps at which an exception breakpoint of any name can stop."""
        return remarkable_steps(self.recording)

    @functools.cached_property
    def not_finite(self) -> list[int]:
        """The steps whose contribution is nan or infinite."""
        return [k for k in self.remarkable if self.columns.contribution[k] - self.columns.contribution[k] != 0.0]

    # --- the position ------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """The number of contributions in the pass."""
        return len(self.recording)

    @property
    def at_start(self) -> bool:
        """True if no contribution has happened yet."""
        return self.position == 0

    @property
    def at_end(self) -> bool:
        """True if the pass is over."""
        return self.position == len(self)

    @property
    def current(self) -> Step | None:
        """The contribution that comes next; None at the end."""
        return None if self.at_end else self.recording[self.position]

    @property
    def last(self) -> Step | None:
        """The contribution that has just happened; None at the start."""
        return None if self.at_start else self.recording[self.position - 1]

    @property
    def node(self) -> int:
        """The node that passes its gradient on, at the end the last one; or the leaf at which the walk has arrived."""
        if self.leaf is not None:
            return self.leaf
        if not len(self):
            return len(self.recording.nodes) - 1
        return int(self.columns.node[min(self.position, len(self) - 1)])

    @property
    def source(self) -> Source | None:
        """The line that made the current node, if sources were recorded."""
        return self.recording.nodes.source(self.node)

    def id(self, node: Any) -> int:
        """The id of a node, given as a typed or shown name, 'v7' or its id; OperandError if there is no such node."""
        if isinstance(node, str):
            return self.places.find(node)
        i = index(node)
        if i is None or not 0 <= i < len(self.recording.nodes):
            raise OperandError(f"there is no node {node!r}; ids go from 0 to {len(self.recording.nodes) - 1}")
        return i

    def gradient(self, node: Any, position: int | None = None) -> float | None:
        """The gradient of a node so far in this pass; None if no contribution has reached it yet.

        Args:
            node: a label, 'v7' or an id.
            position: the position to ask about; the current one by default.
        """
        i = self.id(node)
        at = self.position if position is None else position
        n = bisect.bisect_left(self._to, at, self._to_start[i], self._to_start[i + 1])
        if i == len(self.recording.nodes) - 1 or n == self._to_start[i + 1] > self._to_start[i]:
            return float(self.recording.gradients[i])
        return float(self.columns.total[self._to[n - 1]]) if n > self._to_start[i] else None

    def received(self, node: int) -> "array.array[int]":
        """All steps of the pass that contribute to a node, in order."""
        return self.recording.received(node)

    def passed_on(self, node: int) -> "array.array[int]":
        """All steps of the pass in which a node passes its gradient on, in order."""
        return self.recording.passed_on(node)

    def is_complete(self, node: int) -> bool:
        """True if a node has received all its contributions."""
        steps = self._to_start[node], self._to_start[node + 1]
        return steps[0] == steps[1] or self._to[steps[1] - 1] < self.position

    def numbers(self, step: int, about: int | None = None) -> dict[str, Any]:
        """The numbers that a condition can name at one step: those of the contribution, and those of the node it is about.

        Args:
            about: that node; by default the one that passes its gradient on.
        """
        found = numbers(self.recording, [step], [self.columns.node[step] if about is None else about])
        return {name: next(iter(column())) for name, column in found.items()}

    # --- moving ------------------------------------------------------------------------------------------------------

    def jump(self, position: int) -> Stop:
        """Go to a position, 0 to len(session); ArgumentError for any other."""
        at = index(position)
        if at is None or not 0 <= at <= len(self):
            raise ArgumentError(f"there is no position {position!r}; they go from 0 (start) to {len(self)} (end)")
        return self._go(at)

    def jump_to(self, node: Any) -> Stop:
        """Go to the position where a node begins to pass its gradient on; for a leaf, where its gradient is complete."""
        i = self.id(node)
        passed, received = self.passed_on(i), self.received(i)
        if passed or not received:
            return self._go(passed[0] if passed else 0)
        stop = self._go(received[-1] + 1)
        self.leaf = i
        return Stop(stop.reason, (), self._leaf_text())

    def step(self) -> Stop:
        """One contribution forward."""
        return self._go(self.position + 1)

    def step_back(self) -> Stop:
        """One contribution back."""
        return self._go(self.position - 1)

    def next(self) -> Stop:
        """To the next node: over all contributions that the current node still makes."""
        return self._go(self._edge(self.position, 1, self._same_node))

    def next_back(self) -> Stop:
        """To the beginning of the current node; from there, to the beginning of the node before."""
        return self._go(self._edge(self.position, -1, self._same_node))

    def out(self) -> Stop:
        """Out of the current scope - the neuron, the layer - forward."""
        return self._go(self._edge(self.position, 1, self._same_scope))

    def out_back(self) -> Stop:
        """To the beginning of the current scope; from there, to the beginning of the scope before."""
        return self._go(self._edge(self.position, -1, self._same_scope))

    def _same_node(self, a: int, b: int) -> bool:
        return bool(self.columns.node[a] == self.columns.node[b])

    def _same_scope(self, a: int, b: int) -> bool:
        scope = self.recording.nodes.scope
        outer, inner = scope[self.columns.node[a]], scope[self.columns.node[b]]
        return outer == inner or (bool(outer) and f"{inner}/".startswith(f"{outer}/"))

    def _edge(self, position: int, direction: int, same: Any) -> int:
        """The position at which a row of contributions that belong together ends, in one direction."""
        if direction > 0:
            k = position
            while k < len(self) and same(position, k):
                k += 1
            return k
        k = position - 1
        while k > 0 and same(position - 1, k - 1):
            k -= 1
        return k

    def _go(self, position: int) -> Stop:
        self.position, self.leaf = max(0, min(position, len(self))), None
        return Stop("end" if self.at_end else "start" if self.at_start else "step")

    # --- breakpoints -------------------------------------------------------------------------------------------------

    def add(self, breakpoint: Breakpoint) -> Breakpoint:
        """Add a breakpoint; it gets an id, and `verified` and `message` say if there is nothing it could stop at.

        Raises:
            ArgumentError, OperandError: the kind is unknown, the node does not exist, or the condition cannot be read.
        """
        looked_up(checked_breakpoint(breakpoint), self.places)
        self._ids += 1
        breakpoint.id = breakpoint.id or self._ids
        self._ids = max(self._ids, breakpoint.id)
        self.put(breakpoint)
        return breakpoint

    def put(self, breakpoint: Breakpoint) -> None:
        """Add a breakpoint that has its id and its nodes already."""
        self.breakpoints[breakpoint.id] = breakpoint
        self._arrivals.pop(breakpoint.id, None)

    def count(self) -> None:
        """Add the hits of this whole pass to the count of every enabled breakpoint: the script goes on to the next pass."""
        for b in self.breakpoints.values():
            b.before += len(self._met(b).positions) if b.enabled else 0

    def remove(self, number: int) -> Breakpoint:
        """Remove a breakpoint by its id; ArgumentError if no breakpoint has it."""
        if number not in self.breakpoints:
            raise ArgumentError(f"there is no breakpoint {number}; there are {sorted(self.breakpoints) or 'none'}")
        return self.breakpoints.pop(number)

    def stops(self, breakpoint: Breakpoint) -> Sequence[int]:
        """The positions at which a breakpoint stops runs, rising."""
        met = self._met(breakpoint).positions
        if not breakpoint.hits.strip():
            return met
        wanted = counts(breakpoint.hits)
        return [position for n, position in enumerate(met, breakpoint.before + 1) if wanted(n)]

    def times(self, breakpoint: Breakpoint) -> int:
        """The number of times that a breakpoint is reached up to this position, counted from the first pass on."""
        return breakpoint.before + bisect.bisect_right(self._met(breakpoint).positions, self.position)

    def _met(self, breakpoint: Breakpoint) -> Arrivals:
        """The positions at which a breakpoint is reached, worked out once."""
        known = self._arrivals.get(breakpoint.id)
        if known is None or known[0] is not breakpoint.test:
            remarkable = self.remarkable if breakpoint.kind == "exception" else ()
            known = breakpoint.test, arrivals(breakpoint, self.recording, remarkable)
            self._arrivals[breakpoint.id] = known
        return known[1]

    def run(self, *, here: bool = False) -> Stop:
        """Forward to the next breakpoint, or to the end.

        Args:
            here: True to stop also at the current position: nobody has seen the current contribution yet.
        """
        for stop in self.meetings(1, here=here):
            return stop
        return self.jump(len(self))

    def begin(self) -> Stop:
        """To the start of the pass, with the breakpoints that stop there."""
        at_once = [b for b in self.breakpoints.values() if b.enabled and list(self.stops(b)[:1]) == [0]]
        return self._halt(0, at_once) if at_once else self._go(0)

    def run_back(self) -> Stop:
        """Back to the next breakpoint on the way back, or to the start."""
        for stop in self.meetings(-1):
            return stop
        return self.jump(0)

    def meetings(self, direction: int, *, here: bool = False) -> Iterator[Stop]:
        """All stops from here on, in the order of a run; the walk goes to each stop when it is asked for.

        Args:
            direction: 1 or -1.
            here: see `run`.
        """
        ahead = []
        for b in self.breakpoints.values():
            stops = self.stops(b) if b.enabled else ()
            if direction > 0:
                first = bisect.bisect_left(stops, self.position + (not here))
                ahead.append(zip(itertools.islice(stops, first, None), itertools.repeat(b.id)))
            else:
                last = bisect.bisect_left(stops, self.position)
                ahead.append(zip(reversed(stops[:last]), itertools.repeat(b.id)))
        merged = heapq.merge(*ahead, key=lambda met: met[0], reverse=direction < 0)
        for position, met in itertools.groupby(merged, key=lambda met: met[0]):
            hit = [self.breakpoints[number] for _, number in met if number in self.breakpoints]
            if hit:  # nothing is left if all were temporary and have stopped once
                yield self._halt(position, hit)

    def _halt(self, position: int, hit: list[Breakpoint]) -> Stop:
        """Go to a position where breakpoints stop, and say why the run stops there."""
        self._go(position)
        for b in hit:
            if b.temporary:
                self.breakpoints.pop(b.id, None)
        by_kind = {b.kind: b for b in reversed(hit)}
        if "exception" in by_kind:
            return Stop("exception", tuple(hit), self._exception_text(hit))
        if by_kind.keys() == {"gradient"}:
            return Stop("gradient", tuple(hit), self._change_text())
        complete = {self._about(b) for b in hit if b.kind != "gradient"}
        if self.node not in complete:  # the breakpoints are about leaves, which pass nothing on
            self.leaf = min(complete)
        return Stop("breakpoint", tuple(hit), self._leaf_text())

    @contextlib.contextmanager
    def looking_at(self, b: Breakpoint) -> Iterator[None]:
        """For a while, be at the node or leaf that one of several breakpoints of this position is about."""
        before, self.leaf = self.leaf, None
        about = self._about(b) if b.kind not in ("gradient", "exception") else self.node
        self.leaf = about if about != self.node else None
        try:
            yield
        finally:
            self.leaf = before

    def _about(self, b: Breakpoint) -> int:
        met = self._met(b)
        return met.about[bisect.bisect_left(met.positions, self.position)]

    def _exception_text(self, hit: list[Breakpoint]) -> str:
        k = self.position
        kinds = ", ".join(b.what for b in hit if b.kind == "exception")
        if kinds == "forward":
            nodes = self.recording.nodes
            return f"forward: {style.node_name(nodes, self.node)} = {nodes.op(self.node)}(…) is {nodes.data[self.node]!r}"
        local, upstream, result = (
            style.number(c[k], 6) for c in (self.columns.local, self.columns.upstream, self.columns.contribution)
        )
        return f"{kinds}: {self._grad(self.columns.parent[k])} += {local} × {upstream} = {result}"

    def _change_text(self) -> str:
        k = self.position - 1
        parent = self.columns.parent[k]
        before = self.gradient(parent, k)
        shown = "not reached yet" if before is None else style.number(before, 6)
        return f"{self._grad(parent)}: {shown} → {style.number(self.columns.total[k], 6)}"

    def _leaf_text(self) -> str:
        if self.leaf is None:
            return ""
        return f"{self._grad(self.leaf)} is complete: {style.number(self.gradient(self.leaf) or 0.0, 6)}"

    def _grad(self, node: int) -> str:
        return f"{style.node_name(self.recording.nodes, node)}.grad"

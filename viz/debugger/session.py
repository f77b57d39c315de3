"""Where one is in a backward pass, how to move, and what every gradient is there: pure state over a `Recording`.

The position is the number of contributions that have happened, from 0 to len(recording); the current contribution is the
next one. Nothing is computed by adding or subtracting while moving: the gradient of a node at a position is the total that
the recording holds of the last contribution to it, so that going to the end and back leaves no trace of rounding, and any
jump costs a binary search.
"""

import bisect
import functools
import math
from collections.abc import Iterator
from typing import Any

from autograd import ArgumentError, Recording, Source
from autograd.recording import Step

from ..graph import find
from .breakpoints import EXPLODING, VANISHING, Breakpoint, Stop, prepared


class Session:
    """A walk through a recorded backward pass.

    Args:
        recording: the pass.

    Attributes:
        position: how many contributions have happened.
        breakpoints: by their ids.

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
        self.position = 0
        self.breakpoints: dict[int, Breakpoint] = {}
        columns = recording.columns
        self._node, self._parent, self._total = columns["node"], columns["parent"], columns["total"]
        self._contribution, self._upstream, self._local = columns["contribution"], columns["upstream"], columns["local"]
        self._to_start, self._to = recording.by_parent
        self._ids = 0

    @functools.cached_property
    def remarkable(self) -> list[int]:
        """The steps that an exception breakpoint might stop at, whatever it is set to."""
        data = self.recording.nodes.data
        return [
            k
            for k, (c, node) in enumerate(zip(self._contribution, self._node, strict=True))
            if not VANISHING <= abs(c) <= EXPLODING or data[node] - data[node] != 0.0  # nan is in no range
        ]

    # --- where one is ------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        """How many contributions the pass has."""
        return len(self.recording)

    @property
    def at_start(self) -> bool:
        """Whether nothing has happened yet."""
        return self.position == 0

    @property
    def at_end(self) -> bool:
        """Whether the pass is over."""
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
        """The node whose gradient is being passed on; at the end the last one."""
        if not len(self):
            return len(self.recording.nodes) - 1
        return int(self._node[min(self.position, len(self) - 1)])

    @property
    def source(self) -> Source | None:
        """The line that made the current node, if sources were recorded."""
        return self.recording.nodes.source(self.node)

    def id(self, node: Any) -> int:
        """The id of a node by its label, 'v7' or its id; OperandError if there is none."""
        return find(self.recording.nodes.label, int(node) if isinstance(node, str) and node.isdigit() else node, "node")

    def gradient(self, node: Any, position: int | None = None) -> float | None:
        """The gradient of a node so far, in this pass; None if nothing has reached it yet.

        Args:
            node: a label, 'v7' or an id.
            position: another position than the current one.
        """
        i = self.id(node)
        at = self.position if position is None else position
        n = bisect.bisect_left(self._to, at, self._to_start[i], self._to_start[i + 1])
        if n > self._to_start[i]:
            return float(self._total[self._to[n - 1]])
        return self.recording.seed if i == len(self.recording.nodes) - 1 else None

    def received(self, node: int) -> list[int]:
        """The steps that contribute to a node, in order, whenever they happen."""
        return list(self.recording.received(node))

    def passed_on(self, node: int) -> list[int]:
        """The steps in which a node passes its gradient on, in order."""
        return list(self.recording.passed_on(node))

    def is_complete(self, node: int) -> bool:
        """Whether a node has received all it will receive."""
        steps = self._to_start[node], self._to_start[node + 1]
        return steps[0] == steps[1] or self._to[steps[1] - 1] < self.position

    def numbers(self, step: int) -> dict[str, Any]:
        """What a condition can name, for one step: the numbers of the contribution, and whose they are."""
        node, parent = self._node[step], self._parent[step]
        nodes = self.recording.nodes
        return {
            "data": nodes.data[node], "grad": self._upstream[step], "local": self._local[step],
            "upstream": self._upstream[step], "contribution": self._contribution[step], "total": self._total[step],
            "label": nodes.label[node], "op": nodes.op(node), "scope": nodes.scope[node], "node": node, "parent": parent,
            "step": step,
        }  # fmt: skip

    # --- moving ------------------------------------------------------------------------------------------------------

    def jump(self, position: int) -> Stop:
        """Go to a position, 0 to len(session); ArgumentError if there is none."""
        if isinstance(position, bool) or not isinstance(position, int) or not 0 <= position <= len(self):
            raise ArgumentError(f"there is no position {position!r}; they go from 0 (start) to {len(self)} (end)")
        self.position = position
        return self._arrived()

    def jump_to(self, node: Any) -> Stop:
        """Go to where a node passes its gradient on; for a leaf, to where its gradient is complete."""
        i = self.id(node)
        steps = self.passed_on(i) or [k + 1 for k in self.received(i)[-1:]]
        return self.jump(steps[0] if steps else 0)

    def step(self) -> Stop:
        """One contribution forward."""
        return self._go(self.position + 1)

    def step_back(self) -> Stop:
        """One contribution back."""
        return self._go(self.position - 1)

    def next(self) -> Stop:
        """To the next node: over all that the current one passes on."""
        return self._go(self._edge(self.position, 1, self._same_node))

    def next_back(self) -> Stop:
        """To the beginning of the current node, or of the one before."""
        return self._go(self._edge(self.position, -1, self._same_node))

    def out(self) -> Stop:
        """Out of the current scope - the neuron, the layer - forward."""
        return self._go(self._edge(self.position, 1, self._same_scope))

    def out_back(self) -> Stop:
        """To the beginning of the current scope, or of the one before."""
        return self._go(self._edge(self.position, -1, self._same_scope))

    def _same_node(self, a: int, b: int) -> bool:
        return bool(self._node[a] == self._node[b])

    def _same_scope(self, a: int, b: int) -> bool:
        scope = self.recording.nodes.scope
        outer, inner = scope[self._node[a]], scope[self._node[b]]
        return outer == inner or (bool(outer) and f"{inner}/".startswith(f"{outer}/"))

    def _edge(self, position: int, direction: int, same: Any) -> int:
        """Where a run of contributions that belong together ends, in one direction."""
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
        self.position = max(0, min(position, len(self)))
        return self._arrived()

    def _arrived(self) -> Stop:
        return Stop("end" if self.at_end else "start" if self.at_start else "step")

    # --- breakpoints -------------------------------------------------------------------------------------------------

    def add(self, breakpoint: Breakpoint) -> Breakpoint:
        """Add a breakpoint; it gets an id, and says if there is nothing it could stop at.

        Raises:
            ArgumentError, OperandError: it cannot be one: unknown kind, no such node, a condition that is none.
        """
        prepared(breakpoint, self.recording)
        self._ids += 1
        breakpoint.id = breakpoint.id or self._ids
        self._ids = max(self._ids, breakpoint.id)
        self.breakpoints[breakpoint.id] = breakpoint
        return breakpoint

    def remove(self, number: int) -> Breakpoint:
        """Remove a breakpoint by its id; ArgumentError if there is none."""
        if number not in self.breakpoints:
            raise ArgumentError(f"there is no breakpoint {number}; there are {sorted(self.breakpoints) or 'none'}")
        return self.breakpoints.pop(number)

    def run(self, *, here: bool = False) -> Stop:
        """Forward to the next breakpoint, or to the end.

        Args:
            here: whether a breakpoint stops where one stands already: nobody has seen the current contribution yet.
        """
        return self._run(range(self.position, len(self)), 1, self.position - here)

    def run_back(self) -> Stop:
        """Back to the breakpoint before, or to the start."""
        return self._run(range(self.position, -1, -1), -1, self.position)

    def _run(self, steps: range, direction: int, began: int) -> Stop:
        watch = _Watch(self)
        for k in watch.candidates(steps):
            for position, hit, reason, text in watch.at(k, direction, began):
                self.position = position
                for b in hit:
                    if b.temporary:
                        self.breakpoints.pop(b.id, None)
                return Stop(reason, tuple(hit), text)
        self.position = len(self) if direction > 0 else 0
        return self._arrived()


class _Watch:
    """The breakpoints of a session sorted by what they look at, so that a run looks at each step once and quickly."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.arrivals: dict[int, list[Breakpoint]] = {}
        self.changes: dict[int, list[Breakpoint]] = {}
        self.exceptions = [b for b in session.breakpoints.values() if b.kind == "exception"]
        self.scopes: list[Breakpoint] = []
        for b in session.breakpoints.values():
            table = self.changes if b.kind == "gradient" else self.arrivals
            for node in b.nodes:
                table.setdefault(node, []).append(b)

    def candidates(self, steps: range) -> list[int]:
        """The steps at which there is anything to look at, in the order in which the run comes to them."""
        s = self.session
        found: set[int] = set()
        for node in self.arrivals:
            found.update(s.passed_on(node)[:1])
        for node in self.changes:
            found.update(s.received(node))
        if self.exceptions:
            found.update(s.remarkable)
        return sorted((k for k in found if k in steps), reverse=steps.step < 0)

    def at(self, k: int, direction: int, began: int) -> Iterator[tuple[int, list[Breakpoint], str, str]]:
        """The stops at one step, in the order in which a run in that direction meets them: (position, by what, reason, text).

        Arriving at a node is before its first step, a change of a gradient after the step that makes it.
        """
        before, after = [self.arrival, self.exception], [self.change]
        for position, looks in ((k, before), (k + 1, after))[::direction]:
            if (position - began) * direction > 0:  # else one stands there already, or has passed it
                for look in looks:
                    yield from look(k)

    def arrival(self, k: int) -> list[tuple[int, list[Breakpoint], str, str]]:
        s = self.session
        node = s._node[k]
        if node not in self.arrivals or (k and s._node[k - 1] == node):
            return []
        # A scope is arrived at once, not at every node in it.
        entered = [b for b in self.arrivals[node] if b.kind != "scope" or not k or s._node[k - 1] not in b.nodes]
        hit = [b for b in entered if b.reached(lambda: s.numbers(k))]
        return [(k, hit, "breakpoint", "")] if hit else []

    def change(self, k: int) -> list[tuple[int, list[Breakpoint], str, str]]:
        s = self.session
        parent = s._parent[k]
        if parent not in self.changes:
            return []
        before, after = s.gradient(int(parent), k), float(s._total[k])
        if before == after:
            return []
        hit = [b for b in self.changes[parent] if b.reached(lambda: s.numbers(k))]
        shown = "not reached" if before is None else f"{before!r}"
        return [(k + 1, hit, "gradient", f"gradient of {s.recording.nodes.name(parent)}: {shown} -> {after!r}")] if hit else []

    def exception(self, k: int) -> list[tuple[int, list[Breakpoint], str, str]]:
        if not self.exceptions:
            return []
        s = self.session
        c, up = s._contribution[k], s._upstream[k]
        data = s.recording.nodes.data[s._node[k]]
        name = s.recording.nodes.name(s._parent[k])
        first = not k or s._node[k - 1] != s._node[k]
        is_now = {
            "nan": c != c and up == up,
            "inf": math.isinf(c) and not math.isinf(up),
            "forward": data - data != 0.0 and first,
            "vanishing": abs(c) < VANISHING <= abs(up),
            "exploding": abs(c) > EXPLODING >= abs(up),
        }
        hit = [b for b in self.exceptions if is_now[b.what] and b.reached(lambda: s.numbers(k))]
        text = f"{', '.join(b.what for b in hit)}: {name}.grad += {s._local[k]!r} * {up!r} = {c!r}"
        return [(k, hit, "exception", text)] if hit else []

"""What the checks look at: backward passes in the order of training, with what happened between them.

A `Pass` is a recording with the views of it that several checks need; a `Training` is a sequence of passes. A pass that was
watched (watch.py) knows which leaves are the same object in another pass, and which line changed their data; passes that
were only recorded are matched by label.
"""

import functools
import itertools
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from autograd import Recording, Source
from autograd.source import Place

from .. import style
from ..graph import _INPUT
from .statements import at, definition
from .thresholds import LOOKED_AT, LOOKED_AT_NODES

LINEAR = frozenset({"add", "sub", "neg", "mul", "div", "dot", "sum", "mean", "identity"})
ACTIVATIONS = frozenset(
    {
        "relu",
        "leaky_relu",
        "elu",
        "gelu",
        "silu",
        "sigmoid",
        "tanh",
        "softplus",
        "sin",
        "erf",
        "normal_cdf",
        "atan",
        "maximum",
    }
)

Key = Any  # what tells that leaves of two passes are the same: an id, a label, a place in graphs of one shape


class Update(NamedTuple):
    """The data of a leaf, assigned between two passes.

    Attributes:
        value: the leaf.
        place: where.
        before, after: its data.
        grad: its gradient then.
        times: how often since the pass before.
    """

    value: Any
    place: Place | None
    before: float
    after: float
    grad: float
    times: int


class Zeroed(NamedTuple):
    """A gradient that was set to 0 between two passes: of which value, and where."""

    value: Any
    place: Place | None


class Pass:
    """A recorded backward pass, and the views of it that checks need.

    Args:
        recording: the pass.
        keys: per leaf (ids from 0) what identifies it in other passes.
        values: the leaves themselves, if they are known.
        called: where `backward()` was called.
        updates: the assignments to data since the pass before, by key.
        zeroed: the calls of `zero_grad()` since, by key.
        old: the interior nodes that belonged to the graph of the pass before.
        hooks: where the hooks of nodes were written.
    """

    def __init__(
        self,
        recording: Recording,
        keys: Sequence[Key] = (),
        *,
        values: Sequence[Any] = (),
        called: Place | None = None,
        updates: dict[Key, Update] | None = None,
        zeroed: dict[Key, Zeroed] | None = None,
        old: Iterable[int] = (),
        hooks: dict[int, Source] | None = None,
    ) -> None:
        self.recording, self.nodes = recording, recording.nodes
        self.keys, self.values, self.called = keys, values, called
        self.updates, self.zeroed = updates or {}, zeroed or {}
        self.old, self.hooks = frozenset(old), hooks or {}

    @property
    def cost(self) -> float:
        """The value the pass began at."""
        return self.nodes.data[-1]

    @functools.cached_property
    def upstream(self) -> Sequence[float]:
        """Every node's gradient of this pass."""
        return self.recording._upstream

    @functools.cached_property
    def ops(self) -> list[str]:
        """The operation of every node, '' for a leaf."""
        return [made if isinstance(made, str) else made.name for made in self.nodes.made_by]

    @functools.cached_property
    def leaves(self) -> range:
        """The ids of the leaves: they come first."""
        n = 0
        while n < len(self.nodes) and self.nodes.start[n] == self.nodes.start[n + 1]:
            n += 1
        return range(n)

    @functools.cached_property
    def key_of(self) -> dict[int, Key]:
        """The leaves that can be recognised in another pass."""
        return {i: key for i, key in zip(self.leaves, self.keys, strict=False) if key is not None}

    @functools.cached_property
    def leaf(self) -> dict[Key, int]:
        """The id of a leaf by its key."""
        return {key: i for i, key in self.key_of.items()}

    @functools.cached_property
    def _first(self) -> dict[int, int]:
        first: dict[int, int] = {}
        for k, node in enumerate(self.recording._columns["node"]):
            first.setdefault(node, k)
        return first

    def locals(self, i: int) -> list[float]:
        """The local derivatives of a node by its parents."""
        k = self._first.get(i)
        return [] if k is None else list(self.recording._columns["local"][k : k + len(self.nodes.parents(i))])

    @functools.cached_property
    def users(self) -> list[list[int]]:
        """The nodes that were computed from each node."""
        users: list[list[int]] = [[] for _ in range(len(self.nodes))]
        for i in range(len(self.nodes)):
            for p in self.nodes.parents(i):
                users[p].append(i)
        return users

    @functools.cached_property
    def terms(self) -> list[tuple[int, float]]:
        """What the cost is a linear combination of: the first nodes on every way that are more than a sum or a factor.

        Leaves are left out; each comes with its coefficient.
        """
        coefficients, terms = {len(self.nodes) - 1: 1.0}, []
        for i in range(len(self.nodes) - 1, len(self.leaves) - 1, -1):
            if i not in coefficients:
                continue
            parents = self.nodes.parents(i)
            if not self.is_linear(i):
                terms.append((i, coefficients[i]))
                continue
            for p, d in zip(parents, self.locals(i), strict=False):
                coefficients[p] = coefficients.get(p, 0.0) + coefficients[i] * d
        return terms

    def is_linear(self, i: int) -> bool:
        """Whether a node is a linear function of its parents: a sum, a multiple."""
        op = self.ops[i]
        return (
            op in ("add", "sub", "neg", "sum", "mean", "identity")
            or (op in ("mul", "div") and len(self.nodes.parents(i)) == 1 and self.nodes.operands[self.nodes.start[i]] >= 0)
            or (op == "mul" and len(self.nodes.parents(i)) == 1)
        )

    def linear_leaves(self, i: int) -> list[int]:
        """The leaves of a node's weighted input w x + b, in the order in which they were written.

        Sums are taken apart; of a product with a leaf the other factor is what goes in, and is not.
        """
        found: list[int] = []
        stack = [i]
        while stack and len(found) < 1000:
            j = stack.pop()
            parents = self.nodes.parents(j)
            leaves = [q for q in parents if q in self.leaves]
            if not parents:
                found.append(j)
            elif leaves and self.ops[j] in ("mul", "dot"):
                found += leaves
            elif j == i or self.ops[j] in LINEAR:
                stack += reversed(parents)
        return found

    def source(self, i: int) -> Source | None:
        """Where a node was made."""
        return self.nodes.source(i)

    def line(self, i: int) -> tuple[str, int] | None:
        """File and line of a node."""
        source = self.nodes.source(i)
        return (source.file, source.line) if source else None

    def name(self, i: int) -> str:
        """A node's name as people read it."""
        return style.name(self.nodes.name(i))

    def is_input(self, i: int) -> bool:
        """Whether a leaf's label says that it is an input or a target."""
        return bool(_INPUT.match(self.nodes.label[i]))

    def written(self, i: int) -> str:
        """A node as it was made, with its numbers: 'log(0)'."""
        numbers = [self.nodes.data[o] if isinstance(o, int) else o for o in self.nodes.operands_of(i)]
        shown = ", ".join(style.number(x) for x in numbers[:3]) + (", …" if len(numbers) > 3 else "")
        return f"{self.ops[i]}({shown})"


class Move(NamedTuple):
    """What a step of training did to the parameters.

    Attributes:
        ratio: |update| / |weights|.
        length: |update|.
        slope: |gradient| |weights|, to compare with the cost.
        uphill: the cosine of the angle between update and gradient: -1 is steepest descent.
        swing: the cosine between this update and the one before; nan for the first.
    """

    ratio: float
    length: float
    slope: float
    uphill: float
    swing: float


class Training:
    """Backward passes in the order of training.

    Args:
        passes: at least one.
        parameters: keys of what is meant to be trained, if the caller knows; leaves of no pass may be among them.
        inputs: keys of what the cost should depend on.
        after: assignments to data after the last pass.
        names: how to call leaves that are in no pass, by key.
        watched: whether assignments were seen: without, what is not there may only be unknown.
    """

    def __init__(
        self,
        passes: Sequence[Pass],
        *,
        parameters: Iterable[Key] = (),
        inputs: Iterable[Key] = (),
        after: dict[Key, Update] | None = None,
        given: dict[Key, Any] | None = None,
        watched: bool = False,
    ) -> None:
        self.passes = list(passes)
        self.given_parameters, self.inputs = list(parameters), list(inputs)
        self.after, self.given, self.watched = after or {}, given or {}, watched

    @functools.cached_property
    def broken(self) -> int:
        """The first pass with a nan or an inf that matters; how many passes there are if there is none."""
        for k, p in enumerate(self.passes):
            numbers = [p.cost, *(p.upstream[i] for i in p.leaves), *(p.nodes.data[i] for i in p.leaves)]
            if not all(map(math.isfinite, numbers)):
                return k
        return len(self.passes)

    @functools.cached_property
    def sound(self) -> list[Pass]:
        """The passes before anything was nan or inf."""
        return self.passes[: self.broken]

    @functools.cached_property
    def looked_at(self) -> list[Pass]:
        """The sound passes whose every node is looked at."""
        size = max((len(p.nodes) for p in self.sound[:1]), default=1)
        return _spread(self.sound, max(3, min(LOOKED_AT, LOOKED_AT_NODES // size)))

    @functools.cached_property
    def late(self) -> list[Pass]:
        """Those of the second half."""
        return self.looked_at[len(self.looked_at) // 2 :]

    @functools.cached_property
    def steps(self) -> list[list[Pass]]:
        """The sound passes, those between which no data changed together: a step may add up several."""
        steps: list[list[Pass]] = []
        for p in self.sound:
            if steps and not _changed(steps[-1][-1], p):
                steps[-1].append(p)
            else:
                steps.append([p])
        return steps

    @functools.cached_property
    def costs(self) -> list[float]:
        """The cost of every step: of its passes, the mean."""
        return [math.fsum(p.cost for p in step) / len(step) for step in self.steps]

    @functools.cached_property
    def updated(self) -> frozenset[Key]:
        """The leaves whose data changed between passes."""
        changed: set[Key] = set()
        for step, following in itertools.pairwise(self.steps):
            changed |= _changed(step[-1], following[0])
        return frozenset(changed)

    @functools.cached_property
    def assigned(self) -> dict[Key, Update]:
        """The leaves whose data was assigned, changed or not, with the latest assignment."""
        assigned: dict[Key, Update] = {}
        for p in self.passes[1:]:  # what was assigned before the first pass was set up, not trained
            assigned |= p.updates
        return assigned | (self.after if self.passes else {})

    @functools.cached_property
    def parameters(self) -> frozenset[Key]:
        """What is trained: what the caller says, what was changed, and else every leaf that is not called an input."""
        known = frozenset(self.given_parameters) | self.updated | frozenset(self.assigned)
        if known:
            return known
        return frozenset(key for p in self.passes for i, key in p.key_of.items() if not p.is_input(i))

    @functools.cached_property
    def moves(self) -> list[Move]:
        """What each step did to the parameters."""
        moves: list[Move] = []
        before: dict[Key, float] = {}
        for step, following in itertools.pairwise(self.steps):
            a, b = step[-1], following[0]
            keys = [key for key in self.updated if key in a.leaf and key in b.leaf]
            weights = [a.nodes.data[a.leaf[key]] for key in keys]
            delta = {key: b.nodes.data[b.leaf[key]] - w for key, w in zip(keys, weights, strict=True)}
            gradient = {key: a.nodes.grad[a.leaf[key]] for key in keys}
            length, size, steepness = math.hypot(*delta.values()), math.hypot(*weights), math.hypot(*gradient.values())
            ratio = length / size if size else math.inf
            moves.append(Move(ratio, length, steepness * size, _cosine(delta, gradient), _cosine(delta, before)))
            before = delta
        return moves

    @property
    def update_source(self) -> Source | None:
        """The line that changes the parameters: where an optimiser is made if it does that, else the assignment."""
        for p in reversed(self.passes[1:]):
            for update in p.updates.values():
                if update.before != update.after:
                    return definition(at(update.place))
        for update in self.assigned.values():
            return definition(at(update.place))
        return self.called

    @property
    def called(self) -> Source | None:
        """Where `backward()` was called last; else where the cost was made."""
        p = self.passes[-1]
        return at(p.called) or p.source(len(p.nodes) - 1)

    def made_at(self, key: Key) -> Source | None:
        """Where a leaf was made."""
        if key in self.given:
            return self.given[key].source  # type: ignore[no-any-return]
        if key in self.assigned:
            return self.assigned[key].value.source  # type: ignore[no-any-return]
        for p in self.passes:
            if key in p.leaf:
                return p.source(p.leaf[key])
        return None

    def name(self, key: Key) -> str:
        """What to call a leaf."""
        for p in self.passes:
            if key in p.leaf:
                return p.name(p.leaf[key])
        value = self.given.get(key) or (self.assigned[key].value if key in self.assigned else None)
        return style.name(value.label) if value is not None and value.label else str(key) if isinstance(key, str) else "a leaf"


def _spread(passes: list[Pass], most: int) -> list[Pass]:
    """The first, the last, and evenly some between."""
    if len(passes) <= most:
        return passes
    third = most // 3
    first, last, between = passes[:third], passes[-third:], passes[third:-third]
    return [*first, *(between[k * len(between) // third] for k in range(third)), *last]


def _changed(a: Pass, b: Pass) -> set[Key]:
    """The leaves of both passes whose data differ."""
    return {key for key, i in b.leaf.items() if key in a.leaf and a.nodes.data[a.leaf[key]] != b.nodes.data[i]}


def _cosine(a: dict[Key, float], b: dict[Key, float]) -> float:
    sizes = math.hypot(*a.values()) * math.hypot(*(b.get(key, 0.0) for key in a))
    return math.fsum(x * b.get(key, 0.0) for key, x in a.items()) / sizes if 0.0 < sizes < math.inf else math.nan

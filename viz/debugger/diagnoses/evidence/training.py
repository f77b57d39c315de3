"""`Training`: backward passes in the order of training, grouped into steps, with the change of the parameters in each step."""

import functools
import itertools
import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from autograd import Source

from .... import style
from .budget import WALK, Budget
from .origins import optimiser_made_at
from .passes import Key, Pass, Update
from .script import Script
from .sight import Sight
from .statements import definition, source_at
from .thresholds import LOOKED_AT, LOOKED_AT_NODES, REACHED, STEPS

if TYPE_CHECKING:
    from .again import Program
    from .kept import Kept


_LAST = 5  # costs by which the end of a training is judged
_T = TypeVar("_T")


class Move(NamedTuple):
    """The change of the parameters in one step of training.

    Attributes:
        ratio: |update| / |weights|.
        length: |update|.
        slope: |gradient| |weights|, to compare with the cost.
        uphill: the cosine of the angle between update and gradient, over the changed leaves: -1 is steepest descent. The
            gradient of a leaf that is meant to climb is turned round.
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
        parameters: keys of the leaves to be trained, if the caller names them; leaves of no pass may be among them.
        inputs: keys of leaves that the cost should depend on.
        after: assignments to data after the last pass.
        given: the `Value`s that the caller named, by key; they may be in no pass.
        program: the script, if it can be run again, to check rules made by hand.
        kept: the graphs of earlier passes that somebody still refers to, if there are many (kept.py).
        seen: the data that was in sight of the first pass (sight.py).
        ending: the data that was in sight at the end.
        watched: True if assignments were seen; else a missing one may only be unknown.
        maximise: the keys of leaves that are meant to go up the gradient; True for all, False for none, None: unknown.
        is_phase: True for a part of a longer training.
    """

    def __init__(
        self,
        passes: Sequence[Pass],
        *,
        parameters: Iterable[Key] = (),
        inputs: Iterable[Key] = (),
        after: dict[Key, Update] | None = None,
        given: dict[Key, Any] | None = None,
        kept: "Kept | None" = None,
        seen: Sight | None = None,
        ending: Sight | None = None,
        program: "Program | None" = None,
        watched: bool = False,
        maximise: frozenset[Key] | bool | None = None,
        is_phase: bool = False,
    ) -> None:
        self.passes: list[Pass] = list(passes)
        self.given_parameters: list[Key] = list(parameters)
        self.inputs: list[Key] = list(inputs)
        self.after: dict[Key, Update] = after or {}
        self.given: dict[Key, Any] = given or {}
        self.watched: bool = watched
        self.maximise: frozenset[Key] | bool | None = maximise
        self.is_phase: bool = is_phase
        self.kept: Kept | None = kept
        self.sight: Sight = seen or Sight()
        self.ending: Sight = ending or Sight()
        self.program: Program | None = program
        self.budget: Budget = Budget(sum(len(p.nodes) for p in self.passes))
        self._facts: dict[Hashable, Any] = {}

    def once(self, fact: Hashable, worked_out: Callable[[], _T]) -> _T:
        """A fact that several checks need, worked out when the first asks for it.

        Args:
            fact: its name.
            worked_out: the function that works it out.
        """
        if fact not in self._facts:
            self._facts[fact] = worked_out()
        return self._facts[fact]  # type: ignore[no-any-return]

    @functools.cached_property
    def broken(self) -> int:
        """The index of the first pass with a nan or an inf in its cost or leaves; else the number of passes."""
        for k, p in enumerate(self.passes):
            n = len(p.leaves)
            if not all(map(math.isfinite, (p.cost, *p.nodes.data[:n]))):
                return k
            # A leaf's gradient after the pass is the pass's own, and what was there before: finite, if it is finite.
            if not all(map(math.isfinite, p.nodes.grad[:n])) and not all(map(math.isfinite, p.upstream[:n])):
                return k
        return len(self.passes)

    @functools.cached_property
    def sound(self) -> list[Pass]:
        """The passes before anything was nan or inf."""
        return self.passes[: self.broken]

    @functools.cached_property
    def used(self) -> list[Pass]:
        """The sound passes whose gradients an update may have used: not those that were only looked at, and then zeroed."""
        kept = [
            p
            for p, following in itertools.pairwise(self.sound)
            if following.updates or not any(key in following.zeroed for key, i in p.leaf.items() if p.upstream[i])
        ]
        return [*kept, *self.sound[-1:]]

    @functools.cached_property
    def first(self) -> Pass | None:
        """The first sound pass, if there is one; it is in `looked_at`."""
        return self.sound[0] if self.sound else None

    @functools.cached_property
    def looked_at(self) -> list[Pass]:
        """The sound passes whose every node is looked at: no more than half of the budget is spent on it, if three suffice."""
        size = len(self.first.nodes) if self.first else 1
        return _spread(self.sound, max(3, min(LOOKED_AT, LOOKED_AT_NODES // size, int(0.5 * self.budget.whole / WALK) // size)))

    @functools.cached_property
    def ends(self) -> list[Pass]:
        """The first and the last pass of `looked_at`, without repetition."""
        return list(dict.fromkeys(self.looked_at[:1] + self.looked_at[-1:]))

    @functools.cached_property
    def late(self) -> list[Pass]:
        """The second half of `looked_at`."""
        return self.looked_at[len(self.looked_at) // 2 :]

    @functools.cached_property
    def steps(self) -> list[list[Pass]]:
        """The sound passes as steps: consecutive passes without a change of data are one step, which adds them up."""
        steps: list[list[Pass]] = []
        for p in self.sound:
            if steps and not _changed(steps[-1][-1], p):
                steps[-1].append(p)
            else:
                steps.append([p])
        return steps

    @functools.cached_property
    def costs(self) -> list[float]:
        """The cost of every step: the mean over its passes."""
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
        for p in self.passes[1:]:  # assignments before the first pass are no training
            assigned |= p.updates
        return assigned | (self.after if self.passes else {})

    @functools.cached_property
    def assigned_at_the_end(self) -> dict[Key, Update]:
        """The trained leaves that were assigned after the last pass in a line that no step comes from: they were put back."""
        usual = {place for p in self.passes[1:] for u in p.updates.values() for place in (u.place, *u.others)}
        return {key: u for key, u in self.after.items() if key in self.updated and u.place not in usual}

    @functools.cached_property
    def trained(self) -> frozenset[Key]:
        """The leaves that updates change, or would change if they had a gradient."""
        return self.updated.union(key for p in self.passes for key in self.assigned if key in p.leaf)

    @property
    def trains(self) -> bool:
        """False if the program was watched and assigned no data: nothing is trained here."""
        return bool(self.given_parameters or self.assigned) or not self.watched

    @functools.cached_property
    def reached(self) -> bool:
        """True if the cost fell from step to step until next to nothing was left: whatever is odd, the network did learn."""
        costs = self.costs
        if len(costs) < STEPS or min(costs) < 0.0:
            return False
        late = costs[-max(1, min(_LAST, len(costs) // 4)) :]  # one small cost may be that of an easy batch
        return math.fsum(late) <= REACHED * costs[0] * len(late)

    @functools.cached_property
    def clipped(self) -> bool:
        """True if all parameters stand at one bound, its sign aside: they stay there because they are clipped to it."""
        p = self.sound[-1] if self.sound else None
        sizes = {abs(p.nodes.data[p.leaf[key]]) for key in self.updated if key in p.leaf} if p else set()
        return len(sizes) == 1 < len(self.updated)

    @functools.cached_property
    def parameters(self) -> frozenset[Key]:
        """The trained leaves: those that the caller names or that were assigned; else every leaf not labelled as an input."""
        known = frozenset(self.given_parameters) | self.updated | frozenset(self.assigned)
        if known:
            return known
        return frozenset(key for p in self.passes for i, key in p.key_of.items() if not p.is_input(i))

    @functools.cached_property
    def changes_inputs(self) -> bool:
        """True if the changed leaves are inputs of a model that stays as it is: an adversarial example, a dream.

        Decided by labels, by `inputs`, or else by operands: every changed leaf is combined with parameters that stay.
        """
        p = self.first
        if p is None:
            return False
        changed = [i for i, key in p.key_of.items() if key in self.updated]
        model = [i for i, key in p.key_of.items() if key not in self.assigned and p.upstream[i] and not p.is_input(i)]
        stays = [i for i in model if i not in changed]
        if not changed or not stays:
            return False
        if all(p.is_input(i) or p.key_of[i] in self.inputs for i in changed):
            return True
        return all(map(p.is_parameter, stays)) and all(_goes_in(p, i, changed) for i in changed)

    @functools.cached_property
    def moves(self) -> list[Move]:
        """The changes between consecutive steps."""
        moves: list[Move] = []
        before: dict[Key, float] = {}
        for step, following in itertools.pairwise(self.steps):
            a, b = step[-1], following[0]
            keys = [key for key in self.updated if key in a.leaf and key in b.leaf]
            weights = [a.nodes.data[a.leaf[key]] for key in keys]
            delta = {key: b.nodes.data[b.leaf[key]] - w for key, w in zip(keys, weights, strict=True)}
            gradient = {key: -a.nodes.grad[a.leaf[key]] if self.climbs(key) else a.nodes.grad[a.leaf[key]] for key in keys}
            length, size, steepness = math.hypot(*delta.values()), math.hypot(*weights), math.hypot(*gradient.values())
            ratio = length / size if size else math.inf
            uphill = _cosine({key: d for key, d in delta.items() if d}, gradient)
            moves.append(Move(ratio, length, steepness * size, uphill, _cosine(delta, before)))
            before = delta
        return moves

    def distance(self, a: Pass, b: Pass) -> float:
        """The distance of the parameters between two passes, relative to their size."""
        keys = [key for key in self.updated if key in a.leaf and key in b.leaf]
        then, now = ([p.nodes.data[p.leaf[key]] for key in keys] for p in (a, b))
        size = math.hypot(*now)
        return math.dist(then, now) / size if size else math.inf

    def climbs(self, key: Key) -> bool:
        """True if somebody has said that a leaf is meant to go up the gradient."""
        return self.maximise is True or (isinstance(self.maximise, frozenset) and key in self.maximise)

    @property
    def update_source(self) -> Source | None:
        """The line that changes the parameters: where an optimiser is made if it does that, else the assignment."""
        for p in reversed(self.passes[1:]):
            for update in p.updates.values():
                if update.before != update.after:
                    return optimiser_made_at(self.script, definition(source_at(update.place)))
        for update in self.assigned.values():
            return optimiser_made_at(self.script, definition(source_at(update.place)))
        return self.called

    @property
    def update_line(self) -> Source | None:
        """The line that assigns the parameters: `opt.step()` and not the line that made the optimiser."""
        update = next((u for p in reversed(self.passes[1:]) for u in p.updates.values() if u.moved), None)
        return source_at(update.place) if update else None

    @functools.cached_property
    def script(self) -> Script:
        """The part of the program that is run in every step; nothing where the passes were not watched."""
        return Script(self.sight)

    @property
    def called(self) -> Source | None:
        """The line of the last `backward()` call; else the line that made the cost."""
        p = self.passes[-1]
        return source_at(p.called) or p.source(len(p.nodes) - 1)

    def made_at(self, key: Key) -> Source | None:
        """The line that made a leaf."""
        if key in self.given:
            return self.given[key].source  # type: ignore[no-any-return]
        if key in self.assigned:
            return self.assigned[key].value.source  # type: ignore[no-any-return]
        seen = self._first_seen.get(key)
        return seen[0].source(seen[1]) if seen else None

    @functools.cached_property
    def _first_seen(self) -> dict[Key, tuple[Pass, int]]:
        """The first pass that each leaf is in, and its number there."""
        found: dict[Key, tuple[Pass, int]] = {}
        for p in self.passes:
            for key, i in p.leaf.items():
                if key not in found:
                    found[key] = p, i
        return found

    def name(self, key: Key) -> str:
        """The name of a leaf in messages."""
        if seen := self._first_seen.get(key):
            return seen[0].name(seen[1])
        value = self.given.get(key) or (self.assigned[key].value if key in self.assigned else None)
        return style.name(value.label) if value is not None and value.label else str(key) if isinstance(key, str) else "a leaf"


def _spread(passes: list[Pass], most: int) -> list[Pass]:
    """The first passes, the last, and some evenly spaced between."""
    if len(passes) <= most:
        return passes
    third = most // 3
    first, last, between = passes[:third], passes[-third:], passes[third:-third]
    return [*first, *(between[k * len(between) // third] for k in range(third)), *last]


def _goes_in(p: Pass, i: int, changed: list[int]) -> bool:
    """True if a leaf not labelled as a parameter is combined only with parameters and other changed leaves."""
    partners = {q for user in p.users[i] for q in p.parents[user]} - set(changed)
    return not p.is_parameter(i) and bool(partners) and all(q in p.leaves and p.is_parameter(q) for q in partners)


def _changed(a: Pass, b: Pass) -> set[Key]:
    """The leaves of both passes whose data differ."""
    return {key for key, i in b.leaf.items() if key in a.leaf and a.nodes.data[a.leaf[key]] != b.nodes.data[i]}


def _cosine(a: dict[Key, float], b: dict[Key, float]) -> float:
    sizes = math.hypot(*a.values()) * math.hypot(*(b.get(key, 0.0) for key in a))
    return math.fsum(x * b.get(key, 0.0) for key, x in a.items()) / sizes if 0.0 < sizes < math.inf else math.nan

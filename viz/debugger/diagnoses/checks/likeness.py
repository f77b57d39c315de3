"""Diagnoses of costs that move some samples together and others apart: a triplet or a contrastive cost the wrong way round.

Nobody says which samples are alike. But being alike is handed on - what is like one of two that are alike is like the other -,
and being unlike is not: so it shows in the pairs which of the two a cost has taken for the other.
"""

import math
import statistics
from collections.abc import Hashable, Iterable, Iterator
from typing import NamedTuple

from autograd import TABLE

from .... import style
from ..evidence.experiment import numbers_of
from ..evidence.found import Found
from ..evidence.outputs import is_distance
from ..evidence.passes import Pass, is_difference
from ..evidence.samples import given_of
from ..evidence.thresholds import LONG, MOSTLY, SAMPLES
from ..evidence.training import Training

_HINGES = (TABLE["relu"], TABLE["maximum"], TABLE["softplus"], TABLE["logsigmoid"])
_PAIRS = 1200  # that are looked at
_NODES = 60_000  # of the passes with them

Pair = frozenset[Hashable]  # two samples: the numbers that they are computed from, or their rows of a table


class _Moved(NamedTuple):
    """A square of a difference of two samples: its pass, its node, the pair, and if it becomes smaller by descent."""

    of: Pass
    node: int
    pair: Pair
    together: bool


def like_apart(training: Training) -> Iterator[Found]:
    """Samples that are pushed apart though they are alike, and pulled together though they are not."""
    uphill = [m.uphill for m in training.moves if not math.isnan(m.uphill)] if _pairs(training, training.ends) else []
    if len(training.steps) < LONG or not uphill or statistics.fmean(uphill) > 0.0:
        return
    moved = _pairs(training, training.sound)
    together, apart = ({m.pair for m in moved if m.together == sense} for sense in (True, False))
    pulled, pushed = _groups(together), _groups(apart)
    known = [pair for pair in together if all(sample in pushed for sample in pair)]
    large = [n for n in (sum(group == of for of in pushed.values()) for group in set(pushed.values())) if n > 2]
    contrary = sum(_within(pair, pulled) for pair in apart)
    if len(known) < 2 * SAMPLES or len(large) < 2 or contrary < MOSTLY * len(apart) or any(_within(p, pushed) for p in known):
        return
    first = next(m for m in moved if not m.together)
    i = first.node
    while i not in first.of.term_nodes:
        i = first.of.users[i][0]
    yield Found(
        first.of.source(i),
        f"{style.counted(len(apart), 'pair')} of samples are pushed apart here, and fall into {len(set(pushed.values()))} "
        f"groups; all {len(known)} that are pulled together are of two groups, and never of one: what is alike is moved apart, "
        "and what is not, together",
        "exchange the two: the distance of what is alike has the plus sign, relu(d(a, positive) - d(a, negative) + margin)",
        {"apart": float(len(apart)), "together": float(len(known))},
        (first.of.nodes.name(i),),
    )


def _pairs(training: Training, passes: Iterable[Pass]) -> list[_Moved]:
    """The squares of differences of two samples that are moved under a hinge."""
    found, nodes = list[_Moved](), 0
    for p in passes:
        nodes += len(p.nodes)
        if len(found) >= _PAIRS or nodes > _NODES or not any(p.rows[i] in _HINGES for i, _ in p.terms):
            return found
        squares = training.once(("differences", p.shape), lambda p=p: list(_differences(p)))  # type: ignore[misc]
        given = given_of(training, p, [(j,) for _, *both in squares for j in both]) if squares else []
        samples = [tuple(numbers_of(p, entries)) or rows for entries, rows in given]
        for (i, *_), u, v in zip(squares, samples[::2], samples[1::2], strict=True):
            if p.upstream[i] and u != v:
                found.append(_Moved(p, i, frozenset((u, v)), p.upstream[i] > 0.0))
    return found


def _differences(p: Pass) -> Iterator[tuple[int, int, int]]:
    """The squares of differences of what one line computes of two samples, and the two."""
    for i in p.interior:
        (d, *_) = p.parents[i] or (0,)
        if is_distance(p, i) and is_difference(p.rows[d]) and len(p.parents[d]) == 2:
            u, v = p.parents[d]
            if p.ops[u] == p.ops[v] and p.line(u) == p.line(v):
                yield i, u, v


def _groups(pairs: Iterable[Pair]) -> dict[Hashable, Hashable]:
    """The group of each sample: those that pairs connect have one."""
    members: dict[Hashable, set[Hashable]] = {}
    for pair in pairs:
        joined = set().union(pair, *(members[sample] for sample in pair if sample in members))
        members.update(dict.fromkeys(joined, joined))
    marks = {id(group): k for k, group in enumerate(members.values())}
    return {sample: marks[id(group)] for sample, group in members.items()}


def _within(pair: Pair, groups: dict[Hashable, Hashable]) -> bool:
    """True if both samples of a pair are of one group."""
    return len({groups.get(sample, sample) for sample in pair}) == 1

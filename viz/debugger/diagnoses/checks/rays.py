"""Rays: the ways that the parameters of a training can go on, and the term of the cost to which a fall along one is due.

A ray goes in the direction of the last steps, or scales some of the parameters - those of a line, or a single one - as training
has begun to scale them. A cost falls without end along one if it falls with every power of ten by as much as with the first;
where the numbers end before, as those of exponentials do, if it falls with every stretch by as much.
"""

import functools
import math
import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .... import style
from ..evidence.objective import Numbers
from ..evidence.outputs import at_parameters
from ..evidence.passes import Key, Pass, is_difference
from ..evidence.thresholds import FEW
from ..evidence.training import Training
from .progress import Change

_ALONE = 12  # parameters, those whose way promises most, each of which is scaled by itself, too
_MOST = 16
_POWERS = (0.0, *(10.0**k for k in range(12)))  # distances along a ray
_TWOS = (0.0, *(2.0**k for k in range(16)))
_PROOF = 6  # powers of ten with numbers that are finite
_EVEN = 5  # powers of two with a fall as long as the way
_AS_MUCH = 0.9  # of the first fall
_NUMBERED = re.compile(r"v\d+")  # the name of a value without a label


class Ray(NamedTuple):
    """A way that the parameters can go on.

    Attributes:
        words: the way, as it completes "the cost has no minimum ...".
        at: the numbers so many times as far.
    """

    words: str
    at: Callable[[float], Numbers]


class Fall(NamedTuple):
    """A cost that falls without end along a ray.

    Attributes:
        costs: from the beginning on.
        times: how far the last one is.
        words: how it falls.
    """

    costs: list[float]
    times: float
    words: str


def falls_along(change: Change, ray: Ray, group: Sequence[Pass]) -> Fall | None:
    """The costs of some passes along a ray, if they fall without end."""
    known, ended = _costs(change, ray, group, _POWERS, evenly=False)
    if ended and (len(known) > _PROOF or math.isinf(known[-1])):
        return Fall(known, _POWERS[len(known) - 1], "with each power of ten by as much as with the first or by more")
    if ended and len(known) > 1:
        known, ended = _costs(change, ray, group, _TWOS, evenly=True)
        if ended and len(known) > _EVEN:
            return Fall(known, _TWOS[len(known) - 1], "with each stretch of this way by as much as with the first or by more")
    return None


def _costs(
    change: Change, ray: Ray, group: Sequence[Pass], distances: Sequence[float], *, evenly: bool
) -> tuple[list[float], bool]:
    """The costs along a ray as far as they fall, and True if they do so until the numbers end.

    Args:
        evenly: True if they are to fall in proportion to the distance.
    """
    sense, known, falls = change.sense, list[float](), list[float]()
    for t in distances:
        (cost,) = change.objective.costs(group, [ray.at(t)])
        if sense * cost == -math.inf and known:  # the logarithm of what is rounded to 0, say
            return [*known, cost], True
        if not math.isfinite(cost):
            return known, True
        known.append(cost)
        if len(known) > 1:
            far = distances[len(known) - 1] - distances[len(known) - 2] if evenly else 1.0
            falls.append(sense * (known[-2] - cost) / far)
            if not falls[-1] >= _AS_MUCH * falls[0] > 0.0:
                return known, False
    return known, True


def rays_of(training: Training, change: Change) -> list[Ray]:
    """The direction of the last quarter of the steps, and the scales of parameters that have become larger or smaller."""
    first, last, n = change.objective.first, change.objective.last, len(training.steps) // 4
    earlier = _numbers_at(training, -n, last)
    way = {key: x - earlier.get(key, x) for key, x in last.items()}
    found = [Ray("in the direction of the last steps", lambda t: {key: x + t * way[key] for key, x in last.items()})]
    p = training.sound[-1]
    fall = {key: (x - first[key]) * p.upstream[p.leaf[key]] for key, x in last.items() if key in p.leaf}
    alone = set(sorted(last, key=lambda key: fall.get(key, 0.0))[:_ALONE])
    groups = [*lines_of(training, last), *([key] for key in last if key in alone)]
    for keys in {frozenset(keys): keys for keys in groups}.values():
        before, between, after = (math.hypot(*(x.get(key, 0.0) for key in keys)) for x in (first, earlier, last))
        if before < between < after > (1.0 + FEW) * before:
            found.append(Ray(_away(training, last, keys), functools.partial(scaled_by, last, keys, 1.0)))
        elif before > between > after and (1.0 + FEW) * after < before:
            words = f"for smaller numbers in {which(training, keys)}"
            found.append(Ray(words, functools.partial(scaled_by, last, keys, -1.0)))
    return found[:_MOST]


def lines_of(training: Training, numbers: Numbers) -> list[list[Key]]:
    """The parameters that each line has made; those of which it is not known together."""
    lines: dict[tuple[str, int] | None, list[Key]] = {}
    for key in numbers:
        source = training.made_at(key)
        lines.setdefault((source.file, source.line) if source else None, []).append(key)
    return list(lines.values())


def _away(training: Training, last: Numbers, keys: Sequence[Key]) -> str:
    """The words for parameters that go on away from 0."""
    if len(keys) > 1:
        return f"for larger numbers in {which(training, keys)}"
    (key,) = keys
    return f"as {which(training, keys)}, {style.number(last[key])} by now, goes to {'' if last[key] > 0.0 else '−'}∞"


def which(training: Training, keys: Sequence[Key]) -> str:
    """Some parameters, by name or by the line that has made them."""
    made, name = training.made_at(keys[0]), training.name(keys[0])
    if len(keys) > 1:
        return f"the {len(keys)} parameters" + (f" of line {made.line}" if made else "")
    unclear = _NUMBERED.fullmatch(name) or sum(training.name(key) == name for key in training.updated) > 1
    return f"{name} of line {made.line}" if made is not None and unclear else name


def scaled_by(numbers: Numbers, keys: Sequence[Key], power: float, t: float) -> Numbers:
    """Some parameters scaled by 1 + t, or, with a power of -1, by its inverse."""
    return numbers | {key: numbers[key] * (1.0 + t) ** power for key in keys}


def _numbers_at(training: Training, step: int, last: Numbers) -> Numbers:
    """The parameters before a step, as far as its passes have them."""
    found: Numbers = {}
    for p in reversed([p for passes in training.steps[step:] for p in passes]):
        found |= {key: p.nodes.data[i] for key, i in p.leaf.items() if key in last}
    return found


def downwards(p: Pass, numbers: Numbers, sense: float) -> tuple[int, float]:
    """The node to which the fall is due, and its number there: the difference that takes a growing term away, or a term.

    What several terms are computed from is the model's, and no term.
    """
    here, there = p.nodes.data, at_parameters(p, numbers)
    i, factor = len(p.nodes) - 1, sense
    while p.is_linear(i) and p.parents[i]:
        slopes = dict(zip(p.parents[i], p.locals(i), strict=False))
        q = min(slopes, key=lambda q: factor * slopes[q] * (there[q] - here[q]))
        if is_difference(p.rows[i]) and slopes[q] < 0.0 and there[q] > here[q]:
            break
        if q in p.leaves or len(p.users[q]) > 1:
            break
        i, factor = q, factor * slopes[q]
    return i, there[i]

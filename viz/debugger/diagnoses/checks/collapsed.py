"""A part of a likelihood that has shrunk onto a sample: the narrower it is, the likelier that one, without end.

A mixture has such ways down at every sample, behind a ridge: a part that keeps several samples pays for them first. Found is a
part with next to no samples left within its width, and nothing to pay. The centre is put where the nearest sample is, and the
width goes on as it has gone: if the cost falls with every stretch until the numbers end, nothing holds the width.
"""

import functools
import math
from collections.abc import Iterator
from typing import NamedTuple

from .... import style
from ..evidence.experiment import number_of
from ..evidence.found import Found
from ..evidence.objective import Numbers
from ..evidence.outputs import CROSS_ENTROPY, DIVISION, LOG
from ..evidence.passes import Key, Pass, is_difference, is_product
from ..evidence.thresholds import ENOUGH, NOTICED, SAMPLES
from ..evidence.training import Training
from .progress import Change, change_of, numbers_besides, taken_back
from .rays import Ray, falls_along, scaled_by, which

_MOST = 100  # parameters: a network has a width for every sample, and not one of its own
_DEEP = 12  # nodes of a distance
_WITHIN = 3.0  # widths
_HELD = 3  # samples, of ten times as many: fewer tell no width
_RIDGE = 0.05  # of what training has gained: what is lost before the cost falls
_BEGINNING = (0.0, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 3.0)  # no ridge is stepped over
_REMEDY = (
    "keep the width from 0: sigma = 0.1 + exp(s), or a penalty for small ones; begin with wider parts, and with the centre of "
    "each among its samples"
)


class _Place(NamedTuple):
    """A sample, and a distance to it that is divided by a width.

    Attributes:
        node: the first node that the width is made by; the quotient, if the width is the parameter itself.
        centre: the parameters at which the distance is 0.
        far: the distance, as a multiple of the width.
    """

    node: int
    centre: Numbers
    far: float


def on_one_sample(training: Training) -> Found | None:
    """A likelihood that falls without end as the width around one sample goes on."""
    change = change_of(training)
    if change is None or not (change.better and change.same) or len(training.steps) < ENOUGH or training.clipped:
        return None
    p, last = training.sound[-1], change.objective.last
    if len(last) > _MOST or {LOG, CROSS_ENTROPY}.isdisjoint(p.rows) or len(numbers_besides(training, p)) < SAMPLES:
        return None
    if taken_back(training.sound[len(training.sound) // 2 :]):
        return None
    for key, x in last.items():
        way = x - change.objective.first[key]
        if abs(way) < NOTICED * abs(x):
            continue
        places = list(_places(p, key, last))
        held = sum(place.far < _WITHIN for place in places)
        if not 0 < held <= min(_HELD, len(places) // 10):
            continue
        place = min(places, key=lambda place: place.far)
        power = math.copysign(1.0, way * x)  # away from 0, as a logarithm goes, or to it
        ray = Ray(which(training, [key]), functools.partial(scaled_by, last | place.centre, [key], power))
        if found := _fallen(training, change, ray, place, (held, len(places))):
            return found
    return None


def _fallen(training: Training, change: Change, ray: Ray, place: _Place, held: tuple[int, int]) -> Found | None:
    """The finding, if the cost falls on this way, and hardly rises before."""
    p, group, sense = training.sound[-1], change.objective.groups[1], change.sense
    costs = change.objective.costs(group, [ray.at(t) for t in _BEGINNING])
    ridge = max(sense * (cost - change.after) for cost in costs)
    if not ridge <= _RIDGE * sense * (change.before - change.after):
        return None
    further = Ray(ray.words, lambda t: ray.at(t + _BEGINNING[-1] * (1.0 + t)))
    fall = falls_along(change, ray, group) or falls_along(change, further, group)  # the last but one sample may be left there
    if fall is None:
        return None
    centre = ", ".join(f"{which(training, [k])} at {style.number(x)}" for k, x in place.centre.items())
    return Found(
        p.source(place.node),
        f"the cost has no {'minimum' if sense > 0.0 else 'maximum'}: {ray.words} has become a width that holds {held[0]} of "
        f"{held[1]} samples, and the narrower it is, the likelier is one of them: with {centre}, where it is, the cost goes "
        f"from {style.number(change.after)} to {style.number(fall.costs[-1])}, {fall.words}",
        _REMEDY,
        {"first": change.before, "last": change.after, "further": fall.costs[-1], "times": fall.times, "ridge": ridge},
        (p.nodes.name(place.node),),
    )


# --- distances and widths ----------------------------------------------------------------------------------------------


def _places(p: Pass, key: Key, last: Numbers) -> Iterator[_Place]:
    """The distances that are divided by what is made of one parameter alone, or multiplied by it."""
    if key not in p.leaf:
        return
    alone, own = [p.leaf[key]], {p.leaf[key]}
    for q in alone:  # they become more on the way
        for i in p.users[q]:
            if i not in own and own.issuperset(p.parents[i]):
                own.add(i)
                alone.append(i)
            elif i not in own and len(p.parents[i]) == 2 and (p.rows[i] is DIVISION or is_product(p.rows[i])):
                a, b = p.parents[i]
                r = a if b == q else b
                if r in own or (p.rows[i] is DIVISION and r != a):
                    continue
                centre = _centre(p, r, last)
                if centre and key not in centre:
                    yield _Place(_first(p, q, alone[0]) if q != alone[0] else i, centre, abs(p.nodes.data[i]))


def _first(p: Pass, i: int, leaf: int) -> int:
    """The first node on the way from a leaf to one that is made of it alone."""
    while leaf not in p.parents[i]:
        i = p.parents[i][0]
    return i


def _centre(p: Pass, r: int, last: Numbers) -> Numbers:
    """The parameters at which a distance is 0; {} if it is none from a parameter to a number that is given."""
    found: Numbers = {}
    nodes = [r]
    for i in nodes:  # they become more on the way
        if len(nodes) > _DEEP or i in p.leaves:
            return {}
        trained = [o for o in p.operands_of(i) if isinstance(o, int) and p.key_of.get(o) in last]
        given = [o for o in p.shape.operands[i] if o < 0 or (o in p.leaves and o not in trained)]
        if is_difference(p.rows[i]) and len(trained) == len(given) == 1:
            found[p.key_of[trained[0]]] = number_of(p, given[0])
        elif p.rows[i].linear == "all" and trained:
            return {}
        else:
            nodes += dict.fromkeys(p.parents[i])
    return found

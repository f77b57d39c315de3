"""Rays: the ways that the parameters of a training can go on, and the term of the cost to which a fall along one is due.

A ray goes in the direction of the last steps, or scales some of the parameters - those of a line, or a single one - as training
has begun to scale them.
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
_NUMBERED = re.compile(r"v\d+")  # the name of a value without a label


class Ray(NamedTuple):
    """A way that the parameters can go on.

    Attributes:
        words: the way, as it completes "the cost has no minimum ...".
        at: the numbers so many times as far.
    """

    words: str
    at: Callable[[float], Numbers]


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
            found.append(Ray(_away(training, last, keys), functools.partial(_scaled_by, last, keys, 1.0)))
        elif before > between > after and (1.0 + FEW) * after < before:
            words = f"for smaller numbers in {which(training, keys)}"
            found.append(Ray(words, functools.partial(_scaled_by, last, keys, -1.0)))
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


def _scaled_by(numbers: Numbers, keys: Sequence[Key], power: float, t: float) -> Numbers:
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

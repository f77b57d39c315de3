"""A cost made small by a method that finds the lengths of its steps itself: L-BFGS.

It needs no rate and no scale, so that it tells if a cost stays large because of the steps or for another reason: if it
comes far lower on the same graphs, from the same beginning, the model and the targets are not the trouble.
"""

import math
from collections.abc import Callable, Mapping
from typing import Any

Numbers = dict[Any, float]
Cost = Callable[[Mapping[Any, float]], tuple[float, Numbers]]

_KEPT = 8  # pairs of a step and the change of the gradient by it
_ENOUGH = 1e-4  # of the fall that the slope promises: a step that gives it is taken
_SHORTEST = 1e-10  # a step that is shortened so far does not help


def minimised(cost: Cost, start: Mapping[Any, float], evaluations: int) -> tuple[float, int]:
    """The smallest cost that is found, and the number of steps.

    Args:
        cost: the cost and its gradient for some numbers; a cost that is nan or inf is stepped back from.
        start: the numbers to begin with.
        evaluations: the most calls of `cost`.

    Example:
        >>> def valley(at):  # a thousand times as steep along y as along x
        ...     x, y = at["x"], at["y"]
        ...     return (x - 1.0) ** 2 + 1e3 * (y - x) ** 2, {"x": 2.0 * (x - 1.0) - 2e3 * (y - x), "y": 2e3 * (y - x)}
        >>> best, steps = minimised(valley, {"x": -1.0, "y": 2.0}, 50)
        >>> best < 1e-12, steps < 50
        (True, True)
    """
    at = dict(start)
    value, gradient = cost(at)
    pairs: list[tuple[Numbers, Numbers, float]] = []
    calls, steps = 1, 0
    while calls < evaluations and math.isfinite(value) and 0.0 < _dot(gradient, gradient) < math.inf:
        along = _direction(gradient, pairs)
        slope = _dot(along, gradient)
        if not slope < 0.0:
            pairs, along = [], {key: -g for key, g in gradient.items()}
            slope = _dot(along, gradient)
        length = 1.0 if pairs else min(1.0, 1.0 / math.sqrt(-slope))
        while calls < evaluations and length > _SHORTEST:
            tried = {key: x + length * along[key] for key, x in at.items()}
            there, then = cost(tried)
            calls += 1
            if there <= value + _ENOUGH * length * slope and all(map(math.isfinite, then.values())):
                break
            length /= 4.0
        else:
            break
        step = {key: length * d for key, d in along.items()}
        change = {key: then[key] - g for key, g in gradient.items()}
        if (curvature := _dot(step, change)) > 0.0:
            pairs = [*pairs[1 - _KEPT :], (step, change, curvature)]
        at, value, gradient, steps = tried, there, then, steps + 1
    return value, steps


def _direction(gradient: Numbers, pairs: list[tuple[Numbers, Numbers, float]]) -> Numbers:
    """The step that the curvature along the latest steps suggests: the recursion of two loops."""
    d = {key: -g for key, g in gradient.items()}
    factors: list[float] = []
    for step, change, curvature in reversed(pairs):
        factors.append(factor := _dot(step, d) / curvature)
        d = {key: x - factor * change[key] for key, x in d.items()}
    if pairs:
        _, change, curvature = pairs[-1]
        d = {key: x * curvature / _dot(change, change) for key, x in d.items()}
    for (step, change, curvature), factor in zip(pairs, reversed(factors), strict=True):
        back = factor - _dot(change, d) / curvature
        d = {key: x + back * step[key] for key, x in d.items()}
    return d


def _dot(a: Mapping[Any, float], b: Mapping[Any, float]) -> float:
    return sum(x * b[key] for key, x in a.items())  # not fsum, which has no inf - inf

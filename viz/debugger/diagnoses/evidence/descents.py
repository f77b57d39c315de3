"""The updates of an experiment: plain descent with the rates of the script, or Adam with steps as long as the script's."""

import itertools
import math
import statistics
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from .passes import Key, Pass
from .thresholds import MOSTLY

_USUAL = 0.01  # the length of a step by Adam where the script makes none
_FIRST, _SECOND, _SMALL = 0.9, 0.999, 1e-8  # of Adam


class Descent:
    """Plain descent, with a rate for each step, the last of which counts for all that follow.

    Args:
        rates: the rates.
        clip: the length to which gradients are cut.
    """

    def __init__(self, rates: Sequence[float], clip: float) -> None:
        self._rates, self._clip = rates, clip

    def step(self, k: int, numbers: dict[Any, float], gradient: Mapping[Any, float], /) -> None:
        """Move the numbers down the gradient."""
        factor = self._rates[min(k, len(self._rates) - 1)]
        length = math.hypot(*gradient.values())
        if length > self._clip:
            factor *= self._clip / length
        for key, g in gradient.items():
            numbers[key] -= factor * g


class Adam:
    """Adam, for scripts whose update is another one.

    Args:
        rate: the length of a step along each parameter, about; `pace` tells that of the script.
    """

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._m: dict[Any, float] = {}
        self._v: dict[Any, float] = {}

    def step(self, k: int, numbers: dict[Any, float], gradient: Mapping[Any, float], /) -> None:
        """Move the numbers down the gradient."""
        first, second = 1.0 - _FIRST ** (k + 1), 1.0 - _SECOND ** (k + 1)
        sqrt, rate, ms, vs = math.sqrt, self._rate, self._m, self._v
        for key, g in gradient.items():
            m = ms[key] = _FIRST * ms.get(key, 0.0) + (1.0 - _FIRST) * g
            v = vs[key] = _SECOND * vs.get(key, 0.0) + (1.0 - _SECOND) * g * g
            numbers[key] -= rate * (m / first) / (sqrt(v / second) + _SMALL)


def pace(steps: Sequence[Sequence[Pass]], updated: Collection[Key]) -> float:
    """The usual length of a script's steps along one parameter, negative if they go up the gradient.

    Args:
        steps: the passes of each step.
        updated: the parameters.
    """
    moved, climbs = [], list[bool]()
    for step, following in itertools.pairwise(steps):
        a, b = step[-1], following[0]
        changes = [
            (b.nodes.data[b.leaf[key]] - a.nodes.data[i], a.nodes.grad[i])
            for key, i in a.leaf.items()
            if key in updated and key in b.leaf
        ]
        moved += [statistics.median(abs(delta) for delta, _ in changes)] if changes else []
        climbs.append(math.fsum(delta * g for delta, g in changes) > 0.0)
    usual = sorted(moved)[len(moved) * 3 // 4] if moved else 0.0  # steps become shorter in the end
    return (usual or _USUAL) * (-1.0 if sum(climbs) > MOSTLY * len(climbs) else 1.0)

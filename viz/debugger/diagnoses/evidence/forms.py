"""The form of an update: plain descent, or a part of the gradient and a part of another number, as with momentum or decay.

An update that is such a formula is one up to rounding, for every parameter and in every step; so its numbers can be told.
"""

import itertools
import math
from collections.abc import Callable, Sequence

from .passes import Pass
from .thresholds import STEPS
from .training import Training

PLAIN, NEARLY = 1e-5, 0.3  # an update that differs by so much of its length from rate * gradient is (nearly) plain descent
_EXACT = 1e-5  # relative: an update that is a formula is one up to rounding


def rates(steps: Sequence[Sequence[Pass]], training: Training, off: float) -> list[float] | None:
    """The rate of each step, if the script's updates are plain descent: rate * gradient, one rate for all parameters.

    Args:
        off: by how much of its length an update may differ from that.
    """
    found: list[float] = []
    for step, following in itertools.pairwise(steps):
        a, b = step[-1], following[0]
        pairs = [
            (a.nodes.data[i], b.nodes.data[b.leaf[key]], a.nodes.grad[i])
            for key, i in a.leaf.items()
            if key in training.updated and key in b.leaf
        ]
        size = math.fsum(g * g for *_, g in pairs)
        if not 0.0 < size < math.inf:
            return None
        rate = math.fsum((w - v) * g for w, v, g in pairs) / size
        rounding = 1e-14 * math.fsum(abs(w) + abs(v) for w, v, _ in pairs)
        if not math.hypot(*(w - v - rate * g for w, v, g in pairs)) <= off * abs(rate) * math.sqrt(size) + rounding:
            return None
        found.append(rate)
    return found or None


Fit = tuple[float, float]  # the rate of the gradient, and the factor of the other number


def fits(training: Training, other: Callable[[Pass, Pass, int], float]) -> list[Fit]:
    """The steps from the second on, as -rate * gradient + factor * another number, up to one that is something else."""
    found: list[Fit] = []
    rows: list[tuple[float, float, float]] = []
    for earlier, step, following in zip(training.steps, training.steps[1:], training.steps[2:], strict=False):
        a, b = step[-1], following[0]
        rows = rows[-2 * len(a.leaf) :] if len(training.updated) < STEPS else []  # two parameters: over three steps
        rows += [
            (b.nodes.data[b.leaf[key]] - a.nodes.data[i], a.nodes.grad[i], other(a, earlier[0], i))
            for key, i in a.leaf.items()
            if key in training.updated and key in b.leaf
        ]
        fit = _fitted(rows)
        if len(rows) < 2 * STEPS and len(training.updated) < STEPS:
            continue
        if fit is None:
            break  # where the two cancel nothing can be told
        found.append(fit)
    return found


def _fitted(rows: list[tuple[float, float, float]]) -> Fit | None:
    """The least squares of step = -rate * gradient + factor * other; None if they are not exact, or say nothing."""
    if len(rows) < STEPS:
        return None
    products = [(g * g, g * w, w * w, d * g, d * w) for d, g, w in rows]
    gg, gw, ww, dg, dw = map(math.fsum, zip(*products, strict=True))
    determinant = gg * ww - gw * gw
    if not determinant > 1e-9 * gg * ww:
        return None
    rate, factor = (dw * gw - dg * ww) / determinant, (dw * gg - dg * gw) / determinant
    size = math.hypot(*(d for d, *_ in rows))
    off = math.hypot(*(d + rate * g - factor * w for d, g, w in rows))
    return (rate, factor) if off <= _EXACT * size and abs(factor) * math.sqrt(ww) > 1e-3 * size else None


def the_step_before(a: Pass, earlier: Pass, i: int) -> float:
    """The move of a parameter in the step before, of which momentum adds a part."""
    key = a.key_of.get(i)
    return a.nodes.data[i] - earlier.nodes.data[earlier.leaf[key]] if key in earlier.leaf else 0.0


def follows_the_gradient(training: Training) -> bool:
    """True if the first steps are plain descent, with momentum or without: nothing but the gradient moves the parameters."""
    first = training.steps[: STEPS + 1]
    enough = len(first) > STEPS or (len(first) > 1 and len(training.updated) > 1)  # a step of one parameter is always along it
    if enough and rates(first, training, PLAIN):
        return True
    found = fits(training, the_step_before)
    return len(found) >= STEPS and all(0.0 <= momentum < 1.0 for _, momentum in found)

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
_SHARE = 1e-3  # of the step: a smaller part has no say in it


def rates(steps: Sequence[Sequence[Pass]], training: Training, off: float) -> list[float] | None:
    """The rate of each step, if the script's updates are plain descent: rate * gradient, one rate for all parameters.

    Args:
        off: by how much of its length an update may differ from that.
    """
    if steps is training.steps:  # several checks ask for those of all steps
        return training.once(("rates", off), lambda: _rates(steps, training, off))
    return _rates(steps, training, off)


def _rates(steps: Sequence[Sequence[Pass]], training: Training, off: float) -> list[float] | None:
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
    parts = abs(rate) * math.sqrt(gg), abs(factor) * math.sqrt(ww)  # a step by signs is the step before, without the gradient
    return (rate, factor) if off <= _EXACT * size and min(parts) > _SHARE * size else None


def the_step_before(a: Pass, earlier: Pass, i: int) -> float:
    """The move of a parameter in the step before, of which momentum adds a part."""
    key = a.key_of.get(i)
    return a.nodes.data[i] - earlier.nodes.data[earlier.leaf[key]] if key in earlier.leaf else 0.0


def follows_the_gradient(training: Training) -> bool:
    """True if the steps are plain descent, with momentum or without, as long as they move the parameters at all.

    Then nothing but the gradient moves them, and nothing - a bound, a projection - has held them back before they came to rest.
    """
    steps = training.steps
    if not (len(steps) > STEPS or (len(steps) > 1 and len(training.updated) > 1)):
        return False  # a step of one parameter is always along its gradient
    if found := rates(steps, training, PLAIN):
        return not _up_to_a_bound(found)
    followed = fits(training, the_step_before)
    return len(followed) >= max(STEPS, len(steps) - 2 * STEPS) and all(0.0 <= momentum < 1.0 for _, momentum in followed)


def _up_to_a_bound(found: Sequence[float]) -> bool:
    """True if steps of one rate end with a part of such a step, and nothing after it: a bound has been reached."""
    full = found[0]
    for k, rate in enumerate(found):
        if not math.isclose(rate, full, rel_tol=0.01):
            return k > 0 and 1e-3 * full < rate < full and all(abs(later) < 1e-6 * full for later in found[k + 1 :])
    return False

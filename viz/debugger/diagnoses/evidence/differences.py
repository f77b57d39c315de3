"""A derivative beside differences: measured with few evaluations, and judged so that no right one is accused."""

import math
from collections.abc import Callable
from typing import NamedTuple

from autograd.checking.differences import central_difference

from .thresholds import DERIVATIVE

FLAT = "its number does not change at all there; a straight-through estimator, if that is meant"


class Measured(NamedTuple):
    """A derivative that was measured.

    Attributes:
        slope: the derivative, nan if there is no number beside the point.
        error: a bound on the error of the slope.
        left, right: the slopes of the two sides.
    """

    slope: float
    error: float
    left: float
    right: float

    def judged(self, derivative: float) -> str:
        """The verdict on a rule's derivative: 'right', 'wrong', or the reason why differences cannot tell.

        >>> Measured(0.5, 1e-9, 0.5, 0.5).judged(0.5), Measured(0.5, 1e-9, 0.5, 0.5).judged(0.7)
        ('right', 'wrong')
        >>> Measured(0.5, 1e-9, 0.0, 1.0).judged(0.0), Measured(0.0, 0.0, 0.0, 0.0).judged(1.0)
        ('it has a kink there', 'its number does not change at all there; a straight-through estimator, if that is meant')
        """
        if not all(map(math.isfinite, (derivative, *self))):
            return "it has no finite numbers on both sides"
        size = max(map(abs, (self.left, self.right, derivative)))
        if self.error > 0.02 * max(abs(derivative), abs(self.slope)) and abs(derivative - self.slope) > self.error / 9.0:
            return "differences do not tell"
        if abs(derivative - self.slope) <= DERIVATIVE * max(abs(derivative), abs(self.slope)) + 10.0 * self.error + 1e-9 * size:
            return "right"
        if abs(self.right - self.left) > 0.1 * size:
            return "it has a kink there"
        if self.slope == self.left == self.right == 0.0:
            return FLAT
        return "wrong"


def measured(f: Callable[[float], float], x: float, derivative: float) -> Measured:
    """The derivative of f at x, from values of f alone; with care only if a simple difference is not the expected one.

    Args:
        derivative: the expected derivative.

    >>> measured(math.sin, 0.0, 1.0).judged(1.0), measured(math.sin, 0.0, -1.0).judged(-1.0)
    ('right', 'wrong')
    """
    h = 6e-6 * max(1.0, abs(x))
    above, here, below = f(x + h), f(x), f(x - h)
    slope, left, right = (above - below) / (2.0 * h), (here - below) / h, (above - here) / h
    error = 1e-5 * max(abs(slope), abs(derivative)) + 4e-16 * max(abs(above), abs(below)) / h
    if abs(slope - derivative) <= error:
        return Measured(slope, error, left, right)
    while h > 1e-9 * max(1.0, abs(x)) and abs(right - left) > 0.1 * max(abs(left), abs(right)):  # curved, or a kink
        h /= 16.0
        left, right = (here - f(x - h)) / h, (f(x + h) - here) / h
    careful, error = central_difference(f, x)
    return Measured(careful, max(error, abs(careful - slope)), left, right)

"""The derivative of a function from its values alone, with its error.

A difference quotient is wrong in two ways: by rounding, which grows as the step shrinks, and by the function's own bends,
which grow with the step. Each function has its own scale of small and large steps: for sin(1e9*x) a step of 1e-6 is far too
large, whatever x is. So the function is evaluated at steps from a few units in the last place of x up to x itself, each four
times the step before. Going up, every estimate has an interval around it that rounding explains. As long as the intervals
have a number in common, the larger step is better; the first that does not fit is too large (O. V. Lepskii, Theory of
Probability and its Applications 35, 1990).

A claimed derivative is refuted only if the smallest steps that can tell it from the estimate agree with each other but not
with the claim. At a kink, a jump or the edge of a domain there is no derivative: the verdict says so, and does not refute a
claim between the slopes of the two sides. Where rounding hides the answer, the verdict is 'unknown'.
"""

import itertools
import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

UNITS, TINY = 2.0**-51, 2.0**-1072  # the error of an operation: relative to its result, and for a subnormal result
RATIO = 4.0
_SEEN = 4.0  # a difference counts if it is this many times its rounding

_NEAR_ZERO = 2.0**-60  # a point nearer to 0 may be a small number, or a 0 with rounding

Noise = Callable[[float], float]  # a bound of the rounding errors of values whose arguments are at most so far from x


class Verdict(NamedTuple):
    """The verdict of differences on a claimed derivative.

    Attributes:
        kind: 'agrees', 'differs', 'kink' (the slopes of the two sides differ, and the claim lies between), or 'unknown'.
        slope, error: the derivative by differences, and its possible error; nan if there is none.
        why: for a kink and for 'unknown' the reason, in words.
        steps: for 'differs' the smallest step that tells, and parts of it. Rounding may hide the function's behaviour within
            it: the verdict is right only if the claim itself changes little there (`steady`).
    """

    kind: str
    slope: float
    error: float
    why: str = ""
    steps: tuple[float, ...] = ()

    def steady(self, claimed: float, here: float, beside: Sequence[float]) -> bool:
        """True if the claimed derivative changes by less than the claim's error within the steps that tell against it.

        It may change more if it changes like a line: as much above as below, but in the other direction.

        Args:
            here, beside: the graph's derivative at the point; and a step above, the same step below, the next above, ...
        """
        apart = abs(self.slope - claimed)
        if not math.isfinite(apart):
            return True
        for above, below in zip(beside[::2], beside[1::2], strict=True):
            bend, change = abs(above + below - 2.0 * here) / 2.0, max(abs(above - here), abs(below - here))
            if not (bend <= apart / 4.0 and (change <= apart / 2.0 or bend <= 0.1 * change)):
                return False
        return True


def steps(x: float) -> list[float]:
    """The steps around x at which a function is evaluated, the smallest first; x plus and minus a step are exact.

    None if x is not finite.
    """
    size = abs(x)
    if not math.isfinite(x):
        return []
    if 0.0 < size < _NEAR_ZERO:  # two scales, that of the point and 1, and nothing in between
        hs = [*_geometric(size / 3.0, max(size * 2.0**-51, TINY)), *_geometric(1.0 / 3.0, _NEAR_ZERO / 1024.0)]
    else:
        hs = _geometric(max(size, 1.0) / 3.0, max(size * 2.0**-51, _NEAR_ZERO / 1024.0 if x == 0.0 else 0.0))
    # exact on the side where floats are further apart: then it is on the other one too
    return sorted({exact for h in hs if 0.0 < (exact := (size + h) - size) < math.inf})


def _geometric(top: float, bottom: float) -> list[float]:
    hs = [top]
    while hs[-1] / RATIO >= bottom:
        hs.append(hs[-1] / RATIO)
    return hs


class Ladder:
    """A function's values around a point, at all steps.

    Args:
        hs: the steps, from `steps`.
        here: the value at the point itself.
        above, below: the values a step above and below, for each step.
        noise: bounds the rounding errors of the values; larger differences at the smallest steps raise it.
    """

    def __init__(self, hs: Sequence[float], here: float, above: Sequence[float], below: Sequence[float], noise: Noise) -> None:
        self.here = here
        rungs = [(h, a, b) for h, a, b in zip(hs, above, below, strict=True) if math.isfinite(a) and math.isfinite(b)]
        if not math.isfinite(here):
            rungs = []
        self._one_sided = next(
            ((a, b) for a, b in zip(above, below, strict=True) if math.isfinite(a) != math.isfinite(b)), None
        )
        self.h: list[float] = [h for h, _, _ in rungs]
        self.slope: list[float] = [(a - b) / (2.0 * h) for h, a, b in rungs]
        self.right: list[float] = [(a - here) / h for h, a, _ in rungs]
        self.left: list[float] = [(here - b) / h for h, _, b in rungs]
        self.noise = [noise(h) + UNITS * max(abs(a), abs(b), abs(here)) + TINY for h, a, b in rungs]
        self._expected = self.noise[0] if self.noise else 0.0
        # Differences between the smallest steps are rounding too: sin(1e13*x), a function with a random part.
        pairs = zip(self.h, self.slope[:6], self.slope[1:7], strict=False)
        floor = max((1.6 * h * abs(t - s) for h, s, t in pairs), default=0.0)
        self.noise = [max(n, floor) for n in self.noise]
        self._extrapolate()
        self._climb()

    def _extrapolate(self) -> None:
        """Estimates without the error of order h**2, from each two neighbours; and the rounding in them."""
        self.estimate, self.rounding = [], []
        for k in range(1, len(self.h)):
            r = min(self.h[k] / self.h[k - 1], 1e9) ** 2
            self.estimate.append((r * self.slope[k - 1] - self.slope[k]) / (r - 1.0))
            self.rounding.append((r * self.noise[k - 1] / self.h[k - 1] + self.noise[k] / self.h[k]) / (r - 1.0))

    def _climb(self) -> None:
        """Go up as long as the intervals have a number in common; `best` is the one of these with the least rounding."""
        low, high, self.best = -math.inf, math.inf, -1
        for k, (e, r) in enumerate(zip(self.estimate, self.rounding, strict=True)):
            low, high = max(low, e - r), min(high, e + r)
            if low > high or not math.isfinite(e):
                break
            if self.best < 0 or r <= self.rounding[self.best]:
                self.best = k

    @property
    def value(self) -> float:
        """The derivative; nan if there are too few values."""
        return self.estimate[self.best] if self.best >= 0 else math.nan

    @property
    def error(self) -> float:
        """The possible error of `value`."""
        if self.best < 0:
            return math.nan
        earlier = self.estimate[self.best - 1] if self.best else self.value
        return 2.0 * self.rounding[self.best] + abs(self.value - earlier)

    def judge(self, claimed: float, rtol: float = 0.0, atol: float = 0.0) -> Verdict:
        """Compare a claimed derivative with the differences.

        Args:
            rtol, atol: the claim may be off by another atol + rtol * its size.
        """
        if self.best < 0:
            return Verdict("unknown", math.nan, math.nan, self._why_no_value())
        slope, error = self.value, self.error
        kink = self._kink()
        if kink is not None:
            left, right = kink
            slack = atol + rtol * max(abs(left), abs(right)) + 0.05 * abs(right - left)
            if min(left, right) - slack <= claimed <= max(left, right) + slack:
                why = f"a kink: the slope is {left:.6g} on the left and {right:.6g} on the right"
                return Verdict("kink", slope, error, why)
        size = max(abs(claimed), abs(slope)) if math.isfinite(claimed) else abs(slope)
        apart = abs(claimed - slope)
        if self._grows():
            return Verdict("unknown", slope, error, "a jump, or a vertical tangent: differences grow as the step shrinks")
        if apart <= atol + rtol * size + 3.0 * error:
            return self._told(claimed, slope, error, size)
        return self._refuted(claimed, slope, error, apart if math.isfinite(apart) else max(size, self._scale()))

    def _told(self, claimed: float, slope: float, error: float, size: float) -> Verdict:
        """The verdict without contradiction: 'agrees' only if the difference is accurate enough for it."""
        if error <= 1e-3 * size or error <= 1e-4 * self._scale() or (claimed == 0.0 and not self._moves()):
            return Verdict("agrees", slope, error)
        return Verdict("unknown", slope, error, f"rounding hides it: differences give {slope:.3g} +- {error:.1g}")

    def _refuted(self, claimed: float, slope: float, error: float, apart: float) -> Verdict:
        """'differs' if the three smallest steps that can tell agree with each other but not with the claim, else 'unknown'."""
        telling = [k for k, r in enumerate(self.rounding) if r <= apart / 8.0][:3]
        seen = [self.estimate[k] for k in telling]
        if len(seen) < 3:
            return Verdict("unknown", slope, error, f"rounding hides it: differences give {slope:.3g} +- {error:.1g}")
        against = all(not abs(e - claimed) < apart / 2.0 for e in seen)
        if against and max(seen) - min(seen) <= apart / 4.0:
            slope = seen[0] if self.best < telling[0] else slope
            h = self.h[telling[0] + 1]
            return Verdict("differs", slope, error, steps=(h, 0.83 * h, 0.71 * h, 0.53 * h))
        return Verdict("unknown", slope, error, "kinks or bends at every step that rounding leaves: nothing converges")

    def _kink(self) -> tuple[float, float] | None:
        """The slopes on the left and on the right, if they differ however small the step is."""
        apart = [abs(r - s) for r, s in zip(self.right, self.left, strict=True)]
        blur = [2.0 * n / h for n, h in zip(self.noise, self.h, strict=True)]
        first = next((k for k, (a, b) in enumerate(zip(apart, blur, strict=True)) if a > _SEEN * b), None)
        if first is None or first + 2 >= len(apart) or apart[first + 2] > 3.0 * apart[first]:
            return None  # for a smooth function it is 16 times as much at 16 times the step
        if any(_SEEN * b < 0.25 * apart[first] for b in blur[:first]):
            return None  # at a smaller step it would have been seen: the kink is elsewhere
        if apart[first + 2] < 0.4 * apart[first] or apart[first] < 1e-9 * max(abs(self.right[first]), abs(self.left[first])):
            return None
        k = first + 1
        while k + 1 < len(apart) and abs(apart[k + 1] - apart[k]) <= blur[k]:  # a larger step has less rounding in it
            k += 1
        return self.left[k], self.right[k]

    def _grows(self) -> bool:
        """True if slopes grow as steps shrink, down to the smallest step: as a power of the step, not at random."""
        first = [abs(s) for s in self.slope[:6]]
        if len(first) < 6 or not first[-1] or first[0] * self.h[0] < _SEEN * self._expected:
            return False
        ratios = [a / b if b else math.inf for a, b in itertools.pairwise(first)]
        return all(1.2 < q < 1.1 * RATIO for q in ratios) and max(ratios) < 1.2 * min(ratios)

    def _moves(self) -> bool:
        """True if the function changes by more than rounding at any step."""
        return any(max(abs(r), abs(s)) * h > n for r, s, h, n in zip(self.right, self.left, self.h, self.noise, strict=True))

    def _scale(self) -> float:
        """The largest slope on either side in which rounding has no part."""
        sides = zip(self.right, self.left, self.h, self.noise, strict=True)
        return max((max(abs(r), abs(s)) for r, s, h, n in sides if max(abs(r), abs(s)) * h > 100.0 * n), default=0.0)

    def _why_no_value(self) -> str:
        if not math.isfinite(self.here):
            return f"the function is {self.here} here"
        if self._one_sided is not None:
            above, below = self._one_sided
            side, value = ("above", above) if not math.isfinite(above) else ("below", below)
            return f"the edge of its domain: the function is {value} a step {side}"
        return "differences overflow" if self.h else "the function is not finite around the point"


def climb(f: Callable[[float], float], x: float, noise: Noise | None = None) -> Ladder:
    """A function of one number, evaluated at all steps around x.

    Args:
        noise: bounds the rounding errors inside f; a few units of its value are allowed for anyway.
    """
    hs = steps(x)
    return Ladder(hs, f(x), [f(x + h) for h in hs], [f(x - h) for h in hs], noise or (lambda _: 0.0))


def central_difference(f: Callable[[float], float], x: float) -> tuple[float, float]:
    """The derivative of f at x from values of f alone, and an estimate of its error.

    Args:
        f: a function of one float; steps at which it gives nan or inf are left out.

    Returns:
        (slope, error), both nan if f is finite nowhere around x.

    Example:
        >>> slope, error = central_difference(lambda x: x * x, 3.0)
        >>> abs(slope - 6.0) < 1e-9
        True
    """
    ladder = climb(f, x)
    return ladder.value, ladder.error

"""Float arithmetic as IEEE 754 has it: inf and nan instead of Python's exceptions and complex numbers.

Python's `math` raises for exp(1000), log(0) and 1/0, and (-8.0)**(1/3) is silently complex. A gradient that becomes inf
or nan must arrive as inf or nan, so that it can be seen and traced (`strict()` raises an error instead).
The FLOAT reader of the table of primitives reads this module: `math`'s accuracy and speed, IEEE's edges. Every
function takes and returns plain floats.
"""

import builtins
import functools
import itertools
import math
import operator
from collections.abc import Callable, Sequence
from math import inf, nan

Unary = Callable[[float], float]


def _guarded(f: Unary, otherwise: Unary) -> Unary:
    """`f`, with the result `otherwise(u)` where `math` raises; it costs nothing elsewhere."""

    def guarded(u: float) -> float:
        try:
            return f(u)
        except (ValueError, OverflowError):
            return otherwise(u)

    return guarded


def _nan(_: float) -> float:
    return nan


def _inf(_: float) -> float:
    return inf


def _signed_inf(u: float) -> float:
    return math.copysign(inf, u)


exp = _guarded(math.exp, _inf)
exp2 = _guarded(math.exp2, _inf)
expm1 = _guarded(math.expm1, _inf)
log = _guarded(math.log, lambda u: -inf if u == 0.0 else nan)
log2 = _guarded(math.log2, lambda u: -inf if u == 0.0 else nan)
log10 = _guarded(math.log10, lambda u: -inf if u == 0.0 else nan)
log1p = _guarded(math.log1p, lambda u: -inf if u == -1.0 else nan)
sqrt = _guarded(math.sqrt, _nan)
sin = _guarded(math.sin, _nan)
cos = _guarded(math.cos, _nan)
tan = _guarded(math.tan, _nan)
asin = _guarded(math.asin, _nan)
acos = _guarded(math.acos, _nan)
sinh = _guarded(math.sinh, _signed_inf)
cosh = _guarded(math.cosh, _inf)
acosh = _guarded(math.acosh, _nan)
atanh = _guarded(math.atanh, lambda u: math.copysign(inf, u) if abs(u) == 1.0 else nan)
# These never raise for a float.
cbrt, atan, asinh, tanh, erf, erfc = math.cbrt, math.atan, math.asinh, math.tanh, math.erf, math.erfc
atan2, hypot, copysign = math.atan2, math.hypot, math.copysign
# Python's floor and friends give an int, which an infinity does not have; a float has no -0.0 to lose.
_whole: Callable[[Callable[[float], float]], Unary] = lambda f: _guarded(  # noqa: E731 - reads as one column below
    lambda u: math.copysign(f(u), u), lambda u: u
)
floor, ceil, trunc = _whole(math.floor), _whole(math.ceil), _whole(math.trunc)


def round(u: float, ndigits: float = 0.0) -> float:
    """`u` rounded half to even at `ndigits` decimals, correctly rounded as Python's own `round` is."""
    if u - u != 0.0 or ndigits != ndigits:  # inf and nan stay what they are
        return u + ndigits * 0.0 if ndigits != ndigits else u
    return math.copysign(builtins.round(u, int(max(-400.0, min(400.0, ndigits)))), u)


def div(u: float, v: float) -> float:
    """U / v; a zero divisor gives a signed inf, or nan for 0/0."""
    try:
        return u / v
    except ZeroDivisionError:
        return nan if u == 0.0 or u != u else math.copysign(inf, u) * math.copysign(1.0, v)


def floordiv(u: float, v: float) -> float:
    """floor(u / v), Python's `//`; a zero divisor gives the result of `div`."""
    try:
        return u // v
    except ZeroDivisionError:
        return div(u, v)


def mod(u: float, v: float) -> float:
    """U - v*floor(u/v), Python's `%`, with the sign of v; nan for a zero divisor."""
    try:
        return u % v
    except ZeroDivisionError:
        return nan


def pow(u: float, v: float) -> float:
    """u**v: nan for a negative base with a fractional exponent, signed inf for overflow and 0**negative."""
    try:
        return math.pow(u, v)
    except (ValueError, OverflowError):
        if u < 0.0 and v % 1.0 != 0.0:
            return nan
        odd = v % 2.0 == 1.0
        return math.copysign(inf, u) if odd else inf


def fmod(u: float, v: float) -> float:
    """U - v*trunc(u/v), C's remainder, with the sign of u; nan for a zero divisor or an infinite dividend."""
    try:
        return math.fmod(u, v)
    except ValueError:
        return nan


def remainder(u: float, v: float) -> float:
    """U - v*n with n the whole number nearest to u/v, halves to even; nan for a zero divisor or an infinite dividend."""
    try:
        return math.remainder(u, v)
    except ValueError:
        return nan


def sign(u: float) -> float:
    """-1.0, 0.0 or 1.0; nan for nan."""
    return 1.0 if u > 0.0 else -1.0 if u < 0.0 else u * 0.0


def where(condition: bool, a: float, b: float) -> float:
    """`a` if the condition holds, else `b`."""
    return a if condition else b


def maximum(*us: float) -> float:
    """The largest of the operands; nan if any is nan."""
    return max(us) if not any(u != u for u in us) else nan


def minimum(*us: float) -> float:
    """The smallest of the operands; nan if any is nan."""
    return min(us) if not any(u != u for u in us) else nan


def sum(*us: float) -> float:
    """The correctly rounded sum: independent of the order of its terms, the same on every Python."""
    return _fsum(us)


def dot(*operands: float) -> float:
    """w1*x1 + ... + wn*xn + b, operands w1..wn, x1..xn, b: the correctly rounded sum of the rounded products."""
    n = len(operands) // 2
    return inner(operands[:n], operands[n:-1], operands[-1])


def inner(weights: Sequence[float], inputs: Sequence[float], bias: float) -> float:
    """`dot` with its operands apart."""
    return _fsum((bias, *map(operator.mul, weights, inputs)))


# A product as (whole number, power of 2, sign or special): exact digits that neither overflow nor underflow on the way.
_Product = tuple[int, int, float]
_NOTHING: _Product = (1, 0, 1.0)


def _times(product: _Product, u: float) -> _Product:
    digits, power, special = product
    if u == 0.0 or u - u != 0.0:
        return digits, power, special * u
    mantissa, exponent = math.frexp(abs(u))
    digits *= int(mantissa * 2.0**53)
    spare = max(0, digits.bit_length() - 128)  # enough of them for a million factors
    return digits >> spare, power + exponent - 53 + spare, -special if u < 0.0 else special


def _rounded(digits: int, power: int, special: float) -> float:
    if special == 0.0 or special - special != 0.0:
        return special
    if digits.bit_length() + power > 1024:
        return special * inf
    power = max(power, -2000)
    try:
        return special * (digits / 2**-power if power < 0 else float(digits << power))
    except OverflowError:
        return special * inf


def prod(*us: float) -> float:
    """The correctly rounded product: 1e300 * 1e300 * 1e-300 * 1e-300 is 1."""
    return _rounded(*functools.reduce(_times, us, _NOTHING))


def others(us: Sequence[float]) -> tuple[float, ...]:
    """The product of all other numbers, for each, correctly rounded: products from both ends meet, nothing is divided."""
    before = itertools.accumulate(us[:-1], _times, initial=_NOTHING)
    after = list(itertools.accumulate(us[:0:-1], _times, initial=_NOTHING))[::-1]
    return tuple([_rounded(a * b, p + q, s * t) for (a, p, s), (b, q, t) in zip(before, after, strict=True)])


def _fsum(terms: tuple[float, ...]) -> float:
    try:
        return math.fsum(terms)
    except ValueError:  # inf - inf
        return nan
    except OverflowError:  # a partial sum is too large, although the sum itself may not be
        return _fsum(tuple(t * 2.0**-64 for t in terms)) * 2.0**64

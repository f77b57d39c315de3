"""What every primitive of the engine ought to give, to 50 digits: the values and derivatives the tests hold it to.

Written from the textbook definition of each function and from nothing in `autograd`, so that a wrong rule in the
engine's table cannot be wrong here too. For the same reason no derivative is written down: each is a central
difference of the value, taken at a precision so high that nothing of it is lost. `ORACLE` says, for each primitive,
what it is and where it is smooth; `derivative`, `exact` and `ulp_error` are what a test calls.

The points of a row are operands at which value and first derivatives are normal doubles, exact zeros, or so small
that they round to zero (a saturated tanh); never subnormal, never at a kink, a jump or a tie. Two things they do not
promise: pow has no derivative in the exponent under a negative base (`derivative` gives nan), and near a zero of its
own (gelu' at -0.7518, silu' at -1.2785, a sum that cancels) a quantity is ill-conditioned in units of its last place.
"""

from __future__ import annotations

import itertools
import math
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from random import Random
from typing import Any, TypeAlias

import mpmath
from mpmath import mp, mpf

Mpf: TypeAlias = Any  # mpmath has no stubs
Point: TypeAlias = tuple[float, ...]
Draw: TypeAlias = Callable[[Random], Point]
Sampler: TypeAlias = Callable[[Random], float]

GUARD = 80  # bits given up to rounding inside a value: logsumexp near its zero loses 60, pow and acosh about 10
FLOOR = -1100  # a derivative below 2**FLOOR rounds to 0.0 in any double, and may come back as exactly 0

# -------------------------------------------------------------------------------------------------------- definitions


@cache
def _nodes(wp: int) -> tuple[Mpf, list[tuple[int, int]]]:
    """A step h, and for k = 1, 2, ... the pairs (k*k*h*h, exp(-k*k*h*h)) in fixed point with `wp` bits."""
    h = mpf(int(math.pi / math.sqrt(wp * math.log(2.0)) * 4096)) / 4096
    with mp.workprec(2 * wp):
        square, weight, ratio, shrink = (int(mp.ldexp(mp.exp(-c * h * h) if c else h * h, wp)) for c in (0, 1, 3, 2))
    pairs: list[tuple[int, int]] = []
    while weight:
        pairs.append(((len(pairs) + 1) ** 2 * square, weight))
        weight, ratio = weight * ratio >> wp, ratio * shrink >> wp
    return h, pairs


def _erfc(x: Mpf) -> Mpf:
    """Complementary error function: mpmath's own takes milliseconds between 5 and 25, this a fifth of one.

    erfc(x) = 2x/pi * exp(-x*x) * integral of exp(-t*t)/(t*t + x*x) over t > 0. The trapezoidal rule with step h has a
    relative error of exp(-(pi/h)**2) there, once the pole t = ix has been paid for (Matta and Reichel, 1971).
    """
    if x < 5:
        return mp.erfc(x) if x > -5 else 1 + _erf(-x)
    wp = -(-(mp.prec + 40) // 64) * 64  # few different ones, for the sake of the cache
    h, pairs = _nodes(wp)
    with mp.workprec(wp):
        square = x * x
        fixed = int(mp.ldexp(square, wp))
        total = 1 / (2 * square) + mp.ldexp(sum([(weight << wp) // (fixed + node) for node, weight in pairs]), -wp)
        result = 2 * h * x / mp.pi * _decay(square) * total
        return result - 2 / mp.expm1(2 * mp.pi * x / h) if x * h < mp.pi else result


def _erf(x: Mpf) -> Mpf:
    if abs(x) < 5:
        return mp.erf(x)
    with mp.workprec(max(20, mp.prec - int(1.44 * x * x))):  # the part of erfc that 1 - erfc can see
        rest = _erfc(abs(x)) if abs(x) < 1000 else mpf(0)
    return mp.sign(x) * (1 - rest)


def _decay(x: Mpf) -> Mpf:  # e to a large whole power takes mpmath 10 ms; no precision here sees 1 + exp(-10**6)
    return mp.exp(-x) if x < 10**6 else mpf(0)


def _expm1(u: Mpf) -> Mpf:
    return mp.expm1(u) if u > -(10**6) else mpf(-1)


def _sigmoid(u: Mpf) -> Mpf:
    return (1 if u > 0 else _decay(-u)) / (1 + _decay(abs(u)))


def _softplus(u: Mpf) -> Mpf:
    return max(u, mpf(0)) + mp.log1p(_decay(abs(u)))


def _logsumexp(*u: Mpf) -> Mpf:
    top, *rest = sorted(u, reverse=True)
    return top + mp.log1p(sum([_decay(top - x) for x in rest], mpf(0)))


def _normal_cdf(u: Mpf) -> Mpf:
    return _erfc(-u / mp.sqrt(2)) / 2


def _dot(*operands: Mpf) -> Mpf:
    n = len(operands) // 2
    return sum([w * x for w, x in zip(operands[:n], operands[n:-1], strict=True)], operands[-1])


def _remainder(u: Mpf, v: Mpf) -> Mpf:
    return u - v * mp.nint(u / v)


def _lgamma(u: Mpf) -> Mpf:
    return mp.loggamma(u).real if u > 100 else mp.log(abs(mp.gamma(u)))


def _polygamma(n: Mpf, u: Mpf) -> Mpf:
    return mp.polygamma(int(n), u) if mp.isint(n) else mp.nan


def _sinc_derivative(n: Mpf, u: Mpf) -> Mpf:
    """sinc(u) integrates cos(pi*u*t) over t from 0 to 1; differentiated under it, a confluent hypergeometric function."""
    if not mp.isint(n):
        return mp.nan
    k = int(n)
    with mp.workprec(mp.prec + max(0, -mp.mag(u) if u else 0)):  # next to 0 one of the two parts is tiny
        return (mp.mpc(0, mp.pi) ** k * mp.hyp1f1(k + 1, k + 2, mp.mpc(0, mp.pi * u)) / (k + 1)).real


def _pow_derivative(u: Mpf, v: Mpf, n: Mpf, k: Mpf) -> Mpf:
    """Leibniz: u**(v-n) * log(u)**(k-j) times the j-th derivative of v*(v-1)*...*(v-n+1), a sum over what is left out."""
    if not (mp.isint(n) and mp.isint(k) and (u > 0 or (mp.isint(v) and k == 0))):
        return mp.nan
    n, k = int(n), int(k)
    total = mpf(0)
    for j in range(min(n, k) + 1):
        products = (mp.fprod(v - i for i in kept) for kept in itertools.combinations(range(n), n - j))
        factor = mp.fsum(products) * math.factorial(j) * math.comb(k, j)
        total += factor * mp.log(u) ** (k - j) if k > j else factor
    return total * mp.power(u, v - n)


def _round(u: Mpf, digits: Mpf) -> Mpf:  # nint takes ties to even
    power = mp.power(10, mp.nint(digits))
    return mp.nint(u * power) / power


# ---------------------------------------------------------------------------------------------------- drawing points


def uniform(low: float, high: float) -> Sampler:
    return lambda rng: rng.uniform(low, high)


def decades(low: float, high: float, sign: float = 1.0) -> Sampler:
    """Every power of ten equally likely."""
    return lambda rng: float(sign * 10.0 ** rng.uniform(math.log10(low), math.log10(high)))


def either(sampler: Sampler) -> Sampler:
    return lambda rng: rng.choice((-1.0, 1.0)) * sampler(rng)


def beside(centre: float, towards: float) -> Sampler:
    """1, 2, ... up to 2**50 floating-point steps away from `centre`."""
    ulp = math.nextafter(centre, towards) - centre
    return lambda rng: centre + ulp * int(2.0 ** rng.uniform(0.0, 50.0))


def among(*values: float) -> Sampler:
    return lambda rng: float(rng.choice(values))


def each(*samplers: Sampler) -> Draw:
    """One operand per sampler; `one` draws a single operand, from any of the samplers."""
    return lambda rng: tuple([sampler(rng) for sampler in samplers])


def one(*samplers: Sampler) -> Draw:
    return lambda rng: (rng.choice(samplers)(rng),)


def any_of(*draws: Draw) -> Draw:
    return lambda rng: rng.choice(draws)(rng)


def terms(*samplers: Sampler, factor: int = 1, extra: int = 0) -> Draw:
    """1 to 8 operands, each from any of the samplers; for a dot product twice as many, and one."""
    return lambda rng: tuple([rng.choice(samplers)(rng) for _ in range(factor * rng.randint(1, 8) + extra)])


def _twins(rng: Random) -> Point:  # u and v equal up to their sign and their last few bits
    u = _ANY(rng)
    return u, rng.choice((-u, u)) * (1.0 + 2.0 ** -rng.randint(1, 52))


def _power(rng: Random) -> Point:  # u**v that lands anywhere in the range of doubles
    u = rng.choice((_POSITIVE, decades(0.1, 10.0), beside(1.0, 0.0), beside(1.0, 2.0)))(rng)
    return u, rng.uniform(-1021.0, 1023.0) / (math.log2(u) or 1.0)


def _power_derivative(rng: Random) -> Point:  # where the terms of the sum do not cancel
    u, v = rng.choice((uniform(1.001, 10.0), decades(1.001, 1e20)))(rng), uniform(1.001, 6.0)(rng)
    return u, v, *rng.choice(((1.0, 0.0), (0.0, 1.0), (2.0, 0.0), (0.0, 2.0), (1.0, 1.0)))


def _quotient(rng: Random) -> Point:  # u = v * (anything below 2**50), so that u mod v exists in doubles
    v = either(rng.choice((uniform(0.1, 10.0), decades(1e-280, 1e280), among(1.0, 2.0, 3.0, 10.0))))(rng)
    return either(uniform(0.5, 1.0))(rng) * v * 2.0 ** rng.randint(-20, 49), v


def _gauss(rng: Random) -> Point:
    c = rng.choice((0.5, 1.0))
    tail = either(uniform(5.0, math.sqrt(708.0 / c)))
    return rng.choice((_PLAIN, tail, either(decades(1e-300, 1e-165)), either(decades(1e-153, 1.0))))(rng), c


def _clamp(rng: Random) -> Point:
    u, *bounds = [_MIXED(rng) for _ in range(3)]
    return u, min(bounds), max(bounds)


def _far(rng: Random) -> Point:  # anywhere, within 40 decades of each other: the overflow trap of norm
    centre = rng.uniform(-279.0, 279.0)
    return terms(either(decades(10.0 ** (centre - 20.0), 10.0 ** (centre + 20.0))))(rng)


def _level(rng: Random) -> Point:  # the overflow trap of logsumexp
    centre = either(decades(1e2, 1e15))(rng)
    return terms(uniform(centre - 50.0, centre + 50.0))(rng)


def _whole(rng: Random) -> float:
    return float(rng.randint(-10, 10) or 1)


def _gamma_points(rng: Random) -> Point:  # the poles, the zeros of lgamma and digamma, and what lies between
    pole = -float(rng.randint(1, 160))
    zero = rng.choice((1.0, 2.0, 1.4616321449683622, -2.4570247382208006, -2.7476826467274127, -0.5040830082644554, -31.75))
    here = rng.choice(
        (
            beside(pole, 0.0),
            beside(pole, -1e9),
            beside(zero, 9.0),
            beside(zero, -9.0),
            uniform(-160.0, 0.0),
            uniform(0.0, 170.0),
            uniform(0.0, 5.0),
            either(decades(1e-150, 1.0)),
        )
    )
    return (here(rng),)


_PLAIN = uniform(-5.0, 5.0)
_POSITIVE = decades(1e-300, 1e300)
_ANY = either(_POSITIVE)
_MIXED = either(lambda rng: rng.choice((_PLAIN, _ANY))(rng))
_SMALL = either(decades(1e-300, 1.0))
_HUGE, _DEEP = decades(1e3, 1e300), decades(1e3, 1e300, -1.0)  # where saturating functions have saturated
_ROUND = either(lambda rng: rng.randint(1, 400) / 4.0)
_AXIS = either(lambda rng: math.pi / 2.0 * rng.randint(1, 10 ** rng.randint(1, 15)))  # zeros and poles of sin, cos, tan
# Not 6381956970095103 * 2.0**797, the double nearest to an axis: there glibc's own cos is 8 ulp off, and tan 14.
_FAMOUS = among(0.0, math.pi, -1e15, 1e22, -1e300, 2.0**1000)
_GAMMA = _gamma_points
_REAL = one(_PLAIN, _ANY, _ROUND)
_ABOVE = one(uniform(1e-9, 5.0), _POSITIVE, lambda rng: abs(_ROUND(rng)), beside(1.0, 0.0), beside(1.0, 2.0))
_BROKEN = one(_PLAIN, _SMALL, either(decades(1.0, 1e15)))
_WAVE = one(_PLAIN, _SMALL, either(decades(1.0, 1e300)), _AXIS, _FAMOUS)
_INSIDE = one(uniform(-0.999, 0.999), _SMALL, beside(1.0, 0.0), beside(-1.0, 0.0))
_PAIR = any_of(each(_PLAIN, _PLAIN), each(_ANY, _ANY), _twins, each(_ROUND, _PLAIN), each(_PLAIN, _ROUND))
_TERMS = any_of(terms(_PLAIN), terms(_PLAIN, _ROUND, _ANY), terms(either(decades(1e-280, 1e280))))


def _log(u: float) -> float:
    return math.log2(abs(u)) if u else -math.inf


def _normal(*logs: float) -> bool:  # of powers of two, with a margin; -inf stands for an exact zero
    return all(-1020.0 < x < 1022.0 or x == -math.inf for x in logs)


def _pow_fits(u: float, v: float) -> bool:
    size = v * _log(u)
    return _normal(size, _log(v) + size - _log(u), size + _log(_log(u)))


def _atan2_fits(y: float, x: float) -> bool:
    a, b = _log(y), _log(x)
    return _normal(a - 2 * max(a, b), b - 2 * max(a, b)) and (x < 0.0 or a > b or _normal(a - b))


# ---------------------------------------------------------------------------------------------------------- the table


@dataclass(frozen=True, slots=True)
class Oracle:
    """One primitive. `value` takes mpf operands and works at mpmath's current precision."""

    value: Callable[..., Mpf]
    arity: int | None  # None: any number of operands
    draw: Draw
    step: str = "own"  # what the step of a difference is proportional to: see _scale
    degree: int | None = None  # locally a polynomial of this degree: derivatives of higher order are identically zero
    flat: tuple[int, ...] = ()  # operands it does not vary with
    fits: Callable[..., bool] = lambda *operands: True  # turns down what `draw` gives outside the domain
    lost: Callable[..., float] = lambda *operands: 0.0  # about how many bits 1 - 1e-260 loses; a guess, to save time

    def drawn(self, rng: Random) -> Iterator[Point]:
        """Operand tuples over the whole domain, without end, the same for the same state of `rng`."""
        return (p for p in map(self.draw, itertools.repeat(rng)) if self.fits(*p))

    def points(self, rng: Random, count: int) -> list[Point]:
        """The first `count` of them."""
        return list(itertools.islice(self.drawn(rng), count))


ORACLE: dict[str, Oracle] = {
    "neg": Oracle(lambda u: -u, 1, _REAL, degree=1),
    "abs": Oracle(abs, 1, _REAL, degree=1),
    "sign": Oracle(mp.sign, 1, _REAL, degree=0),
    "step": Oracle(lambda u: mpf(u > 0), 1, _REAL, degree=0),
    "relu": Oracle(lambda u: max(u, mpf(0)), 1, _REAL, degree=1),
    "square": Oracle(lambda u: u * u, 1, one(_PLAIN, _ROUND, either(decades(1e-153, 1e153))), degree=2),
    "floor": Oracle(mp.floor, 1, _BROKEN, degree=0, fits=lambda u: u % 1.0 != 0.0),
    "ceil": Oracle(mp.ceil, 1, _BROKEN, degree=0, fits=lambda u: u % 1.0 != 0.0),
    "trunc": Oracle(lambda u: mp.sign(u) * mp.floor(abs(u)), 1, _BROKEN, degree=0, fits=lambda u: u % 1.0 != 0.0),
    "exp": Oracle(mp.exp, 1, one(_PLAIN, _SMALL, uniform(-708.3, 709.7), uniform(709.0, 709.78)), "unit"),
    "exp2": Oracle(lambda u: mp.power(2, u), 1, one(_PLAIN, _SMALL, uniform(-1021.0, 1023.99), _ROUND), "unit"),
    "expm1": Oracle(_expm1, 1, one(_PLAIN, _SMALL, uniform(-708.3, 709.7), _DEEP), "unit",
                    lost=lambda u: -1.45 * u),
    "log": Oracle(mp.log, 1, _ABOVE),
    "log2": Oracle(lambda u: mp.log(u) / mp.ln2, 1, _ABOVE),
    "log10": Oracle(lambda u: mp.log(u) / mp.ln10, 1, _ABOVE),
    "log1p": Oracle(mp.log1p, 1, one(uniform(-0.999, 5.0), _SMALL, _POSITIVE, beside(-1.0, 0.0)), "wide"),
    "sqrt": Oracle(mp.sqrt, 1, _ABOVE),
    "cbrt": Oracle(lambda u: mp.sign(u) * mp.cbrt(abs(u)), 1, _REAL),
    "sin": Oracle(mp.sin, 1, _WAVE, "unit"),
    "cos": Oracle(mp.cos, 1, _WAVE, "unit", lost=lambda u: -_log(u)),
    "tan": Oracle(mp.tan, 1, _WAVE, "unit"),
    "asin": Oracle(mp.asin, 1, _INSIDE, "unit"),
    "acos": Oracle(mp.acos, 1, _INSIDE, "unit"),
    "atan": Oracle(mp.atan, 1, one(_PLAIN, either(decades(1e-300, 1e153)), either(decades(1e163, 1e300))), "wide"),
    "sinh": Oracle(mp.sinh, 1, one(_PLAIN, _SMALL, uniform(-710.4, 710.4)), "unit"),
    "cosh": Oracle(mp.cosh, 1, one(_PLAIN, _SMALL, uniform(-710.4, 710.4)), "unit", lost=lambda u: -_log(u)),
    "tanh": Oracle(mp.tanh, 1, one(_PLAIN, _SMALL, either(uniform(18, 22)), uniform(-354, 354), _HUGE, _DEEP), "unit",
                   lost=lambda u: 2.9 * abs(u)),
    "asinh": Oracle(mp.asinh, 1, _REAL, "wide"),
    "acosh": Oracle(mp.acosh, 1, one(uniform(1.001, 5.0), beside(1.0, 2.0), decades(1.001, 1e300)), "wide"),
    "atanh": Oracle(mp.atanh, 1, _INSIDE, "unit"),
    "erf": Oracle(_erf, 1, one(_PLAIN, _SMALL, either(uniform(5.0, 26.5)), _HUGE, _DEEP), "unit",
                  lost=lambda u: 1.45 * u * u),
    "erfc": Oracle(_erfc, 1, one(_PLAIN, _SMALL, uniform(20.0, 26.5), uniform(-26.5, 20.0), _DEEP), "unit",
                   lost=lambda u: 1.45 * u * min(u, 0.0)),
    "normal_cdf": Oracle(_normal_cdf, 1, one(_PLAIN, _SMALL, uniform(-37.4, 37.4), _HUGE), "unit",
                         lost=lambda u: 0.73 * u * max(u, 0.0)),
    "gelu": Oracle(lambda u: u * _normal_cdf(u), 1,
                   one(_PLAIN, _SMALL, uniform(-37.4, 37.4), uniform(-38.6, -37.4), _HUGE), "wide"),
    "sigmoid": Oracle(_sigmoid, 1, one(_PLAIN, _SMALL, either(uniform(36, 40)), uniform(-708.3, 708.3), _HUGE), "unit",
                      lost=lambda u: 1.45 * u),
    "logsigmoid": Oracle(lambda u: -_softplus(-u), 1, one(_PLAIN, _SMALL, uniform(-708.3, 708.3), _DEEP), "wide"),
    "softplus": Oracle(_softplus, 1, one(_PLAIN, _SMALL, uniform(-708.3, 708.3), _HUGE), "wide"),
    "silu": Oracle(lambda u: u * _sigmoid(u), 1, one(_PLAIN, _SMALL, uniform(-714.0, 714.0), _HUGE), "wide"),
    "gelu_slope": Oracle(lambda u: _normal_cdf(u) + u * mp.npdf(u), 1,
                         one(_PLAIN, _SMALL, uniform(-37.4, 37.4), beside(-0.7517915246935645, 0.0), _HUGE), "wide",
                         lost=lambda u: 0.73 * u * max(u, 0.0)),
    "degrees": Oracle(lambda u: u * 180 / mp.pi, 1, _REAL, degree=1),
    "radians": Oracle(lambda u: u * mp.pi / 180, 1, _REAL, degree=1),
    "sinc": Oracle(mp.sincpi, 1, one(_PLAIN, _SMALL, uniform(-60.0, 60.0), _ROUND, _whole, either(decades(1.0, 1e14))), "unit",
                   lost=lambda u: -_log(u)),
    "sinc_derivative": Oracle(_sinc_derivative, 2, each(among(1, 2, 3), lambda rng: rng.choice((_PLAIN, _SMALL, _ROUND))(rng)),
                              "unit", lost=lambda n, u: -_log(u)),
    "lgamma": Oracle(_lgamma, 1, any_of(_GAMMA, one(_POSITIVE)), fits=lambda u: u > 0.0 or u % 1.0 != 0.0),
    "gamma": Oracle(mp.gamma, 1, _GAMMA, fits=lambda u: (u > 0.0 or u % 1.0 != 0.0) and abs(_log(abs(u))) < 500.0
                    and -160.0 < u < 170.0),
    "digamma": Oracle(mp.digamma, 1, any_of(_GAMMA, one(decades(1e-150, 1e300))), fits=lambda u: u > 0.0 or u % 1.0 != 0.0),
    "polygamma": Oracle(_polygamma, 2, lambda rng: (rng.choice((1.0, 2.0, 3.0, 5.0)), *_GAMMA(rng)),
                        fits=lambda n, u: (u > 0.0 or u % 1.0 != 0.0) and abs(_log(abs(u))) < 140.0),
    "gauss": Oracle(lambda u, c: mp.exp(-c * u * u), 2, _gauss, "near", lost=lambda u, c: -2 * _log(u)),
    "one_minus_square": Oracle(lambda u: 1 - u * u, 1, one(_PLAIN, beside(1.0, 0.0), beside(1.0, 2.0), beside(-1.0, 0.0),
                                                             either(decades(1.0, 1e150)), either(decades(1e-300, 1.0))),
                               "wide", degree=2),
    "pow_derivative": Oracle(_pow_derivative, 4, _power_derivative, "base"),
    "pinned": Oracle(lambda c, formula, number: formula, 3, each(among(1.0), _MIXED, _MIXED), degree=1, flat=(0, 2)),
    "identity": Oracle(lambda u: u, 1, _REAL, degree=1),
    "expdiff": Oracle(lambda u, v: mp.exp(u - v), 2,
                      any_of(each(_PLAIN, _PLAIN), each(uniform(-340.0, 340.0), uniform(-340.0, 340.0))), "unit"),
    "add": Oracle(lambda u, v: u + v, 2, _PAIR, "all", 1, fits=lambda u, v: _normal(_log(u + v))),
    "sub": Oracle(lambda u, v: u - v, 2, _PAIR, "all", 1, fits=lambda u, v: _normal(_log(u - v))),
    "mul": Oracle(lambda u, v: u * v, 2, _PAIR, degree=2, fits=lambda u, v: _normal(_log(u) + _log(v))),
    "div": Oracle(lambda u, v: u / v, 2, _PAIR,
                  fits=lambda u, v: _normal(_log(u) - _log(v), -_log(v), _log(u) - 2 * _log(v))),
    "pow": Oracle(lambda u, v: mp.power(u, v) if u >= 0 or mp.isint(v) else mp.nan, 2,
                  any_of(_power, each(_POSITIVE, uniform(-1.0, 1.0)), each(decades(1e-3, 1e3), _PLAIN),
                         each(either(decades(1e-9, 1e9)), among(*range(-20, 21))), each(_POSITIVE, _ANY),
                         each(_POSITIVE, among(0.0, 0.5, 1.0, 2.0, 3.0, -1.0, -2.0, 1.0 / 3.0))),
                  "base", fits=_pow_fits),
    "floordiv": Oracle(lambda u, v: mp.floor(u / v), 2, _quotient, degree=0, fits=lambda u, v: u % v != 0.0),
    "fmod": Oracle(lambda u, v: u - v * mp.sign(u) * mp.sign(v) * mp.floor(abs(u / v)), 2, _quotient, degree=1,
                   fits=lambda u, v: u % v != 0.0),
    "remainder": Oracle(_remainder, 2, _quotient, degree=1,
                        fits=lambda u, v: (2 * Fraction(u) / Fraction(v)).denominator != 1),
    "xlogy": Oracle(lambda u, v: u * mp.log(v), 2, any_of(each(_PLAIN, _POSITIVE), each(_ANY, uniform(0.1, 5.0)),
                                                         lambda rng: (_PLAIN(rng), *_ABOVE(rng))),
                    fits=lambda u, v: v > 0.0 and _normal(_log(u), _log(u) - _log(v), _log(u) - 2 * _log(v))),
    "logaddexp": Oracle(_logsumexp, 2, any_of(each(_PLAIN, _PLAIN), each(uniform(-340.0, 340.0), uniform(-340.0, 340.0)),
                                              each(_ROUND, _ROUND), lambda rng: (_PLAIN(rng),) * 2), "unit",
                        lost=lambda u, v: 1.45 * abs(u - v)),
    "mod": Oracle(lambda u, v: u - v * mp.floor(u / v), 2, _quotient, degree=1, fits=lambda u, v: u % v != 0.0),
    "atan2": Oracle(mp.atan2, 2, _PAIR, fits=_atan2_fits),
    "hypot": Oracle(lambda u, v: mp.sqrt(u * u + v * v), 2, _PAIR, "all",
                    fits=lambda u, v: abs(_log(u) - _log(v)) < 1020.0),
    "copysign": Oracle(lambda u, v: abs(u) * (1 if v >= 0 else -1), 2, _PAIR, degree=1, flat=(1,)),
    "leaky_relu": Oracle(lambda u, slope: u if u > 0 else slope * u, 2,
                         any_of(each(_PLAIN, among(0.01, 0.2)), each(_ANY, decades(1e-3, 1.0))), degree=2,
                         fits=lambda u, slope: _normal(_log(u) + _log(slope))),
    "elu": Oracle(lambda u, alpha: u if u > 0 else alpha * _expm1(u), 2,
                  any_of(each(_ANY, uniform(0.1, 3.0)), each(uniform(-690.0, 5.0), among(1.0)),
                         each(_PLAIN, decades(1e-3, 1e3))), "near", lost=lambda u, alpha: -1.45 * u,
                  fits=lambda u, alpha: not -790.0 < u < -690.0 and _normal(_log(alpha) + min(_log(u), 0.0))),
    "round": Oracle(_round, 2, each(either(decades(1e-6, 1e12)), among(*range(-3, 13))), degree=0,
                    fits=lambda u, digits: (Fraction(u) * Fraction(10) ** int(digits)).denominator != 2),
    "where": Oracle(lambda cond, a, b: a if cond else b, 3, each(among(0, 1), _MIXED, _MIXED), degree=1, flat=(0,)),
    "clamp": Oracle(lambda u, low, high: min(max(u, low), high), 3, _clamp, degree=1,
                    fits=lambda *p: len(set(p)) == 3),
    "maximum": Oracle(lambda *u: max(u), None, _TERMS, degree=1, fits=lambda *u: len(set(u)) == len(u)),
    "minimum": Oracle(lambda *u: min(u), None, _TERMS, degree=1, fits=lambda *u: len(set(u)) == len(u)),
    "sum": Oracle(lambda *u: sum(u, mpf(0)), None, _TERMS, "all", 1, fits=lambda *u: _normal(_log(math.fsum(u)))),
    "prod": Oracle(lambda *u: mp.fprod(u), None, any_of(terms(_PLAIN), terms(_PLAIN, _ROUND, among(0.0)),
                                                       terms(either(decades(1e-35, 1e35)))), degree=8),
    "mean": Oracle(lambda *u: sum(u, mpf(0)) / len(u), None, _TERMS, "all", 1,
                   fits=lambda *u: _normal(_log(math.fsum(u)) - 3.0)),
    "dot": Oracle(_dot, None, any_of(terms(_PLAIN, factor=2, extra=1),
                                     terms(_PLAIN, _ROUND, either(decades(1e-9, 1e9)), factor=2, extra=1),
                                     terms(either(decades(1e-140, 1e140)), factor=2, extra=1)), degree=2),
    "norm": Oracle(lambda *u: mp.sqrt(sum([x * x for x in u], mpf(0))), None, any_of(terms(_PLAIN), _far), "all"),
    "logsumexp": Oracle(_logsumexp, None,
                        any_of(terms(_PLAIN), _level, terms(uniform(-100.0, 100.0)), terms(either(decades(1.0, 1e6)))),
                        "unit", lost=lambda *u: 1.45 * (max(u) - min(u)),
                        fits=lambda *u: all(not 690.0 < max(u) - x < 780.0 for x in u)),
}  # fmt: skip

# ----------------------------------------------------------------------------------------------------- what tests call


def _scale(step: str, operands: Point, i: int) -> int:
    """The binary exponent that the step in operand i is proportional to.

    It must be small against the distance to the next singularity or kink, and for accuracy's sake not much smaller.
    """
    own = math.frexp(operands[i])[1] if operands[i] else -1080
    return {
        "own": own,  # log, 1/v: a singularity, or a kink, at zero
        "unit": 0,  # exp, sin: none, or a fixed distance away
        "wide": max(0, own),  # atan, log1p: about max(1, |u|) away; softplus: straight lines but for the middle
        "near": min(0, own),  # elu: exponential, with a kink at zero
        "base": 0 if i else own,  # pow: a power of u, an exponential of v
        "all": max([math.frexp(u)[1] for u in operands]),  # hypot: at the origin only
    }[step]


@cache
def _stencil(index: tuple[int, ...]) -> list[tuple[int, list[tuple[int, int]]]]:
    """A weight, and the steps to take in each operand, for every value in the nested central difference."""
    weights: Counter[tuple[tuple[int, int], ...]] = Counter()
    for signs in itertools.product((1, -1), repeat=len(index)):
        moves: Counter[int] = Counter()
        for i, sign in zip(index, signs, strict=True):
            moves[i] += sign
        weights[tuple(moves.items())] += math.prod(signs)
    return [(weight, list(moves)) for moves, weight in weights.items()]


def derivative(name: str, index: tuple[int, ...], operands: Sequence[float], digits: int = 50) -> Mpf:
    """The mixed partial derivative in the operands at the positions `index`, right to `digits` digits.

    >>> mpmath.nstr(derivative("tanh", (0,), (300.0,)), 30)  # 4 * exp(-600), out of values that are 1 - 1e-260
    '1.06015862120172432653547177891e-260'
    >>> derivative("mul", (0, 1), (3.0, 7.0)), derivative("floor", (0,), (2.5,))
    (mpf('1.0'), mpf('0.0'))
    """
    row, operands = ORACLE[name], tuple(operands)
    if (row.degree is not None and len(index) > row.degree) or any(i in row.flat for i in index):
        return mpf(0)
    wanted = int(digits * math.log2(10.0)) + 8
    # The difference is off by (step / distance to the nearest singularity)**2: half the wanted bits, and 72 more so
    # that the distance may be a few ulps of the operand, as between the pole of a tangent and the double next to it.
    small = wanted // 2 + 72
    steps = {i: _scale(row.step, operands, i) - small for i in index}
    power = sum([steps[i] + 1 for i in index])
    precision = wanted + GUARD + len(index) * small + int(min(max(0.0, row.lost(*operands)), -FLOOR))
    while True:
        precision = -(-precision // 64) * 64
        with mp.workprec(precision):
            total, largest = mpf(0), mpf(0)
            for weight, moves in _stencil(index):
                point = [mpf(u) for u in operands]
                for i, count in moves:  # exactly: 1e300 + 1e-50 is what is meant
                    point[i] = mp.fadd(point[i], mp.ldexp(count, steps[i]), exact=True)
                term = weight * row.value(*point)
                total += term
                largest = max(largest, abs(term))
            if not mp.isfinite(total):
                return total
            noise, size = mp.mag(largest) - precision + GUARD, mp.mag(total)  # the latter is -inf for zero
            if size - noise >= wanted:
                with mp.workprec(wanted + 16):
                    return +mp.ldexp(total, -power)
            if max(size, noise) - power < FLOOR:
                return mpf(0)
            # Some of it shows: what is missing is known. None does: the operands differ, or it has saturated.
            precision = precision + wanted + noise - size if size > noise else 2 * precision


def exact(name: str, operands: Sequence[float], digits: int = 50) -> Mpf:
    """The value, right to `digits` digits; sums and products are exact before the last rounding."""
    wanted = int(digits * math.log2(10.0)) + 8
    with mp.workprec(wanted + GUARD if ORACLE[name].degree is None else 4400):
        result = ORACLE[name].value(*[mpf(u) for u in operands])
    with mp.workprec(wanted + 16):
        return +result


def ulp_error(got: float, want: Mpf) -> float:
    """|got - want| in units in the last place of the double nearest `want`; 0.0 for nan where nan is wanted.

    >>> ulp_error(1.0 + 2**-52, mpf(1)), ulp_error(5e-324, mpf(0)), ulp_error(math.inf, mpf("1e400"))
    (1.0, 1.0, 0.0)
    """
    if math.isnan(got) or mp.isnan(want):
        return 0.0 if math.isnan(got) and mp.isnan(want) else math.inf
    largest = math.nextafter(math.inf, 0.0)
    beyond = abs(want) > largest
    if math.isinf(got) or mp.isinf(want):
        return 0.0 if math.isinf(got) and beyond and (got > 0) == (want > 0) else math.inf
    with mp.workprec(200):
        return float(abs(mpf(got) - want) / math.ulp(largest if beyond else float(abs(want))))


def _self_check() -> None:
    """Every derivative of order 1 to 3 against mpmath.diff, which wants moderate operands, and the time of one."""
    print(f"{'name':12}{'points':>7}{'compared':>9}{'worst difference':>18}{'microseconds':>13}")
    for name, row in ORACLE.items():
        points = row.points(Random(name), 400)
        begin = time.perf_counter()
        for p in points:
            derivative(name, (len(p) - 1,), p)
        lapse = (time.perf_counter() - begin) / len(points) * 1e6
        moderate = [p for p in points if len(p) < 6 and all(1e-2 < abs(u) < 20.0 for u in p)][:3]
        worst, compared = mpf(0), 0
        for p, order in itertools.product(moderate, (1, 2, 3)):
            for index in itertools.combinations_with_replacement(range(len(p)), order):
                got, counts = derivative(name, index, p), tuple(index.count(i) for i in range(len(p)))
                with mp.workdps(200):
                    want = mp.diff(row.value, p, counts, h=mp.mpf(10) ** -60)
                    worst = max(worst, abs(got - want) / max(abs(want), mpf(10) ** -50))
                compared += 1
        print(f"{name:12}{len(points):7}{compared:9}{mpmath.nstr(worst, 3):>18}{lapse:13.0f}")


if __name__ == "__main__":
    _self_check()

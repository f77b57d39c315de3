"""Formulas of the table that are too long for a row.

Each is written over a reader `m`, like the rows of table.py, which lists the names in scope. Each is accurate over the whole
domain, with branches as `m.where`.
"""

import math
from collections.abc import Sequence
from typing import Any

INF, NAN = float("inf"), float("nan")
# Bounds and largest slopes of activations, which are compared and never computed with.
HALF_PI = math.pi / 2.0
TWO_OVER_ROOT_PI, ONE_OVER_ROOT_2PI = 2.0 / math.sqrt(math.pi), 1.0 / math.sqrt(2.0 * math.pi)


def sigmoid(m: Any, u: Any) -> Any:
    """1 / (1 + exp(-u))."""
    e = m.exp(-m.abs(u))  # in (0, 1]: never overflows, and keeps the digits of the tail
    return m.div(m.where(u < 0.0, e, 1.0), 1.0 + e)


def silu(m: Any, u: Any) -> Any:
    """The product u * sigmoid(u)."""
    s = _below(m, u)
    h = m.exp(0.5 * s)  # the root of the small exponential: s*h*h is normal where h*h no longer is
    return m.div(m.where(u < 0.0, s * h * h, u), 1.0 + h * h)


def _below(m: Any, u: Any) -> Any:
    """An exponent whose exp is at most 1: -|u|, but -800 if |u| is larger: there s*exp(s) is 0 also for infinite u."""
    return m.where(m.abs(u) > 800.0, -800.0, m.where(u < 0.0, u, -u))


_SILU_ZERO, _SILU_ZERO_TAIL = -1.2784645427610737, -1.0946994183093437e-16  # the zero of 1 + u + exp(u), in two doubles


def silu_slope(m: Any, u: Any) -> Any:
    """The derivative of u * sigmoid(u)."""
    # sigmoid(u) + u*sigmoid(u)*sigmoid(-u) cancels around its zero. Below 0 it has the factor 1 + u + exp(u), which is
    # d + exp(zero)*expm1(d) with d = u - zero, a sum of two numbers of one sign; exp(zero) = -1 - zero. The exponent is
    # chosen by a branch, not by abs, whose derivative at 0 would be part of the second derivative.
    s = _below(m, u)
    h = m.exp(0.5 * s)
    e = m.exp(s)
    d = (m.where(u < 0.0, s, 0.0) - _SILU_ZERO) - _SILU_ZERO_TAIL
    rise = m.expm1(d)
    factor = d + (-_SILU_ZERO_TAIL * rise + (-1.0 - _SILU_ZERO) * rise)
    below = m.where(u < -700.0, h * factor * h, e * factor)  # there e is no normal number any more
    return m.div(m.where(u < 0.0, below, 1.0 + e * (1.0 - s)), (1.0 + e) * (1.0 + e))


def gauss(m: Any, u: Any, c: Any) -> Any:
    """exp(-c*u*u)."""
    # u*u rounded costs u*u ulps once it is exponentiated. So u = head + tail with a head of few bits, whose square is
    # exact, and exp(-c*u*u) = exp(-c*head*head) * exp(-c*tail*(u + head)), of which the second is near 1.
    head = (u + 1.5 * 2.0**40) - 1.5 * 2.0**40  # rounds to a multiple of 2**-12
    e = m.exp(-c * head * head)
    return m.where(m.abs(u) > 64.0, 0.0, e + e * m.expm1(-c * (u - head) * (u + head)))


def gauss_partials(m: Any, out: Any, u: Any, c: Any) -> tuple[Any, ...]:
    """The partials of exp(-c*u*u), also where it is 0."""
    far = m.abs(u) > 64.0  # where out is 0, and u*u may be inf
    return m.where(far, 0.0, -2.0 * c * u * out), m.where(far, 0.0, -u * u * out)


_SQRT_HALF, _SQRT_HALF_TAIL = 0.7071067811865476, -4.833646656726457e-17  # sqrt(1/2) to 107 bits, in two doubles


def normal_cdf(m: Any, u: Any) -> Any:
    """The standard normal distribution function."""
    # Phi(u) = erfc(-u/sqrt(2))/2. In the tail erfc magnifies the rounding of u/sqrt(2) by u*u, so the rounding error of
    # the product is computed exactly (Dekker's product) and put back with erfc's own derivative.
    clipped = m.where(m.abs(u) > 64.0, m.sign(u) * 64.0, u)
    p = clipped * _SQRT_HALF
    big = clipped * 134217729.0
    head = big - (big - clipped)
    tail = clipped - head
    c_head = 0.7071067839860916  # the upper 26 bits of _SQRT_HALF
    c_tail = _SQRT_HALF - c_head
    error = ((head * c_head - p) + head * c_tail + tail * c_head) + tail * c_tail + clipped * _SQRT_HALF_TAIL
    return 0.5 * m.erfc(-p) + error * m.exp(-p * p) * m.div(1.0, m.sqrt(m.acos(-1.0)))


def _or_formula(m: Any, apart: Any, formula: Any) -> Any:
    return m.where(apart == apart, apart, formula)  # gelu_digits.py answers with nan where the formula is right


def gelu(m: Any, u: Any) -> Any:
    """The product u * normal_cdf(u)."""
    return _or_formula(m, m.gelu_apart(u), u * m.normal_cdf(u))


def gelu_slope(m: Any, u: Any) -> Any:
    """The derivative of gelu."""
    plain = m.normal_cdf(u) + u * m.div(m.gauss(u, 0.5), m.sqrt(2.0 * m.acos(-1.0)))
    return _or_formula(m, m.gelu_slope_apart(u), plain)


def gelu_curvature(m: Any, u: Any) -> Any:
    """The second derivative of gelu."""
    # phi(u)*(2 - u*u), with both zeros in two doubles
    root, tail = 2.0 * _SQRT_HALF, 2.0 * _SQRT_HALF_TAIL
    near = m.div(m.gauss(u, 0.5), m.sqrt(2.0 * m.acos(-1.0))) * ((root - u) + tail) * ((root + u) + tail)
    return m.where(m.abs(u) > 64.0, 0.0, near)  # where phi is 0, and u*u may be inf


def expdiff(m: Any, u: Any, v: Any) -> Any:
    """exp(u - v)."""
    # exp magnifies the rounding of u - v by |u - v|; the rounding error of a difference is a float, so put it back.
    d = u - v
    back = d + v
    error = (u - back) + ((back - d) - v)
    e = m.exp(d)
    return m.where(error == error, e * (1.0 + error), e)  # inf - inf: exp's own answer stands


def _by_expdiff(m: Any, u: Any, v: Any) -> tuple[Any, Any, Any]:
    """exp(smaller - larger) of two operands, which is at most 1; and exp(operand - larger) for each of them."""
    e = m.expdiff(m.where(u < v, u, v), m.where(u < v, v, u))
    return e, m.where(u < v, e, 1.0), m.where(u < v, 1.0, e)


def logaddexp(m: Any, u: Any, v: Any) -> Any:
    """log(exp(u) + exp(v))."""
    e, _, _ = _by_expdiff(m, u, v)
    return m.where(u == v, u + m.log(2.0), m.where(u < v, v, u) + m.log1p(e))  # equal infinities too


def logaddexp_partials(m: Any, u: Any, v: Any) -> tuple[Any, ...]:
    """The share of either operand in the sum of the exponentials."""
    e, of_u, of_v = _by_expdiff(m, u, v)
    return m.div(of_u, 1.0 + e), m.div(of_v, 1.0 + e)


def sinc(m: Any, u: Any) -> Any:
    """sin(pi*u) / (pi*u), 1 at 0."""
    # sin(pi*u) from u less the nearest whole number, which is exact: zeros are exactly 0, and numbers next to them right.
    pi = m.acos(-1.0)
    n = m.round(m.where(m.abs(u) == INF, 0.0, u), 0.0)
    sine = m.sin(pi * (u - n)) * m.where(m.mod(n, 2.0) == 0.0, 1.0, -1.0)
    return m.where(u == 0.0, 1.0, m.where(m.abs(u) == INF, 0.0, m.div(sine, pi * m.where(u == 0.0, 1.0, u))))


def _top(m: Any, us: Sequence[Any]) -> Any:
    """The largest operand, which is taken out of every exponent; 0 if it is infinite, because inf - inf is nan."""
    top = m.maximum(*us)
    return m.where(m.abs(top) == INF, 0.0, top)


def logsumexp(m: Any, *us: Any) -> Any:
    """log(exp(u1) + ... + exp(un))."""
    top = _top(m, us)
    # The largest term is exp(0) = 1: log1p of the others keeps their digits when the result is near 0.
    return top + m.log1p(m.sum(*(m.expdiff(u, top) for u in us), -1.0))


def softmax(m: Any, *us: Any) -> tuple[Any, ...]:
    """The share of every operand in the sum of the exponentials: the partials of logsumexp."""
    # Not exp(u - out): the rounding of a large out would show in every digit of it. Any number instead of the top gives the
    # same shares, so they do not vary with it.
    top = m.fixed(_top(m, us))
    es = [m.expdiff(u, top) for u in us]
    total = m.sum(*es)
    return tuple(m.div(e, total) for e in es)


def shares(m: Any, out: Any, *us: Any) -> tuple[Any, ...]:
    """One for the operand that is the extremum; n of them tied share equally, 1/n each."""
    hits = [m.where(u == out, 1.0, 0.0) for u in us]
    total = m.sum(*hits)
    return tuple(m.div(hit, total) for hit in hits)


def shares_higher(m: Any, out: Any, *us: Any) -> tuple[Any, ...]:
    """The shares, of which those of tied operands have no derivatives: they belong to no smooth function."""
    tied = m.sum(*(m.where(u == out, 1.0, 0.0) for u in us)) > 1.0
    lost = nowhere(m, *(m.where((u == out) & tied, u, 0.0) for u in us))
    return tuple(m.where((u == out) & tied, lost, share) for u, share in zip(us, shares(m, out, *us), strict=True))


def nowhere(m: Any, *us: Any) -> Any:
    """A nan that depends on these operands: it has no derivative by them, of any order."""
    return m.exp(NAN * m.sum(*us))


def atan2_partials(m: Any, u: Any, v: Any) -> tuple[Any, ...]:
    """The partials of the angle of (v, u): 0 at the origin."""
    h = m.hypot(u, v)
    du, dv = atan2_slopes(m, u, v, h)
    return m.where(h == 0.0, 0.0, du), m.where(h == 0.0, 0.0, dv)


def atan2_slopes(m: Any, u: Any, v: Any, h: Any) -> tuple[Any, Any]:
    """The quotients v / h**2 and -u / h**2 for the distance h, without overflow of the square; 0 where it is infinite."""
    far = (h == INF) & (u == u) & (v == v)
    return m.where(far, 0.0, m.div(m.div(v, h), h)), m.where(far, 0.0, -m.div(m.div(u, h), h))


def cbrt_slope(m: Any, out: Any, u: Any) -> Any:
    """The derivative of the cube root, from its value."""
    # Not 1 / (3*out*out): the error of out would count twice.
    return m.div(m.where(u == 0.0, INF, m.where(m.abs(u) == INF, 0.0, m.div(out, u))), 3.0)


def atan_slope(m: Any, u: Any) -> Any:
    """1 / (1 + u*u), with derivatives that tend to 0 at infinity: there hypot's are inf / inf."""
    far, q = _inverted(m, u)
    return m.div(m.where(far, q * q, 1.0), 1.0 + q * q)


def asinh_slope(m: Any, u: Any) -> Any:
    """1 / sqrt(1 + u*u), with derivatives that tend to 0 at infinity."""
    far, q = _inverted(m, u)
    return m.div(m.where(far, m.where(u < 0.0, -q, q), 1.0), m.sqrt(1.0 + q * q))


def _inverted(m: Any, u: Any) -> tuple[Any, Any]:
    """True and 1/u if |u| is above 1, else False and u: the number is at most 1 in size."""
    far = m.abs(u) > 1.0
    return far, m.where(far, m.div(1.0, u), u)


def pow_base(m: Any, out: Any, u: Any, v: Any) -> Any:
    """The partial of u**v by u."""
    # v*u**(v-1) where v - 1 is exact; elsewhere u**(v-1) would magnify its rounding by log(u), so v*out/u.
    plain = ((v >= 0.5) & (v < 2.0**52)) | (u == 0.0) | (m.abs(u) == INF) | (m.abs(v) == INF)
    slope = m.where(plain, v * m.pow(u, v - 1.0), v * m.div(out, u))
    return m.where(v == 0.0, 0.0, slope)  # u**0 is 1 for every u, nan and inf included


def pow_exponent(m: Any, out: Any, u: Any, v: Any) -> Any:
    """The partial of u**v by v."""
    flat = (u == 0.0) & (v >= 0.0)  # 0**v is constant from 0 on: 0, not 0*log(0) = nan
    return m.where(flat, 0.0, out * m.log(m.where(flat, 1.0, u)))


def pow_derivative(m: Any, u: Any, v: Any, n: Any, k: Any) -> Any:
    """The n-th derivative by u and k-th by v of u**v.

    The n-th by u is p(v) * u**(v - n) with p(v) = v*(v-1)*...*(v-n+1), and every derivative of that by v a polynomial in
    log(u). At u = 0 its highest power wins, unless the factor before it is zero; where all are zero, so is the derivative.
    """
    n, k = int(n), int(k)
    p = [1.0, *[0.0] * k]  # p(v + t) up to t**k
    for i in range(n):
        w = v - float(i)
        p = [w * p[0], *(w * p[j] + p[j - 1] for j in range(1, k + 1))]
    total: Any = p[0]
    for j in range(1, k + 1):  # Horner, from the highest power of the logarithm down
        total = m.where((total == 0.0) & (u >= 0.0), 0.0, total * m.log(u)) + float(math.perm(k, j)) * p[j]
    exponent = v - float(n)
    power = m.pow(u, exponent)
    if n:
        quotient = m.pow(u, v)
        for _ in range(n):
            quotient = m.div(quotient, u)
        exact = (exponent + float(n) == v) & (v - exponent == float(n))  # log(u) would magnify the rounding of v - n
        power = m.where(exact | (u == 0.0) | (m.abs(u) == INF), power, quotient)
    flat = exponent > 0.0 if n or not k else v >= 0.0  # 0**v by v: as pow_exponent has it, at v = 0 too
    return m.where((total == 0.0) | ((u == 0.0) & flat), 0.0, total * power)


def weighted_sum(m: Any, *operands: Any) -> Any:
    """A dot product written as a sum of products, which reads better than its name."""
    n, bias = len(operands) // 2, operands[-1:]
    products = [m.mul(w, x) for w, x in zip(operands[:n], operands[n:-1], strict=True)]
    return m.sum(*products, *(() if bias[0].__class__ is float and bias[0] == 0.0 else bias))


def dot_partials(operands: Sequence[Any]) -> tuple[Any, ...]:
    """The partials of a dot product: the other factors, and 1."""
    n = len(operands) // 2
    return (*operands[n:-1], *operands[:n], 1.0)

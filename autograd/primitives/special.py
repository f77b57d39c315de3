"""Functions that `math` lacks or has only to a few digits: the gamma function's family and the derivatives of sinc.

`math.lgamma` loses every digit next to its zeros at 1 and 2, digamma has a zero between any two poles, and the derivatives of
sinc cancel around theirs: no arrangement of doubles is right at all of these. So they are computed with some forty decimal
digits and rounded once: right to the last bit, at 20 to 200 microseconds a call. The module is imported at the first call.

Every function takes and returns plain floats, with IEEE's edges: inf at a pole with one sign, nan at a pole with two.
"""

import decimal
import functools
import math
from collections.abc import Callable
from decimal import Decimal
from math import inf, nan

_PI = Decimal("3.141592653589793238462643383279502884197169399375105820974944592307816406286208998628034825342117068")
_HALF_LOG_2PI = Decimal("0.918938533204672741780329736405617639861397473637783412817152")
_DIGITS = 40  # a double next to a zero costs 17 of them, the logarithms before it a few more
_SHIFT = 20  # from here on asymptotic series are used: their smallest terms are about exp(-2*pi*20) = 1e-55


def _digits(extra: float = 0.0) -> "decimal._ContextManager":
    """Inside `with`, decimals have forty digits and `extra`, any exponent, and raise nothing."""
    context = decimal.Context(prec=_DIGITS + int(extra), Emax=decimal.MAX_EMAX, Emin=decimal.MIN_EMIN, traps=[])
    return decimal.localcontext(context)


@functools.cache
def _bernoulli() -> list[tuple[int, int]]:
    """The Bernoulli numbers B_2, B_4, ... as numerators and denominators, by way of the tangent numbers, which are whole."""
    n = 64
    tangent = [0, 1, *([0] * (n - 1))]
    for k in range(2, n + 1):
        tangent[k] = (k - 1) * tangent[k - 1]
    for k in range(2, n + 1):
        for j in range(k, n + 1):
            tangent[j] = (j - k) * tangent[j - 1] + (j - k + 2) * tangent[j]
    return [(-((-1) ** k) * 2 * k * tangent[k], 4**k * (4**k - 1)) for k in range(1, n + 1)]


def _series(first: Decimal, ratio: Callable[[int], Decimal], x: Decimal) -> Decimal:
    """The asymptotic sum of B_2k * c_k / x**(2k), where c_1 = first and c_(k+1) = c_k * ratio(k), down to the last digit."""
    total, c, square = Decimal(0), first, x * x
    for k, (top, bottom) in enumerate(_bernoulli(), start=1):
        c /= square
        term = c * top / bottom
        if abs(term) <= abs(total).scaleb(-_DIGITS):
            break
        total += term
        c *= ratio(k)
    return total


def _sin_cos(r: float) -> tuple[Decimal, Decimal]:
    """sin(pi*r) and cos(pi*r) for -1/2 <= r <= 1/2, exactly 0 at their zeros."""
    x = abs(Decimal(r))
    turned = x > Decimal("0.25")
    y = _PI * (Decimal("0.5") - x if turned else x)
    sine, term, k = y, y, 1
    while abs(term) > abs(sine).scaleb(-_DIGITS - 2):
        term *= -y * y / ((k + 1) * (k + 2))
        sine += term
        k += 2
    cosine = (1 - sine * sine).sqrt()
    sine, cosine = (cosine, sine) if turned else (sine, cosine)
    return sine.copy_sign(Decimal(r)), cosine


def _whole_and_rest(u: float) -> tuple[int, float]:
    """The whole number nearest to u, and the rest of u; both exact."""
    n = round(u)
    return n, u - n


def _is_order(n: float) -> bool:
    """True if n is the order of a derivative, and small enough for a result in reasonable time."""
    return 0.0 <= n <= 10_000.0 and n == n // 1.0


# --- the gamma function and its logarithm's derivatives ------------------------------------------------------------------


def _log_gamma(x: Decimal) -> Decimal:
    """log(gamma(x)) for x > 0: Stirling's series, from _SHIFT on."""
    product = Decimal(1)
    while x < _SHIFT:
        product *= x
        x += 1
    tail = x * _series(Decimal("0.5"), lambda k: Decimal((2 * k - 1) * 2 * k) / ((2 * k + 1) * (2 * k + 2)), x)
    return (x - Decimal("0.5")) * x.ln() - x + _HALF_LOG_2PI + tail - product.ln()


def lgamma(u: float) -> float:
    """log|gamma(u)|: inf at 0, at the negative whole numbers and at both infinities."""
    if u != u:
        return u
    if u - u != 0.0 or (u <= 0.0 and u == math.floor(u)):
        return inf
    if u in (1.0, 2.0):
        return 0.0
    with _digits():
        if u > 0.0:
            return float(_log_gamma(Decimal(u)))
        sine, _ = _sin_cos(_whole_and_rest(u)[1])
        return float((_PI / abs(sine)).ln() - _log_gamma(1 - Decimal(u)))


def gamma(u: float) -> float:
    """The gamma function: inf with the sign of a zero, nan at the negative whole numbers."""
    if u == 0.0:
        return math.copysign(inf, u)
    if u - u != 0.0 or (u < 0.0 and u == math.floor(u)):
        return inf if u == inf else nan
    with _digits():
        if u > 0.0:
            return inf if u > 172.0 else float(_log_gamma(Decimal(u)).exp())
        n, r = _whole_and_rest(u)
        sine, _ = _sin_cos(r)
        value = _PI / sine * (-_log_gamma(1 - Decimal(u))).exp()
        return float(-value if n % 2 else value)


def polygamma(n: float, u: float) -> float:
    """The derivative of order n + 1 of log(gamma(u)), for a whole n from 0 on; digamma for n = 0."""
    if not _is_order(n) or u != u or u == -inf:
        return nan
    order = int(n)
    if u == inf:
        return inf if order == 0 else math.copysign(0.0, (-1) ** (order + 1))
    if u <= 0.0 and u == math.floor(u):  # a pole, which has one sign for odd n
        return inf if order % 2 else math.copysign(inf, -u) if u == 0.0 else nan
    with _digits(2.0 * order):
        if u > 0.0:
            return float(_polygamma(order, Decimal(u)))
        sine, cosine = _sin_cos(_whole_and_rest(u)[1])
        cotangent = cosine / sine
        reflected = functools.reduce(lambda total, c: total * cotangent + c, reversed(_cotangent(order)), Decimal(0))
        return float((-1) ** order * _polygamma(order, 1 - Decimal(u)) - _PI ** (order + 1) * reflected)


def _polygamma(n: int, x: Decimal) -> Decimal:
    """The derivative of order n of digamma(x), x > 0: a sum up to where the Euler-Maclaurin series has all digits."""
    shifted, end = Decimal(0), _SHIFT + n
    while x < end:
        shifted += x ** -(n + 1)
        x += 1
    if n == 0:
        return x.ln() - 1 / (2 * x) - _series(Decimal("0.5"), lambda k: Decimal(k) / (k + 1), x) - shifted
    # (n-1)!/x**n * (1 + n/(2x) + sum of B_2k * (n+2k-1)!/((2k)! (n-1)!) / x**2k) + n! * the shifted terms
    first = Decimal((n + 1) * n) / 2
    rest = _series(first, lambda k: Decimal((n + 2 * k + 1) * (n + 2 * k)) / ((2 * k + 1) * (2 * k + 2)), x)
    total = math.factorial(n - 1) * ((1 + n / (2 * x) + rest) * x**-n + n * shifted)
    return total if n % 2 else -total


@functools.cache
def _cotangent(n: int) -> tuple[int, ...]:
    """The coefficients of the polynomial p with d^n/dy^n cot(y) = p(cot(y)), the constant first."""
    if n == 0:
        return (0, 1)
    before = _cotangent(n - 1)
    slope = [k * c for k, c in enumerate(before)][1:]  # cot' = -(1 + cot**2)
    return tuple([-(a + b) for a, b in zip([*slope, 0, 0], [0, 0, *slope], strict=True)])


def digamma(u: float) -> float:
    """The derivative of log(gamma(u)); nan at the negative whole numbers."""
    return polygamma(0.0, u)


# --- sinc ----------------------------------------------------------------------------------------------------------------


def sinc_derivative(n: float, u: float) -> float:
    """The derivative of order n of sin(pi*u)/(pi*u), for a whole n from 0 on."""
    if not _is_order(n) or u != u:
        return nan
    order = int(n)
    if u - u != 0.0:
        return 0.0
    y = math.pi * abs(u)
    near = y < (order + 8 if order else 1)  # sin(y)/y itself needs a series only at 0
    with _digits(order + 0.5 * y if near else order):
        slope = _PI**order * (_sinc_near if near else _sinc_far)(order, abs(u))
        return float(-slope if order % 2 and u < 0.0 else slope)


def _sinc_near(n: int, u: float) -> Decimal:
    """The derivative of order n of sin(y)/y by y, at y = pi*u, by its Taylor series: terms y**j/j!/(n+j+1), n + j even."""
    y = _PI * Decimal(u)
    total, j = Decimal(0), n % 2
    term = y**j if j or y else Decimal(1)  # decimals have no 0**0
    digits = decimal.getcontext().prec
    while True:
        part = term / (n + j + 1)
        total += part if (n + j) % 4 == 0 else -part
        if abs(part) <= abs(total).scaleb(-digits) and j > y:
            return total
        term *= y * y / ((j + 1) * (j + 2))
        j += 2


def _sinc_far(n: int, u: float) -> Decimal:
    """The same derivative f_n by y*f_n + n*f_(n-1) = the derivative of order n of sin(y), which is stable for y > n."""
    y = _PI * Decimal(u)
    whole, r = _whole_and_rest(u)
    sine, cosine = _sin_cos(r)
    if whole % 2:
        sine, cosine = -sine, -cosine
    f = sine / y
    for k in range(1, n + 1):
        f = ((sine, cosine, -sine, -cosine)[k % 4] - k * f) / y
    return f

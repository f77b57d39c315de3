"""gelu and its derivative where the table's formulas lose digits: around the zero of the derivative, and in the far tail.

u*Phi(u) is a normal number where Phi(u) is none any more, and Phi(u) + u*phi(u) is a difference of two rounded numbers from
-0.3 down to -2.6. These two functions answer there, and with nan where the formulas are right, which is nearly everywhere. All
is done in doubles, because networks call them in their innermost loop.
"""

import math
from math import nan


def gelu_apart(u: float) -> float:
    """The value u*Phi(u) in the far tail, where Phi is no normal number and the product still is; nan elsewhere."""
    return _far(u, u * _mills(-u)) if u < -37.5 else nan


# gelu'(u) = Phi(u) + u*phi(u) is a difference of two rounded numbers below -0.3, with a zero, which is given in two doubles.
# Chebyshev approximations, the highest power first: of gelu'(zero + d)/d for |d| <= 0.45, of gelu'(_BELOW + d) for |d| <= 0.75.
_ZERO, _ZERO_TAIL, _BELOW = -0.7517915246935645, 1.4956759177009883e-17, -1.875
_AROUND_ZERO = (
    -3.386029580074001e-08, -2.745126013964066e-09, 5.697140822603136e-07, 4.3324222573165616e-07, -7.748355956452012e-06,
    -1.1214454227112644e-05, 8.61594673537107e-05, 0.00018633975412205668, -0.0007448268379917126, -0.0022395380685513366,
    0.004539228379103431, 0.01942167983820443, -0.01477152214824402, -0.11400823329722193, -0.018199676398671087,
    0.388284982990552, 0.4314939923140469,
)  # fmt: skip
_AROUND_BELOW = (
    -1.4255249702838677e-10, 3.9350371793022677e-10, 3.825379772601035e-09, -1.9802258526611693e-09, -6.940059290005552e-08,
    -9.029394324104738e-08, 8.871119615943056e-07, 2.8515410473568423e-06, -6.567322599658088e-06, -4.61755052731946e-05,
    -8.451979267583121e-06, 0.0004528648723673804, 0.0008710112912922231, -0.0021674101272300844, -0.010002140706187249,
    -0.004009526103420096, 0.04466946283476602, 0.09457833034097246, 0.03123595533145677, -0.1042541992998299,
    -0.09857790540978593,
)  # fmt: skip


def gelu_slope_apart(u: float) -> float:
    """The derivative Phi(u) + u*phi(u) where it is a difference, in the far tail, and at infinity; nan elsewhere."""
    d = (u - _ZERO) - _ZERO_TAIL
    if -0.45 < d < 0.45:
        return d * _polynomial(_AROUND_ZERO, d)
    if -2.6 < u < -1.2:
        return _polynomial(_AROUND_BELOW, u - _BELOW)
    if u < -37.5:
        return _far(u, u + _mills(-u))
    return 1.0 if u == math.inf else nan


def _polynomial(coefficients: tuple[float, ...], x: float) -> float:
    total = 0.0
    for c in coefficients:
        total = total * x + c
    return total


def _mills(t: float) -> float:
    """Mills' ratio (1 - Phi(t))/phi(t) of a large t, as a continued fraction."""
    ratio = 0.0
    for k in range(12, 0, -1):
        ratio = k / (t + ratio)
    return 1.0 / (t + ratio)


def _far(u: float, factor: float) -> float:
    """The product phi(u) * factor, half of the exponent of phi on either side of the factor; the table's gauss says how."""
    if u < -64.0:
        return -0.0
    head = (u + 1.5 * 2.0**40) - 1.5 * 2.0**40
    h = math.exp(-0.25 * head * head)
    return h * (factor * math.exp(-0.5 * (u - head) * (u + head)) / math.sqrt(2.0 * math.pi)) * h

#!/usr/bin/env bash
# num-dual's spherical Bessel functions lose every digit near 0, derivatives first: j1 at 1e-10 has slope 0 instead of 1/3, j2 is -1.
#
# Guess, written down first: a method `sph_j2` exists in a library of dual numbers because (3/x**2 - 1)*sin(x)/x - 3*cos(x)/x**2
# cancels near 0; it has a series there, so that value, slope and curvature are right next to 0 as they are at 0.
# Seen with num-dual 0.15.1: right at 0 itself and, for doubles, right again from about 0.01 on; between them the closed form is taken
# for everything above the machine's epsilon. j2(1e-5) is -1.4e-6 (right: 6.7e-12) and its curvature -180,000 (right: 0.133);
# j2(1e-10) is -1 with curvature 6e20; j1(1e-10) is 0 with slope 0 and curvature 2e10. Each derivative divides the rounding of the
# value by x once more, so that a Hessian is wrong over a range in which the value still looks right: at 1e-5 value and slope of j1
# have six digits, and the curvature is -0.31 where -0.000002 is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check num-dual==0.15.1 mpmath==1.3.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
from importlib.metadata import version

import mpmath
from num_dual import second_derivative

mpmath.mp.dps = 60


def right(order, x):
    """Value, slope and curvature of the spherical Bessel function, from its power series."""
    x = mpmath.mpf(x)
    terms = [(mpmath.mpf(-1) ** k / (2**k * mpmath.factorial(k) * mpmath.fac2(2 * (order + k) + 1)), order + 2 * k) for k in range(20)]
    value = sum(c * x**p for c, p in terms)
    slope = sum(c * p * x ** (p - 1) for c, p in terms if p)
    curvature = sum(c * p * (p - 1) * x ** (p - 2) for c, p in terms if p > 1)
    return float(value), float(slope), float(curvature)


seen = {}
for order, name in ((1, "sph_j1"), (2, "sph_j2")):
    for x in (0.0, 1e-10, 1e-5, 1e-3, 1.0):
        seen[order, x] = second_derivative(lambda t, name=name: getattr(t, name)(), x)
        print(f"j{order} at {x:g}:", *(f"{got:.6g} (right {want:.6g})" for got, want in zip(seen[order, x], right(order, x))))
    for x in (0.0, 1.0):
        assert all(abs(g - w) < 1e-9 for g, w in zip(seen[order, x], right(order, x))), f"j{order} at {x} is wrong now"
print("num-dual", version("num-dual"))
assert seen[2, 1e-10][0] == -1.0 and seen[2, 1e-5][0] < 0.0, "the value of j2 near 0 has changed"
assert seen[2, 1e-5][2] < -1e5, "the curvature of j2 at 1e-5 has changed"
assert seen[1, 1e-10][1] == 0.0, "the slope of j1 at 1e-10 has changed"
PYTHON
"$folder/venv/bin/python" "$folder/show.py"

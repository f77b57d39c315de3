#!/usr/bin/env bash
# numdifftools: by method="multicomplex" the second derivative of x**2 at -0.4 is 2.11, with an error estimate of 3e-14.
#
# Guess, written down first: a multicomplex step subtracts nothing, so that its step can be as small as one likes ("Complex methods are
# usually the most accurate provided the function to differentiate is analytic", says the docstring); a second derivative of an analytic
# function by it is right to ten digits, on both sides of 0, and where it is not the error estimate says so.
# Seen with numdifftools 0.11.2: x**2 and x**3 at -0.4 have the curvature 2.110 and -2.739, where 2 and -2.4 are right; 1/x, exp(-x**2) and
# sqrt(1 + x**2) are off by one to seven per cent, and in a Hessian the mixed derivative by twenty. At 0.7 they have all digits, and x*x*x has them
# everywhere. A Bicomplex number is raised to a power by a logarithm, whose argument is pi for a negative number, and the step, 2e-15, is added
# to it: of the step two or three bits are left. The inverse functions arcsin and arctan are logarithms of numbers away from the real axis, so
# that they lose the same on both sides: arctan at 0.7 has -43/64, a sixteenth too much. Only one step is taken, so that
# the estimate has nothing to compare. Central differences are right.
# log1p is another slip with the same cause, and already at first order: it takes the root of x**2 for x, so that its value at -0.4 is that at
# 0.4, and its slope -0.714, falling, where 1.667 is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check numdifftools==0.11.2 numpy==2.4.6 scipy==1.17.1 mpmath==1.3.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
from importlib.metadata import version

import mpmath
import numdifftools as nd
import numpy as np

mpmath.mp.dps = 40
FUNCTIONS = {
    "x**2": (lambda x: x**2, lambda x: x**2),
    "x**3": (lambda x: x**3, lambda x: x**3),
    "x*x*x": (lambda x: x * x * x, lambda x: x * x * x),
    "1/x": (lambda x: 1 / x, lambda x: 1 / x),
    "exp(-x**2)": (lambda x: np.exp(-(x**2)), lambda x: mpmath.exp(-(x**2))),
    "sqrt(1 + x**2)": (lambda x: np.sqrt(1 + x**2), lambda x: mpmath.sqrt(1 + x**2)),
    "arcsin": (np.arcsin, mpmath.asin),
    "arctan": (np.arctan, mpmath.atan),
}


def derivative(function, x, n, method="multicomplex"):
    found = nd.Derivative(function, n=n, method=method, full_output=True)(x)
    return float(found.estimate), float(found.error_estimate)


def right(function, x, n):
    return float(mpmath.diff(function, mpmath.mpf(x), n))


off = {}
for name, (function, exact) in FUNCTIONS.items():
    for x in (-0.4, 0.7):
        true = right(exact, x, 2)
        found, estimate = derivative(function, x, 2)
        off[name, x] = abs(found - true)
        print(f"{name} at {x}: second derivative {found:.6f}, right {true:.6f}, error {off[name, x]:.1e}, estimated {estimate:.1e}")
        assert estimate < 1e-12, "the error estimate has changed"
        assert abs(derivative(function, x, 1)[0] - right(exact, x, 1)) < 1e-9, "the first derivative has changed"
        assert abs(derivative(function, x, 2, "central")[0] - true) < 1e-6, "central differences have changed"
assert off["x**2", -0.4] > 0.1 and off["x**3", -0.4] > 0.3, "the powers of a negative number have changed"
assert off["1/x", -0.4] > 0.4 and off["exp(-x**2)", -0.4] > 0.07 and off["sqrt(1 + x**2)", -0.4] > 0.04
assert off["arctan", 0.7] > 0.04 and off["arcsin", 0.7] > 0.04 and off["arcsin", -0.4] > 0.1, "the inverse functions have changed"
assert all(off[name, 0.7] < 1e-12 for name in list(FUNCTIONS)[:6]), "the right of 0 has changed"
assert off["x*x*x", -0.4] < 1e-12, "products have changed"

hessian = nd.Hessian(lambda v: v[0] ** 3 * v[1], method="multicomplex")([-0.4, 1.0])
print("Hessian of x**3*y at (-0.4, 1):", hessian.tolist(), "right [[-2.4, 0.48], [0.48, 0.0]]")
assert abs(hessian[0, 1] - 0.48) > 0.05 and abs(hessian[0, 0] + 2.4) > 0.3, "the Hessian has changed"

slope = derivative(np.log1p, -0.4, 1)[0]
print(f"log1p at -0.4: slope {slope:.6f}, right {1 / 0.6:.6f}")
assert abs(slope + 1 / 1.4) < 1e-9, "the slope of log1p has changed"
print("numdifftools", version("numdifftools"))
PYTHON
"$folder/venv/bin/python" "$folder/show.py"

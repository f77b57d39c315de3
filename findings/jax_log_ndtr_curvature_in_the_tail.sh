#!/usr/bin/env bash
# The second derivative of jax.scipy.special.log_ndtr has the wrong sign at -100 in float32: 1.9 where -0.9999 is right.
#
# Guess, written down first: log_ndtr, the logarithm of the normal distribution function, is made for the lower tail; its value has a
# series there, so its first and second derivative (what Newton's method for a probit model needs) are as good.
# Seen with JAX 0.10.2: value right, first derivative right to 2e-4, second derivative -0.827 at -50 (right: -0.9996) and +1.896
# at -100: a concave function looks convex, and Newton's method climbs the wrong way. In float64 it is the same from about -1e5.
# The rule of the first derivative is exp(-x*x/2 - log_ndtr(x) - c), a difference of two numbers of 5,000 whose rounding is 2e-4; the
# second derivative multiplies that error by x twice (jax/_src/scipy/special.py, _log_ndtr_jvp). The error of a rule that is
# harmless at first order is not harmless when the rule is differentiated.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 mpmath==1.3.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import jax
import mpmath
from jax.scipy.special import log_ndtr

mpmath.mp.dps = 60
slope, curvature = jax.grad(log_ndtr), jax.grad(jax.grad(log_ndtr))
seen = {}
for x in (-5.0, -20.0, -50.0, -100.0):
    right = mpmath.diff(lambda u: mpmath.log(mpmath.ncdf(u)), x, 2)
    seen[x] = float(curvature(x)), float(right)
    print(f"{x:g}: value {float(log_ndtr(x)):.7g}, first {float(slope(x)):.7g}, second {seen[x][0]:.6f}, right {seen[x][1]:.6f}")
print("JAX", jax.__version__)
assert abs(seen[-5.0][0] - seen[-5.0][1]) < 1e-3
assert abs(seen[-50.0][0] - seen[-50.0][1]) > 0.05, "the second derivative at -50 is right now"
assert seen[-100.0][0] > 0.0 > seen[-100.0][1], "the second derivative at -100 has the right sign now"
PYTHON
"$folder/venv/bin/python" "$folder/show.py"

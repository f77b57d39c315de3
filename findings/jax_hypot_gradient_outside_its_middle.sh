#!/usr/bin/env bash
# The gradient of jax.numpy.hypot is 1.06 where 0.71 is right, for operands from 1.9e19 in float32, and -inf below 1e-19.
#
# Guess, written down first: hypot exists because sqrt(x*x + y*y) overflows; its value is right over the whole range, so its
# gradient x/hypot(x, y) is right wherever the value is. It lies between -1 and 1.
# Seen with JAX 0.10.2 on a CPU: at (1e20, 1e20) the value is 1.414e20 and both partials are 1.0607 instead of 0.7071: finite,
# plausible, and 50 % off. At (1e-20, 1e-20) both are -inf. In float64 the same happens from 1e155 and below 1e-155. The function
# is written as x*sqrt(1 + (y/x)**2) and differentiated as it stands: the derivative of y/x has x*x as its divisor, which
# overflows to inf (the term is lost) or underflows to 0 (jax/_src/numpy/ufuncs.py, hypot). A formula that is safe for the
# value is not safe for its derivative. At (0, 0), where nothing is right, it chooses (0.5, 0.5).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math

import jax
import jax.numpy as jnp

slope = jax.grad(jnp.hypot, (0, 1))
seen = {}
for x in (1e10, 1e20, 1e-10, 1e-20):
    seen[x] = [float(s) for s in slope(x, x)]
    print(f"x = y = {x:g}: hypot {float(jnp.hypot(x, x)):.6g}, gradient {seen[x]}, right {[math.sqrt(0.5)] * 2}")
print("JAX", jax.__version__)
assert all(abs(s - math.sqrt(0.5)) < 1e-6 for x in (1e10, 1e-10) for s in seen[x])
assert all(abs(s - 1.5 * math.sqrt(0.5)) < 1e-5 for s in seen[1e20]), "the gradient of a large hypot has changed"
assert seen[1e-20] == [-math.inf] * 2, "the gradient of a small hypot has changed"
PYTHON
"$folder/venv/bin/python" "$folder/show.py"

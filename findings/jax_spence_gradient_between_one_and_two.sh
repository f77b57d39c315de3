#!/usr/bin/env bash
# The gradient of jax.scipy.special.spence is nan on the whole interval from 1 to 2, and 0 at 1, where it is -1; the values are right.
#
# Guess, written down first: spence (the dilogarithm of 1 - x) is smooth for x > 0, its slope is log(x)/(1 - x); where the value is
# finite the gradient is that slope, -0.81 at 1.5.
# Seen with JAX 0.10.2, in float32 and float64: nan for 1 < x <= 2, right below 1 and above 2, and 0 at x = 1 itself.
# Of the branches that are computed together, one takes the logarithm of 1 - x, which does not exist beyond 1; `where` hides it from
# the value, and the slope of what is hidden, 0 times nan, comes back into the gradient. At 1 the value is a constant branch, and a
# constant has slope 0. A special function whose values were compared with SciPy's over its whole domain need not be differentiable.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jax==0.10.2 jaxlib==0.10.2 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math

import jax
from jax.scipy.special import spence

for wide in (False, True):
    jax.config.update("jax_enable_x64", wide)
    seen = {}
    for x in (0.5, 0.99, 1.0, 1.01, 1.5, 2.0, 2.01, 5.0):
        right = -1.0 if x == 1.0 else math.log(x) / (1.0 - x)
        seen[x] = float(jax.grad(spence)(x))
        print(f"{'float64' if wide else 'float32'} at {x}: value {float(spence(x)):.6f}, slope {seen[x]:.6f}, right {right:.6f}")
        if x < 1.0 or x > 2.0:
            assert math.isclose(seen[x], right, rel_tol=1e-3), f"the slope at {x} has changed"
    assert all(math.isnan(seen[x]) for x in (1.01, 1.5, 2.0)), "the slope between 1 and 2 is a number now"
    assert seen[1.0] == 0.0, "the slope at 1 has changed"
print("JAX", jax.__version__)
PYTHON
"$folder/venv/bin/python" "$folder/show.py"

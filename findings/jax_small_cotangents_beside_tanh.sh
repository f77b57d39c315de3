#!/usr/bin/env bash
# In JAX the gradient of tanh(x) + sigmoid(x) at x = -20 is 0 in float32, though it is 2e-9: tanh's rule rounds away what was there.
#
# Guess, written down first: the gradient of a sum of two functions is the sum of their gradients, each as exact as alone;
# 2.06e-9 is far from float32's smallest number, 1e-38.
# Seen with JAX 0.10.2: the forward rule of tanh multiplies the tangent by 1 - y in the form (g + g*y) * (1 - y). Transposed, it adds two
# parts to the cotangent of x, one after the other: about 2 and about -2. Between them what sigmoid has brought, 2e-9, is lost against 2. In
# float64 eight of its sixteen digits are. Each function alone has its gradient right, and so has the sum of the two gradients.
# Whoever compares gradients of two programs for the same sum has to allow for an absolute error of the size of eps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check jax==0.10.2 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import jax
import jax.numpy as jnp

jax.config.update("jax_enable_x64", True)
TRUE = 2.0611536139418496e-09  # sigmoid'(-20) = s * (1 - s); tanh'(-20) = 1.7e-17


def both(x):
    return jnp.tanh(x) + jax.nn.sigmoid(x)


for dtype in (jnp.float32, jnp.float64):
    x = jnp.asarray(-20.0, dtype)
    apart = float(jax.grad(jnp.tanh)(x)) + float(jax.grad(jax.nn.sigmoid)(x))
    together = float(jax.grad(both)(x))
    print(f"{x.dtype}: together {together!r}, apart {apart!r}")
    assert abs(apart / TRUE - 1) < 1e-6
    lost = abs(together / TRUE - 1)
    assert lost == 1.0 if dtype is jnp.float32 else 1e-9 < lost < 1e-6, "the rule has changed"
print("JAX", jax.__version__)
PYTHON
JAX_PLATFORMS=cpu "$folder/venv/bin/python" "$folder/show.py"

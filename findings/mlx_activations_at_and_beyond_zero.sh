#!/usr/bin/env bash
# MLX's elu and selu have gradient nan from x = 89 on, and celu, which is smooth, has gradient 0 at 0.
#
# Guess, written down first: activations that a library of networks brings along have a finite gradient wherever their value is
# finite; and celu(x) = max(0, x) + min(0, exp(x) - 1), which has slope 1 on both sides of 0, has it at 0.
# Seen with MLX 0.32.4 on the CPU, in float32: elu is where(x > 0, x, exp(x) - 1). Beyond 88.7 exp overflows in the branch that is not
# taken; its cotangent is 0, 0 * inf is nan, and the gradient is lost while the value is x. selu is elu times a constant. celu is written
# with maximum and minimum and stays finite; at 0 both find a tie with a constant, and both give the gradient to the constant.
# Writing exp(minimum(x, 0)) in the branch mends the first, as PyTorch and JAX have it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check "mlx[cpu]==0.32.4" 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math
from importlib.metadata import version

import mlx.core as mx
import mlx.nn as nn

mx.set_default_device(mx.cpu)


def value_and_slope(f, at):
    value, slope = mx.value_and_grad(f)(mx.array(at))
    return value.item(), slope.item()


def mended(x):
    return mx.where(x > 0, x, mx.exp(mx.minimum(x, 0.0)) - 1.0)


for f in (nn.elu, nn.selu):
    value, slope = value_and_slope(f, 100.0)
    print(f"{f.__name__}(100): value {value}, gradient {slope}")
    assert math.isfinite(value) and math.isnan(slope), f"{f.__name__} has changed"
    assert math.isfinite(value_and_slope(f, 88.0)[1])
for f, at in ((mended, 100.0), (nn.celu, 100.0), (nn.celu, 1e-3)):
    assert value_and_slope(f, at)[1] == 1.0
slopes = [value_and_slope(nn.celu, at)[1] for at in (-1e-3, 0.0, 1e-3)]
print("celu's gradient at -0.001, 0 and 0.001:", slopes)
assert slopes[1] == 0.0 and slopes[0] > 0.99, "celu has changed"
print("MLX", version("mlx"))
PYTHON
"$folder/venv/bin/python" "$folder/show.py"

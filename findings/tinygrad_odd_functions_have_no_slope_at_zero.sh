#!/usr/bin/env bash
# tinygrad's erf, asin and atan have gradient 0 at 0, where their slopes are 1.128, 1 and 1; elu's is 0 instead of 1.
#
# Guess, written down first: a smooth function has its derivative everywhere, at 0 too, where most weights and many inputs begin; what
# is taken for granted of tanh, sinh and asinh holds for their neighbours.
# Seen with tinygrad 0.14.0: erf, asin, acos and atan are put together from the sign of x and a polynomial in |x|. At 0 the derivative
# of the sign is 0 and the sign itself, by which the slope of the polynomial is multiplied, is 0 as well, so nothing arrives. Values and
# gradients beside 0 are right to seven digits. acos is pi/2 minus asin, and as flat. elu subtracts relu(1 - exp(x)) from relu(x), and at
# 0 neither relu lets anything through. A network of such units that begins at zeros does not move.
# DEV=PYTHON runs tinygrad's kernels in Python, without a compiler.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check tinygrad==0.14.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math
from importlib.metadata import version

from tinygrad import Tensor, dtypes

SLOPES = {"erf": 2 / math.sqrt(math.pi), "asin": 1.0, "acos": -1.0, "atan": 1.0, "elu": 1.0}
RIGHT = {"tanh": 1.0, "sinh": 1.0, "asinh": 1.0}


def slope(name, at):
    x = Tensor([at], dtype=dtypes.float64)
    return getattr(x, name)().sum().gradient(x)[0].item()


for name, true in SLOPES.items():
    at_zero, beside = slope(name, 0.0), slope(name, 1e-3)
    print(f"{name}: {at_zero} at 0, {beside:.6f} at 0.001; true at 0: {true:.6f}")
    assert at_zero == 0.0, f"{name} has changed"
    assert abs(beside - true) < 2e-3
for name, true in RIGHT.items():
    print(f"{name}: {slope(name, 0.0)} at 0")
    assert slope(name, 0.0) == true, f"{name} has changed"
print("tinygrad", version("tinygrad"))
PYTHON
cd "$folder" # its cache stays in the folder
DEV=PYTHON CACHEDB="$folder/cache.db" "$folder/venv/bin/python" "$folder/show.py"

#!/usr/bin/env bash
# PyTensor's gradient of hyp2f1(a, b, c, z) in a is wrong where a is 0 or a negative integer: at a = 0 it is 0.
#
# Guess, written down first: hyp2f1 is smooth in all of its four arguments, so that its gradient in a at a = 0 or a = -2 is what
# it is a billionth beside.
# Seen with PyTensor 3.0.7: the gradient is summed along the ratio p of neighbouring terms of the series, with dp/da = p/(a + k). Where
# a + k is 0 the ratio is 0 and its derivative is not; but the loop takes a ratio of 0 for the end of the series and leaves. At a = 0
# nothing is left, at a = -2 the tail is missing, one per cent with the numbers below. The same holds for b.
# A model whose exponent begins at 0 cannot leave it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check pytensor==3.0.7 mpmath==1.3.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import warnings

warnings.simplefilter("ignore")
import mpmath
import pytensor
import pytensor.tensor as pt
from pytensor.compile.mode import Mode

mpmath.mp.dps = 30
b, c, z = 0.7, 2.5, 0.3
a = pt.dscalar()
slope = pytensor.function([a], pytensor.gradient.grad(pt.hyp2f1(a, b, c, z), a), mode=Mode(linker="py", optimizer="fast_run"))


def true(at):
    return float(mpmath.diff(lambda u: mpmath.hyp2f1(u, b, c, z), at))


for at, seen in ((0.0, 0.0), (-2.0, 0.06564)):
    here, beside = float(slope(at)), float(slope(at + 1e-9))
    print(f"a = {at}: gradient {here:.6f}, at {at + 1e-9!r} {beside:.6f}; true {true(at):.6f}")
    assert abs(here - seen) < 1e-6, "the gradient has changed"
    assert abs(beside - true(at)) < 1e-6
print("PyTensor", pytensor.__version__)
PYTHON
PYTENSOR_FLAGS="base_compiledir=$folder/compiled,cxx=" "$folder/venv/bin/python" "$folder/show.py"

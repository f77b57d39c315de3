#!/usr/bin/env bash
# NVIDIA Warp: the gradient of a % b in b is 0, while that in a is right; a period, a wavelength or a cell size is not learned.
#
# Guess, written down first: wp.mod, which is also the operator %, is a - b*trunc(a/b), and the reference says "Differentiable: true" of it. So
# its slope in a is 1 and its slope in b is -trunc(a/b) between the jumps, as for the same line written out. A function that gives
# nothing back is marked as such, as wp.frac is.
# Seen with Warp 1.19.0 on the CPU: the values agree with math.fmod; the gradient in a is 1, the one in b is 0, for every sign of both,
# without a warning. adj_mod in native/builtin.h adds to the first operand and leaves the second as it was.
# Written out as a - b*wp.trunc(a/b) the kernel has both. In a kernel that uses b elsewhere as well the rest of its gradient
# arrives, so that the sum is finite and wrong: for b*b + a % b at (7.5, 2) it is 4 where 1 is right.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check warp-lang==1.19.0 numpy==2.4.6 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math

import warp as wp

wp.config.quiet = True
wp.init()
F = wp.float64


@wp.kernel
def operator(a: wp.array(dtype=F), b: wp.array(dtype=F), out: wp.array(dtype=F)):
    out[0] = a[0] % b[0]


@wp.kernel
def function(a: wp.array(dtype=F), b: wp.array(dtype=F), out: wp.array(dtype=F)):
    out[0] = wp.mod(a[0], b[0])


@wp.kernel
def written_out(a: wp.array(dtype=F), b: wp.array(dtype=F), out: wp.array(dtype=F)):
    out[0] = a[0] - b[0] * wp.trunc(a[0] / b[0])


@wp.kernel
def summed(a: wp.array(dtype=F), b: wp.array(dtype=F), out: wp.array(dtype=F)):
    out[0] = b[0] * b[0] + a[0] % b[0]


def differentiated(kernel, a, b):
    """The value of the kernel, and its gradients in a and b."""
    a, b, out = (wp.array([x], dtype=F, device="cpu", requires_grad=True) for x in (a, b, 0.0))
    with wp.Tape() as tape:
        wp.launch(kernel, 1, inputs=[a, b], outputs=[out], device="cpu")
    out.grad.fill_(1.0)
    tape.backward()
    return tuple(float(x.numpy()[0]) for x in (out, a.grad, b.grad))


for a, b in ((7.5, 2.0), (-7.5, 2.0), (7.5, -3.25), (0.5, 2.0)):
    right = (math.fmod(a, b), 1.0, float(-math.trunc(a / b)))
    found = [differentiated(kernel, a, b) for kernel in (operator, function, written_out)]
    print(f"{a} % {b}, value, slopes in a and b: {found[0]}, written out {found[2]}, right {right}")
    assert found[2] == right, "the line written out has changed"
    assert found[0] == found[1] == (right[0], 1.0, 0.0), "the gradient of the remainder has changed"
print("b*b + 7.5 % b at 2:", differentiated(summed, 7.5, 2.0), "right (5.5, 1.0, 1.0)")
assert differentiated(summed, 7.5, 2.0) == (5.5, 1.0, 4.0)
print("Warp", wp.__version__)
PYTHON
WARP_CACHE_PATH="$folder/cache" "$folder/venv/bin/python" -W ignore "$folder/show.py"

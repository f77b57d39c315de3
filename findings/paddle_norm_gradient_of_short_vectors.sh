#!/usr/bin/env bash
# Paddle: the gradient of a p-norm with p above 2 fades for short vectors: half of it is gone at a length of 0.004 for p = 6.
#
# Guess, written down first: a norm is homogeneous, so its gradient depends on the direction of a vector and not on its length: at
# (0.003, 0.004) it is what it is at (3, 4). Only within the rounding of the smallest numbers something may be lost.
# Seen with PaddlePaddle 3.3.1, float32 and float64 alike: for p = 2 a billionth is missing at a length of 1e-3, for p = 4 1.3 % at 4e-4
# and all of it (8e-5 of it is left) at 4e-6, for p = 6 46 % at 4e-3 and all at 4e-4; the values of the norms are right. Its backward
# (PNormGradKernel in paddle/phi/kernels/impl/p_norm_grad_kernel_impl.h) divides by norm ** (p - 1) + epsilon with an epsilon
# of 1e-12 that stands for numbers of the size of the norm, and not of its power. paddle.linalg.norm has no argument to
# change it. (x ** p).sum() ** (1 / p), written out, has the whole gradient. Penalties by such norms let go of small weights.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check paddlepaddle==3.3.1 setuptools 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import paddle


def gradient(p, size, by_hand=False, dtype="float64"):
    x = paddle.to_tensor([3.0 * size, 4.0 * size], dtype=dtype, stop_gradient=False)
    norm = (x**p).sum() ** (1.0 / p) if by_hand else paddle.linalg.norm(x, p=p)
    right = (3.0**p + 4.0**p) ** (1.0 / p) * size
    assert abs(float(norm) - right) < 1e-6 * right, "the value of the norm has changed"
    return paddle.grad(norm, x)[0].tolist()


def left(p, size, **options):
    """The share of the gradient that is left, which is the same for both entries."""
    whole = (3.0**p + 4.0**p) ** (1.0 / p - 1.0)
    shares = [g / (whole * x ** (p - 1)) for g, x in zip(gradient(p, size, **options), (3.0, 4.0), strict=True)]
    assert abs(shares[0] - shares[1]) < 1e-5, "both entries lose alike: this has changed"
    return shares[0]


for p in (2, 3, 4, 6):
    print(f"p = {p}:", {size: round(left(p, size), 9) for size in (1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6)})
    assert abs(left(p, 1.0) - 1.0) < 1e-6, "long vectors have changed"
    assert all(abs(left(p, size, by_hand=True) - 1.0) < 1e-6 for size in (1.0, 1e-3, 1e-6)), "the norm by hand has changed"
    for size in (1e-2, 1e-3, 1e-4, 1e-6):  # what dividing by norm ** (p - 1) + 1e-12 leaves
        power = ((3.0**p + 4.0**p) ** (1.0 / p) * size) ** (p - 1)
        assert abs(left(p, size) - power / (power + 1e-12)) < 1e-6, "the epsilon has changed"
assert 0.4 < left(6, 1e-3) < 0.6 and left(6, 1e-4) < 1e-4 and left(4, 1e-6) < 1e-3, "the loss has changed"
assert abs(left(6, 1e-3, dtype="float32") - left(6, 1e-3)) < 1e-4, "float32 has changed"
print("PaddlePaddle", paddle.__version__)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py" 2>"$folder/log" || { cat "$folder/log"; exit 1; }

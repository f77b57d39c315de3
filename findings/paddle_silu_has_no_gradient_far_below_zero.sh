#!/usr/bin/env bash
# Paddle: the gradient of silu is -inf from -85 and nan from -89 down in float32, where it is 0; elu's curvature is nan from 89 up.
#
# Guess, written down first: silu(x) = x sigmoid(x) goes to 0 far below zero, as smoothly as sigmoid does. Its value is right there, and
# so its gradient, at most 1e-35 in size, is 0 or next to it. elu(x) is x above 0: its second derivative there is 0.
# Seen with PaddlePaddle 3.3.1 on a processor, float32: silu(-85) = -1e-35 has the gradient -inf, silu(-89) = -0 and everything below
# the gradient nan, and so have all weights before it: one unit at -89 in one sample, and the network is nan after the step. In float64
# the bounds are -704 and -710. SiluGradFunctor (paddle/phi/kernels/funcs/activation_functor.h) computes x exp(-x) / (1 + exp(-x)), and both
# are infinite there; with 1 - sigmoid(x), which is at hand, nothing is. The product x * sigmoid(x), written out, has the gradient 0.
# elu above 0 is x with the gradient 1; its gradient's gradient is 0 up to 88 and nan from 89 on, by exp(x), which is infinite, times 0.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check paddlepaddle==3.3.1 setuptools 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math

import paddle
from paddle.nn import functional


def silu(x, dtype, function=functional.silu):
    x = paddle.to_tensor(x, dtype=dtype, stop_gradient=False)
    y = function(x)
    return float(y), float(paddle.grad(y, x)[0])


def curvature_of_elu(x, dtype):
    x = paddle.to_tensor(x, dtype=dtype, stop_gradient=False)
    (slope,) = paddle.grad(functional.elu(x), x, create_graph=True)
    return float(slope), float(paddle.grad(slope, x)[0])


for dtype, last, between, beyond in (("float32", -84.0, -86.0, -89.0), ("float64", -702.0, -706.0, -711.0)):
    print(dtype, "silu", {x: silu(x, dtype) for x in (-20.0, last, between, beyond)})
    assert all(abs(number) < 1e-4 for x in (-20.0, last) for number in silu(x, dtype)), "silu above has changed"
    assert silu(between, dtype)[1] == -math.inf, "silu between has changed"
    value, slope = silu(beyond, dtype)
    assert value == 0.0 and math.isnan(slope), "silu below has changed"
    assert silu(beyond, dtype, lambda x: x * functional.sigmoid(x))[1] == 0.0, "the product has changed"
    print(dtype, "elu", {-x: curvature_of_elu(-x, dtype) for x in (last, beyond)})
    assert curvature_of_elu(-last, dtype) == (1.0, 0.0), "elu below has changed"
    slope, curvature = curvature_of_elu(-beyond, dtype)
    assert slope == 1.0 and math.isnan(curvature), "elu above has changed"

# One unit of one sample, and a whole layer is gone.
paddle.seed(0)
layer = paddle.nn.Linear(3, 4)
inputs = paddle.to_tensor([[0.1, 0.2, 0.3], [400.0, 400.0, 400.0]])
functional.silu(layer(inputs)).sum().backward()
lost = paddle.isnan(layer.weight.grad).any(axis=0).tolist()
print("pre-activations of the second sample", layer(inputs)[1].numpy().round(0).tolist(), "weights' gradients lost", lost)
assert lost == [bool(z < -88.8) for z in layer(inputs)[1].tolist()] and any(lost), "what becomes of a layer has changed"
print("PaddlePaddle", paddle.__version__)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py" 2>"$folder/log" || { cat "$folder/log"; exit 1; }

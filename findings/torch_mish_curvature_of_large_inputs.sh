#!/usr/bin/env bash
# The second derivative of PyTorch's mish is nan from about 89 on in float32, where value and gradient are right and the curvature is 0.
#
# Guess, written down first: mish(x) = x*tanh(softplus(x)) is the identity for large x. Value and gradient were made safe there
# (softplus has a threshold), so a gradient penalty, which differentiates the gradient once more, gives 0.
# Seen with PyTorch 2.13.0: value 100, first derivative 1, second derivative nan at 100 in float32, and at 711 in float64; silu, gelu
# and softplus give 0 at the same places. The backward of the backward is another formula than the backward, written for itself
# (infinitely_differentiable_mish_backward), and it has exp(x) in it. What a rule is careful about at first order has to be looked at
# again at second order. One activation of 100 in a batch makes the whole penalty nan, with no nan in any forward value or gradient.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math

import torch
from torch.nn import functional


def derivatives(f, at, dtype):
    x = torch.tensor(at, dtype=dtype, requires_grad=True)
    y = f(x)
    (slope,) = torch.autograd.grad(y, x, create_graph=True)
    (curvature,) = torch.autograd.grad(slope, x)
    return y.item(), slope.item(), curvature.item()


for f in (functional.mish, functional.silu, functional.gelu):
    for dtype, places in ((torch.float32, (50.0, 88.0, 89.0, 100.0)), (torch.float64, (100.0, 709.0, 711.0))):
        for at in places:
            value, slope, curvature = derivatives(f, at, dtype)
            print(f"{f.__name__} at {at}, {dtype}: value {value:g}, slope {slope:g}, curvature {curvature:g}")
            assert (value, slope) == (at, 1.0), f"{f.__name__} at {at} has changed"
            beyond = f is functional.mish and at >= (89.0 if dtype is torch.float32 else 711.0)
            assert math.isnan(curvature) == beyond, f"the curvature of {f.__name__} at {at} has changed"
hidden = torch.tensor([0.3, 100.0], requires_grad=True)
(slopes,) = torch.autograd.grad(functional.mish(hidden).sum(), hidden, create_graph=True)
((slopes**2).sum() - 1.0).backward()
print("gradient of a penalty of two activations, 0.3 and 100:", hidden.grad.tolist())
print("PyTorch", torch.__version__)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"

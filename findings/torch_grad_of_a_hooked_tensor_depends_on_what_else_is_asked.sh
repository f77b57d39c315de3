#!/usr/bin/env bash
# torch.autograd.grad gives another gradient for a tensor with a hook when the gradient of one of its inputs is asked for as well.
#
# Guess, written down first: the gradients that torch.autograd.grad(z, inputs) gives do not depend on each other: asking for x beside y
# leaves y's as it was. The notes on hooks say that a tensor's hooks run before its gradient is captured, so y's is the hook's result.
# Seen with PyTorch 2.13.0: grad(z, y) is 30, what the hook made of it; grad(z, [y, x]) is 3 for y, before the hook, and 30 for x,
# which does come through the hook. A register_hook that clips, scales or logs changes the result of one call and not of the other;
# z.backward() with y.retain_grad() agrees with grad(z, y). Somebody who compares gradients of layers has to ask for them one by one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import torch


def asked(*names, kept=False):
    """Gradients of z = 3*(x*1) in the tensors that are named, where y = x*1 has a hook that multiplies by ten."""
    x = torch.ones((), requires_grad=True)
    y = x * 1.0
    y.register_hook(lambda gradient: gradient * 10.0)
    z = y * 3.0
    if kept:
        y.retain_grad()
        z.backward()
        return x.grad.item(), y.grad.item()
    found = torch.autograd.grad(z, [{"x": x, "y": y}[name] for name in names])
    return tuple(gradient.item() for gradient in found)


alone, together, backward = asked("y"), asked("y", "x"), asked(kept=True)
print("grad(z, y):", alone)
print("grad(z, [y, x]):", together)
print("z.backward(), x and y:", backward)
print("PyTorch", torch.__version__)
assert alone == (30.0,), "y asked for alone has changed"
assert together == (3.0, 30.0), "y asked for together with x has changed"
assert backward == (30.0, 30.0), "backward() has changed"
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"

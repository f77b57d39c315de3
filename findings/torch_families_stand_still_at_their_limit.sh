#!/usr/bin/env bash
# PyTorch: samples of ContinuousBernoulli have slope 0 in the logits from -0.004 to 0.004, and GeneralizedPareto has slope 0 at shape 0.
#
# Guess, written down first: both families are smooth in their parameter, and pass through a simpler one (uniform at logits 0, exponential
# at shape 0), for which the general formula is 0/0. The limit has a series, so value and slope there are those from next to it.
# Seen with PyTorch 2.13.0: mean, variance and normalizer of ContinuousBernoulli do have a series. cdf and icdf, and with icdf rsample, do
# not: between probabilities 0.499 and 0.501 they take the uniform one, in which no parameter occurs. A layer whose weights begin at
# zero, as the last layer of a network often does, gives logits 0, gets the pathwise gradient 0, and never leaves; the slope of the mean says
# 1/12. GeneralizedPareto takes the exponential formulas up to 1e-8 for log_prob, cdf and icdf: a fit that begins at the exponential ends
# there, one that begins at 0.001 finds the shape. The limit of the values was looked after, the limit of the slopes was not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check torch==2.13.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import torch
from torch.distributions import ContinuousBernoulli, GeneralizedPareto

torch.set_default_dtype(torch.float64)


def slopes(logits):
    """The slopes of the mean of samples, and of the mean itself, in the logits."""
    at = torch.tensor(logits, requires_grad=True)
    torch.manual_seed(0)
    samples = ContinuousBernoulli(logits=at).rsample((2000,)).mean()
    (pathwise,) = torch.autograd.grad(samples, at)
    (exact,) = torch.autograd.grad(ContinuousBernoulli(logits=at).mean, at)
    return pathwise.item(), exact.item()


def fitted(start):
    """The shape that descent on the likelihood finds for quantiles of a generalized Pareto distribution of shape 0.3."""
    one = torch.tensor(1.0)
    data = GeneralizedPareto(0.0 * one, one, 0.3 * one).icdf(torch.linspace(0.001, 0.999, 999))
    shape = torch.tensor(start, requires_grad=True)
    for _ in range(100):
        (slope,) = torch.autograd.grad(-GeneralizedPareto(0.0 * one, one, shape).log_prob(data).mean(), shape)
        shape = (shape - 0.1 * slope).detach().requires_grad_()
    return shape.item()


for logits in (0.0, 0.003, 0.005, 0.1):
    pathwise, exact = slopes(logits)
    print(f"logits {logits}: slope of the samples' mean {pathwise:.6f}, of the mean {exact:.6f}")
    assert abs(exact - 1 / 12) < 1e-3
    assert pathwise == 0.0 if logits < 0.004 else abs(pathwise - exact) < 2e-3, f"the slope at {logits} has changed"

x = torch.tensor(3.0)
for shape in (0.0, 1e-6):
    at = torch.tensor(shape, requires_grad=True)
    pareto = GeneralizedPareto(torch.tensor(0.0), torch.tensor(1.0), at)
    found = [torch.autograd.grad(value, at)[0].item() for value in (pareto.log_prob(x), pareto.cdf(x))]
    right = [(x * x / 2 - x).item(), (-(x * x) / 2 * torch.exp(-x)).item()]
    print(f"shape {shape}: slopes of log_prob and cdf at 3 {found}, right {right}")
    assert found == [0.0, 0.0] if shape == 0.0 else all(abs(a - b) < 1e-4 for a, b in zip(found, right)), "they have changed"
still, moved = fitted(0.0), fitted(1e-3)
print(f"fitted from 0: {still}, from 0.001: {moved:.4f}, true 0.3")
assert still == 0.0 and abs(moved - 0.3) < 0.02
print("PyTorch", torch.__version__)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"

#!/usr/bin/env bash
# GPyTorch: second derivatives in the lengthscale of the RBF and Matern kernels lack a term: -0.06 where 0.83 is right, for Matern 5/2.
#
# Guess, written down first: the marginal likelihood of an exact Gaussian process is smooth in its lengthscale and its noise; where PyTorch
# differentiates it twice without a word (its solves were made "twice differentiable", https://github.com/cornellius-gp/gpytorch/pull/603) the
# Hessian is the one that differences of the values give.
# Seen with GPyTorch 1.15.2 and PyTorch 2.13.0: value and gradient are right, and so is all of the Hessian that has to do with the noise, which
# makes it symmetric. The second derivative in the lengthscale is 2.12 instead of 2.52 for RBF, and has the wrong sign for Matern 5/2: Newton's
# method steps away from the minimum, and a Laplace approximation has another width. RBFCovariance and MaternCovariance (gpytorch/functions)
# compute d(covariance)/d(lengthscale) in their forward, save it, and multiply by it in their backward; for a second backward what
# was saved is a constant. PyTorch has once_differentiable for such a backward, which makes an error of it.
# RQKernel, a kernel per input dimension (ard_num_dims=2) and inputs that require a gradient go another way and are right; so does
# gpytorch.settings.trace_mode(), with which the same model has the right Hessian.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check gpytorch==1.15.2 torch==2.13.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
from importlib.metadata import version

import gpytorch
import torch
from gpytorch.kernels import MaternKernel, RBFKernel, RQKernel
from torch.nn.utils import parameters_to_vector, vector_to_parameters

torch.set_default_dtype(torch.float64)
X = torch.linspace(0, 1, 8)[:, None]
Y = torch.sin(6 * X[:, 0])


class Process(gpytorch.models.ExactGP):
    def __init__(self, kernel, likelihood):
        super().__init__(X, Y, likelihood)
        self.mean, self.kernel = gpytorch.means.ZeroMean(), kernel

    def forward(self, x):
        return gpytorch.distributions.MultivariateNormal(self.mean(x), self.kernel(x))


def derivatives(kernel):
    """Hessian of the loss in the raw lengthscale and the raw noise, and the same by differences of its values."""
    likelihood = gpytorch.likelihoods.GaussianLikelihood()
    process = Process(kernel, likelihood)
    kernel.lengthscale, likelihood.noise = 0.3, 0.05
    marginal = gpytorch.mlls.ExactMarginalLogLikelihood(likelihood, process)
    parameters = [kernel.raw_lengthscale, likelihood.raw_noise]

    def gradient(of, **options):
        return torch.cat([slope.reshape(-1) for slope in torch.autograd.grad(of, parameters, **options)])

    def beside(step):
        vector_to_parameters(start + step, parameters)
        return -marginal(process(X), Y).item()

    slopes = gradient(-marginal(process(X), Y), create_graph=True)
    hessian = torch.stack([gradient(slope, retain_graph=True) for slope in slopes])
    start, steps, right = parameters_to_vector(parameters).detach(), 1e-3 * torch.eye(2), torch.zeros(2, 2)
    for i in range(2):
        assert abs(slopes[i] - (beside(steps[i]) - beside(-steps[i])) / 2e-3) < 1e-5, "the gradient has changed"
        for j in range(2):
            corners = [a * b * beside(a * steps[i] + b * steps[j]) for a in (1, -1) for b in (1, -1)]
            right[i, j] = sum(corners) / 4e-6
    return hessian, right


for kernel in (RBFKernel, lambda: MaternKernel(nu=2.5), lambda: MaternKernel(nu=0.5), RQKernel):
    (hessian, right), name = derivatives(kernel()), type(kernel()).__name__
    print(name, "Hessian", hessian.numpy().round(4).tolist(), "by differences", right.numpy().round(4).tolist())
    off = (hessian - right).abs()
    assert max(off[0, 1], off[1, 0], off[1, 1]) < 1e-4, "what has to do with the noise has changed"
    assert off[0, 0] < 1e-4 if name == "RQKernel" else off[0, 0] > 0.2, f"the curvature in the lengthscale of {name} has changed"
    assert name != "MaternKernel" or hessian[0, 0] < 0 < right[0, 0], "the sign of the curvature has changed"
    with gpytorch.settings.trace_mode():
        assert (derivatives(kernel())[0] - right).abs().max() < 1e-4, "trace_mode has changed"
print("GPyTorch", version("gpytorch"), "PyTorch", torch.__version__)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"

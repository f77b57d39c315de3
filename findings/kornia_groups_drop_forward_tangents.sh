#!/usr/bin/env bash
# kornia: the forward-mode Jacobian of So2.exp is 0, and that of Se3.exp knows nothing of the translation; in reverse mode both are right.
#
# Guess, written down first: torch.func.jacfwd and jacrev give the same matrix wherever both give one, and a part of a library that forward mode
# cannot go through is an error, as for an operation without a forward rule.
# Seen with kornia 0.9.0 and PyTorch 2.13.0, no error and no warning: of the rotation matrix of So2.exp(angle) jacrev gives -sin and cos, jacfwd
# zeros. Of a point moved by Se3.exp(v) jacfwd has zeros for the three columns of the translation, and in those of the rotation what the
# translation owes to it is missing: 0.320 where 0.286 is right. So3 has everything in both. A group keeps what it is made of by
# register_module_state (core/utils.py), which makes a Parameter of a tensor that "takes no part in autograd (no grad_fn and
# requires_grad=False)": a dual tensor has neither, its tangent is elsewhere, and a Parameter starts without one. A Gauss-Newton step for a pose,
# for which jacfwd with its six columns is the natural choice, leaves the translation where it is. torch.func.hessian, forward over reverse, is
# right, because the inner gradient gives the tensor a grad_fn.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check kornia==0.9.0 torch==2.13.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
from importlib.metadata import version

import torch
from kornia.geometry.liegroup import Se2, Se3, So2, So3
from torch.func import hessian, jacfwd, jacrev

torch.set_default_dtype(torch.float64)
POINT = torch.tensor([0.5, -0.7, 1.1])


def quotients(function, point, h=1e-5):
    """The Jacobian by central differences."""
    steps = h * torch.eye(point.numel())
    return torch.stack([(function(point + step) - function(point - step)) / (2 * h) for step in steps], dim=-1)


def turned(v):
    return So2.exp(v).matrix()[0].reshape(-1)


def moved_in_the_plane(v):
    return Se2.exp(v[None]).matrix()[0, :2] @ torch.tensor([0.5, -0.7, 1.0])


def rotated(v):
    return So3.exp(v[None]).matrix()[0] @ POINT


def moved(v):
    matrix = Se3.exp(v[None]).matrix()[0]
    return matrix[:3, :3] @ POINT + matrix[:3, 3]


for function, v in ((turned, [0.3]), (moved_in_the_plane, [0.1, 0.2, 0.5]), (rotated, [0.3, -0.2, 0.5]), (moved, [0.1, 0.4, -0.3, 0.3, -0.2, 0.5])):
    v = torch.tensor(v)
    forward, reverse = jacfwd(function)(v), jacrev(function)(v)
    print(function.__name__)
    print("  forward, first row", [round(x, 6) for x in forward[0].tolist()])
    print("  reverse, first row", [round(x, 6) for x in reverse[0].tolist()])
    assert torch.allclose(reverse, quotients(function, v), atol=1e-7), "reverse mode has changed"
    if function is rotated:
        assert torch.allclose(forward, reverse), "So3 has changed"
    elif function is moved:
        assert not forward[:, :3].any() and reverse[:, :3].any(), "the translation of Se3 has changed"
        assert torch.allclose(forward[:, 3:], jacrev(rotated)(v[3:])), "the rotation of Se3 has changed"
    else:
        assert not forward.any() and reverse.any(), f"{function.__name__} has changed"

curvature = hessian(lambda v: turned(v)[0])(torch.tensor([0.3])).item()
print("second derivative of cos by hessian", curvature)
assert abs(curvature + torch.cos(torch.tensor(0.3)).item()) < 1e-12, "torch.func.hessian has changed"
print("kornia", version("kornia"), "PyTorch", torch.__version__)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"

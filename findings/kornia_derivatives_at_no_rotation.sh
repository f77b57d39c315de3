#!/usr/bin/env bash
# kornia: quaternion_exp_to_log has slope 0 at the unit quaternion, where it is 1, and axis_angle_to_quaternion has no curvature at 0.
#
# Guess, written down first: "no rotation" is where a fit of a pose begins, and both maps are smooth there. The logarithm of (1, v) is v for a
# small v, so its slope in v is the identity matrix, as half of that of quaternion_to_axis_angle; the quaternion of a rotation by v begins
# with cos(|v|/2), whose second derivatives are -1/4. Of the gradient there its docstring says "the analytic limit".
# Seen with kornia 0.9.0 and PyTorch 2.13.0: the matrix of slopes of the logarithm is 0, forward and reverse; it is right at 1e-7, and
# at 1e-9 a tenth or a fifth. It was nan (https://github.com/kornia/kornia/issues/4007) and was made finite (pull request 4228): atan2(|v|, w)
# is divided by |v|, which is kept from 0 by a clamp to 1e-8, so that the factor of v is 0 there instead of 1. "Finite" is what the
# docstring says of it now. The logarithm of the exponential, an identity, has slope 0 at 0, too: a pose that begins at no rotation and
# is fitted through this logarithm does not turn, and no nan shows why.
# axis_angle_to_quaternion has right slopes at 0; for the second derivative its constant branch gives 0, where -1/4 is right, so that the
# Hessian of 1 - w, the simplest distance of a rotation from none, is the zero matrix. So3.exp and the rotation matrix have theirs.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check kornia==0.9.0 torch==2.13.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
from importlib.metadata import version

import torch
from kornia.geometry import conversions
from torch.func import hessian, jacfwd, jacrev

torch.set_default_dtype(torch.float64)
unit, zero, eye = torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.zeros(3), torch.eye(3)


def quotients(function, point, h=1e-4):
    """The Jacobian by central differences."""
    steps = h * torch.eye(point.numel())
    return torch.stack([(function(point + step) - function(point - step)) / (2 * h) for step in steps], dim=-1)


log, exp = conversions.quaternion_exp_to_log, conversions.quaternion_log_to_exp
for x in (0.0, 1e-9, 1e-7, 1e-3):
    slopes = jacrev(log)(unit + torch.tensor([0.0, x, 0.0, 0.0]))[:, 1:]
    print(f"slopes of the logarithm in v at v = ({x:g}, 0, 0):", slopes.diagonal().tolist())
    if x > 1e-8:
        assert torch.allclose(slopes, eye, atol=1e-5), "the slopes beside the unit quaternion have changed"
print("central differences at 0:", quotients(log, unit)[:, 1:].diagonal().tolist())
assert torch.allclose(quotients(log, unit)[:, 1:], eye, atol=1e-6), "the values have changed"
assert torch.allclose(jacrev(conversions.quaternion_to_axis_angle)(unit)[:, 1:] / 2, eye), "quaternion_to_axis_angle has changed"
assert torch.allclose(jacrev(exp)(zero)[1:], eye), "the exponential has changed"
for mode in (jacrev, jacfwd):
    assert not mode(log)(unit).any(), "the slopes at the unit quaternion have changed"
assert not jacrev(lambda v: log(exp(v)))(zero).any(), "log(exp(v)) at 0 has changed"


def distance(v):
    """1 - cos(|v| / 2): how far a rotation is from none."""
    return 1 - conversions.axis_angle_to_quaternion(v)[0]


for x in (0.0, 1e-5):
    curvatures = hessian(distance)(torch.tensor([x, 0.0, 0.0]))
    print(f"Hessian of 1 - w at ({x:g}, 0, 0):", curvatures.diagonal().tolist(), "right 0.25")
    assert torch.allclose(curvatures, eye / 4, atol=1e-5) if x else not curvatures.any(), "the curvature has changed"
assert torch.allclose(quotients(jacrev(distance), zero), eye / 4, atol=1e-6), "the slopes around 0 have changed"
rotated = hessian(lambda v: (3 - conversions.axis_angle_to_rotation_matrix(v[None])[0].trace()) / 8)(zero)
print("Hessian of (3 - trace of the rotation matrix) / 8 at 0:", rotated.diagonal().tolist(), "right 0.25")
assert torch.allclose(rotated, eye / 4, atol=1e-6), "the rotation matrix has changed"
print("kornia", version("kornia"), "PyTorch", torch.__version__)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"

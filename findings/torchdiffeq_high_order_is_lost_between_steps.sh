#!/usr/bin/env bash
# torchdiffeq: at the times that are asked for, dopri8 is thousands of times less exact than its tolerance, and so are its gradients.
#
# Guess, written down first: a tighter tolerance buys digits, dopri8 spends fewer evaluations on them than dopri5 does, and with rtol =
# atol = 1e-10 both give sin(10) of the harmonic oscillator to some 1e-9, as scipy's DOP853 does with its dense output of order 7.
# Seen with torchdiffeq 0.2.5 and PyTorch 2.13.0: dopri5 is off by 3e-10 with 1,256 evaluations, dopri8 by 5e-7 with 366, and bosh3 at
# 1e-8 by 4e-6. The steps themselves are as exact as they should be: with options=dict(step_t=times), which makes a step end at each
# time that is asked for, dopri8 is off by 5e-12, and bosh3 by 2e-7. Otherwise a step goes beyond the time, and the value there is read from a
# polynomial of degree four through both ends, their slopes and a midpoint (_interp_fit, torchdiffeq/_impl/rk_common.py), whose error of
# fifth order nothing controls: the longer the steps of a method, the larger. odeint_adjoint reads its state from there too, and
# asks on the way back for one time as well: the gradient of sin(w t) in w loses as many digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check torchdiffeq==0.2.5 torch==2.13.0 scipy==1.17.0 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
import math
from importlib.metadata import version

import torch
from scipy.integrate import solve_ivp
from torchdiffeq import odeint, odeint_adjoint

torch.set_default_dtype(torch.float64)
END = 10.0
TIMES = torch.tensor([0.0, END])


class Oscillator(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.w, self.calls = torch.nn.Parameter(torch.tensor(1.0)), 0

    def forward(self, t, y):
        self.calls += 1
        return torch.stack([self.w * y[1], -self.w * y[0]])


def off(method, tolerance, solve=odeint, **options):
    """The errors of sin(w t) and of its derivative in w, and how many evaluations it took."""
    model = Oscillator()
    settings = {"method": method, "rtol": tolerance, "atol": tolerance, "options": options or None}
    last = solve(model, torch.tensor([0.0, 1.0]), TIMES, **settings)[-1, 0]
    calls = model.calls
    (slope,) = torch.autograd.grad(last, [model.w])
    return abs(last.item() - math.sin(END)), abs(slope.item() - END * math.cos(END)), calls


for tolerance in (1e-6, 1e-8, 1e-10, 1e-12):
    of_5, of_8 = off("dopri5", tolerance), off("dopri8", tolerance)
    on_step = off("dopri8", tolerance, step_t=TIMES[1:])
    print(f"{tolerance:g}: dopri5 %.1e %.1e (%d calls), dopri8 %.1e %.1e (%d), on steps %.1e %.1e (%d)" % (*of_5, *of_8, *on_step))
    assert of_5[0] < 10 * tolerance and on_step[0] < 10 * tolerance, "dopri5, or dopri8 at the end of a step, has changed"
    assert of_8[0] > 90 * tolerance and of_8[2] < of_5[2], "dopri8 between its steps has changed"
assert off("dopri8", 1e-10)[0] > 1000 * 1e-10, "dopri8 at 1e-10 has changed"
assert off("bosh3", 1e-8)[0] > 10 * off("bosh3", 1e-8, step_t=TIMES[1:])[0], "bosh3 has changed"
adjoint, backprop = off("dopri8", 1e-10, odeint_adjoint), off("dopri8", 1e-10)
print("by odeint_adjoint, 1e-10: %.1e %.1e" % adjoint[:2])
assert adjoint[1] > 1000 * 1e-10, "the adjoint has changed"
dense = solve_ivp(lambda t, y: [y[1], -y[0]], (0, END), [0.0, 1.0], "DOP853", rtol=1e-10, atol=1e-10, dense_output=True).sol
by_scipy = max(abs(dense(t)[0] - math.sin(t)) for t in (0.3, 1.9, 4.4, 7.7, 9.9))
print(f"scipy's DOP853 between its steps, 1e-10: {by_scipy:.1e}; torchdiffeq {version('torchdiffeq')}, PyTorch {torch.__version__}")
assert by_scipy < 20 * 1e-10, "scipy has changed"
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"

#!/usr/bin/env bash
# PennyLane: with PyTorch the gradient of a circuit in the matrix of a BlockEncode is 0 everywhere, with Autograd it is right.
#
# Guess, written down first: BlockEncode(A) is built from A and square roots of I - A*A' with PennyLane's own functions for all frameworks, and
# backpropagation through default.qubit gives the same gradient whichever of them holds A; what one of them cannot do is an error.
# When qml.qsvt was added its author wrote of the matrix and the angles "We can differentiate with respect to both and both
# should be able to accept e.g. a Torch tensor" (https://github.com/PennyLaneAI/pennylane/pull/3909).
# Seen with PennyLane 0.45.1 and PyTorch 2.13.0: the value is right, the gradient is a matrix of zeros, without a warning. A is passed through
# qml.math.array before it is divided by its norm (ops/qubit/matrix_ops.py), and for a torch tensor that makes a new one without a history.
# The norm still has one, with slope 0 while it is below 1, so that nobody complains. Angles in the same circuit get their gradient: a model
# that learns both learns one of them. For A above norm 1 what is left is the slope of the norm: finite, and wrong in every entry. A unitary that
# is built in PyTorch and given to QubitUnitary has its gradient.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --no-compile --disable-pip-version-check pennylane==0.45.1 torch==2.13.0 numpy==2.4.6 2>/dev/null

cat >"$folder/show.py" <<'PYTHON'
from importlib.metadata import version

import numpy as np
import pennylane as qml
import torch
from pennylane import numpy as pnp

device = qml.device("default.qubit", wires=2)


@qml.qnode(device, diff_method="backprop")
def circuit(matrix, angle):
    qml.RY(angle, wires=0)
    qml.RX(0.3, wires=1)
    qml.CNOT(wires=[0, 1])
    qml.BlockEncode(matrix, wires=[0, 1])
    return qml.expval(qml.PauliZ(0))


def quotients(matrix, h=1e-6):
    """The gradient by central differences, on plain arrays."""
    found = np.zeros((2, 2))
    for i in range(2):
        for j in range(2):
            step = np.zeros((2, 2))
            step[i, j] = h
            found[i, j] = (circuit(matrix + step, 0.4) - circuit(matrix - step, 0.4)) / (2 * h)
    return found


def in_torch(matrix):
    matrix = torch.tensor(matrix, dtype=torch.float64, requires_grad=True)
    angle = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
    value = circuit(matrix, angle)
    return value.item(), *(slope.numpy() for slope in torch.autograd.grad(value, (matrix, angle)))


for scale in (1.0, 3.0):
    matrix = scale * np.array([[0.1, 0.2], [0.3, 0.4]])
    value, slopes, slope_of_angle = in_torch(matrix)
    in_autograd = qml.grad(circuit, argnums=0)(pnp.array(matrix, requires_grad=True), 0.4)
    right = quotients(matrix)
    print(f"A = {matrix.tolist()}, value {value:.6f}")
    print("  PyTorch  ", slopes.round(6).tolist())
    print("  Autograd ", np.asarray(in_autograd).round(6).tolist())
    print("  quotients", right.round(6).tolist())
    assert abs(value - circuit(matrix, 0.4)) < 1e-12, "the value has changed"
    assert np.abs(in_autograd - right).max() < 1e-6, "Autograd's gradient has changed"
    quotient = (circuit(matrix, 0.4 + 1e-6) - circuit(matrix, 0.4 - 1e-6)) / 2e-6
    assert abs(slope_of_angle - quotient) < 1e-6, "the slope in the angle has changed"
    if scale == 1.0:
        assert not slopes.any() and np.abs(right).max() > 1.0, "PyTorch's gradient below norm 1 has changed"
    else:
        assert np.isfinite(slopes).all() and np.abs(slopes - right).max() > 0.01, "PyTorch's gradient above norm 1 has changed"
print("PennyLane", version("pennylane"), "PyTorch", torch.__version__)
PYTHON
"$folder/venv/bin/python" -W ignore "$folder/show.py"

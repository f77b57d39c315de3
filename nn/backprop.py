"""Backpropagation written straight from the course's equations, on matrices, without the engine.

It is documentation that runs, and an independent oracle: `Value`s know nothing of layers, this module knows nothing of
graphs, and their results have to agree. Index j is a neuron of layer l-1, i a neuron of layer l; W^l has one row per
receiving neuron.

    forward pass      z^l = W^l a^(l-1) + b^l,   a^l = sigma(z^l),   a^0 = x
    output error      delta^L = sigma'(z^L) * dC/da^L
    hidden error      delta^l = sigma'(z^l) * (W^(l+1))^T delta^(l+1)
    gradients         dC/dw_ij^l = a_j^(l-1) delta_i^l,   dC/db_i^l = delta_i^l

(M. A. Nielsen, Neural Networks and Deep Learning, chapter 2: BP1 to BP4.)
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from autograd import ArgumentError
from autograd.errors import did_you_mean

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]
Elementwise = Callable[[Vector], Vector]

_erf: Elementwise = np.vectorize(math.erf, otypes=[float])


def _logistic(z: Vector) -> Vector:
    return 0.5 * (1.0 + np.tanh(0.5 * z))


def _density(z: Vector) -> Vector:
    return np.exp(-0.5 * z * z) / math.sqrt(2.0 * math.pi)


def _normal(z: Vector) -> Vector:
    return 0.5 * (1.0 + _erf(z / math.sqrt(2.0)))


# sigma and sigma', in the textbook's form. softmax is not here: its derivative is a matrix, see `activation_jacobian`.
SIGMA: dict[str, tuple[Elementwise, Elementwise]] = {
    "linear": (lambda z: z, lambda z: np.ones_like(z)),
    "sigmoid": (_logistic, lambda z: _logistic(z) * (1.0 - _logistic(z))),
    "tanh": (np.tanh, lambda z: 1.0 - np.tanh(z) ** 2),
    "relu": (lambda z: np.maximum(z, 0.0), lambda z: np.where(z > 0.0, 1.0, 0.0)),
    "leaky_relu": (lambda z: np.where(z > 0.0, z, 0.01 * z), lambda z: np.where(z > 0.0, 1.0, 0.01)),
    "elu": (lambda z: np.where(z > 0.0, z, np.exp(np.minimum(z, 0.0)) - 1.0), lambda z: np.exp(np.minimum(z, 0.0))),
    "softplus": (lambda z: np.logaddexp(0.0, z), _logistic),
    "gelu": (lambda z: z * _normal(z), lambda z: _normal(z) + z * _density(z)),
    "silu": (lambda z: z * _logistic(z), lambda z: _logistic(z) * (1.0 + z * (1.0 - _logistic(z)))),
    "sin": (np.sin, np.cos),
}


def softmax(z: Vector) -> Vector:
    """The exponentials of z divided by their sum."""
    e = np.exp(z - np.max(z))
    return np.asarray(e / np.sum(e))


def sigma(name: str, z: Vector) -> Vector:
    """The activations of a layer, from its weighted inputs.

    Raises:
        ArgumentError: this module has no formula for that activation.
    """
    return softmax(z) if name == "softmax" else _pair(name)[0](z)


def activation_jacobian(name: str, z: Vector) -> Matrix:
    """The matrix da_i/dz_k: diagonal with sigma'(z_i) for an activation that acts on each neuron by itself."""
    if name == "softmax":
        a = softmax(z)
        return np.asarray(np.diag(a) - np.outer(a, a))
    return np.diag(_pair(name)[1](z))


def _pair(name: str) -> tuple[Elementwise, Elementwise]:
    if name not in SIGMA:
        known = [*SIGMA, "softmax"]
        raise ArgumentError(f"backprop: no equations for the activation {name!r}.{did_you_mean(name, known)} "
                            f"There are: {', '.join(known)}")  # fmt: skip
    return SIGMA[name]


Layers = tuple[list[Vector], list[Vector]]


def forward_pass(weights: Sequence[Matrix], biases: Sequence[Vector], x: Vector, activations: Sequence[str]) -> Layers:
    """The forward pass: weighted inputs and activations, layer by layer.

    z^l = W^l a^(l-1) + b^l,   a^l = sigma(z^l).

    Args:
        weights, biases: W^1..W^L of shapes (n_l, n_(l-1)), and b^1..b^L.
        x: the input, a^0.
        activations: the name of sigma per layer.

    Returns:
        (z, a): z^1..z^L, and a^0..a^L.

    Example:
        >>> z, a = forward_pass([np.array([[2.0]])], [np.array([1.0])], np.array([3.0]), ["linear"])
        >>> float(z[0][0]), float(a[1][0])
        (7.0, 7.0)
    """
    zs: list[Vector] = []
    activities = [np.asarray(x, dtype=float)]
    for W, b, name in zip(weights, biases, activations, strict=True):
        zs.append(W @ activities[-1] + b)
        activities.append(sigma(name, zs[-1]))
    return zs, activities


def output_error(z: Vector, dC_da: Vector, activation: str) -> Vector:
    """The error of the last layer: delta^L = sigma'(z^L) * dC/da^L.

    Args:
        z: z^L.
        dC_da: the derivative of the cost by each output.
    """
    return np.asarray(activation_jacobian(activation, z).T @ dC_da)


def hidden_error(W_next: Matrix, delta_next: Vector, z: Vector, activation: str) -> Vector:
    """The error of a hidden layer: delta^l = sigma'(z^l) * (W^(l+1))^T delta^(l+1)."""
    return np.asarray(activation_jacobian(activation, z).T @ (W_next.T @ delta_next))


def gradients(
    weights: Sequence[Matrix],
    biases: Sequence[Vector],
    x: Vector,
    activations: Sequence[str],
    dC_da: Callable[[Vector], Vector],
) -> tuple[list[Matrix], list[Vector], list[Vector]]:
    """The gradients of every layer: dC/dw_ij^l = a_j^(l-1) delta_i^l and dC/db_i^l = delta_i^l.

    Args:
        weights, biases, x, activations: as for `forward_pass`.
        dC_da: the derivative of the cost by the outputs, a function of the outputs a^L.

    Returns:
        (dW, db, delta), each from layer 1 to L.

    Example:
        >>> W, b = [np.array([[2.0]])], [np.array([1.0])]
        >>> dW, db, delta = gradients(W, b, np.array([3.0]), ["linear"], lambda a: 2.0 * a)
        >>> float(dW[0][0, 0]), float(db[0][0])
        (42.0, 14.0)
    """
    zs, activities = forward_pass(weights, biases, x, activations)
    deltas = [output_error(zs[-1], dC_da(activities[-1]), activations[-1])]
    for l in range(len(weights) - 2, -1, -1):  # noqa: E741 - the course's letter for a layer
        deltas.insert(0, hidden_error(weights[l + 1], deltas[0], zs[l], activations[l]))
    dW = [np.outer(delta, a) for delta, a in zip(deltas, activities[:-1], strict=True)]
    return dW, list(deltas), deltas


def parameters_of(model: Any) -> tuple[list[Matrix], list[Vector], list[str]]:
    """The weights, biases and activations of an `MLP` as arrays, for the functions above."""
    weights = [np.array([[w.data for w in row] for row in layer.W]) for layer in model.layers]
    biases = [np.array([b.data for b in layer.b]) for layer in model.layers]
    return weights, biases, [layer.activation for layer in model.layers]

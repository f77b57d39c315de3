"""NumPy with the derivatives worked out by hand, where a problem has matrices in it: what is left when the graph is gone."""

import random
from collections.abc import Callable
from typing import Any

import numpy as np

from speed.problems import networks

from . import Engine

Array = Any
Run = Callable[[], tuple[float, float]]


def _matrices(shape: str) -> list[tuple[Array, Array]]:
    """Weights and biases of each layer, as arrays."""
    parameters = networks.weights(shape)
    return [
        (np.array([ws for ws, _ in layer]), np.array([b for _, b in layer])) for layer in networks.layers(shape, parameters)
    ]


def _magnitude(gradients: list[Array]) -> float:
    return float(sum(np.abs(g).sum() for g in gradients))


def _dots(size: str) -> Run:
    neurons, inputs = map(int, size.split("x"))
    rng = random.Random(5)
    x = np.array([rng.uniform(-1.0, 1.0) for _ in range(inputs)])
    numbers = np.array([rng.uniform(-1.0, 1.0) for _ in range(neurons * inputs + neurons)])
    w, b = numbers[: neurons * inputs].reshape(neurons, inputs), numbers[neurons * inputs :]

    def run() -> tuple[float, float]:
        z = w @ x + b
        delta = 2.0 * z
        return float(z @ z), _magnitude([np.outer(delta, x), delta])

    return run


def _moons(size: str) -> Run:
    points, labels = networks.moons(int(size))
    x, y = np.array(points), np.array(labels)
    layers = _matrices("moons")

    def run() -> tuple[float, float]:
        outs = [x]
        for w, b in layers[:-1]:
            outs.append(np.maximum(outs[-1] @ w.T + b, 0.0))
        w, b = layers[-1]
        margins = 1.0 - y * (outs[-1] @ w.T + b)[:, 0]
        squares = sum(float((w * w).sum() + (b * b).sum()) for w, b in layers)
        cost = float(np.maximum(margins, 0.0).mean()) + networks.DECAY * squares
        delta = (np.where(margins > 0.0, -y, 0.0) / len(y))[:, None]
        gradients = []
        for (w, b), a in zip(reversed(layers), reversed(outs), strict=True):
            gradients += [delta.sum(0) + 2.0 * networks.DECAY * b, delta.T @ a + 2.0 * networks.DECAY * w]
            delta = (delta @ w) * (a > 0.0)
        return cost, _step(layers, gradients)

    return run


def _digits(size: str) -> Run:
    pictures, labels = networks.digits(int(size))
    xs, ys = np.array(pictures), np.array(labels)
    layers = _matrices("digits")
    (v, c), (w, b) = layers

    def run() -> tuple[float, float]:
        first: tuple[float, float] | None = None
        for start in range(0, len(xs), networks.BATCH):
            x, y = xs[start : start + networks.BATCH], ys[start : start + networks.BATCH]
            n = np.arange(len(y))
            a = np.tanh(x @ v.T + c)
            exps = np.exp(a @ w.T + b)
            p = exps / exps.sum(1, keepdims=True)
            cost = -float(np.log(p[n, y]).mean())
            p[n, y] -= 1.0
            delta = p / len(y)
            back = (delta @ w) * (1.0 - a * a)
            magnitude = _step(layers, [delta.sum(0), delta.T @ a, back.sum(0), back.T @ x])
            first = first or (cost, magnitude)
        assert first
        return first

    return run


def _step(layers: list[tuple[Array, Array]], gradients: list[Array]) -> float:
    """Descend in place. The gradients come from the last layer to the first, bias before weights."""
    flat = [array for w, b in reversed(layers) for array in (b, w)]
    for array, gradient in zip(flat, gradients, strict=True):
        array -= networks.RATE * gradient
    return _magnitude(gradients)


def make() -> Engine:
    """No engine: programs."""
    programs = {"dots": _dots, "moons": _moons, "moons-nn": _moons, "digits": _digits, "digits-dots": _digits}
    return Engine(imports=("numpy",), by_hand=programs)

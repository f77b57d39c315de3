"""Networks as a beginner writes them, with + and *, and as stepgrad has them: fused dots, `nn`, `fit`.

Sizes are samples. The moons are micrograd's demonstration: 2-16-16-1 neurons, hinge and decay of weights. The digits are 64
pixels to 32 neurons to 10, minibatches of 8; the pictures are drawn at random, half of their pixels 0 as in the real ones,
because the time does not depend on which digits they show.
"""

import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from speed.engines import Engine

from .problem import Answer, Problem, Run, differentiated, one

DECAY, RATE = 1e-4, 0.01
BATCH, DIGITS = 8, 1438  # digits in a minibatch, and in an epoch of `make demo`
EPOCHS = 4  # of `fit`, which looks at its data first
SHAPES = {"moons": (2, [16, 16, 1]), "digits": (64, [32, 10])}


def weights(shape: str) -> list[float]:
    """Initial parameters, neuron by neuron, its bias last."""
    rng = random.Random(2)
    inputs, outputs = SHAPES[shape]
    numbers = []
    for size in outputs:
        for _ in range(size):
            numbers += [rng.uniform(-1.0, 1.0) / math.sqrt(inputs) for _ in range(inputs)] + [0.0]
        inputs = size
    return numbers


def layers(shape: str, parameters: list[Any]) -> list[list[tuple[list[Any], Any]]]:
    """The parameters as layers of neurons, each its weights and its bias."""
    inputs, outputs = SHAPES[shape]
    rest = iter(parameters)
    found = []
    for size in outputs:
        found.append([([next(rest) for _ in range(inputs)], next(rest)) for _ in range(size)])
        inputs = size
    return found


def moons(count: int) -> tuple[list[list[float]], list[float]]:
    """Points on two half circles, and -1 or 1."""
    rng = random.Random(3)
    points, labels = [], []
    for i in range(count):
        upper = i % 2
        angle = math.pi * i / count
        x, y = (math.cos(angle), math.sin(angle)) if upper else (1.0 - math.cos(angle), 0.5 - math.sin(angle))
        points.append([x + rng.gauss(0.0, 0.1), y + rng.gauss(0.0, 0.1)])
        labels.append(2.0 * upper - 1.0)
    return points, labels


def digits(count: int) -> tuple[list[list[float]], list[int]]:
    """Pictures of 64 pixels in 17 steps from 0 to 1, half of them 0, and their classes."""
    rng = random.Random(4)
    pictures = [[rng.randrange(17) / 16.0 if rng.random() < 0.5 else 0.0 for _ in range(64)] for _ in range(count)]
    return pictures, [rng.randrange(10) for _ in range(count)]


def _plain(ws: Sequence[Any], xs: Sequence[Any], b: Any) -> Any:
    return sum((w * x for w, x in zip(ws, xs, strict=True)), b)


def _dots(engine: Engine, size: str) -> Run:
    neurons, inputs = map(int, size.split("x"))
    rng = random.Random(5)
    x = [rng.uniform(-1.0, 1.0) for _ in range(inputs)]
    dot = engine.dot or _plain

    def layer(leaves: list[Any]) -> Any:
        cost = 0.0
        for i in range(neurons):
            z = dot(leaves[i * inputs : (i + 1) * inputs], x, leaves[neurons * inputs + i])
            cost = cost + z * z
        return cost

    return differentiated(engine, layer, [rng.uniform(-1.0, 1.0) for _ in range(neurons * inputs + neurons)])


def _hinge(engine: Engine, scores: list[Any], labels: list[float], parameters: list[Any]) -> Any:
    losses = [engine.relu(1.0 + -y * score) for y, score in zip(labels, scores, strict=True)]
    return sum(losses, 0.0) * (1.0 / len(losses)) + DECAY * sum((p * p for p in parameters), 0.0)


def _descent(engine: Engine, cost: Callable[[list[Any]], Any], parameters: list[Any]) -> Run:
    def run() -> Answer:
        value, gradient = engine.gradient(cost, parameters)
        engine.update(parameters, gradient, RATE)
        return value, sum(map(abs, gradient))

    return run


def _moons(engine: Engine, size: str) -> Run:
    points, labels = moons(int(size))
    relu = engine.relu

    def cost(parameters: list[Any]) -> Any:
        first, second, last = layers("moons", parameters)
        scores = []
        for x in points:
            a: list[Any] = x
            for layer in (first, second):
                a = [relu(_plain(ws, a, b)) for ws, b in layer]
            scores += [_plain(ws, a, b) for ws, b in last]
        return _hinge(engine, scores, labels, parameters)

    return _descent(engine, cost, engine.leaves(weights("moons")))


def _moons_nn(engine: Engine, size: str) -> Run:
    if engine.network is None:
        return _moons(engine, size)
    points, labels = moons(int(size))
    model = engine.network(*SHAPES["moons"])
    parameters = model.parameters()
    for p, number in zip(parameters, weights("moons"), strict=True):
        p.data = number

    def cost(parameters: list[Any]) -> Any:
        return _hinge(engine, [model(x) for x in points], labels, parameters)

    return _descent(engine, cost, parameters)


def _digits(engine: Engine, size: str, fused: bool = False) -> Run:
    pictures, labels = digits(int(size))
    tanh, exp, log = engine.tanh, engine.exp, engine.log
    dot = (fused and engine.dot) or _plain
    total = (fused and engine.logsumexp) or (lambda zs: log(sum([exp(z) for z in zs], 0.0)))

    def epoch(parameters: list[Any]) -> Answer:
        first: Answer | None = None
        for start in range(0, len(pictures), BATCH):
            batch = list(zip(pictures[start : start + BATCH], labels[start : start + BATCH], strict=True))

            def cost(parameters: list[Any], batch: Any = batch) -> Any:
                hidden, last = layers("digits", parameters)
                costs = []
                for x, label in batch:
                    a = [tanh(dot(ws, x, b)) for ws, b in hidden]
                    z = [dot(ws, a, b) for ws, b in last]
                    costs.append(total(z) - z[label])
                return sum(costs, 0.0) * (1.0 / len(costs))

            value, gradient = engine.gradient(cost, parameters)
            first = first or (value, sum(map(abs, gradient)))
            engine.update(parameters, gradient, RATE)
        assert first
        return first

    parameters = engine.leaves(weights("digits"))
    return lambda: epoch(parameters)


def _digits_dots(engine: Engine, size: str) -> Run | None:
    return _digits(engine, size, fused=True) if engine.dot else None


def _digits_fit(engine: Engine, size: str) -> Run | None:
    if engine.fit is None:
        return None
    pictures, labels = digits(int(size))
    train = engine.fit(*SHAPES["digits"], pictures, labels, EPOCHS, BATCH, RATE)
    return lambda: (train(), 0.0)


def _count(operations: int) -> Callable[[str], float]:
    return lambda size: operations * int(size)


def _epochs(size: str) -> float:
    return int(size) / DIGITS


PROBLEMS = (
    Problem(
        "dots", "layer of {size} weights, fused dots", "gradient", ("32x64",), "2x3", one,
        lambda size: 2 * math.prod(map(int, size.split("x"))), _dots,
    ),
    Problem("moons", "moons, {size} points: a step, with + and *", "step", ("100",), "2", one, _count(700), _moons),
    Problem("moons-nn", "moons, {size} points: a step, with `nn`", "step", ("100",), "2", one, _count(700), _moons_nn),
    Problem("digits", "digits: an epoch, with + and *", "epoch", ("40",), "1", _epochs, _count(4900), _digits),
    Problem("digits-dots", "digits: an epoch, with fused dots", "epoch", ("80",), "1", _epochs, _count(4900), _digits_dots),
    Problem(
        "digits-fit", "digits: one of four epochs of `fit`", "epoch", ("80",), "1", lambda size: EPOCHS * _epochs(size),
        _count(4900 * EPOCHS), _digits_fit,
    ),
)  # fmt: skip

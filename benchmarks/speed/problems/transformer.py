"""A program like Karpathy's microgpt, on whichever class of numbers it is given: a character transformer with + and * alone.

Written anew from its description: embeddings of letter and place, root-mean-square norms, attention of several heads over the
letters so far, two matrices with relu between them, the mean cost of each next letter, and Adam. The class has `.data`,
`.grad`, `.exp()`, `.log()`, `.relu()` and `.backward()`; nothing else of an engine is used, so each runs the same lines.
"""

import itertools
import random
from collections.abc import Callable
from typing import Any

from speed.engines import Engine

from .problem import Answer, Problem, Run, one

WIDTH, HEADS, PLACES, LETTERS = 16, 4, 16, 27
NAME = (0, 5, 13, 13, 1, 20, 8, 5, 15, 0)  # 0 begins and ends a name
Vector = list[Any]
Matrix = list[list[Any]]


def _matrices(number: Callable[[float], Any]) -> dict[str, Matrix]:
    rng = random.Random(6)

    def matrix(rows: int, columns: int) -> Matrix:
        return [[number(rng.gauss(0.0, 0.08)) for _ in range(columns)] for _ in range(rows)]

    return {
        "letter": matrix(LETTERS, WIDTH),
        "place": matrix(PLACES, WIDTH),
        **{name: matrix(WIDTH, WIDTH) for name in ("query", "key", "value", "join")},
        "up": matrix(4 * WIDTH, WIDTH),
        "down": matrix(WIDTH, 4 * WIDTH),
        "read": matrix(LETTERS, WIDTH),
    }


def _times(w: Matrix, x: Vector) -> Vector:
    return [sum(wi * xi for wi, xi in zip(row, x, strict=True)) for row in w]


def _plus(x: Vector, y: Vector) -> Vector:
    return [a + b for a, b in zip(x, y, strict=True)]


def _normed(x: Vector) -> Vector:
    scale = (sum(xi * xi for xi in x) / len(x) + 1e-5) ** -0.5
    return [xi * scale for xi in x]


def _softmax(zs: Vector) -> Vector:
    largest = max(z.data for z in zs)
    exps = [(z - largest).exp() for z in zs]
    total = sum(exps)
    return [e / total for e in exps]


def _next_letter(m: dict[str, Matrix], letter: int, place: int, keys: Matrix, values: Matrix) -> Vector:
    """The logits of the letter that follows. Keys and values of earlier places are in the lists; this one's come to them."""
    x = _normed(_plus(m["letter"][letter], m["place"][place]))
    y = _normed(x)
    query = _times(m["query"], y)
    keys.append(_times(m["key"], y))
    values.append(_times(m["value"], y))
    size = WIDTH // HEADS
    heads: Vector = []
    for start in range(0, WIDTH, size):
        part = slice(start, start + size)
        scores = [sum(q * k for q, k in zip(query[part], key[part], strict=True)) / size**0.5 for key in keys]
        weights = _softmax(scores)
        heads += [sum(w * value[j] for w, value in zip(weights, values, strict=True)) for j in range(start, start + size)]
    x = _plus(x, _times(m["join"], heads))
    hidden = [u.relu() for u in _times(m["up"], _normed(x))]
    x = _plus(x, _times(m["down"], hidden))
    return _times(m["read"], x)


def _cost(m: dict[str, Matrix], name: tuple[int, ...]) -> Any:
    keys: Matrix = []
    values: Matrix = []
    costs = []
    for place, (letter, following) in enumerate(itertools.pairwise(name)):
        probabilities = _softmax(_next_letter(m, letter, place, keys, values))
        costs.append(-probabilities[following].log())
    return sum(costs) / len(costs)


def _step(engine: Engine, size: str) -> Run | None:
    number = engine.value
    if number is None or not all(hasattr(number, name) for name in ("exp", "log", "relu", "backward")):
        return None
    name = NAME[: int(size) + 1]
    m = _matrices(number)
    parameters = [p for matrix in m.values() for row in matrix for p in row]
    first, second = [0.0] * len(parameters), [0.0] * len(parameters)
    step = 0

    def run() -> Answer:
        nonlocal step
        step += 1
        cost = _cost(m, name)
        cost.backward()
        magnitude = 0.0
        for i, p in enumerate(parameters):
            first[i] = 0.85 * first[i] + 0.15 * p.grad
            second[i] = 0.99 * second[i] + 0.01 * p.grad**2
            p.data -= 0.001 * (first[i] / (1.0 - 0.85**step)) / ((second[i] / (1.0 - 0.99**step)) ** 0.5 + 1e-8)
            magnitude += abs(p.grad)
            p.grad = 0.0
        return cost.data, magnitude

    return run


PROBLEMS = (
    Problem(
        "transformer", "character transformer, {size} letters: a step, unchanged program", "step", ("9",), "1", one,
        lambda size: 9500 * int(size), _step,
    ),
)  # fmt: skip

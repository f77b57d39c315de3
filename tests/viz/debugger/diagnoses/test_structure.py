"""Models that cannot answer at the origin because nothing is added to their sums, and models without biases that need none."""

import pathlib

import pytest

from viz.debugger.diagnoses.watch import watching
from viz.script import running

HEAD = """
import random
from autograd import Value, log, mean, sigmoid, softplus, square, tanh
random.seed(1)
def draw(n):
    return [Value(random.uniform(-1, 1)) for _ in range(n)]
def entropy(z, y):
    return softplus(z) - y * z
"""
TOGETHER = """
for _ in range(300):
    cost = mean([LOSS for x, y in zip(X, Y)])
    for p in parameters:
        p.zero_grad()
    cost.backward()
    for p in parameters:
        p.data -= 1.0 * p.grad
"""
ONE_BY_ONE = """
for _ in range(150):
    for x, y in zip(X, Y):
        cost = LOSS
        for p in parameters:
            p.zero_grad()
        cost.backward()
        for p in parameters:
            p.data -= 0.3 * p.grad
"""
LINEAR = """
w = draw(2)
parameters = w
def model(x):
    return sum(a * b for a, b in zip(w, x))  # here
"""
HIDDEN = """
class Unit:
    def __init__(self, n):
        self.w = draw(n)
    def __call__(self, x):
        return sum(a * b for a, b in zip(self.w, x))  # here
hidden, last = [Unit(2) for _ in range(4)], Unit(4)
parameters = [p for u in [*hidden, last] for p in u.w]
def model(x):
    return last([tanh(u(x)) for u in hidden])
"""
BIASED = "w, b = draw(2), Value(0.0)\nparameters = [*w, b]\ndef model(x):\n    return w[0] * x[0] + w[1] * x[1] + b\n"
AND = "X, Y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 1]\n"
NOR = "X, Y = [[0, 1], [0, 1], [1, 0], [1, 0], [0, 0], [1, 1]], [0, 0, 1, 1, 0, 1]\n"
LINE = "X = [[k / 4, 1 - abs(k) / 4] for k in range(-4, 5)]\nY = [2 * a - b for a, b in X]\n"
SIGNS = "X, Y = [[-1, -1], [-1, 1], [1, -1], [1, 1]], [0, 0, 1, 1]\n"
BOTH = "X, Y = [[0, 0], [0, 0], [0, 1], [1, 0]], [0, 1, 0, 1]\n"  # at the origin nobody knows
SQUARED = "square(sigmoid(model(x)) - y)"
ENTROPY = "entropy(model(x), y)"
LIKELIHOOD = "-(log(sigmoid(model(x))) if y else log(1.0 - sigmoid(model(x))))"

WITHOUT = [
    NOR + LINEAR + TOGETHER.replace("LOSS", SQUARED),
    NOR + LINEAR + ONE_BY_ONE.replace("LOSS", SQUARED),
    AND + LINEAR + TOGETHER.replace("LOSS", ENTROPY),
    AND + LINEAR + TOGETHER.replace("LOSS", LIKELIHOOD),
    AND + HIDDEN + TOGETHER.replace("LOSS", SQUARED),
]
RIGHT = [
    NOR + BIASED + TOGETHER.replace("LOSS", SQUARED),
    SIGNS + LINEAR + TOGETHER.replace("LOSS", SQUARED),
    LINE + LINEAR + TOGETHER.replace("LOSS", "square(model(x) - y)"),
    LINE + LINEAR + ONE_BY_ONE.replace("LOSS", "square(model(x) - y)"),
    BOTH + LINEAR + TOGETHER.replace("LOSS", ENTROPY),
]


def found(text: str, folder: pathlib.Path) -> list[tuple[str, str, int]]:
    script = folder / "program.py"
    script.write_text(HEAD + text, encoding="utf-8")
    with watching() as watch, running(str(script)):
        pass
    return [(f.kind, f.certainty, f.line) for f in watch.findings()]


@pytest.mark.parametrize("text", WITHOUT, ids=[str(n) for n in range(len(WITHOUT))])
def test_a_missing_bias_is_proven_by_the_training_with_one(text: str, tmp_path: pathlib.Path) -> None:
    here = next(n for n, row in enumerate((HEAD + text).splitlines(), 1) if row.endswith("# here"))
    assert found(text, tmp_path) == [("no bias", "proven", here)]


@pytest.mark.parametrize("text", RIGHT, ids=[str(n) for n in range(len(RIGHT))])
def test_a_model_that_needs_no_bias_is_left_alone(text: str, tmp_path: pathlib.Path) -> None:
    assert found(text, tmp_path) == []

"""Leaves that get a gradient and are never updated: forgotten ones are named and proven, those that are meant to stay are not.

The scripts are files, as names, comments and classes are read; each is the same network with other words around it.
"""

import pathlib

import pytest

from viz.debugger import Finding, watching
from viz.script import running

NETWORK = """
import random
from autograd import Value, dot, mean, tanh
rng = random.Random(3)
def rows(n, m):
    return [[Value(rng.gauss(0.0, 0.4)) for _ in range(m)] for _ in range(n)]
{first}, last = rows(6, 3), rows(1, 6)
samples = [([rng.uniform(-2.0, 2.0), rng.uniform(-2.0, 2.0), 1.0], k) for k in range(10)]
samples = [(x, 0.5 * x[0] * x[1]) for x, _ in samples]
{listed}
for _ in range(60):
    cost = mean([(dot(last[0], [tanh(dot(row, x)) for row in {first}]) - y) ** 2 for x, y in samples])
    cost.backward()
    for p in trained:
        p.data -= 0.1 * p.grad
        p.zero_grad()
"""
TABLE = """
import random
from autograd import Value, mean
from nn import Adam, Layer, cross_entropy
rng = random.Random(5)
{name} = [[Value(rng.gauss(0.0, 0.3)) for _ in range(3)] for _ in range(10)]
head = Layer(3, 3, activation="linear", rng=rng)
classes = [rng.randrange(3) for _ in range(10)]
optimiser = Adam(head.parameters(), rate=0.05)
for _ in range(100):
    cost = mean([cross_entropy(head(row), k) for row, k in zip({name}, classes)])
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
"""
UNKNOWN = """
import math
from autograd import Value, mean
class Decay:
    def __init__(self):
        self.start = Value(1.0)
        self.{name} = Value({begin})
    def parameters(self):
        return {listed}
    def __call__(self, t):
        return self.start * (1.0 - self.{name} * t)
law = Decay()
samples = [(0.1 * k, 2.0 - 1.4 * 0.1 * k + 0.001 * math.sin(9.0 * k)) for k in {observed}]
for _ in range(120):
    cost = mean([(law(t) - y) ** 2 for t, y in samples])
    cost.backward()
    for p in law.parameters():
        p.data -= 0.1 * p.grad
        p.zero_grad()
print({shown})
"""


def told(text: str, folder: pathlib.Path) -> list[Finding]:
    path = folder / "script.py"
    path.write_text(text.lstrip(), encoding="utf-8")
    with watching() as watch, running(str(path)):
        pass
    return watch.findings()


def test_a_layer_that_the_list_of_parameters_leaves_out(tmp_path: pathlib.Path) -> None:
    (found,) = told(NETWORK.format(first="first", listed="trained = last[0]"), tmp_path)
    assert (found.kind, found.certainty, found.text) == ("not in the optimiser", "proven", "trained = last[0]")
    assert found.evidence["parameters"] == 18.0 and found.evidence["with"] < 0.2 * found.evidence["without"]
    assert told(NETWORK.format(first="first", listed="trained = last[0] + sum(first, [])"), tmp_path) == []


@pytest.mark.parametrize(
    ("first", "listed"),
    [
        ("random_features", "trained = last[0]"),
        ("first", "trained = last[0]  # only the last layer is learned"),
    ],
)
def test_a_layer_that_is_meant_to_stay(first: str, listed: str, tmp_path: pathlib.Path) -> None:
    text = NETWORK.format(first=first, listed=listed)
    assert "not in the optimiser" not in [found.kind for found in told(text, tmp_path)]


@pytest.mark.parametrize(("name", "kinds"), [("embedding", ["not in the optimiser"]), ("inputs", []), ("cloud", [])])
def test_a_table_is_told_from_data_by_its_name(name: str, kinds: list[str], tmp_path: pathlib.Path) -> None:
    assert [found.kind for found in told(TABLE.format(name=name), tmp_path)] == kinds


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, ["return [self.start]"]),
        ({"listed": "[self.start, self.rate]"}, []),
        ({"begin": "0.7"}, []),  # it is known, and the samples agree
        ({"observed": "(0, 7)"}, []),  # two numbers say little of it
        ({"shown": "law.start.data"}, []),
        ({"name": "fixed_rate", "shown": "law.fixed_rate.data"}, []),
        ({"name": "data_rate", "shown": "law.data_rate.data"}, []),
    ],
)
def test_an_unknown_that_a_class_forgets(change: dict[str, str], expected: list[str], tmp_path: pathlib.Path) -> None:
    script = {"name": "rate", "begin": "0.1", "listed": "[self.start]", "shown": "law.rate.data", "observed": "range(8)"}
    findings = told(UNKNOWN.format(**script | change), tmp_path)
    assert [f.text for f in findings] == expected
    assert all((f.kind, f.certainty) == ("not in the optimiser", "proven") for f in findings)

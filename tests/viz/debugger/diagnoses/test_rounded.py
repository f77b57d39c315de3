"""Updates that round the parameters to some digits: found where short steps are lost, and where that costs something.

Programs are texts, run under `watching()`; whole numbers have their tests in test_diagnose.py.
"""

import pathlib

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

PROGRAM = """
import math, random
from autograd import Value, mean, square
rng = random.Random(2)
xs = [(rng.gauss(0, 1), rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(24)]
ys = [0.437 * a - 0.581 * b + 0.233 * c for a, b, c in xs]
ws = [Value(BEGIN) for _ in range(3)]
momenta = [0.0] * 3

def shortened(number):
    return math.floor(number * 100 + 0.5) / 100

class Descent:
    def step(self):
        for p in ws:
            p.data = round(p.data - RATE * p.grad, 2)

descent = Descent()
for epoch in range(30):
    for x, y in zip(xs, ys):
        cost = square(sum(w * u for w, u in zip(ws, x)) - y)
        for p in ws:
            p.grad = 0.0
        cost.backward()
        UPDATE
"""
EACH = "for k, p in enumerate(ws): p.data = "


def found_with(folder: pathlib.Path, update: str, rate: str = "0.02", begin: str = "rng.gauss(0, 1)") -> list[Finding]:
    """What is found in the program with an update."""
    path = folder / "program.py"
    path.write_text(PROGRAM.replace("UPDATE", update).replace("RATE", rate).replace("BEGIN", begin), encoding="utf-8")
    with watching() as watch, running(str(path)):
        pass
    return [f for f in watch.findings() if f.kind == "rounded update"]


@pytest.mark.parametrize(
    "update",
    [
        EACH + "round(p.data - RATE * p.grad, 2)",
        EACH + "math.floor((p.data - RATE * p.grad) * 100) / 100",
        EACH + "int((p.data - RATE * p.grad) * 10) / 10",
        EACH + "float(f'{p.data - RATE * p.grad:.2f}')",
        EACH + "shortened(p.data - RATE * p.grad)",
        "descent.step()",
    ],
)
def test_steps_that_are_rounded_away_are_proven(update: str, tmp_path: pathlib.Path) -> None:
    found = found_with(tmp_path, update, "0.01", "rng.gauss(0, 0.1)")
    assert [f.certainty for f in found] == ["proven"]
    assert found[0].evidence["with"] < 0.5 * found[0].evidence["without"]


@pytest.mark.parametrize(
    ("update", "rate", "begin"),
    [
        (EACH + "p.data - RATE * p.grad", "0.02", "rng.gauss(0, 1)"),
        (EACH + "round(p.data - RATE * p.grad, 8)", "0.02", "rng.gauss(0, 1)"),
        (EACH + "p.data - RATE * (int(p.grad > 0) - int(p.grad < 0))", "0.01", "0.0"),  # multiples of 0.01, by signs
        (EACH + "p.data - RATE * (int(p.grad > 0) - int(p.grad < 0))", "0.01", "rng.gauss(0, 1)"),
        (EACH + "p.data - RATE * p.grad if int(p.grad * 1e6) else p.data", "0.02", "rng.gauss(0, 1)"),
        (EACH + "round(max(-1.0, min(1.0, p.data - RATE * p.grad)), 6)", "0.02", "rng.gauss(0, 1)"),
    ],
)
def test_other_updates_are_right(update: str, rate: str, begin: str, tmp_path: pathlib.Path) -> None:
    assert found_with(tmp_path, update, rate, begin) == []

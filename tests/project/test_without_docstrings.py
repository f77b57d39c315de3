"""`python -OO` takes docstrings and assertions away: whatever a person reads, and whatever is computed, stays the same.

Each journey is run by Python as it is and by `python -OO`, and has to print the same.
"""

import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).parent.parent.parent
SCRIPT = """
from autograd import Value, log, tanh
w = Value(0.0, label="w")
c = tanh(w * 2.0) + log(w)
c.backward()
print(w.grad)
"""
ASKED = "help", "help why", "help b", "p w", "why w", "check w", "ll", "w", "diagnose", "s", "n", "b tanh", "c", "hlep", "q"

EVERYTHING = """
import importlib, pkgutil
import autograd, nn, viz, viz.debugger
for package in (autograd, nn, viz):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        if not module.name.endswith("__main__") and not {"pytorch", "jax"} & set(module.name.split(".")):
            print(importlib.import_module(module.name).__name__)
"""
FORMULAS = """
from autograd import TABLE, Value, define_primitive, check_gradients, emitted_source, exp, record_backward, scope
import autograd, viz
for row in TABLE.values():
    print(row, row.operand_names, row.arity)
print(autograd.leaky_relu.__doc__, Value(1.0).leaky_relu(slope=0.5))
cube = define_primitive("cube", lambda m, u: u * u * u, lambda m, out, u: (3.0 * u * u,), doc="u cubed")
x = Value(2.0, label="x")
y = cube(x) * exp(x)
check_gradients(lambda x: cube(x) * exp(x), 2.0)
print(emitted_source(y))
for step in record_backward(y):
    print(step)
print(viz.walk(y, x), viz.expression(y).text, viz.draw(y).source)
"""
DIAGNOSED = """
import random
from nn import MLP, SGD, mean_squared_error
from viz.debugger import watching
from viz.debugger.diagnoses.diagnose import CHECKS
print(CHECKS[0].kind, len(CHECKS))
model = MLP(2, [3, 1], rng=random.Random(0))
descent = SGD(model.parameters(), 0.1)
with watching() as watch:
    for _ in range(12):
        cost = mean_squared_error([model([1.0, 2.0])], [1.0])
        cost.backward()
        descent.step()
print(*watch.findings(), sep="\\n")
"""
MISTAKES = """
import autograd, nn, viz
from autograd import Value
for wrong in (lambda: Value("3"), lambda: Value(1.0).tahn(), lambda: float(Value(1.0)), lambda: autograd.no_such_thing,
              lambda: nn.MLP(2, 3), lambda: viz.draw(3), lambda: autograd.leaky_relu(1.0, slop=3), lambda: nn.Linear):
    try:
        wrong()
    except Exception as error:
        print(type(error).__name__, error)
"""

JOURNEYS = {
    "every module": ["-c", EVERYTHING],
    "formulas": ["-c", FORMULAS],
    "diagnoses": ["-c", DIAGNOSED],
    "mistakes": ["-c", MISTAKES],
    "python -m autograd": ["-m", "autograd"],
    "viz": ["-m", "viz", "--help"],
    "viz page": ["-m", "viz", "page", "--help"],
    "nn": ["-m", "nn", "--help"],
    "nn train": ["-m", "nn", "train", "--help"],
    "the debugger": ["-m", "viz.debugger", "--help"],
    "a session": ["-m", "viz.debugger", "script.py"],
    "the demonstration": ["-m", "examples.digits", "--help"],
    "the transformer": ["-m", "examples.transformer", "--help"],
}


@pytest.mark.slow
@pytest.mark.parametrize("journey", JOURNEYS)
def test_it_says_the_same_without_docstrings(journey: str, tmp_path: pathlib.Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    said = []
    for options in ([], ["-OO"]):
        done = subprocess.run(
            [sys.executable, "-X", "utf8", *options, *JOURNEYS[journey]],
            cwd=tmp_path,
            env={"PYTHONPATH": str(ROOT), "PATH": "", "COLUMNS": "100", "HOME": str(tmp_path)},
            input="\n".join(ASKED),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        said.append(re.sub(r"\d+ ms", "some ms", done.stdout + done.stderr))
    assert said[0] == said[1]
    assert len(said[0]) > 100


def test_no_module_that_people_run_reads_docstrings() -> None:
    read = [
        f"{path.relative_to(ROOT)}:{number}"
        for folder in ("autograd", "nn", "viz", "examples")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if ("__doc__" in line and "__doc__ =" not in line and "doc=" not in line) or "getdoc(" in line
    ]
    # One hands the docstring of a function on to the function in C that takes its place; without it, it has none either.
    assert [place.partition(":")[0] for place in read] == ["autograd/functions.py"]

"""Flags that are used as indices, beside tables that are looked up by a class. Programs are texts, run under `watching()`."""

import pathlib

import pytest

from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching
from viz.script import running

PROGRAM = """
import random
from autograd import Value, square
rng = random.Random(2)
xs = [rng.gauss(0, 1) for _ in range(30)]
ys = [1.5 * x + rng.gauss(0, 0.1) for x in xs]
seen = [int(rng.random() < 0.6) for _ in xs]
w = Value(0.1)
heights = [Value(0.0), Value(0.0)]
arms = [Value(0.0) for _ in range(5)]

def errors():
    found = []
    for x, y in zip(xs, ys):
        found.append(square(w * x - y))
    return found

def chosen(terms, flags):
    return [terms[flag] for flag in flags]

def cost_of():
    terms = [square(w * x - y) for x, y in zip(xs, ys)]
    kept = errors()
    KEEP
    return sum(parts) / len(parts)

for step in range(30):
    cost = cost_of()
    for p in (w, *heights, *arms):
        p.grad = 0.0
    cost.backward()
    for p in (w, *heights, *arms):
        p.data -= 0.05 * p.grad
"""


def found_with(folder: pathlib.Path, keep: str) -> tuple[list[Finding], list[str]]:
    """What is found in the program with a choice of terms, and its lines."""
    path = folder / "program.py"
    text = PROGRAM.replace("KEEP", keep)
    path.write_text(text, encoding="utf-8")
    with watching() as watch, running(str(path)):
        pass
    return [f for f in watch.findings() if f.kind == "samples never used" and "as indices" in f.message], text.splitlines()


@pytest.mark.parametrize(
    ("keep", "named"),
    [
        ("parts = [terms[e] for e in seen]", ""),
        ("parts = [terms[e] for x, e in zip(xs, seen)]", ""),
        ("parts = [terms[e] for k, e in enumerate(seen)]", ""),
        ("parts = [terms[seen[k]] for k in range(len(terms))]", ""),
        ("parts = [ys[e] - w * xs[k] for k, e in enumerate(seen)]; parts = [square(p) for p in parts]", ""),
        ("parts = chosen(terms, flags=seen)", "return [terms[flag] for flag in flags]"),
    ],
)
def test_flags_that_choose_by_index_are_named(keep: str, named: str, tmp_path: pathlib.Path) -> None:
    found, lines = found_with(tmp_path, keep)
    assert [lines[f.line - 1].strip() for f in found] == [named or keep]


@pytest.mark.parametrize(
    "keep",
    [
        "parts = [t for t, e in zip(terms, seen) if e]",
        "parts = [e * t for t, e in zip(terms, seen)]",
        "parts = [t + square(heights[e] - 1.0) for t, e in zip(terms, seen)]",  # a table of two classes
        "parts = [t + square(arms[e] - 1.0) for t, e in zip(terms, seen)]",  # of five, of which two have come
        "order = [k for k, e in enumerate(seen) if e]; parts = [terms[k] for k in order]",
        "parts = [(1 - t, t)[e] for t, e in zip(terms, seen)]",
    ],
)
def test_choices_that_are_right(keep: str, tmp_path: pathlib.Path) -> None:
    assert found_with(tmp_path, keep)[0] == []

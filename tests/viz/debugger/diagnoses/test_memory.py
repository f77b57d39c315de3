"""Graphs that are kept in memory: named at the line that keeps them, and only where many are; watching keeps none itself."""

import gc
import random
import textwrap
from typing import Any

import pytest

from autograd import Value
from nn import MLP, SGD, mean_squared_error
from viz.debugger.diagnoses.finding import Finding
from viz.debugger.diagnoses.watch import watching

LOOP = """
total, costs, best, kept, window = 0.0, [], None, {{}}, []
for step in range({steps}):
    cost = mean_squared_error([model(x) for x in xs], [x[0] for x in xs])
    descent.zero_grad()
    cost.backward()
    descent.step()
    {line}
"""


def findings(line: str, steps: int = 50) -> list[Finding]:
    rng = random.Random(0)
    model = MLP(2, [3, 1], activation="tanh", rng=rng)
    xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(6)]
    names: dict[str, Any] = {"model": model, "xs": xs, "descent": SGD(model.parameters(), 0.05), "Value": Value}
    names["mean_squared_error"] = mean_squared_error
    with watching() as watch:
        exec(compile(LOOP.format(steps=steps, line=textwrap.indent(line, "    ").strip()), "loop", "exec"), names)
        return watch.findings()


@pytest.mark.parametrize(
    ("line", "at", "by"),
    [
        ("total += cost", 8, "what is computed here (+)"),
        ("total = cost + total", 8, "what is computed here (+)"),
        ("total = total + 0.5 * cost", 8, "what is computed here (*)"),
        ("total = 0.9 * total + 0.1 * cost", 8, "what is computed here (*)"),
        ("costs.append(cost)", 4, "a list"),
        ("costs = costs + [cost]", 4, "a list"),
        ("kept[step] = cost", 4, "a dict"),
        ("kept.setdefault('costs', []).append(cost)", 4, "a list"),
    ],
)
def test_what_keeps_every_graph_is_named(line: str, at: int, by: str) -> None:
    (finding,) = findings(line)
    assert (finding.kind, finding.severity, finding.line) == ("graphs kept", "warning", at)
    assert f"the graphs of 20 earlier passes are still in memory, {int(finding.evidence['nodes'])} nodes: {by} refers" in str(
        finding
    )
    assert ".data" in finding.remedy
    assert finding.evidence["nodes"] > 20 * 20


@pytest.mark.parametrize(
    "line",
    [
        "total += cost.data",
        "costs.append(cost.data)",
        "total += cost.detach()",
        "best = cost if best is None or cost.data < best.data else best",
        "window.append(cost); window = window[-10:]",
        "total = cost",
        "kept['cost'] = cost",
        "last, before = cost, costs",
        "total = total + cost if step % 10 else cost",
    ],
)
def test_what_keeps_none_or_few_is_not(line: str) -> None:
    assert [str(f) for f in findings(line)] == []


def test_too_few_steps_to_tell() -> None:
    assert findings("total += cost", steps=20) == []
    assert [f.kind for f in findings("total += cost", steps=22)] == ["graphs kept"]


def test_a_total_that_is_gone_when_it_is_asked_was_seen() -> None:
    """In a function the total is freed when it returns: what kept the graphs is found while it does."""
    w = Value(1.0, label="w")

    def train() -> float:
        total = Value(0.0)
        for step in range(40):
            cost = (w * 0.5 - step % 3) ** 2
            w.zero_grad()
            cost.backward()
            w.data -= 0.1 * w.grad
            total = total + cost
        return total.data

    with watching() as watch:
        train()
    gc.collect()
    assert "graphs kept" in [f.kind for f in watch.findings()]


class Counted(Value):
    alive = 0

    def __init__(self, data: float) -> None:
        super().__init__(data)
        Counted.alive += 1

    def __del__(self) -> None:
        Counted.alive -= 1


def test_watching_itself_keeps_one_graph_at_most() -> None:
    most = 0
    w = Value(1.0, label="w")
    with watching(memory=0):
        for step in range(60):
            x = Counted(float(step % 5))
            node = (w * x) + 1.0
            cost = node * node
            w.zero_grad()
            cost.backward()
            w.data -= 1e-3 * w.grad
            del x, node
            most = max(most, Counted.alive)
    assert most <= 9, "the step's own, the pass before, and those that the watch keeps"


def test_two_passes_from_one_root_are_one_graph() -> None:
    w = Value(1.0, label="w")
    with watching() as watch:
        for step in range(60):
            cost = (w * 0.5 - step % 3) ** 2
            w.zero_grad()
            cost.backward()
            cost.backward()
            w.data -= 0.01 * w.grad
    assert "graphs kept" not in [f.kind for f in watch.findings()]


def test_passes_of_one_loop_have_one_shape_though_the_interpreter_makes_its_calls_quick() -> None:
    w = Value(0.5, label="w")
    with watching() as watch:
        for _ in range(6):
            cost = mean_squared_error([w * x for x in range(40)], [2.0 * x for x in range(40)])
            cost = cost + sum([(w - x).square() for x in range(40)])
            w.zero_grad()
            cost.backward()
            w.data -= 1e-5 * w.grad
    assert len({id(p.shape) for p in watch.passes}) == 1

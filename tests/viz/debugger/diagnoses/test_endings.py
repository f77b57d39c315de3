"""The end of a training: left too early, worse than on the way, swinging; and endings that are well."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, mean, square
from viz.debugger import Finding, watching
from viz.debugger.diagnoses.evidence.loops import is_a_goal

XS = [k / 10.0 - 1.0 for k in range(21)]
YS = [2.0 * x + 1.0 for x in XS]


def cost_of(w: Value, b: Value) -> Any:
    return mean([square(w * x + b - y) for x, y in zip(XS, YS, strict=True)])


def by_hand(w: float, b: float) -> float:
    return math.fsum((w * x + b - y) ** 2 for x, y in zip(XS, YS, strict=True)) / len(XS)


Update = Callable[[int, Value], None]


def trained(update: Update, steps: int, afterwards: float | None = None) -> tuple[list[Finding], list[Value]]:
    params = [Value(0.0, label="w"), Value(0.0, label="b")]
    with watching() as watch:
        for step in range(steps):
            cost_of(*params).backward()
            for p in params:
                update(step, p)
                p.zero_grad()
        if afterwards is not None:
            for p in params:
                p.data *= afterwards
    return watch.findings(), params


def step_by(rate: float) -> Update:
    def update(_: int, p: Value) -> None:
        p.data -= rate * p.grad

    return update


def test_parameters_that_are_thrown_away_at_the_end_are_compared_with_the_best() -> None:
    (found,), params = trained(step_by(0.3), 40, afterwards=0.4)
    assert (found.kind, found.certainty) == ("ended worse than its best", "fact")
    assert found.evidence["last"] == pytest.approx(by_hand(*(p.data for p in params)))
    assert found.evidence["first"] == pytest.approx(by_hand(0.0, 0.0)) and found.evidence["best"] < 1e-3
    assert found.evidence["step"] == 40.0 and "p.data *= afterwards" in found.text


def test_a_cost_that_swings_is_told_with_its_best_step() -> None:
    velocity: dict[str, float] = {}

    def update(_: int, p: Value) -> None:
        velocity[p.label] = 0.995 * velocity.get(p.label, 0.0) - 0.2 * p.grad
        p.data += velocity[p.label]

    (found,), _ = trained(update, 100)
    assert found.kind == "ended worse than its best" and found.certainty == "fact"
    assert found.evidence["best"] < 0.5 * found.evidence["most"]


def test_who_goes_back_to_earlier_parameters_has_a_reason() -> None:
    params, kept = [Value(0.0, label="w"), Value(0.0, label="b")], [0.0, 0.0]
    with watching() as watch:
        for step in range(40):
            if step == 1:
                kept = [p.data for p in params]
            cost_of(*params).backward()
            for p in params:
                p.data -= 0.3 * p.grad
                p.zero_grad()
        for p, best in zip(params, kept, strict=True):
            p.data = best
    assert "ended worse than its best" not in {f.kind for f in watch.findings()}


def test_a_rate_that_is_0_after_one_step_has_stopped_the_training() -> None:
    (found,), _ = trained(lambda step, p: step_by(0.1 if step == 0 else 0.0)(step, p), 30)
    assert (found.kind, found.certainty) == ("training stopped", "proven")


def test_noise_in_the_steps_is_a_sampler_and_no_loss() -> None:
    draw = random.Random(3)

    def update(_: int, p: Value) -> None:
        p.data += -0.05 * p.grad + draw.gauss(0.0, 0.3)

    assert "ended worse than its best" not in {f.kind for f in trained(update, 200)[0]}


def left(condition: Callable[[float, float], bool], rate: float = 0.03) -> list[Finding]:
    w, b, before = Value(0.0, label="w"), Value(0.0, label="b"), math.inf
    with watching() as watch:
        for step in range(600):
            cost = cost_of(w, b)
            cost.backward()
            for p in (w, b):
                p.data -= rate * p.grad
                p.zero_grad()
            if step > 8 and condition(cost.data, before):
                break
            before = cost.data
    return watch.findings()


def test_a_loop_that_is_left_while_the_cost_falls_is_named_with_its_condition() -> None:
    (found,) = left(lambda now, before: now < before)
    assert (found.kind, found.certainty) == ("stopped early", "proven") and "condition(cost.data, before)" in found.text
    assert found.evidence["with"] < 0.01 * found.evidence["without"]


@pytest.mark.parametrize("condition", [lambda now, _: now < 1e-3, lambda now, before: abs(now - before) < 1e-9])
def test_a_loop_that_is_left_when_nothing_is_to_be_gained_is_well(condition: Callable[[float, float], bool]) -> None:
    assert left(condition, rate=0.1) == []


@pytest.mark.parametrize(
    ("text", "goal"),
    [
        ("if cost.data < 0.01:", True),
        ("if bad >= 10:", False),
        ("if tested > before:", False),
        ("while gap > tolerance:", True),
    ],
)
def test_a_goal_is_a_number_to_come_below(text: str, goal: bool) -> None:
    assert is_a_goal(text) == goal

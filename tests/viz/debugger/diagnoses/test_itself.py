"""Nothing comes through: a difference of a thing and itself, a clamp that begins outside its bounds, a floor under a penalty.

Each beside neighbours that look alike and are right.
"""

from collections.abc import Callable

import pytest

from autograd import Value, clamp, exp, floor, mean, square, sum, tanh
from viz.debugger import Finding, watching


def trained(values: list[Value], cost: Callable[[], Value], rate: float = 0.05, steps: int = 40) -> list[Finding]:
    with watching() as watch:
        for _ in range(steps):
            for v in values:
                v.grad = 0.0
            cost().backward()
            for v in values:
                v.data -= rate * v.grad
    return watch.findings()


def pair() -> list[Value]:
    return [Value(0.4, label="a"), Value(-0.3, label="b")]


def score(a: Value, b: Value, x: float) -> Value:
    return tanh(a * x + b)


XS = [0.2, -0.7, 1.1, 0.5]


def test_a_difference_with_itself_is_named() -> None:
    a, b = pair()
    (found,) = trained([a, b], lambda: mean([exp(score(a, b, x) - score(a, b, x)) * x for x in XS]))
    assert (found.kind, found.certainty) == ("difference with itself", "fact")
    assert found.text == "score(a, b, x) - score(a, b, x)"


def test_so_is_a_quotient() -> None:
    a, b = pair()
    (found,) = trained([a, b], lambda: mean([square(score(a, b, x) / score(a, b, x) - 0.5 * x) for x in XS]))
    assert (found.kind, "it is 1 whatever they are" in found.message) == ("difference with itself", True)


def test_a_number_of_before_is_no_such_thing() -> None:
    a, b = pair()
    found = trained([a, b], lambda: mean([exp(score(a, b, x) - score(a, b, x).data) * (x - 0.275) for x in XS]))
    assert found == []


def test_who_compares_all_with_all_compares_some_with_themselves() -> None:
    a, b = pair()

    def apart() -> Value:
        ys = [score(a, b, x) for x in XS]
        return sum([square(square(u - v) - 0.2 * (i != j)) for i, u in enumerate(ys) for j, v in enumerate(ys)])

    assert trained([a, b], apart) == []


@pytest.mark.parametrize("start", [5.0, -3.0])
def test_a_clamp_that_begins_outside_its_bounds_lets_nothing_through(start: float) -> None:
    controls = [Value(start, label=f"u_{k}") for k in range(4)]
    (found,) = trained(controls, lambda: square(sum([clamp(u, -1.0, 1.0) for u in controls]) - 0.5))
    assert (found.kind, found.certainty, found.text) == ("no gradient", "fact", "clamp(u, -1.0, 1.0)")
    assert f"for {start:g}".replace("-", "−") in found.message


def test_inside_its_bounds_it_lets_everything_through() -> None:
    controls = [Value(0.3, label=f"u_{k}") for k in range(4)]
    assert trained(controls, lambda: square(sum([clamp(u, -1.0, 1.0) for u in controls]) - 0.5)) == []


def test_a_bound_that_is_kept_from_the_beginning_costs_nothing() -> None:
    a, b = pair()
    assert trained([a, b], lambda: clamp(a + b - 1.0, 0.0, 10.0) + 0.0 * a) == []


def test_a_penalty_does_not_hide_that_a_floor_lets_nothing_through() -> None:
    xs = [0.1037 * k - 1.0 for k in range(20)]
    a, b = Value(0.1, label="a"), Value(0.0, label="b")

    def cost(rounded: Callable[[Value], Value]) -> Callable[[], Value]:
        return lambda: mean([square(rounded(a * x + b) - (3.0 * x + 2.0)) for x in xs]) + 1e-4 * (square(a) + square(b))

    found = trained([a, b], cost(lambda z: floor(z * 100.0) / 100.0), steps=80)
    assert [f.kind for f in found][:1] == ["step function"]
    a.data, b.data = 0.1, 0.0
    assert trained([a, b], cost(lambda z: z), steps=400) == []

"""Likelihoods that fall without end because a scale runs to 0: a part of a mixture on one sample, a variance that multiplies.

Beside every fault stand likelihoods that look like it and are right.
"""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from autograd import Value, exp, log, logsumexp, square
from nn import Adam
from viz.debugger import Finding, watching

DRAW = random.Random(12)
HEIGHTS = [DRAW.gauss(0.0, 1.0) for _ in range(30)]


def _told(parameters: list[Value], cost: Callable[[], Any], steps: int, rate: float) -> list[Finding]:
    optimiser = Adam(parameters, rate=rate)
    with watching() as watch:
        for _ in range(steps):
            c = cost()
            optimiser.zero_grad()
            c.backward()
            optimiser.step()
    return watch.findings()


# --- a part on one sample ----------------------------------------------------------------------------------------------

LOGARITHM = (-3.0, 0.01, lambda s: exp(s))
ITSELF = (0.05, 0.0002, lambda s: s)
VARIANCE = (-6.0, 0.01, lambda s: exp(0.5 * s))
WITH_A_FLOOR = (-3.0, 0.01, lambda s: 0.2 + exp(s))
WIDE = (0.3, 0.01, lambda s: exp(s))


def _mixture(width: Any, xs: list[float], centre: float) -> list[Finding]:
    """Two normal parts of equal shares, one of them wide; the other begins with this width at this centre."""
    begins, rate, made = width
    centres, scales = [Value(0.1), Value(centre)], [Value(0.0), Value(begins)]

    def density(x: float, m: Any, sigma: Any) -> Any:
        return -0.5 * ((x - m) / sigma) ** 2 - log(sigma)

    def cost() -> Any:
        sigmas = [exp(scales[0]), made(scales[1])]
        parts = [[density(x, m, sigma) for m, sigma in zip(centres, sigmas, strict=True)] for x in xs]
        return -sum(map(logsumexp, parts)) / len(xs)

    return _told([*centres, *scales], cost, 200, rate)


@pytest.mark.parametrize(("width", "text"), [
    (LOGARITHM, "exp(s)"),
    (VARIANCE, "0.5 * s"),
    (ITSELF, "(x - m) / sigma"),
])  # fmt: skip
def test_a_part_that_has_shrunk_onto_a_sample_has_no_minimum(width: Any, text: str) -> None:
    found = [f for f in _mixture(width, HEIGHTS, max(HEIGHTS) + 0.01) if f.kind == "cost without a minimum"]
    assert [f.certainty for f in found] == ["proven"] and "1 of 30 samples" in found[0].message
    assert found[0].evidence["further"] < found[0].evidence["last"] < found[0].evidence["first"]
    assert found[0].text == text


@pytest.mark.parametrize(("width", "xs", "centre"), [
    (WITH_A_FLOOR, HEIGHTS, max(HEIGHTS) + 0.01),
    (WIDE, HEIGHTS, max(HEIGHTS) + 0.01),
    (LOGARITHM, [*HEIGHTS, *(5.0 + DRAW.gauss(0.0, 0.05) for _ in range(8))], 5.0),  # a narrow part that is there
])  # fmt: skip
def test_a_part_that_holds_its_samples_has_one(width: Any, xs: list[float], centre: float) -> None:
    assert [f for f in _mixture(width, xs, centre) if f.kind == "cost without a minimum"] == []


# --- multiplied by what it is divided by -------------------------------------------------------------------------------


def _filtered(surprise: Callable[[Any, Any], Any]) -> list[Finding]:
    """The variances of a level that wanders and of what is seen of it, by the likelihood of the innovations."""
    draw, level, ys = random.Random(27), 0.0, list[float]()
    for _ in range(40):
        level += 0.5 * draw.gauss(0.0, 1.0)
        ys.append(level + draw.gauss(0.0, 1.0))
    logs = [Value(-0.5, label="log_q"), Value(-0.5, label="log_r")]

    def cost() -> Any:
        x: Any = ys[0]
        spread: Any = 1.0
        total: Any = 0.0
        for y in ys[1:]:
            spread = spread + exp(logs[0])
            s = spread + exp(logs[1])
            total = total + log(2.0 * math.pi * s)
            total = total + surprise(y - x, s)
            x, spread = x + spread / s * (y - x), spread * exp(logs[1]) / s
        return 0.5 * total / len(ys)

    return _told(logs, cost, 300, 0.05)


@pytest.mark.parametrize("surprise", [lambda v, s: v * s * v, lambda v, s: s * square(v), lambda v, s: v**2 * (0.5 * s)])
def test_a_product_with_what_the_logarithm_is_of_is_named(surprise: Callable[[Any, Any], Any]) -> None:
    (found,) = _filtered(surprise)
    assert (found.kind, found.certainty) == ("cost without a minimum", "proven")
    assert "quotient" in found.message and found.text.startswith(("v * s", "s * square", "v**2 * ("))


def test_the_quotient_is_right() -> None:
    assert _filtered(lambda v, s: v**2 / s) == []


def test_where_no_product_is_to_blame_the_falling_term_is_named() -> None:
    found = [f for f in _filtered(lambda v, s: square(v)) if f.kind == "cost without a minimum"]
    assert [f.text for f in found] == ["log(2.0 * math.pi * s)"]

"""What the diagnoses say at the edge of a domain is true of that edge: followed, the advice gives finite numbers."""

import math
from collections.abc import Callable
from typing import Any

import pytest

import autograd
from autograd import Value, define_primitive, record_backward, record_sources, sqrt
from autograd.primitives.table import TABLE
from viz.debugger import diagnose

POINTS: list[tuple[Callable[[Value], Any], float, str]] = [
    (lambda x: x.acos(), 1.0, "strictly between -1 and 1"),
    (lambda x: x.acos(), 1.5, "strictly between -1 and 1"),
    (lambda x: x.asin(), -1.0, "strictly between -1 and 1"),
    (lambda x: x.atanh(), 1.0, "strictly between -1 and 1"),
    (lambda x: x.acosh(), 1.0, "above 1"),
    (lambda x: x.acosh(), 0.5, "above 1"),
    (lambda x: x.log(), -1.0, "above 0, where it is -1"),
    (lambda x: x.log(), 0.0, "logits"),
    (lambda x: (x * 0.0).log(), 3.0, "logits"),
    (lambda x: x.log10(), -2.5, "above 0, where it is -2.5"),
    (lambda x: x.log1p(), -1.0, "above -1"),
    (lambda x: x.log1p(), -3.0, "above -1"),
    (lambda x: x.sqrt(), 0.0, "sqrt(x + 1e-12)"),
    (lambda x: x.sqrt(), -4.0, "above 0, where it is -4"),
    (lambda x: x.cbrt(), 0.0, "away from 0"),
    (lambda x: 1.0 / x, 0.0, "divisor away from 0"),
    (lambda x: 3.0 % x, 0.0, "divisor away from 0"),
    (lambda x: x**0.5, 0.0, "base above 0"),
    (lambda x: x**-1.0, 0.0, "base above 0"),
    (lambda x: x ** (1.0 / 3.0), -8.0, "where it is -8"),
    (lambda x: x.exp(), 1000.0, "exponent small"),
    (lambda x: x.lgamma(), -1.0, "above 0"),
]


@pytest.mark.parametrize(("f", "at", "words"), POINTS, ids=[f"{i}" for i in range(len(POINTS))])
def test_the_edge_that_is_named_is_the_row_s(f: Callable[[Value], Any], at: float, words: str) -> None:
    x = Value(at, label="x")
    with record_sources():
        cost = f(x)
    findings = diagnose(record_backward(cost))
    assert words in findings[0].remedy
    assert ("away from 0" in findings[0].remedy) == ("away from 0" in words or "divisor" in words)


def test_every_row_with_an_edge_names_it() -> None:
    from viz.debugger.diagnoses.evidence.edges import remedy

    harmless = {"abs", "relu", "leaky_relu", "elu", "sign", "copysign", "clamp", "step", "floor", "ceil", "trunc", "round"}
    for row in TABLE.values():
        if row.domain != "True" and row.name not in harmless:
            assert "inside the domain" not in remedy(row.name, [0.0] * max(1, row.arity)), row.name


def test_a_number_that_grew_too_large_is_not_told_to_keep_inside_a_domain() -> None:
    from viz.debugger.diagnoses.evidence.edges import remedy

    assert "clip_gradients" in remedy("mul", [1e200, 1e200]) and "domain" not in remedy("mul", [1e200, 1e200])
    assert "grows" in remedy("div", [1e300, 2.0]) and "divisor" not in remedy("div", [1e300, 2.0])
    assert "1e-07" in remedy("div", [1.0, 1e-7]), "adding 1e-8 to it would change nothing"


def test_a_small_number_under_the_root_helps_where_beside_it_it_does_not() -> None:
    def gradient_of(deviation: Callable[[Value], Value]) -> float:
        x = Value(0.0)
        (x / deviation(x)).backward()
        return x.grad

    (finding,) = diagnose((x := Value(0.0, label="x")) / sqrt(x * x))
    assert "under the root" in finding.remedy
    assert math.isnan(gradient_of(lambda x: sqrt(x * x) + 1e-8))
    assert gradient_of(lambda x: sqrt(x * x + 1e-8)) == pytest.approx(1e4)


def test_a_row_of_ones_own_is_told_its_own_domain() -> None:
    above_two = define_primitive(
        "above_two",
        lambda m, u, v: m.log(u - 2.0) * v,
        lambda m, out, u, v: (m.div(v, u - 2.0), m.log(u - 2.0)),
        domain="u > 2",
    )
    try:
        with record_sources():
            cost = above_two(Value(2.0), Value(1.0))
        (finding, *_) = diagnose(record_backward(cost))
        assert "keep to u > 2, where above_two is differentiable; here u = 2" in finding.remedy
    finally:
        del TABLE["above_two"]


def test_advice_that_is_followed_helps() -> None:
    for f, x in [(autograd.acos, 1.0), (autograd.asin, -1.0), (autograd.atanh, 1.0)]:
        v = Value(x)
        f(autograd.clamp(v * 1.0, -1 + 1e-7, 1 - 1e-7)).backward()
        assert math.isfinite(v.grad)
    v = Value(1.0)
    autograd.acosh(autograd.maximum(v, 1 + 1e-7)).backward()
    assert math.isfinite(v.grad)

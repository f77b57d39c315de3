"""`define_primitive`: a row of one's own gains everything a row brings, and a wrong one is refused with the reason."""

import math
import pickle
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import TABLE, PrimitiveError, Value, check_gradients, define_primitive, derivative, grad, record_backward
from autograd.primitives.arrays import ARRAY
from autograd.primitives.table import lookup


def swish(**options: Any) -> Any:
    return define_primitive(
        "swish",
        lambda m, u, beta: u * m.sigmoid(beta * u),
        lambda m, out, u, beta: (
            m.sigmoid(beta * u) + beta * out * m.sigmoid(-beta * u),
            u * out * m.sigmoid(-beta * u),
        ),
        defaults=(1.0,),
        doc="u * sigmoid(beta * u)",
        **options,
    )


def test_a_new_row_gains_what_rows_have() -> None:
    f = swish(latex=r"\operatorname{swish}_{{}}\left({}\right)", aliases=("swoosh",))
    x = Value(0.7, label="x")
    assert f(0.7) == pytest.approx(0.7 / (1.0 + math.exp(-0.7)), rel=1e-15)
    assert f(x, beta=2.0).data == x.swish(2.0).data == x.swoosh(2.0).data  # type: ignore[attr-defined]
    check_gradients(f, 0.7, 1.3)
    assert derivative(f, 3)(0.2) == pytest.approx(derivative(autograd.silu, 3)(0.2), rel=1e-12)
    step = record_backward(f(x))[0]
    assert step.rule == "d(swish(x, 1))/dx = sigmoid(1 * x) + 1 * v1 * sigmoid(-1 * x)"
    assert TABLE["swish"].value(ARRAY, np.array([0.7]), 1.0) == pytest.approx(f(0.7))
    assert "swish(u, beta)" in f.__doc__


def test_pickles_carry_the_name_of_a_row() -> None:
    f = swish()
    data = pickle.dumps(f(Value(0.5)))
    y = pickle.loads(data)
    assert y.primitive is TABLE["swish"]
    del TABLE["swish"]
    with pytest.raises(PrimitiveError, match=r"define_primitive\('swish'"):
        pickle.loads(data)


def test_rows_that_share_a_formula_are_two() -> None:
    """Functions that differ by a constant have one derivative, and it may be written down once."""

    def slope(m: Any, out: Any, u: Any) -> tuple[Any, ...]:
        return (2.0 * u,)

    f = define_primitive("f", lambda m, u: u * u, slope)
    g = define_primitive("g", lambda m, u: u * u + 1.0, slope)
    x = Value(3.0)
    assert [(y.data, y.op, derivative(h)(3.0)) for h in (f, g) for y in (h(x),)] == [(9.0, "f", 6.0), (10.0, "g", 6.0)]
    assert TABLE["f"] != TABLE["g"]


def good(m: Any, u: Any) -> Any:
    return u * 2.0


def slope(m: Any, out: Any, u: Any) -> Any:
    return (2.0,)


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (("exp", good, slope), "taken"),
        (("backward", good, slope), None),
        (("two words", good, slope), "identifier"),
        (("lambda", good, slope), "identifier"),
        (("_f", good, slope), "underscore"),
        ((3, good, slope), "identifier"),
        (("f", 2.0, slope), "functions"),
        (("f", good, None), "functions"),
        (("f", lambda m: 1.0, lambda m, out: ()), "operands by name"),
        (("f", lambda m, *us: us[0], slope), "operands by name"),
        (("f", lambda m, u: math.exp(u), slope), r"m\.exp"),
        (("f", lambda m, u: u if u > 0 else -u, slope), r"m\.where"),
        (("f", lambda m, u: u / 2.0, slope), r"m\.div"),
        (("f", lambda m, u: m.sine(u), slope), "sin"),
        (("f", good, lambda m, out, u: 2.0), r"\(d,\)"),
        (("f", good, lambda m, out, u: (2.0, 3.0)), "tuple of 1"),
        (("f", good, lambda m, u: (2.0,)), "cannot be read"),
        (("f", good, lambda m, out, u: (m.where(u == 0.0, 2.0, u),)), "number 2 at the point u == 0"),
        (("f", good, lambda m, out, u: (m.where((u == 0.0) & (u < m.exp(1.0)), m.log(2.0), u),)), "higher="),
        (("f", good, lambda m, out, u: (m.where((u == 0.0) | (u == 1.0), 2.0, u),)), "higher="),
        (("f", good, lambda m, out, u: (m.where(u != 0.0, u, 2.0),)), "higher="),
        (("f", good, lambda m, out, u: (m.exp(m.where(u == 0.0, -2.0, u)),)), "number -2"),
        (("f", lambda m, step: step * 2.0, lambda m, out, step: (m.where(step == 0.0, 2.0, step),)), "higher="),
        (("fixed", good, slope), "taken"),
    ],
)
def test_wrong_rows_are_refused(arguments: tuple[Any, ...], hint: str | None) -> None:
    if hint is None:
        arguments, hint = ("record", good, slope), "taken"
    with pytest.raises(PrimitiveError, match=hint):
        define_primitive(*arguments)
    assert "f" not in TABLE


@pytest.mark.parametrize(
    "partials",
    [
        lambda m, out, u: (m.where(u > 0.0, 2.0, u),),
        lambda m, out, u: (m.where((u == 0.0) | (u > 1.0), 2.0, u),),
        lambda m, out, u: (m.where(u == 0.0, m.square(u), u),),
        lambda m, out, u: (m.where(u == 0.0, 1.0, 2.0),),
        lambda m, out, u: (m.where(m.odd(u) == 0.0, m.odd(u), u),),
    ],
)
def test_branches_on_intervals_and_formulas_at_points_are_no_mistake(partials: Any) -> None:
    define_primitive("odd", good, slope, text="odd<{}>")  # no Python
    define_primitive("f", good, partials)


def test_a_number_at_a_point_leaves_higher_derivatives_right() -> None:
    """The series of (exp(u) - 1) / u about 0, whose formulas are 0/0 there: value 1, derivatives 1/2, 1/3, 1/4."""

    def slope(m: Any, out: Any, u: Any) -> tuple[Any, ...]:
        return (m.where(u == 0.0, 0.5, m.div(m.exp(u) - out, u)),)

    def higher(m: Any, out: Any, u: Any) -> tuple[Any, ...]:
        series = 0.5 + u * (m.div(1.0, 3.0) + u * (0.125 + u * m.div(1.0, 30.0)))
        return (m.where(m.abs(u) < 1e-3, series, m.div(m.exp(u) - out, u)),)

    f = define_primitive("f", lambda m, u: m.where(u == 0.0, 1.0, m.div(m.expm1(u), u)), slope, higher=higher)
    for n, want in enumerate((1.0, 1.0 / 2.0, 1.0 / 3.0, 1.0 / 4.0)):
        assert derivative(f, n)(0.0) == pytest.approx(want, rel=1e-15)
    assert grad(grad(f))(0.0) == derivative(f, 2)(0.0)
    assert derivative(f, 2)(2.0) == pytest.approx((math.exp(2.0) * 2.0 - 2.0) / 8.0, rel=1e-12)


def test_braces_and_aliases_are_checked() -> None:
    with pytest.raises(PrimitiveError, match="1 pairs of braces"):
        define_primitive("f", good, slope, text="f()")
    with pytest.raises(PrimitiveError, match="'exp' is taken"):
        define_primitive("f", good, slope, aliases=("exp",))


def test_unknown_names_are_answered_with_near_ones() -> None:
    with pytest.raises(PrimitiveError, match="Did you mean 'tanh'"):
        lookup("tahnh")

"""check_gradients passes what is right and catches what is wrong, and says where to look.

Right: every public function at a smooth point, and whole programs. Wrong: rules planted with `define_primitive` that are off
by little, by sign, by infinity, in one operand, or only in the second derivative, and functions whose two modes disagree.
"""

import functools
import math
import operator
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import pytest

import autograd
from autograd import (
    TABLE,
    ArgumentError,
    GradientCheckError,
    OperandError,
    Value,
    check_gradients,
    define_primitive,
    derivative,
    exp,
    functions,
    grad,
    hessian,
    jvp,
    log,
    sin,
)
from autograd.checking.differences import central_difference
from autograd.operators import VALUE, Tracer
from autograd.primitives.readers import FLOAT, LATEX, TEXT


@pytest.fixture
def define() -> Iterator[Callable[..., Any]]:
    """define_primitive, whose rows are gone again afterwards."""
    before = dict(TABLE)
    yield define_primitive
    for name in TABLE.keys() - before.keys():
        for method in (name, *TABLE.pop(name).aliases):
            delattr(Tracer, method)
        for reader in (FLOAT, VALUE, TEXT, LATEX):  # a reader remembers the rows it has read
            vars(reader).pop(name, None)


# --- what is right passes ------------------------------------------------------------------------------------------------

POINTS: dict[str, tuple[Any, ...]] = {
    "abs": (-1.3,), "fabs": (1.3,), "floor": (1.3,), "ceil": (1.3,), "trunc": (-1.3,), "round": (1.3,), "sign": (-1.3,),
    "exp": (0.7,), "exp2": (0.7,), "expm1": (-0.7,), "log": (1.7,), "log2": (1.7,), "log10": (1.7,), "log1p": (0.7,),
    "sqrt": (1.7,), "cbrt": (-1.7,), "square": (1.7,), "pow": (1.7, -0.6),
    "sin": (0.7,), "cos": (0.7,), "tan": (0.7,), "asin": (0.6,), "acos": (-0.6,), "atan": (0.7,), "atan2": (0.7, -1.1),
    "sinh": (0.7,), "cosh": (0.7,), "tanh": (0.7,), "asinh": (0.7,), "acosh": (1.7,), "atanh": (0.6,),
    "hypot": (0.7, -1.1), "erf": (0.7,), "erfc": (0.7,), "normal_cdf": (0.7,), "sigmoid": (0.7,), "logsigmoid": (-0.7,),
    "softplus": (0.7,), "relu": (0.7,), "leaky_relu": (-0.7, 0.2), "elu": (-0.7, 0.8), "gelu": (0.7,), "silu": (-0.7,),
    "copysign": (0.7, -1.1), "maximum": ([0.3, 1.7, -1.0],), "minimum": (0.3, 1.7, -1.0), "clamp": (0.3, -1.0, 1.0),
    "where": (True, 0.3, 1.7), "sum": ([0.3, 1.7, -1.0],), "mean": (0.3, 1.7, -1.0), "norm": ([0.3, 1.7, -1.0],),
    "dot": ([0.3, 1.7], [-0.5, 2.0], 0.7), "logsumexp": ([0.3, 1.7, -1.0],), "softmax": ([0.3, 1.7, -1.0],),
    "degrees": (0.7,), "rad2deg": (0.7,), "radians": (0.7,), "deg2rad": (0.7,), "fmod": (5.3, 2.0), "remainder": (5.3, 2.0),
    "modf": (-2.7,), "sinc": (0.7,), "xlogy": (0.7, 1.7), "logaddexp": (0.3, 1.7), "prod": ([0.3, 1.7, -1.0],),
    "cumsum": ([0.3, 1.7, -1.0],), "dist": ([0.3, 1.7], [-0.5, 2.0]), "lgamma": (-0.7,), "digamma": (0.7,), "gamma": (1.7,),
    "polygamma": (2, 0.7), "arcsin": (0.6,), "arccos": (-0.6,), "arctan": (0.7,), "arctan2": (0.7, -1.1), "arcsinh": (0.7,),
    "arccosh": (1.7,), "arctanh": (0.6,),
}  # fmt: skip
HELPERS: dict[str, tuple[float, ...]] = {
    "identity": (0.7,),
    "step": (0.7,),
    "expdiff": (0.3, 1.1),
    "gauss": (0.7, 0.5),
    "gelu_slope": (0.3,),
    "one_minus_square": (0.7,),
    "pinned": (1.0, 0.7, 0.3),
}
OPERATORS: dict[str, tuple[Callable[..., Any], tuple[float, ...]]] = {
    "add": (operator.add, (0.7, -1.1)), "sub": (operator.sub, (0.7, -1.1)), "mul": (operator.mul, (0.7, -1.1)),
    "div": (operator.truediv, (0.7, -1.1)), "floordiv": (operator.floordiv, (5.3, 2.0)), "mod": (operator.mod, (5.3, 2.0)),
    "pow": (operator.pow, (0.7, -1.1)), "neg": (operator.neg, (0.7,)), "abs": (abs, (-0.7,)),
    "divmod": (divmod, (5.3, 2.0)),
}  # fmt: skip


def test_every_public_function_has_a_point() -> None:
    assert set(POINTS) == set(vars(functions)["__all__"]) - {"detach", "isnan", "isinf", "isfinite"}
    named = POINTS.keys() | HELPERS.keys() | OPERATORS.keys() | {"sinc_derivative", "pow_derivative"}  # orders are no arguments
    assert {row.name for row in TABLE.values()} <= named


@pytest.mark.parametrize("name", POINTS)
def test_every_public_function_passes(name: str) -> None:
    f, point = getattr(autograd, name), POINTS[name]
    if name == "polygamma":  # no derivative by its order
        f, point = functools.partial(f, point[0]), point[1:]
    check_gradients(f, *point)


@pytest.mark.parametrize("name", HELPERS)
def test_every_helper_row_passes(name: str) -> None:
    check_gradients(getattr(VALUE, name), *HELPERS[name])


@pytest.mark.parametrize("name", OPERATORS)
def test_every_operator_passes(name: str) -> None:
    f, point = OPERATORS[name]
    check_gradients(f, *point)


@pytest.mark.parametrize("name", sorted(name for name, row in TABLE.items() if row.method))
def test_every_method_passes(name: str) -> None:
    point = POINTS[name][0] if isinstance(POINTS[name][0], list) else list(POINTS[name])
    check_gradients(lambda xs: getattr(xs[0], name)(*xs[1:]), point)


class Layer(NamedTuple):
    W: list[list[float]]
    b: list[float]


def test_nested_arguments_and_several_outputs() -> None:
    def network(layers: list[Layer], x: dict[str, float]) -> dict[str, Any]:
        a = [x["first"], x["second"]]
        for layer in layers:
            a = [autograd.tanh(autograd.dot(w, a, b)) for w, b in zip(layer.W, layer.b, strict=True)]
        return {"all": a, "loss": (autograd.norm(a), [a[0] * a[1]])}

    layers = [Layer([[0.3, -0.2], [0.5, 0.9]], [0.1, -0.4]), Layer([[1.2, 0.4], [-0.7, 0.3]], [0.0, 0.2])]
    check_gradients(network, layers, {"first": 0.8, "second": -1.5})


def test_methods_on_every_argument() -> None:
    # as micrograd writes them; an argument held constant has them too
    check_gradients(lambda x, y, z: x.tanh() * y.exp() + z.relu(), 0.7, -0.4, 1.1)


def test_arrays() -> None:
    W = np.array([[0.3, -0.2, 1.0], [0.5, 0.9, -1.0]])
    check_gradients(lambda W, x: np.tanh(W @ x), W, np.array([1.0, -0.5, 2.0]))


def test_points_of_any_kind_of_number() -> None:
    check_gradients(lambda x, y, z: x * y * z, 2, np.float64(1.5), Value(3.0))


def test_a_function_of_nothing_and_a_constant_one() -> None:
    check_gradients(lambda x: 3.0, 1.5)
    check_gradients(lambda x, y: [x * x, 7], 1.5, 2.5)
    check_gradients(lambda xs: 3.0, [])


@pytest.mark.parametrize("scale", [1e-12, 1e-6, 1e-3, 1.0, 1e3, 1e6, 1e12])
def test_points_and_derivatives_of_every_size(scale: float) -> None:
    check_gradients(lambda x: x * x * x, 1.3 * scale)
    check_gradients(lambda x: scale * sin(x), 0.7)
    check_gradients(lambda x: sin(x / scale), 0.7 * scale)


@pytest.mark.parametrize("x", [1e-12, 1e-6, 1e-3, 0.1, 10.0, 1e6, 1e12])
@pytest.mark.parametrize("name", ["log", "sqrt", "cbrt"])
def test_points_close_to_a_singularity(name: str, x: float) -> None:
    check_gradients(getattr(autograd, name), x)


@pytest.mark.parametrize("inner", [grad, derivative, lambda f: lambda x: jvp(f, (x,), (1.0,))[1]])
def test_a_function_that_differentiates(inner: Callable[..., Any]) -> None:
    check_gradients(lambda x: inner(lambda t: sin(t) * t * x)(x), 0.7)
    check_gradients(lambda x: hessian(lambda v: v[0] ** 3 * v[1])([x, 2.0])[0][1], 0.7)


def test_first_order_only_does_not_look_at_second_derivatives() -> None:
    calls = []

    def f(x: Any) -> Any:
        calls.append(x)
        return x * x

    check_gradients(f, 1.5, order=1)
    first = len(calls)
    calls.clear()
    check_gradients(f, 1.5, order=2)
    assert 0 < first < len(calls)


def test_it_leaves_no_gradient_and_no_change_behind() -> None:
    w, point = Value(2.0), [1.0, 2.0]
    check_gradients(lambda x: w * x[0] * x[1], point)
    assert not w.has_grad
    assert point == [1.0, 2.0]


# --- planted faults: values right, rules wrong ---------------------------------------------------------------------------


def test_a_rule_off_by_a_twentieth_of_a_percent(define: Callable[..., Any]) -> None:
    wrong = define("slightly", lambda m, u: m.sin(u), lambda m, out, u: (1.0005 * m.cos(u),))

    def model(x: Any, y: Any) -> Any:
        return exp(y) * wrong(x * y)

    with pytest.raises(GradientCheckError) as caught:
        check_gradients(model, 0.6, 0.5)
    message = str(caught.value)
    slope = math.exp(0.5) * math.cos(0.3) * 0.5
    assert message.startswith("model: derivative by argument 0 (= 0.6), output 0, at (0.6, 0.5): reverse mode gives ")
    wrongly, rightly = _numbers(message)
    assert (caught.value.claimed, caught.value.other) == (wrongly, rightly)
    assert wrongly == pytest.approx(1.0005 * slope, rel=1e-12)
    assert rightly == pytest.approx(slope, rel=1e-8)
    assert "likely culprit is slightly: at (0.3)" in message
    assert "operand 0" in message
    assert isinstance(caught.value, AssertionError), "a failing check fails a test as an assert does"


def _numbers(message: str) -> list[float]:
    """What the mode gives, and what the differences give."""
    found = re.search(r"mode gives (\S+), differences (\S+) ", message)
    assert found, message
    return [float(x) for x in found.groups()]


@pytest.mark.parametrize("off", [1e-4, -1e-4, 1e-3, 1.0])
@pytest.mark.parametrize("x", [0.3, -2.0, 40.0])
def test_small_relative_errors_everywhere(define: Callable[..., Any], off: float, x: float) -> None:
    wrong = define("scaled", lambda m, u: u * u * u, lambda m, out, u: ((1.0 + off) * 3.0 * u * u,))
    with pytest.raises(GradientCheckError, match="scaled"):
        check_gradients(wrong, x, order=1)


def test_an_error_below_the_tolerance_is_the_callers_choice(define: Callable[..., Any]) -> None:
    wrong = define("nearly", lambda m, u: u * u * u, lambda m, out, u: (1.0005 * 3.0 * u * u,))
    check_gradients(wrong, 1.5, rtol=1e-2)
    check_gradients(wrong, 1.5, order=1, rtol=0.0, atol=0.01)
    with pytest.raises(GradientCheckError):
        check_gradients(wrong, 1.5, order=1, rtol=0.0, atol=0.001)


def test_a_wrong_sign(define: Callable[..., Any]) -> None:
    wrong = define("flipped", lambda m, u: m.cos(u), lambda m, out, u: (m.sin(u),))
    with pytest.raises(
        GradientCheckError, match=r"culprit is flipped: at \(0\.7\) its partial by operand 0 is 0\.6442"
    ) as caught:
        check_gradients(lambda x: wrong(x) + sin(x), 0.7)
    assert _numbers(str(caught.value)) == pytest.approx([math.cos(0.7) + math.sin(0.7), math.cos(0.7) - math.sin(0.7)])


@pytest.mark.parametrize("rule", [lambda m, u: m.div(1.0, 0.0 * u), lambda m, u: m.div(0.0, 0.0 * u), lambda m, u: 0.0])
def test_an_infinite_a_nan_or_a_missing_derivative(define: Callable[..., Any], rule: Callable[..., Any]) -> None:
    wrong = define("degenerate", lambda m, u: u * u, lambda m, out, u: (rule(m, u),))
    with pytest.raises(GradientCheckError, match="degenerate"):
        check_gradients(wrong, 1.5, order=1)


def test_one_operand_of_three(define: Callable[..., Any]) -> None:
    wrong = define("blend", lambda m, u, v, w: u * v + w, lambda m, out, u, v, w: (v, 1.001 * u, 1.0))
    with pytest.raises(GradientCheckError) as caught:
        check_gradients(lambda a: {"sum": a["x"] + a["y"], "blend": wrong(a["x"], a["y"], a["z"])},
                        {"x": 2.0, "y": 3.0, "z": 5.0})  # fmt: skip
    message = str(caught.value)
    assert "derivative by argument 1 (= 3.0), output 1, at ({'x': 2.0, 'y': 3.0, 'z': 5.0},)" in message
    assert "culprit is blend: at (2.0, 3.0, 5.0) its partial by operand 1 is 2.002" in message


def test_the_culprit_among_many(define: Callable[..., Any]) -> None:
    wrong = define("rotten", lambda m, u: m.tanh(u), lambda m, out, u: (1.0 - out,))

    def deep(x: Any) -> Any:
        for _ in range(20):
            x = sin(x) + exp(0.1 * x) - log(x * x + 1.0)
        return autograd.dot([x, 1.0], [wrong(x), 2.0]) ** 2

    with pytest.raises(GradientCheckError, match="culprit is rotten"):
        check_gradients(deep, 0.4)


def test_second_derivatives_only(define: Callable[..., Any]) -> None:
    # the partial has the right value, but is written with a function whose own rule is wrong
    define("crooked", lambda m, u: m.cos(u), lambda m, out, u: (-1.01 * m.sin(u),))
    wrong = define("straight", lambda m, u: m.sin(u), lambda m, out, u: (m.crooked(u),))
    check_gradients(wrong, 0.7, order=1)
    with pytest.raises(GradientCheckError) as caught:
        check_gradients(wrong, 0.7)
    message = str(caught.value)
    assert message.startswith("straight: second derivative by argument 0 (= 0.7) and argument 0 (= 0.7), output 0, at (0.7,)")
    assert _numbers(message) == pytest.approx([-1.01 * math.sin(0.7), -math.sin(0.7)])
    assert "culprit is straight: at (0.7) the derivative of its partial by operand 0 is" in message
    with pytest.raises(GradientCheckError, match=r"second derivative by argument 1 .* output 2"):
        check_gradients(lambda x, y: [x * x, y * x, wrong(y)], 0.3, 0.7)


def test_mixed_second_derivatives_only(define: Callable[..., Any]) -> None:
    define("drift", lambda m, u: m.exp(u), lambda m, out, u: (0.5 * m.exp(u),))
    wrong = define("mixture", lambda m, u, v: u * m.exp(v), lambda m, out, u, v: (m.drift(v), u * m.exp(v)))
    check_gradients(wrong, 2.0, 0.7, order=1)
    with pytest.raises(GradientCheckError, match=r"second derivative by argument 0 .* and argument 1 ") as caught:
        check_gradients(wrong, 2.0, 0.7)
    assert _numbers(str(caught.value)) == pytest.approx([0.5 * math.exp(0.7), math.exp(0.7)])
    assert "culprit is mixture" in str(caught.value)


def test_two_modes_that_disagree() -> None:
    def two_faced(x: Any, y: Any) -> Any:
        return sin(x) * y * (1.0 if isinstance(x, Value) else 1.001)

    with pytest.raises(GradientCheckError, match=r"^two_faced: derivative by argument 0 .*: forward mode gives") as caught:
        check_gradients(two_faced, 0.7, 2.0)
    wrongly, rightly = _numbers(str(caught.value))
    assert wrongly == pytest.approx(1.001 * 2.0 * math.cos(0.7), rel=1e-12)
    assert rightly == pytest.approx(2.0 * math.cos(0.7), rel=1e-8)


def test_forward_over_forward_that_disagrees() -> None:
    # wrong only where a forward pass runs inside another: a second derivative by one mode
    def nested(x: Any) -> Any:
        return x**3 * (1.0 if isinstance(getattr(x, "primal", 0.0), float) else 1.001)

    check_gradients(nested, 0.7, order=1)
    with pytest.raises(GradientCheckError, match=r"^nested: second derivative .*: forward mode gives"):
        check_gradients(nested, 0.7)


@pytest.mark.parametrize(
    "f",
    [
        lambda x: autograd.detach(x) * x,
        lambda x: x * x.data if isinstance(x, Value) else x * x,
        lambda x: Value(getattr(x, "data", x)) * x,  # type: ignore[arg-type]
    ],
)
def test_a_gradient_that_is_cut_off(f: Callable[..., Any]) -> None:
    with pytest.raises(GradientCheckError, match=r"Every primitive alone agrees: .*detach\(\), or \.data used inside"):
        check_gradients(f, 1.5)


def test_functions_without_a_name(define: Callable[..., Any]) -> None:
    wrong = define("partly", lambda m, u, v: u * v, lambda m, out, u, v: (v, 2.0 * u))
    with pytest.raises(GradientCheckError, match=r"partial.*derivative by argument 0"):
        check_gradients(functools.partial(wrong, 3.0), 1.5)


# --- how it is asked -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", [0, 3, "2", None])
def test_orders_that_are_not_checked(order: Any) -> None:
    with pytest.raises(ArgumentError, match=r"check_gradients\(order=.*\): 1 \(first derivatives\) or 2"):
        check_gradients(sin, 0.5, order=order)


def test_what_is_missing_is_said() -> None:
    with pytest.raises(ArgumentError, match=r"no point given; check_gradients\(f, 0\.5, \.\.\.\)"):
        check_gradients(sin)
    with pytest.raises(OperandError, match=r"check_gradients: arguments\[1\]\[0\].*got str 'x'"):
        check_gradients(lambda x, y: x, 0.5, ["x"])
    with pytest.raises(OperandError, match=r"check_gradients: result of the function.*forgot its `return`"):
        check_gradients(lambda x: None, 0.5)


# --- the differences themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (math.sin, 0.7, math.cos(0.7)),
        (math.exp, 20.0, math.exp(20.0)),
        (math.exp, -20.0, math.exp(-20.0)),
        (lambda x: x**9, 2.0, 9 * 2.0**8),
        (lambda x: 1.0 / x, 0.02, -2500.0),
        (lambda x: 5.0, 3.0, 0.0),
        (math.atan, 1e4, 1.0 / (1.0 + 1e8)),
    ],
)
def test_differences_know_their_own_error(f: Callable[[float], float], x: float, slope: float) -> None:
    got, error = central_difference(f, x)
    assert got == pytest.approx(slope, rel=1e-8)
    assert abs(got - slope) <= 10.0 * error + 1e-12 * abs(slope)


def test_differences_of_what_is_nowhere_finite() -> None:
    slope, error = central_difference(lambda x: math.nan, 1.0)
    assert math.isnan(slope) and math.isnan(error)

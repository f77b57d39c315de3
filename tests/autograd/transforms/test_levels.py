"""Derivatives inside derivatives, whatever their functions refer to: nothing is lost, and nothing of another level gets in.

A derivative of a function that uses `Value`s from outside depends on them. What a function has kept of a finished derivative
is a constant. `gradients` may be asked in every transform. Random nestings of all of it are held against exact algebra with
polynomials, which knows no levels.
"""

import collections
import itertools
import math
import operator
import pickle
import random
import threading
from collections.abc import Callable
from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import pytest
from ways import WAYS, Function

import autograd
from autograd import (
    TABLE,
    LostGradientError,
    OperandError,
    Value,
    derivative,
    exp,
    grad,
    gradients,
    hessian,
    hvp,
    jvp,
    no_grad,
    sin,
    strict,
    value_and_grad,
    vjp,
)
from autograd.levels import IN_PROGRESS, Level
from autograd.operators import Tracer, apply
from autograd.transforms.dual import Dual
from nn import MLP

# Every way to the second derivative.
SECOND: dict[str, Callable[[Function], Function]] = {
    "hessian": hessian,
    "hvp": lambda f: lambda x: hvp(f, (x,), (1.0,)),
    "derivative of order 2": lambda f: derivative(f, 2),
    "grad of grad": lambda f: grad(grad(f)),
}


def _keeping(kept: list[Any], what: Function) -> Function:
    """The identity, which keeps something computed from its argument."""

    def f(x: Any) -> Any:
        kept.append(what(x))
        return x

    return f


# --- Values from outside ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
class TestValuesFromOutside:
    def test_the_result_depends_on_them(self, way: str) -> None:
        x = Value(3.0)
        y = x * WAYS[way](lambda t: x * t)(2.0)  # x * x, and PyTorch's 6
        y.backward()
        assert (y.data, x.grad) == (9.0, 6.0)

    def test_also_on_those_that_were_computed(self, way: str) -> None:
        x = Value(3.0)
        square = x * x
        slope = WAYS[way](lambda t: square * t * t)(2.0)  # 4 * x**2
        assert (slope.data, gradients(slope, x), gradients(slope, square)) == (36.0, 24.0, 4.0)

    def test_in_objects(self, way: str) -> None:
        model = SimpleNamespace(weights={"w": [Value(3.0)]}, bias=Value(0.5))
        slope = WAYS[way](lambda t: autograd.tanh(model.weights["w"][0] * t + model.bias))(0.2)
        (1.0 * slope).backward()
        # w * (1 - tanh(z)**2) for z = 0.2*w + b
        a = math.tanh(0.2 * 3.0 + 0.5)
        s = 1.0 - a * a
        assert slope.data == pytest.approx(3.0 * s, rel=1e-14)
        assert model.weights["w"][0].grad == pytest.approx(s + 3.0 * -2.0 * a * s * 0.2, rel=1e-13)
        assert model.bias.grad == pytest.approx(3.0 * -2.0 * a * s, rel=1e-13)

    def test_and_is_a_plain_number_inside_no_grad(self, way: str) -> None:
        x = Value(3.0)
        with no_grad():
            slope = WAYS[way](lambda t: x * t * t)(2.0)
        assert type(slope) is float
        assert slope == 12.0

    @pytest.mark.parametrize(
        "constant",
        [lambda t: Value(3.0), lambda t: autograd.detach(t) * 1.5, lambda t: Value(3.0, label="three") * Value(1.0)],
        ids=["a leaf", "detached", "computed"],
    )
    def test_constants_of_its_own_do_not_count(self, way: str, constant: Function) -> None:
        slope = WAYS[way](lambda t: constant(t) * t * t)(2.0)
        assert type(slope) is float
        assert slope == 12.0

    def test_nor_does_what_it_computes_without_recording(self, way: str) -> None:
        def partly(t: Any) -> Any:
            with no_grad():
                three = Value(1.0) * 3.0
            return three * t * t

        assert type(WAYS[way](partly)(2.0)) is float

    def test_a_leaf_made_in_a_finished_derivative_is_from_outside(self, way: str) -> None:
        made: list[Value] = []  # a parameter that comes into being with the first call

        def lazily(t: Any) -> Any:
            if not made:
                made.append(Value(3.0))
            return made[0] * t * t

        assert type(WAYS[way](lazily)(2.0)) is float
        slope = WAYS[way](lazily)(2.0)
        assert gradients(slope, made[0]) == 4.0

    def test_a_derivative_that_does_not_depend_on_them_is_a_plain_number(self, way: str) -> None:
        x = Value(3.0)
        assert WAYS[way](lambda t: x + 2.0 * t)(5.0) == 2.0

    def test_in_another_thread(self, way: str) -> None:
        # the variable of a derivative in progress here is from outside there
        def in_a_thread(x: Any) -> Any:
            answers: list[Any] = []
            worker = threading.Thread(target=lambda: answers.append(WAYS[way](lambda t: x * x * t)(1.0)))
            worker.start()
            worker.join()
            return answers[0] * x

        assert grad(in_a_thread)(2.0) == 12.0
        assert derivative(in_a_thread)(2.0) == 12.0


@pytest.mark.parametrize("way", SECOND)
def test_second_derivatives_depend_on_values_from_outside(way: str) -> None:
    w = Value(3.0)
    curvature = SECOND[way](lambda t: exp(w * t))(0.2)  # w**2 * exp(w*t)
    assert curvature.data == pytest.approx(9.0 * math.exp(0.6), rel=1e-14)
    assert gradients(curvature, w) == pytest.approx((6.0 + 9.0 * 0.2) * math.exp(0.6), rel=1e-14)
    with no_grad():
        assert type(SECOND[way](lambda t: exp(w * t))(0.2)) is float
    assert type(SECOND[way](lambda t: exp(Value(3.0) * t))(0.2)) is float


def test_the_value_depends_on_them_too() -> None:
    w = Value(3.0)
    for value in (
        value_and_grad(lambda t: w * t)(2.0)[0],
        vjp(lambda t: w * t, 2.0)[0],
        jvp(lambda t: w * t, (2.0,), (1.0,))[0],
    ):
        assert (value.data, gradients(value, w)) == (6.0, 2.0)


def test_a_network_differentiated_by_its_input_is_trained_by_its_slope() -> None:
    # a cost made of the network's slope, as for equations of physics; against differences
    model = MLP(1, [3, 1], activation="tanh", rng=random.Random(1))

    def cost() -> Any:
        slope = grad(lambda t: model([t]))(0.3)
        return (slope - 1.0) ** 2

    cost().backward()
    assert all(p.has_grad for p in model.parameters() if p.label != "b^2_1")
    for p in model.parameters():
        at, h = p.data, 1e-5
        numbers = []
        for x in (at + h, at - h):
            p.data = x
            numbers.append(cost().data)
        p.data = at
        assert p.grad == pytest.approx((numbers[0] - numbers[1]) / (2.0 * h), rel=1e-6, abs=1e-9)


def test_hvp_along_a_value() -> None:
    # hvp is linear in the direction, with slope f''(x)
    v = Value(2.0)
    product = hvp(lambda t: t**4, (3.0,), (v,))
    assert (product.data, gradients(product, v)) == (216.0, 108.0)
    assert grad(lambda v: hvp(lambda t: t**4, (3.0,), (v,)))(2.0) == 108.0
    assert derivative(lambda v: hvp(lambda t: t**4, (3.0,), (v,)))(2.0) == 108.0
    assert derivative(lambda x: hvp(lambda t: t**4 * x, (x,), (x,)))(3.0) == 12 * 4 * 27.0  # 12 * x**4


def test_a_variable_that_is_kept_is_no_secret_way_out() -> None:
    kept: list[Any] = []

    def f(t: Any) -> Any:
        kept.append(t)
        return t * kept[0]

    assert grad(f)(3.0) == 6.0
    second = grad(f)(3.0)
    assert type(second) is float, "the variable of a finished derivative is a constant"
    assert second == 3.0


def test_pickles_do_not_carry_levels() -> None:
    leaf: list[Value] = []
    grad(_keeping(leaf, lambda t: Value(2.0)))(1.0)
    assert "_made_in" not in pickle.loads(pickle.dumps(leaf[0])).__dict__


# --- what a function keeps ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("inner", WAYS)
@pytest.mark.parametrize("outer", WAYS)
def test_a_variable_of_the_closure_that_is_reassigned(outer: str, inner: str) -> None:
    def f(x: Any) -> Any:
        box = [x]

        def g(y: Any) -> Any:
            box[0] = box[0] * y
            return box[0]

        WAYS[inner](g)(1.0)
        return WAYS[inner](g)(1.0)  # d/dy (x * 1 * y)

    assert WAYS[outer](f)(3.0) == 1.0


@pytest.mark.parametrize("way", WAYS)
def test_a_running_mean(way: str) -> None:
    state = {"mean": 0.0}

    def f(x: Any) -> Any:
        state["mean"] = 0.75 * state["mean"] + 0.25 * x
        return state["mean"] * x

    # m <- 0.75*m + 0.25*x, and the derivative of m*x with the former mean constant: m + 0.25*x
    mean = 0.0
    for x in (1.0, 2.0, -4.0):
        mean = 0.75 * mean + 0.25 * x
        got = WAYS[way](f)(x)
        assert type(got) is float
        assert got == mean + 0.25 * x


@pytest.mark.parametrize("way", WAYS)
def test_a_memo(way: str) -> None:
    memo: dict[str, Any] = {}

    def f(x: Any) -> Any:
        if "square" not in memo:
            memo["square"] = x * x
        return memo["square"] + x

    assert [WAYS[way](f)(3.0) for _ in range(3)] == [7.0, 1.0, 1.0]
    memo.clear()
    assert WAYS[way](lambda z: WAYS[way](f)(z) + WAYS[way](f)(z))(3.0) == 2.0  # 2*z + 1 + 1


@pytest.mark.parametrize("way", WAYS)
def test_results_are_never_numbers_of_a_finished_derivative(way: str) -> None:
    kept: list[Any] = []
    WAYS[way](_keeping(kept, lambda x: x * x))(3.0)
    assert WAYS[way](lambda x: kept[0])(5.0) == 0.0
    value, slope = jvp(lambda x: (kept[0], x + kept[0]), (1.0,), (1.0,))
    assert (value, slope) == ((9.0, 10.0), (0.0, 1.0))
    assert all(type(x) is float for x in (*value, *slope))
    assert type(grad(lambda x: kept[0] * x)(1.0)) is float
    assert type(jvp(lambda x: x, (kept[0],), (kept[0],))[1]) is not Dual


def test_what_forward_mode_has_left_behind_is_an_ordinary_number() -> None:
    kept: list[Any] = []
    derivative(derivative(_keeping(kept, lambda x: x * 3.0)))(1.5)
    left = kept[0]
    assert (float(left), int(left), left + 1, math.exp(left)) == (4.5, 4, 5.5, math.exp(4.5))
    assert type(left * left) is type(-left) is type(2.0 / left) is type(autograd.detach(left)) is float
    assert left == 4.5


def test_the_number_of_a_derivative_in_progress_is_not_given_away() -> None:
    for convert in (float, int, complex, math.exp):
        with pytest.raises(LostGradientError):
            derivative(convert)(1.0)
    w = Value(2.0)
    kept: list[Any] = []
    derivative(_keeping(kept, lambda x: w * x))(1.5)
    with pytest.raises(LostGradientError):
        float(kept[0])  # its derivative by w is no constant


def test_no_level_is_left_open() -> None:
    before = set(IN_PROGRESS)

    def broken(x: Any) -> Any:
        raise KeyError("own")

    for way in (*WAYS.values(), *SECOND.values()):
        with pytest.raises(KeyError):
            way(broken)(1.0)
        way(lambda x: gradients(x**3, x))(1.0)
    assert set(IN_PROGRESS) == before


# --- gradients(...) inside transforms ----------------------------------------------------------------------------------------


def by_gradients(f: Function) -> Function:
    """The derivative of f by `gradients`, for a point that may be a plain number or a variable."""

    def slope(x: Any) -> Any:
        z = 1.0 * x if isinstance(x, Tracer) else Value(x)
        try:
            return gradients(f(z), z, create_graph=True)
        except OperandError:  # a constant that an inner derivative has given
            return derivative(f)(z)

    return slope


@pytest.mark.parametrize("way", WAYS)
class TestGradientsInside:
    def test_by_the_variable_itself(self, way: str) -> None:
        assert WAYS[way](lambda x: gradients(x**3, x))(2.0) == 12.0
        assert WAYS[way](lambda x: gradients(x**3, x, create_graph=True))(2.0) == 12.0
        assert WAYS[way](lambda x: x * gradients(sin(x), x))(0.5) == pytest.approx(math.cos(0.5) - 0.5 * math.sin(0.5))

    def test_twice(self, way: str) -> None:
        assert WAYS[way](lambda x: gradients(gradients(x**4, x), x))(2.0) == 48.0
        assert WAYS[way](WAYS[way](lambda x: gradients(x**4, x)))(2.0) == 48.0

    def test_by_what_was_computed(self, way: str) -> None:
        # the tangent of exp(x) is computed from exp(x): a coordinate of its own all the same
        def f(x: Any) -> Any:
            z = exp(x)
            return gradients(z**3 * x, z)  # 3 * z**2 * x

        want = 3.0 * math.exp(1.0) * (2.0 * 0.5 + 1.0)
        assert WAYS[way](f)(0.5) == pytest.approx(want, rel=1e-14)

    def test_by_several_that_depend_on_each_other(self, way: str) -> None:
        def f(x: Any) -> Any:
            z = exp(x)
            by_x, by_z = gradients(z * z * x, [x, z])  # by x also through z: 2*z*x*z + z*z, and 2*z*x
            return by_x + 10.0 * by_z

        e = math.exp(0.5)
        want = e * e * (4.0 * 0.5 + 2.0 + 2.0) + 10.0 * (2.0 * e * 0.5 + 2.0 * e)
        assert WAYS[way](f)(0.5) == pytest.approx(want, rel=1e-14)

    def test_by_a_constant_of_its_own(self, way: str) -> None:
        def f(x: Any) -> Any:
            c = Value(3.0)
            return gradients(c * c * x, c) * x  # 6 * x**2

        assert WAYS[way](f)(2.0) == 24.0

    def test_with_a_seed(self, way: str) -> None:
        assert WAYS[way](lambda x: gradients(x * x, x, seed=x * 3.0))(2.0) == 24.0  # 3*x * 2*x

    def test_by_the_variable_of_an_outer_derivative(self, way: str) -> None:
        # d/dx of (d/dy of x*y + d(x*x)/dx) = d/dx (x + 2*x)
        def f(x: Any) -> Any:
            return WAYS[way](lambda y: x * y + y * gradients(x * x, x))(1.0)

        assert WAYS[way](f)(5.0) == 3.0

    def test_it_is_the_derivative_by_the_variable_and_not_by_what_it_stands_on(self, way: str) -> None:
        # at the point w of the inner derivative its variable is another one: d/dx of x*w is w
        def f(w: Any) -> Any:
            return WAYS[way](lambda x: x * gradients(x * w, x))(w)

        assert WAYS[way](f)(3.0) == 1.0

    def test_inside_no_grad(self, way: str) -> None:
        with no_grad():
            assert WAYS[way](lambda x: gradients(x**3, x))(2.0) == 12.0

    def test_of_what_does_not_depend(self, way: str) -> None:
        assert WAYS[way](lambda x: gradients(x * 0.0 + 3.0, x) + gradients(1.0 * x, 2.0 * x))(2.0) == 0.0


@pytest.mark.parametrize("way", SECOND)
def test_gradients_inside_second_derivatives(way: str) -> None:
    assert SECOND[way](lambda x: gradients(x**4, x))(2.0) == 48.0


def test_a_handler_of_the_function_does_not_catch_the_beginning_anew() -> None:
    def f(x: Any) -> Any:
        try:
            return gradients(x**3, x)
        except Exception:  # noqa: BLE001 - that is what it is about
            return 0.0 * x

    assert derivative(f)(2.0) == 12.0


# --- the operators of duals ----------------------------------------------------------------------------------------------


NUMBERS = [0.0, -0.0, 1.5, -2.0, 3, math.inf, math.nan, 1e300]


@pytest.mark.parametrize(
    ("name", "op"), [("add", operator.add), ("sub", operator.sub), ("mul", operator.mul), ("div", operator.truediv)]
)
def test_the_operators_of_duals_are_those_of_the_table(name: str, op: Callable[[Any, Any], Any]) -> None:
    def same(a: Any, b: Any) -> bool:
        return all(repr(x) == repr(y) for x, y in ((a.primal, b.primal), (a.tangent, b.tangent)))

    with Level() as level:
        for u, v, s, t in itertools.product(NUMBERS, NUMBERS, [1.0, -2.5], [0.5, -0.0]):
            x, y = Dual(level.number, float(u), s), Dual(level.number, float(v), t)
            for a, b in ((x, y), (x, v), (u, y)):
                assert same(op(a, b), apply(TABLE[name], (a, b)))


def test_strict_sees_the_operators_of_duals() -> None:
    with strict(), pytest.raises(autograd.NonFiniteError, match=r"1e\+200.*= inf"):
        derivative(lambda x: x * x)(1e200)


# --- random nestings ---------------------------------------------------------------------------------------------------------

Monomial = tuple[int, ...]  # the exponent of each variable
Polynomial = dict[Monomial, Fraction]
SIZE = 6  # variables at most


def _constant(c: Fraction) -> Polynomial:
    return {(0,) * SIZE: c}


def _variable(i: int) -> Polynomial:
    return {tuple(int(k == i) for k in range(SIZE)): Fraction(1)}


def _plus(p: Polynomial, q: Polynomial) -> Polynomial:
    total: Polynomial = collections.defaultdict(Fraction, p)
    for m, c in q.items():
        total[m] += c
    return dict(total)


def _times(p: Polynomial, q: Polynomial) -> Polynomial:
    total: Polynomial = collections.defaultdict(Fraction)
    for (m, c), (n, d) in itertools.product(p.items(), q.items()):
        total[tuple(map(operator.add, m, n))] += c * d
    return dict(total)


def _by(p: Polynomial, i: int) -> Polynomial:
    return {(*m[:i], m[i] - 1, *m[i + 1 :]): c * m[i] for m, c in p.items() if m[i]}


def _at(p: Polynomial, i: int, point: Polynomial) -> Polynomial:
    total: Polynomial = {}
    for m, c in p.items():
        term: Polynomial = {(*m[:i], 0, *m[i + 1 :]): c}
        for _ in range(m[i]):
            term = _times(term, point)
        total = _plus(total, term)
    return total


class _Program:
    """A random function of variables that differentiates functions of its own, which refer to all variables around them."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.text = ""

    def expression(self, depth: int, variables: int) -> tuple[Polynomial, Callable[[list[Any]], Any]]:
        """An expression over so many variables, as a polynomial and as a function of their list."""
        rng = self.rng
        kind = rng.choice(("var", "const") if depth == 0 else ("sum", "product", "product", "derivative", "derivative", "var"))
        if kind == "const":
            c = rng.randint(-3, 3)
            return _constant(Fraction(c)), lambda env: float(c)
        if kind == "var":
            i = rng.randrange(variables)
            return _variable(i), lambda env: env[i]
        if kind == "derivative" and variables < SIZE:
            return self.derivative(depth, variables)
        (p, f), (q, g) = self.expression(depth - 1, variables), self.expression(depth - 1, variables)
        if kind == "sum":
            return _plus(p, q), lambda env: f(env) + g(env)
        return _times(p, q), lambda env: f(env) * g(env)

    def derivative(self, depth: int, variables: int) -> tuple[Polynomial, Callable[[list[Any]], Any]]:
        way = self.rng.choice([*WAYS, *SECOND, "gradients"])
        body, f = self.expression(depth - 1, variables + 1)
        body = _times(body, _variable(variables))
        point, at = self.expression(depth - 1, variables)
        slope = _by(body, variables)
        if way in SECOND:
            slope = _by(slope, variables)
        transform = WAYS.get(way) or SECOND.get(way) or by_gradients
        return _at(slope, variables, point), lambda env: transform(lambda y: f([*env, y]) * y)(at(env))


@pytest.mark.parametrize("seed", range(150))
def test_random_nestings(seed: int) -> None:
    program = _Program(seed)
    p, f = program.expression(4, 2)
    x, y = 2.0, -1.0

    def number(q: Polynomial) -> float:
        return float(sum((c * 2 ** m[0] * (-1) ** m[1] for m, c in q.items()), Fraction(0)))

    def approx(want: float) -> Any:
        return pytest.approx(want, rel=1e-12, abs=1e-12)

    assert f([x, y]) == approx(number(p))
    # from outside, as leaves
    u, v = Value(x), Value(y)
    out = f([u, v])
    if isinstance(out, Value):
        out.backward()
    assert (u.grad, v.grad) == (approx(number(_by(p, 0))), approx(number(_by(p, 1))))
    for way in WAYS.values():
        assert way(lambda t: f([t, y]))(x) == approx(number(_by(p, 0)))
    for second in SECOND.values():
        assert second(lambda t: f([x, t]))(y) == approx(number(_by(_by(p, 1), 1)))
    assert hvp(lambda a, b: f([a, b]), (x, y), (1.0, 3.0), argnums=1) == approx(
        number(_plus(_by(_by(p, 0), 1), _times(_constant(Fraction(3)), _by(_by(p, 1), 1))))
    )

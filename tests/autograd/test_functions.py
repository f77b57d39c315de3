"""What the table's tests do not reach of the functions that came with math's, NumPy's and SciPy's names.

Zeros among factors, infinite and equal operands, floats right next to a zero, derivatives of high order, and the functions with
a signature of their own. The oracles are mpmath, closed forms, and Python's own functions on plain numbers.
"""

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from random import Random
from typing import Any

import mpmath
import pytest
from mpmath import mp, mpf
from oracle import derivative as exact_derivative
from oracle import exact, ulp_error

import autograd
from autograd import ArgumentError, LostGradientError, OperandError, Value, derivative, grad, gradients, hessian, jvp
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import TABLE

INF, NAN = math.inf, math.nan

# --- right next to a zero ------------------------------------------------------------------------------------------------

ZEROS = {  # floats nearest to a zero, of the value (0) or of the derivative (1)
    ("gelu", 1): [-0.7517915246935645],
    ("silu", 1): [-1.2784645427610737],
    ("gelu_slope", 1): [math.sqrt(2.0), -math.sqrt(2.0)],
    ("lgamma", 0): [1.0, 2.0, -2.4570247382208006, -2.7476826467274127, -3.955294284858598],
    ("digamma", 0): [1.4616321449683622, -0.5040830082644554, -19.702472667386],
    ("gamma", 1): [1.4616321449683622, -0.5040830082644554],
    ("sinc", 0): [1.0, -3.0, 1e6],
    ("sinc", 1): [0.0, 1.4302966531242027, -2.459024025443127],
}


@pytest.mark.parametrize(("name", "order"), ZEROS, ids=str)
def test_floats_next_to_a_zero_are_right_to_the_last_bits(name: str, order: int) -> None:
    """Not even half a unit of the operand is allowed for here."""
    row = TABLE[name]
    for zero in ZEROS[name, order]:
        steps = [0.0, *(sign * 2.0**-k * (abs(zero) or 1.0) for sign in (1, -1) for k in range(3, 53))]
        for u in (zero + step for step in steps):
            out = row.value(FLOAT, u)
            got = row.partials(FLOAT, out, u)[0] if order else out
            want = exact_derivative(name, (0,), (u,)) if order else exact(name, (u,))
            if abs(want) > 1e-300 or want == 0:
                assert ulp_error(got, want) <= 4.0, f"{name}({u!r}), order {order}: {got!r} {mpmath.nstr(want, 20)}"


@pytest.mark.parametrize("name", ["sum", "mean", "norm", "maximum", "minimum", "logsumexp", "prod"])
def test_a_function_of_many_numbers_takes_one(name: str) -> None:
    x = Value(2.0)
    y = getattr(autograd, name)([x])
    y.backward()
    assert (y.data, x.grad) == (2.0, 1.0)


def test_gelu_in_its_subnormal_tail() -> None:
    for u in (-37.3, -37.52, -37.9, -38.3, -38.5, -40.0):
        for order in (0, 1):
            want = exact_derivative("gelu", (0,), (u,)) if order else exact("gelu", (u,))
            got = TABLE["gelu"].partials(FLOAT, 0.0, u)[0] if order else TABLE["gelu"].value(FLOAT, u)
            assert ulp_error(got, want) <= 4.0


# --- derivatives of any order ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("order", range(1, 7))
@pytest.mark.parametrize("u", [0.3, 1.0, 4.5, 40.0, -0.5, -2.75])
def test_lgamma_to_any_order(order: int, u: float) -> None:
    with mp.workdps(40):
        want = float(mp.polygamma(order - 1, mpf(u)))
    assert derivative(autograd.lgamma, order)(u) == pytest.approx(want, rel=1e-15)
    y = Value(u)
    reverse: Any = autograd.lgamma(y)
    for _ in range(order):
        reverse = gradients(reverse, y, create_graph=True)
    assert reverse.data == pytest.approx(want, rel=1e-15)


@pytest.mark.parametrize("order", range(7))
def test_sinc_at_zero_has_its_taylor_coefficients(order: int) -> None:
    want = 0.0 if order % 2 else (-1) ** (order // 2) * math.pi**order / (order + 1)
    got = derivative(autograd.sinc, order)(0.0) if order else autograd.sinc(0.0)
    assert got == pytest.approx(want, rel=1e-14, abs=0.0)


def test_gamma_to_the_fourth_order_is_the_integral() -> None:
    """The derivative of order n of gamma(u) is the integral of t**(u-1) * log(t)**n * exp(-t)."""
    for order in range(1, 5):
        with mp.workdps(30):
            want = mp.quad(lambda t, n=order: t ** mpf("1.5") * mp.log(t) ** n * mp.exp(-t), [0, 1, 5, 20, 100])
        assert derivative(autograd.gamma, order)(2.5) == pytest.approx(float(want), rel=1e-13)


def test_poles() -> None:
    assert (autograd.gamma(0.0), autograd.gamma(-0.0)) == (INF, -INF)
    assert math.isnan(autograd.gamma(-3.0))
    assert [autograd.lgamma(u) for u in (0.0, -1.0, INF, -INF)] == [INF] * 4
    assert (autograd.digamma(0.0), autograd.digamma(-0.0)) == (-INF, INF)
    assert math.isnan(autograd.digamma(-1.0))
    assert autograd.polygamma(1, -1.0) == autograd.polygamma(1, 0.0) == INF
    assert autograd.gamma(171.7) == INF
    assert autograd.gamma(-200.5) == 0.0


def test_polygamma_takes_a_plain_order() -> None:
    assert autograd.polygamma(0, 2.5) == autograd.digamma(2.5)
    with pytest.raises(OperandError, match="the order n is a plain whole number"):
        autograd.polygamma(Value(1.0), 2.0)  # type: ignore[call-overload]
    for n in (-1, 0.5, 1001):
        with pytest.raises(ArgumentError, match="whole number from 0 to 1000"):
            autograd.polygamma(n, 2.0)  # type: ignore[arg-type]


# --- products ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "factors", [[2.0, 0.0, 5.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [1.5, -2.0, 3.0, 0.25], [7.0], [-0.0, 2.0]]
)
def test_derivatives_of_a_product_need_no_division(factors: list[float]) -> None:
    n = len(factors)
    assert grad(autograd.prod)(factors) == [math.prod(f for k, f in enumerate(factors) if k != i) for i in range(n)]
    seconds = hessian(autograd.prod)(factors)
    for i, j in itertools.product(range(n), repeat=2):
        want = 0.0 if i == j else math.prod(f for k, f in enumerate(factors) if k not in (i, j))
        assert seconds[i][j] == want
    for i in range(n):
        unit = [float(k == i) for k in range(n)]
        assert jvp(autograd.prod, (factors,), (unit,))[1] == grad(autograd.prod)(factors)[i]


def test_products_neither_overflow_nor_underflow_on_the_way() -> None:
    factors = [1e300, 1e300, 1e-300, 1e-300, 3.0]
    want = float(math.prod(map(Fraction, factors)))
    assert autograd.prod(factors) == want
    assert math.prod(factors) == INF, "Python's own does"
    assert grad(autograd.prod)(factors)[2] == float(math.prod(map(Fraction, [1e300, 1e300, 1e-300, 3.0])))
    assert (autograd.prod([1e300] * 3), autograd.prod([1e-300, -1e-300]), autograd.prod()) == (INF, 0.0, 1.0)


def test_products_are_correctly_rounded() -> None:
    rng = Random(4)
    for n in (2, 5, 40, 300):
        factors = [rng.uniform(-2.0, 2.0) for _ in range(n)]
        assert autograd.prod(factors) == float(math.prod(map(Fraction, factors)))
        others = grad(autograd.prod)(factors)
        k = rng.randrange(n)
        assert others[k] == float(math.prod(map(Fraction, factors[:k] + factors[k + 1 :])))


@pytest.mark.parametrize("factors", list(itertools.product((0.0, -0.0, -2.0, INF, NAN, 3.0), repeat=3)), ids=str)
def test_products_have_the_edges_of_multiplication(factors: tuple[float, ...]) -> None:
    got, want = autograd.prod(factors), math.prod(factors)
    assert got == want or (got != got and want != want)
    assert got != got or math.copysign(1.0, got) == math.copysign(1.0, want)


# --- functions with a signature of their own -------------------------------------------------------------------------------


def test_cumsum() -> None:
    xs = [Value(x) for x in (1.0, 2.0, 3.0)]
    sums = autograd.cumsum(xs)
    assert [s.data for s in sums] == list(itertools.accumulate([1.0, 2.0, 3.0]))
    (sums[0] * 100.0 + sums[1] * 10.0 + sums[2]).backward()
    assert [x.grad for x in xs] == [111.0, 11.0, 1.0]
    assert (autograd.cumsum([]), autograd.cumsum(1, 2)) == ([], [1.0, 3.0])
    with pytest.raises(OperandError, match="cumsum"):
        autograd.cumsum(["1"])  # type: ignore[list-item]


def test_dist_is_the_length_of_the_difference() -> None:
    assert autograd.dist([1, 2, 3], [4, 6, 3]) == math.dist([1, 2, 3], [4, 6, 3])
    assert grad(lambda p: autograd.dist(p, [4.0, 6.0]))([1.0, 2.0]) == [-0.6, -0.8]
    assert autograd.dist([], []) == 0.0
    with pytest.raises(ArgumentError, match="2 coordinates, the other 1"):
        autograd.dist([1, 2], [3])


@pytest.mark.parametrize("u", [2.75, -2.75, 0.0, -0.0, 3.0, 1e300, INF, -INF, NAN])
def test_modf_is_maths(u: float) -> None:
    for got in (autograd.modf(u), tuple(part.data for part in autograd.modf(Value(u)))):
        assert list(map(repr, got)) == list(map(repr, math.modf(u)))


def test_the_parts_of_modf_have_slopes_one_and_zero() -> None:
    x = Value(-2.75)
    part, whole = autograd.modf(x)
    assert (gradients(part, x), gradients(whole, x)) == (1.0, 0.0)


@pytest.mark.parametrize("name", ["isnan", "isinf", "isfinite"])
def test_questions_are_answered_with_truth_values(name: str) -> None:
    ours: Callable[[Any], bool] = getattr(autograd, name)
    for u in (0.0, 1, NAN, INF, -INF):
        want = getattr(math, name)(u)
        assert ours(u) is ours(Value(u)) is getattr(Value(u), name)() is want
        assert jvp(lambda x, u=u: x * float(ours(x)), (float(u),), (1.0,))[0] == u * want or math.isnan(u * want)
    with pytest.raises(OperandError, match=name):
        ours("nan")


@pytest.mark.parametrize("u", [-7.5, -1.0, 0.0, 2.25, 5.0, 1e17])
@pytest.mark.parametrize("v", [2.0, -3.0, 0.7])
def test_both_remainders_are_maths(u: float, v: float) -> None:
    assert autograd.fmod(u, v) == math.fmod(u, v)
    assert autograd.remainder(u, v) == math.remainder(u, v)
    whole = (Fraction(u) - Fraction(math.fmod(u, v))) / Fraction(v)
    assert grad(lambda w: autograd.fmod(u, w))(v) == pytest.approx(-float(whole), rel=1e-15, abs=0.0)
    nearest = (Fraction(u) - Fraction(math.remainder(u, v))) / Fraction(v)
    assert grad(lambda w: autograd.remainder(u, w))(v) == pytest.approx(-float(nearest), rel=1e-15, abs=0.0)


# --- edges -----------------------------------------------------------------------------------------------------------------


def test_xlogy_where_its_first_operand_is_zero() -> None:
    assert [autograd.xlogy(0.0, v) for v in (0.0, 1.0, -1.0, INF)] == [0.0] * 4
    assert math.isnan(autograd.xlogy(0.0, NAN))
    assert grad(autograd.xlogy, argnums=(0, 1))(0.0, 2.0) == (math.log(2.0), 0.0)
    assert grad(autograd.xlogy, argnums=(0, 1))(0.0, 0.0) == (-INF, 0.0)  # h*log(0) / h, and (0*log(h) - 0) / h
    assert hessian(lambda p: autograd.xlogy(p[0], p[1]))([0.0, 2.0]) == [[0.0, 0.5], [0.5, 0.0]]
    entropy = grad(lambda ps: -autograd.sum(autograd.xlogy(p, p) for p in ps))
    assert entropy([0.5, 1.0, 0.0]) == [math.log(2.0) - 1.0, -1.0, INF]


def test_logaddexp_at_equal_and_infinite_operands() -> None:
    both = grad(autograd.logaddexp, argnums=(0, 1))
    assert autograd.logaddexp(1e300, 1e300) == 1e300
    assert (autograd.logaddexp(INF, INF), autograd.logaddexp(-INF, -INF)) == (INF, -INF)
    assert (both(3.0, 3.0), both(INF, 3.0), both(3.0, INF), both(-INF, 3.0)) == ((0.5, 0.5), (1.0, 0.0), (0.0, 1.0), (0.0, 1.0))
    assert all(map(math.isnan, both(INF, INF)))
    assert hessian(lambda p: autograd.logaddexp(p[0], p[1]))([2.0, 2.0]) == [[0.25, -0.25], [-0.25, 0.25]]


def test_angles() -> None:
    assert autograd.degrees(math.pi) == 180.0
    assert autograd.radians(180.0) == math.pi
    assert autograd.rad2deg is autograd.degrees
    assert autograd.deg2rad is autograd.radians
    assert Value(1.0).rad2deg().data == math.degrees(1.0)
    assert grad(lambda a: autograd.sin(autograd.radians(a)))(60.0) == pytest.approx(math.pi / 360.0, rel=1e-15)


def test_maths_functions_name_ours() -> None:
    x = Value(0.5)
    with pytest.raises(LostGradientError, match=r"math.lgamma\(x\).*use autograd.lgamma") as raised:
        math.lgamma(x)
    assert raised.value.node is x
    with pytest.raises(LostGradientError, match=r"math.isnan\(x\).*use autograd.isnan"):
        math.isnan(x)
    with pytest.raises(LostGradientError, match=r"math.modf\(x\).*use autograd.modf"):
        math.modf(x)
    with pytest.raises(LostGradientError, match=r"math.ulp.*use the engine's functions"):
        math.ulp(x)


def test_maths_functions_of_several_numbers_name_ours() -> None:
    x = Value(0.5)
    with pytest.raises(LostGradientError, match=r"math.fmod\(x, 2.0\).*autograd.fmod"):
        math.fmod(x, 2.0)
    with pytest.raises(LostGradientError, match=r"math.dist.*autograd.dist"):
        math.dist([x], [2.0])
    with pytest.raises(LostGradientError, match=r"math.fsum.*sum\(us\)"):
        math.fsum([x])

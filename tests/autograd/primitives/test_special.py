"""Second and third derivatives at special points of every row, in every mode, against limits from all sides.

At a point where a rule has to choose - a kink, an edge of the domain, a zero, a tie - a derivative of a derivative is the
true one if the function is smooth there, and at an edge of the domain the limit. Otherwise it is nan, an infinity that the
derivatives beside it run to, or that of the piece whose first derivative docs/design.md chooses: never a number made up.
"""

import itertools
import math
from collections.abc import Callable
from random import Random
from typing import Any

import pytest
from mpmath import mp
from oracle import ORACLE
from oracle import derivative as oracle_derivative
from special import Index, Point, at_an_edge, close, indices, limits_of, smooth, smooth_beside, special_points, value_at

import autograd
from autograd import Value, atan2, derivative, dot, grad, gradients, hessian, hypot, maximum, norm
from autograd.operators import VALUE, apply
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import TABLE, Primitive

Function = Callable[..., Any]

# Rows whose first derivative at a kink is that of a piece beside it: there the higher ones are that piece's too. (0**v by v
# is on the piece where it is constant.)
ON_A_PIECE = {"relu", "leaky_relu", "elu", "clamp", "mod", "fmod", "remainder", "pow", "pow_derivative"}

# What could be said of an edge and is not: of xlogy that 0*log(v) is 0 also towards v = 0, where it is not smooth in both
# operands.
LOST = {("xlogy", (0.0, 0.0), (1, 1)), ("xlogy", (0.0, 0.0), (1, 1, 1))}


def by(f: Function, i: int, mode: str) -> Function:
    """The derivative of f by its argument i, in reverse (R) or forward (F) mode."""
    if mode == "R":
        return grad(f, i)
    return lambda *us: derivative(lambda u: f(*us[:i], u, *us[i + 1 :]))(us[i])


def in_all_modes(row: Primitive, p: Point, index: Index) -> dict[str, float]:
    """The derivative of that index, in every order of differentiating and every combination of modes."""
    found = {}
    for order in sorted(set(itertools.permutations(index))):
        for modes in itertools.product("RF", repeat=len(index)):
            f: Function = lambda *us: apply(row, us)
            for i, mode in zip(order, modes, strict=True):
                f = by(f, i, mode)
            found[f"{order} {''.join(modes)}"] = f(*p)
    return found


def problem(row: Primitive, p: Point, index: Index, value: Function) -> str:
    """What is wrong with a derivative of a row at a point; '' if nothing."""
    found = in_all_modes(row, p, index)
    first = next(iter(found.values()))
    place = f"{row.name}{p} {index}"
    if not all(got == first or (got != got and first != first) or close(got, first, 1e-12) for got in found.values()):
        return f"{place}: the modes disagree, {found}"
    sides = limits_of(value, p, index)
    if smooth(value, p, index):
        return "" if close(first, sides.inside[0]) else f"{place}: smooth, {sides.inside[0]} is right, got {first}"
    if at_an_edge(value, p, index) and sides.agreed is not None and (row.name, p, index) not in LOST:
        right = first == sides.agreed or close(first, sides.agreed)
        return "" if right else f"{place}: towards the edge {sides.agreed}, got {first}"
    allowed = {x for x in sides.inside if math.isinf(x)}
    if row.name in ON_A_PIECE:
        allowed |= set(sides.inside)
    if smooth_beside(value, p, index) or (not math.isfinite(value_at(value, p)) and sides.agreed is not None):
        allowed |= {sides.inside[0]}
    if first != first or first in allowed or any(close(first, x) for x in allowed) or not sides.inside:
        return ""  # where no side is inside, the function is nan or infinite all around
    if math.isinf(first) and first in limits_of(value, p, index, tuple(range(len(p)))).inside:
        return ""
    return f"{place}: not smooth, beside it {sorted(set(sides.inside))}, got {first}"


# Every fifth point of a row by default, from another one on for each row, which is every kind of point over the table; all of
# them with `make exhaustive`.
@pytest.mark.parametrize("stride", [pytest.param(5, id="some"), pytest.param(1, id="all", marks=pytest.mark.exhaustive)])
@pytest.mark.parametrize("name", sorted(TABLE))
def test_higher_derivatives_at_special_points(name: str, stride: int) -> None:
    row = TABLE[name]
    points = special_points(row)
    points = points[sorted(TABLE).index(name) % min(stride, len(points)) :: stride]
    wrong = [problem(row, p, index, ORACLE[name].value) for p in points for index in indices(name, p)]
    assert list(filter(None, wrong)) == []


# --- at infinity -------------------------------------------------------------------------------------------------------

ENDLESS = sorted(name for name, row in TABLE.items() if row.arity == 1 and ORACLE[name].degree is None)
# Where there is no limit: waves, and what is nan or complex out there.
NO_LIMIT = {(name, sign) for name in ("sin", "cos", "tan", "asin", "acos", "atanh") for sign in (1.0, -1.0)} | {
    (name, -1.0) for name in ("log", "log2", "log10", "log1p", "sqrt", "acosh", "gamma", "lgamma", "digamma")
}


def limit_at_infinity(name: str, order: int, sign: float) -> float:
    """What derivatives run to, further and further out."""
    near, far, further = (oracle_derivative(name, (0,) * order, (sign * x,), 20) for x in (1e3, 1e6, 1e9))
    if abs(further) < 1e-4 and abs(further) <= abs(far) <= abs(near):
        return 0.0
    if mp.almosteq(far, further, 1e-5):
        return float(mp.nint(further))
    assert abs(further) - abs(far) >= 0.9 * (abs(far) - abs(near)) > 0, f"{name}: neither converges nor grows"
    return math.inf if further > 0 else -math.inf


@pytest.mark.parametrize("sign", [1.0, -1.0])
@pytest.mark.parametrize("name", ENDLESS)
def test_functions_of_one_number_at_infinity(name: str, sign: float) -> None:
    row = TABLE[name]
    for order in (1, 2, 3):
        found = in_all_modes(row, (sign * math.inf,), (0,) * order)
        if (name, sign) not in NO_LIMIT:
            want = limit_at_infinity(name, order, sign)
            assert all(got == want for got in found.values()), f"order {order}: {want} is right, got {found}"
        else:
            assert all(got != got or got == 0.0 for got in found.values()), f"order {order}: {found}"


# --- the check can fail ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "p", "index"),
    [
        ("pow", (2.0, 0.0), (0, 1)),
        ("pow", (0.0, 1.0), (0, 1)),
        ("norm", (0.0, 0.0), (0, 1)),
        ("atan2", (0.0, 0.0), (0, 1)),
        ("hypot", (0.0, 0.0), (0, 1)),
        ("cbrt", (0.0,), (0, 0)),
        ("asin", (1.0,), (0, 0)),
        ("acosh", (1.0,), (0, 0)),
        ("acosh", (1.0,), (0, 0, 0)),
        ("atanh", (1.0,), (0, 0)),
        ("maximum", (1.0, 1.0), (0, 1)),
    ],
)
def test_a_rule_that_is_differentiated_as_it_stands_is_caught(name: str, p: Point, index: Index) -> None:
    """These rows choose numbers or multiply zeros by infinities: without `higher` they are wrong, or their modes differ."""
    assert problem(TABLE[name], p, index, ORACLE[name].value) == ""
    wrong = TABLE[name]._replace(higher=None)
    found = problem(wrong, p, index, ORACLE[name].value)
    assert found != ""


def test_a_number_chosen_at_a_point_is_caught() -> None:
    row = TABLE["sin"]._replace(partials=lambda m, out, u: (m.where(u == 0.0, 1.0, m.cos(u)),))
    assert "smooth, -1.0 is right, got 0.0" in problem(row, (0.0,), (0, 0, 0), ORACLE["sin"].value)


# --- what `higher` says ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(name for name, row in TABLE.items() if row.higher is not None))
def test_higher_is_the_same_derivative(name: str) -> None:
    """Away from the points that are chosen, `higher` and `partials` are two ways to write one number."""
    row = TABLE[name]
    assert row.higher is not None
    for p in ORACLE[name].points(Random(name), 100):
        if any(abs(u) > 1e100 or 0.0 < abs(u) < 1e-100 for u in p):
            continue  # where a square overflows
        out = row.value(FLOAT, *p)
        for d, x in zip(row.higher(VALUE, out, *p), row.partials(FLOAT, out, *p), strict=True):
            assert d == pytest.approx(x, rel=1e-11, abs=1e-300) or (d != d and x != x), f"{name}{p}"


@pytest.mark.parametrize("name", sorted(name for name, row in TABLE.items() if row.higher is not None))
def test_gradients_to_be_differentiated_are_those_of_the_eager_pass(name: str) -> None:
    """Whatever `higher` gives for a number, the first derivative is the eager one, bit for bit, in every mode."""
    row = TABLE[name]
    for p in special_points(row):
        leaves = [Value(u) for u in p]
        node = apply(row, tuple(leaves))
        eager = gradients(node, leaves)
        again = gradients(node, leaves, create_graph=True)
        inner = [derivative(lambda u, i=i, p=p: derivative(lambda t: apply(row, (*p[:i], t, *p[i + 1 :])))(u), 0)(p[i])
                 for i in range(len(p))]  # fmt: skip
        for a, b, c in zip(eager, again, inner, strict=True):
            assert repr(a) == repr(VALUE.fixed(b)) or a == VALUE.fixed(b), f"{name}{p}"
            assert repr(a) == repr(c) or a == c, f"{name}{p}"


# --- as they are met ---------------------------------------------------------------------------------------------------

INF, NAN = math.inf, math.nan
LOG2 = math.log(2.0)
# Functions of one number: first to third derivative.
MET: dict[str, tuple[Function, float, tuple[float, float, float]]] = {
    "x**x": (lambda x: x**x, 1.0, (1.0, 2.0, 3.0)),
    "x**0": (lambda x: x**0, 0.0, (0.0, 0.0, 0.0)),
    "x**1": (lambda x: x**1, 0.0, (1.0, 0.0, 0.0)),
    "x**2": (lambda x: x**2, 0.0, (0.0, 2.0, 0.0)),
    "x**3": (lambda x: x**3, 0.0, (0.0, 0.0, 6.0)),
    "x**4": (lambda x: x**4, 0.0, (0.0, 0.0, 0.0)),
    "x**3 below": (lambda x: x**3, -2.0, (12.0, -12.0, 6.0)),
    "x**2.5": (lambda x: x**2.5, 0.0, (0.0, 0.0, INF)),
    "x**0.5": (lambda x: x**0.5, 0.0, (INF, -INF, INF)),
    "x**-1": (lambda x: x**-1, 0.0, (-INF, INF, -INF)),
    "0**x": (lambda x: 0.0**x, 2.0, (0.0, 0.0, 0.0)),
    "0**x at its jump": (lambda x: 0.0**x, 0.0, (0.0, 0.0, 0.0)),
    "2**x": (lambda x: 2.0**x, 0.0, (LOG2, LOG2**2, LOG2**3)),
    "(-2)**x": (lambda x: (-2.0) ** x, 2.0, (NAN, NAN, NAN)),
    "asin": (autograd.asin, 1.0, (INF, INF, INF)),
    "asin below": (autograd.asin, -1.0, (INF, -INF, INF)),
    "acos": (autograd.acos, 1.0, (-INF, -INF, -INF)),
    "acosh": (autograd.acosh, 1.0, (INF, -INF, INF)),
    "atanh": (autograd.atanh, 1.0, (INF, INF, INF)),
    "cbrt": (autograd.cbrt, 0.0, (INF, -INF, INF)),
    "sqrt": (autograd.sqrt, 0.0, (INF, -INF, INF)),
    "log": (autograd.log, 0.0, (INF, -INF, INF)),
    "abs": (abs, 0.0, (0.0, NAN, NAN)),
    "abs squared": (lambda x: abs(x) ** 2, 0.0, (0.0, NAN, NAN)),
    "relu": (autograd.relu, 0.0, (0.0, 0.0, 0.0)),
    "relu squared": (lambda x: autograd.relu(x) ** 2, 0.0, (0.0, 0.0, 0.0)),
    "leaky_relu": (autograd.leaky_relu, 0.0, (0.01, 0.0, 0.0)),
    "elu": (lambda x: autograd.elu(x, 0.5), 0.0, (0.5, 0.5, 0.5)),
    "clamp": (lambda x: autograd.clamp(x, 0.0, 1.0) ** 2, 1.0, (2.0, 2.0, 0.0)),
    "maximum": (lambda x: autograd.maximum(x, 0.0), 0.0, (0.5, NAN, NAN)),
    "maximum below": (lambda x: autograd.maximum(x, -1.0) ** 2, 0.0, (0.0, 2.0, 0.0)),
    "hypot": (lambda x: autograd.hypot(x, 0.0), 0.0, (0.0, NAN, NAN)),
    "hypot of 1": (lambda x: autograd.hypot(x, 1.0), 0.0, (0.0, 1.0, 0.0)),
    "atan2": (lambda x: autograd.atan2(x, 0.0), 0.0, (0.0, NAN, NAN)),
    "round": (autograd.round, 0.5, (0.0, 0.0, 0.0)),
    "a step is a number": (lambda x: autograd.relu(1.0 + autograd.cbrt(x)), 0.0, (INF, -INF, INF)),
    "a sign is a number": (lambda x: abs(autograd.cbrt(x) - 1.0), 0.0, (-INF, INF, -INF)),
    "one largest is a number": (lambda x: autograd.maximum(autograd.sqrt(x), -1.0), 0.0, (INF, -INF, INF)),
    "logsumexp of a tie": (lambda x: autograd.logsumexp(x, -x), 0.0, (0.0, 1.0, 0.0)),
    "softmax of a tie": (lambda x: autograd.softmax(x, -x)[0], 0.0, (0.5, 0.0, -1.0)),
    "0 * inf": (lambda x: x * (1.0 - x**1.1), 0.0, (1.0, NAN, NAN)),
    "a square at infinity": (lambda x: x**2, -INF, (-INF, 2.0, 0.0)),
    "a root at infinity": (lambda x: x**0.1, INF, (0.0, 0.0, 0.0)),
    "an inverse at infinity": (lambda x: 1.0 / x, -INF, (0.0, 0.0, 0.0)),
    "an angle at infinity": (lambda x: atan2(x, 2.0), INF, (0.0, 0.0, 0.0)),
    "an angle at infinity, the other way": (lambda x: atan2(2.0, x), -INF, (0.0, 0.0, 0.0)),
    "erf far out": (autograd.erf, 1e308, (0.0, 0.0, 0.0)),
    "gelu far out": (autograd.gelu, 1e200, (1.0, 0.0, 0.0)),
}  # fmt: skip


@pytest.mark.parametrize("name", MET)
def test_functions_as_they_are_met(name: str) -> None:
    f, x, wanted = MET[name]
    for n, want in enumerate(wanted, 1):
        for modes in itertools.product("RF", repeat=n):
            g = f
            for mode in modes:
                g = by(g, 0, mode)
            got = g(x)
            assert got == want or close(got, want, 1e-12) or (got != got and want != want), f"{name}, {modes}: {got}"


def test_hessians() -> None:
    origin = [0.0, 0.0]
    assert hessian(lambda p: p[0] ** p[1])([2.0, 0.0]) == [[0.0, 0.5], [0.5, LOG2**2]]
    assert hessian(lambda p: p[0] ** p[1])([0.0, 2.0]) == [[2.0, 0.0], [0.0, 0.0]]
    for f in (norm, lambda x: atan2(*x), lambda x: hypot(*x), lambda x: norm(x) ** 2, lambda x: maximum(x)):
        assert all(math.isnan(h) for row in hessian(f)(origin) for h in row)
    assert hessian(lambda x: dot(x, x))(origin) == [[2.0, 0.0], [0.0, 2.0]]
    assert hessian(lambda x: maximum([*x, 1.0]))(origin) == [[0.0, 0.0], [0.0, 0.0]]

"""A checker of derivatives accuses no right code, finds planted faults, and says where it cannot tell.

Right: functions whose own scale has nothing to do with the point's, with rounding of every size, and a family of random ones.
Wrong: the same family with a rule that is off by a thousandth, by its sign, or missing, at one place, at scales of 1e-8 to 1e8.
"""

import math
import random
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd
from autograd import (
    TABLE,
    GradientCheckError,
    GradientCheckWarning,
    Value,
    check_gradients,
    cos,
    define_primitive,
    exp,
    gradients,
    sin,
)
from autograd.checking.differences import climb, steps
from autograd.operators import VALUE, Tracer
from autograd.primitives.readers import FLOAT, LATEX, TEXT
from autograd.reverse import topological_order

Function = Callable[..., Any]


@pytest.fixture(scope="module")
def define() -> Iterator[Function]:
    """define_primitive, whose rows are gone again afterwards."""
    before = dict(TABLE)
    yield define_primitive
    for name in TABLE.keys() - before.keys():
        del TABLE[name]
        delattr(Tracer, name)
        for reader in (FLOAT, VALUE, TEXT, LATEX):
            vars(reader).pop(name, None)


def american_put(stock: Any, sigma: Any, strike: float = 100.0, n: int = 16) -> Any:
    """On a binomial tree, with a maximum at every node: the value is full of kinks in both arguments."""
    dt = 1.0 / n
    up = exp(sigma * math.sqrt(dt))
    p = (math.exp(0.05 * dt) - 1.0 / up) / (up - 1.0 / up)
    discount = math.exp(-0.05 * dt)
    values = [autograd.maximum(strike - stock * up ** (n - 2 * i), 0.0) for i in range(n + 1)]
    for m in range(n - 1, -1, -1):
        values = [
            autograd.maximum(discount * (p * values[i] + (1.0 - p) * values[i + 1]), strike - stock * up ** (m - 2 * i))
            for i in range(m + 1)
        ]
    return values[0]


# --- right code is not accused -----------------------------------------------------------------------------------------------

RIGHT: list[tuple[str, Function, float]] = [
    ("a wave far from its origin", sin, 1000.0),
    ("further", sin, 1e4),
    ("very far", sin, 1e9),
    ("a rounded product inside", lambda t: cos(2 * math.pi * t), 2026.3),
    ("a bell far from the origin", lambda x: exp(-((x - 500) ** 2)), 500.5),
    ("a narrow bell", lambda x: exp(-(((x - 500) * 1e5) ** 2)), 500.00001),
    ("a fast wave", lambda x: sin(1e9 * x), 1.0),
    ("a fast wave on a slope", lambda x: 1e6 * x + 1e-3 * sin(1e9 * x), 1.0),
    ("a chirp", lambda x: sin(1 / x), 1e-6),
    ("cancellation", lambda x: (x + 1e10) - 1e10, 1.0),
    ("cancellation at zero", lambda x: 1e10 * x - (1e10 - 1) * x, 0.0),
    ("an extremum", lambda x: cos(1e6 * (x - 1)), 1.0),
    ("a flat point", lambda x: x**9, 0.0),
    ("a kink nearby", lambda x: autograd.maximum(100 * x, 100.0), 1.001),
    ("a kink next door", lambda x: autograd.maximum(100 * x, 100.0), 1.0 + 1e-9),
    ("a large number", exp, 700.0),
    ("a small number", exp, -700.0),
    ("a subnormal number", lambda x: x * 1e-310, 1.0),
    ("close to a pole", lambda x: 1 / (x - 3), 3.0 + 1e-8),
    ("close to the edge of a domain", autograd.sqrt, 1e-14),
    ("an exception a step away", lambda x: autograd.sqrt(x) if x > 0 else 1 / 0, 0.01),
]


@pytest.mark.parametrize(("f", "x"), [c[1:] for c in RIGHT], ids=[c[0] for c in RIGHT])
def test_right_code_passes_whatever_its_scale(f: Function, x: float) -> None:
    check_gradients(f, x)


def test_an_american_put() -> None:
    check_gradients(american_put, 97.0, 0.2, order=1)
    check_gradients(american_put, 103.0, 0.35, order=1)


def test_a_function_with_many_arguments_and_outputs() -> None:
    weights = [0.1 * i - 0.35 for i in range(8)]
    check_gradients(lambda w, x: [autograd.tanh(autograd.dot(w, x, i)) for i in (0.1, -0.2)], weights, [11.0, *range(7)])


UNARY = ["log", "sqrt", "sin", "cos", "tanh", "atan", "asinh", "erf", "sigmoid", "softplus", "gelu", "silu", "cbrt", "expm1",
         "log1p", "square", "normal_cdf", "erfc", "logsigmoid", "exp", "sinh", "cosh", "tan", "abs", "relu"]  # fmt: skip
GROWING = ("exp", "sinh", "cosh", "expm1", "tan")
BINARY: list[Function] = [
    lambda a, b: a + b,
    lambda a, b: a - b,
    lambda a, b: a * b,
    lambda a, b: a * b,
    lambda a, b: a / (1.0 + b * b),
    autograd.maximum,
    autograd.minimum,
    autograd.hypot,
    autograd.logsumexp,
    lambda a, b: autograd.dot([a, b], [b, 2.0], 0.5),
]


class RandomFunction:
    """A function of two numbers of sizes from 1e-8 to 1e8, with a scale of its own, times a factor of such a size."""

    def __init__(self, seed: int) -> None:
        rng = self._rng = random.Random(seed)
        self.point = [
            rng.choice((1, -1)) * 10 ** rng.uniform(-8, 9) if rng.random() < 0.8 else rng.choice([0.0, 1.0, -1.0, 500.5])
            for _ in range(2)
        ]
        self._scale, self._middle = [0.0, 0.0], [0.0, 0.0]
        for i, x in enumerate(self.point):
            self._scale[i] = rng.choice([1.0 / (abs(x) or 1.0), 10 ** rng.uniform(-3, 3), 10 ** rng.uniform(-6, 6)])
            self._middle[i] = rng.choice([0.0, x, x + rng.uniform(-1, 1) / self._scale[i], x * (1 + 1e-9 * rng.random())])
        self._f = self._make(rng.randint(1, 4))
        self._factor = 10 ** rng.uniform(-8, 8)

    def __call__(self, x: Any) -> Any:
        return self._f(x) * self._factor

    def _make(self, depth: int) -> Function:
        rng = self._rng
        if depth == 0:
            i, kind = rng.randrange(2), rng.random()
            scale, middle, add = self._scale[i], self._middle[i], rng.choice([0.0, 1.0, -2.0, 1e-3, 1e3])
            return lambda x: (x[i] - middle) * scale if kind < 0.3 else x[i] * scale + add
        if rng.random() < 0.45:
            name = rng.choice(UNARY)
            g, inner = getattr(autograd, name), self._make(depth - 1)
            if name in ("log", "sqrt", "log1p"):
                return lambda x: g(inner(x) * inner(x) + 0.3)
            return (lambda x: g(sin(inner(x)))) if name in GROWING else lambda x: g(inner(x))
        op, a, b = rng.choice(BINARY), self._make(depth - 1), self._make(depth - 1)
        return lambda x: op(a(x), b(x))

    def graph(self, f: Function) -> tuple[Any, list[Value]]:
        """The graph of a function at the point, if all numbers in it are finite; else None."""
        variables = [Value(x) for x in self.point]
        y = f(variables)
        order = topological_order(y) if isinstance(y, Value) else []
        finite = all(math.isfinite(x) for v in order for x in (v.data, *(v.partials or ())))
        return (y if finite and order else None), variables


def _accused(f: Function, point: list[float], order: int) -> str:
    """'yes', 'no', or 'cannot tell'."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        try:
            check_gradients(f, point, order=order)
        except GradientCheckError:
            return "yes"
    return "cannot tell" if said else "no"


@pytest.mark.parametrize(("order", "count"), [(1, 200), (2, 60)])
def test_a_family_of_random_right_functions(order: int, count: int) -> None:
    answers = []
    for seed in range(count):
        f = RandomFunction(seed)
        if f.graph(f)[0] is not None:
            answers.append(_accused(f, f.point, order))
    assert "yes" not in answers
    assert answers.count("no") > 0.8 * count, "it hides behind not being able to tell"


@pytest.mark.exhaustive
@pytest.mark.parametrize("start", range(1000, 21000, 2000))
def test_a_large_family_of_random_right_functions(start: int) -> None:
    for seed in range(start, start + 2000):
        f = RandomFunction(seed)
        if f.graph(f)[0] is not None:
            assert _accused(f, f.point, 1 + seed % 2) != "yes", seed


# --- planted faults are found ------------------------------------------------------------------------------------------------


class _Use(list[Any]):
    """The arguments, one use of which goes through a rule that is wrong."""

    def __init__(self, xs: Any, which: int, rule: Function) -> None:
        super().__init__(xs)
        self.uses, self.which, self.rule = 0, which, rule

    def __getitem__(self, i: Any) -> Any:
        self.uses += 1
        x = list.__getitem__(self, i)
        return self.rule(x) if self.uses == self.which else x


def _off_by(define: Function, factor: float) -> Function:
    name = f"off_by_{factor!r}".replace("-", "minus_").replace(".", "_").replace("+", "")
    function: Function = (
        getattr(VALUE, name) if name in TABLE else define(name, lambda m, u: 1.0 * u, lambda m, out, u: (factor,))
    )
    return function


@pytest.mark.parametrize("factor", [1.001, -1.0, 0.0, 1.5, 1e6, 1e-6])
def test_faults_planted_in_the_family_are_found(define: Function, factor: float) -> None:
    rule = _off_by(define, factor)
    answers = []
    for seed in range(120):
        f = RandomFunction(seed)
        counted = _Use(f.point, 0, rule)
        f(counted)
        if not counted.uses:
            continue
        which = random.Random(seed).randint(1, counted.uses)
        wrong: Function = lambda x, f=f, which=which: f(_Use(x, which, rule))
        (y, xs), (z, zs) = f.graph(f), f.graph(wrong)
        if y is None or z is None:
            continue
        pairs = zip(gradients(y, xs), gradients(z, zs), strict=True)
        if any(abs(a - b) > 5e-4 * max(abs(a), abs(b)) for a, b in pairs):
            answers.append(_accused(wrong, f.point, 1))
    assert len(answers) > 50
    assert answers.count("yes") >= (0.8 if factor == 1.001 else 0.9) * len(answers)
    assert answers.count("no") <= 0.03 * len(answers), "hidden by rounding, or by being a millionth of another derivative"


@pytest.mark.parametrize("scale", [1e-8, 1e-4, 1.0, 1e4, 1e8])
@pytest.mark.parametrize("factor", [1.001, 0.999, -1.0, 0.0, 1e8, math.inf, math.nan])
def test_faults_at_every_scale(define: Function, factor: float, scale: float) -> None:
    rule = _off_by(define, factor)
    cases: list[tuple[Function, float]] = [
        (lambda x: scale * sin(rule(x)), 0.7),
        (lambda x: sin(rule(x / scale)), 0.7 * scale),
        (lambda x: sin(rule(x / scale)), -40.0 * scale),
        (lambda x: scale * rule(exp(-x / scale)), 3.0 * scale),
        (lambda x: (rule(x) - scale) ** 3, 2.0 * scale),
    ]
    for f, x in cases:
        with pytest.raises(GradientCheckError, match="off_by"):
            check_gradients(f, x, order=1)


@pytest.mark.parametrize("factor", [1.001, -1.0])
def test_a_fault_in_an_american_put(define: Function, factor: float) -> None:
    rule = _off_by(define, factor)
    with pytest.raises(GradientCheckError, match=r"argument 1.*likely culprit is off_by"):
        check_gradients(lambda s, sigma: american_put(s, rule(sigma)), 97.0, 0.2, order=1)


def test_a_small_function_is_checked_as_strictly_as_a_large_one(define: Function) -> None:
    rule = _off_by(define, 1.001)
    with pytest.raises(GradientCheckError):
        check_gradients(lambda x: 1e-12 * rule(x), 0.5, order=1)
    check_gradients(lambda x: 1e-12 * rule(x), 0.5, order=1, atol=1e-8)


# --- where it cannot tell -----------------------------------------------------------------------------------------------------

UNTOLD: list[tuple[Function, tuple[Any, ...], str]] = [
    (autograd.relu, (0.0,), r"a kink: the slope is 0 on the left and 1 on the right"),
    (abs, (0.0,), r"a kink: the slope is -1 on the left and 1 on the right"),
    (lambda x: autograd.maximum(100 * x, 100.0), (1.0,), r"mode gives 50\.0; a kink: the slope is 0 .* and 100 on the right"),
    (lambda x: autograd.norm(x), ([0.0, 0.0],), r"a kink: .*\(and 1 more like it\)"),
    (american_put, (100.0, 0.2), r"argument 0 \(= 100\.0\).* a kink"),
    (lambda x: autograd.where(x > 1.0, x * x, 2 * x - 1), (1.0,), r"second derivative .* a kink: the slope is 0 .* and 2 "),
    (autograd.floor, (2.0,), r"a jump, or a vertical tangent"),
    (lambda x: 3.0 * x if x.data < 2 else 5.0 * x, (2.0,), r"a jump"),
    (autograd.cbrt, (0.0,), r"mode gives inf; a jump, or a vertical tangent"),
    (autograd.sqrt, (0.0,), r"the edge of its domain: the function is nan a step below"),
    (autograd.acos, (1.0,), r"the edge of its domain: the function is nan a step above"),
    (autograd.log, (-1.0,), r"the function is nan here"),
    (lambda x: exp(x), (800.0,), r"the function is inf here"),
    (lambda x: 1e16 + x, (1.0,), r"mode gives 1\.0; rounding hides it"),
    (lambda x: sin(1e14 * x), (1.0,), r"rounding hides it|changes within the smallest step"),
    (lambda x: x * random.random(), (1.0,), r"gives other numbers when it is called a second time"),
    (lambda x: autograd.hypot(1e8, sin(1e4 * x)) * 1e-3, (1e6,), r"it changes within the smallest step|rounding hides"),
]  # fmt: skip


@pytest.mark.parametrize(("f", "point", "said"), UNTOLD, ids=range(len(UNTOLD)))
def test_what_cannot_be_told_is_a_warning(f: Function, point: tuple[Any, ...], said: str) -> None:
    with pytest.warns(GradientCheckWarning, match=f"check_gradients cannot tell: .*{said}.*Nothing was found wrong") as caught:
        check_gradients(f, *point)
    assert [w.filename for w in caught] == [__file__]


def test_a_rule_that_is_wrong_at_a_kink_is_found(define: Function) -> None:
    steep = define("steep_relu", lambda m, u: m.where(u <= 0.0, 0.0, u), lambda m, out, u: (3.0 + 0.0 * u,))
    with pytest.raises(GradientCheckError, match="culprit is steep_relu"):
        check_gradients(steep, 0.0, order=1)


def test_a_row_that_is_not_accurate_is_not_called_wrong(define: Function) -> None:
    # (1 - cos(u)) / u**2 loses half its digits at 1e-4, and its rule all of them: that is not for differences to judge
    sloppy = define("sloppy", lambda m, u: m.div(1.0 - m.cos(u), u * u),
                    lambda m, out, u: (m.div(m.sin(u), u * u) - 2.0 * m.div(out, u),))  # fmt: skip
    check_gradients(sloppy, 0.5, order=1)
    for x in (1e-4, 1e-6):
        with pytest.warns(GradientCheckWarning, match="rounding|changes within"):
            check_gradients(sloppy, x, order=1)


def test_ties_inside_have_no_second_derivative() -> None:
    with pytest.warns(GradientCheckWarning, match="mode gives nan; no rule alone is wrong: a tie or a kink inside, or 0"):
        check_gradients(lambda x: autograd.maximum(x * x, x * x), 1.5)


# --- the ladder -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.0, 1.0, -1.0, 2.0**-40, -3.7e200, 1e-300, 5e-324, 1000.1, -1.0 - 2**-52])
def test_steps_are_exact_and_span_from_rounding_to_the_point(x: float) -> None:
    hs = steps(x)
    assert hs == sorted(set(hs)) and hs[0] > 0.0
    for h in hs:
        assert (x + h) - x == h == x - (x - h)
    assert hs[0] <= max(abs(x) * 2.0**-48, 1e-20) and hs[-1] >= max(abs(x), 1.0) / 4.0


@pytest.mark.parametrize(
    ("f", "x", "slope"),
    [
        (lambda x: math.exp(-((x - 500) ** 2)), 500.5, -math.exp(-0.25)),
        (math.sin, 1e6, math.cos(1e6)),
        (lambda x: 1e-200 * math.exp(x), 3.0, 1e-200 * math.exp(3.0)),
        (lambda x: max(100 * x, 100.0), 1.001, 100.0),
        (lambda x: math.tanh((x - 1) * 1e8), 1.0, 1e8),
    ],
)
def test_its_error_covers_what_it_is_off_by(f: Callable[[float], float], x: float, slope: float) -> None:
    ladder = climb(f, x)
    assert abs(ladder.value - slope) <= 3.0 * ladder.error <= 0.02 * abs(slope)

"""Plain numbers out of `Value`s: refused where a gradient would be lost, at the user's own line; given where none is."""

import array
import cmath
import concurrent.futures
import itertools
import math
import operator
import random
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import autograd
from autograd import (
    LostGradientError,
    OperandError,
    Value,
    derivative,
    grad,
    hessian,
    hvp,
    jvp,
    no_grad,
    sign,
    trunc,
)
from autograd.conversions import is_piecewise_constant
from autograd.transforms.transforms import value_and_grad

TABLE = [0.0, 1.0, 4.0, 9.0, 16.0]
V: Any = Value(2.0)  # as a program that is not type-checked has it
W: Any = [Value(0.3), Value(0.7)]


def interpolated(x: Any) -> Any:
    """The table between its entries: the slope is the difference of two neighbours."""
    i = math.floor(x)
    return TABLE[i] + (x - i) * (TABLE[i + 1] - TABLE[i])


# --- what loses nothing ---------------------------------------------------------------------------------------------------


def test_a_table_is_looked_up_in_every_mode() -> None:
    for x in (0.25, 1.5, 2.75):
        i = int(x)
        slope = TABLE[i + 1] - TABLE[i]
        assert interpolated(Value(x)).data == interpolated(x)
        assert grad(interpolated)(x) == derivative(interpolated)(x) == slope
        assert value_and_grad(autograd.compile(interpolated))(x) == (interpolated(x), slope)
        assert derivative(interpolated, order=2)(x) == hessian(interpolated)(x) == 0.0
        assert hvp(lambda u: interpolated(u) * u, (x,), (1.0,)) == 2.0 * slope
        assert grad(lambda a, x=x: derivative(lambda u: interpolated(a * u) * u)(x))(1.0) == pytest.approx(slope * 2.0 * x)
        assert derivative(lambda a, x=x: grad(lambda u: interpolated(a * u) * u)(x))(1.0) == pytest.approx(slope * 2.0 * x)


def test_numbers_with_the_derivative_0_convert() -> None:
    x: Any = Value(2.5)
    assert (int(autograd.floor(x)), int(x // 1), float(sign(x)), complex(trunc(x))) == (2, 2, 1.0, 2 + 0j)
    assert int(round(x)) == 2  # noqa: RUF046 - it is a Value
    assert [*range(math.floor(x))] == [0, 1]
    assert "abcd"[math.floor(x) :] == "cd"
    assert operator.index(2 * math.floor(x) + 1) == 5
    assert hex(math.ceil(x)) == "0x3"
    assert math.comb(5, math.floor(x)) == 10
    assert [1, 2, 3].pop(math.floor(x)) == 3
    assert list(itertools.islice("abc", math.floor(x))) == ["a", "b"]
    assert np.arange(3)[math.floor(x)] == 2
    assert np.zeros(math.floor(x)).shape == (2,)
    assert math.floor(x).as_integer_ratio() == (2, 1)


def test_whether_the_derivative_is_0_is_read_off_the_graph() -> None:
    x, y = Value(2.5), Value(0.5)
    assert is_piecewise_constant(math.floor(x) * round(y) - math.ceil(x) % 2)
    assert not is_piecewise_constant(math.floor(x) * y)
    assert not is_piecewise_constant(x)
    assert not is_piecewise_constant(autograd.relu(-x))  # 0 here, not everywhere
    n = math.floor(x)
    for _ in range(20_000):
        n = n + 1
    assert int(n) == 20_002


def test_a_step_whose_gradient_somebody_passes_on_is_not_one() -> None:
    x = Value(2.5)
    straight = math.floor(x)

    def rule() -> None:
        x.grad += straight.grad

    straight._backward = rule
    with pytest.raises(LostGradientError):
        int(straight)
    loose = math.floor(x)
    loose.partials = (1.0,)
    with pytest.raises(LostGradientError):
        int(loose)


def test_along_a_direction_that_does_not_move_it_a_number_is_constant() -> None:
    assert jvp(lambda x, y: TABLE[int(y)] * x, (3.0, 2.0), (1.0, 0.0)) == (12.0, 4.0)
    with pytest.raises(LostGradientError):
        jvp(lambda x, y: TABLE[int(y)] * x, (3.0, 2.0), (0.0, 1.0))
    w = Value(0.0)
    with pytest.raises(LostGradientError):  # a direction that is 0, and whose derivative is not
        jvp(lambda x: TABLE[int(x)] * x, (2.0,), (w,))


def test_a_node_computed_inside_no_grad_converts() -> None:
    x: Any = Value(2.5)
    with no_grad():
        assert TABLE[math.floor(x)] == 4.0
        assert math.exp(2 * x) == math.exp(5.0)
        with pytest.raises(LostGradientError):
            float(x)


def test_what_is_no_whole_number_is_no_index() -> None:
    with pytest.raises(OperandError, match=r"an index or a count is a whole number, got Value\(data=2.5\); write math.floor"):
        TABLE[round(Value(2.52), 1)]  # type: ignore[call-overload]
    with pytest.raises(OverflowError):
        int(autograd.floor(Value(math.inf)))


# --- what is refused ------------------------------------------------------------------------------------------------------

_SAID: dict[str, tuple[Callable[[], Any], str]] = {
    "int": (lambda: int(V), r"^int\(V\) would turn Value\(data=2.0\) into a plain int.*write int\(v.data\), or int\(m"),
    "float": (lambda: float(V * 2), r"^float\(V \* 2\) would.*without float\(v\); write v.data"),
    "complex": (lambda: complex(V), "the engine is real"),
    "an index": (lambda: TABLE[V], r"^TABLE\[V\] would.*plain whole number.*write xs\[int\(v.data\)\].*math.floor\(v\)"),
    "a slice": (lambda: TABLE[V:], r"^TABLE\[V:\] would.*xs\[int\(v.data\)\]"),
    "a range": (lambda: range(V), r"^range\(V\) would.*range\(int\(v.data\)\)"),
    "a pause": (lambda: time.sleep(V), r"^time.sleep\(V\).*int\(v.data\)"),
    "a function of whole numbers": (lambda: math.comb(5, V), r"^math.comb\(5, V\) would.*int\(v.data\)"),
    "one that has a twin": (lambda: math.factorial(V), r"^math.factorial\(V\) takes.*write gamma\(n \+ 1\)"),
    "a function of complex numbers": (lambda: cmath.sqrt(V), "use autograd.sqrt"),
    "an array": (lambda: array.array("d", [V]), r'^array.array\("d", \[V\]\) would'),
    "NumPy": (lambda: np.interp(V, [0, 1], [0, 1]), r"^np.interp\(V, \[0, 1\], \[0, 1\]\) would.*, in numpy.interp,"),
    "a draw": (
        lambda: random.choices([0, 1], W),
        r"^random.choices\(\[0, 1\], W\) would.*, in random.choices,.*\[w.data for w in ws\]\)$",
    ),
    "a bound of a draw": (lambda: random.randint(0, V), r"^random.randint\(0, V\) would.*a draw has no derivative"),
    "a mean": (lambda: statistics.mean(W), r"^statistics.mean\(W\) would.*statistics.mean,.*autograd.mean\(xs\), or v.data"),
    "another mean": (lambda: statistics.fmean(W), r"^statistics.fmean\(W\).*write autograd.mean\(xs\)"),
    "a deviation": (lambda: statistics.stdev(W), r"stdev\(W\).*len\(xs\) - 1"),
    "a distribution": (lambda: statistics.NormalDist(V, 1), r"in statistics.NormalDist,.*autograd.normal_cdf"),
    "its method": (lambda: statistics.NormalDist().cdf(V), r"in statistics.NormalDist.cdf,.*autograd.normal_cdf"),
    "a key": (lambda: sorted(W, key=float), r"^sorted\(W, key=float\) would"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "said"), _SAID.values(), ids=_SAID)
def test_the_users_line_is_quoted_and_what_to_write_said(call: Callable[[], Any], said: str) -> None:
    with pytest.raises(LostGradientError, match=said):
        call()


def test_the_remedies_for_statistics_are_right() -> None:
    mean, exp, log, dot = autograd.mean, autograd.exp, autograd.log, autograd.dot
    xs, ys = [1.0, 4.0, 2.5], [2.0, 3.0, 7.0]
    m = mean(xs)
    assert autograd.sum((x - m) ** 2 for x in xs) / (len(xs) - 1) == pytest.approx(statistics.variance(xs))
    assert mean((x - m) ** 2 for x in xs) == pytest.approx(statistics.pvariance(xs))
    assert exp(mean(log(x) for x in xs)) == pytest.approx(statistics.geometric_mean(xs))
    assert 1 / mean(1 / x for x in xs) == pytest.approx(statistics.harmonic_mean(xs))
    assert autograd.normal_cdf((0.7 - 1.0) / 2.0) == pytest.approx(statistics.NormalDist(1.0, 2.0).cdf(0.7))
    spread = dot([x - mean(xs) for x in xs], [y - mean(ys) for y in ys])
    assert spread / (len(xs) - 1) == pytest.approx(statistics.covariance(xs, ys))


def test_a_thread_of_the_library_alone_quotes_its_own_line() -> None:
    with concurrent.futures.ThreadPoolExecutor(1) as pool, pytest.raises(LostGradientError, match=r"Value\(data=2.0\)"):
        pool.submit(math.exp, V).result()

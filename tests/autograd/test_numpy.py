"""NumPy on `Value`s: what docs/numpy.md says works gives NumPy's own numbers and right gradients; what does not is no surprise.

The oracle of a value is NumPy on plain floats; that of a gradient are central differences of NumPy on plain floats.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy
import pytest

import autograd
from autograd import Value, grad, jvp
from autograd.checking.differences import central_difference

np: Any = numpy  # whose types know nothing of `Value`s

X = np.array([0.5, 1.5, -0.7, 2.25])
POSITIVE = np.abs(X)

REDUCTIONS: dict[str, Callable[[Any], Any]] = {
    "std": lambda x: x.std(), "np.std": np.std, "var": lambda x: x.var(ddof=1), "np.var": lambda x: np.var(x, axis=0),
    "std of rows": lambda x: np.std(np.outer(x, x), axis=1) @ x, "mean": np.mean, "sum": np.sum, "prod": np.prod,
    "vdot": lambda x: np.vdot(x, x[::-1]), "dot": lambda x: np.dot(x, x), "inner": lambda x: np.inner(x, 2.0 * x),
    "conj": lambda x: np.conj(x) @ x, "real": lambda x: np.real(x) @ x, "imag": lambda x: x @ x + np.imag(x).sum(),
    "norm": np.linalg.norm, "norm of a matrix": lambda x: np.linalg.norm(np.outer(x, x)), "ptp": np.ptp, "max": np.max,
    "einsum": lambda x: np.einsum("i,ij,j", x, np.ones((4, 4)), x), "trapezoid": np.trapezoid, "average": np.average,
    "median": np.median, "cumsum": lambda x: np.cumsum(x) @ x, "cumprod": lambda x: np.cumprod(x) @ x,
    "diff": lambda x: np.diff(x) @ np.diff(x), "where": lambda x: np.where(x > 0, x * x, -x).sum(),
    "clip": lambda x: np.clip(x, -0.5, 1.0).sum(), "convolve": lambda x: np.convolve(x, x).sum(),
    "matrix_power": lambda x: np.linalg.matrix_power(np.outer(x, x), 2).sum(), "kron": lambda x: np.kron(x, x).sum(),
    "maximum": lambda x: np.maximum(x, 0.1).sum(), "sort": lambda x: np.sort(x) @ np.arange(4.0),
    "fabs": lambda x: np.fabs(x).sum(),
    "fmod": lambda x: np.fmod(x, 0.4).sum(), "degrees": lambda x: np.degrees(x) @ x, "deg2rad": lambda x: np.deg2rad(x) @ x,
    "rad2deg": lambda x: np.rad2deg(x) @ x, "radians": lambda x: np.radians(x) @ x, "arcsinh": lambda x: np.arcsinh(x) @ x,
    "select": lambda x: np.select([x > 1.0, x > 0.0], [x * x, 3.0 * x], 0.0).sum(),
}  # fmt: skip


@pytest.mark.parametrize("name", REDUCTIONS)
def test_what_works_gives_numpys_numbers_and_right_gradients(name: str) -> None:
    f = REDUCTIONS[name]
    leaves = np.frompyfunc(Value, 1, 1)(X)
    y = f(leaves)
    assert isinstance(y, Value)
    assert y.data == pytest.approx(float(f(X)), rel=1e-13)
    gradient = grad(f)(X)
    for i in range(len(X)):

        def along(x: float, i: int = i) -> float:
            return float(f(np.concatenate([X[:i], [x], X[i + 1 :]])))

        assert gradient[i] == pytest.approx(central_difference(along, X[i])[0], rel=1e-7, abs=1e-9), i
    assert jvp(f, (X,), (np.ones(4),))[1] == pytest.approx(gradient.sum(), rel=1e-12)


SCALARS = """
    exp log log2 log10 log1p expm1 exp2 sqrt cbrt sin cos tan arcsin arccos arctan sinh cosh tanh arcsinh arctanh fabs degrees
    radians deg2rad rad2deg floor ceil trunc rint square reciprocal negative positive absolute conjugate sign sinc
"""


@pytest.mark.parametrize("name", SCALARS.split())
def test_a_value_by_itself(name: str) -> None:
    f, x = getattr(np, name), Value(0.4)
    y = f(x)
    assert isinstance(y, Value)
    assert y.data == pytest.approx(float(f(0.4)), rel=1e-14)
    y.backward()
    assert x.grad == pytest.approx(central_difference(lambda t: float(f(t)), 0.4)[0], rel=1e-8, abs=1e-12)


PAIRS = """
    add subtract multiply divide power float_power maximum minimum hypot arctan2 fmod remainder copysign logaddexp floor_divide
"""


@pytest.mark.parametrize("name", PAIRS.split())
@pytest.mark.parametrize(
    "kinds", [(Value, Value), (Value, float), (float, Value), (np.float64, Value), (Value, np.float64)], ids=str
)
def test_two_numbers(name: str, kinds: tuple[Any, Any]) -> None:
    f = getattr(np, name)
    operands = [kind(u) for kind, u in zip(kinds, (2.3, 0.7), strict=True)]
    y = f(*operands)
    assert isinstance(y, Value)
    assert y.data == pytest.approx(float(f(2.3, 0.7)), rel=1e-14)
    y.backward()
    for i, u in enumerate(operands):
        if isinstance(u, Value):

            def along(t: float, i: int = i) -> float:
                return float(f(*(t if k == i else w for k, w in enumerate((2.3, 0.7)))))

            assert u.grad == pytest.approx(central_difference(along, (2.3, 0.7)[i])[0], rel=1e-8, abs=1e-12)


def test_questions_and_pairs() -> None:
    assert (np.isnan(Value(math.nan)), np.isinf(Value(2.0)), np.isfinite(Value(math.inf))) == (True, False, False)
    part, whole = np.modf(Value(-2.75))
    assert (part.data, whole.data) == (-0.75, -2.0)
    quotient, rest = np.divmod(Value(7.5), 2.0)
    assert (quotient.data, rest.data) == (3.0, 1.5)


def test_sinc_of_a_value_at_zero_keeps_its_curvature() -> None:
    """NumPy's own puts a constant there."""
    assert autograd.derivative(np.sinc, order=2)(0.0) == pytest.approx(-(math.pi**2) / 3.0, rel=1e-15)


@pytest.mark.parametrize(
    "f",
    [
        lambda a, v: a * v, lambda a, v: v * a, lambda a, v: a - v, lambda a, v: v / a, lambda a, v: a**v,
        lambda a, v: np.add.outer(a, v), lambda a, v: np.where(a > 1.2, v, a), lambda a, v: np.full(2, v) + a,
        lambda a, v: np.append(a, v), lambda a, v: a @ (a * v),
    ],
)  # fmt: skip
def test_arrays_of_floats_and_a_value(f: Callable[[Any, Any], Any]) -> None:
    a = np.array([1.0, 1.5])
    got = np.atleast_1d(f(a, Value(0.7)))
    plain = [x.data if isinstance(x, Value) else x for x in got.flat]
    assert plain == pytest.approx(np.atleast_1d(f(a, 0.7)).ravel().tolist(), rel=1e-14)


def test_comparisons_are_by_number() -> None:
    a, v = np.array([1.0, 2.0]), Value(1.5)
    assert (a > v).tolist() == (a > 1.5).tolist()
    assert (v > a).tolist() == (a < 1.5).tolist()
    assert np.float64(2.0) > v
    assert np.float64(2.0) != v


def test_what_compiled_code_would_lose_is_refused() -> None:
    a = np.zeros(2)
    with pytest.raises(autograd.LostGradientError, match="drop its gradient"):
        a[0] = Value(3.0)
    x = np.array([Value(1.0), Value(2.0)])
    calls: list[Callable[[], Any]] = [
        lambda: np.linalg.det(np.outer(x, x)),
        lambda: np.interp(0.5, [0, 1], x),
        lambda: np.isnan(x),
        lambda: np.fft.fft(x),
    ]
    for call in calls:
        with pytest.raises(TypeError):
            call()
    with pytest.raises(TypeError):
        np.frexp(Value(1.0))


def test_a_ufunc_writes_where_it_is_told_to() -> None:
    out = np.zeros(2, dtype=object)
    np.multiply(np.array([1.0, 2.0]), Value(3.0), out=out)
    assert [v.data for v in out] == [3.0, 6.0]
    a = np.array([Value(1.0), Value(2.0)])
    a += Value(1.0)
    assert [v.data for v in a] == [2.0, 3.0]

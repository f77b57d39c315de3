"""A program at many points, against the same program called point by point, with each word for bits and each reader."""

import importlib.util
import math
import random
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rounding import UNARY, inside, units

import autograd as ag
from autograd import ArgumentError, OperandError, Value, compile, exp, observers, strict, tanh, value_and_grad
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import Primitive
from autograd.replay import interpreted, rows
from autograd.replay.native.kernel import INTERPRETER, Interpreter
from autograd.replay.rows import BITS, Bits
from autograd.structure import flatten

READERS = ["compiled", "numpy", "text"] if INTERPRETER.module is not None else ["numpy", "text"]


@pytest.fixture(params=READERS)
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """The reader that there is: lanes in C, NumPy, or neither."""
    if request.param != "compiled":
        for module in (interpreted, rows):
            monkeypatch.setattr(module, "INTERPRETER", Interpreter(None, "not here"))
        monkeypatch.setattr(rows, "FEW", 1)
    if request.param == "text":
        monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    return str(request.param)


def collatz(x: Any) -> Any:
    """A loop whose length depends on the data, a branch, and an early return."""
    y, n = x[0], 0
    while y < 4.0 and n < 6:
        y = y * 1.5 + 0.3
        n += 1
    if x[1] > 0.5:
        return y * x[1] * n
    return tanh(y) * x[1] if x[1] > 0.0 else exp(x[1]) * y


def points_of_collatz(n: int = 200, seed: int = 0) -> list[list[float]]:
    r = random.Random(seed)
    return [[r.uniform(0.1, 5.0), r.uniform(-1.0, 1.0)] for _ in range(n)]


@pytest.mark.parametrize("bits", BITS)
def test_points_that_take_different_ways_find_their_variants(bits: Bits, reader: str) -> None:
    xs = points_of_collatz()
    program, eager = compile(collatz, bits=bits), value_and_grad(collatz)
    expected = [eager(x) for x in xs]
    for _ in range(2):  # recording, and replaying
        values, slopes = program.batch(xs, gradients="each")
        if bits == "exact" or reader == "text":
            assert (values, slopes) == ([v for v, _ in expected], [s for _, s in expected])
        for value, slope, (v, s) in zip(values, slopes, expected, strict=True):
            assert value == pytest.approx(v, rel=1e-13)
            assert slope == pytest.approx(s, rel=1e-13)
        assert program.batch(xs) == values
        assert program.batch(xs, gradients="sum") == (values, [math.fsum(s[k] for s in slopes) for k in range(2)])
    (case,) = program._cases.values()
    assert case.eager == 0
    assert case.recordings == len(case.variants) < 20


def test_the_report_counts_the_points() -> None:
    program = compile(lambda x: x * x if x > 0.0 else -x)
    program.batch([1.0, 2.0, -3.0, 4.0, -5.0])
    report = program.report()
    assert "5 calls of 1 kind, 2 recordings, 3 replays" in report
    assert "True 3 times, False 2 times" in report


@pytest.mark.parametrize("bits", BITS)
def test_weights_of_the_outside_are_read_in_every_batch(bits: Bits, reader: str) -> None:
    ws = [Value(0.5), Value(-1.0), Value(2.0)]

    def f(x: Any, y: Any) -> Any:
        return (tanh(ws[0] * x[0] + ws[1] * x[1]) * ws[2] - y) ** 2

    program, eager, r = compile(f, bits=bits), value_and_grad(f, (1, 0)), random.Random(1)
    xs, ys = [[r.uniform(-1, 1), r.uniform(-1, 1)] for _ in range(70)], [r.uniform(-1, 1) for _ in range(70)]
    for _ in range(3):
        values, slopes = program.batch(xs, ys, gradients="each", argnums=(1, 0))
        for x, y, value, (by_y, by_x) in zip(xs, ys, values, slopes, strict=True):
            v, of_y, *of_x = [z.data for z in flatten(eager(x, y), "expected")[0]]  # they depend on the weights
            assert [value, by_y, *by_x] == pytest.approx([v, of_y, *of_x], rel=1e-12, abs=1e-15)
            if bits == "exact":
                assert (value, by_y, by_x) == (v, of_y, of_x)
        for w in ws:
            w.data += 0.125


def test_static_arguments_sort_points_into_kinds(reader: str) -> None:
    def loss(z: Any, label: int, how: str) -> Any:
        return ag.logsumexp(z) - z[label] * {"once": 1.0, "twice": 2.0}[how]

    program, eager, r = compile(loss), value_and_grad(loss), random.Random(2)
    zs = [[r.uniform(-1, 1) for _ in range(3)] for _ in range(60)]
    labels, hows = [r.randrange(3) for _ in zs], [r.choice(["once", "twice"]) for _ in zs]
    values, slopes = program.batch(zs, labels, hows, gradients="each")
    assert len(program._cases) == 6
    for k, (value, slope) in enumerate(zip(values, slopes, strict=True)):
        v, s = eager(zs[k], labels[k], hows[k])
        assert [value, *slope] == pytest.approx([v, *s], rel=1e-13, abs=1e-15)


def test_structures_lengths_and_whole_numbers(reader: str) -> None:
    program = compile(lambda p, k: {"y": sum(p["a"]) * k, "z": (p["b"],)})
    ps = [{"a": [1.0, 2.0], "b": 1}, {"a": [3.0], "b": 2.0}, {"a": [1.0, 2.0, 3.5], "b": 0.5}]
    assert program.batch(ps, [2.0, 1.0, 3]) == [program(p, float(k)) for p, k in zip(ps, [2, 1, 3], strict=True)]
    lengths = compile(lambda xs: sum(x * x for x in xs))
    assert lengths.batch([[1.0, 2.0], [3.0], [1.0, 1.0, 1.0]], gradients="each") == (
        [5.0, 9.0, 3.0], [[2.0, 4.0], [6.0], [2.0, 2.0, 2.0]],
    )  # fmt: skip
    with pytest.raises(ArgumentError, match=r"gradients of 1 and 2 and 3 numbers have no sum; gradients='each'"):
        lengths.batch([[1.0, 2.0], [3.0], [1.0, 1.0, 1.0]], gradients="sum")
    tuples = compile(lambda p: p[0] * p[1])
    assert tuples.batch(((1.0, 2.0), (3.0, 4.0)), gradients="each") == ([2.0, 12.0], [(2.0, 1.0), (4.0, 3.0)])


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_arrays_in_and_arrays_out(order: Any, dtype: str, reader: str) -> None:
    program = compile(lambda x, y: (x * x).sum() * y if x[0, 0] > 0.0 else (x * y).sum())
    x = np.asarray(np.random.default_rng(0).normal(size=(50, 2, 3)), dtype=dtype, order=order)
    y = np.linspace(1.0, 2.0, 50)
    values, slopes = program.batch(x, y, gradients="each")
    assert (values.shape, slopes.shape) == ((50,), (50, 2, 3))
    above = x[:, 0, 0] > 0.0
    x = x.astype(float)
    assert np.allclose(values, np.where(above, (x * x).sum((1, 2)), x.sum((1, 2))) * y, rtol=1e-12)
    each = np.where(above[:, None, None], 2.0 * x, 1.0) * y[:, None, None]
    assert np.allclose(slopes, each, rtol=1e-14)
    assert np.allclose(program.batch(x, y, gradients="sum")[1], each.sum(0), rtol=1e-12)
    assert program.batch(x[above], y[above], gradients="each")[1].shape == x[above].shape  # one variant alone
    assert program.batch(x, y, gradients="each", argnums=1)[1].shape == (50,)


def test_points_do_not_depend_on_each_other() -> None:
    program = compile(collatz)
    xs = points_of_collatz(130)
    values, slopes = program.batch(xs, gradients="each")
    if INTERPRETER.module is not None:
        for k in (0, 1, 64, 129):
            assert program.batch(xs[k : k + 1], gradients="each") == ([values[k]], [slopes[k]])
        assert program.batch(xs[::-1], gradients="each") == (values[::-1], slopes[::-1])


def test_a_batch_within_a_derivative_or_of_values_runs_the_function() -> None:
    program = compile(lambda x: x * x if x > 0.0 else -x)
    v = Value(3.0)
    values = program.batch([v, -1.0])
    values[0].backward()
    assert (values[0].data, values[1], v.grad) == (9.0, 1.0, 6.0)
    assert ag.grad(lambda x: sum(program.batch([x, 2.0])))(5.0) == 10.0
    made: list[Any] = []
    with observers.observing(made=made.append):
        assert program.batch([2.0, -1.0], gradients="sum") == ([4.0, 1.0], 3.0)
    assert made
    log = compile(ag.log)
    assert log.batch([1.0, 0.0]) == [0.0, -math.inf]
    with strict(), pytest.raises(ag.NonFiniteError):
        log.batch([1.0, 0.0])


def test_a_number_that_is_read_is_never_taken_for_another() -> None:
    program = compile(lambda x: x * round(x.data))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ag.ReplayWarning)
        assert program.batch([float(k) for k in range(40)]) == [float(k * k) for k in range(40)]


def test_decisions_that_differ_at_every_point_are_given_up() -> None:
    def f(xs: Any) -> Any:
        return sum(k * x for k, x in enumerate(sorted(xs)))

    program, r = compile(f, bits="exact"), random.Random(0)
    points = [[r.random() for _ in range(7)] for _ in range(150)]
    with pytest.warns(ag.ReplayWarning, match="differ too often"):
        values = program.batch(points)
    assert values == [sum(k * x for k, x in enumerate(sorted(xs))) for xs in points]


def test_a_hidden_dependence_is_found_by_the_points_of_a_batch() -> None:
    scale = [2.0]
    program = compile(lambda x: x * scale[0])
    program.batch([1.0, 2.0, 3.0])
    scale[0] = 5.0
    with pytest.raises(ag.ReplayError, match=r"it gives 15.0, and its replay 6.0: a plain number was 2.0 and is 5.0"):
        program.batch([3.0] * 8)


@pytest.mark.parametrize(
    ("call", "complaint"),
    [
        (lambda p: p.batch([1.0], gradients="eahc"), r"gradients='eahc'; it is None, 'each' or 'sum'. Did you mean 'each'"),
        (lambda p: p.batch([1.0, 2.0], 3.0), r"argument 1 of f is 3.0, which is no sequence.*\[3.0\] \* n"),
        (lambda p: p.batch({"x": [1.0]}), r"argument 0 of f is a dict; a batch takes a sequence.*\[dict\(...\), ...\]"),
        (lambda p: p.batch(np.array(1.0)), r"argument 0 of f is array.1.., which is no sequence"),
        (lambda p: p.batch(), r"arguments of \[\] entries"),
        (lambda p: p.batch([1.0, 2.0], [1.0]), r"arguments of \[1, 2\] entries"),
        (lambda p: p.batch([1.0, 2.0], gradients="each", argnums=2), "argnums"),
        (lambda p: p.batch([1, 2], gradients="each"), "argument 0 of f is static"),
    ],
)
def test_what_is_no_batch_is_refused(call: Callable[[Any], Any], complaint: str) -> None:
    def f(x: Any, y: Any = 1.0) -> Any:
        return x * y

    with pytest.raises(ArgumentError, match=complaint):
        call(compile(f))


def test_gradients_need_one_number() -> None:
    with pytest.raises(OperandError, match="batch: <lambda> returns 2 numbers, it has to return one"):
        compile(lambda x: [x, x * x]).batch([1.0, 2.0], gradients="each")
    assert compile(lambda x: [x, x * x]).batch([1.0, 2.0]) == [[1.0, 1.0], [2.0, 4.0]]


def test_an_empty_batch_and_an_iterator() -> None:
    program = compile(lambda x: x * 2.0)
    assert program.batch([]) == []
    assert program.batch([], gradients="each") == ([], [])
    assert program.batch(float(k) for k in range(3)) == [0.0, 2.0, 4.0]
    assert compile(lambda k: k * 2.0).batch([1, 2, 3]) == [2.0, 4.0, 6.0]


# --- what is promised of a node ---------------------------------------------------------------------------------------------

POINTS = [sign * x for x in (1e-9, 0.013, 0.3, 0.77, 1.0, 1.9, 5.3, 18.7, 40.0) for sign in (1.0, -1.0)]


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_an_operation_keeps_the_promise_of_its_word(row: Primitive) -> None:
    points = [u for u in POINTS if inside(row, u)]
    function = getattr(ag, row.name, None) or (lambda u: getattr(u, f"__{row.name}__")())
    for bits in BITS:
        values, slopes = compile(function, bits=bits).batch(points, gradients="each")
        for u, value, slope in zip(points, values, slopes, strict=True):
            wanted = row.value(FLOAT, u)
            (of_slope,) = row.partials(FLOAT, wanted, u)
            assert units(value, wanted) <= (0.0 if bits == "exact" else 4.0), (bits, u)
            if bits == "exact":
                assert slope == of_slope
            elif bits == "close":
                assert units(slope, of_slope) <= 8.0, u


@pytest.mark.parametrize("bits", BITS)
def test_a_sum_keeps_the_promise_of_its_word(bits: Bits, reader: str) -> None:
    r = random.Random(5)
    weights = [r.uniform(-1, 1) * 10.0 ** r.randrange(-6, 6) for _ in range(50)]
    xs = [[r.uniform(-1, 1) * 10.0 ** r.randrange(-6, 6) for _ in weights] for _ in range(60)]
    for f in (lambda x: ag.dot(weights, x), lambda x: ag.sum([w * u for w, u in zip(weights, x, strict=True)])):
        for x, value in zip(xs, compile(f, bits=bits).batch(xs), strict=True):
            absolute = math.fsum(abs(w * u) for w, u in zip(weights, x, strict=True))
            assert abs(value - f(x)) <= (0.0 if bits == "exact" else len(x) * 2.0**-53 * absolute)


def test_a_square_is_no_power() -> None:
    program = compile(lambda x: (x - 1.0) ** 2 * x**3 + x**2.0)
    xs = [0.5, -1.5, 2.25, 1e200, math.inf, -0.0]
    values, slopes = program.batch(xs, gradients="each")
    for x, value, slope in zip(xs, values, slopes, strict=True):
        v, s = program.value_and_grad(x)
        assert value == pytest.approx(v, rel=1e-14, nan_ok=True)
        assert slope == pytest.approx(s, rel=1e-14, nan_ok=True)


def test_other_words_for_bits_are_refused() -> None:
    with pytest.raises(ArgumentError, match=r"compile: bits='exakt'; it is 'exact', 'close' or 'fast'. Did you mean 'exact'"):
        compile(abs, bits="exakt")  # type: ignore[call-overload]
    program = compile(collatz, [1.0, 1.0], bits="exact")
    assert ag.Program.parse(str(program)).bits == "exact"
    assert ag.Program.parse(str(program).replace('bits "exact"\n', "")).bits == "close"  # a text from before there were words

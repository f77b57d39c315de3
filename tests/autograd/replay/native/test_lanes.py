"""Tapes over many lanes: the same bits on every instruction set, elementary functions beside fifty digits.

Each lane is compared with the interpreter of one input, whose bits are the engine's.
"""

import array
import itertools
import math
import pathlib
import random
import sys
from typing import Any

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd.primitives.readers import FLOAT
from autograd.primitives.table import TABLE
from autograd.replay.native import kernel as native
from autograd.replay.native import lanes as many
from autograd.replay.native.lane_rows import lane_rows
from autograd.replay.tape import Draft, Tape

if native.INTERPRETER.module is None:
    pytest.skip(f"{native.INTERPRETER.why}", allow_module_level=True)

ISAS = many.isas()


def test_the_rows_of_lanes_are_those_of_the_table() -> None:
    written = (pathlib.Path(many.__file__).parent / "c" / "lane_rows.h").read_text(encoding="utf-8")
    assert written == lane_rows(), "make stubs"


def same_bits(a: Any, b: Any) -> Any:
    """Where two arrays have the same bits; every nan is one."""
    return (a.view(np.int64) == b.view(np.int64)) | (np.isnan(a) & np.isnan(b))


def applied(name: str, columns: list[Any], isa: str) -> tuple[Any, list[Any]]:
    """A row applied to columns of operands: the numbers, and the partials by each."""
    n = len(columns)
    tape = Tape.parse(f"in {n}\nv{n} = {name} {' '.join(f'v{i}' for i in range(n))}\nout v{n}\n")
    program = many.lanes(tape, [many.column(i, wanted=True) for i in range(n)], [many.rowed(0)], n, 1, isa=isa)
    data = np.stack(columns, axis=1).copy()
    out, bar = np.full(len(data), 7.0), np.zeros_like(data)
    assert program.backward(len(data), None, None, data, None, out, None, None, bar, None) == 0
    only = np.full(len(data), 7.0)
    program.forward(len(data), None, None, data, None, only, None)
    assert same_bits(only, out).all()
    return out, [bar[:, i] for i in range(n)]


EDGES = [
    0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324, -5e-324, 2.3e-308, 1e-310, -1e-310, 1e-20, -1e-20, 709.78, 709.79, 710.0,
    -708.5, -745.13, -745.14, -746.0, 1.0, -1.0, 0.5, -0.5, 1e300, -1e300,
    1e6, 1.1e6, 1e22, 0.7071067811865475, 0.7071067811865476, 2.0, 3.0,
    0.34657359027997264, -0.34657359027997264, 22.0, 50.5, -50.5, 1.5707963267948966, 355.0, 1e-8,
]  # fmt: skip
# Name, function of fifty digits, its derivative, and where to draw.
OWN = {
    "exp": (mpmath.exp, mpmath.exp, (-745.1, 709.7)),
    "expm1": (mpmath.expm1, mpmath.exp, (-40.0, 709.7)),
    "log": (mpmath.log, lambda x: 1 / x, (0.0, 10.0)),
    "log1p": (mpmath.log1p, lambda x: 1 / (1 + x), (-1.0, 10.0)),
    "tanh": (mpmath.tanh, lambda x: 1 / mpmath.cosh(x) ** 2, (-20.0, 20.0)),
    "sigmoid": (
        lambda x: 1 / (1 + mpmath.exp(-x)),
        lambda x: 1 / (mpmath.exp(x / 2) + mpmath.exp(-x / 2)) ** 2,
        (-700.0, 700.0),
    ),
    "softplus": (lambda x: mpmath.log1p(mpmath.exp(x)), lambda x: 1 / (1 + mpmath.exp(-x)), (-40.0, 40.0)),
    "sin": (mpmath.sin, mpmath.cos, (-1e6, 1e6)),
    "cos": (mpmath.cos, lambda x: -mpmath.sin(x), (-100.0, 100.0)),
    "sqrt": (mpmath.sqrt, lambda x: 1 / (2 * mpmath.sqrt(x)), (0.0, 10.0)),
}


def off(found: float, exact: Any) -> float:
    """How far a number is from the exact one, in units of its last place."""
    if not math.isfinite(found) or exact == 0:
        return 0.0 if found == exact or (math.isinf(found) and abs(exact) > sys.float_info.max) else math.inf
    unit = mpmath.mpf(2) ** max(mpmath.frexp(exact)[1] - 53, -1074)
    return float(abs(mpmath.mpf(found) - exact) / unit)


@pytest.mark.parametrize("name", OWN)
def test_own_functions_are_within_two_units_and_the_same_on_every_instruction_set(name: str) -> None:
    function, slope, (low, high) = OWN[name]
    draw = np.random.default_rng(3)
    small = np.copysign(np.exp(draw.uniform(-40.0, 5.0, 600)), draw.uniform(-1.0, 1.0, 600))
    x = np.concatenate([draw.uniform(low, high, 600), small, EDGES])
    value, (partial,) = applied(name, [x], "portable")
    for isa in ISAS:
        other, (other_partial,) = applied(name, [x], isa)
        assert same_bits(value, other).all() and same_bits(partial, other_partial).all(), isa
    with mpmath.workdps(50):
        inside = [(u, v, d) for u, v, d in zip(x.tolist(), value.tolist(), partial.tolist(), strict=True)
                  if math.isfinite(u) and (low < u < high or low < 0.0)
                  and (name != "log1p" or u > -1.0)]  # fmt: skip
        assert max((off(v, function(mpmath.mpf(u))), u) for u, v, _ in inside) < (2.0, 0.0)
        assert max((off(d, slope(mpmath.mpf(u))), u) for u, _, d in inside if abs(u) < 700.0) < (4.0, 0.0)
    row = getattr(FLOAT, name)
    for u, v in zip(EDGES, value[-len(EDGES) :].tolist(), strict=True):
        e = row(u)
        assert (e != e and v != v) or (
            math.copysign(1.0, e) == math.copysign(1.0, v) and (e == v or abs(e - v) <= 1e-15 * abs(e))
        ), u


ROWS = sorted(name for name in native.INTERPRETER.module.lane_names if name not in ("pick", "detach"))


@pytest.mark.parametrize("name", ROWS)
def test_every_row_is_near_the_engine_and_has_the_same_bits_on_every_instruction_set(name: str) -> None:
    row, draw = TABLE[name], random.Random(name)
    n = row.arity or 5
    special = [0.0, -0.0, 1.0, -1.0, 0.5, 2.0, 1e-310, 1e200, -1e200, math.inf, -math.inf, math.nan]
    points = [[draw.choice(special) if draw.random() < 0.25 else draw.uniform(-4.0, 4.0) for _ in range(n)] for _ in range(203)]
    columns = [np.array(column) for column in zip(*points, strict=True)]
    value, partials = applied(name, columns, "portable")
    for isa in ISAS:
        other, others = applied(name, columns, isa)
        assert same_bits(value, other).all(), isa
        assert all(same_bits(a, b).all() for a, b in zip(partials, others, strict=True)), isa

    def near(found: float, expected: float) -> bool:
        return found == expected or (found != found and expected != expected) or abs(found - expected) <= 4 * math.ulp(expected)

    for k, point in enumerate(points):
        out = getattr(FLOAT, name)(*point)
        assert near(value[k], out), (point, value[k], out)
        for partial, expected in zip(partials, row.partials(FLOAT, out, *point), strict=True):
            assert near(partial[k], expected), (point, partial[k], expected)


EXACT = [
    "add",
    "sub",
    "mul",
    "div",
    "neg",
    "abs",
    "square",
    "sqrt",
    "relu",
    "maximum",
    "minimum",
    "where",
    "clamp",
    "dot",
    "sum",
    "mean",
]


def random_tape(draw: random.Random, inputs: int, size: int) -> Tape:
    """Operations whose results are the same everywhere."""
    draft = Draft(inputs)
    nodes: list[int | float] = list(range(inputs))
    for _ in range(size):
        name = draw.choice(EXACT)
        n = TABLE[name].arity or 2 * draw.randrange(1, 4) + 1
        nodes.append(
            draft.node(name, [draw.uniform(-2.0, 2.0) if draw.random() < 0.2 else draw.choice(nodes[-9:]) for _ in range(n)])
        )
    return draft.tape([draft.node("sum", nodes[-4:])])


def by_parts(terms: Any) -> float:
    """The sum over lanes, in the declared order."""
    s = [0.0] * 8
    for lane, term in enumerate(terms):
        s[lane % 8] += term
    return float(((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7])))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 40), st.sampled_from([1, 3, 8, 17, 64, 105, 215]))
def test_each_lane_has_the_numbers_of_the_interpreter_of_one_input(seed: int, size: int, n: int) -> None:
    draw = random.Random(seed)
    inputs = draw.randrange(1, 6)
    tape = random_tape(draw, inputs, size)
    kinds = [draw.choice("ucg") for _ in range(inputs)]
    x = np.array([[draw.uniform(-2.0, 2.0) for _ in range(inputs)] for _ in range(n)])
    for i, kind in enumerate(kinds):
        if kind == "u":
            x[:, i] = x[0, i]
    # the pool: uniform numbers, then the numbers of gathered inputs in another order, then the sum
    pool = np.concatenate([x[0], x[::-1].T.ravel(), [0.0]])
    index = np.array([[inputs + i * n + (n - 1 - lane) for lane in range(n)] for i in range(inputs)], np.int32)
    sources = [
        {"u": many.uniform(i), "c": many.column(i, wanted=True), "g": many.gathered(i)}[kind] for i, kind in enumerate(kinds)
    ]
    program = many.lanes(tape, sources, [many.summed(len(pool) - 1)], inputs, isa=draw.choice(ISAS))
    pool_bar, data_bar = np.zeros_like(pool), np.zeros_like(x)
    pool_bar[-1] = 1.0
    program.backward(n, pool, index, x, None, None, None, pool_bar, data_bar, None)

    kernel = native.kernel(tape, (inputs,))
    values, grads, left = np.zeros(n), np.zeros_like(x), np.zeros(n, np.int32)
    kernel.rows(x, values, grads, left)
    with np.errstate(all="ignore"):
        assert np.array_equal(pool[-1], by_parts(values), equal_nan=True)
        for i, kind in enumerate(kinds):
            if kind == "u" and tape.operands.count(i) == 1 and math.isfinite(grads[:, i].sum()):
                assert pool_bar[i] == by_parts(grads[:, i])
            elif kind == "c":
                assert np.array_equal(data_bar[:, i], grads[:, i], equal_nan=True)
            elif kind == "g":
                assert np.array_equal(pool_bar[inputs + i * n : inputs + (i + 1) * n][::-1], grads[:, i], equal_nan=True)


def test_rows_choose_the_data_of_each_lane_and_seeds_weigh_results() -> None:
    tape = Tape.parse("in 3\nv3 = mul v0 v1\nv4 = mul v3 v2\nout v3 v4\n")
    program = many.lanes(
        tape, [many.uniform(1), many.column(2, wanted=True), many.column(0)], [many.rowed(1), many.rowed(0)], 3, 2
    )
    data, rows = np.arange(12.0).reshape(4, 3), np.array([3, 1, 1], np.int32)
    pool, pool_bar, data_bar = np.array([9.0, 2.0]), np.array([100.0, 0.5]), np.zeros((3, 3))
    out, seeds = np.zeros((3, 2)), np.array([[1.0, 0.0], [0.0, 2.0], [1.0, 1.0]])
    assert program.backward(3, pool, None, data, rows, out, None, pool_bar, data_bar, seeds) == 0
    x, z = data[rows, 2], data[rows, 0]
    assert out.tolist() == np.stack([2.0 * x * z, 2.0 * x], axis=1).tolist()
    assert pool_bar.tolist() == [100.0, 0.5 + float(np.sum(seeds[:, 0] * x * z + seeds[:, 1] * x))]
    assert data_bar[:, 2].tolist() == (seeds[:, 0] * 2.0 * z + seeds[:, 1] * 2.0).tolist()


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("places", [list(range(2, 13)), [5, 4, 3, 9, 9, 0, 12, 1, 2, 6, 7, 8], [0, 1, 2, 3, 4, 5, 7, 6]])
def test_columns_come_in_any_order(isa: str, places: list[int]) -> None:
    n, k = 21, len(places)
    tape = Tape.parse(f"in {k}\nout {' '.join(f'v{i}' for i in range(k))}\n")
    program = many.lanes(tape, [many.column(i) for i in places], [many.rowed(i) for i in range(k)], 13, k, isa=isa)
    data, out = np.arange(40.0 * 13).reshape(40, 13), np.zeros((n, k))
    rows = np.random.default_rng(4).permutation(40)[:n].astype(np.int32)
    program.forward(n, None, None, data, rows, out, None)
    assert out.tolist() == data[rows][:, places].tolist()


def test_results_can_be_scattered_and_gradients_come_back_from_there() -> None:
    tape = Tape.parse("in 1\nv1 = square v0\nout v1\n")
    program = many.lanes(tape, [many.gathered(0)], [many.scattered(1)])
    pool, pool_bar = np.array([1.0, 2.0, 3.0, 0.0, 0.0, 0.0]), np.array([0.0, 0.0, 0.0, 1.0, 10.0, 100.0])
    index = np.array([[2, 0, 2], [3, 4, 5]], np.int32)
    program.forward(3, pool, index, None, None, None, None)
    assert pool.tolist() == [1.0, 2.0, 3.0, 9.0, 1.0, 9.0]
    program.backward(3, pool, index, None, None, None, None, pool_bar, None, None)
    assert pool_bar.tolist() == [20.0, 0.0, 606.0, 1.0, 10.0, 100.0]


def test_pick_takes_one_by_its_number() -> None:
    tape = Tape.parse("in 4\nv4 = pick v0 v1 v2 v3\nout v4\n")
    sources = [many.column(0, wanted=True), many.uniform(0), many.column(1, wanted=True), many.column(2)]
    program = many.lanes(tape, sources, [many.rowed(0)], 3, 1)
    data = np.array([[1.0, 2.0, 0.0], [3.0, 4.0, 1.0], [5.0, 6.0, 2.0], [7.0, 8.0, 3.0]])
    pool, pool_bar, data_bar, out = np.array([-1.0]), np.zeros(1), np.full((4, 3), 9.0), np.zeros(4)
    program.backward(4, pool, None, data, None, out, None, pool_bar, data_bar, None)
    assert out[:3].tolist() == [1.0, -1.0, 6.0] and math.isnan(out[3])
    assert pool_bar.tolist() == [1.0]
    assert data_bar.tolist() == [[1.0, 0.0, 9.0], [0.0, 0.0, 9.0], [0.0, 1.0, 9.0], [0.0, 0.0, 9.0]]


def test_nothing_goes_back_through_what_is_detached() -> None:
    tape = Tape.parse("in 1\nv1 = detach v0\nv2 = mul v1 v0\nout v2\n")
    program = many.lanes(tape, [many.column(0, wanted=True)], [many.rowed(0)], 1, 1)
    out, bar = np.zeros(2), np.zeros((2, 1))
    program.backward(2, None, None, np.array([[2.0], [3.0]]), None, out, None, None, bar, None)
    assert out.tolist() == [4.0, 9.0] and bar.tolist() == [[2.0], [3.0]]


def test_lanes_that_leave_are_counted_and_nothing_is_added() -> None:
    tape = Tape.parse("in 2\nguard v0 > 0.0 true\nv2 = mul v0 v1\nguard v2 <= 4.0 true\nout v2\n")
    program = many.lanes(tape, [many.column(0), many.uniform(0)], [many.summed(1)], 1)
    data, left = np.array([[1.0], [-1.0], [3.0], [2.0]]), np.full(4, 9, np.int32)
    pool, pool_bar = np.array([2.0, 77.0]), np.array([5.0, 1.0])
    assert program.backward(4, pool, None, data, None, None, left, pool_bar, None, None) == 2
    assert left.tolist() == [0, 1, 2, 0] and pool.tolist() == [2.0, 77.0] and pool_bar.tolist() == [5.0, 1.0]
    rows = np.array([0, 3], np.int32)
    assert program.backward(2, pool, None, data, rows, None, left, pool_bar, None, None) == 0
    assert pool.tolist() == [2.0, 6.0] and pool_bar.tolist() == [8.0, 1.0]


def test_sums_carry_their_errors_and_fast_ones_do_not() -> None:
    draw = np.random.default_rng(0)
    n, k = 200, 40
    data = draw.normal(size=(n, 2 * k + 1))
    operands = " ".join(f"v{i}" for i in range(2 * k + 1))
    tape = Tape.parse(f"in {2 * k + 1}\nv{2 * k + 1} = dot {operands}\nout v{2 * k + 1}\n")
    found = {}
    for fast in (False, True):
        out = np.zeros(n)
        columns = [many.column(i) for i in range(2 * k + 1)]
        many.lanes(tape, columns, [many.rowed(0)], 2 * k + 1, 1, fast=fast).forward(n, None, None, data, None, out, None)
        found[fast] = out
    exact = [math.fsum([row[-1], *(row[:k] * row[k:-1])]) for row in data]
    assert found[False].tolist() == exact
    assert sum(a != b for a, b in zip(found[True].tolist(), exact, strict=True)) > 20
    assert np.allclose(found[True], exact, rtol=0.0, atol=1e-13)


def test_slots_are_used_again() -> None:
    """A chain of a thousand operations with cheap partials needs few slots."""
    draft = Draft(1)
    v = 0
    for _ in range(1000):
        v = draft.node("add", [v, 1.0])
    program = many.lanes(draft.tape([v]), [many.column(0, wanted=True)], [many.rowed(0)], 1, 1)
    assert program.slots < 6
    out, bar = np.zeros(100), np.zeros((100, 1))
    program.backward(100, None, None, np.arange(100.0).reshape(-1, 1), None, out, None, None, bar, None)
    assert out.tolist() == list(np.arange(100.0) + 1000.0) and bar.tolist() == [[1.0]] * 100


def test_no_lanes_and_constant_results() -> None:
    tape = Tape.parse("in 2\nout v0 2.5\n")
    program = many.lanes(tape, [many.column(0, wanted=True), many.uniform(0)], [many.rowed(0), many.summed(1)], 1, 1)
    pool, pool_bar = np.array([1.0, 5.0]), np.zeros(2)
    assert program.backward(0, pool, None, np.zeros(0), None, None, None, pool_bar, None, None) == 0
    assert pool.tolist() == [1.0, 0.0]
    bar, out = np.zeros((3, 1)), np.zeros(3)
    program.backward(3, pool, None, np.ones((3, 1)), None, out, None, pool_bar, bar, None)
    assert pool.tolist() == [1.0, 7.5] and bar.tolist() == [[1.0]] * 3 and pool_bar.tolist() == [0.0, 0.0]


def test_what_does_not_fit_is_refused() -> None:
    tape = Tape.parse("in 2\nguard v0 > 0.0 true\nv2 = mul v0 v1\nout v2\n")
    sources, results = [many.column(0), many.gathered(0)], [many.rowed(0)]
    refused: list[tuple[Any, str]] = [
        (lambda: many.lanes(tape, [many.column(1), many.gathered(0)], results, 1, 1), "comes from nowhere"),
        (lambda: many.lanes(tape, [many.column(0), many.Source(3, 0, True)], results, 1, 1), "comes from nowhere"),
        (lambda: many.lanes(tape, sources, [many.rowed(1)], 1, 1), "goes nowhere"),
        (lambda: many.lanes(tape, sources, results, 1, 1, isa="mmx"), "no 'mmx'"),
        (lambda: many.lanes(Tape.parse("in 1\nv1 = gamma v0\nout v1"), [many.column(0)], results, 1, 1), "'gamma'"),
    ]
    for bad, complaint in refused:
        with pytest.raises(ValueError, match=complaint):
            bad()
    assert many.without_lanes(["mul", "gamma", "tanh"]) == ["gamma"]
    with pytest.raises(TypeError, match="source of every input"):
        many.lanes(tape, sources[:1], results, 1, 1)
    program = many.lanes(tape, sources, results, 1, 1)
    pool, data, left, out = np.ones(3), np.ones((2, 1)), np.zeros(2, np.int32), np.zeros(2)
    index = np.array([[0, 2]], np.int32)
    program.forward(2, pool, index, data, None, out, left)
    for n, arrays, error, complaint in (
        (2, (pool, np.array([[0, 3]], np.int32), data, None, out, left), ValueError, "index: 3 is not below 3"),
        (2, (pool, np.array([[0, -1]], np.int32), data, None, out, left), ValueError, "index: -1"),
        (2, (pool, index, data, np.array([0, 2], np.int32), out, left), ValueError, "rows: 2 is not below 2"),
        (3, (pool, index, data, None, out, left), TypeError, "needs 3 items"),
        (2, (None, index, data, None, out, left), TypeError, "pool: this program needs one"),
        (2, (pool, index, data, None, out, None), TypeError, "left: this program needs one"),
        (2, (pool, index, data.astype(np.float32), None, out, left), TypeError, "data"),
        (-1, (pool, index, data, None, out, left), ValueError, "number of lanes"),
    ):
        with pytest.raises(error, match=complaint):
            program.forward(n, *arrays)
    few: Any = program.forward
    with pytest.raises(TypeError, match="forward"):
        few(2)
    assert out.tolist() == [1.0, 1.0]


def test_arrays_of_the_standard_library_will_do() -> None:
    program = many.lanes(Tape.parse("in 1\nv1 = exp v0\nout v1\n"), [many.column(0)], [many.rowed(0)], 1, 1)
    out = array.array("d", [0.0] * 3)
    program.forward(3, None, None, array.array("d", [0.0, 1.0, -1e9]), None, out, None)
    assert out.tolist() == [1.0, pytest.approx(math.e, rel=3e-16), 0.0]


def layers(sizes: list[int], order: list[int]) -> Tape:
    """A network over one sample: its inputs are the parameters, in this order, then the numbers of the sample."""
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    draft = Draft(parameters + sizes[0])
    h: list[int] = [parameters + i for i in range(sizes[0])]
    at = 0
    for a, b in itertools.pairwise(sizes):
        places = [order[k] for k in range(at, at + (a + 1) * b)]
        h = [draft.node("dot", [*places[j * a : (j + 1) * a], *h, places[a * b + j]]) for j in range(b)]
        h = [draft.node("relu", [v]) for v in h]
        at += (a + 1) * b
    return draft.tape([draft.node("sum", h)])


@pytest.mark.parametrize("isa", ISAS)
def test_the_neurons_of_a_layer_together_have_the_bits_of_each_alone(isa: str) -> None:
    sizes, n = [7, 9, 5, 3], 77
    draw = np.random.default_rng(1)
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    shuffled = draw.permutation(parameters).tolist()
    w, x = draw.normal(size=parameters), draw.normal(size=(n, 7))
    found = []
    for order in (list(range(parameters)), shuffled):  # weights in no order are no layer
        sources = [*(many.uniform(i) for i in range(parameters)), *(many.column(i, wanted=True) for i in range(7))]
        program = many.lanes(layers(sizes, order), sources, [many.rowed(0)], 7, 1, isa=isa)
        pool, pool_bar, data_bar, out = np.zeros(parameters), np.zeros(parameters), np.zeros((n, 7)), np.zeros(n)
        pool[order] = w
        for _ in range(2):  # gradients by uniform numbers are added to what is there
            program.backward(n, pool, None, x, None, out, None, pool_bar, data_bar, None)
        found.append((out.tobytes(), pool_bar[order].tobytes(), data_bar.tobytes()))
    assert found[0] == found[1]
    kernel = native.kernel(layers(sizes, list(range(parameters))), (parameters, 7), by=(0, 1))
    both = [kernel.value_and_grad(w.tolist(), row.tolist()) for row in x]
    assert np.frombuffer(found[0][0]).tolist() == [value for value, _ in both]
    assert np.frombuffer(found[0][2]).reshape(n, 7).tolist() == [by_x for _, (_, by_x) in both]
    totals = [2.0 * by_parts([by_w[i] for _, (by_w, _) in both]) for i in range(parameters)]
    assert np.frombuffer(found[0][1]).tolist() == totals


@pytest.mark.parametrize("isa", ISAS)
@pytest.mark.parametrize("n", [5, 77, 240])
def test_fast_layers_are_right_to_units_of_the_sums_of_sizes(isa: str, n: int) -> None:
    sizes = [7, 9, 5, 3]
    draw = np.random.default_rng(2)
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    w, x = draw.normal(size=parameters), draw.normal(size=(n, 7))
    sources = [*(many.uniform(i) for i in range(parameters)), *(many.column(i, wanted=True) for i in range(7))]

    def run(fast: bool, w: Any, x: Any) -> list[Any]:
        program = many.lanes(layers(sizes, list(range(parameters))), sources, [many.rowed(0)], 7, 1, fast=fast, isa=isa)
        pool_bar, data_bar, out = np.zeros(parameters), np.zeros((n, 7)), np.zeros(n)
        program.backward(n, w.copy(), None, x.copy(), None, out, None, pool_bar, data_bar, None)
        return [out, pool_bar, data_bar]

    sizes_of_sums = run(False, np.abs(w), np.abs(x))
    for found, expected, size in zip(run(True, w, x), run(False, w, x), sizes_of_sums, strict=True):
        assert (np.abs(found - expected) <= (n + sum(sizes)) * 2.0**-53 * size).all()


def tape_of_terms(draw: random.Random, inputs: int, terms: int) -> Tape:
    """A long sum of small terms that share numbers; some stand in it twice, and some in two sums."""
    draft = Draft(inputs)
    nodes: list[int | float] = list(range(inputs))
    tops: list[int | float] = []
    shared = draft.node("mul", [0, inputs - 1])
    for _ in range(terms):
        a = draft.node(
            draw.choice(["mul", "add", "sub"]), [draw.choice([*nodes[:inputs], shared]), draw.choice([0.5, *nodes[-3:]])]
        )
        b = draft.node("abs", [a])  # numbers grow no faster than their count, so that tolerances mean something
        nodes += [a, b]
        tops.append(draw.choice([a, b, draft.node("neg", [b]), draft.node("maximum", [a, b, 0.25])]))
    tops += [draw.choice(tops) for _ in range(draw.randrange(3))] + [0.125, 0]
    first = draft.node("sum", tops[: len(tops) // 2])
    rest = draft.node("sum", [*tops[len(tops) // 3 :], first])
    half = draft.node("mul", [first, 0.5])
    return draft.tape([draft.node("sum", [rest, half, *tops[:20]])])


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60), st.sampled_from([1, 9, 70]))
def test_terms_of_long_sums_that_go_back_early_have_the_same_gradients(seed: int, terms: int, n: int) -> None:
    draw = random.Random(seed)
    inputs = 4
    tape = tape_of_terms(draw, inputs, terms)
    x = np.array([[draw.uniform(-1.0, 1.0) for _ in range(inputs)] for _ in range(n)])
    x[:, 3] = x[0, 3]
    sources = [*(many.column(i, wanted=True) for i in range(3)), many.uniform(0)]
    pool, found = np.array([x[0, 3]]), []
    for isa in (ISAS[0], ISAS[-1]):
        program = many.lanes(tape, sources, [many.rowed(0)], inputs, 1, isa=isa)
        out, bar, pool_bar = np.zeros(n), np.zeros_like(x), np.zeros(1)
        program.backward(n, pool, None, x, None, out, None, pool_bar, bar, None)
        only = np.zeros(n)
        program.forward(n, pool, None, x, None, only, None)
        assert only.tobytes() == out.tobytes()
        found.append((out.tobytes(), bar.tobytes(), pool_bar.tobytes()))
    assert found[0] == found[1]
    values, grads, left = np.zeros(n), np.zeros_like(x), np.zeros(n, np.int32)
    native.kernel(tape, (inputs,)).rows(x, values, grads, left)
    assert np.allclose(out, values, rtol=1e-12, atol=1e-12)
    assert np.allclose(bar[:, :3], grads[:, :3], rtol=1e-10, atol=1e-10)
    assert np.allclose(pool_bar, grads[:, 3].sum(), rtol=1e-10, atol=1e-8)


def test_a_long_sum_of_terms_needs_few_slots() -> None:
    draft = Draft(2)
    terms = [draft.node("square", [draft.node("mul", [draft.node("add", [0, float(i)]), 1])]) for i in range(500)]
    tape = draft.tape([draft.node("sum", terms)])
    program = many.lanes(tape, [many.column(0, wanted=True), many.uniform(0)], [many.summed(1)], 1)
    assert program.slots < 16
    pool, pool_bar, bar = np.array([0.5, 0.0]), np.array([0.0, 1.0]), np.zeros((3, 1))
    x = np.array([[1.0], [2.0], [3.0]])
    program.backward(3, pool, None, x, None, None, None, pool_bar, bar, None)
    i = np.arange(500.0)
    assert pool[1] == np.sum(((x + i) * 0.5) ** 2)
    assert bar[:, 0].tolist() == np.sum((x + i) * 0.5, axis=1).tolist()
    assert pool_bar[0] == np.sum((x + i) ** 2)


@pytest.mark.parametrize("isa", ISAS)
def test_layers_of_numbers_too_large_or_small_to_be_split_are_summed_all_the_same(isa: str) -> None:
    draw = np.random.default_rng(5)
    sizes, n = [7, 6, 3], 24
    parameters = sum((a + 1) * b for a, b in itertools.pairwise(sizes))
    order = list(range(parameters))
    sources = [*(many.uniform(i) for i in range(parameters)), *(many.column(i) for i in range(7))]
    x, pool = draw.normal(size=(n, 7)), draw.normal(size=parameters)
    x[3], x[4, 0], x[5, 1], x[6], x[7], x[8, 2] = 0.0, math.inf, math.nan, x[6] * 1e300, x[7] * 1e-300, 1e20
    x[16:, 3], x[16:, 4] = 1e16, 1.0  # what is split is there, too, after much has cancelled
    pool[42:48] = 0.0  # biases of the first layer
    out = {}
    for arrangement in (order, order[::-1][: parameters // 2][::-1] + order[: -(parameters // 2)]):
        program = many.lanes(layers(sizes, arrangement), sources, [many.rowed(0)], 7, 1, isa=isa)
        numbers = np.zeros(parameters)
        numbers[arrangement] = pool
        found = out[arrangement[0]] = np.zeros(n)
        program.forward(n, numbers, None, x, None, found, None)
    kernel = native.kernel(layers(sizes, order), (parameters, 7))
    expected = np.array([kernel.value(pool.tolist(), row.tolist()) for row in x])
    for found in out.values():
        assert np.array_equal(found, expected, equal_nan=True)
    assert np.isfinite(expected).sum() > n - 4

"""Blocks of scalars and their sweep: beside the engine's own pass, and beside NumPy's float32."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import TABLE, Value
from viz.debugger.lift.blocks import CONSTANT, Block, Floats, leaves, nodes_of, numbered
from viz.debugger.lift.graph import compared, graph_of
from viz.debugger.lift.sweep import ROUNDED, swept

SIZES = st.lists(st.integers(1, 40), min_size=1, max_size=5)


def random_graph(sizes: list[int], seed: int, precision: str = "float64") -> tuple[list[Block], list[Value]]:
    """Blocks of products and sums with random operands, leaves among them, and the same as `Value`s."""
    random = np.random.default_rng(seed)
    data = random.normal(size=sizes[0])
    blocks, values = [leaves(np.arange(sizes[0]), data, precision)], [Value(float(x)) for x in data]
    for size in sizes[1:] or [3]:
        product = bool(random.integers(2))
        operands = random.integers(0, len(values), (size, 2))
        operands[random.random((size, 2)) < 0.2] = CONSTANT
        numbers = random.normal(size=(size, 2))
        first = len(values)
        made = []
        for row, constants in zip(operands, numbers, strict=True):
            a, b = (values[i] if i >= 0 else float(x) for i, x in zip(row, constants, strict=True))
            made.append(a * b if product else a + b)
        values += [v if isinstance(v, Value) else Value(v) for v in made]
        known = np.array([v.data for v in values[:first]] + [0.0])
        numbers = np.where(operands >= 0, known[operands], numbers)
        local = numbers[:, ::-1] if product else np.ones((size, 2))
        ids = np.arange(first, first + size)
        results = np.array([v.data for v in values[first:]])
        row = TABLE["mul" if product else "add"]
        blocks.append(Block(row, ids, results, operands, numbers, local, np.zeros((size, 2), bool), precision))
    return blocks, values


@given(SIZES, st.integers(0, 10_000))
def test_gradients_are_those_of_the_engine(sizes: list[int], seed: int) -> None:
    blocks, values = random_graph(sizes, seed)
    values[-1].backward()
    kept = numbered(blocks, len(values) - 1)
    columns, gradients = swept(kept)
    for i, value in enumerate(values):
        ours = gradients[kept.number[i]] if kept.number[i] >= 0 else 0.0
        assert ours == pytest.approx(value.grad, rel=1e-12, abs=1e-12)
    totals = dict(zip(columns["parent"], columns["total"], strict=True))
    assert all(gradients[parent] == total for parent, total in totals.items())


@given(SIZES, st.integers(0, 10_000))
def test_a_recording_of_blocks_is_one_of_values(sizes: list[int], seed: int) -> None:
    blocks, values = random_graph(sizes, seed)
    kept = numbered(blocks, len(values) - 1)
    nodes = nodes_of(kept, swept(kept)[1])
    assert nodes[-1].data == values[-1].data
    for node in nodes:
        numbers = [nodes.data[o] if isinstance(o, int) else o for o in node.operands]
        assert not node.operands or node.data == (numbers[0] * numbers[1] if node.op == "mul" else numbers[0] + numbers[1])
        assert all(p < node.id for p in node.parents)


@pytest.mark.parametrize("precision", ["float32", "float16"])
@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=80), st.integers(1, 3))
def test_sums_are_rounded_one_after_the_other(precision: str, factors: list[float], parents: int) -> None:
    kind = np.dtype(precision).type
    local = np.array([[float(kind(x))] for x in factors])
    n = len(factors)
    first = leaves(np.arange(parents), np.ones(parents), precision)
    operands = (np.arange(n) % parents)[:, None]
    none = np.zeros((n, 1), bool)
    scaled = Block("scaled", np.arange(parents, parents + n), np.ones(n), operands, np.ones((n, 1)), local, none, precision)
    ones, row = np.ones((1, n)), np.arange(parents, parents + n)[None]
    total = Block("total", np.array([parents + n]), np.ones(1), row, ones, ones, np.zeros((1, n), bool), precision)
    kept = numbered([first, scaled, total], parents + n)
    gradients = swept(kept)[1]
    for parent in range(min(parents, n)):
        expected = kind(0.0)
        with np.errstate(over="ignore"):
            for x in local[parent::parents, 0][::-1]:  # the last node passes its gradient on first
                expected = kind(expected + kind(x))
        assert gradients[kept.number[parent]] == float(expected)


def test_bfloat16_is_rounded_to_even() -> None:
    given = np.array([1.0, 1.00390625, 1.01171875, 3.4e38, np.inf, np.nan, -1e-40])
    rounded = ROUNDED["bfloat16"](given)
    assert rounded[:3].tolist() == [1.0, 1.0, 1.015625]
    assert rounded[4] == np.inf
    assert np.isnan(rounded[5])
    assert rounded[3] == np.inf  # the largest number of 8 digits is 3.39e38
    assert rounded[6] == pytest.approx(-1e-40, rel=1e-2)


def test_a_selected_zero_stays_zero_whatever_arrives() -> None:
    x = leaves(np.array([0]), np.array([-1.0]), "float32")
    one, none = np.ones((1, 1)), np.zeros((1, 1))
    relu = Block("relu", np.array([1]), np.zeros(1), np.array([[0]]), -one, none, one.astype(bool), "float32")
    bad = Block("bad", np.array([2]), np.zeros(1), np.array([[1]]), none, one * np.nan, none.astype(bool), "float32")
    assert swept(numbered([x, relu, bad], 2))[1][0] == 0.0
    multiplied = relu._replace(selected=none.astype(bool))
    assert np.isnan(swept(numbered([x, multiplied, bad], 2))[1][0])


def lone(gradient: Floats) -> list[bool]:
    x = leaves(np.array([0]), np.ones(1), "float32")
    y = Block("y", np.array([1]), np.ones(1), np.array([[0]]), np.ones((1, 1)), np.full((1, 1), 2.0), np.zeros((1, 1), bool))
    graph, number = graph_of([x, y], 1, "Some framework 1.0", {"x": np.array([0])})
    return [a.right for a in compared(graph, [("x", number[[0]], gradient, "float32")])]


def test_the_comparison_can_fail() -> None:
    assert lone(np.array([2.0])) == [True]
    assert lone(np.array([2.0 + 1e-6])) == [True]
    assert lone(np.array([2.1])) == [False]
    assert lone(np.array([np.nan])) == [False]
    assert lone(np.array([np.inf])) == [False]

"""Straight-line rows are the table's, bit for bit: every row of one operand, over its edges and over random floats."""

import math
import random
import struct
from typing import Any

import pytest

from autograd import Value, define_primitive, record_sources
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import TABLE, Primitive

UNARY = [row for row in TABLE.values() if row.arity == 1]
EDGES = [0.0, 0.5, 1.0, 1.5, 2.0, 5.0, 18.5, 37.0, 64.0, 64.5, 710.0, 745.5, math.pi]
EXTREMES = [1e-5, 1e-160, 5e-324, 1e16, 1e308, math.inf]
EXPONENTS = [2, 3, 0, 1, -1, -2, 0.5, 1.5, -0.5, 0.25, -1e-3, 1e3, 2.0**52, math.inf, -math.inf, math.nan]


def points() -> list[float]:
    rng = random.Random(1)
    special = [*EDGES, *EXTREMES]
    anything = [struct.unpack("d", rng.randbytes(8))[0] for _ in range(150)]
    return [*special, *(-x for x in special), math.nan, *anything, *(rng.uniform(-8.0, 8.0) for _ in range(150))]


def bits(x: float) -> Any:
    return "nan" if x != x else struct.pack("d", x)


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_numbers_and_derivatives_are_those_of_the_table(row: Primitive) -> None:
    for x in points():
        node = Value(x).record(row, (leaf := Value(x),))
        out = row.value(FLOAT, x)
        (slope,) = row.partials(FLOAT, out, x)
        assert (bits(node.data), [bits(d) for d in node.partials or ()]) == (bits(out), [bits(slope)]), x
        assert (node.primitive, node.operands, node.parents) == (row, (leaf,), (leaf,))


@pytest.mark.parametrize("exponent", EXPONENTS)
def test_powers_are_those_of_the_table(exponent: float) -> None:
    row = TABLE["pow"]
    for x in points():
        node = Value(x) ** exponent
        out = row.value(FLOAT, x, float(exponent))
        slope, _ = row.partials(FLOAT, out, x, float(exponent))
        assert (bits(node.data), [bits(d) for d in node.partials or ()]) == (bits(out), [bits(slope)]), x


def test_a_row_of_ones_own_is_straightened_too() -> None:
    softsign = define_primitive(
        "softsign_straight",
        lambda m, u: m.div(u, 1.0 + m.abs(u)),
        lambda m, out, u: (m.where(u > 6.0, -0.0, m.div(1.0, m.square(1.0 + m.abs(u)))),),
    )
    try:
        for x in (3.0, -0.5, 7.0):
            node = softsign(Value(x))
            assert (node.data, node.partials) == (x / (1 + abs(x)), (0.0 if x == 7.0 else (1 / (1 + abs(x))) ** 2,))
    finally:
        del TABLE["softsign_straight"]


def test_the_source_of_a_node_is_the_users_line() -> None:
    x = Value(0.5)
    with record_sources():
        y = x.tanh()
    assert y.source is not None
    assert (y.source.file, y.source.text) == (__file__, "x.tanh()")

"""The promise about rounding.

An operation differs by at most four units in the last place on the same operands, and a gathered sum of n terms by n * u * (the
sum of their absolute values), which is the same program run on absolute values. There is never a promise of a relative error of
a result, which has no bound where terms cancel.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rounding import UNARY, inside, units
from tapes import evaluated

from autograd.operators import apply
from autograd.primitives.readers import FLOAT
from autograd.primitives.table import Primitive, lookup
from autograd.replay.arrays.reader import ArrayProgram, prepared
from autograd.replay.passes.batch import batched
from autograd.replay.tape import Draft, Tape

POINTS = [sign * x for x in (1e-300, 1e-9, 0.013, 0.3, 0.77, 1.0, 1.9, 5.3, 18.7, 40.0, 300.0, 1e5) for sign in (1.0, -1.0)]


@pytest.mark.parametrize("row", UNARY, ids=lambda row: row.name)
def test_an_operation_differs_by_four_units_in_the_last_place(row: Primitive) -> None:
    points = [u for u in POINTS if inside(row, u)]
    assert points
    tape = Tape.parse(f"in 1\nv1 = {row.name} v0\nout v1")
    program = ArrayProgram(batched(tape, ["sample"], summed=False), by_sample=True)
    values, _, slopes = program.value_and_grad([], np.array(points)[:, None])
    for u, value, slope in zip(points, values.tolist(), slopes[:, 0].tolist(), strict=True):
        wanted = row.value(FLOAT, u)
        (of_slope,) = row.partials(FLOAT, wanted, u)
        assert units(value, wanted) <= 4.0, (u, value, wanted)
        assert units(slope, of_slope) <= 8.0, (u, slope, of_slope)


def test_fast_slopes_are_right_to_units_of_one() -> None:
    tape = Tape.parse("in 1\nv1 = tanh v0\nout v1")
    slow, fast = (ArrayProgram(tape, fast=fast) for fast in (False, True))
    for u in (0.1, 0.9, 3.0, 12.0, 25.0):
        wanted, slope = slow.value_and_grad([u])[1][0], fast.value_and_grad([u])[1][0]
        assert abs(slope - wanted) <= 4 * 2.0**-53
    assert slope == 0.0 < wanted


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.integers(0, 2**32), st.integers(3, 200), st.sampled_from(["sum", "dot", "plain", "mean"]), st.integers(1, 40))
def test_a_gathered_sum_differs_by_its_terms_in_absolute_value(seed: int, n: int, kind: str, members: int) -> None:
    rng = np.random.default_rng(seed)
    draft = Draft(n + (n + 1) * members)
    rows = [list(range(n + i * (n + 1), n + (i + 1) * (n + 1))) for i in range(members)]
    totals = []
    for row in rows:
        if kind == "dot":
            totals.append(draft.node("dot", [*row[:-1], *range(n), row[-1]]))
        elif kind == "plain":
            z = row[-1]
            for j in range(n):
                z = draft.node("add", [z, draft.node("mul", [row[j], j])])
            totals.append(z)
        else:
            totals.append(draft.node(kind, row))
    tape = draft.tape([draft.node("sum", totals)])
    x = rng.normal(size=tape.inputs) * 10.0 ** rng.integers(-6, 6, size=tape.inputs)

    def run(numbers: list[float]) -> float:
        return float(evaluated(tape, numbers, lambda name, *us: apply(lookup(name), us))[-1])

    terms = (n + 1) * members
    assert abs(ArrayProgram(tape).value(x) - run(x.tolist())) <= terms * 2.0**-53 * run(np.abs(x).tolist())


def test_the_order_of_sums_depends_on_the_number_of_lanes_alone() -> None:
    tape = Tape.parse("in 2\nv2 = mul v0 v1\nout v2")
    program = batched(prepared(tape), ["uniform", "sample"])
    X = np.random.default_rng(0).normal(size=(70_000, 1))
    first = ArrayProgram(program).value([1.1], X)
    assert first == ArrayProgram(program).value([1.1], X)
    blocks = [(70_000 * i // 2, 70_000 * (i + 1) // 2) for i in range(2)]
    assert first == sum([np.add.reduce(1.1 * X[a:b, 0]) for a, b in blocks], 0.0)

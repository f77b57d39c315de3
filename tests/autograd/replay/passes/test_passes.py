"""Each pass says in the tapes' own text what it makes of a tape; and whatever it makes has the same results."""

import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from naive import Program, random_program
from tapes import evaluated, tape_of_terms

from autograd import Value
from autograd.operators import apply
from autograd.primitives.table import lookup
from autograd.replay.passes.cse import cse
from autograd.replay.passes.dead import dead
from autograd.replay.passes.dots import dots
from autograd.replay.passes.fold import fold
from autograd.replay.passes.sums import sums
from autograd.replay.tape import Tape

graphs = settings(derandomize=True, deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def tape(text: str) -> Tape:
    """A tape, its lines apart by semicolons."""
    return Tape.parse(text.replace("; ", "\n"))


def test_dead_code_goes_whole_chains_of_it() -> None:
    before = "in 2; v2 = exp v0; v3 = mul v2 v2; v4 = log v3; v5 = tanh v1; v6 = exp v5; out v5"
    assert dead(tape(before)) == tape("in 2; v2 = tanh v1; out v2")


def test_what_a_guard_looks_at_is_not_dead() -> None:
    before = "in 1; v1 = exp v0; v2 = tanh v0; v3 = mul v2 v2; guard v1 > 2.0 true; out v2"
    assert dead(tape(before)) == tape("in 1; v1 = exp v0; v2 = tanh v0; guard v1 > 2.0 true; out v2")


def test_guards_keep_their_place() -> None:
    after = dead(tape("in 1; v1 = exp v0; v2 = tanh v0; guard v2 < 1.0 true; v3 = sin v2; out v3"))
    assert after == tape("in 1; v1 = tanh v0; guard v1 < 1.0 true; v2 = sin v1; out v2")
    assert after.guards[0].after == 2


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("v1 = mul v0 1.0", "v0"),
        ("v1 = mul 1.0 v0", "v0"),
        ("v1 = div v0 1.0", "v0"),
        ("v1 = sub v0 0.0", "v0"),
        ("v1 = add v0 -0.0", "v0"),
        ("v1 = pow v0 1.0", "v0"),
        ("v1 = exp 0.0; v2 = add v1 v0", "v1 = add 1.0 v0; v1"),
        ("v1 = div v0 -4.0", "v1 = mul v0 -0.25; v1"),
        ("v1 = exp 0.0; v2 = sub v1 1.0; v3 = log v2; v4 = mul v3 v0", "v1 = mul -inf v0; v1"),
        # not exact in IEEE 754: these stay
        ("v1 = mul v0 0.0", None),
        ("v1 = add v0 0.0", None),
        ("v1 = sub v0 -0.0", None),
        ("v1 = sub v0 v0", None),
        ("v1 = div v0 v0", None),
        ("v1 = div v0 3.0", None),
        ("v1 = div 1.0 v0", None),
        ("v1 = div v0 0.0", None),
        ("v1 = pow v0 2.0", None),
        ("v1 = neg v0; v2 = neg v1", None),
    ],
)
def test_folding_is_exact(before: str, after: str | None) -> None:
    count = before.count("=")
    whole = tape(f"in 1; {before}; out v{count}")
    if after is None:
        assert fold(whole) == whole
    else:
        *lines, result = after.split("; ")
        folded = fold(whole)
        assert folded == tape("; ".join(["in 1", *lines, f"out {result}"]))
        for x in (0.0, -0.0, 3.5, -math.inf, math.nan):
            old, new = (evaluated(t, [x], lambda name, *us: apply(lookup(name), us)) for t in (whole, folded))
            assert repr(old[whole.outputs[0]]) == repr(new[folded.outputs[0]])


def test_a_folded_constant_may_be_the_result() -> None:
    assert fold(tape("in 0; v0 = exp 0.0; v1 = add v0 1.0; out v1")) == tape("in 0; out 2.0")


def test_common_subexpressions_by_the_bits_of_their_constants() -> None:
    before = "in 1; v1 = add v0 0.0; v2 = add v0 -0.0; v3 = add v0 0.0; v4 = mul v1 v3; v5 = mul v4 v2; out v5"
    assert cse(tape(before)) == tape("in 1; v1 = add v0 0.0; v2 = add v0 -0.0; v3 = mul v1 v1; v4 = mul v3 v2; out v4")


def test_a_chain_of_additions_is_a_sum_in_their_order() -> None:
    before = "in 4; v4 = add v0 v1; v5 = add v4 2.5; v6 = add v2 v5; v7 = add v6 v3; out v7"
    assert sums(tape(before)) == tape("in 4; v4 = sum v0 v1 2.5 v2 v3; out v4")


def test_a_tape_may_have_more_constants_than_nodes() -> None:
    lines = [f"v{i} = add v{i - 1} {i}.5" for i in range(1, 9)] + ["v9 = sum v8 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0"]
    before = tape("; ".join(["in 1", *lines, "v10 = add v9 9.25", "out v10"]))
    first, second = "v1 = sum v0 1.5 2.5 3.5 4.5 5.5 6.5 7.5 8.5", "v2 = sum v1 1.0 2.0 3.0 4.0 5.0 6.0 7.0 8.0"
    assert sums(before) == tape(f"in 1; {first}; {second}; v3 = add v2 9.25; out v3")


def test_an_addition_that_something_else_uses_ends_a_chain() -> None:
    before = "in 3; v3 = add v0 v1; v4 = add v3 v2; v5 = add v4 v0; v6 = mul v4 v5; out v6"
    assert sums(tape(before)) == tape("in 3; v3 = sum v0 v1 v2; v4 = add v3 v0; v5 = mul v3 v4; out v5")


def test_the_zero_that_sum_begins_with_is_left_out() -> None:
    before = "in 3; v3 = add 0.0 v0; v4 = add v3 v1; v5 = add v4 v2; out v5"
    assert sums(tape(before)) == tape("in 3; v3 = sum v0 v1 v2; out v3")


@pytest.mark.parametrize("start", ["", "0.0"])
def test_the_lowest_term_of_a_chain_stays_whole_if_the_others_do(start: str) -> None:
    terms, lines, n = [], ["in 4"], 4
    for i in range(4):
        lines += [f"v{n} = exp v{i}", f"v{n + 1} = add v{n} v{i}", f"v{n + 2} = add v{n + 1} 1.0"]
        terms.append(f"v{n + 2}")
        n += 3
    total = start
    for term in terms:
        if total:
            lines.append(f"v{n} = add {total} {term}")
            total, n = f"v{n}", n + 1
        else:
            total = term
    after = str(sums(tape("; ".join([*lines, f"out {total}"]))))
    assert [line.split(" = ")[1] for line in after.splitlines() if "sum" in line] == [
        "sum v4 v0 1.0", "sum v6 v1 1.0", "sum v8 v2 1.0", "sum v10 v3 1.0", "sum v5 v7 v9 v11",
    ]  # fmt: skip


def test_a_sum_of_products_is_a_dot() -> None:
    before = "in 4; v4 = mul v0 v2; v5 = mul v1 v3; v6 = mul v0 v0; v7 = sum v2 v4 v5 v6; out v7"
    assert dots(tape(before)) == tape("in 4; v4 = dot v0 v1 v0 v2 v3 v0 v2; out v4")


def test_a_product_that_something_else_uses_is_no_part_of_a_dot() -> None:
    before = "in 2; v2 = mul v0 v1; v3 = mul v0 v0; v4 = mul v1 v1; v5 = sum v2 v3 v4; v6 = mul v2 v5; out v6"
    assert dots(tape(before)) == tape("in 2; v2 = mul v0 v1; v3 = dot v0 v1 v0 v1 v2; v4 = mul v2 v3; out v4")


def test_a_sum_with_two_other_operands_is_no_dot() -> None:
    before = tape("in 2; v2 = mul v0 v1; v3 = mul v0 v0; v4 = sum v2 v3 v0 v1; out v4")
    assert dots(before) == before


@pytest.mark.parametrize("one", [dead, fold, cse, sums, dots])
@graphs
@given(program=random_program(), lanes=st.integers(1, 4))
def test_a_pass_keeps_the_results(one: object, program: Program, lanes: int) -> None:
    before = tape_of_terms(program, lanes, own=True)
    after = one(before)  # type: ignore[operator]
    results = []
    for each in (before, after):
        inputs = [Value(x) for x in program.leaves * lanes]
        nodes = evaluated(each, inputs, lambda name, *us: apply(lookup(name), us))
        output = each.outputs[0]
        results.append(getattr(nodes[output] if output >= 0 else each.constants[-1 - output], "data", nodes[output]))
    exact = one in (dead, fold, cse)
    assert results[1] == (results[0] if exact else pytest.approx(results[0], rel=1e-13, abs=1e-13))

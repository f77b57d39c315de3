"""Variants that differ in operands or constants become one tape with a pick."""

import pytest
from tapes import evaluated

from autograd import ArgumentError
from autograd.operators import apply
from autograd.primitives.table import lookup
from autograd.replay.arrays.reader import ArrayProgram
from autograd.replay.passes.merged import merged
from autograd.replay.tape import Tape


def value(tape: Tape, inputs: list[float]) -> float:
    """The result, by the engine's own formulas."""
    nodes = evaluated(tape, inputs, lambda name, *us: apply(lookup(name), us))
    return float(nodes[tape.outputs[0]]) if tape.outputs[0] >= 0 else tape.constants[-1 - tape.outputs[0]]


COST = "in 3; v3 = exp v0; v4 = exp v1; v5 = exp v2; v6 = logsumexp v3 v4 v5; v7 = sub v6 {}; out v7"
FIRST = {  # the engine's order begins with the operand that is subtracted from: another one in each variant
    0: "in 3; v3 = exp v0; v4 = exp v1; v5 = exp v2; v6 = logsumexp v3 v4 v5; v7 = sub v3 v6; out v7",
    1: "in 3; v3 = exp v1; v4 = exp v0; v5 = exp v2; v6 = logsumexp v4 v3 v5; v7 = sub v3 v6; out v7",
    2: "in 3; v3 = exp v2; v4 = exp v0; v5 = exp v1; v6 = logsumexp v4 v5 v3; v7 = sub v3 v6; out v7",
}


def parsed(texts: list[str]) -> list[Tape]:
    return [Tape.parse(text.replace("; ", "\n")) for text in texts]


@pytest.mark.parametrize(
    ("texts", "picks"),
    [
        ([COST.format(f"v{k}") for k in (3, 4, 5)], 1),
        ([COST.format(o) for o in ("v3", "0.5", "v0")], 1),
        (list(FIRST.values()), 1),
        (["in 1; v1 = mul v0 2.0; v2 = add v1 2.0; out v2", "in 1; v1 = mul v0 3.0; v2 = add v1 3.0; out v2"], 1),
        (["in 2; v2 = exp v0; out v2", "in 2; v2 = exp v0; out v1", "in 2; v2 = exp v0; out -0.0"], 1),
    ],
)
def test_the_merged_tape_gives_what_each_variant_gives(texts: list[str], picks: int) -> None:
    variants = parsed(texts)
    one = merged(variants)
    assert [one.name(i) for i in range(one.inputs, len(one))].count("pick") == picks
    inputs = [0.25, -0.5, 1.5][: variants[0].inputs]
    for number, variant in enumerate(variants):
        assert repr(value(one, [*inputs, float(number)])) == repr(value(variant, inputs))
        assert ArrayProgram(one).value([*inputs, float(number)]) == pytest.approx(value(variant, inputs), rel=1e-15)


def test_the_gradient_goes_to_what_was_picked() -> None:
    program = ArrayProgram(merged(parsed([COST.format(f"v{k}") for k in (3, 4, 5)])))
    plain = [ArrayProgram(tape) for tape in parsed([COST.format(f"v{k}") for k in (3, 4, 5)])]
    for number, variant in enumerate(plain):
        _, slopes = program.value_and_grad([0.25, -0.5, 1.5, number])
        assert slopes[:3] == pytest.approx(variant.value_and_grad([0.25, -0.5, 1.5])[1], rel=1e-15)
        assert slopes[3] == 0.0


def test_guards_are_merged_like_operands() -> None:
    one = merged(parsed([f"in 2; v2 = exp v0; guard v2 > {k}.0 true; out v{k}" for k in (0, 1)]))
    assert "guard v3 > v4 true" in str(one)


@pytest.mark.parametrize(
    "other", ["in 1; v1 = tanh v0; out v1", "in 2; v2 = exp v0; out v2", "in 1; v1 = exp v0; v2 = exp v1; out v2",
              "in 1; v1 = exp v0; guard v1 > 0.0 true; out v1"],
)  # fmt: skip
def test_variants_with_other_operations_are_refused(other: str) -> None:
    with pytest.raises(ArgumentError, match="variant 1 has other operations than variant 0"):
        merged(parsed(["in 1; v1 = exp v0; out v1", other]))

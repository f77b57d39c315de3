"""The columns of a tape, and the text that reads back."""

import math
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import ArgumentError
from autograd.replay.tape import INPUT, Draft, Tape

TEXT = """\
in 3
v3 = mul v0 v1
v4 = add v3 2.0
guard v4 > 0.0 true
v5 = tanh v4
v6 = dot v0 v1 v2 v3 0.5
guard v5 is v6 false
out v5 -0.0
"""


def test_a_text_reads_back_to_the_same_text() -> None:
    tape = Tape.parse(TEXT)
    assert f"{tape}\n" == TEXT
    assert Tape.parse(str(tape)) == tape


def test_the_columns_hold_what_the_text_says() -> None:
    tape = Tape.parse(TEXT)
    assert len(tape) == 7
    assert list(tape.op[:3]) == [INPUT] * 3
    assert [tape.name(i) for i in range(7)] == ["", "", "", "mul", "add", "tanh", "dot"]
    assert tape.operands_of(4) == (3, 2.0)
    assert tape.operands_of(6) == (0, 1, 2, 3, 0.5)
    assert tape.operands_of(1) == ()
    assert [tape.operand(o) for o in tape.outputs] == [5, -0.0]
    first, last = tape.guards
    assert (first.relation, first.left, tape.operand(first.right), first.outcome, first.after) == (">", 4, 0.0, True, 5)
    assert last.after == 7


def test_comments_and_empty_lines_are_passed_over() -> None:
    assert Tape.parse("in 1 # x\n\nv1 = exp v0   # e^x\nout v1\n") == Tape.parse("in 1\nv1 = exp v0\nout v1")


def test_tapes_that_differ_are_not_equal() -> None:
    tape = Tape.parse(TEXT)
    for old, new in (("2.0", "2.5"), ("true", "false"), ("-0.0", "0.0"), ("tanh", "sin"), ("v5 -0.0", "v6 -0.0")):
        assert Tape.parse(TEXT.replace(old, new)) != tape


@given(st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1))
def test_every_number_keeps_its_bits(numbers: list[float]) -> None:
    numbers += [-0.0, 5e-324, math.inf, -math.inf, math.nan, math.copysign(math.nan, -1.0)]
    draft = Draft(0)
    made = [draft.node("exp", [x]) for x in numbers]
    tape = Tape.parse(str(draft.tape(made)))
    for i, x in zip(made, numbers, strict=True):
        (y,) = tape.operands_of(i)
        assert isinstance(y, float)
        assert repr(y) == repr(x)
        assert math.copysign(1.0, y) == math.copysign(1.0, x)


def test_a_tape_of_inputs_only_and_one_without_any() -> None:
    assert str(Tape.parse("in 2\nout v1\n")) == "in 2\nout v1"
    assert str(Tape.parse("in 0\nout\n")) == "in 0\nout"


def test_a_pickle_holds_the_tape() -> None:
    tape = Tape.parse(TEXT)
    assert pickle.loads(pickle.dumps(tape)) == tape


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "begins with its inputs"),
        ("in 1\nv1 = exp v0", "ends with its outputs"),
        ("v1 = exp v0\nout v1", "begins with 'in'"),
        ("in 1\nv2 = exp v0\nout v0", "v1 = mul v0 2.0"),
        ("in 1\nv1 = exp v1\nout v0", "no v1 yet"),
        ("in 1\nv1 = exp x\nout v0", "line 2"),
        ("in 1\nguard v0 ~ 0.0 true\nout v0", "a guard is written"),
        ("in 1\nguard v0 > 0.0\nout v0", "5 words"),
        ("in 1\nout v0\nv1 = exp v0", "nothing follows"),
        ("in -1\nout", "line 1"),
    ],
)
def test_a_line_that_is_none_of_a_tape_is_named(text: str, complaint: str) -> None:
    with pytest.raises(ArgumentError, match=complaint):
        Tape.parse(text)

"""Sections that can wait on the way forward: where what follows is linear, and cheaper."""

import pytest

from autograd.replay.passes.late import late
from autograd.replay.passes.rolled import parse_rolled

WIDE = """
    lanes 9
        v0 = slot 0
        v1 = exp v0
        v2 = mul v1 v0
        sum v2 -> 2
        sum v1 -> 3
"""


def found(rest: str, first: str = WIDE) -> tuple[set[int], set[int]]:
    lines = f"pool 8 of which inputs 2\n{first}\n{rest}\nout 7".splitlines()
    return late(parse_rolled("\n".join([line for line in lines if line.strip()])))


@pytest.mark.parametrize(
    "operation",
    ["mul v0 0.5", "mul -2.0 v0", "div v0 9.0", "add v0 v1", "sub v1 v0", "neg v0", "sum v0 v1 v0", "mean v0 v1", "mul 0.5 v0"],
)
def test_what_follows_linearly_lets_a_section_wait(operation: str) -> None:
    assert found(f"lanes 1\n v0 = slot 2\n v1 = slot 1\n v2 = {operation}\n each v2 -> 7") == ({0}, {1})


@pytest.mark.parametrize(
    "operation", ["mul v0 v1", "mul v0 v0", "div v1 v0", "div 1.0 v0", "exp v0", "dot v0 v1 1.0", "maximum v0 v1", "abs v0"]
)
def test_what_follows_otherwise_needs_its_numbers(operation: str) -> None:
    assert found(f"lanes 1\n v0 = slot 2\n v1 = slot 1\n v2 = {operation}\n each v2 -> 7") == (set(), set())


def test_the_way_is_followed_over_several_sections() -> None:
    middle = "lanes 1\n v0 = slot 2\n v1 = mul v0 0.5\n each v1 -> 4\n"
    linear = "lanes 1\n v0 = slot 4\n v1 = slot 1\n v2 = sub v0 v1\n each v2 -> 7"
    bent = "lanes 1\n v0 = slot 4\n v1 = slot 1\n v2 = mul v0 v1\n each v2 -> 7"
    assert found(middle + linear) == ({0}, {1, 2})
    assert found(middle + bent) == (set(), set())


def test_a_section_that_is_less_work_than_what_follows_does_not_wait() -> None:
    few = "lanes 1\n v0 = slot 0\n v1 = exp v0\n each v1 -> 2"
    many = "lanes 9\n v0 = slot 2\n v1 = slot 1\n v2 = mul v0 0.5\n v3 = exp v1\n v4 = sub v2 v3\n sum v4 -> 7"
    assert found(many, few) == (set(), set())

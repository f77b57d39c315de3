"""Conditions of `where` in recordings: comparisons that nothing else has the answer of are data, all others are decisions."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

import autograd as ag
from autograd import compile, exp, value_and_grad, where

Function = Callable[..., Any]
CHOICES: dict[str, Function] = {
    "above": lambda x: where(x[0] > 0, x[0], 0.0) * x[1],
    "not below": lambda x: where((x[0] >= x[1]), x[0] * x[1], -x[1]),
    "not above": lambda x: ag.where(x[0] <= 0.5, exp(x[0]), x[1] ** 2),
    "below, from the right": lambda x: where(x[0] < 0.2, x[0] * 3.0, x[1]),
    "equal": lambda x: where(x[0] == 1.0, x[0] * 3.0, x[1]),
    "other": lambda x: where(x[0] != 1.0, x[0] * 3.0, x[1]),
    "nested": lambda x: where(x[0] > 0, where(x[1] > 0.3, x[0], x[1] ** 2), where(x[1] < -0.3, x[0] * 2.0, x[1] * x[0])),
    "in a loop": lambda x: sum(where(u > 0.1, u * u, -u) for u in x),
    "a number": lambda x: where(x[0], x[0] * 2.0, x[1]),
    "over lines": lambda x: where(
        x[0] > 0,  # so
        x[0],
        x[1],
    ),
}
DECISIONS: dict[str, Function] = {
    "two comparisons": lambda x: where(-0.5 < x[0] < 0.5, x[0], x[1]),
    "both": lambda x: where(x[0] > 0 and x[1] > 0, x[0], x[1]),
    "the opposite": lambda x: where(not x[0] > 0, x[0], x[1]),
    "given a name": lambda x: (lambda c: where(c, x[0] * 2.0, x[1]))(x[0] > 0),
    "the same words elsewhere": lambda x: where(x[0] > 0, x[1] * 2.0 if x[0] > 0 else x[1], x[0]),
}
ANY = [1.0, 0.0, -0.0, math.inf, -math.inf, math.nan, 5e-324]


@pytest.mark.parametrize("name", [*CHOICES, *DECISIONS])
def test_a_condition_of_where_is_no_decision_if_it_is_a_comparison(name: str) -> None:
    f, r = (CHOICES | DECISIONS)[name], random.Random(name)
    program, wild, eager = compile(f), compile(f), value_and_grad(f)
    for _ in range(150):
        x = [r.uniform(-1, 1) for _ in range(2)]
        assert program.value_and_grad(x) == eager(x)
        x = [r.choice(ANY) if r.random() < 0.5 else u for u in x]
        (value, slopes), (v, of) = wild.value_and_grad(x), eager(x)
        assert [u.hex() for u in (value, *slopes)] == [u.hex() for u in (v, *of)], x  # the signs of zeros, too
    (case,) = program._cases.values()
    if hasattr(f.__code__, "co_positions") and next(iter(f.__code__.co_positions()))[2] is not None:
        assert (len(case.variants) == 1) is (name in CHOICES)
    assert case.eager == 0
    points = [[r.uniform(-1, 1), r.uniform(-1, 1)] for _ in range(50)]
    assert compile(f, bits="exact").batch(points, gradients="each") == tuple(map(list, zip(*map(eager, points), strict=True)))

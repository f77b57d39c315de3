"""Columns that compiled nodes write themselves are those of the loop in Python."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import pytest

import autograd
from autograd import Value
from autograd.replay import arrangement

OUTSIDE = Value(0.25, label="w")


def mixed(x: Sequence[Any]) -> Any:
    """Sums and products with constants on either side, a weight from outside, constants made of constants."""
    two = Value(2.0)
    total = autograd.dot(x, [1.0, *x[1:]], 0.5) + two * 3.0 + OUTSIDE * x[0]
    for i, u in enumerate(x):
        total = total + (u * 1.5 - i) / (2.0 + u * u) + autograd.maximum(u, 0.3, x[0]) + autograd.logsumexp([u, 1.0, two])
    return total * autograd.sum([*x, 1.0, two])


def detached(x: Sequence[Any]) -> Any:
    """Numbers that take part without a gradient, of which some are used again."""
    top = autograd.maximum(*x).detach()
    shifted = [(u - top).exp() for u in x]
    return sum(shifted) * top + (x[0] * x[1]).detach() * x[2] + top * top


def decided(x: Sequence[Any]) -> Any:
    """Decisions on numbers of the result, and on others."""
    y = x[0] * x[1]
    return y * 2.0 if y + 1.0 > x[2] * 0.5 else y - autograd.exp(x[2])


@pytest.mark.parametrize("f", [mixed, detached, decided])
def test_columns_are_those_of_the_loop(f: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(3)
    for _ in range(5):
        x = [draw.uniform(-2.0, 2.0) for _ in range(4)]
        quick = autograd.compile(f, x)
        with monkeypatch.context() as m:
            m.setattr(arrangement, "_columns", lambda *_: None)
            slow = autograd.compile(f, x)
        assert quick.tape == slow.tape
        assert str(quick.tape) == str(slow.tape)
        assert quick.value_and_grad(x) == autograd.value_and_grad(f)(x)

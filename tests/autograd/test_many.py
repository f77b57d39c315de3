"""Functions of many nodes at once do what a loop over the nodes does."""

import array
from collections.abc import Callable
from typing import Any

import pytest

from autograd import OperandError, StaleDataWarning, Value, many, no_grad
from autograd.observers import observing


class Own(Value):
    """A class of a user's own."""

    def zero_grad(self) -> None:
        self.zeroed = True
        super().zero_grad()


def nodes(kind: Callable[[float], Any] = Value) -> list[Any]:
    """Leaves that a pass has reached or not, one of them with a label, one frozen; an interior node; one without a graph."""
    a, b, c, d = (kind(float(i)) for i in range(1, 5))
    y = a * b + c
    y.backward()
    b.label, c.frozen = "b", True
    with no_grad():
        bare = a * 2.0
    return [a, b, c, d, y, bare]


@pytest.mark.parametrize("kind", [Value, Own])
def test_lists_are_what_a_loop_finds(kind: Any) -> None:
    vs = nodes(kind)
    assert many.numbers(vs) == [v.data for v in vs] == [1.0, 2.0, 3.0, 4.0, 5.0, 2.0]
    assert many.gradients(vs, unless="frozen") == [2.0, 1.0, None, None, 1.0, None]
    assert many.gradients(vs, unless="none has it") == [2.0, 1.0, 1.0, None, 1.0, None]
    many.assign(vs[:4], [7, None, 9.5, 0.0])
    assert [v.data for v in vs[:4]] == [7.0, 2.0, 9.5, 0.0]
    many.zero(vs)
    assert [v.has_grad for v in vs] == [False] * 6
    assert [getattr(v, "zeroed", False) for v in vs[:4]] == [kind is Own] * 4
    with pytest.raises(OperandError, match="the data of a node is a plain number"):
        many.assign(vs[:2], [vs[0] * 1.0, 2.0])


@pytest.mark.parametrize("kind", [Value, Own])
def test_a_step_of_descent_moves_what_has_a_gradient(kind: Any) -> None:
    vs = nodes(kind)
    assert many.descend(vs, 0.1, unless="frozen") == [2, 3, 5]
    assert [v.data for v in vs] == [1.0 - 0.1 * 2.0, 2.0 - 0.1 * 1.0, 3.0, 4.0, 5.0 - 0.1 * 1.0, 2.0]
    with pytest.warns(StaleDataWarning):
        vs[4].backward()
    assert many.descend(vs[:4], 0.1, unless="none has it") == [3]
    assert many.descend([], 0.1, unless="frozen") == []


@pytest.mark.parametrize("kind", [Value, Own])
def test_arrays_take_numbers_and_give_gradients(kind: Any) -> None:
    vs, twins = nodes(kind), nodes(kind)
    taken = array.array("d", [0.0] * 6)
    many.fill(taken, vs)
    assert taken.tolist() == [v.data for v in vs]
    terms = array.array("d", [0.5, -1.0, 0.0, 2.0, 1e-9, 3.0])
    many.contribute(vs, terms)
    for v, twin, term in zip(vs, twins, terms, strict=True):
        assert (v.grad, v.has_grad) == (twin.grad + term, True)


def test_arrays_of_another_length_are_refused_and_leave_everything_as_it_was() -> None:
    vs = nodes()
    before = [v.grad for v in vs]
    with pytest.raises((ValueError, IndexError)):
        many.contribute(vs, array.array("d", [1.0] * 5))
    with pytest.raises((ValueError, IndexError)):
        many.fill(array.array("d", [0.0] * 5), vs)
    assert [v.grad for v in vs] == before


def test_a_node_that_was_computed_gets_its_number_as_data_gives_it() -> None:
    vs = nodes()
    many.assign(vs, [0.0] * 6)
    with pytest.warns(StaleDataWarning, match="was 5.0 in the forward pass"):
        vs[4].backward()


def test_observers_are_told_of_each_node() -> None:
    vs, told = nodes(), list[Any]()
    with observing(
        assigned=lambda node, old: told.append((node.label, old)),
        zeroed=lambda node: told.append(node.label),
        read=lambda node: told.append(f"read {node.label}"),
    ):
        many.numbers(vs[1:2])
        many.assign(vs[1:3], [5.0, None])
        many.zero(vs[1:2])
    assert told == ["read b", ("b", 2.0), "b"]


def test_a_walk_over_prev_hears_of_it() -> None:
    x = Value(3.0)
    y = x * x
    for child in y._prev:
        child.grad = 2.0
    many.zero([x])
    assert (x.grad, x.has_grad) == (0.0, False)

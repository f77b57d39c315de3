"""An operation that a framework has done, on its way to scalars: the parts that are the same for every framework."""

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from .blocks import CONSTANT, Block, Bools, Floats, Ints
from .naming import assigned, elements
from .unused import with_unused

Row = tuple[Ints, Floats, Floats, Bools]  # of one result: ids, numbers, local derivatives, selected zeros


# An operation is a `Call` of pytorch/calls.py or jax/calls.py. Read here are its `name` ('' for a leaf), the `data` that it
# gave, the id of the `first` element, its `operands` with the `ids` of their elements or None, its `place`, and the `label`.


def ids_of(operation: Any) -> slice:
    """The ids of what it gave."""
    return slice(operation.first, operation.first + math.prod(operation.data.shape))


def named(
    operations: Sequence[Any], together: Callable[[Any, Any], bool] = lambda one, following: one.place == following.place
) -> Iterator[Any]:
    """The operations; the last one of a statement such as `scores = q @ k.T` is called as the variable.

    Args:
        together: tells for two that follow each other that they belong to one execution of a statement.
    """
    for one, following in itertools.zip_longest(operations, operations[1:]):
        name = "" if one.label or (following and together(one, following)) else assigned(one.place)
        yield one._replace(label=elements(name, one.data.shape)) if name else one


def needed(operations: Sequence[Any], count: int, root: int) -> list[Any]:
    """The leaves, and the operations whose arrays a root depends on.

    Args:
        count: the number of all scalars.
    """
    reached = np.zeros(count + 1, bool)  # the last is for plain numbers, whose id is -1
    reached[root] = True
    found = []
    for one in reversed(operations):
        if not one.name or reached[ids_of(one)].any():
            found.append(one)
            for operand in one.operands:
                if operand.ids is not None:
                    reached[np.asarray(operand.ids).reshape(-1)] = True
            reached[-1] = False
    return found[::-1]


def blocks_below(operations: Sequence[Any], count: int, root: int, blocks_of: Callable[[Any], list[Block]]) -> list[Block]:
    """The blocks of the operations that a root depends on.

    Args:
        count: the number of all scalars.
        blocks_of: gives the blocks of an operation.
    """
    reached = np.zeros(count, bool)
    reached[root] = True
    arrays: list[list[Block]] = []
    for one in reversed(operations):
        if one.name and not reached[ids_of(one)].any():
            continue
        arrays.append(blocks_of(one))
        for block in arrays[-1]:
            parents = block.operands[reached[block.ids]]
            reached[parents[parents >= 0]] = True
    return with_unused(arrays[::-1], reached)


def weighted(weights: tuple[Ints, Floats], factors: tuple[Ints, Floats], shift: tuple[Ints, Floats] | None = None) -> Row:
    """Sums of products in the order of the row `dot`: the derivative by each factor is the other one.

    Args:
        weights, factors: for each result a row of ids, and one of numbers.
        shift: the same of one column, which is added; 0 by default.
    """
    n = len(weights[0])
    ids, numbers = shift or (np.full((n, 1), CONSTANT), np.zeros((n, 1)))
    (of_w, w), (of_x, x) = weights, factors
    local = np.concatenate([x, w, np.ones((n, 1))], 1)
    return np.concatenate([of_w, of_x, ids], 1), np.concatenate([w, x, numbers], 1), local, np.zeros(local.shape, bool)


def related(ids: Ints, numbers: Floats, local: Floats, selected: Bools) -> Row:
    """A result's row without the elements that it does not depend on: a selected zero, which nan does not get through.

    A result that depends on nothing keeps all of its operands.
    """
    there = ~(selected & (local == 0.0)) & (ids >= 0)
    there = there if there.any() else ids >= 0
    return ids[there], numbers[there], local[there], selected[there]


def ragged(rows: Sequence[Row]) -> Iterator[tuple[slice, list[Any]]]:
    """Rows of different lengths, as stretches of equal ones that are as long as can be: their places, and their columns.

    Example:
        >>> row = np.array([0]), np.array([1.0]), np.array([2.0]), np.array([False])
        >>> two = tuple(np.append(column, column) for column in row)
        >>> [places for places, _ in ragged([row, row, two])]
        [slice(0, 2, None), slice(2, 3, None)]
    """
    begin = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or len(rows[end][0]) != len(rows[begin][0]):
            yield slice(begin, end), [np.stack(column) for column in zip(*rows[begin:end], strict=True)]
            begin = end

"""Scalars in bulk: the nodes of one tensor operation as arrays, and many of them as the columns of a recording.

A tensor operation makes thousands of scalars that differ in their numbers alone. So a front end says for each operation
what its scalars were computed from, as a matrix of ids, and the columns of the recording are joined from these matrices.
"""

import array
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from autograd.primitives.table import Primitive
from autograd.recording.columns import Nodes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

CONSTANT = -1  # in place of the id of an operand that is a plain number


class Block(NamedTuple):
    """The n scalars that one operation made, each from k operands; k is 0 for leaves.

    Attributes:
        made_by: the row of the table whose formula gives these numbers, else the framework's name; '' for leaves.
        ids: the ids of the scalars.
        data: their numbers, of shape (n,).
        operands: ids, `CONSTANT` for a plain number, of shape (n, k). Parents have lower ids than their children.
        numbers: the numbers of the constants, of the same shape.
        local: the local derivatives by the operands, of the same shape.
        selected: True where the framework selects 0 instead of multiplying by it: not even nan gets through.
        precision: the name of the framework's type of number, 'float32'.
        place: the place in the source (autograd/source.py).
        scope: the path of the modules.
        label: the name of scalar i, '' for none.
    """

    made_by: Primitive | str
    ids: Ints
    data: Floats
    operands: Ints
    numbers: Floats
    local: Floats
    selected: Bools
    precision: str = "float64"
    place: Any = None
    scope: str = ""
    label: Callable[[int], str] | None = None


def leaves(ids: Ints, data: Floats, precision: str, label: Callable[[int], str] | None = None) -> Block:
    """The block of scalars that were given."""
    none = np.empty((len(data), 0))
    return Block("", ids, data, none.astype(np.int64), none, none, none.astype(bool), precision, label=label)


class Numbered(NamedTuple):
    """The scalars that a root depends on, with the ids that a recording gives them: leaves first, the root last.

    Attributes:
        blocks: their blocks, leaves first, with the new ids, which are consecutive.
        number: the new id by the old one, -1 for a scalar that the root does not depend on.
    """

    blocks: list[Block]
    number: Ints

    def __len__(self) -> int:
        return int(self.number.max()) + 1


def numbered(blocks: Sequence[Block], root: int) -> Numbered:
    """The part of a graph that a root depends on, numbered anew.

    Args:
        blocks: all operations, in the order in which they were done.
        root: the id of the root.
    """
    size = 1 + max(int(block.ids.max(initial=0)) for block in blocks)
    reached = np.zeros(size, bool)
    reached[root] = True
    for block in reversed(blocks):
        parents = block.operands[reached[block.ids]]
        reached[parents[parents >= 0]] = True
    number = np.full(size, -1, np.int64)
    kept, n = [], 0
    for block in (*(b for b in blocks if not b.operands.shape[1]), *(b for b in blocks if b.operands.shape[1])):
        rows = np.flatnonzero(reached[block.ids])
        if len(rows):
            number[block.ids[rows]] = np.arange(n, n + len(rows))
            kept.append(_rows(block, rows, number))
            n += len(rows)
    return Numbered([b._replace(operands=np.where(b.operands >= 0, number[b.operands], CONSTANT)) for b in kept], number)


def _rows(block: Block, rows: Ints, number: Ints) -> Block:
    """Some of the scalars of a block, under new ids."""
    if len(rows) == len(block.data):
        return block._replace(ids=number[block.ids])
    label = block.label
    return block._replace(
        ids=number[block.ids[rows]],
        data=block.data[rows],
        operands=block.operands[rows],
        numbers=block.numbers[rows],
        local=block.local[rows],
        selected=block.selected[rows],
        label=label and (lambda i: label(int(rows[i]))),
    )


def nodes_of(graph: Numbered, gradients: Floats) -> Nodes:
    """The nodes of a recording.

    Args:
        gradients: the gradient of every node.
    """
    nodes = Nodes()
    nodes.grad = _column("d", gradients)
    constants = 0
    for block in graph.blocks:
        n, k = block.operands.shape
        nodes.data.extend(_column("d", block.data))
        nodes.made_by += [block.made_by] * n
        nodes.scope += [block.scope] * n
        nodes.place += [block.place] * n
        nodes.label += [block.label(i) for i in range(n)] if block.label else [""] * n
        flat = block.operands.reshape(-1)
        fixed = flat < 0
        codes = np.where(fixed, -constants - np.cumsum(fixed), flat)
        constants += int(fixed.sum())
        nodes.operands.extend(_column("q", codes))
        nodes.constants.extend(_column("d", block.numbers.reshape(-1)[fixed]))
        start = nodes.start[-1]
        nodes.start.extend(_column("q", np.arange(start + k, start + k * n + 1, k) if k else np.full(n, start)))
    return nodes


def _column(code: str, numbers: Any) -> "array.array[Any]":
    column = array.array(code)
    column.frombytes(np.ascontiguousarray(numbers, np.int64 if code == "q" else np.float64).tobytes())
    return column

"""The columns of a tape as NumPy arrays, in which the passes look at all nodes at once; and back.

`Tape` keeps its columns in arrays of the standard library. They are the same bytes here, without a copy; what a pass makes is
copied once, when it becomes a tape again.
"""

import array
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..tape import INPUT, Guard, Tape

Integers = NDArray[np.int64]
Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]


class Columns(NamedTuple):
    """A tape as arrays.

    Attributes:
        inputs: the number of inputs, which are the first nodes.
        names: the primitives that occur.
        op: per node the index of its primitive in `names`; `INPUT` for an input.
        start: the operands of node i are `operands[start[i]:start[i + 1]]`.
        operands: nodes, or -1 - k for `constants[k]`.
        constants: the numbers.
        outputs: nodes or constants that are results.
        guards: the decisions.
        place: per node its place in the source, if places were recorded.
    """

    inputs: int
    names: list[str]
    op: NDArray[np.uint16]
    start: Integers
    operands: Integers
    constants: Doubles
    outputs: Integers
    guards: tuple[Guard, ...]
    place: list[Any] | None

    @property
    def length(self) -> int:
        """The number of nodes."""
        return len(self.op)

    @property
    def arity(self) -> Integers:
        """Per node the number of its operands."""
        return np.diff(self.start)

    @property
    def user(self) -> Integers:
        """Per operand the node that it belongs to."""
        return np.repeat(np.arange(self.length), self.arity)

    def code(self, name: str) -> int:
        """The index of a primitive in `names`; -1 if it does not occur."""
        return self.names.index(name) if name in self.names else -1

    def roots(self) -> Integers:
        """The nodes that are wanted for themselves: results, and what guards look at."""
        wanted = [*self.outputs.tolist(), *(side for guard in self.guards for side in (guard.left, guard.right))]
        return np.array([root for root in wanted if root >= 0], dtype=np.int64)

    def uses(self) -> Integers:
        """Per node how often it is an operand or a root."""
        return np.bincount(self.operands[self.operands >= 0], minlength=self.length) + np.bincount(
            self.roots(), minlength=self.length
        )


def columns_of(tape: Tape) -> Columns:
    """The columns of a tape, without a copy."""
    return Columns(
        tape.inputs,
        list(tape.names),
        np.frombuffer(tape.op, dtype=np.uint16) if len(tape.op) else np.empty(0, dtype=np.uint16),
        np.frombuffer(tape.start, dtype=np.int64),
        np.frombuffer(tape.operands, dtype=np.int64) if len(tape.operands) else np.empty(0, dtype=np.int64),
        np.frombuffer(tape.constants, dtype=np.float64) if len(tape.constants) else np.empty(0),
        np.array(tape.outputs, dtype=np.int64),
        tape.guards,
        tape.place,
    )


def _array(code: str, numbers: NDArray[Any]) -> "array.array[Any]":
    column: array.array[Any] = array.array(code)
    column.frombytes(np.ascontiguousarray(numbers).tobytes())
    return column


def resolved(stands: Integers) -> Integers:
    """Follow replacements to their end: the node or constant that finally stands for each node."""
    while True:
        nodes = stands >= 0
        further = stands.copy()
        further[nodes] = stands[stands[nodes]]
        if np.array_equal(further, stands):
            return stands
        stands = further


def rebuilt(
    columns: Columns, keep: Flags, op: NDArray[Any], arity: Integers, operands: Integers, stands: Integers | None = None
) -> Columns:
    """Columns of the nodes that stay, numbered anew; constants that nobody uses any more are left out.

    Args:
        columns: what there was: its outputs, guards and places are carried over.
        keep: per old node, True if it stays.
        op: per node that stays, the index of its primitive in `columns.names`.
        arity: per node that stays, the number of operands.
        operands: their operands, as old nodes, or -1 - k for `columns.constants[k]`.
        stands: per old node what stands for it, itself as a rule; a node that does not stay has to be replaced or unused.
    """
    number = np.cumsum(keep) - 1
    if stands is None:
        stands = np.arange(columns.length)
    guards = [side for guard in columns.guards for side in (guard.left, guard.right)]
    references = np.concatenate([operands, columns.outputs, np.array(guards, dtype=np.int64)])
    nodes = references >= 0
    references[nodes] = stands[references[nodes]]
    nodes = references >= 0
    references[nodes] = number[references[nodes]]
    used, first, place = np.unique(-1 - references[~nodes], return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    references[~nodes] = -1 - rank[place]
    n, m = len(operands), len(operands) + len(columns.outputs)
    sides = references[m:].tolist()
    kept = np.concatenate([[0], np.cumsum(keep)])
    names, code = _occurring(columns.names, op[columns.inputs :])
    return Columns(
        columns.inputs,
        names,
        np.concatenate([np.full(columns.inputs, INPUT), code]).astype(np.uint16),
        np.concatenate([[0], np.cumsum(arity)]).astype(np.int64),
        references[:n],
        columns.constants[used[order]],
        references[n:m],
        tuple(
            guard._replace(left=sides[2 * i], right=sides[2 * i + 1], after=int(kept[guard.after]))
            for i, guard in enumerate(columns.guards)
        ),
        None if columns.place is None else [columns.place[i] for i in np.flatnonzero(keep).tolist()],
    )


def _occurring(names: list[str], op: NDArray[Any]) -> tuple[list[str], NDArray[Any]]:
    """The names that occur, each once and in order, and the indices into them."""
    first_of_name = np.array([names.index(name) for name in names], dtype=np.int64)
    used, first, code = np.unique(first_of_name[op] if len(op) else op, return_index=True, return_inverse=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return [names[k] for k in used[order].tolist()], rank[code]


def slots_of(columns: Columns, nodes: Integers) -> Integers:
    """The places in `columns.operands` of the operands of some nodes, one node after the other."""
    start, arity = columns.start[nodes], columns.arity[nodes]
    ends = np.cumsum(arity)
    places: Integers = np.arange(ends[-1] if len(ends) else 0) + np.repeat(start - (ends - arity), arity)
    return places


def tape_of(columns: Columns) -> Tape:
    """The tape of columns."""
    tape = Tape(columns.inputs)
    tape.names = list(columns.names)
    tape.op = _array("H", columns.op)
    tape.start = _array("q", columns.start)
    tape.operands = _array("q", columns.operands)
    tape.constants = _array("d", columns.constants)
    tape.outputs = tuple(columns.outputs.tolist())
    tape.guards = columns.guards
    tape.place = columns.place
    return tape

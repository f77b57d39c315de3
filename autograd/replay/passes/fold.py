"""Folding that is exact in IEEE 754: every bit of every result stays.

An operation on constants alone becomes its number, which is the engine's. x * 1, x / 1, x - 0.0 and x ** 1 are x, and a
division by a power of two is the multiplication by its reciprocal. Nothing else of the kind is exact: x * 0 is nan for an
infinite x, x + 0 loses the sign of -0.0, x - x is nan where x is inf.
"""

import math
from typing import Any

import numpy as np

from ...primitives.readers import FLOAT
from ...primitives.table import TABLE, lookup
from ..tape import Tape
from .columns import Columns, Flags, Integers, columns_of, rebuilt, resolved, slots_of, tape_of


def fold(tape: Tape) -> Tape:
    r"""The tape with the operations left out whose result is known without running it.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> print(fold(Tape.parse("in 1\nv1 = exp 0.0\nv2 = mul v1 v0\nv3 = div v2 8.0\nout v3")))
        in 1
        v1 = mul v0 0.125
        out v1
    """
    return tape_of(folded(columns_of(tape)))


def folded(columns: Columns) -> Columns:
    """`fold`, on columns: rounds, until nothing changes."""
    while True:
        better = _round(columns)
        if better is None:
            return columns
        columns = better


def _round(columns: Columns) -> Columns | None:
    length, arity, operands, op = columns.length, columns.arity, columns.operands, columns.op
    only = np.bincount(columns.user[operands < 0], minlength=length)
    numbers = columns.constants.tolist()
    stands = _computed(columns, numbers) if ((only == arity) & (arity > 0)).any() else np.arange(length)
    changed = False
    operands, op, names = operands.copy(), op.copy(), list(columns.names)
    for name, side, number in _NEUTRAL:
        here = _with(columns, name, side, number)
        stands[here] = operands[columns.start[here] + 1 - side]
    halves = [
        i
        for i in _with(columns, "div", 1, None).tolist()
        if _has_exact_reciprocal(numbers[-1 - operands[columns.start[i] + 1]])
    ]
    for i in halves:
        numbers.append(1.0 / numbers[-1 - operands[columns.start[i] + 1]])
        operands[columns.start[i] + 1] = -len(numbers)
        op[i] = _code(names, "mul")
        changed = True
    moved = stands != np.arange(length)
    if not changed and not moved.any():
        return None
    kept = np.flatnonzero(~moved)
    return rebuilt(
        columns._replace(constants=np.array(numbers), names=names),
        ~moved, op[kept], arity[kept], operands[slots_of(columns, kept)], resolved(stands),
    )  # fmt: skip


def _computed(columns: Columns, numbers: list[float]) -> Integers:
    """Per node itself, or the new constant that it is: what constants alone lead to, however far."""
    start, operands, op = columns.start.tolist(), columns.operands.tolist(), columns.op.tolist()
    stands = list(range(columns.length))
    for i in range(columns.inputs, columns.length):
        us = [o if o < 0 else stands[o] for o in operands[start[i] : start[i + 1]]]
        if us and max(us) < 0 and columns.names[op[i]] in TABLE:
            numbers.append(lookup(columns.names[op[i]]).value(FLOAT, *[numbers[-1 - u] for u in us]))
            stands[i] = -len(numbers)
    return np.array(stands)


_NEUTRAL = (
    ("mul", 1, 1.0),
    ("mul", 0, 1.0),
    ("div", 1, 1.0),
    ("sub", 1, 0.0),
    ("add", 1, -0.0),
    ("add", 0, -0.0),
    ("pow", 1, 1.0),
)


def _with(columns: Columns, name: str, side: int, number: float | None) -> Integers:
    """The nodes of a primitive of two operands with a constant on one side, of that number if one is given."""
    nodes = np.flatnonzero(columns.op == columns.code(name)) if name in columns.names else np.empty(0, dtype=np.int64)
    given, other = columns.operands[columns.start[nodes] + side], columns.operands[columns.start[nodes] + 1 - side]
    fits: Flags = (given < 0) & (other >= 0)
    if number is not None:
        wanted: Any = np.array(number).view(np.int64)
        fits[fits] = columns.constants[-1 - given[fits]].view(np.int64) == wanted
    return nodes[fits]


def _has_exact_reciprocal(number: float) -> bool:
    mantissa, exponent = math.frexp(number)
    return number != 1.0 and abs(mantissa) == 0.5 and -1000 < exponent < 1000


def _code(names: list[str], name: str) -> int:
    if name not in names:
        names.append(name)
    return names.index(name)

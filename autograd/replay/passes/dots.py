"""Sums of products become dots: w1*x1 + ... + wn*xn + b is one operation, and later a row of a matrix product.

A sum of two products or more, and at most one other operand, is a dot of their factors. A product that something else uses
stays as it is, and so does a sum that has one.
"""

import numpy as np

from ..tape import Tape
from .columns import Columns, columns_of, rebuilt, slots_of, tape_of


def dots(tape: Tape) -> Tape:
    r"""The tape with sums of products as dots.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> print(dots(Tape.parse("in 4\nv4 = mul v0 v1\nv5 = mul v2 v3\nv6 = sum 0.5 v4 v5\nout v6")))
        in 4
        v4 = dot v0 v2 v1 v3 0.5
        out v4
    """
    return tape_of(with_dots(columns_of(tape)))


def with_dots(columns: Columns) -> Columns:
    """`dots`, on columns."""
    mul, total = columns.code("mul"), columns.code("sum")
    if mul < 0 or total < 0:
        return columns
    product = (columns.op == mul) & (columns.uses() == 1)
    nodes = np.flatnonzero(columns.op == total)
    slots = slots_of(columns, nodes)
    operand, owner = columns.operands[slots], np.repeat(nodes, columns.arity[nodes])
    factored = (operand >= 0) & product[operand]
    count = np.bincount(owner[factored], minlength=columns.length)
    rest = columns.arity - count
    chosen = np.zeros(columns.length, dtype=bool)
    chosen[nodes] = (count[nodes] >= 2) & (rest[nodes] <= 1)
    if not chosen.any():
        return columns
    in_dot = chosen[owner]
    factors, others = factored & in_dot, ~factored & in_dot
    products = operand[factors]
    keep = np.ones(columns.length, dtype=bool)
    keep[products] = False
    # All first factors, all second ones, then the other operand: 0.0 where there is none.
    constants = np.append(columns.constants, 0.0)
    without = np.flatnonzero(chosen & (rest == 0))
    first, second = columns.operands[columns.start[products]], columns.operands[columns.start[products] + 1]
    owners = np.concatenate([owner[factors], owner[factors], owner[others], without])
    part = np.repeat([0, 1, 2, 2], [len(products), len(products), int(others.sum()), len(without)])
    values = np.concatenate([first, second, operand[others], np.full(len(without), -len(constants))])
    values = values[np.lexsort((part, owners))]
    arity = np.where(chosen, 2 * count + 1, columns.arity)
    kept = np.flatnonzero(keep)
    operands = np.empty(int(arity[kept].sum()), dtype=np.int64)
    is_dot = np.repeat(chosen[kept], arity[kept])
    operands[is_dot] = values
    plain = kept[~chosen[kept]]
    operands[~is_dot] = columns.operands[slots_of(columns, plain)]
    op = np.where(chosen, len(columns.names), columns.op)
    return rebuilt(columns._replace(constants=constants, names=[*columns.names, "dot"]), keep, op[kept], arity[kept], operands)

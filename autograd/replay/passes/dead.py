"""Dead code: nodes that neither a result nor a guard depends on are left out."""

import numpy as np

from ..tape import Tape
from .columns import Columns, columns_of, rebuilt, slots_of, tape_of


def dead(tape: Tape) -> Tape:
    r"""The tape without the nodes that nothing depends on; inputs stay.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> print(dead(Tape.parse("in 1\nv1 = exp v0\nv2 = tanh v0\nout v2")))
        in 1
        v1 = tanh v0
        out v1
    """
    return tape_of(without_dead(columns_of(tape)))


def without_dead(columns: Columns) -> Columns:
    """`dead`, on columns."""
    uses = columns.uses()
    unused = np.flatnonzero(uses[columns.inputs :] == 0) + columns.inputs
    if not len(unused):
        return columns
    live = np.ones(columns.length, dtype=bool)
    while len(unused):  # one round for each step of the longest dead chain
        live[unused] = False
        operands = columns.operands[slots_of(columns, unused)]
        operands = operands[operands >= 0]
        np.subtract.at(uses, operands, 1)
        candidates = np.unique(operands)
        unused = candidates[(uses[candidates] == 0) & (candidates >= columns.inputs)]
    kept = np.flatnonzero(live)
    return rebuilt(columns, live, columns.op[kept], columns.arity[kept], columns.operands[slots_of(columns, kept)])

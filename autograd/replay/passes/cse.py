"""Common subexpressions: the same operation on the same operands is done once.

It comes after alike terms have become lanes. Before, it would join what two terms have in common by chance (two samples with
the same number somewhere), and they would be alike no longer.
"""

from typing import Any

import numpy as np

from ..tape import Tape
from .columns import Columns, columns_of, rebuilt, slots_of, tape_of


def cse(tape: Tape) -> Tape:
    r"""The tape in which no operation is done twice on the same operands.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> print(cse(Tape.parse("in 1\nv1 = exp v0\nv2 = exp v0\nv3 = mul v1 v2\nout v3")))
        in 1
        v1 = exp v0
        v2 = mul v1 v1
        out v2
    """
    return tape_of(without_repeats(columns_of(tape)))


def without_repeats(columns: Columns) -> Columns:
    """`cse`, on columns."""
    start, operands, op = columns.start.tolist(), columns.operands.tolist(), columns.op.tolist()
    # Constants by their bits, above all nodes: -0.0 is not 0.0, and a nan is itself.
    bits = {b: columns.length + k for k, b in enumerate(dict.fromkeys(columns.constants.view(np.int64).tolist()))}
    of_constant = [bits[b] for b in columns.constants.view(np.int64).tolist()]
    stands = list(range(columns.length))
    known: dict[Any, int] = {}
    for i in range(columns.inputs, columns.length):
        own = [stands[o] if o >= 0 else of_constant[-1 - o] for o in operands[start[i] : start[i + 1]]]
        stands[i] = known.setdefault((op[i], *own), i)
    replaced = np.array(stands)
    keep = replaced == np.arange(columns.length)
    if keep.all():
        return columns
    kept = np.flatnonzero(keep)
    return rebuilt(columns, keep, columns.op[kept], columns.arity[kept], columns.operands[slots_of(columns, kept)], replaced)

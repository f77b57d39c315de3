"""A tape computed operation by operation by the table itself: the reader that all others are compared with, and the slow one.

It gives the engine's own bits, whatever the numbers are: inf and nan come where the engine has them. Readers that are quick and
cannot do that hand over to it.
"""

import operator
from collections.abc import Callable, Sequence
from typing import Any

from ..primitives.readers import FLOAT
from ..primitives.table import lookup
from .tape import Tape

DETACH = "detach"  # the one operation of tapes that is no row of the table: the number of its operand, and no gradient

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "==": operator.eq, "!=": operator.ne,
    "is": lambda x, y: x.hex() == y.hex(),
}  # fmt: skip


class Left(Exception):  # noqa: N818 - no error: the tape is left
    """A guard of a tape does not hold.

    Attributes:
        guard: its number among the guards.
    """

    def __init__(self, guard: int) -> None:
        super().__init__(guard)
        self.guard = guard


def forward(tape: Tape, numbers: Sequence[float]) -> list[float]:
    """The number of every node.

    Args:
        numbers: those of the inputs.

    Raises:
        Left: a guard does not hold.
    """
    rows = [_same if name == DETACH else getattr(FLOAT, name) for name in tape.names]
    values = list(numbers)
    constants, operands, start, op = tape.constants, tape.operands, tape.start, tape.op
    guards = iter(enumerate(tape.guards))
    k, guard = next(guards, (0, None))
    for i in range(tape.inputs, len(op) + 1):
        while guard is not None and guard.after <= i:
            x, y = [values[o] if o >= 0 else constants[-1 - o] for o in (guard.left, guard.right)]
            if _HOLDS[guard.relation](x, y) is not guard.outcome:
                raise Left(k)
            k, guard = next(guards, (0, None))
        if i < len(op):
            values.append(rows[op[i]](*[values[o] if o >= 0 else constants[-1 - o] for o in operands[start[i] : start[i + 1]]]))
    return values


def _same(u: float) -> float:
    return u


def results(tape: Tape, values: Sequence[float]) -> list[float]:
    """The numbers of the outputs, from those of the nodes."""
    return [values[o] if o >= 0 else tape.constants[-1 - o] for o in tape.outputs]


def backward(
    tape: Tape, values: Sequence[float], output: int = 0, seed: float = 1.0, before: Sequence[float] | None = None
) -> list[float]:
    """The gradient of an output by every input.

    Args:
        values: the numbers of the nodes.
        output: which of the outputs.
        seed: its own gradient.
        before: what the gradients of the inputs are before; contributions are added one after the other, as `backward()`
            does. Without it they begin with nothing, as those of `grad` do.
    """
    root = tape.outputs[output]
    bars: list[float | None] = [None] * len(tape)
    if before is not None:
        bars[: tape.inputs] = before
    if root >= 0:
        bar = bars[root]
        bars[root] = seed if bar is None else bar + seed
        nodes = range(root, tape.inputs - 1, -1) if root == tape.outputs[0] else reversed(_order(tape, root))
        _sweep(tape, values, bars, nodes)
    return [0.0 if bar is None else bar for bar in bars[: tape.inputs]]


def _order(tape: Tape, root: int) -> list[int]:
    """The nodes that one depends on, in the engine's order from it, which decides the order of additions (reverse.py)."""
    operands, start = tape.operands, tape.start
    order: list[int] = []
    state = bytearray(len(tape))  # 1 while the parents of a node are being done, then 2
    stack = [root] if root >= tape.inputs else []
    while stack:
        v = stack.pop()
        if state[v]:
            if state[v] == 1:
                order.append(v)
            state[v] = 2
            continue
        state[v] = 1
        stack.append(v)
        if tape.name(v) != DETACH:
            parents = operands[start[v] : start[v + 1]]
            stack += [o for o in reversed(parents) if o >= tape.inputs and not state[o]]
    return order


def _sweep(tape: Tape, values: Sequence[float], bars: list[float | None], nodes: Any) -> None:
    rows = [None if name == DETACH else lookup(name).partials for name in tape.names]
    constants, operands, start, op = tape.constants, tape.operands, tape.start, tape.op
    for i in nodes:
        bar = bars[i]
        partials = rows[op[i]]
        if bar is None or partials is None:
            continue
        entries = operands[start[i] : start[i + 1]]
        local = partials(FLOAT, values[i], *[values[o] if o >= 0 else constants[-1 - o] for o in entries])
        for o, partial in zip(entries, local, strict=True):
            if o >= 0:
                contribution = bar * partial
                total = bars[o]
                bars[o] = contribution if total is None else total + contribution

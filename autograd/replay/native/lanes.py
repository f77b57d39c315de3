"""A tape over many lanes by C: a batch of inputs, or the alike terms of one big function, block by block.

A lane is one input. What a tape is given and gives is said once, per input and per result:

    uniform(k)    pool[k], the same number for all lanes: a parameter
    gathered(k)   pool[index[k, lane]]
    column(k)     data[row, k], where the row is the lane's own, or rows[lane]
    summed(k)     the sum over all lanes goes to pool[k]
    scattered(k)  the number of each lane goes to pool[index[k, lane]]
    rowed(k)      the number of each lane goes to out[lane, k]

Then `forward` computes the numbers. `backward` computes them too, and goes back: the gradient of a result is found where the
result goes (pool_bar for pool, `seeds` for `out`, 1 without them), and that of an input is added to pool_bar, or put into
data_bar.

Sums and dots carry their rounding errors along, and the elementary functions are the interpreter's own, within 2 units in the
last place. The bits are the same on every machine: AUTOGRAD_TAPES=sse2 (avx2, avx512, neon, portable) chooses another
instruction set, and python none of them. With `fast` sums and dots are plain ones, and a product may be added without being
rounded before, where the machine can: such bits are the machine's.
"""

import array
import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from ..tape import Tape
from .kernel import INTERPRETER, kernel

if TYPE_CHECKING:
    from ._tape import Lanes


UNIFORM, GATHERED, COLUMN = 0, 1, 2  # kinds of sources


class Source(NamedTuple):
    """The place that an input comes from.

    Attributes:
        kind: UNIFORM, GATHERED or COLUMN.
        place: its place in the pool, in the index, in the data.
        wanted: True if its gradient is wanted.
    """

    kind: int
    place: int
    wanted: bool


class Destination(NamedTuple):
    """The place that a result goes to.

    Attributes:
        kind: 0 summed, 1 scattered, 2 a column of `out`.
        place: its place in the pool, in the index, in `out`.
    """

    kind: int
    place: int


def uniform(place: int, wanted: bool = True) -> Source:
    """The same number for all lanes, pool[place]."""
    return Source(UNIFORM, place, wanted)


def gathered(place: int, wanted: bool = True) -> Source:
    """The numbers pool[index[place, lane]]."""
    return Source(GATHERED, place, wanted)


def column(place: int, wanted: bool = False) -> Source:
    """The numbers data[row, place]."""
    return Source(COLUMN, place, wanted)


def summed(place: int) -> Destination:
    """The sum over all lanes, to pool[place]."""
    return Destination(0, place)


def scattered(place: int) -> Destination:
    """The number of each lane, to pool[index[place, lane]]."""
    return Destination(1, place)


def rowed(place: int) -> Destination:
    """The number of each lane, to out[lane, place]."""
    return Destination(2, place)


def isas() -> tuple[str, ...]:
    """The instruction sets that this machine has, the widest one last."""
    return INTERPRETER.module.isas if INTERPRETER.module is not None else ()


def without_lanes(names: Sequence[str]) -> list[str]:
    """The rows among these that have no rule for lanes: a tape with one of them is run otherwise."""
    known = INTERPRETER.module.lane_names if INTERPRETER.module is not None else frozenset()
    return [name for name in names if name not in known]


def lanes(
    tape: Tape,
    sources: Sequence[Source],
    destinations: Sequence[Destination],
    width: int = 0,
    out_width: int = 0,
    fast: bool = False,
    isa: str | None = None,
) -> "Lanes":
    """A tape that is run over many lanes.

    Args:
        tape: the tape.
        sources: where each input comes from.
        destinations: where each result goes.
        width, out_width: how many columns `data` and `out` have.
        fast: sums and dots without their rounding errors, and with fused products where the machine has them.
        isa: one of `isas()`; None for the widest one, or the one that AUTOGRAD_TAPES names.

    Returns:
        A `Lanes`, whose methods `forward` and `backward` take arrays.

    Raises:
        ValueError: a row has no rule for lanes (`without_lanes`), the tape contradicts itself, or there is no such set.
        ImportError: there is no compiled interpreter.
    """
    if INTERPRETER.module is None:
        raise ImportError(INTERPRETER.why)
    chosen = isa or os.environ.get("AUTOGRAD_TAPES") or isas()[-1]
    checked = kernel(_with_squares(tape), (tape.inputs,), by=(), single=False)
    made: Lanes = INTERPRETER.module.Lanes(
        kernel=checked,
        sources=tuple([tuple(source) for source in sources]),
        destinations=tuple([tuple(destination) for destination in destinations]),
        width=width,
        out_width=out_width,
        exact=not fast,
        isa=chosen,
    )
    return made


def _with_squares(tape: Tape) -> Tape:
    """The tape with u**2 as a square: the nearest number, the same slope, and a tenth of a power's time."""
    pow_ = tape.names.index("pow") if "pow" in tape.names else -1
    start, operands, constants = tape.start, tape.operands, tape.constants
    found = [
        i
        for i, op in enumerate(tape.op)
        if op == pow_ and operands[start[i]] >= 0 > (o := operands[start[i] + 1]) and constants[-1 - o] == 2.0
    ]
    if not found:
        return tape
    new = Tape(tape.inputs)
    new.names, new.constants, new.outputs, new.guards = [*tape.names, "square"], constants, tape.outputs, tape.guards
    new.op, new.start, new.operands = tape.op[:], start[:], array.array(operands.typecode)
    done = 0
    for gone, (i, following) in enumerate(zip(found, [*found[1:], len(tape)], strict=True), start=1):
        new.op[i] = len(tape.names)
        new.operands += operands[done : start[i] + 1]
        done = start[i] + 2
        new.start[i + 1 : following + 1] = array.array("q", [n - gone for n in start[i + 1 : following + 1]])
    new.operands += operands[done:]
    return new

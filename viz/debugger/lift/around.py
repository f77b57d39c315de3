"""A window's end and its way up: the parts that are the same for every framework.

Operations are read as in operations.py.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from autograd import TABLE

from .blocks import CONSTANT, Block, Bools, Floats, Ints
from .naming import elements
from .operations import ids_of, weighted

ROOM = 20_000  # contributions
DEEP = 12  # operations above the trouble


class Trouble(NamedTuple):
    """The operation where it begins, the place of an element in it, and the operations whose results at places use it."""

    call: Any
    place: int
    users: list[tuple[Any, Ints]]

    @property
    def element(self) -> int:
        """The id of the element."""
        return int(self.call.first) + self.place


def upper_end(root: int, trouble: Trouble, used: Sequence[tuple[Floats, Floats]], precision: str) -> Block:
    """The sum of the results that use the element, weighted with their gradients.

    Args:
        used: for each of `trouble.users` its results at the places, and their gradients.
    """
    ids = np.concatenate([call.first + places for call, places in trouble.users])[None]
    numbers, weights = (np.concatenate(part)[None] for part in zip(*used, strict=True))
    with np.errstate(all="ignore"):
        total = (numbers * weights).sum(1)
    row = weighted((ids, numbers), (np.full(ids.shape, CONSTANT), weights))
    return Block(TABLE["dot"], np.array([root]), total, *row, precision, trouble.call.place)


def above(
    calls: Sequence[Any],
    reached: Bools,
    contributions: Callable[[Any], int],
    blocks_of: Callable[[Any, Ints], list[Block]],
) -> list[Block]:
    """The blocks of the scalars that are reached, and of what they are computed from as far as there is room.

    Args:
        contributions: how many an operation has at most.
        blocks_of: the blocks of an operation, of its results at places.
    """
    blocks: list[Block] = []
    edges = deep = 0
    for call in reversed(calls):
        inside = reached[ids_of(call)]
        wanted = np.flatnonzero(inside)
        if not len(wanted):
            continue
        edges += contributions(call) * len(wanted) // len(inside) if call.name else 0
        deep += 1
        if call.name and (edges > ROOM or deep > DEEP):
            call = call._replace(name="", label=call.label or elements(call.name.lstrip("_"), call.data.shape))
        made = blocks_of(call, wanted)
        for block in made:
            reached[block.operands[block.operands >= 0]] = True
        blocks[:0] = made
    return blocks


def reaching(root: int, at: int, blocks: Sequence[Block]) -> Bools:
    """The ids that are the end of a window or an operand of its last blocks, as a mask."""
    reached = np.zeros(root + 1, bool)
    reached[at] = True
    for block in blocks:
        reached[block.operands[block.operands >= 0]] = True
    return reached

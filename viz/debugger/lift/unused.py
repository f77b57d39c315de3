"""Elements of a tensor that nothing uses: a framework passes 0 to them, and 0 times an infinite derivative is nan.

`x.sqrt()[1:].sum()` has the gradient nan at x[0] = 0, although the sum does not depend on it: indexing passes a 0 to the
root of x[0]. Where such a zero does harm, a scalar of its own stands for the choice: it takes the element that is used, and
selects 0 for the others.
"""

from collections.abc import Sequence

import numpy as np

from .blocks import Block, Bools, Ints


def with_unused(tensors: Sequence[Sequence[Block]], reached: Bools) -> list[Block]:
    """The blocks of tensors, with a scalar for each choice that passes a harmful zero.

    Args:
        tensors: the blocks of each tensor, parents first.
        reached: for each scalar, whether the root depends on it.
    """
    harmful = _harmful(tensors, len(reached))
    blocks: list[Block] = []
    instead = np.arange(-1, len(reached))  # the id to use for each id; the first is for constants
    count = len(reached)
    for tensor in tensors:
        blocks += [block._replace(operands=instead[block.operands + 1]) for block in tensor]
        ids = np.concatenate([block.ids for block in tensor])
        used, unused = ids[reached[ids]], ids[~reached[ids] & harmful[ids]]
        if len(used) and len(unused):
            blocks.append(_choice(tensor, used[0], unused, count))
            instead[used[0] + 1] = count
            count += 1
    return blocks


def _harmful(tensors: Sequence[Sequence[Block]], count: int) -> Bools:
    """The scalars that make nan of a gradient of 0: a local derivative is not finite, theirs or one further up."""
    harmful = np.zeros(count + 1, bool)  # the last is for constants, whose id is -1
    for block in (block for tensor in tensors for block in tensor):
        multiplied = (block.operands >= 0) & ~block.selected
        harmful[block.ids] = (multiplied & (~np.isfinite(block.local) | harmful[block.operands])).any(1)
    return harmful[:-1]


def _choice(tensor: Sequence[Block], used: int, unused: Ints, first: int) -> Block:
    """A scalar that is the element used."""
    block = next(block for block in tensor if used in block.ids)
    operands = np.array([[used, *unused]])
    zeros = np.zeros(operands.shape)
    local, selected = zeros.copy(), np.ones(operands.shape, bool)
    local[0, 0], selected[0, 0] = 1.0, False
    data = block.data[block.ids == used]
    return Block("choice", np.array([first]), data, operands, zeros, local, selected, block.precision, block.place, block.scope)

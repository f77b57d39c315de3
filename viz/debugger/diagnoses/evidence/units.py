"""The weighted sum that a unit of a network is: the parameters that multiply something in it, and whether one is added.

Networks of nn have a node for it (`weighted_sum`), those by hand a tree of products and additions; both read the same here.
"""

from typing import NamedTuple

from .passes import Key, Pass
from .training import Training

MOST = 1000  # nodes of a weighted sum that are walked


class Unit(NamedTuple):
    """A weighted sum.

    Attributes:
        weights: the parameters that multiply something, in the order in which they are met.
        biased: whether a parameter is added.
        fed: whether anything but parameters is multiplied: the product of two vectors of parameters is no unit.
    """

    weights: tuple[Key, ...]
    biased: bool
    fed: bool


def trained(training: Training, p: Pass, i: int) -> bool:
    """True for a leaf that the training changes."""
    return i in p.leaves and p.key_of.get(i) in training.trained


def unit_of(training: Training, p: Pass, i: int) -> Unit:
    """The unit that ends in a node."""
    weights: list[Key] = []
    biased = fed = False
    seen, stack = {i}, [i]
    while stack and len(seen) < MOST:
        j = stack.pop()
        operands = p.nodes.operands[p.nodes.start[j] : p.nodes.start[j + 1]]
        row = p.rows[j]
        own = [o for o in operands if o >= 0 and trained(training, p, o)]
        if row.weighted:
            biased = biased or operands[-1] in own
            factors = operands[:-1]
            weights += [p.key_of[o] for o in factors if o in own]
            fed = fed or any(o not in own for o in factors)
            stack += [operands[-1]] if operands[-1] >= 0 and operands[-1] not in p.leaves else []
        elif own and row.linear == "each":
            weights += [p.key_of[o] for o in own]
            fed = fed or len(own) < len(operands)
        elif own:
            biased = True
        if p.is_linear(j) and not row.weighted:
            stack += (fresh := [o for o in operands if o >= 0 and o not in p.leaves and o not in seen])
            seen.update(fresh)
    return Unit(tuple(weights), biased, fed)

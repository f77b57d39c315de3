"""The numbers of several nodes in short: their range, and counts of the remarkable ones."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from .graph import Graph


class Range(NamedTuple):
    """The range of the numbers of several nodes, and counts of the remarkable ones.

    Attributes:
        low, high: the smallest and the largest, nan aside; nan if there is none.
        known: how many there are.
        zeros, nans, infinities: how many are exactly 0, nan, infinite.
        unknown: how many more have not been computed.
        tiny, huge: the smallest and the largest magnitude that is neither 0 nor inf; 0 if there is none.
    """

    low: float
    high: float
    known: int
    zeros: int
    nans: int
    infinities: int
    unknown: int
    tiny: float
    huge: float


def range_of(numbers: Iterable[float], unknown: int = 0) -> Range:
    """The range of some numbers, besides which `unknown` more have not been computed."""
    low, high, tiny, huge = math.inf, -math.inf, math.inf, 0.0
    zeros = nans = infinities = n = 0
    for x in numbers:
        n += 1
        if x != x:
            nans += 1
            continue
        low, high = min(low, x), max(high, x)
        size = abs(x)
        if size == 0.0:
            zeros += 1
        elif size == math.inf:
            infinities += 1
        else:
            tiny, huge = min(tiny, size), max(huge, size)
    if n == nans:
        low = high = math.nan
    return Range(low, high, n, zeros, nans, infinities, unknown, tiny if huge else 0.0, huge)


def grads_of(graph: Graph, nodes: Sequence[int]) -> Range:
    """The range of the gradients of some nodes; gradients not computed are counted apart."""
    known = [graph.grad[i] for i in nodes if graph.has_grad[i]]
    return range_of(known, len(nodes) - len(known))


NONE = range_of([])  # of no numbers

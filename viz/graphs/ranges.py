"""The numbers of several nodes in short: their range, and counts of the remarkable ones."""

import math
from array import array
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
    known = array("d", numbers)
    real = array("d", [x for x in known if x == x])
    sizes = array("d", [size for x in real if 0.0 < (size := abs(x)) < math.inf])
    zeros = real.count(0.0)
    return Range(
        min(real, default=math.nan),
        max(real, default=math.nan),
        len(known),
        zeros,
        len(known) - len(real),
        len(real) - zeros - len(sizes),
        unknown,
        min(sizes, default=0.0),
        max(sizes, default=0.0),
    )


def single(x: float) -> Range:
    """The range of one number, as `range_of` has it: most boxes hold one.

    >>> single(-2.0) == range_of([-2.0]), single(0.0) == range_of([0.0]), single(math.inf) == range_of([math.inf])
    (True, True, True)
    """
    size, is_nan = abs(x), x != x
    known = size if 0.0 < size < math.inf else 0.0
    return Range(x, x, 1, int(size == 0.0), int(is_nan), int(size == math.inf), 0, known, known)


def grads_of(graph: Graph, nodes: Sequence[int]) -> Range:
    """The range of the gradients of some nodes; gradients not computed are counted apart."""
    grad, has_grad = graph.grad, graph.has_grad
    if len(nodes) == 1 and has_grad[nodes[0]]:
        return single(grad[nodes[0]])
    known = array("d", [grad[i] for i in nodes if has_grad[i]])
    return range_of(known, len(nodes) - len(known))


NONE = range_of([])  # of no numbers

"""The possible rounding error of a number: the first-order bound that its own graph gives.

An operation is off by a few units in the last place of its result, and its adjoint gives the effect on the root:

    error = units * sum of |v_bar| * |v|       over the nodes v that depend on the variable

A step of h away the nodes are other numbers: |v| + |v'| * h, with v' the derivative by the variable. Differences need this
bound. A bound from the function's value alone would be far too small for cos(2*pi*t) at t = 2026, where the product is
rounded, or for (x + 1e10) - 1e10.
"""

import math
from collections.abc import Sequence
from typing import Any

from ..operators import VALUE
from ..primitives.table import TABLE, UNKNOWN, Primitive
from ..reverse import topological_order
from ..transforms.adjoints import local_derivatives, pull
from ..value import Value
from .differences import TINY, UNITS

_OWN = frozenset(TABLE)


class Rounding:
    """Bounds for the rounding errors of several numbers that were computed from the same variables.

    Args:
        roots: `Value`s, and plain numbers, which have no rounding errors.
    """

    def __init__(self, roots: Sequence[Any], variables: Sequence[Any]) -> None:
        orders = [topological_order(root) if isinstance(root, Value) else [] for root in roots]
        self._order = [*dict.fromkeys(v for order in orders for v in order)]  # parents first, as in each of them
        self._bars = [_adjoints(root, order) for root, order in zip(roots, orders, strict=True)]
        self._errors = {v: _error(v) for v in self._order}
        self._variables = variables
        self._sizes = [_sizes(root, order, variables) for root, order in zip(roots, orders, strict=True)]

    def bounds(self, i: int) -> list[tuple[float, float, float]]:
        """For each root (error here, error per unit of distance, sum of |terms| of its derivative) by variable i."""
        slopes = self._slopes(self._variables[i])
        out = []
        for bars, sizes in zip(self._bars, self._sizes, strict=True):
            here = moved = 0.0
            for v, bar in bars:
                if v in slopes:
                    here += bar * self._errors[v]
                    moved += bar * slopes[v]
            out.append((here if math.isfinite(here) else 0.0, UNITS * moved if math.isfinite(moved) else 0.0, sizes[i]))
        return out

    def _slopes(self, variable: Any) -> dict[Any, float]:
        """|dv/d(variable)| of every node that depends on it."""
        slopes = {variable: 1.0}
        for v in self._order:
            if not slopes.keys().isdisjoint(v.parents):
                pairs = zip(v.parents, local_derivatives(v, False), strict=True)
                slopes[v] = sum(partial * slopes[p] for p, partial in pairs if p in slopes)
        return {v: abs(slope) for v, slope in slopes.items() if math.isfinite(slope)}


def _adjoints(root: Any, order: list[Any]) -> list[tuple[Any, float]]:
    """|d(root)/dv| of the interior nodes, where it is finite."""
    bars = pull(order, root, order, False) if order else []
    return [(v, abs(bar)) for v, bar in zip(order, bars, strict=True) if math.isfinite(bar)]


def _sizes(root: Any, order: list[Any], variables: Sequence[Any]) -> list[float]:
    """The sum of |products of partials| over all paths to each variable: the derivative without cancellation."""
    sizes: dict[Any, float] = {root: 1.0}
    for v in reversed(order):
        if v in sizes:
            for parent, partial in zip(v.parents, local_derivatives(v, False), strict=True):
                sizes[parent] = sizes.get(parent, 0.0) + sizes[v] * abs(partial)
    found = [sizes.get(v, 0.0) for v in variables]
    return [size if math.isfinite(size) else 0.0 for size in found]


def _error(v: Any) -> float:
    """The error of a node alone. A row that a user has defined is as accurate as its formula."""
    numbers = [o if o.__class__ is float else o.data for o in v.operands]
    if v.primitive is not None and v.primitive.name not in _OWN:
        root = v.primitive.value(VALUE, *map(Value, numbers))
        if isinstance(root, Value):
            order = topological_order(root)
            inside: float = sum(bar * abs(u.data) for u, bar in _adjoints(root, order) if math.isfinite(u.data))
            return float(UNITS * max(abs(v.data), inside) + TINY)
    return own_error(v.primitive or UNKNOWN, numbers, v.data)


def own_error(row: Primitive, numbers: Sequence[float], out: float) -> float:
    """The error of an operation's result with exact operands; 0 if the result is not finite."""
    size = abs(out)
    if row.weighted:  # each product is rounded
        n = len(numbers) // 2
        size = sum(abs(w * x) for w, x in zip(numbers[:n], numbers[n:-1], strict=True)) + abs(numbers[-1])
    return UNITS * size + TINY if math.isfinite(size) else 0.0

"""A node of a recorded graph with exact arithmetic: fractions as far as + - * / go, the nearest double where they do not.

It shows what rounding has made of a number, without a library of long numbers.
"""

import math
from fractions import Fraction
from typing import Any

from autograd.primitives.readers import FLOAT

from .passes import Pass

_MOST = 20_000  # nodes
_POWER = 64  # the highest whole exponent that is taken exactly


class _Inexact(Exception):  # noqa: N818 - no error: an operation that fractions do not have
    pass


class _Fractions:
    """The reader of the table for fractions."""

    def div(self, u: Any, v: Any) -> Any:
        if not v:
            raise _Inexact
        return Fraction(u) / Fraction(v)

    def sum(self, *us: Any) -> Any:
        return sum(us, Fraction(0))

    def count(self, us: Any) -> Any:
        return Fraction(len(us))

    def dot(self, *operands: Any) -> Any:
        n = len(operands) // 2
        products = [w * x for w, x in zip(operands[:n], operands[n : 2 * n], strict=True)]
        return sum([*products, *operands[2 * n :]], Fraction(0))

    def pow(self, u: Any, v: Any) -> Any:
        if v.denominator != 1 or abs(v) > _POWER or (not u and v < 0):
            raise _Inexact
        return u ** int(v)

    def __getattr__(self, name: str) -> Any:
        raise _Inexact


def exactly(p: Pass, i: int) -> float | None:
    """The number of a node, computed from its leaves without rounding; None if it is not to be had.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(1e8, label="x")
        >>> p = Pass(record_backward((x * x + 1.0) - x * x))
        >>> p.cost, exactly(p, len(p.nodes) - 1)
        (0.0, 1.0)
    """
    needed, stack = {i}, [i]
    while stack:
        stack += (fresh := [q for q in set(p.nodes.parents(stack.pop())) if q not in needed])
        needed.update(fresh)
        if len(needed) > _MOST:
            return None
    values: dict[int, Fraction] = {}
    for j in sorted(needed):
        operands = [values[o] if isinstance(o, int) else o for o in p.nodes.operands_of(j)]
        if not all(map(math.isfinite, (*operands, p.nodes.data[j]))):
            return None
        values[j] = _value(p, j, [Fraction(x) for x in operands]) if operands else Fraction(p.nodes.data[j])
    return float(values[i])


def _value(p: Pass, j: int, operands: list[Fraction]) -> Fraction:
    try:
        return Fraction(p.rows[j].value(_Fractions(), *operands))
    except _Inexact:
        return Fraction(float(p.rows[j].value(FLOAT, *map(float, operands))))

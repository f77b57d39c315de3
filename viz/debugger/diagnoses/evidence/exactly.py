"""A recorded graph evaluated at fifty digits: what rounding has made of its numbers.

The decimals of the standard library read the same table of primitives as floats do. An operation that they do not have, such
as erf, gives the nearest double, from operands that were not rounded before.
"""

import decimal
import math
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from autograd.primitives.readers import FLOAT, Reader

from .passes import Pass

DIGITS = 50
_MOST = 20_000  # nodes
_HUGE = 5000  # beyond this exponent nothing is computed: doubles end at 308
_CONTEXT = decimal.Context(
    prec=DIGITS, Emax=_HUGE, Emin=-_HUGE, traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow]
)


class _Inexact(Exception):  # noqa: N818 - no error: an operation that decimals do not have
    pass


def _decimal(u: Any) -> Decimal:
    return u if isinstance(u, Decimal) else Decimal(u)


def _sum(*us: Any) -> Decimal:
    return sum(map(_decimal, us), Decimal(0))


def _dot(*operands: Any) -> Decimal:
    n = len(operands) // 2
    return _sum(*(w * x for w, x in zip(operands[:n], operands[n : 2 * n], strict=True)), *operands[2 * n :])


def _prod(*us: Any) -> Decimal:
    return math.prod(map(_decimal, us), start=Decimal(1))


def _pow(u: Any, v: Any) -> Any:
    u, v = _decimal(u), _decimal(v)
    if u < 0 and v != v.to_integral_value():
        raise _Inexact
    return u**v


def _tanh(u: Any) -> Decimal:
    e = (-2 * abs(_decimal(u))).exp()
    return ((1 - e) / (1 + e)).copy_sign(_decimal(u))


def _sinh(u: Any) -> Decimal:
    return (_decimal(u).exp() - (-_decimal(u)).exp()) / 2


def _sin(u: Any) -> Decimal:
    return _wave(_decimal(u), _decimal(u), 1)


def _cos(u: Any) -> Decimal:
    return _wave(_decimal(u), Decimal(1), 0)


def _wave(u: Decimal, term: Decimal, n: int) -> Decimal:
    """The series of a sine or a cosine, from its first term, u ** n / n!; its terms are large for a large u."""
    if abs(u) > DIGITS // 2:
        raise _Inexact
    total = Decimal(0)
    while total + term != total:
        total += term
        term *= -u * u / ((n + 1) * (n + 2))
        n += 2
    return total


def _chosen(condition: Any, a: Any, b: Any) -> Any:
    return a if condition else b


def _unknown(name: str) -> Any:
    def unknown(*_: Any) -> Any:
        raise _Inexact(name)

    return unknown


_WITHOUT = set(FLOAT.__dict__)  # what floats compute themselves, and a formula would not define
_LONG = Reader(
    {name: _unknown(name) for name in _WITHOUT}
    | {
        "div": lambda u, v: _decimal(u) / _decimal(v),
        "sum": _sum, "dot": _dot, "prod": _prod, "pow": _pow, "abs": abs, "where": _chosen,
        "exp": lambda u: _decimal(u).exp(), "log": lambda u: _decimal(u).ln(), "log10": lambda u: _decimal(u).log10(),
        "expm1": lambda u: _decimal(u).exp() - 1, "log1p": lambda u: (1 + _decimal(u)).ln(),
        "sqrt": lambda u: _decimal(u).sqrt(), "tanh": _tanh, "sinh": _sinh,
        "cosh": lambda u: (_decimal(u).exp() + (-_decimal(u)).exp()) / 2, "sin": _sin, "cos": _cos,
        "maximum": max, "minimum": min,
        "hypot": lambda *us: _sum(*(_decimal(u) * _decimal(u) for u in us)).sqrt(),
        "norm": lambda *us: _sum(*(_decimal(u) * _decimal(u) for u in us)).sqrt(),
        "count": lambda us: Decimal(len(us)),
        "expdiff": lambda u, v: (_decimal(u) - _decimal(v)).exp(),
        "logsumexp": lambda *us: _sum(*((_decimal(u) - max(us)).exp() for u in us)).ln() + max(us),
    }
)  # fmt: skip


def exactly(p: Pass, i: int) -> float | None:
    """The number of a node, computed from its leaves at fifty digits; None if it is not to be had.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(1e8, label="x")
        >>> p = Pass(record_backward((x * x + 1.0) - x * x))
        >>> p.cost, exactly(p, len(p.nodes) - 1)
        (0.0, 1.0)
    """
    needed, stack = {i}, [i]
    while stack:
        stack += (fresh := [q for q in set(p.parents[stack.pop()]) if q not in needed])
        needed.update(fresh)
        if len(needed) > _MOST:
            return None
    found = at_fifty_digits(p, sorted(needed))
    return float(found[i]) if found else None


def at_fifty_digits(p: Pass, nodes: Iterable[int]) -> dict[int, Decimal]:
    """The numbers of nodes, which come after their operands, without the rounding of doubles; {} if they are not to be had.

    Example:
        >>> from autograd import Value, exp, record_backward
        >>> p = Pass(record_backward(exp(Value(1e-12)) - 1.0))
        >>> round(p.cost * 1e12, 4), round(at_fifty_digits(p, range(len(p.nodes)))[len(p.nodes) - 1] * 10**12, 20)
        (1.0001, Decimal('1.00000000000049997989'))
    """
    found: dict[int, Decimal] = {}
    with decimal.localcontext(_CONTEXT):
        for j in nodes:
            operands = [found[o] if isinstance(o, int) else Decimal(o) for o in p.operands_of(j)]
            if not math.isfinite(p.nodes.data[j]) or not all(o.is_finite() for o in operands):
                return {}
            found[j] = _value(p, j, operands) if operands else Decimal(p.nodes.data[j])
    return found


def _value(p: Pass, j: int, operands: list[Decimal]) -> Decimal:
    try:
        return _decimal(p.rows[j].value(_LONG, *operands))
    except (_Inexact, decimal.DecimalException, TypeError):  # a formula may mix decimals with doubles
        return Decimal(float(p.rows[j].value(FLOAT, *map(float, operands))))

"""Properties of a row that follow from its formulas: linear, a step function, a distance, commutative.

A row that a user defines is examined once, when it is defined. Its partials are read as text, which shows the operands in
them. Its value is tried at a few points, because a rule need not be the derivative of its value: rounding with the derivative
1 is not linear, and a number that passes no gradient is no step function. The table's own rows have these columns written
down, so that importing the engine costs nothing; a test compares them with the formulas.
"""

import itertools
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any

from .readers import FLOAT, TEXT
from .table import InCost, Linear, Primitive

# Neither whole numbers nor halves, of both signs, near and far: no step function jumps at them, and no kink lies there.
_POINTS = (0.3717, -1.8309, 2.6183, -0.5921, 7.1303, -41.377)


def character(row: Primitive) -> dict[str, Any]:
    """The columns `linear`, `step`, `commutes` and `in_cost` (only for a distance), as they follow from the row's formulas."""
    return {"linear": _linear(row), "step": _is_step(row), "commutes": _commutes(row), "in_cost": _in_cost(row)}


def values(row: Primitive, points: Iterable[float]) -> list[float]:
    """The results of a function of one operand (others may have defaults); an empty list for other rows."""
    return [_value(row, (u, *row.defaults)) for u in points] if row.arity - len(row.defaults) == 1 else []


def _value(row: Primitive, operands: Sequence[float]) -> float:
    """The result, nan if there is none."""
    try:
        return float(row.value(FLOAT, *operands))
    except (ArithmeticError, ValueError):
        return math.nan


def _arity(row: Primitive) -> int:
    return row.arity or 3


def _linear(row: Primitive) -> Linear:
    n = _arity(row)
    names = [f"operand_{i}" for i in range(n)]
    out, *symbols = (TEXT.symbol(name) for name in ("operand_out", *names))
    partials = row.partials(TEXT, out, *symbols)
    # for each operand, the symbols in its partial
    inside = [set(re.findall(r"\boperand_\w+", str(d))) for d in partials]
    own = [not _is_zero(d) and inside[i].isdisjoint(("operand_out", names[i])) for i, d in enumerate(partials)]
    if not own[0] or not _is_straight(row, 0):
        return ""
    if not all(own) or not all(_is_straight(row, i) for i in range(1, n)):
        return "first"
    return "each" if any(inside) else "all"


def _is_zero(d: Any) -> bool:
    return isinstance(d, (int, float)) and d == 0.0


def _is_straight(row: Primitive, i: int) -> bool:
    """True if the value lies on a straight line along an operand at all points that were tried."""
    rest = list(itertools.islice(itertools.cycle(_POINTS), 1, 1 + _arity(row)))
    for low, high in itertools.pairwise(_POINTS):
        for moved in (rest, [abs(u) for u in rest]):
            a, middle, b = (_value(row, [*moved[:i], u, *moved[i + 1 :]]) for u in (low, 0.5 * (low + high), high))
            bent = not abs(a + b - 2.0 * middle) <= 1e-9 * (abs(a) + abs(b) + abs(middle))
            if bent and math.isfinite(a) and math.isfinite(b):
                return False
    return math.isfinite(_value(row, [abs(u) for u in rest]))


def _is_step(row: Primitive) -> bool:
    operands = [TEXT.symbol(f"operand_{i}") for i in range(_arity(row))]
    if not all(map(_is_zero, row.partials(TEXT, TEXT.symbol("operand_out"), *operands))):
        return False
    for shift in range(len(_POINTS)):
        u = list(itertools.islice(itertools.cycle(_POINTS), shift, shift + _arity(row) - len(row.defaults)))
        here, beside = (_value(row, [*(x * by for x in u), *row.defaults]) for by in (1.0, 1.0 + 1e-9))
        if here != beside:
            return False
    return True


def _commutes(row: Primitive) -> bool:
    if row.arity != 2:
        return False
    turned = [(_value(row, (u, v)), _value(row, (v, u))) for u, v in itertools.combinations(_POINTS, 2)]
    return all(math.isclose(a, b, rel_tol=1e-12) for a, b in turned)


def _in_cost(row: Primitive) -> InCost:
    """'distance' for a distance, else '': a user has to say if a row is a likelihood."""
    if row.variadic:
        zero, *others = (_value(row, (u,)) for u in (0.0, *_POINTS))
    else:
        zero, *others = values(row, (0.0, *_POINTS)) or (math.nan,)
    return "distance" if zero == 0.0 and all(x > 0.0 for x in others) else ""


def contradiction(row: Primitive) -> str:
    """A contradiction between the columns of a row and its formulas, in words; '' if none was found."""
    return _of_rules(row) or _of_kinks(row) or _of_range(row) or _of_slope(row) or _of_gate(row)


def _of_rules(row: Primitive) -> str:
    names = ("out", *row.operand_names)
    listed = ", ".join(f"{{{name}}}" for name in names)
    if row.rules and len(row.rules) != row.arity:
        return f"rules are {row.arity} texts, one per operand, got {len(row.rules)}"
    for rule in row.rules:
        other = sorted(set(re.findall(r"\{(\w*)\}", rule)).difference(names))
        if other:
            return f"the rule {rule!r} is over {listed}, and {{{other[0]}}} is none of these"
    return ""


def _of_kinks(row: Primitive) -> str:
    for at, partials in row.kinks:
        if len(at) != row.arity or len(partials) != row.arity:
            return f"a kink is Kink(at=..., partials=...) with {row.arity} numbers each, got {at!r} and {partials!r}"
        given = tuple(row.partials(FLOAT, _value(row, at), *at))
        if given != tuple(partials):
            return f"the kink at {at!r} says {tuple(partials)!r}, and the partials are {given!r} there"
    return ""


def _of_range(row: Primitive) -> str:
    if row.range is None:
        return ""
    if len(row.range) != 2 or not row.range[0] < row.range[1]:
        return f"range is (least, largest), got {row.range!r}"
    for u, out in zip(_FAR, values(row, _FAR), strict=False):
        if out < row.range[0] or out > row.range[1]:
            return f"range is {row.range!r}, and the value at {u:g} is {out:g}"
    return ""


def _of_slope(row: Primitive) -> str:
    if row.steepest is None:
        return ""
    if row.arity != 1 or not 0.0 < row.steepest < math.inf:
        return f"steepest is the largest slope of a function of one operand, a number above 0; got {row.steepest!r}"
    slopes = {u: abs(float(row.partials(FLOAT, _value(row, (u,)), u)[0])) for u in _FAR}
    u = max(slopes, key=slopes.__getitem__)
    if slopes[u] > row.steepest * (1.0 + 1e-9):
        return f"steepest is {row.steepest:g}, and the slope at {u:g} is {slopes[u]:g}"
    for u in (_FAR[0], _FAR[-1]):
        if slopes[u] > _FLAT * row.steepest:
            return f"steepest is for functions that level off on both sides, and the slope at {u:g} is {slopes[u]:g}"
    return ""


def _of_gate(row: Primitive) -> str:
    if row.gate and (row.step or row.linear):
        why = "is 0 everywhere" if row.step else "is that of a linear function"
        return f"a gate lets through here and not there, and its derivative {why}"
    return ""


_FAR = (-1e6, *sorted((0.0, 1e-3, -1e-3, *_POINTS)), 1e6)
_FLAT = 0.05  # of the steepest slope, a million away from 0

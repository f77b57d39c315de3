"""Units in the last place, and the points at which a row of the table can be held to them."""

import math

from autograd.primitives.readers import FLOAT
from autograd.primitives.table import TABLE, Primitive

UNARY = [row for row in TABLE.values() if row.arity == 1 and row.method]


def units(got: float, wanted: float) -> float:
    """The difference in units in the last place."""
    if got == wanted or (got != got and wanted != wanted):
        return 0.0
    if math.isinf(got) or math.isinf(wanted) or got != got or wanted != wanted:
        return math.inf
    return abs(got - wanted) / max(math.ulp(wanted), 2.0**-1022 * 2.0**-52)


def inside(row: Primitive, u: float) -> bool:
    """True if a row is smooth at a point, and nothing there overflows or becomes subnormal."""
    if not eval(row.domain, {"u": u}):
        return False
    out = row.value(FLOAT, u)
    numbers = (out, *row.partials(FLOAT, out, u))
    return all(x == x and (x == 0.0 or 1e-300 < abs(x) < 1e300) for x in numbers)

"""The ARRAY reader: the table's formulas on NumPy arrays, for batches and replay.

NumPy is an extra, so nothing imports this module until arrays are asked for. Where NumPy has no such function (erf), or
one that differs in meaning from ours (round at decimals), the float function is mapped over the array.
"""

from typing import Any

import numpy as np

from . import ieee
from .readers import FLOAT, Reader
from .table import known


def _map(f: Any, arity: int) -> Any:
    """The float function applied element by element, as float64."""
    mapped = np.frompyfunc(f, arity, 1)
    return lambda *us: np.asarray(mapped(*(np.asarray(u, dtype=float) for u in us)), dtype=float)[...]


def _quiet(f: Any) -> Any:
    """`f` without NumPy's warnings: inf and nan are results here, as IEEE 754 has them."""

    def quiet(*us: Any) -> Any:
        with np.errstate(all="ignore"):
            return f(*us)

    return quiet


def _sum(*us: Any) -> Any:
    """The sum with the rounding errors of the additions carried along (Neumaier), element by element."""
    total: Any = np.float64(0.0)
    lost: Any = 0.0
    for u in us:
        new = total + u
        lost = lost + np.where(np.abs(total) >= np.abs(u), (total - new) + u, (u - new) + total)
        total = new
    compensated: Any = np.where(np.isfinite(lost), total + lost, total)
    return compensated[()]


def _dot(*ops: Any) -> Any:
    n = len(ops) // 2
    return _sum(ops[-1], *(w * x for w, x in zip(ops[:n], ops[n:-1], strict=True)))


def _where(condition: Any, a: Any, b: Any) -> Any:
    chosen: Any = np.where(condition, a, b)
    return chosen[()]  # a scalar for scalars, as NumPy's own functions


def _extreme(f: Any) -> Any:
    return lambda *us: f.reduce(np.stack(np.broadcast_arrays(*us)))


def _prod(*us: Any) -> Any:
    return _map(ieee.prod, len(us))(*us)


def _norm(*us: Any) -> Any:
    return _map(ieee.hypot, len(us))(*us)


_NUMPY = {
    "exp": np.exp, "exp2": np.exp2, "expm1": np.expm1, "log": np.log, "log2": np.log2, "log10": np.log10,
    "log1p": np.log1p, "sqrt": np.sqrt, "cbrt": np.cbrt, "sin": np.sin, "cos": np.cos, "tan": np.tan,
    "asin": np.arcsin, "acos": np.arccos, "atan": np.arctan, "atan2": np.arctan2, "sinh": np.sinh, "cosh": np.cosh,
    "tanh": np.tanh, "asinh": np.arcsinh, "acosh": np.arccosh, "atanh": np.arctanh, "hypot": np.hypot,
    "floor": np.floor, "ceil": np.ceil, "trunc": np.trunc, "abs": np.abs, "sign": np.sign, "copysign": np.copysign,
    "div": np.true_divide, "floordiv": np.floor_divide, "mod": np.remainder, "pow": np.power,
    "maximum": _extreme(np.maximum), "minimum": _extreme(np.minimum), "sum": _sum, "dot": _dot, "norm": _norm, "prod": _prod,
    "where": _where,
    "fmod": np.fmod, "remainder": _map(ieee.remainder, 2),
    "erf": _map(ieee.erf, 1), "erfc": _map(ieee.erfc, 1), "round": _map(ieee.round, 2),
}  # fmt: skip

_NUMPY |= {
    name: _map(getattr(FLOAT, name), known(name).arity or 1)
    for name in ("lgamma", "gamma", "digamma", "polygamma", "sinc_derivative", "gelu_apart", "gelu_slope_apart")
}

ARRAY = Reader({name: _quiet(f) for name, f in _NUMPY.items()})

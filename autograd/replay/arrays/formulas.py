"""The rows of the table as array operations: forward, and the partials for the sweep back.

A row is read with arrays for its operands, as every reader of the table reads it. Where NumPy has a shorter way to the same
number within a few units in the last place, or a row takes any number of operands, the way is written here.
"""

from collections.abc import Callable, Sequence
from typing import Any

from ...primitives.readers import FLOAT, NATIVES, Reader
from .lines import Array, Lines

_UFUNCS = {
    "exp": "exp", "exp2": "exp2", "expm1": "expm1", "log": "log", "log2": "log2", "log10": "log10", "log1p": "log1p",
    "sqrt": "sqrt", "cbrt": "cbrt", "sin": "sin", "cos": "cos", "tan": "tan", "asin": "arcsin", "acos": "arccos",
    "atan": "arctan", "atan2": "arctan2", "sinh": "sinh", "cosh": "cosh", "tanh": "tanh", "asinh": "arcsinh",
    "acosh": "arccosh", "atanh": "arctanh", "hypot": "hypot", "floor": "floor", "ceil": "ceil", "trunc": "trunc",
    "abs": "absolute", "sign": "sign", "copysign": "copysign", "div": "divide", "floordiv": "floor_divide",
    "mod": "remainder", "pow": "power", "fmod": "fmod",
}  # fmt: skip


class Formulas(Reader):
    """The reader whose operations are lines on arrays; what numbers alone give is a number at once.

    Args:
        fast: whether a slope may lose its last digits where a function levels off.
    """

    def __init__(self, lines: Lines, fast: bool = False) -> None:
        self.lines, self.fast = lines, fast
        super().__init__({name: self._native(name) for name in NATIVES} | {"where": self._where})

    def _native(self, name: str) -> Callable[..., Any]:
        ufunc = _UFUNCS.get(name)

        def native(*us: Any) -> Any:
            if not any(isinstance(u, Array) for u in us):
                return getattr(FLOAT, name)(*us)
            places = ", ".join(f"{{{i}}}" for i in range(len(us)))
            if ufunc is not None:
                return self.lines.call(f"{ufunc}({places}, {{out}})", *us)
            if name in ("maximum", "minimum") and len(us) == 2:
                return self.lines.call(f"{name}({places}, out={{out}})", *us)
            if name == "sum":
                total, *rest = us
                for u in rest:
                    total = total + u
                return total
            return self.lines.call(f"copyto({{out}}, ARRAY.{name}({places}))", *us)

        return native

    def _where(self, condition: Any, a: Any, b: Any) -> Any:
        if not isinstance(condition, Array):
            return a if condition else b
        return self.lines.call("where({0}, {1}, {2}, {out})", condition, a, b, own=False)

    def sigmoid(self, u: Any) -> Any:
        """1 / (1 + exp(-u)): exp overflows only where the result is 0 but for subnormal numbers."""
        if not isinstance(u, Array):
            return FLOAT.sigmoid(u)
        return self.div(1.0, self.exp(-u) + 1.0)


def _tanh(m: Any, _out: Any, u: Any) -> tuple[Any, ...]:
    """1 / cosh(u)**2 from one exponential, accurate in the tails, where 1 - out*out has no digits left."""
    if m.fast:
        return (1.0 - _out * _out,)
    e = m.exp(u)
    half = m.div(2.0, e + m.div(1.0, e))
    return (m.square(half),)


def _sigmoid(m: Any, out: Any, u: Any) -> tuple[Any, ...]:
    return (m.div(out, m.exp(u) + 1.0),)


def _pow(m: Any, out: Any, u: Any, v: Any) -> tuple[Any, ...]:
    """The table's formula, of which a constant exponent decides most."""
    if v == 0.0:
        return 0.0, None
    return (power(m, u, v - 1.0) * v if 0.5 <= v < 2.0**52 else m.div(out, u) * v), None


def _relu(m: Any, out: Any, _u: Any) -> tuple[Any, ...]:
    return (m.lines.call("not_equal({0}, 0.0, {out})", out),)  # as a number: 1 where the operand has come through, nan too


def _div(m: Any, out: Any, _u: Any, v: Any) -> tuple[Any, ...]:
    slope = m.div(1.0, v)
    return slope, -(out * slope)


SHORTER: dict[str, Callable[..., tuple[Any, ...]]] = {"tanh": _tanh, "sigmoid": _sigmoid, "relu": _relu, "div": _div}


def power(m: Any, u: Any, v: float) -> Any:
    """U ** v for a constant v: multiplications for small whole numbers."""
    if v == 0.0:
        return 1.0
    if v in (1.0, 2.0, 3.0, 4.0):
        square = u * u if v > 1.0 else u
        return square * u if v == 3.0 else square * square if v == 4.0 else square
    if v == -1.0:
        return m.div(1.0, u)
    return m.pow(u, v)


def value_of(m: Formulas, row: Any, us: Sequence[Any]) -> Any:
    """The value of a row with a fixed number of operands."""
    if row.name == "pow" and not isinstance(us[1], Array):
        return power(m, us[0], us[1])
    if row.name == "relu":
        return m.lines.call("maximum({0}, 0.0, out={out})", us[0])
    return row.value(m, *us)


def partials_of(m: Formulas, row: Any, out: Any, us: Sequence[Any]) -> tuple[Any, ...]:
    """The partials of a row with a fixed number of operands."""
    if row.name in SHORTER:
        return SHORTER[row.name](m, out, *us)
    if row.name == "pow" and not isinstance(us[1], Array):
        return _pow(m, out, *us)
    return tuple(row.partials(m, out, *us))

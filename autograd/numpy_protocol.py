"""NumPy's functions on a single `Value`: np.isnan(v), np.logaddexp(u, v), np.sinc(v).

In an array of `Value`s NumPy looks for a method of each element, np.exp for `exp`, and finds it; a few of its functions do not
look. For a single number NumPy first asks the number (`__array_ufunc__`, `__array_function__`): the engine's function of the
same name answers for those few, NumPy for all others, as for an array with one element. The caller has imported NumPy.
"""

import operator
from collections.abc import Callable
from typing import Any

from . import functions
from .operators import Tracer, real

# NumPy's functions of objects have no such loop, or ask the first operand alone, or drop the gradient (sign, sinc at 0).
_ANSWERED = "arctan2 copysign fmod hypot isfinite isinf isnan logaddexp maximum minimum modf sign sinc"
_ANSWERS: dict[str, Callable[..., Any]] = {
    **{name: getattr(functions, name) for name in _ANSWERED.split()},
    "divmod": divmod,
    "float_power": operator.pow,
    # np.float64(2.0) * v comes here too, and need not become an array on the way
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "power": operator.pow,
}


def _answer(function: Any, inputs: tuple[Any, ...]) -> Any:
    """The engine's answer to a function of NumPy's on numbers; NotImplemented if it has none."""
    ours = _ANSWERS.get(function.__name__)
    if ours is None:
        return NotImplemented
    numbers = [x if isinstance(x, Tracer) else real(x) for x in inputs]
    return NotImplemented if any(x is None for x in numbers) else ours(*numbers)


def _boxed(x: Any) -> Any:
    """A tracer as an array without dimensions, which NumPy does not ask again."""
    if not isinstance(x, Tracer):
        return x
    import numpy as np

    box = np.empty((), dtype=object)
    box[()] = x
    return box


def _array_ufunc(_: Tracer, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
    """NumPy's protocol for its elementwise functions."""
    answer = _answer(ufunc, inputs) if method == "__call__" and not options else NotImplemented
    return getattr(ufunc, method)(*map(_boxed, inputs), **options) if answer is NotImplemented else answer


def _array_function(_: Tracer, function: Any, _types: Any, inputs: tuple[Any, ...], options: dict[str, Any]) -> Any:
    """NumPy's protocol for its other functions."""
    answer = _answer(function, inputs) if not options else NotImplemented
    return function._implementation(*inputs, **options) if answer is NotImplemented else answer


Tracer.__array_ufunc__ = _array_ufunc  # type: ignore[attr-defined]
Tracer.__array_function__ = _array_function  # type: ignore[attr-defined]

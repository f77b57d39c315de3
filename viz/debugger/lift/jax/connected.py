"""`Connected`: the operands of an equation that JAX has a derivative by at all, be it 0.

`floor` and `stop_gradient` have none. JAX is asked by tracing the derivative, which takes a millisecond: equations that are
alike are asked about once.
"""

from collections.abc import Callable, Sequence
from typing import Any

import jax

from .calls import Operand, is_real
from .partials import alone

_MOST = 10_000
_ALIKE: dict[Any, list[bool]] = {}  # of all lifts


class Connected:
    """The answers about the equations of a function."""

    def __init__(self) -> None:
        self._known: dict[Any, list[bool]] = {}
        self._equations: list[Any] = []  # kept, so that no address is used twice

    def operands(
        self, equation: Any, result: int, function: Callable[..., Any], operands: Sequence[Operand]
    ) -> tuple[Operand, ...]:
        """The operands; those that a result has no derivative by are plain numbers.

        Args:
            result: which result of the equation.
            function: from the operands' arrays to it.
        """
        on = tuple(k for k, o in enumerate(operands) if o.differentiable and is_real(o.data))
        if equation.primitive.name.startswith("custom_vjp"):  # it has no derivative in forward mode to be looked at
            there = set(on)
        else:
            there = {k for k, yes in zip(on, self._asked(equation, result, function, operands, on), strict=True) if yes}
        return tuple(o if k in there else Operand(o.data) for k, o in enumerate(operands))

    def _asked(
        self, equation: Any, result: int, function: Callable[..., Any], operands: Sequence[Operand], on: tuple[int, ...]
    ) -> list[bool]:
        shapes = tuple((o.data.shape, o.data.dtype) for o in operands)
        alike = _alike(equation)
        known, key = (self._known, (id(equation), on, result)) if alike is None else (_ALIKE, (alike, shapes, on, result))
        if key not in known:
            self._equations.append(equation)
            if len(_ALIKE) > _MOST:
                _ALIKE.clear()
            known[key] = _depends(function, [o.data for o in operands], on)
        return known[key]


def _alike(equation: Any) -> Any:
    """The kind of an equation, for which the answer is the same; None if it has a function among its parameters."""
    parameters = tuple(sorted(equation.params.items()))
    if any(callable(v) or hasattr(v, "eqns") or hasattr(v, "jaxpr") for _, v in parameters):
        return None
    try:
        hash(parameters)
    except TypeError:
        return None
    return equation.primitive, parameters


def _depends(function: Callable[..., Any], arrays: Sequence[Any], on: Sequence[int]) -> list[bool]:
    """For some of the operands, whether JAX has a derivative by them at all, be it 0.

    Args:
        function: an equation.
        arrays: all operands.
        on: the places of those that are asked for.
    """

    def tangent(tangents: list[Any]) -> Any:
        given = [arrays[k] for k in on]
        return jax.jvp(alone(function, arrays, on), given, tangents)[1]

    found = jax.make_jaxpr(tangent)([arrays[k] for k in on]).jaxpr
    wanted = {v for v in found.outvars if not hasattr(v, "val")}
    for equation in reversed(found.eqns):
        if not wanted.isdisjoint(equation.outvars):
            wanted |= {v for v in equation.invars if not hasattr(v, "val")}
    return [v in wanted for v in found.invars]

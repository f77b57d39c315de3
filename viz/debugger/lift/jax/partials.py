"""The local derivatives of one equation, from JAX: `jax.vjp` of the equation alone.

Each derivative is asked for twice, with 1 and with nan for the gradient that arrives. What is 0 for nan was not multiplied:
JAX selects zero there, or the number does not depend on the operand at all.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from ..blocks import Bools, Floats
from .calls import Call, floats

_AT_ONCE = 4_000_000  # numbers, of the derivatives that are asked for together


class Partials(NamedTuple):
    """The derivatives of what was asked for by one operand, and where JAX selects zero."""

    local: Floats
    selected: Bools


def depends(function: Callable[..., Any], arrays: Sequence[Any], on: Sequence[int]) -> list[bool]:
    """For some of the operands, whether JAX has a derivative by them at all, be it 0.

    Args:
        function: an equation.
        arrays: all operands.
        on: the places of those that are asked for.
    """

    def tangent(tangents: list[Any]) -> Any:
        given = [arrays[k] for k in on]
        return jax.jvp(_of(function, arrays, on), given, tangents)[1]

    found = jax.make_jaxpr(tangent)([arrays[k] for k in on]).jaxpr
    wanted = {v for v in found.outvars if not hasattr(v, "val")}
    for equation in reversed(found.eqns):
        if not wanted.isdisjoint(equation.outvars):
            wanted |= {v for v in equation.invars if not hasattr(v, "val")}
    return [v in wanted for v in found.invars]


def _of(function: Callable[..., Any], arrays: Sequence[Any], on: Sequence[int]) -> Callable[..., Any]:
    """An equation as a function of some of its operands."""

    def alone(*given: Any) -> Any:
        everything = list(arrays)
        for k, array in zip(on, given, strict=True):
            everything[k] = array
        return function(*everything)

    return alone


def _pullback(call: Call, arrays: Sequence[Any]) -> Callable[[Any], Sequence[Any]]:
    on = [k for k, o in enumerate(call.operands) if o.ids is not None]
    _, pull = jax.vjp(_of(call.function, arrays, on), *(arrays[k] for k in on))
    found: Callable[[Any], Sequence[Any]] = pull
    return found


def everywhere(call: Call, arrays: Sequence[Any] | None = None) -> list[Partials]:
    """The derivatives by every operand with ids, where an operand's element belongs to one element of the result.

    Args:
        arrays: the operands' numbers, if not as they are.
    """
    pull = _pullback(call, [o.data for o in call.operands] if arrays is None else arrays)
    ones = jax.numpy.ones(call.data.shape, call.data.dtype)
    return [Partials(floats(d), ~np.isnan(floats(n))) for d, n in zip(pull(ones), pull(ones * np.nan), strict=True)]


def one_by_one(call: Call) -> Iterator[list[Partials]]:
    """The derivatives of single results, one result after the other."""
    pull = jax.vmap(_pullback(call, [o.data for o in call.operands]))
    n = call.data.size
    step = max(1, _AT_ONCE // (1 + sum(o.data.size for o in call.operands if o.ids is not None)))
    for start in range(0, n, step):
        directions = np.zeros((min(step, n - start), n))
        directions[np.arange(len(directions)), np.arange(start, start + len(directions))] = 1.0
        shape = (len(directions), *call.data.shape)
        ones, nans = (
            [floats(d) for d in pull(jax.numpy.asarray(given.reshape(shape), call.data.dtype))]
            for given in (directions, np.where(directions == 0.0, 0.0, np.nan))
        )
        for k in range(len(directions)):
            yield [Partials(d[k], ~np.isnan(x[k])) for d, x in zip(ones, nans, strict=True)]

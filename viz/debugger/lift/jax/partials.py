"""The local derivatives of one equation, from JAX: `jax.vjp` of the equation alone.

Each derivative is asked for twice, with 1 and with nan for the gradient that arrives. What is 0 for nan was not multiplied:
JAX selects zero there, or the number does not depend on the operand at all.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from ..blocks import Bools, Floats, Ints
from .calls import Call, floats

_AT_ONCE = 4_000_000  # numbers, of the derivatives that are asked for together


class Partials(NamedTuple):
    """The derivatives of what was asked for by one operand, and where JAX selects zero."""

    local: Floats
    selected: Bools


def alone(function: Callable[..., Any], arrays: Sequence[Any], on: Sequence[int]) -> Callable[..., Any]:
    """An equation as a function of some of its operands."""

    def of_some(*given: Any) -> Any:
        everything = list(arrays)
        for k, array in zip(on, given, strict=True):
            everything[k] = array
        return function(*everything)

    return of_some


def _pullback(call: Call, arrays: Sequence[Any]) -> Callable[[Any], Sequence[Any]]:
    on = [k for k, o in enumerate(call.operands) if o.differentiable]
    _, pull = jax.vjp(alone(call.function, arrays, on), *(arrays[k] for k in on))
    found: Callable[[Any], Sequence[Any]] = pull
    return found


def everywhere(call: Call, arrays: Sequence[Any] | None = None) -> list[Partials]:
    """The derivatives by every operand with ids, where an operand's element belongs to one element of the result.

    Args:
        arrays: the operands' numbers, if not as they are.
    """
    pull = _pullback(call, [o.data for o in call.operands] if arrays is None else arrays)
    ones = jax.numpy.ones(call.data.shape, call.data.dtype)
    found = [Partials(floats(d), ~np.isnan(floats(n))) for d, n in zip(pull(ones), pull(ones * np.nan), strict=True)]
    if call.upstream is None:
        return found
    return [_at(p, floats(call.upstream), floats(d)) for p, d in zip(found, pull(call.upstream), strict=True)]


def _at(p: Partials, upstream: Floats, contribution: Floats) -> Partials:
    """The factors that give the contributions of a rule which does not multiply, such as one that clips."""
    with np.errstate(all="ignore"):
        factor = contribution / upstream
        other = np.abs(contribution - p.local * upstream) > 1e-5 * np.abs(contribution)
    there = np.isfinite(factor) & other
    return Partials(np.where(there, factor, p.local), p.selected & ~there)


def one_by_one(call: Call, places: Ints) -> Iterator[list[Partials]]:
    """The derivatives of single results, one result after the other.

    Args:
        places: the results.
    """
    pull = jax.vmap(_pullback(call, [o.data for o in call.operands]))
    n = call.data.size
    step = max(1, _AT_ONCE // (1 + n + sum(o.data.size for o in call.operands if o.differentiable)))
    for start in range(0, len(places), step):
        here = places[start : start + step]
        directions = np.zeros((len(here), n))
        directions[np.arange(len(here)), here] = 1.0
        shape = (len(here), *call.data.shape)
        ones, nans = (
            [floats(d) for d in pull(jax.numpy.asarray(given.reshape(shape), call.data.dtype))]
            for given in (directions, np.where(directions == 0.0, 0.0, np.nan))
        )
        for k in range(len(here)):
            yield [Partials(d[k], ~np.isnan(x[k])) for d, x in zip(ones, nans, strict=True)]

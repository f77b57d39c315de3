"""`value_and_grad`: JAX's own, watched; the first call with something wrong in it is lifted.

JAX is pure: the same arguments give the same numbers. So nothing is kept until a value or a gradient is nan or inf, or a
gradient is 0 for a whole parameter, and then the function is lifted at the arguments that it was called with.
"""

import functools
from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np

from ..graph import LIMIT, Graph
from ..halting import debugged, halt
from ..troubles import Watch
from .naming import names_of
from .windows import looked_at


class value_and_grad(Watch):
    """`jax.value_and_grad`, watched: the same values and gradients, and what is wrong with them.

    A watched function must not be compiled itself, because there are no numbers to look at then; the function in it may be:
    `value_and_grad(jax.jit(loss))`.

    Args:
        function: computes a loss, an array of one number.
        argnums: the arguments by which derivatives are taken, as in `jax.value_and_grad`.
        has_aux: True if the function gives a pair, the loss and something else, as in `jax.value_and_grad`.
        limit: the largest number of contributions of a graph; of a larger one a window is lifted.
        stop: True to stop in the debugger at the first call with a trouble of each kind, at its prompt if no other is there.
            By default it stops if the script runs in the debugger. A function is called instead, with the number of the call
            and its graph.

    Attributes:
        count: how many calls there were.
        troubles: what was wrong with them, the first first.

    Example:
        >>> import jax.numpy as jnp
        >>> watched = value_and_grad(lambda x: jnp.log(x - 2.0))
        >>> value, gradient = watched(1.0)
        >>> print(watched.troubles[0])
        step 1: the loss is nan
    """

    def __init__(
        self, function: Callable[..., Any], argnums: int | Sequence[int] = 0, *, has_aux: bool = False, limit: int = LIMIT,
        stop: bool | Callable[[int, Graph], None] | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        functools.update_wrapper(self, function)
        self._function, self._argnums, self._limit = function, argnums, limit
        self._stop = halt if stop is True else stop
        self._has_aux = has_aux
        self._computed = jax.value_and_grad(function, argnums, has_aux=has_aux)

    def __call__(self, *arguments: Any) -> tuple[Any, Any]:
        """The value and the gradients at arguments."""
        value, gradients = self._computed(*arguments)
        flat = [value[0] if self._has_aux else value, *jax.tree_util.tree_leaves(gradients)]
        if not any(isinstance(x, jax.core.Tracer) for x in flat):
            self.count += 1
            self._look(flat, arguments)
        return value, gradients

    def _look(self, flat: Sequence[Any], arguments: tuple[Any, ...]) -> None:
        value, *sizes = np.asarray(_sizes(flat)).tolist()
        bad = next((k for k, size in enumerate(sizes) if not 0.0 < size < np.inf), None)
        if np.isfinite(value) and bad is None:
            return
        parameter, number = "", value
        if np.isfinite(value) and bad is not None:
            places = (self._argnums,) if isinstance(self._argnums, int) else tuple(self._argnums)
            parameter, number = names_of(self._function, arguments, places)[bad], sizes[bad]
        graph = self.note(parameter, number, lambda: self.look(*arguments))
        stop = halt if self._stop is None and debugged() else self._stop
        if stop and graph is not None:
            stop(self.count, graph)

    def look(self, *arguments: Any) -> Graph:
        """The graph of the function at arguments, sick or not; a window of it, if it is large.

        Raises:
            LiftError: as `lift`.
        """
        return looked_at(_first(self._function) if self._has_aux else self._function, arguments, self._argnums, self._limit)


def _first(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function of the loss alone, of one that gives a pair."""

    @functools.wraps(function)
    def loss(*arguments: Any) -> Any:
        return function(*arguments)[0]

    return loss


@jax.jit  # type: ignore[untyped-decorator] # mypy does not read JAX
def _sizes(flat: Sequence[Any]) -> Any:
    """The value, and the largest gradient of each parameter."""
    value, *gradients = (jax.numpy.asarray(x, float) for x in flat)
    return jax.numpy.stack([value, *(jax.numpy.max(jax.numpy.abs(g), initial=0.0) for g in gradients)])

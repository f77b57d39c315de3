"""JAX's own gradients of all arrays of a computation, those in between too: by one `jax.grad` of its equations.

To every array that an equation computes a variable is added, whose gradient is that of the array. Its numbers are -0.0,
the only ones that change no number when they are added.
"""

from typing import Any

import jax

from .calls import Operand, Step, is_real
from .equations import Equations


def cotangents(equations: Equations, loss: Operand) -> dict[int, Any]:
    """The gradient of every array, by the id of its first element.

    Args:
        equations: those that were done.
        loss: their last result.
    """
    steps = needed(equations, loss)
    computed = [o for step in steps for o in step.given if o.first >= 0]
    places = {o: k for k, o in enumerate(computed)}

    def value(given: list[Any], added: list[Any]) -> Any:
        now = dict(zip(equations.leaves, given, strict=True))
        for step in steps:
            found = step.function(*(now.get(o, o.data) for o in step.taken))
            for o, array in zip(step.given, found, strict=True):
                if o in places:
                    now[o] = array + added[places[o]]
                elif o.differentiable:
                    now[o] = array
        return now[loss]

    given = [o.data for o in equations.leaves]
    zeros = [jax.numpy.full(o.data.shape, -0.0, o.data.dtype) for o in computed]
    found = jax.grad(value, (0, 1))(given, zeros)
    return {o.first: gradient for o, gradient in zip([*equations.leaves, *computed], [*found[0], *found[1]], strict=True)}


def needed(equations: Equations, loss: Operand) -> list[Step]:
    """The steps that the loss depends on."""
    wanted, steps = {loss}, list[Step]()
    for step in reversed(equations.steps):
        if not wanted.isdisjoint(step.given):
            steps.append(step)
            wanted.update(o for o in step.taken if o.differentiable and is_real(o.data))
    return steps[::-1]

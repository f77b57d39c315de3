"""JAX: a loss as a graph of scalars, with JAX's own numbers and derivatives.

    lift(function, *arguments)    the graph of what a function computes
    window(function, *arguments)  a few equations around the first nan of a large function
    value_and_grad(function)      JAX's own, watched: what is nan, inf or 0 is lifted

In: a function and its arguments. Out: a `Graph`. The function is traced, and its equations are done one by one with the
numbers (equations.py); for each that the loss depends on (dependence.py) JAX is asked for the local derivatives
(partials.py). It imports JAX, the room above and the engine.
"""

try:
    import jax as _jax  # noqa: F401 - the first to say that it is missing
except ImportError as _error:
    from ..errors import FrameworkMissingError as _FrameworkMissingError

    raise _FrameworkMissingError(
        "viz.debugger.lift.jax lifts functions of JAX, which is not installed: pip install 'stepgrad[jax]'"
    ) from _error

from .lifting import lift
from .watching import value_and_grad
from .windows import window

__all__ = ["lift", "value_and_grad", "window"]

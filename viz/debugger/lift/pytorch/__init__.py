"""PyTorch: a loss as a graph of scalars, with PyTorch's own numbers and derivatives.

    lift(loss, model)             the graph of what a function computes
    tape(model), lifted(...)      the same for a loss that a script computes in a block
    watching(model)               a block of training, whose first sick step is lifted

In: a computation. Out: a `Graph`. A tape (taping.py) keeps the operations that PyTorch's autograd differentiates; for
each that the loss depends on (dependence.py) PyTorch is asked for the local derivatives (partials.py). It imports
PyTorch, the room above and the engine.
"""

try:
    import torch as _torch  # noqa: F401 - the first to say that it is missing
except ImportError as _error:
    from ..errors import FrameworkMissingError as _FrameworkMissingError

    raise _FrameworkMissingError(
        "viz.debugger.lift.pytorch lifts models of PyTorch, which is not installed: pip install 'stepgrad[torch]'"
    ) from _error

from .lifting import lift, lifted
from .taping import tape
from .watching import watching

__all__ = ["lift", "lifted", "tape", "watching"]

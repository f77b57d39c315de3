"""Neurons, layers, costs and gradient descent, built on `Value`.

The notation is the course's (docs/design.md): z = W a + b, a = sigma(z), the cost C. micrograd's calling convention works
too: `MLP(nin, nouts)`, `model(x)`, `model.parameters()`, `model.zero_grad()`, and the same initial draws.
"""

from typing import TYPE_CHECKING as _TYPE_CHECKING

try:
    from autograd import namesake as _namesake  # noqa: F401 - it looks whether the folder holds one package
except ImportError as _error:
    if "namesake" not in str(_error):
        raise
    raise ImportError(
        f"nn belongs to stepgrad and needs its 'autograd', but {_error.path} is another package of that name, PyPI's by HIPS. "
        "Use an environment of its own for each: pip uninstall autograd stepgrad, then pip install stepgrad here",
        name="autograd",
    ) from None

# isort: split

from autograd.foreign import teach_module as _teach_module
from autograd.source import pass_over as _pass_over

from .costs import (
    accuracy,
    binary_cross_entropy,
    cross_entropy,
    hinge,
    l1,
    l2,
    mean_squared_error,
    norm_cost,
    r_squared,
)
from .foreign import NN as _FOREIGN_NAMES
from .initial import INITIALISATIONS
from .layers import MLP, Layer, Neuron
from .module import Module
from .optimisers import SGD, Adam, AdamW, RMSprop, clip_gradients
from .schedules import constant, cosine, step_decay, warm_up

_pass_over(__path__[0])  # the source of a node made in here is the line that called the network

_MODULES = ("backprop", "checkpoint", "data", "train")


def __dir__() -> list[str]:
    """The names that are meant to be found: completion shows no inner modules between the functions."""
    return sorted({*__all__, *_MODULES})


if not _TYPE_CHECKING:  # or type checkers would believe that every name is here
    __getattr__ = _teach_module(__name__, _FOREIGN_NAMES, _MODULES)

__all__ = [
    "INITIALISATIONS",
    "MLP",
    "SGD",
    "Adam",
    "AdamW",
    "Layer",
    "Module",
    "Neuron",
    "RMSprop",
    "accuracy",
    "binary_cross_entropy",
    "clip_gradients",
    "constant",
    "cosine",
    "cross_entropy",
    "hinge",
    "l1",
    "l2",
    "mean_squared_error",
    "norm_cost",
    "r_squared",
    "step_decay",
    "warm_up",
]

"""Neurons, layers, costs and gradient descent, built on `Value`.

The notation is the course's (docs/design.md): z = W a + b, a = sigma(z), the cost C. micrograd's calling convention works
too: `MLP(nin, nouts)`, `model(x)`, `model.parameters()`, `model.zero_grad()`, and the same initial draws.
"""

from autograd.source import pass_over as _pass_over

from .costs import cross_entropy, hinge, mean_squared_error
from .initial import INITIALISATIONS
from .layers import MLP, Layer, Module, Neuron
from .optimisers import SGD

_pass_over(__path__[0])  # the source of a node made in here is the line that called the network

__all__ = ["INITIALISATIONS", "MLP", "SGD", "Layer", "Module", "Neuron", "cross_entropy", "hinge", "mean_squared_error"]

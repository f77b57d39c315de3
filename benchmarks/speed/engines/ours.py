"""stepgrad, with the nodes that AUTOGRAD_CORE asks for."""

import random
from collections.abc import Callable
from typing import Any

import autograd
from autograd import Value

from . import Engine, Function


def _network(inputs: int, outputs: list[int]) -> Any:
    from nn import MLP

    return MLP(inputs, outputs)


def _fit(
    inputs: int, outputs: list[int], samples: list[list[float]], classes: list[int], epochs: int, batch: int, rate: float
) -> Callable[[], float]:
    from nn import MLP
    from nn.data import Data
    from nn.train import fit

    names = [f"x_{i}" for i in range(inputs)], [str(i) for i in range(outputs[-1])]
    data = Data(samples, classes, *names)
    model = MLP(inputs, outputs, activation="tanh", rng=random.Random(0))

    def train() -> float:
        settings: dict[str, Any] = {"optimiser": "sgd", "seed": 0, "validation": None, "progress": False}
        return fit(model, data, epochs=epochs, batch=batch, rate=rate, **settings).last["cost"]

    return train


class Values(Engine):
    """Gradients are forgotten with `zero_grad()`, as the documentation says."""

    def gradient(self, function: Function, leaves: list[Any]) -> tuple[float, list[float]]:
        """A pass over a new graph."""
        for leaf in leaves:
            leaf.zero_grad()
        root = function(leaves)
        root.backward()
        return root.data, [leaf.grad for leaf in leaves]


def make() -> Engine:
    """The engine as its users have it."""
    return Values(
        imports=("autograd",), value=Value, exp=autograd.exp, log=autograd.log, tanh=autograd.tanh, relu=autograd.relu,
        erf=autograd.erf, dot=autograd.dot, logsumexp=autograd.logsumexp, network=_network, fit=_fit,
    )  # fmt: skip

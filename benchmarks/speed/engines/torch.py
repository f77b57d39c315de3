"""PyTorch, a tensor of one double for every scalar, on one thread."""

from typing import Any

import torch

from . import Engine, Function

torch.set_num_threads(1)


def _leaf(number: float) -> Any:
    return torch.tensor(number, dtype=torch.float64, requires_grad=True)


class Tensors(Engine):
    """Tensors without dimensions."""

    def gradient(self, function: Function, leaves: list[Any]) -> tuple[float, list[float]]:
        """The same with `None` for a gradient that is not there yet."""
        for leaf in leaves:
            leaf.grad = None
        root = function(leaves)
        root.backward()
        return root.item(), [0.0 if leaf.grad is None else leaf.grad.item() for leaf in leaves]


def make() -> Engine:
    """PyTorch on scalars."""
    return Tensors(
        imports=("torch",), value=_leaf, exp=torch.exp, log=torch.log, tanh=torch.tanh, relu=torch.relu, erf=torch.erf
    )

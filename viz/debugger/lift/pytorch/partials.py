"""The local derivatives of one operation, from PyTorch: the operation alone is done again and differentiated.

Each derivative is asked for twice, with 1 and with nan for the gradient that arrives. What is 0 for nan was not multiplied:
PyTorch selects zero there, or the number does not depend on the operand at all.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import torch
from torch.utils._pytree import tree_map_only

from .calls import Call, Operand


class Partials(NamedTuple):
    """The derivatives of what was asked for by one operand, and where PyTorch selects zero."""

    local: torch.Tensor
    selected: torch.Tensor


class Again:
    """An operation done again, so that it can be differentiated.

    Args:
        call: the operation.
        places: the results to compute, for an operation on single elements: every tensor is given element by element then.

    Attributes:
        result: what it gives.
    """

    def __init__(self, call: Call, places: torch.Tensor | None = None) -> None:
        leaves: dict[int, torch.Tensor] = {}
        if call.function is None:  # a Function: it cannot be done again, and need not be
            assert call.tensor is not None
            self.result: torch.Tensor = call.tensor
            self._inputs: Sequence[torch.Tensor] = call.kwargs["inputs"]
            return

        def fresh(o: Operand) -> torch.Tensor:
            data = o.data if places is None else o.data.expand(call.data.shape).reshape(-1)[places]
            if o.ids is None:
                return data
            leaf = leaves[id(o)] = data.clone().requires_grad_()
            return leaf.clone() if call.function._schema.is_mutable else leaf

        with torch.enable_grad():
            args, kwargs = tree_map_only(Operand, fresh, (call.args, call.kwargs))
            result = call.function(*args, **kwargs)
        self.result = result[call.result] if isinstance(result, (tuple, list)) else result
        self._inputs = [leaves[id(o)] for o in call.operands if o.ids is not None]

    def by(self, direction: torch.Tensor) -> list[Partials]:
        """The derivatives of the results that are 1 in a direction, added up, by every operand in its shape."""
        ones = self._gradients(direction)
        nans = self._gradients(torch.where(direction == 0, direction, torch.nan))
        return [Partials(d, ~n.isnan()) for d, n in zip(ones, nans, strict=True)]

    def _gradients(self, upstream: torch.Tensor) -> list[torch.Tensor]:
        if not self.result.requires_grad:
            return [torch.zeros_like(x) for x in self._inputs]
        found = torch.autograd.grad(
            self.result, self._inputs, upstream.to(self.result.dtype), retain_graph=True, allow_unused=True
        )
        return [torch.zeros_like(x) if d is None else d.detach().to_dense() for d, x in zip(found, self._inputs, strict=True)]


def elementwise(call: Call, places: torch.Tensor) -> list[Partials]:
    """The derivatives of results by the one element of each operand that each is computed from."""
    again = Again(call, places)
    return again.by(torch.ones_like(again.result))


def everywhere(call: Call) -> list[Partials]:
    """The derivatives where every operand's element belongs to one element of the result."""
    return Again(call).by(torch.ones_like(call.data))


def one_by_one(call: Call, places: Iterable[int]) -> Iterator[list[Partials]]:
    """The derivatives of single results."""
    again = Again(call)
    for k in places:
        direction = torch.zeros(call.data.numel(), dtype=call.data.dtype)
        direction[k] = 1.0
        yield again.by(direction.reshape(call.data.shape))


def along(call: Call, dim: int) -> list[Partials]:
    """The derivatives of the elements at each place along a dimension; nothing may depend on other lines of that dimension."""
    again = Again(call)
    found = []
    for k in range(call.data.shape[dim]):
        direction = torch.zeros_like(call.data)
        direction.select(dim, k).fill_(1.0)
        found.append(again.by(direction)[0])
    return found


def argument(call: Call, name: str, default: Any = None) -> Any:
    """An argument of a call by the name that the operation's schema gives it."""
    if name in call.kwargs:
        return call.kwargs[name]
    names = [a.name for a in call.function._schema.arguments]
    place = names.index(name) if name in names else len(call.args)
    return call.args[place] if place < len(call.args) else default

"""A call of an operation of PyTorch, as the tape keeps it until a graph is made."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch.utils._pytree import tree_leaves

from autograd.source import Place

from ..blocks import CONSTANT


@dataclass(frozen=True, eq=False, slots=True)
class Operand:
    """A tensor as it was when an operation took it.

    Attributes:
        data: its numbers then; nobody changes them.
        ids: the id of each element, -1 for a plain number; None if no gradient goes to it.
        leaf: True if the elements are leaves.
    """

    data: torch.Tensor
    ids: torch.Tensor | None = None
    leaf: bool = False

    @property
    def known(self) -> torch.Tensor:
        """The ids of all elements, -1 where no gradient goes."""
        return torch.full(self.data.shape, CONSTANT) if self.ids is None else self.ids


class Call(NamedTuple):
    """An operation with operands, and one differentiable tensor that it gave.

    Attributes:
        function: the operation of `torch.ops`; None for a leaf, and for a `torch.autograd.Function`.
        name: its name without overload and trailing underscore: 'add'.
        args, kwargs: as it was called, with an `Operand` for each tensor.
        result: which of the tensors that the operation gives.
        data: the numbers that it gave.
        first: the id of the tensor's first element; the others follow.
        tensor: the tensor itself, of which PyTorch knows the gradient; None for a step in between.
        place, scope: where it was made: in the source, and in which module.
        label: the name of each element.
    """

    function: Any
    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    result: int
    data: torch.Tensor
    first: int
    tensor: torch.Tensor | None = None
    place: Place | None = None
    scope: str = ""
    label: Callable[[int], str] | None = None

    @property
    def ids(self) -> torch.Tensor:
        """The ids of its elements, in its shape."""
        return torch.arange(self.first, self.first + math.prod(self.data.shape)).reshape(self.data.shape)

    @property
    def precision(self) -> str:
        """The type of its numbers: 'float32'."""
        return str(self.data.dtype).removeprefix("torch.")

    @property
    def operands(self) -> list[Operand]:
        """The tensors that it took."""
        return [a for a in tree_leaves((self.args, self.kwargs)) if isinstance(a, Operand)]

"""`lift`: the graph of a loss of PyTorch."""

from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch

from autograd.source import resolve

from ..blocks import Block, Floats, Ints
from ..errors import LiftError, at
from ..graph import LIMIT, Agreement, Graph, compared, graph_of
from ..operations import blocks_below, named, needed
from . import refusing
from .calls import Call
from .dependence import blocks_of, contributions
from .taping import tape


def lift(function: Callable[[], torch.Tensor], *models: torch.nn.Module, limit: int = LIMIT) -> Graph:
    """The graph of a function's result, scalar by scalar.

    Args:
        function: computes a loss, a tensor of one element; it is called once.
        *models: the modules whose parameters and submodules give names.
        limit: the largest number of contributions.

    Raises:
        LiftError: no graph can be made that has PyTorch's own gradient, or it would be too large.

    Example:
        >>> import torch
        >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> graph = lift(lambda: (w * w).sum())
        >>> graph.gradient("w").tolist()
        [2.0, 4.0]
    """
    with tape(*models) as operations:
        loss = function()
    return lifted(operations, loss, limit)


def lifted(operations: tape, loss: torch.Tensor, limit: int = LIMIT) -> Graph:
    """The graph of a loss that was computed in a `tape`; see `lift`."""
    refusing.loss(loss)
    root = operations.root(loss)
    calls = needed(list(named(operations.calls)), operations.count, root)
    refusing.hooks(calls)
    refusing.size([(call, contributions(call)) for call in calls if call.name], limit)
    blocks = blocks_below(calls, operations.count, root, _blocks_of)
    parameters = {name: call.ids.numpy() for call in operations.calls if not call.name and (name := _name(call))}
    graph, number = graph_of(blocks, root, f"PyTorch {torch.__version__}", parameters)
    graph.report = graph.report._replace(agreement=agreement(graph, _of_all(operations, loss, number)))
    return graph


def _blocks_of(call: Call) -> list[Block]:
    try:
        return blocks_of(call)
    except RuntimeError as error:
        raise LiftError(
            f"PyTorch does not give the derivative of {call.name} alone: {str(error).strip().splitlines()[0]}{at(call.place)}"
        ) from error


def _name(call: Call) -> str:
    return call.label(0).split("[")[0] if call.label else ""


def differentiated(operations: tape, loss: torch.Tensor) -> list[tuple[Call, torch.Tensor | None]]:
    """The calls whose tensors PyTorch can give the gradient of, and the gradient; None where the loss does not depend on it.

    A tensor that was written to since is left out, and so is a view that was: PyTorch has the gradient of what is there now.
    """
    calls = [
        call
        for call in operations.calls
        if (t := call.tensor) is not None
        and t.requires_grad
        and t._base is None
        and t is not loss
        and operations.holds(t, call.ids)
    ]
    if not calls or loss.grad_fn is None:
        return []
    try:
        found = torch.autograd.grad(loss, [call.tensor for call in calls], retain_graph=True, allow_unused=True)
    except RuntimeError as error:
        why = str(error).splitlines()[0]
        raise LiftError(
            f"PyTorch cannot give the gradients of the loss to compare with ({why}): lift before backward()"
        ) from error
    return list(zip(calls, found, strict=True))


def agreement(graph: Graph, gradients: Iterable[tuple[Call, Ints, Floats]]) -> tuple[Agreement, ...]:
    """The gradients of tensors beside those of PyTorch.

    Args:
        gradients: the call that made each tensor, the ids of its elements in the graph, and PyTorch's gradients of them.
    """
    return compared(graph, [(_title(call), ids, theirs, call.precision) for call, ids, theirs in gradients])


def _of_all(operations: tape, loss: torch.Tensor, number: Ints) -> Iterator[tuple[Call, Ints, Floats]]:
    for call, theirs in differentiated(operations, loss):
        ids = number[call.ids.numpy()].reshape(-1) if call.first < len(number) - 1 else number[-1:]  # made after the loss
        if (ids >= 0).any():
            yield call, ids, np.zeros(len(ids)) if theirs is None else theirs.to_dense().double().reshape(-1).numpy()


def _title(call: Call) -> str:
    return _name(call) or f"{call.name} at {resolve(call.place)}" if call.place else call.name

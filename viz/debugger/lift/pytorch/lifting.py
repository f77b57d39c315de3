"""`lift`: the graph of a loss of PyTorch."""

import itertools
from collections.abc import Callable, Iterable, Iterator

import numpy as np
import torch

from autograd.source import resolve

from ..blocks import Block, Floats, Ints
from ..errors import LiftError
from ..graph import Agreement, Graph, compared, graph_of
from ..naming import assigned, elements
from ..unused import with_unused
from . import refusing
from .calls import Call
from .dependence import blocks_of, contributions
from .taping import tape

LIMIT = 3_000_000  # contributions, some 100 bytes each
_TOLERANCE = {torch.float64: 1e-12, torch.float32: 2e-6, torch.float16: 5e-3, torch.bfloat16: 5e-2}


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
    calls = _needed(list(named(operations.calls)), operations.count, root)
    refusing.hooks(calls)
    refusing.size([(call, contributions(call)) for call in calls if call.name], limit)
    reached = np.zeros(operations.count, bool)
    reached[root] = True
    tensors: list[list[Block]] = []
    for call in reversed(calls):
        if not reached[call.first : call.first + call.data.numel()].any() and call.name:
            continue
        tensors.append(blocks_of(call))
        for block in tensors[-1]:
            parents = block.operands[reached[block.ids]]
            reached[parents[parents >= 0]] = True
    blocks = with_unused(tensors[::-1], reached)
    parameters = {name: call.ids.numpy() for call in operations.calls if not call.name and (name := _name(call))}
    graph, number = graph_of(blocks, root, f"PyTorch {torch.__version__}", parameters)
    graph.report = graph.report._replace(agreement=agreement(graph, _of_all(operations, loss, number)))
    return graph


def _needed(calls: list[Call], count: int, root: int) -> list[Call]:
    """The leaves, and the calls whose tensors a root depends on."""
    reached = np.zeros(count + 1, bool)  # the last is for plain numbers
    reached[root] = True
    needed = []
    for call in reversed(calls):
        if not call.name or reached[call.first : call.first + call.data.numel()].any():
            needed.append(call)
            for operand in call.operands:
                if operand.ids is not None:
                    reached[operand.ids.reshape(-1).numpy()] = True
                    reached[-1] = False
    return needed[::-1]


def named(calls: list[Call]) -> Iterator[Call]:
    """The calls; the last one of a statement such as `scores = q @ k.T` is called as the variable."""
    for call, following in itertools.zip_longest(calls, calls[1:]):
        name = "" if call.label or (following and following.place == call.place) else assigned(call.place)
        yield call._replace(label=elements(name, call.data.shape)) if name else call


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
    return compared(graph, [(_title(call), ids, theirs, _TOLERANCE[call.data.dtype]) for call, ids, theirs in gradients])


def _of_all(operations: tape, loss: torch.Tensor, number: Ints) -> Iterator[tuple[Call, Ints, Floats]]:
    for call, theirs in differentiated(operations, loss):
        ids = number[call.ids.numpy()].reshape(-1) if call.first < len(number) - 1 else number[-1:]  # made after the loss
        if (ids >= 0).any():
            yield call, ids, np.zeros(len(ids)) if theirs is None else theirs.double().reshape(-1).numpy()


def _title(call: Call) -> str:
    return _name(call) or f"{call.name} at {resolve(call.place)}" if call.place else call.name

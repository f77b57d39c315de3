"""`lift`: the graph of a loss of PyTorch."""

import itertools
from collections.abc import Callable, Iterator

import numpy as np
import torch

from autograd.source import resolve

from ..blocks import Block, Ints
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
    reached = np.zeros(operations.count, bool)
    reached[root] = True
    tensors, edges = list[list[Block]](), 0
    for call in reversed(list(_named(operations.calls))):
        ids = slice(call.first, call.first + call.data.numel())
        if not reached[ids].any() and call.name:
            continue
        edges += contributions(call)
        refusing.size(edges, limit, call)
        tensors.append(blocks_of(call))
        for block in tensors[-1]:
            parents = block.operands[reached[block.ids]]
            reached[parents[parents >= 0]] = True
    refusing.hooks(call for call in operations.calls if reached[call.first])
    blocks = with_unused(tensors[::-1], reached)
    parameters = {name: call.ids.numpy() for call in operations.calls if not call.name and (name := _name(call))}
    graph, number = graph_of(blocks, root, f"PyTorch {torch.__version__}", parameters)
    graph.report = graph.report._replace(agreement=_agreement(graph, operations, loss, number))
    return graph


def _named(calls: list[Call]) -> Iterator[Call]:
    """The calls; the last one of a statement such as `scores = q @ k.T` is called as the variable."""
    for call, following in itertools.zip_longest(calls, calls[1:]):
        name = "" if call.label or (following and following.place == call.place) else assigned(call.place)
        yield call._replace(label=elements(name, call.data.shape)) if name else call


def _name(call: Call) -> str:
    return call.label(0).split("[")[0] if call.label else ""


def _agreement(graph: Graph, operations: tape, loss: torch.Tensor, number: Ints) -> tuple[Agreement, ...]:
    """The gradients of all tensors beside those that PyTorch computes.

    A tensor that was written to since is left out, and so is a view that was: PyTorch has the gradient of what is there now.
    """
    kept = [
        (call, call.tensor, number[call.ids.numpy()].reshape(-1))
        for call in operations.calls
        if call.tensor is not None
        and call.tensor.requires_grad
        and call.tensor._base is None
        and operations.holds(call.tensor, call.ids)
    ]
    kept = [(call, tensor, ids) for call, tensor, ids in kept if (ids >= 0).any() and tensor is not loss]
    if not kept or loss.grad_fn is None:
        return ()
    found = torch.autograd.grad(loss, [tensor for _, tensor, _ in kept], retain_graph=True, allow_unused=True)
    return compared(
        graph,
        [
            (
                _title(call),
                ids,
                np.zeros(len(ids)) if theirs is None else theirs.double().reshape(-1).numpy(),
                _TOLERANCE[tensor.dtype],
            )
            for (call, tensor, ids), theirs in zip(kept, found, strict=True)
        ],
    )


def _title(call: Call) -> str:
    return _name(call) or f"{call.name} at {resolve(call.place)}" if call.place else call.name

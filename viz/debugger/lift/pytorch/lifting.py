"""`lift`: the graph of a loss of PyTorch."""

from collections.abc import Callable, Iterable, Iterator, Sequence

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
from .hooks import Hooked, hooked
from .samples import only, shares
from .taping import tape


def lift(
    function: Callable[[], torch.Tensor],
    *models: torch.nn.Module,
    sample: int | Sequence[int] | None = None,
    limit: int = LIMIT,
) -> Graph:
    """The graph of a function's result, scalar by scalar.

    Args:
        function: computes a loss, a tensor of one element; it is called once, and hooks on its tensors three times.
        *models: the modules whose parameters and submodules give names.
        sample: one sample or some of a batch, by their rows: only their part of the gradient is computed, the numbers of the
            others stay numbers; None for all.
        limit: the largest number of contributions.

    Raises:
        LiftError: no graph can be made that has PyTorch's own gradient, or it would be too large.

    Example:
        >>> import torch
        >>> w = torch.tensor([1.0, 2.0], requires_grad=True)
        >>> graph = lift(lambda: (w * w).sum())
        >>> graph.gradient("w").tolist()
        [2.0, 4.0]
        >>> lift(lambda: (w * w).mean(), sample=1).gradient("w").tolist()
        [0.0, 2.0]
    """
    with tape(*models) as operations:
        loss = function()
    return lifted(operations, loss, limit, sample=sample)


def lifted(operations: tape, loss: torch.Tensor, limit: int = LIMIT, *, sample: int | Sequence[int] | None = None) -> Graph:
    """The graph of a loss that was computed in a `tape`; see `lift`."""
    refusing.loss(loss)
    root = operations.root(loss)
    calls = needed(list(named(operations.calls)), operations.count, root)
    chosen = None if sample is None else only(calls, root, sample)
    if chosen is not None:
        calls = needed(chosen.calls, operations.count, root)
        refusing.hooks(calls)
    with_hooks = hooked(calls, operations.seen, loss, operations.count)
    calls = with_hooks.calls
    if chosen is None:
        refusing.size([(call, contributions(call)) for call in calls if call.name], limit)
        blocks = blocks_below(calls, with_hooks.scalars, root, _blocks_of)
    else:
        blocks = _blocks_of_part(calls, with_hooks.scalars, root, limit)
    parameters = {name: with_hooks.of(call).ids.numpy() for call in operations.calls if not call.name and (name := _name(call))}
    graph, number = graph_of(blocks, root, f"PyTorch {torch.__version__}", parameters)
    gradients = differentiated(operations, loss)
    if chosen is not None:
        gradients = list(shares(chosen, gradients))
    graph.report = graph.report._replace(agreement=agreement(graph, _of_all(gradients, with_hooks, number)))
    refusing.module_hooks(operations.hooked, graph)
    return graph


def _blocks_of_part(calls: Sequence[Call], count: int, root: int, limit: int) -> list[Block]:
    """The blocks of the elements that a root depends on, where these are few among those that were computed."""
    reached = np.zeros(count, bool)
    reached[root] = True
    blocks: list[Block] = []
    sizes: list[tuple[Call, int]] = []
    for call in reversed(calls):
        wanted = np.flatnonzero(reached[call.first : call.first + call.data.numel()])
        if not len(wanted):
            continue
        if call.name:
            sizes.append((call, contributions(call) * len(wanted) // call.data.numel()))
            refusing.size(sizes, limit)
        made = _blocks_of(call, wanted)
        for block in made:
            reached[block.operands[block.operands >= 0]] = True
        blocks[:0] = made
    return blocks


def _blocks_of(call: Call, wanted: Ints | None = None) -> list[Block]:
    try:
        return blocks_of(call, wanted)
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


def _of_all(
    gradients: Iterable[tuple[Call, torch.Tensor | None]], hooks: Hooked, number: Ints
) -> Iterator[tuple[Call, Ints, Floats]]:
    for call, theirs in gradients:
        own = hooks.of(call)
        if own is not call and call.name:
            continue  # whether PyTorch gives the gradient before or after the hook depends on what else is asked for
        inside = call.first < len(number) - 1  # else made after the loss
        ids = number[own.ids.numpy()].reshape(-1) if inside else number[-1:]
        if (ids >= 0).any():
            yield call, ids, np.zeros(len(ids)) if theirs is None else theirs.to_dense().double().reshape(-1).numpy()


def _title(call: Call) -> str:
    return _name(call) or f"{call.name} at {resolve(call.place)}" if call.place else call.name

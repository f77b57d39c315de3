"""The parts of PyTorch that are refused, each with its line and what to do instead."""

from collections.abc import Iterable, Sequence

import torch

from autograd.errors import described
from autograd.source import Place
from autograd.words import counted

from ..errors import LiftError, TooLargeError, at
from ..graph import Graph
from .calls import Call


def operand(t: torch.Tensor, place: Place | None) -> None:
    """Refuse a tensor with a gradient whose elements are no real numbers in memory.

    Raises:
        LiftError: it is complex, sparse, or on another device.
    """
    problem = ""
    if t.is_complex():
        problem = "has complex numbers: compute with real and imaginary parts, or lift a part without them"
    elif t.layout is not torch.strided:
        problem = f"has the layout {t.layout}: call to_dense() before"
    elif t.device.type != "cpu":
        problem = f"is on {t.device}: move model and data with .cpu(), the graph is the same"
    if problem:
        raise LiftError(f"a tensor of shape {tuple(t.shape)} {problem}{at(place)}")


def result(t: torch.Tensor, place: Place | None) -> None:
    """Refuse what a compiled function gave.

    Raises:
        LiftError: so it is.
    """
    if type(t.grad_fn).__name__.startswith("CompiledFunction"):
        raise LiftError(
            f"a compiled function gave a tensor of shape {tuple(t.shape)}: what it does inside cannot be seen. Lift the model "
            f"before torch.compile, model._orig_mod for example{at(place)}"
        )


def hooks(calls: Iterable[Call]) -> None:
    """Refuse hooks where only a part of the operations is lifted: what a hook does depends on all of the gradient.

    Raises:
        LiftError: a tensor has one.
    """
    for call in calls:
        t = call.tensor
        if t is not None and t._backward_hooks:
            raise LiftError(
                f"{counted(len(t._backward_hooks), 'hook')} on a tensor of shape {tuple(t.shape)}: what a hook does depends on "
                f"the whole gradient, and a part is lifted here. Remove it, or lift the whole graph{at(call.place)}"
            )


def module_hooks(place: Place | None, graph: Graph) -> None:
    """Refuse backward hooks of modules that change gradients; those that only look are none of the graph's business.

    Args:
        place: a line at which a module with such a hook runs; None if there is none.
        graph: the graph without the hooks, compared with PyTorch.

    Raises:
        LiftError: its gradients are not PyTorch's.
    """
    wrong = [a.name for a in graph.report.agreement if not a.right]
    if place is not None and wrong:
        raise LiftError(
            f"a full backward hook of a module changes the gradients of {counted(len(wrong), 'tensor')}, {wrong[0]} among "
            f"them, and is not lifted: register_hook on the module's result is{at(place)}"
        )


def loss(t: object) -> None:
    """Refuse what cannot be the root of a graph.

    Raises:
        LiftError: it is no tensor of one real number that has a gradient.
    """
    if not isinstance(t, torch.Tensor):
        raise LiftError(f"a loss is a tensor, got {described(t)}")
    if t.numel() != 1:
        raise LiftError(f"a loss is one number, got a tensor of shape {tuple(t.shape)}: add it up, or choose an element")
    if not t.requires_grad:
        raise LiftError(
            "the loss does not require a gradient: it was detached, computed in no_grad(), or has no parameters in it"
        )


def size(calls: Sequence[tuple[Call, int]], most: int) -> None:
    """Refuse a graph that is too large to be looked at.

    Args:
        calls: the operations, with the number of contributions of each.
        most: the largest number of all together.

    Raises:
        TooLargeError: there are more.
    """
    total = sum(n for _, n in calls)
    if total > most:
        call, n = max(calls, key=lambda one: one[1])
        raise TooLargeError(
            f"the graph has {total:,} contributions, more than limit={most:,}; {n:,} of them come from one {call.name}. Say "
            f"sample=0 for one sample of the batch, take smaller layers, or say limit= for more; watching() takes a window "
            f"around a nan by itself{at(call.place)}"
        )

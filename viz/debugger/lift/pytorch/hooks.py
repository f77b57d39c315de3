"""`hooked`: hooks on tensors as operations, with what each of them makes of the gradient that arrives.

A hook is a function of the user's: it scales, clips or masks a gradient, and no operation shows it. PyTorch is asked for the
gradient once, and each hook for what it got and what it gave. For every number that is a factor, so the hook becomes an
operation that gives the tensor as it is and has these factors as derivatives, at the line of the hook.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch

from autograd.source import Place

from ..errors import LiftError, at
from .calls import Call, Operand


class Hooked(NamedTuple):
    """The operations with the hooks among them.

    Attributes:
        calls: the operations.
        below: for a tensor with hooks, by its first id, the operation that gave it: its gradient is what the hooks gave.
        scalars: how many there are in all.
    """

    calls: list[Call]
    below: dict[int, Call]
    scalars: int

    def of(self, call: Call) -> Call:
        """An operation, with the elements that get the gradient which PyTorch says."""
        return self.below.get(call.first, call)


def hooked(calls: Sequence[Call], seen: Sequence[torch.Tensor], loss: torch.Tensor, count: int) -> Hooked:
    """Operations with the hooks of their tensors among them.

    Args:
        calls: the operations that a loss depends on.
        seen: all tensors that operations have given.
        count: the number of scalars so far.

    Raises:
        LiftError: a hook does something else than to multiply every number of the gradient.
    """
    having = [call for call in calls if call.tensor is not None and call.tensor._backward_hooks]
    known = {id(call.tensor) for call in calls}
    for t in seen:
        if t._backward_hooks and id(t) not in known:
            place = _place(list(t._backward_hooks.values())[-1])
            raise LiftError(
                f"a hook is on a tensor of shape {tuple(t.shape)} that holds numbers of others, a view for example: "
                f"register it on the tensor that an operation computed{at(place)}"
            )
    if not having:
        return Hooked(list(calls), {}, count)
    factors = _factors(having, loss)
    found: list[Call] = []
    below: dict[int, Call] = {}
    for call in calls:
        if call.first not in factors:
            found.append(call)
            continue
        one = below[call.first] = call._replace(first=count)
        count += call.data.numel()
        local, selected, place = factors[call.first]
        found += [
            one,
            Call(
                None, "hook", (Operand(call.data, one.ids),), {"local": local, "selected": selected}, 0, call.data, call.first,
                None, place or call.place, call.scope,
            ),
        ]  # fmt: skip
    return Hooked(found, below, count)


def _factors(having: Sequence[Call], loss: torch.Tensor) -> dict[int, tuple[torch.Tensor, torch.Tensor, Place | None]]:
    """For each tensor with hooks its factors, where they are zeros that were selected, and the line of the hook."""
    passed: dict[int, tuple[torch.Tensor, torch.Tensor]] = {}
    kept = []
    for call in having:
        hooks = call.tensor._backward_hooks  # type: ignore[union-attr]
        kept.append((hooks, dict(hooks)))
        key = next(iter(hooks))
        functions = list(hooks.values())
        hooks.clear()
        hooks[key] = _told(functions, call.first, passed)
    try:
        torch.autograd.grad(loss, [call.tensor for call in having], retain_graph=True, allow_unused=True)
    finally:
        for hooks, functions_by_key in kept:
            hooks.clear()
            hooks.update(functions_by_key)
    found = {}
    for call, (_, functions_by_key) in zip(having, kept, strict=True):
        if call.first in passed:  # else no gradient comes here
            before, after = passed[call.first]
            place = _place(list(functions_by_key.values())[-1])
            found[call.first] = (*_factor(before, after, place), place)
    return found


def _told(
    functions: Sequence[Callable[[torch.Tensor], Any]], key: int, passed: dict[int, tuple[torch.Tensor, torch.Tensor]]
) -> Callable[[torch.Tensor], torch.Tensor]:
    def hook(gradient: torch.Tensor) -> torch.Tensor:
        before = gradient.detach().clone()
        for function in functions:
            changed = function(gradient)
            gradient = gradient if changed is None else changed
        passed[key] = before, gradient.detach().clone()
        return gradient

    return hook


def _factor(before: torch.Tensor, after: torch.Tensor, place: Place | None) -> tuple[torch.Tensor, torch.Tensor]:
    """The factor of each number."""
    before, after = before.double(), after.double()
    same = (before == after) | (before.isnan() & after.isnan())
    selected = (after == 0.0) & (before != 0.0)
    factor = torch.where(same, 1.0, torch.where(selected, 0.0, after / before))
    wrong = ~(same | selected) & ~factor.isfinite()
    if bool(wrong.any()):
        k = int(wrong.reshape(-1).nonzero()[0])
        raise LiftError(
            f"a hook makes {after.reshape(-1)[k].item():g} of a gradient of {before.reshape(-1)[k].item():g}, and that is no "
            f"multiple of it: only hooks that scale, clip or mask are lifted{at(place)}"
        )
    return factor, selected


def _place(hook: Any) -> Place | None:
    """The last expression of a hook's function: mostly what it makes of the gradient."""
    code = getattr(hook, "__code__", None)
    if code is None:
        return None
    known = [k for k, (_, _, left, right) in enumerate(code.co_positions()) if left is not None and left != right]
    return code, 2 * known[-1] if known else 0

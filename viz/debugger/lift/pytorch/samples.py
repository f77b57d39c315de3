"""`only`: a graph of some samples of a batch, for which the numbers of all others are plain numbers.

A loss is one number, computed at its end from rows: a mean of losses, a cross entropy of logits. What is computed from the
rows of other samples stays a number there, and gets no gradient. So the loss is the loss of the batch, and the gradient is the
part of it that the chosen samples give. Where samples meet, in the statistics of a batch, all of them stay in the graph.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch.utils._pytree import tree_map_only

from autograd.words import counted

from ..blocks import CONSTANT, Ints
from ..errors import LiftError, at
from .calls import Call, Operand


class Samples(NamedTuple):
    """The operations with some samples only.

    Attributes:
        calls: the operations; the elements of other samples are plain numbers in those which join the samples.
        kept, left: the ids of the elements that are joined, of the chosen samples and of the others.
    """

    calls: list[Call]
    kept: Ints
    left: Ints


def only(calls: Sequence[Call], root: int, sample: int | Sequence[int]) -> Samples:
    """Operations with some samples only.

    Args:
        calls: all that a loss depends on, in order.
        root: the id of the loss.
        sample: the numbers of the samples, rows of the tensors that the loss joins.

    Raises:
        LiftError: no such sample, no rows, or rows of different tensors that cannot be those of one batch.
    """
    chosen = [sample] if isinstance(sample, int) else list(sample)
    joining = _joining(calls, root)
    rows = {o.data.shape[0]: call for call in joining for o in call.operands if _has_rows(o)}
    if not rows:
        raise LiftError("sample= chooses rows of the tensors that the loss joins, and it joins none: it has one number only")
    if len(rows) > 1:
        told = " and ".join(f"{counted(n, 'row')}{at(call.place)}" for n, call in sorted(rows.items()))
        raise LiftError(f"sample= chooses rows of one batch, and the loss joins tensors of {told}: lift one part of the loss")
    [(n, call)] = rows.items()
    if not chosen or any(not -n <= k < n for k in chosen):
        raise LiftError(f"sample={sample!r}: the loss joins {counted(n, 'row')}, from 0 to {n - 1}{at(call.place)}")
    mask = torch.zeros(n, dtype=torch.bool)
    mask[chosen] = True
    kept, left = [], []

    def masked(o: Operand) -> Operand:
        if not _has_rows(o):
            return o
        of_row = mask.reshape(-1, *[1] * (o.data.dim() - 1)).expand(o.data.shape)
        kept.append(o.known[of_row])
        left.append(o.known[~of_row])
        return Operand(o.data, torch.where(of_row, o.known, torch.full_like(o.known, CONSTANT)), o.leaf)

    joined = {id(call) for call in joining}
    found = [
        call._replace(
            args=tree_map_only(Operand, masked, call.args), kwargs=tree_map_only(Operand, masked, call.kwargs)
        )
        if id(call) in joined
        else call
        for call in calls
    ]  # fmt: skip
    return Samples(found, _ids(kept), _ids(left))


def _has_rows(o: Operand) -> bool:
    return o.ids is not None and o.data.numel() > 1 and not o.leaf


def _ids(parts: Sequence[torch.Tensor]) -> Ints:
    ids = np.unique(torch.cat([part.reshape(-1) for part in parts]).numpy())
    return ids[ids >= 0]


def _joining(calls: Sequence[Call], root: int) -> list[Call]:
    """The operations from the loss back that give one number, up to those which take rows."""
    wanted, found = {root}, []
    for call in reversed(calls):
        if call.name and call.data.numel() == 1 and call.first in wanted:
            found.append(call)
            for o in call.operands:
                if o.ids is not None and o.data.numel() == 1:
                    wanted.add(int(o.ids.reshape(-1)[0]))
    return found[::-1]


def shares(
    samples: Samples, gradients: Sequence[tuple[Call, torch.Tensor | None]]
) -> Iterator[tuple[Call, torch.Tensor | None]]:
    """The part of PyTorch's gradients that the chosen samples give; nothing where it cannot be asked for.

    Args:
        gradients: the calls, and the gradients of the whole loss.
    """
    ends, weights, covered = [], [], []
    for call, gradient in gradients:
        ids = call.ids.numpy().reshape(-1)
        inside = np.isin(ids, samples.kept) | np.isin(ids, samples.left)
        if inside.any() and gradient is not None and call.tensor is not None:
            keeps = torch.from_numpy(np.isin(ids, samples.kept)).reshape(gradient.shape)
            ends.append(call)
            weights.append(torch.where(keeps, gradient, torch.zeros_like(gradient)))
            covered.append(ids[inside])
    if sum(map(len, covered)) != len(samples.kept) + len(samples.left):
        return
    above = [call for call, _ in gradients if call.first < min(end.first for end in ends)]
    if above:
        found = torch.autograd.grad(
            [end.tensor for end in ends], [call.tensor for call in above], weights, retain_graph=True, allow_unused=True
        )
        yield from zip(above, found, strict=True)

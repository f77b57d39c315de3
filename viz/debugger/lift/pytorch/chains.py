"""Operations that PyTorch has in one piece, taken apart where each result depends on many: a batch of n would have n * n
arrows.

Normalisation is a mean, differences, a variance and its root; a long softmax is exponentials and their sum. Each step is
done by PyTorch, and the last one gets the numbers of the whole.
"""

from collections.abc import Callable
from typing import Any

import torch

from .calls import Operand

_aten = torch.ops.aten
Step = Callable[..., Operand]
LONG = 24  # results along a dimension that are taken apart: fewer are drawn with an arrow from each number to each result


def _viewed(x: Operand, *shape: int) -> Operand:
    return Operand(x.data.reshape(shape), None if x.ids is None else x.ids.reshape(shape), x.leaf)


def _normalised(step: Step, x: Operand, dims: list[int], eps: float) -> Operand:
    """(x - mean) / sqrt(variance + eps) over some dimensions."""
    centred = step(_aten.sub.Tensor, x, step(_aten.mean.dim, x, dims, True))
    variance = step(_aten.mean.dim, step(_aten.pow.Tensor_Scalar, centred, 2), dims, True)
    return step(_aten.mul.Tensor, centred, step(_aten.rsqrt.default, step(_aten.add.Scalar, variance, eps)))


def _scaled(step: Step, x: Operand, weight: Operand | None, bias: Operand | None) -> Operand:
    if weight is not None:
        x = step(_aten.mul.Tensor, x, weight)
    return x if bias is None else step(_aten.add.Tensor, x, bias)


def _layer_norm(
    step: Step, x: Operand, shape: list[int], weight: Operand | None, bias: Operand | None, eps: float
) -> Operand | None:
    dims = list(range(x.data.dim() - len(shape), x.data.dim()))
    return _scaled(step, _normalised(step, x, dims, eps), weight, bias)


def _batch_norm(
    step: Step, x: Operand, weight: Operand | None, bias: Operand | None, mean: Operand | None, variance: Operand | None,
    train: bool, _: float, eps: float,
) -> Operand | None:  # fmt: skip
    shape = [1, -1, *[1] * (x.data.dim() - 2)]
    weight, bias = (t and _viewed(t, *shape) for t in (weight, bias))
    if train:
        normal = _normalised(step, x, [d for d in range(x.data.dim()) if d != 1], eps)
    else:
        assert mean is not None and variance is not None
        centred = step(_aten.sub.Tensor, x, _viewed(mean, *shape))
        normal = step(_aten.mul.Tensor, centred, Operand((variance.data + eps).rsqrt().reshape(shape)))
    return _scaled(step, normal, weight, bias)


def _group_norm(
    step: Step,
    x: Operand,
    weight: Operand | None,
    bias: Operand | None,
    n: int,
    channels: int,
    size: int,
    groups: int,
    eps: float,
) -> Operand | None:
    normal = _normalised(step, _viewed(x, n, groups, -1), [2], eps)
    weight, bias = (t and _viewed(t, 1, channels, 1) for t in (weight, bias))
    return _scaled(step, _viewed(normal, n, channels, size), weight, bias)


def _shifted(step: Step, x: Operand, dim: int) -> Operand:
    return step(_aten.sub.Tensor, x, Operand(x.data.amax(dim, keepdim=True)))


def _softmax(step: Step, x: Operand, dim: int, _: bool) -> Operand | None:
    if not x.data.dim() or x.data.shape[dim] <= LONG:
        return None
    powers = step(_aten.exp.default, _shifted(step, x, dim))
    return step(_aten.div.Tensor, powers, step(_aten.sum.dim_IntList, powers, [dim], True))


def _log_softmax(step: Step, x: Operand, dim: int, _: bool) -> Operand | None:
    if not x.data.dim() or x.data.shape[dim] <= LONG:
        return None
    shifted = _shifted(step, x, dim)
    total = step(_aten.sum.dim_IntList, step(_aten.exp.default, shifted), [dim], True)
    return step(_aten.sub.Tensor, shifted, step(_aten.log.default, total))


CHAINS: dict[str, Callable[..., Any]] = {
    "native_layer_norm": _layer_norm,
    "native_batch_norm": _batch_norm,
    "_native_batch_norm_legit": _batch_norm,
    "native_group_norm": _group_norm,
    "_softmax": _softmax,
    "_log_softmax": _log_softmax,
}

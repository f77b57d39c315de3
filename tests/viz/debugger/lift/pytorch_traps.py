"""Traps: small computations of PyTorch whose gradients are nan, inf or 0 in ways that a textbook's rules do not give.

Each is a function of one tensor, and the numbers to call it with. What is right is what PyTorch answers.
"""

# ruff: noqa: N812
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn import functional as F

INF, NAN = float("inf"), float("nan")


class Trap(NamedTuple):
    """A computation.

    Attributes:
        f: from the tensor to a tensor, which is added up.
        x: the numbers.
    """

    f: Callable[[Tensor], Tensor]
    x: Sequence[float]


def _assigned(x: Tensor) -> Tensor:
    y = x * 2
    with torch.no_grad():
        y.clamp_(min=1.0)
    return y * y


def _data(x: Tensor) -> Tensor:
    y = x * 2
    y.data.mul_(10)
    return y * y


def _written(x: Tensor) -> Tensor:
    y = x * 1.0
    y[0] = 5.0
    return y * y


def _written_view(x: Tensor) -> Tensor:
    y = (x * 1.0).reshape(2, 1)
    v = y.t()
    v[0, 1] *= 3
    return y * y


def _half_detached(x: Tensor) -> Tensor:
    y = x * 2
    z = y.detach()
    return y * z


def _used_twice(x: Tensor) -> Tensor:
    y = x.exp()
    y2 = y
    y = y * y2
    return y + y2


def _loop(x: Tensor) -> Tensor:
    while x.abs().max() < 100:
        x = x * x + 0.5
    return x


def _leaf_in_place(x: Tensor) -> Tensor:
    y = x.clone()
    y += x
    y *= x
    return y


TRAPS: dict[str, Trap] = {
    # saturation, where accurate rules would say more than PyTorch does
    "tanh of 10": Trap(torch.tanh, [10.0, -10.0, 9.0]),
    "sigmoid of 20": Trap(torch.sigmoid, [20.0, -20.0, 100.0, -100.0]),
    "log of one minus sigmoid": Trap(lambda x: torch.log(1 - torch.sigmoid(x)), [20.0, 3.0]),
    "log of sigmoid": Trap(lambda x: torch.sigmoid(x).log(), [-100.0, -200.0]),
    "softplus far out": Trap(F.softplus, [30.0, -30.0, 100.0]),
    "logsigmoid far out": Trap(F.logsigmoid, [100.0, -100.0]),
    "gelu far out": Trap(F.gelu, [10.0, -10.0, -40.0]),
    "gelu by tanh": Trap(lambda x: F.gelu(x, approximate="tanh"), [10.0, -10.0, -0.75]),
    "silu far out": Trap(F.silu, [-100.0, 100.0]),
    "erf far out": Trap(torch.erf, [6.0, -6.0]),
    "erfc": Trap(torch.erfc, [5.0, 12.0]),
    # hard zeros
    "relu times nan": Trap(lambda x: torch.relu(x) * NAN, [-1.0, 1.0]),
    "relu over relu": Trap(lambda x: torch.relu(x) / torch.relu(x), [-1.0, 2.0]),
    "softmax of masked row": Trap(lambda x: x.masked_fill(torch.ones(2, dtype=torch.bool), -INF).softmax(0), [1.0, 2.0]),
    "where of a root": Trap(lambda x: torch.where(x > 0, x.sqrt(), torch.zeros(())), [-1.0, 0.0, 4.0]),
    "relu of log": Trap(lambda x: torch.relu(torch.log(x)), [0.0, 0.5, 2.0]),
    "where of a quotient": Trap(lambda x: torch.where(x == 0, torch.ones(()), x.sin() / x), [0.0, 1.0]),
    "double where": Trap(lambda x: torch.where(x > 0, torch.where(x > 0, x, torch.ones(())).sqrt(), x), [-1.0, 4.0]),
    "masked_fill of inf": Trap(lambda x: (1 / x).masked_fill(x == 0, 0.0), [0.0, 2.0]),
    "clamp of nan upstream": Trap(lambda x: x.clamp(0, 1) * NAN, [-1.0, 0.5, 2.0]),
    "maximum with nan": Trap(lambda x: torch.maximum(x, torch.zeros(())) * NAN, [-1.0, 1.0]),
    "relu times zero": Trap(lambda x: torch.relu(x) * 0, [-1.0, 1.0]),
    "times inf at zero": Trap(lambda x: x * x * INF, [0.0, 1.0]),
    "nan_to_num": Trap(lambda x: (x / 0).nan_to_num(), [0.0, 1.0, -1.0]),
    "dropped by index": Trap(lambda x: x.sqrt()[1:], [0.0, 4.0]),
    "dropped by max": Trap(lambda x: x.sqrt().max(), [0.0, 4.0]),
    "multiplied by a mask": Trap(lambda x: x.sqrt() * torch.tensor([0.0, 1.0]), [0.0, 4.0]),
    # float32 over- and underflow on the way back
    "small and large factors": Trap(lambda x: x * 1e-30 * 1e-30 * 1e30 * 1e30, [1.0]),
    "large then small": Trap(lambda x: (x * 1e38) * 1e-48, [1.0]),
    "square of large": Trap(lambda x: x * x, [1e30]),
    "exp overflows": Trap(torch.exp, [89.0, 710.0, 88.0]),
    "exp underflows": Trap(torch.exp, [-104.0, -90.0, -746.0]),
    "one over tiny": Trap(lambda x: 1 / x, [1e-30, 1e-40]),
    "sum of large": Trap(lambda x: (x * 3e38) + (x * 3e38), [0.5]),
    "variance of large": Trap(lambda x: ((x * 1e20) ** 2).mean().sqrt(), [1.0, 2.0]),
    # roots, logarithms, powers
    "sqrt at zero": Trap(torch.sqrt, [0.0]),
    "sqrt of a negative": Trap(torch.sqrt, [-1.0, 1.0]),
    "rsqrt at zero": Trap(torch.rsqrt, [0.0, 4.0]),
    "log at zero": Trap(torch.log, [0.0, -1.0]),
    "log1p at minus one": Trap(torch.log1p, [-1.0, -2.0]),
    "pow 2 at zero": Trap(lambda x: x**2, [0.0]),
    "pow half at zero": Trap(lambda x: x**0.5, [0.0, 4.0]),
    "pow zero at zero": Trap(lambda x: x**0, [0.0, 1.0]),
    "pow of tensors at zero": Trap(lambda x: torch.zeros(2) ** x, [0.0, 2.0]),
    "pow of a negative": Trap(lambda x: torch.pow(x, x), [-2.0, 2.0]),
    "x to the x at zero": Trap(lambda x: x**x, [0.0, 1.0]),
    "xlogy at zero": Trap(lambda x: torch.xlogy(x, x), [0.0, 1.0]),
    "reciprocal at zero": Trap(torch.reciprocal, [0.0, 2.0]),
    "quotient of zeros": Trap(lambda x: x / x, [0.0, 2.0]),
    "acos at one": Trap(torch.acos, [1.0, 0.5]),
    "asin beyond": Trap(torch.asin, [1.0, 1.5]),
    "atanh at one": Trap(torch.atanh, [1.0, 0.0]),
    "acosh at one": Trap(torch.acosh, [1.0, 2.0]),
    "atan2 at the origin": Trap(lambda x: torch.atan2(x[:1], x[1:]), [0.0, 0.0]),
    "hypot at the origin": Trap(lambda x: torch.hypot(x[:1], x[1:]), [0.0, 0.0]),
    "lgamma at a pole": Trap(torch.lgamma, [0.0, -1.0, 3.0]),
    # kinks and steps
    "abs at zero": Trap(torch.abs, [0.0, -1.0]),
    "relu at zero": Trap(torch.relu, [0.0]),
    "clamp at its bounds": Trap(lambda x: x.clamp(0.0, 1.0), [0.0, 1.0, 0.5]),
    "hardtanh at its bounds": Trap(F.hardtanh, [1.0, -1.0, 0.0]),
    "relu6 at its bounds": Trap(F.relu6, [6.0, 0.0, 3.0]),
    "maximum of equals": Trap(lambda x: torch.maximum(x, torch.ones(2)), [1.0, 2.0]),
    "minimum of equals": Trap(lambda x: torch.minimum(x[:1], x[1:]), [1.0, 1.0]),
    "max of ties": Trap(lambda x: x.max(), [2.0, 2.0, 1.0]),
    "amax of ties": Trap(lambda x: x.amax(0), [2.0, 2.0, 1.0]),
    "max along a dimension of ties": Trap(lambda x: x.max(0).values, [2.0, 2.0, 1.0]),
    "median of ties": Trap(lambda x: x.median(), [2.0, 2.0, 1.0]),
    "sort of ties": Trap(lambda x: x.sort().values * torch.tensor([1.0, 2.0, 3.0]), [2.0, 2.0, 1.0]),
    "topk of ties": Trap(lambda x: x.topk(2).values * torch.tensor([1.0, 2.0]), [2.0, 2.0, 2.0]),
    "max_pool of ties": Trap(lambda x: F.max_pool1d(x.reshape(1, 1, 4), 2), [1.0, 1.0, 3.0, 3.0]),
    "sign, floor, round": Trap(lambda x: x.sign() + x.floor() + x.round(), [0.5, -0.5]),
    "fmod and remainder": Trap(lambda x: torch.fmod(x, 2.0) + torch.remainder(x, 2.0), [3.5, -3.5]),
    "leaky relu at zero": Trap(lambda x: F.leaky_relu(x, 0.1), [0.0, -1.0]),
    "elu at zero": Trap(F.elu, [0.0, -1.0, -100.0]),
    "smooth l1 at its seam": Trap(lambda x: F.smooth_l1_loss(x, torch.zeros(3)), [1.0, 0.0, -1.0]),
    "huber at its seam": Trap(lambda x: F.huber_loss(x, torch.zeros(3)), [1.0, 0.0, -1.0]),
    "l1 at zero": Trap(lambda x: F.l1_loss(x, torch.zeros(2)), [0.0, 1.0]),
    # norms, products, statistics
    "norm at the origin": Trap(lambda x: x.norm(), [0.0, 0.0]),
    "norm 1 at the origin": Trap(lambda x: x.norm(1), [0.0, 1.0]),
    "norm inf of ties": Trap(lambda x: x.norm(INF), [1.0, -1.0]),
    "normalize at the origin": Trap(lambda x: F.normalize(x, dim=0), [0.0, 0.0]),
    "cosine at the origin": Trap(lambda x: F.cosine_similarity(x, torch.ones(2), dim=0), [0.0, 0.0]),
    "prod with a zero": Trap(lambda x: x.prod(), [0.0, 2.0, 3.0]),
    "prod with two zeros": Trap(lambda x: x.prod(), [0.0, 0.0, 3.0]),
    "cumprod with a zero": Trap(lambda x: x.cumprod(0), [2.0, 0.0, 3.0]),
    "std of a constant": Trap(lambda x: x.std(), [1.0, 1.0]),
    "var of one": Trap(lambda x: x.var(), [1.0]),
    "layer_norm of a constant": Trap(lambda x: F.layer_norm(x, (3,), eps=0.0), [1.0, 1.0, 1.0]),
    "logsumexp of -inf": Trap(lambda x: torch.logsumexp(x - INF, 0), [1.0, 2.0]),
    "log_softmax with -inf": Trap(lambda x: (x + torch.tensor([0.0, -INF])).log_softmax(0)[:1], [1.0, 2.0]),
    "softmax of large": Trap(lambda x: x.softmax(0) * torch.tensor([1.0, 2.0]), [1000.0, 0.0]),
    "bce at zero and one": Trap(lambda x: F.binary_cross_entropy(x, torch.tensor([1.0, 0.0])), [0.0, 1.0]),
    "bce with logits far out": Trap(lambda x: F.binary_cross_entropy_with_logits(x, torch.tensor([1.0, 0.0])), [-200.0, 200.0]),
    "kl of zeros": Trap(lambda x: F.kl_div(x.log(), torch.tensor([0.0, 1.0]), reduction="sum"), [0.0, 1.0]),
    "cross entropy that ignores": Trap(
        lambda x: F.cross_entropy(x.reshape(2, 2), torch.tensor([1, -100])), [1.0, 2.0, 3.0, 4.0]
    ),
    "mean of nothing": Trap(lambda x: F.cross_entropy(x.reshape(1, 2), torch.tensor([-100])), [1.0, 2.0]),
    # tensors that change, copies, types
    "number assigned without autograd": Trap(_assigned, [0.1, 3.0]),
    "data multiplied": Trap(_data, [1.0, 2.0]),
    "element written": Trap(_written, [1.0, 2.0]),
    "view written": Trap(_written_view, [1.0, 2.0]),
    "half detached": Trap(_half_detached, [1.0, 3.0]),
    "used twice": Trap(_used_twice, [1.0, 0.5]),
    "loop as long as needed": Trap(_loop, [1.5, 0.5]),
    "in place on a copy": Trap(_leaf_in_place, [2.0, 3.0]),
    "cast to half and back": Trap(lambda x: (x.half() * 1.0009765625).to(x.dtype) * x, [1.0, 3.0]),
    "cast to bfloat16": Trap(lambda x: (x.bfloat16() * 3).to(x.dtype), [1.01, 7.3]),
    "cast to int": Trap(lambda x: x * x.int(), [1.5, 2.5]),
    "one_hot of argmax": Trap(lambda x: F.one_hot(x.argmax(), 2) * x, [1.0, 2.0]),
    "repeated index": Trap(lambda x: x[torch.tensor([0, 0, 1])] ** 2, [1.0, 2.0]),
    "index_add": Trap(lambda x: torch.zeros(2).index_add(0, torch.tensor([0, 0]), x) ** 2, [1.0, 2.0]),
    "embedding with padding": Trap(
        lambda x: F.embedding(torch.tensor([0, 1, 0]), x.reshape(2, 1), padding_idx=0) ** 2, [1.0, 2.0]
    ),
    "expanded": Trap(lambda x: x.expand(3, 2) * torch.arange(6.0).reshape(3, 2), [1.0, 2.0]),
    "padded": Trap(lambda x: F.pad(x, (1, 1), value=2.0) ** 2, [1.0, 2.0]),
    "trapezoid": Trap(lambda x: torch.trapezoid(x) ** 2, [1.0, 2.0, 4.0]),
    "inverse": Trap(lambda x: torch.linalg.inv(x.reshape(2, 2)), [1.0, 2.0, 3.0, 4.0]),
    "determinant of singular": Trap(lambda x: torch.linalg.det(x.reshape(2, 2)), [1.0, 2.0, 2.0, 4.0]),
    "singular values": Trap(lambda x: torch.linalg.svdvals(x.reshape(2, 2)), [1.0, 2.0, 3.0, 4.0]),
    "lerp and addcmul": Trap(lambda x: torch.lerp(x, x * x, 0.25) + torch.addcmul(x, x, x, value=2), [1.0, 2.0]),
    "rolled, flipped, repeated": Trap(lambda x: x.roll(1) * x.flip(0) + x.repeat(2)[:2], [1.0, 2.0]),
    "three products": Trap(lambda x: torch.addmm(x, x.reshape(2, 1), x.reshape(1, 2), beta=0.5, alpha=2.0), [1.0, 2.0]),
}

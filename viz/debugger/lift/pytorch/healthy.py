"""`Healthy`: the question that a watched step is asked first, and mostly last: is there a gradient with something wrong in it?

A call of PyTorch costs more than a thousand numbers. So the gradients are joined, and the sum of their squares says that all
are finite. That none is 0 everywhere is known from one number of each: the one that was not 0 the last time.
"""

import itertools
import math

import torch
from torch._utils import _flatten_dense_tensors

_JOINED = 1_000_000  # numbers of gradients that are copied to be looked at together


class Healthy:
    """Looks at gradients, after every step."""

    def __init__(self) -> None:
        self._sizes: list[int] = []
        self._begin: list[int] = []
        self._witnesses: torch.Tensor = torch.empty(0, dtype=torch.long)

    def __call__(self, gradients: list[torch.Tensor]) -> bool:
        """True if gradients are finite and none is 0 everywhere; False does not say the opposite.

        Example:
            >>> healthy = Healthy()
            >>> healthy([torch.tensor([0.0, 1.0]), torch.tensor(2.0)]), healthy([torch.zeros(2), torch.tensor(2.0)])
            (True, False)
        """
        if not gradients:
            return True
        try:
            sizes = [g.numel() for g in gradients]
            if sum(sizes) > _JOINED or gradients[0].device.type != "cpu":
                return all(0.0 < size < math.inf for size in torch.stack(torch._foreach_norm(gradients)).tolist())
            joined = _flatten_dense_tensors(gradients).detach()
            return 0.0 < joined.dot(joined).item() < math.inf and self._none_is_zero(joined, sizes)  # not for nan
        except (RuntimeError, IndexError):  # sparse ones, on several devices, without numbers
            return False

    def _none_is_zero(self, joined: torch.Tensor, sizes: list[int]) -> bool:
        if sizes != self._sizes:
            self._sizes, self._begin = sizes, [0, *itertools.accumulate(sizes)]
            self._witnesses = torch.tensor(self._begin[:-1])
        numbers = joined[self._witnesses].tolist()
        if 0.0 in numbers:
            for k, number in enumerate(numbers):
                if number == 0.0:
                    part = joined[self._begin[k] : self._begin[k + 1]]
                    place = int(part.abs().argmax())
                    if part[place].item() == 0.0:
                        return False
                    self._witnesses[k] = self._begin[k] + place
        return True


def largest(gradient: torch.Tensor) -> float:
    """The largest size of the numbers of a gradient, nan if one is; 1 if there are none, because nothing is wrong with them.

    Example:
        >>> largest(torch.tensor([1.0, -3.0])), largest(torch.tensor([1.0, torch.nan]))
        (3.0, nan)
    """
    numbers = gradient.detach()
    if numbers.layout is not torch.strided:
        numbers = numbers.coalesce().values()
    return float(torch.linalg.vector_norm(numbers, math.inf)) if numbers.numel() else 1.0

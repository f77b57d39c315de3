"""Equations of JAX that are sums of products: for each result the elements of one operand, and those of the other."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..blocks import CONSTANT, Floats, Ints
from .calls import Call, Operand, Places, floats

Lines = tuple[Ints, Floats]  # for each result a row of ids, and one of numbers


def terms(call: Call) -> int:
    """The number of products in each result; 0 if the call is none of these, or has nothing to add up."""
    a, b = call.operands if call.name in _KINDS else (None, None)
    if a is None or b is None or not a.data.size or not b.data.size:
        return 0
    numbers = call.params["dimension_numbers"]
    if call.name == "dot_general":
        return math.prod(a.data.shape[d] for d in numbers[0][0])
    ordinary = (
        call.params["batch_group_count"] == 1 and min((n for pair in call.params["padding"] for n in pair), default=0) >= 0
    )
    return math.prod(b.data.shape[d] for d in numbers.rhs_spec[1:]) if ordinary else 0


def factors(call: Call, places: Places) -> tuple[Lines, Lines]:
    """The rows of the first operand and those of the second.

    Args:
        places: the results.
    """
    return _KINDS[call.name](call, np.arange(call.data.size)[places])


def users(call: Call, element: int) -> Ints:
    """The places of the results that a scalar is a factor of."""
    if call.name != "dot_general":
        (a, _), (b, _) = factors(call, slice(None))
        return np.flatnonzero((a == element).any(1) | (b == element).any(1))
    place = np.arange(call.data.size)
    (a, _), (b, _), row, column = _lines(call, place)
    return np.flatnonzero((a == element).any(1)[row] | (b == element).any(1)[column])


def _both(o: Operand, f: Callable[[Any, float], Any]) -> Lines:
    """A rearrangement of the ids and of the numbers of an operand, told the number that stands for nothing in each."""
    return f(o.ids, CONSTANT), f(floats(o.data), 0.0)


def _lines(call: Call, place: Ints) -> tuple[Lines, Lines, Ints, Ints]:
    """The lines of two operands that are multiplied, and for each result which line of each."""
    contracted, batch = call.params["dimension_numbers"]

    def lines(o: Operand, k: int) -> tuple[Lines, int]:
        outer, inner = tuple(batch[k]), tuple(contracted[k])
        free = tuple(d for d in range(o.data.ndim) if d not in outer + inner)
        batches, n = (math.prod(o.data.shape[d] for d in ds) for ds in (outer, free))
        return _both(o, lambda x, _: x.transpose(outer + free + inner).reshape(batches * n, -1)), n

    (a, of_a), (b, of_b) = lines(call.operands[0], 0), lines(call.operands[1], 1)
    return a, b, place // of_b, place // (of_a * of_b) * of_b + place % of_b


def _matrices(call: Call, place: Ints) -> tuple[Lines, Lines]:
    a, b, row, column = _lines(call, place)
    return (a[0][row], a[1][row]), (b[0][column], b[1][column])


def _convolution(call: Call, wanted: Ints) -> tuple[Lines, Lines]:
    """A result is a filter times a patch; padding, and holes between the numbers, are plain zeros."""
    params = call.params
    spec, groups = params["dimension_numbers"], params["feature_group_count"]
    x, weight = call.operands
    filters = weight.data.shape[spec.rhs_spec[0]]
    kernel = [weight.data.shape[d] for d in spec.rhs_spec[2:]]
    canonical = (call.ids - call.first).transpose(spec.out_spec)  # samples, filters, places
    samples, _, *places = canonical.shape
    order = np.empty(call.data.size, np.int64)
    order[canonical.reshape(-1)] = np.arange(call.data.size)
    sample, chosen, place = np.unravel_index(order[wanted], (samples, filters, math.prod(places)))

    def patches(array: Any, nothing: float) -> Any:
        wide = _spread(array.transpose(spec.lhs_spec), params["lhs_dilation"], params["padding"], nothing)
        reach = [(k - 1) * d + 1 for k, d in zip(kernel, params["rhs_dilation"], strict=True)]
        seen = np.lib.stride_tricks.sliding_window_view(wide, reach, tuple(range(2, wide.ndim)))
        steps = (*params["window_strides"], *params["rhs_dilation"])
        seen = seen[(slice(None), slice(None), *(slice(None, None, n) for n in steps))]
        split = seen.reshape(samples, groups, -1, math.prod(places), math.prod(kernel))
        return split.transpose(0, 1, 3, 2, 4).reshape(samples, groups, math.prod(places), -1)[
            sample, chosen // (filters // groups), place
        ]

    return _both(x, patches), _both(weight, lambda w, _: w.transpose(spec.rhs_spec).reshape(filters, -1)[chosen])


def _spread(x: Any, holes: Sequence[int], padding: Sequence[tuple[int, int]], nothing: float) -> Any:
    """Numbers with holes between them and padding around them."""
    size = [(n - 1) * d + 1 for n, d in zip(x.shape[2:], holes, strict=True)]
    wide = np.full((*x.shape[:2], *size), nothing, x.dtype)
    wide[(slice(None), slice(None), *(slice(None, None, d) for d in holes))] = x
    return np.pad(wide, ((0, 0), (0, 0), *padding), constant_values=nothing)


_KINDS: dict[str, Callable[[Call, Ints], tuple[Lines, Lines]]] = {
    "dot_general": _matrices,
    "conv_general_dilated": _convolution,
}

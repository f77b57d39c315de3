"""Equations of JAX that only move numbers: done on the ids of the elements, they say where each element came from."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import numpy as np
from jax import lax

from ..blocks import CONSTANT, Ints
from .calls import Operand
from .private import done

# Where the type of the numbers stays as it is.
_SAME = {
    "copy", "copy_p", "device_put", "optimization_barrier", "name", "sharding_constraint", "pvary", "convert_element_type",
}  # fmt: skip
_BOUND = {"dynamic_slice", "dynamic_update_slice", "pad", "split", "select_and_gather_add", "rotate"}
_BY_INDEX = {"gather", "scatter", "sort", "top_k"}

# On arrays of NumPy, which need no compilation: from ids and parameters.
_IN_NUMPY: dict[str, Callable[..., Ints]] = {
    "reshape": lambda p, x: x.reshape(p["new_sizes"]),
    "squeeze": lambda p, x: x.reshape([n for d, n in enumerate(x.shape) if d not in {k % x.ndim for k in p["dimensions"]}]),
    "transpose": lambda p, x: x.transpose(p["permutation"]),
    "rev": lambda p, x: np.flip(x, p["dimensions"]),
    "concatenate": lambda p, *xs: np.concatenate(xs, p["dimension"]),
    "broadcast_in_dim": lambda p, x: _broadcast(x, p["shape"], p["broadcast_dimensions"]),
    "slice": lambda p, x: x[
        tuple(map(slice, p["start_indices"], p["limit_indices"], p["strides"] or (None,) * x.ndim))
    ],
}  # fmt: skip


def is_move(equation: Any, operands: Sequence[Operand], results: Sequence[Any]) -> bool:
    """True if an equation only moves numbers."""
    name = equation.primitive.name
    same = [r.dtype for r in results] == [o.data.dtype for o in operands]
    return name in _IN_NUMPY or name in _BOUND or name in _BY_INDEX or (same and name in _SAME)


def moved(equation: Any, operands: Sequence[Operand], results: Sequence[Any]) -> list[Ints]:
    """The ids of the elements of each result of such an equation, -1 for plain numbers."""
    name, params = equation.primitive.name, equation.params
    if name in _SAME:
        return [o.ids for o in operands]
    if name in _IN_NUMPY:
        return [_IN_NUMPY[name](params, *(o.ids for o in operands))]
    if name in _BOUND:
        found = done(equation)(*(_index(o) for o in operands))
        return [np.asarray(ids).astype(np.int64) for ids in (found if equation.primitive.multiple_results else [found])]
    if name == "gather":
        return [_gathered(params, *operands)]
    if name == "scatter":
        return [_scattered(params, *operands)]
    if name == "sort":
        return [_sorted(params, operands, o) for o in operands]
    axis = params.get("axis", params.get("operand_axis", -1))  # top_k
    return [np.take_along_axis(operands[0].ids, np.asarray(results[1]), axis), np.full(results[1].shape, CONSTANT)]


def _broadcast(x: Ints, shape: Sequence[int], dimensions: Sequence[int]) -> Ints:
    sizes = [1] * len(shape)
    for d, n in zip(dimensions, x.shape, strict=True):
        sizes[d] = n
    return np.broadcast_to(x.reshape(sizes), shape)


def _index(o: Operand) -> Any:
    """The ids of numbers; indices as they are. JAX has numbers of 32 bits for them, unless it is told otherwise."""
    return o.data if not o.differentiable and np.issubdtype(o.data.dtype, np.integer) else o.ids.astype(np.int32)


def _gathered(params: dict[str, Any], x: Operand, indices: Operand) -> Ints:
    """The ids of elements by index; one outside is read from the edge, but gets no gradient, unless that was asked for."""
    clip = params["mode"] == lax.GatherScatterMode.CLIP
    found = lax.gather(
        x.ids.astype(np.int32), indices.data, params["dimension_numbers"], params["slice_sizes"],
        mode=lax.GatherScatterMode.CLIP if clip else lax.GatherScatterMode.FILL_OR_DROP, fill_value=CONSTANT,
    )  # fmt: skip
    return np.asarray(found).astype(np.int64)


def _scattered(params: dict[str, Any], x: Operand, indices: Operand, updates: Operand) -> Ints:
    found = lax.scatter(
        x.ids.astype(np.int32), indices.data, updates.ids.astype(np.int32), params["dimension_numbers"],
        indices_are_sorted=params["indices_are_sorted"], unique_indices=params["unique_indices"], mode=params["mode"],
    )  # fmt: skip
    return np.asarray(found).astype(np.int64)


def _sorted(params: dict[str, Any], operands: Sequence[Operand], one: Operand) -> Ints:
    """The ids of one of the arrays that are sorted together."""
    axis = params["dimension"]
    place = jax.lax.broadcasted_iota(np.int32, one.data.shape, axis)
    everything = (*(o.data for o in operands), place)
    order = lax.sort(everything, dimension=axis, is_stable=params["is_stable"], num_keys=params["num_keys"])[-1]
    return np.take_along_axis(one.ids, np.asarray(order), axis)

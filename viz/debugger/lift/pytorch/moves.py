"""Operations of PyTorch that only move numbers: done on the ids of the elements, they say where each element came from."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.utils._pytree import tree_map_only

from .calls import Operand

_MOVES = set(
    """
    cat stack index index_select gather take take_along_dim flip roll repeat repeat_interleave clone copy constant_pad_nd tril
    triu masked_select select_scatter slice_scatter diagonal_scatter as_strided_scatter scatter masked_scatter fill zero
    index_copy index_fill index_put _index_put_impl _unsafe_index _unsafe_view rot90 pixel_shuffle pixel_unshuffle
    channel_shuffle diag_embed unfold_copy alias_copy view_copy expand_copy permute_copy t_copy split_copy unsafe_split
    unsafe_split_with_sizes unsafe_chunk unbind_copy
    """.split()  # noqa: SIM905 - a list of words
)
# (values, indices) along a dimension
_BY_INDEX = {"sort", "topk", "cummax", "cummin", "kthvalue", "median", "nanmedian", "mode"}


def moved(name: str, function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Sequence[torch.Tensor] | None:
    """The ids of the elements of each tensor that an operation gives, -1 for plain numbers; None if it computes numbers.

    Args:
        args, kwargs: with an `Operand` for each tensor.
        out: what the operation gave.
    """
    if name == "_to_copy":
        x = args[0]
        return [x.known.clone()] if out.dtype == x.data.dtype else None
    if name == "embedding":
        return [_embedded(*args, **kwargs)]
    if name in _BY_INDEX and isinstance(out, (tuple, list)):
        return [_by_index(args, kwargs, out[1])]
    if name not in _MOVES or _adds(name, args, kwargs):
        return None
    fixed = _filled(name, args, kwargs)
    ids = function(*tree_map_only(Operand, _index, fixed[0]), **tree_map_only(Operand, _index, fixed[1]))
    return ids if isinstance(ids, (tuple, list)) else [ids]


def _index(x: Operand) -> torch.Tensor:
    """The ids of numbers; a tensor of indices or of truth values as it is."""
    return x.known.clone() if x.data.is_floating_point() else x.data


def _adds(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    """True if the call adds numbers up instead of moving them."""
    accumulate = kwargs.get("accumulate", args[3] if name in ("index_put", "_index_put_impl") and len(args) > 3 else False)
    return bool(accumulate) or kwargs.get("reduce") is not None


def _filled(name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments, with -1 in place of numbers that fill."""
    kwargs = {key: -1 if key == "value" and isinstance(a, (int, float)) else a for key, a in kwargs.items()}
    if name == "constant_pad_nd":
        return (*args[:2], -1), {}
    if name in ("fill", "scatter", "index_fill") and args and isinstance(args[-1], (int, float)):
        return (*args[:-1], -1), kwargs
    return args, {key: a for key, a in kwargs.items() if key not in ("memory_format", "non_blocking")}


def _by_index(args: tuple[Any, ...], kwargs: dict[str, Any], index: torch.Tensor) -> torch.Tensor:
    x = args[0]
    numbers = [a for a in (*args[1:], kwargs.get("dim", -1)) if isinstance(a, int) and not isinstance(a, bool)]
    dim = kwargs["dim"] if "dim" in kwargs else numbers[-1] if len(numbers) > 1 else -1
    ids = x.known
    if not ids.dim():
        return ids.clone()
    if index.dim() == ids.dim():
        return ids.gather(dim, index)
    return ids.gather(dim, index.unsqueeze(dim)).squeeze(dim)


def _embedded(weight: Operand, index: Operand, padding: int = -1, *_: Any) -> torch.Tensor:
    ids = weight.known[index.data].clone()
    if padding >= 0:  # its row is read, but gets no gradient
        ids[index.data == padding] = -1
    return ids

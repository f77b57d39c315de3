"""For each operation of PyTorch: which elements its results are computed from, as blocks of scalars.

Operations fall into a few kinds. Element by element, along reduced dimensions, sums of products, along one dimension: these
are known by their tags and names, and their blocks are made whole. Whatever is left is asked element by element.
"""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from ..blocks import CONSTANT, Block, Bools, Floats, Ints, leaves
from ..operations import Row, ragged, related, weighted
from ..rows import made_by
from .calls import Call, Operand
from .partials import Partials, along, argument, elementwise, everywhere, one_by_one

# Names of PyTorch for rows of the table, where they differ. Whether the row gives the same numbers is tried each time.
_ROWS = {
    "amax": "maximum", "max": "maximum", "amin": "minimum", "min": "minimum", "clamp_min": "maximum", "clamp_max": "minimum",
    "linalg_vector_norm": "norm", "_to_copy": "identity", "assigned": "identity", "log_sigmoid_forward": "logsigmoid",
    "hardtanh": "clamp", "special_erfc": "erfc", "special_expit": "sigmoid", "special_xlogy": "xlogy",
    "special_ndtr": "normal_cdf", "masked_fill": "where",
}  # fmt: skip
_BY_ELEMENT = {"_to_copy", "masked_fill", "native_dropout"}
_REDUCTIONS = {
    "sum", "nansum", "mean", "amax", "amin", "max", "min", "prod", "logsumexp", "linalg_vector_norm", "norm", "var", "std",
    "var_mean", "std_mean",
}  # fmt: skip
_ALONG = {"_softmax", "_log_softmax", "cumsum", "cumprod", "logcumsumexp"}


def blocks_of(call: Call, wanted: Ints | None = None) -> list[Block]:
    """The scalars of a call, as blocks in the order of their ids.

    Args:
        wanted: the places of those that are asked for among all results, ascending; None for all.
    """
    if wanted is None:
        wanted = np.arange(call.data.numel())
    if not call.name:
        label = call.label
        named = label and (lambda i: label(int(wanted[i])))
        return [leaves(call.first + wanted, _floats(call.data).reshape(-1)[wanted], call.precision, named)]
    pointwise = call.function is not None and torch.Tag.pointwise in call.function.tags
    if call.name == "assigned":
        return [_block(call, wanted, [_flat(call.args[0], call.data.shape, wanted)], [_fixed(wanted, 1.0)])]
    if call.name == "hook":
        return [_block(call, wanted, [_flat(call.args[0], call.data.shape, wanted)], [_of_hook(call, wanted)])]
    if pointwise or call.name in _BY_ELEMENT:
        return [_by_element(call, wanted)]
    if call.name in _REDUCTIONS and call.function is not None:
        return [_reduced(call, wanted)]
    scaled = (call.kwargs.get("beta", 1), call.kwargs.get("alpha", 1)) != (1, 1)
    if call.name in _PRODUCTS and not scaled and not (call.name == "convolution" and (call.args[6] or call.data.dim() > 4)):
        return [_products(call, wanted, *_PRODUCTS[call.name](call, torch.from_numpy(wanted)))]
    if call.name in _ALONG and call.args[0].data.dim():
        return _along(call, wanted)
    return _asked(call, wanted)


def contributions(call: Call) -> int:
    """The number of contributions of a call, or a little more: large ones are to be refused before they are made."""
    n: int = call.data.numel()
    taken: int = sum(o.data.numel() for o in call.operands if o.ids is not None)
    if call.name in _PRODUCTS:
        each: int = call.args[1].data[0].numel() if call.name == "convolution" else call.args[-1].data.shape[-2:][0]
        return n * 2 * each
    if call.name in _ALONG and call.args[0].data.dim():
        return n * int(call.args[0].data.shape[argument(call, "dim")])
    one_each = call.function is None or torch.Tag.pointwise in call.function.tags or call.name in (_BY_ELEMENT | _REDUCTIONS)
    return max(n, taken) if one_each else n * taken


# --- element by element ------------------------------------------------------------------------------------------------

Column = tuple[Ints, Floats]


def _by_element(call: Call, wanted: Ints) -> Block:
    """Each result from one element of every operand, broadcast."""
    columns, partials = [], []
    found = iter(elementwise(call, torch.from_numpy(wanted)))
    for a in (*call.args, *call.kwargs.values()):
        if isinstance(a, Operand) or (isinstance(a, (int, float)) and not isinstance(a, bool)):
            columns.append(_flat(a, call.data.shape, wanted))
            differentiable = isinstance(a, Operand) and a.ids is not None
            partials.append(next(found) if differentiable else _fixed(wanted, 0.0))
    return _block(call, wanted, columns, partials)


def _fixed(wanted: Ints, local: float) -> Partials:
    return Partials(torch.full((len(wanted),), local), torch.zeros(len(wanted), dtype=torch.bool))


def _of_hook(call: Call, wanted: Ints) -> Partials:
    return Partials(call.kwargs["local"].reshape(-1)[wanted], call.kwargs["selected"].reshape(-1)[wanted])


def _flat(a: "Operand | float", shape: Sequence[int], wanted: Ints) -> Column:
    """The ids and numbers of an operand in a shape, at the places that are wanted."""
    if not isinstance(a, Operand):
        return np.full(len(wanted), CONSTANT), np.full(len(wanted), float(a))
    return a.known.expand(shape).reshape(-1).numpy()[wanted], _floats(a.data.expand(shape)).reshape(-1)[wanted]


def _block(call: Call, wanted: Ints, columns: list[Column], partials: list[Partials]) -> Block:
    return _of(
        call,
        wanted,
        np.stack([ids for ids, _ in columns], 1),
        np.stack([x for _, x in columns], 1),
        np.stack([_floats(p.local) for p in partials], 1),
        np.stack([p.selected.numpy() for p in partials], 1),
    )


def _of(call: Call, wanted: Ints, operands: Ints, numbers: Floats, local: Floats, selected: Bools) -> Block:
    """The block of a call; its row of the table, if that gives its numbers."""
    data, label = _floats(call.data).reshape(-1)[wanted], call.label
    return Block(
        made_by(call.name, _ROWS, numbers, data, call.precision), call.first + wanted, data, operands, numbers, local, selected,
        call.precision, call.place, call.scope, label and (lambda i: label(int(wanted[i]))),
    )  # fmt: skip


def _floats(t: torch.Tensor) -> Floats:
    numbers: Floats = t.detach().to(torch.float64).numpy()
    return numbers


# --- along reduced dimensions --------------------------------------------------------------------------------------------


def _reduced(call: Call, wanted: Ints) -> Block:
    """Each result from the elements of some dimensions."""
    x = call.args[0]
    rank = x.data.dim()
    given = argument(call, "dim")
    dims = [given] if isinstance(given, int) else list(given or range(rank))
    dims = sorted(d % rank for d in dims) if rank else []
    kept = [d for d in range(rank) if d not in dims]
    n = math.prod(x.data.shape[d] for d in kept)
    (partial,) = everywhere(call)

    def lines(t: torch.Tensor) -> Any:
        return t.permute((*kept, *dims)).reshape(n, -1)[wanted]

    found = lines(partial.selected).numpy()
    return _of(call, wanted, lines(x.ids).numpy(), _floats(lines(x.data)), _floats(lines(partial.local)), found)


# --- sums of products ----------------------------------------------------------------------------------------------------

Pair = tuple[torch.Tensor, torch.Tensor]
Products = tuple[Pair, Pair, Pair | None]  # weights, factors, a summand: for each result a row of ids, and one of numbers


def _both(o: Operand, f: Callable[[torch.Tensor], torch.Tensor]) -> Pair:
    return f(o.known), f(o.data)


def _products(call: Call, wanted: Ints, weights: Pair, factors: Pair, shift: Pair | None) -> Block:
    """Each result a weighted sum: the derivative by each factor is the other one, as PyTorch has it."""
    arrays = [None if pair is None else (pair[0].numpy(), _floats(pair[1])) for pair in (weights, factors, shift)]
    return _of(call._replace(name="dot"), wanted, *weighted(*arrays))  # type: ignore[arg-type] # the last alone is None


def _ordered(a: Operand, b: Operand, of_a: Pair, of_b: Pair) -> tuple[Pair, Pair]:
    """Weights before factors: what is a leaf, or has a gradient at all."""
    return (of_b, of_a) if a.ids is None or (b.leaf and not a.leaf) else (of_a, of_b)


def _matrices(call: Call, a: Operand, b: Operand, bias: Operand | None, wanted: torch.Tensor) -> Products:
    """The rows of a matrix, or of many, times the columns of another."""
    rows, columns = call.data.shape[-2:]
    row, column = wanted // columns, wanted // (rows * columns) * columns + wanted % columns

    def first(t: torch.Tensor) -> torch.Tensor:
        return t.reshape(-1, t.shape[-1])[row]

    def second(t: torch.Tensor) -> torch.Tensor:
        return t.transpose(-1, -2).reshape(-1, t.shape[-2])[column]

    shift = None if bias is None else _both(bias, lambda t: t.expand(call.data.shape).reshape(-1, 1)[wanted])
    return *_ordered(a, b, _both(a, first), _both(b, second)), shift


def _vector(a: Operand, b: Operand, wanted: torch.Tensor) -> Products:
    """A matrix, or a vector, times a vector."""

    def first(t: torch.Tensor) -> torch.Tensor:
        return t.reshape(-1, t.shape[-1])[wanted]

    return *_ordered(a, b, _both(a, first), _both(b, lambda t: t.expand(len(wanted), -1))), None


def _convolution(call: Call, wanted: torch.Tensor) -> Products:
    """A convolution: each result is a sum of products of a filter and a patch. One dimension is taken as two."""
    x, weight, bias, stride, padding, dilation, _, _, groups = call.args
    flat = x.data.dim() == 3

    def two(numbers: Sequence[int], single: int) -> tuple[int, ...]:
        return (single, *numbers) if flat else tuple(numbers)

    kernel = two(weight.data.shape[2:], 1)
    filters, places = call.data.shape[1], call.data.shape[2:].numel()
    sample, chosen, place = wanted // (filters * places), wanted // places % filters, wanted % places

    def patches(t: torch.Tensor) -> torch.Tensor:  # the patch of each result's group; what is padded is 0
        t = t.unsqueeze(2) if flat else t
        found = torch.nn.functional.unfold(t, kernel, two(dilation, 1), two(padding, 0), two(stride, 1))
        return found.unflatten(1, (groups, -1)).permute(0, 3, 1, 2)[sample, place, chosen // (filters // groups)]

    factors = patches((x.known + 1).double()).long() - 1, patches(x.data)  # exact: an id is far below 2**53
    weights = _both(weight, lambda t: t.reshape(filters, -1)[chosen])
    shift = None if bias is None else _both(bias, lambda t: t[chosen].unsqueeze(1))
    return *_ordered(x, weight, factors, weights), shift


_PRODUCTS: dict[str, Callable[[Call, torch.Tensor], Products]] = {
    "mm": lambda call, wanted: _matrices(call, call.args[0], call.args[1], None, wanted),
    "bmm": lambda call, wanted: _matrices(call, call.args[0], call.args[1], None, wanted),
    "addmm": lambda call, wanted: _matrices(call, call.args[1], call.args[2], call.args[0], wanted),
    "baddbmm": lambda call, wanted: _matrices(call, call.args[1], call.args[2], call.args[0], wanted),
    "mv": lambda call, wanted: _vector(call.args[0], call.args[1], wanted),
    "dot": lambda call, wanted: _vector(call.args[0], call.args[1], wanted),
    "convolution": _convolution,
}


# --- along one dimension -------------------------------------------------------------------------------------------------


def _along(call: Call, wanted: Ints) -> list[Block]:
    """Each result from the elements of its line along a dimension."""
    x = call.args[0]
    dim = argument(call, "dim") % x.data.dim()
    size = x.data.shape[dim]

    def lines(t: torch.Tensor) -> Any:
        return t.movedim(dim, -1).reshape(-1, size)

    place = np.empty(call.data.numel(), np.int64)  # of each result: its line and its place in it, as one number
    place[lines(call.ids - call.first).reshape(-1).numpy()] = np.arange(len(place))
    line, k = place[wanted] // size, place[wanted] % size
    found = along(call, dim)
    local = np.stack([_floats(lines(p.local)) for p in found])[k, line]
    selected = np.stack([lines(p.selected).numpy() for p in found])[k, line]
    ids, numbers = lines(x.ids).numpy()[line], _floats(lines(x.data))[line]
    if not call.name.startswith("cum"):
        return [_of(call, wanted, ids, numbers, local, selected)]
    there = ~(selected & (local == 0.0))
    return _ragged(call, wanted, [(ids[i][t], numbers[i][t], local[i][t], selected[i][t]) for i, t in enumerate(there)])


def _ragged(call: Call, wanted: Ints, rows: Sequence[Row]) -> list[Block]:
    """Results with different numbers of operands."""
    return [_of(call, wanted[places], *columns) for places, columns in ragged(rows)]


# --- whatever is left ----------------------------------------------------------------------------------------------------


def _asked(call: Call, wanted: Ints) -> list[Block]:
    """Each result by itself, from all elements that it depends on."""
    given = [o for o in call.operands if o.ids is not None]
    ids = np.concatenate([o.known.reshape(-1).numpy() for o in given])
    numbers = np.concatenate([_floats(o.data).reshape(-1) for o in given])
    rows = [
        related(
            ids, numbers, np.concatenate([_floats(p.local).reshape(-1) for p in found]),
            np.concatenate([p.selected.reshape(-1).numpy() for p in found]),
        )
        for found in one_by_one(call, wanted)
    ]  # fmt: skip
    return _ragged(call, wanted, rows)

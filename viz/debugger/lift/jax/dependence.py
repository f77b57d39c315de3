"""For each equation of JAX: which elements its results are computed from, as blocks of scalars.

Element by element, along reduced axes, sums of products: these are known by their names, and their blocks are made whole.
Whatever is left is asked element by element.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from ..blocks import CONSTANT, Block, Bools, Floats, Ints, leaves
from ..errors import TooLargeError, at
from ..operations import ragged, related, weighted
from ..rows import made_by
from . import products
from .calls import Call, Places, floats
from .partials import everywhere, one_by_one
from .products import factors, terms
from .running import is_running, running

# Names of JAX for rows of the table, where they differ. Whether the row gives the same numbers is tried each time.
_ROWS = {
    "max": "maximum", "min": "minimum", "reduce_max": "maximum", "reduce_min": "minimum", "reduce_sum": "sum",
    "reduce_prod": "prod", "logistic": "sigmoid", "integer_pow": "pow", "select_n": "where", "add_any": "add", "rem": "fmod",
    "convert_element_type": "identity", "reduce_precision": "identity", "copy": "identity",
}  # fmt: skip
BY_ELEMENT = set(
    """
    abs acos acosh add add_any asin asinh atan atan2 atanh bessel_i0e bessel_i1e cbrt ceil clamp convert_element_type cos cosh
    digamma div erf erf_inv erfc exp exp2 expm1 floor igamma igammac integer_pow lgamma log log1p logistic max min mul neg
    nextafter polygamma pow random_gamma_grad reduce_precision regularized_incomplete_beta rem round rsqrt select_n sign sin
    sinh sqrt square sub tan tanh zeta
    """.split()  # noqa: SIM905 - a list of words
)
_REDUCTIONS = {"reduce_sum", "reduce_max", "reduce_min", "reduce_prod"}
_SEARCHED = 2_000_000  # contributions of an equation that is searched for the results which use an element
_ORDER = {"select_n": (0, 2, 1), "clamp": (1, 0, 2)}  # of the operands, as the rows of the table have them


def blocks_of(call: Call, places: Places = slice(None)) -> list[Block]:
    """The scalars of a call, as blocks in the order of their ids.

    Args:
        places: the results that are wanted, all by default.
    """
    if not call.name:
        label = _label(call, places)
        return [leaves(call.ids.reshape(-1)[places], floats(call.data).reshape(-1)[places], _precision(call), label)]
    if call.by_element:
        return [_by_element(call, places)]
    if call.name in _REDUCTIONS:
        return [_reduced(call, places)]
    if terms(call):
        return [_products(call, places)]
    if is_running(call):
        return running(call, _block)
    return _asked(call, np.arange(call.data.size)[places])


def contributions(call: Call) -> int:
    """The number of contributions of a call, or a little more: large ones are to be refused before they are made."""
    n: int = call.data.size
    taken: int = sum(o.data.size for o in call.operands if o.differentiable)
    if terms(call):
        return n * 2 * terms(call)
    if call.by_element or call.name in _REDUCTIONS or not call.name:
        return max(n, taken) if call.name else 0
    return 3 * n if is_running(call) else n * taken


def users(call: Call, element: int) -> Ints:
    """The places of the results that are computed from a scalar.

    Raises:
        TooLargeError: there are too many numbers to look through.
    """
    if terms(call):
        return products.users(call, element)
    if call.by_element:
        shape = call.data.shape
        found = [np.broadcast_to(o.ids == element, shape) for o in call.operands if o.differentiable]
        return np.flatnonzero(np.any(found, 0))
    if call.name in _REDUCTIONS:
        return np.flatnonzero(_lines(call, call.operands[0].ids == element).any(1))
    if contributions(call) > _SEARCHED:
        raise TooLargeError(
            f"{call.name} has {call.data.size:,} results, which are too many to be searched for those that are computed from "
            f"one number{at(call.place)}"
        )
    return np.concatenate([b.ids[(b.operands == element).any(1)] - call.first for b in blocks_of(call)])


def _precision(call: Call) -> str:
    return str(call.data.dtype)


def _label(call: Call, places: Places) -> Callable[[int], str] | None:
    label, at_place = call.label, np.arange(call.data.size)[places]
    return label and (lambda i: label(int(at_place[i])))


def _block(call: Call, places: Places, operands: Ints, numbers: Floats, local: Floats, selected: Bools) -> Block:
    """The block of some results of a call; its row of the table, if that gives its numbers."""
    data, precision = floats(call.data).reshape(-1)[places], _precision(call)
    return Block(
        made_by(call.name, _ROWS, numbers, data, precision), call.ids.reshape(-1)[places], data, operands, numbers, local,
        selected, precision, call.place, call.scope, _label(call, places),
    )  # fmt: skip


# --- element by element ------------------------------------------------------------------------------------------------


def _by_element(call: Call, places: Places) -> Block:
    """Each result from one element of every operand; a single number belongs to all."""
    shape = call.data.shape
    spread = [np.broadcast_to(np.asarray(o.data), shape) if o.differentiable else o.data for o in call.operands]
    found = iter(everywhere(call, spread))
    columns = []
    for o in call.operands:
        ids, numbers = (np.broadcast_to(x, shape).reshape(-1)[places] for x in (o.ids, floats(o.data)))
        if o.differentiable:
            local, selected = next(found)
            columns.append((ids, numbers, local.reshape(-1)[places], selected.reshape(-1)[places]))
        else:
            columns.append((ids, numbers, np.zeros(len(ids)), np.zeros(len(ids), bool)))
    if call.name == "integer_pow":
        n = len(columns[0][0])
        columns.append((np.full(n, CONSTANT), np.full(n, float(call.params["y"])), np.zeros(n), np.zeros(n, bool)))
    order = _ORDER.get(call.name, range(len(columns)))
    if len(order) == len(columns):
        columns = [columns[k] for k in order]
    return _block(call, places, *(np.stack(column, 1) for column in zip(*columns, strict=True)))


# --- along reduced axes --------------------------------------------------------------------------------------------------


def _lines(call: Call, array: Any) -> Any:
    """For each result of a reduction the row of what it is computed from, of an array in the shape of the operand."""
    axes = tuple(call.params["axes"])
    kept = tuple(d for d in range(array.ndim) if d not in axes)
    return np.asarray(array).transpose(kept + axes).reshape(call.data.size, -1)


def _reduced(call: Call, places: Places) -> Block:
    """Each result from the elements of some axes."""
    (x,) = call.operands
    (partial,) = everywhere(call)
    columns = (x.ids, floats(x.data), partial.local, partial.selected)
    return _block(call, places, *(_lines(call, column)[places] for column in columns))


# --- sums of products ----------------------------------------------------------------------------------------------------


def _products(call: Call, places: Places) -> Block:
    """Each result a weighted sum: the derivative by each factor is the other one, as JAX has it."""
    a, b = call.operands
    left, right = factors(call, places)
    swapped = not a.differentiable or (b.leaf and not a.leaf)
    (weights, w), (numbers, x) = (right, left) if swapped else (left, right)
    return _block(call._replace(name="dot"), places, *weighted((weights, w), (numbers, x)))


# --- whatever is left ----------------------------------------------------------------------------------------------------


def _asked(call: Call, places: Ints) -> list[Block]:
    """Each result by itself, from all elements that it depends on."""
    given = [o for o in call.operands if o.differentiable]
    ids = np.concatenate([o.ids.reshape(-1) for o in given])
    numbers = np.concatenate([floats(o.data).reshape(-1) for o in given])
    rows = [
        related(
            ids,
            numbers,
            np.concatenate([p.local.reshape(-1) for p in found]),
            np.concatenate([p.selected.reshape(-1) for p in found]),
        )
        for found in one_by_one(call, places)
    ]
    return [_block(call, places[here], *columns) for here, columns in ragged(rows)]

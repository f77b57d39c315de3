"""For each equation of JAX: which elements its results are computed from, as blocks of scalars.

Element by element, along reduced axes, sums of products: these are known by their names, and their blocks are made whole.
Whatever is left is asked element by element.
"""

from typing import Any

import numpy as np

from ..blocks import CONSTANT, Block, Bools, Floats, Ints, leaves
from ..operations import ragged, related, weighted
from ..rows import made_by
from .calls import Call, floats
from .partials import everywhere, one_by_one
from .products import factors, terms

# Names of JAX for rows of the table, where they differ. Whether the row gives the same numbers is tried each time.
_ROWS = {
    "max": "maximum", "min": "minimum", "reduce_max": "maximum", "reduce_min": "minimum", "reduce_sum": "sum",
    "reduce_prod": "prod", "logistic": "sigmoid", "integer_pow": "pow", "select_n": "where", "add_any": "add", "rem": "fmod",
    "convert_element_type": "identity", "reduce_precision": "identity",
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
_ORDER = {"select_n": (0, 2, 1), "clamp": (1, 0, 2)}  # of the operands, as the rows of the table have them


def blocks_of(call: Call) -> list[Block]:
    """The scalars of a call, as blocks in the order of their ids."""
    if not call.name:
        return [leaves(call.ids.reshape(-1), floats(call.data).reshape(-1), _precision(call), call.label)]
    if call.by_element:
        return [_by_element(call)]
    if call.name in _REDUCTIONS:
        return [_reduced(call)]
    if terms(call):
        return [_products(call)]
    return _asked(call)


def contributions(call: Call) -> int:
    """The number of contributions of a call, or a little more: large ones are to be refused before they are made."""
    n: int = call.data.size
    taken: int = sum(o.data.size for o in call.operands if o.ids is not None)
    if terms(call):
        return n * 2 * terms(call)
    if call.by_element or call.name in _REDUCTIONS or not call.name:
        return max(n, taken) if call.name else 0
    return n * taken


def _precision(call: Call) -> str:
    return str(call.data.dtype)


def _block(call: Call, places: slice, operands: Ints, numbers: Floats, local: Floats, selected: Bools) -> Block:
    """The block of some results of a call; its row of the table, if that gives its numbers."""
    data, label, precision = floats(call.data).reshape(-1)[places], call.label, _precision(call)
    return Block(
        made_by(call.name, _ROWS, numbers, data, precision), call.ids.reshape(-1)[places], data, operands, numbers, local,
        selected, precision, call.place, call.scope, label and (lambda i: label(places.start + i)),
    )  # fmt: skip


# --- element by element ------------------------------------------------------------------------------------------------


def _by_element(call: Call) -> Block:
    """Each result from one element of every operand; a single number belongs to all."""
    shape = call.data.shape
    spread = [o.data if o.ids is None else np.broadcast_to(np.asarray(o.data), shape) for o in call.operands]
    found = iter(everywhere(call, spread))
    columns = []
    for o in call.operands:
        ids, numbers = (np.broadcast_to(x, shape).reshape(-1) for x in (o.known, floats(o.data)))
        if o.ids is None:
            columns.append((ids, numbers, np.zeros(len(ids)), np.zeros(len(ids), bool)))
        else:
            local, selected = next(found)
            columns.append((ids, numbers, local.reshape(-1), selected.reshape(-1)))
    if call.name == "integer_pow":
        n = len(columns[0][0])
        columns.append((np.full(n, CONSTANT), np.full(n, float(call.params["y"])), np.zeros(n), np.zeros(n, bool)))
    order = _ORDER.get(call.name, range(len(columns)))
    if len(order) == len(columns):
        columns = [columns[k] for k in order]
    return _block(call, slice(0, call.data.size), *(np.stack(column, 1) for column in zip(*columns, strict=True)))


# --- along reduced axes --------------------------------------------------------------------------------------------------


def _reduced(call: Call) -> Block:
    """Each result from the elements of some axes."""
    (x,) = call.operands
    axes = tuple(call.params["axes"])
    kept = tuple(d for d in range(x.data.ndim) if d not in axes)
    (partial,) = everywhere(call)

    def lines(array: Any) -> Any:
        return np.asarray(array).transpose(kept + axes).reshape(call.data.size, -1)

    return _block(
        call, slice(0, call.data.size), lines(x.known), lines(floats(x.data)), lines(partial.local), lines(partial.selected)
    )


# --- sums of products ----------------------------------------------------------------------------------------------------


def _products(call: Call) -> Block:
    """Each result a weighted sum: the derivative by each factor is the other one, as JAX has it."""
    a, b = call.operands
    left, right = factors(call)
    n = call.data.size
    (weights, w), (numbers, x) = (right, left) if a.ids is None or (b.leaf and not a.leaf) else (left, right)
    return _block(call._replace(name="dot"), slice(0, n), *weighted((weights, w), (numbers, x)))


# --- whatever is left ----------------------------------------------------------------------------------------------------


def _asked(call: Call) -> list[Block]:
    """Each result by itself, from all elements that it depends on."""
    given = [o for o in call.operands if o.ids is not None]
    ids = np.concatenate([o.known.reshape(-1) for o in given])
    numbers = np.concatenate([floats(o.data).reshape(-1) for o in given])
    rows = [
        related(
            ids,
            numbers,
            np.concatenate([p.local.reshape(-1) for p in found]),
            np.concatenate([p.selected.reshape(-1) for p in found]),
        )
        for found in one_by_one(call)
    ]
    return [_block(call, places, *columns) for places, columns in ragged(rows)]

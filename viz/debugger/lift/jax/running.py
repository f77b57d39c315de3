"""Running sums, products and maxima of JAX as chains, y[k] = y[k-1] + x[k]: n results would have n * n / 2 arrows.

The numbers are those of JAX's own `cumsum`, the local derivatives those of its `add`. A result and the place on the chain are
two scalars, because JAX's gradient of the result has nothing of the places further on.
"""

from collections.abc import Callable
from typing import Any

import jax
import numpy as np
from jax import lax

from ..blocks import Block
from .calls import Call, Operand, floats
from .partials import everywhere

_STEPS: dict[str, tuple[str, Callable[..., Any]]] = {
    "cumsum": ("add", lax.add),
    "cumprod": ("mul", lax.mul),
    "cummax": ("max", lax.max),
    "cummin": ("min", lax.min),
    "cumlogsumexp": ("logaddexp", jax.numpy.logaddexp),
}


def scalars(call: Call) -> int:
    """The number of scalars of an equation: its results, and the places of a chain."""
    size: int = call.data.size
    return 2 * size if call.name in _STEPS else size


def is_running(call: Call) -> bool:
    """True for an equation that is a chain; not for a maximum of equal numbers, whose gradient JAX shares out otherwise."""
    if call.name not in _STEPS:
        return False
    if call.name not in {"cummax", "cummin"}:
        return True
    before, x = _pairs(call)
    return not bool((before == x).any())


def _turned(call: Call, array: Any) -> Any:
    """An array with the axis of the chain first, in the order of the chain."""
    axis = call.params["axis"]
    array = np.moveaxis(np.asarray(array), axis, 0)
    return array[::-1] if call.params["reverse"] else array


def _pairs(call: Call) -> tuple[Any, Any]:
    """The numbers that are joined: the results before, and the next ones."""
    return _turned(call, call.data)[:-1], _turned(call, call.operands[0].data)[1:]


def running(call: Call, block: Callable[..., Block]) -> list[Block]:
    """The scalars of such an equation, a block for each place on the chain.

    Args:
        block: makes the block of some results of a call (dependence.py).
    """
    (x,) = call.operands
    y, ids_of_x, ids_of_y = (_turned(call, a) for a in (call.data, x.ids, call.ids))
    places = ids_of_y - call.first
    state = np.concatenate([ids_of_x[:1], ids_of_y[1:] + call.data.size])
    ones = np.ones((y[0].size, 1))
    name, function = _STEPS[call.name]
    before, after = _pairs(call)
    joined = call._replace(
        name=name, function=function, operands=(Operand(before, True), Operand(after, True)), data=y[1:], by_element=True
    )
    found = everywhere(joined) if len(y) > 1 else []
    blocks = []
    for k in range(len(y)):
        here = places[k].reshape(-1)
        if k:
            columns = (
                np.stack([state[k - 1].reshape(-1), ids_of_x[k].reshape(-1)], 1),
                np.stack([floats(a[k - 1]).reshape(-1) for a in (before, after)], 1),
                np.stack([p.local[k - 1].reshape(-1) for p in found], 1),
                np.stack([p.selected[k - 1].reshape(-1) for p in found], 1),
            )
            step = block(call._replace(name=name, label=None), here, *columns)
            blocks.append(step._replace(ids=state[k].reshape(-1)))
        numbers = floats(y[k]).reshape(-1, 1)
        blocks.append(block(call._replace(name="copy"), here, state[k].reshape(-1, 1), numbers, ones, ones < 0.0))
    return blocks

"""`window`: a few equations of a function that is too large to be lifted, around the element where trouble begins.

JAX computes the gradient of every array, which is cheap. They say where nan or inf begins: at an equation whose result is
not finite though its operands are, or at an array whose gradient is not finite though the gradients of all that uses it
are. The results that use that element are the upper end: L = sum of y_bar * y over them, with JAX's gradients as weights.
So the element has its whole gradient, by the chain rule. Going up from there, equations are lifted as long as there is
room; the arrays above are leaves.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..around import Trouble, above, reaching, upper_end
from ..blocks import Floats, Ints
from ..errors import LiftError, TooLargeError
from ..graph import LIMIT, Graph, compared, graph_of
from .calls import Call, floats
from .cotangents import cotangents
from .dependence import blocks_of, contributions, users
from .lifting import FRAMEWORK, Traced, calls_of, lifted, traced, with_upstream

Gradients = dict[int, Any]  # per call, by its first id


def window(function: Callable[..., Any], *arguments: Any, argnums: int | Sequence[int] = 0) -> Graph:
    """The graph of the equations around the first nan or inf of a function, or of its gradients.

    Args:
        function, *arguments, argnums: as for `lift`.

    Raises:
        LiftError: there is none, or it cannot be lifted.

    Example:
        >>> import jax.numpy as jnp
        >>> graph = window(lambda w, x: jnp.sqrt(jnp.sum((x @ w) ** 2)), jnp.zeros((1000, 1000)), jnp.ones(1000))
        >>> len(graph.nodes), graph.report.agreement[0].right
        (2003, True)
    """
    return windowed(traced(function, arguments, argnums))


def looked_at(
    function: Callable[..., Any], arguments: Sequence[Any], argnums: int | Sequence[int], limit: int = LIMIT
) -> Graph:
    """The graph of a function, or a window if that would be too large; see `lift`."""
    done = traced(function, arguments, argnums)
    try:
        return lifted(done, limit)
    except TooLargeError:
        return windowed(done)


def windowed(done: Traced) -> Graph:
    """A window of a function that was done; see `window`."""
    calls = calls_of(done)
    trouble, gradients = _forward(calls), Gradients()
    if trouble is None and done.loss.differentiable:
        gradients = cotangents(done.equations, done.loss)
        trouble = _backward(done, calls, gradients)
    if trouble is None:
        raise LiftError(
            f"no nan or inf begins here, which a window could be lifted around: the loss is {float(done.loss.data)}. Lift it "
            "whole, with fewer samples or smaller layers if it is too large, or say limit= for more"
        )
    root = done.equations.count
    precision = str(trouble.call.data.dtype)
    used = [(_of(call.data)[places], _of(gradients[call.first])[places]) for call, places in trouble.users]
    blocks = [upper_end(root, trouble, used, precision)] if used else []
    at = root if used else trouble.element
    reached = reaching(root, at, blocks)
    blocks = above(with_upstream(calls, gradients), reached, contributions, blocks_of) + blocks
    graph, number = graph_of(blocks, at, FRAMEWORK, {})
    if trouble.users:
        theirs, ids = _of(gradients[trouble.call.first])[trouble.place][None], number[trouble.element][None]
        graph.report = graph.report._replace(agreement=compared(graph, [(_name(trouble.call), ids, theirs, precision)]))
    return graph


def _name(call: Call) -> str:
    return call.label(0).split("[")[0] if call.label else call.name


def _of(array: Any) -> Floats:
    return floats(array).reshape(-1)


def _bad(array: Any) -> Ints:
    return np.flatnonzero(~np.isfinite(floats(array)))


def _forward(calls: Sequence[Call]) -> Trouble | None:
    """The first equation whose result is not finite though its operands are."""
    for call in calls:
        bad = _bad(call.data)
        if len(bad) and all(not len(_bad(o.data)) for o in call.operands):
            return Trouble(call, int(bad[0]), [])
    return None


def _backward(done: Traced, calls: Sequence[Call], gradients: Gradients) -> Trouble | None:
    """The array next to the loss whose gradient is not finite."""
    known = [call for call in calls if call.first in gradients]
    for call in reversed(known):
        bad = _bad(gradients[call.first])
        if len(bad):
            return Trouble(call, int(bad[0]), _users(done, calls, call, int(bad[0]), gradients))
    return None


def _users(done: Traced, calls: Sequence[Call], call: Call, place: int, gradients: Gradients) -> list[tuple[Call, Ints]]:
    """The results that are computed from an element, itself or moved."""
    element = call.first + place
    holding = {call.first}
    moved: set[int] = set()
    for step in done.equations.steps:
        if any(id(o) in moved or o.first in holding for o in step.taken if o.differentiable):
            moved.update(id(o) for o in step.given if o.moved)
    found = []
    for other in calls:
        if other.first not in gradients or not any(id(o) in moved or o.first == call.first for o in other.operands):
            continue
        if not any(bool((o.ids == element).any()) for o in other.operands if o.differentiable):
            continue
        places = users(other, element)
        if len(places):
            found.append((other, places))
    return found

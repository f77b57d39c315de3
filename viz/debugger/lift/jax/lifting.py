"""`lift`: the graph of a function of JAX."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from ..blocks import Block, Ints, leaves
from ..errors import LiftError
from ..graph import LIMIT, Agreement, Graph, compared, graph_of
from ..naming import elements
from ..operations import blocks_below, named, needed
from . import refusing
from .calls import Operand, floats, is_real
from .dependence import blocks_of, contributions
from .equations import Equations
from .naming import names_of


class _Parameters(NamedTuple):
    """The arguments by which derivatives are taken, as JAX lists them.

    Attributes:
        names: of all leaves.
        leaves: the arrays.
        rebuilt: from the arrays to the function's value.
    """

    names: list[str]
    leaves: list[Any]
    rebuilt: Callable[..., Any]


def lift(function: Callable[..., Any], *arguments: Any, argnums: int | Sequence[int] = 0, limit: int = LIMIT) -> Graph:
    """The graph of a function's result, scalar by scalar.

    Args:
        function: computes a loss, an array of one number, from arrays and containers of them.
        *arguments: what it is called with.
        argnums: the arguments whose real numbers are parameters, as in `jax.grad`; whole numbers among them are constants.
        limit: the largest number of contributions.

    Raises:
        LiftError: no graph can be made that has JAX's own gradient, or it would be too large.

    Example:
        >>> import jax.numpy as jnp
        >>> graph = lift(lambda params, x: jnp.sum(params["w"] * x), {"w": jnp.array([1.0, 2.0])}, jnp.array([3.0, 4.0]))
        >>> graph.gradient("w").tolist()
        [3.0, 4.0]
    """
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    parameters = _parameters(function, arguments, places)
    refusing.loss(jax.eval_shape(parameters.rebuilt, *parameters.leaves))
    traced = jax.make_jaxpr(parameters.rebuilt)(*parameters.leaves)
    equations = Equations()
    given = [
        equations.leaf(array, elements(name, array.shape)) if is_real(array) else Operand(array)
        for name, array in zip(parameters.names, parameters.leaves, strict=True)
    ]
    (loss,) = equations.run(traced.jaxpr, traced.consts, given)
    ids = {name: o.known for name, o in zip(parameters.names, given, strict=True) if is_real(o.data)}
    graph, number = _graph(equations, loss, ids, limit)
    agreement = _agreement(graph, parameters, {name: number[i.reshape(-1)] for name, i in ids.items()})
    graph.report = graph.report._replace(agreement=agreement)
    return graph


def _parameters(function: Callable[..., Any], arguments: Sequence[Any], places: Sequence[int]) -> _Parameters:
    flat, structure = jax.tree_util.tree_flatten([arguments[k] for k in places])

    def rebuilt(*leaves: Any) -> Any:
        everything = list(arguments)
        for k, argument in zip(places, jax.tree_util.tree_unflatten(structure, leaves), strict=True):
            everything[k] = argument
        return function(*everything)

    return _Parameters(names_of(function, arguments, places), [jax.numpy.asarray(x) for x in flat], rebuilt)


def _graph(equations: Equations, loss: Operand, parameters: dict[str, Ints], limit: int) -> tuple[Graph, Ints]:
    framework = f"JAX {jax.__version__}"
    root = int(loss.known.reshape(-1)[0])
    if root < 0:  # the loss depends on no parameter: a number alone
        alone = leaves(np.array([equations.count]), floats(loss.data).reshape(-1), str(loss.data.dtype))
        return graph_of([*_leaves(equations), alone], equations.count, framework, parameters)
    calls, edges = needed(list(named(equations.calls)), equations.count, root), 0
    for call in reversed(calls):
        edges += contributions(call)
        refusing.size(edges, limit, call)
    return graph_of(blocks_below(calls, equations.count, root, blocks_of), root, framework, parameters)


def _leaves(equations: Equations) -> list[Block]:
    return [block for call in equations.calls if not call.name for block in blocks_of(call)]


def _agreement(graph: Graph, parameters: _Parameters, ids: dict[str, Ints]) -> tuple[Agreement, ...]:
    """The gradients of all parameters beside those of `jax.grad`."""
    real = [k for k, array in enumerate(parameters.leaves) if is_real(array)]
    if not real:
        raise LiftError("no parameter has real numbers: there is no gradient")
    try:
        found = jax.grad(parameters.rebuilt, argnums=tuple(real))(*parameters.leaves)
    except ValueError as error:
        raise LiftError(f"JAX has no gradient of this function: {error}") from error
    return compared(
        graph,
        [
            (parameters.names[k], ids[parameters.names[k]], floats(theirs).reshape(-1), str(theirs.dtype))
            for k, theirs in zip(real, found, strict=True)
        ],
    )

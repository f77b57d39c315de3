"""`lift`: the graph of a function of JAX."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import jax
import numpy as np

from ..blocks import Block, Floats, Ints, leaves
from ..errors import LiftError, at
from ..graph import LIMIT, Graph, compared, graph_of
from ..naming import elements
from ..operations import blocks_below, named
from . import refusing
from .calls import Call, Operand, floats, is_real
from .cotangents import cotangents, needed
from .dependence import blocks_of, contributions
from .equations import Equations
from .naming import names_of

FRAMEWORK = f"JAX {jax.__version__}"


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


class Traced(NamedTuple):
    """A function that was done, equation by equation.

    Attributes:
        equations: what was done.
        parameters: what it was done with.
        given: their arrays as the equations took them.
        loss: what it gave.
    """

    equations: Equations
    parameters: _Parameters
    given: list[Operand]
    loss: Operand

    @property
    def ids(self) -> dict[str, Ints]:
        """The ids of the elements of every parameter of real numbers, by its name."""
        return {name: o.ids for name, o in zip(self.parameters.names, self.given, strict=True) if is_real(o.data)}


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
    return lifted(traced(function, arguments, argnums), limit)


def traced(function: Callable[..., Any], arguments: Sequence[Any], argnums: int | Sequence[int]) -> Traced:
    """A function done with arguments; see `lift`."""
    places = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    parameters = _parameters(function, arguments, places)
    refusing.loss(jax.eval_shape(parameters.rebuilt, *parameters.leaves))
    found = jax.make_jaxpr(parameters.rebuilt)(*parameters.leaves)
    equations = Equations(getattr(function, "__name__", ""))
    given = [
        equations.leaf(array, elements(name, array.shape)) if is_real(array) else Operand(array)
        for name, array in zip(parameters.names, parameters.leaves, strict=True)
    ]
    (loss,) = equations.run(found.jaxpr, found.consts, given)
    return Traced(equations, parameters, given, loss)


def lifted(done: Traced, limit: int) -> Graph:
    """The graph of a function that was done; see `lift`."""
    calls = _within(done, limit)
    between = cotangents(done.equations, done.loss) if done.loss.differentiable else {}
    graph, number = _graph(done, with_upstream(calls, between))
    theirs = _of_parameters(done.parameters)
    tensors = [
        (name, number[ids.reshape(-1)], floats(g).reshape(-1), str(g.dtype))
        for (name, ids), g in zip(done.ids.items(), theirs, strict=True)
    ]
    graph.report = graph.report._replace(agreement=compared(graph, [*tensors, *_in_between(done, between, number)]))
    return graph


def calls_of(done: Traced) -> list[Call]:
    """The equations, each with the name of what the user's text assigns its result to."""
    return list(named(done.equations.calls, lambda one, following: one.place == following.place and one.turn == following.turn))


def _parameters(function: Callable[..., Any], arguments: Sequence[Any], places: Sequence[int]) -> _Parameters:
    flat, structure = jax.tree_util.tree_flatten([arguments[k] for k in places])

    def rebuilt(*leaves: Any) -> Any:
        everything = list(arguments)
        for k, argument in zip(places, jax.tree_util.tree_unflatten(structure, leaves), strict=True):
            everything[k] = argument
        return function(*everything)

    return _Parameters(names_of(function, arguments, places), [jax.numpy.asarray(x) for x in flat], rebuilt)


def with_upstream(calls: Iterable[Call], gradients: Mapping[int, Any]) -> list[Call]:
    """The calls, those with a rule of the user's own with JAX's gradient of their results.

    Args:
        gradients: the gradient of every array, by the id of its first element.
    """
    return [call._replace(upstream=gradients.get(call.first)) if call.own_rule else call for call in calls]


def _within(done: Traced, limit: int) -> list[Call]:
    """The calls that the loss depends on, and the leaves.

    Raises:
        TooLargeError: they have too many contributions.
    """
    arrays = {o.first for step in needed(done.equations, done.loss) for o in (*step.taken, *step.given)}
    calls, edges = [call for call in calls_of(done) if not call.name or call.first in arrays], 0
    for call in reversed(calls):
        edges += contributions(call)
        refusing.size(edges, limit, call)
    return calls


def _graph(done: Traced, calls: list[Call]) -> tuple[Graph, Ints]:
    equations, parameters = done.equations, done.ids
    root = int(done.loss.ids.reshape(-1)[0])
    if root < 0:  # the loss depends on no parameter: a number alone
        alone = leaves(np.array([equations.count]), floats(done.loss.data).reshape(-1), str(done.loss.data.dtype))
        return graph_of([*_leaves(equations), alone], equations.count, FRAMEWORK, parameters)
    return graph_of(blocks_below(calls, equations.count, root, blocks_of), root, FRAMEWORK, parameters)


def _leaves(equations: Equations) -> list[Block]:
    return [block for call in equations.calls if not call.name for block in blocks_of(call)]


def _of_parameters(parameters: _Parameters) -> Sequence[Any]:
    """JAX's gradients of the parameters, of the function as it is."""
    real = [k for k, array in enumerate(parameters.leaves) if is_real(array)]
    if not real:
        raise LiftError("no parameter has real numbers: there is no gradient")
    try:
        found: Sequence[Any] = jax.grad(parameters.rebuilt, argnums=tuple(real))(*parameters.leaves)
    except ValueError as error:
        raise LiftError(f"JAX has no gradient of this function: {error}") from error
    return found


def _in_between(done: Traced, theirs: Mapping[int, Any], number: Ints) -> Iterator[tuple[str, Ints, Floats, str]]:
    """The arrays that the equations computed, with JAX's gradients of them; see `compared`."""
    for call in calls_of(done):
        if not call.name or call.first not in theirs or call.first == done.loss.first:
            continue
        ids = number[call.ids.reshape(-1)]
        if (ids >= 0).any():
            title = (call.label(0).split("[")[0] if call.label else call.name) + at(call.place)
            yield title, ids, floats(theirs[call.first]).reshape(-1), str(call.data.dtype)

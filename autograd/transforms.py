"""Derivatives of functions: `grad`, `jacobian`, `jvp` and their family.

Each takes a function of numbers and (nested) sequences of numbers and gives a function of the same arguments. They nest
freely, in any order and in both modes: the innermost numbers are always floats or `Value`s, duals go around them. Reverse
mode at a dual point differentiates primal and tangent alike with respect to the innermost `Value`, which is what makes
`jvp(grad(f))` a Hessian-vector product.
"""

from collections.abc import Callable, Sequence
from contextvars import ContextVar
from typing import Any

from .dual import Dual, new_level
from .errors import ArgumentError, OperandError, not_a_number
from .foreign import teach_keywords
from .modes import recording, recording_is_off
from .operators import Tracer, apply, real
from .primitives import TABLE
from .reverse import gradients
from .structure import flatten
from .value import Value

Function = Callable[..., Any]

# Reverse passes in progress: inside one, an inner derivative has to stay differentiable for the outer.
_depth: ContextVar[int] = ContextVar("autograd_depth", default=0)


# --- reverse mode ------------------------------------------------------------------------------------------------------


def _variable(x: Any) -> Any:
    """A fresh variable at x: a leaf, or a node of its own on top of an outer variable."""
    if isinstance(x, Dual):
        return Dual(x.level, _variable(x.primal), x.tangent)
    return apply(TABLE["identity"], (x,)) if isinstance(x, Tracer) else Value(x)


def _innermost(x: Any) -> Any:
    return _innermost(x.primal) if isinstance(x, Dual) else x


def _has_value(x: Any) -> bool:
    return _has_value(x.primal) or _has_value(x.tangent) if isinstance(x, Dual) else isinstance(x, Value)


def _derivatives(y: Any, variables: list[Any], create_graph: bool) -> list[Any]:
    """dy/dv for each variable; of a dual, the derivatives of primal and tangent, as duals."""
    if isinstance(y, Dual):
        primals = _derivatives(y.primal, variables, create_graph)
        tangents = _derivatives(y.tangent, variables, create_graph)
        return [Dual(y.level, p, t) for p, t in zip(primals, tangents, strict=True)]
    if not isinstance(y, Value):
        return [0.0] * len(variables)
    return list(gradients(y, variables, create_graph))


def _plain(y: Any) -> Any:
    """Y without its graph."""
    if isinstance(y, Dual):
        return Dual(y.level, _plain(y.primal), _plain(y.tangent))
    return y.data if isinstance(y, Value) else y


def _numbers_of(argnums: int | Sequence[int], given: int, name: str) -> tuple[int, ...]:
    """The positions of the arguments to differentiate by, counted from the front.

    Raises:
        ArgumentError: not whole numbers, not positions of arguments, or the same one twice.
    """
    asked = (argnums,) if isinstance(argnums, int) else tuple(argnums) if isinstance(argnums, Sequence) else (argnums,)
    for n in asked:
        if isinstance(n, bool) or not isinstance(n, int) or not -given <= n < given:
            raise ArgumentError(f"{name}: argnums {n!r} names no positional argument; the function was given {given}")
    numbers = tuple(n % given for n in asked)
    if len(set(numbers)) < len(numbers) or not numbers:
        what = "names an argument twice" if numbers else "names no argument"
        raise ArgumentError(f"{name}: argnums {argnums!r} {what}; give each position once")
    return numbers


class _Pass:
    """One evaluation of f at fresh variables: the outputs, and what is needed to differentiate them."""

    def __init__(self, f: Function, argnums: int | Sequence[int], args: tuple[Any, ...], kwargs: dict[str, Any], name: str):
        numbers = _numbers_of(argnums, len(args), name)
        parts = [flatten(args[n], f"{name}: argument {n}") for n in numbers]
        leaves = [leaf for part, _ in parts for leaf in part]
        variables = [_variable(x) for x in leaves]
        self.variables = [_innermost(v) for v in variables]
        self.parts = [(len(part), rebuild) for part, rebuild in parts]
        self.single = isinstance(argnums, int)
        call = list(args)
        for n, x in zip(numbers, self._split(variables), strict=True):
            call[n] = x
        # Inside no_grad() a derivative is computed, and is a constant for whoever differentiates outside.
        self.create_graph = (_depth.get() > 0 or any(_has_value(x) for x in leaves)) and not recording_is_off()
        token = _depth.set(_depth.get() + 1)
        try:
            with recording():
                self.output = f(*call, **kwargs)
        finally:
            _depth.reset(token)

    def _split(self, numbers: Sequence[Any]) -> list[Any]:
        """Numbers in a row, put into the structures of the arguments."""
        out, start = [], 0
        for length, rebuild in self.parts:
            out.append(rebuild(numbers[start : start + length]))
            start += length
        return out

    def derivatives(self, y: Any, create_graph: bool = False) -> Any:
        """dy/d(argument), in the argument's structure; a tuple of those if several arguments were asked for."""
        parts = self._split(_derivatives(y, self.variables, self.create_graph or create_graph))
        return parts[0] if self.single else tuple(parts)

    def result(self, y: Any) -> Any:
        """The result y for the caller: plain unless an outer derivative is in progress."""
        return y if self.create_graph else _plain(y)


def _scalar(y: Any, name: str) -> Any:
    if isinstance(y, Tracer):
        return y
    leaves, _ = flatten(y, f"{name}: result of the function")
    if isinstance(y, (list, tuple, dict)) or len(leaves) != 1 or getattr(y, "ndim", False):
        raise OperandError(f"{name}: the function returned {len(leaves)} numbers ({type(y).__name__}), it has to return one; "
                           "use jacobian or vjp for several")  # fmt: skip
    return leaves[0]


@teach_keywords
def value_and_grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives f's value and its gradient, from one evaluation.

    Args:
        f: a function that returns one number.
        argnums: which positional argument(s) to differentiate by; each a number or a nested sequence of numbers.

    Returns:
        A function of f's arguments giving (value, gradient); the gradient in the structure of the argument, a tuple of
        them if `argnums` is a sequence.

    Raises:
        OperandError: f returns something else than one number, or an argument is not made of numbers.
        ArgumentError: `argnums` names an argument that is not there.

    Example:
        >>> value_and_grad(lambda x: x[0] * x[1])([3.0, 4.0])
        (12.0, [4.0, 3.0])
    """

    return _value_and_gradient(f, argnums, "value_and_grad")


def _value_and_gradient(f: Function, argnums: int | Sequence[int], name: str) -> Function:
    """The work of `value_and_grad`, for whoever is called `name`."""

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        run = _Pass(f, argnums, args, kwargs, name)
        y = _scalar(run.output, name)
        return run.result(y), run.derivatives(y)

    return value_and_gradient


def _gradient(f: Function, argnums: int | Sequence[int], name: str) -> Function:
    both = _value_and_gradient(f, argnums, name)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


@teach_keywords
def grad(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The gradient function of f; see `value_and_grad`.

    A `Value` that f merely refers to is a constant for it: pass as an argument whatever is to be differentiated through.

    Example:
        >>> grad(lambda x, y: x * y)(3.0, 4.0)
        4.0
        >>> grad(grad(lambda x: x**3))(2.0)
        12.0
    """
    return _gradient(f, argnums, "grad")


@teach_keywords
def jacobian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives every derivative of every output: the structure of the result, and in each place the
    structure of the argument.

    Args:
        f: a function that returns numbers in any structure.
        argnums: as for `grad`.

    Example:
        >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([3.0, 4.0])
        [[4.0, 3.0], [1.0, 1.0]]
    """

    return _jacobian(f, argnums, "jacobian")


def _jacobian(f: Function, argnums: int | Sequence[int], name: str) -> Function:
    """The work of `jacobian`, for whoever is called `name`."""

    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        run = _Pass(f, argnums, args, kwargs, name)
        outputs, rebuild = flatten(run.output, f"{name}: result of the function")
        return rebuild([run.derivatives(y) for y in outputs])

    return jacobian_of_f


def vjp(f: Function, *primals: Any) -> tuple[Any, Function]:
    """F's value at `primals`, and the function that pulls a cotangent of the result back to the arguments.

    Returns:
        (value, pullback); `pullback(cotangent)` takes the structure of the value and gives a tuple, one per argument.

    Example:
        >>> value, pullback = vjp(lambda x, y: [x * y, x + y], 3.0, 4.0)
        >>> value, pullback([1.0, 10.0])
        ([12.0, 7.0], (14.0, 13.0))
    """
    if not primals:
        raise ArgumentError("vjp: no arguments given; with respect to what?")
    run = _Pass(f, range(len(primals)), primals, {}, "vjp")
    outputs, rebuild = flatten(run.output, "vjp: result of the function")

    def pullback(cotangent: Any) -> Any:
        weights, _ = flatten(cotangent, "vjp: cotangent")
        if len(weights) != len(outputs):
            raise ArgumentError(f"vjp: the cotangent has {len(weights)} numbers, the result {len(outputs)}; give one for each")
        outer = (_depth.get() > 0 or any(_has_value(w) for w in weights)) and not recording_is_off()
        with recording():
            weighted = apply(TABLE["dot"], (*weights, *outputs, 0.0))
        return run.derivatives(weighted, create_graph=outer)

    return rebuild([run.result(y) for y in outputs]), pullback


# --- forward mode ------------------------------------------------------------------------------------------------------


def jvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Any, Any]:
    """F's value and its derivative along a direction, in one forward pass.

    Args:
        primals: the arguments of f, as a tuple.
        tangents: the direction, in the structure of `primals`.

    Returns:
        (value, tangent), both in the structure of f's result.

    Raises:
        ArgumentError: tangents do not match primals.

    Example:
        >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
        (12.0, 4.0)
    """
    return _push(f, primals, tangents, "jvp")


def _push(f: Function, primals: Sequence[Any], tangents: Sequence[Any], name: str) -> tuple[Any, Any]:
    """The work of `jvp`, for whoever is called `name`."""
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise ArgumentError(f"{name}: {what} is {given!r}; it has to be a tuple with one entry per argument, ({given!r},)")
    points, rebuild = flatten(tuple(primals), f"{name}: primals")
    directions, _ = flatten(tuple(tangents), f"{name}: tangents")
    if len(points) != len(directions):
        raise ArgumentError(
            f"{name}: {len(points)} numbers in primals but {len(directions)} in tangents; give one tangent for each"
        )
    level = new_level()
    outputs, rebuild_output = flatten(
        f(*rebuild([Dual(level, p, t) for p, t in zip(points, directions, strict=True)])), f"{name}: result of the function"
    )
    mine = [isinstance(y, Dual) and y.level == level for y in outputs]
    values = [y.primal if m else y for y, m in zip(outputs, mine, strict=True)]
    slopes = [y.tangent if m else 0.0 for y, m in zip(outputs, mine, strict=True)]
    return rebuild_output(values), rebuild_output(slopes)


@teach_keywords
def derivative(f: Function, order: int = 1) -> Function:
    """The order-th derivative of a function of one number, by nested forward passes.

    Args:
        f: a function of one number; it may return several.
        order: 0 for f itself, 1, 2, 3, ...; the cost grows with 2**order.

    Raises:
        ArgumentError: the order is not a whole number from 0 on.

    Example:
        >>> derivative(lambda x: x**4, order=3)(2.0)
        48.0
    """
    if isinstance(order, bool) or not isinstance(order, int) or order < 0:
        raise ArgumentError(f"derivative(order={order!r}): the order is a whole number, 0, 1, 2, ...")
    if order == 0:
        return f
    inner = derivative(f, order - 1)

    def slope(x: Any) -> Any:
        point = real(x) if not isinstance(x, Tracer) else x
        if point is None:
            raise not_a_number(x, "derivative: the point (a function of one number; for several use grad)")
        return _push(inner, (point,), (1.0,), "derivative")[1]

    return slope


@teach_keywords
def hvp(f: Function, primals: Sequence[Any], tangents: Sequence[Any], argnums: int | Sequence[int] = 0) -> Any:
    """The Hessian of f times a vector, without the Hessian: the derivative of the gradient along a direction.

    Args:
        primals, tangents: as for `jvp`.
        argnums: which argument's gradient; its structure is the result's.

    Example:
        >>> hvp(lambda x: x[0] ** 2 * x[1], ([3.0, 4.0],), ([1.0, 0.0],))
        [8.0, 6.0]
    """
    return _push(_gradient(f, argnums, "hvp"), primals, tangents, "hvp")[1]


@teach_keywords
def hessian(f: Function, argnums: int | Sequence[int] = 0) -> Function:
    """The function that gives all second derivatives of f: the structure of the argument, twice.

    Example:
        >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
        [[8.0, 6.0], [6.0, 0.0]]
    """
    return _jacobian(_gradient(f, argnums, "hessian"), argnums, "hessian")

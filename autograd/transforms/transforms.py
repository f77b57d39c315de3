"""Derivatives of functions: `grad`, `jacobian`, `hessian` and their family, by reverse mode.

Each takes a function of numbers and (nested) sequences of numbers and gives a function of the same arguments. They nest
freely, in any order and in both modes: the innermost numbers are always floats or `Value`s, duals go around them. Reverse
mode at a dual point differentiates primal and tangent alike with respect to the innermost `Value` (adjoints.py).

A result is made of plain numbers, unless the function depends on `Value`s from outside: the weights of a model that it
uses, the variable of an outer derivative. Then the result depends on them too, and is made of `Value`s that can be
differentiated. Inside `no_grad()` it is plain.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from ..arguments import index
from ..errors import ArgumentError, OperandError
from ..foreign import teach_keywords
from ..levels import Level
from ..modes import recording_nodes
from ..operators import Tracer, apply
from ..primitives.table import TABLE
from ..structure import flatten, paired
from ..words import counted
from .adjoints import Outcome, innermost_of, variable
from .curvature import hessian_product
from .dual import alive
from .forward import Function, function, point_and_direction

Argnums = int | Sequence[int]

R = TypeVar("R")


def _positions(argnums: Any, name: str) -> tuple[int, ...]:
    """The positions that `argnums` lists, as they are given.

    Raises:
        ArgumentError: not whole numbers, none, or the same one twice.
    """
    asked = tuple(argnums) if isinstance(argnums, Sequence) and not isinstance(argnums, str) else (argnums,)
    positions = [index(n) for n in asked]
    if None in positions:
        raise ArgumentError(
            f"{name}: argnums {argnums!r} names no positional argument; it is the position of the argument to differentiate "
            f"by, 0 for the first, or several. The point comes later: {name}(f)(x)"
        )
    if len(set(positions)) < len(positions) or not positions:
        what = "names an argument twice" if positions else "names no argument"
        raise ArgumentError(f"{name}: argnums {argnums!r} {what}; give each position once")
    return tuple(positions)  # type: ignore[arg-type]


def _counted_from_the_front(positions: tuple[int, ...], given: int, name: str, kwargs: Sequence[str] = ()) -> tuple[int, ...]:
    """Positions as those of arguments that are there.

    Raises:
        ArgumentError: one is not, or two are the same.
    """
    for n in positions:
        if not -given <= n < given:
            asked = positions[0] if len(positions) == 1 else positions
            by_name = (
                f"; {', '.join(kwargs)} is given by name, and only what is given by position can be meant" if kwargs else ""
            )
            raise ArgumentError(
                f"{name}: argnums {asked!r} names no positional argument; the function was given {given}{by_name}"
            )
    numbers = tuple(n % given for n in positions)
    if len(set(numbers)) < len(numbers):
        raise ArgumentError(f"{name}: argnums {positions!r} names an argument twice; give each position once")
    return numbers


class _Pass:
    """One evaluation of a function at fresh variables: what is needed to differentiate its outputs.

    Args:
        positions: the arguments to differentiate by.
        single: True if the result is the derivative by one argument, not a tuple.
        by_name: the arguments given by name, for messages.

    Attributes:
        arguments: those of the call, with variables in place of numbers.
        output: the function's result.
    """

    def __init__(
        self, positions: tuple[int, ...], single: bool, args: tuple[Any, ...], by_name: tuple[str, ...], name: str
    ) -> None:
        numbers = _counted_from_the_front(positions, len(args), name, by_name)
        parts = [flatten(args[n], f"{name}: argument {n}") for n in numbers]
        self.level = Level()
        variables = [variable(alive(leaf), self.level) for part, _ in parts for leaf in part]
        self.variables = [innermost_of(v) for v in variables]
        self._parts = [(len(part), rebuild) for part, rebuild in parts]
        self._single = single
        self.arguments = list(args)
        for n, x in zip(numbers, self.split(variables), strict=True):
            self.arguments[n] = x
        self.outcome = Outcome(self.level)
        self.output: Any = None

    def split(self, numbers: Sequence[Any]) -> list[Any]:
        """Numbers in a row, put into the structures of the arguments."""
        out, start = [], 0
        for length, rebuild in self._parts:
            out.append(rebuild(numbers[start : start + length]))
            start += length
        return out

    def derivatives(self, y: Any) -> Any:
        """dy/d(argument), in the argument's structure; a tuple of those if several arguments were asked for."""
        return self._arranged(self.outcome.derivatives(alive(y), self.variables))

    def _arranged(self, slopes: list[Any]) -> Any:
        parts = self.split(slopes)
        return parts[0] if self._single else tuple(parts)


def _evaluated(
    f: Function, positions: tuple[int, ...], single: bool, args: tuple[Any, ...], kwargs: dict[str, Any], name: str
) -> _Pass:
    """A function called at fresh variables."""
    run = _Pass(positions, single, args, tuple(kwargs), name)
    with run.level, recording_nodes():
        run.output = f(*run.arguments, **kwargs)
    return run


def _scalar(y: Any, name: str) -> Any:
    if isinstance(y, Tracer):
        return alive(y)
    leaves, _ = flatten(y, f"{name}: result of the function")
    if isinstance(y, (list, tuple, dict)) or len(leaves) != 1 or getattr(y, "ndim", False):
        numbers = counted(len(leaves), "number")
        raise OperandError(f"{name}: the function returned {numbers} ({type(y).__name__}), it has to return one; "
                           "use jacobian or vjp for several")  # fmt: skip
    return alive(leaves[0])


@teach_keywords
def value_and_grad(f: Callable[..., R], argnums: Argnums = 0) -> Callable[..., tuple[R, Any]]:
    """The function that gives f's value and its gradient, from one evaluation.

    Args:
        f: a function that returns one number.
        argnums: which positional argument(s) to differentiate by, counted from 0: the first alone, unless others are asked
            for, as in JAX. Each is a number or a nested sequence of numbers; all others are constants.

    Returns:
        A function of f's arguments giving (value, gradient); the gradient in the structure of the argument, a tuple of
        them if `argnums` is a sequence.

    Raises:
        OperandError: f is no function, returns something else than one number, or an argument is not made of numbers.
        ArgumentError: `argnums` names an argument that is not there.

    Example:
        >>> value_and_grad(lambda x: x[0] * x[1])([3.0, 4.0])
        (12.0, [4.0, 3.0])
        >>> value_and_grad(lambda x, y: x * y, argnums=(0, 1))(3.0, 4.0)
        (12.0, (4.0, 3.0))
    """

    return _value_and_gradient(f, argnums, "value_and_grad")


def _value_and_gradient(f: Function, argnums: Any, name: str) -> Function:
    """The work of `value_and_grad`, for whoever is called `name`."""
    function(f, name)
    positions, single = _positions(argnums, name), not isinstance(argnums, Sequence)

    def value_and_gradient(*args: Any, **kwargs: Any) -> tuple[Any, Any]:
        run = _evaluated(f, positions, single, args, kwargs, name)
        y = _scalar(run.output, name)
        slopes = run.derivatives(y)
        return run.outcome.settled(y), slopes

    return value_and_gradient


def _gradient(f: Function, argnums: Argnums, name: str) -> Function:
    both = _value_and_gradient(f, argnums, name)

    def gradient(*args: Any, **kwargs: Any) -> Any:
        return both(*args, **kwargs)[1]

    return gradient


@teach_keywords
def grad(f: Callable[..., object], argnums: Argnums = 0) -> Callable[..., Any]:
    """The gradient function of f, by its first argument unless `argnums` names others; see `value_and_grad`.

    If f uses `Value`s from outside, such as the weights of a model, the gradient depends on them and is made of `Value`s:
    `backward()` goes on through it. Inside `no_grad()` it is made of plain numbers.

    Example:
        >>> grad(lambda x, y: x * y)(3.0, 4.0)
        4.0
        >>> grad(lambda x, y: x * y, argnums=(0, 1))(3.0, 4.0)
        (4.0, 3.0)
        >>> grad(grad(lambda x: x**3))(2.0)
        12.0
        >>> from autograd import Value
        >>> w = Value(3.0)
        >>> slope = grad(lambda x: w * x * x)(2.0)
        >>> slope.backward()
        >>> slope.data, w.grad
        (12.0, 4.0)
    """
    return _gradient(f, argnums, "grad")


@teach_keywords
def jacobian(f: Callable[..., object], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that gives every derivative of every output: the structure of the result, and in each place the
    structure of the argument.

    Args:
        f: a function that returns numbers in any structure.
        argnums: the arguments to differentiate by, the first alone unless others are asked for, as in `grad`.

    Example:
        >>> jacobian(lambda x: [x[0] * x[1], x[0] + x[1]])([3.0, 4.0])
        [[4.0, 3.0], [1.0, 1.0]]
    """

    return _jacobian(f, argnums, "jacobian")


def _jacobian(f: Function, argnums: Any, name: str) -> Function:
    """The work of `jacobian`, for whoever is called `name`."""
    function(f, name)
    positions, single = _positions(argnums, name), not isinstance(argnums, Sequence)

    def jacobian_of_f(*args: Any, **kwargs: Any) -> Any:
        run = _evaluated(f, positions, single, args, kwargs, name)
        outputs, rebuild = flatten(run.output, f"{name}: result of the function")
        return rebuild([run.derivatives(y) for y in outputs])

    return jacobian_of_f


def vjp(f: Callable[..., R], *primals: Any) -> tuple[R, Callable[[Any], tuple[Any, ...]]]:
    """F's value at `primals`, and the function that pulls a cotangent of the result back to the arguments.

    Returns:
        (value, pullback); `pullback(cotangent)` takes the structure of the value, in which entries of dicts are paired by
        key, and gives a tuple, one per argument.

    Raises:
        OperandError: f is no function, or something is not made of numbers.
        ArgumentError: no arguments; a cotangent that has not the structure of the value.

    Example:
        >>> value, pullback = vjp(lambda x, y: [x * y, x + y], 3.0, 4.0)
        >>> value, pullback([1.0, 10.0])
        ([12.0, 7.0], (14.0, 13.0))
    """
    function(f, "vjp", "{name}(f, x)")
    if not primals:
        raise ArgumentError("vjp: no arguments given; with respect to what?")
    run = _evaluated(f, tuple(range(len(primals))), False, primals, {}, "vjp")
    outputs, rebuild = flatten(run.output, "vjp: result of the function")
    value = rebuild([run.outcome.settled(y) for y in outputs])

    def pullback(cotangent: Any) -> tuple[Any, ...]:
        weights = paired(cotangent, value, "vjp: cotangent", "the result")
        with recording_nodes():
            weighted = apply(TABLE["dot"], (*weights, *outputs, 0.0))
        run.outcome = Outcome(run.level)
        return tuple(run.derivatives(weighted))

    return value, pullback


@teach_keywords
def hvp(f: Callable[..., object], primals: Sequence[Any], tangents: Sequence[Any], argnums: Argnums = 0) -> Any:
    """The Hessian of f times a vector, without the Hessian: the derivative of the gradient along a direction.

    It costs a few gradients, whatever the number of arguments (curvature.py).

    Args:
        primals, tangents: as for `jvp`.
        argnums: which argument's gradient, the first one's unless others are asked for; its structure is the result's. All
            arguments move along their tangents, whatever `argnums` says.

    Example:
        >>> hvp(lambda x: x[0] ** 2 * x[1], ([3.0, 4.0],), ([1.0, 0.0],))
        [8.0, 6.0]
    """
    function(f, "hvp", "{name}(f, (x,), (v,))")
    positions = _positions(argnums, "hvp")
    _, directions, _ = point_and_direction(primals, tangents, "hvp")
    wanted = _counted_from_the_front(positions, len(primals), "hvp")
    run = _evaluated(f, tuple(range(len(primals))), False, tuple(primals), {}, "hvp")
    y = _scalar(run.output, "hvp")
    products = run.split(hessian_product(y, run.variables, directions, run.outcome))
    return tuple(products[n] for n in wanted) if isinstance(argnums, Sequence) else products[wanted[0]]


@teach_keywords
def hessian(f: Callable[..., object], argnums: Argnums = 0) -> Callable[..., Any]:
    """The function that gives all second derivatives of f by one argument: the structure of that argument, twice.

    Args:
        f: a function that returns one number.
        argnums: the arguments to differentiate by, as in `grad` and in JAX: the first alone, all others are constants, unless
            several are asked for. Then the result is a tuple of tuples, with the mixed derivatives off its diagonal.

    Example:
        >>> hessian(lambda x: x[0] ** 2 * x[1])([3.0, 4.0])
        [[8.0, 6.0], [6.0, 0.0]]
        >>> hessian(lambda x, y: x**2 * y)(3.0, 4.0)  # by x alone
        8.0
        >>> hessian(lambda x, y: x**2 * y, argnums=(0, 1))(3.0, 4.0)
        ((8.0, 6.0), (6.0, 0.0))
    """
    return _jacobian(_gradient(f, argnums, "hessian"), argnums, "hessian")

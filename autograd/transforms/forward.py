"""Derivatives of functions by forward passes: `jvp` and `derivative`.

The function is called with duals of a new level (dual.py), and gives value and derivative at once. No graph is built, unless
the function calls `gradients` with one of its own numbers: then it is called anew, on top of a graph.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import Any, TypeVar

from ..arguments import index, whole
from ..errors import ArgumentError, OperandError, described, not_a_number
from ..foreign import teach_keywords
from ..levels import Level
from ..modes import recording_nodes
from ..operators import Tracer, real
from ..structure import flatten, paired
from ..words import counted
from .adjoints import GraphWanted, Outcome, variable
from .dual import Dual, alive

Function = Callable[..., Any]
R = TypeVar("R")


def function(f: Any, name: str, call: str = "{name}(f)(x)") -> Function:
    """Check that `f` can be called, and return it.

    Args:
        name, call: the transform, and how it is called, for the message.

    Raises:
        OperandError: it is not.
    """
    if callable(f):
        return f  # type: ignore[no-any-return]
    remedy = f"give the function itself: {call.format(name=name)}"
    if isinstance(f, Tracer) or real(f) is not None:
        remedy += ", without calling it first"
    if isinstance(f, Tracer) and not f.level:
        remedy += "; a Value that has been computed already is differentiated by v.backward() or gradients(v, x)"
    raise OperandError(f"{name}: the first argument is the function to differentiate, got {described(f)}; {remedy}")


def jvp(f: Callable[..., R], primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[R, R]:
    """F's value and its derivative along a direction, in one forward pass.

    Args:
        primals: the arguments of f, as a tuple.
        tangents: the direction, in the structure of `primals`; entries of dicts are paired by key.

    Returns:
        (value, tangent), both in the structure of f's result. They are plain numbers, and `Value`s if they depend on `Value`s
        from outside that f uses.

    Raises:
        ArgumentError: tangents do not have the structure of primals.
        OperandError: f is no function, or something is not made of numbers.

    Example:
        >>> jvp(lambda x, y: x * y, (3.0, 4.0), (1.0, 0.0))
        (12.0, 4.0)
    """
    function(f, "jvp", "{name}(f, (x,), (1.0,))")
    points, directions, rebuild = point_and_direction(primals, tangents, "jvp")
    return push(lambda numbers: f(*rebuild(numbers)), points, directions, "jvp")


def point_and_direction(primals: Any, tangents: Any, name: str) -> tuple[list[Any], list[Any], Callable[[Sequence[Any]], Any]]:
    """The numbers of a point and of a direction, in the same order, and a function that puts numbers into the arguments."""
    for what, given in (("primals", primals), ("tangents", tangents)):
        if not isinstance(given, (tuple, list)):
            raise ArgumentError(f"{name}: {what} is {given!r}; it has to be a tuple with one entry per argument, ({given!r},)")
    if len(primals) != len(tangents):
        raise ArgumentError(
            f"{name}: {len(primals)} arguments in primals but {len(tangents)} in tangents; give a direction for each, "
            "0.0 for a number that does not move"
        )
    points, rebuild = flatten(tuple(primals), f"{name}: primals")
    directions = paired(tuple(tangents), tuple(primals), f"{name}: tangents", "primals")
    return [alive(p) for p in points], [alive(t) for t in directions], rebuild


def push(f: Callable[[list[Any]], Any], points: list[Any], directions: list[Any], name: str) -> tuple[Any, Any]:
    """The value of a function of a list of numbers, and its derivative along a direction; the work of `jvp`."""
    passed = Level()
    try:
        return _pushed(f, points, directions, name, passed)
    except GraphWanted as wanted:
        if wanted.level is not passed:
            raise
    passed = Level(graph=True)
    return _pushed(f, [variable(p, passed) for p in points], directions, name, passed)


def _pushed(f: Function, points: list[Any], directions: list[Any], name: str, passed: Level) -> tuple[Any, Any]:
    level = passed.number
    with passed:
        with recording_nodes() if passed.graph else nullcontext():
            result = f([Dual(level, p, t) for p, t in zip(points, directions, strict=True)])
        leaves, rebuild = flatten(result, f"{name}: result of the function")
        outputs = [alive(y) for y in leaves]
    mine = [y.__class__ is Dual and y.level == level for y in outputs]
    outcome = Outcome(passed)
    values = [y.primal if m else y for y, m in zip(outputs, mine, strict=True)]
    slopes = [y.tangent if m else 0.0 for y, m in zip(outputs, mine, strict=True)]
    return rebuild([outcome.settled(y) for y in values]), rebuild([outcome.settled(y) for y in slopes])


@teach_keywords
def derivative(f: Callable[..., R], order: int = 1) -> Callable[..., R]:
    """The order-th derivative of a function of one number, by nested forward passes.

    Args:
        f: a function of one number; it may return several.
        order: 0 for f itself, 1, 2, 3, ...; the cost grows with 2**order.

    Raises:
        OperandError: f is no function.
        ArgumentError: the order is not a whole number from 0 on.

    Example:
        >>> derivative(lambda x: x**4, order=3)(2.0)
        48.0
    """
    function(f, "derivative")
    point = index(order) is None and real(order) is not None
    hint = f". derivative(f)({order!r}) is the derivative at {order!r}" if point else ""
    order = whole(order, "derivative(order=...)", least=0, remedy=hint)
    if order == 0:
        return f
    inner = derivative(f, order - 1)

    def slope(x: Any, *more: Any) -> R:
        if more:
            raise OperandError(
                f"derivative: f is a function of one number, and {counted(len(more) + 1, 'argument')} are given; write "
                "grad(f, argnums=(0, 1)), or derivative(lambda x: f(x, y))(x)"
            )
        point = alive(x) if isinstance(x, Tracer) else real(x)
        if point is None:
            raise not_a_number(x, "derivative: the point (a function of one number; for several use grad)")
        slopes: R = push(lambda numbers: inner(numbers[0]), [point], [1.0], "derivative")[1]
        return slopes

    return slope

"""The functions: `math`'s names, for numbers and `Value`s alike.

Functions with a fixed number of operands are made from their rows of the table. Functions with a signature of their own
are written out here: sequences, an optional base, a condition.
"""

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, overload

from .conversions import FUNCTIONS
from .errors import ArgumentError, OperandError
from .modes import MODES
from .observers import tell_choosing
from .operators import Tracer, complete, function_of, number, real, written_in_python
from .primitives.table import TABLE
from .value import Value, apply, compiled_function, dot_node

if TYPE_CHECKING:
    from ._generated import *  # noqa: F403 - the functions that made_from_table makes
    from ._typed import Real, Reduction, Rows, Untyped


def _reduction(function: Callable[..., Any]) -> "Reduction":
    """The function itself. Type checkers learn its argument and result types here."""
    return function


def _rows(function: Callable[..., Any]) -> "Rows":
    """The same for a function that returns a list."""
    return function


def _operands(name: str, numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    """The operands of an n-ary function, given one by one or as one iterable.

    Raises:
        ArgumentError: there are none.
    """
    numbers = _spread(numbers)
    if not numbers:
        raise ArgumentError(f"{name}: no numbers given; it needs at least one")
    return numbers


def _spread(numbers: tuple[Any, ...]) -> tuple[Any, ...]:
    """The items of a single iterable. Text is no iterable of numbers: the error will call it text."""
    if len(numbers) == 1 and numbers[0].__class__ is list:
        return tuple(numbers[0])
    if len(numbers) == 1 and isinstance(numbers[0], Iterable) and not isinstance(numbers[0], (str, bytes)):
        if isinstance(numbers[0], dict):
            raise OperandError(
                f"numbers were expected, got a dict with the keys {', '.join(map(repr, numbers[0]))}; give its .values()"
            )
        return tuple(numbers[0])
    return numbers


@_reduction
def sum(*numbers: Any) -> Any:
    """The correctly rounded sum of numbers, as one node; 0.0 without numbers.

    Args:
        numbers: one by one, or one iterable.

    Example:
        >>> sum([0.1] * 10)
        1.0
    """
    numbers = _spread(numbers)
    return apply(TABLE["sum"], numbers) if numbers else 0.0


@_reduction
def mean(*numbers: Any) -> Any:
    """The arithmetic mean, as one node.

    Args:
        numbers: at least one, one by one or as one iterable.

    Raises:
        ArgumentError: no numbers.
    """
    return apply(TABLE["mean"], _operands("mean", numbers))


@_reduction
def norm(*numbers: Any) -> Any:
    """The Euclidean norm sqrt(x1**2 + ... + xn**2), as one node; its derivative at 0 is 0, its second derivative nan.

    For the square of a norm write dot(x, x): norm(x)**2 has the right first derivatives, and nan for second ones at 0.

    Raises:
        ArgumentError: no numbers.
    """
    return apply(TABLE["norm"], _operands("norm", numbers))


@_reduction
def hypot(*numbers: Any) -> Any:
    """The length of the vector with these coordinates, as `math.hypot`; derivatives at the origin as those of `norm`."""
    return apply(TABLE["hypot"], numbers) if len(numbers) == 2 else norm(*numbers)


@_reduction
def maximum(*numbers: Any) -> Any:
    """The largest of numbers, as one node; ties share the derivative equally and have no second one, nan spreads.

    Raises:
        ArgumentError: no numbers.
    """
    return apply(TABLE["maximum"], _operands("maximum", numbers))


@_reduction
def minimum(*numbers: Any) -> Any:
    """The smallest of numbers, as one node; ties share the derivative equally and have no second one, nan spreads.

    Raises:
        ArgumentError: no numbers.
    """
    return apply(TABLE["minimum"], _operands("minimum", numbers))


@_reduction
def logsumexp(*numbers: Any) -> Any:
    """log(exp(x1) + ... + exp(xn)) without overflow, as one node.

    Raises:
        ArgumentError: no numbers.
    """
    return apply(TABLE["logsumexp"], _operands("logsumexp", numbers))


@_rows
def softmax(*numbers: Any) -> list[Any]:
    """exp(x_i) / (exp(x1) + ... + exp(xn)) for every i, without overflow.

    Returns:
        A list as long as the input, positive, with sum 1.

    Raises:
        ArgumentError: no numbers.

    Example:
        >>> softmax(0.0, 0.0)
        [0.5, 0.5]
    """
    xs = _operands("softmax", numbers)
    total = logsumexp(*xs)
    return [apply(TABLE["expdiff"], (x, total)) for x in xs]


@overload
def dot(weights: Iterable[float], inputs: Iterable[float], bias: float = 0.0) -> float: ...  # type: ignore[overload-overlap]
@overload
def dot(weights: "Iterable[Real]", inputs: "Iterable[Real]", bias: "Real" = 0.0) -> Value: ...
@overload
def dot(weights: "Untyped", inputs: "Untyped", bias: Any = 0.0) -> Any: ...
def dot(weights: Any, inputs: Any, bias: Any = 0.0) -> Any:
    """Z = w1*x1 + ... + wn*xn + b as one node, correctly rounded: the weighted input of a neuron.

    Args:
        weights, inputs: as many of one as of the other; numbers and `Value`s.
        bias: a number or a `Value`.

    Raises:
        ArgumentError: different lengths.

    Example:
        >>> from autograd import Value
        >>> z = dot([Value(2.0), Value(3.0)], [10.0, 1.0], 0.5)
        >>> z.data, z.partials
        (23.5, (10.0, 1.0))
    """
    node = dot_node(weights, inputs, bias)
    if node is not None:
        return node
    ws, xs = tuple(weights), tuple(inputs)
    if len(ws) != len(xs):
        raise ArgumentError(f"dot: {len(ws)} weights but {len(xs)} inputs; every weight belongs to one input")
    node = dot_node(ws, xs, bias)
    return apply(TABLE["dot"], (*ws, *xs, bias)) if node is None else node


@_reduction
def prod(*numbers: Any) -> Any:
    """The correctly rounded product, as one node; 1.0 without numbers.

    Zeros are factors like others: no derivative divides by a factor.

    Args:
        numbers: one by one, or one iterable.

    Example:
        >>> from autograd import grad
        >>> grad(prod)([2.0, 0.0, 5.0])
        [0.0, 10.0, 0.0]
    """
    numbers = _spread(numbers)
    return apply(TABLE["prod"], numbers) if numbers else 1.0


@_rows
def cumsum(*numbers: Any) -> list[Any]:
    """The running sums x1, x1 + x2, ..., as many as there are numbers: a chain of additions, each rounded.

    Args:
        numbers: one by one, or one iterable.

    Example:
        >>> cumsum([1.0, 2.0, 3.0])
        [1.0, 3.0, 6.0]
    """
    sums: list[Any] = []
    for u in _spread(numbers):
        u = u if isinstance(u, Tracer) else number(u, "cumsum")
        sums.append(apply(TABLE["add"], (sums[-1], u)) if sums else u)
    return sums


@overload
def dist(p: Iterable[float], q: Iterable[float]) -> float: ...  # type: ignore[overload-overlap]
@overload
def dist(p: "Iterable[Real]", q: "Iterable[Real]") -> Value: ...
@overload
def dist(p: "Untyped", q: "Untyped") -> Any: ...
def dist(p: Any, q: Any) -> Any:
    """The Euclidean distance of two points; `math.dist`.

    Args:
        p, q: their coordinates, as many of one as of the other.

    Raises:
        ArgumentError: different lengths.

    Example:
        >>> dist([1.0, 2.0], [4.0, 6.0])
        5.0
    """
    ps, qs = tuple(p), tuple(q)
    if len(ps) != len(qs):
        raise ArgumentError(f"dist: one point has {len(ps)} coordinates, the other {len(qs)}; they have to be equally many")
    return apply(TABLE["norm"], tuple([apply(TABLE["sub"], pair) for pair in zip(ps, qs, strict=True)])) if ps else 0.0


@overload
def modf(u: Value) -> tuple[Value, Value]: ...  # type: ignore[overload-overlap]
@overload
def modf(u: "Real") -> tuple[float, float]: ...
@overload
def modf(u: "Untyped") -> Any: ...
def modf(u: Any) -> tuple[Any, Any]:
    """The fractional part and the whole part, both with the sign of u; `math.modf`. The first has the derivative 1.

    Example:
        >>> modf(-2.75)
        (-0.75, -2.0)
    """
    whole = apply(TABLE["trunc"], (u,))
    endless = isinf(u)
    return apply(TABLE["copysign"], (0.0, u)) if endless else apply(TABLE["fmod"], (u, 1.0)), whole


@overload
def polygamma(n: int, u: Value) -> Value: ...  # type: ignore[overload-overlap]
@overload
def polygamma(n: int, u: "Real") -> float: ...
@overload
def polygamma(n: int, u: "Untyped") -> Any: ...
def polygamma(n: int, u: Any) -> Any:
    """The derivative of order n of digamma(u); digamma itself for n = 0.

    Args:
        n: a whole number from 0 to 1000; there is no derivative by it.

    Raises:
        OperandError: n is a `Value`.
        ArgumentError: n is not whole, negative, or above 1000.

    Example:
        >>> polygamma(1, 1.0)  # pi**2 / 6
        1.6449340668482264
    """
    order = real(n)
    if order is None:
        raise OperandError(f"polygamma({n!r}, u): the order n is a plain whole number, by which there is no derivative")
    if not 0.0 <= order <= 1000.0 or order != order // 1.0:
        raise ArgumentError(f"polygamma({n!r}, u): the order n has to be a whole number from 0 to 1000")
    return apply(TABLE["polygamma"], (order, u)) if order else apply(TABLE["digamma"], (u,))


def isnan(u: "Real") -> bool:
    """True if a number or a `Value` is nan."""
    return u.isnan() if isinstance(u, Tracer) else math.isnan(number(u, "isnan"))


def isinf(u: "Real") -> bool:
    """True if a number or a `Value` is one of the infinities."""
    return u.isinf() if isinstance(u, Tracer) else math.isinf(number(u, "isinf"))


def isfinite(u: "Real") -> bool:
    """True if a number or a `Value` is neither nan nor infinite."""
    return u.isfinite() if isinstance(u, Tracer) else math.isfinite(number(u, "isfinite"))


@overload
def where(condition: object, a: Value, b: "Real") -> Value: ...  # type: ignore[overload-overlap]
@overload
def where(condition: object, a: "Real", b: Value) -> Value: ...  # type: ignore[overload-overlap]
@overload
def where(condition: object, a: "Real", b: "Real") -> float: ...
@overload
def where(condition: object, a: "Untyped", b: "Untyped") -> Any: ...
def where(condition: Any, a: Any, b: Any) -> Any:
    """`a` if the condition holds, else `b`; both are recorded, and the one not taken gets the gradient 0.

    As everywhere, 0 * inf is nan: if the branch not taken has an infinite derivative, its operands get nan. Keep the
    branch itself finite: where(x > 0, log(where(x > 0, x, 1.0)), 0.0).

    Args:
        condition: a truth value, a number, or a `Value`, which counts by its number.
    """
    if MODES.active and (chosen := tell_choosing(condition)) is not None:
        return apply(TABLE["where"], (chosen, a, b))
    truth = Tracer.__bool__(condition) if isinstance(condition, Tracer) else condition
    return apply(TABLE["where"], (1.0 if truth else 0.0, a, b))


@overload
def clamp(u: Value, lo: float = ..., hi: float = ...) -> Value: ...  # type: ignore[overload-overlap]
@overload
def clamp(u: "Real", lo: float = ..., hi: float = ...) -> float: ...
@overload
def clamp(u: "Untyped", lo: float = ..., hi: float = ...) -> Any: ...
def clamp(u: Any, lo: float = -float("inf"), hi: float = float("inf")) -> Any:
    """The number u, limited to lo..hi; the derivative is 1 inside and on both ends, 0 outside.

    Raises:
        ArgumentError: lo is above hi.
    """
    if lo > hi:
        raise ArgumentError(f"clamp: lo = {lo!r} is above hi = {hi!r}; no number lies between them")
    return apply(TABLE["clamp"], (u, lo, hi))


@overload
def log(u: Value, base: "Real | None" = None) -> Value: ...  # type: ignore[overload-overlap]
@overload
def log(u: "Real", base: Value) -> Value: ...  # type: ignore[overload-overlap]
@overload
def log(u: "Real", base: "Real | None" = None) -> float: ...
@overload
def log(u: "Untyped", base: Any = None) -> Any: ...
def log(u: Any, base: Any = None) -> Any:
    """The natural logarithm, or the logarithm to a base; -inf at 0, nan below."""
    natural = _ln(u)
    return natural if base is None else apply(TABLE["div"], (natural, _ln(base)))


_ln = written_in_python(TABLE["log"])


@overload
def pow(u: Value, v: "Real") -> Value: ...  # type: ignore[overload-overlap]
@overload
def pow(u: "Real", v: Value) -> Value: ...  # type: ignore[overload-overlap]
@overload
def pow(u: "Real", v: "Real") -> float: ...
@overload
def pow(u: "Untyped", v: "Untyped") -> Any: ...
def pow(u: Any, v: Any) -> Any:
    """U to the power v; nan for a negative base with a fractional exponent."""
    return apply(TABLE["pow"], (u, v))


@overload
def round(u: Value, ndigits: int | None = None) -> Value: ...  # type: ignore[overload-overlap]
@overload
def round(u: "Real", ndigits: int | None = None) -> float: ...
@overload
def round(u: "Untyped", ndigits: int | None = None) -> Any: ...
def round(u: Any, ndigits: int | None = None) -> Any:
    """U rounded half to even at `ndigits` decimals; the derivative is 0."""
    return apply(TABLE["round"], complete(TABLE["round"], (u, *(() if ndigits is None else (float(ndigits),))), {}))


@overload
def detach(u: Value) -> Value: ...  # type: ignore[overload-overlap]
@overload
def detach(u: "Real") -> float: ...
@overload
def detach(u: "Untyped") -> Any: ...
def detach(u: Any) -> Any:
    """The number of a `Value` as a new leaf, where gradients stop; a plain number stays the same."""
    return u.detach() if isinstance(u, Tracer) else number(u, "detach")


_BY_HAND = frozenset(globals())


def made_from_table() -> dict[str, Any]:
    """The functions that rows of the table make by themselves, by their names and their aliases."""
    functions: dict[str, Any] = {}
    for row in TABLE.values():
        if row.method:
            made = function_of(row, apply)
            functions |= {name: made for name in (row.name, *row.aliases) if name not in _BY_HAND}
    return functions


if not TYPE_CHECKING:  # type checkers read _generated.pyi
    globals().update(made_from_table())
    # The logarithm of a number alone, in C where the nodes are.
    log = compiled_function("in_front")(TABLE["log"], log, f"log(u, base=None)\n--\n\n{log.__doc__ or ''}") or log
    __all__ = sorted(
        name
        for name, thing in globals().items()
        if getattr(thing, "__module__", "") in ("autograd", __name__) and name[0] != "_" and name != "made_from_table"
    )
    FUNCTIONS.update(__all__)

"""The operators and methods of a differentiable number, in either mode.

`Tracer` is the common base of `Value` (reverse mode) and `Dual` (forward mode): Python's operators, comparisons, and the
methods made from the table of primitives. Each of them calls `apply(primitive, operands)`, which hands the application to
the operand that differentiates outermost, or simply computes if all operands are plain numbers. The VALUE reader uses the
same function: it applies formulas of the table to operands of any kind.
"""

import math
import numbers
import operator
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Self

from .arguments import whole
from .blocks import MODES
from .conversions import formatted, lost
from .errors import ArgumentError, OperandError, not_a_number
from .foreign import VALUE as FOREIGN_NAMES
from .foreign import teach
from .observers import reads_are_told, tell_decided
from .primitives.readers import FLOAT, Deriving
from .primitives.table import TABLE, Primitive

COMPILED: dict[Primitive, Callable[..., Any]] = {}  # functions that exist in C: value.py, which needs this module, notes them

if TYPE_CHECKING:
    from ._generated import Methods
    from ._typed import Real
else:
    Methods = object  # operators and methods made from the table; only type checkers need this list

Number = Any  # a float, a Value or a Dual: the numbers of a formula


def real(thing: object) -> float | None:
    """`thing` as a float if it is a real number (int, bool, Fraction, a numpy scalar, a 0-d array), else None.

    Raises:
        ArgumentError: an integer too large for a float.
    """
    if isinstance(thing, float):
        return float(thing)
    if isinstance(thing, int):
        try:
            return float(thing)
        except OverflowError:
            raise ArgumentError(
                f"an integer of {thing.bit_length()} bits is too large for a float; the largest float is about 1.8e308"
            ) from None
    if not hasattr(type(thing), "__float__") or isinstance(thing, Tracer) or getattr(thing, "ndim", False):
        return None
    if isinstance(thing, numbers.Complex) and not isinstance(thing, numbers.Real):
        return None
    try:
        return float(thing)  # type: ignore[arg-type]  # it has __float__
    except (TypeError, ValueError):
        return None


def float_of(n: int) -> float:
    """An int as a float: `real`, where it has to be quick."""
    try:
        return float(n)
    except OverflowError:
        return real(n)  # type: ignore[return-value]  # it raises


def number(thing: object, place: str) -> float:
    """`thing` as a float.

    Args:
        place: the caller, for the message.

    Raises:
        OperandError: not a real number.
    """
    if type(thing) is float:
        return thing
    x = real(thing)
    if x is not None:
        return x
    if isinstance(thing, Tracer):
        raise OperandError(f"{place}: expected a plain number, got {thing!r}; write (...).data, by which no gradient passes")
    raise not_a_number(thing, place)


def apply(primitive: Primitive, operands: tuple[Any, ...]) -> Number:
    """The primitive applied to operands that may be plain numbers, `Value`s and `Dual`s.

    Returns:
        A float if every operand is a plain number; else the result of the outermost differentiating operand.

    Raises:
        OperandError: an operand is not a number.
    """
    top: Tracer | None = None
    for operand in operands:
        if operand.__class__ is float:
            continue
        if not isinstance(operand, Tracer):
            place = primitive.name
            operands = tuple(o if isinstance(o, Tracer) else number(o, place) for o in operands)
        elif top is None or operand.level > top.level:
            top = operand
    if top is None:
        return primitive.value(FLOAT, *operands)
    return top.record(primitive, operands)


VALUE = Deriving(apply)


class _Traced(Deriving):
    """The same for whoever asks where numbers come from: a constant is no plain number, but one where derivatives stop."""

    def stepped(self, row: Primitive, operands: tuple[Any, ...]) -> Any:
        """The number of a step function."""
        return self.fixed(apply(row, operands))

    def fixed(self, u: Any) -> Any:
        """The number, where derivatives stop."""
        return u.detach() if isinstance(u, Tracer) else u


_TRACED = _Traced(apply)


def partials_of(row: Primitive, out: Any, operands: tuple[Any, ...]) -> Sequence[Any]:
    """The local derivatives of an application, as numbers that can be differentiated again.

    The row's `partials` alone give their numbers, to the last bit; its `higher` gives their derivatives.
    """
    if MODES.active and reads_are_told():
        return _traced_partials(row, out, operands)
    if row.higher is None:
        return row.partials(VALUE, out, *operands)  # type: ignore[no-any-return]
    numbers = row.partials(FLOAT, *map(VALUE.fixed, (out, *operands)))
    return [_with_number(formula, x) for formula, x in zip(row.higher(VALUE, out, *operands), numbers, strict=True)]


def _with_number(formula: Any, x: float) -> Any:
    now = VALUE.fixed(formula)
    return formula if now == x or (now != now and x != x) else VALUE.pin(formula, x)


def _traced_partials(row: Primitive, out: Any, operands: tuple[Any, ...]) -> Sequence[Any]:
    """The same without a look at a number."""
    partials = row.partials(_TRACED, out, *operands)
    if row.higher is None:
        return partials  # type: ignore[no-any-return]
    numbers = [_TRACED.fixed(x) for x in partials]
    return [
        f if f.__class__ is x.__class__ is float and f == x else VALUE.pin(f, x)
        for f, x in zip(row.higher(_TRACED, out, *operands), numbers, strict=True)
    ]


def complete(row: Primitive, operands: tuple[Any, ...], named: dict[str, Any]) -> tuple[Any, ...]:
    """Operands in the order of the row: operands given by name in their places, defaults filled in.

    Raises:
        OperandError: too many, too few, or an unknown name, as Python's own calls would complain.
    """
    names = row.operand_names
    defaults = dict(zip(names[len(names) - len(row.defaults) :], row.defaults, strict=True))
    given = dict(zip(names, operands, strict=False))
    if len(operands) <= len(names) and not given.keys() & named.keys() and not named.keys() - set(names):
        filled = defaults | given | named
        if len(filled) == len(names):
            return tuple(filled[name] for name in names)
    wanted = ", ".join(f"{name}={defaults[name]:g}" if name in defaults else name for name in names)
    extra = "".join(f", {key}=" for key in named)
    raise OperandError(f"{row.name}({wanted}): got {len(operands)} operands{extra}; give one per name")


def function_of(row: Primitive, apply: Callable[[Primitive, tuple[Any, ...]], Number] = apply) -> Callable[..., Any]:
    """The function (and, as the first operand is `self`, the method) that applies a row of the table.

    Args:
        apply: the function above, or the compiled one (value.py).
    """
    return COMPILED.get(row) or written_in_python(row, apply)


def written_in_python(row: Primitive, apply: Callable[[Primitive, tuple[Any, ...]], Number] = apply) -> Callable[..., Any]:
    """The function that applies a row of the table, in Python."""
    arity = row.arity
    value = row.value

    def unary(u: Any) -> Any:
        if u.__class__ is float:
            return value(FLOAT, u)
        return u.record(row, (u,)) if isinstance(u, Tracer) else apply(row, (u,))

    def general(*operands: Any, **named: Any) -> Any:
        if named or (len(operands) != arity and arity):
            operands = complete(row, operands, named)
        return apply(row, operands)

    function: Callable[..., Any] = unary if arity == 1 else general
    call = "*us" if row.variadic else ", ".join(row.operand_names)
    function.__name__ = function.__qualname__ = row.name
    function.__doc__ = f"{row.name}({call}): {row.doc}. Takes numbers and `Value`s."
    function.__module__ = "autograd"
    return function


def _binary(name: str) -> tuple[Callable[[Any, Any], Any], Callable[[Any, Any], Any]]:
    """An operator of two operands and its reflection, from a row of the table."""
    row = TABLE[name]

    def operator(self: "Tracer", other: object) -> Any:
        other = operand(other, row)
        return other if other is NotImplemented else apply(row, (self, other))

    def reflected(self: "Tracer", other: object) -> Any:
        other = operand(other, row)
        return other if other is NotImplemented else apply(row, (other, self))

    return operator, reflected


def _unary(name: str) -> Callable[[Any], Any]:
    """An operator of one operand."""
    row = TABLE[name]

    def operator(self: "Tracer") -> Any:
        return apply(row, (self,))

    return operator


def operand(other: Any, row: Primitive) -> Any:
    """The other operand of an operator; NotImplemented for a type that may handle it itself (a NumPy array).

    Raises:
        OperandError: a type that certainly cannot: text, None, a list, a complex number.
    """
    if isinstance(other, Tracer):
        return other
    x = real(other)
    if x is not None:
        return x
    if other is None or isinstance(other, (str, bytes, complex, list, tuple, dict, set)):
        raise not_a_number(other, f"operand of {row.label}")
    return NotImplemented


def _comparison(relation: str, compare: Callable[[float, float], bool]) -> Callable[[Any, Any], Any]:
    """A comparison by the number: derivatives know nothing of it."""

    def comparison(self: "Tracer", other: object) -> Any:
        x = other._number if isinstance(other, Tracer) else real(other)
        if x is None:
            return NotImplemented
        answer = compare(self._number, x)
        if MODES.active:
            tell_decided(self, relation, other if isinstance(other, Tracer) else x, answer)
        return answer

    return comparison


class Tracer(Methods):
    """A number that is being differentiated: the operators and methods that `Value` and `Dual` share."""

    __slots__ = ()
    level: int = 0  # its level of differentiation: 0 for a Value, one more per forward pass
    number: float
    _number: float  # the same, for the engine itself: nobody is told that it has been read

    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> Any:
        """Apply a primitive to operands (floats and tracers), among which this one differentiates outermost."""
        raise NotImplementedError

    def detach(self) -> Self:
        """The same number, as a new object of the same kind, where derivatives stop."""
        raise NotImplementedError

    if not TYPE_CHECKING:  # type checkers read _generated.pyi
        __add__, __radd__ = _binary("add")
        __sub__, __rsub__ = _binary("sub")
        __mul__, __rmul__ = _binary("mul")
        __truediv__, __rtruediv__ = _binary("div")
        __floordiv__, __rfloordiv__ = _binary("floordiv")
        __mod__, __rmod__ = _binary("mod")
        __pow__, __rpow__ = _binary("pow")
        __neg__, __abs__, __floor__, __ceil__, __trunc__ = map(_unary, ("neg", "abs", "floor", "ceil", "trunc"))
        __lt__ = _comparison("<", operator.lt)
        __le__ = _comparison("<=", operator.le)
        __gt__ = _comparison(">", operator.gt)
        __ge__ = _comparison(">=", operator.ge)
        __eq__ = _comparison("==", operator.eq)
        __ne__ = _comparison("!=", operator.ne)
        __hash__ = object.__hash__  # identity: two nodes of equal data are two nodes

    def __bool__(self) -> bool:
        return Tracer.__ne__(self, 0.0)

    def __pos__(self) -> Self:
        return self

    def __divmod__(self, other: "Real") -> tuple[Self, Self]:
        return self // other, self % other

    def __rdivmod__(self, other: "Real") -> tuple[Self, Self]:
        return other // self, other % self

    def __round__(self, ndigits: int | None = None) -> Self:
        digits = 0 if ndigits is None else whole(ndigits, "round(v, ...)", None)
        rounded: Self = apply(TABLE["round"], (self, float(digits)))
        return rounded

    # NumPy's functions on arrays of `Value`s ask for these by name: std, var and vdot, which also take complex numbers.

    def conjugate(self) -> Self:
        """The number itself: it is real."""
        return self

    @property
    def real(self) -> Self:
        """The number itself: it is real."""
        return self

    @property
    def imag(self) -> float:
        """0: the imaginary part of a real number."""
        return 0.0

    def isnan(self) -> bool:
        """True if the number is nan."""
        return Tracer.__ne__(self, self)

    def isinf(self) -> bool:
        """True if the number is one of the infinities."""
        return Tracer.__eq__(self, math.inf) or Tracer.__eq__(self, -math.inf)

    def isfinite(self) -> bool:
        """True if the number is neither nan nor infinite."""
        return -math.inf < self < math.inf

    def __format__(self, spec: str) -> str:
        return formatted(self.number, spec) if spec else str(self)

    def __float__(self) -> float:
        return self._plain("float")

    def __int__(self) -> int:
        return int(self._plain("int"))

    def __complex__(self) -> complex:
        return complex(self._plain("complex"))

    if not TYPE_CHECKING:  # few are whole, and a checker would let x * "3" pass, as a repetition

        def __index__(self) -> int:
            x = self._plain("whole number")
            if not x.is_integer():
                raise OperandError(f"an index or a count is a whole number, got {self!r}; write math.floor(v) or round(v)")
            return int(x)

    def as_integer_ratio(self) -> tuple[int, int]:
        """The number as a fraction, as a float gives it; the module `statistics` asks for it."""
        return self._plain("float").as_integer_ratio()

    def _plain(self, kind: str) -> float:
        """The number, for a conversion that loses nothing (conversions.py).

        Raises:
            LostGradientError: it would lose a gradient.
        """
        if self._has_no_gradient():
            return self.number
        raise lost(self, kind)

    def _has_no_gradient(self) -> bool:
        """True if the derivative of this number is 0 wherever it has one."""
        raise NotImplementedError


def add_methods(row: Primitive, owner: type = Tracer) -> None:
    """Give the tracers the methods of a row: its name, and the names NumPy looks for."""
    method = function_of(row)
    for name in (row.name, *row.aliases):
        setattr(owner, name, method)


for _row in TABLE.values():
    if _row.method:
        add_methods(_row)
teach("a Value", FOREIGN_NAMES)(Tracer)  # after the methods, which may have such a name
# np.rint(object_array) looks for this one.
Tracer.rint = Tracer.round  # type: ignore[method-assign]

"""The nodes of the engine in Python: `Value` as a person reads it.

A node is data: its number, its gradient, its ordered parents and one local derivative (partial) per parent, taken at the
forward pass. No closures, no reference cycles. `backward()` walks those nodes in reverse topological order (reverse.py). What
is not hot is in shared.py; c/core.c holds the same nodes in C.

The operators + - * / ** and a neuron's dot restate their rules here instead of asking the table, because they are most of
what ordinary code does; a test holds the two together.
"""

from collections.abc import Callable
from math import pow as power
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from . import notices
from .blocks import MODES, Bare, current
from .freeing import free_iteratively
from .modes import made
from .observers import tell_decided, tell_detached, tell_read
from .operators import Tracer, float_of
from .primitives.ieee import inner
from .primitives.straight import RAISED, straight
from .primitives.table import TABLE, Primitive
from .reverse import UNSET
from .shared import Shared, by_the_table

_ADD, _SUB, _MUL, _DIV, _POW, _NEG, _DOT = (TABLE[name] for name in ("add", "sub", "mul", "div", "pow", "neg", "dot"))
_ONE, _ONE_ONE, _ONE_MINUS, _MINUS = (1.0,), (1.0, 1.0), (1.0, -1.0), (-1.0,)  # the partials of + and -
_LISTS = (list, tuple)
_new = object.__new__

if TYPE_CHECKING:
    from ._typed import Binary, Real


def _operator(function: Callable[[Any, Any], Any]) -> "Binary":
    """The function as it is. Type checkers learn here that it takes a number and gives a `Value`."""
    return function


def _read(node: Any) -> float:
    if MODES.active:
        tell_read(node)
    number: float = node._data
    return number


class Value(Shared):
    """A differentiable number: a node of the graph that ordinary Python arithmetic builds.

    Args:
        data: any real number: int, float, bool, Fraction, a numpy scalar. It becomes a float.
        label: a name for pictures, messages and the debugger.

    Attributes:
        data: the number. Assigning a new one changes neither the graph nor the partials of the forward pass.
        grad: d(root)/d(this) after `root.backward()`; leaves accumulate over passes, interior nodes hold the latest.
        parents: the `Value`s it was computed from, in order; repeated operands appear repeatedly.
        partials: the local derivative d(this)/d(parent), one per parent; None for a node made by hand.
        operands: all operands of the primitive in order, plain numbers included.
        primitive: the row of the table that made it; None for a leaf.
        label, scope: its own name, and the path of the `scope(...)` blocks it was made in.

    Raises:
        OperandError: data is not a real number.

    Example:
        >>> x, y = Value(3.0), Value(4.0)
        >>> z = x * y + x
        >>> z.backward()
        >>> x.grad, y.grad
        (5.0, 3.0)
    """

    __module__ = "autograd.value"  # where its users, and pickles, find it: one of two classes of that name

    # The instance dictionary costs nothing until used: it holds what few nodes have (label, scope, hooks, a user's own
    # attributes), which would be empty slots on all the others.
    __slots__ = ("__dict__", "_data", "_grad", "operands", "parents", "partials", "primitive")

    _data: float
    _grad: float
    operands: tuple[Any, ...]
    parents: tuple["Value", ...]
    partials: tuple[float, ...] | None
    primitive: Primitive | None

    if TYPE_CHECKING:
        grad: float

        @property
        def data(self) -> float:
            """The number."""

        @data.setter
        def data(self, data: "Real") -> None: ...

    else:
        # Read and written by the engine itself as _data and _grad; made here for everybody else.
        data = property(_read, Shared._assign_data, None, "The number.")
        grad = property(attrgetter("_grad"), Shared._assign_grad)
        _number = property(attrgetter("_data"))

    number = data  # as on a dual

    def _still(self, grad: float | None) -> bool:
        """True if the gradient is still the object that was assigned to `_grad`: no pass has written one since."""
        return self._grad is grad

    def detach(self) -> "Value":
        """A new leaf with the same number: gradients stop here."""
        leaf = Value(self._data)
        if MODES.active:
            tell_detached(self, leaf)
        return leaf

    # --- making nodes ------------------------------------------------------------------------------------------------

    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> "Value":
        """The node that applies a primitive to floats and `Value`s."""
        if len(operands) == 1:
            try:
                return (_STRAIGHT.get(primitive) or _straighten(primitive))(self, operands)
            except RAISED:
                pass  # an inf or a nan: the table knows which, and no other error is the context of strict()'s
        out, parents, partials = by_the_table(primitive, operands)
        return _node(out, primitive, operands, parents, partials)

    @_operator
    def __add__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is Value:
            pair = (self, other)
            return _node(self._data + other._data, _ADD, pair, pair, _ONE_ONE)
        if kind is not float:
            if kind is not int:
                return Tracer.__add__(self, other)
            other = float_of(other)
        return _node(self._data + other, _ADD, (self, other), (self,), _ONE)

    @_operator
    def __radd__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__radd__(self, other)
            other = float_of(other)
        return _node(other + self._data, _ADD, (other, self), (self,), _ONE)

    @_operator
    def __sub__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is Value:
            pair = (self, other)
            return _node(self._data - other._data, _SUB, pair, pair, _ONE_MINUS)
        if kind is not float:
            if kind is not int:
                return Tracer.__sub__(self, other)
            other = float_of(other)
        return _node(self._data - other, _SUB, (self, other), (self,), _ONE)

    @_operator
    def __rsub__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__rsub__(self, other)
            other = float_of(other)
        return _node(other - self._data, _SUB, (other, self), (self,), _MINUS)

    @_operator
    def __mul__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is Value:
            u, v = self._data, other._data
            pair = (self, other)
            return _node(u * v, _MUL, pair, pair, (v, u))
        if kind is not float:
            if kind is not int:
                return Tracer.__mul__(self, other)
            other = float_of(other)
        return _node(self._data * other, _MUL, (self, other), (self,), (other,))

    @_operator
    def __rmul__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__rmul__(self, other)
            other = float_of(other)
        return _node(other * self._data, _MUL, (other, self), (self,), (other,))

    @_operator
    def __truediv__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is Value and other._data != 0.0:
            v = other._data
            out = self._data / v
            pair = (self, other)
            return _node(out, _DIV, pair, pair, (1.0 / v, -(out / v)))
        if kind is not float:
            if kind is not int:
                return Tracer.__truediv__(self, other)
            other = float_of(other)
        if other == 0.0:
            return Tracer.__truediv__(self, other)
        return _node(self._data / other, _DIV, (self, other), (self,), (1.0 / other,))

    @_operator
    def __pow__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is float or kind is int:
            u, v = self._data, other if kind is float else float_of(other)
            try:
                out = power(u, v)
                # The table's two ways to the slope: exact exponents, and those whose v - 1 would be rounded.
                slope = 2.0 * u if v == 2.0 else v * power(u, v - 1.0) if 0.5 <= v < 2.0**52 else v * (out / u)
            except RAISED:
                pass
            else:
                if v and u - u == v - v == 0.0:
                    return _node(out, _POW, (self, v), (self,), (slope,))
        return Tracer.__pow__(self, other)

    def __eq__(self, other: object) -> bool:
        if other.__class__ is float:
            equal = self._data == other
        elif isinstance(other, Value):
            equal = self._data == other._data
            if equal and other is not self:
                notices.warn_of_equal()
        else:
            return Tracer.__eq__(self, other)
        if MODES.active:
            tell_decided(self, "==", other, equal)
        return equal

    def __ne__(self, other: object) -> bool:
        if isinstance(other, Value):
            different = self._data != other._data
            if not different and other is not self:
                notices.warn_of_equal()
            if MODES.active:
                tell_decided(self, "!=", other, different)
            return different
        return Tracer.__ne__(self, other)

    if TYPE_CHECKING:

        def __hash__(self) -> int: ...
    else:
        __hash__ = Tracer.__hash__

    def __bool__(self) -> bool:
        if MODES.active:
            tell_decided(self, "!=", 0.0, self._data != 0.0)
        if self._data:
            return True
        notices.warn_of_zero()
        return False

    def __neg__(self) -> "Value":
        operands = (self,)
        return _node(-self._data, _NEG, operands, operands, _MINUS)


free_iteratively(Value)

_STRAIGHT: dict[Primitive, Callable[[Value, tuple[Any, ...]], Value]] = {}


def _straighten(primitive: Primitive) -> Callable[[Value, tuple[Any, ...]], Value]:
    apply = _STRAIGHT[primitive] = straight(primitive, _node)
    return apply


def _node(
    data: float,
    primitive: Primitive,
    operands: tuple[Any, ...],
    parents: tuple[Value, ...],
    partials: tuple[float, ...],
    # a default is a local variable: three look-ups fewer on the path that every operation takes
    new: Any = _new,
    cls: type[Value] = Value,
    unset: float = UNSET,
) -> Value:
    """A node, made without the checks of `Value(...)`: its fields come from the engine itself."""
    out: Value = new(cls)
    out._data = data
    out._grad = unset
    out.primitive = primitive
    out.operands = operands
    out.parents = parents
    out.partials = partials
    if MODES.active:
        made(out)
    return out


def share(node: Any, attributes: dict[str, str]) -> bool:
    """Give a `Value` without attributes those that many nodes have in common, such as a neuron's label and scope.

    Args:
        attributes: they belong to the nodes from now on, and are not changed.

    Returns:
        False, and nothing is done, if it is another number, has attributes already, or is in a block that gives it some.
    """
    if node.__class__ is not Value or node.__dict__ or (MODES.active and current().__class__ is not Bare):
        return False
    node.__dict__.update(attributes)
    return True


def dot_node(weights: Any, inputs: Any, bias: Any) -> Value | None:
    """The node of w1*x1 + ... + wn*xn + b for weights that are `Value`s and as many inputs of one kind, lists or tuples.

    This is a neuron's pre-activation, the operation that networks spend their time in.

    Returns:
        None for anything else.
    """
    if weights.__class__ not in _LISTS or inputs.__class__ not in _LISTS or len(weights) != len(inputs):
        return None
    kinds = set(map(type, inputs))
    if set(map(type, weights)) != {Value} or len(kinds) != 1:
        return None
    biases: tuple[Value, ...] = ()
    ones: tuple[float, ...] = ()
    if isinstance(bias, Value):
        b, biases, ones = bias._data, (bias,), _ONE
    elif isinstance(bias, (float, int)):
        b = bias = float(bias)
    else:
        return None
    ws = [w._data for w in weights]
    if kinds == {Value}:
        xs = [x._data for x in inputs]
        operands = (*weights, *inputs, bias)
        parents = operands if biases else operands[:-1]
        return _node(inner(ws, xs, b), _DOT, operands, parents, (*xs, *ws, *ones))
    if not issubclass(kinds.pop(), (float, int)):
        return None
    xs = [float(x) for x in inputs]
    return _node(inner(ws, xs, b), _DOT, (*weights, *xs, bias), (*weights, *biases), (*xs, *ones))

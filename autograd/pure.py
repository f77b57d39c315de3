"""The nodes of the engine in Python: `Value` as a person reads it.

A node is data: its number, its gradient, its ordered parents and one local derivative (partial) per parent, taken at the
forward pass. No closures, no reference cycles. `backward()` walks those nodes in reverse topological order (reverse.py). What
is not hot is in shared.py; c/core.c holds the same nodes in C.

The operators + - * / ** and a neuron's dot restate their rules here instead of asking the table, because they are most of
what ordinary code does; a test holds the two together.
"""

from collections.abc import Callable
from functools import update_wrapper
from math import pow as power
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from . import notices
from .blocks import MODES, Bare, current
from .freeing import free_iteratively
from .modes import UNRECORDED, made
from .observers import tell_decided, tell_detached, tell_read
from .operators import Tracer, float_of
from .primitives.ieee import inner
from .primitives.straight import RAISED, straight
from .primitives.table import TABLE, Primitive
from .pure_pass import quick_pass
from .reverse import SPECIAL, UNSET
from .shared import Shared, by_the_table

_ADD, _SUB, _MUL, _DIV, _POW, _NEG, _DOT = (TABLE[name] for name in ("add", "sub", "mul", "div", "pow", "neg", "dot"))
_LISTS = (list, tuple)

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

    # What a node was computed from lies in slots of its own: two operands, and the derivatives by them. Where an operand is a
    # plain number its slot is None, and the number stands in the place of the derivative:
    #
    #                    _a      _b      _da     _db
    #     u * v          u       v       v       u
    #     2.0 - v        None    v       2.0     -1.0
    #     v ** 3.0       v       None    slope   3.0
    #     exp(v)         v       None    slope   None
    #     a leaf         None    None    None    None
    #     all others     None    parents operands partials         the tuples themselves
    #
    # The instance dictionary costs nothing until used: it holds what few nodes have (label, scope, hooks, a user's own
    # attributes), which would be empty slots on all the others.
    __slots__ = ("__dict__", "_a", "_b", "_da", "_data", "_db", "_grad", "primitive")

    _data: float
    _grad: float
    _a: Any
    _b: Any
    _da: Any
    _db: Any
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
        grad = property(attrgetter("_grad"), Shared._assign_grad, None, "The derivative of the root by this.")
        _number = property(attrgetter("_data"))

    number = data  # as on a dual

    @property
    def parents(self) -> tuple["Value", ...]:
        """The `Value`s it was computed from, in order."""
        a, b = self._a, self._b
        if a is None:
            return () if b is None else b if b.__class__ is tuple else (b,)
        return (a,) if b is None else (a, b)

    @parents.setter
    def parents(self, parents: tuple["Value", ...]) -> None:
        self._take_apart(tuple(parents), self.operands, self.partials)

    @property
    def partials(self) -> tuple[float, ...] | None:
        """The local derivative by each parent."""
        a, b = self._a, self._b
        if a is None:
            return () if b is None else self._db if b.__class__ is tuple else (self._db,)
        return (self._da,) if b is None else (self._da, self._db)

    @partials.setter
    def partials(self, partials: tuple[float, ...] | None) -> None:
        self._take_apart(self.parents, self.operands, partials)

    @property
    def operands(self) -> tuple[Any, ...]:
        """All operands of the primitive in order, plain numbers included."""
        a, b = self._a, self._b
        if a is None:
            return () if b is None else self._da if b.__class__ is tuple else (self._da, b)
        return (a, b) if b is not None else (a,) if self._db is None else (a, self._db)

    @operands.setter
    def operands(self, operands: tuple[Any, ...]) -> None:
        self._take_apart(self.parents, tuple(operands), self.partials)

    def _take_apart(self, parents: tuple[Any, ...], operands: tuple[Any, ...], partials: tuple[float, ...] | None) -> None:
        """Keep what was assigned as it is; it may close a cycle, for example, or be no numbers."""
        self._a, self._b, self._da, self._db = None, parents, operands, partials
        self._loose = True
        SPECIAL.note()

    def _fill(
        self,
        data: float,
        primitive: Primitive | None,
        operands: tuple[Any, ...],
        parents: tuple[Any, ...],
        partials: tuple[float, ...] | None,
    ) -> None:
        """Fill a node, fresh from `__new__`, with the fields of a leaf, a copy or a pickle."""
        self._data, self._grad, self.primitive = data, UNSET, primitive
        if not operands and not parents:
            self._a = self._b = self._da = self._db = None
            return
        self._a, self._b, self._da, self._db = _fields(operands, parents, partials)
        if partials is None:
            SPECIAL.note()

    def _unrecord(self) -> None:
        """Forget the operands: the node was made inside `no_grad()`."""
        self._a = self._b = self._da = self._db = self.primitive = None
        self._grad = UNRECORDED

    _quick_pass = staticmethod(quick_pass)

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
            return (_STRAIGHT.get(primitive) or _straighten(primitive))(operands[0])
        return _by_the_table(primitive, operands)

    @_operator
    def __add__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is Value:
            return _node(self._data + other._data, _ADD, self, other, 1.0, 1.0)
        if kind is not float:
            if kind is not int:
                return Tracer.__add__(self, other)
            other = float_of(other)
        return _node(self._data + other, _ADD, self, None, 1.0, other)

    @_operator
    def __radd__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__radd__(self, other)
            other = float_of(other)
        return _node(other + self._data, _ADD, None, self, other, 1.0)

    @_operator
    def __sub__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is Value:
            return _node(self._data - other._data, _SUB, self, other, 1.0, -1.0)
        if kind is not float:
            if kind is not int:
                return Tracer.__sub__(self, other)
            other = float_of(other)
        return _node(self._data - other, _SUB, self, None, 1.0, other)

    @_operator
    def __rsub__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__rsub__(self, other)
            other = float_of(other)
        return _node(other - self._data, _SUB, None, self, other, -1.0)

    @_operator
    def __mul__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is Value:
            u, v = self._data, other._data
            return _node(u * v, _MUL, self, other, v, u)
        if kind is not float:
            if kind is not int:
                return Tracer.__mul__(self, other)
            other = float_of(other)
        return _node(self._data * other, _MUL, self, None, other, other)

    @_operator
    def __rmul__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__rmul__(self, other)
            other = float_of(other)
        return _node(other * self._data, _MUL, None, self, other, other)

    @_operator
    def __truediv__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is Value and other._data != 0.0:
            v = other._data
            out = self._data / v
            return _node(out, _DIV, self, other, 1.0 / v, -(out / v))
        if kind is not float:
            if kind is not int:
                return Tracer.__truediv__(self, other)
            other = float_of(other)
        if other == 0.0:
            return Tracer.__truediv__(self, other)
        return _node(self._data / other, _DIV, self, None, 1.0 / other, other)

    @_operator
    def __rtruediv__(self, other: Any) -> Any:
        kind, v = other.__class__, self._data
        if v == 0.0 or (kind is not float and kind is not int):
            return Tracer.__rtruediv__(self, other)
        if kind is int:
            other = float_of(other)
        out = other / v
        return _node(out, _DIV, None, self, other, -(out / v))

    @_operator
    def __pow__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is float or kind is int:
            u = self._data
            try:
                v = 1.0 * other
                out = power(u, v)
                # The table's two ways to the slope: exact exponents, and those whose v - 1 would be rounded.
                slope = 2.0 * u if v == 2.0 else v * power(u, v - 1.0) if 0.5 <= v < 2.0**52 else v * (out / u)
            except RAISED:
                pass
            else:
                if v and u - u == v - v == 0.0:
                    return _node(out, _POW, self, None, slope, v)
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
        return _node(-self._data, _NEG, self, None, -1.0, None)


free_iteratively(Value)


def _node(
    data: float,
    primitive: Primitive,
    a: Any,
    b: Any,
    da: Any,
    db: Any,
    # a default is a local variable: four look-ups fewer on the path that every operation takes
    new: Any = object.__new__,
    cls: type[Value] = Value,
    unset: float = UNSET,
    active: list[None] = MODES.active,
) -> Value:
    """A node, made without the checks of `Value(...)`: its fields come from the engine itself."""
    out: Value = new(cls)
    out._data = data
    out._grad = unset
    out.primitive = primitive
    out._a = a
    out._b = b
    out._da = da
    out._db = db
    if active:
        made(out)
    return out


def _by_the_table(primitive: Primitive, operands: tuple[Any, ...]) -> Value:
    """The node of a row that is read as it stands."""
    out, parents, partials = by_the_table(primitive, operands)
    return _node(out, primitive, *_fields(operands, parents, partials))


def _fields(operands: Any, parents: Any, partials: Any) -> tuple[Any, Any, Any, Any]:
    """The fields `_a`, `_b`, `_da`, `_db` for what a node was computed from."""
    if not 0 < len(operands) <= 2 or not parents or partials is None:
        return None, parents, operands, partials
    if len(operands) == 1:
        return operands[0], None, partials[0], None
    u, v = operands
    if len(parents) == 2:
        return u, v, *partials
    return (None, v, u, partials[0]) if u.__class__ is float else (u, None, partials[0], v)


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
        b, biases, ones = bias._data, (bias,), (1.0,)
    elif isinstance(bias, (float, int)):
        b = bias = float(bias)
    else:
        return None
    ws = [w._data for w in weights]
    if kinds == {Value}:
        xs = [x._data for x in inputs]
        operands = (*weights, *inputs, bias)
        parents = operands if biases else operands[:-1]
        return _node(inner(ws, xs, b), _DOT, None, parents, operands, (*xs, *ws, *ones))
    if not issubclass(kinds.pop(), (float, int)):
        return None
    xs = [float(x) for x in inputs]
    return _node(inner(ws, xs, b), _DOT, None, (*weights, *biases), (*weights, *xs, bias), (*xs, *ones))


# --- functions of one operand ------------------------------------------------------------------------------------------------

_OWN = frozenset(TABLE.values())
_STRAIGHT: dict[Primitive, Callable[[Value], Value]] = {}


def _straighten(primitive: Primitive) -> Callable[[Value], Value]:
    """The function for a row of one operand, made at its first use; if the row is no user's, it is the method from then on."""
    apply = _STRAIGHT[primitive] = straight(primitive, _node, lambda node: _by_the_table(primitive, (node,)))
    # The method of a row of any number of operands has to take the others as well.
    of_one = primitive.method and not primitive.variadic and primitive in _OWN
    for name in (primitive.name, *primitive.aliases) if of_one else ():
        setattr(Value, name, update_wrapper(apply, getattr(Tracer, name)))
    return apply

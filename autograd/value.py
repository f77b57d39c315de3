"""`Value`: a number that remembers how it was computed.

A node is data: its number, its gradient, its ordered parents and one local derivative (partial) per parent, taken at the
forward pass. No closures, no reference cycles. `backward()` walks those nodes in reverse topological order (reverse.py).

The operators + - * / ** and a neuron's dot restate their rules here instead of asking the table, because they are most of
what ordinary code does; a test holds the two together.
"""

from collections.abc import Callable, Iterable, Set
from functools import partial
from math import pow as power
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar

from . import copying, micrograd, notices, reverse
from .debuggers import steppable
from .errors import GraphError, OperandError, not_a_number
from .freeing import free_iteratively
from .levels import IN_PROGRESS, innermost
from .modes import MODES, UNRECORDED, made
from .observers import tell_assigned, tell_zeroed
from .operators import Tracer, number, whole
from .reverse import UNSET
from .source import Source, resolve
from .table.ieee import inner
from .table.primitives import TABLE, Primitive
from .table.readers import FLOAT
from .table.straight import RAISED, straight

_ADD, _SUB, _MUL, _DIV, _POW, _NEG, _DOT = (TABLE[name] for name in ("add", "sub", "mul", "div", "pow", "neg", "dot"))
_new = object.__new__

if TYPE_CHECKING:
    from ._typed import Binary, Real


def _operator(function: Callable[[Any, Any], Any]) -> "Binary":
    """The function as it is. Type checkers learn here that it takes a number and gives a `Value`."""
    return function


class Value(Tracer):
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

    # The instance dictionary costs nothing until used: it holds what few nodes have (label, scope, hooks, a user's own
    # attributes), which would be empty slots on all the others.
    __slots__ = ("__dict__", "_data", "_grad", "operands", "parents", "partials", "primitive")

    level = 0
    label: str = ""
    scope: str = ""
    _place: Any = None
    _hooks: tuple[Callable[[float], float | None], ...] = ()
    _by_hand: Callable[[], None] | None = None
    _op_by_hand: str | None = None
    _shown: micrograd.Shown | None = None  # for a walk over _prev: see micrograd.py
    _assigned: float | None = None  # a gradient given by such a walk
    _filled: float | None = None  # a gradient given to a node made for it
    _stale: float | None = None  # the number of the forward pass, if another has been assigned
    _made_in: int = 0  # of a leaf: the derivative in progress when it was made, negative for its variables (levels.py)

    _data: float
    _grad: float
    operands: tuple[Any, ...]
    parents: tuple["Value", ...]
    partials: tuple[float, ...] | None
    primitive: Primitive | None

    def __init__(self, data: "Real", _children: Iterable["Value"] = (), _op: str = "", label: str = "") -> None:
        if data.__class__ is not float:
            if isinstance(data, Tracer):
                raise OperandError(
                    f"Value({data!r}): this is a {type(data).__name__} already; use it as it is, or Value(v.data) for a new "
                    "leaf with its number"
                )
            data = number(data, "Value(data)")
        parents = _children if _children.__class__ is tuple else micrograd.given_children(data, _children)
        for parent in parents:
            if not isinstance(parent, Value):
                raise not_a_number(parent, "parent of a Value made by hand (only a Value can be one)")
        self._data = data
        self._grad = UNSET
        self.operands = self.parents = parents
        self.partials = None if parents else ()
        self.primitive = None
        if label:
            self.label = str(label)
        if parents:
            reverse.SPECIAL.note()
        if _op:
            self._op = _op
        if IN_PROGRESS:
            self._made_in = innermost()
        if MODES.active:
            made(self)

    @property
    def data(self) -> float:
        """The number."""
        return self._data

    @data.setter
    def data(self, data: "Real") -> None:
        if data.__class__ is not float:
            if isinstance(data, Tracer):
                raise OperandError(
                    f".data = {data!r}: the data of a node is a plain number; write p.data = (...).data, or p.data -= rate * "
                    "p.grad for a step of gradient descent"
                )
            data = number(data, ".data")
        old = self._data
        if self.parents:  # its derivatives, and all that was computed from it, stay those of the number it was made with
            first = old if self._stale is None else self._stale
            self._stale = None if data == first else first
            reverse.SPECIAL.note()
        self._data = data
        if MODES.active:
            tell_assigned(self, old)

    number = data  # what comparisons and formats look at

    if TYPE_CHECKING:
        grad: float
    else:
        # Read and written by the engine itself as _grad; made here for everybody else. A gradient set to 0 is forgotten, as
        # zero_grad() forgets it: micrograd's idiom and ours mean the same, to pictures too.
        def _assign_grad(self, grad: Any) -> None:
            if grad.__class__ is not float:
                grad = 0.0 if grad is None else number(grad, ".grad")  # None: as PyTorch forgets one
            self._grad = grad or (UNRECORDED if self._grad is UNRECORDED else UNSET)
            if self._shown is not None:
                self._assigned = self._grad

        grad = property(attrgetter("_grad"), _assign_grad)

    @property
    def has_grad(self) -> bool:
        """Whether a backward pass has reached this node: tells a gradient of 0 from one not computed yet."""
        return self._grad is not UNSET and self._grad is not UNRECORDED

    @property
    def source(self) -> Source | None:
        """Where it was made, if it was made under `record_sources()`: file, line, function and text."""
        place = self._place
        return place if place is None or isinstance(place, Source) else resolve(place)

    @property
    def op(self) -> str:
        """The name of the operation that made it, '' for a leaf."""
        return self.primitive.label if self.primitive else self._op_by_hand or ""

    # --- making nodes ------------------------------------------------------------------------------------------------

    def record(self, primitive: Primitive, operands: tuple[Any, ...]) -> "Value":
        """The node that applies a primitive to floats and `Value`s."""
        if len(operands) == 1:
            try:
                return (_STRAIGHT.get(primitive.partials) or _straighten(primitive))(self, operands)
            except RAISED:
                pass  # an inf or a nan: the table knows which, and what strict() says of it has no other error behind it
        numbers = [o if o.__class__ is float else o._data for o in operands]
        out = primitive.value(FLOAT, *numbers)
        partials = primitive.partials(FLOAT, out, *numbers)
        parents = tuple([o for o in operands if o.__class__ is not float])
        if len(parents) != len(operands):
            partials = tuple([d for o, d in zip(operands, partials, strict=True) if o.__class__ is not float])
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
            other = whole(other)
        return _node(self._data + other, _ADD, (self, other), (self,), _ONE)

    @_operator
    def __radd__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__radd__(self, other)
            other = whole(other)
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
            other = whole(other)
        return _node(self._data - other, _SUB, (self, other), (self,), _ONE)

    @_operator
    def __rsub__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__rsub__(self, other)
            other = whole(other)
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
            other = whole(other)
        return _node(self._data * other, _MUL, (self, other), (self,), (other,))

    @_operator
    def __rmul__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is not float:
            if kind is not int:
                return Tracer.__rmul__(self, other)
            other = whole(other)
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
            other = whole(other)
        if other == 0.0:
            return Tracer.__truediv__(self, other)
        return _node(self._data / other, _DIV, (self, other), (self,), (1.0 / other,))

    @_operator
    def __pow__(self, other: Any) -> Any:
        kind = other.__class__
        if kind is float or kind is int:
            u, v = self._data, other if kind is float else whole(other)
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
            return self._data == other
        if isinstance(other, Value):
            equal = self._data == other._data
            if equal and other is not self:
                notices.warn_of_equal()
            return equal
        return Tracer.__eq__(self, other)

    def __ne__(self, other: object) -> bool:
        if isinstance(other, Value):
            different = self._data != other._data
            if not different and other is not self:
                notices.warn_of_equal()
            return different
        return Tracer.__ne__(self, other)

    if TYPE_CHECKING:

        def __hash__(self) -> int: ...
    else:
        __hash__ = Tracer.__hash__

    def __bool__(self) -> bool:
        if self._data:
            return True
        notices.warn_of_zero()
        return False

    def __neg__(self) -> "Value":
        operands = (self,)
        return _node(-self._data, _NEG, operands, operands, _MINUS)

    # --- differentiating ---------------------------------------------------------------------------------------------

    @steppable  # with a Python debugger, through the chain rule as source
    def backward(self, seed: float = 1.0, *, debug: bool = False) -> None:
        """Give every node it was computed from its gradient: d(this)/d(node), by the chain rule in reverse.

        Leaves accumulate (`grad +=`) over passes until they are zeroed; interior nodes hold the latest pass only.

        Args:
            seed: the gradient of this node itself, 1 by default.
            debug: step through the pass in the gradient debugger (viz.debugger).

        Raises:
            GraphError: a cycle, a parent that is not a `Value`, a node made by hand without its derivatives, or a node
                computed inside `no_grad()`. No gradient has been touched then.
        """
        reverse.backward(self, number(seed, "backward(seed)"), debug)

    def zero_grad(self) -> None:
        """Forget the gradient: it reads as 0.0 again, and counts as not computed (`has_grad`). `v.grad = 0.0` does the same."""
        if self._grad is UNRECORDED or self._shown is not None:
            self.grad = 0.0
        else:  # nearly always
            self._grad = UNSET
        if MODES.active:
            tell_zeroed(self)

    def detach(self) -> "Value":
        """A new leaf with the same number: gradients stop here."""
        return Value(self._data)

    def register_hook(self, hook: Callable[[float], float | None]) -> Callable[[], None]:
        """Call `hook(gradient)` in every backward pass, as soon as this node's gradient of that pass is complete.

        Args:
            hook: gets the gradient; what it returns replaces it, None leaves it.

        Returns:
            A function that removes the hook.

        Example:
            >>> x = Value(2.0)
            >>> remove = x.register_hook(lambda g: 10.0 * g)
            >>> (x * 3.0).backward()
            >>> x.grad
            30.0
        """
        if not callable(hook):
            raise OperandError(f"register_hook({hook!r}): a hook is a function of the gradient, e.g. v.register_hook(print)")
        self._hooks = (*self._hooks, hook)
        reverse.SPECIAL.note()

        def remove() -> None:
            self._hooks = tuple(h for h in self._hooks if h is not hook)

        return remove

    @property
    def hooks(self) -> tuple[Callable[[float], float | None], ...]:
        """The functions that `register_hook` has added, in the order in which they are called.

        Example:
            >>> Value(2.0).hooks
            ()
        """
        return self._hooks

    # --- text, copies ------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        grad = f", grad={self.grad}" if self.has_grad else ""
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data}{grad}{label})"

    # How a notebook draws a value: `import viz` sets it, so that the engine needs to know nothing of pictures.
    picture: ClassVar[Callable[["Value"], dict[str, str]] | None] = None

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        """What a notebook shows: the text, and once viz has been imported a picture as well."""
        draw = type(self).picture
        return {"text/plain": repr(self)} | (draw(self) if draw else {})

    def __copy__(self) -> "Value":
        copied: Value = copying.copy_node(self, self.operands, self.parents)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> "Value":
        copied: Value = copying.copy_graph(self, memo)
        return copied

    def __reduce__(self) -> Any:
        return copying.reduce(self)

    # --- micrograd's names: code written for it runs after changing the import ----------------------------------------

    @property
    def _prev(self) -> Set["Value"]:
        return micrograd.children(self)

    @_prev.setter
    def _prev(self, children: Iterable["Value"]) -> None:
        micrograd.set_children(self, children, reverse.SPECIAL.note)

    @property
    def _op(self) -> str:
        return micrograd.operation(self)

    @_op.setter
    def _op(self, op: str) -> None:
        self._op_by_hand = str(op)

    @property
    def _backward(self) -> Callable[[], None]:
        """The chain rule through this one node: each parent's gradient += local derivative * this gradient."""
        # The derivatives are kept in it: it may be called by a rule that has taken its place.
        return self._by_hand or partial(self._push, self.partials)

    @_backward.setter
    def _backward(self, rule: Callable[[], None]) -> None:
        if not callable(rule):
            raise OperandError(f"_backward = {rule!r}: the rule is a function that adds to the parents' gradients")
        self._by_hand = rule
        if self.parents:
            self.partials = None
            reverse.SPECIAL.note()
        else:  # micrograd calls the rules of leaves too, last

            def at_the_leaf(_: float) -> None:
                if self._by_hand is rule and not self.parents:
                    rule()

            self.register_hook(at_the_leaf)

    def _push(self, partials: tuple[float, ...] | None) -> None:
        if partials is None:
            raise GraphError(micrograd.missing_rule(self))
        reverse.pass_on(self, partials)


free_iteratively(Value)

_STRAIGHT: dict[Any, Callable[[Value, tuple[Any, ...]], Value]] = {}  # by a row's partials, which no other row has


def _straighten(primitive: Primitive) -> Callable[[Value, tuple[Any, ...]], Value]:
    apply = _STRAIGHT[primitive.partials] = straight(primitive, _node)
    return apply


_ONE, _ONE_ONE, _ONE_MINUS, _MINUS = (1.0,), (1.0, 1.0), (1.0, -1.0), (-1.0,)


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
    """A node, made without the checks of `Value(...)`: what it is made of comes from the engine itself."""
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


def dot_node(weights: tuple[Any, ...], inputs: tuple[Any, ...], bias: Any) -> Value | None:
    """The node of w1*x1 + ... + wn*xn + b for weights that are `Value`s and inputs of one kind; None for anything else.

    This is a neuron's pre-activation, the operation that networks spend their time in.
    """
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

"""The base class of both kinds of `Value`: every property and method that is not hot.

The nodes of pure.py are written in Python to be read; their twin in C (c/core.c) is made for speed, and behaves the same. Both
derive from this class and bring their fields and operators. The rest is written once, here: hooks, text, copies, micrograd's
names, and the way into a backward pass. That way stays a Python method, so that a debugger can step into it.
"""

from collections.abc import Callable, Iterable, Set
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Self

from . import copying, micrograd, reverse
from .conversions import is_piecewise_constant
from .debuggers import steppable
from .errors import GraphError, OperandError, not_a_number
from .levels import IN_PROGRESS, innermost
from .modes import MODES, UNRECORDED, made
from .observers import tell_assigned, tell_read, tell_ruled, tell_zeroed
from .operators import Tracer, number
from .primitives.readers import FLOAT
from .primitives.table import Primitive
from .reverse import UNSET
from .source import Source, resolve

if TYPE_CHECKING:
    from ._typed import Real


def _not_compiled(*_: Any) -> Any:
    return None


class Shared(Tracer):
    """A differentiable number, without the fields that hold it and the operators that make new ones.

    A class derived from it brings `_data`, `_grad`, `operands`, `parents`, `partials`, `primitive` and a `__dict__`.
    """

    __slots__ = ()
    __match_args__ = ("data",)  # case Value(x)

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
    _loose: bool = False  # True once its parents, operands or partials have been assigned
    _made_in: int = 0  # the derivative in progress when a leaf was made, negative for its variables (levels.py)

    _data: float
    _grad: float
    operands: tuple[Any, ...]
    parents: tuple[Self, ...]
    partials: tuple[float, ...] | None
    primitive: Primitive | None

    # In place of `topological_order`, `leaves_of` and `pull`, if the nodes are compiled (c/sweep.h); None if they cannot do it.
    _quick_order = _quick_leaves = _quick_pull = staticmethod(_not_compiled)
    # With a seed: True if nodes are compiled, and an ordinary pass has been run. Nothing is in (), and no frame is in the way.
    _pass_at_once: Any = ().__contains__

    def __init__(self, data: "Real", _children: Iterable[Self] = (), _op: str = "", label: str = "") -> None:
        if data.__class__ is not float:
            if isinstance(data, Tracer):
                raise OperandError(
                    f"Value({data!r}): this is a {type(data).__name__} already; use it as it is, or Value(v.data) for a new "
                    "leaf with its number"
                )
            data = number(data, "Value(data)")
        parents = _children if _children.__class__ is tuple else micrograd.given_children(data, _children)
        for parent in parents:
            if not isinstance(parent, Shared):
                raise not_a_number(parent, "parent of a Value made by hand (only a Value can be one)")
        self._fill(data, None, parents, parents, None if parents else ())
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

    def _assign_data(self, data: "Real") -> None:
        if data.__class__ is not float:
            if isinstance(data, Tracer):
                raise OperandError(
                    f".data = {data!r}: the data of a node is a plain number; write p.data = (...).data, or p.data -= rate * "
                    "p.grad for a step of gradient descent"
                )
            data = number(data, ".data")
        old = self._data
        if self.parents:  # its derivatives, and all nodes computed from it, belong to the number that it was made with
            first = old if self._stale is None else self._stale
            self._stale = None if data == first else first
            reverse.SPECIAL.note()
        self._data = data
        if MODES.active:
            tell_assigned(self, old)

    # A gradient set to 0 is forgotten, as zero_grad() forgets it: micrograd's idiom and ours mean the same, to pictures too.
    def _assign_grad(self, grad: Any) -> None:
        if grad.__class__ is not float:
            grad = 0.0 if grad is None else number(grad, ".grad")  # None: as PyTorch forgets one
        self._grad = grad or (UNRECORDED if self._grad is UNRECORDED else UNSET)
        if self._shown is not None:
            self._assigned = self._grad
        if MODES.active and not self._grad:
            tell_zeroed(self)

    @property
    def has_grad(self) -> bool:
        """True if a backward pass has reached this node; tells a gradient of 0 from one that is not computed yet."""
        return self._grad is not UNSET and self._grad is not UNRECORDED

    @property
    def source(self) -> Source | None:
        """The place that made it (file, line, function, text), if it was made under `record_sources()`."""
        place = self._place
        return place if place is None or isinstance(place, Source) else resolve(place)

    @property
    def op(self) -> str:
        """The name of the operation that made it, '' for a leaf."""
        return self.primitive.label if self.primitive else self._op_by_hand or ""

    # --- making nodes ------------------------------------------------------------------------------------------------

    if TYPE_CHECKING:

        def _fill(
            self,
            data: float,
            primitive: Primitive | None,
            operands: tuple[Any, ...],
            parents: tuple[Any, ...],
            partials: tuple[float, ...] | None,
        ) -> None: ...

        def _still(self, grad: float | None) -> bool: ...

        def _unrecord(self) -> None: ...

    # --- differentiating ---------------------------------------------------------------------------------------------

    @steppable(reverse.backward)  # with a Python debugger, through the chain rule as source
    def backward(self, seed: float = 1.0, *, debug: bool = False) -> None:
        """Compute the gradient d(this)/d(node) of every node that this one depends on, by the chain rule in reverse.

        Leaves accumulate (`grad +=`) over passes until they are zeroed; interior nodes hold the latest pass only.

        Args:
            seed: the gradient of this node itself, 1 by default.
            debug: step through the pass in the gradient debugger (viz.debugger).

        Raises:
            GraphError: a cycle, a parent that is not a `Value`, a node made by hand without its derivatives, or a node
                computed inside `no_grad()`. No gradient has been touched then.
        """

    def zero_grad(self) -> None:
        """Forget the gradient: it reads as 0.0 again, and counts as not computed (`has_grad`). `v.grad = 0.0` does the same."""
        if MODES.active or self._grad is UNRECORDED or self._shown is not None:
            self.grad = 0.0
        else:  # nearly always
            self._grad = UNSET

    def register_hook(self, hook: Callable[[float], float | None]) -> Callable[[], None]:
        """Call `hook(gradient)` in every backward pass, as soon as this node's gradient of that pass is complete.

        Args:
            hook: gets the gradient; its result replaces the gradient, None leaves it.

        Returns:
            A function that removes the hook.

        Example:
            >>> from autograd import Value
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
            >>> from autograd import Value
            >>> Value(2.0).hooks
            ()
        """
        return self._hooks

    def _has_no_gradient(self) -> bool:
        return is_piecewise_constant(self)

    # --- text, copies ------------------------------------------------------------------------------------------------

    def __repr__(self) -> str:
        if MODES.active:
            tell_read(self)
        grad = f", grad={self.grad}" if self.has_grad else ""
        label = f", label={self.label!r}" if self.label else ""
        return f"Value(data={self._data}{grad}{label})"

    # How a notebook draws a value: `import viz` sets it, so that the engine needs to know nothing of pictures.
    picture: ClassVar[Callable[[Self], dict[str, str]] | None] = None

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        """The forms for a notebook: the text, and after `import viz` also a picture."""
        draw = type(self).picture
        return {"text/plain": repr(self)} | (draw(self) if draw else {})

    def __copy__(self) -> Self:
        copied: Self = copying.copy_node(self, self.operands, self.parents)
        return copied

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copied: Self = copying.copy_graph(self, memo)
        return copied

    def __reduce__(self) -> Any:
        if MODES.active:
            tell_read(self)
        return copying.reduce(self)

    # --- micrograd's names: code written for it runs after changing the import ----------------------------------------

    @property
    def _prev(self) -> Set[Self]:
        return micrograd.children(self)

    @_prev.setter
    def _prev(self, children: Iterable[Self]) -> None:
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
            if MODES.active:
                tell_ruled(self)
        else:  # micrograd calls the rules of leaves too, last

            def at_the_leaf(_: float) -> None:
                if self._by_hand is rule and not self.parents:
                    rule()

            self.register_hook(at_the_leaf)

    def _push(self, partials: tuple[float, ...] | None) -> None:
        if partials is None:
            raise GraphError(micrograd.missing_rule(self), self)
        reverse.pass_on(self, partials)


# A wrong call is one of the class that people know.
Shared.__init__.__qualname__ = "Value.__init__"
Shared.backward.__qualname__ = "Value.backward"


def by_the_table(primitive: Primitive, operands: tuple[Any, ...]) -> tuple[float, tuple[Any, ...], tuple[float, ...]]:
    """A primitive applied to floats and nodes as its row says it: the number, the nodes among them, their partials."""
    numbers = [o if o.__class__ is float else o._data for o in operands]
    out = primitive.value(FLOAT, *numbers)
    partials = primitive.partials(FLOAT, out, *numbers)
    parents = tuple([o for o in operands if o.__class__ is not float])
    if len(parents) != len(operands):
        partials = tuple([d for o, d in zip(operands, partials, strict=True) if o.__class__ is not float])
    return out, parents, partials

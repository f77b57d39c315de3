"""Modes: what is done with every node while a `with` block runs.

    no_grad()          nodes keep no parents: plain numbers, at the cost of plain numbers
    strict()           the forward operation that makes the first nan or inf raises there and then
    record_sources()   every node knows the source line and expression that made it
    scope("name")      every node carries the nested names, for pictures and the debugger

Blocks are not always left in the order of a stack: a generator is closed when its consumer pleases, a fixture ends in another
task than it began in. So each block takes back what it did itself, and nothing else. Outside every mode the engine pays one
attribute look-up per node: `MODES.active` is empty unless some thread or task is in a block, and only then does `observe` look
for those of its own (a ContextVar: modes do not leak into other threads or asyncio tasks).
"""

import contextlib
import functools
import types
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from .errors import ArgumentError, NonFiniteError
from .source import place_of_caller, resolve

F = TypeVar("F", bound=Callable[..., Any])

# The gradient of a node made inside no_grad(): reads as 0.0, and is recognised by identity, so that backward() from such a
# node can say why it reaches nothing.
UNRECORDED = float("0.0")


class _Modes:
    """What all threads have to know. Lists, because they grow and shrink atomically.

    Attributes:
        active: an item for every state that some context holds; empty means that nodes need no second look.
        sources: an item for every block that records sources in all threads.
        strays: whether a block has ever been left in another context than it was entered in.
    """

    __slots__ = ("active", "sources", "strays")

    def __init__(self) -> None:
        self.active: list[None] = []
        self.sources: list[None] = []
        self.strays = False


MODES = _Modes()


class _State:
    """What holds for new nodes in a context: what the block entered last has made of the state around it.

    It counts as active as long as it lives: a task that was started inside a block has it in a context of its own.

    Attributes:
        of: the node whose derivative is being computed, so that a number of the derivative can say where it comes from.
        left: whether its block was left in another context, which cannot reach this one.
    """

    __slots__ = ("block", "left", "no_grad", "of", "outer", "scope", "sources", "strict")

    def __init__(self, outer: "_State | None" = None, block: "_Block | None" = None) -> None:
        self.outer, self.block, self.left = outer, block, False
        if outer is None or block is None:
            self.no_grad = self.strict = self.sources = False
            self.scope, self.of = "", None
            return
        self.no_grad, self.strict, self.sources = outer.no_grad, outer.strict, outer.sources
        self.scope, self.of = outer.scope, outer.of
        block.change(self)
        MODES.active.append(None)

    def __del__(self, forget: Callable[[], None] = MODES.active.pop) -> None:
        if self.block is not None:
            forget()


_state: ContextVar[_State] = ContextVar("autograd_modes", default=_State())  # noqa: B039 - nobody changes this one


def _current() -> _State:
    state = _state.get()
    if MODES.strays:
        now = _without(state, lambda s: s.left)
        if now is not state:
            _state.set(now)
        return now
    return state


def _chain(state: _State) -> Iterator[_State]:
    """The states of the blocks that are open, the innermost first."""
    while state.outer is not None:
        yield state
        state = state.outer


def _without(state: _State, gone: Callable[[_State], bool]) -> _State:
    """The state with some blocks taken out; what was entered inside them stays, on what is left."""
    chain = [*_chain(state)]
    kept = (chain[-1].outer if chain else state) or state
    changed = False
    for s in reversed(chain):
        if gone(s):
            changed = True
        elif changed and s.block is not None:
            kept = s.block.again(s, kept)
        else:
            kept = s
    return kept


def observe(node: Any) -> Any:
    """What the active modes do with a node that has just been made; returns the node."""
    state = _current()
    if state.strict and node._data - node._data != 0.0 and node.parents:
        error = _non_finite(node.primitive, node.operands, node._data, node, state.of)
        del state  # the traceback would keep it alive
        raise error
    if state.no_grad:
        node.primitive = None
        node.operands = node.parents = node.partials = ()
        node._grad = UNRECORDED
        return node
    if state.sources or MODES.sources:
        place = place_of_caller()
        of: Any = state.of._place if state.of is not None else None
        # A node of a derivative: the line that asked for it, and the operation that it is the derivative of.
        node._place = (*place, *of[-2:]) if place and type(of) is tuple else place
    if state.scope:
        node.scope = state.scope
    return node


def observe_dual(primitive: Any, operands: tuple[Any, ...], out: Any) -> None:
    """What the active modes do with an application in forward mode: under `strict()` it has to be finite."""
    x = getattr(out, "number", out)
    if _current().strict and x - x != 0.0:
        raise _non_finite(primitive, operands, x, out)


def recording_is_off() -> bool:
    """Whether this is inside a `no_grad()` block."""
    return bool(MODES.active) and _current().no_grad


def _non_finite(primitive: Any, operands: tuple[Any, ...], out: float, node: Any, of: Any = None) -> NonFiniteError:
    """What happened, with the values, and where."""
    numbers = [getattr(o, "number", o) for o in operands]
    names = [f"{o.label} = {x!r}" if getattr(o, "label", "") else repr(x) for o, x in zip(operands, numbers, strict=True)]
    place = place_of_caller()
    where = f" at {resolve(place)}" if place else ""
    if of is not None:
        where += f", in the derivative of {of.op}" + (f" at {of.source}" if of.source else "")
    name = primitive.name if primitive else "a node made by hand"
    return NonFiniteError(f"{name}({', '.join(names)}) = {out!r}{where}; {_cause(operands, numbers)}", node)


def _cause(operands: tuple[Any, ...], numbers: list[float]) -> str:
    """Why an operation gave nan or inf, and what helps."""
    bad = next((o for o, x in zip(operands, numbers, strict=True) if x - x != 0.0), None)
    leave = "or leave strict() to let inf and nan pass"
    if bad is None:
        return (
            "no operand was nan or inf: it begins here. Keep the operands inside the domain (clamp, log1p, logsumexp, a "
            f"smaller learning rate), {leave}"
        )
    if bad.__class__ is float:
        return (
            f"an operand was not finite already, the plain number {bad!r}: it was given, or computed outside the graph, {leave}"
        )
    if getattr(bad, "parents", None) == ():
        return (
            f"{bad.label or 'an operand'} was not finite already, and nothing computed it: it was given or assigned, by a step "
            "of descent perhaps, whose gradient was nan. strict() sees forward passes only; viz.debugger.watching() and "
            f"`catch nan` of python -m viz.debugger find the line where a backward pass makes one, {leave}"
        )
    return f"an operand was not finite already: it was made before strict() began, {leave}"


# --- blocks --------------------------------------------------------------------------------------------------------------


class _Block:
    """A block that changes the state of its context; blocks nest."""

    def __init__(self) -> None:
        # The states it was entered with and has not been left from, by id: one block may serve several threads at once.
        self.entered: dict[int, _State] = {}

    def change(self, state: _State) -> None:
        """Make the state what it is inside the block."""
        raise NotImplementedError

    def enter(self) -> _State:
        """Enter it in this context."""
        state = _State(_current(), self)
        self.entered[id(state)] = state
        _state.set(state)
        return state

    def again(self, state: _State, outer: _State) -> _State:
        """The state of this block on another outer one."""
        new = _State(outer, self)
        new.of = state.of
        if self.entered.pop(id(state), None) is not None:
            self.entered[id(new)] = new
        return new

    def leave(self) -> None:
        """Take back what entering it did, in this context if it was here, whatever has been entered since."""
        state = _current()
        if state.block is self and state.outer is not None:  # the usual case: it was entered last
            self.entered.pop(id(state), None)
            _state.set(state.outer)
            return
        mine = next((s for s in _chain(state) if s.block is self), None)
        if mine is not None:
            self.entered.pop(id(mine), None)
            _state.set(_without(state, lambda s: s is mine))
        elif self.entered:  # another context has it; it looks there before it makes the next node
            _, stray = self.entered.popitem()
            stray.left = MODES.strays = True


class recording(_Block):
    """In this block nodes are recorded even inside `no_grad()`: asking for a derivative is asking for its graph.

    Args:
        rules: formulas of the table are being read, not code of the user's: `strict()` has nothing to say about the branches
            they compute and do not take.
    """

    def __init__(self, rules: bool = False) -> None:
        self.rules = rules
        self.entered = {}

    def change(self, state: _State) -> None:
        """No `no_grad()`, and in rules no `strict()`."""
        state.no_grad = False
        state.strict = state.strict and not self.rules

    def derivative_of(self, node: Any) -> None:
        """What is made from now on in this block is part of the derivative of that node."""
        for state in self.entered.values():
            state.of = node

    def __enter__(self) -> "recording":
        if MODES.active:
            self.enter()
        return self

    def __exit__(self, *exc: object) -> None:
        if self.entered:
            self.leave()


class _Mode(_Block, contextlib.ContextDecorator):
    """A block, or a decorated function: @no_grad() or @no_grad."""

    bare = True  # whether it can be written without parentheses

    def __new__(cls, function: Any = None, **_: Any) -> Self:
        mode = super().__new__(cls)
        if cls.bare and function is not None and not callable(function):
            name = cls.__name__
            raise ArgumentError(f"{name}({function!r}): it takes nothing; write `with {name}():`, or @{name}() over a function")
        if not cls.bare or function is None:
            return mode
        mode.__init__()  # type: ignore[misc]  # Python does not, as what is returned is no mode
        return mode(function)  # type: ignore[no-any-return]

    def __enter__(self) -> Any:
        self.enter()
        return self

    def __exit__(self, *exc: object) -> None:
        self.leave()

    def __call__(self, function: F) -> F:
        """The function, running inside the block; of a generator or coroutine, each stretch of it, not what runs between."""
        import inspect  # only who decorates pays for it

        if inspect.isasyncgenfunction(function):

            async def wrapper(*args: Any, **kwargs: Any) -> AsyncIterator[Any]:
                running = function(*args, **kwargs)
                step = running.asend(None)
                while True:
                    try:
                        item = await _stretches(self, step)
                    except StopAsyncIteration:
                        return
                    try:
                        step = running.asend((yield item))
                    except GeneratorExit:
                        await _stretches(self, running.aclose())
                        raise
                    except BaseException as error:  # noqa: BLE001 - whatever the consumer throws in
                        step = running.athrow(error)

        elif inspect.iscoroutinefunction(function):

            async def wrapper(*args: Any, **kwargs: Any) -> Any:  # type: ignore[misc]
                return await _stretches(self, function(*args, **kwargs))

        elif inspect.isgeneratorfunction(function):

            def wrapper(*args: Any, **kwargs: Any) -> Any:  # type: ignore[misc]
                return (yield from _stretches(self, function(*args, **kwargs)))

        else:
            return super().__call__(function)
        return functools.wraps(function)(wrapper)  # type: ignore[return-value]


@types.coroutine
def _stretches(block: _Mode, running: Any) -> Any:
    """Run a generator or a coroutine, every stretch of it inside a block, and what its consumer does in between outside."""
    step, given = running.send, None
    while True:
        with block:
            try:
                item = step(given)
            except StopIteration as stop:
                return stop.value
        try:
            given = yield item
            step = running.send
        except GeneratorExit:
            with block:
                running.close()
            raise
        except BaseException as error:  # noqa: BLE001 - whatever the consumer throws in
            step, given = running.throw, error


class no_grad(_Mode):
    """In this block (or decorated function) operations compute but record nothing.

    Example:
        >>> from autograd import Value, no_grad
        >>> w = Value(2.0)
        >>> with no_grad():
        ...     y = w * w
        >>> y.parents
        ()
    """

    def change(self, state: _State) -> None:
        """Record nothing."""
        state.no_grad = True


class strict(_Mode):
    """In this block the forward operation that makes the first nan or inf raises `NonFiniteError`.

    Example:
        >>> from autograd import Value, log, strict
        >>> with strict():
        ...     log(Value(0.0))
        Traceback (most recent call last):
            ...
        autograd.errors.NonFiniteError: log(0.0) = -inf at <doctest ...>:2: log(Value(0.0)); ...
    """

    def change(self, state: _State) -> None:
        """Refuse nan and inf."""
        state.strict = True


class record_sources(_Mode):
    """In this block every node remembers the source line and the expression that made it: `node.source`.

    Args:
        threads: whether this holds in all threads, as for a whole script, and not just in this one.

    Example:
        >>> from autograd import Value, record_sources
        >>> with record_sources():
        ...     y = Value(2.0) * 3.0
        >>> y.source.text
        'Value(2.0) * 3.0'
    """

    def __init__(self, *, threads: bool = False) -> None:
        super().__init__()
        self.threads = threads

    def change(self, state: _State) -> None:
        """Keep the places."""
        state.sources = True

    def __enter__(self) -> "record_sources":
        super().__enter__()
        if self.threads:
            MODES.sources.append(None)
        return self

    def __exit__(self, *exc: object) -> None:
        if self.threads:
            MODES.sources.pop()
        super().__exit__(*exc)


class scope(_Mode):
    """In this block every node made carries a name; blocks nest into paths such as 'attention/head1'.

    Args:
        name: not empty, without '/'.

    Example:
        >>> from autograd import Value, scope
        >>> with scope("attention"), scope("head1"):
        ...     y = Value(2.0) * 3.0
        >>> y.scope
        'attention/head1'
    """

    bare = False

    def __init__(self, name: str) -> None:
        if not isinstance(name, str) or not name or "/" in name:
            raise ArgumentError(f"scope({name!r}): a scope's name is text, not empty, without '/'; nest blocks instead")
        super().__init__()
        self.name = name

    def change(self, state: _State) -> None:
        """One name more in the path."""
        state.scope = f"{state.scope}/{self.name}" if state.scope else self.name


def current_scope() -> str:
    """The path of the scopes that are open here, '' outside all of them."""
    return _current().scope if MODES.active else ""

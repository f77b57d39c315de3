"""Blocks that change the state of a context; the state decides what happens to new nodes.

Blocks are not always left in the order of a stack: a generator is closed when its consumer pleases, a fixture ends in another
task than it began in. So each block takes back its own change, and nothing else. A decorated generator or coroutine is in
its block while it runs, but not while its consumer runs.
"""

import contextlib
import functools
import types
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any, Self, TypeVar

from .errors import ArgumentError

F = TypeVar("F", bound=Callable[..., Any])


class _Modes:
    """State that all threads share. Lists, because they grow and shrink atomically.

    Attributes:
        active: an item for every state that some context holds, and for every block that holds in all threads; if it is
            empty, there is no mode and no observer, and nodes need no second look.
        sources, observers: the blocks of their kinds that hold in all threads.
        strays: not empty once a block has been left in another context than it was entered in.
    """

    __slots__ = ("active", "observers", "sources", "strays")

    def __init__(self) -> None:
        self.active: list[None] = []
        self.sources: list[Mode] = []
        self.observers: list[Any] = []
        self.strays: list[None] = []


MODES = _Modes()


class State:
    """The modes and observers for new nodes in a context: the outer state, changed by the block entered last.

    It counts as active as long as it lives: a task that was started inside a block holds it in a context of its own.

    Attributes:
        observers: the observers of this context, the latest first (observers.py).
        of: the node whose derivative is being computed, so that a number of the derivative can say where it comes from.
        left: True if its block was left in another context, which cannot reach this one.
    """

    __slots__ = ("block", "left", "no_grad", "observers", "of", "outer", "scope", "sources", "strict")
    outer: "State | None"
    block: "Block | None"
    of: Any
    left: bool
    no_grad: bool
    strict: bool
    sources: bool
    scope: str

    def __init__(self, outer: "State | None" = None, block: "Block | None" = None) -> None:
        self.outer, self.block, self.left = outer, block, False
        if outer is None or block is None:
            self.no_grad = self.strict = self.sources = False
            self.scope, self.of = "", None
            self.observers: tuple[Any, ...] = ()
            return
        self.no_grad, self.strict, self.sources = outer.no_grad, outer.strict, outer.sources
        self.scope, self.of, self.observers = outer.scope, outer.of, outer.observers
        block.change(self)
        if self.no_grad and not self.strict and not self.observers and not self.scope:
            self.__class__ = Bare
        MODES.active.append(None)

    def __del__(self, forget: Callable[[], None] = MODES.active.pop) -> None:
        if self.block is not None:
            forget()


class Bare(State):
    """A state in which new nodes record nothing, have no scope, and nobody looks: `no_grad()` alone.

    It has to be quick, so the compiled nodes look at the class of the state, and at nothing in it.
    """

    __slots__ = ()


STATE: ContextVar[State] = ContextVar("autograd_modes", default=State())  # noqa: B039 - nobody changes this default


def current() -> State:
    """The state of this context."""
    state = STATE.get()
    if MODES.strays:
        now = _without(state, lambda s: s.left)
        if now is not state:
            STATE.set(now)
        return now
    return state


def _chain(state: State) -> Iterator[State]:
    """The states of the blocks that are open, the innermost first."""
    while state.outer is not None:
        yield state
        state = state.outer


def _without(state: State, gone: Callable[[State], bool]) -> State:
    """The state with some blocks taken out; blocks entered inside them stay, on top of the remaining ones."""
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


def in_a_mode() -> bool:
    """True if nodes that are made here are made in a mode, or are looked at.

    `MODES.active` alone says less: a task that was started inside a block, and has not ended yet, holds its state elsewhere.
    """
    return bool(MODES.active) and (current().block is not None or bool(MODES.sources or MODES.observers))


def recording_is_off() -> bool:
    """True inside a `no_grad()` block."""
    return bool(MODES.active) and current().no_grad


class Block:
    """A block that changes the state of its context; blocks nest."""

    def __init__(self) -> None:
        # The states of its open entries, by id: one block may serve several threads at once.
        self.entered: dict[int, State] = {}

    def change(self, state: State) -> None:
        """Change the state to that inside the block."""
        raise NotImplementedError

    def enter(self) -> State:
        """Enter it in this context."""
        state = State(current(), self)
        self.entered[id(state)] = state
        STATE.set(state)
        return state

    def again(self, state: State, outer: State) -> State:
        """The state of this block on another outer state."""
        new = State(outer, self)
        new.of = state.of
        if self.entered.pop(id(state), None) is not None:
            self.entered[id(new)] = new
        return new

    def leave(self) -> None:
        """Take back the block's change, in this context if it was entered here, whatever has been entered since."""
        state = current()
        if state.block is self and state.outer is not None:  # the usual case: it was entered last
            self.entered.pop(id(state), None)
            STATE.set(state.outer)
            return
        mine = next((s for s in _chain(state) if s.block is self), None)
        if mine is not None:
            self.entered.pop(id(mine), None)
            STATE.set(_without(state, lambda s: s is mine))
        elif self.entered:  # another context holds the state; that context checks it before its next node
            _, stray = self.entered.popitem()
            stray.left = True
            if not MODES.strays:
                MODES.strays.append(None)


class recording_nodes(Block):
    """In this block nodes are recorded even inside `no_grad()`: asking for a derivative is asking for its graph.

    Args:
        rules: True while a rule of the table is evaluated: `strict()` then ignores non-finite values in branches that are
            computed but not taken.
    """

    def __init__(self, rules: bool = False) -> None:
        self.rules = rules
        self.entered: dict[int, State] = {}

    def change(self, state: State) -> None:
        """Switch off `no_grad()`, and in rules `strict()` too."""
        state.no_grad = False
        state.strict = state.strict and not self.rules

    def derivative_of(self, node: Any) -> None:
        """Nodes made from now on in this block are part of the derivative of that node."""
        for state in self.entered.values():
            state.of = node

    def __enter__(self) -> "recording_nodes":
        if MODES.active:
            self.enter()
        return self

    def __exit__(self, *exc: object) -> None:
        if self.entered:
            self.leave()


class Mode(Block, contextlib.ContextDecorator):
    """A block, or a decorated function: @no_grad() or @no_grad."""

    bare = True  # True if it can be written without parentheses
    everywhere: "list[Any] | None" = None  # for a block that holds in all threads: the list of its kind in `MODES`

    def __new__(cls, function: Any = None, **_: Any) -> Self:  # noqa: D102 - the decorator by itself
        mode = super().__new__(cls)
        if cls.bare and function is not None and not callable(function):
            name = cls.__name__
            raise ArgumentError(f"{name}({function!r}): it takes nothing; write `with {name}():`, or @{name}() over a function")
        if not cls.bare or function is None:
            return mode
        mode.__init__()  # type: ignore[misc]  # Python does not, as what is returned is no mode
        return mode(function)  # type: ignore[no-any-return]

    def __enter__(self) -> Any:
        if self.everywhere is None:
            self.enter()
        else:
            self.everywhere.append(self)
            MODES.active.append(None)
        return self

    def __exit__(self, *exc: object) -> None:
        if self.everywhere is None:
            self.leave()
        else:
            self.everywhere.remove(self)
            MODES.active.pop()

    def __call__(self, function: F) -> F:
        """The function, running inside the block; for a generator or coroutine, only its own stretches, not its consumer's."""
        import inspect  # imported here: only decorated functions need it

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
def _stretches(block: Mode, running: Any) -> Any:
    """Run a generator or a coroutine: its own stretches inside a block, its consumer's stretches outside."""
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

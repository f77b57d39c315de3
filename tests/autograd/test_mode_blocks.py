"""Blocks of modes that are left in no order: by generators, coroutines, tasks, fixtures. Each takes back what it did itself."""

import asyncio
import contextlib
import contextvars
import gc
import inspect
import itertools
import os
import threading
from collections.abc import AsyncIterator, Callable, Generator, Iterator
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograd import NonFiniteError, Value, derivative, grad, log, no_grad, record_sources, scope, strict
from autograd.modes import MODES, recording_nodes

MODE: dict[str, Callable[[], Any]] = {
    "no_grad": no_grad, "strict": strict, "record_sources": record_sources, "scope": lambda: scope("mine"),
}  # fmt: skip


def seen() -> set[str]:
    """The modes that are on here, as nodes show them."""
    with contextlib.suppress(NonFiniteError):
        log(Value(0.0))
        finite: set[str] = set()
    leaf = Value(2.0)
    node = leaf * 3.0
    found = {"no_grad"} if not node.parents else {"record_sources"} if node.source else set()
    found |= {node.scope} - {""}
    return found | ({"strict"} if "finite" not in locals() else set())


F = TypeVar("F")


def decorated(mode: str) -> Callable[[F], F]:
    """A mode as a decorator."""
    return MODE[mode]()  # type: ignore[no-any-return]


def expected(*modes: str) -> set[str]:
    """What shows of modes that are on: of a node that is not recorded, neither source nor scope."""
    on = {"mine" if m == "scope" else m for m in modes}
    return on & {"no_grad", "strict"} if "no_grad" in on else on


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    assert seen() == set()
    yield
    gc.collect()  # contexts of tasks are freed by it
    assert seen() == set()
    assert not MODES.active
    assert not MODES.sources


BARE: Any = no_grad  # type checkers know the decorator with parentheses only


# --- decorated generators and coroutines -----------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", MODE)
def test_a_decorated_generator_runs_in_the_mode_and_its_consumer_does_not(mode: str) -> None:
    @decorated(mode)
    def numbers(n: int) -> Generator[set[str], Any, str]:
        """Some numbers."""
        answer = None
        for _ in range(n):
            try:
                answer = yield seen() | ({answer} if answer else set())
            except KeyError:
                answer = "thrown"
        return "done"

    assert (numbers.__name__, numbers.__doc__) == ("numbers", "Some numbers.")
    running = numbers(4)
    assert seen() == set()
    assert next(running) == expected(mode)
    assert seen() == set()
    assert running.send("sent") == {*expected(mode), "sent"}
    assert seen() == set()
    assert running.throw(KeyError()) == {*expected(mode), "thrown"}
    assert seen() == set()
    next(running)
    with pytest.raises(StopIteration, match="done"):
        next(running)
    assert [list(numbers(2)), seen()] == [[expected(mode)] * 2, set()]


def test_a_decorated_generator_is_closed_in_its_mode() -> None:
    closed: list[set[str]] = []

    @no_grad()
    def numbers() -> Generator[int, None, None]:
        try:
            yield from itertools.count()
        finally:
            closed.append(seen())

    running = numbers()
    next(running)
    running.close()
    assert closed == [{"no_grad"}]
    for _ in numbers():
        break
    gc.collect()
    assert closed == [{"no_grad"}] * 2


@pytest.mark.parametrize("mode", MODE)
def test_a_decorated_coroutine_runs_in_the_mode_and_who_runs_meanwhile_does_not(mode: str) -> None:
    @decorated(mode)
    async def inside(go: asyncio.Event) -> list[set[str]]:
        first = seen()
        await go.wait()
        return [first, seen()]

    async def main() -> None:
        assert inspect.iscoroutinefunction(inside)
        go = asyncio.Event()
        task = asyncio.create_task(inside(go))
        await asyncio.sleep(0.0)
        assert seen() == set()
        go.set()
        assert await task == [expected(mode)] * 2
        assert await inside(go) == [expected(mode)] * 2
        assert seen() == set()

    asyncio.run(main())
    by_hand: Any = inside(Pause())  # type: ignore[arg-type]  # driven by hand, in one context
    assert by_hand.send(None) == "paused"
    assert seen() == set()
    with pytest.raises(StopIteration) as stopped:
        by_hand.send(None)
    assert stopped.value.value == [expected(mode)] * 2
    closed: Any = inside(Pause())  # type: ignore[arg-type]
    closed.send(None)
    closed.close()
    assert seen() == set()
    with pytest.raises(ZeroDivisionError):
        asyncio.run(_fails())


class Pause:
    """Something to wait for without an event loop."""

    def wait(self) -> Any:
        return self

    def __await__(self) -> Iterator[str]:
        yield "paused"


@no_grad()
async def _fails() -> None:
    await asyncio.sleep(0.0)
    raise ZeroDivisionError


@pytest.mark.parametrize("mode", MODE)
def test_a_decorated_asynchronous_generator(mode: str) -> None:
    closed: list[set[str]] = []

    @decorated(mode)
    async def numbers() -> AsyncIterator[set[str]]:
        answer = None
        try:
            while True:
                await asyncio.sleep(0.0)
                try:
                    answer = yield seen() | ({answer} if answer else set())
                except KeyError:
                    answer = "thrown"
        finally:
            closed.append(seen())

    async def main() -> None:
        running: Any = numbers()
        assert await anext(running) == expected(mode)
        assert seen() == set()
        assert await running.asend("sent") == {*expected(mode), "sent"}
        assert await running.athrow(KeyError()) == {*expected(mode), "thrown"}
        assert seen() == set()
        await running.aclose()
        assert closed == [expected(mode)]
        async for _ in numbers():
            break

    asyncio.run(main())
    gc.collect()
    assert closed == [expected(mode)] * 2


def test_an_asynchronous_generator_that_ends() -> None:
    @BARE  # type: ignore[untyped-decorator]
    async def two() -> AsyncIterator[int]:
        yield 1
        yield 2

    async def main() -> list[int]:
        return [x async for x in two()]

    assert asyncio.run(main()) == [1, 2]


def test_a_mode_decorates_without_parentheses() -> None:
    @BARE  # type: ignore[untyped-decorator]
    def f() -> set[str]:
        return seen()

    assert (f(), f.__name__) == ({"no_grad"}, "f")


# --- blocks left out of order ----------------------------------------------------------------------------------------------


def holding(mode: str) -> Generator[None, None, None]:
    """A generator suspended inside a block: the mode is on for its consumer too, until it is closed, as in PyTorch."""
    with MODE[mode]():
        yield


@pytest.mark.parametrize(("first", "second"), [*itertools.permutations(MODE, 2)])
def test_generators_closed_out_of_order_take_back_their_own_mode(first: str, second: str) -> None:
    a, b = holding(first), holding(second)
    next(a)
    next(b)
    assert seen() == expected(first, second)
    a.close()
    assert seen() == expected(second)
    b.close()
    assert seen() == set()
    a, b = holding(first), holding(second)
    with MODE[second]():
        next(a)
    assert seen() == expected(first)
    with MODE[second]():
        a.close()
        assert seen() == expected(second)


def test_scopes_left_out_of_order_leave_the_others_in_the_path() -> None:
    a, b, c = scope("a"), scope("b"), scope("c")
    for block in (a, b, c):
        block.__enter__()
    assert Value(1.0).scope == "a/b/c"
    b.__exit__()
    assert Value(1.0).scope == "a/c"
    a.__exit__()
    assert Value(1.0).scope == "c"
    c.__exit__()
    assert Value(1.0).scope == ""


def test_a_derivative_being_computed_knows_its_operation_though_a_block_around_it_is_left() -> None:
    # a generator that holds a mode may be closed at any time: by the garbage collector, in the middle of a rule
    held = holding("scope")
    next(held)
    x = Value(2.0)
    with record_sources():
        y = log(x)
        with recording_nodes() as block:
            block.derivative_of(y)
            nodes = [x * 3.0]
            held.close()
            nodes.append(x * 3.0)
    assert y.source
    text = f"x * 3.0: the derivative of log(x) at {os.path.basename(__file__)}:{y.source.line}"
    assert [(v.scope, v.source and v.source.text) for v in nodes] == [("mine", text), ("", text)]


@given(st.data())
def test_any_order_of_entering_and_leaving(data: st.DataObject) -> None:
    contextvars.copy_context().run(enter_and_leave, data)


def enter_and_leave(data: st.DataObject) -> None:
    open_blocks: list[tuple[str, Any]] = []
    for _ in range(data.draw(st.integers(1, 12))):
        if data.draw(st.booleans()) and open_blocks:
            _, block = open_blocks.pop(data.draw(st.integers(0, len(open_blocks) - 1)))
            block.__exit__(None, None, None)
        else:
            mode = data.draw(st.sampled_from(["no_grad", "strict", "record_sources"]))
            # a block of its own, or one that is open already, entered again
            again = [b for m, b in open_blocks if m == mode]
            block = data.draw(st.sampled_from(again)) if data.draw(st.booleans()) and again else MODE[mode]()
            block.__enter__()
            open_blocks.append((mode, block))
        assert seen() == expected(*[mode for mode, _ in open_blocks])
    for _, block in open_blocks:
        block.__exit__(None, None, None)
    assert seen() == set()


def test_a_block_left_in_another_task_than_it_was_entered_in() -> None:
    async def main() -> None:
        block = scope("mine")
        entered, left = asyncio.Event(), asyncio.Event()

        async def enter() -> set[str]:
            block.__enter__()
            assert seen() == {"mine"}
            with strict():
                entered.set()
                await left.wait()
                assert seen() == {"strict"}, "somebody else has left the block, and this one is still open"
            return seen()

        async def leave() -> None:
            await entered.wait()
            assert seen() == set()
            block.__exit__()
            assert seen() == set()
            with scope("next"), strict():
                assert seen() == {"next", "strict"}
            left.set()

        results = await asyncio.gather(enter(), leave())
        assert results[0] == set()

    asyncio.run(main())


def test_an_asynchronous_fixture_ends_in_another_task() -> None:
    async def fixture() -> AsyncIterator[None]:
        with no_grad():
            yield

    async def main() -> None:
        running: Any = fixture()
        await asyncio.create_task(anext(running))
        assert seen() == set()
        with contextlib.suppress(StopAsyncIteration):
            await asyncio.create_task(anext(running))
        with scope("next"):
            assert seen() == {"next"}

    asyncio.run(main())


def test_a_block_left_in_another_thread() -> None:
    block = no_grad()
    block.__enter__()
    thread = threading.Thread(target=block.__exit__)
    thread.start()
    thread.join()
    assert seen() == set()
    block.__exit__()  # left already: nothing to take back


def test_a_task_keeps_the_modes_of_its_maker_when_no_other_block_is_open() -> None:
    async def child(go: asyncio.Event) -> set[str]:
        await go.wait()
        return seen()

    async def main() -> None:
        go = asyncio.Event()
        with no_grad():
            task = asyncio.create_task(child(go))
        assert seen() == set()
        go.set()
        assert await task == {"no_grad"}

    asyncio.run(main())
    with strict():
        context = contextvars.copy_context()
    assert context.run(seen) == {"strict"}


def test_an_exception_in_a_stretch_ends_the_mode() -> None:
    @strict()
    def fails() -> Iterator[Value]:
        yield Value(1.0)
        yield log(Value(0.0))

    running = fails()
    next(running)
    with pytest.raises(NonFiniteError):
        next(running)
    assert seen() == set()


def test_a_derivative_is_recorded_in_a_generator_suspended_in_no_grad() -> None:
    held = holding("no_grad")
    next(held)
    assert grad(lambda x: x * x)(3.0) == 6.0
    assert derivative(lambda x: x * x)(3.0) == 6.0
    held.close()

    def f(x: Any) -> Any:
        inner = holding("no_grad")
        next(inner)
        constant = x * 1.0
        inner.close()
        return x * constant

    with no_grad():
        assert grad(f)(3.0) == 3.0

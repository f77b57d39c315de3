"""Whoever looks into the engine is told of what happens in its own context, once, and of nothing after it has left.

Blocks are entered and left in every order, in threads, tasks and generators; what an observer should have been told is kept
beside it, by counting.
"""

import ast
import asyncio
import contextvars
import math
import pathlib
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from house import modules, parsed
from hypothesis import example, given, settings
from hypothesis import strategies as st
from patience import PATIENCE
from places import ROOT

import autograd
from autograd import NonFiniteError, OperandError, Value, log, no_grad, record_backward, reverse, scope, strict
from autograd.modes import MODES
from autograd.observers import Pass, looking, observing
from autograd.primitives.table import TABLE
from viz.debugger.diagnoses.watch import Watch, watching
from viz.debugger.program.debuggee import Arrival, running_to_backward
from viz.recorded import recorded


def engine() -> list[dict[str, Any]]:
    """What an observer might have replaced, without the methods that a class in Python gets at their first use."""
    rows = {name for row in TABLE.values() for name in (row.name, *row.aliases)}
    return [
        {name: what for name, what in vars(Value).items() if name not in rows},
        *(dict(vars(module)) for module in (reverse, autograd.value, autograd.modes)),
    ]


@pytest.fixture(autouse=True)
def _nobody_looks() -> Iterator[None]:
    before = engine()
    yield
    assert looking() == []
    assert not MODES.active
    assert engine() == before


def step(w: Value, cost: float) -> None:
    """A pass of that cost, an update and a zeroing."""
    (w * 0.0 + cost).backward()
    w.data = cost
    w.zero_grad()


def costs(watch: Watch) -> list[float]:
    return [p.cost for p in watch.passes]


# --- each in its own context -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first_out", [0, 1])
def test_two_watches_in_two_threads_see_their_own(first_out: int) -> None:
    barrier, left = threading.Barrier(2), threading.Event()

    def work(i: int) -> Watch:
        w = Value(1.0)
        block = watching()
        watch = block.__enter__()
        barrier.wait(PATIENCE)
        for n in range(10):
            step(w, 100.0 * i + n)
        barrier.wait(PATIENCE)  # both are in their blocks until both have run
        if i != first_out:
            left.wait(PATIENCE)
        block.__exit__(None, None, None)
        left.set()
        step(w, -1.0)
        assert looking() == []
        assert [u.value for p in watch.passes for u in p.updates.values()] == [w] * 9
        return watch

    with ThreadPoolExecutor(2) as pool:
        for i, watch in enumerate(pool.map(work, range(2))):
            assert (watch.count, costs(watch)) == (10, [100.0 * i + n for n in range(10)])


@pytest.mark.parametrize("first_out", [0, 1])
def test_blocks_of_one_thread_are_left_in_either_order(first_out: int) -> None:
    w, blocks = Value(1.0), [watching(), watching()]
    a, b = (block.__enter__() for block in blocks)
    step(w, 1.0)
    blocks[first_out].__exit__(None, None, None)
    step(w, 2.0)
    blocks[1 - first_out].__exit__(None, None, None)
    step(w, 3.0)
    expected = [[1.0], [1.0, 2.0]] if first_out == 0 else [[1.0, 2.0], [1.0]]
    assert [costs(a), costs(b)] == expected
    assert looking() == []


def test_an_outer_watch_sees_the_passes_of_an_inner_one() -> None:
    w = Value(1.0)
    with watching() as outer:
        step(w, 1.0)
        with watching() as inner:
            step(w, 2.0)
        step(w, 3.0)
    assert (costs(outer), costs(inner)) == ([1.0, 2.0, 3.0], [2.0])
    assert outer.passes[1].recording is inner.passes[0].recording, "the pass is run and recorded once"


def test_tasks_see_their_own_and_those_they_were_started_in() -> None:
    async def task(i: int, watches: list[Watch]) -> None:
        w = Value(1.0)
        with watching() as watch:
            watches.append(watch)
            for n in range(5):
                step(w, 10.0 * i + n)
                await asyncio.sleep(0)

    async def late(begin: asyncio.Event) -> None:
        step(Value(1.0), 77.0)
        await begin.wait()
        step(Value(1.0), 88.0)

    async def main() -> None:
        watches: list[Watch] = []
        begin = asyncio.Event()
        with watching() as around:
            await asyncio.gather(*(task(i, watches) for i in range(3)))
            outliving = asyncio.create_task(late(begin))
            await asyncio.sleep(0)
        begin.set()
        await outliving
        assert sorted(map(costs, watches)) == [[10.0 * i + n for n in range(5)] for i in range(3)]
        assert sorted(costs(around)) == sorted([*(c for w in watches for c in costs(w)), 77.0]), "over is over, also for tasks"

    asyncio.run(main())


@pytest.mark.parametrize("first_out", [0, 1])
def test_generators_are_closed_in_either_order(first_out: int) -> None:
    def passes(i: int, seen: list[Watch]) -> Generator[None]:
        w = Value(1.0)
        with watching() as watch:
            seen.append(watch)
            for n in range(100):
                step(w, 10.0 * i + n)
                yield

    seen: list[Watch] = []
    a, b = running = [passes(i, seen) for i in range(2)]
    next(a)  # from here on its consumer is in the block, too: a suspended generator is not left
    next(b)
    next(a)
    running[first_out].close()
    step(Value(1.0), 50.0)
    running[1 - first_out].close()
    step(Value(1.0), 60.0)
    both: list[list[float]] = [[0.0, 10.0, 1.0], [10.0, 1.0]]
    both[1 - first_out].append(50.0)
    assert [costs(w) for w in seen] == both


def test_a_decorated_generator_is_observed_while_it_runs_only() -> None:
    told: list[float] = []
    w = Value(1.0)

    @observing(assigned=lambda node, old: told.append(node.data))
    def numbers() -> Generator[None]:
        for x in (2.0, 3.0):
            w.data = x
            yield

    for _ in numbers():
        w.data = -1.0
    assert told == [2.0, 3.0]


def test_other_threads_are_seen_by_who_asks_for_them() -> None:
    def work() -> None:
        step(Value(1.0), 5.0)

    with watching() as own, watching(threads=True) as all_of_them:
        for _ in range(3):
            thread = threading.Thread(target=work)
            thread.start()
            thread.join()
        step(Value(1.0), 6.0)
    work()
    assert (costs(own), costs(all_of_them)) == ([6.0], [5.0, 5.0, 5.0, 6.0])


def test_many_threads_are_counted_by_one_watch() -> None:
    def work(i: int) -> None:
        for n in range(50):
            step(Value(1.0), 100.0 * i + n)

    with watching(threads=True) as watch, ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    assert watch.count == 200
    assert sorted(costs(watch)) == sorted(100.0 * i + n for i in range(4) for n in range(50))


moves = st.lists(st.tuples(st.sampled_from(["enter", "leave", "assign"]), st.integers(0, 5), st.integers(0, 2)), max_size=40)


@settings(max_examples=200)
@given(moves)
@example([("enter", 4, 0), ("enter", 5, 1), ("leave", 4, 2), ("assign", 0, 0)])
@example([("enter", 0, 0), ("enter", 1, 0), ("leave", 0, 1), ("assign", 0, 0)])
def test_in_any_order_and_context_an_event_is_told_to_those_who_are_in(program: list[tuple[str, int, int]]) -> None:
    """Beside a model: of every context, and of all together, the list of those who have entered and have not left."""
    w, told = Value(1.0), list[int]()
    blocks = [observing(assigned=lambda node, old, i=i: told.append(i), threads=i > 3) for i in range(6)]  # type: ignore[misc]
    contexts = [contextvars.Context() for _ in range(3)]
    inside: list[list[int]] = [[], [], [], []]  # the last one of those who look everywhere
    for what, i, c in [*program, *(("leave", i, 0) for i in range(6))]:
        if what == "assign":
            told.clear()
            contexts[c].run(setattr, w, "data", 2.0)
            assert told == inside[c][::-1] + inside[3][::-1]
        elif what == "enter" and not any(i in those for those in inside):
            contexts[c].run(blocks[i].__enter__)
            inside[c if i < 4 else 3].append(i)
        elif what == "leave" and any(i in those for those in inside):
            contexts[c].run(blocks[i].__exit__)
            inside = [[j for j in those if j != i] for those in inside]
    for context in contexts:
        told.clear()
        context.run(setattr, w, "data", 3.0)
        assert told == []


# --- what is told ----------------------------------------------------------------------------------------------------------


def test_every_node_is_told_once_when_it_is_complete() -> None:
    made: list[tuple[Value, str, float]] = []
    with observing(made=lambda node: made.append((node, node.scope, node.data))), scope("here"):
        x = Value(2.0)
        y = x * 3.0
        z = autograd.exp(y)
        with no_grad():
            n = z + 1.0
        with strict(), pytest.raises(NonFiniteError):
            log(x - 2.0)
    Value(5.0)
    assert [node for node, *_ in made[:4]] == [x, y, z, n]
    assert [node.op for node, *_ in made[4:]] == ["-"], "one that is refused has never been there"
    assert [(s, d) for _, s, d in made] == [("here", 2.0), ("here", 6.0), ("here", z.data), ("", n.data), ("here", 0.0)]


def test_assignments_are_told_with_the_number_before_and_refused_ones_are_not() -> None:
    told: list[tuple[Value, float, float]] = []
    x = Value(2.0)
    y = x * 3.0
    with observing(assigned=lambda node, old: told.append((node, old, node.data))):
        x.data = 5
        x.data += 0.5
        y.data = 1.0
        with pytest.raises(OperandError):
            x.data = y
        with pytest.raises(OperandError):
            x.data = "7"  # type: ignore[assignment]
        x.grad = 3.0
    x.data = 9.0
    assert told == [(x, 2.0, 5.0), (x, 5.0, 5.5), (y, 6.0, 1.0)]


@pytest.mark.parametrize("made", [lambda: Value(2.0), lambda: Value(2.0) * 1.0], ids=["leaf", "computed"])
@pytest.mark.parametrize("reached", [False, True])
@pytest.mark.parametrize("walked", [False, True])
def test_a_gradient_set_to_zero_is_told_alike_however_it_is_set(made: Callable[[], Value], reached: bool, walked: bool) -> None:
    ways: list[Callable[[Value], None]] = [
        Value.zero_grad,
        *[lambda v, zero=zero: setattr(v, "grad", zero) for zero in (0, 0.0, -0.0, False, None)],
        lambda v: setattr(v, "grad", v.grad * 0.0),
    ]
    for way in ways:
        told: list[tuple[Value, float, bool]] = []
        x = made()
        if reached:
            (x * 3.0).backward()
        if walked:
            assert x._prev is not None  # micrograd's code has looked at it
        with observing(zeroed=lambda node, told=told: told.append((node, node.grad, node.has_grad))):  # type: ignore[misc]
            way(x)
        way(x)
        assert told == [(x, 0.0, False)]


def test_what_is_no_zeroing_is_not_told() -> None:
    told: list[Value] = []
    x, y = Value(2.0), Value(3.0)

    def rule() -> None:
        x.grad += 0.0 * out.grad
        y.grad += out.grad

    with observing(zeroed=told.append):
        out = Value(5.0, (x, y), "by hand")
        out._backward = rule
        (out * 2.0).backward()  # a rule that adds 0
        record_backward(out)
        recorded(out * 2.0)  # a look, which leaves gradients as they were
        y.grad = 1e-300
        y.grad = math.nan
        with pytest.raises(OperandError):
            y.grad = "0"  # type: ignore[assignment]
    assert told == []
    with observing(zeroed=told.append):
        rule()  # a program of its own, which walks by hand
    assert told == [x]


def test_a_pass_is_told_before_it_is_run_and_run_once_for_all_who_record_it() -> None:
    hooked: list[float] = []
    x = Value(2.0)
    x.register_hook(hooked.append)
    recordings: list[Any] = []

    def look(p: Pass) -> None:
        assert (p.has_run, p.debug, p.look) == (bool(recordings), False, False)
        assert x.has_grad == p.has_run
        recordings.append(p.recorded(record_backward))

    with observing(passing=look), observing(passing=lambda p: None), observing(passing=look):
        (x * 3.0).backward(seed=2.0)
    assert recordings[0] is recordings[1]
    assert (hooked, x.grad, recordings[0].seed) == ([6.0], 6.0, 2.0)


def test_a_pass_that_nobody_records_is_run_by_the_engine() -> None:
    seen: list[tuple[Value, float]] = []
    x = Value(2.0)
    y = x * 3.0
    with observing(passing=lambda p: seen.append((p.root, p.seed))):
        y.backward()
        record_backward(y)  # a look by itself: not what the program does
    assert (seen, x.grad) == ([(y, 1.0)], 6.0)


def test_the_innermost_is_told_first() -> None:
    order: list[str] = []

    def named(name: str, **where: bool) -> observing:
        return observing(assigned=lambda node, old: order.append(name), **where)  # type: ignore[arg-type]

    x = Value(1.0)
    with named("everywhere", threads=True), named("outer"), named("everywhere 2", threads=True), named("inner"):
        x.data = 2.0
    assert order == ["inner", "outer", "everywhere 2", "everywhere"]


def test_what_an_observer_raises_comes_out_and_the_next_event_is_told_again() -> None:
    def broken(*_: Any) -> None:
        raise ZeroDivisionError

    x = Value(1.0)
    for events, act in (
        ({"made": broken}, lambda: x * 2.0),
        ({"assigned": broken}, lambda: setattr(x, "data", 2.0)),
        ({"zeroed": broken}, x.zero_grad),
        ({"zeroed": broken}, lambda: setattr(x, "grad", 0.0)),
        ({"passing": broken}, x.backward),
    ):
        with observing(**events):  # type: ignore[arg-type]
            for _ in range(2):
                with pytest.raises(ZeroDivisionError):
                    act()
        act()


# --- debuggers -------------------------------------------------------------------------------------------------------------


def test_a_look_is_no_pass_of_the_program() -> None:
    x = Value(2.0)
    looks: list[bool] = []

    def debugger(p: Pass) -> None:
        p.debug = False
        looks.append(p.look)
        assert p.recorded(record_backward)

    with observing(passing=debugger), watching() as watch:
        y = x * 3.0
        autograd.breakpoint(y)
        assert not x.has_grad
        y.backward(debug=True)
    assert (watch.count, looks, x.grad) == (1, [True, False], 3.0)


def test_a_script_that_watches_itself_can_be_debugged(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "script.py"
    path.write_text(
        "from autograd import Value\nfrom viz.debugger import watching\nw = Value(1.0)\nwith watching() as watch:\n"
        "    for n in range(3):\n        (w * n).backward(debug=True)\nassert watch.count == 3\n"
    )
    arrivals: list[Arrival] = []
    debuggers = Watch()
    ended = running_to_backward(str(path), [], arrivals.append, watch=debuggers)
    assert (ended.error, ended.passes, [a.number for a in arrivals], debuggers.count) == (None, 3, [1, 2, 3], 3)


# --- nothing is patched ----------------------------------------------------------------------------------------------------


def _replaced(tree: ast.Module) -> Iterator[str]:
    """Attributes of what a module has imported from the project, where one of its functions assigns them."""
    imported = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and (node.level or str(node.module).split(".")[0] in ("autograd", "nn", "viz"))
        for alias in node.names
    }
    names = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    for function in (f for f in ast.walk(tree) if isinstance(f, (ast.FunctionDef, ast.AsyncFunctionDef))):
        for node in (n for n in ast.walk(function) if isinstance(n, ast.Attribute) and not isinstance(n.ctx, ast.Load)):
            if isinstance(node.value, ast.Name) and node.value.id in imported - names:
                yield ast.unparse(node)


def test_no_function_replaces_what_belongs_to_another_module() -> None:
    for path in modules(ROOT).values():
        assert [*_replaced(parsed(path.read_text(encoding="utf-8")))] == [], path
    patching = "from autograd import Value, reverse\ndef f():\n    Value.data = None\n    reverse.INTERCEPT, x = f, 1\n"
    assert [*_replaced(ast.parse(patching))] == ["Value.data", "reverse.INTERCEPT"], "it would be seen"

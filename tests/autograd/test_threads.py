"""Threads and tasks may share parameters: no contribution is lost, and what one of them does with a mode stays its own.

The data are whole numbers, so sums are exact whatever their order, and one lost contribution shows. Threads are made to
take turns every few microseconds; modes are entered and left in an order that is forced by barriers, not left to chance.
"""

import asyncio
import copy
import gc
import math
import os
import pickle
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from patience import PATIENCE

import autograd
from autograd import (
    NonFiniteError,
    Value,
    derivative,
    grad,
    gradients,
    hessian,
    log,
    no_grad,
    record_backward,
    record_sources,
    reverse,
    scope,
    strict,
    turns,
)
from autograd.modes import MODES

THREADS, TIMES = 4, 300


@pytest.fixture(autouse=True)
def impatient() -> Iterator[None]:
    """The interpreter changes threads as often as it can."""
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(interval)
    assert not MODES.active, "a mode was entered and never left"


def in_threads(work: Callable[[int], Any], count: int = THREADS) -> list[Any]:
    """What work(0), work(1), ... give, each in a thread of its own, all starting at once; their errors are raised here."""
    start = threading.Barrier(count)

    def run(i: int) -> Any:
        start.wait(PATIENCE)
        return work(i)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(run, range(count)))


# --- nothing is lost -----------------------------------------------------------------------------------------------------


def test_shared_parameters_collect_every_contribution() -> None:
    ws = [Value(float(i)) for i in range(1, 6)]

    def work(i: int) -> None:
        for n in range(TIMES):
            xs = [float((n * k + i) % 7) for k in range(5)]
            loss = autograd.dot(ws, xs, 1.0) + ws[0] * ws[1] * float(i)
            loss.backward()

    in_threads(work)
    want = [float(sum((n * k + i) % 7 for n in range(TIMES) for i in range(THREADS))) for k in range(5)]
    want[0] += 2.0 * TIMES * sum(range(THREADS))
    want[1] += 1.0 * TIMES * sum(range(THREADS))
    assert [w.grad for w in ws] == want


def test_a_shared_subgraph() -> None:
    # the interior nodes are shared too: each pass needs them for itself from beginning to end
    w = Value(1.0)
    shared = w
    for _ in range(50):
        shared = shared + w

    def work(i: int) -> None:
        for _ in range(TIMES):
            (shared * float(i + 1)).backward()

    in_threads(work)
    assert w.grad == 51.0 * TIMES * sum(range(1, THREADS + 1))
    assert shared.grad in {1.0, 2.0, 3.0, 4.0}, "an interior node holds the latest pass, whole"


@pytest.mark.parametrize("kind", ["plain", "recorded", "hooked"])
def test_passes_of_every_kind_side_by_side(kind: str) -> None:
    w = Value(3.0)
    seen: list[float] = []
    if kind == "hooked":
        w.register_hook(seen.append)

    def work(i: int) -> None:
        for n in range(TIMES):
            y = w
            for _ in range(10):
                y = y + w
            if kind == "recorded" and n % 2:
                recording = record_backward(y)
                assert [step.total for step in recording if not step.parent.op] == [float(k) for k in range(1, 12)]
            else:
                y.backward()

    in_threads(work)
    assert w.grad == 11.0 * TIMES * THREADS
    assert seen == ([11.0] * TIMES * THREADS if kind == "hooked" else [])


def test_an_ordinary_pass_waits_while_another_one_is_half_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reverse.SPECIAL, "exists", False)
    w = Value(3.0)
    y = w * 2.0
    with turns.lock, turns.stepwise, ThreadPoolExecutor(1) as pool:
        other = pool.submit(y.backward)
        time.sleep(0.1)
        assert w.grad == 0.0
        y.backward(10.0)  # within the pass itself nobody waits, as in a hook that runs one
        assert w.grad == 20.0
        turns.lock.release()
        other.result(PATIENCE)
        turns.lock.acquire()
    assert w.grad == 22.0


def test_a_recording_of_a_shared_subgraph_is_of_one_pass() -> None:
    w = Value(1.0)
    shared = w
    for _ in range(50):
        shared = shared + w

    def work(i: int) -> None:
        for _ in range(TIMES // 3):
            recording = record_backward(shared * float(i + 1))
            assert {node.grad for node in recording.nodes if node.op == "add"} == {float(i + 1)}
            assert recording.steps_to(0)[-1].total == 51.0 * (i + 1)

    in_threads(work)


def test_a_backward_pass_inside_a_hook() -> None:
    # the lock that keeps threads apart must not keep a thread from itself
    w, other = Value(2.0), Value(5.0)

    def hook(_: float) -> None:
        (other * w.data).backward()

    w.register_hook(hook)

    def passes(_: int) -> None:
        for _ in range(TIMES):
            (w * 3.0).backward()

    in_threads(passes)
    assert (w.grad, other.grad) == (3.0 * TIMES * THREADS, 2.0 * TIMES * THREADS)


def test_gradients_while_others_run_backward() -> None:
    x = Value(3.0)
    y = x * x * x + x

    def work(i: int) -> None:
        for _ in range(TIMES):
            if i % 2:
                y.backward()
            else:
                assert gradients(y, x) == 28.0
                slope = gradients(y, x, create_graph=True)
                assert gradients(slope, x) == 18.0

    in_threads(work)
    assert x.grad == 28.0 * TIMES * (THREADS // 2)


def test_transforms_in_every_thread_nest_for_themselves() -> None:
    def work(i: int) -> None:
        a = float(i + 1)
        for n in range(TIMES // 10):
            x = float(n)
            assert derivative(lambda t: a * t**3 * derivative(lambda s: s * t)(2.0))(x) == 4.0 * a * x**3
            slope = grad(lambda t: a * grad(lambda s: s * s * t)(t))(x)
            assert (type(slope), slope) == (float, 4.0 * a * x)
            assert hessian(lambda v: a * v[0] ** 2 * v[1])([x, 1.0]) == [[2.0 * a, 2.0 * a * x], [2.0 * a * x, 0.0]]

    in_threads(work)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda g: pickle.loads(pickle.dumps(g))], ids=["deepcopy", "pickle"])
def test_copies_while_others_copy(duplicate: Callable[[Any], Any]) -> None:
    x = Value(2.0)
    y = x
    for _ in range(300):
        y = y + x

    def work(i: int) -> None:
        for _ in range(20):
            x2, y2 = duplicate((x, y))
            y2.backward()
            assert x2.grad == 301.0

    in_threads(work)
    assert not x.has_grad


# --- modes stay in their thread and task ---------------------------------------------------------------------------------


def observed() -> dict[str, bool]:
    """Which modes a new node is made under, seen from outside."""
    node = Value(2.0) * 3.0
    try:
        log(Value(0.0))
        raised = False
    except NonFiniteError:
        raised = True
    return {
        "no_grad": node.parents == (),
        "strict": raised,
        "record_sources": node.source is not None,
        "scope": node.scope == "mine",
    }


NONE = dict.fromkeys(["no_grad", "strict", "record_sources", "scope"], False)
MODE: dict[str, Callable[[], Any]] = {
    "no_grad": no_grad, "strict": strict, "record_sources": record_sources, "scope": lambda: scope("mine"),
}  # fmt: skip


def with_only(mode: str) -> dict[str, bool]:
    # under no_grad nothing is kept, so neither source nor scope shows; alone, each mode shows itself and no other
    return {**NONE, mode: True}


@pytest.mark.parametrize("mode", MODE)
def test_a_mode_shows_itself_and_no_other(mode: str) -> None:
    assert observed() == NONE
    with MODE[mode]():
        assert observed() == with_only(mode)
    assert observed() == NONE


@pytest.mark.parametrize("mode", MODE)
def test_a_mode_does_not_leak_into_another_thread(mode: str) -> None:
    entered, seen = threading.Barrier(2), threading.Barrier(2)

    def work(i: int) -> None:
        if i == 0:
            with MODE[mode]():
                entered.wait(PATIENCE)
                assert observed() == with_only(mode)
                seen.wait(PATIENCE)
        else:
            entered.wait(PATIENCE)
            assert observed() == NONE
            assert autograd.modes.current_scope() == ""
            seen.wait(PATIENCE)

    in_threads(work, 2)


@pytest.mark.parametrize("first", MODE)
@pytest.mark.parametrize("second", MODE)
def test_two_threads_in_modes_of_their_own_that_overlap(first: str, second: str) -> None:
    # entered 0, 1 and left 0, 1: not in the order of a stack
    step = [threading.Event() for _ in range(3)]

    def work(i: int) -> None:
        if i == 0:
            with MODE[first]():
                step[0].set()
                assert step[1].wait(PATIENCE)
                assert observed() == with_only(first)
            assert observed() == NONE
            step[2].set()
        else:
            assert step[0].wait(PATIENCE)
            with MODE[second]():
                step[1].set()
                assert step[2].wait(PATIENCE)
                assert observed() == with_only(second)
            assert observed() == NONE

    in_threads(work, 2)


def test_a_thread_begins_without_the_modes_of_its_maker() -> None:
    results = []
    with strict(), scope("mine"), record_sources():
        thread = threading.Thread(target=lambda: results.append(observed()))
        thread.start()
        thread.join()
    assert results == [NONE]


@pytest.mark.parametrize("as_decorator", [False, True])
def test_one_block_used_by_two_threads(as_decorator: bool) -> None:
    # quiet = no_grad() once, at the top of a module, used everywhere: what was there before is each thread's own
    quiet = no_grad()
    step = [threading.Event() for _ in range(3)]

    def inside_0() -> None:
        step[0].set()
        assert step[1].wait(PATIENCE)
        assert observed()["no_grad"]

    def inside_1() -> None:
        step[1].set()
        assert step[2].wait(PATIENCE)
        assert observed() == with_only("no_grad")

    def enter(inside: Callable[[], None]) -> None:
        if as_decorator:
            quiet(inside)()
        else:
            with quiet:
                inside()

    def work(i: int) -> None:
        if i == 0:
            with strict():
                enter(inside_0)
                assert observed() == with_only("strict")
            step[2].set()
        else:
            assert step[0].wait(PATIENCE)
            enter(inside_1)
            assert observed() == NONE

    in_threads(work, 2)


def test_training_and_evaluating_at_the_same_time() -> None:
    w = Value(3.0)

    @no_grad()
    def evaluate() -> float:
        total = w * 2.0
        assert total.parents == ()
        return float(total.data)

    def work(i: int) -> None:
        for _ in range(TIMES):
            if i % 2:
                assert evaluate() == 6.0
            else:
                with scope(f"thread{i}"):
                    y = w * 2.0
                    assert y.scope == f"thread{i}"
                    y.backward()

    in_threads(work)
    assert w.grad == 2.0 * TIMES * (THREADS // 2)


@pytest.mark.parametrize("mode", MODE)
def test_a_mode_does_not_leak_into_another_task(mode: str) -> None:
    async def inside(entered: asyncio.Event, leave: asyncio.Event) -> None:
        with MODE[mode]():
            entered.set()
            await leave.wait()
            assert observed() == with_only(mode)
        assert observed() == NONE

    async def beside(entered: asyncio.Event, leave: asyncio.Event) -> None:
        await entered.wait()
        assert observed() == NONE
        with MODE[mode]():
            leave.set()
            await asyncio.sleep(0.0)  # the other task leaves its block while this one is in its own
            await asyncio.sleep(0.0)
            assert observed() == with_only(mode)
        assert observed() == NONE

    async def main() -> None:
        entered, leave = asyncio.Event(), asyncio.Event()
        await asyncio.wait_for(asyncio.gather(inside(entered, leave), beside(entered, leave)), PATIENCE)
        assert observed() == NONE

    asyncio.run(main())


def test_a_task_begins_with_the_modes_of_its_maker_and_keeps_its_own() -> None:
    # as every context variable of asyncio: a task starts with a copy
    async def child() -> dict[str, bool]:
        with scope("mine"):
            await asyncio.sleep(0.0)
            return observed()

    async def main() -> None:
        with strict():
            task = asyncio.create_task(child())
        assert await task == {**with_only("strict"), "scope": True}
        assert observed() == NONE

    asyncio.run(main())


def test_tasks_in_scopes_of_their_own() -> None:
    async def work(name: str) -> list[str]:
        found = []
        with scope(name):
            for layer in range(3):
                with scope(f"layer{layer}"):
                    await asyncio.sleep(0.0)
                    found.append((Value(1.0) * 2.0).scope)
        return found

    async def main() -> list[list[str]]:
        return await asyncio.gather(*[work(f"task{i}") for i in range(5)])

    assert asyncio.run(main()) == [[f"task{i}/layer{layer}" for layer in range(3)] for i in range(5)]


# --- passes that are interrupted, processes that fork ----------------------------------------------------------------------


def wide_graph() -> tuple[Value, list[Value]]:
    """A graph with nodes of one, two and many parents, whose gradients depend on every contribution."""
    ws = [Value(1.0 + i / 8.0) for i in range(8)]
    h = ws[0]
    for n in range(600):
        h = autograd.dot([h, *ws], [1.0 / 16.0] * 9, ws[n % 8]) + ws[n % 7] * h * 0.25
        h = h * 0.5 if n % 3 else autograd.sum(h, *ws, *ws) * 0.03125
    return h, ws


class Interrupted(BaseException):
    """What a signal raises here, in the place of KeyboardInterrupt."""


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="signals by a timer are POSIX")
def test_an_interrupted_pass_is_completed_first() -> None:
    root, ws = wide_graph()
    root.backward()
    want = [w.grad for w in ws]
    whole = math.inf  # seconds of a pass, when nothing else has the processor
    for _ in range(5):
        start = time.perf_counter()
        root.backward()
        whole = min(whole, time.perf_counter() - start)
    rng = random.Random(1)
    left = 0  # signals that may still raise in this pass

    def interrupt(*_: object) -> None:
        nonlocal left
        if left:
            left -= 1
            if left:
                signal.setitimer(signal.ITIMER_REAL, 3e-5)
            raise Interrupted

    interrupted = 0
    before = signal.signal(signal.SIGALRM, interrupt)
    gc.disable()  # Python only reports what is raised in a function of gc.callbacks, and Hypothesis keeps one there
    try:
        for _ in range(4000):  # on a busy machine many signals come before the sweep or after it
            if interrupted == 40:
                break
            for w in ws:
                w.zero_grad()
            try:
                left = rng.choice([1, 1, 2, 5])
                signal.setitimer(signal.ITIMER_REAL, max(1e-6, rng.random() * whole))
                root.backward()
                left = 0
            except Interrupted:
                left = 0
                if not any(w.has_grad for w in ws):
                    continue  # it came before the sweep: nothing has happened
                interrupted += 1
            assert [w.grad for w in ws] == want
    finally:
        left = 0
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        gc.enable()
    assert interrupted == 40


def test_a_broken_node_is_found_and_no_pass_stops_half_way() -> None:
    x = Value(2.0)
    y = x * 3.0
    z = y * x
    z.backward()
    y.partials = ("three",)  # type: ignore[assignment]
    with pytest.raises(TypeError):
        z.backward()
    assert (x.grad, y.grad, z.grad) == (12.0, 2.0, 1.0)


FORKING = """
import os, sys, threading, time
import autograd
from autograd import Value, no_grad, strict, turns
turns.PATIENCE = {patience}
held, done = threading.Event(), threading.Event()
w = Value(2.0)
slow = w * 3.0

def rule(g):
    held.set()
    done.wait({wait})

slow.register_hook(rule)
thread = threading.Thread(target=slow.backward)
thread.start()
held.wait()
with strict():
    pass
child = os.fork()
if child == 0:
    w.zero_grad()
    (w * 5.0).backward()
    os._exit(int(w.grad))
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
done.set()
thread.join()
(w * 1.0).backward()
print(w.grad)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="os.fork is POSIX")
@pytest.mark.parametrize(
    ("wait", "patience"), [(0.3, 30.0), (30.0, 0.3)], ids=["a pass that ends", "a pass that waits for the forking thread"]
)
def test_a_child_forked_during_a_pass_does_not_hang(wait: float, patience: float) -> None:
    program = FORKING.format(wait=wait, patience=patience)
    done = subprocess.run(
        [sys.executable, "-W", "ignore::DeprecationWarning", "-c", program], capture_output=True, text=True, timeout=PATIENCE
    )
    assert (done.stdout, done.stderr) == ("5\n4.0\n", "")

"""What the compiled nodes hold on to, and let go: circles, long chains, failures, threads, forks, a lack of memory."""

import copy
import gc
import math
import os
import random
import subprocess
import sys
import threading
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from places import ROOT

from autograd import AutogradError, no_grad
from autograd.compiled import load
from autograd.observers import observing
from autograd.operators import apply
from autograd.primitives.table import TABLE
from autograd.reverse import topological_order
from autograd.transforms.adjoints import pull

BAD = ("text", None, [1.0], 1j, 10**400)
SHARED = {"label": "z", "scope": "neuron"}


@pytest.fixture(scope="module")
def compiled() -> Any:
    """The compiled class and its functions."""
    try:
        return SimpleNamespace(**load())
    except ImportError as error:
        pytest.skip(f"the compiled nodes are not installed: {error}")  # a failure where CI runs


class Told:
    """Counts how many of its kind there are."""

    alive = 0

    def __init__(self) -> None:
        Told.alive += 1

    def __del__(self) -> None:
        Told.alive -= 1


def cycles(kind: Any) -> list[Any]:
    """What closes a circle of references through a graph."""

    def itself(a: Any) -> None:
        a.me = a

    def cost(a: Any) -> None:
        a.cost = (a * 2.0).exp()

    def listed(a: Any) -> None:
        a.history = []
        a.history.append((a * 2.0).exp())

    def made_before(a: Any) -> None:
        history = [(a * 2.0).exp()]
        a.history = history

    def hook(a: Any) -> None:
        y = (a * 2.0).exp()
        a.register_hook(lambda g: g * y.data)

    def micrograd(a: Any) -> None:
        out = kind(a.data, (a,), "f")

        def rule() -> None:
            a.grad += out.grad

        out._backward = rule
        (out * 3.0).backward()

    def assigned(a: Any) -> None:
        y = a * 2.0
        y.parents = (a, y)

    return [itself, cost, listed, made_before, hook, micrograd, assigned]


def test_circles_through_a_graph_are_collected(compiled: Any) -> None:
    kinds: tuple[Any, ...] = (compiled.Value, type("Sub", (compiled.Value,), {}))
    for close in cycles(compiled.Value):
        for kind in kinds:
            before = Told.alive
            a = kind(2.0)
            a.told = Told()
            close(a)
            del a
            gc.collect()
            assert Told.alive == before, close.__name__


def test_nothing_is_kept_of_many_graphs(compiled: Any) -> None:
    kind = compiled.Value
    kept = kind(1.5)

    def use() -> None:
        x = kind(2.0)
        y = kept * x + x.tanh() / 3.0 - (2 - x) ** 2
        z = compiled.dot_node((x, y, kept), (1.0, 2.0, 3.0), y)
        z = compiled.dot_node((x, y, z), (kept, x, y), 1.0)
        apply(TABLE["sum"], (x, y, z, 0.5)).backward()
        kept.zero_grad()
        attempts: list[Callable[[Any], Any]] = [lambda bad: x + bad, lambda bad: bad * x, lambda bad: x**bad]
        attempts.append(lambda bad: x.record(TABLE["exp"], bad))
        attempts += [lambda bad: compiled.functions[TABLE["exp"]](bad), lambda bad: compiled.apply(TABLE["mean"], (x, bad))]
        for bad in (*BAD, object()):
            for operation in attempts:
                with pytest.raises((TypeError, AutogradError, OverflowError)):
                    operation(bad)
        copy.deepcopy(z)
        shared = compiled.apply(TABLE["logsumexp"], (z, kept, 0.5)).exp()
        compiled.share(shared, SHARED)
        shared.label = "its own"
        assert len(topological_order(shared)) == len(topological_order(z)) + 2
        pull(topological_order(shared), shared, [kept, x, z], False)
        with no_grad():
            compiled.functions[TABLE["gelu"]](kept * 2.0)
        compiled.assign([x, y], [1.0, None])
        compiled.numbers([x, y]), compiled.gradients_of([x, y], "label"), compiled.zero([x, y])

    things = (kept, compiled.Value, *TABLE.values(), SHARED, compiled.functions[TABLE["exp"]])
    for _ in range(50):
        use()
    gc.collect()
    before = [sys.getrefcount(thing) for thing in things]
    blocks = sys.getallocatedblocks()
    for _ in range(300):
        use()
    gc.collect()
    assert [sys.getrefcount(thing) for thing in things] == before
    assert sys.getallocatedblocks() - blocks < 200


def test_a_chain_of_a_million_nodes_is_built_differentiated_and_freed(compiled: Any) -> None:
    x = compiled.Value(0.0)
    v = x
    for _ in range(1_000_000):
        v = v + 1.0
    v.backward()
    assert (v.data, x.grad) == (1_000_000.0, 1.0)
    y = v * 2.0
    del v
    assert y.parents[0].parents
    del y


def test_a_finaliser_may_build_nodes_while_a_graph_is_freed(compiled: Any) -> None:
    made: list[float] = []

    class Builder:
        def __del__(self) -> None:
            y = compiled.Value(1.0)
            for _ in range(5):
                y = y * 2.0 + 1.0
            y.backward()
            made.append(y.data)

    v = compiled.Value(1.0)
    for _ in range(300):
        v = v * 1.5
        v.builder = Builder()
    del v
    gc.collect()
    assert made == [63.0] * 300


def test_no_memory_is_handed_out_twice_in_whatever_order_nodes_are_made_and_freed(compiled: Any) -> None:
    rng = random.Random(5)
    alive: dict[float, Any] = {}
    number = 0.0
    for most in (3000, 100, 5000, 10):
        for _ in range(20_000):
            if len(alive) < most and rng.random() < 0.6:
                number += 1.0
                alive[number] = compiled.Value(number)
            elif alive:
                key = rng.choice(list(alive)) if rng.random() < 0.02 else next(iter(alive))
                assert alive.pop(key).data == key
    assert all(v.data == number for number, v in alive.items())
    assert len({id(v) for v in alive.values()}) == len(alive)


def test_nodes_that_finalisers_make_while_memory_is_looked_for_are_whole(compiled: Any) -> None:
    made: list[Any] = []

    class Circle:
        def __init__(self) -> None:
            self.me, self.nodes = self, [compiled.Value(float(i)) for i in range(50)]

        def __del__(self) -> None:
            made.extend([v + 1.0 for v in self.nodes[:40]])

    threshold = gc.get_threshold()
    gc.set_threshold(1)  # the collector runs whenever Python is asked for the memory of nodes
    try:
        kept = []
        for i in range(2000):
            Circle()
            kept.append(compiled.Value(float(i)))
    finally:
        gc.set_threshold(*threshold)
    gc.collect()
    assert [v.data for v in kept] == [float(i) for i in range(2000)]
    assert [v.data for v in made] == [1.0 + i for i in range(40)] * 2000
    assert len({id(v) for v in (*kept, *made)}) == 82_000
    made.clear()


def test_an_object_whose_class_is_assigned_is_freed_as_what_it_has_become(compiled: Any) -> None:
    class Sub(compiled.Value):  # type: ignore[misc]
        __slots__ = ()

    def swap() -> None:
        for _ in range(1000):
            a, b = Sub(2.0), compiled.Value(3.0)
            a.__class__, b.__class__ = compiled.Value, Sub
            c = a * b
            c.backward()
            assert (c.data, a.grad, b.grad) == (6.0, 3.0, 2.0)

    swap()
    gc.collect()
    before = sys.getallocatedblocks(), sys.getrefcount(compiled.Value)
    for _ in range(5):
        swap()
    gc.collect()
    assert sys.getallocatedblocks() - before[0] < 500
    assert abs(sys.getrefcount(compiled.Value) - before[1]) < 500


SWAPPED_FIRST = """
from autograd import Value

class Sub(Value):
    __slots__ = ()

swapped = Sub(2.0)
swapped.__class__ = Value
del swapped
print(Value(1.0) + 2.0)
"""


def test_the_first_node_may_be_freed_as_what_it_has_become(compiled: Any) -> None:
    environment = os.environ | {"AUTOGRAD_CORE": "compiled", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SWAPPED_FIRST]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("Value(data=3.0)\n", "")


MANY_THEN_FEW = """
import sys
from autograd import Value

def graph(n):
    x = v = Value(0.0)
    for _ in range(n):
        v = v + 1.0
    v.backward()
    assert x.grad == 1.0

graph(1000)
before = sys.getallocatedblocks()
graph(500_000)
print(sys.getallocatedblocks() - before > 400_000)
for _ in range(3000):
    graph(1000)
print(sys.getallocatedblocks() - before < 300_000)
"""


def test_memory_that_no_graph_needs_any_more_goes_back_little_by_little(compiled: Any) -> None:
    environment = os.environ | {"AUTOGRAD_CORE": "compiled", "PYTHONPATH": str(ROOT), "PYTHONMALLOC": "default"}
    command = [sys.executable, "-c", MANY_THEN_FEW]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.stderr) == ("True\nTrue\n", "")


def test_threads_build_differentiate_and_free_at_the_same_time(compiled: Any) -> None:
    kind = compiled.Value
    shared = [kind(0.5) for _ in range(4)]
    failed: list[BaseException] = []

    def work(seed: int) -> None:
        rng = random.Random(seed)
        try:
            for _ in range(40):
                v = kind(1.0)
                for _ in range(100):
                    v = (v * rng.choice(shared) + rng.choice(shared)).tanh() - 0.25
                v.backward()
                assert all(math.isfinite(w.grad) for w in shared)
        except BaseException as error:  # noqa: BLE001 - told to the test
            failed.append(error)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert failed == []


def test_an_observer_that_fails_in_the_middle_of_an_operation_leaves_nothing_behind(compiled: Any) -> None:
    kind = compiled.Value
    x, y = kind(1.5), kind(2.5)

    def refuse(node: Any) -> None:
        raise ValueError(node.op)

    operations: list[Callable[[], Any]] = [
        lambda: x + y, lambda: 2.0 * x, lambda: x**y, lambda: x.tanh(), lambda: compiled.functions[TABLE["exp"]](x),
        lambda: compiled.apply(TABLE["mean"], (x, y, 1.0)), lambda: compiled.dot_node([x, y], [y, x], 0.5),
        lambda: compiled.apply(TABLE["clamp"], (x, 0.0, 1.0)), lambda: compiled.apply(TABLE["prod"], (x, y)), lambda: kind(3.0),
    ]  # fmt: skip
    before = 0, 0
    for times in (3, 300):
        with observing(made=refuse):
            for _ in range(times):
                for operation in operations:
                    with pytest.raises(ValueError):  # noqa: PT011 - its words are the name of an operation
                        operation()
        gc.collect()
        before, earlier = (sys.getrefcount(x), sys.getrefcount(y)), before
    assert before == earlier
    (x * y).backward()
    assert (x.grad, y.grad) == (2.5, 1.5)


WITHOUT_MEMORY = """
import _testcapi, contextlib
from autograd import Value, TABLE, exp, dot, mean, softmax, no_grad, many
from autograd.reverse import leaves_of, topological_order
from autograd.transforms.adjoints import pull
from autograd.value import apply, share

x, y, ones = Value(1.5), Value(2.5), [Value(float(i)) for i in range(70)]
graph = mean([exp(x * v) + y for v in ones])
order, names = topological_order(graph), {"label": "z", "scope": "s"}

def shared():
    node = x + y
    share(node, names)
    node.label = "own"
    return node.label, node.scope, node.data

def assigned():
    many.assign(ones, [float(i) for i in range(70)])
    many.zero(ones)
    return many.numbers(ones), many.gradients(ones, unless="frozen")

recorded = [
    lambda: (x + y).data, lambda: (x * 2.0).partials, lambda: (2 - y).operands, lambda: (x ** y).data, lambda: exp(x).data,
    lambda: exp(0.5), lambda: x.tanh().partials, lambda: dot(ones, ones, y).data, lambda: dot(ones[:2], [1.0, 2.0]).operands,
    lambda: mean(ones).partials, lambda: apply(TABLE["clamp"], (x, 0.0, 1.0)).operands, lambda: softmax(ones[:4])[1].data,
    lambda: topological_order(graph) == order, lambda: len(leaves_of(order)), lambda: pull(order, graph, ones, False),
    graph.backward, shared, assigned, lambda: repr(Value(3.0, label="a")), lambda: x.detach().data, lambda: x.gelu().data,
    lambda: (x == 1.5, x < y, bool(x)), lambda: x.hypot(y).partials, lambda: (x * y).__dict__, lambda: exp(u=2.0),
]
quiet = [lambda: (x * y + 1.0).data, lambda: dot(ones, ones, y).data, lambda: mean(ones).data, lambda: exp(x).parents]
for operation, block in [(f, contextlib.nullcontext()) for f in recorded] + [(f, no_grad()) for f in quiet]:
    with block:
        wanted = operation()
        for n in range(300):
            _testcapi.set_nomemory(n, n + 1)
            try:
                found = operation()
            except MemoryError:
                found = wanted
            finally:
                _testcapi.remove_mem_hooks()
            assert found == wanted, (n, found, wanted)
x.zero_grad()
graph.backward()
wanted = x.grad
again = mean([exp(x * v) + y for v in ones])
x.zero_grad()
again.backward()
print(again.data == graph.data, x.grad == wanted)
"""


def test_a_lack_of_memory_is_an_error_and_nothing_else(compiled: Any) -> None:
    """Every allocation of every operation fails once: what remains is whole."""
    pytest.importorskip("_testcapi", reason="this Python comes without its own tests")
    environment = os.environ | {"AUTOGRAD_CORE": "compiled", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", WITHOUT_MEMORY]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout, done.returncode) == ("True True\n", 0), done.stderr[-2000:]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_fork_has_a_graph_of_its_own(compiled: Any) -> None:
    code = (
        "import os, sys\n"
        "from autograd import Value, core\n"
        "x = Value(1.5); y = x\n"
        "for _ in range(1000): y = (y * x).tanh()\n"
        "child = os.fork()\n"
        "y.backward(2.0 if child == 0 else 1.0)\n"
        "z = sum([Value(float(i)) for i in range(20000)]) * x; del y; z.backward()\n"
        "if child == 0: os._exit(0 if core().name == 'compiled' and z.data == 1.5 * 199990000 else 1)\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), z.data)"
    )
    environment = os.environ | {"AUTOGRAD_CORE": "compiled", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("0 299985000.0\n", "")


def resident() -> int:
    """The memory of this process that lies in RAM, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.exhaustive
def test_a_million_graphs_leave_counts_and_memory_as_they_were(compiled: Any) -> None:
    kind, exp, sum_ = compiled.Value, compiled.functions[TABLE["exp"]], TABLE["sum"]
    w, b = kind(0.5), kind(0.1)

    def build(times: int) -> None:
        for i in range(times):
            x = kind(float(i % 7))
            y = exp(w * x - b) / (2.0 + x * x)
            z = compiled.apply(sum_, (y, compiled.dot_node((w, b), (1.0, 2.0), b), 3.0))
            compiled.share(z, SHARED)
            z.backward()

    build(10_000)
    gc.collect()
    before = sys.getrefcount(w), sys.getrefcount(kind), sys.getrefcount(SHARED), sys.getallocatedblocks(), resident()
    build(1_000_000)
    gc.collect()
    after = sys.getrefcount(w), sys.getrefcount(kind), sys.getrefcount(SHARED), sys.getallocatedblocks(), resident()
    assert after[:3] == before[:3]
    assert abs(after[3] - before[3]) < 200
    assert after[4] - before[4] < 4_000_000


@pytest.mark.exhaustive
def test_a_chain_of_ten_million_nodes_is_built_differentiated_and_freed(compiled: Any) -> None:
    x = compiled.Value(0.0)
    before = resident()
    v = x
    for _ in range(10_000_000):
        v = v + 1.0
    used = resident() - before
    v.backward()
    assert (v.data, x.grad) == (10_000_000.0, 1.0)
    del v
    assert used / 10_000_000 < 100
    assert resident() - before < 0.1 * used

"""Nothing recurses: a chain of a million operations is built, differentiated, recorded, copied, pickled, shown and freed.

Python gives up after a thousand nested calls and the C stack after some ten thousand, so each claim is put to graphs far
beyond both: long chains, ladders with 2**1000 paths, a leaf with a million children, a node with a million parents. The
gradients are whole numbers, and compared exactly. The same is done once more in a process with a stack of 512 kB, and
in a thread with 128 kB. What takes a million operations more than a few seconds is put to 100,000 in every run.
"""

import copy
import gc
import io
import pickle
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import autograd
import viz
from autograd import Value, gradients, record_backward

MILLION = 1_000_000
exhaustive_million = [30_000, pytest.param(MILLION, marks=pytest.mark.exhaustive)]


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    """The cyclic collector walks every node again and again: half of the time, and nothing these tests are about."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def chain(length: int) -> tuple[Value, Value]:
    """(x, y) with y = (length/4 + 1) * x at x = 1, by operations of four kinds: two operands, a constant, one operand."""
    x = Value(1.0)
    y = x
    for _ in range(length // 4):
        y = abs(x + y * 2.0 / 2.0)
    return x, y


# --- chains --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", exhaustive_million)
def test_a_chain(length: int) -> None:
    x, y = chain(length)
    assert y.data == length / 4 + 1
    y.backward()
    assert x.grad == length / 4 + 1
    assert gradients(y, x) == length / 4 + 1
    assert repr(y) == f"Value(data={length / 4 + 1}, grad=1.0)"
    assert f"{y} {y:.0f}" == f"{y!r} {length // 4 + 1}"


@pytest.mark.parametrize("length", exhaustive_million)
def test_a_chain_is_drawn_folded_and_its_end_unfolded(length: int) -> None:
    _, y = chain(length)
    view = viz.draw(y).view
    assert view is not None
    assert view.nodes == length + 1
    assert len(view.boxes) <= 60
    assert f"of {length + 1:,} values folded" in view.folded
    part = viz.draw(y, radius=2, fold="none").view
    assert part is not None
    assert part.nodes == 4


@pytest.mark.parametrize("length", exhaustive_million)
def test_derivatives_of_derivatives(length: int) -> None:
    x = Value(1.0)
    y = x
    for _ in range(length):
        y = y * x
    n = length + 1  # y = x**n, at x = 1
    slope = gradients(y, x, create_graph=True)
    assert slope.data == n
    slope.backward()
    assert x.grad == n * (n - 1)


@pytest.mark.parametrize("length", exhaustive_million)
def test_recordings(length: int) -> None:
    x, y = chain(length)
    recording = record_backward(y)
    assert x.grad == length / 4 + 1
    assert len(recording) == length + length // 4
    assert (recording[0].node, recording[-1].parent.grad) == (recording.root, length / 4 + 1)
    assert recording[-1].total == length / 4 + 1


@pytest.mark.parametrize("length", exhaustive_million)
def test_hooks_and_rules_by_hand(length: int) -> None:
    x, y = chain(length)
    seen: list[float] = []
    x.register_hook(seen.append)
    tail = Value(y.data, (y,), "by hand")

    def rule() -> None:
        y.grad += 3.0 * tail.grad

    tail._backward = rule
    tail.backward()
    assert seen == [x.grad] == [3.0 * (length / 4 + 1)]


def pickled(graph: Any) -> Any:
    return pickle.loads(pickle.dumps(graph))


DUPLICATES: dict[str, Callable[[Any], Any]] = {"deepcopy": copy.deepcopy, "pickle": pickled}


@pytest.mark.parametrize("length", exhaustive_million)
@pytest.mark.parametrize("duplicate", DUPLICATES.values(), ids=DUPLICATES)
def test_copies(duplicate: Callable[[Any], Any], length: int) -> None:
    x, y = chain(length)
    y.backward()
    x2, y2 = duplicate((x, y))
    assert (x2.data, x2.grad, y2.data, y2.grad) == (x.data, x.grad, y.data, y.grad)
    y2.backward()
    assert x2.grad == 2.0 * (length / 4 + 1)
    assert x.grad == length / 4 + 1, "the copy's pass reached the original"
    y = x = None  # type: ignore[assignment]  # the copy stands alone
    assert gradients(y2, x2) == length / 4 + 1


@pytest.mark.parametrize("length", exhaustive_million)
def test_freeing_a_chain_frees_every_node(length: int) -> None:
    x, y = chain(length)
    y.backward()
    before = sys.getrefcount(Value)
    del y
    # Each operation has a node, which holds its class, and there is no other who frees them without the collector. The memory
    # of compiled ones is kept to be used again.
    assert before - sys.getrefcount(Value) >= length
    assert gc.collect() < 1000, "nodes are not freed by reference counts alone: there are cycles"
    assert x.grad == length / 4 + 1


def test_no_node_is_left_behind_by_a_pass() -> None:
    def run() -> None:
        x, y = chain(4_000)
        y.backward()
        gradients(y, x, create_graph=True)
        record_backward(y)
        pickle.loads(pickle.dumps(copy.deepcopy(y)))

    run()
    before = sys.getallocatedblocks()
    for _ in range(5):
        run()
    assert sys.getallocatedblocks() - before < 4_000


# --- other shapes --------------------------------------------------------------------------------------------------------


def ladder(levels: int) -> tuple[Value, Value]:
    """X doubled again and again: 2**levels paths from the root to the leaf."""
    x = Value(1.0)
    y = x
    for _ in range(levels):
        y = y + y
    return x, y


def test_a_ladder_with_more_paths_than_atoms() -> None:
    x, y = ladder(1_000)
    y.backward()
    assert (y.data, x.grad) == (2.0**1000, 2.0**1000)
    assert gradients(y, x) == 2.0**1000
    assert gradients(y, x, create_graph=True) == 2.0**1000
    assert len(record_backward(y)) == 2_000
    for duplicate in DUPLICATES.values():
        x2, y2 = duplicate((x, y))
        assert gradients(y2, x2) == 2.0**1000
    assert "1,001 values folded" in viz.draw(y).source


def test_a_ladder_of_diamonds() -> None:
    # both sides of each diamond are nodes of their own: (-y) * (-y) with y * y's value, kept at 1
    x = Value(1.0)
    y = x
    for _ in range(1_000):
        y = (-y) * (y * -1.0)
    y.backward()
    assert x.grad == 2.0**1000
    assert gradients(y, x) == 2.0**1000


def test_a_ladder_that_looks_back() -> None:
    # Fibonacci: each node uses the two before it, so the depth-first walk meets every node again
    values = [Value(1.0), Value(1.0)]
    for _ in range(1_400):
        values.append(values[-1] + values[-2])
    exact = [1, 0]
    for _ in range(1_400):
        exact.append(exact[-1] + exact[-2])
    values[-1].backward()
    assert values[0].grad == pytest.approx(float(exact[-1]), rel=1e-12)
    assert len(record_backward(values[-1])) == 2_800


def test_a_million_leaves_in_one_sum() -> None:
    leaves = [Value(1.0) for _ in range(MILLION)]
    total = autograd.sum(leaves)
    assert total.data == MILLION
    (total * total).backward()
    assert total.grad == 2.0 * MILLION
    assert {leaf.grad for leaf in leaves} == {2.0 * MILLION}
    assert gradients(total, [leaves[0], leaves[-1]]) == [1.0, 1.0]
    assert repr(total) == f"Value(data={float(MILLION)}, grad={2.0 * MILLION})"


@pytest.mark.parametrize("leaves", [MILLION // 10, pytest.param(MILLION, marks=pytest.mark.exhaustive)])
def test_leaves_of_one_sum_are_drawn_as_the_largest_and_how_many_others_there_are(leaves: int) -> None:
    picture = viz.draw(autograd.sum([Value(1.0) for _ in range(leaves)])).source
    assert f"{leaves - 6:,} of {leaves + 1:,} values folded" in picture
    assert picture.count(f"-> n{leaves}") == 7


def test_a_hundred_thousand_leaves_copied() -> None:
    total = autograd.sum([Value(float(i)) for i in range(100_000)])
    for duplicate in DUPLICATES.values():
        again = duplicate(total)
        again.backward()
        assert again.data == 100_000 * 99_999 / 2
        assert {leaf.grad for leaf in again.parents} == {1.0}
    assert len(record_backward(total)) == 100_000


@pytest.mark.parametrize("children", exhaustive_million)
def test_one_leaf_with_many_children(children: int) -> None:
    x = Value(2.0)
    total = autograd.sum([x * float(i) for i in range(children)])
    total.backward()
    assert total.data == children * (children - 1)
    assert x.grad == children * (children - 1) // 2
    assert gradients(total, x) == children * (children - 1) // 2
    x.zero_grad()
    del total
    (x * 3.0).backward()
    assert x.grad == 3.0


def test_a_balanced_tree() -> None:
    leaves = [Value(float(i % 7)) for i in range(2**14)]
    level = leaves
    while len(level) > 1:
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=True)]
    root = copy.deepcopy(level[0])
    for r in (level[0], root):
        r.backward()
    assert root.data == sum(i % 7 for i in range(2**14))
    assert {leaf.grad for leaf in leaves} == {1.0}
    assert f"of {2**15 - 1:,} values folded" in viz.draw(root).source


# --- many nodes of one graph in one container ----------------------------------------------------------------------------


def states(length: int) -> list[Value]:
    """Every node of a chain, the first first: the states of a recurrence, say."""
    nodes = [Value(1.0)]
    while len(nodes) <= length:
        nodes.append(nodes[-1] * 1.0)
    return nodes


def test_a_pickle_of_all_states_holds_each_once() -> None:
    # from the last to the first every node has been written with its successor; the other way round costs no more
    nodes = states(1_000)
    backwards = len(pickle.dumps(nodes[::-1]))
    assert len(pickle.dumps(nodes)) < 2 * backwards


def test_picklers_that_take_turns() -> None:
    # each has to write the whole graph, and in order: what another one has written it cannot refer to
    nodes = states(5_000)
    files = [io.BytesIO(), io.BytesIO()]
    kept = [pickle.Pickler(file) for file in files]
    for turn in (nodes[2_000], nodes[4_000], nodes[5_000]):
        for pickler in kept:
            pickler.dump(turn)
        assert gradients(pickled(turn), pickled(turn)) == 0.0
    for file in files:
        file.seek(0)
        unpickler = pickle.Unpickler(file)
        first, _, last = (unpickler.load() for _ in range(3))
        assert gradients(last, first) == 1.0, "one pickler's nodes are one graph"


def test_copying_all_states_takes_no_longer_than_copying_the_last() -> None:
    def seconds(nodes: list[Value]) -> float:
        begin = time.process_time()
        copies = copy.deepcopy(nodes)
        lapse = time.process_time() - begin
        assert not set(copies) & set(nodes)
        return lapse

    nodes = states(2_000)  # quadratic time would be a thousand times as long
    assert min(seconds(nodes) for _ in range(2)) < 20.0 * min(seconds(nodes[::-1]) for _ in range(3))


# --- a small stack -------------------------------------------------------------------------------------------------------

EVERYTHING = """
    import copy, gc, pickle, sys, threading
    import viz, viz.graphs.picture  # which imports the package graphviz, deeper than the limit below
    from autograd import Value, gradients, record_backward

    length = int(sys.argv[1])
    gc.disable()
    sys.setrecursionlimit(120)

    def build():
        x = y = Value(1.0)
        for _ in range(length // 4):
            y = abs(x + y * 2.0 / 2.0)
        return x, y

    def everything():
        x, y = build()
        y.backward()
        slope = gradients(y, x, create_graph=True)
        print(x.grad, gradients(y, x), getattr(slope, "data", slope))  # that of abs is a constant, a plain number
        print(len(record_backward(y)))
        x2, y2 = copy.deepcopy((x, y))
        del x, y
        y2.backward()
        x3, y3 = pickle.loads(pickle.dumps((x2, y2)))
        del x2, y2
        x3.zero_grad()
        y3.backward()
        print(x3.grad, y3)
        print("folded" in viz.draw(y3).source)
        gc.collect()
"""
FREEING = """
    import gc, sys, threading
    from autograd import Value

    gc.disable()

    def everything():
        x = y = Value(1.0)
        for _ in range(int(sys.argv[1]) // 4):
            y = abs(x + y * 2.0 / 2.0)
        y.backward()
        print(x.grad)
        del y
        print(x)
"""
IN_MAIN = """
    everything()
    print("done")
"""
IN_A_THREAD = """
    threading.stack_size(128 * 1024)
    thread = threading.Thread(target=everything)
    thread.start()
    thread.join()
    print("done")
"""

WHERE = [pytest.param(IN_MAIN, id="main"), pytest.param(IN_A_THREAD, id="thread", marks=pytest.mark.exhaustive)]
# CPython 3.13 frees nested objects up to 10,000 calls deep, whatever the stack holds. 3.12 goes 50 deep, and 3.14 looks at the
# stack.
enough_on_a_small_stack = pytest.mark.skipif(sys.version_info[:2] == (3, 13), reason="CPython 3.13 frees too deep for 512 kB")


def with_a_small_stack(program: str, length: int) -> list[str]:
    """What a program prints that runs with a C stack of 512 kB; a crash fails the test."""
    done = subprocess.run(
        ["sh", "-c", 'ulimit -s 512 && exec "$0" "$@"', sys.executable, "-c", textwrap.dedent(program), str(length)],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


@enough_on_a_small_stack
@pytest.mark.parametrize("where", WHERE)
def test_freeing_a_million_nodes_on_a_small_stack(where: str) -> None:
    slope = f"{MILLION / 4 + 1}"
    assert with_a_small_stack(FREEING + where, MILLION) == [slope, f"Value(data=1.0, grad={slope})", "done"]


@pytest.mark.parametrize("length", exhaustive_million)
@enough_on_a_small_stack
@pytest.mark.parametrize("where", WHERE)
def test_everything_on_a_small_stack(where: str, length: int) -> None:
    slope = f"{length / 4 + 1}"
    assert with_a_small_stack(EVERYTHING + where, length) == [
        f"{slope} {slope} {slope}",
        str(length + length // 4),
        f"{slope} Value(data={slope}, grad=1.0)",
        "True",
        "done",
    ]

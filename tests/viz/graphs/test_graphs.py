"""Random expression graphs: the engine gives what a second engine of a hundred lines gives, whichever way it is asked.

Hypothesis draws graphs with shared nodes, repeated operands, constants on every side and n-ary nodes. The engine's values
and gradients are held against naive.py, which shares no code with it; against forward mode and against differences of
plain floats; and then against itself, where it promises the same bits: recorded passes, copies and pickles.
"""

import copy
import math
import pickle
from collections.abc import Callable
from typing import Any

import naive
import pytest
from hypothesis import Phase, assume, example, given, settings
from hypothesis import strategies as st
from naive import Naive, Program, random_program
from spelled import SPELLED, build, engine

from autograd import GraphError, Value, gradients, jvp, record_backward
from autograd.primitives.table import TABLE

# The draws of one test differ from another's, so that together they see some five hundred graphs.
graphs = settings(derandomize=True, max_examples=30)


def method(name: str, *operands: Any) -> Any:
    """The same by way of methods where there are any: u.exp(), u.maximum(v)."""
    first, *rest = operands
    if name in SPELLED or not isinstance(first, Value) or not hasattr(Value, name):
        return engine(name, *operands)
    return getattr(first, name)(*rest)


def twin(program: Program) -> list[Naive]:
    """The same graph in the naive engine, gradients computed."""
    nodes = program.nodes([Naive(x) for x in program.leaves], naive.naive)
    nodes[-1].backward()
    return nodes


def agree(got: float, want: Naive, tolerance: float = 1e-12) -> bool:
    """Equal up to rounding: relative to the gradient before its terms cancelled."""
    return abs(got - want.grad) <= tolerance * want.mass


def ancestors(root: Value) -> set[Value]:
    """Everything the root depends on, itself included."""
    found, stack = {root}, [root]
    while stack:
        new = [p for p in stack.pop().parents if p not in found]
        found.update(new)
        stack += new
    return found


def bits(nodes: list[Value]) -> list[tuple[str, str, bool]]:
    """Data and gradients to the last bit, the sign of zero included, and whether there are gradients."""
    return [(v.data.hex(), v.grad.hex(), v.has_grad) for v in nodes]


def test_every_function_of_the_naive_engine_is_one_of_the_table() -> None:
    assert naive.RULES.keys() <= TABLE.keys()


@pytest.mark.parametrize("apply", [engine, method])
@settings(graphs, max_examples=80)
@given(program=random_program())
def test_values_and_gradients_are_those_of_the_naive_engine(apply: Callable[..., Any], program: Program) -> None:
    nodes, twins = build(program, apply), twin(program)
    nodes[-1].backward()
    for v, t in zip(nodes, twins, strict=True):
        assert v.data == pytest.approx(t.data, rel=1e-12, abs=1e-14)
        assert agree(v.grad, t)
    assert {v for v in nodes if v.has_grad} == ancestors(nodes[-1]), "the pass reached another set of nodes"


@graphs
@given(program=random_program())
def test_gradients_of_every_node_at_once(program: Program) -> None:
    nodes, twins = build(program), twin(program)
    slopes = gradients(nodes[-1], nodes)
    assert all(agree(slope, t) for slope, t in zip(slopes, twins, strict=True))
    assert not any(v.has_grad for v in nodes)


@graphs
@given(program=random_program(), data=st.data())
def test_gradients_of_a_few_nodes(program: Program, data: st.DataObject) -> None:
    # all the others are passed through or passed by; a wanted node that another depends on gets its own share only
    nodes, twins = build(program), twin(program)
    chosen = data.draw(st.lists(st.integers(0, len(nodes) - 1), min_size=1, max_size=3))
    for create_graph in (False, True):
        slopes: list[Any] = gradients(nodes[-1], [nodes[i] for i in chosen], create_graph)
        assert all(agree(getattr(d, "data", d), twins[i]) for d, i in zip(slopes, chosen, strict=True))
    for leaf, t in zip(nodes[: len(program.leaves)], twins, strict=False):
        assert agree(gradients(nodes[-1], leaf), t)


@graphs
@given(program=random_program())
def test_differentiable_gradients_have_the_same_numbers(program: Program) -> None:
    nodes = build(program)
    plain, recorded = gradients(nodes[-1], nodes), gradients(nodes[-1], nodes, create_graph=True)
    assert [getattr(slope, "data", slope) for slope in recorded] == plain


@graphs
@given(program=random_program())
def test_forward_mode_along_every_leaf(program: Program) -> None:
    twins = twin(program)

    def root(*leaves: Any) -> Any:
        return program.nodes(leaves, engine)[-1]

    for i, t in enumerate(twins[: len(program.leaves)]):
        direction = tuple(float(i == j) for j in range(len(program.leaves)))
        value, slope = jvp(root, program.leaves, direction)
        assert value == pytest.approx(twins[-1].data, rel=1e-12, abs=1e-14)
        assert agree(slope, t)


def _difference(f: Callable[[float], float], x: float, h: float) -> float:
    """The derivative from values alone, with an error of order h**4."""
    return (8.0 * (f(x + h) - f(x - h)) - (f(x + 2.0 * h) - f(x - 2.0 * h))) / (12.0 * h)


@graphs
@given(program=random_program(), data=st.data())
def test_central_differences_of_plain_floats(program: Program, data: st.DataObject) -> None:
    i = data.draw(st.integers(0, len(program.leaves) - 1))

    def root(x: float) -> float:
        leaves = [*program.leaves[:i], x, *program.leaves[i + 1 :]]
        out = program.nodes(leaves, engine)[-1]
        assert type(out) is float, "plain numbers in, a plain number out"
        return out

    x = program.leaves[i]
    coarse, fine = _difference(root, x, 2e-3), _difference(root, x, 1e-3)
    assume(math.isclose(coarse, fine, rel_tol=1e-6, abs_tol=1e-8))  # no kink or pole within reach
    nodes = build(program)
    nodes[-1].backward()
    assert nodes[i].grad == pytest.approx(fine, rel=1e-5, abs=1e-7)


# --- the same bits, another way ------------------------------------------------------------------------------------------


@graphs
@given(program=random_program())
def test_a_recorded_pass_gives_the_same_bits(program: Program) -> None:
    plain, recorded = build(program), build(program)
    plain[-1].backward()
    record_backward(recorded[-1])
    assert bits(plain) == bits(recorded)


@settings(graphs, phases=[Phase.explicit, Phase.generate])  # the smallest graph tells no more than the first
@example(program=Program((1.0,), (("mean", (0, 0, 0)),)))  # 1 + (1/3 + 1/3 + 1/3) is not ((1 + 1/3) + 1/3) + 1/3
@given(program=random_program())
def test_a_recorded_pass_after_another_gives_the_same_bits(program: Program) -> None:
    plain, recorded = build(program), build(program)
    for nodes in (plain, recorded):
        nodes[-1].backward()
    plain[-1].backward()
    record_backward(recorded[-1])
    assert bits(plain) == bits(recorded)


@graphs
@given(program=random_program(), seed=st.sampled_from([1.0, -0.3]))
def test_a_recording_replays_to_the_gradients(program: Program, seed: float) -> None:
    nodes = build(program)
    recording = record_backward(nodes[-1], seed)
    bars = {recording.root.id: seed}
    for step in recording:
        assert step.upstream == bars[step.node.id]
        assert step.contribution == step.local * step.upstream
        bars[step.parent.id] = bars.get(step.parent.id, 0.0) + step.contribution
        assert step.total == bars[step.parent.id]
    assert [n.grad for n in recording.nodes] == [bars[n.id] for n in recording.nodes]
    reached = ancestors(nodes[-1])
    assert sorted((n.data, n.grad, n.op) for n in recording.nodes) == sorted(
        (v.data, v.grad, v.primitive.name if v.primitive else "") for v in reached
    )
    assert len(recording) == sum(len(v.parents) for v in reached)


@pytest.mark.parametrize("duplicate", [copy.deepcopy, lambda nodes: pickle.loads(pickle.dumps(nodes))], ids=["copy", "pickle"])
@graphs
@given(program=random_program(), differentiated=st.booleans())
def test_copies_carry_the_graph(
    duplicate: Callable[[list[Value]], list[Value]], program: Program, differentiated: bool
) -> None:
    nodes = build(program)
    if differentiated:
        nodes[-1].backward()
    copies = duplicate(nodes)
    assert bits(copies) == bits(nodes)
    assert [v.op for v in copies] == [v.op for v in nodes]
    before = bits(nodes)
    copies[-1].backward()
    assert bits(nodes) == before, "the copy's pass touched the original"
    nodes[-1].backward()
    assert bits(copies) == bits(nodes)
    second = [gradients(vs[-1], vs, create_graph=True) for vs in (nodes, copies)]
    assert [getattr(d, "data", d) for d in second[0]] == [getattr(d, "data", d) for d in second[1]]


@graphs
@given(program=random_program())
def test_a_copy_of_the_root_alone_is_a_graph_of_its_own(program: Program) -> None:
    root = build(program)[-1]
    twin_root = copy.deepcopy(root)
    mine, theirs = ancestors(root), ancestors(twin_root)
    assert len(theirs) == len(mine)
    assert not mine & theirs


@pytest.mark.parametrize("duplicate", [copy.deepcopy, pickle.dumps])
def test_what_is_no_graph_is_not_copied(duplicate: Callable[[Value], Any]) -> None:
    x = Value(1.0)
    y = x * 2.0
    z = y * 2.0
    y.parents = (z,)
    with pytest.raises(GraphError, match="cycle"):
        duplicate(z)
    y.parents = (3.0,)  # type: ignore[assignment]
    with pytest.raises(GraphError, match="not a Value"):
        duplicate(z)


# --- several passes, several roots ---------------------------------------------------------------------------------------


@graphs
@given(program=random_program())
def test_a_second_pass_adds_to_leaves_and_replaces_interior_gradients(program: Program) -> None:
    once, twice = build(program), build(program)
    once[-1].backward()
    twice[-1].backward()
    twice[-1].backward()
    for v, w, t in zip(once, twice, twin(program), strict=True):
        if v.parents:
            assert w.grad.hex() == v.grad.hex()
        else:
            assert agree(w.grad / 2.0, t)


@graphs
@given(program=random_program())
def test_zeroed_leaves_start_afresh(program: Program) -> None:
    nodes, fresh = build(program), build(program)
    nodes[-1].backward()
    for v in nodes:
        v.zero_grad()
    assert not any(v.has_grad for v in nodes)
    nodes[-1].backward()
    fresh[-1].backward()
    assert bits(nodes) == bits(fresh)


@graphs
@given(program=random_program(), data=st.data())
def test_two_roots_that_share_a_subgraph_add_up(program: Program, data: st.DataObject) -> None:
    other = data.draw(st.integers(0, len(program.leaves) + len(program.steps) - 1))
    apart, together, twins = build(program), build(program), program.nodes([Naive(x) for x in program.leaves], naive.naive)
    apart[-1].backward()
    apart[other].backward()
    (together[-1] + together[other]).backward()
    naive.naive("add", twins[-1], twins[other]).backward()
    for v, w, t in zip(apart, together, twins, strict=True):
        assert agree(w.grad, t)
        if not v.parents:
            assert agree(v.grad, t)


@graphs
@given(program=random_program(), seed=st.sampled_from([2.0, -0.5, 1024.0]))
def test_a_seed_scales_every_gradient(program: Program, seed: float) -> None:
    # powers of two scale without rounding, so the bits are those of the pass seeded with 1
    plain, seeded = build(program), build(program)
    plain[-1].backward()
    seeded[-1].backward(seed)
    assert [v.grad * seed for v in plain] == [v.grad for v in seeded]


@graphs
@given(program=random_program())
def test_a_hook_anywhere_changes_no_bit(program: Program) -> None:
    plain, watched = build(program), build(program)
    seen: list[float] = []
    for v in watched:
        v.register_hook(seen.append)
    plain[-1].backward()
    watched[-1].backward()
    assert bits(plain) == bits(watched)
    assert sorted(seen) == sorted(v.grad for v in watched if v.has_grad), "each node once, with its finished gradient"

"""The graph as data: what is in it, how its nodes are found, and which parts of it can be chosen.

The oracle is the value itself: every number, every operand, every derivative is compared with what the nodes hold.
"""

import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import random_graph

import autograd
from autograd import ArgumentError, OperandError, Value, load_recording, no_grad, record_backward
from nn import MLP, mean_squared_error
from viz.graphs.graph import find, graph_of, indexed
from viz.graphs.select import between, near
from viz.graphs.terms import expanded


@settings(derandomize=True, max_examples=50)
@given(st.integers(0, 10**6), st.integers(1, 40), st.booleans())
def test_the_columns_are_the_values(seed: int, operations: int, differentiated: bool) -> None:
    root, _ = random_graph(seed, operations)
    if differentiated:
        root.backward()
    graph, ids = indexed(root)
    assert ids is not None
    assert ids[root] == graph.root
    for v, i in ids.items():
        assert (graph.data[i], graph.op[i], graph.label[i], graph.scope[i]) == (v.data, v.op, v.label, v.scope)
        assert bool(graph.has_grad[i]) == v.has_grad == differentiated
        assert math.isnan(graph.grad[i]) or graph.grad[i] == v.grad
        assert [ids[p] for p in v.parents] == list(graph.parents(i))
        assert all(p < i for p in graph.parents(i)), "parents come first"
        edges = graph.edges(i)
        assert [e.constant if e.tail is None else e.tail for e in edges] == [
            o if isinstance(o, float) else ids[o] for o in v.operands
        ]
        assert [e.local for e in edges if e.tail is not None] == list(v.partials or ())
        passed = [e.contribution for e in edges if e.tail is not None]
        assert passed == ([d * v.grad for d in v.partials or ()] if differentiated else [None] * len(passed))


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6))
def test_ids_are_those_of_a_recording(seed: int) -> None:
    root, _ = random_graph(seed, 20)
    recording = record_backward(root)
    graph = graph_of(root)
    other = graph_of(recording)
    assert graph.label == other.label == [node.label for node in recording.nodes]
    assert [graph.name(i) for i in range(len(graph))] == [node.name for node in recording.nodes]
    for column in ("data", "grad", "op", "scope", "start", "operands", "constants", "has_grad"):
        assert getattr(graph, column) == getattr(other, column), column
    assert all(graph.edges(i) == other.edges(i) for i in range(len(graph)))


def test_a_repeated_operand_is_an_edge_each_time() -> None:
    x = Value(3.0)
    graph = graph_of(x * x)
    assert [(e.tail, e.place, e.local) for e in graph.edges(graph.root)] == [(0, 0, 3.0), (0, 1, 3.0)]


def test_a_gradient_is_a_number_only_once_it_has_been_computed() -> None:
    x = Value(0.0, label="x")
    root = x * x
    assert list(graph_of(root).has_grad) == [0, 0]
    root.backward()
    assert graph_of(root).grad.tolist() == [0.0, 1.0]
    x.zero_grad()
    assert list(graph_of(root).has_grad) == [0, 1]


def test_a_node_made_by_hand_has_operands_and_no_known_derivatives() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    graph = graph_of(Value(5.0, (a, b, a), "custom", "c"))
    assert [(e.tail, e.local) for e in graph.edges(graph.root)] == [(0, None), (1, None), (0, None)]
    assert graph.op[graph.root] == "custom"


@pytest.mark.parametrize(
    ("label", "kind"),
    [
        ("x", "input"), ("x_3", "input"), ("x3", "input"), ("X_1", "input"), ("y", "input"), ("a^0_1", "input"),
        ("input", "input"), ("inputs_2", "input"), ("target", "input"),
        ("w", "parameter"), ("w^1_12", "parameter"), ("b", "parameter"), ("xi", "parameter"), ("year", "parameter"),
        ("", "parameter"),
        ("a^1_1", "parameter"), ("theta_1", "parameter"),
    ],
)  # fmt: skip
def test_inputs_are_told_from_parameters_by_their_names(label: str, kind: str) -> None:
    leaf = Value(1.0, label=label)
    assert graph_of(leaf * 2.0).kind(0) == kind
    named = leaf * 2.0
    named.label = label
    assert graph_of(named + 1.0).kind(1) == "operation"


def test_a_graph_of_one_node() -> None:
    graph = graph_of(Value(1.0, label="w"))
    assert (len(graph), graph.root, graph.edges(0), graph.kind(0)) == (1, 0, [], "parameter")
    with no_grad():
        y = Value(1.0) * 2.0
    assert len(graph_of(y)) == 1


@pytest.mark.parametrize("root", [3.0, None, "x", [], (1.0,)])
def test_a_graph_begins_at_a_value(root: Any) -> None:
    with pytest.raises(OperandError, match="got"):
        graph_of(root)


def test_a_recording_keeps_what_a_hook_and_a_rule_by_hand_have_passed_on(tmp_path: Any) -> None:
    a = Value(2.0, label="a")
    c = Value(6.0, (a,), "triple", "c")
    c._backward = lambda: setattr(a, "grad", a.grad + 3.0 * c.grad)
    recording = record_backward(c * 5.0)
    recording.save(tmp_path / "run.json")
    graph = graph_of(load_recording(tmp_path / "run.json"))
    assert [(e.local, e.contribution) for e in graph.edges(1)] == [(3.0, 15.0)]


# --- finding nodes -----------------------------------------------------------------------------------------------------


def test_a_node_is_found_by_label_name_id_or_itself() -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="v0")
    z = x * w
    drawn = indexed(z)
    assert [drawn.find(node, "f") for node in (x, "x", 0, w, "v0", 1, z, "v2", 2)] == [0, 0, 0, 1, 1, 1, 2, 2, 2]


@pytest.mark.parametrize(
    ("node", "message"),
    [
        ("wieght", "f: no nodes are called 'wieght'. Did you mean 'weight'?"),
        ("twice", r"f: 2 nodes are called 'twice'. Give its id, one of \[1, 2\]"),
        (7, "f: there is no node 7; ids go from 0 to 2"),
        (-1, "there is no node -1"),
        ("v7", "no nodes are called 'v7'"),
        ("", "no nodes are called ''"),
        (True, "no nodes are called True"),
    ],
)
def test_a_node_that_is_not_there_is_said_with_what_is(node: Any, message: str) -> None:
    with pytest.raises(OperandError, match=message):
        find(["weight", "twice", "twice"], node, "f")


# --- parts -------------------------------------------------------------------------------------------------------------


@settings(derandomize=True, max_examples=50)
@given(st.integers(0, 10**6), st.integers(0, 4))
def test_near_is_what_a_walk_of_that_many_edges_reaches(seed: int, radius: int) -> None:
    root, _ = random_graph(seed, 15)
    graph = graph_of(root)
    centre = seed % len(graph)
    pairs = {(p, i) for i in range(len(graph)) for p in graph.parents(i)}
    reached = {centre}
    for _ in range(radius):
        reached |= {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
    assert {i for i, kept in enumerate(near(graph, centre, radius)) if kept} == reached


@settings(derandomize=True, max_examples=50)
@given(st.integers(0, 10**6))
def test_between_is_what_the_derivative_flows_through(seed: int) -> None:
    root, _ = random_graph(seed, 15)
    graph = graph_of(root)
    a = seed % len(graph)
    after: list[set[int]] = []  # per node everything it was computed from, itself included
    for i in range(len(graph)):
        after.append({i}.union(*(after[p] for p in graph.parents(i))))
    expected = {i for i in after[graph.root] if a in after[i]}
    if expected:
        assert {i for i, kept in enumerate(between(graph, a, graph.root)) if kept} == expected
        assert between(graph, graph.root, a) == between(graph, a, graph.root)
    else:
        with pytest.raises(ArgumentError, match="derivative is 0"):
            between(graph, a, graph.root)


# --- terms -------------------------------------------------------------------------------------------------------------


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6), st.booleans())
def test_dots_written_out_mean_the_same(seed: int, differentiated: bool) -> None:
    root, _ = random_graph(seed, 20)
    if differentiated:
        root.backward()
    graph = graph_of(root)
    out, keep, moved = expanded(graph, bytearray(b"\x01") * len(graph), range(len(graph)))
    assert [out.label[i] for i in moved] == graph.label
    assert "dot" not in out.op
    assert len(keep) == len(out)
    assert (out.data[out.root], out.has_grad[out.root]) == (root.data, differentiated)
    for i in range(len(out)):
        numbers = [out.data[o] if o >= 0 else out.constants[-1 - o] for o in out.operands[out.start[i] : out.start[i + 1]]]
        if out.op[i] == "*":
            assert out.data[i] == numbers[0] * numbers[1]
        elif out.op[i] == "sum":
            assert out.data[i] == pytest.approx(math.fsum(numbers), rel=1e-15, abs=1e-300)
    # What flows into every node that has users adds up to its gradient: the products are no detour.
    if differentiated:
        flows = [0.0] * len(out)
        for i in range(len(out)):
            for e in out.edges(i):
                if e.tail is not None and e.contribution is not None:
                    flows[e.tail] += e.contribution
        for i in range(len(out) - 1):
            assert flows[i] == pytest.approx(out.grad[i], rel=1e-9, abs=1e-12)


def test_a_network_has_one_node_for_every_z() -> None:
    model = MLP(3, [2, 1], activation="tanh", rng=random.Random(0))
    graph = graph_of(mean_squared_error(model([1.0, 2.0, 3.0]), 1.0))
    assert graph.op.count("dot") == 3
    assert autograd.TABLE["dot"].label == "dot"

"""A box whose gradient is not what its arrows bring says why, and no other box does."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import random_graph

from autograd import Recording, Value, record_backward
from nn import MLP
from viz import draw, style
from viz.graphs.arrivals import OTHER, notes_of
from viz.graphs.dot import lines_of, look_of, tip_of
from viz.graphs.graph import graph_of
from viz.graphs.view import Box
from viz.pages.passes import passes_in


def box_of(root: Value | Recording, name: str, fold: str | None = None) -> Box:
    shown = draw(root, fold=fold).view
    assert shown is not None
    return next(box for box in shown.boxes if box.name == name)


def tripled() -> tuple[Value, Value]:
    a = Value(2.0, label="a")
    return a, a * 3.0


@pytest.mark.parametrize("passes", [2, 3, 5])
def test_two_passes_are_told_apart(passes: int) -> None:
    a, y = tripled()
    for _ in range(passes):
        y.backward()
    before = 3 * (passes - 1)
    assert lines_of(box_of(y, "a"))[-2:] == [f"grad {3 * passes}: 3 of this pass,", f"{before} from before"]
    assert a.grad == 3.0 * passes
    assert lines_of(box_of(record_backward(y), "a"))[-2:] == [
        f"grad {3 * passes + 3}: 3 of this pass,",
        f"{before + 3} from before",
    ]


def test_a_gradient_that_was_zeroed_is_not_one_that_was_never_computed() -> None:
    a, y = tripled()
    assert lines_of(box_of(y, "a"))[-1] == "grad not computed"
    y.backward()
    a.zero_grad()
    assert lines_of(box_of(y, "a"))[-1] == "grad 0: zeroed since"
    look = look_of(box_of(y, "a"), 1.0)
    assert "dashed" not in look["style"] and look["fillcolor"] == style.gradient_fill(0.0, 1.0)


def test_what_may_come_from_elsewhere_is_not_said_to_be_from_before() -> None:
    a, y = tripled()
    (y + a).backward()
    assert lines_of(box_of(y, "a"))[-2:] == ["grad 4: 3 of this graph,", "1 from elsewhere"]


def test_what_a_hook_has_changed_is_said() -> None:
    a, y = tripled()
    y.register_hook(lambda gradient: None)
    a.register_hook(lambda gradient: 10.0 * gradient)
    y.backward()
    assert notes_of(graph_of(y)) == {0: "3 arrived, a hook or a pass before changed it"}
    z = -y
    y.label = "y"
    y.register_hook(lambda gradient: 10.0 * gradient)
    for seen in (z, record_backward(z)):
        z.backward()
        assert lines_of(box_of(seen, "y"))[-2:] == ["grad −10: −1 arrived,", "a hook changed it"]
    assert passes_in(record_backward(z)).notes[1] == [".grad −10: −1 arrived", "and a hook changed it"]


def test_a_gradient_of_another_pass_says_so_before_there_is_one_here() -> None:
    a, y = tripled()
    y.backward()
    z = a * a - 1.0
    assert lines_of(box_of(z, "a"))[-1] == "grad 3: of another pass"
    model = MLP(2, [2, 1], rng=random.Random(1))
    model([1.0, 2.0]).backward()
    again = model([3.0, 1.0])
    assert lines_of(box_of(again, "layer1", fold="layer"))[-1].endswith("4 not computed, 6 of another pass")
    again.backward()
    assert OTHER not in notes_of(graph_of(again)).values()


def test_a_folded_group_counts_them() -> None:
    model = MLP(2, [2, 1], activation="tanh", rng=random.Random(1))
    y = model([1.0, 2.0])
    y.backward()
    y.backward()
    assert lines_of(box_of(y, "layer1", fold="layer"))[-1] == "grad: 6 with more than this pass"
    model.layers[0].neurons[0].w[0].zero_grad()
    assert lines_of(box_of(y, "layer1", fold="layer"))[-1] == "grad: 1 zeroed since, 5 with more than this pass"


@settings(derandomize=True, max_examples=60)
@given(st.integers(0, 10**6), st.integers(1, 40))
def test_after_one_pass_all_agree_and_after_another_the_leaves_do_not(seed: int, operations: int) -> None:
    root, values = random_graph(seed, operations)
    root.backward()
    assert notes_of(graph_of(root)) == {}
    root.backward()
    graph = graph_of(root)
    reached = {i for i in range(len(graph)) if graph.is_leaf(i) and i != graph.root and graph.grad[i]}
    assert {i for i, note in notes_of(graph).items() if note.endswith("from before")} == reached
    for v in values:
        if not v.operands:
            v.zero_grad()
    graph = graph_of(root)
    leaves = {i for i in range(len(graph)) if graph.is_leaf(i) and i != graph.root}
    assert notes_of(graph) == dict.fromkeys(leaves, "zeroed since")


def test_hovering_says_how_a_value_was_computed() -> None:
    a = Value(2.0, label="a")
    made = [a - 1.0, 2.0 * a, a**2, a.tanh(), a / (a * 3.0)]
    tips = []
    for y in made:
        shown = draw(y, fold="none", names={}).view
        assert shown is not None
        tips.append(tip_of(shown.boxes[-1]))
    assert tips == ["v1 = a − 1", "v1 = 2 × a", "v1 = a ** 2", "v1 = tanh(a)", "v2 = a / v1"]

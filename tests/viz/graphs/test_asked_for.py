"""Nothing that was asked for vanishes in a fold: named leaves, the ends of `path`, the `focus`."""

import functools
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import scoped_graph

from autograd import Value, exp, log, record_backward, sin, sqrt, tanh
from nn import MLP, cross_entropy
from viz import draw
from viz.graphs.fold import LEADING, MOST
from viz.graphs.graph import indexed
from viz.graphs.view import View


def recurrence(steps: int) -> Value:
    w, h = Value(0.9, label="w"), Value(0.1, label="x")
    for _ in range(steps):
        h = tanh(w * h)
    h.backward()
    return h


def without_loops(nodes: int, start: Value) -> Value:
    """A chain in which nothing stands three times in a row: the sequence of Thue and Morse has no cubes."""
    y = start
    for i in range(nodes - 1):
        y = y.tanh() if i.bit_count() % 2 else y.sin()
    return y


def black_scholes() -> Value:
    given_numbers = {"S": 100.0, "K": 105.0, "r": 0.03, "sigma": 0.2, "T": 0.5}
    S, K, r, sigma, T = (Value(number, label=label) for label, number in given_numbers.items())
    d1 = (log(S / K) + (r + sigma**2 / 2) * T) / (sigma * sqrt(T))
    d2 = d1 - sigma * sqrt(T)

    def normal(z: Value) -> Value:
        return 0.5 * (1.0 + tanh(0.7978845608 * (z + 0.044715 * z**3)))

    return S * normal(d1) - K * exp(-r * T) * normal(d2)


def picture(root: Any, **options: Any) -> View:
    shown = draw(root, **options).view
    assert shown is not None
    return shown


def names(root: Any, **options: Any) -> set[str]:
    return {box.name for box in picture(root, **options).boxes if box.kind in ("parameter", "input")}


@pytest.mark.parametrize("boxes", [1, 10, 60, 200])
@pytest.mark.parametrize("steps", [5, 12, 300])
def test_named_leaves_are_in_no_stretch(steps: int, boxes: int) -> None:
    h = recurrence(steps)
    assert names(h, boxes=boxes) == names(record_backward(h), boxes=boxes) == {"w", "x"}


@pytest.mark.parametrize("boxes", [1, 20, 60])
def test_a_formula_shows_what_it_is_a_formula_of(boxes: int) -> None:
    assert names(black_scholes(), boxes=boxes) == {"S", "K", "r", "sigma", "T"}


def test_what_a_variable_holds_is_in_no_fold() -> None:
    """A weight of all steps is not one of their inputs, and leaves with names of variables are as good as those with labels."""
    w, u, h = Value(0.9), Value(0.3), Value(0.0, label="h_0")
    xs = [Value(t / 20) for t in range(20)]
    for x in xs:
        h = tanh(w * h + u * x)
    held = {"w": w, "u": u, "xs": xs}
    assert names(h, names=held) == {"w", "u", "h_0"}
    assert [box.name for box in picture(h, names=held).boxes if box.kind == "siblings"] == ["xs[0] … xs[19]"]
    a, b = Value(0.5), Value(0.7)
    y = without_loops(40, a)
    assert names(without_loops(40, y * b), boxes=10, names={"a": a, "b": b}) == {"a", "b"}


def test_a_few_stretches_are_not_hidden_for_a_few_boxes() -> None:
    y = without_loops(75, Value(0.5, label="x"))
    assert picture(y).folded == ""
    assert "stretches" in picture(without_loops(100, Value(0.5, label="x"))).folded


def test_stretches_open_while_there_is_room() -> None:
    y = without_loops(90, Value(0.5, label="x"))
    sizes = [len(picture(y, boxes=boxes).boxes) for boxes in (10, 30, 60, 200)]
    assert sizes == sorted(sizes)
    assert sizes[1] <= 30 < sizes[2] <= 60 < sizes[3] == 90
    assert picture(black_scholes()).folded == ""


def test_more_named_leaves_than_can_be_shown_are_named_by_their_group() -> None:
    total = Value(0.0)
    for i in range(100):
        total = total * Value(0.1, label=f"p_{i}")
        total = tanh(total) if i.bit_count() % 2 else sin(total)
    (rest,) = [box for box in picture(total).boxes if box.kind == "rest"]
    assert rest.things == 100 - MOST // 2
    assert rest.name.startswith("p_")
    assert rest.name.endswith("p_99")


@pytest.mark.parametrize("end", ["w", "x"])
@pytest.mark.parametrize("boxes", [1, 60])
def test_the_ends_of_a_path_are_boxes(end: str, boxes: int) -> None:
    h = recurrence(50)
    shown = [box for box in picture(h, path=(end, h), boxes=boxes).boxes if box.kind != "constant"]
    assert (shown[0].name, shown[0].nodes) == (end, 1)
    assert shown[-1].kind == "output"


@functools.cache
def digits() -> Value:
    rng = random.Random(0)
    model = MLP(64, [32, 10], activation="tanh", rng=rng)
    cost = cross_entropy(model([Value(rng.random(), label=f"x_{j}") for j in range(1, 65)]), 3)
    cost.label = "C"
    return cost


@pytest.mark.parametrize("asked", ["x_40", "w^1_20,33", "z^1_7", "z^2_9"])
@pytest.mark.parametrize("fold", [None, "layer"])
def test_the_focus_is_a_box_of_its_own_among_many_alike(asked: str, fold: str | None) -> None:
    """One of many siblings: it stands apart, and the others stay together."""
    cost = digits()
    for options in ({"focus": asked, "radius": 30}, {"path": (asked, "C")}):
        shown = picture(cost, fold=fold, **options)
        assert [box.nodes for box in shown.boxes if box.name == asked] == [1]
        assert len(shown.boxes) <= 60 + LEADING


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6), st.integers(5, 60), st.integers(1, 60))
def test_any_node_that_is_asked_for_is_seen(seed: int, operations: int, boxes: int) -> None:
    root = scoped_graph(seed, operations)
    count = len(indexed(root).graph)
    asked = random.Random(seed).randrange(count)
    shown = picture(root, focus=asked, radius=3, boxes=boxes)
    assert f"n{asked}" in {box.id for box in shown.boxes}
    shown = picture(root, focus=asked, radius=count, boxes=boxes, terms=True)
    label = indexed(root).graph.labelled(asked)
    assert not label or label in {box.name for box in shown.boxes if box.nodes == 1}

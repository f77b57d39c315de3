"""Folding: whatever is open and whatever is closed, the picture has all of the graph, no cycle, and is small enough.

The claims are properties of every cut through the tree, tried on random graphs with random scopes - also scopes that are
entered again and again, as recurrent cells do - and on networks, whose folds are known.
"""

import itertools
import math
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from random_graphs import OPERATIONS, looping_graph, scoped_graph

from autograd import Value, dot, exp, relu, scope, sqrt
from nn import MLP, cross_entropy, mean_squared_error
from viz.graphs.choice import ARROWS, BOXES, _boxes_in, choose, everything, named
from viz.graphs.fold import LEADING, MOST, tree_of
from viz.graphs.graph import Graph, graph_of
from viz.graphs.level import ALIKE
from viz.graphs.ranges import range_of
from viz.graphs.tree import Tree, stem
from viz.graphs.view import CONSTANTS, View, view


def cuts(tree: Tree, seed: int) -> list[set[int]]:
    """Some sets of open groups: none, all, what is chosen, and random ones."""
    rng = random.Random(seed)
    found = [{0}, everything(tree), choose(tree), choose(tree, boxes=8)]
    for _ in range(4):
        opened = {0}
        for group in tree.groups[1:]:
            if group.parent in opened and rng.random() < 0.6:
                opened.add(group.id)
        found.append(opened)
    return found


def check_view(shown: View, graph: Graph, tree: Tree) -> None:
    """What holds of every picture: all nodes are in it once, arrows join boxes that exist and form no cycle."""
    ids = [box.id for box in shown.boxes]
    assert len(set(ids)) == len(ids)
    assert sum(box.nodes for box in shown.boxes if box.kind != "constant") == shown.nodes == tree.groups[0].size
    assert {a.tail for a in shown.arrows} | {a.head for a in shown.arrows} <= set(ids)
    users: dict[str, list[str]] = {name: [] for name in ids}
    waiting = dict.fromkeys(ids, 0)
    for arrow in shown.arrows:
        assert arrow.tail != arrow.head
        users[arrow.tail].append(arrow.head)
        waiting[arrow.head] += 1
    ready = [name for name in ids if not waiting[name]]
    for name in ready:
        for user in users[name]:
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    assert len(ready) == len(ids), "a cycle"
    order = {name: n for n, name in enumerate(ids)}
    assert all(order[a.tail] < order[a.head] for a in shown.arrows), "boxes come in the order of the computation"
    for n, frame in enumerate(shown.frames):
        assert frame.frame < n
    # Between open nodes nothing is lost: every operand is an arrow, or inside a folded box.
    inside: dict[int, str] = {}
    for box in shown.boxes:
        if box.id[0] in "ng":
            number = int(box.id[1:])
            for node in [number] if box.id[0] == "n" else tree.nodes(-1 - number):
                inside[node] = box.id
    expected: dict[tuple[str, str], int] = {}
    for i, head in inside.items():
        for p in graph.parents(i):
            if inside.get(p, head) != head:
                expected[inside[p], head] = expected.get((inside[p], head), 0) + 1
    found: dict[tuple[str, str], int] = {}
    for arrow in shown.arrows:
        if arrow.tail[0] != "c":
            found[arrow.tail, arrow.head] = found.get((arrow.tail, arrow.head), 0) + arrow.operands
    assert found == expected


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6), st.integers(1, 60))
def test_every_cut_of_every_graph_is_a_picture_of_it(seed: int, operations: int) -> None:
    root = scoped_graph(seed, operations)
    root.backward()
    graph = graph_of(root)
    tree = tree_of(graph)
    assert sorted(tree.nodes(-1)) == list(range(len(graph)))
    for opened in cuts(tree, seed):
        check_view(view(tree, opened), graph, tree)


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6))
def test_every_cut_of_a_graph_with_loops_is_a_picture_of_it(seed: int) -> None:
    graph = graph_of(looping_graph(seed))
    tree = tree_of(graph)
    assert sorted(tree.nodes(-1)) == list(range(len(graph)))
    for opened in cuts(tree, seed):
        check_view(view(tree, opened), graph, tree)


@settings(derandomize=True, max_examples=30)
@given(st.integers(0, 10**6), st.integers(5, 40))
def test_a_part_of_a_graph_is_folded_like_a_whole_one(seed: int, operations: int) -> None:
    graph = graph_of(scoped_graph(seed, operations))
    rng = random.Random(seed)
    keep = bytearray(rng.random() < 0.7 for _ in range(len(graph)))
    keep[-1] = 1
    tree = tree_of(graph, keep)
    assert sorted(tree.nodes(-1)) == [i for i, kept in enumerate(keep) if kept]
    for opened in cuts(tree, seed):
        shown = view(tree, opened)
        check_view(shown, graph, tree)
        if opened == everything(tree):
            cut = {f"n{i}": sum(not keep[p] for p in graph.parents(i)) for i in range(len(graph)) if keep[i]}
            assert {box.id: box.cut for box in shown.boxes if box.kind != "constant"} == cut


def test_the_check_sees_a_cycle() -> None:
    graph = graph_of(scoped_graph(1, 20))
    tree = tree_of(graph)
    shown = view(tree, everything(tree))
    first = shown.arrows[0]
    broken = shown._replace(arrows=[*shown.arrows, first._replace(tail=first.head, head=first.tail)])
    with pytest.raises(AssertionError, match="cycle"):
        check_view(broken, graph, tree)


def network(samples: int) -> tuple[Graph, Tree]:
    rng = random.Random(0)
    model = MLP(10, [8, 4], activation="tanh", rng=rng)
    xs = [[Value(rng.random(), label=f"x_{j}") for j in range(1, 11)] for _ in range(samples)]
    cost = cross_entropy([model(x) for x in xs], [0] * samples) if samples > 1 else cross_entropy(model(xs[0]), 0)
    cost.backward()
    graph = graph_of(cost)
    return graph, tree_of(graph)


def test_parameters_belong_to_the_neuron_that_uses_them() -> None:
    graph, tree = network(1)
    (neuron,) = tree.scopes()["layer1/neuron3"]
    labels = {graph.label[i] for i in tree.nodes(-1 - neuron)}
    assert labels == {*(f"w^1_3{j}" if j < 10 else f"w^1_3,{j}" for j in range(1, 11)), "b^1_3", "z^1_3", "a^1_3"}


def test_inputs_belong_to_no_layer() -> None:
    graph, tree = network(1)
    layers = {i for g in tree.scopes()["layer1"] for i in tree.nodes(-1 - g)}
    assert not layers & {i for i in range(len(graph)) if graph.kind(i) == "input"}


def test_alike_neurons_are_one_box_and_the_one_that_is_used_otherwise_stands_apart() -> None:
    _, tree = network(1)
    shown = view(tree, named_open(tree, "layer1", "layer2"))
    assert [(box.kind, box.name, box.things) for box in shown.boxes if box.kind in ("siblings", "scope")] == [
        ("siblings", "x_1 … x_10", 10),
        ("siblings", "neuron1 … neuron8", 8),
        ("scope", "neuron1", 1),  # the label's: it goes into the cost a second time
        ("siblings", "neuron2 … neuron4", 3),
    ]


def named_open(tree: Tree, *names: str) -> set[int]:
    return {0} | named(tree, names, "test")


def test_the_samples_of_a_batch_are_one_box() -> None:
    graph, tree = network(20)
    (neuron,) = tree.scopes()["layer1/neuron3"]
    opened = {0, neuron, *tree.ancestors(neuron)}
    shown = view(tree, opened)
    zs = [box for box in shown.boxes if box.name == "z^1_3"]
    assert [(box.kind, box.things, box.ops) for box in zs] == [("siblings", 20, "dot")]
    numbers = [graph.data[i] for i in range(len(graph)) if graph.label[i] == "z^1_3"]
    assert (zs[0].data.low, zs[0].data.high) == (min(numbers), max(numbers))


def test_of_many_weights_the_leading_ones_are_shown_first() -> None:
    weights = [Value(float(i), label=f"w_{i}") for i in range(1, 21)]
    z = dot(weights, [float((i * 7) % 20) for i in range(1, 21)])
    tree = tree_of(graph_of(z))
    shown = view(tree, choose(tree))
    products = sorted((i * ((i * 7) % 20) for i in range(1, 21)), reverse=True)[:LEADING]
    named_first = [int(box.name[2:]) for box in shown.boxes if box.kind == "parameter"]
    assert sorted((i * ((i * 7) % 20) for i in named_first), reverse=True) == products
    assert [box.things for box in shown.boxes if box.kind == "rest"] == [20 - LEADING]


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_what_is_not_finite_is_never_among_the_rest(bad: float) -> None:
    weights = [Value(float(i), label=f"w_{i}") for i in range(1, 40)]
    weights[29].data = bad
    tree = tree_of(graph_of(dot(weights, [1.0] * 39)))
    assert "w_30" in {box.name for box in view(tree, choose(tree)).boxes}


def test_a_layer_wide_operation_belongs_to_the_layer() -> None:
    model = MLP(3, [4, 3], activation="tanh", output="softmax", rng=random.Random(0))
    cost = mean_squared_error(model([1.0, 2.0, 3.0]), [1.0, 0.0, 0.0])
    tree = tree_of(graph_of(cost))
    assert len(tree.scopes()["layer2"]) == 1
    (layer,) = tree.scopes()["layer2"]
    assert "logsumexp" in {tree.graph.op[i] for i in tree.nodes(-1 - layer)}


def test_a_recurrent_cell_is_divided_where_it_would_make_a_cycle() -> None:
    w, h = Value(0.5, label="w"), Value(0.1, label="h_0")
    outs = []
    for _ in range(4):
        with scope("cell"):
            h = (h * w).tanh()
        with scope("read"):
            outs.append(h * 2.0)
            h = h + outs[-1]
    tree = tree_of(graph_of(outs[-1] + h))
    assert len(tree.scopes()["cell"]) == 4
    check_view(view(tree, {0}), tree.graph, tree)


def test_a_graph_without_scopes_is_divided_into_parts() -> None:
    rng = random.Random(0)
    values: list[Any] = [Value(rng.random()) for _ in range(30)]
    for _ in range(5000):
        operation = rng.choice(OPERATIONS[:2])
        values.append(operation(rng.choice(values[-20:]), rng.choice(values[-60:])))
    tree = tree_of(graph_of(values[-1]))
    shown = view(tree, choose(tree))
    assert MOST < len(shown.boxes) <= BOXES, "stretches open while there is room"
    assert "part" in {box.kind for box in shown.boxes}
    assert shown.boxes[-1].kind == "output", "the end of the computation is what one looks at first"
    assert max(len(group.items) for group in tree.groups if group.kind in ("graph", "part")) <= MOST


@pytest.mark.parametrize("nodes", [MOST - 1, MOST, MOST + 1, MOST + 2])
def test_as_many_items_as_can_be_shown_are_not_divided(nodes: int) -> None:
    """A chain has no siblings: its nodes are items of one group, up to MOST of them."""
    y = Value(0.5, label="x")
    for i in range(nodes - 1):  # no three in a row are alike
        y = y.tanh() if i.bit_count() % 2 else y.sin()
    tree = tree_of(graph_of(y))
    whole = tree.groups[0].items
    if nodes <= MOST:
        assert list(whole) == list(range(nodes))
    else:
        assert [item for item in whole if item >= 0] == [0, *range(nodes - MOST // 2, nodes)], "the end is shown, and x"
        assert {tree.groups[-1 - item].kind for item in whole if item < 0} == {"part"}


@pytest.mark.parametrize("samples", [1, 20])
@pytest.mark.parametrize("boxes", [5, 20, 60, 200])
def test_what_is_chosen_is_readable(samples: int, boxes: int) -> None:
    _, tree = network(samples)
    shown = view(tree, choose(tree, boxes=boxes))
    assert len(shown.boxes) <= max(boxes, len(view(tree, {0}).boxes))
    assert len(shown.arrows) <= ARROWS
    if boxes >= BOXES:
        assert len(shown.boxes) > 10, "room that is there is used"


@pytest.mark.parametrize("samples", [1, 3])
def test_as_many_arrows_as_are_allowed_are_drawn(samples: int) -> None:
    """What has been chosen under a limit is chosen again, and perhaps more, when the limit is just what it has."""
    _, tree = network(samples)
    sizes = set()
    for limit in range(4, 150, 6):
        chosen = choose(tree, arrows=limit, boxes=500)
        drawn = len({(arrow.tail, arrow.head) for arrow in view(tree, chosen).arrows if not arrow.tail.startswith("c")})
        assert choose(tree, arrows=drawn, boxes=500) >= chosen
        sizes.add(len(chosen))
    assert len(sizes) > 4


@pytest.mark.parametrize("constants", [1, CONSTANTS - 1, CONSTANTS, CONSTANTS + 1, 30])
def test_the_boxes_of_constants_are_counted_as_they_are_drawn(constants: int) -> None:
    y = dot([Value(1.0, label="x")] * constants, [2.0 + k for k in range(constants)])
    tree = tree_of(graph_of(y))
    drawn = view(tree, {0}).boxes
    assert sum(box.kind == "constant" for box in drawn) == (constants if constants <= CONSTANTS else 1)
    assert _boxes_in(tree, 0) == len(drawn)


def test_a_nan_among_what_an_arrow_stands_for_is_seen_whatever_comes_after_it() -> None:
    with scope("inside"):
        x = Value(2.0, label="x")
        terms = [x * k for k in (1.0, 2.0, 3.0)]
    for bad in range(3):
        root = dot(terms, [math.nan if k == bad else 1.0 for k in range(3)])
        root.backward()
        tree = tree_of(graph_of(root))
        (arrow,) = (a for a in view(tree, {0}).arrows if a.tail.startswith("g"))
        assert arrow.operands == 3
        assert math.isnan(arrow.largest)


def test_names_of_scopes() -> None:
    _, tree = network(1)
    assert {tree.groups[g].name for g in named(tree, ["layer"], "f")} == {"layer1", "layer2"}
    assert len(named(tree, ["neuron"], "f")) == 12
    assert {tree.groups[g].name for g in named(tree, ["neuron3"], "f")} == {"layer1/neuron3", "layer2/neuron3"}
    assert {tree.groups[g].name for g in named(tree, ["layer1/neuron3"], "f")} == {"layer1/neuron3"}


def test_stems() -> None:
    assert [stem(name) for name in ("", "neuron", "a1b22", "x_1,2", "٣")] == ["", "neuron", "a#b#", "x_#", "#"]
    assert ALIKE == 3


def test_ranges_count_what_is_remarkable() -> None:
    nan, inf = float("nan"), float("inf")
    r = range_of([0.0, -0.0, 1e-9, -5.0, nan, inf], unknown=2)
    assert (r.low, r.high, r.known, r.zeros, r.nans, r.infinities, r.unknown) == (-5.0, inf, 6, 2, 1, 1, 2)
    assert (r.tiny, r.huge) == (1e-9, 5.0)
    assert range_of([nan]).low != range_of([nan]).low
    assert range_of([]).known == 0


def test_the_same_computation_folds_in_the_same_way() -> None:
    first, second = (network(5)[1] for _ in range(2))
    assert view(first, choose(first)) == view(second, choose(second))
    assert [(g.kind, g.name, g.items) for g in first.groups] == [(g.kind, g.name, g.items) for g in second.groups]


@pytest.mark.parametrize("depth", [15_000])
def test_nothing_recurses(depth: int) -> None:
    v = Value(1.0)
    for _ in range(depth):
        v = v * 1.0
    for n in range(300):  # scopes inside scopes
        v = v + 1.0
        v.scope = "/".join(f"s{k}" for k in range(n))
    tree = tree_of(graph_of(v))
    assert len(view(tree, choose(tree)).boxes) <= BOXES
    assert len(view(tree, everything(tree)).boxes) > depth


def binomial_tree(steps: int) -> Value:
    """The value of a European option: in each row a value is made of two of the row before."""
    spot, strike, rate, sigma = (Value(v, label=name) for name, v in (("S", 100.0), ("K", 100.0), ("r", 0.05), ("sigma", 0.2)))
    up = exp(sigma * (1.0 / steps) ** 0.5)
    down = 1.0 / up
    p, discount = (exp(rate / steps) - down) / (up - down), exp(-rate / steps)
    values: list[Value] = [relu(spot * up**j * down ** (steps - j) - strike) for j in range(steps + 1)]
    while len(values) > 1:
        values = [discount * (p * b + (1.0 - p) * a) for a, b in itertools.pairwise(values)]
    return values[0]


@pytest.mark.parametrize("steps", [4, 6, 8])
def test_the_rows_of_a_lattice_are_boxes(steps: int) -> None:
    tree = tree_of(graph_of(binomial_tree(steps)))
    shown = view(tree, choose(tree))
    rows = [box.things for box in shown.boxes if box.kind == "siblings" and box.ops == "+"]
    assert rows == list(range(steps, 2, -1))
    assert not [box for box in shown.boxes if box.kind in ("part", "step")]
    assert len(view(tree, choose(tree, boxes=500)).boxes) > 2 * len(shown.boxes)  # rows open where there is room


def test_the_rows_of_a_lattice_are_boxes_where_only_they_fit_on_a_screen() -> None:
    """The same tree of four steps with its maturity as a leaf, divided by the growth of a step: 67 boxes, and 42 with rows."""
    spot, strike, rate, sigma, maturity = (
        Value(v, label=n) for n, v in (("S", 100), ("K", 95), ("r", 0.03), ("s", 0.2), ("T", 1))
    )
    step = maturity / 4
    up, growth = exp(sigma * sqrt(step)), exp(rate * step)
    down = 1 / up
    p = (growth - down) / (up - down)
    q = 1 - p
    values: list[Value] = [relu(spot * up**j * down ** (4 - j) - strike) for j in range(5)]
    for n in range(4, 0, -1):
        values = [(p * values[j + 1] + q * values[j]) / growth for j in range(n)]
    tree = tree_of(graph_of(values[0]))
    shown = view(tree, choose(tree))
    assert [box.things for box in shown.boxes if box.kind == "siblings" and box.ops == "+"] == [4, 3]
    assert not [box for box in shown.boxes if box.kind in ("part", "step")]


def test_a_leaf_of_many_does_not_stand_alone() -> None:
    """The largest of many weights is a fact about one sample."""
    model = MLP(2, [16, 1], activation="tanh", rng=random.Random(1))
    one, several = model([0.5, -1.0]), sum((model([0.1 * i, 1.0]) for i in range(5)), Value(0.0))
    for root, expected in ((one, True), (several, False)):
        tree = tree_of(graph_of(root))
        assert any(group.kind == "rest" for group in tree.groups) == expected

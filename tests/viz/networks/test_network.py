"""The figures of networks: that they show the numbers of the passes, and that what they write out is true.

What is read off a network is held to the matrix equations of nn/backprop.py, which know nothing of nodes; every equation
that a figure writes in numbers is computed again from its text; and what stands where is read back out of the SVG of both
layout programs.
"""

import math
import os
import pathlib
import random
import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from layout_programs import installed
from places import GOLDEN

from autograd import ArgumentError, AutogradError, OperandError, Value, no_grad, sigmoid, tanh
from nn import MLP, SGD, backprop, mean_squared_error
from viz import Picture, network, rendering, style
from viz.networks.equations import backward_neuron, forward_neuron
from viz.networks.figure import Figure, backward_figure, forward_figure
from viz.networks.geometry import Fold, Rectangle, along, heights, rows
from viz.networks.neurons import Network, collected, disagrees, read, rest, shares

SVG = "{http://www.w3.org/2000/svg}"
PROPERTY = settings(derandomize=True, max_examples=60)


class Stroke(NamedTuple):
    """How a line is drawn."""

    colour: str
    width: float


class Drawn(NamedTuple):
    """What an SVG shows: the lines of text, the centre and the fill of every box, and the strokes between them, by ids."""

    texts: dict[str, list[str]]
    centres: dict[str, tuple[float, float]]
    fills: dict[str, str]
    strokes: dict[tuple[str, str], Stroke]

    def neurons(self) -> dict[str, list[str]]:
        """The boxes that stand for neurons and for the cost."""
        return {name: lines for name, lines in self.texts.items() if re.fullmatch(r"l\d+_\d+(_more)?|C", name)}

    def lines(self) -> dict[tuple[str, str], Stroke]:
        """The strokes between neurons: the arrows of the biases left out."""
        return {ends: stroke for ends, stroke in self.strokes.items() if not ends[0].startswith("b")}


def drawn(picture: Picture, engine: str) -> Drawn:
    found = Drawn({}, {}, {}, {})
    for group in ET.fromstring(rendering.render(picture.source, "svg", engine=engine)).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title") or ""
        if group.get("class") == "node":
            texts = list(group.iter(f"{SVG}text"))
            found.texts[title] = [" ".join("".join(text.itertext()).split()) for text in texts]
            found.centres[title] = (float(texts[0].get("x", "")), sum(float(t.get("y", "")) for t in texts) / len(texts))
            shape = next((e for kind in ("ellipse", "path", "polygon") for e in group.iter(f"{SVG}{kind}")), None)
            found.fills[title] = "" if shape is None else shape.get("fill", "")
        elif group.get("class") == "edge":
            path = next(group.iter(f"{SVG}path"))
            tail, _, head = re.sub(":[ensw]", "", title).partition("->")  # the side of a neuron that a line meets
            found.strokes[tail, head] = Stroke(path.get("stroke", ""), float(path.get("stroke-width", "1")))
    return found


def trained(sizes: list[int], activation: Any = "tanh", output: Any = "sigmoid", seed: int = 0, init: str = "uniform") -> MLP:
    """A network after the forward and backward pass of one sample."""
    rng = random.Random(seed)
    model = MLP(sizes[0], sizes[1:], activation=activation, output=output, rng=rng, init=init)
    for layer in model.layers:
        for b in layer.b:
            b.data = rng.uniform(-0.5, 0.5)
    y = model([rng.uniform(-1, 1) for _ in range(sizes[0])])
    mean_squared_error(y if isinstance(y, list) else [y], [0.5] * sizes[-1]).backward()
    return model


def all_of(figure: Figure) -> str:
    """All that a figure says."""
    texts = [line for c in figure.columns for line in (c.heading, *c.summary, *c.below, *(t for n in c.nodes for t in n.lines))]
    return "\n".join([*texts, *figure.equation, *figure.remarks])


NETWORKS = st.tuples(
    st.lists(st.integers(1, 9), min_size=2, max_size=4),
    st.sampled_from([name for name in backprop.SIGMA if name != "linear"]),
    st.sampled_from([*backprop.SIGMA, "softmax"]),
    st.integers(0, 10_000),
)


# --- the numbers -------------------------------------------------------------------------------------------------------


@PROPERTY
@given(NETWORKS)
def test_what_is_read_are_the_numbers_of_the_matrix_equations(kind: tuple[list[int], str, str, int]) -> None:
    sizes, activation, output, seed = kind
    model = trained(sizes, activation, output, seed)
    net = read(model)
    weights, biases, names = backprop.parameters_of(model)
    x = np.array(net.x)
    zs, activities = backprop.forward_pass(weights, biases, x, names)
    _, _, deltas = backprop.gradients(weights, biases, x, names, lambda a: 2.0 * (a - 0.5) / a.size)
    for layer, z, a, delta, name in zip(net.layers, zs, activities[1:], deltas, names, strict=True):
        assert layer.z == pytest.approx(z, rel=1e-9, abs=1e-12)
        assert layer.a == pytest.approx(a, rel=1e-9, abs=1e-12)
        assert layer.delta == pytest.approx(delta, rel=1e-7, abs=1e-12)
        if name == "softmax":
            assert layer.coupled and set(layer.slope) == {None}
        else:
            assert layer.slope == pytest.approx(backprop.SIGMA[name][1](z), rel=1e-7, abs=1e-12)


@PROPERTY
@given(NETWORKS)
def test_an_error_is_sigma_prime_times_the_shares_that_the_arrows_carry(kind: tuple[list[int], str, str, int]) -> None:
    sizes, activation, output, seed = kind
    net = read(trained(sizes, activation, output, seed))
    for number, layer in enumerate(net.layers, start=1):
        for j, delta in enumerate(layer.delta):
            slope = layer.slope[j]
            assert rest(net, number, j) == 0.0
            if slope is not None:
                assert delta == pytest.approx(slope * collected(net, number, j), rel=1e-9, abs=1e-15)
            if number < len(net.layers):
                following = net.layers[number]
                assert shares(net, number, j) == [
                    row[j] * (d or 0.0) for row, d in zip(following.W, following.delta, strict=True)
                ]


def test_the_weights_of_the_figure_are_those_that_the_pass_used() -> None:
    model = trained([2, 3, 2])
    before = read(model)
    SGD(model.parameters(), rate=0.5).step()
    after = read(model)
    assert [layer.used for layer in after.layers][1] == before.layers[1].W != after.layers[1].W
    assert [rest(after, 1, j) for j in range(3)] == [0.0] * 3, "delta still is what it was made of"
    assert "they have changed since" in all_of(backward_figure(after, None, None, 16))
    assert "they have changed since" not in all_of(backward_figure(before, None, None, 16))


def test_numbers_of_an_earlier_forward_pass_are_said_to_be_so() -> None:
    model = trained([2, 3, 2])
    fresh = read(model)
    assert not any(disagrees(fresh, number, i) for number in (1, 2) for i in range(2))
    assert "weights or biases have changed" not in all_of(forward_figure(fresh, None, None, 16))
    model.layers[1].W[0][1].data += 0.25
    stale = read(model)
    assert [disagrees(stale, 2, i) for i in range(2)] == [True, False]
    text = all_of(forward_figure(stale, (2, 0), None, 16))
    assert "weights or biases have changed since" in text
    z = model.layers[1].z[0].data
    assert f"z²₁ was {style.number(z)} in that pass" in text
    assert f"= {style.number(z + 0.25 * model.layers[0].a[1].data)}" in text, "the sum is the sum of what is written"


def test_an_error_that_comes_from_elsewhere_too_is_named() -> None:
    model = MLP(2, [3, 2], activation="tanh", rng=random.Random(0))
    cost = mean_squared_error(model([0.5, -1.0]), [0.0, 1.0])
    a = model.layers[0].a[1]
    (cost + 0.7 * a).backward()  # a cost of the activation itself: dC/da gets 0.7 that no weight carries
    net = read(model)
    assert [rest(net, 1, j) for j in range(3)] == pytest.approx([0.0, 0.7 * (1.0 - a.data**2), 0.0], rel=1e-9)
    text = all_of(backward_figure(net, (1, 1), None, 16))
    assert "δ¹ is more than the arrows bring" in text
    assert "+ what it gets elsewhere" in text
    assert "elsewhere" not in all_of(backward_figure(net, (1, 0), None, 16)).split("lines:")[0].split("δ¹ is more")[0]


@pytest.mark.parametrize(
    ("function", "slope"),
    [
        (lambda z: z * sigmoid(z), lambda z: backprop.SIGMA["silu"][1](np.array(z))),
        (lambda z: tanh(z) + 0.1 * z, lambda z: 1.1 - math.tanh(z) ** 2),
        (lambda z: z * 0.0 + Value(3.0), lambda z: 0.0),
        (lambda z: Value(3.0) * 1.0, lambda z: 0.0),
    ],
)
def test_sigma_prime_of_an_activation_of_several_operations(
    function: Callable[[Any], Any], slope: Callable[[float], float]
) -> None:
    model = MLP(1, [1], output=function, rng=random.Random(0))
    model([0.7])
    layer = read(model).layers[0]
    assert layer.z is not None
    assert layer.slope == [pytest.approx(float(slope(layer.z[0])), rel=1e-12)]


def test_sigma_prime_that_is_too_far_away_is_not_known_and_never_zero() -> None:
    def long(z: Any) -> Any:
        for _ in range(100):
            z = z * 1.01
        return z

    model = MLP(1, [2], output=long, rng=random.Random(0))
    mean_squared_error(model([0.7]), [0.0, 1.0]).backward()
    assert read(model).layers[0].slope == [None, None]
    lines = backward_neuron(read(model), 1, 0)
    assert lines == ["δ¹₁ = σ′(z¹₁) ∂C/∂a¹₁", f"δ¹₁ = {style.number(model.layers[0].delta[0])}"]


def test_a_pass_inside_no_grad_has_activations_and_no_inputs() -> None:
    model = MLP(2, [2], rng=random.Random(0))
    with no_grad():
        model([1.0, 2.0])
    net = read(model)
    assert net.x is None
    assert net.layers[0].z is not None
    assert net.layers[0].delta == [None, None]
    assert "ran inside no_grad()" in all_of(forward_figure(net, (1, 0), None, 16))
    with pytest.raises(ArgumentError, match="no backward pass has reached"):
        network(model, backward=True)


# --- the equations -----------------------------------------------------------------------------------------------------


def values(lines: list[str]) -> list[tuple[float, float]]:
    """The sides of an equation that are written in numbers, computed; with how much their rounding may matter."""
    found = []
    for side in " ".join(lines).split(" = ")[1:]:
        text = re.sub(r"\(\d+ more\)", "", side).replace("×", "*").replace("−", "-").replace("- ", "-")
        if re.fullmatch(r"[-+*/(). e\d]+", text):
            size = eval(re.sub(r"(?<!e)-", "+", text), {})
            found.append((eval(text, {}), 1e-3 * abs(size)))
    return found


@PROPERTY
@given(NETWORKS)
@example(([2, 3, 4], "tanh", "softmax", 1))
@example(([2, 12, 11], "sigmoid", "softmax", 2))
def test_every_equation_is_true_as_it_is_written(kind: tuple[list[int], str, str, int]) -> None:
    sizes, activation, output, seed = kind
    net = read(trained(sizes, activation, output, seed))
    for number, layer in enumerate(net.layers, start=1):
        for i in range(net.size(number)):
            forward, backward = forward_neuron(net, number, i), backward_neuron(net, number, i)
            assert layer.z is not None and layer.a is not None
            cut = next(k for k, line in enumerate(forward) if line.startswith("a"))
            for lines, value, least in (
                (forward[:cut], layer.z[i], 2),
                (forward[cut:], layer.a[i], 1),
                (backward, layer.delta[i], 2),
            ):
                sides = values(lines)
                assert len(sides) >= least
                for side, tolerance in sides:
                    assert side == pytest.approx(value, abs=tolerance + 1e-12), lines


def test_an_equation_that_is_false_would_be_noticed() -> None:
    good = ["z = w x", "  = 0.5 × 3 + (−2) × 0.25 = 1"]
    assert [side for side, _ in values(good)] == [1.0, 1.0]
    assert [side for side, _ in values([good[0], good[1].replace("3", "4")])] == [1.5, 1.0]


def test_the_words_of_the_equations() -> None:
    model = MLP(2, [2, 2], activation="tanh", output="linear", init="zeros")
    for p, x in zip(model.parameters(), (0.5, -1.0, 0.1, 1.0, 2.0, -0.5, 3.0, -1.0, 0.25, 0.5, -2.0, 0.0), strict=True):
        p.data = x
    y = model([1.0, -0.5])
    assert forward_neuron(read(model), 1, 0) == [
        "z¹₁ = w¹₁₁ x₁ + w¹₁₂ x₂ + b¹₁",
        "    = 0.5 × 1 − 1 × (−0.5) + 0.1 = 1.1",
        "a¹₁ = tanh(z¹₁) = tanh(1.1) = 0.8005",
    ]
    (y[0] + 2.0 * y[1]).backward()
    assert backward_neuron(read(model), 1, 1) == [
        "δ¹₂ = σ′(z¹₂) (w²₁₂ δ²₁ + w²₂₂ δ²₂)",
        "    = 0.7864 × (−1 × 1 − 2 × 2)",
        "    = 0.7864 × (−5) = −3.932",
    ]
    assert backward_neuron(read(model), 2, 1) == ["δ²₂ = σ′(z²₂) ∂C/∂a²₂", "    = 1 × 2 = 2"]


def test_long_sums_write_their_largest_products_and_add_up_the_others() -> None:
    model = MLP(40, [1], output="linear", rng=random.Random(1))
    model([1.0] * 40)
    net = read(model)
    lines = forward_neuron(net, 1, 0)
    written = set(re.findall("w¹₁,[₀-₉]+|w¹₁[₀-₉]", " ".join(lines)))
    order = sorted(range(40), key=lambda j: -abs(net.layers[0].W[0][j]))
    assert {name.replace(",", "") for name in written} == {style.name(f"w^1_1{j + 1}") for j in order[:6]}
    assert "… 34 more" in lines[0] + lines[1]
    assert max(map(len, lines)) < 130
    (side, _), *_ = values(lines)
    assert side == pytest.approx(net.layers[0].z[0] if net.layers[0].z else math.nan, abs=0.01)


# --- places ------------------------------------------------------------------------------------------------------------


@PROPERTY
@given(st.integers(1, 60), st.integers(2, 20), st.booleans(), st.integers(0, 59), st.integers(0, 10_000))
def test_a_column_shows_what_matters_and_accounts_for_the_rest(
    size: int, widest: int, known: bool, focus: int, seed: int
) -> None:
    rng = random.Random(seed)
    importance = [rng.choice([rng.gauss(0.0, 1.0), None, math.nan]) for _ in range(size)] if known else None
    keep = [focus % size]
    column = rows(size, widest, importance, keep)
    shown = [row for row in column if not isinstance(row, Fold)]
    folded = [i for row in column if isinstance(row, Fold) for i in row.members]
    assert sorted([*shown, *folded]) == list(range(size))
    assert shown == sorted(shown), "from top to bottom"
    assert keep[0] in shown
    assert len(column) <= widest + 2  # a focus in the middle of what is folded makes one fold two
    assert bool(folded) == (size > widest)
    if importance and folded:

        def rank(i: int) -> float:
            x = importance[i]
            return -1.0 if x is None else math.inf if math.isnan(x) else abs(x)

        assert min(rank(i) for i in shown if i not in keep or len(shown) == 1) >= max(map(rank, folded)) or len(shown) == 1


@PROPERTY
@given(*[st.floats(-50.0, 50.0)] * 4, st.floats(1.0, 20.0))
def test_a_line_crosses_a_box_if_one_of_its_points_is_inside(x: float, y: float, y0: float, y1: float, half: float) -> None:
    box, a, b = Rectangle(x, y, half, half), (-60.0, y0), (60.0, y1)
    points = [(-60.0 + 0.1 * k, y0 + (y1 - y0) * k / 1200) for k in range(1201)]
    inside = any(abs(u - x) < half - 0.2 and abs(v - y) < half - 0.2 for u, v in points)
    near = any(abs(u - x) < half + 0.2 and abs(v - y) < half + 0.2 for u, v in points)
    assert inside <= box.is_crossed(a, b) == box.is_crossed(b, a) <= near


@pytest.mark.parametrize(("left", "right"), [(1, 1), (2, 3), (3, 2), (3, 4), (6, 2), (1, 6)])
def test_labels_lie_on_their_lines_and_apart(left: int, right: int) -> None:
    lines = [((0.0, y0), (160.0, y1)) for y0 in heights(left, 90.0) for y1 in heights(right, 90.0)]
    places = along(lines, [(40.0, 11.0)] * len(lines), lines)
    for ((x0, y0), (x1, y1)), (x, y) in zip(lines, places, strict=True):
        assert (y - y0) * (x1 - x0) == pytest.approx((y1 - y0) * (x - x0))
        assert 20.0 < x < 140.0, "clear of the neurons"
    boxes = [Rectangle(x, y, 20.0, 5.5) for x, y in places]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


def test_labels_of_lines_that_meet_in_one_neuron_lie_apart() -> None:
    lines = [((0.0, y), (250.0, 100.0)) for y in heights(16, 18.0)]
    places = along(lines, [(70.0, 11.0)] * 16, [])
    boxes = [Rectangle(x, y, 35.0, 5.5) for x, y in places]
    assert not any(a.overlaps(b) for k, a in enumerate(boxes) for b in boxes[:k])


# --- the figures, as they are drawn ------------------------------------------------------------------------------------


@pytest.mark.parametrize("backward", [False, True])
@pytest.mark.parametrize("sizes", [[2, 3, 2], [2, 16, 16, 1], [64, 32, 10], [1, 1]])
def test_neurons_stand_in_columns_from_top_to_bottom(engine: str, sizes: list[int], backward: bool) -> None:
    found = drawn(network(trained(sizes), backward=backward), engine)
    columns: dict[int, list[tuple[int, float, float]]] = {}
    for name in found.neurons():
        if name != "C" and not name.endswith("_more"):
            number, i = map(int, name[1:].split("_"))
            columns.setdefault(number, []).append((i, *found.centres[name]))
    assert sorted(columns) == list(range(1 if backward else 0, len(sizes)))
    for number, column in columns.items():
        assert len({x for _, x, _ in column}) == 1
        assert [y for _, _, y in sorted(column)] == sorted(y for _, _, y in column), f"layer {number}"
        assert len(column) == min(sizes[number], 16 if sizes[number] <= 16 else 15)
    across = [column[0][1] for _, column in sorted(columns.items())]
    assert across == sorted(across)
    if backward:
        assert found.centres["C"][0] > across[-1]


def test_both_programs_draw_the_same_figure() -> None:
    if not all(map(installed, rendering.ENGINES)):
        pytest.skip("one of them is not installed")
    picture = network(trained([2, 3, 2]), backward=True, neuron=(1, 2))
    one, other = (drawn(picture, engine) for engine in rendering.ENGINES)
    assert (one.texts, one.fills, one.strokes) == (other.texts, other.fills, other.strokes)
    for name in one.neurons():
        (x, y), (u, v) = one.centres[name], other.centres[name]
        (x0, y0), (u0, v0) = one.centres["C"], other.centres["C"]
        assert (x - x0, y - y0) == pytest.approx((u - u0, v - v0), abs=1.0)


def test_forward_every_number_is_there(engine: str) -> None:
    model = trained([2, 3, 2])
    net = read(model)
    found = drawn(network(model), engine)
    assert net.x is not None
    expected = {f"l0_{j + 1}": [style.name(f"x_{j + 1}"), style.number(x, 3)] for j, x in enumerate(net.x)}
    for number, layer in enumerate(net.layers, start=1):
        assert layer.z and layer.a
        for i, (z, a, b) in enumerate(zip(layer.z, layer.a, layer.b, strict=True), start=1):
            expected[f"l{number}_{i}"] = [style.name(f"a^{number}_{i}"), f"z {style.number(z, 3)}", f"a {style.number(a, 3)}"]
            assert found.texts[f"b{number}_{i}"] == [f"{style.name(f'b^{number}_{i}')} {style.number(b, 3)}"]
            for j, w in enumerate(layer.W[i - 1], start=1):
                assert found.texts[f"l{number - 1}_{j}-l{number}_{i}"] == [style.number(w, 3)]
    assert found.neurons() == expected
    assert found.texts["heading0"] == ["x: 2 inputs"]
    assert found.texts["heading2"] == ["layer 2: sigmoid"]
    assert found.texts["equation2"] == ["z² = W²a¹ + b²", "a² = sigmoid(z²)"]


def test_before_a_forward_pass_there_are_names_and_weights_only(engine: str) -> None:
    found = drawn(network(MLP(2, [2, 1], rng=random.Random(0))), engine)
    assert list(found.neurons().values()) == [["x₁"], ["x₂"], ["a¹₁"], ["a¹₂"], ["a²₁"]]
    assert "no forward pass yet" in found.texts["remarks"][0]
    assert {found.fills[name] for name in found.neurons()} == {style.PAPER}


def test_backward_arrows_run_to_the_left_and_carry_w_times_delta(engine: str) -> None:
    model = trained([2, 3, 2])
    net = read(model)
    found = drawn(network(model, backward=True), engine)
    last = net.layers[-1]
    share = {f"l2_{i + 1}": {f"l1_{j + 1}": p for j in range(3) if (p := shares(net, 1, j)[i])} for i in range(2)}
    share["C"] = {f"l2_{i + 1}": c for i, c in enumerate(last.carried) if c is not None}
    assert set(found.lines()) == {(tail, head) for tail, heads in share.items() for head in heads}
    for gap in (("l2_1", "l2_2"), ("C",)):
        largest = max(abs(p) for tail in gap for p in share[tail].values())
        for tail in gap:
            for head, p in share[tail].items():
                stroke = found.strokes[tail, head]
                assert stroke.colour == (style.POSITIVE if p > 0 else style.NEGATIVE)
                assert stroke.width == pytest.approx(0.4 + 2.8 * abs(p) / largest, abs=0.01)
                assert found.texts[f"{tail}-{head}"] == [style.number(p, 3)]
                (x0, y0), (x1, y1) = found.centres[tail], found.centres[head]
                x, y = found.centres[f"{tail}-{head}"]
                x0, x1 = x0 - 33.0, x1 + 33.0  # the sides of the circles that face each other
                assert x1 + 10.0 < x < x0 - 10.0
                assert y == pytest.approx(y0 + (y1 - y0) * (x - x0) / (x1 - x0), abs=2.0)
    for number, layer in enumerate(net.layers, start=1):
        for j, (delta, slope) in enumerate(zip(layer.delta, layer.slope, strict=True), start=1):
            assert delta is not None and slope is not None
            lines = [style.name(f"delta^{number}_{j}"), style.number(delta, 3), f"σ′ {style.number(slope, 3)}"]
            assert found.texts[f"l{number}_{j}"] == lines
            biggest = max(abs(d or 0.0) for each in net.layers for d in each.delta)
            assert found.fills[f"l{number}_{j}"] == style.gradient_fill(delta, biggest)
    assert found.texts["equation0"] == ["δ¹ = σ′(z¹) ⊙ (W²)ᵀδ²"]


@pytest.mark.parametrize(("backward", "terms"), [(False, {("l1_1", "l2_2"), ("l1_2", "l2_2")}), (True, {("C", "l2_2")})])
def test_a_focus_lights_what_its_equation_names_and_nothing_else(
    engine: str, backward: bool, terms: set[tuple[str, str]]
) -> None:
    found = drawn(network(trained([2, 2, 2]), backward=backward, neuron=(2, 2)), engine)
    assert {ends for ends, s in found.lines().items() if s.colour in (style.POSITIVE, style.NEGATIVE)} == terms
    lit = {name for ends in terms for name in ends}
    assert {name for name in found.neurons() if found.fills[name] != style.PAPER} == lit - {"C"}
    names = {name for name in found.texts if "-" in name}
    assert names == {f"{tail}-{head}" for tail, head in terms}
    assert found.texts["focus"][0].startswith("δ²₂ = " if backward else "z²₂ = ")


def test_the_focus_of_a_wide_network_shows_the_terms_of_its_equation(engine: str) -> None:
    model = trained([30, 20, 25])
    net = read(model)
    found = drawn(network(model, backward=True, neuron=(1, 7), widest=9), engine)
    parts = [part or 0.0 for part in shares(net, 1, 6)]
    order = sorted(range(25), key=lambda i: -abs(parts[i]))
    shown = {f"l2_{i + 1}" for i in order[:8]}
    assert {name for name in found.neurons() if name.startswith("l2") and "more" not in name} == shown
    (fold,) = (name for name in found.neurons() if name.startswith("l2") and name.endswith("more"))
    assert found.texts[fold] == ["… 17 more"]
    assert {ends for ends in found.lines() if ends[1] == "l1_7"} == {(name, "l1_7") for name in {*shown, fold}}
    assert found.texts[f"{fold}-l1_7"] == [f"17 more: {style.number(math.fsum(parts[i] for i in order[8:]), 3)}"]


def test_width_is_magnitude_and_colour_is_sign(engine: str) -> None:
    model = MLP(4, [1], rng=random.Random(0))
    for w, x in zip(model.layers[0].W[0], (2.0, -2.0, 0.5, 0.0), strict=True):
        w.data = x
    lines = drawn(network(model), engine).lines()
    plus, minus, small, zero = (lines[f"l0_{j}", "l1_1"] for j in (1, 2, 3, 4))
    assert (plus.colour, minus.colour, small.colour, zero.colour) == (
        style.POSITIVE, style.NEGATIVE, style.POSITIVE, style.FAINT,
    )  # fmt: skip
    assert plus.width == minus.width > 2.0 * small.width > 2.0 * zero.width > 0.0


def test_only_the_strongest_weights_of_many_are_drawn(engine: str) -> None:
    model = MLP(4, [3, 2], rng=random.Random(0))
    expected = set()
    for number, layer in enumerate(model, start=1):
        for i, row in enumerate(layer.W, start=1):
            order = sorted(range(len(row)), key=lambda j: -abs(row[j].data))
            expected |= {(f"l{number - 1}_{j + 1}", f"l{number}_{i}") for j in order[:2]}
    found = drawn(network(model, strongest=2), engine)
    assert set(found.lines()) == expected
    assert "the 2 strongest into each neuron" in " ".join(found.texts["remarks"])
    whole = drawn(network(MLP(8, [8], rng=random.Random(0))), engine)
    assert len(whole.lines()) == 64
    assert "strongest" not in " ".join(whole.texts["remarks"])
    mixed = drawn(network(MLP(12, [16, 16, 4], rng=random.Random(0))), engine)  # 16 into 4 is 64 lines: all are drawn
    assert Counter(Counter(head for _, head in mixed.lines()).values()) == {3: 32, 16: 4}
    assert "the 3 strongest into each neuron of layers 1, 2;" in " ".join(mixed.texts["remarks"])
    assert len(drawn(network(MLP(8, [9], rng=random.Random(0))), engine).lines()) == 27


@pytest.mark.parametrize(("sizes", "folds"), [([6, 6, 1], ["l0", "l1"]), ([6, 2, 6], ["l0", "l2"]), ([2, 6, 2], ["l1"])])
def test_wide_layers_fold_and_say_how_many(engine: str, sizes: list[int], folds: list[str]) -> None:
    found = drawn(network(MLP(sizes[0], sizes[1:], rng=random.Random(0)), widest=5), engine)
    more = {name: lines for name, lines in found.neurons().items() if name.endswith("_more")}
    assert [name[:2] for name in more] == folds
    assert set(map(tuple, more.values())) == {("… 2 more",)}
    for name in more:
        assert found.centres[name[:2] + "_3"][1] < found.centres[name][1] < found.centres[name[:2] + "_6"][1]
    joined = {name for ends in found.lines() for name in ends}
    assert set(found.neurons()) <= joined, "nothing stands alone"
    for ends, stroke in found.lines().items():
        assert (stroke.colour in (style.POSITIVE, style.NEGATIVE)) != any(name.endswith("_more") for name in ends)


def test_a_layer_of_a_thousand_neurons_is_a_figure_like_any_other(engine: str) -> None:
    rng = random.Random(0)
    W, b = [[rng.random() for _ in range(1000)] for _ in range(1000)], [0.0] * 1000
    found = drawn(network(made_of((W, b), (W, b))), engine)
    assert len(found.neurons()) == 3 * 16
    assert len(found.lines()) < 200
    assert found.texts["l1_11_more"] == ["… 985 more"]


# --- what is not there, not finite, or not of this kind ----------------------------------------------------------------


def test_zero_vanishing_and_not_finite_are_words(engine: str) -> None:
    model = trained([2, 2, 2, 2], "sigmoid")
    for layer, scale in zip(model.layers, (1.0, 1e-5, 1e-4), strict=True):
        for w in (w for row in layer.W for w in row):
            w.data *= scale
    mean_squared_error(model([1.0, 2.0]), [0.0, 1.0]).backward()
    found = drawn(network(model, backward=True), engine)
    assert "vanishing" in found.texts["l1_1"] and "vanishing" not in found.texts["l3_1"]

    relu = MLP(1, [2, 1], activation="relu", rng=random.Random(0))
    relu.layers[0].W[0][0].data, relu.layers[0].W[1][0].data = -1.0, 1.0
    relu([2.0]).backward()
    found = drawn(network(relu, backward=True), engine)
    assert found.texts["l1_1"] == ["δ¹₁", "0", "σ′ 0"]
    assert "1 of 2 zero" in found.texts["summary0"]
    assert found.fills["l1_1"] == style.ZERO_FILL

    relu.layers[1].W[0][1].data = math.nan
    relu([2.0]).backward()
    found = drawn(network(relu, backward=True), engine)
    assert found.texts["l1_2"] == ["δ¹₂", "nan", "σ′ 1"]
    assert found.fills["l1_2"] == style.ALARM_FILL
    assert "1 of 2 not finite" in found.texts["summary0"]
    assert found.strokes["l2_1", "l1_2"].colour == style.ALARM
    assert drawn(network(relu), engine).strokes["l1_2", "l2_1"].colour == style.ALARM


def test_an_error_that_no_pass_has_reached_is_not_zero(engine: str) -> None:
    model = MLP(2, [2, 2], activation="tanh", rng=random.Random(0))
    y = model([1.0, 2.0])
    (y[0] * 2.0).backward()  # the second output has no part in it
    found = drawn(network(model, backward=True), engine)
    assert found.texts["l2_2"] == ["δ²₂", "not", "computed"]
    assert "1 of 2 not computed" in found.texts["summary1"]
    assert found.fills["l2_2"] == style.PAPER
    assert "l2_2-l1_1" not in found.texts
    assert rest(read(model), 1, 0) == 0.0
    with pytest.raises(ArgumentError, match="no backward pass has reached neuron 2 of layer 2"):
        network(model, backward=True, neuron=(2, 2))


def test_softmax_is_said_to_couple_its_layer(engine: str) -> None:
    model = trained([2, 3, 3], output="softmax")
    found = drawn(network(model, backward=True, neuron=(2, 1)), engine)
    assert found.texts["remarks"][0].startswith("softmax couples the neurons of layer 2")
    assert "δ² comes from the cost and softmax together" in found.texts["remarks"][0]
    assert not any("σ′" in line for line in found.texts["l2_1"])
    assert found.texts["equation1"] == ["δ² = (∂a²/∂z²)ᵀ ∂C/∂a²"]
    assert len([ends for ends in found.strokes if ends[0] == "C"]) == 3
    assert found.texts["focus"][0] == "δ²₁ = a²₁ (∂C/∂a²₁ − Σₖ a²ₖ ∂C/∂a²ₖ)"


def test_the_backward_figure_needs_a_backward_pass_and_says_which() -> None:
    model = MLP(2, [2, 1], rng=random.Random(0))
    with pytest.raises(ArgumentError, match=r"no forward pass has been made.*cost\.backward\(\)"):
        network(model, backward=True)
    y = model([1.0, 2.0])
    with pytest.raises(ArgumentError, match=r"no backward pass has reached the latest forward pass.*cost\.backward\(\)"):
        network(model, backward=True)
    (y * y).backward()
    network(model, backward=True)
    model([1.0, 3.0])  # the errors belonged to the pass before
    with pytest.raises(ArgumentError, match="no backward pass has reached the latest forward pass"):
        network(model, backward=True)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"neuron": (0, 1)}, "is an input; it has no equation"),
        ({"neuron": (3, 1)}, "the layers are 1 to 2"),
        ({"neuron": (-1, 1)}, "the layers are 1 to 2"),
        ({"neuron": (1, 4)}, "the neurons of layer 1 are 1 to 3"),
        ({"neuron": (1, 0)}, "the neurons of layer 1 are 1 to 3"),
        ({"neuron": 1}, "give layer and neuron"),
        ({"neuron": (1, 2, 3)}, "give layer and neuron"),
        ({"neuron": (1.0, 2)}, "give layer and neuron"),
        ({"strongest": 0}, r"strongest=0\).*at least 1"),
        ({"strongest": True}, "strongest=True"),
        ({"widest": 1}, r"widest=1\).*at least 2"),
        ({"widest": 2.5}, "widest=2.5"),
    ],
)
def test_arguments_that_mean_nothing_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        network(MLP(2, [3, 1]), **arguments)


@pytest.mark.parametrize("model", [None, Value(1.0), [], object()])
def test_what_is_no_network_is_refused(model: Any) -> None:
    with pytest.raises(OperandError, match=f"network: .*layers.*got {type(model).__name__}"):
        network(model)


def made_of(*layers: tuple[Any, Any]) -> Any:
    class Layer:
        def __init__(self, W: Any, b: Any) -> None:
            self.W, self.b = W, b

    class Model:
        pass

    model = Model()
    model.layers = [Layer(*layer) for layer in layers]  # type: ignore[attr-defined]
    return model


@pytest.mark.parametrize(
    ("layers", "message"),
    [
        ([([[1.0, 2.0]], [0.0]), ([[1.0, 2.0]], [0.0])], "W of layer 2 is 1 x 2 and b has 1 entries, after 1 neurons"),
        ([([[1.0, 2.0], [1.0]], [0.0, 0.0])], "W of layer 1 is 2 x 1/2 and b has 2 entries, after 2 inputs"),
        ([([[1.0, 2.0]], [0.0, 0.0])], "W of layer 1 is 1 x 2 and b has 2 entries"),
        ([([["a", 2.0]], [0.0])], "W and b of layer 1 have to hold numbers and Values"),
    ],
)
def test_layers_that_do_not_fit_together_are_refused(layers: list[tuple[Any, Any]], message: str) -> None:
    with pytest.raises(OperandError, match=message):
        network(made_of(*layers))


def test_anything_with_layers_of_weights_and_biases_is_a_network(engine: str) -> None:
    found = drawn(network(made_of(([[Value(1.0), -1.0]], (Value(0.5),)))), engine)
    assert list(found.neurons().values()) == [["x₁"], ["x₂"], ["a¹₁"]]
    assert found.texts["heading1"] == ["layer 1"]
    assert found.texts["equation1"] == ["z¹ = W¹x + b¹", "a¹ = σ(z¹)"]


def test_an_activation_may_be_called_anything(engine: str) -> None:
    model = made_of(([[1.0]], [0.5]))
    model.layers[0].activation = 'a\\b "<b>&amp;\n\\l'
    assert drawn(network(model), engine).texts["heading1"] == ['layer 1: a\\b "<b>&amp; \\l']


def test_weights_of_zero_can_be_drawn(engine: str) -> None:
    found = drawn(network(MLP(2, [2, 1], init="zeros")), engine)
    assert {stroke.colour for stroke in found.strokes.values()} == {style.FAINT}


@pytest.mark.parametrize("number", [1e308, 5e-324, math.inf, math.nan])
def test_extreme_numbers_are_drawn(engine: str, number: float) -> None:
    model = MLP(2, [2, 1], activation="relu", rng=random.Random(0))
    model.layers[1].W[0][0].data = number
    (model([1.0, 2.0]) * 1e10).backward()
    for neuron in (None, (1, 1), (2, 1)):
        for backward in (False, True):
            found = drawn(network(model, backward=backward, neuron=neuron), engine)
            assert len(found.neurons()) == (4 if backward else 5)


# --- a picture like others ---------------------------------------------------------------------------------------------


def test_dot_text_of_the_figures() -> None:
    model = MLP(2, [2, 1], activation="tanh", init="zeros")
    for p, x in zip(model.parameters(), (0.5, -1.0, 0.25, 1.5, 1.0, 0.0, 2.0, -1.0, 0.125), strict=True):
        p.data = x
    mean_squared_error(model([1.0, -2.0]), 0.5).backward()
    pictures = [network(model), network(model, backward=True, neuron=(1, 2))]
    text = "\n".join(picture.source for picture in pictures)
    path = GOLDEN / "network.dot"
    if os.environ.get("REGENERATE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_it_saves_itself_and_can_be_added_to(engine: str, tmp_path: pathlib.Path) -> None:
    picture = network(trained([2, 2]))
    assert isinstance(picture, Picture)
    for suffix, start in (("svg", b"<?xml"), ("png", b"\x89PNG"), ("pdf", b"%PDF-"), ("dot", b"digraph")):
        assert picture.save_as(tmp_path / f"network.{suffix}").read_bytes().startswith(start)
    before = drawn(picture, engine)
    picture.node("note", label="mine")
    picture.edge("note", "l1_1")
    after = drawn(picture, engine)
    assert after.texts["note"] == ["mine"]
    assert ("note", "l1_1") in after.strokes
    (x, y), (u, v) = before.centres["l0_1"], before.centres["l1_2"]
    (x1, y1), (u1, v1) = after.centres["l0_1"], after.centres["l1_2"]
    assert (u1 - x1, v1 - y1) == pytest.approx((u - x, v - y), abs=0.1), "what has a place keeps it"


def test_drawing_changes_nothing() -> None:
    model = trained([2, 3, 2])
    before = [(p.data, p.grad) for p in model.parameters()], [layer.delta for layer in model.layers]
    network(model), network(model, backward=True, neuron=(1, 1))
    assert ([(p.data, p.grad) for p in model.parameters()], [layer.delta for layer in model.layers]) == before
    with pytest.raises(AutogradError):
        network(model, neuron=(9, 9))


def test_a_network_is_a_plain_reading_without_nodes() -> None:
    net = read(trained([2, 3, 2]))
    assert isinstance(net, Network)
    assert all(type(w) is float for layer in net.layers for row in layer.W for w in row)

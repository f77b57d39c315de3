"""The label of an arrow belongs to it: in the SVG of each layout program, it is nearer to its own arrow than to any other."""

import math
import random
from collections.abc import Callable

import pytest
from arrow_labels import astray, boxes_in, colliding, labels_in
from layout_programs import installed
from random_graphs import scoped_graph

import autograd
from autograd import Value, exp, log, sqrt, tanh
from nn import MLP, cross_entropy
from viz import draw, rendering


@pytest.fixture(params=rendering.ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    if not installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


def neuron() -> Value:
    x_1, x_2, w_1, w_2, b = (
        Value(v, label=n) for v, n in ((2.0, "x_1"), (0.0, "x_2"), (-3.0, "w_1"), (1.0, "w_2"), (6.9, "b"))
    )
    return tanh(x_1 * w_1 + x_2 * w_2 + b)


def network(sizes: list[int]) -> Value:
    rng = random.Random(1)
    model = MLP(sizes[0], sizes[1:], activation="tanh", rng=rng)
    outputs = model([Value(rng.uniform(-1, 1), label=f"x_{j + 1}") for j in range(sizes[0])])
    return cross_entropy(outputs, 1) if sizes[-1] > 1 else (outputs - 1.0) ** 2


def micrograd_loss() -> Value:
    rng = random.Random(1)
    model = MLP(3, [4, 4, 1], activation="tanh", rng=rng)
    return sum(((model([rng.uniform(-1, 1) for _ in range(3)]) - 1.0) ** 2 for _ in range(8)), Value(0.0))


def black_scholes() -> Value:
    spot, strike, r, sigma, t = (
        Value(v, label=n) for v, n in ((100.0, "S"), (105.0, "K"), (0.05, "r"), (0.2, "sigma"), (1.0, "T"))
    )
    d_1 = (log(spot / strike) + (r + sigma**2 / 2.0) * t) / (sigma * sqrt(t))
    d_2 = d_1 - sigma * sqrt(t)
    n_1, n_2 = (0.5 * (1.0 + autograd.erf(d / math.sqrt(2.0))) for d in (d_1, d_2))
    return spot * n_1 - strike * exp(-r * t) * n_2


def recurrent(steps: int) -> Value:
    w, u, b, h = (Value(v, label=n) for v, n in ((0.9, "w"), (0.5, "u"), (0.1, "b"), (0.0, "h_0")))
    for t in range(steps):
        h = tanh(w * h + u * Value(math.sin(t), label=f"x_{t + 1}") + b)
    return h


def chain() -> Value:
    x = Value(0.3, label="x")
    for n in range(24):
        x = x.sin() if n % 2 else x.tanh()
    return x


GRAPHS: dict[str, Callable[[], Value]] = {
    "a neuron": neuron,
    "2-3-2": lambda: network([2, 3, 2]),
    "3-4-4-1": lambda: network([3, 4, 4, 1]),
    "4-5-3": lambda: network([4, 5, 3]),
    "micrograd's loss over 8 samples": micrograd_loss,
    "Black-Scholes": black_scholes,
    "4 steps of a recurrent network": lambda: recurrent(4),
    "a chain of 25": chain,
    "at random, with scopes": lambda: scoped_graph(3, 30),
}


@pytest.mark.parametrize("name", GRAPHS)
def test_a_label_is_nearer_to_its_own_arrow_than_to_any_other(engine: str, name: str) -> None:
    root = GRAPHS[name]()
    root.backward()
    picture = draw(root)
    assert picture.view is not None
    svg = rendering.render(picture.source, "svg", engine=engine)
    labels, boxes = labels_in(svg), boxes_in(svg)
    assert len(picture.view.boxes) <= 60
    assert len(boxes) == sum(box.kind != "constant" for box in picture.view.boxes)
    single = [arrow for arrow in picture.view.arrows if arrow.local is not None]
    assert len(labels) >= len(single)
    assert astray(labels) == []
    assert colliding(labels) == []
    assert not [label.text for label in labels if any(label.place.overlaps(box, 1.0) for box in boxes.values())]


def test_the_measure_finds_labels_that_belong_nowhere() -> None:
    """Labels beside their edges, as Graphviz puts them by itself: some are nearer to another one."""
    if not installed("dot"):
        pytest.skip("dot is not installed")
    edges = "; ".join(f'x{i} -> y{j} [label="{i}{j} times"]' for i in range(4) for j in range(4))
    labels = labels_in(rendering.render(f"digraph {{ rankdir=LR; edge [fontsize=9]; {edges} }}", "svg", engine="dot"))
    assert len(labels) == 16
    assert len(astray(labels)) >= 2


def test_a_label_has_the_colour_of_its_arrow_and_a_block_says_itself_how_many_there_are() -> None:
    root = network([2, 3, 2])
    root.backward()
    source = draw(root).source
    for line in source.splitlines():
        if line.startswith("+= "):
            colour = "#1d4ed8" if line.startswith("+= −") else "#b45309"
            assert f'fontcolor="{colour}"' in line
    alike = micrograd_loss()
    alike.backward()
    assert "\u2009arrows" not in draw(alike).source  # eight of a block of eight
    assert "\u2009arrows" in draw(alike, fold="layer").source

"""Pictures with many arrows and many leaves: heads stand apart, and what is larger than a screen is folded further."""

import itertools
import math
import random
import re
from collections.abc import Callable

import pytest
from layout_programs import installed

from autograd import Value, dot, maximum, scope, sigmoid, softmax, square, tanh
from viz import draw, rendering
from viz.graphs import heads
from viz.graphs.orientation import SCREEN, extent

EDGE = re.compile(r'<g id="edge\d+" class="edge">\n<title>.*?</title>.*?\n</g>\n', re.DOTALL)
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")


def values(name: str, *sizes: int) -> list[Value]:
    rng = random.Random(len(name))
    return [
        Value(rng.uniform(-1, 1), label=f"{name}_{''.join(map(str, place))}") for place in itertools.product(*map(range, sizes))
    ]


def total(terms: list[Value]) -> Value:
    return sum(terms[1:], terms[0])


def convolution() -> Value:
    """Two by two numbers go over three by three: every one of them leads to up to four others."""
    x, k = values("x", 3, 3), values("k", 2, 2)
    return total([square(dot(k, [x[n + away] for away in (0, 1, 3, 4)])) for n in (0, 1, 3, 4)])


def normalised() -> Value:
    xs = values("x", 4)
    mean = total(xs) / 4.0
    deviation = (total([(x - mean) ** 2 for x in xs]) / 4.0).sqrt()
    return total([((x - mean) / deviation) ** 3 for x in xs])


def attention() -> Value:
    """Three inputs of two numbers, with the weights of query, key and value."""
    x, made = values("x", 3, 2), dict[str, list[list[Value]]]()
    for name in ("query", "key", "value"):
        w = values(f"W_{name[0]}", 2, 2)
        with scope(name):
            made[name] = [[dot(w[2 * r : 2 * r + 2], x[2 * t : 2 * t + 2]) for r in (0, 1)] for t in range(3)]
    with scope("weights"):
        weights = [softmax([dot(a, b) / 2**0.5 for b in made["key"]]) for a in made["query"]]
    with scope("output"):
        out = [dot(row, [made["value"][t][j] for t in range(3)]) for row in weights for j in (0, 1)]
    return total([u * u for u in out])


def gates() -> Value:
    """Two steps of a gated cell of two numbers, whose sixteen weights both steps use."""
    w, u = ({k: values(f"{name}{k}", 2, 2) for k in "zh"} for name in "WU")
    h = values("h", 2)
    for t in range(2):
        with scope(f"step{t}"):
            x = values(f"x{t}", 2)
            z, new = (
                [f(dot(w[k][2 * i : 2 * i + 2], x) + dot(u[k][2 * i : 2 * i + 2], h)) for i in (0, 1)]
                for k, f in (("z", sigmoid), ("h", tanh))
            )
            h = [(1.0 - z[i]) * h[i] + z[i] * new[i] for i in (0, 1)]
    return h[0] + h[1]


def svg_of(root: Value, engine: str = "dot") -> str:
    root.backward()
    picture = draw(root)
    return picture.drawn_by(engine).decode()


def near(svg: str, points: float = 4.5) -> int:
    """The pairs of arrows to one box whose heads end so near to each other."""
    tips = []
    for edge in EDGE.findall(svg):
        box = edge.partition("&gt;")[2].partition("<")[0]
        path, head = (re.search(rf'\b{name}="([^"]*)"', edge) for name in ("d", "points"))
        if path and head:
            end, numbers = list(map(float, NUMBER.findall(path[1])))[-2:], list(map(float, NUMBER.findall(head[1])))
            tips.append((box, max(zip(numbers[::2], numbers[1::2], strict=True), key=lambda point: math.dist(point, end))))
    return sum(a == b and math.dist(p, q) < points for (a, p), (b, q) in itertools.combinations(tips, 2))


@pytest.mark.parametrize("engine", rendering.ENGINES)
@pytest.mark.parametrize("made", [convolution, normalised])
def test_no_two_arrows_end_at_one_point(made: Callable[[], Value], engine: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if not installed(engine):
        pytest.skip(f"{engine} is not installed")
    assert near(svg_of(made(), engine)) == 0
    if made is convolution:
        monkeypatch.setattr(heads, "apart", lambda svg, down: svg)
        assert near(svg_of(made(), engine)) > 0, "the measure finds heads that lie on each other"


def test_heads_that_are_moved_stay_on_their_side_of_the_box() -> None:
    box = '<g id="node1" class="node">\n<title>b</title>\n<polygon points="0,0 100,0 100,40 0,40 0,0"/>\n</g>\n'
    edge = (
        '<g id="edge{n}" class="edge">\n<title>a&#45;&gt;b</title>\n<path d="M{x},-60C{x},-40 50,-20 50,-6"/>\n'
        '<polygon points="47,-6 50,0 53,-6 47,-6"/>\n</g>\n'
    )
    svg = box + "".join(edge.format(n=n, x=x) for n, x in enumerate((0, 50, 100), 1))
    moved = heads.apart(svg, down=True)
    tips = [float(x) for x in re.findall(r'points="\S+ (\S+),0\.00 ', moved)]
    assert sorted(tips) == pytest.approx([43.0, 50.0, 57.0]) or tips == [43.0, 57.0]
    assert heads.apart(box + edge.format(n=1, x=0)) == box + edge.format(n=1, x=0)


@pytest.mark.parametrize("made", [attention, gates])
def test_a_picture_that_would_be_larger_than_a_screen_is_folded_further(made: Callable[[], Value]) -> None:
    svg = svg_of(made())
    size = re.search(r'<svg width="(\d+)pt"', svg)
    assert size is not None
    assert float(size[1]) * 4 / 3 <= 1900.0


def test_more_boxes_are_shown_whatever_their_size() -> None:
    shown, fitted = draw(gates(), boxes=61).view, draw(gates()).view
    assert shown is not None
    assert fitted is not None
    assert len(shown.boxes) > len(fitted.boxes)
    assert min(extent(shown, "LR").width, extent(shown, "TB").width) > SCREEN > extent(fitted, "TB").width


def test_a_long_step_of_a_loop_says_its_outline() -> None:
    theta, sigma, loss = Value(0.3, label="theta"), Value(0.5, label="sigma"), Value(0.0, label="loss")
    for n in range(80):
        y = n / 80
        loss = loss - ((y - theta) ** 2 / (2 * sigma**2) + sigma.log() + y * theta.log() + (1 - y) * maximum(theta, 0.1).log())
    shown = draw(loss).view
    assert shown is not None
    assert [box.rules for box in shown.boxes if box.kind == "loop"] == [("loss ← loss − …",)]


def test_operands_in_titles_are_cut_between_words_and_told_apart() -> None:
    first, second = Value(1.0, label="learning_rate_of_first_layer"), Value(2.0, label="learning_rate_of_second_layer")
    for root, title in ((first / second, "learning…layer / v1"), (second - 1.0, "learning…layer − 1")):
        shown = draw(root).view
        assert shown is not None
        assert shown.boxes[-1].order == title

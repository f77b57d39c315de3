r"""Names that mean something to somebody, wherever a picture writes one: frames, folded boxes, captions, tooltips, headings.

A label in a box is held to this in test_viz.py and test_page.py; here are the other texts that reach DOT, SVG and LaTeX. A name
such as '<lambda>' is HTML for Graphviz, 'node' a keyword, '\N' the name of a node: each is read back out of what was drawn.
"""

import re
import xml.etree.ElementTree as ET
from typing import Any

import latex
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labels import HOSTILE, ORDINARY, as_text
from layout_programs import is_stop

from autograd import Source, Value, record_backward, scope
from nn import MLP
from nn.data import Data
from viz import Picture, derivation, draw, expression, network, plots, rendering, style
from viz.graphs import dot
from viz.graphs.choice import everything
from viz.graphs.fold import tree_of
from viz.graphs.graph import graph_of
from viz.graphs.layout import place
from viz.graphs.svg import svg_of
from viz.graphs.view import view
from viz.style import node_name

SVG = "{http://www.w3.org/2000/svg}"
TITLE = "{http://www.w3.org/1999/xlink}title"
_PIECES = st.sampled_from([*HOSTILE[:-1], *ORDINARY])
NAMES = st.one_of(
    st.sampled_from(ORDINARY), st.lists(_PIECES, min_size=1, max_size=3).map("".join), st.text(min_size=1, max_size=9)
)
SCOPES = NAMES.map(lambda name: name.replace("/", "")).filter(bool)


def in_scope(name: str) -> Value:
    """A value made in a scope, at a place of that name too."""
    x = Value(2.0, label="x")
    with scope(name):
        y = x * 3.0
        y = y + x
    y._place = Source(name, 3, name, name)
    root: Value = y * x.exp()
    return root


def svg(picture: Picture, engine: str) -> ET.Element:
    return ET.fromstring(rendering.render(picture.source, "svg", engine=engine))


def texts(group: ET.Element) -> list[str]:
    found = (" ".join("".join(element.itertext()).split()) for element in group.iter(f"{SVG}text"))
    return [text for text in found if text]


def groups(drawn: ET.Element, kind: str) -> list[ET.Element]:
    return [group for group in drawn.iter(f"{SVG}g") if group.get("class") == kind]


def hold_to(name: str, engine: str) -> None:
    """Every text of a picture that shows a scope, open and folded, is the name as it was written."""
    root = in_scope(name)
    line = as_text(name)
    opened = svg(draw(root, fold="none"), engine)
    (frame,) = groups(opened, "cluster")
    assert texts(frame) == line
    nodes = [node for node in groups(opened, "node") if not is_stop(node.findtext(f"{SVG}title") or "")]
    assert len(nodes) == 6
    (tip,) = {link.get(TITLE, "") for node in nodes for link in node.iter() if ":3" in link.get(TITLE, "")}
    assert as_text(tip.removeprefix("v2 = v1 + x, ")) == as_text(f"{name}:3: {name}")
    folded = svg(draw(root, fold=name), engine)
    (box,) = (node for node in groups(folded, "node") if node.findtext(f"{SVG}title") == "g1")
    assert texts(box)[: len(line)] == as_text(style.shortened(style.name(name)))
    (caption,) = (text.text for text in groups(folded, "graph")[0].findall(f"{SVG}text"))
    assert as_text(caption or "") == as_text(f"2 of 5 values folded: 1 scope ({name})")


@pytest.mark.parametrize("name", ORDINARY)
def test_a_scope_is_called_what_it_is_called(engine: str, name: str) -> None:
    hold_to(name, engine)


@settings(derandomize=True, max_examples=40)
@given(SCOPES)
def test_any_scope_is_called_what_it_is_called(engine: str, name: str) -> None:
    hold_to(name, engine)


@pytest.mark.parametrize("name", ORDINARY)
def test_our_own_svg_writes_it_too(name: str) -> None:
    root = in_scope(name)
    tree = tree_of(graph_of(root))
    for opened in (everything(tree), {0}):
        shown = view(tree, opened)
        drawn = ET.fromstring(svg_of(shown, place(shown, dot.size_of)))
        if len(opened) > 1:
            tips = [title.text or "" for title in drawn.iter(f"{SVG}title")]
            assert tips[:3] == ["x = v0", "constant", "v1 = x × 3"]
            assert as_text(tips[3].removeprefix("v2 = v1 + x, ")) == as_text(f"{name}:3: {name}")
        else:
            assert as_text(texts(drawn)[-1]) == as_text(f"2 of 5 values folded: 1 scope ({name})")


@pytest.mark.parametrize("name", [n for n in ORDINARY if n != "<lambda>"])  # a lambda has no name to show
@pytest.mark.parametrize("backward", [False, True])
def test_an_activation_is_called_what_it_is_called(engine: str, name: str, backward: bool) -> None:
    def swish(u: Any) -> Any:
        return u * u.sigmoid()

    swish.__name__ = name
    model = MLP(2, [2, 1], activation=swish)
    model([0.5, 1.0]).backward()
    drawn = svg(network(model, backward=backward, neuron=(1, 1)), engine)
    assert f"layer 1: {' '.join(name.split())}" in texts(drawn)


def test_no_text_of_a_picture_is_code() -> None:
    """Outside quotation marks a picture's DOT is what this project wrote: names cannot get there."""
    for name in ORDINARY:
        root = in_scope(name)
        record_backward(root)
        for picture in (draw(root, fold="none", legend=True), draw(root, fold=name, legend=True)):
            outside = re.sub(r'"[^"\\]*(?:\\.[^"\\]*)*"', "", picture.source)
            assert not set("<>&\\$%") & set(outside.replace("->", "")), name


@pytest.mark.parametrize("name", [*ORDINARY, *HOSTILE])
def test_a_label_and_an_operation_are_names_in_latex(name: str) -> None:
    x = Value(2.0, label=name)
    made = Value(4.0, (x,), name, "made")
    made._backward = lambda: None
    cost = x * 3.0 + made
    for text in (expression(cost).latex, derivation(record_backward(cost), 0).latex):
        latex.check(text)


def test_a_plot_writes_the_names_of_classes_and_columns_as_they_are() -> None:
    """For matplotlib '$a_$' is a formula, a broken one, and '_a' a name that is not to be shown."""
    for name in ("<lambda>", "$a_$", "_hidden", "price ($) of $\\foo$", "100 %", "a^2_b", "\\"):
        data = Data([[0.0, 1.0], [1.0, 0.0]], [0, 1], [name, "y"], ["other", name])
        figure: Any = plots.decision_boundary(MLP(2, [2]), data, resolution=3)
        (axes,) = figure.axes
        assert [text.get_text() for text in axes.get_legend().get_texts()][:2] == ["other", name]
        assert axes.get_xlabel() == style.name(name)
        assert figure._repr_png_().startswith(b"\x89PNG")


def test_a_label_that_is_the_number_of_another_node_is_told_apart_as_in_the_debugger() -> None:
    p, q = Value(2.0, label="v2"), Value(3.0, label="v3")
    y = (p * q) * q + p
    nodes = record_backward(y).nodes
    seen = draw(y).view
    assert seen is not None
    names = [box.name or box.number for box in seen.boxes]
    assert sorted(names) == sorted([*(node_name(nodes, i) for i in range(4)), "y"])  # the last by its variable
    assert len(set(names)) == 5

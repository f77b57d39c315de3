"""Several roots, hidden constants, folds by a function or a depth, and boxes dressed by functions of the node."""

from typing import Any

import pytest

from autograd import ArgumentError, OperandError, Value, dot, record_backward, tanh
from nn import MLP
from viz import draw
from viz.graphs.dot import lines_of, look_of
from viz.graphs.view import View


def picture(root: Any, **options: Any) -> View:
    shown = draw(root, **options).view
    assert shown is not None
    return shown


def three() -> list[Value]:
    a, b = Value(2.0, label="a"), Value(3.0, label="b")
    c = a * b
    return [c, c + 1.0, tanh(c)]


def test_several_roots_share_what_they_have_in_common() -> None:
    roots = three()
    shown = picture(roots)
    assert [box.kind for box in shown.boxes if box.kind != "constant"] == [
        "parameter",
        "parameter",
        "output",
        "output",
        "output",
    ]
    assert len({box.id for box in picture([roots[0], roots[0]]).boxes}) == 3
    leaves = [Value(1.0, label="p"), Value(2.0, label="q")]
    assert [box.name for box in picture(leaves).boxes] == ["p", "q"]


def test_no_root_is_inside_a_fold() -> None:
    w, h, states = Value(0.9, label="w"), Value(0.1, label="h"), []
    for _ in range(30):
        h = tanh(w * h)
        states.append(h)
    shown = picture([states[9], states[29]])
    assert sum(box.kind == "output" and box.nodes == 1 for box in shown.boxes) == 2
    assert len(shown.boxes) < 20


@pytest.mark.parametrize("roots", [[], (), [1.0], [Value(1.0), "x"], {}])
def test_roots_are_values(roots: Any) -> None:
    with pytest.raises(OperandError):
        draw(roots)


def test_constants_can_be_hidden() -> None:
    root = three()[1]
    assert sum(box.kind == "constant" for box in picture(root).boxes) == 1
    assert not any(box.kind == "constant" for box in picture(root, constants=False).boxes)
    z = dot([Value(1.0), Value(2.0)], [3.0, 4.0])
    for options in ({}, {"terms": True}):
        assert not any(box.kind == "constant" for box in picture(z, constants=False, **options).boxes)


def test_a_fold_is_a_depth_or_a_function_of_the_scope() -> None:
    y = MLP(2, [3, 1])([1.0, 2.0])

    def scopes(fold: Any) -> list[str]:
        return [box.name for box in picture(y, fold=fold).boxes if box.kind == "scope"]

    assert scopes(1) == scopes("layer") == ["layer1", "layer2"]
    assert scopes(2) == scopes("neuron")
    assert scopes(lambda scope: scope.endswith("neuron2")) == ["neuron2"]
    assert scopes(lambda _: False) == []
    with pytest.raises(ArgumentError, match="True or False"):
        scopes(lambda _: "no")
    with pytest.raises(ArgumentError, match="at least 1"):
        draw(y, fold=0)


@pytest.mark.parametrize("recorded", [False, True])
def test_a_box_has_the_colour_and_the_text_that_a_function_gives_it(recorded: bool) -> None:
    root = three()[1]
    asked: list[Any] = []

    def colour(node: Any) -> str | None:
        asked.append(node)
        return "gold" if node.data > 5 else None

    shown = picture(
        record_backward(root) if recorded else root, colour=colour, text=lambda v: f"{v.label}!\nhere" if v.label else None
    )
    boxes = {box.id: box for box in shown.boxes}
    assert lines_of(boxes["n0"]) == ["a!", "here"]
    assert lines_of(boxes["n2"])[0] == "v2 = ×"
    assert [name for name, box in boxes.items() if look_of(box, 1.0).get("fillcolor") == "gold"] == ["n2", "n3"]
    assert [node.data for node in asked] == [2.0, 3.0, 6.0, 7.0]


def test_products_that_were_written_out_are_nobodys_nodes() -> None:
    w = [Value(1.0, label="w_1"), Value(2.0, label="w_2")]
    shown = picture(dot(w, [3.0, 4.0]), terms=True, text=lambda v: f"data {v.data}")
    texts = {box.name or box.ops: box.text for box in shown.boxes if box.kind != "constant"}
    assert texts == {"w_1": "data 1.0", "w_2": "data 2.0", "*": None, "sum": "data 11.0"}


@pytest.mark.parametrize(
    "options", [{"colour": lambda _: "#12"}, {"colour": lambda _: 3}, {"colour": lambda _: 'red"]'}, {"text": lambda _: 1.0}]
)
def test_what_a_function_gives_is_checked(options: dict[str, Any]) -> None:
    with pytest.raises(ArgumentError, match="the function gave"):
        draw(three()[0], **options)


def test_the_focus_has_a_thick_frame_and_the_legend_says_so() -> None:
    x, w = Value(2.0, label="x"), Value(3.0, label="w")
    z = w * x
    z.label = "z"
    root = z.tanh() + x
    for terms in (False, True):
        picture = draw(root, focus="z", terms=terms, legend=True)
        (thick,) = (line for line in picture.source.split("\t") if "penwidth=3.5" in line)
        assert thick.startswith('n2 [label="z = ×')
        assert "thick frame: the focus" in picture.source
    assert "penwidth=3.5" not in draw(root, radius=3).source

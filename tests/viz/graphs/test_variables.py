"""Cost and inputs are called by the variables that hold them where a picture is asked for, and by nothing that may be wrong."""

from typing import Any

import pytest

from autograd import ArgumentError, Value, record_backward, tanh
from viz import draw
from viz.graphs import notebook
from viz.graphs.view import View


def names_in(picture: Any) -> list[str]:
    shown: View = picture.view
    return [box.name for box in shown.boxes if box.kind != "constant"]


def test_cost_and_inputs_are_called_by_their_variables() -> None:
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    cost = a * b + c
    assert names_in(draw(cost)) == ["a", "b", "", "c", "cost"]
    assert names_in(draw(cost, names={})) == [""] * 5
    assert names_in(draw(cost, names={"J": cost, "a": a, "other": 3.0})) == ["a", "", "", "", "J"]


def test_a_label_comes_first() -> None:
    a = Value(2.0, label="w_1")
    b = a * a
    b.label = "C"
    assert names_in(draw(b)) == ["w_1", "C"]


def test_elements_of_lists_are_called_by_their_places() -> None:
    xs, w = [Value(1.0), Value(2.0), Value(3.0)], Value(0.5)
    total = Value(0.0)
    for x in xs:
        total = tanh(total + w * x)
    assert {"w", "xs[0]", "xs[1]", "xs[2]", "total"} <= set(names_in(draw(total)))


def test_in_doubt_there_is_no_name() -> None:
    first = Value(2.0)
    second = first
    cost = first * second

    def inside(parameter: Value) -> Any:
        return draw(parameter)

    assert names_in(draw(cost)) == ["", "cost"]
    assert names_in(inside(cost)) == ["", ""]
    assert [names_in(draw(one)) for one in [cost]] in ([["", ""]], [["", "cost"]])
    assert names_in((lambda: draw(cost))()) == ["", ""]
    same = cost
    assert names_in(draw(same)) == ["", ""]


def test_names_fold_nothing_otherwise() -> None:
    """A name by a variable is read; a label is what folds go by."""
    w, h = Value(0.9), Value(0.1)
    for _ in range(20):
        h = tanh(w * h)
    shown = draw(h).view
    assert shown is not None
    assert next((box.kind, box.name) for box in shown.boxes) == ("parameter", "w")
    assert [box.things for box in shown.boxes if box.kind == "loop"] == [20]


def test_a_node_is_found_by_its_variable() -> None:
    w, x = Value(2.0), Value(3.0)
    cost = tanh(w * x)
    assert names_in(draw(cost, path=("w", "cost"))) == ["w", "", "cost"]
    assert [box.kind for box in draw(cost).view.boxes[:2]] == ["parameter", "input"]  # type: ignore[union-attr]
    assert names_in(draw(record_backward(cost))) == [""] * 4, "a recording holds no values"


def test_a_notebook_has_the_variables_of_its_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    import __main__

    w = Value(2.0)
    cost = tanh(w)
    assert ">cost = tanh<" not in notebook.mime_bundle(cost)["image/svg+xml"]
    monkeypatch.setattr(__main__, "get_ipython", lambda: None, raising=False)
    monkeypatch.setattr(__main__, "cost", cost, raising=False)
    assert ">cost = tanh<" in notebook.mime_bundle(cost)["image/svg+xml"]


def test_names_are_a_dictionary() -> None:
    names: Any = "x"
    with pytest.raises(ArgumentError, match="a dictionary of values by their names"):
        draw(Value(1.0), names=names)

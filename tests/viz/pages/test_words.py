"""Words of a page: titles are those of a picture of the same boxes, and rules have the signs of print."""

from collections.abc import Callable

import pytest
from browsed import Open

from autograd import Value, atan2, clamp, mean, record_backward, tanh
from viz.graphs.dot import lines_of
from viz.graphs.fold import tree_of
from viz.graphs.graph import graph_of
from viz.graphs.view import view

A, B = Value(2.0, label="a"), Value(-3.0, label="b")
XS = [Value(0.1 * i, label=f"x_{i}") for i in range(1, 13)]


def added(values: list[Value]) -> Value:
    total = sum(values)
    assert isinstance(total, Value)
    return total


ROOTS: dict[str, Callable[[], Value]] = {
    "differences": lambda: (A - B) - (-1.0 - (A - (-2.0))),
    "powers": lambda: (-2.0 + A) ** -2.0 / ((2.0 * A) ** B),
    "a negative base": lambda: A * (-2.0) ** (A * A),
    "functions of several": lambda: atan2(A, -2.0) - atan2(-2.0, clamp(B, -1.0, 1.0)),
    "a sum of one term": lambda: added([A]) * 2.0,
    "a sum of two terms": lambda: tanh(added([A * B, B - A])),
    "a sum of many": lambda: added([x * A for x in XS]) - 1.0,
    "alike": lambda: mean([(x - A) ** 2 for x in XS]),
    "one name for all": lambda: Value(1.0, label="k") / Value(2.0, label="k"),
    "long names": lambda: Value(1.0, label="customer_lifetime_value") - A,
}


@pytest.mark.parametrize("name", ROOTS)
def test_titles_are_those_of_a_picture(name: str, show: Open) -> None:
    recording = record_backward(ROOTS[name]())
    tab = show(recording)
    expected = [lines_of(box)[0] for box in view(tree_of(graph_of(recording)), set(tab.evaluate("stepgrad.opened"))).boxes]
    shown = tab.locator("#graph .box .title").all_text_contents()
    assert sorted(shown) == sorted(title if len(title) <= 30 else f"{title[:29]}…" for title in expected)


@pytest.mark.parametrize("name", ["differences", "powers", "functions of several"])
def test_rules_have_the_signs_of_print(name: str, show: Open) -> None:
    recording = record_backward(ROOTS[name]())
    tab = show(recording)
    for _ in range(len(recording)):
        tab.keyboard.press("ArrowRight")
        texts = tab.locator("#step p, #details p").all_text_contents()
        assert any(text.startswith("d(") for text in texts)
        assert not any("-" in text or " * " in text or "−−" in text or "− −" in text for text in texts), texts


def test_indices_are_below_the_line_as_in_pictures(show: Open) -> None:
    root = Value(2.0, label="W_c") / Value(3.0, label="W_o") - Value(4.0, label="x_train")
    tab = show(record_backward(root), made={"step": 3})
    boxes = tab.locator("#graph .box .title")
    assert "W_c" not in boxes.all_text_contents() and "x_train" in boxes.all_text_contents()
    assert tab.locator('#graph .box .title tspan[font-size="75%"]').all_text_contents() == ["c", "c"]
    assert tab.locator("#step p.rule sub").all_text_contents() == ["c", "c"]

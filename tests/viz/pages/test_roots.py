"""A page of several roots: a pass of each, with the numbers of a pass of that root alone."""

from typing import Any

import pytest
from browsed import Open

from autograd import ArgumentError, OperandError, Value, record_backward, tanh
from viz.pages.page import page


def roots() -> list[Value]:
    """Two roots that share a part, one of which is made of another, and one on its own."""
    x, w = Value(2.0, label="x"), Value(-3.0, label="w")
    h = tanh(w * x * 0.1)
    a, b, c = h * w, x * x + h, w * 5.0
    h.label, a.label, b.label, c.label = "h", "a", "b", "c"
    return [a, b, c, a * 2.0]


def by_hand() -> list[Value]:
    """A rule made by hand is known by its contribution alone, and differs from pass to pass: local derivatives are ratios."""
    x = Value(0.1, label="x")
    y = Value(x.data * 3.0, (x,), "triple", label="y")

    def rule() -> None:
        x.grad += 3.0 * y.grad + 1e-17

    y._backward = rule
    a, b = y * 0.7, y * -0.3
    a.label, b.label = "a", "b"
    return [a, b]


STEPS = """() => [...Array(stepgrad.length).keys()].map(k => {
  const { node, parent, local, upstream, contribution, total } = stepgrad.contribution(k);
  return [stepgrad.name(node), stepgrad.name(parent), local, upstream, contribution, total];
})"""
GRADS = """() => {
  stepgrad.goTo(stepgrad.length);
  return Object.fromEntries([...Array(stepgrad.size).keys()].map(i => [stepgrad.name(i), stepgrad.grad(i) ?? null]));
}"""


@pytest.mark.parametrize("make", [roots, by_hand])
def test_each_root_has_the_pass_that_it_has_alone(make: Any, show: Open) -> None:
    given = make()
    tab = show(given)
    for k, root in enumerate(given):
        tab.evaluate("k => stepgrad.walk(k)", k)
        # Steps of a graph of its own; nodes without a name have other numbers there.
        alone = [[s.upstream, s.contribution, s.total] for s in record_backward(root)]
        assert [step[3:] for step in tab.evaluate(STEPS)] == alone
        gradients = tab.evaluate(GRADS)
        own = record_backward(root)
        for node, gradient in zip(own.nodes, own.gradients, strict=True):
            if node.label:
                assert gradients[node.label] == gradient
        reached = {node.label for node in own.nodes if node.label}
        assert [name for name in ("w", "x", "h", "a", "b") if name in gradients and name not in reached] == [
            name for name in ("w", "x", "h", "a", "b") if name in gradients and gradients[name] is None
        ]


def test_the_time_line_says_whose_pass_it_is_and_the_next_begins_at_its_start(show: Open) -> None:
    tab = show(roots()[:3])
    assert tab.locator("h1").inner_text() == "Backward passes of a, b and c"
    assert tab.locator("#root option").all_inner_texts() == ["a", "b", "c"]
    tab.keyboard.press("ArrowRight")
    assert "pass of a" in tab.locator("#step").inner_text().lower()
    tab.locator("#root").select_option("b")
    assert tab.evaluate("[stepgrad.step, stepgrad.name(stepgrad.root)]") == [0, "b"]
    assert "it begins at b" in tab.locator("#step").inner_text().lower()
    assert tab.locator("#counter").inner_text() == f"0 / {tab.evaluate('stepgrad.length')}"
    tab.locator("#graph").click(position={"x": 3, "y": 3})
    tab.keyboard.press("n")
    assert tab.locator("#root").evaluate("e => e.selectedOptions[0].text") == "c"
    tab.keyboard.press("n")
    assert tab.evaluate("stepgrad.name(stepgrad.root)") == "a"
    tab.keyboard.press("Shift+N")
    assert tab.evaluate("stepgrad.name(stepgrad.root)") == "c"
    box = tab.locator("#graph .box.waiting", has_text="a = ×").first
    assert "not reached yet" in box.get_attribute("aria-label")
    box.click()
    assert "c was not computed from it" in tab.locator("#details").inner_text()


def test_one_root_has_no_switch(show: Open) -> None:
    tab = show([roots()[0]])
    assert tab.locator("h1").inner_text() == "Backward pass of a"
    assert not tab.locator("#root").is_visible()


def test_gradients_stay_and_wrong_roots_are_told() -> None:
    given = roots()
    given[0].backward()
    before = [(v, v.grad) for v in given[0].parents]
    page(given)
    assert [(v, v.grad) for v in given[0].parents] == before
    assert not given[1].has_grad
    with pytest.raises(OperandError, match="several roots are Values, got float"):
        page([given[0], 2.0])  # type: ignore[list-item]
    with pytest.raises(ArgumentError, match="give each page one root"):
        page(given[0], beside=given[:2])  # type: ignore[arg-type]

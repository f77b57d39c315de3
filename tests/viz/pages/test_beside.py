"""Pages that open at a step, and two pages side by side that stay in step, in the browser and as lists of steps."""

import pathlib
import random
from typing import Any

import pytest
from browsed import SETTINGS, Open, network, neuron

from autograd import ArgumentError, OperandError, Value, record_backward
from nn import MLP
from viz.debugger.terminal.commands import Commands
from viz.pages.page import page
from viz.pages.twins import counterparts


def cost(activation: str = "tanh", penalty: float = 0.0) -> Any:
    model = MLP(2, [2, 1], activation=activation, rng=random.Random(1))
    found = (model([Value(0.5, label="x_1"), Value(-1.0, label="x_2")]) - 1.0) ** 2
    if penalty:
        found = found + penalty * model.layers[1].parameters()[0] ** 2
    found.label = "C"
    return found


# --- steps of one pass and of another ---------------------------------------------------------------------------------


@pytest.mark.parametrize("root", [neuron, network, cost])
def test_a_pass_stays_in_step_with_its_own_copy_step_by_step(root: Any) -> None:
    one, other = record_backward(root()), record_backward(root())
    assert counterparts(one, other) == list(range(len(one) + 1))


def test_names_do_not_have_to_be_there() -> None:
    def plain() -> Value:
        x = Value(2.0)
        y: Value = (x * x + x) * x
        return y

    one = record_backward(plain())
    assert counterparts(one, record_backward(plain())) == list(range(len(one) + 1))


def test_another_activation_changes_no_step() -> None:
    one, other = record_backward(cost("relu")), record_backward(cost("tanh"))
    assert counterparts(one, other) == list(range(len(one) + 1))


def test_the_same_step_is_that_of_the_same_names_and_others_have_none() -> None:
    one, other = record_backward(cost(penalty=0.1)), record_backward(cost())
    there, back = counterparts(one, other), counterparts(other, one)
    named = 0
    for k, step in enumerate(one, 1):
        if there[k] >= 0 and step.node.label and step.parent.label and step.node.label != "C":
            twin = other[there[k] - 1]
            assert (twin.node.label, twin.parent.label) == (step.node.label, step.parent.label)
            assert back[there[k]] == k
            named += 1
    assert named >= 8
    assert -1 in there  # the penalty is nowhere in the other
    assert (there[0], there[-1], back[0], back[-1]) == (0, len(other), 0, len(one))


def test_two_strangers_share_their_ends() -> None:
    one, other = record_backward(neuron()), record_backward(Value(2.0) * 3.0)
    found = counterparts(one, other)
    assert len(found) == len(one) + 1
    assert (found[0], found[-1]) == (0, 1)
    assert counterparts(record_backward(Value(1.0)), one) == [0]


# --- where a page opens ------------------------------------------------------------------------------------------------


def test_a_page_opens_at_its_step_and_an_address_names_another(show: Open) -> None:
    tab = show(neuron(), made={"step": 5})
    assert tab.evaluate("stepgrad.step") == 5
    assert tab.locator(".arrow.active").count() == 1
    assert tab.locator("#counter").inner_text() == "5 / 12"
    tab.evaluate("void (location.hash = '#7')")
    for _ in range(100):
        if tab.evaluate("stepgrad.step") == 7:
            break
        tab.wait_for_timeout(20)
    assert tab.evaluate("stepgrad.step") == 7


def test_the_debugger_writes_a_page_of_where_it_stands(tmp_path: pathlib.Path, show: Open) -> None:
    tab = show(neuron())
    commands = Commands()
    commands.open(record_backward(neuron()))
    written = tmp_path / "page0.html"  # in place of the page that is shown
    for order in ("step", "step", "step", f"page {written}"):
        commands.do(order)
    tab.reload()
    assert tab.evaluate("stepgrad.step") == 3


def test_a_step_or_a_title_too_many_is_refused(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ArgumentError, match="step"):
        page(neuron(), tmp_path / "steps.html", step=13)
    with pytest.raises(ArgumentError, match="two pages have two titles"):
        page(neuron(), tmp_path / "steps.html", beside=neuron(), title=("one", "two", "three"))  # type: ignore[arg-type]
    with pytest.raises(OperandError, match=r"page\(beside=\.\.\.\)"):
        page(neuron(), tmp_path / "steps.html", beside=3)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


# --- side by side ------------------------------------------------------------------------------------------------------


def test_two_pages_side_by_side_stay_in_step(browser: Any, tmp_path: pathlib.Path) -> None:
    sick, healthy = record_backward(cost("relu", penalty=0.1)), record_backward(cost("tanh"))
    file = tmp_path / "pair.html"
    page(sick, file, beside=healthy, title=("sick </title>", "healthy"), step=6)
    tab = browser.new_context(**SETTINGS | {"viewport": {"width": 1400, "height": 800}}).new_page()
    faults: list[str] = []
    tab.on("console", lambda message: faults.append(message.text))
    tab.on("pageerror", lambda error: faults.append(str(error)))
    tab.on("request", lambda request: faults.append(request.url) if not request.url.startswith(("file:", "about:")) else None)
    tab.goto(file.as_uri())
    _, left, right = tab.frames
    there, back = counterparts(sick, healthy), counterparts(healthy, sick)

    def now() -> tuple[int, int, bool]:
        """The steps, and whether the right one says that it has none for the left one's."""
        return left.evaluate("stepgrad.step"), right.evaluate("stepgrad.step"), right.locator("#beside").is_visible()

    def become(*wanted: object) -> bool:
        """True if this is what is seen, as soon as the pages have told each other."""
        for _ in range(500):
            if now() == wanted:
                return True
            tab.wait_for_timeout(10)
        return False

    assert become(6, max(0, there[6]), there[6] < 0), now()
    assert left.locator("#title").inner_text() == "sick </title>"
    at = right.evaluate("stepgrad.step")
    for k in range(len(sick) + 1):
        left.evaluate("k => stepgrad.goTo(k)", k)
        at = at if there[k] < 0 else there[k]
        assert become(k, at, there[k] < 0), now()
    right.locator("#back").click()
    assert become(back[len(healthy) - 1], len(healthy) - 1, False), now()
    right.locator("#to-start").click()
    assert become(0, 0, False), now()
    left.locator("#theme-button").click()
    right.locator("[data-theme=dark]").wait_for(state="attached")
    assert now() == (0, 0, False)
    tab.context.close()
    assert faults == []


def test_pages_that_were_not_made_as_a_pair_do_not_listen(browser: Any, tmp_path: pathlib.Path) -> None:
    page(neuron(), tmp_path / "one.html")
    outer = '<iframe src="one.html"></iframe><iframe src="one.html"></iframe>'
    (tmp_path / "both.html").write_text(outer, encoding="utf-8")
    tab = browser.new_context(**SETTINGS).new_page()
    tab.goto((tmp_path / "both.html").as_uri())
    _, left, right = tab.frames
    left.evaluate("stepgrad.goTo(4)")
    right.evaluate("window.parent[1].postMessage({ stepgrad: { step: 2 } }, '*')")
    tab.wait_for_timeout(60)
    assert (left.evaluate("stepgrad.step"), right.evaluate("stepgrad.step")) == (4, 0)
    tab.context.close()

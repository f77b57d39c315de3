"""The widget's front end in Chromium, in a page that plays a notebook with anywidget's model (tests/shared/notebook.js)."""

import random
from collections.abc import Iterator
from typing import Any

import pytest
from browsed import SETTINGS
from places import ROOT

import viz
from autograd import Value, tanh
from nn import MLP, mean_squared_error
from viz.style import number

pytest.importorskip("anywidget", reason="anywidget is not installed")
SHARED = ROOT / "tests" / "shared"
FRAME = "iframe[title='Backward pass, step by step']"
SENT = ("_page", "_content", "_numbers", "_selected", "step", "height")


def cost(model: MLP, samples: int = 1) -> Any:
    found = mean_squared_error([model([0.5, -1.0])] * samples, [0.3] * samples)
    found.label = "C"
    return found


class Notebook:
    """A tab with a widget in a cell; what the two sides say goes through `update` and `sent`."""

    def __init__(self, tab: Any, widget: Any) -> None:
        self.tab, self.widget = tab, widget
        self.tab.goto((SHARED / "notebook.html").as_uri())
        self.tab.add_script_tag(path=SHARED / "notebook.js")
        self.tab.evaluate("([script, state]) => begin(script, state)", [widget._esm, self.state()])
        self.opened()

    def state(self) -> dict[str, Any]:
        found = self.widget.get_state()
        return {name: found[name] for name in SENT}

    def opened(self) -> Any:
        self.tab.wait_for_function(f"document.querySelectorAll(`{FRAME}`).length === 1 && model.listeners.length")
        self.page = self.tab.query_selector(FRAME).content_frame()
        self.until("window.stepgrad !== undefined")
        return self.page

    def until(self, expression: str, arg: Any = None) -> None:
        """Wait for something on the page, whose policy lets Playwright not wait there by itself."""
        for _ in range(500):
            if self.page.evaluate(expression, arg):
                return
            self.tab.wait_for_timeout(20)
        raise AssertionError(expression)

    def update(self) -> None:
        """What Python has changed since arrives at the page."""
        self.tab.evaluate("state => model.update(state)", self.state())

    def hear(self, **wanted: int) -> None:
        """What the page has said arrives in Python, when it has said that."""
        said = "wanted => Object.keys(wanted).every(name => sent.findLast(state => name in state)?.[name] === wanted[name])"
        self.tab.wait_for_function(said, arg=wanted)
        for state in self.tab.evaluate("sent.splice(0)"):
            self.widget.set_state(state)


@pytest.fixture
def model() -> MLP:
    return MLP(2, [2, 1], activation="tanh", rng=random.Random(1))


@pytest.fixture(scope="module")
def window(browser: Any) -> Any:
    """A window for all: one for each is most of what they would take."""
    return browser.new_context(**SETTINGS).new_page()


@pytest.fixture
def tab(window: Any) -> Iterator[Any]:
    """A tab that is silent, and left as it was."""
    faults: list[str] = []
    noted = {"console": lambda message: faults.append(message.text), "pageerror": lambda error: faults.append(str(error))}
    for event, note in noted.items():
        window.on(event, note)
    yield window
    window.evaluate("end()")
    assert window.evaluate("[model.listeners.length, document.querySelectorAll('iframe').length]") == [0, 0]
    for event, note in noted.items():
        window.remove_listener(event, note)
    window.mouse.move(-1, -1)
    assert faults == []


@pytest.fixture
def notebook(tab: Any, model: MLP) -> Notebook:
    return Notebook(tab, viz.widget(cost(model), step=3))


def test_it_opens_at_the_step_and_both_sides_move_it(notebook: Notebook) -> None:
    page, widget = notebook.page, notebook.widget
    assert page.locator("h1").inner_text() == "Backward pass of C"
    assert page.evaluate("stepgrad.step") == 3
    page.click("#on")
    page.click("#on")
    notebook.hear(step=5)
    assert widget.step == page.evaluate("stepgrad.step") == 5
    widget.back(4)
    notebook.update()
    notebook.until("stepgrad.step === 1")
    assert notebook.tab.evaluate("sent") == []  # nothing comes back


def test_what_is_pressed_is_selected_in_python_and_the_other_way_round(notebook: Notebook) -> None:
    page, widget = notebook.page, notebook.widget
    page.click(".box.output")
    notebook.hear(_selected=len(widget.recording.nodes) - 1)
    assert widget.selected is not None and widget.selected.label == "C"
    widget.selected = "b^1_2"
    notebook.update()
    notebook.until("document.querySelector('#details .name')?.textContent === 'b¹₂'")
    page.click("#graph", position={"x": 5, "y": 5})
    notebook.hear(_selected=-1)
    assert widget.selected is None


def test_it_follows_a_training_and_what_is_open_stays(notebook: Notebook, model: MLP) -> None:
    page, widget = notebook.page, notebook.widget
    page.evaluate("document.mark = 1")
    opened = page.evaluate("stepgrad.opened")
    for _ in range(3):
        for p in model.parameters():
            p.data *= 0.5
        widget._quiet_until = 0.0
        widget.show(found := cost(model))
        notebook.update()
        text = f"data {number(found.data)}"
        notebook.until("text => document.querySelector('.box.output text').textContent.includes(text)", text)
    total = page.evaluate("stepgrad.contribution(2).contribution")
    assert total == widget.recording[2].contribution
    assert page.evaluate("[document.mark, stepgrad.step]") == [1, 3]
    assert page.evaluate("stepgrad.opened") == opened


def test_another_graph_is_another_page_without_a_moment_of_white(notebook: Notebook, model: MLP) -> None:
    notebook.widget._quiet_until = 0.0
    notebook.widget.show(cost(model, samples=3))
    notebook.update()
    assert notebook.tab.locator(FRAME).first.is_visible()  # the one before
    notebook.tab.wait_for_function(f"document.querySelectorAll(`{FRAME}`).length === 1")
    notebook.opened()
    assert notebook.page.evaluate("[stepgrad.size, stepgrad.step]") == [len(notebook.widget.recording.nodes), 3]


def test_neither_keys_nor_styles_get_from_one_to_the_other(notebook: Notebook) -> None:
    tab, page = notebook.tab, notebook.page
    assert page.locator("#on").is_visible() and page.locator("#graph").is_visible()  # hidden in the notebook
    tab.focus("body")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("t")
    assert tab.evaluate("keys.splice(0)") == ["ArrowRight", "t"]
    assert page.evaluate("[stepgrad.step, document.documentElement.dataset.theme]") == [3, "light"]
    page.click("#counter")
    tab.keyboard.press("ArrowRight")
    notebook.until("stepgrad.step === 4")
    assert tab.evaluate("keys") == []
    assert tab.evaluate("getComputedStyle(document.body).display") == "block"  # the page's body is a grid


def test_the_wheel_scrolls_the_notebook_until_the_page_is_used(notebook: Notebook) -> None:
    tab, page = notebook.tab, notebook.page
    scale = "document.querySelector('.world').style.transform"
    before = page.evaluate(scale)
    tab.mouse.move(300, 300)
    tab.mouse.wheel(0, 120)
    tab.wait_for_function("scrollY > 0")
    assert page.evaluate(scale) == before
    page.click("#counter")
    box = page.locator("#graph").bounding_box()
    tab.mouse.move(box["x"] + 100, box["y"] + 100)
    tab.mouse.wheel(0, 120)
    notebook.until("before => document.querySelector('.world').style.transform !== before", before)


def test_it_is_as_dark_as_the_notebook(notebook: Notebook) -> None:
    tab = notebook.tab
    for look, theme in (("background: oklch(0.2 0.02 250)", "dark"), ("color: #eee", "dark"), ("color: #111", "light")):
        tab.evaluate("look => document.body.setAttribute('style', look)", look)
        notebook.until("theme => document.documentElement.dataset.theme === theme", theme)


def test_a_frame_that_loads_anew_is_where_it_was(notebook: Notebook) -> None:
    notebook.widget.step = 7
    notebook.widget.selected = "C"
    notebook.update()
    notebook.tab.evaluate("const cell = document.getElementById('cell'); document.body.prepend(cell)")  # it loads again
    notebook.opened()
    notebook.until("stepgrad.step === 7 && document.querySelector('.selected')")


def test_a_name_is_text_whatever_it_is(tab: Any) -> None:
    x = Value(0.5, label="</script><script>parent.hacked = 1</script>$&%%CONTENT%%")
    notebook = Notebook(tab, viz.widget(tanh(x)))
    assert x.label in notebook.page.evaluate("stepgrad.name(0)")
    assert tab.evaluate("window.hacked") is None

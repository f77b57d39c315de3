"""The widget's side in Python: what is selected, the step, and passes that follow each other. Messages play the page."""

import asyncio
import builtins
import gc
import json
import subprocess
import sys
import time
import warnings
import weakref
from typing import Any

import pytest
from browsed import network, neuron

import viz
from autograd import ArgumentError, OperandError, Value, record_backward, tanh
from viz.pages.content import content_of, numbers_of
from viz.pages.page import json_of
from viz.pages.passes import passes_in

pytest.importorskip("anywidget", reason="anywidget is not installed")


def chain(w: Value, x: float = 2.0) -> Any:
    cost = (tanh(w * x) - 1.0) ** 2
    cost.label = "C"
    return cost


@pytest.fixture
def w() -> Value:
    return Value(0.5, label="w")


def observed(widget: Any, name: str) -> list[Any]:
    seen: list[Any] = []
    widget.observe(lambda change: seen.append(change["new"]), name)
    return seen


def hurry(widget: Any) -> None:
    """Let the next pass be shown at once: the waiting itself is not what is tested."""
    widget._quiet_until = 0.0


# --- selected -----------------------------------------------------------------------------------------------------------


def test_what_is_selected_on_the_page_is_the_very_value(w: Value) -> None:
    widget = viz.widget(chain(w))
    seen = observed(widget, "selected")
    widget.set_state({"_selected": 0})
    assert widget.selected is w and seen == [w]
    widget.set_state({"_selected": -1})
    assert widget.selected is None and seen[1:] == [None]


def test_equal_numbers_are_not_one_value_and_are_not_compared() -> None:
    a, b = Value(1.0, label="a"), Value(1.0, label="b")
    widget = viz.widget(a * b)
    seen = observed(widget, "selected")
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # IdentityWarning
        widget.selected = a
        widget.selected = b
    assert [v is one for v, one in zip(seen, (a, b), strict=True)] == [True, True]
    assert widget._selected == 1


def test_of_a_recording_it_is_the_node(w: Value) -> None:
    recording = record_backward(chain(w))
    widget = viz.widget(recording)
    assert widget.recording is recording
    widget.selected = "w"
    assert widget.selected == recording.nodes[0] and widget._selected == 0
    widget.set_state({"_selected": 2})
    assert widget.selected == recording.nodes[2]


def test_a_stranger_is_refused_and_nothing_changes(w: Value) -> None:
    widget = viz.widget(chain(w))
    widget.selected = w
    with pytest.raises(OperandError, match="not part of this graph"):
        widget.selected = Value(3.0)
    with pytest.raises(OperandError, match="'v'"):
        widget.selected = "v"
    assert widget.selected is w and widget._selected == 0


# --- step -----------------------------------------------------------------------------------------------------------------


def test_steps_from_python(w: Value) -> None:
    widget = viz.widget(chain(w), step=2)
    seen = observed(widget, "step")
    widget.forward()
    widget.back(2)
    widget.forward(100)
    widget.back(100)
    assert seen == [3, 1, len(widget.recording), 0]
    for step in (-1, 99, 1.5, True, "2"):
        with pytest.raises(ArgumentError, match="from 0 to 4"):
            widget.step = step
    assert widget.step == 0


def test_a_page_that_is_behind_cannot_leave_the_pass(w: Value) -> None:
    widget = viz.widget(chain(w))
    widget.set_state({"step": 10**6})
    assert widget.step == len(widget.recording)


# --- one pass after another ---------------------------------------------------------------------------------------------------


def test_the_same_shape_sends_numbers_only_and_another_shape_everything(w: Value) -> None:
    widget = viz.widget(chain(w), step=3)
    widget.selected = w
    first = widget._content
    assert json.loads(first)["title"] == "Backward pass of C" and widget._numbers == ""
    hurry(widget)
    w.data = 0.25
    widget.show(again := chain(w, 3.0))
    assert widget._content == first
    numbers = json.loads(widget._numbers)
    assert numbers["columns"]["data"] == content_of(record_backward(again))["columns"]["data"]
    assert len(widget._numbers) < len(first) / 2
    assert (widget.step, widget.selected) == (3, w)
    hurry(widget)
    widget.show(w * 3.0)
    assert widget._content != first and widget._numbers == ""
    assert widget.step == 1 and widget.selected is w  # the pass is shorter, the value is there


def test_the_selected_node_of_the_next_pass_is_another_object(w: Value) -> None:
    widget = viz.widget(chain(w))
    widget.selected = "C"
    seen = observed(widget, "selected")
    hurry(widget)
    widget.show(second := chain(w))
    assert widget.selected is second and seen[0] is second and len(seen) == 1


def test_gradients_stay_as_they_are(w: Value) -> None:
    widget = viz.widget(cost := chain(w))
    assert not w.has_grad and not cost.has_grad
    hurry(widget)
    widget.show(chain(w))
    assert not w.has_grad


def test_passes_that_come_too_soon_are_left_out_and_the_last_is_shown_as_it_was(w: Value) -> None:
    widget = viz.widget(chain(w))
    sent = observed(widget, "_numbers")
    widget._quiet_until = time.monotonic() + 1000.0
    for _ in range(50):
        cost = chain(w)
        cost.backward()
        widget.show(cost)
        before = w.data
        w.data -= 0.1 * w.grad
        w.zero_grad()
    assert sent == []
    recording = widget.recording  # whoever looks sees the last
    assert len(sent) == 1
    assert (recording.nodes[0].data, recording.root.data) == (before, cost.data)
    assert w.data != before
    assert json.loads(sent[0])["notes"] == []  # that w was zeroed since is not of the moment that is shown


def test_the_loop_that_runs_the_cells_shows_the_last_one(w: Value) -> None:
    async def cell() -> list[Any]:
        widget = viz.widget(chain(w))
        sent = observed(widget, "_numbers")
        for _ in range(5):
            w.data += 0.125
            widget.show(chain(w))
        assert sent == []
        while not sent:
            await asyncio.sleep(0.01)
        return sent

    (numbers,) = asyncio.run(cell())
    assert json.loads(numbers)["columns"] == numbers_of(passes_in(record_backward(chain(w))))["columns"]


def test_old_passes_are_freed(w: Value) -> None:
    class Cost(Value):
        pass

    widget = viz.widget(Cost(1.0) * 1.0)
    hurry(widget)
    root = Cost(2.0)
    gone = weakref.ref(root)
    widget.show(root * 1.0)
    hurry(widget)
    del root
    widget.show(w)
    gc.collect()
    assert gone() is None


def test_what_cannot_be_shown_is_refused_and_nothing_changes(w: Value) -> None:
    widget = viz.widget(chain(w))
    content = widget._content
    strangers: list[Any] = [3.0, None, "C"]
    for root in strangers:
        with pytest.raises(OperandError):
            widget.show(root)
        with pytest.raises(OperandError):
            viz.widget(root)
    with pytest.raises(ArgumentError, match="from 200 to 5000"):
        viz.widget(chain(w), height=5)
    with pytest.raises(ArgumentError, match="from 0 to 4"):
        viz.widget(chain(w), step=5)
    assert widget._content == content


def test_a_page_holds_its_numbers_and_what_passes_of_its_shape_share() -> None:
    for root in (neuron(), network(3)):
        passes = passes_in(record_backward(root))
        content, numbers = content_of(passes), numbers_of(passes)
        assert numbers["columns"].items() <= content["columns"].items()
        assert {name: content[name] for name in ("passes", "notes")} == {name: numbers[name] for name in ("passes", "notes")}
        assert {"start", "operands", "kind"} <= content["columns"].keys() - numbers["columns"].keys()
        assert json_of(numbers).isascii()


# --- without anywidget --------------------------------------------------------------------------------------------------------


def test_viz_does_not_import_it_and_an_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, w: Value) -> None:
    code = "import sys, viz; print([m for m in ('anywidget', 'traitlets', 'ipywidgets') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
    known = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "anywidget":
            raise ModuleNotFoundError("No module named 'anywidget'", name="anywidget")
        return known(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    monkeypatch.delitem(sys.modules, "viz.widgets.live", raising=False)
    with pytest.raises(viz.RenderError, match=r"pip install 'stepgrad\[widget\]'"):
        viz.widget(chain(w))

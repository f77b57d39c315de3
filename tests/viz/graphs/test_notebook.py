"""A `Value` in a notebook: a picture once viz is imported, text always - in a real kernel, spoken to as a notebook does."""

import base64
import re
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import viz
from autograd import Value
from viz.graphs.notebook import mime_bundle
from viz.pages.page import Page

jupyter_client = pytest.importorskip("jupyter_client", reason="jupyter_client is not installed")
pytest.importorskip("ipykernel", reason="ipykernel is not installed")


@pytest.fixture(scope="module")
def kernel() -> Iterator[Any]:
    manager, client = jupyter_client.manager.start_new_kernel(kernel_name="python3", startup_timeout=60)
    yield client
    client.stop_channels()
    manager.shutdown_kernel(now=True)


def shown(kernel: Any, code: str) -> dict[str, str]:
    """What a cell shows as its result, by MIME type."""
    found: dict[str, str] = {}

    def look(message: Any) -> None:
        assert message["msg_type"] != "error", message["content"]["traceback"]
        if message["msg_type"] == "execute_result":
            found.update(message["content"]["data"])

    reply = kernel.execute_interactive(code, output_hook=look, timeout=60)
    assert reply["content"]["status"] == "ok"
    return found


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of the kernel's own libraries
def test_a_cell_shows_text_and_after_importing_viz_a_picture(kernel: Any) -> None:
    plain = shown(kernel, "from autograd import Value, no_grad\nx = Value(2.0, label='x')\nx * 3.0")
    assert plain == {"text/plain": "Value(data=6.0)"}
    drawn = shown(kernel, "import viz\ny = x * 3.0\ny.backward()\ny")
    assert drawn["text/plain"] == "Value(data=6.0, grad=1.0)"
    assert drawn["image/svg+xml"].lstrip().startswith("<?xml")
    for text in ("data 6", "grad 1", "data 2", "grad 3"):
        assert text in drawn["image/svg+xml"]
    assert "<svg" in shown(kernel, "viz.draw(y)")["image/svg+xml"]


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_large_graph_shows_itself_folded_and_a_broken_one_as_text(kernel: Any) -> None:
    code = "from nn import MLP\nmodel = MLP(20, [20, 3])\nmodel([0.5] * 20)[0]"
    assert "folded" in shown(kernel, code)["image/svg+xml"]
    broken = shown(kernel, "a = x * 2.0\nb = a * 2.0\na.parents = (b,)\nb")
    assert broken == {"text/plain": "Value(data=8.0)"}


BEFORE = """
import viz
from autograd import Value, record_backward
from nn import MLP
from nn.data import moons
from nn.train import fit
from viz.debugger import Session, diagnose, why
x = Value(-2.0, label="<w>")
dead = x.relu() * 3.0
recording = record_backward(dead)
session = Session(recording)
session.step();
pole = Value(0.0, label="<w>") ** 0.5
"""


@pytest.fixture(scope="module")
def prepared(kernel: Any) -> Any:
    shown(kernel, BEFORE)
    return kernel


PAGE = 'srcdoc="&lt;!doctype html&gt;'


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize(
    ("code", "html", "text"),
    [
        ("viz.page(dead)", PAGE, "<page: "),
        ("recording", PAGE, "<page: "),
        ("session", "&quot;step&quot;:1", "<Session at step 1 of 2>"),
        ("why(recording, 0)", "because the local derivative", "because the local derivative"),
        ("diagnose(pole)", "&lt;w&gt;.grad += inf", "[Finding(kind='not finite backward'"),
        ("diagnose(pole)[0]", "not finite backward (fact)", "Try: keep the base above 0"),
        ("[x, dead]", "&lt;w&gt;", "[Value("),
        ("moons(20)", "20 samples of 2 numbers", "<Data: 20 samples"),
        ("MLP(2, [3, 1])", "<svg", "MLP of ["),
        ("viz.draw(dead)", "<svg", "Picture"),
    ],
)
def test_the_last_line_of_a_cell_shows_the_thing(prepared: Any, code: str, html: str, text: str) -> None:
    found = shown(prepared, code)
    assert html in found["text/html"] and text in found["text/plain"]
    assert "<w>" not in found["text/html"], "names are text, whatever they are"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_history_is_its_curve_a_derivation_a_formula_and_other_lists_stay(prepared: Any) -> None:
    found = shown(prepared, "fit(MLP(2, [1]), moons(20), epochs=2)")
    assert base64.b64decode(found["image/png"]).startswith(b"\x89PNG")
    assert found["text/plain"].startswith("<History of ") and "2 epochs" in found["text/plain"]
    assert "$$" in shown(prepared, "viz.derivation(dead, x)")["text/latex"]
    for code, text in (("[]", "[]"), ("[1, x.data]", "[1, -2.0]"), ("[x, 1]", "[Value(data=-2.0, grad=0.0, label='<w>'), 1]")):
        assert shown(prepared, code) == {"text/plain": text}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_picture_has_a_form_for_paper_and_names_of_its_own(prepared: Any) -> None:
    one, other = shown(prepared, "dead"), shown(prepared, "x * 4.0")
    assert base64.b64decode(one["application/pdf"]).startswith(b"%PDF")
    names = [set(re.findall(r'\sid="([^"]+)"', found["text/html"])) for found in (one, other)]
    assert names[0] and not names[0] & names[1]


def test_a_page_stays_text_and_a_large_one_belongs_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    made = viz.page(Value(2.0, label="x") * 3.0)
    assert isinstance(made, Page) and made.startswith("<!doctype html>")
    monkeypatch.setattr(sys.modules["viz.pages.page"], "LARGE", 100)
    assert list(made.forms()) == ["text/plain"] and "steps.html" in made.forms()["text/plain"]


def test_a_picture_too_large_for_paper_is_in_html_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules["viz.graphs.picture"], "PAPER", 100)
    assert list(viz.draw(Value(2.0, label="x") * 3.0)._repr_mimebundle_()) == ["text/html"]


def test_whatever_goes_wrong_the_text_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("viz.graphs.notebook.draw", fail)
    assert mime_bundle(Value(1.0)) == {}
    assert Value(1.0)._repr_mimebundle_(include=None, exclude=None) == {"text/plain": "Value(data=1.0)"}

"""A `Value` in a notebook: a picture once viz is imported, text always - in a real kernel, spoken to as a notebook does."""

from collections.abc import Iterator
from typing import Any

import pytest

from autograd import Value
from viz.graphs.notebook import mime_bundle

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


def test_whatever_goes_wrong_the_text_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise MemoryError

    monkeypatch.setattr("viz.graphs.notebook.draw", fail)
    assert mime_bundle(Value(1.0)) == {}
    assert Value(1.0)._repr_mimebundle_(include=None, exclude=None) == {"text/plain": "Value(data=1.0)"}

"""The widget and pictures in a real JupyterLab, a real marimo, JupyterLite and nbconvert: `make test-notebooks` installs them.

A widget is opened, stepped and pressed; a later cell sees in Python what happened, and a training is followed while it runs.
"""

import functools
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from browsed import SETTINGS
from places import ROOT

pytestmark = pytest.mark.notebooks
BIN = ROOT / ".venv-notebooks" / "bin"
PATIENCE = 60.0  # seconds: two servers, a kernel and a browser start
FRAME = "iframe[title='Backward pass, step by step']"

MODEL = """
import random, time, viz, viz.debugger
from autograd import Value, record_backward
from nn import MLP, mean_squared_error
from nn.data import moons
model = MLP(2, [2, 1], activation="tanh", rng=random.Random(1))
def cost():
    c = mean_squared_error([model([0.5, -1.0])], [0.3]); c.label = "C"; return c
page = viz.widget(cost())
"""
TRAINING = """
for _k in range(60):
    _c = cost()
    _c.backward()
    page.show(_c)
    for _p in model.parameters():
        _p.data -= 0.002 * _p.grad
        _p.zero_grad()
    time.sleep(0.05)
print("cost", viz.style.number(_c.data))
"""


@contextmanager
def server(folder: pathlib.Path, *command: str) -> Iterator[str]:
    """A program of the environment, serving at a port of its own, PORT among its arguments; its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {name: str(folder / name.lower()) for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    environment = {**os.environ, **own, "PYTHONPATH": str(ROOT)}
    address = f"http://127.0.0.1:{port}/"
    with (folder / "log").open("w") as log:
        arguments = [str(BIN / command[0]), *(part.replace("PORT", str(port)) for part in command[1:])]
        running = subprocess.Popen(arguments, cwd=folder, env=environment, stdout=log, stderr=log)
        try:
            end = time.monotonic() + PATIENCE
            while True:
                with suppress(urllib.error.URLError, ConnectionError):
                    urllib.request.urlopen(address, timeout=5).close()
                    break
                assert running.poll() is None and time.monotonic() < end, (folder / "log").read_text()
                time.sleep(0.2)
            yield address
        finally:
            running.terminate()
            running.wait(20)


def until(tab: Any, condition: Callable[[], bool], what: str) -> None:
    """Wait for something that no selector says."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, what
        tab.wait_for_timeout(50)


def page_in(tab: Any) -> Any:
    """The page inside of the widget, when it is there."""
    page = tab.wait_for_selector(FRAME, timeout=1000 * PATIENCE).content_frame()
    until(tab, lambda: page.evaluate("window.stepgrad !== undefined"), "the page")
    until(tab, lambda: page.evaluate("stepgrad.boxes().length > 0 && document.getElementById('graph').clientWidth > 0"), "room")
    return page


def press(page: Any, selector: str) -> None:
    """A click; a notebook may scroll at the first, when it notices where the focus is."""
    page.locator(selector).first.scroll_into_view_if_needed()
    page.click(selector)


def readable(page: Any) -> bool:
    """True if the box in which the pass begins is on the stage, and not too small to be read."""
    stage, box = (page.locator(name).first.bounding_box() for name in ("#stage", ".box.output"))
    inside = stage["x"] <= box["x"] and box["x"] + box["width"] <= stage["x"] + stage["width"]
    below = stage["y"] <= box["y"] and box["y"] + box["height"] <= stage["y"] + stage["height"]
    return bool(inside and below and box["height"] > 25)


@pytest.fixture
def tab(browser: Any) -> Iterator[Any]:
    if not BIN.exists():
        pytest.skip("JupyterLab and marimo are installed by `make test-notebooks`")
    context = browser.new_context(**SETTINGS | {"viewport": {"width": 1400, "height": 900}, "color_scheme": "null"})
    opened = context.new_page()
    yield opened
    if folder := os.environ.get("PICTURES"):  # to look at, with and without a failure
        opened.screenshot(path=pathlib.Path(folder) / "last.png")
    context.close()


# --- JupyterLab -----------------------------------------------------------------------------------------------------------


CELLS = [
    MODEL + "page",
    "print(page.step, page.selected.label)",
    "page.step = 5\npage.selected = 'b^1_2'",
    TRAINING,
    "viz.page(cost())",
]


def cell_of(code: str, number: int) -> dict[str, Any]:
    return {"cell_type": "code", "source": code, "metadata": {}, "outputs": [], "execution_count": None, "id": f"cell{number}"}


def notebook_of(cells: list[str]) -> str:
    """A notebook as Jupyter has it, without outputs."""
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    made = [cell_of(code, n) for n, code in enumerate(cells)]
    return json.dumps({"cells": made, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def run_cell(tab: Any, number: int) -> None:
    """Run a cell of JupyterLab, by the keys that a person uses."""
    tab.locator(".jp-Notebook .jp-CodeCell").nth(number).locator(".jp-InputArea-editor").click()
    tab.keyboard.press("Shift+Enter")


def theme_of_frame(tab: Any) -> str:
    """That of the first page in a frame which is no widget."""
    page = tab.locator("iframe.stepgrad").first.element_handle().content_frame()
    return str(page.evaluate("document.documentElement.dataset.theme"))


def printed(tab: Any, number: int) -> str:
    """The text below a cell."""
    output = tab.locator(".jp-Notebook .jp-CodeCell").nth(number).locator(".jp-OutputArea-output")
    return "\n".join(output.all_inner_texts())


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_in_jupyterlab(theme: str, tab: Any, tmp_path: pathlib.Path) -> None:
    (tmp_path / "widget.ipynb").write_text(notebook_of(CELLS), encoding="utf-8")
    settings = tmp_path / "jupyter_config_dir" / "lab" / "user-settings" / "@jupyterlab" / "apputils-extension"
    settings.mkdir(parents=True)
    (settings / "themes.jupyterlab-settings").write_text(json.dumps({"theme": f"JupyterLab {theme}"}))
    (settings / "notification.jupyterlab-settings").write_text(json.dumps({"fetchNews": "false", "checkForUpdates": False}))

    run, says = functools.partial(run_cell, tab), functools.partial(printed, tab)
    options = ("--port=PORT", "--no-browser", "--allow-root", "--IdentityProvider.token=", f"--ServerApp.root_dir={tmp_path}")
    with server(tmp_path, "jupyter", "lab", *options) as address:
        tab.goto(f"{address}lab/tree/widget.ipynb")
        tab.wait_for_selector("text=/\\| Idle/", timeout=1000 * PATIENCE)  # of the kernel, in the bar below
        run(0)
        page = page_in(tab)
        until(tab, lambda: readable(page), "a picture that can be read")
        assert page.evaluate("document.documentElement.dataset.theme") == theme.lower()
        press(page, ".box.output")
        until(tab, lambda: page.locator("#details .name").count() == 1, "selected")
        press(page, "#on")
        press(page, "#on")
        step = page.evaluate("stepgrad.step")
        assert step > 0
        tab.wait_for_timeout(500)
        assert page.evaluate("stepgrad.step") == step  # nothing comes back from Python
        run(1)
        until(tab, lambda: says(1) != "", "printed")
        assert says(1).strip() == f"{step} C"
        run(2)
        until(tab, lambda: page.evaluate("stepgrad.step") == 5, "step from Python")
        assert page.locator("#details .name").inner_text() == "b¹₂"
        run(3)
        seen = set()

        def finished() -> bool:
            seen.add(page.locator(".box.output text").first.text_content())
            return says(3) != ""

        until(tab, finished, "trained")
        assert len(seen) > 5, "it followed while the cell ran"
        last = says(3).strip().replace("cost", "data")
        until(tab, lambda: last in (page.locator(".box.output text").first.text_content() or ""), f"{last} is shown at the end")
        assert page.evaluate("stepgrad.step") == 5
        run(4)
        tab.wait_for_selector("iframe.stepgrad", timeout=1000 * PATIENCE)
        until(tab, lambda: theme_of_frame(tab) == theme.lower(), "a page in a frame is as dark as the notebook")
        if folder := os.environ.get("PICTURES"):
            tab.locator(FRAME).first.scroll_into_view_if_needed()
            tab.screenshot(path=pathlib.Path(folder) / f"jupyterlab-{theme.lower()}.png")


# --- nbconvert ------------------------------------------------------------------------------------------------------------


def converted(folder: pathlib.Path, *options: str) -> pathlib.Path:
    """A notebook of a graph, a page, a derivation and a widget that nbconvert has run and written in another form."""
    model = MODEL + "cost()"
    cells = [model, "viz.page(cost())", "viz.derivation(cost(), model.parameters()[0])", "viz.widget(cost())"]
    (folder / "shown.ipynb").write_text(notebook_of(cells), encoding="utf-8")
    own = {name: str(folder / name.lower()) for name in ("HOME", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR")}
    command = [str(BIN / "jupyter"), "nbconvert", "--execute", *options, "shown.ipynb"]
    environment = {**os.environ, **own, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=180, check=False)
    assert done.returncode == 0, done.stderr
    (made,) = (path for path in folder.glob("shown.*") if path.suffix in (".html", ".tex"))
    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nbconvert_writes_html_that_answers_without_python(theme: str, tab: Any, tmp_path: pathlib.Path) -> None:
    made = converted(tmp_path, "--to", "html", "--theme", theme)
    tab.context.set_offline(True)  # its mathematics and widgets come from elsewhere
    tab.goto(made.as_uri(), wait_until="commit")
    picture = tab.locator(".jp-OutputArea-output svg").first
    picture.wait_for(timeout=1000 * PATIENCE)
    tips = picture.locator("a").evaluate_all("all => all.map(e => e.getAttribute('xlink:title') ?? '')")
    assert any(tip.startswith("C = v") for tip in tips), tips[:5]
    frame = tab.locator("iframe.stepgrad").first.element_handle().content_frame()
    until(tab, lambda: frame.evaluate("window.stepgrad !== undefined"), "the page")
    assert theme_of_frame(tab) == theme
    press(frame, "#on")
    until(tab, lambda: frame.evaluate("stepgrad.step") == 1, "a step")
    if folder := os.environ.get("PICTURES"):
        tab.screenshot(path=pathlib.Path(folder) / f"nbconvert-{theme}.png")


@pytest.mark.skipif(shutil.which("pandoc") is None, reason="pandoc is not installed, which nbconvert needs for LaTeX")
def test_nbconvert_writes_latex_with_pictures_as_pdf(tmp_path: pathlib.Path) -> None:
    if not BIN.exists():
        pytest.skip("nbconvert is installed by `make test-notebooks`")
    text = converted(tmp_path, "--to", "latex").read_text(encoding="utf-8")
    pictures = re.findall(r"\{(shown_files/[^}]*)\}", text)
    assert pictures and all(name.endswith(".pdf") for name in pictures), pictures  # of an SVG, Inkscape would have to make one
    assert "iframe" not in text


# --- marimo -----------------------------------------------------------------------------------------------------------------

SHOWN = [
    ("cost()", "<svg"),
    ("record_backward(cost())", "srcdoc="),
    ("viz.debugger.Session(record_backward(cost()))", "srcdoc="),
    ("model.parameters()", "b^1_2|b¹₂"),
    ("model", "<svg"),
    ("viz.debugger.why(record_backward(cost()), 'C')", "because it is where the pass begins"),
    ("viz.debugger.diagnose(Value(0.0, label='pole') ** 0.5)", "Try: keep the base above 0|keep the base above 0"),
    ("viz.derivation(cost(), model.parameters()[0])", "marimo-tex"),
    ("viz.page(cost())", "srcdoc="),
    ("moons(20)", "20 samples of 2 numbers"),
    ("[1, 2.5]", "2.5"),
]
NAMES = ("Value", "cost", "model", "moons", "page", "record_backward", "time", "viz")


def marimo(cells: list[str]) -> str:
    """A notebook of marimo: a function a cell, which takes what it uses."""
    text = "import marimo\napp = marimo.App()\n"
    for n, code in enumerate(cells):
        body = "\n".join(f"    {line}" for line in code.strip().splitlines())
        given = "" if n == 0 else ", ".join(NAMES)
        text += f"\n@app.cell\ndef _({given}):\n{body}\n    return {'(' + ', '.join(NAMES) + ')' if n == 0 else ''}\n"
    return text


def shows(output: Any, mark: str) -> bool:
    """True if a cell's output has something in its markup."""
    return re.search(mark, output.inner_html()) is not None


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_in_marimo(theme: str, tab: Any, tmp_path: pathlib.Path) -> None:
    cells = [MODEL + "page", TRAINING, *(code for code, _ in SHOWN)]
    (tmp_path / "notebook.py").write_text(marimo(cells), encoding="utf-8")
    settings = f'[tool.marimo.display]\ntheme = "{theme}"\n[tool.marimo.runtime]\nauto_instantiate = true\n'
    (tmp_path / "pyproject.toml").write_text(settings, encoding="utf-8")
    options = ("edit", "notebook.py", "--port=PORT", "--headless", "--no-token", "--skip-update-check")
    with server(tmp_path, "marimo", *options) as address:
        tab.goto(address)
        page = page_in(tab)
        until(tab, lambda: readable(page), "a picture that can be read")
        assert page.evaluate("document.documentElement.dataset.theme") == theme
        press(page, "#on")
        until(tab, lambda: page.evaluate("stepgrad.step") == 1, "a step")
        tab.wait_for_timeout(500)
        assert page.evaluate("stepgrad.step") == 1  # nothing comes back from Python
        everything = tab.locator("body")
        until(tab, lambda: re.search(r"cost [\d.e−]+", everything.inner_text()) is not None, "trained")
        (cost,) = re.findall(r"cost ([\d.e−]+)", everything.inner_text())[-1:]
        until(tab, lambda: f"data {cost} " in (page.locator(".box.output text").first.text_content() or ""), "the last cost")
        if folder := os.environ.get("PICTURES"):
            tab.screenshot(path=pathlib.Path(folder) / f"marimo-{theme}.png")
        for number, (code, mark) in enumerate(SHOWN, 2):
            cell = tab.locator(".marimo-cell").nth(number)
            cell.scroll_into_view_if_needed()
            output = cell.locator(".output-area, .output").first
            until(tab, functools.partial(shows, output, mark), code)
            if mark == "srcdoc=":
                until(tab, lambda: theme_of_frame(tab) == theme, "a page in a frame is as dark as the notebook")
            if folder and number % 3 == 2:
                tab.screenshot(path=pathlib.Path(folder) / f"marimo-{theme}-{number}.png")


# --- JupyterLite ------------------------------------------------------------------------------------------------------------


def test_in_jupyterlite_with_nothing_installed(tab: Any, tmp_path: pathlib.Path) -> None:
    site = tmp_path / "site"
    subprocess.run([str(BIN / "python"), str(ROOT / "examples" / "lite" / "build.py"), str(site)], check=True, timeout=300)
    strangers = []
    tab.on("request", lambda request: strangers.append(request.url) if request.url.startswith("https:") else None)
    options = ("-m", "http.server", "PORT", "--bind", "127.0.0.1", "--directory", str(site))
    with server(tmp_path, "python", *options) as address:
        tab.goto(f"{address}lab/index.html?path=neuron.ipynb")
        tab.wait_for_selector("text=/\\| Idle/", timeout=2000 * PATIENCE)
        run_cell(tab, 0)
        picture = tab.locator(".jp-Notebook .jp-CodeCell").nth(0).locator(".jp-OutputArea-output svg")
        picture.wait_for(timeout=1000 * PATIENCE)
        assert "y = tanh" in picture.text_content() and "grad 1.573" in picture.text_content()
        run_cell(tab, 1)
        page = page_in(tab)
        until(tab, lambda: readable(page), "a picture that can be read")
        press(page, ".box[data-id=n0]")
        until(tab, lambda: page.locator("#details .name").count() == 1, "selected")
        press(page, "#on")
        until(tab, lambda: page.evaluate("stepgrad.step") == 1, "a step")
        tab.wait_for_timeout(500)
        run_cell(tab, 2)
        until(tab, lambda: printed(tab, 2) != "", "printed")
        assert printed(tab, 2).startswith("(1, Value(data=-3.0, grad=1.57") and "label='w'" in printed(tab, 2)
        run_cell(tab, 3)
        learned = re.compile(r"tanh\s+data ([\d.]+)")
        until(tab, lambda: learned.search(printed(tab, 3)) is not None, "trained")
        (output,) = learned.findall(printed(tab, 3))
        assert abs(float(output) - 0.9) < 0.01
        until(tab, lambda: "Backward pass of C" in page_in(tab).locator("h1").inner_text(), "the page of the cost")
        if folder := os.environ.get("PICTURES"):
            tab.screenshot(path=pathlib.Path(folder) / "jupyterlite.png")
    assert strangers == []

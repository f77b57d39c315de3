"""The project as a whole: who imports whom, what an import costs, what is public, and what is in the package.

The engine needs the standard library only, networks need the engine, pictures know nothing of networks: read off the
syntax trees of every module, not off what happens to be imported today. The wheel is built from a copy of this checkout
and used by an interpreter that sees nothing else.
"""

import ast
import builtins
import email
import importlib
import inspect
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import make_stubs
import pytest
import setuptools
from places import ROOT

import autograd
from autograd import Value

PACKAGES = ("autograd", "nn", "viz", "stepgrad")
SHIPPED = (".py", ".pyi", ".typed", ".js", ".css", ".html")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def isolated(code: str, folder: pathlib.Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run code in an interpreter that sees the standard library and one folder: no site-packages, no environment."""
    command = [sys.executable, "-I", "-S", "-W", "error", "-c", f"import sys; sys.path.insert(0, {str(folder)!r})\n{code}"]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


# --- who imports whom --------------------------------------------------------------------------------------------------


class Import(NamedTuple):
    """An import statement: in which file, of which top-level package, and whether a function has to be called for it."""

    file: str
    package: str
    lazy: bool


def _imports(tree: ast.AST, file: str, lazy: bool = False) -> Iterator[Import]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield Import(file, alias.name.partition(".")[0], lazy)
        elif isinstance(node, ast.ImportFrom):
            assert node.level < len(pathlib.PurePosixPath(file).parts), f"{file}: line {node.lineno} leaves its package"
            own = file.partition("/")[0]
            yield Import(file, own if node.level else (node.module or "").partition(".")[0], lazy)
        else:
            yield from _imports(node, file, lazy or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)))


def imports_of(package: str) -> list[Import]:
    found: list[Import] = []
    for path in sorted((ROOT / package).rglob("*.py*")):
        if path.suffix in (".py", ".pyi"):
            file = path.relative_to(ROOT).as_posix()
            found += _imports(ast.parse(path.read_text(encoding="utf-8"), file), file)
    return found


# Beyond the standard library and itself: what a package may import at any time, and what only inside a function.
ALLOWED: dict[str, tuple[set[str], set[str]]] = {
    "autograd": (set(), set()),
    "nn": ({"autograd"}, {"numpy", "safetensors", "sklearn", "rich", "distributed"}),
    "viz": ({"autograd", "graphviz"}, {"wasmtime", "vl_convert", "matplotlib", "PIL", "fontTools"}),
    "stepgrad": ({"autograd", "nn", "viz"}, set()),  # the last two for type checkers only
}
# Programs in NumPy, which are written when somebody asks for them.
_REPLAY_IN_NUMPY = [
    *(f"arrays/{name}" for name in ("adjoints", "export", "lines", "parts", "program", "reader", "source", "sweep")),
    *(f"passes/{name}" for name in ("batch", "columns", "cse", "cut", "dead", "dots", "fold", "groups", "hoist", "merged")),
    *("passes/rolled", "passes/sums", "passes/terms", "laned"),
]
# Models of other frameworks, whose arrays become scalars.
_LIFT_IN_NUMPY = [
    "around",
    "blocks",
    "graph",
    "operations",
    "pytorch/dependence",
    "pytorch/lifting",
    "pytorch/samples",
    "pytorch/windows",
    "rows",
    "stopping",
    "sweep",
    "unused",
]
_LIFT_OF_PYTORCH = [
    "__init__",
    "calls",
    "chains",
    "dependence",
    "healthy",
    "hooks",
    "lifting",
    "modules",
    "moves",
    "partials",
    "refusing",
    "repeating",
    "samples",
    "taping",
    "watching",
    "windows",
]
_LIFT_OF_JAX = [
    "__init__",
    "calls",
    "connected",
    "cotangents",
    "equations",
    "lifting",
    "moves",
    "naming",
    "partials",
    "private",
    "refusing",
    "running",
    "watching",
]
_LIFT_OF_JAX_IN_NUMPY = [
    "calls",
    "dependence",
    "equations",
    "lifting",
    "moves",
    "partials",
    "products",
    "running",
    "watching",
    "windows",
]
# NumPy is an extra: modules that nothing else imports may use it, others when somebody hands them an array.
EXCEPTIONS = {
    "autograd": {
        Import("autograd/primitives/arrays.py", "numpy", lazy=False),
        Import("autograd/structure.py", "numpy", lazy=True),
        Import("autograd/numpy_protocol.py", "numpy", lazy=True),
        *(Import(f"autograd/replay/{name}.py", "numpy", lazy=True) for name in ("batches", "rows", "saving")),
        Import("autograd/_generated.pyi", "numpy", lazy=False),  # read by type checkers
        *(Import(f"autograd/replay/{name}.py", "numpy", lazy=False) for name in _REPLAY_IN_NUMPY),
    },
    "stepgrad": set(),
    "nn": {Import(f"nn/{name}.py", "numpy", lazy=False) for name in ("backprop", "batched")},
    "viz": {
        *(Import(f"viz/debugger/lift/{name}.py", "numpy", lazy=False) for name in _LIFT_IN_NUMPY),
        *(Import(f"viz/debugger/lift/pytorch/{name}.py", "torch", lazy=False) for name in _LIFT_OF_PYTORCH),
        *(Import(f"viz/debugger/lift/jax/{name}.py", "jax", lazy=False) for name in _LIFT_OF_JAX),
        Import("viz/debugger/lift/jax/private.py", "jaxlib", lazy=False),
        *(Import(f"viz/debugger/lift/jax/{name}.py", "numpy", lazy=False) for name in _LIFT_OF_JAX_IN_NUMPY),
        Import("viz/debugger/terminal/tui.py", "textual", lazy=False),  # imported for --tui only
        *(
            Import("viz/widgets/live.py", name, lazy=False) for name in ("anywidget", "traitlets")
        ),  # imported by viz.widget only
        Import("viz/_typed.pyi", "matplotlib", lazy=False),  # read by type checkers
    },
}


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_what_it_may(package: str) -> None:
    always, lazily = ALLOWED[package]
    foreign = {i for i in imports_of(package) if i.package not in {*sys.stdlib_module_names, package}}
    ordinary = foreign - EXCEPTIONS[package]
    assert not {i for i in ordinary if i.package not in always and not (i.lazy and i.package in lazily)}
    # What is allowed is what is used: the scan sees it, and no permission outlives its reason.
    assert {i.package for i in ordinary} == always | lazily
    assert foreign - ordinary == EXCEPTIONS[package]


def test_the_project_declares_the_packages_that_are_there_and_the_engine_depends_on_nothing() -> None:
    assert PROJECT["dependencies"] == []
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    shipped = setuptools.find_packages(str(ROOT), **settings["packages"]["find"])
    assert {name.partition(".")[0] for name in shipped} == set(PACKAGES)
    folders = {path.parent.relative_to(ROOT).as_posix() for package in PACKAGES for path in (ROOT / package).rglob("*.py")}
    assert {name.replace(".", "/") for name in shipped} == folders


# --- what an import costs ----------------------------------------------------------------------------------------------


def test_the_engine_works_without_any_third_party_package() -> None:
    done = isolated(
        "import autograd, nn, random\n"
        "x = autograd.Value(3.0)\n"
        "(x * x).backward()\n"
        "model = nn.MLP(2, [2, 1], rng=random.Random(0))\n"
        "nn.mean_squared_error(model([1.0, 2.0]), 1.0).backward()\n"
        "files = {getattr(m, '__file__', None) or '' for m in sys.modules.values()}\n"
        "print(x.grad, any('site-packages' in f for f in files), 'numpy' in sys.modules)\n"
    )
    assert (done.stdout, done.stderr) == ("6.0 False False\n", "")


def test_the_engine_is_imported_as_quickly_as_a_module_of_the_standard_library(capsys: pytest.CaptureFixture[str]) -> None:
    """In processor time, alternating, best of seven: what else the machine does slows both down."""
    code = "import time; start = time.process_time(); import {}; print(time.process_time() - start)"
    ours, theirs = [], []
    for _ in range(7):
        ours.append(float(isolated(code.format("autograd")).stdout))
        theirs.append(float(isolated(code.format("asyncio")).stdout))
    with capsys.disabled():
        print(f" [import autograd: {min(ours) * 1e3:.0f} ms, asyncio {min(theirs) * 1e3:.0f} ms] ", end="")
    assert min(ours) < 1.5 * min(theirs)  # 0.6 where it was written: an import of NumPy alone would not fit


# --- two packages of one name ------------------------------------------------------------------------------------------


def _add_file(folder: pathlib.Path) -> None:
    (folder / "differential_operators.py").write_text("# from the other package\n", encoding="utf-8")


def _add_folder(folder: pathlib.Path) -> None:
    (folder / "numpy").mkdir()


@pytest.fixture
def copied(tmp_path: pathlib.Path) -> pathlib.Path:
    shutil.copytree(ROOT / "autograd", tmp_path / "autograd", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


@pytest.mark.parametrize("merge", [_add_file, _add_folder])
def test_a_folder_merged_with_pypis_autograd_is_noticed(copied: pathlib.Path, merge: Callable[[pathlib.Path], None]) -> None:
    assert isolated("import autograd; print(autograd.__version__)", copied).stdout == f"{autograd.__version__}\n"
    merge(copied / "autograd")
    done = isolated("import autograd", copied)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    for words in (str(copied / "autograd"), "'autograd' (HIPS)", "'stepgrad'", "pip uninstall autograd stepgrad"):
        assert words in last


# What the other package's files do as far as ours meet them: its own __init__ and extend lie over ours, the rest beside.
OTHER = {
    "__init__.py": "from .differential_operators import grad\n",
    "differential_operators.py": "def grad(): ...\n",
    "extend.py": "def primitive(): ...\n",
    "numpy/__init__.py": "",
}


def _install_the_other(folder: pathlib.Path) -> None:
    for name, text in OTHER.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")


def _uninstall_the_other(folder: pathlib.Path) -> None:
    for name in OTHER:
        (folder / name).unlink()
    (folder / "numpy").rmdir()


@pytest.mark.parametrize("package", ["nn", "viz"])
def test_the_other_package_installed_later_is_noticed_by_what_is_left_of_ours(copied: pathlib.Path, package: str) -> None:
    for name in ("nn", "viz"):
        shutil.copytree(ROOT / name, copied / name, ignore=shutil.ignore_patterns("__pycache__"))
    _install_the_other(copied / "autograd")
    assert isolated("import autograd; autograd.grad()", copied).returncode == 0, "it is the other package now"
    last = isolated(f"import {package}", copied).stderr.strip().splitlines()[-1]
    for words in ("ImportError: ", str(copied / "autograd"), "two packages at once", "pip uninstall autograd stepgrad"):
        assert words in last
    _uninstall_the_other(copied / "autograd")
    last = isolated(f"import {package}", copied).stderr.strip().splitlines()[-1]
    for words in ("ImportError: ", "lost its __init__.py", "pip install --force-reinstall --no-deps stepgrad"):
        assert words in last
    for name in ("__init__.py", "extend.py"):
        shutil.copy(ROOT / "autograd" / name, copied / "autograd" / name)
    assert isolated("import nn", copied).returncode == 0
    shutil.rmtree(copied / "autograd")
    (copied / "autograd").mkdir()
    _install_the_other(copied / "autograd")  # found first, in a folder of its own
    last = isolated(f"import {package}", copied).stderr.strip().splitlines()[-1]
    for words in (f"ImportError: {package} belongs to stepgrad", str(copied / "autograd"), "HIPS", "pip uninstall autograd"):
        assert words in last


@pytest.mark.exhaustive
@pytest.mark.parametrize("ours_first", [True, False])
def test_the_real_other_package_in_both_orders(wheel: zipfile.ZipFile, tmp_path: pathlib.Path, ours_first: bool) -> None:
    """The real pip, and PyPI's autograd: installed, uninstalled as the messages say, and installed again."""
    python = tmp_path / "env" / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    subprocess.run([sys.executable, "-m", "venv", str(tmp_path / "env")], check=True, timeout=120)
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTHONHOME")}

    def ask(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(python), *arguments]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, check=False, cwd=tmp_path, env=environment)

    def install(*what: str) -> None:
        done = ask("-m", "pip", "install", "--quiet", "--disable-pip-version-check", *what)
        if done.returncode and "autograd==1.9.1" in what:
            pytest.skip(f"PyPI's autograd cannot be had here: {done.stderr.strip().splitlines()[-1:]}")
        assert done.returncode == 0, done.stderr

    def said(statement: str) -> str:
        done = ask("-c", statement)
        return done.stderr.strip().splitlines()[-1] if done.returncode else ""

    assert wheel.filename
    ours, other = ("--no-deps", wheel.filename), ("autograd==1.9.1",)
    for what in (ours, other) if ours_first else (other, ours):
        install(*what)
    assert "two packages at once" in said("import nn")
    assert "two packages at once" in said("import viz")
    assert ("" if ours_first else "two packages at once") in said("import autograd")
    if ours_first:
        assert ask("-m", "pip", "uninstall", "--yes", "autograd").returncode == 0
        assert "lost its __init__.py" in said("import nn")
        install("--force-reinstall", *ours)
        assert said("import nn") == ""
    assert ask("-m", "pip", "uninstall", "--yes", "autograd", "stepgrad").returncode == 0
    assert "No module named 'autograd'" in said("import autograd")
    install(*ours)
    assert said("import nn, autograd; autograd.Value(1.0)") == ""


# --- public names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_exist_once_and_are_documented(package: str) -> None:
    module = importlib.import_module(package)
    names = module.__all__
    assert len(names) == len(set(names))
    assert not [name for name in names if name.startswith("_")]
    assert (module.__doc__ or "").strip()
    for name in names:
        thing = getattr(module, name)
        if inspect.isclass(thing) or callable(thing):
            assert (thing.__doc__ or "").strip(), f"{package}.{name} says nothing about itself"


def _own_members(owner: type) -> Iterator[tuple[str, Any]]:
    for name, member in vars(owner).items():
        if not name.startswith("_") and (inspect.isfunction(member) or isinstance(member, property)):
            yield f"{owner.__module__}.{owner.__qualname__}.{name}", member


def test_every_public_function_class_and_method_of_every_module_is_documented() -> None:
    silent, seen = [], 0
    for package in PACKAGES:
        for path in (ROOT / package).glob("*.py"):
            module = importlib.import_module(package if path.stem == "__init__" else f"{package}.{path.stem}")
            assert (module.__doc__ or "").strip(), path
            for name, thing in vars(module).items():
                if name.startswith("_") or not (inspect.isfunction(thing) or inspect.isclass(thing)):
                    continue
                if (thing.__module__, thing.__name__) != (module.__name__, name):
                    continue  # imported from elsewhere, or made by a function and given a name
                members = [(f"{module.__name__}.{name}", thing), *(_own_members(thing) if inspect.isclass(thing) else ())]
                seen += len(members)
                silent += [full for full, member in members if not (inspect.getdoc(member) or "").strip()]
    assert silent == []
    assert seen > 100


def test_every_method_made_from_the_table_is_documented() -> None:
    for row in autograd.TABLE.values():
        if row.method:
            assert row.doc in (getattr(Value, row.name).__doc__ or ""), row.name


def test_a_star_import_leaves_pythons_own_functions_alone() -> None:
    assert not set(autograd.__all__) & set(vars(builtins))
    # They are there under the package's name, where nobody takes them for the others.
    assert all(callable(getattr(autograd, name)) for name in ("sum", "abs", "pow", "round"))


def test_the_stub_is_up_to_date() -> None:
    # In an interpreter of its own: other tests, and the code blocks of the documentation, define primitives in this one.
    tests = pathlib.Path(make_stubs.__file__).parent
    done = isolated(f"sys.path.append({str(tests)!r})\nimport make_stubs\nprint(make_stubs.stub(), end='')")
    assert done.stdout == make_stubs.PATH.read_text(encoding="utf-8"), f"run `make stubs`\n{done.stderr}"


# --- version, wheel ----------------------------------------------------------------------------------------------------


def test_the_version_stands_in_one_place() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", autograd.__version__)
    assert "version" in PROJECT["dynamic"]
    assert "version" not in PROJECT
    literal = re.compile(rf"version.*[\"']{re.escape(autograd.__version__)}[\"']", re.IGNORECASE)
    files = [path for package in PACKAGES for path in (ROOT / package).glob("*.py")]
    written = [path.relative_to(ROOT).as_posix() for path in files if literal.search(path.read_text(encoding="utf-8"))]
    assert written == ["autograd/__init__.py"]


def test_the_changelog_begins_with_this_version() -> None:
    headings = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert next(heading for heading in headings if heading != "Unreleased") == autograd.__version__


def _built(tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]) -> zipfile.ZipFile:
    """The wheel, built from a copy of the checkout with the setuptools of this environment: nothing is downloaded."""
    source, out = tmp_path_factory.mktemp("source") / "stepgrad", tmp_path_factory.mktemp("wheel")
    generated = shutil.ignore_patterns(".*", "*.so", "__pycache__", "*.egg-info", "build", "dist", "demo-output")
    shutil.copytree(ROOT, source, ignore=generated)
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(out), "."]
    everything = os.environ | environment
    done = subprocess.run(command, cwd=source, capture_output=True, text=True, timeout=120, check=False, env=everything)
    assert done.returncode == 0, done.stdout + done.stderr
    (path,) = out.iterdir()
    return zipfile.ZipFile(path)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """The wheel without compiled nodes."""
    built = _built(tmp_path_factory, {"STEPGRAD_PURE": "1"})
    assert pathlib.Path(built.filename or "").name == f"stepgrad-{autograd.__version__}-py3-none-any.whl"
    return built


ASK = "import os; os.environ['AUTOGRAD_CORE'] = 'compiled'"


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("cc") is None, reason="a C compiler is not installed")
def test_the_wheel_with_compiled_nodes_is_one_for_every_later_python(
    tmp_path_factory: pytest.TempPathFactory, wheel: zipfile.ZipFile
) -> None:
    quickly = tmp_path_factory.mktemp("compiler") / "cc"
    quickly.write_text('#!/bin/sh\nexec cc "$@" -O0 -g0\n', encoding="utf-8")  # it is about what is built, not about speed
    quickly.chmod(0o755)
    built = _built(tmp_path_factory, {"CC": str(quickly)})
    assert f"stepgrad-{autograd.__version__}-cp311-abi3-" in (built.filename or "")
    compiled = {name for name in built.namelist() if ".dist-info/" not in name} - set(wheel.namelist())
    assert {name.replace(".abi3.so", "").replace(".pyd", "") for name in compiled} == {
        "autograd/_core",
        "autograd/replay/native/_tape",
    }
    folder = tmp_path_factory.mktemp("compiled")
    built.extractall(folder)
    done = isolated(
        f"{ASK}; import autograd; x = autograd.Value(3.0); (x * x).backward(); print(autograd.core().name, x.grad)", folder
    )
    assert (done.stdout, done.stderr) == ("compiled 6.0\n", "")


@pytest.mark.slow
def test_without_a_compiler_the_wheel_is_built_all_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    built = _built(tmp_path_factory, {"CC": "false"})
    folder = tmp_path_factory.mktemp("no_compiler")
    built.extractall(folder)
    done = isolated(f"{ASK}; import autograd; print(*autograd.core(), sep='|')", folder)
    assert done.stdout == "pure|the compiled nodes cannot be used: No module named 'autograd._core'\n"


@pytest.mark.slow
def test_the_wheel_holds_the_three_packages_whole_and_nothing_else(wheel: zipfile.ZipFile) -> None:
    files = {path for package in PACKAGES for path in (ROOT / package).rglob("*") if path.suffix in SHIPPED}
    expected = {path.relative_to(ROOT).as_posix(): path.read_bytes() for path in files}
    assert {f"{package}/py.typed" for package in PACKAGES} | {"autograd/_generated.pyi"} <= set(expected)
    inside = {name: wheel.read(name) for name in wheel.namelist() if ".dist-info/" not in name}
    assert inside == expected
    assert {name.partition("/")[0] for name in wheel.namelist()} == {*PACKAGES, f"stepgrad-{autograd.__version__}.dist-info"}


@pytest.mark.slow
def test_the_wheel_says_what_it_is(wheel: zipfile.ZipFile) -> None:
    names = {pathlib.PurePosixPath(name).name: name for name in wheel.namelist() if ".dist-info/" in name}
    assert wheel.read(names["LICENSE"]) == (ROOT / "LICENSE").read_bytes()
    metadata = email.message_from_string(wheel.read(names["METADATA"]).decode())
    assert (metadata["Name"], metadata["Version"]) == ("stepgrad", autograd.__version__)
    assert metadata["Requires-Python"] == PROJECT["requires-python"]
    assert metadata.get_payload().strip() == (ROOT / "README.md").read_text(encoding="utf-8").strip()  # type: ignore[union-attr]
    required = metadata.get_all("Requires-Dist") or []
    assert all("extra ==" in line for line in required), "the engine alone needs nothing"
    assert set(metadata.get_all("Provides-Extra") or []) == set(PROJECT["optional-dependencies"])


@pytest.mark.slow
def test_what_is_in_the_wheel_works_by_itself(wheel: zipfile.ZipFile, tmp_path: pathlib.Path) -> None:
    wheel.extractall(tmp_path)
    done = isolated(
        "import autograd, nn, os\n"
        "x = autograd.Value(3.0)\n"
        "autograd.sin(nn.Neuron(1)([x])).backward()\n"
        "print(autograd.__version__, os.path.dirname(os.path.dirname(autograd.__file__)) == sys.path[0])",
        tmp_path,
    )
    assert (done.stdout, done.stderr) == (f"{autograd.__version__} True\n", "")

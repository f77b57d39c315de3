"""Types a user can feel: what checkers say of the public names, of the examples, and of what is written in README and docs.

mypy runs over everything in `make test`. Here are pyright, which editors ask, and Python itself: what `typing_tests` claims
about a value is compared with the value.
"""

import ast
import dataclasses
import importlib.util
import inspect
import json
import pathlib
import pkgutil
import re
import subprocess
import sys
import tomllib
import typing
from typing import Any, NamedTuple

import pytest
import shown

import autograd
import typing_tests
from nn.settings import Settings
from nn.train import fit

ROOT = pathlib.Path(autograd.__file__).resolve().parent.parent
CLAIMS = [module.name for module in pkgutil.iter_modules(typing_tests.__path__)]

needs_pyright = pytest.mark.skipif(importlib.util.find_spec("basedpyright") is None, reason="basedpyright is not installed")


class Remark(NamedTuple):
    """Something that pyright says: of which file and line (from 1), how gravely, in which words."""

    file: str
    line: int
    severity: str
    text: str


def pyright(folder: pathlib.Path) -> list[Remark]:
    """What pyright says of a folder with a configuration."""
    command = [sys.executable, "-m", "basedpyright", "--outputjson", "--pythonpath", sys.executable, "-p", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode in (0, 1), done.stderr + done.stdout
    found = json.loads(done.stdout)["generalDiagnostics"]
    return [Remark(pathlib.Path(d["file"]).name, d["range"]["start"]["line"] + 1, d["severity"], d["message"]) for d in found]


@pytest.fixture(scope="module")
def remarks(tmp_path_factory: pytest.TempPathFactory) -> list[Remark]:
    """What pyright says of what this project includes and of the examples in README and docs, with its settings: in one run."""
    folder = tmp_path_factory.mktemp("shown")
    shown.write(folder)
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pyright"]
    ours = [str(ROOT / name) for name in settings["include"]]
    settings |= {"include": [".", *ours], "extraPaths": [str(ROOT)]}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    return pyright(folder)


@pytest.mark.slow
@needs_pyright
def test_pyright_agrees_with_every_claim_and_finds_every_mistake(remarks: list[Remark]) -> None:
    assert [r for r in remarks if r.severity == "error" and not r.file.startswith("shown_")] == []


# Of what a checker knows no type, and why that is so; each has to be there.
NOT_KNOWN = {
    r"\b(grad|jacobian|hessian|hvp|jvp|vjp|value_and_grad|derivative|pullback)\(": "the structure of an argument, a lambda",
    r"shown_derivatives\.py|shown_autograd__(vjp|grad)\.py": "the same, by name",
    r"shown_(replay|autograd__(Program|compile)\w*)\.py": "plain numbers in the structure of the function's result",
    r"shown_(pytorch|jax)\.py": "tensors of a framework that is not read",
    r"shown_scaling\.py": "results that come back from a cluster, of which Dask knows no type",
    r"shown_editors\.py": "JSON of the protocol, read by a client of ten lines",
    r"shown_(numpy|backpropagation)\.py": "arrays of NumPy, of objects or of any shape",
    r"shown_autograd__define_primitive\.py.*slope": "a formula, which is read by floats, Values, texts and arrays",
    r"names\['cost'\]|shown_stepping_with_pdb\.py": "what a script has left: exec and runpy say nothing of it",
    r"\['dead'\]": "a share, or None where it means nothing, compared with a number",
    r"shown_readme\.py.*cost < 0\.1": "assigned in a loop that may not run",
}


@pytest.mark.slow
@needs_pyright
def test_pyright_knows_what_comes_out_of_every_public_example(remarks: list[Remark]) -> None:
    found = [
        (f"{remark.file}:{remark.line} {what}", kind)
        for remark in remarks
        if remark.file.startswith("shown_")
        for what, kind in re.findall(r'^Type of "(.*)" is "(.*)"$', remark.text, re.DOTALL)
    ]
    assert len(found) > 400
    assert sum("Value" in kind for _, kind in found) > 80
    unknown = [f"{what} is {kind}" for what, kind in found if re.search(r"\b(Any|Unknown)\b", kind)]
    assert [line for line in unknown if not any(re.search(known, line) for known in NOT_KNOWN)] == []
    assert [known for known in NOT_KNOWN if not any(re.search(known, line) for line in unknown)] == []


def test_the_settings_of_fit_are_the_same_for_checkers_for_help_and_when_it_runs() -> None:
    tree = ast.parse((ROOT / "nn" / "_typed.pyi").read_text(encoding="utf-8"))
    (asked,) = (node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Asked")
    written = [item.target.id for item in asked.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)]
    settings = {field.name: field for field in dataclasses.fields(Settings)}
    assert written == list(settings) and len(written) == 18
    shown = inspect.signature(fit).parameters
    assert [name for name in shown if name in settings] == written
    assert all(shown[name].default == settings[name].default for name in written if name != "schedule")


# --- the claims, held to what happens --------------------------------------------------------------------------------------


def holds(value: object, claim: Any) -> bool:
    """Whether a value is of a type, and what is in it as well."""
    origin, arguments = typing.get_origin(claim), typing.get_args(claim)
    if claim is Any:
        return True
    if origin is None:
        return value is None if claim is None else isinstance(value, claim)
    if not isinstance(value, origin):
        return False
    if isinstance(value, dict):
        return all(holds(k, arguments[0]) and holds(v, arguments[1]) for k, v in value.items())
    assert isinstance(value, (list, tuple))
    kinds = [arguments[0]] * len(value) if isinstance(value, list) or arguments[-1] is ... else list(arguments)
    return len(value) == len(kinds) and all(map(holds, value, kinds))


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_is_true_when_it_runs(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(f"typing_tests.{name}")
    compared = 0

    def compare(value: object, claim: Any) -> None:
        nonlocal compared
        compared += 1
        assert holds(value, claim), f"claimed to be {claim}: {value!r}"

    monkeypatch.setattr(module, "assert_type", compare)
    for function in (thing for thing in vars(module).values() if inspect.isfunction(thing)):
        if function.__module__ == module.__name__ and function.__name__ != "mistakes":
            function()
    assert compared == inspect.getsource(module).count("    assert_type(") > 10


def test_a_wrong_claim_is_seen() -> None:
    assert holds([1.0], list[float]) and holds((1.0, "a"), tuple[float, str]) and holds(None, None)
    assert not holds([1], list[float]) and not holds((1.0,), tuple[float, str]) and not holds(autograd.Value(1.0), float)

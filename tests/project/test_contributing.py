"""The recipes of CONTRIBUTING.md: the first is followed step by step in a copy, the others show files that are there."""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap
import tomllib

import pytest
from places import ROOT

TEXT = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def section(title: str) -> str:
    return TEXT.partition(f"### {title}\n")[2].partition("\n##")[0]


def block(text: str, beginning: str) -> str:
    """The indented block that begins so, without its indentation."""
    start = next(m.start() for m in re.finditer(r"^ +", text, re.MULTILINE) if text.startswith(beginning, m.end()))
    lines = iter(text[start:].splitlines())
    first = next(lines)
    indent = len(first) - len(first.lstrip())
    taken = [first]
    for line in lines:
        if line.strip() and len(line) - len(line.lstrip()) < indent:
            break
        taken.append(line)
    return textwrap.dedent("\n".join(taken)).rstrip() + "\n"


@pytest.mark.slow
def test_whoever_follows_the_recipe_for_a_primitive_has_one(tmp_path: pathlib.Path) -> None:
    for folder in ("autograd", "nn", "viz", "tests"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__", "node_modules"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "docs").mkdir()
    recipe = section("A primitive")
    for name, beginning, neighbour in (
        ("autograd/primitives/table.py", '_P("softsign"', '    _P("silu"'),
        ("tests/shared/oracle.py", '"softsign": Oracle', '    "silu": Oracle'),
    ):
        assert f"`{name}`" in recipe
        path = tmp_path / name
        before, mark, after = path.read_text(encoding="utf-8").partition(neighbour)
        row = textwrap.indent(block(recipe, beginning), "    ")
        path.write_text(before + row + mark + after, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "REGENERATE": ""}

    def run(*arguments: str) -> str:
        command = [sys.executable, *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    for script in ("make_stubs.py", "make_reference.py"):  # make stubs
        assert f"tests/shared/{script}" in MAKEFILE.partition("\nstubs:")[2].partition("\n\n")[0]
        run(f"tests/shared/{script}")
    assert "def softsign(" in (tmp_path / "autograd" / "_generated.pyi").read_text(encoding="utf-8")
    assert "| `softsign(u)`<br>u / (1 + \\|u\\|) |" in (tmp_path / "docs" / "reference.md").read_text(encoding="utf-8")
    command = block(recipe, "make stubs").splitlines()[2].removeprefix(".venv/bin/python ").split()
    passed = re.search(r"(\d+) passed", run(*command, "-m", "not exhaustive", "-p", "no:cacheprovider", "-n", "0"))
    assert passed and int(passed[1]) > 8
    assert run("-c", "import autograd; print(autograd.Value(-3.0).softsign().data)") == "-0.75\n"


@pytest.mark.parametrize(("title", "name"), [
    ("A fault that the debugger should name", "tests/faults/29_wrong_sign_of_update.py"),
    ("A false alarm", "tests/innocent/minimax.py"),
])  # fmt: skip
def test_the_scripts_that_are_shown_are_those_of_the_tests(title: str, name: str) -> None:
    assert f"`{name}`" in section(title)
    assert block(section(title), '"""') == (ROOT / name).read_text(encoding="utf-8")


def test_files_folders_and_targets_that_are_named_are_there() -> None:
    paths = set(re.findall(r"\b(?:tests|docs|viz|autograd|benchmarks)/[\w./]*", TEXT))
    assert len(paths) > 8
    for path in paths - {"tests/..."}:
        assert (ROOT / path).exists(), path
    for target in re.findall(r"\bmake ([a-z][a-z-]+)", TEXT):
        assert re.search(rf"^{target}:", MAKEFILE, re.MULTILINE), target


def test_the_fast_tests_are_there() -> None:
    fast = re.search(r"^FAST := \$\(addprefix tests/, ((?:.*\\\n)*.*)\)$", MAKEFILE, re.MULTILINE)
    assert fast
    for name in fast[1].replace("\\", "").split():
        assert (ROOT / "tests" / name).exists(), name


def test_every_marker_has_a_command_that_runs_its_tests_and_make_test_does_not() -> None:
    made = MAKEFILE.replace("$(ELSEWHERE)", (re.search(r"^ELSEWHERE := (.*)$", MAKEFILE, re.MULTILINE) or [""])[1])

    def asked_for(target: str) -> str:
        recipe = re.search(rf"^{target}:.*\n((?:\t.*\n)+)", made, re.MULTILINE)
        assert recipe, target
        return (re.search(r'-m "([^"]+)"|-m (\w+)(?: |$)', recipe[1].partition(" pytest ")[2], re.MULTILINE) or [""])[0]

    markers = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]["markers"]
    for name, says in (marker.split(": ", 1) for marker in markers):
        (command,) = re.findall(r"`make ([a-z-]+)`", says)
        assert re.search(rf"(?<!not )\b{name}\b", asked_for(command)), command
        for other in {"test", "test-core", "test-slow"} - {command}:
            assert f"not {name}" in asked_for(other), (other, name)

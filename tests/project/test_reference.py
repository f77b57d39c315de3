"""docs/reference.md is complete, and its docstrings are Markdown that says what they said."""

import inspect
import re
import typing

import make_reference
import pytest
from docstring_pages import escaped, first, prose, signature
from places import ROOT

import autograd
from autograd import TABLE

TEXT = make_reference.PATH.read_text(encoding="utf-8")
MODULES = {"autograd": (autograd, autograd.__all__), **make_reference.PACKAGES}


def calls(name: str) -> list[str]:
    """The signatures that the page has for a name."""
    text = TEXT.partition(f"### {escaped(name)}\n\n```python\n")[2].partition("\n```")[0]
    return [" ".join(call.split()) for call in re.split(rf"\n(?={name}\()", text) if call]


def test_a_function_of_several_kinds_of_arguments_has_a_signature_for_each() -> None:
    assert calls("dot") == [
        "dot(weights: Iterable[float], inputs: Iterable[float], bias: float = 0.0) -> float",
        "dot(weights: Iterable[Real], inputs: Iterable[Real], bias: Real = 0.0) -> Value",
    ]
    assert calls("softmax") == [
        "softmax(*numbers: Value | Iterable[Value]) -> list[Value]",
        "softmax(*numbers: float | Iterable[float]) -> list[float]",
        "softmax(*numbers: Real | Iterable[Real]) -> list[Value]",
    ]
    assert calls("hypot") == [] and len(calls("cross_entropy")) == 3
    for module, names in MODULES.values():
        for name in names:
            thing = getattr(module, name)
            if calls(name) and typing.get_overloads(thing):
                assert not any("Untyped" in call or call.endswith("(u: Any) -> Any") for call in calls(name)), name
                assert len(calls(name)) > 1, name


@pytest.mark.parametrize("name", MODULES)
def test_every_public_name_is_there(name: str) -> None:
    section = TEXT.partition(f"\n## {name}\n")[2].partition("\n## ")[0]
    known = {alias for row in TABLE.values() for alias in (row.name, *row.aliases)}
    module, names = MODULES[name]
    for public in names:
        thing = getattr(module, public)
        if inspect.ismodule(thing) or (name == "autograd" and public in known | {"TABLE"}):
            continue
        heading = escaped(f"plots.{public}" if name == "viz.plots" else public)
        assert f"### {heading}\n" in f"\n{section}" or f"\n| `{public}` |" in section, public


@pytest.mark.parametrize("module", ["nn.train", "nn.data"])
def test_what_the_docs_import_from_a_module_is_in_its_section(module: str) -> None:
    prose = "".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")])
    imported = {name for names in re.findall(rf"from {module} import ([\w, ]+)", prose) for name in names.split(", ")}
    assert imported
    assert imported <= set(make_reference.PACKAGES[module][1])


def test_every_primitive_has_a_row_and_every_row_as_many_cells_as_the_head() -> None:
    table = TEXT.partition("\n## Primitives\n")[2].partition("\n## ")[0]
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(TABLE) - len(make_reference.HELPERS)
    for row in rows:
        assert len(re.split(r"(?<!\\)\|", row)) == 7, row
    for name in ("arctan", "fabs", "rad2deg"):  # aliases stand beside the primitive
        assert f"`{name}`" in table
    assert r"| `tanh(u)`<br>hyperbolic tangent | $\tanh(u)$ | $1 - y^{2}$ | everywhere |  |" in rows
    assert "| `u != 0` | 0 at 0 |" in next(row for row in rows if "`relu(u)`" in row)


def test_every_example_of_a_docstring_is_an_example_of_the_page() -> None:
    for name in ("grad", "hvp", "check_gradients", "record_backward"):
        for line in re.findall(r"^\s+(>>> .*)$", inspect.getdoc(getattr(autograd, name)) or "", re.MULTILINE):
            assert f"\n{line}\n" in TEXT


def test_nothing_of_this_machine_and_of_pythons_own_notation_is_on_the_page() -> None:
    assert not re.search(r"0x[0-9a-f]{5}|<(factory|lambda|locals|module|function|object)\b", TEXT)


def test_a_docstring_becomes_markdown() -> None:
    doc = """Two to the power n_1, if `n_1` < 3.

Args:
    n, m: whole numbers, *not* floats;
        more of them.

Returns:
    A number,
    as a float.

Example:
    >>> 2**3
    8
"""
    assert prose(doc).splitlines() == [
        r"Two to the power n\_1, if `n_1` &lt; 3.",
        "",
        "**Args**",
        "",
        r"* `n, m`: whole numbers, \*not\* floats;",
        "  more of them.",
        "",
        "**Returns** A number, as a float.",
        "",
        "```python",
        ">>> 2**3",
        "8",
        "```",
    ]
    assert first("One |x|,\ntwo.\n\nThree.") == r"One \|x\|, two."


def test_a_long_signature_has_a_line_for_each_argument() -> None:
    def short(a: int, *, b: "str" = "x") -> None: ...

    def long(first_of_all: list[int], second: dict[str, float], *rest: int, key: str = "a value of some length") -> list[int]:
        return [*first_of_all, *rest]

    def bare(first_of_all: list[int], *, a_keyword_argument: dict[str, float], key: str = "a value of some length") -> None: ...

    assert signature(short) == "(a: int, *, b: str = 'x') -> None"
    assert signature(long).splitlines() == [
        "(",
        "    first_of_all: list[int],",
        "    second: dict[str, float],",
        "    *rest: int,",
        "    key: str = 'a value of some length',",
        ") -> list[int]",
    ]
    assert signature(bare).splitlines()[2] == "    *,"

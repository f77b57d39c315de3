"""The house as it stands: its modules, who imports whom, and the floors that docs/architecture.md gives them."""

import ast
import functools
import pathlib
import re
from collections.abc import Iterator
from typing import NamedTuple

from places import ROOT

PACKAGES = ("autograd", "nn", "viz", "stepgrad")


class Import(NamedTuple):
    """An import of one module by another, wherever it stands in the file: in a function and for types only as well."""

    of: str
    by: str


@functools.cache
def parsed(text: str) -> ast.Module:
    """The syntax tree of a file."""
    return ast.parse(text)


def modules(root: pathlib.Path) -> dict[str, pathlib.Path]:
    """Every module of the packages, by its dotted name; the face of a package goes by the name of the package."""
    found = {}
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


@functools.cache
def imports(root: pathlib.Path) -> tuple[Import, ...]:
    """Who imports whom. A name taken from a face that is a module counts as that module."""
    return tuple(_imports(root))


def _imports(root: pathlib.Path) -> Iterator[Import]:
    known = modules(root)
    for name, file in known.items():
        package = name if file.name == "__init__.py" else name.rpartition(".")[0]
        for node in ast.walk(parsed(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                of = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                base = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
                start = ".".join([*base, *([node.module] if node.module else [])])
                of = [full if (full := f"{start}.{alias.name}") in known else start for alias in node.names]
            else:
                continue
            for other in of:
                if other in known and other != name:
                    yield Import(other, name)


def floors() -> dict[str, int]:
    """The floor of each room, of single modules, and of faces ('autograd/' is a room, 'autograd' its face)."""
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    table = text.partition("## Rooms and floors")[2].partition("\n## ")[0]
    found = {}
    for floor, rooms in re.findall(r"^\| (\d+) \| ([^|]*) \|", table, flags=re.M):
        for room in re.findall(r"`([\w/.]+)`", rooms):
            found[room] = int(floor)
    return found


def floor_of(module: str, table: dict[str, int], faces: set[str]) -> tuple[int, str]:
    """The floor and the room of a module: its own entry, or that of the nearest folder around it."""
    path = module.replace(".", "/")
    if module in faces:
        if path in table:
            return table[path], path
    elif f"{path}.py" in table:
        return table[f"{path}.py"], f"{path}.py"
    else:
        path = path.rpartition("/")[0]
    while path:
        if f"{path}/" in table:
            return table[f"{path}/"], f"{path}/"
        path = path.rpartition("/")[0]
    raise AssertionError(f"{module} has no floor in docs/architecture.md")

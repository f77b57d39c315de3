"""The house: every room on its floor, no import up a floor, no circle, no wall that a private name goes through.

docs/design.md holds the floors as a table. It is read here, so that what a reader is shown is what is true.
"""

import ast
import functools
import pathlib
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest
from places import ROOT

PACKAGES = ("autograd", "nn", "viz", "stepgrad")


class Import(NamedTuple):
    """An import of one module by another, wherever it stands in the file: in a function and for types only as well."""

    of: str
    by: str


@functools.cache
def parsed(text: str) -> ast.Module:
    return ast.parse(text)


def modules(root: pathlib.Path) -> dict[str, pathlib.Path]:
    """Every module of the packages, by its dotted name; the face of a package goes by the name of the package."""
    found = {}
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            parts = file.relative_to(root).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = file
    return found


def imports(root: pathlib.Path) -> Iterator[Import]:
    """Who imports whom. A name taken from a face that is a module counts as that module."""
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
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
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
    raise AssertionError(f"{module} has no floor in docs/design.md")


def up_a_floor(root: pathlib.Path) -> list[str]:
    """Imports that lead up, or sideways into another room of the same floor."""
    table, faces = floors(), {name for name, file in modules(root).items() if file.name == "__init__.py"}
    wrong = []
    for link in sorted(set(imports(root))):
        below, room = floor_of(link.of, table, faces)
        above, own = floor_of(link.by, table, faces)
        if room != own and below >= above:
            wrong.append(f"{link.by} (floor {above}) imports {link.of} (floor {below})")
    return wrong


def circles(root: pathlib.Path) -> list[str]:
    """Modules that import each other, directly or by way of others."""
    needs: dict[str, set[str]] = {}
    for link in imports(root):
        needs.setdefault(link.by, set()).add(link.of)
    state: dict[str, int] = {}
    found = []

    def visit(module: str, way: tuple[str, ...]) -> None:
        state[module] = 1
        for other in sorted(needs.get(module, ())):
            if state.get(other) == 1:
                found.append(" -> ".join([*way[way.index(other) :], other]))
            elif other not in state:
                visit(other, (*way, other))
        state[module] = 2

    for module in sorted(needs):
        if module not in state:
            visit(module, (module,))
    return found


def test_no_import_leads_up_a_floor() -> None:
    assert up_a_floor(ROOT) == []


def test_no_two_modules_need_each_other() -> None:
    assert circles(ROOT) == []


MICROGRAD = {"_prev", "_op", "_backward"}  # documented names, which micrograd has written so
NAMED_TUPLE = {"_replace", "_asdict", "_fields"}
# Private names of other projects' objects, read for want of a public one.
THEIRS = {
    "_getframe": "sys: the documented way to a frame",
    "_exit": "os: ends a process without the handlers of the one that it was forked from",
    "_implementation": "NumPy: a function without its dispatch to __array_function__",
    "_set_stopinfo": "pdb: where it stops next; `set_step` would stop in the engine",
    "_suggestion": "textual: what an Input suggests",
}


def private_names_through_walls(root: pathlib.Path) -> list[str]:
    """Reads of names with an underscore that another room has given; the engine's rooms together are one."""
    trees = {name: (file, parsed(file.read_text(encoding="utf-8"))) for name, file in modules(root).items()}
    given: dict[pathlib.Path, set[str]] = {}

    def room(file: pathlib.Path) -> pathlib.Path:
        return root / "autograd" if file.is_relative_to(root / "autograd") else file.parent

    for file, tree in trees.values():
        names = given.setdefault(room(file), {*THEIRS, *MICROGRAD, *NAMED_TUPLE})
        for node in ast.walk(tree):
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                names.add(node.name)
            elif isinstance(node, (ast.Name, ast.Attribute)) and isinstance(node.ctx, ast.Store):
                names.add(node.id if isinstance(node, ast.Name) else node.attr)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                names.add(node.value)  # a slot
    found = []
    for file, tree in trees.values():
        allowed = given[room(file)]
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute):
                read = [node.attr]
            elif isinstance(node, ast.ImportFrom):
                read = [alias.name for alias in node.names]
            else:
                continue
            found += [
                f"{file.relative_to(root)}:{node.lineno}: {name}"
                for name in read
                if re.fullmatch(r"_[a-z]\w*", name) and name not in allowed
            ]
    return found


def test_no_private_name_goes_through_a_wall() -> None:
    assert private_names_through_walls(ROOT) == []


def test_every_room_of_the_table_is_there_and_every_room_is_in_the_table() -> None:
    table = floors()
    assert len(table) > 20
    assert not [room for room in table if not (ROOT / room).exists()]
    rooms = {file.parent.relative_to(ROOT).as_posix() + "/" for file in modules(ROOT).values()}
    assert rooms - set(table) == {"viz/pages/web/", "viz/", "viz/debugger/"}  # scripts; and two folders of single modules


def test_every_room_has_a_face_that_says_what_it_is_what_goes_in_what_comes_out_and_what_it_may_import() -> None:
    for room in floors():
        if room.endswith("/") and room.count("/") > 1:
            said = ast.get_docstring(ast.parse((ROOT / room / "__init__.py").read_text(encoding="utf-8"))) or ""
            if room != "viz/plots/":  # whose face is for the people who call it
                assert all(word in said for word in ("In: ", "Out: ")), room
            assert "import" in said, room


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("viz/style.py", "from .graphs import draw", "viz.style"),
        ("viz/debugger/walk/session.py", "def f(): from ..editor import dap", "viz.debugger.editor.dap"),
        ("autograd/errors.py", "from .value import Value", "autograd.value"),
        ("viz/debugger/editor/dap.py", "from ..terminal import terminal", "viz.debugger.terminal.terminal"),
    ],
)
def test_an_import_up_a_floor_is_found(tmp_path: pathlib.Path, file: str, line: str, complaint: str) -> None:
    for package in PACKAGES:
        for source in (ROOT / package).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    with (tmp_path / file).open("a", encoding="utf-8") as text:
        text.write(f"\n{line}\n")
    assert any(complaint in found for found in up_a_floor(tmp_path))


def test_a_circle_is_found(tmp_path: pathlib.Path) -> None:
    for package in PACKAGES:
        (tmp_path / package).mkdir()
    (tmp_path / "nn" / "one.py").write_text("from . import two\n", encoding="utf-8")
    (tmp_path / "nn" / "two.py").write_text("def later():\n    from .one import name\n", encoding="utf-8")
    assert circles(tmp_path) == ["nn.one -> nn.two -> nn.one"]


def test_files_that_the_code_speaks_of_are_there() -> None:
    names = {file.name for folder in (*PACKAGES, "tests") for file in (ROOT / folder).rglob("*.py")}
    gone = [
        f"{file.relative_to(ROOT)}:{line}: {name}"
        for file in modules(ROOT).values()
        for line, text in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1)
        for name in re.findall(r"\((?:[a-z_]+/)*([a-z_]+\.py)[,) ]", text)
        if name not in names
    ]
    assert gone == []

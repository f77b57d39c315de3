"""The house: every room on its floor, no import up a floor, no circle, no wall that a private name goes through.

docs/architecture.md holds the floors as a table. It is read here, so that what a reader is shown is what is true.
"""

import ast
import pathlib
import re

import pytest
from house import PACKAGES, floor_of, floors, imports, modules, parsed
from places import ROOT


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
    "_actions": "argparse: the options and commands of a parser",
    "_suggestion": "textual: what an Input suggests",
    "_base": "PyTorch: the tensor that a view is of",
    "_schema": "PyTorch: what an operation is called with, gives, and changes",
    "_cdata": "PyTorch: which storage a tensor is in",
    "_backward_hooks": "PyTorch: the hooks of a tensor",
    "_python_dispatch": "PyTorch: the module of its documented dispatch modes",
    "_call_impl": "PyTorch: the frame in which a module runs",
    "_foreach_norm": "PyTorch: the norms of many tensors at once",
    "_flatten_dense_tensors": "PyTorch: many tensors joined to one",
    "_forward_hooks": "PyTorch: the hooks of a module",
    "_forward_pre_hooks": "PyTorch: the same, before it runs",
    "_backward_pre_hooks": "PyTorch: the same, before its gradients",
    "_get_current_function_mode_stack": "PyTorch: whether somebody else's mode is on top",
    "_pytree": "PyTorch: containers of tensors, read as it reads them",
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
    scripts = {"viz/pages/web/", "viz/widgets/web/"}
    assert rooms - set(table) == {*scripts, "viz/", "viz/debugger/"}  # the last two hold single modules


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

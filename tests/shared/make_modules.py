"""Write `docs/modules.md`: every module in the sentence with which its docstring begins, room by room, in an order to read.

`make stubs` writes it again, and a test fails until that is done. In a room a module comes after those of the room that it
imports, so whoever reads downwards meets nothing that has not been said.
"""

import ast
import pathlib
import re
from collections.abc import Iterator

from docstring_pages import escaped
from house import floor_of, floors, imports, modules, parsed
from places import ROOT

PATH = ROOT / "docs" / "modules.md"

HEADER = """# Every module in a sentence

Room by room from the ground floor up, and in each room in an order to read it: a module comes after those that it builds on.
The sentence is the one with which the module's own docstring begins; the paragraph after it, in the file, says why. What rooms
and floors are is in [Architecture](architecture.md). This page is written by `make stubs`.
"""


def page() -> str:
    """The text of the page."""
    rooms: dict[tuple[int, str], list[str]] = {}
    files, table = modules(ROOT), floors()
    faces = {name for name, file in files.items() if file.name == "__init__.py"}
    for name in files:
        floor, entry = floor_of(name, table, faces)
        rooms.setdefault((floor, _room(entry)), []).append(name)
    parts = [HEADER]
    for (floor, room), names in sorted(rooms.items()):
        parts.append(f"\n## Floor {floor}: `{room}`\n\n| module | |\n|---|---|\n")
        parts += [
            f"| `{files[n].relative_to(ROOT).as_posix()}` | {_cell(sentence(files[n]))} |\n" for n in in_order(names, faces)
        ]
    return "".join(parts)


def sentence(file: pathlib.Path) -> str:
    """The first sentence of a module's docstring."""
    doc = ast.get_docstring(parsed(file.read_text(encoding="utf-8"))) or ""
    paragraph = " ".join(doc.partition("\n\n")[0].split())
    return re.split(r"(?<=[a-z0-9)`'\"])\. (?=[A-Z`])", paragraph)[0].rstrip(".:")


def in_order(names: list[str], faces: set[str]) -> list[str]:
    """The modules of a room: its face first, then each after those that it imports; alphabetical where that leaves a choice."""
    needs: dict[str, set[str]] = {name: set() for name in names}
    for link in imports(ROOT):
        if link.by in needs and link.of in needs and link.of not in faces:
            needs[link.by].add(link.of)
    return list(_sorted(needs, [name for name in sorted(names) if name in faces]))


def _sorted(needs: dict[str, set[str]], first: list[str]) -> Iterator[str]:
    done = set(first)
    yield from first
    while len(done) < len(needs):
        name = min(name for name in needs if name not in done and needs[name] <= done)
        done.add(name)
        yield name


def _room(entry: str) -> str:
    """A single module stands in the folder it lies in."""
    return entry.rpartition("/")[0] + "/" if entry.endswith(".py") else entry


def _cell(text: str) -> str:
    return escaped(text).replace("|", r"\|")


if __name__ == "__main__":
    PATH.write_text(page(), encoding="utf-8")

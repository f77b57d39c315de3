"""`page(value, "steps.html")`: a computation and its backward pass as one file that any browser opens, offline.

This side only packs: the columns of a recording, as the very doubles (base64 of little-endian arrays), and the tree of folds,
in a block of JSON that no browser takes for markup. The folder web beside it holds the looks and the behaviour of the file:
modules with one purpose each, whose imports say what they build on. A file that is opened from disk cannot load modules, so
they are joined here, without a build step, into one script without imports, comments and indentation. The file's own
Content-Security-Policy says that only the style and the script it was made with may run, and that it never asks the network
for anything.
"""

import array
import base64
import hashlib
import html
import importlib.resources
import json
import os
import pathlib
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import ArgumentError, Recording, Value
from autograd.files import checked_path, write_whole
from autograd.foreign import teach_keywords
from autograd.primitives.readers import TEXT
from autograd.primitives.table import known
from autograd.recording.columns import carried
from autograd.recording.rules import rule_key

from .. import style
from ..checked import text
from ..formulas.notation import Algebra, places_of, shown
from ..graphs.choice import choose, everything
from ..graphs.fold import tree_of
from ..graphs.graph import Graph, graph_of
from ..graphs.tree import Tree
from ..graphs.view import CONSTANTS
from ..recorded import recorded
from ..rendering import FORMATS, FormatError

# In the order in which they build on each other: a script imports only from earlier scripts.
SCRIPTS = (
    "elements.js", "model.js", "passes.js", "words.js", "cut.js", "structure.js", "ways.js", "layout.js", "faces.js",
    "shapes.js", "colours.js", "arrows.js", "picture.js", "camera.js", "timeline.js", "links.js", "contribution.js",
    "details.js", "search.js", "keys.js", "help.js", "view.js", "tip.js", "print.js", "app.js", "inspection.js", "main.js",
)  # fmt: skip
STYLES = ("page.css", "panel.css", "help.css", "graph.css", "narrow.css", "print.css")
# The parts of a script that only readers need: imports, the word export, comments on lines of their own, empty lines,
# indentation. eslint forbids texts of several lines, in which indentation would count.
FOR_READERS = re.compile(r"^import [^;]*;\n|^export |^ *//.*\n|^\n|^ +", re.MULTILINE)
COMMENTS = re.compile(r"/\*.*?\*/\s*|^\n|^ +", re.MULTILINE | re.DOTALL)
KINDS = ("parameter", "input", "operation", "output")
BOXES = 1500  # a page with more boxes would be slow, and nobody could read it
SMALL = 45  # a page of so few values opens with nothing folded, if they can be read
OPENED = (40, 24, 16, 10)  # a page opens with as many boxes as can be read beside its panel, tried in this order


@teach_keywords
def page(root: Value | Recording, path: str | os.PathLike[str] | None = None, *, title: str | None = None) -> str:
    """Write an interactive page of a computation and its backward pass.

    Args:
        root: a recorded pass, or the value to begin one at. Gradients of a value's graph stay as they are.
        path: where to write it, an .html file; None to get the text instead.
        title: the title of the page; by default it says whose backward pass the page shows.

    Returns:
        The path; with path None the page itself.

    Raises:
        OperandError: root is neither a `Value` nor a recording.
        GraphError: as `backward()`.
        ArgumentError: the file cannot be written.
        FormatError: the file would be a picture's, by its suffix.

    Example:
        >>> x = Value(2.0, label="x")
        >>> text = page(x * x)
        >>> text.splitlines()[0]
        '<!doctype html>'
        >>> page(x * x, "steps.html")                          # doctest: +SKIP
        'steps.html'
    """
    title = "" if title is None else text(title, "page(title=...)")
    target = None if path is None else pathlib.Path(checked_path(path))
    if target is not None and target.suffix.lower().removeprefix(".") in FORMATS:
        raise FormatError(f"page: a page is a file .html, and {target.name!r} is a picture's; viz.save(value, path) draws one")
    recording = recorded(root, "page(root)")
    content = _html(_content(recording), title or f"Backward pass of {shown(recording.root.name)}")
    if target is None:
        return content
    try:
        write_whole(target, content.encode)
    except OSError as error:
        raise ArgumentError(
            f"cannot write the page {target}: {error.strerror or error}. Name a file in a folder that exists"
        ) from error
    return os.fsdecode(path or "")


# --- the file ----------------------------------------------------------------------------------------------------------


def _html(content: dict[str, Any], title: str) -> str:
    script = "(() => {\n'use strict';\n" + "".join(FOR_READERS.sub("", _read(name)) for name in SCRIPTS) + "})();\n"
    look = f":root {{ {_colours()} }}\n" + "".join(COMMENTS.sub("", _read(name)) for name in STYLES)
    allowed = f"script-src {_hash(script)}; style-src {_hash(look)}"
    parts = {
        "POLICY": f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'",
        "TITLE": html.escape(title).encode("ascii", "xmlcharrefreplace").decode(),
        "STYLE": look,
        "SCRIPT": script,
        "CONTENT": _json(content),
    }
    pieces = _read("page.html").split("%%")
    return "".join(parts[piece] if i % 2 else piece for i, piece in enumerate(pieces))


def _read(name: str) -> str:
    return (importlib.resources.files("viz.pages.web") / name).read_text(encoding="utf-8")  # a zip will do as well as a folder


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _json(content: dict[str, Any]) -> str:
    """JSON that ends no script element, whatever is in it; ASCII, so that half a surrogate pair survives as well."""
    return json.dumps(content, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c")


def _colours() -> str:
    """The constants of style.py as custom properties: the light variant; the dark one is in page.css."""
    colours = {
        "ink": style.INK, "muted": style.MUTED, "faint": style.FAINT, "paper": style.PAPER, "positive": style.POSITIVE,
        "negative": style.NEGATIVE, "alarm": style.ALARM, "alarm-fill": style.ALARM_FILL, "zero-fill": style.ZERO_FILL,
        "positive-fill": style.gradient_fill(1.0, 1.0), "negative-fill": style.gradient_fill(-1.0, 1.0),
    }  # fmt: skip
    return " ".join(f"--{name}: {colour};" for name, colour in colours.items()) + f' --font: "{style.FONT}";'


# --- what it holds -----------------------------------------------------------------------------------------------------


def _content(recording: Recording) -> dict[str, Any]:
    graph = graph_of(recording)
    tree = tree_of(graph)
    labels = list(graph.label)
    names = [0 if not label or shown(label) == label else shown(label) for label in labels]
    operations, operation = _distinct([style.operation(op) for op in graph.op])
    scopes, scope = _distinct(graph.scope)
    sources, source = _distinct([_source(place) for place in graph.source])
    rules, rule = _rules(recording)
    columns = {
        "data": _doubles(graph.data), "grad": _doubles(graph.grad), "constants": _doubles(graph.constants),
        "start": _integers(graph.start), "operands": _integers(graph.operands),
        "kind": _integers(KINDS.index(graph.kind(i)) for i in range(len(graph))),
        "operation": _integers(operation), "scope": _integers(scope), "source": _integers(source), "rule": _integers(rule),
        "seed": _doubles([recording.seed]),
    }  # fmt: skip
    return {
        "columns": columns | _steps(recording, graph),
        "labels": labels,
        "names": names,
        "operations": operations,
        "scopes": scopes,
        "sources": sources,
        "rules": rules,
        "groups": _groups(tree),
        "opened": _openings(tree),
        "limits": {
            "vanishing": style.VANISHING, "exploding": style.EXPLODING, "decades": style.DECADES, "boxes": BOXES,
            "constants": CONSTANTS,
        },
    }  # fmt: skip


def _openings(tree: Tree) -> list[list[int]]:
    """The choices of open groups that a page may begin with, the one with the most boxes first."""
    found = [sorted(choose(tree, boxes=boxes)) for boxes in OPENED]
    return [sorted(everything(tree)), *found] if tree.groups[0].size <= SMALL else found


def _source(place: Any) -> tuple[str, str, str]:
    if place is None:
        return ("", "", "")
    return style.source(place._replace(text="")), place.function, place.text


def _distinct(items: Iterable[Any]) -> tuple[list[Any], list[int]]:
    """The distinct items, and for every item its place among them."""
    known: dict[Any, int] = {}
    places = [known.setdefault(item, len(known)) for item in items]
    return list(known), places


def _rules(recording: Recording) -> tuple[list[dict[str, Any]], list[int]]:
    """For every kind of node its formula and a rule per parent, over {out}, {0}, {1}, ...; and the kind of every node."""
    keys, codes = _distinct([rule_key(n.op, n.operands) if n.operands else "" for n in recording.nodes])
    first = dict(zip(codes, recording.nodes, strict=True))  # any node of the kind will do
    found = []
    for code, key in enumerate(keys):
        node, algebra = first[code], Algebra(TEXT, digits=4)
        symbols = [algebra.symbol(f"{{{i}}}") for i in range(len(node.operands))]
        formula = algebra.application(node.op, symbols.__getitem__, places_of(node.op, node.operands, most=5)) if key else ""
        kind: dict[str, Any] = {"formula": str(formula), "rules": recording.rules[key] if key else []}
        found.append(kind | {"weighted": True} if known(node.op).weighted else kind)
    return found, codes


def _steps(recording: Recording, graph: Graph) -> dict[str, str]:
    """The columns of the pass, by operand. Columns that the page computes from them, bit for bit the same, are left out."""
    columns = recording.columns
    slots = [slot for slot, operand in enumerate(graph.operands) if operand >= 0]
    first = [0]  # per node the place in `slots` of its first parent
    at = 0
    for i in range(len(graph)):
        while at < len(slots) and slots[at] < graph.start[i + 1]:
            at += 1
        first.append(at)
    order = [slots[first[node] + position] for node, position in zip(columns["node"], columns["position"], strict=True)]
    local = array.array("d", [float("nan")]) * len(graph.operands)
    for slot, d in zip(order, columns["local"], strict=True):
        local[slot] = d
    found = {"local": _doubles(local)}
    usual = [slot for i in range(len(graph) - 1, -1, -1) for slot in slots[first[i] : first[i + 1]]]
    if order != usual:
        found["order"] = _integers(order)
    totals = [0.0] * len(graph)
    totals[-1] = recording.seed
    replayed = carried(columns["node"], columns["parent"], columns["local"], totals)._asdict()  # as the page will compute it
    return found | {name: _doubles(columns[name]) for name, column in replayed.items() if not _same(column, columns[name])}


def _same(a: "array.array[float]", b: "array.array[float]") -> bool:
    """True if all doubles are the same, including the signs of zeros; nan equals nan."""
    return a.tobytes() == b.tobytes() or list(map(repr, a)) == list(map(repr, b))


def _groups(tree: Tree) -> dict[str, Any]:
    starts, items = [0], array.array("q")
    for group in tree.groups:
        items.extend(group.items)
        starts.append(len(items))
    return {
        "kind": [group.kind for group in tree.groups],
        "name": [group.name.rpartition("/")[2] for group in tree.groups],
        "parent": [group.parent for group in tree.groups],
        "start": _integers(starts),
        "items": _integers(items),
    }


def _doubles(numbers: Sequence[float]) -> str:
    return _packed(array.array("d", numbers))


def _integers(numbers: Iterable[int]) -> str:
    return _packed(array.array("i", numbers))


def _packed(column: "array.array[Any]") -> str:
    if sys.byteorder == "big":
        column.byteswap()
    return base64.b64encode(column.tobytes()).decode()

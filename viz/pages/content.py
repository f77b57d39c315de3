"""The contents of a page: the columns of a recording, as the very doubles in base64, and the tree of folds.

Columns that the page computes from others, bit for bit the same, are left out.
"""

import array
import base64
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from autograd import Recording
from autograd.primitives.readers import TEXT
from autograd.primitives.table import known
from autograd.recording.columns import carried
from autograd.recording.rules import rule_key

from .. import style
from ..formulas.notation import Algebra, places_of, shown
from ..graphs.choice import choose, everything
from ..graphs.fold import tree_of
from ..graphs.graph import Graph, graph_of
from ..graphs.tree import Tree
from ..graphs.view import CONSTANTS

KINDS = ("parameter", "input", "operation", "output")
BOXES = 1500  # a page with more boxes would be slow, and nobody could read it
SMALL = 45  # a page of so few values opens with nothing folded, if they can be read
OPENED = (40, 24, 16, 10)  # a page opens with as many boxes as can be read beside its panel, tried in this order


def content_of(recording: Recording) -> dict[str, Any]:
    """The block of JSON of a page, as data."""
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
        "start": integers(graph.start), "operands": integers(graph.operands),
        "kind": integers(KINDS.index(graph.kind(i)) for i in range(len(graph))),
        "operation": integers(operation), "scope": integers(scope), "source": integers(source), "rule": integers(rule),
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
        found["order"] = integers(order)
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
        "start": integers(starts),
        "items": integers(items),
    }


def _doubles(numbers: Sequence[float]) -> str:
    return _packed(array.array("d", numbers))


def integers(numbers: Iterable[int]) -> str:
    """A column of whole numbers of 32 bits, as text."""
    return _packed(array.array("i", numbers))


def _packed(column: "array.array[Any]") -> str:
    if sys.byteorder == "big":
        column.byteswap()
    return base64.b64encode(column.tobytes()).decode()

"""The contents of a page: the columns of a recording, as the very doubles in base64, and the tree of folds.

Columns that the page computes from others, bit for bit the same, are left out.
"""

import array
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
from ..graphs.tree import Tree
from ..graphs.view import CONSTANTS
from .findings import Finding, listed
from .groups import Groups
from .packing import doubles, integers
from .passes import Passes, Walk, passes_in

KINDS = ("parameter", "input", "operation", "output")
BOXES = 1500  # a page with more boxes would be slow, and nobody could read it
SMALL = 45  # a page of so few values opens with nothing folded, if they can be read
OPENED = (40, 24, 16, 10)  # a page opens with as many boxes as can be read beside its panel, tried in this order


def content_of(what: Recording | Passes, findings: Sequence[Finding] = ()) -> dict[str, Any]:
    """The block of JSON of a page, as data."""
    passes = passes_in(what) if isinstance(what, Recording) else what
    graph = passes.graph
    tree = tree_of(graph, apart=graph.outputs)
    groups = Groups(tree)
    labels = list(graph.label)
    names = [0 if not label or shown(label) == label else shown(label) for label in labels]
    operations, operation = _distinct([style.operation(op) for op in graph.op])
    scopes, scope = _distinct(graph.scope)
    sources, source = _distinct([_source(place) for place in graph.source])
    rules, rule = _rules(passes)
    numbers = numbers_of(passes)
    columns = {
        "start": integers(graph.start), "operands": integers(graph.operands),
        "kind": integers(KINDS.index(graph.kind(i)) for i in range(len(graph))),
        "operation": integers(operation), "scope": integers(scope), "source": integers(source), "rule": integers(rule),
    }  # fmt: skip
    return numbers | {
        "columns": columns | numbers["columns"],
        "labels": labels,
        "names": names,
        "operations": operations,
        "scopes": scopes,
        "sources": sources,
        "rules": rules,
        "groups": groups.content(),
        "opened": [groups.opened(choice) for choice in _openings(tree)],
        "findings": listed(findings, graph),
        "limits": {
            "vanishing": style.VANISHING, "exploding": style.EXPLODING, "decades": style.DECADES, "boxes": BOXES,
            "constants": CONSTANTS,
        },
    }  # fmt: skip


def numbers_of(passes: Passes) -> dict[str, Any]:
    """The part of the content that passes of one shape differ in, as those of a training do."""
    graph, slots = passes.graph, _Slots(passes)
    return {
        "columns": {"data": doubles(graph.data), "local": doubles(slots.local), "constants": doubles(graph.constants)},
        "passes": [slots.columns_of(walk) for walk in passes.walks],
        "notes": list(passes.notes.items()),
    }


def _openings(tree: Tree) -> list[set[int]]:
    """The choices of open groups that a page may begin with, the one with the most boxes first."""
    found = [choose(tree, boxes=boxes) for boxes in OPENED]
    return [everything(tree), *found] if tree.groups[0].size <= SMALL else found


def _source(place: Any) -> tuple[str, str, str]:
    if place is None:
        return ("", "", "")
    return style.source(place._replace(text="")), place.function, place.text


def _distinct(items: Iterable[Any]) -> tuple[list[Any], list[int]]:
    """The distinct items, and for every item its place among them."""
    known: dict[Any, int] = {}
    places = [known.setdefault(item, len(known)) for item in items]
    return list(known), places


def _rules(passes: Passes) -> tuple[list[dict[str, Any]], list[int]]:
    """For every kind of node its formula and a rule per parent, over {out}, {0}, {1}, ...; and the kind of every node."""
    kinds: dict[str, int] = {}
    codes = [-1] * len(passes.graph)
    found = []
    for recording, nodes in passes.walks:
        for node, i in zip(recording.nodes, nodes, strict=True):
            key = rule_key(node.op, node.operands) if node.operands else ""
            if key not in kinds:
                kinds[key] = len(kinds)
                found.append(_kind(node, recording.rules[key] if key else []))
            codes[i] = kinds[key]
    return found, codes


def _kind(node: Any, rules: list[str]) -> dict[str, Any]:
    algebra = Algebra(TEXT, digits=4)
    symbols = [algebra.symbol(f"{{{i}}}") for i in range(len(node.operands))]
    formula = (
        algebra.application(node.op, symbols.__getitem__, places_of(node.op, node.operands, most=5)) if node.operands else ""
    )
    kind: dict[str, Any] = {"formula": str(formula), "rules": rules}
    return kind | {"weighted": True} if known(node.op).weighted else kind


class _Slots:
    """The places of operands that are nodes, and the columns of passes over them."""

    def __init__(self, passes: Passes) -> None:
        self.graph = graph = passes.graph
        self.slots = [slot for slot, operand in enumerate(graph.operands) if operand >= 0]
        self.first = [0]  # per node the place in `slots` of its first parent
        at = 0
        for i in range(len(graph)):
            while at < len(self.slots) and self.slots[at] < graph.start[i + 1]:
                at += 1
            self.first.append(at)
        self.local = array.array("d", [float("nan")]) * len(graph.operands)
        for walk in reversed(passes.walks):  # where passes differ, in rules made by hand, the first counts
            for slot, d in zip(self.order_of(walk), walk.recording.columns["local"], strict=True):
                self.local[slot] = d

    def order_of(self, walk: Walk) -> list[int]:
        columns, nodes = walk.recording.columns, walk.nodes
        steps = zip(columns["node"], columns["position"], strict=True)
        return [self.slots[self.first[nodes[node]] + position] for node, position in steps]

    def columns_of(self, walk: Walk) -> dict[str, Any]:
        """The columns of a pass. Those that the page computes from others, bit for bit the same, are left out."""
        recording, nodes = walk.recording, walk.nodes
        columns, graph = recording.columns, self.graph
        grad = array.array("d", [0.0]) * len(graph)
        for g, i in zip(recording.nodes.grad, nodes, strict=True):
            grad[i] = g
        found: dict[str, Any] = {"root": walk.root, "seed": doubles([recording.seed]), "grad": doubles(grad)}
        order = self.order_of(walk)
        usual = [s for i in sorted(nodes, reverse=True) for s in self.slots[self.first[i] : self.first[i + 1]]]
        if order != usual:
            found["order"] = integers(order)
        totals = [0.0] * len(recording.nodes)
        totals[-1] = recording.seed
        # As the page will compute it.
        replayed = carried(columns["node"], columns["parent"], (self.local[slot] for slot in order), totals)._asdict()
        return found | {name: doubles(columns[name]) for name, column in replayed.items() if not _same(column, columns[name])}


def _same(a: "array.array[float]", b: "array.array[float]") -> bool:
    """True if all doubles are the same, including the signs of zeros; nan equals nan."""
    return a.tobytes() == b.tobytes() or list(map(repr, a)) == list(map(repr, b))

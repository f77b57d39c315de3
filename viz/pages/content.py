"""The contents of a page: the columns of a recording, as the very doubles in base64, and the tree of folds.

Columns that the page computes from others, bit for bit the same, are left out.
"""

import array
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from autograd import Recording, Source
from autograd.primitives.table import known
from autograd.recording.columns import carried, expression_of
from autograd.recording.rules import rule_key
from autograd.source import resolve

from .. import style
from ..formulas.notation import places_of, shown
from ..graphs.choice import choose, everything
from ..graphs.fold import tree_of
from ..graphs.rules import PRINT, has_order
from ..graphs.tree import Tree
from ..graphs.view import CONSTANTS
from ..scripts import SCRIPTED
from .findings import Finding, listed
from .groups import Groups
from .packing import doubles, integers
from .passes import Passes, Walk, passes_in

KINDS = ("parameter", "input", "operation", "output")
BOXES = 1500  # a page with more boxes would be slow, and nobody could read it
SMALL = 45  # a page of so few values opens with nothing folded, if they can be read
OPENED = (40, 24, 16, 10)  # a page opens with as many boxes as can be read beside its panel, tried in this order


def content_of(what: Recording | Passes, findings: Sequence[Finding] = ()) -> dict[str, Any]:
    """The block of JSON of a page, as data; long columns as functions that make them, so that not all are there at once."""
    passes = passes_in(what) if isinstance(what, Recording) else what
    graph = passes.graph
    tree = tree_of(graph, apart=graph.outputs)
    groups = Groups(tree)
    operations, operation = _distinct(graph.op, style.operation)
    scopes, scope = _distinct(graph.scope)
    sources, source = _distinct(graph.place, _source, expression_of)
    rules, rule = _rules(passes)
    numbers = numbers_of(passes)
    every = range(len(graph))
    columns = {
        "start": lambda: integers(graph.start), "operands": lambda: integers(graph.operands),
        "kind": lambda: integers(KINDS.index(graph.kind(i)) for i in range(len(graph))),
        "operation": lambda: integers(operation), "scope": lambda: integers(scope), "source": lambda: integers(source),
        "rule": lambda: integers(rule),
    }  # fmt: skip
    return numbers | {
        "columns": columns | numbers["columns"],
        "labels": lambda: list(map(graph.called, every)) if graph.names else graph.label,
        "names": lambda: [0 if not label or (name := shown(label)) == label else name for label in map(graph.called, every)],
        "shared": lambda: sorted(graph.shared),
        "operations": operations,
        "scopes": scopes,
        "sources": sources,
        "rules": rules,
        "groups": groups.content(),
        "opened": [groups.opened(choice) for choice in _openings(tree)],
        "findings": listed(findings, graph),
        "scripted": SCRIPTED,
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
    source = place if isinstance(place, Source) else resolve(place)
    return style.source(source._replace(text="")), source.function, source.text


def _distinct(
    items: Iterable[Any], made_of: Callable[[Any], Any] = lambda item: item, key: Callable[[Any], Any] = lambda item: item
) -> tuple[list[Any], "array.array[int]"]:
    """The distinct things that are made of items, and for every item the place of its own among them.

    Args:
        made_of: makes a thing of an item.
        key: the same for items of which the same is made.
    """
    things: dict[Any, int] = {}
    known: dict[Any, int] = {}
    places = array.array("i")
    for item in items:
        of_item = key(item)
        place = known.get(of_item)
        if place is None:
            place = known[of_item] = things.setdefault(made_of(item), len(things))
        places.append(place)
    return list(things), places


def _rules(passes: Passes) -> tuple[list[dict[str, Any]], "array.array[int]"]:
    """For every kind of node its formula and a rule per parent, over {out}, {0}, {1}, ...; and the kind of every node."""
    kinds: dict[str, int] = {}
    codes = array.array("i", [-1]) * len(passes.graph)
    found = []
    for recording, numbers in passes.walks:
        nodes = recording.nodes
        known: dict[Any, int] = {}  # the kinds by operations and operands, so that few nodes have to be made
        for i, number in enumerate(numbers):
            made_by, operands = nodes.made_by[i], nodes.operands[nodes.start[i] : nodes.start[i + 1]]
            op = made_by if isinstance(made_by, str) else made_by.name
            shape = (op, len(operands)) if not operands or min(operands) >= 0 else (op, *[o >= 0 for o in operands])
            code = known.get(shape)
            if code is None:
                node = nodes[i]
                key = rule_key(node.op, node.operands) if node.operands else ""
                if key not in kinds:
                    kinds[key] = len(kinds)
                    found.append(_kind(node, recording.rules[key] if key else []))
                code = known[shape] = kinds[key]
            codes[number] = code
    return found, codes


def _kind(node: Any, rules: list[str]) -> dict[str, Any]:
    row, symbols = known(node.op), [PRINT.symbol(f"{{{i}}}") for i in range(len(node.operands))]
    places = places_of(node.op, node.operands, most=5)
    formula = style.printed(PRINT.application(node.op, symbols.__getitem__, places)) if symbols else ""
    kind: dict[str, Any] = {"formula": formula, "rules": [style.printed(rule) for rule in rules]}
    if has_order(row, len(symbols)):
        kind["ordered"] = True
    if row.label == "+" and any(isinstance(o, float) for o in node.operands):
        kind["sum"] = True
    return kind | {"weighted": True} if row.weighted else kind


class _Slots:
    """The places of operands that are nodes, and the columns of passes over them."""

    def __init__(self, passes: Passes) -> None:
        self.graph = graph = passes.graph
        self.slots = array.array("q", [slot for slot, operand in enumerate(graph.operands) if operand >= 0])
        self.local = array.array("d", [float("nan")]) * len(graph.operands)
        # Of a single plain pass everything is computed from the local derivatives.
        self.plain = len(passes.walks) == 1 and passes.walks[0].recording.plain is not None
        if self.plain:
            for slot, d in zip(self.slots, graph.local, strict=True):
                self.local[slot] = d
            return
        for walk in reversed(passes.walks):  # where passes differ, in rules made by hand, the first counts
            for slot, d in zip(self.order_of(walk), walk.recording.columns["local"], strict=True):
                self.local[slot] = d

    def order_of(self, walk: Walk) -> list[int]:
        columns, nodes = walk.recording.columns, walk.nodes
        steps = zip(columns["node"], columns["position"], strict=True)
        return [self.slots[self.graph.first[nodes[node]] + position] for node, position in steps]

    def columns_of(self, walk: Walk) -> dict[str, Any]:
        """The columns of a pass. Those that the page computes from others, bit for bit the same, are left out."""
        recording, nodes = walk.recording, walk.nodes
        graph = self.graph
        grad = array.array("d", [0.0]) * len(graph)
        for g, i in zip(recording.nodes.grad, nodes, strict=True):
            grad[i] = g
        found: dict[str, Any] = {"root": walk.root, "seed": doubles([recording.seed]), "grad": doubles(grad)}
        if self.plain:
            return found
        columns, order = recording.columns, self.order_of(walk)
        usual = [s for i in sorted(nodes, reverse=True) for s in self.slots[graph.first[i] : graph.first[i + 1]]]
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

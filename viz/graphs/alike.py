"""Facts about every node that fold.py needs before it sorts any: its scope, and the nodes that were computed alike."""

from collections.abc import Collection
from typing import Any

from .graph import Graph
from .level import ALIKE
from .tree import stem

MASK = (1 << 61) - 1  # hashes are cut to this many bits, so that sums of them stay small numbers

Path = tuple[str, ...]
CHAINS = {"+": "sum", "*": "product"}  # operations whose chains are one box, and what such a box is called


def _common(a: Path, b: Path) -> Path:
    if a is b:
        return a
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return a[:n]


def paths_of(graph: Graph) -> list[Path]:
    """The scopes every node belongs to, from the outside in.

    A node made outside all scopes gets the common scope of its users: a leaf, if it has a label and is no input; an
    operation, as far as its operands share that scope (a softmax over the neurons of a layer).
    """
    known: dict[str, Path] = {"": ()}
    own = [known.get(s) or known.setdefault(s, tuple(filter(None, s.split("/")))) for s in graph.scope]
    paths = list(own)
    users: list[Path | None] = [None] * len(graph)
    for i in range(len(graph) - 1, -1, -1):  # users before what they use
        leaf = graph.is_leaf(i)
        used = users[i]
        if not own[i] and used and graph.kind(i) != "input":
            sources = {own[p] for p in graph.parents(i) if not graph.is_leaf(p)} if not leaf else set()
            for path in sources:
                used = _common(used, path)
            if sources or (leaf and graph.label[i]):
                paths[i] = used
        mine = paths[i]
        for p in graph.parents(i):
            before = users[p]
            users[p] = mine if before is None or before is mine else _common(before, mine)
    return paths


def chains_of(graph: Graph, paths: list[Path], consumers: list[list[int]], apart: Collection[int] = ()) -> dict[int, int]:
    """The chains of one operation that repeats, a sum written with many +: for each node of a chain, the last node of it.

    Every other node of a chain has no name and is used once, in the chain, so that a chain is an operation of many operands.

    Args:
        consumers: the nodes that use a node, once for each place in which it is an operand.
        apart: nodes that are in no chain.
    """
    last: dict[int, int] = {}
    count: dict[int, int] = {}
    for i in range(len(graph) - 1, -1, -1):
        if graph.op[i] not in CHAINS or i in apart:
            continue
        after = consumers[i][0] if len(consumers[i]) == 1 else -1
        joins = after in last and not graph.label[i]
        end = last[after] if joins and graph.op[after] == graph.op[i] and paths[after] == paths[i] else i
        last[i] = end
        count[end] = count.get(end, 0) + 1
    return {i: end for i, end in last.items() if count[end] >= ALIKE}


def shapes_of(graph: Graph) -> list[int]:
    """A number per node. Nodes computed in the same way have the same number; data and indices do not count."""
    codes: dict[Any, int] = {}
    stems: dict[str, int] = {}
    by_label: dict[str, int] = {}
    shapes: list[int] = []
    for i in range(len(graph)):
        label = graph.label[i]
        name = by_label.get(label)
        if name is None:
            name = by_label[label] = stems.setdefault(stem(label), len(stems))
        operands = graph.operands[graph.start[i] : graph.start[i + 1]]
        of_operands: Any
        if len(operands) <= 2:
            of_operands = tuple([shapes[o] if o >= 0 else -1 for o in operands])
        else:  # many operands: their order does not matter, and a sum is quick
            of_operands = (len(operands), sum([shapes[o] if o >= 0 else 1 for o in operands]) & MASK)
        operation = codes.setdefault((graph.op[i], name, len(operands)), len(codes))
        shapes.append(hash((operation, of_operands)) & MASK)
    return shapes

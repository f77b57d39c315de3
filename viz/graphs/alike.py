"""Facts about every node that fold.py needs before it sorts any: its scope, and the nodes that were computed alike."""

from array import array
from collections.abc import Callable, Collection, Sequence
from typing import Any, NamedTuple

from autograd.primitives.table import Primitive

from .graph import Graph
from .level import ALIKE
from .ragged import Ragged
from .tree import stem

MASK = (1 << 61) - 1  # hashes are cut to this many bits, so that sums of them stay small numbers

LABELS = 10_000  # that are remembered: most are those of one node

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
    if not any(graph.scope):
        return [()] * len(graph)
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


def users_of(graph: Graph) -> Ragged:
    """The nodes that use a node, once for each place in which it is an operand."""
    heads = array("q")
    for i in range(len(graph)):
        n = graph.first[i + 1] - graph.first[i]
        if n == 1:
            heads.append(i)
        elif n:
            heads.extend([i] * n)
    return Ragged.sorted_by(graph.tails, heads, len(graph))


def chains_of(graph: Graph, paths: list[Path], users_in: Callable[[], Ragged], apart: Collection[int] = ()) -> "array[int]":
    """The chains of one operation that repeats, a sum written with many +: for each node of a chain, the last node of it.

    Every other node of a chain has no name and is used once, in the chain, so that a chain is an operation of many operands.
    What Python's `sum` makes of two terms is a chain too.

    Args:
        users_in: gives the nodes that use a node, once for each place in which it is an operand. Of a graph of millions of
            arrows they take a while, and not every graph has operations of which there are chains.
        apart: nodes that are in no chain.

    Returns:
        The last node of the chain that a node is in; -1 for a node in no chain.
    """
    last = array("q", [-1]) * len(graph)
    if CHAINS.keys().isdisjoint(graph.op):
        return last
    users = users_in()
    length = array("q", bytes(8 * len(graph)))
    op, label = graph.op, graph.label
    for i in range(len(graph) - 1, -1, -1):
        if op[i] not in CHAINS or i in apart:
            continue
        end = i
        if users.size(i) == 1 and not label[i]:
            after = users.flat[users.start[i]]
            if last[after] >= 0 and op[after] == op[i] and paths[after] == paths[i]:
                end = last[after]
        last[i] = end
        length[end] += 1
    for i, end in enumerate(last):
        if end < 0 or length[end] >= ALIKE:
            continue
        of_two = length[end] == 2 and any(last[p] == end and begins_with_zero(graph, p) for p in graph.parents(end))
        if not of_two:
            last[i] = -1
    return last


def begins_with_zero(graph: Graph, i: int) -> bool:
    """True for 0 + a, the addition that Python's `sum` begins with."""
    return graph.op[i] == "+" and any(isinstance(o, float) and not o for o in graph.operands_of(i))


class Made(NamedTuple):
    """The making of the nodes of a graph; data and indices do not count.

    Attributes:
        kind: a small number per node, the same for nodes of one operation, one number of operands and one name.
        shape: a number per node, the same for nodes whose operands were made in the same way, too.
        kinds: how many kinds there are.
    """

    kind: "array[int]"
    shape: "array[int]"
    kinds: int


def made_of(graph: Graph) -> Made:
    """The making of the nodes of a graph, as `Made`."""
    codes: dict[Any, int] = {}
    stems: dict[str, int] = {}
    by_label: dict[str, int] = {}
    kinds, shapes = array("i"), array("q")
    start, all_operands = graph.start, graph.operands
    for i in range(len(graph)):
        label = graph.label[i]
        name = 0
        if label:
            found = by_label.get(label)
            name = stems.setdefault(stem(label), len(stems) + 1) if found is None else found
            if found is None and len(by_label) < LABELS:
                by_label[label] = name
        operands = all_operands[start[i] : start[i + 1]]
        n = len(operands)
        of_operands: Any
        if not n:
            of_operands = ()
        elif n <= 2:
            of_operands = tuple([shapes[o] if o >= 0 else -1 for o in operands])
        else:  # many operands: their order does not matter, and a sum is quick
            of_operands = (n, sum([shapes[o] if o >= 0 else 1 for o in operands]) & MASK)
        kind = codes.setdefault((graph.op[i], name, n), len(codes))
        kinds.append(kind)
        shapes.append(hash((kind, of_operands)) & MASK)
    return Made(kinds, shapes, len(codes))


class Places:
    """The classes of the places of operands: a sum's terms are alike, a dot's weights too, a quotient's sides are not."""

    def __init__(self) -> None:
        self.known: dict[tuple[int, int], Sequence[int] | None] = {}  # by operation and number of operands

    def of(self, row: Primitive, operands: int) -> Sequence[int] | None:
        """The class of each place; None if all are alike."""
        key = id(row), operands
        if key not in self.known:
            self.known[key] = _places(row, operands)
        return self.known[key]


def _places(row: Primitive, operands: int) -> Sequence[int] | None:
    if row.weighted:
        half = operands // 2
        return bytes([0] * half + [1] * (operands - 1 - half) + [2])
    if operands <= 3 and not row.commutes:
        return range(operands)
    return None

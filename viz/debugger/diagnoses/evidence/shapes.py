"""`Shape`: what passes have in common whose graphs are built in one way, so that it is worked out once for all of them.

The passes of a training mostly differ in their numbers alone. They share a `Structure` if their nodes hang together in the same
way, and a `Shape` if their leaves are the same, too.
"""

import functools
import heapq
import itertools
from collections.abc import Hashable, Sequence
from typing import NamedTuple

from autograd.primitives.table import Primitive, known
from autograd.recording.columns import Nodes

_STRUCTURES = 64  # that a new pass is compared with: sequences may differ in their lengths
_SHAPES = 10_000  # of a structure: rows of a table come again and again, inputs that are made anew never do


class Reaching(NamedTuple):
    """The leaves and constants that several groups of nodes are computed from: bit k of a mark stands for group k.

    Attributes:
        leaves: the leaves with their marks.
        constants: the constants of each node that has some, with its mark.
    """

    leaves: list[tuple[int, int]]
    constants: list[tuple[list[int], int]]


class Structure:
    """The way in which the nodes of a pass hang together: passes share it that differ in numbers or in their leaves alone.

    Args:
        nodes: the nodes of one of the passes.
    """

    def __init__(self, nodes: Nodes) -> None:
        self.nodes: Nodes = nodes
        self._lines: dict[int, tuple[str, int] | None] = {}
        self._below: dict[tuple[int, ...], frozenset[int]] = {}
        self._expanded: dict[int, tuple[list[int], list[int]]] = {}
        self._reaching: dict[tuple[tuple[int, ...], ...], Reaching] = {}
        self.logits: dict[int, tuple[int, ...]] = {}  # those of a cross-entropy (outputs.py), once known
        self.compared: list[tuple[int, int, int]] | None = None  # outputs and targets in the cost (outputs.py), once known

    @functools.cached_property
    def operands(self) -> list[tuple[int, ...]]:
        """The operands of every node: ids of nodes, and -1 - k for constant k."""
        start, operands = self.nodes.start, self.nodes.operands.tolist()
        return [tuple(operands[a:b]) for a, b in itertools.pairwise(start)]

    @functools.cached_property
    def parents(self) -> list[tuple[int, ...]]:
        """The ids of the nodes that each node was computed from; its operands themselves, if no constant is among them."""
        return [o if not o or min(o) >= 0 else tuple([i for i in o if i >= 0]) for o in self.operands]

    @functools.cached_property
    def begin(self) -> list[int]:
        """The place of each node's first local derivative, where they stand node by node."""
        return [0, *itertools.accumulate(map(len, self.parents))]

    @functools.cached_property
    def ops(self) -> list[str]:
        """The operation of every node, '' for a leaf."""
        return [made if isinstance(made, str) else made.name for made in self.nodes.made_by]

    @functools.cached_property
    def rows(self) -> list[Primitive]:
        """The row of the table that made every node."""
        return [known(made) if isinstance(made, str) else made for made in self.nodes.made_by]

    @functools.cached_property
    def leaves(self) -> range:
        """The ids of the leaves: they come first."""
        n, start = 0, self.nodes.start
        while n < len(self.nodes) and start[n] == start[n + 1]:
            n += 1
        return range(n)

    @functools.cached_property
    def users(self) -> list[list[int]]:
        """The nodes that were computed from each node."""
        users: list[list[int]] = [[] for _ in range(len(self.nodes))]
        for i, parents in enumerate(self.parents):
            for p in parents:
                users[p].append(i)
        return users

    def line(self, i: int) -> tuple[str, int] | None:
        """File and line of a node."""
        if i not in self._lines:
            source = self.nodes.source(i)
            self._lines[i] = (source.file, source.line) if source else None
        return self._lines[i]

    def below(self, *outputs: int) -> frozenset[int]:
        """The nodes that outputs are computed from, and themselves."""
        if outputs not in self._below:
            seen, stack = set(outputs), [*outputs]
            while stack:
                stack += (fresh := [q for q in self.parents[stack.pop()] if q not in seen])
                seen.update(fresh)
            self._below[outputs] = frozenset(seen)
        return self._below[outputs]

    def reaching(self, outputs: tuple[tuple[int, ...], ...]) -> "Reaching":
        """The leaves and constants that each of several groups of nodes is computed from.

        One walk down the graph marks each node with the groups above it, a bit for each.
        """
        if outputs not in self._reaching:
            parents, operands, leaves = self.parents, self.operands, len(self.leaves)
            top = max(map(max, outputs))
            above = [0] * (top + 1)
            for k, group in enumerate(outputs):
                for f in group:
                    above[f] |= 1 << k
            for i in range(top, leaves - 1, -1):
                if mark := above[i]:
                    for q in parents[i]:
                        above[q] |= mark
            marked = [(i, mark) for i, mark in enumerate(above[:leaves]) if mark]
            numbers = [
                ([o for o in operands[i] if o < 0], mark)
                for i, mark in enumerate(above)
                if mark and parents[i] is not operands[i]
            ]
            self._reaching[outputs] = Reaching(marked, numbers)
        return self._reaching[outputs]

    def is_linear(self, i: int) -> bool:
        """True if a node is a linear function of its parents: a sum, a multiple."""
        row = self.rows[i]
        if row.linear in ("", "all") or len(self.parents[i]) != 1:
            return row.linear == "all"
        return row.linear == "each" or self.operands[i][0] >= 0  # a quotient is linear in its numerator

    def expanded(self, root: int) -> tuple[list[int], list[int]]:
        """The linear nodes on top of a node, itself included, and those below them that are not; the latest come first."""
        if root not in self._expanded:
            leaves, parents = len(self.leaves), self.parents
            linear, terms, seen = list[int](), list[int](), {root}
            heap = [-root] if root >= leaves else []
            while heap:
                i = -heapq.heappop(heap)
                if not self.is_linear(i):
                    terms.append(i)
                    continue
                linear.append(i)
                for q in parents[i]:
                    if q >= leaves and q not in seen:
                        seen.add(q)
                        heapq.heappush(heap, -q)
            self._expanded[root] = linear, terms
        return self._expanded[root]


class Shape:
    """All that is the same in passes of one shape: they share it, as their nodes share their columns.

    Args:
        structure: how the nodes of these passes hang together.
        keys: per leaf its mark in all passes, None if it has none.
    """

    def __init__(self, structure: Structure, keys: Sequence[Hashable]) -> None:
        self.structure: Structure = structure
        self.keys: Sequence[Hashable] = keys
        self.inputs: dict[int, list[int]] = {}  # the entries of the inputs of weighted inputs (checks/flow.py), once known

    @property
    def operands(self) -> list[tuple[int, ...]]:
        """The operands of every node: ids of nodes, and -1 - k for constant k."""
        return self.structure.operands

    @property
    def parents(self) -> list[tuple[int, ...]]:
        """The ids of the nodes that each node was computed from."""
        return self.structure.parents

    @functools.cached_property
    def key_of(self) -> dict[int, Hashable]:
        """The marks of the leaves that have one."""
        return {i: key for i, key in zip(self.structure.leaves, self.keys, strict=False) if key is not None}

    @functools.cached_property
    def leaf(self) -> dict[Hashable, int]:
        """The id of a leaf by its mark."""
        return {key: i for i, key in self.key_of.items()}


class Shapes:
    """The shapes of the latest passes, among which a new pass may find its own."""

    def __init__(self) -> None:
        self._known: list[tuple[Structure, dict[tuple[Hashable, ...], Shape]]] = []  # the latest first

    def of(self, nodes: Nodes, keys: Sequence[Hashable]) -> tuple[Shape, int]:
        """The shape of a pass, and the bytes that are kept for it besides those of earlier passes, about.

        Args:
            nodes: the nodes of the pass, which share their columns with one of the same structure.
            keys: per leaf its mark in all passes, None if it has none.
        """
        size, place = 0, next((k for k, (structure, _) in enumerate(self._known) if nodes.share(structure.nodes)), None)
        if place is None:  # the columns and a place for each node, and the views of them once they are asked for
            self._known.insert(0, (Structure(nodes), {}))
            size += 400 * len(nodes) + 50 * len(nodes.operands)
        else:
            self._known.insert(0, self._known.pop(place))
        del self._known[_STRUCTURES:]
        structure, shapes = self._known[0]
        mark = tuple(keys)
        if mark not in shapes:
            if len(shapes) == _SHAPES:
                shapes.clear()
            shapes[mark] = Shape(structure, mark)
            size += 200 * len(mark)
        return shapes[mark], size

"""The tree of groups over the nodes of a graph: fold.py builds it, and every picture is a cut through it.

A group lists items, which are nodes and other groups. An item is one number, because a list of objects would take most of
the memory of a large graph, and because the page for the browser takes the numbers as they are.
"""

import re
from array import array
from collections.abc import Collection

from .graph import Graph
from .ragged import Ragged

# An item of a group: a node by its id, or a group g as -1 - g, which `Group.item` and `Tree.group_at` write and read.
Item = int

_NUMBERS = re.compile(r"[\d,]*\d")


class Group:
    """Some of the nodes of a graph, nested.

    Attributes:
        id: its place in `Tree.groups`; the whole graph is 0.
        kind: 'graph', 'scope', 'siblings', 'rest', 'chain', 'loop', 'step' or 'part'.
        name: the scope's path for 'scope', with 'steps', 'steps4–20' or 'step3' at its end for a loop and its steps, else ''.
        parent: the group it lies in, -1 for the whole graph.
        items: the nodes and groups shown when it is open, as `Item`s, in the order of the computation.
        size: how many nodes it holds, at any depth.
    """

    __slots__ = ("id", "items", "kind", "name", "parent", "size")
    id: int
    kind: str
    name: str
    parent: int
    size: int

    def __init__(self, number: int, kind: str, name: str, parent: int, size: int) -> None:
        self.id, self.kind, self.name, self.parent, self.size = number, kind, name, parent, size
        self.items: array[Item] = array("q")

    @property
    def item(self) -> Item:
        """The group as an item of another."""
        return -1 - self.id


class Tree:
    """The groups of a graph.

    Attributes:
        graph: the graph.
        groups: all groups; each comes after the one it lies in, but for the steps in a loop that `divide` made.
        group: the innermost group of every node; -1 for a node that is not drawn.
        apart: nodes that were asked for, which no picture folds.
        streams: the groups of leaves of which each step of a long loop takes one.
        steps: for the group of each loop the nodes of its steps, those that are the same in each step at the same places.
        rows: the groups of operations that were made alike and are used in several ways, a row of a lattice.
        divided: the loops of which single steps were asked for; the steps between them are loops inside.
    """

    def __init__(self, graph: Graph, apart: Collection[int] = ()) -> None:
        self.graph, self.apart = graph, frozenset(apart)
        self.groups: list[Group] = []
        self.streams: set[int] = set()
        self.steps: dict[int, Ragged] = {}
        self.divided: set[int] = set()
        self.rows: set[int] = set()
        self.group: array[int] = array("q", [-1]) * len(graph)

    def add(self, kind: str, name: str, parent: int, size: int) -> Group:
        """A new group, empty as yet."""
        group = Group(len(self.groups), kind, name, parent, size)
        self.groups.append(group)
        return group

    def divide(self, loop: int, wanted: Collection[int]) -> None:
        """Put the steps of a loop that lie between wanted ones into loops of their own: step 3 stands between 1–2 and 4–20.

        Args:
            wanted: the groups of some of the steps, which stay items of the loop.
        """
        whole = self.groups[loop]
        path = whole.name.removesuffix("steps")
        steps, items, before = self.steps[loop], whole.items, 0
        whole.items = array("q")
        self.divided.add(loop)
        for n in [n for n, item in enumerate(items) if item < 0 and -1 - item in wanted] + [len(items)]:
            if n - before > 1:
                part = steps.part(before, n)
                between = self.add("loop", f"{path}steps{before + 1}–{n}", loop, len(part.flat))
                between.items = items[before:n]
                self.steps[between.id] = part
                for item in between.items:
                    inner = self.group_at(item)
                    if inner:
                        inner.parent = between.id
                    else:
                        self.group[item] = between.id
                whole.items.append(between.item)
            else:
                whole.items += items[before:n]
            whole.items += items[n : n + 1]
            before = n + 1

    def group_at(self, item: Item) -> Group | None:
        """The group that an item stands for; None if the item is a node."""
        return self.groups[-1 - item] if item < 0 else None

    def nodes(self, item: Item) -> "array[int]":
        """The nodes an item stands for."""
        found, stack = array("q"), [item]
        while stack:
            one = stack.pop()
            group = self.group_at(one)
            if group is None:
                found.append(one)
            elif min(group.items, default=0) < 0:
                stack += reversed(group.items)
            else:
                found.extend(group.items)
        return found

    def ancestors(self, group: int) -> list[int]:
        """The groups that a group lies in, the nearest first, the whole graph last."""
        found = []
        while (group := self.groups[group].parent) >= 0:
            found.append(group)
        return found

    def scopes(self) -> dict[str, list[int]]:
        """The groups of every scope, loop and step by its path; several where a scope had to be divided."""
        found: dict[str, list[int]] = {}
        for group in self.groups:
            if group.name:
                found.setdefault(group.name, []).append(group.id)
        return found


def stem(name: str) -> str:
    """A name without its numbers, which siblings share.

    >>> stem("neuron12"), stem("w^2_13"), stem("w^2_1,13")
    ('neuron#', 'w^#_#', 'w^#_#')
    """
    return _NUMBERS.sub("#", name)

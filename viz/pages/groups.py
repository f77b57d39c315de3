"""The groups of a page: those of the tree of folds, and stretches of the steps of long loops.

Opening a loop of sixty steps would show sixty boxes, one behind the other. It shows a few stretches instead, "steps 9–16",
and a step is opened alone, among its neighbours.
"""

import array
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from ..graphs.rules import MANY, ordered, rules_of
from ..graphs.tree import Group, Item, Tree
from .packing import integers

SHOWN = 12  # steps of a loop, or stretches of them, that are shown one by one
STRETCHES = 8  # of more steps, so many stretches,
SHORTEST = 4  # of so many steps at least


class Stretch(NamedTuple):
    """Steps of a loop that stand together: the loop, the first of them, and the one after the last, from 0 on."""

    loop: Group
    start: int
    end: int


class Groups:
    """The groups of a tree as the page has them, in the order of the tree, stretches behind their loop.

    Attributes:
        tree: the tree.
        groups: what they are: groups of the tree, and stretches.
        number: by the number of a group in the tree that on the page.
        parent: the group that each lies in.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.groups: list[Group | Stretch] = []
        self.number: dict[int, int] = {}
        self.parent: list[int] = []
        self._inside: dict[int, list[Item]] = {}  # the items of loops and stretches that have stretches
        self._around: dict[int, int] = {}  # the stretch that a step lies in
        for group in tree.groups:
            self.number[group.id] = len(self.groups)
            self._add(group, self._around.get(group.id, self.number.get(group.parent, -1)))
            if group.kind == "loop":
                self._divide(self.number[group.id], group, 0, len(group.items))

    def _add(self, one: Group | Stretch, parent: int) -> int:
        self.groups.append(one)
        self.parent.append(parent)
        return len(self.groups) - 1

    def _divide(self, here: int, loop: Group, start: int, end: int) -> None:
        """Put stretches into a loop, or into a stretch of it, if there are many steps."""
        for a, b in stretches(end - start):
            made = self._add(Stretch(loop, start + a, start + b), here)
            self._inside.setdefault(here, []).append(-1 - made)
            for item in loop.items[start + a : start + b]:
                if step := self.tree.group_at(item):
                    self._around[step.id] = made
            self._divide(made, loop, start + a, start + b)

    def items(self, number: int) -> list[Item]:
        """The nodes and groups of a group, written as in the tree with the numbers of the page."""
        if number in self._inside:
            return self._inside[number]
        one = self.groups[number]
        items = one.items if isinstance(one, Group) else one.loop.items[one.start : one.end]
        return [item if item >= 0 else -1 - self.number[-1 - item] for item in items]

    def opened(self, groups: Collection[int]) -> list[int]:
        """The numbers of open groups of the tree; if all are open, no stretch is closed."""
        if len(groups) == len(self.number):
            return list(range(len(self.groups)))
        return sorted(self.number[g] for g in groups)

    def content(self) -> dict[str, Any]:
        """The groups as data."""
        starts, items = [0], array.array("q")
        for number in range(len(self.groups)):
            items.extend(self.items(number))
            starts.append(len(items))
        return {
            "kind": [one.kind if isinstance(one, Group) else "steps" for one in self.groups],
            "name": [_name(one) for one in self.groups],
            "parent": self.parent,
            "start": integers(starts),
            "items": integers(items),
            "rules": self._rules(),
            "made": self._made(),
        }

    def _rules(self) -> list[tuple[int, list[str]]]:
        """For the group of each loop what a step makes of what the step before left, where that can be said in short."""
        out = _given_out(self.tree)
        found = [(self.number[g], rules_of(self.tree.graph, steps, out[g])) for g, steps in self.tree.steps.items()]
        return [(g, rules) for g, rules in found if rules]

    def _made(self) -> list[tuple[int, str]]:
        """For groups of alike operations without a name what made them, with what their operands have in common: 'xᵢ − μ'."""
        graph, found = self.tree.graph, []
        for group in self.tree.groups:
            if group.kind in ("siblings", "rest") and group.size <= MANY and not group.name:
                nodes = self.tree.nodes(group.item)
                if not any(map(graph.called, nodes)) and (made := ordered(graph, nodes, graph.number)):
                    found.append((self.number[group.id], made))
        return found


def _name(one: Group | Stretch) -> str:
    return one.name.rpartition("/")[2] if isinstance(one, Group) else f"steps {one.start + 1}–{one.end}"


def stretches(steps: int) -> list[tuple[int, int]]:
    """The stretches that many steps are shown as; none if they are few.

    >>> stretches(12), stretches(18), stretches(60)[-1]
    ([], [(0, 4), (4, 8), (8, 12), (12, 16), (16, 18)], (56, 60))
    """
    if steps <= SHOWN:
        return []
    size = max(SHORTEST, -(-steps // STRETCHES))
    return [(start, min(start + size, steps)) for start in range(0, steps, size)]


def _given_out(tree: Tree) -> dict[int, set[int]]:
    """For the group of each loop the nodes in it that others use, outside of it."""
    out: dict[int, set[int]] = {g: set() for g in tree.steps}
    if not out:
        return out
    inner = array.array("q")  # per group the innermost loop that it is in; -1 for none
    for group in tree.groups:
        inner.append(group.id if group.id in out else inner[group.parent] if group.parent >= 0 else -1)

    def around(g: int) -> Iterator[int]:
        while g >= 0 and (g := inner[g]) >= 0:
            yield g
            g = tree.groups[g].parent

    first, tails = tree.graph.first, tree.graph.tails
    for i, mine in enumerate(tree.group):
        for p in tails[first[i] : first[i + 1]]:
            if inner[tree.group[p]] != inner[mine]:
                here = set(around(mine))
                out_of = [g for g in around(tree.group[p]) if g not in here]
                for g in out_of:
                    out[g].add(p)
    return out

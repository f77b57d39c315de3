"""The groups inside a step of a loop, for all steps that are built alike: fold.py fills one of them, and the others are copies.

A recurrence of a million values has half a million steps. To sort each into siblings and parts would take most of the time of a
picture, and nearly all come out the same.
"""

import functools
from array import array
from collections.abc import Collection, Hashable, Iterable

from .alike import chains_of, made_of, paths_of, users_of
from .graph import Graph
from .ragged import Ragged
from .tree import Group, Item, Tree, stem

PLAIN = ("siblings", "part", "chain")  # groups without a name of their own, whose order does not depend on numbers


class Nodes:
    """The facts about the nodes of a graph by which they are sorted into groups.

    Attributes:
        paths: the scopes of each.
        made: how each was made.
        chain: the last node of the chain that each is in; -1 for none.
    """

    def __init__(self, graph: Graph, apart: Collection[int]) -> None:
        self.graph, self.paths, self.made = graph, paths_of(graph), made_of(graph)
        self.chain = chains_of(graph, self.paths, lambda: self.users, apart)

    @functools.cached_property
    def users(self) -> Ragged:
        """The nodes that use each, once for each place in which it is an operand."""
        return users_of(self.graph)

    def user_outside(self, user: int, depth: int) -> str:
        """A user outside of a group of that depth, as siblings tell users apart: by the scope it is in, or by its operation."""
        path = self.paths[user]
        return stem(path[depth - 1]) if len(path) >= depth else self.graph.op[user]

    def key(self, members: "array[int]", depth: int) -> Hashable:
        """A key that groups of nodes share if they are sorted alike; None if that depends on more than is looked at here.

        Args:
            members: the nodes of the group, in order.
        """
        graph = self.graph
        place = {v: n for n, v in enumerate(members)}
        given: dict[Hashable, int] = {}
        operands = []
        for v in members:
            start, end = graph.start[v], graph.start[v + 1]
            if start == end or len(self.paths[v]) > depth:
                return None
            for o in graph.operands[start:end]:
                n = place.get(o)
                if n is None:
                    one = o if o >= 0 else graph.constants[-1 - o].hex()
                    n = ~given.setdefault(one, len(given))
                operands.append(n)
        outside = depth and tuple(
            [frozenset([self.user_outside(user, depth) for user in self.users[v] if user not in place]) for v in members]
        )
        rows = tuple([id(graph.row[v]) for v in members])
        kinds = tuple([self.made.kind[v] for v in members])
        shapes, chains = ([column[v] for v in members] for column in (self.made.shape, self.chain))
        return kinds, rows, tuple(operands), _numbered(shapes), _numbered(chains) if max(chains) >= 0 else (), outside


def _numbered(things: Iterable[Hashable]) -> tuple[int, ...]:
    """For every thing the number of distinct ones up to the first like it: which of them are the same."""
    numbers: dict[Hashable, int] = {}
    return tuple([numbers.setdefault(thing, len(numbers)) for thing in things])


class Filled:
    """The items of a group that has been filled, and the groups that were made for it, to be made for other nodes as well.

    Args:
        tree: the tree, in which the groups from `first` on were made for the group.
        members: its nodes, in order.
    """

    def __init__(self, tree: Tree, group: Group, first: int, members: "array[int]") -> None:
        place = {v: n for n, v in enumerate(members)}

        def placed(items: "array[Item]") -> list[Item]:
            return [place[item] if item >= 0 else item + first for item in items]

        self.items = placed(group.items)
        self.groups = [(one.kind, one.parent - first, one.size, placed(one.items)) for one in tree.groups[first:]]

    @staticmethod
    def is_plain(groups: Collection[Group]) -> bool:
        """True if groups can be made again for other nodes."""
        return all(group.kind in PLAIN for group in groups)

    def copy(self, tree: Tree, group: Group, members: "array[int]") -> None:
        """Fill another group with its own nodes in the same way."""
        first, of_node = len(tree.groups), tree.group
        group.items = array("q", [members[n] if n >= 0 else n - first for n in self.items])
        for v in members:
            of_node[v] = group.id
        for kind, parent, size, items in self.groups:
            made = tree.add(kind, "", group.id if parent < 0 else first + parent, size)
            made.items = array("q", [members[n] if n >= 0 else n - first for n in items])
            for n in items:
                if n >= 0:
                    of_node[members[n]] = made.id

"""The inside of one group while fold.py fills it: its items, the arrows between them, and the order they are shown in."""

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import chain
from operator import add

from .ragged import Ragged

PLACES = 1024  # an operation's operands are told apart by their places, in a loop by the item and the place
IN_ITEM = 4  # an operation's operands are told apart up to this many places
ALIKE = 3  # siblings fold from three on
FEW, SHORT = 6, 30  # a loop of so few steps and nodes is no more to read than its steps,
DEEP = 12  # if the longest way through them has no more nodes: a picture of more does not fit on a screen


def is_short(steps: Ragged, parents: Callable[[int], Iterable[int]]) -> bool:
    """True if a loop of these steps says no more than they do.

    Args:
        parents: the operands of a node.
    """
    if len(steps) > FEW or len(steps.flat) > SHORT:
        return False
    depth: dict[int, int] = {}
    for v in sorted(steps.flat):
        depth[v] = 1 + max((depth[p] for p in parents(v) if p in depth), default=0)
    return max(depth.values()) <= DEEP


class Repeated:
    """The steps of a loop as items of a level, one behind the other.

    Attributes:
        items: the items of all steps.
        period: how many items a step has.
    """

    __slots__ = ("items", "period")

    def __init__(self, items: Sequence[int], period: int) -> None:
        self.items, self.period = items, period


class FoldLevel:
    """The inside of one group while it is being built: its items, the arrows between them, and their order.

    Everything is columns of numbers, as one level may have all nodes of a graph as its items.

    Attributes:
        names: per item the scope's own name, or ''.
        members: per item its nodes.
        uses: per item the items that use it, repeated for repeated uses, each with the place it is used at: an item k at
            place n as k * PLACES + n.
        outside: per item its users outside this group.
        rank: per item the longest way from an item that uses no other; see `order`.
        loops: per item that is a loop the nodes of its steps.
    """

    def __init__(self, names: list[str], members: Ragged) -> None:
        self.names, self.members = names, members
        self.uses: Ragged = Ragged.of(())
        self.outside: dict[int, set[str]] = {}
        self.rank: array[int] = array("q")
        self.loops: dict[int, Ragged] = {}

    def first(self, k: int) -> int:
        """The first node of an item."""
        return self.members.flat[self.members.start[k]]

    def last(self, k: int) -> int:
        """The last node of an item."""
        return self.members.flat[self.members.start[k + 1] - 1]

    def joined(self, loops: Sequence[Repeated]) -> "FoldLevel":
        """The level with one item in the place of each loop."""
        into = array("q", [-1]) * len(self.names)  # per item the loop it is in
        at = array("q", bytes(8 * len(self.names)))  # and its place in the body
        for n, loop in enumerate(loops):
            for place, k in enumerate(loop.items):
                into[k], at[k] = n, place % loop.period
        others = array("q", [k for k, n in enumerate(into) if n < 0])
        new = array("q", bytes(8 * len(into)))
        for n, k in enumerate(others):
            new[k] = n
        for k, n in enumerate(into):
            if n >= 0:
                new[k] = len(others) + n
        steps = [self.nodes_of_steps(loop) for loop in loops]
        members = Ragged.of(chain((self.members[k] for k in others), (sorted(nodes.flat) for nodes in steps)))
        level = FoldLevel([self.names[k] for k in others] + [""] * len(loops), members)
        level.loops = {len(others) + n: nodes for n, nodes in enumerate(steps)}
        moved = array("q", map(add, map(PLACES.__mul__, new), map(IN_ITEM.__mul__, at)))  # a use by an item: what it becomes
        used, uses = array("q"), array("q")
        start, flat = self.uses.start, self.uses.flat
        for k, mine in enumerate(new):
            for use in flat[start[k] : start[k + 1]]:
                user = use // PLACES
                if new[user] != mine:
                    used.append(mine)
                    uses.append(moved[user] + use % PLACES)
        level.uses = Ragged.sorted_by(used, uses, len(level.names))
        for k, outside in self.outside.items():
            level.outside.setdefault(new[k], set()).update(outside)
        return level

    def nodes_of_steps(self, loop: Repeated) -> Ragged:
        """The nodes of each step of a loop."""
        flat = array("q", chain.from_iterable(map(self.members.__getitem__, loop.items)))
        steps = len(loop.items) // loop.period
        return Ragged(range(0, len(flat) + 1, len(flat) // steps), flat)

    def users(self, k: int) -> list[int]:
        """The items that use an item, repeated for repeated uses."""
        return [use // PLACES for use in self.uses[k]]

    def order(self) -> "array[int]":
        """The items in topological order, with their `rank`: the longest way from an item that uses no other."""
        waiting = array("q", bytes(8 * len(self.names)))
        for use in self.uses.flat:
            waiting[use // PLACES] += 1
        self.rank = rank = array("q", bytes(8 * len(self.names)))
        order = array("q", [k for k, n in enumerate(waiting) if not n])
        start, flat = self.uses.start, self.uses.flat
        for k in order:  # grows while it is walked
            above = rank[k] + 1
            for use in flat[start[k] : start[k + 1]]:
                user = use // PLACES
                if rank[user] < above:
                    rank[user] = above
                waiting[user] -= 1
                if not waiting[user]:
                    order.append(user)
        return order

    def on_cycles(self, order: Sequence[int]) -> set[str]:
        """The names of the items on cycles, given the items that could be ordered from the front."""
        left = set(range(len(self.names))) - set(order)
        # An item that no remaining item uses is not on a cycle either: peel it off from the back.
        uses = {k: [] for k in left}  # type: dict[int, list[int]]
        users = dict.fromkeys(left, 0)
        for k in left:
            for user in self.users(k):  # all of them are left: they come after k
                uses[user].append(k)
                users[k] += 1
        ends = [k for k, n in users.items() if not n]
        for k in ends:  # grows while it is walked
            left.discard(k)
            for used in uses[k]:
                users[used] -= 1
                if not users[used]:
                    ends.append(used)
        return {self.names[k] for k in left}

    def siblings(self, order: Sequence[int], signatures: Sequence[int]) -> Ragged:
        """The items in blocks: at least ALIKE siblings together, every other item alone."""
        numbers: dict[int, int] = {}
        of_item = [numbers.setdefault(signatures[k], len(numbers)) for k in order]
        together = Ragged.sorted_by(of_item, order, len(numbers))
        del numbers, of_item
        start, flat = array("q", [0]), together.flat
        for n in range(len(together)):
            begin, end = together.start[n], together.start[n + 1]
            if end - begin > 1:
                flat[begin:end] = array("q", sorted(flat[begin:end], key=self.first))
            start.extend([end] if end - begin >= ALIKE else range(begin + 1, end + 1))
        return Ragged(start, flat)

    def rows(
        self, order: Sequence[int], signatures: "array[int]", shape: Sequence[int], apart: Collection[int]
    ) -> Ragged | None:
        """The items in blocks of operations that were made alike, used alike or not; None if some items are scopes.

        In a lattice, the values at one depth are such a row: those at its ends are used once, and the others twice.

        Args:
            signatures: a key per item that siblings share.
            shape: per node a number for the way it was made.
            apart: nodes that are in no row.
        """
        if any(self.names):
            return None
        keys = array("q", signatures)
        for k in order:
            v = self.first(k)
            if self.rank[k] and self.members.size(k) == 1 and v not in apart:
                keys[k] = hash((shape[v], self.rank[k]))
        return self.siblings(order, keys)

    def in_order(self, blocks: Ragged) -> "array[int]":
        """The blocks in topological order; a block of leaves comes just before the first block that uses it."""
        block_of = array("q", bytes(8 * len(self.names)))
        for n in range(len(blocks)):
            for k in blocks[n]:
                block_of[k] = n
        earlier: list[tuple[int, int]] = []  # blocks of leaves, each after the block that it comes before
        for n in range(len(blocks)):
            if not self.rank[blocks.flat[blocks.start[n]]]:
                users = [block_of[user] for k in blocks[n] for user in self.users(k)]
                if users:
                    earlier.append((min(users), n))
        moved = {n for _, n in earlier}
        earlier.sort(reverse=True)
        ordered = array("q")
        for n in range(len(blocks)):
            while earlier and earlier[-1][0] == n:
                ordered.append(earlier.pop()[1])
            if n not in moved:
                ordered.append(n)
        return ordered

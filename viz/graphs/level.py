"""The inside of one group while fold.py fills it: its items, the arrows between them, and the order they are shown in."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

PLACES = 1024  # an operation's operands are told apart by their places, in a loop by the item and the place
IN_ITEM = 4  # an operation's operands are told apart up to this many places
ALIKE = 3  # siblings fold from three on
FEW, SHORT = 6, 30  # a loop of so few steps and nodes is no more to read than its steps,
DEEP = 12  # if the longest way through them has no more nodes: a picture of more does not fit on a screen


def is_short(steps: Sequence[Sequence[int]], parents: Callable[[int], Iterable[int]]) -> bool:
    """True if a loop of these steps says no more than they do.

    Args:
        parents: the operands of a node.
    """
    if len(steps) > FEW or sum(map(len, steps)) > SHORT:
        return False
    depth: dict[int, int] = {}
    for v in sorted(v for step in steps for v in step):
        depth[v] = 1 + max((depth[p] for p in parents(v) if p in depth), default=0)
    return max(depth.values()) <= DEEP


class FoldLevel:
    """The inside of one group while it is being built: its items, the arrows between them, and their order."""

    def __init__(self, names: list[str], members: list[list[int]]) -> None:
        self.names, self.members = names, members  # per item: the scope's own name or '', and its nodes
        # Per item the items that use it, repeated for repeated uses, each with the place it is used at: an item k at place
        # n as k * PLACES + n. Plain numbers, because dictionaries and tuples would take most of the memory of a fold.
        self.uses: list[list[int]] = [[] for _ in names]
        self.outside: dict[int, set[str]] = {}  # per item: its users outside this group
        self.rank: list[int] = []
        self.loops: dict[int, list[list[int]]] = {}  # per item that is a loop: the nodes of its steps

    def joined(self, loops: Sequence[Sequence[Sequence[int]]]) -> "FoldLevel":
        """The level with one item in the place of each loop.

        Args:
            loops: per loop its steps, as lists of items; a step is a body of as many items as every other.
        """
        into: dict[int, tuple[int, int]] = {}  # per item of a loop: which loop, and which item of the body
        for n, steps in enumerate(loops):
            into.update({k: (n, at) for step in steps for at, k in enumerate(step)})
        others = [k for k in range(len(self.names)) if k not in into]
        new = {k: n for n, k in enumerate(others)}
        new.update({k: len(others) + n for k, (n, _) in into.items()})
        nodes = [[[v for k in step for v in self.members[k]] for step in steps] for steps in loops]
        of_loops = [sorted(v for step in steps for v in step) for steps in nodes]
        level = FoldLevel([self.names[k] for k in others] + [""] * len(loops), [self.members[k] for k in others] + of_loops)
        level.loops = {len(others) + n: steps for n, steps in enumerate(nodes)}
        for k, uses in enumerate(self.uses):
            for use in uses:
                user, place = divmod(use, PLACES)
                if new[user] != new[k]:
                    place += IN_ITEM * into[user][1] if user in into else 0
                    level.uses[new[k]].append(new[user] * PLACES + place)
        for k, outside in self.outside.items():
            level.outside.setdefault(new[k], set()).update(outside)
        return level

    def users(self, k: int) -> list[int]:
        """The items that use an item, repeated for repeated uses."""
        return [use // PLACES for use in self.uses[k]]

    def order(self) -> list[int]:
        """The items in topological order, with their `rank`: the longest way from an item that uses no other."""
        waiting = [0] * len(self.names)
        for uses in self.uses:
            for use in uses:
                waiting[use // PLACES] += 1
        self.rank = [0] * len(self.names)
        order = [k for k, n in enumerate(waiting) if not n]
        for k in order:  # grows while it is walked
            for user in self.users(k):
                self.rank[user] = max(self.rank[user], self.rank[k] + 1)
                waiting[user] -= 1
                if not waiting[user]:
                    order.append(user)
        return order

    def on_cycles(self, order: list[int]) -> set[str]:
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

    def siblings(self, order: list[int], signatures: Sequence[Any]) -> list[list[int]]:
        """The items in blocks: at least ALIKE siblings together, every other item alone."""
        blocks: dict[Any, list[int]] = {}
        for k in order:
            blocks.setdefault(signatures[k], []).append(k)
        all_blocks: list[list[int]] = []
        for block in blocks.values():
            block.sort(key=lambda k: self.members[k][0])
            all_blocks += [block] if len(block) >= ALIKE else [[k] for k in block]
        return all_blocks

    def in_order(self, blocks: list[list[int]]) -> list[list[int]]:
        """Blocks in topological order; a block of leaves comes just before the first block that uses it."""
        block_of = {k: n for n, block in enumerate(blocks) for k in block}

        def place(n: int) -> tuple[float, int]:
            users = [block_of[user] for k in blocks[n] for user in self.users(k)] if not self.rank[blocks[n][0]] else []
            return (min(users) - 0.5, n) if users else (n, n)

        return [blocks[n] for n in sorted(range(len(blocks)), key=place)]

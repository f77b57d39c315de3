"""The inside of one group while fold.py fills it: its items, the arrows between them, and the order they are shown in."""

from collections.abc import Sequence
from typing import Any

PLACES = 4  # an operation's operands are told apart up to this many places
ALIKE = 3  # siblings fold from three on


class FoldLevel:
    """The inside of one group while it is being built: its items, the arrows between them, and their order."""

    def __init__(self, names: list[str], members: list[list[int]]) -> None:
        self.names, self.members = names, members  # per item: the scope's own name or '', and its nodes
        # Per item the items that use it, repeated for repeated uses, each with the place it is used at: an item k at place
        # n as k * PLACES + n. Plain numbers, because dictionaries and tuples would take most of the memory of a fold.
        self.uses: list[list[int]] = [[] for _ in names]
        self.outside: dict[int, set[str]] = {}  # per item: its users outside this group
        self.rank: list[int] = []

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

"""The folds of a graph: a tree of groups over its nodes, made once. Every picture is a cut through the tree.

Nobody can read a graph of twenty thousand nodes, but its parts can be read. The groups, from the outside in:

    scope      nodes made inside a `scope(...)` block, a layer, a neuron; parameters belong to the scope that uses them
    siblings   nodes or scopes that were made alike and are used alike: the 32 neurons of a layer, 20 samples of a batch
    rest       the less important of many siblings, when the leading siblings are shown
    chain      a sum or product written as many + or *
    loop       a body that repeats, each time on what the time before left, as its steps
    step       one of the steps of a loop, where it has more than one item
    part       a stretch of the computation, where nothing else divides it; leaves with a name of their own stay outside

Whichever groups are open, the arrows between the boxes of a picture never form a cycle. A scope that would make a cycle
(a recurrent cell that is used, read out and used again) is divided into several; siblings stand at the same distance
from the leaves; parts are stretches of a topological order. Folding takes time linear in the graph and does not recurse.
"""

from array import array
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

from .alike import MASK, Places
from .copies import Filled, Nodes
from .graph import Graph
from .level import ALIKE, PLACES, FoldLevel, is_short
from .ragged import Ragged
from .steps import loops_in
from .tree import Tree, stem

LEADING = 6  # leading siblings shown before the rest, where the siblings are leaves
MOST = 24  # a group with more items is divided into parts
SCREEN, LATTICE = 60, 2000  # rows are looked for among more items than fit on a screen, up to so many,
FEWER = 0.62  # and taken if there are that many times as many as other blocks, or if only they fit on a screen
STRETCH = 4  # items of the shortest part: fewer are shown as they are


def tree_of(graph: Graph, keep: bytes | bytearray | None = None, apart: Collection[int] = ()) -> Tree:
    """The groups of a graph.

    Args:
        keep: a byte per node, 0 for nodes that are not drawn. By default all are drawn.
        apart: nodes that were asked for: neither they nor the scopes around them become one box with their siblings.

    Example:
        >>> from nn import MLP
        >>> from .graph import graph_of
        >>> tree = tree_of(graph_of(MLP(4, [3, 1])([1.0, 2.0, 3.0, 4.0])))
        >>> [(g.kind, g.name, g.size) for g in tree.groups[:3]]
        [('graph', '', 26), ('scope', 'layer1', 21), ('scope', 'layer2', 5)]
    """
    tree = Tree(graph, apart)
    members = array("q", range(len(graph)) if keep is None else [i for i in range(len(graph)) if keep[i]])
    builder = _Builder(tree)
    builder.build(members)
    return tree


class _Builder:
    """Fills the groups of a tree, level by level."""

    def __init__(self, tree: Tree) -> None:
        self.tree, self.graph = tree, tree.graph
        self.nodes = Nodes(tree.graph, tree.apart)
        self.paths, self.made, self.chain = self.nodes.paths, self.nodes.made, self.nodes.chain
        self.places = Places()
        self.in_rows = False  # whether the blocks of the group that is being filled are rows
        self.item = array("q", [-1]) * len(tree.graph)  # the item of a node in the level that is being built; -1 if not in it
        # Groups to be filled: their id, their nodes, their depth. The steps of a loop are one entry, with the id of the first.
        self.work: list[tuple[int, array[int] | Ragged, int]] = []

    def build(self, members: "array[int]") -> None:
        self.work.append((self.tree.add("graph", "", -1, len(members)).id, members, 0))
        del members
        while self.work:
            work, self.work = self.work, []
            work.reverse()
            while work:  # the nodes of a group are not needed any more when it has been filled
                group, nodes, depth = work.pop()
                if isinstance(nodes, Ragged):
                    self.fill_steps(group, nodes, depth)
                else:
                    self.fill_group(group, nodes, depth)
                del nodes

    def fill_group(self, group: int, members: "array[int]", depth: int) -> None:
        """Give a group its items: its nodes, sorted into scopes, siblings and parts."""
        level = self.level_of(members, depth)
        order = level.order()
        if len(order) < len(level.names):  # a cycle
            level = self.level_of(members, depth, divided=level.on_cycles(order))
            order = level.order()
        rows = None
        if SCREEN < len(order) <= LATTICE:
            rows = level.rows(order, self.signatures(level, order), self.made.shape, self.tree.apart)
        joined = level
        if loops := loops_in(level, self.graph, self.made, self.item, self.tree.apart):
            joined = level.joined(loops)
            order = joined.order()
        blocks = joined.siblings(order, self.signatures(joined, order))
        if rows and (len(rows) <= FEWER * len(blocks) or len(rows) <= SCREEN < len(blocks)):
            blocks = rows
        else:
            level = joined
        self.in_rows = blocks is rows
        for v in members:
            self.item[v] = -1
        del order
        self.add_blocks(group, level, blocks, level.in_order(blocks), depth)

    def fill_steps(self, first: int, steps: Ragged, depth: int) -> None:
        """Give the steps of a loop their items; those that are built alike are filled alike."""
        groups, known = self.tree.groups, dict[Hashable, Filled | None]()
        for group, nodes in enumerate(steps, first):
            members = array("q", sorted(nodes))
            key = self.nodes.key(members, depth)
            if filled := known.get(key):
                filled.copy(self.tree, groups[group], members)
                continue
            before, work = len(groups), len(self.work)
            self.fill_group(group, members, depth)
            if key is not None and key not in known:
                plain = len(self.work) == work and Filled.is_plain(groups[before:])
                known[key] = Filled(self.tree, groups[group], before, members) if plain else None

    def level_of(self, members: "array[int]", depth: int, divided: Iterable[str] = ()) -> FoldLevel:
        """The items of a group; scopes whose names are in `divided` become several, so that no cycle remains."""
        turns = self.turns_of(members, depth) if divided else None
        keys: dict[Any, int] = {}
        names: list[str] = []
        items = array("q")
        for v in members:
            path = self.paths[v]
            name = path[depth] if len(path) > depth else ""
            chain = self.chain[v]
            if not name and chain < 0:  # a node by itself
                k = len(names)
                names.append("")
            else:
                key: Any = chain if not name else (name, turns[v]) if turns and name in divided else name
                found = keys.get(key)
                k = keys[key] = len(names) if found is None else found
                if found is None:
                    names.append(name)
            items.append(k)
            self.item[v] = k
        level = FoldLevel(
            names, Ragged.alone(members) if len(names) == len(members) else Ragged.sorted_by(items, members, len(names))
        )
        level.uses = self.uses_in(level, members)
        if depth:
            level.outside = self.users_outside(members, depth)
        return level

    def uses_in(self, level: FoldLevel, members: "array[int]") -> Ragged:
        """Per item of a level those that use it, as `FoldLevel.uses`."""
        item, graph, names, row, known = self.item, self.graph, level.names, self.graph.row, self.places.known
        start, operands, first, tails = graph.start, graph.operands, graph.first, graph.tails
        used, uses = array("q"), array("q")
        for v in members:
            begin, end = start[v], start[v + 1]
            if begin == end:
                continue
            k = item[v]
            if names[k]:
                places = None
            else:
                key = id(row[v]), end - begin
                places = known[key] if key in known else self.places.of(row[v], end - begin)
            if places is None:
                for p in tails[first[v] : first[v + 1]]:
                    of_p = item[p]
                    if of_p >= 0 and of_p != k:
                        used.append(of_p)
                        uses.append(k * PLACES)
                continue
            some = [item[p] if p >= 0 else -1 for p in operands[begin:end]]
            used.extend([of_p for of_p in some if of_p >= 0 and of_p != k])
            mine = k * PLACES
            uses.extend([mine + place for of_p, place in zip(some, places, strict=True) if of_p >= 0 and of_p != k])
        return Ragged.sorted_by(used, uses, len(names))

    def users_outside(self, members: "array[int]", depth: int) -> dict[int, set[str]]:
        """Per item of a level, that is not the whole graph, its users outside: the scopes they are in, or their operations."""
        outside: dict[int, set[str]] = {}
        item, users = self.item, self.nodes.users
        for v in members:
            for user in users[v]:
                if item[user] < 0:
                    outside.setdefault(item[v], set()).add(self.nodes.user_outside(user, depth))
        return outside

    def turns_of(self, members: Sequence[int], depth: int) -> dict[int, int]:
        """Per node: the largest number of times that a way to it goes from one item into another."""
        turns: dict[int, int] = {}
        for v in members:
            turn = 0
            mine = self.paths[v][depth : depth + 1]
            for p in self.graph.parents(v):
                if p in turns:
                    same = mine and self.paths[p][depth : depth + 1] == mine
                    turn = max(turn, turns[p] + (not same))
            turns[v] = turn
        return turns

    def signatures(self, level: FoldLevel, order: "array[int]") -> "array[int]":
        """A key per item that its siblings share: they are made alike, used alike, and have the same rank."""
        signatures = array("q", bytes(8 * len(order)))
        shape, apart, rank, outside = self.made.shape, self.tree.apart, level.rank, level.outside
        start, uses = level.uses.start, level.uses.flat
        for k in reversed(order):
            nodes = level.members[k]
            shapes = shape[nodes[0]] if len(nodes) == 1 else sum([shape[v] for v in nodes]) & MASK
            some = [hash((signatures[use // PLACES], use % PLACES)) for use in uses[start[k] : start[k + 1]]]
            used = tuple(some) if len(some) < 2 else tuple(sorted(set(some)))
            name = level.names[k] and stem(level.names[k])
            others = tuple(sorted(outside[k])) if k in outside else ()
            itself = -1 if not apart or apart.isdisjoint(nodes) else k
            shared = not rank[k] and start[k + 1] - start[k] > 1  # a weight of all steps is not one of their inputs
            signatures[k] = hash((name, len(nodes), shapes, rank[k], used, others, itself, shared))
        return signatures

    def add_blocks(self, group: int, level: FoldLevel, blocks: Ragged, order: "array[int]", depth: int) -> None:
        """Add blocks of siblings to a group, in parts if they are too many; no part hides a leaf that has a name.

        Args:
            order: the blocks in the order in which they are shown.
        """
        most = SCREEN if self.in_rows else MOST
        if len(order) > most:
            leaves = self.labelled_leaves(level, blocks, order)
            self.add_leaves(group, level, [blocks[n] for n in leaves], depth)
            aside = set(leaves)
            order = array("q", [n for n in order if n not in aside])
            most = MOST // 2
        size = array("q", accumulate(_sizes(level, blocks, order), initial=0))  # of nodes, up to a place in the order
        waiting = [(group, 0, len(order))]
        for into, begin, end in waiting:  # grows while it is walked
            shown = begin if end - begin <= most else end - MOST // 2
            length = max(-(-(shown - begin) // (MOST // 2)), STRETCH)
            for at in range(begin, shown, length):
                until = min(at + length, shown)
                made = self.tree.add("part", "", into, size[until] - size[at])
                self.tree.groups[into].items.append(made.item)
                waiting.append((made.id, at, until))
            self.add_shown(into, level, blocks, order[shown:end], depth)

    def add_shown(self, into: int, level: FoldLevel, blocks: Ragged, shown: Iterable[int], depth: int) -> None:
        """Add some blocks to a group; most are a node each."""
        items, of_node = self.tree.groups[into].items, self.tree.group
        names, members, nodes = level.names, level.members.start, level.members.flat
        start, flat = blocks.start, blocks.flat
        for n in shown:
            k = flat[start[n]]
            if names[k] or start[n + 1] - start[n] > 1 or members[k + 1] - members[k] > 1:
                self.add_block(into, level, blocks[n], depth)
            else:
                v = nodes[members[k]]
                items.append(v)
                of_node[v] = into

    def labelled_leaves(self, level: FoldLevel, blocks: Ragged, order: Iterable[int]) -> list[int]:
        """The blocks of leaves that somebody gave a name."""
        start, at, flat = self.graph.start, blocks.start, blocks.flat
        firsts, nodes = level.members.start, level.members.flat
        found = []
        for n in order:
            k = flat[at[n]]
            v = nodes[firsts[k]]
            if start[v] == start[v + 1] and self.is_leaf(level, k) and self.graph.called(v):
                found.append(n)
        return found

    def is_leaf(self, level: FoldLevel, k: int) -> bool:
        """True if an item is a single leaf."""
        return not level.names[k] and k not in level.loops and self.graph.is_leaf(level.first(k))

    def add_leaves(self, into: int, level: FoldLevel, leaves: list["array[int]"], depth: int) -> None:
        """Add the named leaves of a long group: all of them, or those with most users and one group of the others."""
        shown = leaves
        if len(leaves) > MOST:
            shown = sorted(leaves, key=lambda block: -sum(map(level.uses.size, block)))[: MOST // 2]
        for block in shown:
            self.add_block(into, level, block, depth)
        chosen = {block[0] for block in shown}
        others = [block for block in leaves if block[0] not in chosen]
        if others:
            made = self.tree.add("rest", "", into, sum(map(len, others)))
            self.tree.groups[into].items.append(made.item)
            for block in others:
                self.add_block(made.id, level, block, depth)

    def add_block(self, into: int, level: FoldLevel, block: "array[int]", depth: int) -> None:
        """Add one block of siblings to a group: several as a group of their own, the leading ones before the rest."""
        tree = self.tree
        if len(block) > 1:
            made = tree.add("siblings", "", into, sum(map(level.members.size, block)))
            tree.groups[into].items.append(made.item)
            into = made.id
            if self.in_rows and level.rank[block[0]]:
                tree.rows.add(into)
            loops = [level.loops[k] for k in level.users(block[0]) if k in level.loops]
            if self.is_leaf(level, block[0]) and any(not is_short(steps, self.graph.parents) for steps in loops):
                tree.streams.add(made.id)  # what the steps take in turn: none is a leading one
            elif self.is_leaf(level, block[0]) and len(block) > LEADING + ALIKE and self.has_few_users(level.first(block[0])):
                block = self.leading_first(level, block)
                rest = tree.add("rest", "", into, len(block) - LEADING)
                for k in block[:LEADING]:
                    self.add_item(into, level, k, depth)
                tree.groups[into].items.append(rest.item)
                block, into = block[LEADING:], rest.id
        for k in block:
            self.add_item(into, level, k, depth)

    def add_item(self, into: int, level: FoldLevel, k: int, depth: int) -> None:
        """Add one item to a group: a node, a chain of nodes, or a scope or the steps of a loop, which are filled later."""
        tree, nodes = self.tree, level.members[k]
        if len(nodes) == 1 and not level.names[k]:
            tree.groups[into].items.append(nodes[0])
            tree.group[nodes[0]] = into
            return
        if k in level.loops:
            self.add_loop(into, level.loops[k], depth)
            return
        if not level.names[k]:
            chain = tree.add("chain", "", into, len(nodes))
            tree.groups[into].items.append(chain.item)
            chain.items.extend(nodes)
            for v in nodes:
                tree.group[v] = chain.id
            return
        made = tree.add("scope", "/".join(self.paths[nodes[0]][: depth + 1]), into, len(nodes))
        tree.groups[into].items.append(made.item)
        self.work.append((made.id, nodes, depth + 1))

    def add_loop(self, into: int, steps: Ragged, depth: int) -> None:
        """Add a loop to a group, with its steps."""
        tree = self.tree
        path = "/".join(self.paths[steps.flat[0]][:depth])
        loop = tree.add("loop", f"{path}/steps".lstrip("/"), into, len(steps.flat))
        tree.groups[into].items.append(loop.item)
        tree.steps[loop.id] = steps
        if len(steps) == len(steps.flat):  # of a node each
            loop.items.extend(steps.flat)
            for v in steps.flat:
                tree.group[v] = loop.id
            return
        name, of_step = f"{path}/step".lstrip("/"), steps.size(0)
        for n in range(1, len(steps) + 1):
            loop.items.append(tree.add("step", f"{name}{n}", loop.id, of_step).item)
        self.work.append((loop.id + 1, steps, depth))

    def leading_first(self, level: FoldLevel, block: "array[int]") -> "array[int]":
        """Reorder a block: the LEADING nodes with the largest share in their user come first; both parts keep their order."""
        shares: dict[int, dict[int, float]] = {}  # per user: the share of each of its operands

        def share(k: int) -> float:
            v = level.first(k)
            users = self.nodes.users
            user = users[v][0] if users.size(v) else -1
            if user >= 0 and user not in shares:
                shares[user] = self.shares_in(user)
            return shares[user].get(v, 0.0) if user >= 0 else 0.0

        leading = sorted(sorted(block, key=lambda k: -share(k))[:LEADING])
        chosen = set(leading)
        return array("q", leading + [k for k in block if k not in chosen])

    def has_few_users(self, v: int) -> bool:
        """True if a leaf has a share that can be named: a weight of all samples leads in one of them, and not in the others."""
        return len(set(self.nodes.users[v])) < ALIKE

    def shares_in(self, user: int) -> dict[int, float]:
        """The share of each operand in a node: |local derivative * data|; nan counts as infinite."""
        graph = self.graph
        found: dict[int, float] = {}
        for p, d in zip(graph.parents(user), graph.partials(user) or (), strict=False):
            s = abs(d * graph.data[p])
            found[p] = max(found.get(p, 0.0), s if s == s else float("inf"))
        return found


def _sizes(level: FoldLevel, blocks: Ragged, order: Iterable[int]) -> Iterator[int]:
    """The number of nodes in every block."""
    at, start = blocks.start, level.members.start
    if len(level.members) == len(level.members.flat):  # an item is a node
        return (at[n + 1] - at[n] for n in order)
    return (sum([start[k + 1] - start[k] for k in blocks[n]]) for n in order)

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
from collections.abc import Collection, Iterable
from typing import Any

from autograd.primitives.table import Primitive

from .alike import MASK, Path, chains_of, paths_of, shapes_of
from .graph import Graph
from .level import ALIKE, PLACES, FoldLevel, is_short
from .steps import loops_in
from .tree import Tree, stem

LEADING = 6  # leading siblings shown before the rest, where the siblings are leaves
MOST = 24  # a group with more items is divided into parts
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
    members = [i for i in range(len(graph)) if keep is None or keep[i]]
    builder = _Builder(tree, paths_of(graph), shapes_of(graph))
    builder.build(members)
    return tree


class _Builder:
    """Fills the groups of a tree, level by level."""

    def __init__(self, tree: Tree, paths: list[Path], shapes: list[int]) -> None:
        self.tree, self.graph, self.paths, self.shapes = tree, tree.graph, paths, shapes
        self.consumers = _consumers(tree.graph)
        self.chain = chains_of(tree.graph, paths, self.consumers, tree.apart)
        self.item = array("q", [-1]) * len(paths)  # the item of a node in the level that is being built
        self.inside = bytearray(len(paths))  # whether a node is in it
        self.work: list[tuple[int, list[int], int]] = []  # groups to be filled: their id, their nodes, their depth

    def build(self, members: list[int]) -> None:
        self.work.append((self.tree.add("graph", "", -1, len(members)).id, members, 0))
        for group, nodes, depth in self.work:  # grows while it is walked
            self.fill_group(group, nodes, depth)

    def fill_group(self, group: int, members: list[int], depth: int) -> None:
        """Give a group its items: its nodes, sorted into scopes, siblings and parts."""
        level = self.level_of(members, depth)
        order = level.order()
        if len(order) < len(level.names):  # a cycle
            level = self.level_of(members, depth, divided=level.on_cycles(order))
            order = level.order()
        if loops := loops_in(level, self.graph, self.tree.apart):
            level = level.joined(loops)
            order = level.order()
        blocks = level.siblings(order, self.signatures(level, order))
        self.add_blocks(group, level, level.in_order(blocks), depth)

    def level_of(self, members: list[int], depth: int, divided: Iterable[str] = ()) -> FoldLevel:
        """The items of a group; scopes whose names are in `divided` become several, so that no cycle remains."""
        turns = self.turns_of(members, depth) if divided else None
        keys: dict[Any, int] = {}
        names: list[str] = []
        nodes: list[list[int]] = []
        for v in members:
            path = self.paths[v]
            name = path[depth] if len(path) > depth else ""
            key: Any = self.chain.get(v, v) if not name else (name, turns[v]) if turns and name in divided else name
            k = keys.get(key)
            if k is None:
                k = keys[key] = len(names)
                names.append(name)
                nodes.append([])
            nodes[k].append(v)
            self.item[v] = k
            self.inside[v] = 1
        level = FoldLevel(names, nodes)
        self.connect_items(level, members, depth)
        for v in members:
            self.inside[v] = 0
        return level

    def connect_items(self, level: FoldLevel, members: list[int], depth: int) -> None:
        """Note which items of a level use which, and the users of each item outside the group."""
        item, inside, graph = self.item, self.inside, self.graph
        for v in members:
            k = item[v]
            start, end = graph.start[v], graph.start[v + 1]
            place = _place_of(graph.row[v], end - start)
            for n in range(start, end):
                p = graph.operands[n]
                if p >= 0 and inside[p] and item[p] != k:
                    level.uses[item[p]].append(k * PLACES + (0 if level.names[k] else place(n - start)))
            for user in self.consumers[v] if depth else ():
                if not inside[user]:
                    path = self.paths[user]
                    level.outside.setdefault(k, set()).add(stem(path[depth - 1]) if len(path) >= depth else graph.op[user])

    def turns_of(self, members: list[int], depth: int) -> dict[int, int]:
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

    def signatures(self, level: FoldLevel, order: list[int]) -> list[Any]:
        """A key per item that its siblings share: they are made alike, used alike, and have the same rank."""
        signatures: list[Any] = [None] * len(order)
        for k in reversed(order):
            name, nodes = level.names[k], level.members[k]
            shape = sum([self.shapes[v] for v in nodes]) & MASK
            used = tuple(sorted({hash((signatures[use // PLACES], use % PLACES)) for use in level.uses[k]}))
            outside = tuple(sorted(level.outside.get(k, ())))
            itself = -1 if self.tree.apart.isdisjoint(nodes) else k
            shared = not level.rank[k] and len(level.uses[k]) > 1  # a weight of all steps is not one of their inputs
            signatures[k] = hash((stem(name), len(nodes), shape, level.rank[k], used, outside, itself, shared))
        return signatures

    def add_blocks(self, group: int, level: FoldLevel, blocks: list[list[int]], depth: int) -> None:
        """Add blocks of siblings to a group, in parts if they are too many; no part hides a leaf that has a name."""
        if len(blocks) > MOST:
            leaves = [block for block in blocks if self.is_labelled_leaf(level, block[0])]
            self.add_leaves(group, level, leaves, depth)
            aside = {block[0] for block in leaves}
            blocks = [block for block in blocks if block[0] not in aside]
            most = MOST // 2
        else:
            most = MOST
        waiting = [(group, blocks)]
        for into, some in waiting:  # grows while it is walked
            shown = some[len(some) - MOST // 2 :]
            parts = some[: len(some) - len(shown)]
            if len(some) <= most:
                shown, parts = some, []
            size = max(-(-len(parts) // (MOST // 2)), STRETCH)
            for part in (parts[n : n + size] for n in range(0, len(parts), size)):
                made = self.tree.add("part", "", into, sum(len(level.members[k]) for block in part for k in block))
                self.tree.groups[into].items.append(made.item)
                waiting.append((made.id, part))
            for block in shown:
                self.add_block(into, level, block, depth)

    def is_labelled_leaf(self, level: FoldLevel, k: int) -> bool:
        """True if an item is a leaf that somebody gave a name."""
        v = level.members[k][0]
        return self.is_leaf(level, k) and bool(self.graph.called(v))

    def is_leaf(self, level: FoldLevel, k: int) -> bool:
        """True if an item is a single leaf."""
        return not level.names[k] and k not in level.loops and self.graph.is_leaf(level.members[k][0])

    def add_leaves(self, into: int, level: FoldLevel, leaves: list[list[int]], depth: int) -> None:
        """Add the named leaves of a long group: all of them, or those with most users and one group of the others."""
        shown = leaves
        if len(leaves) > MOST:
            shown = sorted(leaves, key=lambda block: -sum(len(level.uses[k]) for k in block))[: MOST // 2]
        for block in shown:
            self.add_block(into, level, block, depth)
        chosen = {block[0] for block in shown}
        others = [block for block in leaves if block[0] not in chosen]
        if others:
            made = self.tree.add("rest", "", into, sum(map(len, others)))
            self.tree.groups[into].items.append(made.item)
            for block in others:
                self.add_block(made.id, level, block, depth)

    def add_block(self, into: int, level: FoldLevel, block: list[int], depth: int) -> None:
        """Add one block of siblings to a group: several as a group of their own, the leading ones before the rest."""
        tree = self.tree
        if len(block) > 1:
            made = tree.add("siblings", "", into, sum(len(level.members[k]) for k in block))
            tree.groups[into].items.append(made.item)
            into = made.id
            loops = [level.loops[k] for k in level.users(block[0]) if k in level.loops]
            if self.is_leaf(level, block[0]) and any(not is_short(steps, self.graph.parents) for steps in loops):
                tree.streams.add(made.id)  # what the steps take in turn: none is a leading one
            elif self.is_leaf(level, block[0]) and len(block) > LEADING + ALIKE:
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
        if k in level.loops:
            self.add_loop(into, level.loops[k], depth)
            return
        if not level.names[k]:
            if len(nodes) > 1:
                chain = tree.add("chain", "", into, len(nodes))
                tree.groups[into].items.append(chain.item)
                into = chain.id
            tree.groups[into].items.extend(nodes)
            for v in nodes:
                tree.group[v] = into
            return
        made = tree.add("scope", "/".join(self.paths[nodes[0]][: depth + 1]), into, len(nodes))
        tree.groups[into].items.append(made.item)
        self.work.append((made.id, nodes, depth + 1))

    def add_loop(self, into: int, steps: list[list[int]], depth: int) -> None:
        """Add a loop to a group, with its steps."""
        tree = self.tree
        path = "/".join(self.paths[steps[0][0]][:depth])
        loop = tree.add("loop", f"{path}/steps".lstrip("/"), into, sum(map(len, steps)))
        tree.groups[into].items.append(loop.item)
        tree.steps[loop.id] = steps
        for n, nodes in enumerate(steps, 1):
            if len(nodes) == 1:
                loop.items += nodes
                tree.group[nodes[0]] = loop.id
                continue
            step = tree.add("step", f"{path}/step{n}".lstrip("/"), loop.id, len(nodes))
            loop.items.append(step.item)
            self.work.append((step.id, sorted(nodes), depth))

    def leading_first(self, level: FoldLevel, block: list[int]) -> list[int]:
        """Reorder a block: the LEADING nodes with the largest share in their user come first; both parts keep their order."""
        shares: dict[int, dict[int, float]] = {}  # per user: the share of each of its operands

        def share(k: int) -> float:
            v = level.members[k][0]
            user = self.consumers[v][0] if self.consumers[v] else -1
            if user >= 0 and user not in shares:
                shares[user] = self.shares_in(user)
            return shares[user].get(v, 0.0) if user >= 0 else 0.0

        size = {k: share(k) for k in block}
        leading = sorted(sorted(block, key=lambda k: -size[k])[:LEADING])
        chosen = set(leading)
        return leading + [k for k in block if k not in chosen]

    def shares_in(self, user: int) -> dict[int, float]:
        """The share of each operand in a node: |local derivative * data|; nan counts as infinite."""
        graph = self.graph
        found: dict[int, float] = {}
        for p, d in zip(graph.parents(user), graph.partials[user] or (), strict=False):
            s = abs(d * graph.data[p])
            found[p] = max(found.get(p, 0.0), s if s == s else float("inf"))
        return found


def _consumers(graph: Graph) -> list[list[int]]:
    consumers: list[list[int]] = [[] for _ in range(len(graph))]
    for i in range(len(graph)):
        for p in graph.parents(i):
            consumers[p].append(i)
    return consumers


def _place_of(row: Primitive, operands: int) -> Any:
    """A function from a place to its class: a sum's terms are alike, a dot's weights too, a quotient's sides are not."""
    if row.weighted:
        half = operands // 2
        return lambda n: 2 if n == operands - 1 else n >= half
    if operands <= 3 and not row.commutes:
        return lambda n: n
    return lambda _: 0

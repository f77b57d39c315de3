"""How a graph can be folded: a tree of groups over its nodes, made once; every picture is a cut through it.

A graph of twenty thousand nodes cannot be read, its parts can. The groups, from the outside in:

    scope      what was made inside a `scope(...)` block, a layer, a neuron; parameters belong to the scope that uses them
    siblings   nodes or scopes that were made alike and are used alike: the 32 neurons of a layer, 20 samples of a batch
    rest       the lesser of many siblings, when the leading ones are shown
    part       a stretch of the computation, where nothing else divides it

Whatever is open and whatever is closed, the arrows between the boxes of a picture never form a cycle: scopes that would
make one (a recurrent cell that is used, read out and used again) are divided into several; siblings stand at the same
distance from the leaves; parts are stretches of a topological order. It takes time linear in the graph, and nothing
recurses.
"""

import re
from array import array
from collections.abc import Iterable, Sequence
from typing import Any

from .graph import Graph

ALIKE = 3  # siblings fold from three on
LEADING = 6  # of many siblings that are leaves, so many are shown before the rest
MOST = 24  # more items than that in one group are divided into parts
PLACES = 4  # places of an operation that are told apart
_NUMBERS = re.compile(r"[\d,]*\d")
_MASK = (1 << 61) - 1

# An item of a group: a node by its id, or a group g as -1 - g.
Item = int


class Group:
    """Some of the nodes of a graph, nested.

    Attributes:
        id: its place in `Tree.groups`; the whole graph is 0.
        kind: 'graph', 'scope', 'siblings', 'rest' or 'part'.
        name: the scope's path for 'scope', else ''.
        parent: the group it lies in, -1 for the whole graph.
        items: what it shows when it is open: nodes as their ids, a group g as -1 - g, in the order of the computation.
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
        self.items: list[Item] = []


class Tree:
    """The groups of a graph.

    Attributes:
        graph: the graph.
        groups: all groups; each comes after the one it lies in.
        group: the innermost group of every node; -1 for one that is not to be drawn.
    """

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.groups: list[Group] = []
        self.group: array[int] = array("q", [-1]) * len(graph)

    def add(self, kind: str, name: str, parent: int, size: int) -> Group:
        """A new group, empty as yet."""
        group = Group(len(self.groups), kind, name, parent, size)
        self.groups.append(group)
        return group

    def nodes(self, item: Item) -> list[int]:
        """The nodes an item stands for."""
        found, stack = [], [item]
        while stack:
            one = stack.pop()
            if one >= 0:
                found.append(one)
            else:
                stack += reversed(self.groups[-1 - one].items)
        return found

    def ancestors(self, group: int) -> list[int]:
        """The groups that a group lies in, the nearest first, the whole graph last."""
        found = []
        while (group := self.groups[group].parent) >= 0:
            found.append(group)
        return found

    def scopes(self) -> dict[str, list[int]]:
        """The groups of every scope by its path; several where a scope had to be divided."""
        found: dict[str, list[int]] = {}
        for group in self.groups:
            if group.kind == "scope":
                found.setdefault(group.name, []).append(group.id)
        return found


def stem(name: str) -> str:
    """A name without its numbers: what alike things share.

    >>> stem("neuron12"), stem("w^2_13"), stem("w^2_1,13")
    ('neuron#', 'w^#_#', 'w^#_#')
    """
    return _NUMBERS.sub("#", name)


def tree_of(graph: Graph, keep: bytes | bytearray | None = None) -> Tree:
    """The groups of a graph.

    Args:
        keep: a byte per node, 0 for those that are not to be drawn; all are by default.

    Example:
        >>> from nn import MLP
        >>> from .graph import graph_of
        >>> tree = tree_of(graph_of(MLP(4, [3, 1])([1.0, 2.0, 3.0, 4.0])))
        >>> [(g.kind, g.name, g.size) for g in tree.groups[:3]]
        [('graph', '', 26), ('scope', 'layer1', 21), ('scope', 'layer2', 5)]
    """
    tree = Tree(graph)
    members = [i for i in range(len(graph)) if keep is None or keep[i]]
    builder = _Builder(tree, _paths(graph), _shapes(graph))
    builder.build(members)
    return tree


# --- where every node belongs ------------------------------------------------------------------------------------------

Path = tuple[str, ...]


def _common(a: Path, b: Path) -> Path:
    if a is b:
        return a
    n = 0
    for x, y in zip(a, b, strict=False):
        if x != y:
            break
        n += 1
    return a[:n]


def _paths(graph: Graph) -> list[Path]:
    """The scopes every node belongs to, from the outside in.

    A node made outside all scopes belongs to the scope that all its users are in: a parameter, if it has a name or a single
    user's scope; an operation, if what it was computed from is of that scope as well (a softmax over the neurons of a layer).
    """
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


def _shapes(graph: Graph) -> list[int]:
    """A number per node, the same for nodes that were computed in the same way, whatever the numbers and the indices."""
    codes: dict[Any, int] = {}
    stems: dict[str, int] = {}
    by_label: dict[str, int] = {}
    shapes: list[int] = []
    for i in range(len(graph)):
        label = graph.label[i]
        name = by_label.get(label)
        if name is None:
            name = by_label[label] = stems.setdefault(stem(label), len(stems))
        operands = graph.operands[graph.start[i] : graph.start[i + 1]]
        of_operands: Any
        if len(operands) <= 2:
            of_operands = tuple([shapes[o] if o >= 0 else -1 for o in operands])
        else:  # many operands: their order does not matter, and a sum is quick
            of_operands = (len(operands), sum([shapes[o] if o >= 0 else 1 for o in operands]) & _MASK)
        operation = codes.setdefault((graph.op[i], name, len(operands)), len(codes))
        shapes.append(hash((operation, of_operands)) & _MASK)
    return shapes


# --- building ----------------------------------------------------------------------------------------------------------


class _Level:
    """The inside of one group while it is being built: its items, the arrows between them, and their order."""

    def __init__(self, names: list[str], members: list[list[int]]) -> None:
        self.names, self.members = names, members  # per item: the scope's own name or '', and its nodes
        # Per item the items that use it, repeated for repeated uses, each with the place it is used at: an item k at place
        # n as k * PLACES + n. Plain numbers, because dictionaries and tuples would take most of the memory of a fold.
        self.uses: list[list[int]] = [[] for _ in names]
        self.outside: dict[int, set[str]] = {}  # per item: what uses it outside this group
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
        """The names of the items on cycles, given all that could be ordered from the front."""
        left = set(range(len(self.names))) - set(order)
        # What nothing left uses is not on a cycle either: peel it off from the back.
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


class _Builder:
    """Fills the groups of a tree, level by level."""

    def __init__(self, tree: Tree, paths: list[Path], shapes: list[int]) -> None:
        self.tree, self.graph, self.paths, self.shapes = tree, tree.graph, paths, shapes
        self.item = array("q", [-1]) * len(paths)  # the item of a node in the level that is being built
        self.inside = bytearray(len(paths))  # whether a node is in it
        self.consumers = _consumers(tree.graph)
        self.work: list[tuple[int, list[int], int]] = []  # groups to be filled: their id, their nodes, their depth

    def build(self, members: list[int]) -> None:
        self.work.append((self.tree.add("graph", "", -1, len(members)).id, members, 0))
        for group, nodes, depth in self.work:  # grows while it is walked
            self.fill(group, nodes, depth)

    def fill(self, group: int, members: list[int], depth: int) -> None:
        """Give a group its items: what it holds, sorted into scopes, siblings and parts."""
        level = self.level(members, depth)
        order = level.order()
        if len(order) < len(level.names):  # a cycle
            level = self.level(members, depth, divided=level.on_cycles(order))
            order = level.order()
        blocks = _siblings(level, order, self.signatures(level, order))
        self.place(group, level, _in_order(level, blocks), depth)

    def level(self, members: list[int], depth: int, divided: Iterable[str] = ()) -> _Level:
        """The items of a group; scopes whose names are in `divided` become several, so that no cycle remains."""
        turns = self.turns(members, depth) if divided else None
        keys: dict[Any, int] = {}
        names: list[str] = []
        nodes: list[list[int]] = []
        for v in members:
            path = self.paths[v]
            name = path[depth] if len(path) > depth else ""
            key: Any = v if not name else (name, turns[v]) if turns and name in divided else name
            k = keys.get(key)
            if k is None:
                k = keys[key] = len(names)
                names.append(name)
                nodes.append([])
            nodes[k].append(v)
            self.item[v] = k
            self.inside[v] = 1
        level = _Level(names, nodes)
        self.connect(level, members, depth)
        for v in members:
            self.inside[v] = 0
        return level

    def connect(self, level: _Level, members: list[int], depth: int) -> None:
        item, inside, graph = self.item, self.inside, self.graph
        for v in members:
            k = item[v]
            start, end = graph.start[v], graph.start[v + 1]
            place = _place_of(graph.op[v], end - start)
            for n in range(start, end):
                p = graph.operands[n]
                if p >= 0 and inside[p] and item[p] != k:
                    level.uses[item[p]].append(k * PLACES + (0 if level.names[k] else place(n - start)))
            for user in self.consumers[v] if depth else ():
                if not inside[user]:
                    path = self.paths[user]
                    level.outside.setdefault(k, set()).add(stem(path[depth - 1]) if len(path) >= depth else graph.op[user])

    def turns(self, members: list[int], depth: int) -> dict[int, int]:
        """Per node how often a way to it has come out of one item and gone into another."""
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

    def signatures(self, level: _Level, order: list[int]) -> list[Any]:
        """Per item what it has in common with its siblings: made alike, at the same rank, used alike."""
        signatures: list[Any] = [None] * len(order)
        for k in reversed(order):
            name, nodes = level.names[k], level.members[k]
            shape = sum([self.shapes[v] for v in nodes]) & _MASK
            used = tuple(sorted({hash((signatures[use // PLACES], use % PLACES)) for use in level.uses[k]}))
            outside = tuple(sorted(level.outside.get(k, ())))
            signatures[k] = hash((stem(name), len(nodes), shape, level.rank[k], used, outside))
        return signatures

    def place(self, group: int, level: _Level, blocks: list[list[int]], depth: int) -> None:
        """Put blocks of siblings into a group, in parts if they are too many."""
        waiting = [(group, blocks)]
        for into, some in waiting:  # grows while it is walked
            shown = some[len(some) - MOST // 2 :]
            parts = some[: len(some) - len(shown)]
            if len(some) <= MOST:
                shown, parts = some, []
            size = -(-len(parts) // (MOST // 2)) or 1
            for part in (parts[n : n + size] for n in range(0, len(parts), size)):
                made = self.tree.add("part", "", into, sum(len(level.members[k]) for block in part for k in block))
                self.tree.groups[into].items.append(-1 - made.id)
                waiting.append((made.id, part))
            for block in shown:
                self.put(into, level, block, depth)

    def put(self, into: int, level: _Level, block: list[int], depth: int) -> None:
        """Put one block of siblings into a group."""
        tree = self.tree
        if len(block) > 1:
            made = tree.add("siblings", "", into, sum(len(level.members[k]) for k in block))
            tree.groups[into].items.append(-1 - made.id)
            into = made.id
            leaves = not level.names[block[0]] and self.graph.is_leaf(level.members[block[0]][0])
            if leaves and len(block) > LEADING + ALIKE:
                block = self.lead(level, block)
                rest = tree.add("rest", "", into, len(block) - LEADING)
                for k in block[:LEADING]:
                    self.single(into, level, k, depth)
                tree.groups[into].items.append(-1 - rest.id)
                block, into = block[LEADING:], rest.id
        for k in block:
            self.single(into, level, k, depth)

    def single(self, into: int, level: _Level, k: int, depth: int) -> None:
        tree, nodes = self.tree, level.members[k]
        if not level.names[k]:
            tree.groups[into].items.append(nodes[0])
            tree.group[nodes[0]] = into
            return
        made = tree.add("scope", "/".join(self.paths[nodes[0]][: depth + 1]), into, len(nodes))
        tree.groups[into].items.append(-1 - made.id)
        self.work.append((made.id, nodes, depth + 1))

    def lead(self, level: _Level, block: list[int]) -> list[int]:
        """A block with the LEADING nodes that matter most for what they are used in first, each part in its own order."""
        shares: dict[int, dict[int, float]] = {}  # per user: what each of its operands has in it

        def share(k: int) -> float:
            v = level.members[k][0]
            user = self.consumers[v][0] if self.consumers[v] else -1
            if user >= 0 and user not in shares:
                shares[user] = self.shares(user)
            return shares[user].get(v, 0.0) if user >= 0 else 0.0

        size = {k: share(k) for k in block}
        leading = sorted(sorted(block, key=lambda k: -size[k])[:LEADING])
        chosen = set(leading)
        return leading + [k for k in block if k not in chosen]

    def shares(self, user: int) -> dict[int, float]:
        """How much each operand of a node matters for it: |local derivative * data|; nan matters most of all."""
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


def _place_of(op: str, operands: int) -> Any:
    """Which operands of an operation are alike: all terms of a sum, the weights of a dot, neither side of a quotient."""
    if op == "dot":
        half = operands // 2
        return lambda n: 2 if n == operands - 1 else n >= half
    if operands <= 3 and op not in ("+", "*"):
        return lambda n: n
    return lambda _: 0


def _siblings(level: _Level, order: list[int], signatures: Sequence[Any]) -> list[list[int]]:
    """The items in blocks of siblings, at least ALIKE of them, or one by one."""
    blocks: dict[Any, list[int]] = {}
    for k in order:
        blocks.setdefault(signatures[k], []).append(k)
    found = []
    for block in blocks.values():
        block.sort(key=lambda k: level.members[k][0])
        found += [block] if len(block) >= ALIKE else [[k] for k in block]
    return found


def _in_order(level: _Level, blocks: list[list[int]]) -> list[list[int]]:
    """Blocks in a topological order in which leaves come just before the first that uses them."""
    block_of = {k: n for n, block in enumerate(blocks) for k in block}

    def place(n: int) -> tuple[float, int]:
        users = [block_of[user] for k in blocks[n] for user in level.users(k)] if not level.rank[blocks[n][0]] else []
        return (min(users) - 0.5, n) if users else (n, n)

    return [blocks[n] for n in sorted(range(len(blocks)), key=place)]

"""What one picture shows of a graph: boxes, arrows and frames, cut out of the tree of folds by saying which groups are open.

Plain data that DOT, SVG and text are written from. `choose` opens groups from the outside in as long as the picture stays
readable, and `view` says in `folded` what has been left closed.
"""

import heapq
import itertools
import math
from array import array
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

from autograd import ArgumentError, Source
from autograd.errors import did_you_mean

from .. import style
from .fold import ALIKE, LEADING, Tree, stem
from .graph import Edge, Graph

BOXES = 60  # what can still be read on one screen
ARROWS = 150
NESTED = 12  # frames nest no deeper than that
CONSTANTS = 4  # an operation shows so many constants one by one


class Range(NamedTuple):
    """What the numbers of several nodes have in common.

    Attributes:
        low, high: the smallest and the largest, nan aside; nan if there is none.
        known: how many there are.
        zeros, nans, infinities, unknown: how many are exactly 0, nan, infinite; how many more have not been computed.
        tiny, huge: the smallest and the largest magnitude that is neither 0 nor inf; 0 if there is none.
    """

    low: float
    high: float
    known: int
    zeros: int
    nans: int
    infinities: int
    unknown: int
    tiny: float
    huge: float


class Box(NamedTuple):
    """A node, a constant, or a folded group.

    Attributes:
        id: 'n3' for node 3, 'g2' for group 2, 'c3_1' for constant operand 1 of node 3.
        kind: 'output', 'operation', 'parameter', 'input', 'constant', or a group's: 'scope', 'siblings', 'rest', 'part'.
        name: the label; for a group the scope's own name, or the first and the last name in it.
        ops: the operation; for a group the most frequent ones.
        nodes: how many nodes (or constants) it stands for.
        things: how many siblings, if it is a group of them.
        data, grad: its numbers.
        frame: the open scope it lies in, a place in `View.frames`; -1 for none.
        cut: how many of its operands are not part of the picture.
        source: where it was made.
    """

    id: str
    kind: str
    name: str
    ops: str
    nodes: int
    things: int
    data: Range
    grad: Range
    frame: int
    cut: int
    source: Source | None


class Arrow(NamedTuple):
    """The operands of one box that another box holds, in the direction of the computation.

    Attributes:
        tail, head: ids of the boxes.
        operands: how many it stands for.
        local, contribution: those of the operand, if it is one; see `Edge`.
        largest: the largest magnitude of a contribution; nan if one is, 0 where there is none.
    """

    tail: str
    head: str
    operands: int
    local: float | None
    contribution: float | None
    largest: float


class Frame(NamedTuple):
    """An open scope that is drawn around its boxes: its own name, and the frame it lies in (-1 for none)."""

    id: str
    name: str
    frame: int


class View(NamedTuple):
    """What a picture shows.

    Attributes:
        boxes: in the order of the computation.
        arrows, frames: see there.
        folded: what is folded, in words, '' if nothing is.
        grads: the numbers that colours are relative to.
        nodes: how many nodes the graph has that are part of the picture, folded or not.
    """

    boxes: list[Box]
    arrows: list[Arrow]
    frames: list[Frame]
    folded: str
    grads: Range
    nodes: int


def everything(tree: Tree) -> set[int]:
    """All groups: nothing is folded."""
    return {group.id for group in tree.groups}


def named(tree: Tree, names: Iterable[str], caller: str) -> set[int]:
    """The scopes that are meant by 'layer2/neuron1' (a path) or 'neuron' (all that are called so, whatever their number).

    Raises:
        ArgumentError: there is none.
    """
    scopes = tree.scopes()
    found: set[int] = set()
    for name in names:
        groups = [
            g
            for path, of_path in scopes.items()
            for g in of_path
            if name in (path, path.rpartition("/")[2]) or stem(path.rpartition("/")[2]).rstrip("#") == name
        ]
        if not groups:
            kinds = {stem(path.rpartition("/")[2]).rstrip("#") for path in scopes}
            there = f"There are: {', '.join(sorted(kinds))}; {', '.join(list(scopes)[:6])}{', ...' * (len(scopes) > 6)}"
            hint = did_you_mean(name, kinds | set(scopes))
            raise ArgumentError(
                f"{caller}: no scope is called {name!r}.{hint} {there if scopes else 'Nothing was made inside a scope'}"
            )
        found.update(groups)
    return found


def choose(
    tree: Tree, *, closed: Collection[int] = (), opened: Collection[int] = (), boxes: int = BOXES, arrows: int = ARROWS
) -> set[int]:
    """Which groups a readable picture opens: from the outside in, the smaller ones first, siblings only if they are few.

    Args:
        closed: groups that stay closed, while what they lie in is open.
        opened: groups that are open whatever their size.
        boxes, arrows: how many the picture may have.
    """
    must = {0}.union(*({g, *tree.ancestors(g)} for g in opened), *(tree.ancestors(g) for g in closed))
    waiting: list[tuple[int, int, int]] = []  # a heap of (depth, boxes it would add, group)
    size = 0

    def look_into(g: int, depth: int) -> None:
        for item in tree.groups[g].items:
            inner = -1 - item
            if inner >= 0 and inner not in must and inner not in closed and _is_opened_unasked(tree, inner):
                heapq.heappush(waiting, (depth, _boxes_in(tree, inner) - 1, inner))

    for g in must:
        size += _boxes_in(tree, g) - (g > 0)
        look_into(g, len(tree.ancestors(g)) + 1)
    order = []
    while waiting:
        depth, more, g = heapq.heappop(waiting)
        if size + more <= boxes:
            size += more
            order.append(g)
            look_into(g, depth + 1)
    # Any beginning of `order` is a picture too: take the longest that does not have too many arrows.
    if _count_arrows(tree, must.union(order)) <= arrows:
        return must.union(order)
    few, many = 0, len(order)
    while many - few > 1:
        middle = (few + many) // 2
        if _count_arrows(tree, must.union(order[:middle])) <= arrows:
            few = middle
        else:
            many = middle
    return must.union(order[:few])


def _is_opened_unasked(tree: Tree, g: int) -> bool:
    """Whether there is anything to be learned from opening a group: many alike boxes say no more than one."""
    group = tree.groups[g]
    few = LEADING + ALIKE if group.items[0] >= 0 else LEADING
    return group.kind == "scope" or (group.kind == "siblings" and len(group.items) <= few)


def _boxes_in(tree: Tree, g: int) -> int:
    """How many boxes a group takes when it is open and everything in it is closed."""
    return sum(1 + (_constant_boxes(tree.graph, item) if item >= 0 else 0) for item in tree.groups[g].items)


def _constant_boxes(graph: Graph, i: int) -> int:
    n = sum(isinstance(o, float) and _is_shown(graph, i, place, o) for place, o in enumerate(graph.operands_of(i)))
    return n if n <= CONSTANTS else 1


def _is_shown(graph: Graph, i: int, place: int, constant: float) -> bool:
    """Whether a constant is worth a box: a bias that is not there is the constant 0."""
    return bool(constant) or graph.op[i] != "dot" or graph.start[i] + place < graph.start[i + 1] - 1


def _shown(tree: Tree, opened: Collection[int]) -> tuple[list[tuple[int, int]], list[Frame]]:
    """What is to be seen: (item, frame) in the order of the computation, and the frames."""
    seen: list[tuple[int, int]] = []
    frames: list[Frame] = []
    stack = [(-1, -1)]  # item, frame; the whole graph is group 0
    while stack:
        item, frame = stack.pop()
        if item >= 0 or -1 - item not in opened:
            seen.append((item, frame))
            continue
        group = tree.groups[-1 - item]
        if group.kind == "scope" and len(tree.ancestors(group.id)) <= NESTED:
            frames.append(Frame(f"g{group.id}", group.name.rpartition("/")[2], frame))
            frame = len(frames) - 1
        stack += [(inner, frame) for inner in reversed(group.items)]
    return seen, frames


def _places(tree: Tree, seen: Sequence[tuple[int, int]]) -> "array[int]":
    """For every node the place of its box among those to be seen; -1 if it is not part of the picture."""
    places = array("q", [-1]) * len(tree.graph)
    for place, (item, _) in enumerate(seen):
        if item >= 0:
            places[item] = place
        else:
            for node in tree.nodes(item):
                places[node] = place
    return places


def _count_arrows(tree: Tree, opened: Collection[int]) -> int:
    seen, _ = _shown(tree, opened)
    places = _places(tree, seen)
    graph = tree.graph
    pairs: set[tuple[int, int]] = set()
    for i, head in enumerate(places):
        if head >= 0:
            pairs.update((places[p], head) for p in graph.parents(i))
    return sum(tail != head and tail >= 0 for tail, head in pairs)


def view(tree: Tree, opened: Collection[int]) -> View:
    """What is to be seen when exactly these groups are open (and what they lie in)."""
    graph = tree.graph
    seen, frames = _shown(tree, opened)
    places = _places(tree, seen)
    ids = [f"n{item}" if item >= 0 else f"g{-1 - item}" for item, _ in seen]
    boxes: list[Box] = []
    arrows: list[Arrow] = []
    together: Together = {}
    for place, (item, frame) in enumerate(seen):
        if item < 0:
            boxes.append(_group_box(tree, -1 - item, frame))
            for i in tree.nodes(item):
                _gather(graph, i, places, place, together)
            continue
        edges = graph.edges(item)
        constants = [e for e in edges if e.tail is None and _is_shown(graph, item, e.place, e.constant)]
        for some in [[e] for e in constants] if len(constants) <= CONSTANTS else [constants]:
            boxes.append(_constants_box(f"c{item}_{some[0].place}", some, frame))
            arrows.append(Arrow(boxes[-1].id, ids[place], len(some), None, None, 0.0))
        cut = 0
        for e in edges:
            tail = -1 if e.tail is None else places[e.tail]
            if tail < 0:
                cut += e.tail is not None
            elif seen[tail][0] >= 0:
                arrows.append(Arrow(ids[tail], ids[place], 1, e.local, e.contribution, abs(e.contribution or 0.0)))
            else:
                _add(together, tail, place, e.contribution)
        boxes.append(_node_box(graph, item, frame, cut))
    for (tail, head), (operands, largest) in together.items():
        arrows.append(Arrow(ids[tail], ids[head], int(operands), None, None, largest))
    whole = [i for i in range(len(graph)) if places[i] >= 0]
    return View(boxes, arrows, frames, _folded(tree, seen), grads_of(graph, whole), len(whole))


# Between boxes of which one is a group: how many operands, and the largest contribution among them.
Together = dict[tuple[int, int], list[float]]


def _add(together: Together, tail: int, head: int, contribution: float | None) -> None:
    entry = together.setdefault((tail, head), [0, 0.0])
    entry[0] += 1
    size = abs(contribution or 0.0)
    if size > entry[1] or size != size:  # nan stays: nothing is larger
        entry[1] = size


def _gather(graph: Graph, i: int, places: Sequence[int], place: int, together: Together) -> None:
    """Add the operands of a node inside a folded group to the arrows that lead there."""
    for p, contribution in itertools.zip_longest(graph.parents(i), graph.passed_on(i)):
        tail = places[p]
        if tail != place and tail >= 0:
            _add(together, tail, place, contribution)


def range_of(numbers: Iterable[float], unknown: int = 0) -> Range:
    """What numbers have in common; `unknown` of them have not been computed."""
    low, high, tiny, huge = math.inf, -math.inf, math.inf, 0.0
    zeros = nans = infinities = n = 0
    for x in numbers:
        n += 1
        if x != x:
            nans += 1
            continue
        low, high = min(low, x), max(high, x)
        size = abs(x)
        if size == 0.0:
            zeros += 1
        elif size == math.inf:
            infinities += 1
        else:
            tiny, huge = min(tiny, size), max(huge, size)
    if n == nans:
        low = high = math.nan
    return Range(low, high, n, zeros, nans, infinities, unknown, tiny if huge else 0.0, huge)


def grads_of(graph: Graph, nodes: Sequence[int]) -> Range:
    """The gradients of some nodes; those not computed are counted apart."""
    known = [graph.grad[i] for i in nodes if graph.has_grad[i]]
    return range_of(known, len(nodes) - len(known))


def _node_box(graph: Graph, i: int, frame: int, cut: int) -> Box:
    return Box(
        f"n{i}", graph.kind(i), graph.label[i], graph.op[i], 1, 1, range_of([graph.data[i]]), grads_of(graph, [i]), frame, cut,
        graph.source[i],
    )  # fmt: skip


def _constants_box(box_id: str, constants: Sequence[Edge], frame: int) -> Box:
    data = range_of(e.constant for e in constants)
    return Box(box_id, "constant", "", "", len(constants), len(constants), data, range_of([]), frame, 0, None)


def _group_box(tree: Tree, g: int, frame: int) -> Box:
    graph, group = tree.graph, tree.groups[g]
    nodes = tree.nodes(-1 - g)
    operations = Counter(graph.op[i] for i in nodes if graph.op[i])
    ops = _operations(operations, alike=group.kind in ("siblings", "rest"))
    things = len(group.items) if group.kind in ("siblings", "rest") else 1
    if group.kind == "siblings" and group.items[-1] < 0 and tree.groups[-1 - group.items[-1]].kind == "rest":
        things += len(tree.groups[-1 - group.items[-1]].items) - 1
    data = range_of(graph.data[i] for i in nodes)
    name = group.name.rpartition("/")[2] if group.kind == "scope" else _names(tree, g, nodes)
    return Box(f"g{g}", group.kind, name, ops, len(nodes), things, data, grads_of(graph, nodes), frame, 0, None)


def _operations(operations: Counter[str], alike: bool) -> str:
    """The most frequent operations, and how often each occurs; of alike nodes the one that made each of them."""
    if alike and len(operations) == 1:
        return style.operation(next(iter(operations)))
    most = [style.operation(op) + (f" ×{n}" if n > 1 else "") for op, n in operations.most_common(3)]
    return ", ".join(most) + (", …" if len(operations) > 3 else "")


def _names(tree: Tree, g: int, nodes: Sequence[int]) -> str:
    """The first and the last name in a group."""
    items = tree.groups[g].items
    if tree.groups[g].kind == "part":
        return ""
    if items[0] < 0:
        return f"{_own_name(tree, items[0])} … {_own_name(tree, items[-1])}"
    labels = [tree.graph.label[i] for i in sorted(nodes)]
    distinct = list(dict.fromkeys(filter(None, labels)))
    return distinct[0] if len(distinct) == 1 else f"{distinct[0]} … {distinct[-1]}" if distinct else ""


def _own_name(tree: Tree, item: int) -> str:
    return tree.groups[-1 - item].name.rpartition("/")[2]


def _folded(tree: Tree, seen: Sequence[tuple[int, int]]) -> str:
    """What is folded, in words."""
    closed = [tree.groups[-1 - item] for item, _ in seen if item < 0]
    if not closed:
        return ""
    scopes = [g.name for g in closed if g.kind == "scope"]
    alike = sum(1 for g in closed if g.kind in ("siblings", "rest"))
    parts = sum(1 for g in closed if g.kind == "part")
    said = []
    if scopes:
        said.append(f"{len(scopes)} scope{'s' * (len(scopes) > 1)} ({', '.join(scopes[:3])}{', …' if len(scopes) > 3 else ''})")
    if alike:
        said.append(f"{alike} group{'s' * (alike > 1)} of alike values")
    if parts:
        said.append(f"{parts} stretch{'es' * (parts > 1)} of the computation")
    return f"{sum(g.size for g in closed):,} of {tree.groups[0].size:,} values folded: {', '.join(said)}"

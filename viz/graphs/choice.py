"""The choice of open groups: groups asked for by name, and others as long as the picture stays readable."""

import heapq
from collections.abc import Collection, Iterable

from autograd import ArgumentError
from autograd.errors import did_you_mean

from .fold import LEADING
from .level import ALIKE
from .tree import Group, Tree, stem
from .view import box_places, constant_boxes, cut_through

BOXES = 60  # more boxes on one screen cannot be read
ARROWS = 150


def everything(tree: Tree) -> set[int]:
    """All groups: nothing is folded."""
    return {group.id for group in tree.groups}


def named(tree: Tree, names: Iterable[str], caller: str) -> set[int]:
    """The scopes named by 'layer2/neuron1' (a path) or 'neuron' (all scopes with this name, whatever their number).

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
    tree: Tree,
    *,
    closed: Collection[int] = (),
    opened: Collection[int] = (),
    boxes: int = BOXES,
    arrows: int = ARROWS,
) -> set[int]:
    """The groups to open in a readable picture: from the outside in, smaller groups first, siblings only if they are few.

    Stretches come last, those near the root first: a scope or a group of siblings says what it is, a stretch does not.

    Args:
        closed: groups that stay closed, while the groups around them are open; but a node that was asked for is seen.
        opened: groups that are open whatever their size.
        boxes, arrows: how many the picture may have.
    """
    inner = {*opened, *(tree.group[v] for v in tree.apart if tree.group[v] >= 0)}
    must = {0}.union(*({g, *tree.ancestors(g)} for g in inner), *(tree.ancestors(g) for g in closed))
    waiting: list[tuple[bool, int, int, int]] = []  # a heap of (a stretch?, depth, boxes it would add, group or -group)
    size = 0

    def look_into(g: int, depth: int) -> None:
        for item in tree.groups[g].items:
            inner = tree.group_at(item)
            if inner and inner.id not in must and inner.id not in closed and _is_opened_unasked(inner):
                part = inner.kind == "part"
                heapq.heappush(waiting, (part, depth, _boxes_in(tree, inner.id) - 1, -inner.id if part else inner.id))

    for g in must:
        size += _boxes_in(tree, g) - (g > 0)
        look_into(g, len(tree.ancestors(g)) + 1)
    order = []
    while waiting:
        _, depth, more, found = heapq.heappop(waiting)
        g = abs(found)
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


def _is_opened_unasked(group: Group) -> bool:
    """True if an open group tells more than a closed one: many alike boxes say no more than a single box."""
    few = LEADING + ALIKE if group.items[0] >= 0 else LEADING
    return group.kind in ("scope", "part") or (group.kind == "siblings" and len(group.items) <= few)


def _boxes_in(tree: Tree, g: int) -> int:
    """The number of boxes of a group that is open while everything in it is closed."""
    return sum(1 + (constant_boxes(tree.graph, item) if item >= 0 else 0) for item in tree.groups[g].items)


def _count_arrows(tree: Tree, opened: Collection[int]) -> int:
    seen, _ = cut_through(tree, opened)
    places = box_places(tree, seen)
    graph = tree.graph
    pairs: set[tuple[int, int]] = set()
    for i, head in enumerate(places):
        if head >= 0:
            pairs.update((places[p], head) for p in graph.parents(i))
    return sum(tail != head and tail >= 0 for tail, head in pairs)

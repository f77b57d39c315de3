"""The choice of open groups: groups asked for by name, and others as long as the picture stays readable."""

import heapq
import math
from collections import Counter
from collections.abc import Collection, Iterable

from autograd import ArgumentError
from autograd.errors import did_you_mean

from .alike import begins_with_zero
from .fold import LEADING
from .level import ALIKE, is_short
from .tree import Group, Tree, stem
from .view import box_places, constant_boxes, cut_through

BOXES = 60  # more boxes on one screen cannot be read
ARROWS = 100  # more arrows cannot be followed
ALMOST = 1.4  # with so many times the boxes and arrows, all is shown rather than a few stretches hidden


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
    arrows: int | None = None,
    blocks: bool = True,
) -> set[int]:
    """The groups to open in a readable picture: from the outside in, smaller groups first, siblings only if they are few.

    Groups of as many siblings are opened together or not at all: leaves if they lie at the same depth, operations wherever
    they are, after all scopes. Stretches come last, those near the root first. Long loops and rows are opened for
    whoever wants more boxes than there are by default.

    Args:
        closed: groups that stay closed, while the groups around them are open; but a node that was asked for is seen.
        opened: groups that are open whatever their size.
        boxes, arrows: how many the picture may have; by default a hundred arrows, or two for each box where more are wanted.
        blocks: True to open blocks of alike values as well, and not of scopes alone.
    """
    arrows = max(ARROWS, 2 * boxes) if arrows is None and boxes > BOXES else ARROWS if arrows is None else arrows
    too_many = 2 * boxes  # nobody needs to know by how much
    _divide_loops(tree, opened)
    inner = {*opened, *(tree.group[v] for v in tree.apart if tree.group[v] >= 0)}
    must = {0}.union(*({g, *tree.ancestors(g)} for g in inner), *(tree.ancestors(g) for g in closed))
    waiting: list[tuple[int, int, int, int]] = []  # a heap of (how late, depth, size, group or -group)
    size = 0

    def look_into(g: int, depth: int) -> None:
        for item in tree.groups[g].items:
            inner = tree.group_at(item)
            if (
                inner
                and inner.id not in must
                and inner.id not in closed
                and (blocks or inner.kind != "siblings" or inner.items[0] < 0)
                and (g not in tree.divided or boxes > BOXES)
                and (_is_opened_unasked(tree, inner) or ((inner.kind == "loop" or inner.id in tree.rows) and boxes > BOXES))
            ):
                late = _lateness(tree, inner)
                entry = -inner.id if inner.kind == "part" else inner.id
                alike = (0, len(inner.items)) if late == 1 else (depth, _boxes_in(tree, inner.id, too_many) - 1)
                heapq.heappush(waiting, (late, *alike, entry))

    for g in must:
        size += _boxes_in(tree, g, too_many) - (g > 0)
        look_into(g, len(tree.ancestors(g)) + 1)
    order: list[list[int]] = []
    while waiting:
        *alike, found = heapq.heappop(waiting)
        batch = [abs(found)]
        while tree.groups[batch[0]].kind in ("siblings", "step") and waiting and [*waiting[0][:3]] == alike:
            batch.append(heapq.heappop(waiting)[3])
        more = sum(_boxes_in(tree, g, too_many) - 1 for g in batch)
        if size + more <= boxes:
            size += more
            order.append(batch)
            for g in batch:
                look_into(g, len(tree.ancestors(g)) + 1)
    most = int(ALMOST * boxes)
    left = _stretches_left(tree, must.union(*order), closed, most)
    if left and size + sum(_boxes_in(tree, g, too_many) - 1 for g in left) <= most:
        whole = left.union(must, *order)
        if _is_readable(tree, whole, ALMOST * arrows):
            return whole
    # Any beginning of `order` is a picture too: take the longest that does not have too many arrows.
    if _is_readable(tree, must.union(*order), arrows):
        return must.union(*order)
    few, many = 0, len(order)
    while many - few > 1:
        middle = (few + many) // 2
        if _is_readable(tree, must.union(*order[:middle]), arrows):
            few = middle
        else:
            many = middle
    return must.union(*order[:few])


def _divide_loops(tree: Tree, opened: Collection[int]) -> None:
    """Divide the loops of which some steps are to be opened, and neither all of them nor the loop itself."""
    wanted: dict[int, set[int]] = {}
    for g in opened:
        if tree.groups[g].kind == "step":
            wanted.setdefault(tree.groups[g].parent, set()).add(g)
    for loop, steps in wanted.items():
        if loop not in opened and len(steps) < len(tree.groups[loop].items):
            tree.divide(loop, steps)


def _stretches_left(tree: Tree, opened: Collection[int], closed: Collection[int], most: int) -> set[int]:
    """The stretches that are closed in a picture where nothing else is; none if something else is, or if they are too many."""
    seen, _ = cut_through(tree, opened)
    groups = [group for item, _ in seen if (group := tree.group_at(item))]
    if any(group.kind not in ("part", "chain") or group.id in closed for group in groups):
        return set()
    found = [group.id for group in groups if group.kind == "part"]
    for g in found:  # grows while it is walked
        if len(found) > most:
            return set()
        found += [inner.id for item in tree.groups[g].items if (inner := tree.group_at(item)) and inner.kind == "part"]
    return set(found)


def _lateness(tree: Tree, group: Group) -> int:
    """0 for scopes and alike leaves, which are opened first, 1 for alike operations and loops, 2 for stretches and steps."""
    if group.kind in ("part", "step"):
        return 2
    first = group.items[0]
    inner = tree.group_at(first)
    operations = inner.kind == "chain" if inner else not tree.graph.is_leaf(first)
    return int(group.kind == "loop" or (group.kind == "siblings" and operations))


def _is_opened_unasked(tree: Tree, group: Group) -> bool:
    """True if an open group tells more than a closed one: many alike boxes say no more than a single box."""
    if group.kind == "chain":
        was_one = begins_with_zero(tree.graph, group.items[0])  # Python's `sum` made it
        return len(group.items) <= LEADING and not was_one and not _joins_siblings(tree, group)
    if group.kind == "loop":
        return is_short(tree.steps[group.id], tree.graph.parents)
    if group.id in tree.streams or group.id in tree.rows:  # their boxes would be a tangle
        return False
    few = LEADING + ALIKE if group.items[0] >= 0 else LEADING
    return group.kind in ("scope", "part", "step") or (group.kind == "siblings" and len(group.items) <= few)


def _joins_siblings(tree: Tree, chain: Group) -> bool:
    """True if some of the operands of a chain are siblings: then the chain stays one box, as they do."""
    of_siblings: Counter[int] = Counter()
    for i in chain.items:
        for p in tree.graph.parents(i):
            g = tree.group[p]
            if g >= 0 and g != chain.id:
                of_siblings.update(a for a in (g, *tree.ancestors(g)) if tree.groups[a].kind == "siblings")
    return any(n >= ALIKE for n in of_siblings.values())


def _boxes_in(tree: Tree, g: int, most: float = math.inf) -> int:
    """The number of boxes of a group that is open while everything in it is closed; counted up to `most`, and one more."""
    n = 0
    for item in tree.groups[g].items:
        n += 1 + (constant_boxes(tree.graph, item) if item >= 0 else 0)
        if n > most:
            break
    return n


def _is_readable(tree: Tree, opened: Collection[int], arrows: float) -> bool:
    """True if a picture has at most so many arrows."""
    seen, _ = cut_through(tree, opened)
    places = box_places(tree, seen)
    first, tails = tree.graph.first, tree.graph.tails
    pairs: set[int] = set()
    for i, head in enumerate(places):
        if head < 0:
            continue
        for p in tails[first[i] : first[i + 1]]:
            tail = places[p]
            if tail != head and tail >= 0:
                pairs.add(tail * len(seen) + head)
        if len(pairs) > arrows:
            return False
    return True

"""The loops of a level of folds: its items in a row, as the plain sequence in which loops.py looks for what repeats."""

import heapq
from array import array
from collections.abc import Collection, Sequence
from typing import Any

from .alike import Made
from .graph import Graph
from .level import ALIKE, FoldLevel, Repeated
from .loops import NODES, Loop, loops_of
from .ragged import Ragged

MANY = 12  # items outside all loops that are worth a look in another order
WHOLE = 256  # nodes of the largest item that is compared with others: a layer with all its samples is no part of a step
LARGE, SMALL = 20_000, 1000  # items that are looked at in other orders, if there are loops, and if none has been found


def loops_in(level: FoldLevel, graph: Graph, made: Made, item: "array[int]", apart: Collection[int] = ()) -> list[Repeated]:
    """The loops of a level.

    Args:
        made: how the nodes of the graph were made.
        item: per node its item in the level; -1 if it is not in it.
        apart: nodes that were asked for: they are in no loop.
    """
    if max(level.rank, default=0) < ALIKE:
        return []  # so few after each other carry nothing from step to step
    best: tuple[int, Sequence[int], list[Loop]] | None = None
    row = _in_a_row(level, graph)
    for order in (_as_made, _late, _late_first, _later):
        turned = order(level, row)
        found = loops_of(*sequence_of(level, graph, made, item, turned, apart))
        left = len(row) - sum(loop.end - loop.start for loop in found)
        carried = sum(len(loop.carried()) for loop in found)
        if best is None or left + carried < best[0]:
            best = left + carried, turned, found
        if (left <= MANY and carried <= 1) or len(row) > (LARGE if found else SMALL):
            break
    assert best
    return [Repeated(best[1][loop.start : loop.end], loop.period) for loop in best[2]]


def _as_made(_: FoldLevel, row: "array[int]") -> Sequence[int]:
    """The items of a row in its order: what an item needs comes before it, and that of its first operand first."""
    return row


def _late(level: FoldLevel, row: "array[int]", turn: int = 1) -> Sequence[int]:
    """Each item just before those that use it, that of the last operand last: a step is whole before the next takes from it."""
    left = {k: level.uses.size(k) for k in row}
    used: dict[int, list[int]] = {k: [] for k in row}
    for k in row:
        for user in level.users(k):
            used[user].append(k)
    turned = []
    ready = [k for k in row if not left[k]]
    while ready:  # from the back to the front
        turned.append(k := ready.pop())
        for operand in used[k][::turn]:
            left[operand] -= 1
            if not left[operand]:
                ready.append(operand)
    return turned[::-1]


def _late_first(level: FoldLevel, row: "array[int]") -> Sequence[int]:
    """The same, but that of the first operand last."""
    return _late(level, row, -1)


def _later(level: FoldLevel, row: "array[int]") -> Sequence[int]:
    """By the longest way from an item to one that no other uses: all numbers of a state stand together."""
    height = [0] * len(level.names)
    for k in reversed(row):
        height[k] = max((height[user] + 1 for user in level.users(k)), default=0)
    return sorted(row, key=lambda k: -height[k])


def sequence_of(
    level: FoldLevel, graph: Graph, made: Made, item: "array[int]", row: Sequence[int], apart: Collection[int]
) -> tuple["array[int]", Ragged]:
    """The tokens and the operands of items in a row, as `loops_of` takes them.

    Args:
        made, item: as for `loops_in`.
    """
    at = array("q", [-1]) * len(level.names)  # the place of an item in the row
    for n, k in enumerate(row):
        at[k] = n
    within = {v: i for k in row if level.members.size(k) > 1 for i, v in enumerate(level.members[k])}
    constants = memoryview(graph.constants).cast("B").cast("Q") if graph.constants else ()
    others = len(graph)

    def operand(o: int) -> int:
        if o < 0:  # a constant is known by its bits
            return ~(others + hash(constants[-1 - o]))
        k = item[o]
        if k < 0 or at[k] < 0:
            return ~o
        return at[k] * NODES + within.get(o, 0)

    tokens, operands, start = array("q"), array("q"), array("q", [0])
    codes: dict[tuple[Any, ...], int] = {}
    for n, k in enumerate(row):
        nodes = level.members[k]
        v = nodes[0]
        if len(nodes) == 1 and not level.names[k] and v not in apart:
            tokens.append(made.kind[v])
            operands.extend(map(operand, graph.operands[graph.start[v] : graph.start[v + 1]]))
        elif len(nodes) > WHOLE:
            tokens.append(~k)
        else:
            token: list[Any] = [level.names[k]]
            for v in nodes:
                token += (made.kind[v], v if v in apart else -1)
                for o in map(operand, graph.operands[graph.start[v] : graph.start[v + 1]]):
                    inside = o // NODES == n
                    token.append(o % NODES if inside else -1)
                    if not inside:
                        operands.append(o)
            tokens.append(made.kinds + codes.setdefault(tuple(token), len(codes)))
        start.append(len(operands))
    return tokens, Ragged(start, operands)


def _in_a_row(level: FoldLevel, graph: Graph) -> "array[int]":
    """The items that are no leaves, each after those it uses, otherwise in the order in which they were computed."""
    rows = [k for k, name in enumerate(level.names) if name or level.members.size(k) > 1 or not graph.is_leaf(level.first(k))]
    if not any(level.names):
        return array("q", sorted(rows, key=level.last))  # a node comes after its operands, a chain at its end
    waiting = dict.fromkeys(rows, 0)
    for k in rows:
        for user in level.users(k):
            waiting[user] += 1
    ready = [(level.last(k), k) for k, n in waiting.items() if not n]
    heapq.heapify(ready)
    row = array("q")
    while ready:
        row.append(k := heapq.heappop(ready)[1])
        for user in level.users(k):
            waiting[user] -= 1
            if not waiting[user]:
                heapq.heappush(ready, (level.last(user), user))
    return row

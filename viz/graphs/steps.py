"""The loops of a level of folds: its items in a row, as the plain sequence in which loops.py looks for what repeats."""

import heapq
from collections.abc import Collection, Hashable
from typing import Any

from .graph import Graph
from .level import ALIKE, FoldLevel
from .loops import NODES, Loop, Operand, loops_of
from .tree import stem

MANY = 12  # items outside all loops that are worth a look in another order
WHOLE = 256  # nodes of the largest item that is compared with others: a layer with all its samples is no part of a step
LARGE, SMALL = 20_000, 1000  # items that are looked at in other orders, if there are loops, and if none has been found


def loops_in(level: FoldLevel, graph: Graph, apart: Collection[int] = ()) -> list[list[list[int]]]:
    """The loops of a level, as `FoldLevel.joined` takes them: for each loop its steps, each a list of items.

    Args:
        apart: nodes that were asked for: they are in no loop.
    """
    if max(level.rank, default=0) < ALIKE:
        return []  # so few after each other carry nothing from step to step
    best: tuple[int, list[int], list[Loop]] | None = None
    row = _in_a_row(level, graph)
    for order in (_as_made, _late, _late_first, _later):
        turned = order(level, row)
        found = loops_of(*sequence_of(level, graph, turned, apart))
        left = len(row) - sum(loop.end - loop.start for loop in found)
        carried = sum(len(loop.carried()) for loop in found)
        if best is None or left + carried < best[0]:
            best = left + carried, turned, found
        if (left <= MANY and carried <= 1) or len(row) > (LARGE if found else SMALL):
            break
    assert best
    _, row, found = best
    return [[row[n : n + loop.period] for n in range(loop.start, loop.end, loop.period)] for loop in found]


def _as_made(_: FoldLevel, row: list[int]) -> list[int]:
    """The items of a row in its order: what an item needs comes before it, and that of its first operand first."""
    return row


def _late(level: FoldLevel, row: list[int], turn: int = 1) -> list[int]:
    """Each item just before those that use it, that of the last operand last: a step is whole before the next takes from it."""
    left = {k: len(level.uses[k]) for k in row}
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


def _late_first(level: FoldLevel, row: list[int]) -> list[int]:
    """The same, but that of the first operand last."""
    return _late(level, row, -1)


def _later(level: FoldLevel, row: list[int]) -> list[int]:
    """By the longest way from an item to one that no other uses: all numbers of a state stand together."""
    height = [0] * len(level.names)
    for k in reversed(row):
        height[k] = max((height[user] + 1 for user in level.users(k)), default=0)
    return sorted(row, key=lambda k: -height[k])


def sequence_of(
    level: FoldLevel, graph: Graph, row: list[int], apart: Collection[int]
) -> tuple[list[Hashable], list[list[Operand]]]:
    """The tokens and the operands of items in a row, as `loops_of` takes them. A token is a number: few differ."""
    place = {v: n * NODES + i for n, k in enumerate(row) for i, v in enumerate(level.members[k])}
    stems: dict[str, str] = {}
    tokens: list[Hashable] = []
    codes: dict[tuple[Any, ...], int] = {}
    operands: list[list[Operand]] = []
    for n, k in enumerate(row):
        if len(level.members[k]) > WHOLE:
            tokens.append(~k)
            operands.append([])
            continue
        token: list[Any] = [level.names[k]]
        outside: list[Operand] = []
        for v in level.members[k]:
            if v in apart:
                token.append(~v)
            label = graph.label[v]
            name = stems.get(label)
            if name is None:
                name = stems[label] = stem(label)
            token += (graph.op[v], name)
            for o in graph.operands_of(v):
                at = o.hex() if isinstance(o, float) else place.get(o, ~o)
                inside = isinstance(at, int) and at // NODES == n
                token.append(at % NODES if inside else -1)
                if not inside:
                    outside.append(at)
        tokens.append(codes.setdefault(tuple(token), len(codes)))
        operands.append(outside)
    return tokens, operands


def _in_a_row(level: FoldLevel, graph: Graph) -> list[int]:
    """The items that are no leaves, each after those it uses, otherwise in the order in which they were computed."""
    rows = [k for k, nodes in enumerate(level.members) if level.names[k] or len(nodes) > 1 or not graph.is_leaf(nodes[0])]
    if not any(level.names):
        return sorted(rows, key=lambda k: level.members[k][-1])  # a node comes after its operands, a chain at its end
    waiting = dict.fromkeys(rows, 0)
    for k in rows:
        for user in level.users(k):
            waiting[user] += 1
    ready = [(level.members[k][-1], k) for k, n in waiting.items() if not n]
    heapq.heapify(ready)
    row = []
    while ready:
        row.append(k := heapq.heappop(ready)[1])
        for user in level.users(k):
            waiting[user] -= 1
            if not waiting[user]:
                heapq.heappush(ready, (level.members[user][-1], user))
    return row

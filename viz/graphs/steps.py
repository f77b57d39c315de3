"""The loops of a level of folds: its items in a row, as the plain sequence in which loops.py looks for what repeats."""

import heapq
from array import array
from collections import Counter
from collections.abc import Collection, Sequence
from itertools import accumulate, chain, repeat
from operator import sub
from typing import Any

from .alike import Made
from .graph import Graph
from .level import ALIKE, PLACES, FoldLevel, Repeated
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
    row = _in_a_row(level, graph)
    tokens, operands = sequence_of(level, graph, made, item, row, apart)
    best = places, found = list(range(len(row))), loops_of(tokens, operands)
    fewest = 1 + sum(n for n in Counter(tokens).values() if n < ALIKE)  # unsaid in any order
    tried = [places]
    uses: _Uses | None = None
    for order in (_late, _late_first, _later):
        if _is_enough(len(row), found) or _unsaid(len(row), best[1]) <= fewest:
            break
        uses = uses or _Uses(level, row)
        places = order(uses)
        if places in tried:
            continue
        tried.append(places)
        found = loops_of(*_reordered(tokens, operands, places))
        if _unsaid(len(row), found) < _unsaid(len(row), best[1]):
            best = places, found
    places, found = best
    return [Repeated([row[n] for n in places[loop.start : loop.end]], loop.period) for loop in found]


def _unsaid(items: int, found: Sequence[Loop]) -> int:
    """The size of what is left to be read: the items outside of loops, and the numbers that are carried."""
    return _outside(items, found) + _carried(found)


def _outside(items: int, found: Sequence[Loop]) -> int:
    return items - sum(loop.end - loop.start for loop in found)


def _carried(found: Sequence[Loop]) -> int:
    return sum(len(loop.carried()) for loop in found)


def _is_enough(items: int, found: Sequence[Loop]) -> bool:
    """True if nothing is looked for in another order."""
    return (_outside(items, found) <= MANY and _carried(found) <= 1) or items > (LARGE if found else SMALL)


class _Uses:
    """The uses among the items of a row, by their places in it.

    Attributes:
        users: per place those that use it, repeated for repeated uses.
        used: the other way around.
    """

    def __init__(self, level: FoldLevel, row: "array[int]") -> None:
        at = array("q", [-1]) * len(level.names)
        for n, k in enumerate(row):
            at[k] = n
        uses, start = level.uses.flat, level.uses.start
        self.users = Ragged.of([at[use // PLACES] for use in uses[start[k] : start[k + 1]]] for k in row)
        users = (repeat(n, size) for n, size in enumerate(map(sub, self.users.start[1:], self.users.start)))
        self.used = Ragged.sorted_by(self.users.flat, array("q", chain.from_iterable(users)), len(row))


def _late(uses: _Uses, turn: int = 1) -> list[int]:
    """Each item just before those that use it, that of the last operand last: a step is whole before the next takes from it."""
    left = array("q", map(len, uses.users))
    turned = []
    ready = [n for n, users in enumerate(left) if not users]
    while ready:  # from the back to the front
        turned.append(n := ready.pop())
        for operand in uses.used[n][::turn]:
            left[operand] -= 1
            if not left[operand]:
                ready.append(operand)
    return turned[::-1]


def _late_first(uses: _Uses) -> list[int]:
    """The same, but that of the first operand last."""
    return _late(uses, -1)


def _later(uses: _Uses) -> list[int]:
    """By the longest way from an item to one that no other uses: all numbers of a state stand together."""
    height = [0] * len(uses.users)
    for n in range(len(height) - 1, -1, -1):
        height[n] = max([height[user] + 1 for user in uses.users[n]], default=0)
    return sorted(range(len(height)), key=height.__getitem__, reverse=True)


def _reordered(tokens: "array[int]", operands: Ragged, places: Sequence[int]) -> tuple["array[int]", Ragged]:
    """The tokens and the operands of a sequence in another order, given by the places that its items have in the first one."""
    at = array("q", bytes(8 * len(places)))
    for n, place in enumerate(places):
        at[place] = n * NODES
    moved = [at[o // NODES] + o % NODES if o >= 0 else o for o in operands.flat]
    start, flat = array("q", [0]), array("q")
    for place in places:
        flat.extend(moved[operands.start[place] : operands.start[place + 1]])
        start.append(len(flat))
    return array("q", map(tokens.__getitem__, places)), Ragged(start, flat)


def sequence_of(
    level: FoldLevel, graph: Graph, made: Made, item: "array[int]", row: Sequence[int], apart: Collection[int]
) -> tuple["array[int]", Ragged]:
    """The tokens and the operands of items in a row, as `loops_of` takes them.

    Args:
        made, item: as for `loops_in`.
    """
    at = array("q", [-1]) * (len(level.names) + 1)  # the place of an item in the row; the last number is that of no item, -1
    for n, k in enumerate(row):
        at[k] = n
    members, of_members, names = level.members.flat, level.members.start, level.names
    within = {v: i for k in row if of_members[k + 1] - of_members[k] > 1 for i, v in enumerate(level.members[k])}
    constants = memoryview(graph.constants).cast("B").cast("Q") if graph.constants else ()
    others = len(graph)
    all_operands, of_node, kind = graph.operands, graph.start, made.kind

    def operands_of(v: int) -> list[int]:
        return [
            ~(others + hash(constants[-1 - o]))  # a constant is known by its bits
            if o < 0
            else n * NODES + within.get(o, 0)
            if (n := at[item[o]]) >= 0
            else ~o
            for o in all_operands[of_node[v] : of_node[v + 1]]
        ]

    if len(members) == len(names) and not any(names) and not apart:  # an item is a node
        nodes = array("q", map(members.__getitem__, row))
        sizes = (of_node[v + 1] - of_node[v] for v in nodes)
        flat = array("q", chain.from_iterable(map(operands_of, nodes)))
        return array("q", map(kind.__getitem__, nodes)), Ragged(array("q", accumulate(sizes, initial=0)), flat)
    tokens, operands, start = array("q"), array("q"), array("q", [0])
    codes: dict[tuple[Any, ...], int] = {}
    for n, k in enumerate(row):
        nodes = members[of_members[k] : of_members[k + 1]]
        v = nodes[0]
        if len(nodes) == 1 and not names[k] and v not in apart:
            tokens.append(kind[v])
            operands.extend(operands_of(v))
        elif len(nodes) > WHOLE:
            tokens.append(~k)
        else:
            token: list[Any] = [names[k]]
            for v in nodes:
                token += (kind[v], v if v in apart else -1)
                for o in operands_of(v):
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

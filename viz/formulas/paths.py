"""The paths from a weight to a cost: their number, their sum, and those with the largest products.

A graph of fifty nodes may have 2**50 paths, so nothing here lists them all: counts and sums go through the graph once,
parents before children, and the paths with the largest products are found one after the other, best first. Nothing recurses.
"""

import heapq
import math
from typing import NamedTuple

from autograd import GraphError, Recording, Value, gradients
from autograd.recording.columns import Node, nodes_of
from autograd.recording.rules import rules_of

COUNTED = 10_000  # bits: nobody reads a larger number of paths


class Edge(NamedTuple):
    """One arrow of the chain rule, backwards: from a node to one of its parents.

    Attributes:
        node, parent: their ids in the recording.
        position: the place of the parent among the node's parents: tells the two edges of x*x apart.
        local: the local derivative.
    """

    node: int
    parent: int
    position: int
    local: float


class Between(NamedTuple):
    """The nodes and edges on the paths from a weight to a cost.

    Attributes:
        order: the ids of the nodes, parents before children: the weight first, the cost last; empty if there is no path.
        edges: per node the edges to parents that are on a path as well.
        adjoints: d(cost)/d(node), from the reverse pass.
        nodes: the nodes in `order` and all their operands, by id.
        rules: the rules of their kinds, as a recording keeps them.
        hooked: the nodes whose gradient a hook changed in the recorded pass, or would in the next.
    """

    order: list[int]
    edges: dict[int, list[Edge]]
    adjoints: dict[int, float]
    nodes: dict[int, Node]
    rules: dict[str, list[str]]
    hooked: list[int]


def between_values(values: list[Value], weight: int) -> Between:
    """The paths between a weight and the last of these values; no `.grad` is touched and no hook is called.

    Args:
        values: all nodes of the cost's graph, as `numbered` has them.
        weight: the index of one of them.

    Raises:
        GraphError: a node between was made by hand, so that its local derivatives are not known.
    """
    index = {v: i for i, v in enumerate(values)}
    leads = bytearray(len(values))
    leads[weight] = 1
    edges: dict[int, list[Edge]] = {}
    for i in range(weight + 1, len(values)):
        v = values[i]
        found = [(position, index[p]) for position, p in enumerate(v.parents) if leads[index[p]]]
        if not found:
            continue
        if v.partials is None:
            raise GraphError(
                f"{v!r} (op {v.op!r}) lies between the weight and the cost and was made by hand: its local derivatives are "
                "not known before its rule has run. Record a pass and ask that: derivation(record_backward(cost), weight)",
                v,
            )
        leads[i] = 1
        edges[i] = [Edge(i, parent, position, v.partials[position]) for position, parent in found]
    order = [weight, *edges] if leads[-1] else []
    reverse = gradients(values[-1], [values[i] for i in order]) if order else []
    adjoints = {i: 0.0 + adjoint for i, adjoint in zip(order, reverse, strict=True)}  # the sweep adds to 0.0: never -0.0
    hooked = [i for i in order if values[i].hooks]
    named = [*order, *(index[o] for i in order for o in values[i].operands if isinstance(o, Value))]
    rows = nodes_of(values, index)
    nodes = {i: rows[i] for i in sorted(set(named) | {weight, len(values) - 1})}
    return Between(order, edges, adjoints, nodes, rules_of(rows, edges), hooked)


def between_nodes(recording: Recording, weight: int) -> Between:
    """The paths between a weight and the root of a recorded pass.

    Args:
        weight: the id of one of its nodes.
    """
    columns = recording.columns
    nodes = recording.nodes
    leads = bytearray(len(nodes))
    leads[weight] = 1
    backwards: dict[int, list[Edge]] = {}
    hooked: dict[int, None] = {}
    names = ("node", "parent", "position", "local", "upstream")
    for i, parent, position, local, upstream in zip(*(reversed(columns[name]) for name in names), strict=True):
        if leads[parent]:  # the walk, backwards: parents come before their children
            leads[i] = 1
            backwards.setdefault(i, []).append(Edge(i, parent, position, local))
            total = recording.arrived(i)
            if upstream != total and not (upstream != upstream and total != total):
                hooked[i] = None
    edges = {i: backwards[i][::-1] for i in backwards}
    order = [weight, *edges] if leads[-1] else []
    named = {o for i in order for o in nodes[i].parents} | set(order) | {weight, len(nodes) - 1}
    adjoints = {i: recording.gradients[i] for i in order}
    return Between(order, edges, adjoints, {i: nodes[i] for i in sorted(named)}, recording.rules, list(hooked))


def count(between: Between) -> int | None:
    """The exact number of paths; None if it has more than COUNTED bits."""
    if not between.order:
        return 0
    users = dict.fromkeys(between.order, 0)  # long counts in a long graph: each is dropped after its last use
    for edges in between.edges.values():
        for edge in edges:
            users[edge.parent] += 1
    ways = {between.order[0]: 1}
    for i in between.order[1:]:
        ways[i] = sum(ways[edge.parent] for edge in between.edges[i])
        if ways[i].bit_length() > COUNTED:
            return None
        for edge in between.edges[i]:
            users[edge.parent] -= 1
            if not users[edge.parent]:
                del ways[edge.parent]
    return ways[between.order[-1]]


def sums(between: Between) -> tuple[float, float]:
    """The sum of the products along all paths, and the sum of their magnitudes.

    The first number is the derivative from the weight up, in the opposite direction of the reverse pass: an independent
    check of it. Rounding errors are proportional to the second number, however much the first one cancels.
    """
    total, mass = {between.order[0]: 1.0}, {between.order[0]: 1.0}
    for i in between.order[1:]:
        t = m = 0.0
        for edge in between.edges[i]:
            t += edge.local * total[edge.parent]
            m += abs(edge.local) * mass[edge.parent]
        total[i], mass[i] = t, m
    return total[between.order[-1]], mass[between.order[-1]]


# The size of a factor is its logarithm, so that the size of a path is a sum. Factors of nan or inf come first, because
# readers look for them; a zero comes last.
_NOT_FINITE, _ZERO = 1e18, -1e12


def _size(local: float) -> float:
    if not math.isfinite(local):
        return _NOT_FINITE
    return math.log(abs(local)) if local else _ZERO


def largest(between: Between, most: int) -> list[list[Edge]]:
    """The paths from the cost to the weight whose products have the largest magnitudes, the largest first.

    Every path that has been found is followed again, and at each of its nodes the next best edge makes a new candidate: the
    work per path is proportional to its length, however many there are. Equal paths come in the same order every time.

    Args:
        most: how many paths to return.

    Source: E. L. Lawler, "A procedure for computing the K best solutions", Management Science 18 (1972), 401-405.
    """
    if not between.order:
        return []
    best = {between.order[0]: 0.0}  # the size of the best way down from each node
    for i in between.order[1:]:
        best[i] = max([_size(edge.local) + best[edge.parent] for edge in between.edges[i]])
    ranked: dict[int, list[Edge]] = {}

    def ranks(i: int) -> list[Edge]:
        if i not in ranked:
            edges = between.edges[i]
            ranked[i] = edges if len(edges) == 1 else sorted(edges, key=lambda e: -_size(e.local) - best[e.parent])
        return ranked[i]

    weight, cost = between.order[0], between.order[-1]
    heap: list[tuple[float, int, list[Edge], int, int]] = [(-best[cost], 0, [], 0, 0)]
    made = 1
    found: list[list[Edge]] = []
    while heap and len(found) < most:
        _, _, earlier, fork, rank = heapq.heappop(heap)
        path = earlier[:fork]  # an earlier path up to the fork, then the fork's edge of this rank, then the best edges
        size = sum([_size(edge.local) for edge in path])
        i = path[-1].parent if path else cost
        while i != weight:
            edges = ranks(i)
            if rank + 1 < len(edges):
                other = edges[rank + 1]
                candidate = size + _size(other.local) + best[other.parent]
                heapq.heappush(heap, (-candidate, made, path, len(path), rank + 1))
                made += 1
                if len(heap) > 4 * most + 100:  # only this many can still be returned
                    heap = heapq.nsmallest(most, heap)
            edge = edges[rank]
            rank = 0
            size += _size(edge.local)
            path.append(edge)
            i = edge.parent
        found.append(path)
    return found

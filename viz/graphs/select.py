"""Parts of a graph: the nodes near a node, or between two. Pure functions from a graph to a byte per node."""

from autograd import ArgumentError

from .graph import Graph


def near(graph: Graph, centre: int, radius: int) -> bytearray:
    """The nodes at most `radius` operations away from a node, before or after it.

    Args:
        radius: 0 for the node alone.
    """
    users: list[list[int]] = [[] for _ in range(len(graph))]
    for i in range(len(graph)):
        for p in graph.parents(i):
            users[p].append(i)
    keep = bytearray(len(graph))
    keep[centre] = 1
    ring = [centre]
    for _ in range(radius):
        outside = []
        for i in ring:
            for other in (*graph.parents(i), *users[i]):
                if not keep[other]:
                    keep[other] = 1
                    outside.append(other)
        if not outside:
            break
        ring = outside
    return keep


def between(graph: Graph, a: int, b: int) -> bytearray:
    """The nodes on any way from one node to another that was computed from it; the ends may be given in either order.

    Raises:
        ArgumentError: neither was computed from the other.
    """
    a, b = sorted((a, b))  # an earlier node cannot depend on a later one
    after = bytearray(len(graph))
    after[a] = 1
    for i in range(a + 1, b + 1):
        after[i] = any(after[p] for p in graph.parents(i))
    if not after[b]:
        raise ArgumentError(
            f"there is no way from {graph.name(a)} to {graph.name(b)}: {graph.name(b)} was not computed from "
            f"{graph.name(a)}, its derivative is 0. Was it detached, or made inside no_grad()?"
        )
    keep = bytearray(len(graph))
    keep[b] = 1
    for i in range(b, a, -1):
        if keep[i]:
            for p in graph.parents(i):
                keep[p] = after[p]
    return keep

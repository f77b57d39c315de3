"""Gradients that are not what the arrows of a picture bring: of several passes, zeroed since, or with parts from elsewhere.

A leaf adds up over passes, and whoever forgets to zero it sees a box and an arrow that disagree. The box says why.
"""

from array import array
from collections.abc import Mapping

from .. import style
from .graph import Graph

ROUNDING = 1e-9  # of the largest contribution: sums differ in their last digits by the order of their terms
ZEROED = "zeroed since"
HOOKED = "changed it"
OTHER = "of another pass"
CANCELLED = "contributions cancel"
NOISE = 1e-13  # of the largest contribution: what is left of a sum that is 0


def notes_of(graph: Graph) -> Mapping[int, str]:
    """The remarks on gradients that are not the sum of what the node's users pass on to it.

    Example:
        >>> from autograd import Value
        >>> from .graph import graph_of
        >>> a = Value(3.0)
        >>> y = a * 3.0
        >>> y.backward()
        >>> y.backward()
        >>> notes_of(graph_of(y))
        {0: '3 of this pass, 3 from before'}
    """
    if graph.received is None and not any(graph.has_grad):
        return {}  # no pass has been run
    summed, largest, known = _arrived(graph)
    arrived = summed if graph.received is None else graph.received
    notes = dict.fromkeys(_of_others(graph), OTHER)
    apart: list[int] = []  # nodes with more than what arrived
    agree = 0
    for i in range(len(graph)):
        if not known[i]:
            continue
        if i in graph.hooked or _differ(arrived[i], summed[i], largest[i]):
            if graph.has_grad[i] and _differ(graph.grad[i], summed[i], largest[i]):
                by = "a hook or a pass before" if graph.is_leaf(i) else "a hook"
                notes[i] = f"{style.number(summed[i])} arrived, {by} {HOOKED}"
        elif not graph.has_grad[i]:
            notes[i] = ZEROED
        elif _differ(graph.grad[i], arrived[i], largest[i]):
            apart.append(i)
        else:
            agree += graph.is_leaf(i) and abs(arrived[i]) > ROUNDING * largest[i]
    of_passes = graph.received is not None or (not agree and _is_repeated(graph, arrived, apart))
    for i in apart:
        here, other = style.number(arrived[i]), style.number(graph.grad[i] - arrived[i])
        if not graph.is_leaf(i):
            notes[i] = f"{here} of this graph"
        else:
            notes[i] = (
                f"{here} of this pass, {other} from before" if of_passes else f"{here} of this graph, {other} from elsewhere"
            )
    return notes


def _of_others(graph: Graph) -> list[int]:
    """The nodes with a gradient although none of their users has one: no pass has been run here."""
    if graph.received is not None or all(graph.has_grad):
        return []
    used, passed = bytearray(len(graph)), bytearray(len(graph))
    for i in range(len(graph)):
        for p in graph.tails[graph.first[i] : graph.first[i + 1]]:
            used[p] = 1
            passed[p] |= graph.has_grad[i]
    return [i for i in range(len(graph)) if graph.has_grad[i] and used[i] and not passed[i] and i not in graph.outputs]


def _differ(grad: float, arrived: float, largest: float) -> bool:
    """True if a gradient is not what arrived, but for rounding."""
    return abs(grad - arrived) > ROUNDING * max(largest, abs(grad))


def cancelled(graph: Graph) -> bytearray:
    """Per node 1 if its gradient is only the rounding of contributions that cancel, or is made of such gradients alone.

    Example:
        >>> from autograd import Value
        >>> from .graph import graph_of
        >>> x = Value(0.1) * 1.0
        >>> y = x * 0.3 - x * 0.1 - x * 0.2
        >>> y.backward()
        >>> list(cancelled(graph_of(y)))[:2]
        [1, 1]
    """
    noise, clean = bytearray(len(graph)), bytearray(len(graph))
    if graph.received is None and not any(graph.has_grad):
        return noise
    summed, largest, known = _arrived(graph)
    arrived = summed if graph.received is None else graph.received
    for i in range(len(graph) - 1, -1, -1):
        sums_to_noise = known[i] and 0.0 < abs(arrived[i]) < NOISE * largest[i]
        noise[i] = bool(sums_to_noise or (arrived[i] and not clean[i] and i not in graph.outputs and i != graph.root))
        if not noise[i]:
            for p in graph.tails[graph.first[i] : graph.first[i + 1]]:
                clean[p] = 1
    return noise


def _is_repeated(graph: Graph, arrived: "array[float]", apart: list[int]) -> bool:
    """True if every leaf has the same multiple of what arrived: the pass was run so many times."""
    times = {round(graph.grad[i] / arrived[i], 6) if arrived[i] else 0.0 for i in apart}
    return len(times) == 1 and (n := times.pop()) == int(n) and n > 1 and all(graph.is_leaf(i) for i in apart)


def _arrived(graph: Graph) -> "tuple[array[float], array[float], bytearray]":
    """Per node the sum of what its users pass on, the largest of it, and whether all of it is known and finite."""
    arrived, largest = array("d", [0.0]) * len(graph), array("d", [0.0]) * len(graph)
    known, unknown = bytearray(len(graph)), bytearray(len(graph))
    first, tails, local, contributions = graph.first, graph.tails, graph.local, graph.contributions
    for i in range(len(graph)):
        start, end = first[i], first[i + 1]
        if start == end:
            continue
        grad = 0.0 if contributions is not None else graph.passes_on(i)
        for k in range(start, end):
            p = tails[k]
            if grad is None:
                unknown[p] = 1
                continue
            contribution = local[k] * grad if contributions is None else contributions[k]
            known[p] = 1
            arrived[p] += contribution
            size = abs(contribution)
            if size > largest[p]:
                largest[p] = size
    for i in range(len(graph)):
        gradient = graph.grad[i] if graph.has_grad[i] else arrived[i] if graph.received is None else graph.received[i]
        finite = arrived[i] - arrived[i] == 0.0 and gradient - gradient == 0.0
        known[i] &= (not unknown[i]) & finite
    return arrived, largest, known

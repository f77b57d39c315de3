"""Steps of one backward pass and the same steps of another: two pages side by side stay in step by these.

A network and its twin, which differs in an activation or has an operation more, have the same nodes in other numbers. Nodes are
the same if no other node of their graphs has the label that both have, or if the same operation made them of the same nodes, or
if the same nodes use them in the same place. A step is the same if the same node passes its gradient on to its operand of the
same place.
"""

from collections import Counter

from autograd import Recording
from autograd.recording.columns import Nodes


def counterparts(one: Recording, other: Recording) -> list[int]:
    """For every number of steps of a pass, from none on, the number of steps of another that ends with the same step.

    Args:
        one: the pass that is stepped through.
        other: the pass that is to stay in step.

    Returns:
        One number more than there are steps; -1 where the other pass has no such step. The end belongs to the end.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(2.0, label="x")
        >>> counterparts(record_backward(x * 3.0), record_backward(x * 3.0 + 1.0))
        [0, 2]
    """
    same = _same_nodes(one, other)
    columns = (other.columns[name] for name in ("node", "position"))
    ends = {step: k for k, step in enumerate(zip(*columns, strict=True), 1)}
    steps = zip(one.columns["node"], one.columns["position"], strict=True)
    found = [0, *(ends.get((same.get(node, -1), position), -1) for node, position in steps)]
    if len(found) > 1:
        found[-1] = len(other)
    return found


def _same_nodes(one: Recording, other: Recording) -> dict[int, int]:
    """The nodes of one pass that the other has too, with their numbers there."""
    a, b = one.nodes, other.nodes
    of_one, of_other = _unique_labels(a), _unique_labels(b)
    same = {i: of_other[label] for label, i in of_one.items() if label in of_other}
    _add_users(a, b, same)
    if one.root.id not in same and other.root.id not in same.values():
        same[one.root.id] = other.root.id
    _add_operands(a, b, same)
    return same


def _unique_labels(nodes: Nodes) -> dict[str, int]:
    times = Counter(nodes.label)
    return {label: i for i, label in enumerate(nodes.label) if label and times[label] == 1}


def _add_users(a: Nodes, b: Nodes, same: dict[int, int]) -> None:
    """Add the nodes that the same operation made of the same nodes. Parents come first, so one walk finds all."""
    taken = set(same.values())
    users: dict[int, list[int]] = {}  # of the other pass, in order
    for j in range(len(b)):
        for p in dict.fromkeys(b.parents(j)):
            users.setdefault(p, []).append(j)
    for i in range(len(a)):
        parents = [same.get(p, -1) for p in a.parents(i)]
        if i in same or not parents or -1 in parents:
            continue
        for j in users.get(parents[0], ()):
            if j not in taken and b.op(j) == a.op(i) and list(b.parents(j)) == parents:
                same[i] = j
                taken.add(j)
                break


def _add_operands(a: Nodes, b: Nodes, same: dict[int, int]) -> None:
    """Add the nodes that the same nodes use in the same place."""
    taken = set(same.values())
    waiting = list(same.items())
    while waiting:
        i, j = waiting.pop()
        of_one, of_other = a.parents(i), b.parents(j)
        if len(of_one) != len(of_other):
            continue
        for pair in zip(of_one, of_other, strict=True):
            if pair[0] not in same and pair[1] not in taken:
                same[pair[0]] = pair[1]
                taken.add(pair[1])
                waiting.append(pair)

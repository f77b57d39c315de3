"""The passes that a page shows, over the nodes of one graph: one pass, or one from each of several roots.

Every root has a pass of its own, in which the others count for nothing: what they would add up to is the pass of their sum,
which is a root as well. The passes are recorded one by one, and their nodes found again in the graph of all.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from autograd import Recording, Value

from ..graphs.graph import Graph, graph_of, indexed
from ..recorded import numbered_pass, recorded


class Walk(NamedTuple):
    """A pass.

    Attributes:
        recording: the pass.
        nodes: for every node of the recording its number in the graph.
    """

    recording: Recording
    nodes: Sequence[int]

    @property
    def root(self) -> int:
        """The number of the node it begins at."""
        return self.nodes[-1]


class Passes(NamedTuple):
    """A graph, and the passes over it."""

    graph: Graph
    walks: list[Walk]


def passes_of(root: Any, caller: str) -> Passes:
    """The passes from a value, from several in a list, or the one that has been recorded.

    Raises:
        OperandError: it is none of these.
        GraphError: as `backward()`.

    Example:
        >>> x = Value(2.0, label="x")
        >>> [walk.nodes for walk in passes_of([x * x, 3.0 * x], "page")[1]]
        [[0, 2], [0, 1]]
    """
    if isinstance(root, (Recording, Value)) or not isinstance(root, (list, tuple, set, frozenset)):
        return passes_in(recorded(root, caller))
    roots = list(dict.fromkeys(root))
    graph, numbers = indexed(roots)
    assert numbers is not None  # of values
    walks = []
    for one in roots:
        recording, own = numbered_pass(one, caller)
        assert own is not None
        walks.append(Walk(recording, [numbers[v] for v in own]))
    return Passes(graph, walks)


def passes_in(recording: Recording) -> Passes:
    """The pass of a recording, as the only one.

    Example:
        >>> from autograd import record_backward
        >>> len(passes_in(record_backward(Value(2.0) * 3.0)).walks)
        1
    """
    return Passes(graph_of(recording), [Walk(recording, range(len(recording.nodes)))])

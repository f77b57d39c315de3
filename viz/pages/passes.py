"""The passes that a page shows, over the nodes of one graph: one pass, or one from each of several roots.

Every root has a pass of its own, in which the others count for nothing: what they would add up to is the pass of their sum,
which is a root as well. The passes are recorded one by one, and their nodes found again in the graph of all.
"""

import array
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from autograd import Recording, Value
from autograd.source import user_frame

from .. import style
from ..graphs.arrivals import notes_of
from ..graphs.graph import Drawn, Graph, graph_of, indexed
from ..graphs.variables import name_by_variables, variables_of
from ..recorded import numbered_pass


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
    """A graph, and the passes over it.

    Attributes:
        graph: the graph.
        walks: the passes.
        notes: per node the lines about a `.grad` that is not what the pass has made of it; see `notes_of`.
    """

    graph: Graph
    walks: list[Walk]
    notes: Mapping[int, list[str]]


def passes_of(root: Any, caller: str) -> Passes:
    """The passes from a value, from several in a list, or the one that has been recorded.

    Costs and inputs without labels are called by the variables of the user that hold them, as in pictures.

    Raises:
        OperandError: it is none of these.
        GraphError: as `backward()`.

    Example:
        >>> x = Value(2.0, label="x")
        >>> [walk.nodes for walk in passes_of([x * x, 3.0 * x], "page")[1]]
        [[0, 2], [0, 1]]
    """
    if isinstance(root, (Recording, Value)) or not isinstance(root, (list, tuple, set, frozenset)):
        recording, own = numbered_pass(root, caller)
        passes = passes_in(recording, own)
        name_by_variables(Drawn(passes.graph, own), variables_of(user_frame(sys._getframe(1))))
        return passes
    roots = list(dict.fromkeys(root))
    graph, numbers = indexed(roots)
    assert numbers is not None  # of values
    walks = []
    for one in roots:
        recording, own = numbered_pass(one, caller)
        assert own is not None
        walks.append(Walk(recording, [numbers[v] for v in own]))
    name_by_variables(Drawn(graph, numbers), variables_of(user_frame(sys._getframe(1))))
    return Passes(graph, walks, {})


def passes_in(recording: Recording, values: Mapping[Value, int] | None = None) -> Passes:
    """The pass of a recording, as the only one.

    Args:
        values: the `Value`s that it has been recorded of without leaving traces, whose gradients may be of other passes.

    Example:
        >>> from autograd import record_backward
        >>> len(passes_in(record_backward(Value(2.0) * 3.0)).walks)
        1
    """
    graph = graph_of(recording)
    walks = [Walk(recording, range(len(graph)))]
    live = list(values or ())
    if live and live[-1].has_grad:  # a pass has been run
        graph.has_grad = bytearray(v.has_grad for v in live)
        graph.grad = array.array("d", (v.grad for v in live))
        graph.hooked = {i for i, v in enumerate(live) if v.hooks}
    as_usual = recording.plain is not None and all(graph.has_grad) and graph.grad == recording.gradients
    if as_usual:  # told in no time
        return Passes(graph, walks, {})
    return Passes(graph, walks, {i: _lines(graph.grad[i], note) for i, note in notes_of(graph).items()})


def _lines(grad: float, note: str) -> list[str]:
    """A note on a gradient in short lines, for a box.

    >>> _lines(6.0, "3 of this pass, 3 from before")
    ['.grad 6: 3 of this pass', 'and 3 from before']
    """
    first, *more = note.split(", ")
    return [f".grad {style.number(grad)}: {first}", *(f"and {part}" for part in more)]

"""The graph that pictures are drawn from: a value and all its ancestors, as plain columns.

One entry a node, parents before children, the root last: the order of a `Recording`, so that 'v3' means the same node in a
walk, in a picture, on a page and in the debugger, and the same computation gives the same picture on every machine.
Columns of numbers rather than an object a node, because graphs of a hundred thousand values are drawn too. The module
fold.py decides how a graph is folded, style.py how it looks.
"""

import array
import functools
import itertools
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from autograd import OperandError, Recording, Source, Value
from autograd.arguments import index
from autograd.errors import described, did_you_mean, shown
from autograd.primitives.table import UNKNOWN, Primitive, known
from autograd.recording.columns import Nodes, Operands, ambiguous, nodes_of
from autograd.reverse import numbered, topological_order
from autograd.source import resolve

from ..checked import not_a_root
from ..names import number_in, told_apart

Root = Value | Recording | Sequence[Value]
_INPUT: Final = re.compile(r"(x|y|a\^0|inputs?|targets?)(?![^\W\d_])", re.IGNORECASE)


def is_input(label: str) -> bool:
    """True if a leaf of that name is an input or a target, which nobody differentiates with respect to.

    >>> is_input("x_3"), is_input("a^0_1"), is_input("w_3"), is_input("xi")
    (True, True, False, False)
    """
    return bool(_INPUT.match(label))


class Edge(NamedTuple):
    """An operand of a node, in the direction of the computation.

    Attributes:
        tail: the node that is used; None for a constant.
        head: the node that uses it.
        place: its place among the operands of `head`: tells the two edges of x*x apart.
        constant: the number, if it is a constant, else nan.
        local: the local derivative d(head)/d(tail); None for a constant, or where it is not known.
        contribution: its contribution to the gradient of `tail`; None before a backward pass.
    """

    tail: int | None
    head: int
    place: int
    constant: float
    local: float | None
    contribution: float | None


class Graph(Operands):
    """A computation as columns; `graph_of` makes it.

    Attributes:
        data: the number of every node.
        grad: its gradient; nan, with `has_grad` 0, where no pass has computed one.
        op, label, scope: as on the `Value`.
        row: what made every node, as a row of the table; `UNKNOWN` of a leaf, and of what was made by hand.
        place: where every node was made, as it was recorded: `source` reads it.
        first, tails: the operands that are nodes, an arrow each: those of node i are tails[first[i]:first[i+1]].
        local: the local derivative along every arrow.
        unknown: the nodes made by hand, whose local derivatives nobody knows.
        contributions: the contribution along every arrow; None where it is the local derivative times the gradient.
        numbers: the id of every node in the graph it was computed in, None for one that was written out by terms.py; None
            if they are the ids of this graph.
        received: the gradient of every node in the recorded pass; None where there is no recording.
        hooked: the nodes with hooks, whose gradients may be anything.
        outputs: the nodes that it was made for: the last one, and others if there are several roots.
        names: names for nodes without a label; they are read, and what is alike or repeats does not go by them.
        with_constants: False if constants are not drawn.
        focus: the node that the picture is drawn around; None for none.
    """

    def __init__(self) -> None:
        super().__init__()
        self.data: array.array[float] = array.array("d")
        self.grad: array.array[float] = array.array("d")
        self.has_grad: bytearray = bytearray()
        self.op: list[str] = []
        self.row: list[Primitive] = []
        self.label: list[str] = []
        self.scope: list[str] = []
        self.place: list[Any] = []
        self.first: array.array[int] = array.array("q", [0])
        self.tails: array.array[int] = array.array("q")
        self.local: array.array[float] = array.array("d")
        self.unknown: set[int] = set()
        self.contributions: array.array[float] | None = None
        self.numbers: list[int | None] | None = None
        self.received: array.array[float] | None = None
        self.hooked: set[int] = set()
        self.outputs: frozenset[int] = frozenset()
        self.names: dict[int, str] = {}
        self.with_constants: bool = True
        self.focus: int | None = None

    def __len__(self) -> int:
        return len(self.data)

    def append(
        self,
        data: float,
        grad: float | None,
        op: str,
        label: str,
        scope: str,
        operands: Sequence[int | float],
        partials: Sequence[float] | None,
        place: Any = None,
        row: Primitive = UNKNOWN,
    ) -> int:
        """Add a node and return its id.

        Args:
            grad: None if no pass has computed it.
            operands: ids of nodes (int) and constants (float), in order.
            partials: the local derivatives by the operands that are nodes; None if nobody knows them.
        """
        self.data.append(data)
        self.has_grad.append(grad is not None)
        self.grad.append(math.nan if grad is None else grad)
        self.op.append(op)
        self.row.append(row)
        self.label.append(label)
        self.scope.append(scope)
        self.place.append(place)
        self.add_operands(operands)
        self.tails.extend([o for o in operands if not isinstance(o, float)])
        self.first.append(len(self.tails))
        if partials is None:
            self.unknown.add(len(self.data) - 1)
        self.local.extend([math.nan] * (len(self.tails) - len(self.local)) if partials is None else partials)
        return len(self.data) - 1

    def parents(self, i: int) -> list[int]:
        """The ids of the nodes it was computed from, in order, repeated where they are used repeatedly."""
        return self.tails[self.first[i] : self.first[i + 1]].tolist()

    def partials(self, i: int) -> "array.array[float] | None":
        """The local derivatives of a node by its parents; None of one made by hand."""
        return None if i in self.unknown else self.local[self.first[i] : self.first[i + 1]]

    def source(self, i: int) -> Source | None:
        """The place where a node was made, if sources were recorded."""
        place = self.place[i]
        return place if place is None or isinstance(place, Source) else resolve(place)

    @property
    def root(self) -> int:
        """The node that everything else was computed for."""
        return len(self) - 1

    def name(self, i: int) -> str:
        """Its label, or 'v' and its id, told apart as by `node_name`: x@v0 and x@v1 of two, v2@v0 if a label is a number."""
        return self.labelled(i) or self.number(i)

    def labelled(self, i: int) -> str:
        """Its label or variable as it is shown: with its id where other nodes have that name too."""
        called = self.called(i)
        if called not in self.shared:
            return called
        known = i if self.numbers is None else self.numbers[i]
        return called if known is None else told_apart(called, known)

    def called(self, i: int) -> str:
        """Its label, or the name of the variable that holds it; '' if it has neither."""
        return self.label[i] or self.names.get(i, "")

    def number(self, i: int) -> str:
        """Its name by its id, 'v7', whether it has a label or not; '' if no other picture or walk knows the node."""
        known = i if self.numbers is None else self.numbers[i]
        if known is None:
            return ""
        return told_apart(f"v{known}", known) if f"v{known}" in self.shared else f"v{known}"

    @functools.cached_property
    def shared(self) -> frozenset[str]:
        """The names that several nodes have, as `Nodes.shared_labels`; read once, when all have their names."""
        return ambiguous(
            itertools.chain(self.label, self.names.values()), range(len(self)) if self.numbers is None else set(self.numbers)
        )

    def is_leaf(self, i: int) -> bool:
        """True for a leaf: it was given, not computed."""
        return self.start[i] == self.start[i + 1]

    def kind(self, i: int) -> str:
        """'output' (the root), 'operation', 'input' or 'parameter'.

        A leaf is an input if its name says so (x, x_3, y, a^0_1, input, target); every other leaf is a parameter.
        """
        if not self.is_leaf(i):
            return "output" if i == self.root or i in self.outputs else "operation"
        return "input" if is_input(self.called(i)) else "parameter"

    def edges(self, i: int) -> list[Edge]:
        """The operands of a node, in order, constants included."""
        found = []
        partials, contributions = iter(self.partials(i) or ()), iter(self.passed_on(i))
        for place, o in enumerate(self.operands_of(i)):
            if isinstance(o, float):
                found.append(Edge(None, i, place, o, None, None))
            else:
                found.append(Edge(o, i, place, math.nan, next(partials, None), next(contributions, None)))
        return found

    def passes_on(self, i: int) -> float | None:
        """The gradient that a node multiplies its local derivatives by; None if they or it are not known.

        Where there are `contributions`, a hook or a rule made by hand may have made them.
        """
        if i in self.unknown:
            return None
        if self.received is not None:
            return self.received[i]
        return self.grad[i] if self.has_grad[i] else None

    def passed_on(self, i: int) -> Sequence[float]:
        """The contribution of a node to the gradient of each parent; empty before a backward pass."""
        if self.contributions is not None:
            return self.contributions[self.first[i] : self.first[i + 1]]
        grad = self.passes_on(i)
        return () if grad is None else [d * grad for d in self.local[self.first[i] : self.first[i + 1]]]


def find(labels: Sequence[str], node: Any, caller: str, ids: Mapping[Value, int] | None = None) -> int:
    """The id of a node by its label, its name ('v3') or its id; or by its `Value`.

    Args:
        labels: the labels of all nodes, in the order of ids.
        caller: who is asking, for the message of an error.
        ids: the `Value`s of the graph and their ids; None for a recording, which holds none.

    Raises:
        OperandError: there is no such node, or several are called so.
    """
    if isinstance(node, Value):
        if ids is None:
            called = f", {node.label!r}" if node.label else ""
            raise OperandError(
                f"{caller}: a recording holds no Values, so {node!r} cannot be looked up in it; give its label{called}, or its "
                "id, or begin at the cost itself"
            )
        if node not in ids:
            raise OperandError(f"{caller}: {node!r} is not part of this graph: the root was not computed from it")
        return ids[node]
    is_a = f" A node is {'' if ids is None else 'a Value, '}a label, a name such as 'v3', or an id from 0 to {len(labels) - 1}"
    if not isinstance(node, str):
        number = index(node)
        if number is None:
            raise OperandError(f"{caller}: no nodes are called {shown(node)}.{is_a}")
        if 0 <= number < len(labels):
            return number
        raise OperandError(f"{caller}: there is no node {number}; ids go from 0 to {len(labels) - 1}")
    found = [i for i, label in enumerate(labels) if label == node] if node else []
    plain = re.fullmatch(r"v([0-9]{1,9})", node)
    number = int(plain[1]) if plain else number_in(node)
    if not found and number is not None and number < len(labels):
        tellings = (told_apart(labels[number], number), told_apart(f"v{number}", number))
        if plain or node in tellings:
            return number
    if len(found) > 1:
        itself = "" if ids is None else "the Value itself or "
        raise OperandError(f"{caller}: {len(found)} nodes are called {node!r}. Give {itself}its id, one of {found[:8]}")
    if not found:
        hint = did_you_mean(str(node), set(filter(None, labels)))
        raise OperandError(f"{caller}: no nodes are called {shown(node)}.{hint or is_a}")
    return found[0]


class Drawn(NamedTuple):
    """A graph, and the ids of the caller's `Value`s in it: None for a recording, which holds no `Value`s."""

    graph: Graph
    ids: dict[Value, int] | None

    def find(self, node: Any, caller: str) -> int:
        """The id of a node: a `Value`, a label, a name such as 'v3', or an id; see `find`."""
        graph = self.graph
        labels = [graph.called(i) for i in range(len(graph))] if graph.names else graph.label
        return find(labels, node, caller, self.ids)


def graph_of(root: Root) -> Graph:
    """The graph of a value and all its ancestors, of several, or of a recorded backward pass.

    Raises:
        OperandError: it is none of them.
        GraphError: the graph has a cycle, or a parent is not a `Value`.

    Example:
        >>> x = Value(3.0, label="x")
        >>> graph = graph_of(2.0 * x)
        >>> graph.edges(graph.root)[1].local, graph.kind(0), graph.kind(graph.root)
        (2.0, 'input', 'output')
    """
    return indexed(root).graph


def indexed(root: Root) -> Drawn:
    """`graph_of`, together with the ids of the `Value`s in it; see there."""
    if isinstance(root, Recording):
        return Drawn(_of_recording(root), None)
    roots = None if isinstance(root, Value) else _several(root)
    values = numbered(topological_order(root), root) if isinstance(root, Value) else _of_all(roots or [])
    index = {v: i for i, v in enumerate(values)}
    graph = _of_values(values, index)
    if roots is not None:
        graph.outputs = frozenset(index[v] for v in roots)
    return Drawn(graph, index)


def _of_values(values: list[Value], index: dict[Value, int]) -> Graph:
    graph = _of_nodes(nodes_of(values, index))
    graph.row = [v.primitive or UNKNOWN for v in values]
    graph.has_grad = bytearray([v.has_grad for v in values])
    if not all(graph.has_grad):
        graph.grad = array.array("d", [g if has else math.nan for g, has in zip(graph.grad, graph.has_grad, strict=True)])
    local, first, add = graph.local, graph.first, graph.local.extend
    for i, v in enumerate(values):
        partials = v.partials
        if partials is None or len(partials) != first[i + 1] - first[i]:
            graph.unknown.add(i)
            add([math.nan] * (first[i + 1] - first[i]))
        else:
            add(partials)
        if v.hooks:
            graph.hooked.add(i)
    assert len(local) == len(graph.tails)
    return graph


def _of_nodes(nodes: Nodes) -> Graph:
    """The graph of some nodes, which shares their columns, without derivatives."""
    graph = Graph()
    graph.start, graph.operands, graph.constants = nodes.start, nodes.operands, nodes.constants
    graph.data, graph.grad = nodes.data, nodes.grad
    graph.label, graph.scope, graph.place = nodes.label, nodes.scope, nodes.place
    graph.op = [made_by if made_by.__class__ is str else made_by.label for made_by in nodes.made_by]  # type: ignore[union-attr]
    if graph.constants:
        graph.tails = array.array("q", filter((0).__le__, graph.operands))
        before = array.array("q", itertools.accumulate(map((0).__le__, graph.operands), initial=0))
        graph.first = array.array("q", map(before.__getitem__, graph.start))
    else:
        graph.first, graph.tails = graph.start, graph.operands
    return graph


def _of_all(roots: list[Value]) -> list[Value]:
    """The nodes of several roots in the order of their ids: the leaves, then parents before children."""
    found: dict[Value, None] = {}
    for root in reversed(roots):  # the last was most likely made of the others
        if root not in found:
            found.update(dict.fromkeys(numbered(topological_order(root), root)))
    of_roots = {v: None for v in roots if not v.parents}  # roots that are leaves, as they were given
    return sorted({**of_roots, **found}, key=lambda v: bool(v.parents))


def _several(roots: Any) -> list[Value]:
    """Several roots.

    Raises:
        OperandError: they are no values, or there are none.
    """
    if isinstance(roots, (list, tuple, set, frozenset)) and roots:
        for v in roots:
            if not isinstance(v, Value):
                raise OperandError(f"several roots are Values, got {described(v)} among them")
        return list(dict.fromkeys(roots))
    raise not_a_root(roots, "a graph is drawn from")


def _of_recording(recording: Recording) -> Graph:
    nodes = recording.nodes
    graph = _of_nodes(nodes)
    known_by = {name: known(name) for name in {m for m in nodes.made_by if isinstance(m, str)}}
    graph.row = [known_by[m] if isinstance(m, str) else m for m in nodes.made_by]
    graph.op = [row.label or op for row, op in zip(graph.row, graph.op, strict=True)]  # a picture shows the short sign
    graph.has_grad = bytearray(b"\x01") * len(nodes)
    graph.received = recording.gradients
    if (plain := recording.plain) is not None:
        graph.local = plain
        return graph
    graph.local = array.array("d", [math.nan]) * len(graph.tails)
    graph.contributions = array.array("d", graph.local)
    columns = (recording.columns[name] for name in ("node", "position", "local", "contribution"))
    for i, place, d, contribution in zip(*columns, strict=True):
        arrow = graph.first[i] + place
        graph.local[arrow], graph.contributions[arrow] = d, contribution
    return graph

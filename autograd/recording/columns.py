"""The nodes of a graph as columns of numbers, for recordings and pictures.

An object a node costs some 500 bytes and a microsecond; columns cost a tenth, can be counted in millions, and are still read
as a sequence of `Node`s, which are made when somebody looks at one.
"""

import array
import collections
import functools
import itertools
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, overload

from ..primitives.table import Primitive, known
from ..source import Source, resolve

Columns = dict[str, "array.array[Any]"]
COLUMNS = ("node", "parent", "position", "local", "upstream", "contribution", "total")  # per contribution of a pass
INTEGERS = ("node", "parent", "position")
_SHAPE = ("start", "operands", "made_by", "label", "scope", "place")  # of the nodes: all but the numbers


class Node(NamedTuple):
    """A node as it was recorded.

    Attributes:
        id: its place in the recording: parents come before their children, the root is last.
        data, grad: its number, and its gradient after the pass (a leaf's includes what it had before).
        op: the name of the primitive, or of an operation made by hand; '' for a leaf.
        label, scope: as on the `Value`.
        operands: ids of nodes (int) and constants (float), in order.
        source: where it was made, if sources were recorded.
    """

    id: int
    data: float
    grad: float
    op: str
    label: str
    scope: str
    operands: tuple[int | float, ...]
    source: Source | None

    @property
    def parents(self) -> tuple[int, ...]:
        """The ids of the nodes it was computed from."""
        return tuple(o for o in self.operands if isinstance(o, int))

    @property
    def name(self) -> str:
        """Its label, or 'v' and its id."""
        return self.label or f"v{self.id}"


class Operands:
    """The operands of every node of a graph, as columns.

    Attributes:
        start: the operands of node i are `operands[start[i]:start[i+1]]`.
        operands: ids of nodes, or -1 - k for `constants[k]`.
    """

    def __init__(self) -> None:
        self.start: array.array[int] = array.array("q", [0])
        self.operands: array.array[int] = array.array("q")
        self.constants: array.array[float] = array.array("d")

    def operands_of(self, i: int) -> tuple[int | float, ...]:
        """Ids of nodes (int) and constants (float), in order."""
        return tuple([o if o >= 0 else self.constants[-1 - o] for o in self.operands[self.start[i] : self.start[i + 1]]])

    def parents(self, i: int) -> list[int]:
        """The ids of the nodes it was computed from, in order, repeated where they are used repeatedly."""
        return [o for o in self.operands[self.start[i] : self.start[i + 1]] if o >= 0]

    def add_operands(self, operands: Iterable[int | float]) -> None:
        """Append the operands of the next node: ids (int) and constants (float)."""
        for o in operands:
            if isinstance(o, float):
                self.constants.append(o)
                self.operands.append(-len(self.constants))
            else:
                self.operands.append(o)
        self.start.append(len(self.operands))


class Nodes(Operands, Sequence[Node]):
    """The nodes of a graph, parents before children; a sequence of `Node`s.

    Attributes:
        data, grad: the numbers.
        made_by: per node the primitive that made it, or a name; '' for a leaf.
        label, scope: as on the `Value`s.
        place: the place where each was made, as it was recorded: `source` reads it.
    """

    def __init__(self) -> None:
        super().__init__()
        self.data: array.array[float] = array.array("d")
        self.grad: array.array[float] = array.array("d")
        self.made_by: list[Primitive | str] = []
        self.label: list[str] = []
        self.scope: list[str] = []
        self.place: list[Any] = []
        self._kept: dict[str, Any] = {}  # what is computed from the shape, for all graphs that share it

    def __len__(self) -> int:
        return len(self.data)

    @overload
    def __getitem__(self, index: int) -> Node: ...
    @overload
    def __getitem__(self, index: slice) -> list[Node]: ...
    def __getitem__(self, index: int | slice) -> Node | list[Node]:
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        i = range(len(self))[index]
        return Node(
            i, self.data[i], self.grad[i], self.op(i), self.label[i], self.scope[i], self.operands_of(i), self.source(i)
        )

    def __iter__(self) -> Iterator[Node]:
        return (self[i] for i in range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and len(self) == len(other) and all(a == b for a, b in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return repr(list(self))

    def share(self, other: "Nodes") -> bool:
        """Take over the columns of another graph that say the same: passes of one shape hold them once.

        Args:
            other: the nodes of another pass.

        Returns:
            True if the two graphs have one shape: all but their numbers is the same, and shared from now on.

        Example:
            >>> from autograd import Value, record_backward
            >>> one, two = (record_backward(Value(x, label="x") * 2.0).nodes for x in (3.0, 4.0))
            >>> two.share(one), two.operands is one.operands, two.data[0]
            (True, True, 4.0)
        """
        if self is other or len(self) != len(other) or self.operands != other.operands:
            return self is other
        for name in _SHAPE:
            mine, its = getattr(self, name), getattr(other, name)
            if all(map(_same_place, mine, its)) if name == "place" else mine == its:
                setattr(self, name, its)
        if self.constants.tobytes() == other.constants.tobytes():  # -0.0 is another number than 0.0
            self.constants = other.constants
        same = all(getattr(self, name) is getattr(other, name) for name in _SHAPE)
        if same:
            self._kept = other._kept
        return same

    @property
    def contributions(self) -> tuple["array.array[int]", ...]:
        """The contributions of a plain pass in its order: node, parent, position, and the place of the local derivative.

        The local derivatives stand node by node in the order of ids.
        """
        if "contributions" not in self._kept:
            node, parent, position, place = list[int](), list[int](), list[int](), list[int]()
            end = sum(o >= 0 for o in self.operands)
            for i in range(len(self) - 1, -1, -1):
                if parents := self.parents(i):
                    n = len(parents)
                    node += [i] * n
                    parent += parents
                    position += range(n)
                    end -= n
                    place += range(end, end + n)
            self._kept["contributions"] = tuple([array.array("q", column) for column in (node, parent, position, place)])
        found: tuple[array.array[int], ...] = self._kept["contributions"]
        return found

    def op(self, i: int) -> str:
        """The name of the operation that made a node."""
        made_by = self.made_by[i]
        return made_by if isinstance(made_by, str) else made_by.name

    def row(self, i: int) -> Primitive:
        """The row of the table that made a node; `UNKNOWN` for a leaf, and for an operation that the table does not know."""
        made_by = self.made_by[i]
        return known(made_by) if isinstance(made_by, str) else made_by

    def name(self, i: int) -> str:
        """Its label, or 'v' and its id."""
        return self.label[i] or f"v{i}"

    def bad_parents(self, i: int) -> list[int]:
        """The parents of a node that are nan or inf."""
        return [p for p in self.parents(i) if self.data[p] - self.data[p] != 0.0]

    def origin(self, i: int) -> int | None:
        """The origin of a node's nan or inf: going up through non-finite nodes, the earliest whose parents are all finite.

        Returns:
            A node, i itself perhaps; None if i is finite.
        """
        if self.data[i] - self.data[i] == 0.0:
            return None
        seen, stack, found = {i}, [i], i
        while stack:
            j = stack.pop()
            bad = self.bad_parents(j)
            if not bad:
                found = min(found, j)
            for p in bad:
                if p not in seen:
                    seen.add(p)
                    stack.append(p)
        return found

    @functools.cached_property
    def shared_labels(self) -> frozenset[str]:
        """The ambiguous labels: several nodes have them, or they are the name of a node without a label."""
        return ambiguous(self.label, range(len(self)))

    def expression(self, i: int) -> Any:
        """A key that the nodes made by one expression of the source share; None if sources were not recorded."""
        return expression_of(self.place[i])

    def source(self, i: int) -> Source | None:
        """The place where a node was made, if sources were recorded."""
        place = self.place[i]
        return place if place is None or isinstance(place, Source) else resolve(place)


def ambiguous(names: Iterable[str], numbers: Container[int | None]) -> frozenset[str]:
    """The names that do not say which node is meant: several have them, or one has it as its number, as 'v7'.

    Args:
        names: the labels of all nodes, '' for none.
        numbers: the numbers by which nodes are known.

    Example:
        >>> sorted(ambiguous(["x", "w", "x", "v2", "v9", ""], range(6)))
        ['v2', 'x']
    """
    times = collections.Counter(names)
    return frozenset(name for name, n in times.items() if name and (n > 1 or _number(name) in numbers))


def _number(name: str) -> int:
    """The number of the node that is called so where it has no label; -1 if it is no such name."""
    return int(name[1:]) if name[:1] == "v" and name[1:].isdecimal() and len(name) < 16 else -1


def expression_of(place: Any) -> Any:
    """A key that all nodes made in a place share, as it was recorded; None for no place."""
    # By identity: hashing a code object reads all of it, and of `h = tanh(h); h = tanh(h)` the texts are equal.
    return None if place is None else id(place) if isinstance(place, Source) else (*map(id, place[::2]), *place[1::2])


def _same_place(a: Any, b: Any) -> bool:
    """True if two places are one: the same call in the same piece of code, as equal code may belong to another file.

    A call has two offsets in CPython 3.11: that of its second half, and, once the interpreter has made it quick, of its first.
    """
    if a is b or type(a) is not tuple or type(b) is not tuple:
        return bool(a == b)
    return a[0] is b[0] and (a == b or (len(a) == len(b) == 2 and resolve(a) == resolve(b)))


if TYPE_CHECKING:
    Doubles = array.array[float]
else:  # Python 3.11 takes no brackets here, and a text in a NamedTuple costs a millisecond at import
    Doubles = array.array


class Carried(NamedTuple):
    """The results of the chain rule from local derivatives, contribution by contribution."""

    upstream: Doubles
    contribution: Doubles
    total: Doubles


def carried(nodes: Iterable[int], parents: Iterable[int], local: Iterable[float], totals: list[float]) -> Carried:
    """The sweep of a backward pass on columns: the additions of `reverse.pass_on` in the same order, so the same bits.

    Args:
        nodes, parents, local: the node that passes its gradient on, the parent that receives it, and the local derivative:
            one of each per contribution, in the order of the pass.
        totals: the gradient of every node before the pass: the seed at the root, 0 elsewhere. Afterwards they are the
            gradients of the pass.

    Example:
        >>> totals = [0.0, 0.0, 1.0]
        >>> carried([2, 2], [0, 1], [4.0, 3.0], totals).contribution, totals
        (array('d', [4.0, 3.0]), [4.0, 3.0, 1.0])
    """
    columns = Carried(array.array("d"), array.array("d"), array.array("d"))
    add_upstream, add_contribution, add_total = (column.append for column in columns)
    for node, parent, d in zip(nodes, parents, local, strict=True):
        upstream = totals[node]
        contribution = upstream * d
        total = totals[parent] = totals[parent] + contribution
        add_upstream(upstream)
        add_contribution(contribution)
        add_total(total)
    return columns


def swept(nodes: Nodes, local: Sequence[float], seed: float) -> "array.array[float]":
    """The gradients that `carried` ends with, of a plain pass over all nodes, without the columns of its contributions.

    Args:
        local: the local derivatives, node by node in the order of ids.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(3.0)
        >>> swept(record_backward(x * x).nodes, [3.0, 3.0], 1.0)
        array('d', [6.0, 1.0])
    """
    node, parent, _, place = nodes.contributions
    totals = [0.0] * len(nodes)
    totals[-1] = seed
    for i, p, d in zip(node, parent, map(local.__getitem__, place), strict=True):
        totals[p] += totals[i] * d
    return array.array("d", totals)


Groups = tuple["array.array[int]", "array.array[int]"]


def grouped(column: Sequence[int], n: int) -> Groups:
    """The places of every number below n in a column.

    Returns:
        (start, places): those of number i are places[start[i]:start[i + 1]], in order.

    Example:
        >>> start, places = grouped([1, 0, 1], 2)
        >>> places[start[1] : start[2]]
        array('q', [0, 2])
    """
    start = array.array("q", bytes(8 * (n + 1)))
    for i in column:
        start[i + 1] += 1
    for i in range(n):
        start[i + 1] += start[i]
    places = array.array("q", bytes(8 * len(column)))
    free = array.array("q", start)
    for k, i in enumerate(column):
        places[free[i]] = k
        free[i] += 1
    return start, places


def nodes_of(values: Sequence[Any], index: dict[Any, int]) -> Nodes:
    """The columns of `Value`s, parents before children.

    Args:
        index: the place of each in `values`.
    """
    nodes = Nodes()
    nodes.data = array.array("d", [v._data for v in values])
    nodes.grad = array.array("d", [v.grad for v in values])
    nodes.made_by = [v.primitive or v.op for v in values]
    nodes.label = [v.label for v in values]
    nodes.scope = [v.scope for v in values]
    nodes.place = [v._place for v in values]
    operands, start, add, constants = nodes.operands, nodes.start, nodes.operands.extend, nodes.constants
    for v in values:
        given = v.operands
        if float not in map(type, given):  # no constants: most nodes
            add([index[o] for o in given])
        else:
            numbers = itertools.count(-1 - len(constants), -1)
            constants.extend([o for o in given if o.__class__ is float])
            add([next(numbers) if o.__class__ is float else index[o] for o in given])
        start.append(len(operands))
    return nodes

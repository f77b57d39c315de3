"""A backward pass kept as plain data, for every debugger, page and diagnosis.

`record_backward(root)` runs the same sweep as `root.backward()` and writes down each contribution, parent.grad += local *
upstream, in the order in which it happened. The data are columns of numbers (some sixty bytes a contribution); `Step`s are
made from them on demand. A recording saves to a file (encoding.py) and opens elsewhere without the program that made it.
"""

import array
import functools
import math
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple, overload

from .. import turns
from ..errors import OperandError, RecordingError, described
from ..files import write_whole
from ..operators import number
from ..primitives.readers import TEXT
from ..reverse import SPECIAL, any_special, careful_sweep, differentiable_order, numbered
from ..value import Value
from .columns import COLUMNS, INTEGERS, Columns, Groups, Node, Nodes, carried, grouped, nodes_of, swept
from .encoding import encoded
from .rules import BY_HAND, Rules, fill, rule_key, rules_of
from .texts import Texts


class Step(NamedTuple):
    """One contribution of the chain rule: parent.grad += local * upstream.

    Attributes:
        id: its place in the walk, from 0.
        node: the node that passes its gradient on.
        parent: the node that receives it.
        position: the place of the parent among the node's parents: tells the two edges of x*x apart.
        local: the local derivative d(node)/d(parent).
        upstream: the node's gradient, d(root)/d(node).
        contribution: local * upstream.
        total: the parent's gradient of this pass so far, this contribution included.
        rule: the local derivative as a formula, 'd(x * y)/dx = y'.
    """

    id: int
    node: Node
    parent: Node
    position: int
    local: float
    upstream: float
    contribution: float
    total: float
    rule: str

    def __str__(self) -> str:
        where = f"    # {self.node.source}" if self.node.source else ""
        return (
            f"{self.parent.name}.grad += {self.local:.6g} * {self.upstream:.6g} = {self.contribution:.6g}"
            f"  -> {self.total:.6g}    [{self.rule}]{where}"
        )


PRECISIONS = ("float64", "float32", "float16", "bfloat16")


class Recording(Sequence[Step]):
    """A backward pass: a sequence of `Step`s in the order of the walk, and the `nodes` they speak of.

    Made by `record_backward` or `load_recording`.

    Attributes:
        nodes: every node of the graph, parents before children; the last is the root.
        seed: the gradient the walk began with.
        columns: the contents of all steps, a column of numbers for each of 'node', 'parent', 'position', 'local', 'upstream',
            'contribution' and 'total': for readers of all steps.
        gradients: each node's gradient of this pass, as hooks have left it.
        hooked: for leaves with hooks, the gradient as the hooks have left it.
        by_hand: the nodes whose rule was made by hand (`_backward`): the table vouches for none of them.
        rules: the rules of every kind of node that occurs; see `rule`.
        texts: the text of the files in which the nodes were made; for a recording from a file, as it was then.
        computed_by: the framework that computed the numbers and the local derivatives, with its version; '' for `Value`s.
        precision: the type of the numbers: 'float64', or of another framework 'float32', 'float16', 'bfloat16'.
    """

    computed_by: str = ""
    precision: str = "float64"

    def __init__(
        self,
        nodes: Nodes,
        seed: float,
        local: "array.array[float]",
        columns: Columns | None = None,
        rules: Rules | None = None,
        hooked: dict[int, float] | None = None,
        texts: Texts | None = None,
        by_hand: Iterable[int] = (),
    ) -> None:
        self.nodes = nodes
        self.seed = seed
        self._local = local  # the local derivatives, node by node in the order of ids
        self._given_columns, self._given_rules = columns, rules
        self.hooked: dict[int, float] = hooked or {}
        self.texts: Texts = texts or Texts()
        self.by_hand: frozenset[int] = frozenset(by_hand)

    @functools.cached_property
    def columns(self) -> Columns:
        """The columns of the contributions, computed on first use by the arithmetic of the sweep."""
        return self._given_columns or _replayed(self.nodes, self._local, self.seed)

    @property
    def plain(self) -> "array.array[float] | None":
        """The local derivatives node by node in the order of ids, of a pass that follows from them; None of any other.

        A pass with hooks or with rules made by hand does not follow from them.
        """
        return self._local if self._given_columns is None else None

    @functools.cached_property
    def gradients(self) -> "array.array[float]":
        """The gradient that each node passed on (after hooks); for a leaf, the gradient it received."""
        if self._given_columns is None:  # the columns, which take seven times the room, are not needed
            return swept(self.nodes, self._local, self.seed)
        columns = self._given_columns
        gradients = array.array("d", [0.0]) * len(self.nodes)
        gradients[-1] = self.seed
        for node, parent, upstream, total in zip(*(columns[c] for c in ("node", "parent", "upstream", "total")), strict=True):
            gradients[parent] = total
            gradients[node] = upstream  # comes after everything that the node receives
        for leaf, gradient in self.hooked.items():
            gradients[leaf] = gradient
        return gradients

    @functools.cached_property
    def rules(self) -> Rules:
        """The rules of all kinds of nodes that occur: per kind, a template for each parent."""
        return self._given_rules or rules_of(self.nodes)

    @property
    def size(self) -> int:
        """The bytes of its own numbers; columns of one shape may belong to another recording as well."""
        given = 56 * len(self._given_columns["node"]) if self._given_columns else 0
        return 24 * len(self.nodes) + 8 * len(self._local) + given

    @property
    def root(self) -> Node:
        """The node the pass began at: the cost."""
        return self.nodes[-1]

    def __len__(self) -> int:
        return len(self._given_columns["node"]) if self._given_columns else len(self._local)

    @overload
    def __getitem__(self, index: int) -> Step: ...
    @overload
    def __getitem__(self, index: slice) -> list[Step]: ...
    def __getitem__(self, index: int | slice) -> Step | list[Step]:
        if isinstance(index, slice):
            return [self[i] for i in range(len(self))[index]]
        if not -len(self) <= index < len(self):
            raise IndexError(f"step {index} of a recording of {len(self)} steps (0 to {len(self) - 1})")
        index %= len(self)
        node = self.nodes[self.columns["node"][index]]
        position = self.columns["position"][index]
        parent = self.nodes[node.parents[position]]
        local, total = self.columns["local"][index], self.columns["total"][index]
        upstream = self.columns["upstream"][index]
        contribution = self.columns["contribution"][index]
        return Step(index, node, parent, position, local, upstream, contribution, total, self.rule(node, position))

    def __iter__(self) -> Iterator[Step]:
        return (self[i] for i in range(len(self)))

    def __repr__(self) -> str:
        return f"<Recording of {len(self)} contributions to {len(self.nodes)} nodes, from {self.root.name}>"

    def rule(self, node: Node, position: int, naming: Callable[[int], str] | None = None) -> str:
        """The rule by which a node passes its gradient on to one of its parents, as a formula in the nodes' names.

        Args:
            position: the place of the parent among the node's parents.
            naming: a function of a node's id that writes its name: z^1_2 or z¹₂[7]; by default `Nodes.name`.
        """

        named = naming or self.nodes.name

        def operand(i: int) -> str:
            o = node.operands[i]
            return named(o) if isinstance(o, int) else TEXT.number(o).text

        if node.id in self.by_hand:
            return BY_HAND
        return fill(self.rules[rule_key(node.op, node.operands)][position], named(node.id), operand)

    def steps_to(self, node: int) -> list[Step]:
        """The contributions that add up to a node's gradient, in order."""
        return [self[i] for i in self.received(node)]

    def arrived(self, node: int) -> float:
        """The sum of a node's contributions, before any hook; the seed at the root."""
        steps = self.received(node)
        return float(self.columns["total"][steps[-1]]) if steps else self.seed if node == len(self.nodes) - 1 else 0.0

    def received(self, node: int) -> "array.array[int]":
        """The steps that contribute to a node, in order."""
        start, steps = self.by_parent
        return steps[start[node] : start[node + 1]]

    def passed_on(self, node: int) -> "array.array[int]":
        """The steps in which a node passes its gradient on, in order."""
        start, steps = self.by_node
        return steps[start[node] : start[node + 1]]

    @functools.cached_property
    def by_parent(self) -> Groups:
        """The steps grouped by the receiving parent; see `grouped`."""
        return grouped(self.columns["parent"], len(self.nodes))

    @functools.cached_property
    def by_node(self) -> Groups:
        """The steps grouped by the node that passes its gradient on."""
        return grouped(self.columns["node"], len(self.nodes))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the recording to a file: JSON, whole or not at all, with the lines of source that made its nodes."""
        parts = (self.nodes, self.seed, self.columns, self.rules, self.hooked, self.by_hand, self.texts, self.computed_by)
        try:
            write_whole(path, lambda: encoded(*parts, self.precision))
        except OSError as error:
            raise RecordingError(f"cannot write the recording {os.fspath(path)}: {error.strerror or error}") from error


def record_backward(root: Value, seed: float = 1.0) -> Recording:
    """Run `root.backward()` and record every contribution.

    Args:
        root: the node to begin at, as in `root.backward()`; gradients are set in the same way.
        seed: its own gradient.

    Returns:
        The pass, one `Step` per contribution.

    Raises:
        OperandError: root is not a `Value`.
        GraphError: as `backward()`.

    Example:
        >>> from autograd import Value, record_backward
        >>> x, y = Value(3.0, label="x"), Value(4.0, label="y")
        >>> for step in record_backward(x * y + x):
        ...     print(step)
        v2.grad += 1 * 1 = 1  -> 1    [d(v2 + x)/dv2 = 1]
        x.grad += 1 * 1 = 1  -> 1    [d(v2 + x)/dx = 1]
        x.grad += 4 * 1 = 4  -> 5    [d(x * y)/dx = y]
        y.grad += 3 * 1 = 3  -> 3    [d(x * y)/dy = x]
    """
    if not isinstance(root, Value):
        raise OperandError(f"record_backward: a pass begins at a Value, got {described(root)}")
    seed = number(seed, "record_backward(seed)")
    with turns.lock, turns.stepwise:
        done = root._quick_pass(root, seed, SPECIAL.exists)
        order = done if type(done) is list and done else differentiable_order(root)
        values = numbered(order, root)
        index = {v: i for i, v in enumerate(values)}
        local, hooked = array.array("d"), dict[int, float]()
        if not done and any_special(order, root):
            columns = _observed(order, root, seed, index, hooked)
        else:
            columns = None  # the sweep is plain arithmetic: its contributions can be computed later
            if not done and not root._quick_pass(root, seed, False):
                careful_sweep(order, root, seed)
            for v in order:
                local.extend(v.partials or ())  # no rule made by hand is among them
        by_hand = [index[v] for v in order if v.partials is None] if columns else ()
        return Recording(nodes_of(values, index), seed, local, columns, hooked=hooked, by_hand=by_hand)


def _observed(order: list[Value], root: Value, seed: float, index: dict[Value, int], hooked: dict[int, float]) -> Columns:
    """Run a pass with hooks or rules made by hand; record every contribution as it happens, and the gradients after hooks."""
    columns = {name: array.array("q" if name in INTEGERS else "d") for name in COLUMNS}
    add = [columns[name].append for name in COLUMNS]

    def observe(v: Any, position: int, contribution: float, total: float) -> None:
        parent = v.parents[position]
        upstream = v.grad
        local = v.partials[position] if v.partials is not None else _ratio(contribution, upstream)
        for append, item in zip(add, (index[v], index[parent], position, local, upstream, contribution, total), strict=True):
            append(item)

    careful_sweep(order, root, seed, observe, lambda leaf, gradient: hooked.update({index[leaf]: gradient}))
    return columns


def _replayed(nodes: Nodes, local: "array.array[float]", seed: float) -> Columns:
    """The contributions of a plain sweep, computed from the local derivatives."""
    node, parent, position, place = nodes.contributions
    passed = array.array("d", [local[k] for k in place])
    totals = [0.0] * len(nodes)
    totals[-1] = seed
    return dict(zip(COLUMNS, (node, parent, position, passed, *carried(node, parent, passed, totals)), strict=True))


def _ratio(contribution: float, upstream: float) -> float:
    return contribution / upstream if upstream else math.nan

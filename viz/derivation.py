"""`derivation(cost, weight)`: the chain rule from a cost to a weight, written out as one would on paper.

Two forms. Along the paths: dC/dw is the sum, over all ways from w to C, of the product of the local derivatives on the way.
Node by node: every node passes on what reached it, which is what backpropagation does; there are as many lines as nodes,
where there may be more paths than atoms. What is written comes from paths.py (numbers) and chainrule.py (formulas).
"""

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

from autograd import ArgumentError, Recording, Value
from autograd.columns import Node
from autograd.foreign import teach_keywords
from autograd.reverse import differentiable_order, numbered

from . import paths
from .blocks import Block, as_document, as_latex, as_markdown, as_text
from .chainrule import Script, said
from .checked import DIGITS, choice, not_a_root, whole, whole_or_none
from .graph import find
from .paths import Between, Edge

FORMS = ("paths", "recursion")
_NODES = 40  # lines of the recursion; more is for a program to read
_WRITABLE = 10_000  # paths
_TOLERANCE = 1e-9  # of the sum of the magnitudes: rounding in a million additions stays below


class Factor(NamedTuple):
    """A local derivative.

    Attributes:
        node, parent: it is d(node)/d(parent).
        position: which of the node's parents: tells the two factors of x*x apart.
        local: its number.
        rule: its formula, '2 * x'.
    """

    node: Node
    parent: Node
    position: int
    local: float
    rule: str


class Path(NamedTuple):
    """A way from the cost to the weight.

    Attributes:
        nodes: the cost, ..., the weight.
        factors: the local derivatives between them.
        product: of those numbers.
    """

    nodes: tuple[Node, ...]
    factors: tuple[Factor, ...]
    product: float


class Adjoint(NamedTuple):
    """What reaches a node: d(cost)/d(node) = the sum of d(cost)/d(user) * d(user)/d(node) over those it was used for.

    Attributes:
        node: the node.
        terms: (d(cost)/d(user), the factor) for every use; empty for the cost.
        value: the derivative; that of the cost is the seed, 1.
    """

    node: Node
    terms: tuple[tuple[float, Factor], ...]
    value: float


class Derivation:
    """The derivative of a cost by a weight, written out; `print` shows it, a notebook typesets it.

    Attributes:
        cost, weight: the two nodes.
        total: what the products along all of them add up to, computed from the weight up.
        gradient: what the reverse pass gives, from the cost down: the adjoint of this pass alone.
        agrees: whether the two are the same up to rounding.
        grad: the weight's `.grad` when the derivation was made, None if no pass had set it.
        accumulated: whether that is something else than this cost's gradient: leaves accumulate over passes.
        seed: the gradient the recorded pass began with; 1 but for recordings that say otherwise.
    """

    def __init__(
        self,
        between: Between,
        cost: Node,
        weight: Node,
        seed: float,
        grad: float | None,
        form: str,
        most: int | None,
        digits: int,
    ) -> None:
        self.between, self.cost, self.weight, self.seed = between, cost, weight, seed
        self.form, self.most, self.digits = form, most, digits
        self.total, mass = paths.sums(between) if between.order else (0.0, 0.0)
        self.gradient = between.adjoints.get(weight.id, 0.0)
        self.agrees = _close(self.seed * self.total, self.gradient, abs(self.seed) * mass)
        self.grad = grad
        self.accumulated = grad is not None and not _close(grad, self.gradient, abs(self.seed) * mass)

        if form == "paths":
            _ = self.shown  # if they are too many, it is said here

    # --- as data -------------------------------------------------------------------------------------------------------

    @cached_property
    def count(self) -> int | None:
        """How many paths lead from the weight to the cost, exactly; None if the number has more than 3,010 digits."""
        return paths.count(self.between)

    @cached_property
    def shown(self) -> list[list[Edge]]:
        """The paths that are written out, as edges.

        Raises:
            ArgumentError: there are too many to write them all.
        """
        if self.most is None and (self.count is None or self.count > _WRITABLE):
            raise ArgumentError(
                f"derivation(most=None): {said(self.count)} paths cannot be written out; give the number of those to write, "
                "the largest, or form='recursion' for one line per node"
            )
        return paths.largest(self.between, self.count or 0 if self.most is None else self.most)

    @cached_property
    def products(self) -> list[float]:
        """Their products."""
        return [_product(edges) for edges in self.shown]

    @property
    def left_out(self) -> float:
        """What the paths that are not written out add up to."""
        return 0.0 if self.count == len(self.shown) else self.total - sum(self.products)

    @cached_property
    def paths(self) -> list[Path]:
        """The paths that are written out, the largest product first."""
        nodes = self.between.nodes
        return [
            Path((self.cost, *(nodes[e.parent] for e in edges)), tuple(map(self._factor, edges)), product)
            for edges, product in zip(self.shown, self.products, strict=True)
        ]

    @cached_property
    def recursion(self) -> list[Adjoint]:
        """What reaches every node between, the cost first and the weight last: the backward pass, gathered by node."""
        adjoints = self.between.adjoints
        return [
            Adjoint(
                self.between.nodes[i],
                tuple((adjoints[e.node], self._factor(e)) for e in self._users.get(i, ())),
                adjoints[i],
            )
            for i in reversed(self.between.order)
        ]

    def _factor(self, edge: Edge) -> Factor:
        nodes = self.between.nodes
        return Factor(nodes[edge.node], nodes[edge.parent], edge.position, edge.local, self._script.rule(edge).text)

    @cached_property
    def _users(self) -> dict[int, list[Edge]]:
        """The edges that arrive at each node, in the order of the walk."""
        users: dict[int, list[Edge]] = {}
        for i in reversed(self.between.order):
            for edge in self.between.edges.get(i, ()):
                users.setdefault(edge.parent, []).append(edge)
        return users

    def terms(self, i: int) -> tuple[list[Edge], int, float]:
        """The largest contributions to a node's derivative in the order of the walk, how many others there are, their sum."""
        edges = self._users.get(i, [])
        if self.most is None or len(edges) <= self.most:
            return edges, 0, 0.0
        sizes = [self.between.adjoints[e.node] * e.local for e in edges]
        kept = set(sorted(range(len(edges)), key=lambda k: -abs(sizes[k]) if sizes[k] == sizes[k] else -math.inf)[: self.most])
        others = [size for k, size in enumerate(sizes) if k not in kept]
        return [e for k, e in enumerate(edges) if k in kept], len(others), sum(others)

    def relevant(self) -> tuple[list[int], int]:
        """The nodes whose derivatives are written out: those that the weight's is made of; and how many there are besides."""
        limit = len(self.between.order) if self.most is None else _NODES
        found = [self.weight.id]
        known = set(found)
        for i in found:  # grows while it is gone through: breadth first
            if len(found) >= limit:
                break
            new = [edge.node for edge in self.terms(i)[0] if edge.node not in known]
            found += dict.fromkeys(new)
            known.update(new)
        ids = found[:limit]
        return ids, len(self.between.order) - len({*ids, self.cost.id})

    # --- as text -------------------------------------------------------------------------------------------------------

    @cached_property
    def _script(self) -> Script:
        return Script(self, latex=False)

    def _blocks(self, script: Script) -> list[Block]:
        return [*(script.paths() if self.form == "paths" else script.recursion()), *script.verdict()]

    @cached_property
    def text(self) -> str:
        """The derivation as text."""
        return as_text(self._blocks(self._script))

    @cached_property
    def latex(self) -> str:
        """The derivation in LaTeX, for the mathematics of a page: without dollar signs around it."""
        return as_latex(self._blocks(Script(self, latex=True)))

    @cached_property
    def document(self) -> str:
        """The derivation as a whole LaTeX document, for pdflatex and for editing: rows aligned, broken over pages."""
        return as_document(self._blocks(Script(self, latex=True)))

    @cached_property
    def markdown(self) -> str:
        """The derivation in Markdown, its mathematics between dollar signs."""
        return as_markdown(self._blocks(Script(self, latex=True)))

    def reason(self) -> str:
        """Why sum and gradient may differ."""
        if self.between.hooked:
            return "a hook has changed the gradient on the way"
        return "numbers on the way are too large or too small for floats, so that the order of the products matters"

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        nodes, ways = len(self.between.order), f"{said(self.count)} path{'s' * (self.count != 1)}"
        return f"<Derivation of {self._script.total(self.weight.id)} = {self.total:.6g}: {ways} through {nodes} nodes>"


@teach_keywords
def derivation(
    cost: Value | Recording,
    weight: Any,
    *,
    form: str = "paths",
    most: int | None = 8,
    digits: int = 4,
) -> Derivation:
    """The chain rule from a cost to a weight: in symbols, in formulas, in numbers, and checked against the gradient.

    No `.grad` is changed. d is the derivative along all paths, ∂ that of one operation by one operand; x⁽²⁾ is x as second
    operand of an operation that it is several operands of. Nodes without a label are v and their number, as in `walk`.

    Args:
        cost: a `Value`, or a pass that has been recorded.
        weight: by what to differentiate, a leaf or interior: the `Value`, a label, a name such as 'v3', or the id of a node.
            Of a recording, which holds no `Value`s, a label, a name or an id.
        form: 'paths', the sum over all paths; or 'recursion', the backward pass node by node, which is what one wants of a
            network, whose paths are too many.
        most: how many paths, or terms of one sum, are written out: those of largest magnitude. None for all.
        digits: significant digits in print; the data have them all.

    Returns:
        A `Derivation`: `print` shows its `text`; `latex`, as a whole `document`, `markdown`; and `paths`, `recursion`, `total`,
        `gradient` as data.

    Raises:
        OperandError: cost is neither a `Value` nor a recording, or nothing in it, or several nodes, are called `weight`.
        ArgumentError: an unknown form, an impossible limit, or too many paths to write them all.
        GraphError: the graph cannot be differentiated; a node between was made by hand and no pass has been recorded.

    Example:
        >>> x = Value(3.0, label="x")
        >>> f = x * x
        >>> f.label = "f"
        >>> print(derivation(f, x))
        f = x * x = 9
        <BLANKLINE>
        Two paths lead from x to f. The derivatives along a path multiply, those of the paths add up.
        <BLANKLINE>
        (1)  f ← x
        <BLANKLINE>
        (1) = ∂f/∂x⁽¹⁾
            = x
            = 3
        <BLANKLINE>
        (2)  f ← x
        <BLANKLINE>
        (2) = ∂f/∂x⁽²⁾
            = x
            = 3
        <BLANKLINE>
        df/dx = (1) + (2)
              = 3 + 3
              = 6
        <BLANKLINE>
        x.grad has not been computed yet; a reverse pass on the side gives 6 as well.
    """
    choice(form, "derivation(form=...)", FORMS, "it is 'paths' or 'recursion'")
    most, digits = whole_or_none(most, "derivation(most=...)"), whole(digits, "derivation(digits=...)", 1, DIGITS)
    who = "derivation(weight)"
    if isinstance(cost, Recording):
        i = find(cost.nodes.label, weight, who)
        between = paths.between_nodes(cost, i)
        return Derivation(between, cost.root, cost.nodes[i], cost.seed, cost.nodes[i].grad, form, most, digits)
    if not isinstance(cost, Value):
        raise not_a_root(cost, "derivation: it begins at")
    values = numbered(differentiable_order(cost), cost)
    index = {v: i for i, v in enumerate(values)}
    if isinstance(weight, Value) and weight not in index:
        return _of_a_stranger(values, weight, form, most, digits)
    i = find([v.label for v in values], weight, who, index)
    between = paths.between_values(values, i)
    grad = values[i].grad if values[i].has_grad else None
    nodes = between.nodes
    return Derivation(between, nodes[len(values) - 1], nodes[i], 1.0, grad, form, most, digits)


def _of_a_stranger(values: list[Value], weight: Value, form: str, most: int | None, digits: int) -> Derivation:
    """The derivative by a value that the cost was not computed from: 0."""
    cost = paths.between_values(values, len(values) - 1).nodes[len(values) - 1]
    node = Node(len(values), weight.data, weight.grad, "", weight.label or "weight", weight.scope, (), weight.source)
    between = Between([], {}, {}, {cost.id: cost, node.id: node}, {}, [])
    return Derivation(between, cost, node, 1.0, weight.grad if weight.has_grad else None, form, most, digits)


def _product(edges: Sequence[Edge]) -> float:
    product = 1.0
    for edge in edges:
        product *= edge.local
    return product


def _close(a: float, b: float, mass: float) -> bool:
    """Whether two results are the same up to rounding, which is proportional to the mass."""
    if math.isfinite(a) and math.isfinite(b):
        return abs(a - b) <= _TOLERANCE * (mass if math.isfinite(mass) else abs(b))
    return a == b or (a != a and b != b)

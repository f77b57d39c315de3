"""`derivation(cost, weight)`: the chain rule from a cost to a weight, written out as one would on paper.

Two forms. Along the paths: dC/dw is the sum, over all ways from w to C, of the product of the local derivatives on the way.
Node by node: every node passes on the derivative that reached it, as in backpropagation; there are as many lines as nodes,
while there may be more paths than atoms. The numbers come from paths.py, the formulas from chainrule.py.
"""

from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from autograd import Recording, Value
from autograd.arguments import whole, whole_or_none
from autograd.foreign import teach_keywords
from autograd.recording.columns import Node
from autograd.reverse import differentiable_order, numbered
from autograd.words import plural

from ..checked import DIGITS, choice, not_a_root
from ..graphs.graph import find
from . import paths
from .blocks import Block, as_document, as_latex, as_markdown, as_text
from .chain import Chain, count_in_words
from .chainrule import Script
from .paths import Between, Edge

if TYPE_CHECKING:
    from .._typed import Which

FORMS = ("paths", "recursion")


class Factor(NamedTuple):
    """A local derivative.

    Attributes:
        node, parent: it is d(node)/d(parent).
        position: the place of the parent among the node's parents: tells the two factors of x*x apart.
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
        product: the product of these derivatives.
    """

    nodes: tuple[Node, ...]
    factors: tuple[Factor, ...]
    product: float


class Adjoint(NamedTuple):
    """The derivative that reaches a node: d(cost)/d(node) = the sum of d(cost)/d(user) * d(user)/d(node) over its users.

    Attributes:
        node: the node.
        terms: (d(cost)/d(user), the factor) for every use; empty for the cost.
        value: the derivative; for the cost it is the seed, 1.
    """

    node: Node
    terms: tuple[tuple[float, Factor], ...]
    value: float


class Derivation(Chain):
    """The derivative of a cost by a weight, written out; `print` shows it, a notebook typesets it.

    Attributes:
        cost, weight: the two nodes.
        total: the sum of the products along all paths, computed from the weight up.
        gradient: the result of the reverse pass, from the cost down: the adjoint of this pass alone.
        agrees: True if `total` and `gradient` are the same up to rounding.
        grad: the weight's `.grad` when the derivation was made, None if no pass had set it.
        accumulated: True if `grad` differs from this cost's gradient: leaves accumulate over passes.
        seed: the gradient the recorded pass began with; 1 unless a recording says otherwise.
    """

    # --- as data -------------------------------------------------------------------------------------------------------

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
        """The backward pass, gathered by node: the derivative that reaches every node from the cost to the weight."""
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

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"

    def _repr_markdown_(self) -> str:
        return self.markdown

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        nodes, ways = len(self.between.order), f"{count_in_words(self.count)} {plural(self.count, 'path')}"
        return f"<Derivation of {self._script.total(self.weight.id)} = {self.total:.6g}: {ways} through {nodes} nodes>"


@teach_keywords
def derivation(
    cost: Value | Recording,
    weight: "Which",
    *,
    form: str = "paths",
    most: int | None = 8,
    digits: int = 4,
) -> Derivation:
    """The chain rule from a cost to a weight: in symbols, in formulas, in numbers, and checked against the gradient.

    No `.grad` is changed. d is the derivative along all paths, ∂ the derivative of one operation by one operand. x⁽²⁾ is x
    as the second operand of an operation that uses x repeatedly. Nodes without a label are v and their number, as in `walk`.

    Args:
        cost: a `Value`, or a pass that has been recorded.
        weight: the node to differentiate by, leaf or interior: the `Value`, a label, a name such as 'v3', or the id of a node.
            A recording holds no `Value`s: give it a label, a name or an id.
        form: 'paths', the sum over all paths; or 'recursion', the backward pass node by node: right for a network, which has
            too many paths.
        most: how many paths, or terms of one sum, are written out: the largest by magnitude. None for all.
        digits: significant digits in print; the data have all digits.

    Returns:
        A `Derivation`: `print` shows its `text`; `latex`, as a whole `document`, `markdown`; and `paths`, `recursion`, `total`,
        `gradient` as data.

    Raises:
        OperandError: cost is neither a `Value` nor a recording, or no node or several nodes in it are called `weight`.
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

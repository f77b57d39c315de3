"""`expression(value)`: the computation as algebra, the way it would stand in a textbook.

A graph is not a formula: nodes are shared, and there may be a million of them. So a node that is used more than once or
has a label becomes a line of its own, above the lines that use it; a line that grows too long is cut into named pieces.
The work is linear in the size of the graph, whatever its depth.
"""

from functools import cached_property
from typing import Any, NamedTuple

from autograd import Recording, Value
from autograd.arguments import whole, whole_or_none
from autograd.foreign import teach_keywords
from autograd.primitives.readers import LATEX, TEXT, Expr
from autograd.primitives.table import Primitive, known
from autograd.recording.columns import Node, nodes_of
from autograd.reverse import numbered, topological_order

from ..checked import DIGITS, not_a_root, truth
from .blocks import document
from .notation import Algebra, names_of, places_of

_TERMS = 8  # a reader counts the terms of a longer sum instead of reading them
_WIDTH = 100
_LINES = 100
_WORTH_A_LINE = 6  # characters that a name saves


class Line(NamedTuple):
    """One line: a name and its formula; the name is '' for the value itself if it has no label."""

    name: str
    text: str


class Expression:
    """A computation as lines of algebra; `print` shows it, a notebook typesets it.

    Attributes:
        lines: the definitions, each above the lines that use it, and last the value itself.
    """

    def __init__(self, plan: "_Plan", most: int | None, digits: int | None) -> None:
        self._plan, self._most, self._digits = plan, most, digits
        self.lines: list[Line] = plan.text

    @property
    def text(self) -> str:
        """The lines as text: Python, if every name is an identifier and nothing was shortened."""
        lines = [f"{line.name} = {line.text}" if line.name else line.text for line in self.lines]
        return "\n".join(_shortened(lines, self._most, "... {:,} more lines ..."))

    @cached_property
    def latex(self) -> str:
        """The lines in LaTeX, for the mathematics of a page: without dollar signs around them."""
        lines = self._plan.lines(Algebra(LATEX, self._digits))
        if len(lines) == 1:
            return " = ".join(part for part in lines[0] if part)
        rows = [f"{line.name} &= {line.text}" if line.name else f"& {line.text}" for line in lines]
        rows = _shortened(rows, self._most, r"& \dots \text{{ {:,} more lines}}")
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    @cached_property
    def document(self) -> str:
        """The lines as a whole LaTeX document, for pdflatex and for editing: rows aligned, broken over pages."""
        lines = self._plan.lines(Algebra(LATEX, self._digits))
        rows = [f"{line.name} &= {line.text}" if line.name else f"& {line.text}" for line in lines]
        rows = _shortened(rows, self._most, r"& \dots \text{{ {:,} more lines}}")
        return document(["\\begin{align*}\n" + " \\\\\n".join(rows) + "\n\\end{align*}"])

    def _repr_latex_(self) -> str:
        return f"$$\n{self.latex}\n$$"

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<Expression of {self.lines[-1].name or self.lines[-1].text!r} in {len(self.lines)} lines>"


@teach_keywords
def expression(
    value: Value | Recording,
    *,
    labels: bool = True,
    terms: int | None = _TERMS,
    width: int = _WIDTH,
    digits: int | None = None,
    most: int | None = _LINES,
) -> Expression:
    r"""The computation of a value, as readable algebra.

    Leaves go by their labels; a leaf without a label is v and its number, as everywhere, with a line that gives its data.
    Constants are numbers. Nodes that are used more than once are named, except for signs (-x).

    Args:
        value: a `Value`, or a recorded pass, which stands for its root.
        labels: True gives labelled interior nodes a line of their own; False only nodes that are used more than once.
        terms: sums and functions of more operands are shortened to the first three and the last; None shortens nothing.
        width: longer lines are cut into named pieces (as far as names are shorter), in characters, at least 20.
        digits: significant digits of constants; all of them by default, so that the text computes the value.
        most: how many lines are written; a longer text keeps its first and its last lines. None for all.

    Returns:
        An `Expression`: its `text` (what `print` shows), its `latex`, also as a whole `document`, and its `lines` as data.

    Raises:
        OperandError: value is neither a `Value` nor a recording.
        ArgumentError: an impossible limit.
        GraphError: the graph has a cycle.

    Example:
        >>> from autograd import Value, tanh
        >>> x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
        >>> z = w * x + b
        >>> print(expression((tanh(z) - 1.0) ** 2))
        (tanh(w * x + b) - 1) ** 2
        >>> print(expression(z * tanh(z)))
        v4 = w * x + b
        v4 * tanh(v4)
        >>> print(expression((z - 1.0) / (2.0 * z)).latex.splitlines()[-2])
        & \frac{v_{4} - 1}{2 \cdot v_{4}}
    """
    truth(labels, "expression(labels=...)")
    width = whole(width, "expression(width=...)", 20)
    terms, most = whole_or_none(terms, "expression(terms=...)", 2), whole_or_none(most, "expression(most=...)", 2)
    digits = whole_or_none(digits, "expression(digits=...)", 1, DIGITS)
    if isinstance(value, Recording):
        nodes = value.nodes
    elif isinstance(value, Value):
        values = numbered(topological_order(value), value)
        index = {v: i for i, v in enumerate(values)}
        nodes = nodes_of(values, index)
    else:
        raise not_a_root(value, "expression: it is of")
    return Expression(_Plan(list(nodes), labels, terms, width, Algebra(TEXT, digits)), most, digits)


def _shortened(lines: list[str], most: int | None, rest: str) -> list[str]:
    """At most `most` lines: the first lines, and the last lines, which are nearer to the result."""
    if most is None or len(lines) <= most:
        return lines
    head = most // 2
    return [*lines[:head], rest.format(len(lines) - most), *lines[head - most :]]


def _is_a_sign(row: Primitive) -> bool:
    """True for a node that is written as a sign before its operand, or as nothing at all."""
    return row.arity == 1 and row.text.endswith("{}") and not any(map(str.isalnum, row.text))


class _Plan:
    """The choice of nodes to write and to name: made once, on the text, for every notation."""

    def __init__(self, nodes: list[Node], labels: bool, terms: int | None, width: int, algebra: Algebra) -> None:
        self.nodes = nodes
        self.root: int = nodes[-1].id
        self.places: dict[int, list[tuple[int, ...] | None]] = {}
        uses = self._uses(terms, width)
        self.written: list[int] = [i for i, count in enumerate(uses) if count]  # parents before children
        self.named: set[int] = {
            i for i in self.written
            if (labels and nodes[i].label) or not nodes[i].operands or (uses[i] > 1 and not self._is_a_sign(i))
        }  # fmt: skip
        self.text: list[Line] = self.lines(algebra, width)

    def _uses(self, terms: int | None, width: int) -> list[int]:
        """The number of times that each node is written; a node behind an ellipsis is not."""
        uses = [0] * len(self.nodes)
        uses[self.root] = 1
        for node in reversed(self.nodes):  # children before parents
            if uses[node.id]:
                operands = node.operands
                places = self.places[node.id] = self._places(node, terms, width)
                for place in places:
                    for i in place or ():
                        operand = operands[i]
                        if isinstance(operand, int):
                            uses[operand] += 1
        return uses

    def _places(self, node: Node, terms: int | None, width: int) -> list[tuple[int, ...] | None]:
        """The operands to write: fewer of them where even their names would not fit."""
        places = places_of(node.op, node.operands, terms)
        for fewer in (5, 4, 3):
            if terms is None or len(places) <= 3:
                break
            operands = [node.operands[i] for place in places for i in place or ()]
            if sum(len(self.nodes[o].name) + 3 if isinstance(o, int) else 8 for o in operands) <= width:
                break
            places = places_of(node.op, node.operands, fewer)
        return places

    def _is_a_sign(self, i: int) -> bool:
        node = self.nodes[i]
        return _is_a_sign(known(node.op)) and not self.nodes[node.parents[0]].operands

    def lines(self, algebra: Algebra, width: int | None = None) -> list[Line]:
        """A line for every named node and for the root, in order.

        Args:
            width: where to cut, naming more nodes; None if the names have been chosen.
        """
        names = names_of({i: self.nodes[i] for i in self.written}, algebra)
        lines: dict[int, Expr] = {}
        inline: dict[int, Expr] = {}
        for i in self.written:
            node = self.nodes[i]
            if node.operands:
                e = self._cut(node, algebra, names, inline, lines, width)
                (lines if i in self.named or i == self.root else inline)[i] = e
            elif i == self.root or not node.label:
                lines[i] = names[i] if node.label else algebra.number(node.data)
        root = self.nodes[self.root]
        bare = not root.label or not root.operands
        return [Line("" if bare and i == self.root else names[i].text, e.text) for i, e in sorted(lines.items())]

    def _cut(
        self,
        node: Node,
        algebra: Algebra,
        names: dict[int, Expr],
        inline: dict[int, Expr],
        lines: dict[int, Expr],
        width: int | None,
    ) -> Expr:
        """The operation of a node, short enough: operands that make it too long get lines of their own."""

        def operand(place: int) -> Any:
            o = node.operands[place]
            return o if isinstance(o, float) else inline[o] if o in inline else names[o]

        e = algebra.application(node.op, operand, self.places[node.id])
        while width is not None and len(names[node.id].text) + 3 + len(e.text) > width:
            saved = {o: len(inline[o].text) - len(names[o].text) for o in node.parents if o in inline}
            longest = max(saved, key=saved.__getitem__, default=None)
            if longest is None or saved[longest] <= _WORTH_A_LINE:
                break
            lines[longest] = inline.pop(longest)
            self.named.add(longest)
            e = algebra.application(node.op, operand, self.places[node.id])
        return e

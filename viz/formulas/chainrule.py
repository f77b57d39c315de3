"""The chain rule written out: the blocks of a derivation, in one notation.

d stands for a derivative along all paths, ∂ for the derivative of one operation by one operand. With d and ∂ told apart,
df/dx = ∂f/∂u · ∂u/∂x + ∂f/∂v · ∂v/∂x says what it means. A node labelled z^l_i has a derivative with a name of its own, the
error δ^l_i.
"""

import math
import re
from collections.abc import Callable, Collection, Sequence
from typing import Any

from autograd.primitives.readers import LATEX, TEXT, Expr
from autograd.primitives.table import known
from autograd.recording.rules import rule_key

from .blocks import WIDTH, Block, Equations, broken, sentence
from .chain import Chain, count_in_words
from .notation import Algebra, figure, names_of, places_of
from .paths import Edge

_ENDS = 6  # factors of a long chain that are written at each end
_TERMS = 5  # terms of a long sum that are written in a definition


class Script:
    """The sentences and equations of a derivation, in one notation.

    Args:
        derivation: the chain of derivatives that is written.
        latex: LaTeX, or text.
    """

    def __init__(self, derivation: Chain, latex: bool) -> None:
        self.d = derivation
        self.latex = latex
        self.between = derivation.between
        self.algebra: Algebra = Algebra(LATEX if latex else TEXT, derivation.digits)
        self.names: dict[int, Expr] = names_of(self.between.nodes, self.algebra)
        self.times = r" \cdot " if latex else " · "
        self.dots = r"\ldots" if latex else "..."
        numbers = (derivation.gradient, *(node.data for node in self.between.nodes.values()))
        self.signed_zeros = not all(map(math.isfinite, numbers))  # the sign of a zero is the sign of an infinity

    # --- pieces --------------------------------------------------------------------------------------------------------

    def name(self, i: int) -> str:
        """A node's name."""
        return self.names[i].text

    def figure(self, x: float) -> str:
        """A computed number; the sign of a zero, which a product may have, tells nothing unless something is infinite."""
        return figure(x if self.signed_zeros else x + 0.0, self.d.digits, self.latex)

    def factor(self, x: float) -> str:
        """A computed number among factors: a negative one in parentheses."""
        text = self.figure(x)
        return text if text[0] not in "-−" else rf"\left({text}\right)" if self.latex else f"({text})"

    def total(self, i: int) -> str:
        """The derivative of the cost by a node, along all paths."""
        c, v = self.name(self.d.cost.id), self.name(i)
        return rf"\frac{{d{c}}}{{d{v}}}" if self.latex else f"d{c}/d{v}"

    def error(self, i: int) -> str:
        """The same derivative by its name in mathematics: a weighted input has an error, δ."""
        label = self.between.nodes[i].label
        if not re.fullmatch(r"z(\^[0-9]+)?(_[0-9]+)?", label):
            return self.total(i)
        return re.sub("^z", lambda _: r"\delta" if self.latex else "δ", self.name(i))

    def partial(self, edge: Edge) -> str:
        """The derivative of an operation by one of its operands; a repeated operand says which place is meant: x⁽²⁾."""
        u, v = self.name(edge.node), self.name(edge.parent)
        parents = self.between.nodes[edge.node].parents
        if parents.count(edge.parent) > 1:
            time = parents[: edge.position + 1].count(edge.parent)
            v = rf"{{{v}}}^{{({time})}}" if self.latex else v + f"⁽{str(time).translate(_RAISED)}⁾"
        return rf"\frac{{\partial {u}}}{{\partial {v}}}" if self.latex else f"∂{u}/∂{v}"

    def rule(self, edge: Edge) -> Expr:
        """The formula of a local derivative."""
        node = self.between.nodes[edge.node]
        template = self.between.rules[rule_key(node.op, node.operands)][edge.position]

        def operand(i: int) -> Any:
            o = node.operands[i]
            return self.names[o] if isinstance(o, int) else o

        return self.algebra.rule(template.partition(" = ")[2] or template, self.names[node.id], operand)

    def rule_factor(self, edge: Edge) -> str:
        """The formula of a local derivative among factors: in parentheses where precedence asks for them."""
        return self.algebra.operand(self.rule(edge), 4 if self.latex else 9)

    def equation(self, left: str, *sides: Sequence[str], glue: str) -> list[tuple[str, str, str]]:
        """Rows left = side = side ...: long sides are broken, and a side that repeats the side before is left out."""
        rows: list[tuple[str, str, str]] = []
        room = WIDTH - len(left) if not self.latex else 80
        before: list[str] = []
        for side in sides:
            pieces = broken(side, glue, room)
            if pieces != before:
                rows.append(("" if rows else left, "=", pieces[0]))
                rows += [("", "", piece) for piece in pieces[1:]]
            before = pieces
        return rows

    def definitions(self, ids: Collection[int], ends: int) -> list[Block]:
        """The definitions of the nodes' names, the cost first.

        Args:
            ends: how many definitions are written at each end if there are many.
        """
        computed = [i for i in sorted(ids, reverse=True) if self.between.nodes[i].operands]
        rows = []
        for i in self._ends(computed, ends):
            if i is None:
                rows.append((self.dots, "", ""))
                continue
            node = self.between.nodes[i]
            operands = [self.names[o] if isinstance(o, int) else o for o in node.operands]
            e = self.algebra.application(node.op, operands.__getitem__, places_of(node.op, operands, _TERMS))
            rows.append((self.name(i), "=", f"{self.algebra.operand(e, 0)} = {self.figure(node.data)}"))
        return [Equations(rows)] if rows else []

    def _ends(self, things: Sequence[int], ends: int) -> list[int | None]:
        """All items; if there are many, the first and the last with None between."""
        return list(things) if len(things) <= 2 * ends + 1 else [*things[:ends], None, *things[-ends:]]

    # --- along the paths -----------------------------------------------------------------------------------------------

    def chain(self, edges: Sequence[Edge]) -> str:
        """The nodes of a path, the cost first."""
        ids = [self.d.cost.id, *(edge.parent for edge in edges)]
        names = [self.dots if i is None else self.name(i) for i in self._ends(ids, _ENDS)]
        return (r" \leftarrow " if self.latex else " ← ").join(names)

    def factors(self, edges: Sequence[Edge], write: Callable[[Edge], str]) -> list[str]:
        """The factors of a path's product, each written by the given function."""
        return [self.dots if k is None else write(edges[k]) for k in self._ends(range(len(edges)), _ENDS)]

    def product(self, left: str, edges: Sequence[Edge], product: float) -> Equations:
        """A path's product: in symbols, in formulas, in numbers."""
        formula = (lambda e: self.rule(e).text) if len(edges) == 1 else self.rule_factor
        sides = [self.factors(edges, write) for write in (self.partial, formula, lambda e: self.factor(e.local))]
        sides[-1][0] = self.figure(edges[0].local)
        return Equations(self.equation(left, *sides, [self.figure(product)], glue=self.times))

    def paths(self) -> list[Block]:
        """The derivative as the sum over the paths."""
        d = self.d
        cost, weight = self.name(d.cost.id), self.name(d.weight.id)
        if len(d.between.order) < 2:
            return self._no_steps()
        shown = d.shown
        blocks = self.definitions({edges[k].node for edges in shown for k in self._ends(range(len(edges)), _ENDS)
                                   if k is not None}, 2 * _ENDS)  # fmt: skip
        total = self.total(d.weight.id)
        if d.count == 1:
            blocks.append(sentence("One path leads from ", weight, " to ", cost, ": ", self.chain(shown[0]), "."))
            return [*blocks, self.product(total, shown[0], d.products[0])]
        number = count_in_words(d.count)
        blocks.append(sentence(f"{number[0].upper()}{number[1:]} paths lead from ", weight, " to ", cost, self._what_follows()))
        for k, (edges, product) in enumerate(zip(shown, d.products, strict=True), start=1):
            blocks.append(sentence(f"({k})  ", self.chain(edges)))
            blocks.append(self.product(f"({k})", edges, product))
        marks, numbers = [f"({k})" for k in range(1, len(shown) + 1)], [self.figure(p) for p in d.products]
        if d.count != len(shown):
            others = count_in_words(d.count and d.count - len(shown))
            blocks.append(sentence(f"The other {others} paths, none with a larger product, add up to ", self.figure(d.left_out),
                                   ": the sum over all of them, taken node by node, less those above."))  # fmt: skip
            marks.append(r"\text{the others}" if self.latex else "the others")
            numbers.append(self.figure(d.left_out))
        return [*blocks, Equations(self.equation(total, marks, numbers, [self.figure(d.total)], glue=" + "))]

    def _what_follows(self) -> str:
        d = self.d
        if d.count == len(d.shown):
            return ". The derivatives along a path multiply, those of the paths add up."
        return f". The {count_in_words(len(d.shown))} with the largest products:"

    def _no_steps(self) -> list[Block]:
        """The text for no path, or for a path without steps."""
        d = self.d
        cost, weight, total = self.name(d.cost.id), self.name(d.weight.id), self.total(d.weight.id)
        if not d.between.order:
            text = sentence("", cost, " does not depend on ", weight, ": no path leads from one to the other.")
            return [text, Equations([(total, "=", "0")])]
        text = sentence("", weight, " is the cost itself, so its derivative is 1: the product of no factors.")
        return [text, Equations([(total, "=", "1")])]

    # --- node by node --------------------------------------------------------------------------------------------------

    def recursion(self) -> list[Block]:
        """The derivative by every node between, each computed from the derivatives by its users."""
        d = self.d
        if len(d.between.order) < 2:
            return self._no_steps()
        ids, left_out = d.relevant()
        seed = d.between.adjoints[d.cost.id]
        cost, weight = self.name(d.cost.id), self.name(d.weight.id)
        note = "" if seed == 1.0 else r" \quad\text{(the seed)}" if self.latex else "  (the seed)"
        blocks: list[Block] = [
            *self.definitions({*ids, d.cost.id} - {d.weight.id}, len(ids)),
            sentence("From ", cost, " back to ", weight, ", node by node: what reaches a node is what reached those it was "
                     "used for, each times its local derivative:"),
            *self.general(),
            sentence("In the numbers of this pass:"),
            Equations([(self.total(d.cost.id), "=", self.figure(seed) + note)]),
        ]  # fmt: skip
        if left_out:
            blocks.append(sentence(f"({left_out:,} more nodes lie between; those nearest to ", weight, " are written out.)"))
        return blocks + [self.collected(i, seed) for i in sorted(set(ids) - {d.cost.id}, reverse=True)]

    def general(self) -> list[Block]:
        """The recursion for any node, and its form for the neurons of a network if there are neurons."""
        latex, c = self.latex, self.name(self.d.cost.id)
        if latex:
            rule = rf"\sum_{{u \text{{ made of }} v}} \frac{{d{c}}}{{du}} \cdot \frac{{\partial u}}{{\partial v}}"
            rows = [(rf"\frac{{d{c}}}{{dv}}", "=", rule)]
        else:
            rows = [(f"d{c}/dv", "=", f"Σ d{c}/du · ∂u/∂v  over every u made of v")]
        blocks: list[Block] = [Equations(rows)]
        between, last = self._layers()
        neurons = []
        if between and latex:
            neurons.append((r"\delta^{l}_{j}", "=", r"\sigma^{\prime}(z^{l}_{j}) \sum_{i} w^{l+1}_{ij} \delta^{l+1}_{i}"))
        elif between:
            neurons.append(("δˡⱼ", "=", "σ′(zˡⱼ) Σᵢ wˡ⁺¹ᵢⱼ δˡ⁺¹ᵢ"))
        if last and latex:
            neurons.append((rf"\frac{{d{c}}}{{dw^{{l}}_{{jk}}}}", "=", r"a^{l-1}_{k} \delta^{l}_{j}"))
        elif last:
            neurons.append((f"d{c}/dwˡⱼₖ", "=", "aˡ⁻¹ₖ δˡⱼ"))
        return [*blocks, sentence("For the neurons of a network that is:"), Equations(neurons)] if neurons else blocks

    def _layers(self) -> tuple[bool, bool]:
        """Two answers: the errors go from layer to layer as in a network; the weight belongs to such a layer."""
        nodes, order = self.between.nodes, set(self.between.order)
        z = {i for i in order if known(nodes[i].op).weighted and re.fullmatch(r"z\^[0-9]+_[0-9]+", nodes[i].label)}

        def is_activation(i: int) -> bool:
            """True for an activation a^l_j of the layer before, computed from z^l_j alone, or for z^l_j itself."""
            node = nodes[i]
            return i in z or (re.fullmatch(r"a\^[1-9][0-9]*_[0-9]+", node.label) is not None and {*node.parents} <= z)

        used = {p for i in z for p in nodes[i].parents if p in order and p != self.d.weight.id}
        weight = re.fullmatch(r"w\^[0-9]+_[0-9,]+", self.d.weight.label) is not None
        below = {p for i in used - z for p in nodes[i].parents}  # the z of those activations
        aside = any((p in used and i not in z) or (p in below and i not in used) for i in order for p in nodes[i].parents)
        return bool(used) and not aside and all(map(is_activation, used)), bool(z) and weight

    def collected(self, i: int, seed: float) -> Equations:
        """The equation for the derivative that reaches one node."""
        edges, rest, rest_sum = self.d.terms(i)
        adjoints = self.between.adjoints
        cost = self.d.cost.id

        def term(edge: Edge, upstream: str, local: str) -> str:
            return local if edge.node == cost and seed == 1.0 else upstream + self.times + local

        symbols = [term(e, self.error(e.node), self.partial(e)) for e in edges]
        bare = len(edges) == 1 and edges[0].node == cost and seed == 1.0 and not rest
        formulas = [self.rule(e).text if bare else term(e, self.error(e.node), self.rule_factor(e)) for e in edges]
        numbers = [
            term(e, self.figure(adjoints[e.node]), self.figure(e.local) if bare else self.factor(e.local)) for e in edges
        ]
        if rest:
            more = rf"\text{{({rest:,} more)}}" if self.latex else f"({rest:,} more)"
            symbols.append(more)
            formulas.append(more)
            numbers.append(self.figure(rest_sum))
        total, error = self.total(i), self.error(i)
        left = total if error == total else f"{error} = {total}"
        return Equations(self.equation(left, symbols, formulas, numbers, [self.figure(adjoints[i])], glue=" + "))

    # --- the check -----------------------------------------------------------------------------------------------------

    def verdict(self) -> list[Block]:
        """The sentences that compare the sum with the gradient, and explain a different `.grad`."""
        d = self.d
        if not d.between.order:
            return []
        weight, gradient = self.name(d.weight.id), self.figure(d.gradient)
        begun = "" if d.seed == 1.0 else f", begun with the seed {d.seed:g},"
        if not d.agrees:
            return [sentence(f"The reverse pass{begun} gives ", gradient, f", which is not the same: {d.reason()}.")]
        agreed = " as well" if d.seed == 1.0 or d.form == "recursion" else f", {d.seed:g} times as much, as it should"
        if d.grad is None:
            text = ".grad has not been computed yet; a reverse pass on the side gives "
            return [sentence("", weight, text, gradient, f"{agreed}.")]
        if d.accumulated:
            hooks = "a hook has changed the gradient on the way"
            other = "that of another pass" if d.weight.operands else "of several passes: leaves accumulate"
            why = hooks if d.between.hooked else other
            return [sentence(f"The reverse pass{begun} gives ", gradient, f"{agreed}. ", weight, ".grad is ",
                             self.figure(d.grad), f", {why}.")]  # fmt: skip
        if d.seed == 1.0:
            return [sentence("", weight, ".grad is ", gradient, " as well.")]
        return [sentence(f"The reverse pass{begun} gives ", gradient, f"{agreed}; so ", weight, ".grad says.")]


_RAISED = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")

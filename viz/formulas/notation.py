r"""Notation, in text and in LaTeX, for a name, a number, an operation and the rule of a derivative.

`Algebra` is one of the table's writers with an eye on the reader: signs in parentheses, sums shortened, numbers of few
digits. Whatever a label contains, it stands for itself: LaTeX's own characters are escaped, and a label that looks like
algebra ('x1*w1') is put in brackets, so that nobody takes it for a product.
"""

import ast
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final

from autograd.primitives.readers import LATEX, Expr, Writer
from autograd.primitives.table import TABLE, UNKNOWN, Primitive, known
from autograd.recording.columns import Node
from autograd.recording.rules import fill

from .. import names, style, symbols

_ESCAPES: Final = {
    "\\": r"\backslash{}", "^": r"\hat{\ }", "~": r"{\sim}", "|": r"{\vert}", "*": r"{\ast}", " ": r"\ ",
    "'": r"{}^{\prime}", '"': r"{}^{\prime\prime}", "`": r"{}^{\backprime}",
} | {c: rf"\{c}" for c in "_%$#&{}"} | {c: f"{{{c}}}" for c in "+-=<>/,:;!?.()[]@"}  # fmt: skip


def shown(label: str) -> str:
    r"""A name as text: indices raised and lowered, on one line, in brackets if it would read as algebra.

    >>> shown("w^2_13"), shown("x1*w1"), shown("a\nb")
    ('w²₁₃', '‹x1*w1›', 'a\\nb')
    """
    text = _printable(style.name(label))
    return f"‹{text}›" if not names.parsed(label) and _reads_as_algebra(text) else text


def latex_name(label: str) -> str:
    r"""A name in LaTeX.

    >>> print(latex_name("w^2_13"), latex_name(r"\hat{y}"), latex_name("loss"), latex_name("my_variable"))
    w^{2}_{13} \hat{y} \mathrm{loss} \mathrm{my\_variable}
    """
    name = names.latex(label)
    if name:
        return name if shown(label)[0] != "‹" else rf"\langle {name}\rangle "
    text = _printable(label)
    upright = rf"\mathrm{{{''.join(map(_letter, text))}}}"
    return rf"\langle {upright}\rangle " if _reads_as_algebra(text) else upright


def _letter(c: str) -> str:
    return _ESCAPES.get(c) or (f"{{{symbols.COMMANDS[c]}}}" if c in symbols.COMMANDS else c)


def _printable(text: str) -> str:
    """Control characters, which a terminal would obey, written out."""
    return text if text.isprintable() else "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


def _reads_as_algebra(text: str) -> bool:
    """True if a reader would not take it for a name: 'x1*w1', 'a b', '2'; but 'W[0][1]', 'layer1.w' and '∂L' are names."""
    return re.fullmatch(r"(?:[\w\[\].\\'∂∇√∞‖⁺⁻₊₋]|,(?=[₀-₉]))+", text) is None or re.search(r"[^\W\d]", text) is None


class Algebra(Writer):
    r"""A writer of expressions to be read by people.

    Args:
        like: the writer whose signs and templates it uses, TEXT or LATEX.
        digits: significant digits of a number; None for all of them.

    >>> from autograd.primitives.readers import TEXT
    >>> a, b = Algebra(TEXT).symbol("a"), Algebra(TEXT).symbol("b")
    >>> print(a * -2.0 + -b)
    a * (-2) + (-b)
    """

    def __init__(self, like: Writer, digits: int | None = None) -> None:
        super().__init__(like.template, like.signs, like.binding)
        self.latex: bool = like is LATEX
        self.digits = digits

    def symbol(self, name: str) -> Expr:
        """An atom; in LaTeX, one with an index above cannot have an exponent without parentheses."""
        return Expr(self, name, 4 if self.latex and re.search(r"[\^@\]]", name) else 9)

    def number(self, x: float) -> Expr:
        """A constant of a formula: whole numbers exactly, other numbers with the requested digits."""
        if x == x and abs(x) < (1e15 if self.digits is None else 1e6) and x == int(x):
            text = repr(int(x)) if x or repr(x) == "0.0" else "-0.0"
        else:
            text = repr(x) if self.digits is None else f"{x:.{self.digits}g}"
        return Expr(self, _scientific(text) if self.latex else text, 3 if text.startswith("-") or "e" in text else 9)

    def write(self, row: Primitive, *operands: Any) -> Expr:
        """An operation as the table's writers have it, with a sign in parentheses where it follows another sign."""
        if row.infix or (len(operands) == 2 and row.precedence < 4 and _has_sign(self.template(row))):
            operands = (operands[0], *map(self._unsigned, operands[1:]))
        return super().write(row, *operands)

    def _unsigned(self, operand: Any) -> Expr:
        e = self.as_expression(operand)
        return Expr(self, f"{self.signs['(']}{e.text}{self.signs[')']}") if e.text.startswith(("-", "−")) else e

    def ellipsis(self) -> Expr:
        """The sign for operands left out."""
        return Expr(self, r"\dots" if self.latex else "...")

    def call(self, name: str, operands: Iterable[Any]) -> Expr:
        """The application of a function that is not in the table: it was loaded from a file, or made by hand."""
        inside = ", ".join(self.operand(o, 0) for o in operands)
        if self.latex:
            head = latex_name(name) if name else r"\mathrm{by\ hand}"
            return Expr(self, rf"{head}\left({inside}\right)")
        head = name
        if not name.isidentifier():
            head = f"by_hand[{_printable(name)!r}]" if name else "by_hand"
        return Expr(self, f"{head}({inside})")

    def application(self, op: str, operands: Callable[[int], Any], places: "Sequence[Sequence[int] | None]") -> Expr:
        """An operation on its operands.

        Args:
            op: the name of a primitive, or of an operation made by hand.
            operands: the expression or number at a place.
            places: which of them to write, as `places_of` gives them.
        """
        row = known(op)
        written = [
            self.ellipsis() if place is None
            else self.write(TABLE["mul"], *map(operands, place)) if len(place) == 2
            else operands(place[0])
            for place in places
        ]  # fmt: skip
        if row is UNKNOWN or (not row.variadic and row.arity != len(written)):
            return self.call(op, written)
        return self.write(TABLE["sum"] if row.weighted else row, *written)

    def rule(self, template: str, out: Any, operand: Callable[[int], Any]) -> Expr:
        """A local derivative as a formula.

        Args:
            template: the right side of a rule of a recording, over {out}, {0}, {1}, ...; read as Python where it is.
            out: the expression to put in for {out}.
            operand: the expression or number for an index, called only for indices that occur: a node may have 20,000.

        >>> from autograd.primitives.readers import TEXT
        >>> algebra = Algebra(TEXT)
        >>> print(algebra.rule("{1} * {0} ** ({1} - 1)", None, [algebra.symbol("x"), 2.0].__getitem__))
        2 * x
        """
        used = {int(i) for i in re.findall(r"\{(\d+)\}", template)}
        names = {"operand_out": out} | {f"operand_{i}": operand(i) for i in used}
        tree = _parsed(template)
        if tree is not None:
            try:
                return self.as_expression(_Reading(self, names).visit(tree))
            except NotImplementedError:
                pass
        texts = {key.removeprefix("operand_"): self.operand(e, 5) for key, e in names.items() if e is not None}
        if not self.latex:
            return Expr(self, fill(template, texts.get("out", ""), lambda i: texts[str(i)]), -3)
        pieces = re.split(r"\{(\w+)\}", template)
        return Expr(self, "".join(texts[p] if i % 2 else words(p) for i, p in enumerate(pieces)), -3)


def _has_sign(template: str) -> bool:
    """True if a sign stands between two operands, not the bar of a fraction."""
    return not template.split("{}")[1].endswith("{")


def words(text: str) -> str:
    """Words of a sentence in LaTeX's mathematics."""
    return rf"\text{{{text}}}" if text else ""


def _scientific(text: str) -> str:
    r"""A number in LaTeX: 1e-05 is 1 \cdot 10^{-5}."""
    if "n" in text:  # inf, nan
        return text.replace("inf", r"\infty").replace("nan", r"\mathrm{nan}")
    mantissa, e, exponent = text.partition("e")
    return rf"{mantissa} \cdot 10^{{{int(exponent)}}}" if e else text


def figure(x: float, digits: int, latex: bool) -> str:
    r"""A computed number: as pictures write it, or in LaTeX.

    >>> figure(-1234567.0, 4, latex=False), figure(-1234567.0, 4, latex=True)
    ('−1.235e6', '-1.235 \\cdot 10^{6}')
    """
    return _scientific(f"{x:.{digits}g}") if latex else style.number(x, digits)


def places_of(op: str, operands: Sequence[Any], most: int | None = None) -> list[tuple[int, ...] | None]:
    """The places of the operands as they are written: pairs for the products of a dot, None for operands left out.

    Args:
        most: sums and n-ary functions of more terms are shortened to the first three and the last.

    >>> places_of("dot", ["w_1", "w_2", "x_1", "x_2", 0.0]), places_of("sum", list("abcdefghij"), most=5)
    ([(0, 2), (1, 3)], [(0,), (1,), (2,), None, (9,)])
    """
    row = known(op)
    n = len(operands)
    is_dot = row.weighted and n % 2 == 1
    groups: list[tuple[int, ...] | None] = [(i, n // 2 + i) for i in range(n // 2)] if is_dot else [(i,) for i in range(n)]
    if most is not None and len(groups) > max(most, 2) and (row is UNKNOWN or row.variadic):
        groups[min(3, max(most - 2, 1)) : -1] = [None]
    if is_dot and not (operands[-1].__class__ is float and operands[-1] == 0.0):
        groups.append((n - 1,))
    return groups


def names_of(nodes: Mapping[int, Node], algebra: Algebra) -> dict[int, Expr]:
    """The name of every node; nodes that share a name are told apart by their number: z¹₁@v12.

    Args:
        nodes: by their ids, with every node that will be named.
    """
    texts = {i: shown(node.label) if node.label else f"v{i}" for i, node in nodes.items()}
    count = Counter(texts.values())
    found = {}
    for i, text in texts.items():
        label, number = nodes[i].label, f"_{{{i}}}" if algebra.latex else str(i)
        shared = count[text] > 1
        if algebra.latex:
            text = latex_name(label) if label else f"v{number}"
        found[i] = algebra.symbol(names.told_apart(text, number) if shared else text)
    return found


# --- rules, read as Python ---------------------------------------------------------------------------------------------

_READABLE = 400  # characters; longer rules are computed by a loop, and no one reads them


@lru_cache(maxsize=1000)
def _parsed(template: str) -> ast.expr | None:
    """The rule as a syntax tree, None if it is in words ('made by hand') or too long to be read."""
    if len(template) > _READABLE:
        return None
    try:
        return ast.parse(re.sub(r"\{(\w+)\}", r"operand_\1", template), mode="eval").body
    except (SyntaxError, ValueError):
        return None


_OPERATORS = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Pow: "pow", ast.Mod: "mod", ast.FloorDiv: "floordiv",
}  # fmt: skip
_RELATIONS = {ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!="}


class _Reading(ast.NodeVisitor):
    """Writes a syntax tree with a writer, doing on the way what anybody would do: u ** (2 - 1) is u."""

    def __init__(self, algebra: Algebra, names: Mapping[str, Any]) -> None:
        self.algebra, self.names = algebra, names

    def generic_visit(self, node: ast.AST) -> Any:
        raise NotImplementedError(ast.dump(node))

    def visit_Constant(self, node: ast.Constant) -> Any:
        if type(node.value) not in (int, float):
            raise NotImplementedError(ast.dump(node))
        return float(node.value)  # type: ignore[arg-type]  # it is one of the two

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id in self.names:
            return self.names[node.id]
        if node.id in ("inf", "nan"):
            return float(node.id)
        return self.algebra.symbol(latex_name(node.id) if self.algebra.latex else node.id)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> Any:
        if not isinstance(node.op, ast.USub):
            raise NotImplementedError(ast.dump(node))
        operand = self.visit(node.operand)
        return -operand if isinstance(operand, float) else self.algebra.write(TABLE["neg"], operand)

    def visit_BinOp(self, node: ast.BinOp) -> Any:
        name = _OPERATORS.get(type(node.op))
        if name is None:
            raise NotImplementedError(ast.dump(node))
        u, v = self.visit(node.left), self.visit(node.right)
        if isinstance(u, float) and isinstance(v, float) and name in ("add", "sub", "mul"):
            return {"add": u + v, "sub": u - v, "mul": u * v}[name]
        if name in ("mul", "pow", "div") and v.__class__ is float and v == 1.0:
            return u
        if name == "mul" and u.__class__ is float and u == 1.0:
            return v
        return self.algebra.write(TABLE[name], u, v)

    def visit_Call(self, node: ast.Call) -> Any:
        if not isinstance(node.func, ast.Name) or node.keywords:
            raise NotImplementedError(ast.dump(node))
        operands = [self.visit(o) for o in node.args]
        row = known(node.func.id)
        if row is UNKNOWN or (not row.variadic and row.arity != len(operands)):
            return self.algebra.call(node.func.id, operands)
        return self.algebra.write(row, *operands)

    def visit_Compare(self, node: ast.Compare) -> Any:
        relation = _RELATIONS.get(type(node.ops[0])) if len(node.ops) == 1 else None
        if relation is None:
            raise NotImplementedError(ast.dump(node))
        sign = self.algebra.signs.get(relation, relation)
        sides = [self.algebra.operand(self.visit(side), 1) for side in (node.left, node.comparators[0])]
        return Expr(self.algebra, f" {sign} ".join(sides), 0)

    def visit_BoolOp(self, node: ast.BoolOp) -> Any:
        sign, binding = ("and", 0) if isinstance(node.op, ast.And) else ("or", -1)
        sides = [self.algebra.operand(self.visit(side), binding) for side in node.values]
        return Expr(self.algebra, f" {self.algebra.signs[sign]} ".join(sides), binding)

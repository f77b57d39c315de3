"""Finds the points at which a rule chooses a number: m.where(u == 0.0, 0.0, ...), whose derivative there is that of a constant.

The reader here writes a rule down and examines the condition of every branch. If a condition holds at single points only, and
its branch is a number while the other branch is a formula, second derivatives would be wrong without a warning.
`define_primitive` refuses such a rule; it imports this module when it is called.
"""

import ast
from collections.abc import Iterable
from typing import Any

from .readers import TEXT, Expr, Writer


class Watching(Writer):
    """Writes formulas down, and notes every choice of a number at a point.

    Args:
        names: the operands of the formulas, and 'out'.

    Attributes:
        chosen: the choices that were noted: (number, condition), as text.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(TEXT.template, TEXT.signs, TEXT.binding)
        self.names: frozenset[str] = frozenset(names)
        self.chosen: list[tuple[str, str]] = []
        write = self.where

        def where(condition: Any, a: Any, b: Any) -> Expr:
            for branch, other, otherwise in ((a, b, False), (b, a, True)):
                if self._varies(other) and not self._varies(branch) and _only_at_points(_parsed(condition), otherwise):
                    self.chosen.append((self.operand(branch, 0), str(condition)))
            return write(condition, a, b)  # type: ignore[no-any-return]

        self.__dict__["where"] = where

    def _varies(self, branch: Any) -> bool:
        """True if an operand occurs in a branch."""
        tree = _parsed(branch)
        return tree is None or any(isinstance(node, ast.Name) and node.id in self.names for node in ast.walk(tree))


def _parsed(text: Any) -> ast.expr | None:
    """The syntax of a formula that was written down; None if it is no Python: a row's text may be anything."""
    try:
        return ast.parse(str(text), mode="eval").body
    except SyntaxError:
        return None


def _only_at_points(condition: ast.expr | None, otherwise: bool) -> bool:
    """True if a condition holds at single points only; with `otherwise`, if its opposite does."""
    if isinstance(condition, ast.BoolOp):
        together = any if isinstance(condition.op, ast.And) is not otherwise else all
        return together(_only_at_points(part, otherwise) for part in condition.values)
    return isinstance(condition, ast.Compare) and isinstance(condition.ops[0], ast.NotEq if otherwise else ast.Eq)

"""Where a rule chooses a number at a point: m.where(u == 0.0, 0.0, ...), whose derivative there is that of a constant.

A rule is written down by a reader that looks at the condition of every branch it meets. Where a condition holds at single
points only, and the branch for it is a number while the other one is a formula, second derivatives would be wrong without a
word. `define_primitive` refuses such a rule, and imports this module when it is called.
"""

import ast
from collections.abc import Iterable
from typing import Any

from .readers import TEXT, Expr, Writer


class Watching(Writer):
    """Writes formulas down, and notes where they choose a number at a point.

    Args:
        names: the operands of the formulas, and 'out'.

    Attributes:
        chosen: what was noted: (number, condition), as text.
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
        """Whether an operand occurs in it."""
        tree = _parsed(branch)
        return tree is None or any(isinstance(node, ast.Name) and node.id in self.names for node in ast.walk(tree))


def _parsed(text: Any) -> ast.expr | None:
    """What was written down, as Python reads it; None if it cannot: a row's text may be anything."""
    try:
        return ast.parse(str(text), mode="eval").body
    except SyntaxError:
        return None


def _only_at_points(condition: ast.expr | None, otherwise: bool) -> bool:
    """Whether a condition holds at single points only; or, `otherwise`, whether its opposite does."""
    if isinstance(condition, ast.BoolOp):
        together = any if isinstance(condition.op, ast.And) is not otherwise else all
        return together(_only_at_points(part, otherwise) for part in condition.values)
    return isinstance(condition, ast.Compare) and isinstance(condition.ops[0], ast.NotEq if otherwise else ast.Eq)

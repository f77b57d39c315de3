"""Conditions of breakpoints and watched expressions: arithmetic and comparisons over the numbers of a step, nothing else.

    abs(grad) < 1e-7            local == 0 and upstream != 0            contribution != contribution            label == "w"

A condition comes from a person or an editor and is evaluated at every step, so it is compiled once and cannot reach
anything: no attributes, no calls but those listed, no names but those given.
"""

import ast
import functools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import CodeType
from typing import Any

from autograd.errors import ArgumentError, did_you_mean

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs, "min": min, "max": max, "isnan": math.isnan, "isinf": math.isinf, "isfinite": math.isfinite,
}  # fmt: skip
CONSTANTS = {"nan": math.nan, "inf": math.inf, "True": True, "False": False}
_GLOBALS: dict[str, Any] = {"__builtins__": {}, **FUNCTIONS, **CONSTANTS}
# Besides arithmetic without an answer: a name without a number, a text times 10 ** 13, and expressions inside one another.
_NO_ANSWER = (ArithmeticError, TypeError, ValueError, NameError, MemoryError, RecursionError)
_LOOPS = {"_no_answer": _NO_ANSWER, "enumerate": enumerate}
_LOOP = """
def _rows(_all):
    for _number, ({names},) in enumerate(_all):
        try:
            _value = ...
        except _no_answer:
            continue
        if _value and _value == _value:
            yield _number
"""
_ALLOWED = (
    ast.Expression, ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd, ast.BinOp, ast.Add, ast.Sub,
    ast.Mult, ast.Div, ast.Mod, ast.Pow, ast.Compare, ast.Eq, ast.NotEq, ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn,
    ast.Call, ast.Name, ast.Load, ast.Constant, ast.Tuple, ast.IfExp,
)  # fmt: skip


class Condition:
    """An expression over named numbers and texts.

    Args:
        text: the expression, in Python's syntax.
        names: what may be named in it.

    Attributes:
        names: which of these are named in it, in alphabetical order.

    Raises:
        ArgumentError: it is no expression, or it names or does something else.

    Example:
        >>> Condition("abs(grad) < 1e-7", ["grad", "data"]).value({"grad": 1e-9, "data": 2.0})
        True
    """

    def __init__(self, text: str, names: list[str]) -> None:
        self.text = text.strip()
        known = [*names, *FUNCTIONS, *CONSTANTS]
        if len(self.text) > 1000:
            raise ArgumentError(f"a condition of {len(self.text)} characters; at most 1000")
        try:
            tree = ast.parse(self.text, mode="eval")
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            reason = getattr(error, "msg", error)  # without "(<unknown>, line 1)"
            raise ArgumentError(
                f"{self.text!r} is not an expression ({reason}); write for instance: abs(grad) < 1e-7"
            ) from None
        for node in ast.walk(tree):
            if not isinstance(node, _ALLOWED):
                raise ArgumentError(
                    f"{self.text!r}: {type(node).__name__} is not allowed in a condition; it compares {', '.join(names)}"
                )
            if isinstance(node, ast.Name) and node.id not in known:
                raise ArgumentError(
                    f"{self.text!r}: {node.id!r} is not known.{did_you_mean(node.id, known)} There are: {', '.join(known)}"
                )
            if isinstance(node, ast.Call) and not (
                isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords
            ):
                raise ArgumentError(f"{self.text!r}: only {', '.join(FUNCTIONS)} can be called in a condition")
            if isinstance(node, ast.Call) and (len(node.args) < 2) == (node.func.id in ("min", "max")):  # type: ignore[attr-defined]
                raise ArgumentError(f"{self.text!r}: min and max take two numbers or more, the other functions take one")
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _is_small(node.right):
                raise ArgumentError(f"{self.text!r}: an exponent is a number up to 100")  # 9**9**9 would not end
        try:
            self._code: CodeType = compile(tree, "<condition>", "eval")
        except RecursionError:
            raise ArgumentError(f"{self.text[:40]!r}...: a condition with too much inside one another") from None
        self._tree = tree
        self.names = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {*names})

    def value(self, names: Mapping[str, Any]) -> Any:
        """What it is for these numbers; nan where the arithmetic has no answer (a division by 0, None for a missing number)."""
        try:
            return eval(self._code, _GLOBALS, names)
        except _NO_ANSWER:
            return math.nan

    def holds(self, names: Mapping[str, Any]) -> bool:
        """Whether it is true; what has no answer is not."""
        value = self.value(names)
        return bool(value) and value == value

    def holding(self, columns: Sequence[Iterable[Any]], size: int) -> list[int]:
        """The rows for which it is true: `holds` for a hundred thousand of them, some five times faster.

        Args:
            columns: what each of `names` is, row by row, in their order.
            size: how many rows there are.

        Example:
            >>> Condition("grad > 1 / data", ["grad", "data"]).holding([[0.0, 1.0, 2.0], [5.0, 5.0, 0.5]], 3)
            [1]
        """
        if not self.names:
            return list(range(size)) if self.holds({}) else []
        return list(self._filter(zip(*columns, strict=True)))

    @functools.cached_property
    def _filter(self) -> Callable[[Iterable[tuple[Any, ...]]], Iterator[int]]:
        """The condition inside a loop over rows, as one function."""
        module = ast.parse(_LOOP.format(names=", ".join(self.names)))
        place = next(node for node in ast.walk(module) if isinstance(node, ast.Assign))
        place.value = self._tree.body
        made: dict[str, Any] = {}
        exec(compile(module, "<condition>", "exec"), _GLOBALS | _LOOPS, made)
        return made["_rows"]  # type: ignore[no-any-return]


def _is_small(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and abs(node.value) <= 100

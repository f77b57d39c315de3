"""Conditions of breakpoints and watched expressions: arithmetic and comparisons over the numbers of a step, nothing else.

    abs(grad) < 1e-7            local == 0 and upstream != 0            contribution != contribution            label == "w"

A condition comes from a person or an editor and is evaluated at every step, so it is compiled once and cannot reach
anything: no attributes, no calls but those listed, no names but those given. Nor can it fill the memory, as a repeated or
formatted text would: texts are only compared, tuples stand only to the right of `in`, and powers are floats.
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
TEXTS = frozenset({"label", "op", "scope"})  # the names that hold texts, unless the caller gives others
LONGEST = 1000  # characters of an expression
_POWER = "_power"  # stands for `**`, as powers of whole numbers would grow without bound; nobody can write this name
_GLOBALS: dict[str, Any] = {"__builtins__": {}, **FUNCTIONS, **CONSTANTS, _POWER: math.pow}
# Arithmetic without a result, a name without a number, and expressions that are nested too deeply.
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
        names: the names that may occur in it.
        texts: those of the names that hold texts.

    Attributes:
        names: those of the names that occur in it, in alphabetical order.

    Raises:
        ArgumentError: the text is no expression, uses another name or does something that is not allowed.

    Example:
        >>> Condition("abs(grad) < 1e-7", ["grad", "data"]).value({"grad": 1e-9, "data": 2.0})
        True
    """

    def __init__(self, text: str, names: list[str], texts: Iterable[str] = TEXTS) -> None:
        self.text: str = text.strip()
        tree = _parsed(self.text)
        _check(tree, self.text, names, frozenset(texts))
        tree = ast.fix_missing_locations(_Powers().visit(tree))
        try:
            self._code: CodeType = compile(tree, "<condition>", "eval")
        except RecursionError:
            raise ArgumentError(f"{self.text[:40]!r}...: a condition with too much inside one another") from None
        self._tree = tree
        self.names: list[str] = sorted({node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} & {*names})

    def value(self, names: Mapping[str, Any]) -> Any:
        """The value for these numbers; nan if the arithmetic has no result (a division by 0, None for a missing number)."""
        try:
            return eval(self._code, _GLOBALS, names)
        except _NO_ANSWER:
            return math.nan

    def holds(self, names: Mapping[str, Any]) -> bool:
        """True if the condition holds for these numbers; False if the arithmetic has no result."""
        value = self.value(names)
        return bool(value) and value == value

    def holding(self, columns: Sequence[Iterable[Any]], size: int) -> list[int]:
        """The rows in which the condition holds: `holds` for all rows, but some five times faster if there are many.

        Args:
            columns: a column of values for each of `names`, in their order.
            size: the number of rows.

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


def _parsed(text: str) -> ast.Expression:
    if len(text) > LONGEST:
        raise ArgumentError(f"a condition of {len(text)} characters; at most {LONGEST}")
    try:
        return ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = getattr(error, "msg", error)  # without "(<unknown>, line 1)"
        raise ArgumentError(f"{text!r} is not an expression ({reason}); write for instance: abs(grad) < 1e-7") from None


def _check(tree: ast.Expression, text: str, names: list[str], texts: frozenset[str]) -> None:
    """Refuse expressions that are not allowed in a condition."""
    known = [*names, *FUNCTIONS, *CONSTANTS]
    compared = [pair for n in ast.walk(tree) if isinstance(n, ast.Compare) for pair in zip(n.ops, n.comparators, strict=True)]
    looked_in = {id(place) for operator, place in compared if isinstance(operator, (ast.In, ast.NotIn))}
    for node in ast.walk(tree):
        if not isinstance(node, _ALLOWED):
            raise ArgumentError(
                f"{text!r}: {type(node).__name__} is not allowed in a condition; it compares {', '.join(names)}"
            )
        if isinstance(node, ast.Constant) and not isinstance(node.value, (int, float, str)):
            raise ArgumentError(f"{text!r}: {node.value!r} is neither a number nor a text")
        if isinstance(node, ast.Name) and node.id not in known:
            raise ArgumentError(
                f"{text!r}: {node.id!r} is not known.{did_you_mean(node.id, known)} There are: {', '.join(known)}"
            )
        if isinstance(node, ast.Tuple) and id(node) not in looked_in:
            raise ArgumentError(f"{text!r}: several things stand only where 'in' looks for one: op in ('tanh', 'relu')")
        if isinstance(node, ast.Call):
            _check_call(node, text)
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Pow) and not _is_small(node.right):
            raise ArgumentError(f"{text!r}: an exponent is a number up to 100")
        if any(_is_text(part, texts) for part in _computed_with(node)):
            raise ArgumentError(f"{text!r} computes with a text; texts can be compared (==, !=, <, in), and nothing else")


def _check_call(node: ast.Call, text: str) -> None:
    if not (isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS and not node.keywords):
        raise ArgumentError(f"{text!r}: only {', '.join(FUNCTIONS)} can be called in a condition")
    if (len(node.args) < 2) == (node.func.id in ("min", "max")):
        raise ArgumentError(f"{text!r}: min and max take two numbers or more, the other functions take one")


def _computed_with(node: ast.AST) -> list[ast.expr]:
    """The parts of an expression that have to be numbers."""
    if isinstance(node, ast.BinOp):
        return [node.left, node.right]
    if isinstance(node, ast.UnaryOp) and not isinstance(node.op, ast.Not):
        return [node.operand]
    return node.args if isinstance(node, ast.Call) else []


def _is_text(node: ast.expr, texts: frozenset[str]) -> bool:
    """True if an expression may be a text: arithmetic and functions give numbers, comparisons give truth values."""
    if isinstance(node, ast.Name):
        return node.id in texts
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    parts = node.values if isinstance(node, ast.BoolOp) else [node.body, node.orelse] if isinstance(node, ast.IfExp) else []
    return any(_is_text(part, texts) for part in parts)


class _Powers(ast.NodeTransformer):
    """Replace `**` by `math.pow`, whose results are floats."""

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Pow):
            return node
        return ast.Call(ast.Name(_POWER, ast.Load()), [node.left, node.right], [])


def _is_small(node: ast.expr) -> bool:
    if isinstance(node, ast.UnaryOp):
        node = node.operand
    return isinstance(node, ast.Constant) and isinstance(node.value, (int, float)) and abs(node.value) <= 100

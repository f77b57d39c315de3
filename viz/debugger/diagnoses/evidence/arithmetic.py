"""Syntax of a user's program that only computes, so that it can be run a second time, with other numbers, unnoticed.

What draws a random number, prints, waits or writes into anything but its own names is no arithmetic; nor is a loop that might
not end for other numbers.
"""

import ast
import builtins
import collections
import itertools
import math
from collections.abc import Collection, Iterable, Mapping
from types import FunctionType
from typing import Any

from autograd import Source, Value

from .statements import tree_of

_ARITHMETIC = {
    f.__name__ for f in (
        abs, min, max, sum, zip, range, enumerate, len, float, int, round, pow, bool, reversed, sorted, list, tuple, any, all,
        isinstance,
    )
}  # fmt: skip
_ON_LISTS = {"append", "items", "values", "keys"}
_NO_ARITHMETIC = (
    ast.Await, ast.Yield, ast.YieldFrom, ast.Global, ast.Nonlocal, ast.With, ast.Import, ast.ImportFrom, ast.Delete, ast.While,
)  # fmt: skip


def holds_values(x: Any, depth: int = 2) -> bool:
    """True for a node, for a container of nodes, and for an object that may have some."""
    if isinstance(x, Value) or (hasattr(x, "__dict__") and not isinstance(x, (type, FunctionType)) and not _is_module(x)):
        return True
    inside = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else ()
    return depth > 0 and any(holds_values(y, depth - 1) for y in itertools.islice(inside, 50))


def _is_module(x: Any) -> bool:
    return type(x).__name__ == "module"


def is_arithmetic(syntax: Iterable[ast.AST], names: Mapping[str, Any], own: Collection[str] = (), depth: int = 3) -> bool:
    """True if syntax only computes: it calls arithmetic, writes into its own names and lists, comes to an end, and no more.

    Args:
        own: names that are given something new before.
    """
    nodes = list(syntax)
    own = {*own, *(n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store))}
    for n in nodes:
        if isinstance(n, _NO_ARITHMETIC) or (isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store)):
            return False
        if isinstance(n, ast.Call) and not _computes(n.func, names, depth):
            return False
        written = n.value if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store) else None
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "append":
            written = n.func.value
        if written is not None and not (isinstance(written, ast.Name) and written.id in own):
            return False
    return True


def _computes(called: ast.expr, names: Mapping[str, Any], depth: int) -> bool:
    """True for a call of arithmetic: of math, of a builtin, of a function of the script that does nothing else."""
    if isinstance(called, ast.Attribute):
        module = names.get(called.value.id) if isinstance(called.value, ast.Name) else None
        return module is math or (not _is_module(module) and called.attr in _ON_LISTS)
    known = names.get(called.id) if isinstance(called, ast.Name) else None
    if isinstance(known, FunctionType) and depth:
        code = known.__code__
        body = [
            n
            for f in tree_of(Source(code.co_filename, code.co_firstlineno, "", ""), everything=True)
            if isinstance(f, (ast.FunctionDef, ast.Lambda)) and f.lineno == code.co_firstlineno
            for n in ast.walk(f)
        ]
        return bool(body) and is_arithmetic(body, collections.ChainMap(known.__globals__, vars(builtins)), (), depth - 1)
    if getattr(known, "__module__", "") == "math":
        return True
    return isinstance(called, ast.Name) and called.id in _ARITHMETIC and known is getattr(builtins, called.id)

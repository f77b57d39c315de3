"""The line that limits gradients, and where it stands: between `backward()` and the update, or before there are any.

Gradients are limited by a function whose name says so, as nn's, by one of the script that assigns gradients made of themselves,
or by a loop that does.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd import Source

from .origins import number_given
from .script import Script, last_name
from .statements import text_of, tree_of
from .updating import Function, Loop, cutting, is_update

_SAYS_SO = re.compile(r"(clip|clamp|limit)\w*_?grad|grad\w*_?(clip|clamp|limit)", re.IGNORECASE)


class Limit(NamedTuple):
    """A line that limits gradients.

    Attributes:
        source: the line.
        bound: the number that it is given; None if it is not known.
        together: True if the bound is that of the length of all gradients, as for nn's `clip_gradients`; else of each.
    """

    source: Source
    bound: float | None
    together: bool


def limited_too_early(script: Script, called: Source | None, update: Source | None) -> Limit | None:
    """The line that limits gradients in a round before `backward()` computes them, with no update in between."""
    tree = tree_of(called) if called else []
    around = [
        n
        for n in tree
        if isinstance(n, (*Loop, *Function)) and called and n.body[0].lineno <= called.line <= (n.end_lineno or 0)
    ]
    if called is None or not around or called.file != script.file or cutting(called, update):
        return None
    body, everything = max(around, key=lambda n: n.lineno).body, script.module
    before = [n for n in body if (n.end_lineno or n.lineno) < called.line]
    if any(_calls(n, "backward") for n in before):
        return None  # the gradients of another cost
    for k, n in enumerate(before):
        limit = _limit(n, script, called)
        if limit is None:
            continue
        after = [m for later in before[k + 1 :] for m in _with_functions(later, everything)]
        return None if any(is_update(m) for m in after) else limit
    return None


def _calls(n: ast.AST, method: str) -> bool:
    return any(isinstance(m, ast.Call) and last_name(m.func) == method for m in ast.walk(n))


def _with_functions(n: ast.stmt, everything: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The syntax of a statement, and of the functions of the script that it calls."""
    for m in ast.walk(n):
        yield m
        if isinstance(m, ast.Call):
            yield from (part for f in _named(last_name(m.func), everything) for part in ast.walk(f))


def _named(name: str, everything: Sequence[ast.AST]) -> list[ast.FunctionDef]:
    return [f for f in everything if isinstance(f, ast.FunctionDef) and f.name == name]


def _limit(n: ast.stmt, script: Script, called: Source) -> Limit | None:
    """The limit that a statement sets to gradients."""
    source = Source(called.file, n.lineno, called.function, text_of(called.file, n.lineno))
    if isinstance(n, Loop):
        return Limit(source, None, together=False) if _makes_of_itself(n) else None
    for m in ast.walk(n):
        if not isinstance(m, ast.Call):
            continue
        functions = _named(last_name(m.func), script.module)
        if not (_SAYS_SO.search(last_name(m.func)) or any(map(_makes_of_itself, functions))):
            continue
        if any(is_update(part) or _calls(part, "backward") for f in functions for part in ast.walk(f)):
            continue
        bounds = [number_given(script, a) for a in (*m.args, *(k.value for k in m.keywords))]
        known = [b for b in bounds if b is not None and b > 0.0]
        return Limit(source, known[0] if len(known) == 1 else None, together=last_name(m.func) == "clip_gradients")
    return None


def _makes_of_itself(n: ast.AST) -> bool:
    """True if gradients are assigned that are made of themselves: p.grad = max(-1, min(1, p.grad)), p.grad *= scale."""
    for m in ast.walk(n):
        if isinstance(m, ast.AugAssign) and isinstance(m.op, (ast.Mult, ast.Div)):
            if isinstance(m.target, ast.Attribute) and m.target.attr == "grad" and not isinstance(m.value, ast.Constant):
                return True
        elif isinstance(m, ast.Assign) and isinstance(m.targets[0], ast.Attribute) and m.targets[0].attr == "grad":
            own = ast.unparse(m.targets[0])
            if any(isinstance(part, ast.Attribute) and ast.unparse(part) == own for part in ast.walk(m.value)):
                return True
    return False

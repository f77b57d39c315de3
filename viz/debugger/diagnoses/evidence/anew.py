"""Memories that an update makes anew in every step, though it should keep them from one step to the next.

A memory (updating.py) may be a name, an attribute or an entry of one. It is made anew by the function that runs in every step,
by a method that this one calls, or by the loop around `backward()`; further out it is made for several steps.
"""

import ast
from collections.abc import Iterator, Sequence

from autograd import Source

from .script import last_name
from .updating import Function, Loop, Memory


def made_anew(memory: Memory, calls: Sequence[Source], everything: Sequence[ast.AST]) -> ast.stmt | None:
    """The line that makes a memory anew before each of its uses; None if there is none.

    Args:
        calls: the lines of the calls that lead to `backward()`, and its own.
        everything: the syntax of the file of the update.
    """
    for block in reversed(memory.around):
        for n in block.body if isinstance(block, (*Loop, *Function)) else ():
            if n.lineno >= memory.statement.lineno:
                continue
            if (method := _called_on_itself(n, everything)) is not None and _blanks(method, memory.base, everything):
                return n
            if not isinstance(n, ast.Assign) or _reads(n.value, memory.base):
                continue
            if memory.base in map(ast.unparse, _targets(n)) or ast.unparse(n.targets[0]) == memory.name:
                return n if _is_blank(n.value, everything) else None
        if isinstance(block, Function) or any(block.lineno <= call.line <= (block.end_lineno or 0) for call in calls):
            return None  # further out it is made for several steps
    return None


def _targets(n: ast.Assign) -> Iterator[ast.expr]:
    """The targets that an assignment gives a value, the entries of a tuple each by itself."""
    for target in n.targets:
        yield from target.elts if isinstance(target, (ast.Tuple, ast.List)) else [target]


def _reads(value: ast.expr, path: str) -> bool:
    return any(isinstance(n, (ast.Name, ast.Attribute)) and ast.unparse(n) == path for n in ast.walk(value))


def _function(name: str, everything: Sequence[ast.AST]) -> ast.FunctionDef | None:
    """The only function of a name."""
    found = [n for n in everything if isinstance(n, ast.FunctionDef) and n.name == name]
    return found[0] if len(found) == 1 else None


def _called_on_itself(n: ast.stmt, everything: Sequence[ast.AST]) -> ast.FunctionDef | None:
    """The method that a line calls without giving it anything: self.reset()."""
    called = n.value.func if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and not n.value.args else None
    own = isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name) and called.value.id == "self"
    return _function(called.attr, everything) if own else None  # type: ignore[union-attr]


def _blanks(method: ast.FunctionDef, path: str, everything: Sequence[ast.AST]) -> bool:
    """True if a method makes an attribute anew, under no condition."""
    return any(
        isinstance(n, ast.Assign) and path in map(ast.unparse, n.targets) and _is_blank(n.value, everything)
        for n in method.body
    )


def _is_blank(value: ast.expr, everything: Sequence[ast.AST]) -> bool:
    """True for zeros, or a container of nothing else: 0.0, [0.0] * n, {}, [0.0 for _ in ps], dict.fromkeys(ps, 0.0).

    A function of the script may return it.
    """
    if isinstance(value, ast.Constant):
        return value.value == 0
    if isinstance(value, ast.BinOp):  # [0.0] * n
        return isinstance(value.op, ast.Mult) and any(
            isinstance(side, ast.List) and _is_blank(side, everything) for side in (value.left, value.right)
        )
    if isinstance(value, (ast.List, ast.Tuple)):
        return all(_is_blank(e, everything) for e in value.elts)
    if isinstance(value, ast.Dict):
        return all(_is_blank(e, everything) for e in value.values)
    if isinstance(value, (ast.ListComp, ast.GeneratorExp, ast.DictComp)):
        return _is_blank(value.value if isinstance(value, ast.DictComp) else value.elt, everything)
    if not isinstance(value, ast.Call):
        return False
    name = last_name(value.func)
    if name in ("list", "dict", "tuple", "float", "defaultdict"):
        return all(_is_blank(a, everything) for a in value.args if last_name(a) != "float")
    if name == "fromkeys":
        return all(_is_blank(a, everything) for a in value.args[1:])
    made = _function(name, everything)
    returned = [n.value for n in made.body if isinstance(n, ast.Return)] if made else []
    return len(returned) == 1 and returned[0] is not None and _is_blank(returned[0], ())

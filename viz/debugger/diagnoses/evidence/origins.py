"""The origin of a number of an update, as it is written: the factor of a schedule, a counter that waits for itself.

The line that sets a rate is often right, and the number that it is given is not: `StepLR(optimizer, gamma=0.0)`.
"""

import ast
import math
from collections.abc import Iterator

from autograd import Source

from .script import names_read
from .statements import tree_of
from .updating import Function

_ARITHMETIC = (
    ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Name, ast.Constant,
    ast.operator, ast.cmpop, ast.boolop, ast.unaryop, ast.expr_context,
)  # fmt: skip


def factor_in(line: Source, factor: float) -> Source | None:
    """The place where a factor of an assignment is written as a number: of `rate *= self.gamma`, `StepLR(opt, gamma=0.0)`.

    Args:
        line: the assignment.
        factor: the number, as the steps have it.

    Returns:
        The place; None if no such number is written.
    """
    tree = tree_of(line, everything=True)
    for n in (n for n in tree if isinstance(n, (ast.Assign, ast.AugAssign)) and n.lineno == line.line):
        for part in ast.walk(n.value):
            if isinstance(part, ast.Attribute):
                found: list[ast.AST] = list(_given(tree, part.attr, factor))
            else:
                found = [a for a in tree if isinstance(part, ast.Name) and _is_given(a, part.id, factor)]
            if len(found) == 1:
                return Source(line.file, found[0].lineno, "", ast.unparse(found[0]))  # type: ignore[attr-defined]
    return None


def _given(tree: list[ast.AST], attribute: str, factor: float) -> Iterator[ast.AST]:
    """The calls of a class that give an attribute a number, through the argument of __init__ of the same name or another."""
    for made in (n for n in tree if isinstance(n, ast.ClassDef)):
        for init in (n for n in made.body if isinstance(n, Function) and n.name == "__init__"):
            arguments = [a.arg for a in init.args.args[1:]]
            for name in _arguments_of(init, attribute):
                place = arguments.index(name) if name in arguments else -1
                for call in (n for n in tree if isinstance(n, ast.Call) and ast.unparse(n.func).endswith(made.name)):
                    given = [k.value for k in call.keywords if k.arg == name] or call.args[place : place + 1] * (place >= 0)
                    if any(_is_number(value, factor) for value in given):
                        yield call


def _arguments_of(init: ast.FunctionDef | ast.AsyncFunctionDef, attribute: str) -> Iterator[str]:
    """The arguments that an attribute is given: self.gamma = gamma, also as self.a, self.gamma = a, gamma."""
    for n in (n for n in ast.walk(init) if isinstance(n, ast.Assign)):
        for target in n.targets:
            both = isinstance(target, ast.Tuple) and isinstance(n.value, ast.Tuple) and len(target.elts) == len(n.value.elts)
            pairs = zip(target.elts, n.value.elts, strict=True) if both else [(target, n.value)]  # type: ignore[attr-defined]
            yield from (
                v.id for t, v in pairs if isinstance(t, ast.Attribute) and t.attr == attribute and isinstance(v, ast.Name)
            )


def _is_given(n: ast.AST, name: str, factor: float) -> bool:
    return isinstance(n, ast.Assign) and any(getattr(t, "id", "") == name for t in n.targets) and _is_number(n.value, factor)


def _is_number(n: ast.expr, number: float) -> bool:
    return isinstance(n, ast.Constant) and isinstance(n.value, (int, float)) and math.isclose(n.value, number, abs_tol=1e-12)


def waits_for_itself(line: Source) -> tuple[Source, str, str] | None:
    """A counter that a line depends on and that is counted only under a condition on itself, which it does not meet.

    Returns:
        The line that would count it, its name, and the condition.
    """
    tree = tree_of(line, everything=True)
    assigned = [n for n in tree if isinstance(n, (ast.Assign, ast.AugAssign))]
    read = {name for n in assigned if n.lineno == line.line for name in names_read(n.value)}
    for _ in range(3):  # what the names are made of, and what those are made of
        read |= {name for n in assigned if _stores(n) & read for name in names_read(n.value)}
    constants = _constants(assigned)
    for n in (n for n in tree if isinstance(n, ast.If)):
        for inner in (m for m in n.body if isinstance(m, ast.AugAssign) and isinstance(m.target, ast.Name)):
            name = ast.unparse(inner.target)
            changes = [m for m in assigned if name in _stores(m)]
            once = len(changes) == 2 and name in constants  # it is given a number, and counted
            if once and name in read & names_read(n.test) and _holds(n.test, constants) is False:
                return Source(line.file, inner.lineno, line.function, ast.unparse(inner)), name, ast.unparse(n.test)
    return None


def _stores(n: ast.Assign | ast.AugAssign) -> set[str]:
    targets = n.targets if isinstance(n, ast.Assign) else [n.target]
    return {m.id for t in targets for m in ast.walk(t) if isinstance(m, ast.Name) and isinstance(m.ctx, ast.Store)}


def _constants(assigned: list[ast.Assign | ast.AugAssign]) -> dict[str, object]:
    """The names that are given a number as it is written; those that are counted besides have their first."""
    found: dict[str, list[object]] = {}
    for n in (n for n in assigned if isinstance(n, ast.Assign)):
        for target in n.targets:
            both = isinstance(target, ast.Tuple) and isinstance(n.value, ast.Tuple) and len(target.elts) == len(n.value.elts)
            pairs = zip(target.elts, n.value.elts, strict=True) if both else [(target, n.value)]  # type: ignore[attr-defined]
            for t, v in pairs:
                if isinstance(t, ast.Name):
                    found.setdefault(t.id, []).append(v.value if isinstance(v, ast.Constant) else None)
    return {name: values[0] for name, values in found.items() if len(values) == 1 and isinstance(values[0], (int, float))}


def _holds(test: ast.expr, constants: dict[str, object]) -> bool | None:
    """True if a condition on numbers holds; None if it has more than numbers in it."""
    if not names_read(test) <= constants.keys() or not all(isinstance(n, _ARITHMETIC) for n in ast.walk(test)):
        return None
    try:
        return bool(eval(compile(ast.Expression(test), "", "eval"), {"__builtins__": {}}, dict(constants)))
    except (ArithmeticError, TypeError, ValueError):
        return None

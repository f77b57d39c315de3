"""The place that gives a number: the rate of an update is often a name, an argument, an attribute or an entry of a dictionary.

What somebody mends is `lr = 0.5`, and not `p.data -= lr * p.grad`. A name is followed as long as one line alone gives it what
it holds: what a loop changes, or what two calls give, has no such line.
"""

import ast
import math
import re
from collections.abc import Iterator

from autograd import Source

from .script import Script, assigned_by, given_by, last_name, names_read
from .statements import tree_of

_RATE = re.compile(r"(?i)(\w*_)?(lr|rate|eta|alpha|step_?size)(_\w*)?")
_DEEP = 8  # names that stand for each other
_ARITHMETIC = (
    ast.Compare, ast.BoolOp, ast.UnaryOp, ast.BinOp, ast.Name, ast.Constant,
    ast.operator, ast.cmpop, ast.boolop, ast.unaryop, ast.expr_context,
)  # fmt: skip

_Path = (ast.Name, ast.Attribute, ast.Subscript)


def rate_given_at(script: Script, update: Source | None) -> tuple[Source | None, str]:
    """The line to mend if a rate is wrong: where its number is given, else the update; and words for the steps."""
    if update is None or update.file != script.file:
        return update, "the steps"
    for path in sorted(_rates_at(script, update.line), key=lambda path: not _RATE.fullmatch(last_name(path))):
        number = given(script, path)
        if number is not None and is_number(number) and number.lineno != update.line:
            return script.at(number), f"the steps of line {update.line}"
    return update, "the steps"


def optimiser_made_at(script: Script, source: Source | None) -> Source | None:
    """The line that made the optimiser of `self.optimiser.step()`; any other source as it is."""
    if source is None or source.file != script.file or ".step(" not in source.text:
        return source
    for n in script.module:
        if isinstance(n, ast.Call) and n.lineno == source.line and isinstance(n.func, ast.Attribute) and n.func.attr == "step":
            made = given(script, n.func.value)
            return script.source(made) if isinstance(made, ast.Call) else source
    return source


def factor_in(script: Script, line: Source, factor: float) -> Source | None:
    """The place where a factor of an assignment is written as a number: of `rate *= self.gamma`, `StepLR(opt, gamma=0.0)`.

    Args:
        script: the program.
        line: the assignment.
        factor: the number, as the steps have it.

    Returns:
        The place; None if no such number is written.
    """
    here = [n for n in script.module if isinstance(n, (ast.Assign, ast.AugAssign)) and n.lineno == line.line]
    for part in (part for n in here if line.file == script.file for part in ast.walk(n.value) if isinstance(part, _Path)):
        found = [n for n in holdings(script, part) if isinstance(n, ast.Constant) and is_number(n)]
        found = [n for n in found if math.isclose(float(ast.unparse(n)), factor, abs_tol=1e-12)]
        if len(found) == 1:
            return script.at(found[0])
    return None


def is_number(value: ast.AST) -> bool:
    """True for a number that is written there: 0.5, -1e-3, 1 / 10."""
    if isinstance(value, ast.BinOp):
        return is_number(value.left) and is_number(value.right)
    if isinstance(value, ast.UnaryOp):
        return is_number(value.operand)
    return isinstance(value, ast.Constant) and type(value.value) in (int, float)


# --- the rate of an update ---------------------------------------------------------------------------------------------


def _rates_at(script: Script, line: int) -> list[ast.expr]:
    """The names, attributes and entries by which the update of a line may be told how far to go."""
    here = [n for n in script.module if getattr(n, "lineno", 0) == line]
    found: list[ast.expr] = []
    for n in here:
        if isinstance(n, (ast.Assign, ast.AugAssign)):
            found += _factors(script, n)
    if not found:  # SGD(parameters, rate=lr)
        calls = [n for n in here if isinstance(n, ast.Call) and last_name(n.func)[:1].isupper()]
        found = [k.value for n in calls for k in n.keywords if k.arg and _RATE.fullmatch(k.arg)]
        found += [a for n in calls for a in n.args[1:2]]
    return [x for x in found if isinstance(x, _Path)]


def _factors(script: Script, update: ast.Assign | ast.AugAssign, deep: int = 2) -> list[ast.expr]:
    """The factors of what is added or subtracted; then those of the velocity, or of the step, that is a factor."""
    if isinstance(update, ast.AugAssign) and not isinstance(update.op, (ast.Add, ast.Sub)):
        return []
    target = ast.unparse(update.target if isinstance(update, ast.AugAssign) else update.targets[0])
    terms = [update.value] if isinstance(update, ast.AugAssign) else list(_terms(update.value))
    found = [f for term in terms for fs in [list(_products(term))] if target not in map(ast.unparse, fs) for f in fs]
    further: list[ast.expr] = []
    for f in (f for f in found if deep and isinstance(f, _Path)):
        text, function = ast.unparse(f), script.function(update.lineno)
        for n in script.module:
            if not isinstance(n, (ast.Assign, ast.AugAssign)) or n is update or script.function(n.lineno) is not function:
                continue
            if text in map(ast.unparse, n.targets if isinstance(n, ast.Assign) else [n.target]):
                further += _factors(script, n, deep - 1)
    return found + further


def _terms(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Add, ast.Sub)):
        yield from _terms(value.left)
        yield from _terms(value.right)
    else:
        yield value


def _products(value: ast.expr) -> Iterator[ast.expr]:
    """The factors of a product: lr and m of -lr * m / (root + eps)."""
    if isinstance(value, ast.UnaryOp):
        yield from _products(value.operand)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, (ast.Mult, ast.Div)):
        yield from _products(value.left)
        yield from _products(value.right) if isinstance(value.op, ast.Mult) else ()
    else:
        yield value


# --- what a name holds -------------------------------------------------------------------------------------------------


def given(script: Script, value: ast.expr) -> ast.expr | None:
    """The holding of a name, an argument, an attribute or an entry, as it is written; None if that varies."""
    held = holdings(script, value)
    return held[0] if len(held) == 1 else None


def number_given(script: Script, value: ast.expr) -> float | None:
    """The number that is written where an expression is given what it holds; None if there is no such number."""
    number = given(script, value)
    return float(number.value) if isinstance(number, ast.Constant) and is_number(number) else None  # type: ignore[arg-type]


def holdings(script: Script, value: ast.expr, deep: int = _DEEP) -> list[ast.expr]:
    """All that it is given: by several lines, or several calls; [] if it is counted up, or gone through by a loop."""
    if not deep or not isinstance(value, _Path):
        return [value]
    if isinstance(value, ast.Name):
        found = _of_name(script, value.id, script.function(value.lineno))
    elif isinstance(value, ast.Attribute):
        found = _of_attribute(script, value.attr)
    else:
        found = _of_entry(script, value, deep)
    return list(dict.fromkeys(held for v in found for held in holdings(script, v, deep - 1)))


def _of_name(script: Script, name: str, function: ast.AST | None) -> list[ast.expr]:
    stored = [n for n in script.module if isinstance(n, ast.Name) and n.id == name and isinstance(n.ctx, ast.Store)]
    while True:
        here = [n for n in stored if script.function(n.lineno) is function]
        if isinstance(function, ast.FunctionDef) and any(a.arg == name for a in function.args.args):
            return [] if here else _of_argument(script, name, function)
        if here or function is None:
            assigned = [n for n in map(script.statement, here) if isinstance(n, ast.Assign)]
            values = [v for n in assigned for known, v in given_by(n) if known == name]
            return values if len(values) == len(here) else []
        function = next((n for n in script.around(function) if isinstance(n, ast.FunctionDef)), None)


def _of_attribute(script: Script, name: str) -> list[ast.expr]:
    stored = [n for n in script.module if isinstance(n, ast.Attribute) and n.attr == name and isinstance(n.ctx, ast.Store)]
    assigned = [n for n in map(script.statement, stored) if isinstance(n, ast.Assign)]
    values = [v for n in assigned for target, v in assigned_by(n) if target in stored]
    return values if len(values) == len(stored) else []


def _of_argument(script: Script, name: str, function: ast.FunctionDef) -> list[ast.expr]:
    """The values that the calls of a function give for an argument; its default where one gives none."""
    owner = next(iter(script.around(function)), None)
    method = isinstance(owner, ast.ClassDef)
    called = owner.name if isinstance(owner, ast.ClassDef) and function.name == "__init__" else function.name
    names = [a.arg for a in function.args.args][method:]
    default = dict(zip(reversed(names), reversed(function.args.defaults), strict=False)).get(name)
    calls = [n for n in script.module if isinstance(n, ast.Call) and last_name(n.func) == called]
    told = [dict(zip(names, n.args, strict=False)) | {k.arg: k.value for k in n.keywords if k.arg} for n in calls]
    return list(dict.fromkeys(v for given in told if (v := given.get(name, default)) is not None))


def _of_entry(script: Script, value: ast.Subscript, deep: int) -> list[ast.expr]:
    """The entry of a dictionary that is written out, and that no line assigns anew."""
    held, key, text = holdings(script, value.value, deep - 1), ast.unparse(value.slice), ast.unparse(value)
    anew = (n for n in script.module if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Store))
    if any(ast.unparse(n) == text for n in anew):
        return []
    pairs = [pair for d in held if isinstance(d, ast.Dict) for pair in zip(d.keys, d.values, strict=True)]
    return [v for k, v in pairs if k is not None and ast.unparse(k) == key]


# --- a counter ---------------------------------------------------------------------------------------------------------


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
        for name, value in given_by(n):
            found.setdefault(name, []).append(value.value if isinstance(value, ast.Constant) else None)
    return {name: values[0] for name, values in found.items() if len(values) == 1 and isinstance(values[0], (int, float))}


def _holds(test: ast.expr, constants: dict[str, object]) -> bool | None:
    """True if a condition on numbers holds; None if it has more than numbers in it."""
    if not names_read(test) <= constants.keys() or not all(isinstance(n, _ARITHMETIC) for n in ast.walk(test)):
        return None
    try:
        return bool(eval(compile(ast.Expression(test), "", "eval"), {"__builtins__": {}}, dict(constants)))
    except (ArithmeticError, TypeError, ValueError):
        return None

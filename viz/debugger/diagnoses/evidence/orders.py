"""Statements that put one list into another order, and not the one that belongs to it: the cause of wrong pairs."""

import ast
from collections.abc import Iterator

from autograd import Source

from .found import Found
from .samples import all_samples, different
from .script import Script, names_in
from .training import Training

_CHANGES = {"shuffle", "sort", "reverse"}


def reordered(training: Training) -> tuple[Source, str] | None:
    """The only statement that shuffles, sorts or reverses the inputs alone or the targets alone, and the name of the list."""
    script = training.script
    samples = [sample for order in all_samples(training) for sample in order]
    entries = {frozenset(s.given) for s in different(samples)}, {frozenset(s.targets) for s in samples}
    inputs, targets = (
        {name for name, rows in training.sight.lists.items() if 2 * sum(frozenset(row) in of for row in rows) > len(rows)}
        for of in entries
    )
    found = [
        (n, name, known, node)
        for n, name in _orders(script)
        for known, node in script.outside(n, name)
        if (known in inputs) is not (known in targets)
    ]
    if len(found) != 1:
        return None
    ((statement, name, known, node),) = found
    line = node.lineno  # type: ignore[attr-defined]
    others = targets if known in inputs else inputs
    earlier = [other for other in others if script.runs(statement) or all(n.lineno < line for n in script.assigned(other))]
    return (script.source(statement), name) if earlier else None  # else it was made in the new order


def at_the_order(training: Training, found: Found) -> Found:
    """A finding about pairs at the line that takes inputs and targets apart, if there is one."""
    cause = reordered(training)
    if cause is None:
        return found
    source, name = cause
    told = f"{found.message}; line {source.line} gives {name} another order, and not what belongs to it"
    return found._replace(source=source, message=told, remedy="sort or shuffle pairs, or one order of indices for both")


def _orders(script: Script) -> Iterator[tuple[ast.stmt, str]]:
    """The statements that give a list another order, with its name."""
    for n in script.module:
        if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and isinstance(n.value.func, ast.Attribute):
            call, on = n.value, n.value.func
            if on.attr in _CHANGES:
                lists = call.args[:1] if on.attr == "shuffle" else [on.value]
                yield from ((n, x.id) for x in lists if isinstance(x, ast.Name))
        elif isinstance(n, ast.Assign) and len(n.targets) == 1 and isinstance(n.targets[0], ast.Name) and _in_another(n.value):
            yield n, n.targets[0].id


def _in_another(value: ast.expr) -> bool:
    """True for sorted(x), list(reversed(x)), random.sample(x, len(x)), random.choices(x, k=len(x)) and x[::-1]."""
    if isinstance(value, ast.Subscript):
        return isinstance(value.slice, ast.Slice) and isinstance(value.slice.step, ast.UnaryOp)
    calls = [c for c in ast.walk(value) if isinstance(c, ast.Call)]
    names = [c.func.attr if isinstance(c.func, ast.Attribute) else getattr(c.func, "id", "") for c in calls]
    if not isinstance(value, ast.Call) or not calls:
        return False
    return (
        names[0] in ("sorted", "reversed")
        or names[:2] == ["list", "reversed"]
        or (names[0] in ("sample", "choices") and bool(names_in(value)))
    )

"""The loops of a user's program around a line, read as source: what they go through, and what they forget to change.

A recording shows the passes that there were. That a loop goes through an empty generator from its second round on, or takes
the same piece of the data in every round, is written in the program only.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from autograd import Source

from .statements import tree_of

_GOAL = re.compile(r"tol|eps|goal|target|thresh|enough|limit", re.IGNORECASE)


def overwritten(source: Source | None, called: Source | None) -> tuple[Source, str] | None:
    """The assignment of a cost in a loop over samples that does not add to it, and its name, if `backward()` is outside.

    Args:
        source: the line that made the cost.
        called: the line of `backward()`.
    """
    loops = _around(source)
    if source is None or called is None or not loops or source.file != called.file:
        return None
    if begun := _begun_anew(source, called, loops):
        return begun
    inner = loops[-1]
    inside = source.function == called.function and inner.lineno <= called.line <= (inner.end_lineno or inner.lineno)
    if (
        inside
        or not isinstance(inner, ast.For)
        or any(isinstance(n, (ast.Break, ast.Return, ast.Yield)) for n in ast.walk(inner))
    ):
        return None
    body = [n for statement in inner.body for n in ast.walk(statement)]
    read = [(n.id, n.lineno) for n in body if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)]
    made: dict[str, int] = {}
    for n in body:
        line = getattr(n, "lineno", 0)
        for name in _assigned(n):
            made[name] = min(made.get(name, line), line)
    carried = any(name in made and line <= made[name] for name, line in read)  # a state that goes from round to round
    items = _names([inner.target])
    for n in inner.body:
        name = n.targets[0].id if isinstance(n, ast.Assign) and isinstance(n.targets[0], ast.Name) else ""
        here = n.lineno <= source.line <= (n.end_lineno or n.lineno)
        if here and name and not carried and any(x in items for x, _ in read) and all(x != name for x, _ in read):
            return Source(source.file, n.lineno, source.function, ast.unparse(n)), name
    return None


def _begun_anew(source: Source, called: Source, loops: list[ast.For | ast.While]) -> tuple[Source, str] | None:
    """The assignment that begins a sum anew in every round of a loop around the loop that adds it up, before `backward()`."""
    outer = [loop for loop in loops[:-1] if not loop.lineno <= called.line <= (loop.end_lineno or loop.lineno)]
    added = next(
        (n for n in ast.walk(loops[-1]) if isinstance(n, (ast.Assign, ast.AugAssign)) and n.lineno == source.line), None
    )
    names = set(_assigned(added)) if added is not None else set()
    if (
        source.function != called.function
        or len(names) != 1
        or (isinstance(added, ast.Assign) and not names & _names([added.value]))
    ):
        return None
    (name,) = names
    for loop in outer:
        reads = [n for statement in loop.body for n in ast.walk(statement) if isinstance(n, ast.Name) and n.id == name]
        after = [n for n in reads if n.lineno > (loops[-1].end_lineno or 0)]
        begun = [n for n in loop.body if isinstance(n, ast.Assign) and _names(n.targets) == {name} and not after]
        if begun and name not in _names([begun[0].value]) and begun[0].lineno < loops[-1].lineno:
            return Source(source.file, begun[0].lineno, source.function, ast.unparse(begun[0])), name
    return None


def same_piece(source: Source | None) -> Source | None:
    """The line of a loop around this one that takes a piece of a list, with bounds that no round of the loop changes."""
    loops = _around(source)
    if source is None or not loops:
        return None
    inner = loops[-1]
    changed = {name for n in ast.walk(loops[0]) for name in _assigned(n)}
    fixed = {
        name
        for n in ast.walk(inner)
        if isinstance(n, ast.Assign) and not any(True for name in _names([n.value]) if name in changed)
        for name in _names(n.targets)
    }
    counters = _names([loop.target for loop in loops if isinstance(loop, ast.For)])
    for n in ast.walk(inner):
        if isinstance(n, ast.Subscript) and isinstance(n.slice, ast.Slice) and isinstance(n.value, ast.Name):
            batch = n.slice.lower and n.slice.upper  # what has one bound only is a part: for training, or held out
            bounds = _names([n.slice.lower]) if batch and n.slice.lower else set()
            if bounds and n.value.id not in changed and not (bounds & changed - fixed) and not bounds & counters:
                begin = next((a for a in ast.walk(inner) if isinstance(a, ast.Assign) and bounds & _names(a.targets)), n)
                return Source(source.file, begin.lineno, source.function, ast.unparse(begin))
    return None


def way_out(source: Source | None) -> Source | None:
    """The condition by which a loop around this line may end early: the test of a `break` in it, or that of a `while`.

    Where a `break` asks for a number that is counted up, it is the condition under which that is done.
    """
    for loop in reversed(_around(source)):
        for n in _own(loop.body):
            if isinstance(n, ast.If) and source and any(isinstance(inner, ast.Break) for inner in _own(n.body)):
                counted = _names([n.test])
                n = next((other for other in _own(loop.body) if isinstance(other, ast.If) and _counts(other, counted)), n)
                return Source(source.file, n.lineno, source.function, f"if {ast.unparse(n.test)}:")
        if isinstance(loop, ast.While) and source and not isinstance(loop.test, ast.Constant):
            return Source(source.file, loop.lineno, source.function, f"while {ast.unparse(loop.test)}:")
    return None


def _counts(statement: ast.If, names: set[str]) -> bool:
    """True if one of these names is counted up or down in an `if`, or in its `else`."""
    return any(isinstance(n, ast.AugAssign) and names & _names([n.target]) for n in (*statement.body, *statement.orelse))


def is_a_goal(text: str) -> bool:
    """True if a condition asks if something is below a number that was written down: a goal, or a tolerance.

    >>> is_a_goal("if cost.data < 0.01:"), is_a_goal("if bad >= 10:"), is_a_goal("if v < best:"), is_a_goal("while c > tol:")
    (True, False, False, True)
    """
    (statement,) = ast.parse(f"{text} pass").body
    ends = (ast.Lt, ast.LtE) if isinstance(statement, ast.If) else (ast.Gt, ast.GtE)
    return any(
        isinstance(n, ast.Compare)
        and isinstance(n.ops[0], ends)
        and (isinstance(n.comparators[0], ast.Constant) or _GOAL.search(ast.unparse(n.comparators[0])) is not None)
        for n in ast.walk(statement)
    )


def is_fixed(text: str) -> bool:
    """True if a condition compares with numbers that are written in it and nothing else, or with a goal.

    >>> is_fixed("if step == 3:"), is_fixed("if cost.data < 0.01:"), is_fixed("if cost.data < before:")
    (True, True, False)
    """
    (statement,) = ast.parse(f"{text} pass").body
    compared = [n.comparators[0] for n in ast.walk(statement) if isinstance(n, ast.Compare)]
    return is_a_goal(text) or all(isinstance(n, ast.Constant) for n in compared)


def rounds_of(source: Source | None) -> int:
    """The number of rounds of the innermost loop around a line, where it is written: for _ in range(200); else 0."""
    loops = _around(source)
    ends = [n.iter.args[-1] for n in loops[-1:] if isinstance(n, ast.For) and isinstance(n.iter, ast.Call) and n.iter.args]
    end = ends[0] if ends else None
    if isinstance(end, ast.Name) and source:
        made = [n.value for n in tree_of(source) if isinstance(n, ast.Assign) and end.id in _names(n.targets)]
        end = made[-1] if made else None
    return end.value if isinstance(end, ast.Constant) and isinstance(end.value, int) else 0


def _own(statements: list[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements of a loop, without those of loops and functions inside it: a `break` there ends something else."""
    for n in statements:
        yield n
        if isinstance(n, (ast.If, ast.With, ast.Try)):
            yield from _own(n.body)
            yield from _own(getattr(n, "orelse", []))


def numbers_taken(made: Sequence[Source], called: Source | None) -> Source | None:
    """The only line at which the number of a Value is taken on the way to a cost: h.data, h.detach().

    Args:
        made: the lines that made nodes: the number is taken in one of their functions.
        called: the line of `backward()`: outside functions, the number is taken before it in the same loop.
    """
    functions = {(s.file, s.function): s for s in made if s.function.isidentifier()}
    if called is None:
        return None
    taken: dict[tuple[str, int], Source] = {}
    for (file, name), s in functions.items():
        for f in tree_of(s):
            if isinstance(f, ast.FunctionDef) and f.name == name and f.lineno <= s.line <= (f.end_lineno or 0):
                taken |= _taken(f.body, Source(file, s.line, name, ""), called)
    loops = _around(called)
    if loops:
        taken |= _taken(loops[-1].body, called, called)
    return next(iter(taken.values())) if len(taken) == 1 else None


def _taken(body: list[ast.stmt], source: Source, called: Source) -> dict[tuple[str, int], Source]:
    """The lines of some statements at which the number of a Value is read, up to a call of `backward()`."""
    found: dict[tuple[str, int], Source] = {}
    for n in (n for statement in body for n in ast.walk(statement)):
        is_number = isinstance(n, ast.Attribute) and n.attr in ("data", "number") and isinstance(n.ctx, ast.Load)
        is_detached = isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == "detach"
        if isinstance(n, (ast.Attribute, ast.Call)) and (is_number or is_detached):
            if source.file == called.file and source.function == called.function and n.lineno >= called.line:
                continue
            found[source.file, n.lineno] = Source(source.file, n.lineno, source.function, ast.unparse(n))
    return found


def _around(source: Source | None) -> list[ast.For | ast.While]:
    """The loops around a line, the outermost first."""
    loops = tree_of(source) if source else []
    return sorted(
        (
            n
            for n in loops
            if isinstance(n, (ast.For, ast.While)) and source and n.body[0].lineno <= source.line <= (n.end_lineno or n.lineno)
        ),
        key=lambda n: n.lineno,
    )


def _assigned(n: ast.AST) -> Iterator[str]:
    if isinstance(n, ast.Assign):
        yield from _names(n.targets)
    elif isinstance(n, (ast.AugAssign, ast.For, ast.NamedExpr)):
        yield from _names([n.target])


def _names(nodes: list[ast.expr]) -> set[str]:
    return {n.id for node in nodes for n in ast.walk(node) if isinstance(n, ast.Name)}

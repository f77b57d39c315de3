"""Entries and counters that a loop goes through and does not read: the pen slipped where they should stand.

Each rule is given the `Script` (script.py) and yields slips as those of reading.py are. A name is read if a line that runs
later, or in another round of a loop around, reads it: an earlier loop that had the same name for its own does not count.
"""

import ast
import re
from collections.abc import Iterator, Sequence

from .reading import Slip
from .script import Script, has_its_own, names_in, names_read


def item_not_used(script: Script) -> Iterator[Slip]:
    """A part of the entries that a loop goes through, which the loop does not read: for x, y in pairs, without y."""
    for n in script.inside:
        for target, over, body in _rounds(n):
            names = [t.id for t in getattr(target, "elts", []) if isinstance(t, ast.Name)]
            read = set().union(*map(names_read, body))
            lost = [name for name in names if not name.startswith("_") and name not in read]
            numbered = re.match(r"enumerate\(|.*\.items\(\)$", ast.unparse(over))
            if not lost or len(lost) == len(names) or numbered or (isinstance(n, ast.For) and is_read_from(script, n, lost)):
                continue
            what = f"{lost[0]} is taken from every entry here, and not read"
            natural = not isinstance(n, ast.For)  # [f(x) for x, y in pairs]
            yield Slip(script.source(n), what, f"use {lost[0]}; _ for what is not needed", lost[0], natural)


def _rounds(n: ast.AST) -> Iterator[tuple[ast.expr, ast.expr, list[ast.AST]]]:
    """The targets of a loop or a comprehension, what each goes through, and what is done with them."""
    if isinstance(n, ast.For):
        yield n.target, n.iter, [*n.body]
    elif isinstance(n, (ast.ListComp, ast.GeneratorExp)):
        inner: list[ast.AST] = [n.elt, *(h.iter for h in n.generators), *(i for h in n.generators for i in h.ifs)]
        yield from ((g.target, g.iter, inner) for g in n.generators)


def is_read_from(script: Script, loop: ast.For, names: Sequence[str]) -> bool:
    """True if a line reads a name after a loop has begun, in this round or in another of a loop around it."""
    function = script.function(loop.lineno)
    begin = min((n.lineno for n in script.loops(loop.body[0].lineno)), default=loop.lineno)
    for m in ast.walk(function) if function is not None else script.module:
        if isinstance(m, ast.Name) and m.id in names and isinstance(m.ctx, ast.Load):
            if any(m.id in names_in(g.target) for outer in script.around(m) for g in getattr(outer, "generators", ())):
                continue  # a comprehension has names of its own
            owner = script.function(m.lineno)
            if m.lineno >= begin if owner is function else not has_its_own(owner, m.id):
                return True
    return False


def counter_not_used(script: Script) -> Iterator[Slip]:
    """A counter that stands beside another one and is in no index: x[i + di][j + di] for di in ... for dj in ..."""
    for n in script.inside:
        if not isinstance(n, (ast.ListComp, ast.GeneratorExp)) or len(n.generators) < 2:
            continue
        counters = [g.target.id for g in n.generators if isinstance(g.target, ast.Name) and _counts(g.iter)]
        element = [n.elt, *(i for g in n.generators for i in g.ifs), *(g.iter for g in n.generators)]
        read = set().union(*map(names_read, element))
        indices = set().union(*(names_read(m.slice) for m in ast.walk(n.elt) if isinstance(m, ast.Subscript)))
        lost = [name for name in counters if name not in read and not name.startswith("_")]
        if lost and len(counters) > len(lost) and indices & set(counters):
            used = next(name for name in counters if name in indices)
            yield Slip(
                script.source(n),
                f"no index has {lost[0]}, which is counted here beside {used}: every entry is taken "
                f"once for each {lost[0]}, and always the same ones",
                f"{lost[0]} in the index that it is counted for",
                lost[0],
            )


def _counts(over: ast.AST) -> bool:
    return isinstance(over, ast.Call) and isinstance(over.func, ast.Name) and over.func.id == "range"

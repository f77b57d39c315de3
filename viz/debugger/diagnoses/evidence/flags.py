"""Flags that are used as indices: `terms[e] for e in event` takes the first two terms again and again, and no other.

A list of zeros and ones says of each entry of another list whether it counts; as an index each of them is another entry. The
two are told apart by their lengths: a table that is looked up by a class has one entry for each class, and not for each sample.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence

from .reading import Slip
from .script import Script, given_by, last_name, names_in
from .sight import Entry
from .thresholds import SAMPLES

_LEAST = 2 * SAMPLES  # entries: a few choices may all be among the first two
_AS_LONG = {"reversed", "sorted", "list", "tuple", "enumerate", "len", "range"}
_DEEP = 6


def flags_as_indices(script: Script, lists: Mapping[str, Sequence[Entry]]) -> Iterator[Slip]:
    """The places where the flags of a list choose by index among as many entries.

    Args:
        lists: the lists in sight, by name.
    """
    for n in script.inside:
        if isinstance(n, ast.Subscript) and isinstance(n.ctx, ast.Load) and isinstance(n.value, ast.Name):
            name = _gone_through(script, n)
            flags = _entries(script, lists, n, name) if name else None
            if not flags or len(flags) < _LEAST or {x for entry in flags for x in entry} != {0.0, 1.0}:
                continue
            if _length(script, lists, n.value) == len(flags) == sum(map(len, flags)):
                yield Slip(
                    script.at(n),
                    f"the {len(flags)} entries of {name} are 0 or 1, and as indices they take the first two of {len(flags)} "
                    f"entries of {n.value.id} again and again, and no other",
                    f"choose by them: [x for x, flag in zip({n.value.id}, {name}) if flag]",
                    name,
                )


def _gone_through(script: Script, n: ast.Subscript) -> str:
    """The list that an index goes through: flags in xs[e] for e in flags, and in xs[flags[k]]; '' for none."""
    if isinstance(n.slice, ast.Subscript):
        return ast.unparse(n.slice.value)
    for loop in script.rounds(n) if isinstance(n.slice, ast.Name) else ():
        target, through = loop.target, loop.iter
        if n.slice.id not in names_in(target):  # type: ignore[attr-defined]
            continue
        if isinstance(target, ast.Tuple) and isinstance(through, ast.Call):
            given = [None, *through.args] if last_name(through.func) == "enumerate" else through.args
            own = [x for t, x in zip(target.elts, given, strict=False) if ast.unparse(t) == ast.unparse(n.slice) and x]
            return ast.unparse(own[0]) if own else ""
        return ast.unparse(through)
    return ""


def _entries(script: Script, lists: Mapping[str, Sequence[Entry]], n: ast.AST, name: str) -> Sequence[Entry] | None:
    """A list in sight by its name, or by what the calls of a function give for it."""
    return next((lists[path] for path, _ in script.outside(n, name) if path in lists), None)


def _length(script: Script, lists: Mapping[str, Sequence[Entry]], value: ast.expr, deep: int = _DEEP) -> int | None:
    """The number of entries of a list that is in sight, or is made from one, entry by entry; None if it is not known."""
    if isinstance(value, ast.ListComp) and len(value.generators) == 1 and not value.generators[0].ifs:
        return _length(script, lists, value.generators[0].iter, deep)
    if isinstance(value, ast.Call) and value.args:
        if last_name(value.func) == "zip":
            known = [_length(script, lists, x, deep) for x in value.args]
            return min((x for x in known if x is not None), default=None)
        return (
            _length(script, lists, value.args[0], deep) if last_name(value.func) in _AS_LONG and len(value.args) == 1 else None
        )
    if not isinstance(value, (ast.Name, ast.Attribute)) or not deep:
        return None
    name, function = ast.unparse(value), script.function(value.lineno)
    earlier = [m for m in script.module if isinstance(m, ast.Assign) and m.lineno < value.lineno]
    made = [x for m in earlier if script.function(m.lineno) is function for known, x in given_by(m) if known == name]
    if made and isinstance(made[-1], ast.List) and not made[-1].elts:
        loop = _filled_in(script, name, function)
        return _length(script, lists, loop.iter, deep - 1) if loop else None
    if made and function is not None:
        return _length(script, lists, made[-1], deep - 1)
    if found := _entries(script, lists, value, name):
        return len(found)
    given = [n for path, call in script.outside(value, name) if call is not value for n in ast.walk(call) if _is(n, path)]
    return next((_length(script, lists, x, deep - 1) for x in (*made[-1:], *given) if isinstance(x, ast.expr)), None)


def _is(n: ast.AST, path: str) -> bool:
    return isinstance(n, (ast.Name, ast.Attribute)) and ast.unparse(n) == path


def _filled_in(script: Script, name: str, function: ast.AST | None) -> ast.For | None:
    """The loop that adds an entry to a list in each of its rounds, if that is the only place that does."""
    filled = [
        n
        for n in script.module
        if isinstance(n, ast.Call) and ast.unparse(n.func) == f"{name}.append" and script.function(n.lineno) is function
    ]
    loop = next(script.around(script.statement(filled[0]) or filled[0]), None) if len(filled) == 1 else None
    return loop if isinstance(loop, ast.For) else None

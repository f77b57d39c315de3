"""Copies of parameters that a loop keeps, to go back to them: read in the source, because a copy that is none looks like one.

The names of the functions say what is wrong with what they find: it is never read, or it holds the parameters themselves.
"""

import ast
from collections.abc import Iterable

from autograd import Source

from .script import Script, assigned_by, given_by, last_name, names_in, names_read, paths_in
from .statements import tree_of
from .updating import Loop, base_of, holder_of


def never_read(called: Source | None) -> tuple[Source, str] | None:
    """A copy or a mean of parameters that the loop around `backward()` keeps, and that no line of the file reads.

    Returns:
        The line that keeps it, and its name.
    """
    if called is None or not called.function.startswith("<module"):
        return None  # what a function does not read its caller may
    tree = tree_of(called, everything=True)
    loops = [n for n in tree if isinstance(n, Loop) and n.body[0].lineno <= called.line <= (n.end_lineno or 0)]
    kept = {
        base: n
        for loop in loops
        for n in ast.walk(loop)
        if isinstance(n, ast.Assign)
        for target in (t for t in n.targets if isinstance(t, (ast.Name, ast.Subscript)))
        if (base := base_of(target)) and _keeps_parameters(n, base)
    }
    for base, n in kept.items():
        own = {id(m) for other in tree if isinstance(other, ast.Assign) and _is_base_of(other, base) for m in ast.walk(other)}
        reads = [
            m for m in tree if isinstance(m, ast.Name) and m.id == base and isinstance(m.ctx, ast.Load) and id(m) not in own
        ]
        if not reads:
            return Source(called.file, n.lineno, called.function, ast.unparse(n)), base
    return None


def kept_without_numbers(script: Script, put_back: Source | None) -> Source | None:
    """The line of the loop that keeps parameters as they are, and not their numbers, for a line that puts them back.

    Args:
        put_back: p.data = kept.data, in a loop over what was kept; or p.data = best[k].data. What is kept may be an attribute.
    """
    for n in script.module if put_back else ():
        if not isinstance(n, ast.Assign) or n.lineno != put_back.line or not isinstance(n.value, ast.Attribute):  # type: ignore[union-attr]
            continue
        sources = {holder_of(n.value.value)}
        for outer in script.around(n):
            if isinstance(outer, ast.For) and base_of(n.value) in names_in(outer.target):
                sources |= set(paths_in(_gone_through_by(base_of(n.value), outer)))
        for m in script.inside if n.value.attr == "data" else ():
            for target, value in assigned_by(m) if isinstance(m, ast.Assign) else ():
                if _is_one_of(target, sources) and not isinstance(value, ast.Constant) and not _takes_numbers(value):
                    return script.source(m)
    return None


def _gone_through_by(name: str, loop: ast.For) -> ast.expr:
    """The thing that a name of a loop goes through: of for p, kept in zip(ps, best) that is best for kept."""
    if isinstance(loop.target, ast.Tuple) and isinstance(loop.iter, ast.Call) and ast.unparse(loop.iter.func) == "zip":
        given = [x for target, x in zip(loop.target.elts, loop.iter.args, strict=False) if name in names_in(target)]
        return given[0] if given else loop.iter
    return loop.iter


def _is_one_of(target: ast.expr, paths: set[str]) -> bool:
    """True for a name among some paths, and for an attribute of this name, whatever its object is called there: self.best."""
    own = last_name(target)
    return any(path.rpartition(".")[2] == own and ("." in path) == isinstance(target, ast.Attribute) for path in paths)


def kept_as_itself(script: Script) -> tuple[Source, str, str] | None:
    """The line of the loop that keeps the best model, or its parameters, under a second name, which is read in the end.

    Returns:
        The line, the second name, and what it is given.
    """
    end = getattr(script.loop, "end_lineno", 0)
    for test in (n for n in script.inside if isinstance(n, ast.If) and isinstance(n.test, ast.Compare)):
        kept = [(n, *given) for n in test.body if isinstance(n, ast.Assign) for given in given_by(n)]
        best = {name for _, name, _ in kept} & names_in(test.test)
        for n, name, value in kept if best else ():
            later = any(isinstance(m, ast.Name) and m.id == name and m.lineno > end for m in script.module)
            if name not in best and later and _is_the_model(script, value):
                return script.source(n), name, ast.unparse(value)
    return None


def copied_to_itself(script: Script, put: Source) -> Source | None:
    """The place where parameters are given as what to copy to and as what to copy from: load(net, net), zip(ps, ps).

    Args:
        put: the line that assigns them, p.data = q.data or p.data = number.
    """
    here = [n for n in script.module if isinstance(n, ast.Assign) and n.lineno == put.line and script.file == put.file]
    if len(here) != 1 or not isinstance(here[0].value, (ast.Name, ast.Attribute, ast.Subscript)):
        return None
    loop = next((n for n in script.around(here[0]) if isinstance(n, ast.For)), None)
    if loop and isinstance(loop.iter, ast.Call) and last_name(loop.iter.func) == "zip" and _of_one_thing(loop.iter.args):
        return script.source(loop)
    function = script.function(put.line)
    for n in script.inside if isinstance(function, ast.FunctionDef) else ():
        if isinstance(n, ast.Call) and last_name(n.func) == function.name:  # type: ignore[union-attr]
            own = [n.func.value] if isinstance(n.func, ast.Attribute) else []
            if _of_one_thing([*own, *n.args, *(k.value for k in n.keywords)]):
                return script.at(n)
    return None


def _of_one_thing(given: Iterable[ast.expr]) -> bool:
    """True if two of some expressions are of the same thing: net, net.parameters(), numbers_of(net)."""
    owners: list[str] = []
    for x in given:
        while isinstance(x, ast.Call) and (len(x.args) == 1 or isinstance(x.func, ast.Attribute)):
            x = x.args[0] if x.args else x.func.value  # type: ignore[attr-defined]
        owners += [ast.unparse(x)] if not isinstance(x, ast.Constant) else []
    return len(set(owners)) < len(owners)


def _is_the_model(script: Script, value: ast.expr) -> bool:
    """True for what holds the parameters themselves, made before the loop."""
    if isinstance(value, (ast.Tuple, ast.List)):
        return bool(value.elts) and all(_is_the_model(script, x) for x in value.elts)
    own = _itself(value)
    made = script.assigned(own) if own else []
    return not any(script.runs(m) for m in made) and any(_holds_parameters(m) for m in made)


def _itself(value: ast.expr) -> str:
    """The name of what stays the same object, or a list of the same objects: ps, list(ps), ps[:], net.parameters()."""
    while isinstance(value, (ast.Call, ast.Subscript, ast.Attribute)):
        if isinstance(value, ast.Call):
            of = ast.unparse(value.func).rpartition(".")[2]
            if of not in ("list", "tuple", "parameters", "copy"):
                return ""
            inner = value.args[0] if value.args else value.func
            value = inner.value if isinstance(inner, ast.Attribute) and inner is value.func else inner
        elif isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice):
            value = value.value
        else:
            return ""
    return value.id if isinstance(value, ast.Name) else ""


def _holds_parameters(n: ast.stmt) -> bool:
    """True for a statement that makes Values or a network: [Value(0.0) for ...], MLP(2, [1]), net.parameters()."""
    called = {ast.unparse(m.func).rpartition(".")[2] for m in ast.walk(n) if isinstance(m, ast.Call)}
    return any(name == "parameters" or name[:1].isupper() for name in called)


def _takes_numbers(value: ast.expr) -> bool:
    """True if something new may be made: a number, a copy, a Value; list(ps), ps, [p for p in ps] are the same objects."""
    attributes = {m.attr for m in ast.walk(value) if isinstance(m, ast.Attribute)}
    called = {ast.unparse(m.func).split(".")[-1] for m in ast.walk(value) if isinstance(m, ast.Call)}
    return "data" in attributes or bool(called - {"list", "tuple", "parameters"})


def _is_base_of(n: ast.Assign, base: str) -> bool:
    return all(base_of(t) == base for t in n.targets)


def _keeps_parameters(n: ast.Assign, base: str) -> bool:
    """True for best = [p.data for p in ps] and mean[k] = 0.9 * mean[k] + 0.1 * p.data."""
    data = any(isinstance(m, ast.Attribute) and m.attr == "data" for m in ast.walk(n.value))
    return data and (isinstance(n.value, (ast.ListComp, ast.List, ast.DictComp, ast.Tuple)) or base in names_read(n.value))

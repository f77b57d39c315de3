"""Lines of a user's program read as source: where an optimiser was made, where an update is lost, where a function stands.

A finding names the line that has to be changed. That is not always the line that was executed: `descent.step()` is right, and
the mistake is in `descent = SGD(...)`, with its rate and its parameters.
"""

import ast
import functools
import linecache
import re

from autograd import Source
from autograd.source import Place, resolve


def text_of(file: str, line: int) -> str:
    """A line of a file, without its comment."""
    return linecache.getline(file, line).partition("  #")[0].strip()


def source_at(place: Place | None) -> Source | None:
    """A place as a source with the text of its statement: the instruction knows only `p.data` of `p.data -= 1`."""
    source = resolve(place) if place else None
    if source is None or not re.fullmatch(r"[\w.\[\]]+", source.text):
        return source
    return source._replace(text=text_of(source.file, source.line) or source.text)


def definition(source: Source | None) -> Source | None:
    """The line that made `descent`, for 'descent.step()': the last one above it; any other source as it is."""
    match = re.match(r"(\w+)\.step\(", source.text) if source else None
    if source is None or match is None:
        return source
    made: ast.Assign | None = None
    for node in tree_of(source):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if match[1] in names and (made is None or made.lineno < node.lineno < source.line):
                made = node
    return Source(source.file, made.lineno, source.function, ast.unparse(made.value)) if made else source


def cost_of(source: Source | None) -> Source | None:
    """The line that made `loss`, for 'loss.backward()': the last one above it; None if it is not made by an assignment."""
    match = re.match(r"(\w+)\.backward\(", source.text) if source else None
    if source is None or match is None:
        return None
    made = [
        node for node in tree_of(source)
        if isinstance(node, ast.Assign) and node.lineno <= source.line and match[1] in map(ast.unparse, node.targets)
    ]  # fmt: skip
    last = max(made, key=lambda node: node.lineno, default=None)
    return Source(source.file, last.lineno, source.function, ast.unparse(last)) if last else None


def optimiser_of(source: Source | None) -> Source | None:
    """The line that made `descent`, for 'descent.zero_grad()'; any other source as it is."""
    match = re.match(r"(\w+)\.zero_grad\(", source.text) if source else None
    if source is None or match is None:
        return source
    step = source._replace(text=f"{match[1]}.step()")
    made = definition(step)
    return source if made == step else made


def code_source(function: object) -> Source | None:
    """The first line of a function's body; None if it is not written in Python."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    first = code.co_firstlineno  # `def f(...):` itself is an instruction, too
    line = min((line for *_, line in code.co_lines() if line and line > first), default=first)
    return Source(code.co_filename, line, code.co_name, text_of(code.co_filename, line))


def texts_of(source: Source) -> list[str]:
    """The text of a line, and those of the functions of its file that it calls by name."""
    tree = tree_of(source, everything=True)
    called = {n.func for n in tree if isinstance(n, ast.Call) and n.lineno == source.line}
    names = {f.id for f in called if isinstance(f, ast.Name)}
    return [source.text, *(ast.unparse(n) for n in tree if isinstance(n, ast.FunctionDef) and n.name in names)]


def only_call(source: Source | None, method: str) -> Source | None:
    """The only line of a file that calls a method of this name."""
    calls = [
        n
        for n in (tree_of(source, everything=True) if source else [])
        if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute) and n.func.attr == method
    ]
    return Source(source.file, calls[0].lineno, "", ast.unparse(calls[0])) if source and len(calls) == 1 else None


def rebound(source: Source | None) -> Source | None:
    """A line of the file that computes an update and gives it to a name, where it is lost: w = w - rate * w.grad."""
    if source is None:
        return None
    for node in tree_of(source):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AugAssign) else None
        if isinstance(target, ast.Name) and isinstance(node, (ast.Assign, ast.AugAssign)):
            inside = list(ast.walk(node.value))
            reads = any(isinstance(n, ast.Attribute) and n.attr == "grad" for n in inside)
            itself = isinstance(node, ast.AugAssign) or any(isinstance(n, ast.Name) and n.id == target.id for n in inside)
            if reads and itself:
                return Source(source.file, node.lineno, source.function, ast.unparse(node))
    return None


def updates_itself(source: Source) -> bool:
    """True if a line that `rebound` found can only be an update: p = p - rate * p.grad, ps = [Value(...) for p in ps].

    total = total + p.grad is no update: it adds gradients up.
    """
    (statement,) = ast.parse(source.text).body
    target = statement.targets[0] if isinstance(statement, ast.Assign) else getattr(statement, "target", None)
    return isinstance(target, ast.Name) and any(
        (isinstance(n, ast.Attribute) and n.attr == "grad" and isinstance(n.value, ast.Name) and n.value.id == target.id)
        or (isinstance(n, ast.Call) and isinstance(n.func, ast.Name) and n.func.id == "Value")
        for n in ast.walk(statement)
    )


def computes_a_gradient(source: Source | None) -> bool:
    """True if a line computes the gradient that it assigns, as clipping does; p.grad = 0.0 and p.zero_grad() do not."""
    if source is None:
        return False
    for node in tree_of(source, everything=True):
        if isinstance(node, (ast.Assign, ast.AugAssign)) and node.lineno <= source.line <= (node.end_lineno or node.lineno):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            if any(isinstance(t, ast.Attribute) and t.attr == "grad" for t in targets):
                return isinstance(node, ast.AugAssign) or not isinstance(node.value, ast.Constant)
    return False


def repetition(source: Source | None, *, named: bool = True) -> Source | None:
    """The list that repeats the value made at a place: [Value(0.1)] * 3.

    With `named`, also a list that repeats its name: [row] * 3, [row for _ in range(3)].
    """
    if source is None:
        return None
    tree = tree_of(source)
    assigned = [node for node in tree if isinstance(node, ast.Assign) and _makes(node, source)]
    names = {target.id for node in assigned for target in node.targets if isinstance(target, ast.Name)} if named else set()
    for node in tree:
        if not isinstance(node, (ast.BinOp, ast.ListComp)):
            continue
        if any(_makes(r, source) or (isinstance(r, ast.Name) and r.id in names) for r in _repeated(node)):
            return Source(source.file, node.lineno, source.function, ast.unparse(node))
    return None


def _makes(node: ast.AST, source: Source) -> bool:
    """True if the call that a place stands for is in a piece of syntax."""
    try:
        text = ast.unparse(ast.parse(source.text, mode="eval"))
    except SyntaxError:
        return False
    return any(isinstance(n, ast.Call) and n.lineno == source.line and ast.unparse(n) == text for n in ast.walk(node))


def _repeated(node: ast.BinOp | ast.ListComp) -> list[ast.expr]:
    """The elements that a list repeats: all in a list times a number, x in [x for _ in ...] if x does not change."""
    if isinstance(node, ast.BinOp):
        lists = [side.elts for side in (node.left, node.right) if isinstance(side, ast.List)]
        return [element for elements in lists for element in elements] if isinstance(node.op, ast.Mult) else []
    bound = {n.id for g in node.generators for n in ast.walk(g.target) if isinstance(n, ast.Name)}
    return [node.elt] if isinstance(node.elt, ast.Name) and node.elt.id not in bound else []


def tree_of(source: Source, *, everything: bool = False) -> list[ast.AST]:
    """The syntax of the function that a place is in, and then of its file outside functions; nothing if it cannot be read.

    With `everything`, the syntax of the whole file.
    """
    return list(_nodes("".join(linecache.getlines(source.file)), None if everything else source.line))


@functools.lru_cache(maxsize=8)
def _module(text: str) -> ast.Module | None:
    try:
        return ast.parse(text)
    except (SyntaxError, ValueError):
        return None


@functools.lru_cache(maxsize=64)
def _nodes(text: str, line: int | None) -> tuple[ast.AST, ...]:
    """The syntax around a line of a text; that of the whole text for None. Ten checks ask for that of the same update."""
    module = _module(text)
    if module is None:
        return ()
    if line is None:
        return tuple(ast.walk(module))
    functions = [node for node in ast.walk(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    around = [f for f in functions if f.lineno <= line <= (f.end_lineno or f.lineno)]
    inside = {id(node) for f in functions for node in ast.walk(f)}
    return (
        *(node for f in reversed(around) for node in ast.walk(f)),
        *(node for node in ast.walk(module) if id(node) not in inside),
    )

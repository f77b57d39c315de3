"""Lines of a user's program read as source: where an optimiser was made, where an update is lost, where a function stands.

A finding names the line that has to be changed. That is not always the line that was executed: `descent.step()` is right, and
`descent = SGD(...)`, with its rate and its parameters, is what is wrong.
"""

import ast
import linecache
import re

from autograd import Source
from autograd.source import Place, resolve


def at(place: Place | None) -> Source | None:
    """A place that was kept, as a source with the text of its statement: of `p.data -= 1` the instruction knows `p.data`."""
    source = resolve(place) if place else None
    if source is None or not re.fullmatch(r"[\w.\[\]]+", source.text):
        return source
    return source._replace(text=linecache.getline(source.file, source.line).partition("  #")[0].strip() or source.text)


def definition(source: Source | None) -> Source | None:
    """For 'descent.step()' the line on which `descent` was made; any other source as it is."""
    match = re.match(r"(\w+)\.step\(", source.text) if source else None
    if source is None or match is None:
        return source
    for node in _tree(source):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if match[1] in names:
                return Source(source.file, node.lineno, source.function, ast.unparse(node.value))
    return source


def code_source(function: object) -> Source | None:
    """Where a function was written: the first line of its body; None if it is not written in Python."""
    code = getattr(function, "__code__", None)
    if code is None:
        return None
    line = min((line for *_, line in code.co_lines() if line), default=code.co_firstlineno)
    return Source(code.co_filename, line, code.co_name, linecache.getline(code.co_filename, line).partition("  #")[0].strip())


def rebound(source: Source | None) -> Source | None:
    """A line of the file that computes an update and gives it to a name, where it is lost: w = w - rate * w.grad."""
    if source is None:
        return None
    for node in _tree(source):
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AugAssign) else None
        if isinstance(target, ast.Name) and isinstance(node, (ast.Assign, ast.AugAssign)):
            inside = list(ast.walk(node.value))
            reads = any(isinstance(n, ast.Attribute) and n.attr == "grad" for n in inside)
            itself = isinstance(node, ast.AugAssign) or any(isinstance(n, ast.Name) and n.id == target.id for n in inside)
            if reads and itself:
                return Source(source.file, node.lineno, source.function, ast.unparse(node))
    return None


def _tree(source: Source) -> list[ast.AST]:
    """The syntax of the function that a place is in, and then of its file outside functions; nothing if it cannot be read."""
    try:
        module = ast.parse("".join(linecache.getlines(source.file)))
    except (SyntaxError, ValueError):
        return []
    functions = [node for node in ast.walk(module) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    around = [f for f in functions if f.lineno <= source.line <= (f.end_lineno or f.lineno)]
    inside = {id(node) for f in functions for node in ast.walk(f)}
    return [
        *(node for f in reversed(around) for node in ast.walk(f)),
        *(node for node in ast.walk(module) if id(node) not in inside),
    ]

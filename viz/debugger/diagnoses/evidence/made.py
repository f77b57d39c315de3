"""The places where leaves were made, read as source: their names, the class that keeps them, and if they are meant to stay.

That a leaf is never updated can be seen in the passes; whether it should be can only be read: a class whose `parameters()`
leaves it out, a name that weights have - or the words by which a program says that something is frozen, random, or data.
"""

import ast
import linecache
import re

from autograd import Source

from .script import Script, last_name, names_in
from .statements import tree_of

_WEIGHTS = re.compile(
    r"(?i)(w|b|u|v|wh|bh|l|fc|lin|dense|conv|rnn|cell)_?\d*|w_\w+|b_\w+|\w*(weight|bias|emb|table|lookup|hidden|layer|kernel|"
    r"filter|param|theta|beta|encod|decod|gate|head|inside|outside)\w*"
)
_NUMBERS = re.compile(
    r"(?i)(x|y|z|t)s?\d*|\w*(data|input|sample|image|point|signal|obs|noise|true|truth|batch|target|label|series)\w*"
)
_STAYS = re.compile(
    r"(?i)froz|freez|fix(ed|_)|pre-?train|transfer|reservoir|\becho\b|extreme|backbone|teacher|untrained|read-?out|on purpose|"
    r"deliberate|(never|not|n't)[ _](be[ _])?(train|learn|updat|chang)|trainable|drawn once|meant to stay|fourier|\brff|"
    r"ground_?truth|target_(net|q)|probe|only (the|its) [\w -]+(learn|train)|"
    r"random[ _]?(feature|projection|hidden|layer|basis|net|emb)"
)
_LIST = re.compile(r"(\w*_)?(params?|parameters|weights)(_list)?")


def names_of(source: Source) -> set[str]:
    """The names that a statement gives to what it makes; of a function that makes it, the names given to its results.

    Args:
        source: the place where a leaf was made.
    """
    tree = tree_of(source, everything=True)
    statements = [n for n in tree if isinstance(n, ast.stmt) and not hasattr(n, "body") and _has(n, source.line)]
    found = set[str]().union(*map(_given, statements))
    if found or not statements:
        return found
    functions = [n for n in tree if isinstance(n, ast.FunctionDef) and n.name != "__init__" and _has(n, source.line)]
    name = functions[-1].name if functions else ""
    calls = [n for n in tree if isinstance(n, ast.stmt) and not hasattr(n, "body") and name in _called(n)]
    return set[str]().union(*map(_given, calls))


def _has(n: ast.stmt, line: int) -> bool:
    return n.lineno <= line <= (n.end_lineno or n.lineno)


def _given(n: ast.stmt) -> set[str]:
    """The names and attributes that a statement assigns, and the list that it appends to."""
    targets = n.targets if isinstance(n, ast.Assign) else [n.target] if isinstance(n, (ast.AnnAssign, ast.AugAssign)) else []
    if isinstance(n, ast.Expr) and isinstance(n.value, ast.Call) and isinstance(n.value.func, ast.Attribute):
        targets = [n.value.func.value]  # rows.append(...)
    elements = [e for t in targets for e in (t.elts if isinstance(t, ast.Tuple) else [t])]
    return {last_name(e.value if isinstance(e, ast.Subscript) else e) for e in elements} - {""}


def _called(n: ast.AST) -> set[str]:
    return {last_name(c.func) for c in ast.walk(n) if isinstance(c, ast.Call)}


def left_out_by_its_class(source: Source) -> Source | None:
    """The line of a method `parameters` that leaves out what its class has made at a place; None if there is none."""
    classes = [n for n in tree_of(source, everything=True) if isinstance(n, ast.ClassDef) and _has(n, source.line)]
    if not classes:
        return None
    methods = [n for n in classes[-1].body if isinstance(n, ast.FunctionDef) and _LIST.fullmatch(n.name)]
    own = names_of(source)
    if not methods or not own or _has(methods[0], source.line):
        return None
    listed = [n for n in ast.walk(methods[0]) if isinstance(n, (ast.Attribute, ast.Name))]
    if own & set(map(last_name, listed)) or "vars" in _called(methods[0]) or any(last_name(n) == "__dict__" for n in listed):
        return None
    returned = [n for n in ast.walk(methods[0]) if isinstance(n, (ast.Return, ast.Yield)) and n.value is not None]
    return Source(source.file, returned[-1].lineno, methods[0].name, ast.unparse(returned[-1])) if returned else None


def is_an_unknown(script: Script, source: Source) -> bool:
    """True if a class leaves something out of its parameters whose number the program shows at the end: pinn.nu.data."""
    names = names_of(source)
    if not left_out_by_its_class(source) or any(map(_NUMBERS.fullmatch, names)):
        return False
    end = getattr(script.loop, "end_lineno", None)
    shown = [n.value for n in script.module if isinstance(n, ast.Attribute) and n.attr == "data" and end and n.lineno > end]
    return any(isinstance(n, ast.Attribute) and n.attr in names for n in shown)


def is_called_a_weight(source: Source) -> bool:
    """True if what is made at a place has a name that parameters have."""
    names = names_of(source)
    return any(map(_WEIGHTS.fullmatch, names)) and not any(map(_NUMBERS.fullmatch, names))


def is_meant_to_stay(source: Source) -> bool:
    """True if a program says of something that it stays as it is: by a name, in a docstring, or in a comment."""
    names = [n.id if isinstance(n, ast.Name) else n.attr for n in tree_of(source) if isinstance(n, (ast.Name, ast.Attribute))]
    tree = tree_of(source, everything=True)
    made = [n for n in tree if isinstance(n, (ast.FunctionDef, ast.ClassDef, ast.Module))]
    names += [n.name for n in made if not isinstance(n, ast.Module)]
    comments = [line.partition("#")[2] for line in linecache.getlines(source.file)]
    return any(map(_STAYS.search, [*names, *(ast.get_docstring(n) or "" for n in made), *comments]))


def list_of_parameters(source: Source | None) -> Source | None:
    """The line that lists what an optimiser or a loop changes: params = a + b; the place itself if it has the list.

    Args:
        source: the line that makes the optimiser, or that changes a parameter.
    """
    tree = tree_of(source) if source else []
    if source is None:
        return None
    loops = [n for n in tree if isinstance(n, ast.For) and _has(n, source.line)]
    calls = [n for n in tree if isinstance(n, ast.Call) and n.lineno == source.line and n.args]
    given = [loops[-1].iter] if loops and ".data" in source.text else [c.args[0] for c in calls]
    names = set().union(*map(names_in, given))
    made = [
        n
        for n in tree
        if isinstance(n, ast.Assign) and n.lineno < source.line and len(names) == 1 and _given(n) == names
    ]  # fmt: skip
    if not made or (isinstance(made[-1].value, ast.Call) and last_name(made[-1].value.func)[:1].isupper()):
        return source  # a model, which lists its parameters itself
    return Source(source.file, made[-1].lineno, source.function, ast.unparse(made[-1]))

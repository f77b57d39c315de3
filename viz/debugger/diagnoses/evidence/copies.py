"""Lines that are copies of each other, but for a name: where the copy was changed everywhere but in one place.

It is the slip of copy and paste: dx = x - post.x, and dy = y - post.x below it. The targets of the two lines say which name was
changed into which, and every other place of the line should follow. So it is with a part of a list that inputs and targets are
both given, where one of the two was to be shifted.
"""

import ast
import itertools
import re
from collections.abc import Iterator

from .reading import Slip, blocks_of
from .script import Script, given_by

_TARGET = re.compile(r"(^|_)(y|ys|t|ts|targets?|labels?|goals?|next|expected|outputs?|answers?)($|_)", re.IGNORECASE)


def same_part(script: Script) -> Iterator[Slip]:
    """Targets that are the same part of a list as the inputs: ids[:-1] and ids[:-1], where one of them was to be shifted."""
    for block in blocks_of(script.module):
        known: dict[str, str] = {}  # the first name of each part
        for n in (n for n in block if isinstance(n, ast.Assign)):
            for name, value in given_by(n):
                first = known.setdefault(ast.unparse(value), name)
                if first == name or not _is_part(value) or not all(script.uses(each) for each in (first, name)):
                    continue
                target, other = (name, first) if _TARGET.search(name) else (first, name)
                if _TARGET.search(target) and not _TARGET.search(other):
                    yield Slip(
                        script.source(n),
                        f"{target} is {ast.unparse(value)}, and {other} is the same: what is to be told is what is given",
                        f"another part for one of them, such as {ast.unparse(getattr(value, 'value', value))}[1:]",
                        target,
                    )


def _is_part(value: ast.expr) -> bool:
    """True for a stretch of a list that leaves something out: xs[:-1], xs[1:], and not xs[:]."""
    return (
        isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice) and bool(value.slice.lower or value.slice.upper)
    )


def copied_line(script: Script) -> Iterator[Slip]:
    """A line that is a copy of the one before, in which a name was changed everywhere but in one place."""
    for block in blocks_of(script.module):
        for first, second in itertools.pairwise(block):
            if not (isinstance(first, ast.Assign) and isinstance(second, ast.Assign) and script.runs(second)):
                continue
            if stayed := _stayed(first, second):
                old, new, text = stayed
                yield Slip(
                    script.source(second),
                    f"this line is that before with {new} in the place of {old}, but for {text}",
                    f"look at {text}: should it follow {new} as well?",
                    old,
                )


def _stayed(first: ast.Assign, second: ast.Assign) -> tuple[str, str, str] | None:
    """The name that was changed, its new name, and the place where it was not; None if the lines are no such copies."""
    goals = sum(1 for _ in _words(first.targets[0]))
    a, b = ([*_words(n.targets[0]), *_words(n.value)] for n in (first, second))
    if len(a) != len(b) or any(x[0] != y[0] for x, y in zip(a, b, strict=True)):
        return None
    changes = {(x[1], y[1]) for x, y in zip(a[:goals], b[:goals], strict=True) if x[1] != y[1]}
    if len(changes) != 1:
        return None
    old, new = _differing(*changes.pop())
    if not old or not new:
        return None
    changed = [k for k in range(goals, len(a)) if a[k][1] != b[k][1]]
    follows = [k for k in changed if a[k][1] == old and b[k][1] == new]
    stayed = [k for k in range(goals, len(a)) if a[k][1] == b[k][1] == old]
    if not follows or follows != changed or len(stayed) != 1:
        return None
    return old, new, b[stayed[0]][2]


def _differing(x: str, y: str) -> tuple[str, str]:
    """The parts in which two names differ: 'x' and 'y' of dx and dy.

    >>> _differing("dx", "dy"), _differing("mean_a", "mean_b"), _differing("w", "b"), _differing("x1", "x2")
    (('x', 'y'), ('a', 'b'), ('w', 'b'), ('1', '2'))
    """
    while x and y and x[0] == y[0]:
        x, y = x[1:], y[1:]
    while x and y and x[-1] == y[-1]:
        x, y = x[:-1], y[:-1]
    return x, y


def _words(node: ast.AST) -> Iterator[tuple[str, str, str]]:
    """The parts of a piece of syntax in order: what each is, its name - cut into parts -, and the text around it."""
    for n in ast.walk(node):
        name = n.id if isinstance(n, ast.Name) else n.attr if isinstance(n, ast.Attribute) else ""
        if isinstance(n, ast.Constant):
            yield "number", repr(n.value), repr(n.value)
        elif name:
            parts = re.findall(r"[^\W\d_]+|\d+", name)
            yield f"{type(n).__name__} {len(parts)}", "", ""
            for part in parts:
                yield "part", part, ast.unparse(n)
        elif not isinstance(n, (ast.expr_context,)):
            yield type(n).__name__, "", ""

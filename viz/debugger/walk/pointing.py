"""Columns of expressions: the column that somebody points at says which of the nodes of a line is meant.

`z + w*x` makes two nodes whose expressions overlap. So the column of an expression is that of its operator, or of the name it
calls: there the innermost expression around the column is the expression itself.
"""

import ast
import functools
from typing import NamedTuple

from autograd import Source
from autograd.recording.texts import Texts

from .places import Places


class Expression(NamedTuple):
    """An expression that has made nodes.

    Attributes:
        text: the source as it was recorded.
        begin, end: columns on its line, from 0.
        anchor: the column of its operator or of the name it calls.
        nodes: the nodes it has made, in that order.
    """

    text: str
    begin: int
    end: int
    anchor: int
    nodes: list[int]


def columns_of(texts: Texts, place: Source) -> tuple[int, int]:
    """The first column of an expression and the one after it, from 0; (0, 0) if the line does not contain the recorded text."""
    text = place.text
    begin = texts.line(place.file, place.line).find(text) if text else -1
    return (begin, begin + len(text)) if begin >= 0 else (0, 0)


def expressions(places: Places, path: str, line: int) -> list[Expression]:
    """The expressions of a line that have made nodes and are found in the file, from left to right by their anchors.

    Args:
        path: the file.
        line: the line, from 1.
    """
    found: dict[str, Expression] = {}
    for i in places.file(path).get(line, ()):
        place = places.recording.nodes.source(i)
        if place is None:
            continue
        if place.text not in found:
            begin, end = columns_of(places.recording.texts, place)
            found[place.text] = Expression(place.text, begin, end, begin + anchor(place.text), [])
        found[place.text].nodes.append(i)
    return sorted((e for e in found.values() if e.end), key=lambda e: (e.anchor, e.end))


def innermost(among: list[Expression], column: int) -> Expression | None:
    """The shortest expression around a column, which counts from 0; None if no expression is there."""
    return min((e for e in among if e.begin <= column < e.end), key=lambda e: e.end - e.begin, default=None)


def nearest(among: list[Expression], column: int) -> Expression | None:
    """The expression that a breakpoint at a column means: the innermost there, else the next to the right, else the last."""
    return innermost(among, column) or next((e for e in among if e.anchor >= column), among[-1] if among else None)


@functools.lru_cache(1000)
def anchor(text: str) -> int:
    """The offset of the operator of an expression, or of the name that it calls; 0 for any other.

    >>> anchor("z + w*x"), anchor("w*x"), anchor("tanh(z)"), anchor("(a * b).tanh()"), anchor("é ** (2 + 3)"), anchor("-x")
    (2, 1, 0, 8, 2, 0)
    """
    try:
        expression = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0
    if isinstance(expression, ast.BinOp):
        after = _offset(text, expression.left, end=True)
        between = text[after : _offset(text, expression.right)]
        return after + len(between) - len(between.lstrip(" )\t\\"))
    if isinstance(expression, ast.Call) and isinstance(expression.func, ast.Attribute):
        after = _offset(text, expression.func.value, end=True)
        return text.find(expression.func.attr, after)
    return 0


def _offset(text: str, node: ast.expr, end: bool = False) -> int:
    """The column of a node in characters (Python counts bytes); the expression is on one line."""
    column = (node.end_col_offset or 0) if end else node.col_offset
    return len(text.encode()[:column].decode(errors="ignore"))

"""Names for scalars from the user's own text: `scores[0,1,2]` for an element of what `scores = q @ k.T` made."""

import ast
import functools
import linecache
import math
from collections.abc import Callable, Sequence
from types import FrameType

from autograd.source import Place, extent, user_frame


def elements(name: str, shape: Sequence[int]) -> Callable[[int], str]:
    """The names of a tensor's elements.

    Example:
        >>> elements("w", (2, 3))(4), elements("b", ())(0)
        ('w[1,1]', 'b')
    """
    if math.prod(shape) == 1:
        return lambda _: name

    def element(i: int) -> str:
        index: list[str] = []
        for size in reversed(shape):
            i, k = divmod(i, size)
            index.insert(0, str(k))
        return f"{name}[{','.join(index)}]"

    return element


def assigned(place: Place | None) -> str:
    """The variable that a place's expression is assigned to, if the expression is all that is assigned; else ''."""
    if place is None:
        return ""
    code, offset = place[:2]
    return _assignments(code.co_filename).get(extent(code, offset), "")


def variable(frame: FrameType | None, thing: object) -> str:
    """The variable that holds a thing, in a frame or in the nearest outside of it that has one; '' if there is none."""
    while frame is not None:
        for variables in (frame.f_locals, frame.f_globals):
            for name, value in list(variables.items()):
                if value is thing and not name.startswith("_"):
                    return name
        frame = user_frame(frame.f_back)
    return ""


@functools.lru_cache(256)
def _assignments(file: str) -> dict[tuple[int | None, ...], str]:
    """For each expression of a file that is assigned whole to one variable: its extent, and the variable."""
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except (SyntaxError, ValueError):
        return {}
    found: dict[tuple[int | None, ...], str] = {}
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target, value = statement.targets[0], statement.value
        elif isinstance(statement, (ast.AnnAssign, ast.NamedExpr)) and statement.value is not None:
            target, value = statement.target, statement.value
        else:
            continue
        if isinstance(target, ast.Name):
            found[value.lineno, value.end_lineno, value.col_offset, value.end_col_offset] = target.id
    return found

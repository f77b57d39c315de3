"""A place in memory for every array of a section: taken when it is first written, free again after it was last read.

An operation element by element may write its result over an argument that nobody reads afterwards. So a section of a hundred
operations needs a handful of places, which stay in the cache of the processor.
"""

from collections.abc import Sequence
from typing import NamedTuple

from .lines import ALL, Array, Line


class Place(NamedTuple):
    """A place: its number, and its size in rows."""

    number: int
    rows: int


def live(lines: Sequence[Line], kept: set[Array]) -> list[Line]:
    """The lines that something depends on: what the program keeps, or a later line that is live."""
    needed, found = set(kept), list[Line]()
    for line in reversed(lines):
        if line.out.root in needed:
            found.append(line)
            needed.update(a.root for a in line.arguments if isinstance(a, Array))
    return found[::-1]


def size(array: Array) -> int:
    """The number of rows of an array."""
    n = 1
    for length in array.shape:
        n *= length
    return n


def places(lines: Sequence[Line]) -> tuple[dict[Array, int], list[int]]:
    """The place of every array of lanes that lines write, and the sizes of the places in rows.

    Args:
        lines: in the order in which they run.
    """
    first: dict[Array, int] = {}
    last: dict[Array, int] = {}
    for i, line in enumerate(lines):
        for array in (line.out, *line.arguments):
            if isinstance(array, Array):
                root = array.root
                if root.lanes == ALL and root.kind == "double" and root.data is None and not root.how:
                    first.setdefault(root, i)
                    last[root] = i
    leaving: dict[int, list[Array]] = {}
    for root, i in last.items():
        leaving.setdefault(i, []).append(root)
    entering: dict[int, list[Array]] = {}
    for root, i in first.items():
        entering.setdefault(i, []).append(root)
    place: dict[Array, int] = {}
    sizes: list[int] = []
    free: list[int] = []
    for i, line in enumerate(lines):
        over = {root for root in leaving.get(i, ()) if root in place and _may_take_over(line, root)}
        free += [place[root] for root in leaving.get(i, ()) if root in over]
        for root in entering.get(i, ()):
            place[root] = _taken(free, sizes, size(root))
        free += [place[root] for root in leaving.get(i, ()) if root not in over]
    return place, sizes


def _may_take_over(line: Line, root: Array) -> bool:
    """True if the result of a line may be written over an array that it reads for the last time."""
    out = line.out
    if not line.own or out.base is not None or (out.shape, out.lanes, out.kind) != (root.shape, root.lanes, root.kind):
        return False
    return all(a is root for a in line.arguments if isinstance(a, Array) and a.root is root)


def _taken(free: list[int], sizes: list[int], rows: int) -> int:
    """A free place that is large enough, the one that was used last; else a free one made larger, or a new one."""
    for k in range(len(free) - 1, -1, -1):
        if sizes[free[k]] >= rows and sizes[free[k]] <= 4 * rows + 4:
            return free.pop(k)
    for k in range(len(free) - 1, -1, -1):
        if sizes[free[k]] < rows:
            number = free.pop(k)
            sizes[number] = rows
            return number
    sizes.append(rows)
    return len(sizes) - 1

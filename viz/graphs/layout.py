"""A rank layout for pictures that are too large for Graphviz: places for tens of thousands of boxes in a second.

`dot` takes a second for a thousand boxes and does not return for twenty thousand. This layout does less: boxes stand in
columns by their distance from the leaves, a leaf just before its first user; a few sweeps put each box near its
neighbours; a column that would grow too tall is wrapped, and columns that would make a thread stand in bands. (The first
phases of K. Sugiyama, S. Tagawa and M. Toda, Methods for visual understanding of hierarchical system structures, 1981,
without the dummy nodes.)
"""

import bisect
import itertools
import math
from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple

from .view import Box, View

BOXES, ARROWS = 700, 2500  # above these Graphviz takes more than a few seconds
GAP = 10.0  # points between boxes of a column
SWEEPS = 4
BAND = 60.0  # points between two bands of columns
BANDS, LONG = 200, 4.0  # at most; a picture is divided into some if that makes it a fourth as large,
THREAD = 20_000.0  # and if it is longer than so many points
ASPECT = 1.6  # the ratio of width to height to aim at


class Place(NamedTuple):
    """The top left corner of a box, in points from that of the picture, and its width and height."""

    x: float
    y: float
    width: float
    height: float


def too_large(view: View) -> bool:
    """True if Graphviz would bog down on this view."""
    return len(view.boxes) > BOXES or len(view.arrows) > ARROWS


def place(view: View, size_of: Callable[[Box], tuple[float, float]], rankdir: str = "LR") -> dict[str, Place]:
    """Give every box of a picture its place.

    Args:
        size_of: width and height of a box, in points.
        rankdir: 'LR' from left to right, 'TB' from top to bottom; 'RL' and 'BT' the other way.

    Returns:
        A place for every id.

    Example:
        >>> from .ranges import NONE
        >>> from .view import Arrow
        >>> a, b = Box("a", "operation", NONE), Box("b", "operation", NONE)
        >>> places = place(View([a, b], [Arrow("a", "b", 1)], [], "", NONE, 2), lambda box: (80.0, 40.0))
        >>> places["a"], places["b"]
        (Place(x=10.0, y=10.0, width=80.0, height=40.0), Place(x=140.0, y=10.0, width=80.0, height=40.0))
    """
    index = {box.id: k for k, box in enumerate(view.boxes)}
    uses, users = neighbours(view)
    across = rankdir in ("TB", "BT")
    sizes = [size_of(box)[::-1] if across else size_of(box) for box in view.boxes]
    columns = _ordered(columns_of(uses, users), uses, users)
    corners = _corners(columns, sizes, users, 1.0 / ASPECT if across else ASPECT)
    if rankdir in ("RL", "BT"):
        width = max(x + w for (x, _), (w, _) in zip(corners, sizes, strict=True)) + GAP
        corners = [(width - x - w, y) for (x, y), (w, _) in zip(corners, sizes, strict=True)]
    if across:
        return {name: Place(*corners[k][::-1], *sizes[k][::-1]) for name, k in index.items()}
    return {name: Place(*corners[k], *sizes[k]) for name, k in index.items()}


def neighbours(view: View) -> tuple[list[list[int]], list[list[int]]]:
    """For every box the boxes it uses, and the boxes that use it; by their places in the view."""
    index = {box.id: k for k, box in enumerate(view.boxes)}
    uses: list[list[int]] = [[] for _ in index]
    users: list[list[int]] = [[] for _ in index]
    for tail, head in {(index[arrow.tail], index[arrow.head]) for arrow in view.arrows}:
        uses[head].append(tail)
        users[tail].append(head)
    return uses, users


def columns_of(
    uses: Sequence[Sequence[int]], users: Sequence[Sequence[int]], apart: Collection[tuple[int, int]] = ()
) -> list[list[int]]:
    """The boxes by their rank, the longest way from a leaf; a box with more users than operands just before its first user.

    Args:
        apart: pairs of a box and a user of it that stand two ranks apart.
    """
    waiting = [len(tails) for tails in uses]
    order = [k for k, n in enumerate(waiting) if not n]
    rank = [0] * len(uses)
    for k in order:  # grows while it is walked
        for user in users[k]:
            rank[user] = max(rank[user], rank[k] + 1 + ((k, user) in apart))
            waiting[user] -= 1
            if not waiting[user]:
                order.append(user)
    for k in reversed(order):
        if users[k] and len(uses[k]) <= len(users[k]):
            rank[k] = min(rank[user] - ((k, user) in apart) for user in users[k]) - 1
    columns: list[list[int]] = [[] for _ in range(max(rank) + 1)]
    for k in range(len(uses)):
        columns[rank[k]].append(k)
    return columns


def _ordered(columns: list[list[int]], uses: Sequence[Sequence[int]], users: Sequence[Sequence[int]]) -> list[list[int]]:
    """The columns with each box near its neighbours: sorted by their mean place, from both sides in turn."""
    at = [0.0] * len(uses)
    for column in columns:
        for n, k in enumerate(column):
            at[k] = n / len(column)
    arrows = sum(map(len, uses))
    for sweep in range(SWEEPS if arrows < 200_000 else 2):
        neighbours = users if sweep % 2 else uses
        for column in reversed(columns) if sweep % 2 else columns:
            mean = {k: sum([at[n] for n in neighbours[k]]) / len(neighbours[k]) if neighbours[k] else at[k] for k in column}
            column.sort(key=mean.__getitem__)
            for n, k in enumerate(column):
                at[k] = n / len(column)
    return columns


def _corners(
    columns: list[list[int]], sizes: Sequence[tuple[float, float]], users: Sequence[Sequence[int]], aspect: float
) -> list[tuple[float, float]]:
    """The top left corner of every box: columns from left to right, in bands like the lines of a text, each centred on a line.

    Args:
        aspect: the ratio of width to height to aim at, with the columns from left to right.
    """
    area = sum((w + 3 * GAP) * (h + GAP) for w, h in sizes)
    tallest = max(max(h for _, h in sizes), math.sqrt(area / ASPECT))
    strips = [_strip(column, sizes, users, tallest) for column in columns]
    corners = [(0.0, 0.0)] * len(sizes)
    below = GAP
    for band in _bands(strips, aspect):
        tall = max(height for strip in band for _, _, height in strip.pieces)
        left = GAP
        for strip in band:
            for piece, x, height in strip.pieces:
                width, y = max(sizes[k][0] for k in piece), below + (tall - height) / 2
                for k in piece:
                    corners[k] = (left + x + (width - sizes[k][0]) / 2, y)
                    y += sizes[k][1] + GAP
            left += strip.width
        below += tall + BAND
    return corners


class _Strip(NamedTuple):
    """A column, and the room behind it for its arrows.

    Attributes:
        pieces: the boxes below each other, their left side and their height together; a column that is too tall has several.
        width: of all of it.
    """

    pieces: list[tuple[list[int], float, float]]
    width: float


def _strip(column: list[int], sizes: Sequence[tuple[float, float]], users: Sequence[Sequence[int]], tallest: float) -> _Strip:
    many = max(1, math.ceil(sum(sizes[k][1] + GAP for k in column) / tallest))
    rows = math.ceil(len(column) / many)
    pieces, x = [], 0.0
    for piece in (column[n : n + rows] for n in range(0, len(column), rows)):
        pieces.append((piece, x, sum(sizes[k][1] + GAP for k in piece)))
        x += max(sizes[k][0] for k in piece) + (2 * GAP if many > 1 else 0.0)
    # Arrows to many boxes need room to fan out.
    fan = max((len(users[k]) for k in column), default=0)
    return _Strip(pieces, x + (2 if many > 1 else 5) * GAP + min(fan, 40) * GAP / 4 - GAP / 4 * (fan > 0))


def _bands(strips: Sequence[_Strip], aspect: float) -> list[Sequence[_Strip]]:
    """The columns in as many bands as make the smallest picture; in one if that is no thread."""
    length = sum(strip.width for strip in strips)
    ends = list(itertools.accumulate(strip.width for strip in strips))
    heights = [max(height for _, _, height in strip.pieces) for strip in strips]
    best = [(0, len(strips))]
    smallest = max(length / aspect, max(heights)) / LONG
    for many in range(2, BANDS if length > THREAD else 2):
        cuts = [0, *(bisect.bisect_right(ends, length * n / many) for n in range(1, many)), len(strips)]
        cut = [(a, b) for a, b in itertools.pairwise(cuts) if a < b]
        tall = sum(max(heights[a:b]) + BAND for a, b in cut)
        size = max(max(ends[b - 1] - ends[a] + strips[a].width for a, b in cut) / aspect, tall)
        if size < smallest:
            best, smallest = cut, size
        elif tall > 2 * smallest:
            break
    return [strips[a:b] for a, b in best]

"""The direction of a picture: from left to right, as a formula is read, unless it fits much better from top to bottom.

A long chain is wrapped, like a text: it goes on at the top of the next column, where only one arrow leads on. The size of a
picture is estimated from its ranks, before any layout: the longest way through it in one direction, its widest rank in the
other. Nothing here runs a layout program, and no text is measured: a picture looks alike on every machine, and before and
after the backward pass.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from .arrows import LABELS
from .layout import columns_of, neighbours
from .view import Box, View

WIDE = 900.0  # points: from left to right, a picture up to this width is not turned; one with frames up to twice the width,
# because frames are named at their top, where from top to bottom the arrows come in
TALL = 900.0  # from top to bottom, one up to this height is not wrapped
ASPECT = 1.5  # the ratio of width to height of a screen
BETTER, ENOUGH = 0.8, 1.1  # from top to bottom it has to be that much smaller, or of that size where it is very wide otherwise
LABEL = (58.0, 24.0)  # width and height of the label of an arrow, in points
BETWEEN, BESIDE = 28.0, 8.0  # points between two ranks, and between two boxes of a rank
COLUMN = 60.0  # points between two columns of a chain
BOX, GROUP, CONSTANT = (88.0, 42.0), (120.0, 54.0), (30.0, 16.0)  # width and height of the boxes


class Orientation(NamedTuple):
    """The direction of a picture, 'LR' or another, and the places of the arrows that go on in the next column."""

    rankdir: str
    wrapped: frozenset[int] = frozenset()


def _size(box: Box) -> tuple[float, float]:
    if box.kind == "constant":
        return CONSTANT
    return GROUP if box.kind in ("scope", "siblings", "rest", "loop", "step", "part") else BOX


def extent(view: View, rankdir: str) -> tuple[float, float]:
    """The estimated width and height of a picture, in points."""
    across = rankdir in ("TB", "BT")
    sizes = [_size(box)[::-1] if across else _size(box) for box in view.boxes]
    columns = [column for column in columns_of(*neighbours(view)) if column]
    has_labels = len(view.arrows) <= LABELS and any(arrow.local is not None for arrow in view.arrows)
    label = LABEL[across] if has_labels else 0.0
    long = sum(max(sizes[k][0] for k in column) for column in columns) + (len(columns) - 1) * (label + BETWEEN)
    broad = max(sum(sizes[k][1] + BESIDE for k in column) for column in columns)
    return (broad, long) if across else (long, broad)


def orientation_of(view: View, size: tuple[float, float] | None = None) -> Orientation:
    """The direction in which a picture fits best.

    Args:
        size: width and height in inches that the picture is to fit into.

    Example:
        >>> from .ranges import NONE
        >>> from .view import Arrow
        >>> boxes = [Box(f"n{i}", "operation", NONE) for i in range(20)]
        >>> chain = View(boxes, [Arrow(f"n{i}", f"n{i + 1}", 1) for i in range(19)], [], "", NONE, 20)
        >>> orientation_of(chain, (60.0, 1.0))
        Orientation(rankdir='LR', wrapped=frozenset())
        >>> orientation_of(chain) == Orientation("TB", frozenset({4, 9, 14}))
        True
    """
    width, height = extent(view, "LR")
    aspect = ASPECT if size is None else size[0] / size[1]
    if size is None and width <= WIDE * (1 + bool(view.frames)):
        return Orientation("LR")
    down, tall = extent(view, "TB")
    wrapped = _wrapped(view, down, tall, aspect) if tall > TALL else []
    if wrapped:
        down, tall = (down + COLUMN) * (len(wrapped) + 1), tall / (len(wrapped) + 1)
    is_better = max(down / aspect, tall) < (ENOUGH if width > 2 * WIDE else BETTER) * max(width / aspect, height)
    return Orientation("TB", frozenset(wrapped)) if is_better else Orientation("LR")


def _wrapped(view: View, width: float, height: float, aspect: float) -> list[int]:
    """The arrows at which a picture from top to bottom goes on in the next column, by their places; none if it cannot.

    It is divided where only one arrow leads on, and not inside a frame.
    """
    columns = round(math.sqrt(height * aspect / (width + COLUMN)))
    if view.frames or columns < 2:
        return []
    only = _bridges(view)
    ranks = len(only) + 1
    found: list[int] = []
    before = 0
    for n in range(1, columns):
        wanted, reach = n * ranks / columns, ranks / columns / 3
        near = [r for r, arrow in enumerate(only, 1) if arrow >= 0 and abs(r - wanted) <= reach and r > before + 1]
        if near:
            before = min(near, key=lambda r: abs(r - wanted))
            found.append(only[before - 1])
    return found


def _bridges(view: View) -> Sequence[int]:
    """For every two ranks that follow each other the place of the one arrow that leads across; -1 if several do."""
    columns = columns_of(*neighbours(view))
    rank = {view.boxes[k].id: r for r, column in enumerate(columns) for k in column}
    only: list[int] = [-2] * (len(columns) - 1)
    for n, arrow in enumerate(view.arrows):
        for r in range(rank[arrow.tail], rank[arrow.head]):
            only[r] = n if only[r] == -2 else -1
    return only

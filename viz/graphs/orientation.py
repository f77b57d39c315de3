"""The direction of a picture: from left to right, as a formula is read, unless it fits much better from top to bottom.

A long chain is wrapped, like a text; see wrapping.py. The size of a
picture is estimated from its ranks, before any layout: the longest way through it in one direction, its widest rank in the
other. Nothing here runs a layout program, and of texts the letters of titles alone are counted: a picture looks alike on
every machine, and before and after the backward pass.
"""

import itertools
import math
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import NamedTuple

from .arrows import LABELS, is_labelled
from .layout import columns_of, neighbours, too_large
from .view import Box, View, around, is_inside
from .wrapping import Columns, Wrapping, name_of, parts_of

WIDE = 1000.0  # points: from left to right, a picture up to this width is not turned; one with frames up to the width of a
FRAMED = 1400.0  # screen, because frames are named at their top, where from top to bottom the arrows come in
SCREEN = 1700.0  # of a screen: an SVG is shown smaller by a quarter at most, to 1,900 pixels; estimates are low by a tenth
TALL = 900.0  # from top to bottom, one up to this height is not wrapped
ASPECT = 1.5  # the ratio of width to height of a screen
BETTER, ENOUGH = (
    0.8,
    1.1,
)  # from top to bottom, or with names, it has to be that much smaller; or of that size where it is very wide
LABEL = (58.0, 24.0)  # width and height of the label of an arrow, in points
WORDS = (30.0, 60.0)  # points that a label takes beside others, from left to right, from top to bottom
BETWEEN, BESIDE = 28.0, 8.0  # points between two ranks, and between two boxes of a rank
PASSING = 9.0  # points that an arrow takes in a rank that it passes
BESIDE_FRAMES = 20.0  # points between what is in a frame and what is beside it
FRAME = (18.0, 32.0)  # points that a frame adds to the length of a picture from left to right, from top to bottom
COLUMN = 60.0  # points between two columns of a chain
COLUMNS = 8  # at most
USERS = 5  # a value with so many far away is named there
BOX, GROUP, CONSTANT = (88.0, 42.0), (120.0, 54.0), (30.0, 16.0)  # width and height of the boxes
LETTER, RIM = 6.2, 18.0  # points of a letter, and beside the title of a box
TITLE = 48  # letters of a title at most
GROUPS = ("scope", "siblings", "rest", "loop", "step", "part")


class Orientation(NamedTuple):
    """The direction of a picture, 'LR' or another, and its columns.

    Attributes:
        width: the estimated width of the picture in one column, in points; None where it has not been asked for.
    """

    rankdir: str
    columns: Columns = Columns((), (), ())
    width: float | None = None


def _size(box: Box) -> tuple[float, float]:
    if box.kind == "constant":
        return CONSTANT
    if box.kind in GROUPS:
        width, height = GROUP
        letters = max(len(box.name or box.order or box.ops) + 6, *map(len, box.rules), 0)
    else:
        width, height = BOX
        letters = len(box.name or box.number) + len(box.order or box.ops) + 3
    return max(width, LETTER * min(letters, TITLE) + RIM), height


class Extent(NamedTuple):
    """The estimated size of a picture, in points.

    Attributes:
        width, height: of all of it.
        rank: of every box.
        ends: for every rank the points from the start of the picture to its end.
    """

    width: float
    height: float
    rank: list[int]
    ends: list[float]


class Ranks(NamedTuple):
    """The ranks of a picture, which are the same in every direction.

    Attributes:
        boxes: of every rank.
        rank: of every box.
        begin: for every rank the number of frames, one in the other, that begin there.
    """

    boxes: list[list[int]]
    rank: list[int]
    begin: Counter[int]


def ranks_of(view: View) -> Ranks:
    """The ranks of a picture."""
    boxes = columns_of(*neighbours(view), _entering(view))
    rank = [0] * len(view.boxes)
    for r, column in enumerate(boxes):
        for k in column:
            rank[k] = r
    return Ranks(boxes, rank, _beginning(view, rank))


def extent(view: View, rankdir: str, ranks: Ranks | None = None) -> Extent:
    """The estimated width and height of a picture, in points.

    Args:
        ranks: those of the picture, if they are known.
    """
    across = rankdir in ("TB", "BT")
    boxes, rank, begin = ranks or ranks_of(view)
    sizes = [_size(box)[::-1] if across else _size(box) for box in view.boxes]
    labelled = list(_labelled(view)) if len(view.arrows) <= LABELS else []
    before = {r for tail, head in labelled for r in (rank[tail] + 1, rank[head])}  # the ranks that labels stand in front of
    ends: list[float] = []
    for r, column in enumerate(boxes):
        long = max((sizes[k][0] for k in column), default=0.0) + FRAME[across] * begin[r]
        between = BETWEEN + (LABEL[across] if r in before else 0.0)
        ends.append((ends[-1] + between if ends else 0.0) + long)
    broad = max(_breadths(view, [size[1] + BESIDE for size in sizes], rank, labelled, WORDS[across]), default=0.0)
    return Extent(broad, ends[-1], rank, ends) if across else Extent(ends[-1], broad, rank, ends)


def _labelled(view: View) -> Iterator[tuple[int, int]]:
    """The ends of the arrows that have a label."""
    index = {box.id: k for k, box in enumerate(view.boxes)}
    for arrow in view.arrows:
        tail, head = index[arrow.tail], index[arrow.head]
        if is_labelled(arrow, view.boxes[tail], view.boxes[head]):
            yield tail, head


def _breadths(
    view: View, breadth: Sequence[float], rank: Sequence[int], labelled: Collection[tuple[int, int]], word: float
) -> list[float]:
    """The points that the boxes, the frames and the arrows of every rank take beside each other, and labels between ranks.

    Args:
        breadth: of every box.
        labelled: the ends of the arrows that have a label.
        word: the points that a label takes.
    """
    index = {box.id: k for k, box in enumerate(view.boxes)}
    # Each rank has a place, and one before it for labels; those of arrows into a frame stand beside its leaves.
    end = 2 * max(rank) + 2
    total = [[0.0] * end for _ in range(len(view.frames) + 1)]  # in a frame; the last is the picture
    passing = [0] * (max(rank) + 2)
    for arrow in view.arrows:
        passing[rank[index[arrow.tail]] + 1] += 1
        passing[rank[index[arrow.head]]] -= 1
    of_frame: dict[int, list[int]] = {}
    for k, box in enumerate(view.boxes):
        total[box.frame][2 * rank[k] + 1] += breadth[k]
        for frame in around(view.frames, box.frame):
            of_frame.setdefault(frame, []).append(rank[k])
    for tail, head in labelled:
        frame = view.boxes[head].frame
        stays = is_inside(view.frames, view.boxes[tail].frame, frame)
        total[frame][2 * rank[tail] + 2 if stays else 2 * rank[head] - 1] += word
    for frame in reversed(range(len(view.frames))):  # each comes before those inside
        if frame in of_frame:
            wide = max(total[frame]) + BESIDE_FRAMES
            for place in range(2 * min(of_frame[frame]), 2 * max(of_frame[frame]) + 2):
                total[view.frames[frame].frame][place] += wide
    ways = [PASSING * n for n in itertools.accumulate(passing[:-1])]
    return [wide + (ways[place // 2] if place % 2 else 0.0) for place, wide in enumerate(total[-1])]


def _entering(view: View) -> set[tuple[int, int]]:
    """The pairs of boxes with an arrow from one into a frame that it does not stand in, where the other one stands."""
    index = {box.id: k for k, box in enumerate(view.boxes)}
    frame = {box.id: box.frame for box in view.boxes}
    return {
        (index[arrow.tail], index[arrow.head])
        for arrow in view.arrows
        if not is_inside(view.frames, frame[arrow.tail], frame[arrow.head])
    }


def _beginning(view: View, rank: Sequence[int]) -> Counter[int]:
    """For every rank the number of frames, one in the other, that begin there."""
    first: dict[int, int] = {}
    for k, box in enumerate(view.boxes):
        for frame in around(view.frames, box.frame):
            first[frame] = min(first.get(frame, rank[k]), rank[k])
    found: Counter[int] = Counter()
    for frame, r in first.items():
        found[r] = max(found[r], sum(first[f] == r for f in around(view.frames, frame)))
    return found


def orientation_of(view: View, size: tuple[float, float] | None = None) -> Orientation:
    """The direction in which a picture fits best.

    Args:
        size: width and height in inches that the picture is to fit into.

    Example:
        >>> from .ranges import NONE
        >>> from .view import Arrow
        >>> boxes = [Box(f"n{i}", "operation", NONE) for i in range(20)]
        >>> chain = View(boxes, [Arrow(f"n{i}", f"n{i + 1}", 1) for i in range(19)], [], "", NONE, 20)
        >>> orientation_of(chain, (60.0, 1.0))[:2]
        ('LR', Columns(cuts=(), column=(), named=()))
        >>> [cut.arrows for cut in orientation_of(chain).columns.cuts]
        [(4,), (9,), (14,)]
    """
    found, rank = _directed(view, size)
    named = {*found.columns.named, *_far(view, rank, {n for cut in found.columns.cuts for n in cut.arrows})}
    return found._replace(columns=found.columns._replace(named=tuple(sorted(named))))


def _far(view: View, rank: Sequence[int], leading: Collection[int]) -> Iterator[int]:
    """The arrows from a value that is used all over the picture, but for those to its first users: they would cross everything.

    Args:
        leading: arrows that lead to the next column.
    """
    index = {box.id: k for k, box in enumerate(view.boxes)}
    arrows = [(index[arrow.tail], rank[index[arrow.head]]) for arrow in view.arrows]
    first: dict[int, int] = {}
    for k, r in arrows:
        first[k] = min(first.get(k, r), r)
    far = [(n, k) for n, (k, r) in enumerate(arrows) if r > first[k] + 1 and n not in leading]
    many = Counter(k for _, k in far)
    return (n for n, k in far if many[k] >= USERS and name_of(view.boxes[k]))


def _directed(view: View, size: tuple[float, float] | None) -> tuple[Orientation, list[int]]:
    """The direction and the columns, and the rank of every box."""
    ranks = ranks_of(view)
    beside = extent(view, "LR", ranks)
    width, height, rank = beside.width, beside.height, ranks.rank
    aspect = ASPECT if size is None else size[0] / size[1]
    if size is None and width <= WIDE:
        return Orientation("LR", width=width), rank
    if size is None and width <= FRAMED and view.frames:
        return Orientation("LR", width=width), rank
    whole = extent(view, "TB", ranks)
    columns, down = Columns((), (0,) * len(view.boxes), ()), max(whole.width / aspect, whole.height)
    if whole.height > TALL and not too_large(view):
        most = min(1 + round(math.sqrt(whole.height * aspect / (whole.width + COLUMN))), COLUMNS)
        wrapping = Wrapping(view, rank, whole.ends)
        columns, down = wrapping.best(whole.height, most, down, lambda *tried: _taken(view, aspect, *tried))
    is_better = down < (ENOUGH if width > SCREEN >= whole.width else BETTER) * max(width / aspect, height)
    return (Orientation("TB", columns, whole.width) if is_better else Orientation("LR", width=width)), rank


def room_of(view: View, towards: Orientation) -> tuple[float, float]:
    """The estimated width and height of a picture in its columns."""
    sizes = [extent(part, towards.rankdir) for part in parts_of(view, towards.columns)] if towards.columns.cuts else []
    sizes = sizes or [extent(view, towards.rankdir)]
    return sum(size.width for size in sizes) + COLUMN * (len(sizes) - 1), max(size.height for size in sizes)


def _taken(view: View, aspect: float, columns: Columns, most: float) -> float:
    """The height of a screen that holds the picture from top to bottom, in columns; inf if that is not less than `most`."""
    small = BETTER if columns.named else 1.0
    across, tallest = COLUMN * len(columns.cuts), 0.0
    for part in parts_of(view, columns):
        size = extent(part, "TB")
        across += size.width
        tallest = max(tallest, size.height)
        if max(across / aspect, tallest) / small >= most:
            return math.inf
    return max(across / aspect, tallest) / small

"""The places where a long picture goes on at the top of the next column, like a text.

That can be behind a box that everything after it depends on, and on nothing else before: from there a single line leads on.
The columns stand in one frame, or in none: no frame is cut in two, but the one that they all stand in.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

from .view import View, around

LEAD_ON = 4  # arrows from one column to the next: more of them would be a bundle
REACH = 0.4  # of a column: a column may be shorter or longer by that much
LEAST = 160.0  # points: a shorter column is not worth the way up
EVEN = 1.4  # the tallest column may be that much taller than all on average
MOST = 0.7  # of the picture: a frame that holds less of it is not wrapped


class Cut(NamedTuple):
    """A place where a picture can go on in the next column.

    Attributes:
        at: points from its start, estimated.
        frame: the frame that both columns stand in, a place in `View.frames`; -1 for none.
        arrows: the arrows that lead on, by their places.
        first: the id of the box that the first column begins with.
    """

    at: float
    frame: int
    arrows: tuple[int, ...]
    first: str


def cuts_of(view: View, rank: Sequence[int], ends: Sequence[float]) -> list[Cut]:
    """The places where a picture can be wrapped, in the order of the computation.

    Args:
        rank: of every box.
        ends: for every rank the points from the start of the picture to its end.
    """
    index = {box.id: k for k, box in enumerate(view.boxes)}
    arrows = [(index[arrow.tail], index[arrow.head]) for arrow in view.arrows]
    uses: list[list[int]] = [[] for _ in index]
    leaving: list[list[int]] = [[] for _ in index]
    for n, (tail, head) in enumerate(arrows):
        uses[head].append(tail)
        leaving[tail].append(n)
    chains = [tuple(around(view.frames, box.frame)) for box in view.boxes]
    whole = Counter(frame for chain in chains for frame in chain)
    large = {-1, *(frame for frame, n in whole.items() if n >= MOST * len(view.boxes))}
    done: Counter[int] = Counter()  # per frame how many of its boxes stand before the cut
    before: set[int] = set()
    open_arrows = 0  # that lead out of what stands before
    found = []
    way = _longest_way(uses)
    for box in way:
        todo = [box]
        while todo:
            k = todo.pop()
            if k not in before:
                before.add(k)
                todo += uses[k]
                done.update(chains[k])
                open_arrows += len(leaving[k]) - len(uses[k])
        if len(leaving[box]) != open_arrows or not 0 < open_arrows <= LEAD_ON:
            continue
        cut = {frame for frame, n in done.items() if n < whole[frame]}
        for frame in {_common(chains[box], chains[arrows[n][1]]) for n in leaving[box]}:
            if frame in large and cut == set(around(view.frames, frame)):
                first = next(k for k in way if frame in (-1, *chains[k]))
                found.append(Cut(ends[rank[box]], frame, tuple(leaving[box]), view.boxes[first].id))
    return [cut for n, cut in enumerate(found) if n == len(found) - 1 or found[n + 1].arrows != cut.arrows]


def columns(cuts: Sequence[Cut], height: float, many: int, size: Callable[[Sequence[Cut]], float]) -> list[Cut]:
    """The cuts that make the smallest picture of at most so many columns, all in one frame.

    Args:
        height: of the picture in one column.
        size: of the picture with some cuts.
    """
    some: list[list[Cut]] = [[]]
    for frame in sorted({cut.frame for cut in cuts}):
        inside = [cut for cut in cuts if cut.frame == frame]
        for n in range(2, many + 1):
            chosen = _even(inside, height, n)
            if chosen and tallest(chosen, height) * (len(chosen) + 1) <= EVEN * height:
                some.append(chosen)
    return min(some, key=size)


def _even(cuts: Sequence[Cut], height: float, many: int) -> list[Cut]:
    """The cuts that are nearest to where equal columns would end."""
    found: list[Cut] = []
    column = height / many
    for n in range(1, many):
        last = found[-1].at if found else 0.0
        near = [c for c in cuts if abs(c.at - n * column) <= REACH * column and min(c.at - last, height - c.at) >= LEAST]
        if near:
            found.append(min(near, key=lambda cut: abs(cut.at - n * column)))
    return found


def tallest(cuts: Sequence[Cut], height: float) -> float:
    """The height of the tallest column."""
    ends = [0.0, *(cut.at for cut in cuts), height]
    return max(b - a for a, b in itertools.pairwise(ends)) if cuts else height


def _common(some: Sequence[int], others: Sequence[int]) -> int:
    """The innermost frame that two boxes share; -1 if they share none."""
    return next((frame for frame in some if frame in others), -1)


def _longest_way(uses: Sequence[Sequence[int]]) -> list[int]:
    """The boxes of a longest way through the picture, from its start to its end; boxes come after what they use."""
    depth = [0] * len(uses)
    for k, tails in enumerate(uses):
        depth[k] = 1 + max((depth[tail] for tail in tails), default=0)
    way = [max(range(len(uses)), key=depth.__getitem__)] if uses else []
    while way and uses[way[-1]]:
        way.append(max(uses[way[-1]], key=depth.__getitem__))
    return way[::-1]

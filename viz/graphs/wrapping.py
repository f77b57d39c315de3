"""The places where a long picture goes on at the top of the next column, like a text.

A cut divides the boxes in two, so that every arrow between them leads forwards. From the last box of the longest way a line
leads on to the next column; every other arrow across begins anew at the name of its box there, as a number of a formula does.
The columns stand in one frame, or in none: no frame is cut in two, but the one that they all stand in.
"""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from .view import Arrow, Box, View, around

LEAD_ON = 4  # arrows from one column to the next in one line: more of them would be a bundle
REACH = 0.4  # of a column: a column may be shorter or longer by that much
LEAST = 160.0  # points: a shorter column is not worth the way up
EVEN = 1.4  # the tallest column may be that much taller than all on average
MOST = 0.7  # of the picture: a frame that holds less of it is not wrapped
DEAR = 0.05  # of a column: that far a cut may stand from where equal columns end, for each name that it saves


class Cut(NamedTuple):
    """A place where a picture can go on in the next column.

    Attributes:
        at: points from its start, estimated.
        level: the boxes up to this level stand before it; see `levels_of`.
        frame: the frame that both columns stand in, a place in `View.frames`; -1 for none.
        arrows: the arrows that lead on, by their places.
        first: the id of the box that the first column begins with.
        across: how many other arrows cross it.
    """

    at: float
    level: int
    frame: int
    arrows: tuple[int, ...]
    first: str
    across: int


class Columns(NamedTuple):
    """A picture in columns.

    Attributes:
        cuts: between them; none for a picture in one.
        column: of every box.
        named: the arrows that begin at a name, by their places.
    """

    cuts: tuple[Cut, ...]
    column: tuple[int, ...]
    named: tuple[int, ...]


class Wrapping:
    """The ways in which one picture can be wrapped.

    Args:
        rank: of every box.
        ends: for every rank the points from the start of the picture to its end.
    """

    def __init__(self, view: View, rank: Sequence[int], ends: Sequence[float]) -> None:
        self.view, self.ends = view, ends
        index = {box.id: k for k, box in enumerate(view.boxes)}
        self.arrows = [(index[arrow.tail], index[arrow.head]) for arrow in view.arrows]
        self.chains = [tuple(around(view.frames, box.frame)) for box in view.boxes]
        self.whole = Counter(frame for chain in self.chains for frame in chain)
        self.large = {-1, *(frame for frame, n in self.whole.items() if n >= MOST * len(view.boxes))}
        uses: list[list[int]] = [[] for _ in index]
        for tail, head in self.arrows:
            uses[head].append(tail)
        self.way = _longest_way(uses)
        self.levels = self.levels_of(rank)

    def levels_of(self, rank: Sequence[int]) -> list[int]:
        """A level per box: that of all boxes of a frame, but for large ones, is one, and no arrow leads to a lower level."""
        outer = [next((f for f in chain[::-1] if f not in self.large), -1) for chain in self.chains]
        level = list(rank)
        of_frame: dict[int, int] = {}
        order = sorted(self.arrows, key=lambda arrow: rank[arrow[0]])
        before: list[int] = []
        while level != before:
            before = list(level)
            for k, frame in enumerate(outer):
                if frame != -1:
                    of_frame[frame] = max(of_frame.get(frame, 0), level[k])
            level = [of_frame[frame] if frame != -1 else level[k] for k, frame in enumerate(outer)]
            for tail, head in order:
                level[head] = max(level[head], level[tail])
        return self.pulled(level, [k for k, frame in enumerate(outer) if frame == -1])

    def pulled(self, level: list[int], free: Sequence[int]) -> list[int]:
        """The levels, with a leaf at that of its first user, and what is made of one leaf aside from the longest way as well.

        Args:
            free: the boxes that may stand elsewhere.
        """
        uses: list[set[int]] = [set() for _ in level]
        users: list[set[int]] = [set() for _ in level]
        for tail, head in self.arrows:
            users[tail].add(head)
            if self.view.boxes[tail].kind != "constant":
                uses[head].add(tail)
        leaves = {k for k in free if not uses[k]}
        made = [
            k for k in free if k not in leaves and k not in self.way and uses[k] <= leaves and len(uses[k]) <= len(users[k])
        ]
        for k in [*made, *leaves]:
            level[k] = min([level[user] for user in users[k]], default=level[k])
        return level

    def cuts(self) -> list[Cut]:
        """The places where the picture can be wrapped, in the order of the computation."""
        found = []
        names = [bool(name_of(box)) for box in self.view.boxes]
        crossing: list[list[int]] = [[] for _ in self.ends]
        for n, (tail, head) in enumerate(self.arrows):
            for level in range(self.levels[tail], self.levels[head]):
                crossing[level].append(n)
        for level, across in enumerate(crossing):
            last = next((k for k in reversed(self.way) if self.levels[k] <= level), None)
            leading = [n for n in across if self.arrows[n][0] == last][:LEAD_ON]
            if not leading or not all(names[self.arrows[n][0]] for n in across if n not in leading):
                continue
            both = {f for k, chain in enumerate(self.chains) if self.levels[k] <= level for f in chain}
            both &= {f for k, chain in enumerate(self.chains) if self.levels[k] > level for f in chain}
            frame = next((f for f in self.chains[last or 0] if f in both), -1)
            if both == set(around(self.view.frames, frame)):
                first = next(k for k in self.way if frame in (-1, *self.chains[k]))
                at = self.ends[level]
                found.append(Cut(at, level, frame, tuple(leading), self.view.boxes[first].id, len(across) - len(leading)))
        return found

    def divided(self, cuts: Sequence[Cut]) -> Columns:
        """The picture with these cuts."""
        column = tuple([sum(cut.level < level for cut in cuts) for level in self.levels])
        cuts = [
            cut._replace(arrows=tuple(m for m in cut.arrows if column[self.arrows[m][1]] == n + 1))
            for n, cut in enumerate(cuts)
        ]
        leading = {n for cut in cuts for n in cut.arrows}
        named = [n for n, (tail, head) in enumerate(self.arrows) if column[tail] != column[head] and n not in leading]
        return Columns(tuple(cuts), column, tuple(named))

    def best(self, height: float, most: int, smallest: float, size: Callable[[Columns, float], float]) -> tuple[Columns, float]:
        """The smallest picture of at most so many columns, all in one frame, and its size.

        Args:
            height: of the picture in one column.
            smallest: its size in one column.
            size: of a picture in columns; it may be any number above the second argument if it is not less than that.
        """
        best = self.divided(())
        cuts, tried = self.cuts(), set[tuple[int, ...]]()
        for frame in sorted({cut.frame for cut in cuts}):
            inside = [cut for cut in cuts if cut.frame == frame]
            for n in range(2, most + 1):
                chosen = _even(inside, height, n)
                levels = tuple([cut.level for cut in chosen])
                if not chosen or levels in tried or _tallest(chosen, height) * (len(chosen) + 1) > EVEN * height:
                    continue
                tried.add(levels)
                divided = self.divided(chosen)
                if all(cut.arrows for cut in divided.cuts) and (of_this := size(divided, smallest)) < smallest:
                    best, smallest = divided, of_this
        return best, smallest


def name_of(box: Box) -> str:
    """The name by which a box is mentioned in another column; '' if it has none that is short."""
    name = box.name or box.number
    return name if len(name) <= 24 and " … " not in name else ""


def parts_of(view: View, columns: Columns) -> Iterator[View]:
    """The boxes of each column, and the arrows between them."""
    of = {box.id: column for box, column in zip(view.boxes, columns.column, strict=True)}
    boxes: list[list[Box]] = [[] for _ in range(len(columns.cuts) + 1)]
    arrows: list[list[Arrow]] = [[] for _ in boxes]
    for box, column in zip(view.boxes, columns.column, strict=True):
        boxes[column].append(box)
    for arrow in view.arrows:
        if of[arrow.tail] == of[arrow.head]:
            arrows[of[arrow.tail]].append(arrow)
    return (view._replace(boxes=some, arrows=between) for some, between in zip(boxes, arrows, strict=True))


def name_id(view: View, n: int) -> str:
    """The id of the name at which an arrow begins, given by its place."""
    return f"a{n}_{view.arrows[n].tail}"


def beginnings(view: View, columns: Columns) -> list[tuple[int, str]]:
    """The names and leaves with which a column begins: the column, and their ids. They stand below the line that leads to it.

    Nothing else would hold a column together there: most of the arrows into it begin at names.
    """
    index = {box.id: k for k, box in enumerate(view.boxes)}
    named = set(columns.named)
    leading = {n for cut in columns.cuts for n in cut.arrows}
    inner = {arrow.head for n, arrow in enumerate(view.arrows) if n not in named}
    operands: dict[str, list[str]] = {}
    for n, arrow in enumerate(view.arrows):
        if n not in leading:
            operand = name_id(view, n) if n in named else "" if arrow.tail in inner else arrow.tail
            operands.setdefault(arrow.head, []).append(operand)
    return [
        (column, one)
        for head, some in operands.items()
        if (column := columns.column[index[head]]) and all(some)
        for one in some
    ]


def _even(cuts: Sequence[Cut], height: float, many: int) -> list[Cut]:
    """The cuts that are nearest to where equal columns would end, and that few arrows cross."""
    found: list[Cut] = []
    column = height / many
    for n in range(1, many):
        last = found[-1].at if found else 0.0
        near = [c for c in cuts if abs(c.at - n * column) <= REACH * column and min(c.at - last, height - c.at) >= LEAST]
        if near:
            found.append(min(near, key=lambda cut: abs(cut.at - n * column) + DEAR * cut.across * column))
    return found


def _tallest(cuts: Sequence[Cut], height: float) -> float:
    """The height of the tallest column."""
    ends = [0.0, *(cut.at for cut in cuts), height]
    return max(b - a for a, b in itertools.pairwise(ends)) if cuts else height


def _longest_way(uses: Sequence[Sequence[int]]) -> list[int]:
    """The boxes of a longest way through the picture, from its start to its end; boxes come after what they use."""
    depth = [0] * len(uses)
    for k, tails in enumerate(uses):
        depth[k] = 1 + max((depth[tail] for tail in tails), default=0)
    way = [max(range(len(uses)), key=depth.__getitem__)] if uses else []
    while way and uses[way[-1]]:
        way.append(max(uses[way[-1]], key=depth.__getitem__))
    return way[::-1]

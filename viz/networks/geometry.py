"""Places in the figure of a network: the neurons of a wide layer that are shown, their heights, and places for labels.

The geometry is known beforehand - layers are columns, neuron 1 is at the top - so no layout program is needed, which
would put the neurons of a column into an order of its own. Points are 1/72 inch; y grows upwards, as in DOT.
"""

import math
from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

Point = tuple[float, float]


class Fold(NamedTuple):
    """Neurons of a column that are folded into one node: '… 26 more'."""

    members: tuple[int, ...]


Row = int | Fold


def rows(size: int, widest: int, importance: Sequence[float | None] | None = None, keep: Collection[int] = ()) -> list[Row]:
    """The rows of a column, from top to bottom: all its neurons, or as many of a wide layer as fit into `widest` rows.

    Args:
        size: how many neurons the layer has; they count from 0.
        widest: how many rows a column may have.
        importance: a number per neuron; neurons with the largest magnitudes are shown, and the others folded below them.
            Without it the first and the last neurons are shown.
        keep: neurons that are shown in any case.

    Example:
        >>> rows(3, 5)
        [0, 1, 2]
        >>> rows(9, 4)
        [0, 1, Fold(members=(2, 3, 4, 5, 6, 7)), 8]
        >>> rows(6, 3, [0.0, 5.0, 1.0, -3.0, None, 2.0])
        [1, 3, Fold(members=(0, 2, 4, 5))]
    """
    if size <= widest:
        return list(range(size))
    room = max(widest - 1, 1)
    if importance is None:
        last = room // 3
        shown = {*range(room - last), *range(size - last, size), *keep}
    else:
        order = sorted(range(size), key=lambda i: (i not in keep, -magnitude(importance[i]), i))
        shown = set(order[:room])
        return [*sorted(shown), Fold(tuple(i for i in range(size) if i not in shown))]
    found: list[Row] = []
    gap: list[int] = []
    for i in range(size + 1):
        if i in shown or i == size:
            if gap:
                found.append(Fold(tuple(gap)))
            gap = []
            found.extend([i] if i < size else [])
        else:
            gap.append(i)
    return found


def magnitude(x: float | None) -> float:
    """A sort key: by magnitude, nan first, because readers look for it."""
    return -1.0 if x is None else math.inf if math.isnan(x) else abs(x)


def heights(count: int, pitch: float) -> list[float]:
    """The y of `count` rows at a distance, from top to bottom, around 0.

    >>> heights(3, 10.0)
    [10.0, 0.0, -10.0]
    """
    return [pitch * ((count - 1) / 2 - k) for k in range(count)]


def width_of(text: str, font: float) -> float:
    """The approximate width of a text in DejaVu Sans, in points.

    >>> round(width_of("w²₁₂ −0.25", 10.0))
    53
    """
    return font * sum(_WIDTHS.get(c, 0.64) for c in text)


# In parts of the font's size; every other character takes about as much as a digit.
_WIDTHS = {
    **dict.fromkeys("−×", 0.84),
    **dict.fromkeys("¹²³⁰⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉₋⁻", 0.4),
    **dict.fromkeys(" .,:", 0.33),
}


class Rectangle(NamedTuple):
    """A rectangle: its centre and half its sides."""

    x: float
    y: float
    half_width: float
    half_height: float

    def overlaps(self, other: "Rectangle") -> bool:
        """True if two rectangles have a point in common."""
        return (
            abs(self.x - other.x) < self.half_width + other.half_width
            and abs(self.y - other.y) < self.half_height + other.half_height
        )

    def is_crossed(self, a: Point, b: Point) -> bool:
        """True if a line from a to b, left to right or right to left, passes through the rectangle.

        >>> Rectangle(5.0, 5.0, 1.0, 1.0).is_crossed((0.0, 0.0), (10.0, 10.0))
        True
        >>> Rectangle(5.0, 5.0, 1.0, 1.0).is_crossed((0.0, 3.0), (10.0, 3.0))
        False
        """
        (x0, y0), (x1, y1) = sorted((a, b))
        left, right = max(x0, self.x - self.half_width), min(x1, self.x + self.half_width)
        if left >= right:
            return False
        slope = (y1 - y0) / (x1 - x0)
        ends = (y0 + slope * (left - x0), y0 + slope * (right - x0))
        return min(ends) < self.y + self.half_height and max(ends) > self.y - self.half_height


def along(lines: Sequence[tuple[Point, Point]], sizes: Iterable[Point], others: Sequence[tuple[Point, Point]]) -> list[Point]:
    """A place on every line for its label, where it covers neither other labels nor, if possible, other lines.

    Args:
        lines: the lines that have a label, each by its ends.
        sizes: width and height of the labels.
        others: all lines of the figure that labels should avoid; they may include those of `lines`.

    Returns:
        The centres, on the lines.
    """
    placed: list[Rectangle] = []
    for line, (width, height) in zip(lines, sizes, strict=True):
        (x0, y0), (x1, y1) = line
        best: tuple[float, Rectangle] | None = None
        room = max(0.0, 0.5 - (width / 2 + 10.0) / max(abs(x1 - x0), 1.0))  # a label that stays clear of the neurons
        for k in range(-10, 11):
            t = 0.5 + 0.1 * k * room
            box = Rectangle(x0 + t * (x1 - x0), y0 + t * (y1 - y0), width / 2 + 1.0, height / 2 + 1.0)
            cost = 100.0 * sum(map(box.overlaps, placed))
            cost += sum(box.is_crossed(a, b) for a, b in others if (a, b) != line) + 0.01 * abs(k)
            if best is None or cost < best[0]:
                best = (cost, box)
        assert best is not None
        placed.append(best[1])
    return [(box.x, box.y) for box in placed]

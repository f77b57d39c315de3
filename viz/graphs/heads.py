"""The heads of arrows in an SVG by Graphviz, side by side where they would lie on each other.

Graphviz leads every arrow towards the middle of its box, so that several from one direction end at the same point. Here each
moves along the side of the box where it ends, as far as it takes and no further; lines that come from the left end on the left.
"""

import itertools
import math
import re
from collections.abc import Sequence
from typing import NamedTuple

CLOSE = 6.0  # points between two heads that are moved
APART = 7.0  # points between two heads: a head is 6 points long and 4 wide
CORNER = 8.0  # points of a side that are round, or belong to the next one
NEAR = 5.0  # points: a head that is further from every side of its box stays
BACK = 30.0  # points before its end a line shows the direction that it comes from

_NODE = re.compile(r'<g id="node\d+" class="node">\n<title>(?P<name>.*?)</title>(?P<drawn>.*?)\n</g>\n', re.DOTALL)
_EDGE = re.compile(r'<g id="edge\d+" class="edge">\n<title>.*?&#45;&gt;(?P<head>.*?)</title>.*?\n</g>\n', re.DOTALL)
_OUTLINE = re.compile(r'<(?:polygon|path) [^>]*\b(?:points|d)="([^"]*)"')
_PATH = re.compile(r'(?<=\bd=")[^"]*(?=")')
_POINTS = re.compile(r'(?<=\bpoints=")[^"]*(?=")')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_END = re.compile(r"(-?[\d.]+),(-?[\d.]+) (-?[\d.]+),(-?[\d.]+)$")

Point = tuple[float, float]


class _Head(NamedTuple):
    """An arrow where it ends.

    Attributes:
        edge: its place among the edges.
        tip: its point.
        back: the point before it that tells where it comes from.
    """

    edge: int
    tip: Point
    back: Point


def apart(svg: str, down: bool = False) -> str:
    """An SVG in which no two arrows end at one point of a box, as far as its side is long enough.

    Args:
        down: True for a picture from top to bottom: at a corner of a box an arrow then belongs to the side above or below.

    >>> apart("<svg></svg>")
    '<svg></svg>'
    """
    edges = list(_EDGE.finditer(svg))
    sides: dict[tuple[str, int], list[_Head]] = {}
    boxes = _boxes(svg)
    for n, edge in enumerate(edges):
        head = _head(n, edge[0])
        if head and edge["head"] in boxes and (side := _side(boxes[edge["head"]], head.tip, down)) is not None:
            sides.setdefault((edge["head"], side), []).append(head)
    moved = dict[int, Point]()
    tips: dict[str, list[Point]] = {}
    for (name, _), heads in sides.items():
        tips.setdefault(name, []).extend(head.tip for head in heads)
    for (name, side), heads in sides.items():
        if any(sum(math.dist(head.tip, tip) < CLOSE for tip in tips[name]) > 1 for head in heads):
            moved |= _spread(heads, boxes[name], side)
    pieces, at = [], 0
    for n, by in sorted(moved.items()):
        pieces += [svg[at : edges[n].start()], _moved(edges[n][0], by)]
        at = edges[n].end()
    return "".join([*pieces, svg[at:]])


def _boxes(svg: str) -> dict[str, tuple[float, float, float, float]]:
    """The left, upper, right and lower side of every box."""
    found = {}
    for node in _NODE.finditer(svg):
        numbers = [float(n) for outline in _OUTLINE.findall(node["drawn"]) for n in _NUMBER.findall(outline)]
        if numbers:
            found[node["name"]] = min(numbers[::2]), min(numbers[1::2]), max(numbers[::2]), max(numbers[1::2])
    return found


def _head(n: int, edge: str) -> _Head | None:
    """The end of an arrow; None of a line without a head."""
    path, points = _PATH.search(edge), _POINTS.search(edge)
    end = _END.search(path[0]) if path else None
    if not end or not points:
        return None
    before, last = (float(end[1]), float(end[2])), (float(end[3]), float(end[4]))
    numbers = list(map(float, _NUMBER.findall(points[0])))
    tip = max(zip(numbers[::2], numbers[1::2], strict=False), key=lambda point: math.dist(point, last))
    size = math.dist(before, tip) or 1.0
    back = tip[0] + (before[0] - tip[0]) * BACK / size, tip[1] + (before[1] - tip[1]) * BACK / size
    return _Head(n, tip, back)


def _side(box: tuple[float, float, float, float], tip: Point, down: bool) -> int | None:
    """The side that a head stands at: 0 left, 1 above, 2 right, 3 below; None for a corner that is cut off."""
    near = [side for side, edge in enumerate(box) if abs(tip[side % 2] - edge) <= NEAR]
    return min(near, key=lambda side: side % 2 != down) if near else None


def _spread(heads: list[_Head], box: tuple[float, float, float, float], side: int) -> dict[int, Point]:
    """The moves of the heads on one side of a box, by their edges; a head that stays has none."""
    along = 1 - side % 2
    heads.sort(key=lambda head: head.back[along])
    low, high = box[along] + CORNER, box[along + 2] - CORNER
    old = [head.tip[along] for head in heads]
    new = spaced(old, min(APART, max(high - low, 0.0) / max(len(heads) - 1, 1)), low, high)
    edge, outwards = box[side], (min, max)[side // 2]
    moves: dict[int, Point] = {}
    for head, a, b in zip(heads, old, new, strict=True):
        if abs(b - a) > 0.05:
            at = head.tip[side % 2]
            off = outwards(at, edge) - at  # a corner is round, and a head that stood there would be inside
            moves[head.edge] = (b - a, off) if along == 0 else (off, b - a)
    return moves


def spaced(places: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """The places nearest to these, in their order and between the ends, with a gap between neighbours.

    >>> spaced([10.0, 10.0, 10.0, 40.0], 6.0, 0.0, 50.0), spaced([1.0, 1.0], 6.0, 0.0, 50.0)
    ([4.0, 10.0, 16.0, 40.0], [0.0, 6.0])
    """
    together: list[list[float]] = []  # places less their gaps, which may not fall: neighbours that would get their mean
    for n, place in enumerate(places):
        together.append([place - n * gap])
        while len(together) > 1 and _mean(together[-2]) > _mean(together[-1]):
            last = together.pop()
            together[-1] += last
    means = [
        min(max(mean, low - first * gap), high - (first + len(some) - 1) * gap)
        for some, first in zip(together, itertools.accumulate(map(len, together), initial=0), strict=False)
        for mean in [_mean(some)] * len(some)
    ]
    return [mean + n * gap for n, mean in enumerate(means)]


def _mean(numbers: Sequence[float]) -> float:
    return sum(numbers) / len(numbers)


def _moved(edge: str, by: Point) -> str:
    """An arrow whose end is moved; the rest of its line stays."""

    def end(path: re.Match[str]) -> str:
        return _END.sub(lambda found: _shifted(found[0], by), path[0])

    edge = _PATH.sub(end, edge, count=1)
    return _POINTS.sub(lambda points: _shifted(points[0], by), edge, count=1)


def _shifted(points: str, by: Point) -> str:
    """Points that are written 'x,y x,y', moved."""
    pairs = (pair.split(",") for pair in points.split())
    return " ".join(f"{float(x) + by[0]:.2f},{float(y) + by[1]:.2f}" for x, y in pairs)

"""The labels of a picture's arrows, measured in its SVG: how far each is from its own arrow, and from the nearest other one."""

import itertools
import math
import re
import xml.etree.ElementTree as ET
from typing import NamedTuple

from layout_programs import SVG, is_name, is_stop

STEPS = 24  # points on each curve
TOUCH = 1.0  # points: an arrow so near to a text touches it
LETTER = 0.58  # the mean width of a letter in DejaVu Sans, as a share of the size of the font

Point = tuple[float, float]


class Rectangle(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def distance(self, p: Point) -> float:
        """To a point; 0 inside."""
        return math.hypot(max(self.left - p[0], p[0] - self.right, 0.0), max(self.top - p[1], p[1] - self.bottom, 0.0))

    def overlaps(self, other: "Rectangle", by: float = 0.0) -> bool:
        """True if they share more than `by` points in both directions."""
        across = min(self.right, other.right) - max(self.left, other.left)
        return across > by and min(self.bottom, other.bottom) - max(self.top, other.top) > by


class Label(NamedTuple):
    """A label: its arrow, as (tail, head), its text, and the distances from its rectangle."""

    arrow: tuple[str, str]
    text: str
    to_own: float
    to_other: float
    place: Rectangle


def labels_in(svg: str | bytes) -> list[Label]:
    """The labels of an SVG by Graphviz."""
    lines: dict[tuple[str, str], list[Point]] = {}
    texts: dict[tuple[str, str], list[ET.Element]] = {}
    held: dict[str, list[ET.Element]] = {}
    pieces: list[tuple[str, str, list[Point]]] = []
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title") or ""
        if group.get("class") == "node" and is_stop(title):
            held[title] = list(group.iter(f"{SVG}text"))
        elif group.get("class") == "edge":
            tail, _, head = title.partition("->")
            points = [p for path in group.iter(f"{SVG}path") for p in _points(path.get("d") or "")]
            if points:
                pieces.append((tail, head, points))
                texts.setdefault((tail, head), []).extend(group.iter(f"{SVG}text"))
    ends: dict[str, list[str]] = {}
    for tail, head, _ in pieces:
        if is_stop(head):
            ends.setdefault(head, ["", ""])[0] = tail
        if is_stop(tail):
            ends.setdefault(tail, ["", ""])[1] = head
    for tail, head, points in pieces:
        label = head if held.get(head) or not is_stop(tail) else tail
        lines.setdefault((label, label) if label in held else (tail, head), []).extend(points)
    for label, inside in held.items():
        texts[label, label] = inside
        before, after = (next((p for *ends, p in pieces if ends[k] == label), []) for k in (1, 0))
        if before and after:  # the line goes on behind the label
            (x_0, y_0), (x_1, y_1) = min(((a, b) for a in before for b in after), key=lambda pair: math.dist(*pair))
            ways = (step / STEPS for step in range(STEPS + 1))
            lines.setdefault((label, label), []).extend([(x_0 + t * (x_1 - x_0), y_0 + t * (y_1 - y_0)) for t in ways])
    found = []
    for arrow, inside in texts.items():
        if inside:
            place = _around(inside)
            text = " ".join("".join(t.itertext()).strip() for t in inside)
            others = (place.distance(p) for other, points in lines.items() if other != arrow for p in points)
            own = min(place.distance(p) for p in lines[arrow])
            named = tuple(ends[arrow[0]]) if arrow[0] in held else arrow
            found.append(Label((named[0], named[1]), text, own, min(others, default=math.inf), place))
    return found


def boxes_in(svg: str | bytes) -> dict[str, Rectangle]:
    """The rectangles of the boxes of an SVG by Graphviz that have an outline."""
    found = {}
    for group in ET.fromstring(svg).iter(f"{SVG}g"):
        title = group.findtext(f"{SVG}title") or ""
        if group.get("class") == "node" and not is_stop(title) and not is_name(title):
            shapes = [*group.iter(f"{SVG}polygon"), *group.iter(f"{SVG}path")]
            points = [p for shape in shapes for p in _numbers(shape.get("points") or shape.get("d") or "")]
            if points:
                xs, ys = zip(*points, strict=True)
                found[title] = Rectangle(min(xs), min(ys), max(xs), max(ys))
    return found


def astray(labels: list[Label]) -> list[Label]:
    """Those that are nearer to another arrow than to their own, or that another one touches."""
    return [label for label in labels if label.to_other <= max(label.to_own, TOUCH)]


def colliding(labels: list[Label]) -> list[tuple[str, str]]:
    """Pairs of labels, one of which lies on the other."""
    return [(a.text, b.text) for a, b in itertools.combinations(labels, 2) if a.place.overlaps(b.place, 1.0)]


def _around(texts: list[ET.Element]) -> Rectangle:
    boxes = []
    for text in texts:
        size = float(text.get("font-size", "9"))
        half = LETTER * size * len("".join(text.itertext()).strip()) / 2
        x, y = float(text.get("x", "0")), float(text.get("y", "0"))
        boxes.append((x - half, y - 0.75 * size, x + half, y + 0.2 * size))
    lefts, tops, rights, bottoms = zip(*boxes, strict=True)
    return Rectangle(min(lefts), min(tops), max(rights), max(bottoms))


def _numbers(text: str) -> list[Point]:
    numbers = [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", text)]
    return list(zip(numbers[::2], numbers[1::2], strict=False))


def _points(path: str) -> list[Point]:
    """Points on the curve of a path of cubic pieces."""
    knots = _numbers(path)
    found = knots[:1]
    for n in range(0, len(knots) - 3, 3):
        a, b, c, d = knots[n : n + 4]
        for step in range(1, STEPS + 1):
            t = step / STEPS
            u = 1.0 - t
            weights = (u**3, 3 * u * u * t, 3 * u * t * t, t**3)
            found.append(tuple(sum(w * p[k] for w, p in zip(weights, (a, b, c, d), strict=True)) for k in (0, 1)))  # type: ignore[arg-type]
    return found

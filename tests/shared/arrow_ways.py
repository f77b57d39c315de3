"""The ways of a picture's arrows, measured in its SVG: strange boxes that they touch, arrows that they run along."""

import itertools
import math
import xml.etree.ElementTree as ET
from typing import NamedTuple

from arrow_labels import Point, _points, boxes_in
from layout_programs import SVG, is_stop

TOUCH = 2.0  # points: an arrow so near to a box seems to end there
TOGETHER, LONG = 2.0, 60.0  # two arrows so near to each other for so long are one line
FREE = 45.0  # points round a box in which its own arrows may come together
STEP = 3.0


class Way(NamedTuple):
    """An arrow: its ends, and points on it."""

    tail: str
    head: str
    points: list[Point]


def ways_in(svg: str) -> list[Way]:
    """The arrows of an SVG by Graphviz, those in pieces as one."""
    ends: dict[object, list[str]] = {}
    points: dict[object, list[Point]] = {}
    for n, group in enumerate(ET.fromstring(svg).iter(f"{SVG}g")):
        if group.get("class") == "edge":
            tail, _, head = (group.findtext(f"{SVG}title") or "").partition("->")
            stop = head if is_stop(head) else tail
            arrow = stop.partition("_")[0] if is_stop(stop) else n
            whole = ends.setdefault(arrow, ["", ""])
            whole[:] = [whole[0] if is_stop(tail) else tail, whole[1] if is_stop(head) else head]
            for path in group.iter(f"{SVG}path"):
                points.setdefault(arrow, []).extend(_dense(_points(path.get("d") or "")))
    return [Way(ends[arrow][0], ends[arrow][1], some) for arrow, some in points.items()]


def _dense(points: list[Point]) -> list[Point]:
    found = points[:1]
    for a, b in itertools.pairwise(points):
        n = max(1, math.ceil(math.dist(a, b) / STEP))
        found += [(a[0] + (b[0] - a[0]) * k / n, a[1] + (b[1] - a[1]) * k / n) for k in range(1, n + 1)]
    return found


def touching(svg: str) -> list[tuple[str, str, str]]:
    """The arrows, as (tail, head), that touch a box which is neither."""
    boxes = boxes_in(svg)
    return [
        (way.tail, way.head, name)
        for way in ways_in(svg)
        for name, place in boxes.items()
        if name not in (way.tail, way.head) and any(place.distance(p) < TOUCH for p in way.points)
    ]


def running_together(svg: str) -> list[tuple[Way, Way]]:
    """The pairs of arrows between different boxes that cannot be told apart for a while."""
    boxes = boxes_in(svg)
    found = []
    for a, b in itertools.combinations(ways_in(svg), 2):
        shared = [boxes[name] for name in {a.tail, a.head} & {b.tail, b.head} if name in boxes]
        apart = [p for p in a.points if not any(place.distance(p) < FREE for place in shared)]
        near = sum(any(math.dist(p, q) < TOGETHER for q in b.points) for p in apart)
        if near * STEP > LONG and (a.tail, a.head) != (b.tail, b.head):
            found.append((a, b))
    return found

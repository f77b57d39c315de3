"""The places of boxes, frames and labels, and the lines of arrows, as Graphviz lays them out.

Graphviz is given rectangles only, and asked where they go; a label is a rectangle that the line of its arrow runs through. If
it is missing, or there is too much for it, the rank layout gives the places of boxes, without frames.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from xml.etree import ElementTree

from .. import rendering
from ..graphs import layout
from ..graphs.layout import Place
from ..graphs.view import Arrow, Box, View

Point = tuple[float, float]
Size = tuple[float, float]
_SVG = "{http://www.w3.org/2000/svg}"
_PAIR = re.compile(r"(-?[\d.]+(?:e-?\d+)?),(-?[\d.]+(?:e-?\d+)?)")
EDGE = 4.0  # around everything


class Geometry(NamedTuple):
    """The places of everything, in points from the top left corner.

    Attributes:
        boxes, frames: places by id.
        labels: the place of the label of every arrow, by the place of the arrow in the view.
        lines: per arrow of the view its curves, each the points of a Bezier curve, three for every piece after the first.
        width, height: of all.
    """

    boxes: Mapping[str, Place]
    frames: Mapping[str, Place]
    labels: Mapping[int, Place]
    lines: list[list[list[Point]]]
    width: float
    height: float


def geometry_of(view: View, size_of: Callable[[Box], Size], label_size: Callable[[Arrow], Size | None]) -> Geometry:
    """The layout of a view from left to right.

    Args:
        size_of: the width and height of a box, in points.
        label_size: those of the label of an arrow; None for an arrow without one.
    """
    if not layout.too_large(view):
        try:
            return _read(view, rendering.render(_dot(view, size_of, label_size), "svg").decode())
        except rendering.RenderError:
            pass
    return _ranks(view, size_of, label_size)


def _dot(view: View, size_of: Callable[[Box], Size], label_size: Callable[[Arrow], Size | None]) -> str:
    """The view as rectangles, in DOT."""
    frame_of = {box.id: box.frame for box in view.boxes}
    inside: dict[int, list[str]] = {}
    for box in view.boxes:
        inside.setdefault(box.frame, []).append(_rectangle(box.id, size_of(box)))
    edges = []
    for n, arrow in enumerate(view.arrows):
        size = label_size(arrow)
        if size is not None:
            inside.setdefault(frame_of[arrow.head], []).append(_rectangle(f"a{n}", size))
        edges.append(f"{arrow.tail} -> a{n}\na{n} -> {arrow.head}" if size else f"{arrow.tail} -> {arrow.head}")
    lines = ["digraph {", "rankdir=LR nodesep=0.1 ranksep=0.22", 'node [shape=box fixedsize=true label=""]', "edge [dir=none]"]
    return "\n".join([*lines, *_clusters(view, inside), *edges, "}"])


def _rectangle(name: str, size: Size) -> str:
    return f"{name} [width={size[0] / 72:.4f} height={size[1] / 72:.4f}]"


def _clusters(view: View, inside: Mapping[int, list[str]]) -> Iterator[str]:
    """Frames around what is in them; the heading is as high as a line."""
    children: dict[int, list[int]] = {}
    for n, frame in enumerate(view.frames):
        children.setdefault(frame.frame, []).append(n)
    stack = [-1]
    while stack:
        which = stack.pop()
        if which == -2:
            yield "}"
            continue
        if which >= 0:
            yield f'subgraph cluster_{view.frames[which].id} {{ label=" " fontsize=9 margin=6'
        yield from inside.get(which, ())
        stack += [entry for n in reversed(children.get(which, [])) for entry in (-2, n)]


def _read(view: View, drawn: str) -> Geometry:
    """Graphviz's SVG: rectangles and curves by their titles."""
    nodes: dict[str, list[Point]] = {}
    frames: dict[str, list[Point]] = {}
    curves: dict[str, list[list[Point]]] = {}
    for group in ElementTree.fromstring(drawn).iter(f"{_SVG}g"):
        title, kind = group.findtext(f"{_SVG}title") or "", group.get("class")
        if kind in ("node", "cluster"):
            polygon = group.find(f".//{_SVG}polygon")
            points = _points("" if polygon is None else polygon.get("points", ""))
            (nodes if kind == "node" else frames)[title.removeprefix("cluster_")] = points
        elif kind == "edge":
            path = group.find(f".//{_SVG}path")
            curves.setdefault(title, []).append(_points("" if path is None else path.get("d", "")))
    every = [*(p for some in (nodes, frames) for points in some.values() for p in points)]
    every += [p for some in curves.values() for points in some for p in points]
    left, top = (min(p[k] for p in every) - EDGE for k in (0, 1))
    right, bottom = (max(p[k] for p in every) + EDGE for k in (0, 1))

    def place(points: list[Point]) -> Place:
        x, y = (min(p[k] for p in points) for k in (0, 1))
        return Place(x - left, y - top, max(p[0] for p in points) - x, max(p[1] for p in points) - y)

    def curve(title: str) -> list[Point]:
        return [(x - left, y - top) for x, y in curves[title].pop(0)]

    labels = {n: place(nodes[f"a{n}"]) for n in range(len(view.arrows)) if f"a{n}" in nodes}
    lines = [
        [curve(f"{a.tail}->a{n}"), curve(f"a{n}->{a.head}")] if n in labels else [curve(f"{a.tail}->{a.head}")]
        for n, a in enumerate(view.arrows)
    ]
    boxes = {box.id: place(nodes[box.id]) for box in view.boxes}
    return Geometry(boxes, {name: place(points) for name, points in frames.items()}, labels, lines, right - left, bottom - top)


def _points(text: str) -> list[Point]:
    return [(float(x), float(y)) for x, y in _PAIR.findall(text)]


def _ranks(view: View, size_of: Callable[[Box], Size], label_size: Callable[[Arrow], Size | None]) -> Geometry:
    """The places of the rank layout, with labels in the middle of their arrows."""
    places = layout.place(view, size_of)
    lines, labels = [], {}
    for n, arrow in enumerate(view.arrows):
        a, b = places[arrow.tail], places[arrow.head]
        (x0, y0), (x1, y1) = (a.x + a.width, a.y + a.height / 2), (b.x, b.y + b.height / 2)
        middle = (x0 + x1) / 2
        lines.append([[(x0, y0), (middle, y0), (middle, y1), (x1, y1)]])
        size = label_size(arrow)
        if size is not None:
            labels[n] = Place(middle - size[0] / 2, (y0 + y1 - size[1]) / 2, *size)
    width, height = (max(p[k] + p[k + 2] for p in places.values()) + EDGE for k in (0, 1))
    return Geometry(places, {}, labels, lines, width, height)

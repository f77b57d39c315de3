"""The titles of frames in an SVG by Graphviz, in front of the arrows and beside them.

Graphviz draws them behind, at the left, and an arrow that comes in there would go through the word. Each moves along the top of
its frame to the first place where no arrow is, and is written once more at the end, on a rim of paper, for where there is none;
people who hear the picture hear one.
"""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from .. import style

_FRAME = re.compile(r'<g id="clust\d+" class="cluster">.*?</g>', re.DOTALL)
_EDGE = re.compile(r'<g id="edge\d+" class="edge">.*?\n</g>\n', re.DOTALL)
_PATH = re.compile(r'<path [^>]*\bd="([^"]*)"')
_TEXT = re.compile(r'<text (?P<before>[^>]*?)\bx="(?P<x>[^"]*)" y="(?P<y>[^"]*)"(?P<after>[^>]*)>(?P<words>[^<]*)</text>')
_SIZE = re.compile(r'font-size="([\d.]+)"')
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_END = re.compile(r"</g>\s*</svg>\s*$")
_LETTER, _BLANK = 0.62, 0.318  # widths of a letter, at most, and of a blank in DejaVu Sans, as shares of the size of the font
_PIECES = 12  # of a curve
_FREE = 3.0  # points between a title and an arrow

Curve = tuple[tuple[float, float], ...]


class _Strip(NamedTuple):
    """A strip along the top of a frame: its left and right end, and its upper and lower edge."""

    left: float
    right: float
    top: float
    bottom: float


def in_front(svg: str) -> str:
    """An SVG in which no arrow goes through the title of a frame.

    >>> in_front('<svg><g><g id="clust1" class="cluster"><text x="1" y="1">layer1</text></g></g></svg>').count("layer1")
    2
    """
    end = _END.search(svg)
    if not end or not _FRAME.search(svg):
        return svg
    curves = [curve for edge in _EDGE.findall(svg) for path in _PATH.findall(edge) for curve in _curves(path)]
    titles: list[str] = []

    def moved(frame: re.Match[str]) -> str:
        path = _PATH.search(frame[0])
        outline = list(map(float, _NUMBER.findall(path[1]))) if path else []

        def put(text: re.Match[str]) -> str:
            x = _free_place(text, max(outline[::2], default=0.0), curves)
            titles.append(f'{text["before"]}x="{x:g}" y="{text["y"]}"{text["after"]}>{text["words"]}</text>')
            return f"<text {titles[-1]}"

        return _TEXT.sub(put, frame[0])

    rim = f'stroke="{style.PAPER}" stroke-width="3" stroke-linejoin="round" paint-order="stroke"'
    behind = _FRAME.sub(moved, svg[: end.start()])
    written = "\n".join(f"<text {rim} {title}" for title in titles)
    return f'{behind}<g class="titles" aria-hidden="true">\n{written}\n</g>\n{end[0]}'


def _free_place(text: re.Match[str], right: float, curves: list[Curve]) -> float:
    """The x of a title where no arrow goes through it, as far to the left as possible; where it is if there is no such place.

    Args:
        right: the right side of its frame.
    """
    x, base, words = float(text["x"]), float(text["y"]), text["words"]
    found = _SIZE.search(text[0])
    size = float(found[1]) if found else 10.0
    title = words.rstrip(" \u00a0")
    wide = _LETTER * size * len(title)
    left = start = x - (wide + _BLANK * size * (len(words) - len(title))) / 2
    for a, b in sorted(_crossed(_Strip(left, right, base - 0.8 * size, base + 0.3 * size), curves)):
        if a - _FREE < left + wide and b + _FREE > left:
            left = b + _FREE
    return x + left - start if left + wide <= right - _FREE else x


def _crossed(strip: _Strip, curves: list[Curve]) -> Iterator[tuple[float, float]]:
    """The stretches of a strip that arrows go through."""
    for curve in curves:
        xs, ys = zip(*curve, strict=True)
        if max(ys) < strip.top or min(ys) > strip.bottom or max(xs) < strip.left or min(xs) > strip.right:
            continue
        for (x0, y0), (x1, y1) in itertools.pairwise(_points(curve)):
            if max(y0, y1) >= strip.top and min(y0, y1) <= strip.bottom:
                yield min(x0, x1), max(x0, x1)


def _curves(path: str) -> list[Curve]:
    """The cubic pieces of a path."""
    numbers = list(map(float, _NUMBER.findall(path)))
    knots = list(zip(numbers[::2], numbers[1::2], strict=False))
    return [tuple(knots[n : n + 4]) for n in range(0, len(knots) - 3, 3)]


def _points(curve: Curve) -> list[tuple[float, float]]:
    """Points on a cubic curve."""
    (xa, ya), (xb, yb), (xc, yc), (xd, yd) = curve
    found = []
    for n in range(_PIECES + 1):
        t = n / _PIECES
        u = 1.0 - t
        a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
        found.append((a * xa + b * xb + c * xc + d * xd, a * ya + b * yb + c * yc + d * yd))
    return found

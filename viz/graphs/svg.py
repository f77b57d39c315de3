"""A view and the places of its boxes as SVG: the layout of `layout.place`, drawn as Graphviz would draw it.

A pure function from data to text. Texts are escaped and fitted into their boxes whatever font a machine has; colours and
words are those of dot.py.
"""

from collections.abc import Iterator, Mapping
from html import escape

from .. import scripts, style
from ..rendering import FONTS, UNPRINTABLE
from . import dot
from .arrows import SMALL, Line, lines_of_arrows
from .layout import Place
from .view import Box, View

Point = tuple[float, float]


def svg_of(view: View, places: Mapping[str, Place], words: bool = True, size: str | None = None) -> str:
    """The picture.

    Args:
        places: the place of each box.
        words: True to write text in the boxes.
        size: the inches to fit into, as DOT writes them: '6,4'.

    Example:
        >>> from .graph import graph_of
        >>> from .fold import tree_of
        >>> from .layout import place
        >>> from .choice import everything
        >>> from .view import view
        >>> from autograd import Value
        >>> tree = tree_of(graph_of(Value(2.0, label="x") * 3.0))
        >>> shown = view(tree, everything(tree))
        >>> svg_of(shown, place(shown, dot.size_of)).startswith("<?xml")
        True
    """
    width = max(p.x + p.width for p in places.values()) + 10
    height = max(p.y + p.height for p in places.values()) + 10 + (20 if view.folded else 0)
    largest = view.grads.huge
    fits = (
        min(1.0, *(72.0 * float(side) / of for side, of in zip(size.split(","), (width, height), strict=True))) if size else 1.0
    )
    parts = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<svg width="{width * fits:.0f}pt" height="{height * fits:.0f}pt" viewBox="0 0 {width:.1f} {height:.1f}"'
        ' xmlns="http://www.w3.org/2000/svg">',
        f"<style>text{{font-family:{', '.join(FONTS)};fill:{style.INK}}}.l{{font-size:{dot.FONT_SIZE}px;text-anchor:middle}}"
        f".s{{font-size:{SMALL}px;fill:{style.MUTED};text-anchor:middle}}"
        f".n{{paint-order:stroke;stroke:{style.PAPER};stroke-width:3}}"  # the line stops at its label
        f"path,rect,polygon{{stroke:{style.MUTED};stroke-width:1}}.a{{fill:none;stroke:{style.FAINT}}}</style>",
        f'<rect x="0" y="0" width="100%" height="100%" fill="{style.PAPER}" style="stroke:none"/>',
        *(_arrow(line, places) for line in lines_of_arrows(view)),
        *(_box(box, places[box.id], largest, words) for box in view.boxes),
    ]
    if view.folded:
        parts.append(f'<text class="s" style="text-anchor:start" x="10" y="{height - 10:.1f}">{_text(view.folded)}</text>')
    return scripts.in_svg("\n".join([*parts, "</svg>\n"]))


def _text(text: str) -> str:
    return escape(UNPRINTABLE.sub("\ufffd", text.replace("\n", " ").replace("\r", " ")), quote=False)


def _arrow(line: Line, places: Mapping[str, Place]) -> str:
    corners = curve_of(places[line.tail], places[line.head])
    (x0, y0), *_, (x1, y1) = corners
    start, *others = (f"{x:.1f} {y:.1f}" for x, y in corners)
    colour = line.look.get("color")
    looks = f' style="stroke:{colour};stroke-width:{line.look["penwidth"]}"' if colour else ""
    text = ""
    for n, part in enumerate(line.label.split("\n") if line.label else ()):
        fill = f' style="fill:{colour}"' if colour else ""
        middle = f'x="{(x0 + x1) / 2:.1f}" y="{(y0 + y1) / 2 + 11 * n - 2:.1f}"'
        text += f'<text class="s n" {middle}{fill}>{_text(part)}</text>'
    return f'<path class="a" d="M{start}C{" ".join(others)}"{looks}/>{text}'


def curve_of(a: Place, b: Place) -> list[Point]:
    """The four points of the curve from one box to another, a cubic one."""
    (x0, y0), (x1, y1) = _ends(a, b)
    if abs(x1 - x0) < abs(y1 - y0) and x0 == a.x + a.width / 2:  # from top to bottom
        return [(x0, y0), (x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2), (x1, y1)]
    return [(x0, y0), ((x0 + x1) / 2, y0), ((x0 + x1) / 2, y1), (x1, y1)]


def _ends(a: Place, b: Place) -> tuple[tuple[float, float], tuple[float, float]]:
    """The ends of an arrow, on the sides of the two boxes that face each other."""
    if a.x + a.width <= b.x:
        return (a.x + a.width, a.y + a.height / 2), (b.x, b.y + b.height / 2)
    if a.y + a.height <= b.y:
        return (a.x + a.width / 2, a.y + a.height), (b.x + b.width / 2, b.y)
    if b.y + b.height <= a.y:
        return (a.x + a.width / 2, a.y), (b.x + b.width / 2, b.y + b.height)
    return (a.x, a.y + a.height / 2), (b.x + b.width, b.y + b.height / 2)


def _box(box: Box, place: Place, largest: float, words: bool) -> str:
    look = dot.look_of(box, largest)
    parts = [f"<title>{_text(dot.tip_of(box))}</title>"]
    if box.kind != "constant":
        parts += _frames(box, place, look)
    lines = dot.lines_of(box) if words else []
    top = place.y + place.height / 2 - (len(lines) - 1) * dot.FONT_SIZE * 0.6 + dot.FONT_SIZE * 0.36
    middle, room = place.x + place.width / 2, place.width - 8
    for n, line in enumerate(lines):
        line = line if len(line) <= 200 else line[:199] + "…"
        # Fonts differ in width: a line that might not fit gets the width it may have.
        fit = f' textLength="{room:.1f}" lengthAdjust="spacingAndGlyphs"' if len(line) * 6.9 > room else ""
        parts.append(f'<text class="l" x="{middle:.1f}" y="{top + n * dot.FONT_SIZE * 1.2:.1f}"{fit}>{_text(line)}</text>')
    return f'<g id="{box.id}">{"".join(parts)}</g>'


def _frames(box: Box, place: Place, look: Mapping[str, str]) -> Iterator[str]:
    """The outline of a box."""
    x, y, w, h = place
    dash = ' stroke-dasharray="4 3"' if "dashed" in look["style"] else ""
    fill, _, second = look["fillcolor"].partition(":")
    if second:  # both signs: a gradient from one colour to the other
        stops = f'<stop stop-color="{fill}"/><stop offset="1" stop-color="{second}"/>'
        yield f'<linearGradient id="f{box.id}">{stops}</linearGradient>'
        fill = f"url(#f{box.id})"
    drawn = f'fill="{fill}"{dash}'
    if "color" in look or "penwidth" in look:
        drawn += f' style="stroke:{look.get("color", style.MUTED)};stroke-width:{look.get("penwidth", "1")}"'
    if look["shape"] == "octagon":
        c = min(w, h) * 0.2
        corners = ((x + c, y), (x + w - c, y), (x + w, y + c), (x + w, y + h - c), (x + w - c, y + h), (x + c, y + h),
                   (x, y + h - c), (x, y + c))  # fmt: skip
        yield f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in corners)}" {drawn}/>'
        return
    if look["shape"] == "box3d":  # siblings: several boxes, one behind the other
        yield f'<rect x="{x + 4:.1f}" y="{y - 4:.1f}" width="{w:.1f}" height="{h:.1f}" {drawn}/>'
    elif look["shape"] in ("folder", "component"):
        yield f'<rect x="{x + 6:.1f}" y="{y - 5:.1f}" width="{min(40.0, w / 2):.1f}" height="10" {drawn}/>'
    radius = 6 if "rounded" in look["style"] else 0
    if "peripheries" in look:
        yield f'<rect x="{x - 4:.1f}" y="{y - 4:.1f}" width="{w + 8:.1f}" height="{h + 8:.1f}" rx="{radius + 3}" fill="none"/>'
    yield f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{radius}" {drawn}/>'

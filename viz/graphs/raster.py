"""A PNG of a picture that is too large for Graphviz: the boxes of `layout.place` and their arrows, drawn by Pillow.

vl-convert takes one to three milliseconds an arrow, and so half a minute for what the SVG says in half a second. Here an arrow
is a line of a few pieces, without a soft edge. Words are written where they can be read.
"""

import io
import warnings
from collections.abc import Mapping
from typing import Any

from .. import style
from ..fonts import font_file, letters_beyond
from ..rendering import PNG_DPI, PNG_SIDE, NotInstalledError, RenderWarning, named
from . import dot
from .arrows import Line, lines_of_arrows
from .layout import Place
from .svg import curve_of
from .view import Box, View

AREA = 1.2e7  # pixels
PIECES = 10  # of an arrow
LEGIBLE = 7.0  # pixels: smaller letters are left out


def png_of(view: View, places: Mapping[str, Place], dpi: float | None = None) -> bytes:
    """The picture as PNG.

    Args:
        places: the place of each box, in points.
        dpi: how many pixels make an inch; less where that were more than 12 million of them.

    Raises:
        NotInstalledError: Pillow is not installed.
    """
    try:
        from PIL import Image, ImageDraw
    except ImportError as error:
        raise NotInstalledError(
            f"a PNG of {len(view.boxes):,} boxes is drawn with the package pillow, which is not installed: pip install pillow. "
            "Without it there is .svg; or fold more, until Graphviz can lay it out"
        ) from error
    width = max(p.x + p.width for p in places.values()) + 10
    height = max(p.y + p.height for p in places.values()) + 10
    scale = min((dpi or PNG_DPI) / 72, PNG_SIDE / max(width, height), (AREA / (width * height)) ** 0.5)
    image = Image.new("RGB", (max(1, int(width * scale)), max(1, int(height * scale))), style.PAPER)
    pen = ImageDraw.Draw(image)
    for line in lines_of_arrows(view):
        _arrow(pen, line, places, scale)
    font = _font(scale)
    beyond = letters_beyond("".join(line for box in view.boxes for line in dot.lines_of(box))) if font else ""
    if beyond:
        warnings.warn(
            f"a PNG of {len(view.boxes):,} boxes has DejaVu Sans alone, in which {named(beyond)} is an empty square. "
            "Fold more, until Graphviz can lay it out, or write .svg",
            RenderWarning,
            stacklevel=5,
        )
    for box in view.boxes:
        _box(pen, box, places[box.id], scale, dot.look_of(box, view.grads.huge), font)
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=1)
    return written.getvalue()


def _font(scale: float) -> Any:
    """The font, None where letters would be too small."""
    from PIL import ImageFont

    size = dot.FONT_SIZE * scale
    if size < LEGIBLE:
        return None
    file = font_file()
    return ImageFont.truetype(file, round(size)) if file else ImageFont.load_default()


def _arrow(pen: Any, line: Line, places: Mapping[str, Place], scale: float) -> None:
    corners = curve_of(places[line.tail], places[line.head])
    points = []
    for n in range(PIECES + 1):
        t = n / PIECES
        u = 1.0 - t
        a, b, c, d = u * u * u, 3 * u * u * t, 3 * u * t * t, t * t * t
        points.append(tuple(scale * (a * p + b * q + c * r + d * s) for p, q, r, s in zip(*corners, strict=True)))
    wide = float(line.look.get("penwidth", "1")) * scale
    pen.line(points, fill=line.look.get("color", style.FAINT), width=max(1, round(wide)))


def _box(pen: Any, box: Box, place: Place, scale: float, look: Mapping[str, str], font: Any) -> None:
    left, top = place.x * scale, place.y * scale
    right, bottom = left + place.width * scale, top + place.height * scale
    if box.kind != "constant":
        fill, _, second = look["fillcolor"].partition(":")
        edge = {"outline": look.get("color", style.MUTED), "width": max(1, round(float(look.get("penwidth", "1")) * scale))}
        pen.rectangle((left, top, right, bottom), fill=fill, **edge)
        if second:  # both signs: half of each colour
            pen.rectangle(((left + right) / 2, top, right, bottom), fill=second, **edge)
    lines = dot.lines_of(box) if font else []
    for n, text in enumerate(lines):
        y = (top + bottom) / 2 + (n - (len(lines) - 1) / 2) * 1.2 * dot.FONT_SIZE * scale
        pen.text(((left + right) / 2, y), text[:200].replace("\n", " "), fill=style.INK, font=font, anchor="mm")

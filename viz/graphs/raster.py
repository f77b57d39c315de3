"""A PNG of a picture that is too large for Graphviz: the boxes of `layout.place` and their arrows, drawn by Pillow.

vl-convert takes one to three milliseconds an arrow, and so half a minute for what the SVG says in half a second. Here an arrow
is a line of a few pieces, without a soft edge. Words are written where they can be read.
"""

import contextlib
import io
import itertools
from collections.abc import Mapping
from typing import Any

from .. import scripts, style
from ..fonts import WEIGHT, files_with, font_file, letters_beyond
from ..rendering import PNG_DPI, PNG_SIDE, NotInstalledError, warn_of_squares
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
    fonts = _fonts(view, scale)
    for box in view.boxes:
        _box(pen, box, places[box.id], scale, dot.look_of(box, view.grads.huge), fonts)
    written = io.BytesIO()
    image.save(written, "PNG", compress_level=1)
    return written.getvalue()


def _fonts(view: View, scale: float) -> dict[str, Any]:
    """The font of each letter that DejaVu Sans does not have, and '' for all others; none where letters would be too small.

    Of letters that no font here has, which are empty squares, it warns.
    """
    from PIL import ImageFont

    size = round(dot.FONT_SIZE * scale)
    if dot.FONT_SIZE * scale < LEGIBLE:
        return {}
    usual = font_file()
    beyond = letters_beyond("".join(line for box in view.boxes for line in dot.lines_of(box)))
    files = files_with(beyond) if beyond else {}
    warn_of_squares("".join(letter for letter in beyond if letter not in files), "png", 7)
    loaded = {file: _loaded(file, size) for file in {*files.values(), usual} if file}
    return {"": loaded.get(usual) or ImageFont.load_default()} | {letter: loaded[file] for letter, file in files.items()}


def _loaded(file: str, size: int) -> Any:
    """A font of a size; of one that can be drawn in any weight, the regular one."""
    from PIL import ImageFont

    font = ImageFont.truetype(file, size)
    with contextlib.suppress(OSError):  # of one weight
        axes: list[Any] = font.get_variation_axes()
        weights = [axis["name"] in (b"Weight", "Weight") for axis in axes]
        if any(weights):
            font.set_variation_by_axes(
                [WEIGHT if is_it else axis["default"] for axis, is_it in zip(axes, weights, strict=True)]
            )
    return font


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


def _box(pen: Any, box: Box, place: Place, scale: float, look: Mapping[str, str], fonts: Mapping[str, Any]) -> None:
    left, top = place.x * scale, place.y * scale
    right, bottom = left + place.width * scale, top + place.height * scale
    if box.kind != "constant":
        fill, _, second = look["fillcolor"].partition(":")
        edge = {"outline": look.get("color", style.MUTED), "width": max(1, round(float(look.get("penwidth", "1")) * scale))}
        pen.rectangle((left, top, right, bottom), fill=fill, **edge)
        if second:  # both signs: half of each colour
            pen.rectangle(((left + right) / 2, top, right, bottom), fill=second, **edge)
    lines = dot.lines_of(box) if fonts else []
    for n, text in enumerate(lines):
        y = (top + bottom) / 2 + (n - (len(lines) - 1) / 2) * 1.2 * dot.FONT_SIZE * scale
        _line(pen, (left + right) / 2, y, text[:200].replace("\n", " "), fonts)


def _line(pen: Any, middle: float, y: float, text: str, fonts: Mapping[str, Any]) -> None:
    """A line around a point: letters of another font, and those above and below the line, are pieces of their own."""
    pieces = [
        ("".join(letters), font, level)
        for piece, level in scripts.pieces(text)
        for font, letters in itertools.groupby(piece, lambda letter: fonts.get(letter, fonts[""]))
    ]
    pieces = [(piece, font.font_variant(size=0.75 * font.size) if level else font, level) for piece, font, level in pieces]
    widths = [font.getlength(piece) for piece, font, _ in pieces]
    x = middle - sum(widths) / 2
    for (piece, font, level), width in zip(pieces, widths, strict=True):
        pen.text((x, y - level * 0.3 * font.size), piece, fill=style.INK, font=font, anchor="lm")
        x += width

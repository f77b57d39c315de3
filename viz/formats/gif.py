"""`gif_of(film)`: a film as an animated GIF, for slides and for programs that show no moving SVG.

Every moment at which something changes is a picture. They are drawn as rows of a few large ones, because vl-convert takes
nearly half a second for any picture, and share one palette.
"""

import io
import itertools
import math
from typing import Any

from .. import style
from ..rendering import PNG_SIDE, NotInstalledError, convert, lend_letters
from .film import Film

WIDTH, HEIGHT = 1920, 1080  # pixels of a slide
LARGEST = 2.0  # pixels to the point: no letters larger than in a PNG
SMALLEST = 1.0  # letters stay legible, in a film wider than a slide too
AREA = 4e7  # pixels that are drawn at a time
NEAR = 6  # of 255, in every part of a colour
SAMPLED = 3  # of as many pixels in each direction one says which colours there are


def gif_of(film: Film) -> bytes:
    """A film as an animated GIF that begins anew.

    Raises:
        NotInstalledError: Pillow is not installed.
        RenderError: vl-convert is not installed.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise NotInstalledError(
            "film: a GIF is written with the package pillow, which is not installed: pip install 'stepgrad[viz]'. "
            "An .svg needs nothing"
        ) from error
    lend_letters("".join(film.pieces), "gif")
    scale = max(SMALLEST, min(LARGEST, WIDTH / film.width, HEIGHT / film.height))
    size = math.ceil(film.width * scale), math.ceil(film.height * scale)
    times = film.scene.times()
    rows = max(1, min(int(AREA / (size[0] * size[1])), PNG_SIDE // size[1]))
    sheets = [
        Image.open(io.BytesIO(_sheet(film, some, size, scale))).convert("RGB")
        for some in (times[k : k + rows] for k in range(0, len(times), rows))
    ]
    palette = _palette(sheets)
    frames = [
        drawn.crop((0, top, size[0], top + size[1]))
        for drawn in (sheet.quantize(palette=palette, dither=Image.Dither.NONE) for sheet in sheets)
        for top in range(0, drawn.height, size[1])
    ]
    lengths = [round(1000.0 * (b - a)) for a, b in itertools.pairwise([*times, film.scene.seconds])]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:], duration=lengths, loop=0, optimize=False)
    return written.getvalue()


def _sheet(film: Film, times: list[float], size: tuple[int, int], scale: float) -> bytes:
    """The pictures of some moments, one below the other, as PNG."""
    width, height = (side / scale for side in size)
    rows = "".join(f'<g transform="translate(0 {n * height:.4f})">{film.still(at)}</g>' for n, at in enumerate(times))
    sheet = (
        f'<svg width="{width:.4f}pt" height="{len(times) * height:.4f}pt" viewBox="0 0 {width:.4f} {len(times) * height:.4f}"'
    )
    ground = f'<rect x="-9" y="-9" width="{width + 18:.0f}" height="{len(times) * height + 18:.0f}" fill="{style.PAPER}"/>'
    return convert(f'{sheet} xmlns="http://www.w3.org/2000/svg">{film.looks}{ground}{rows}</svg>', "png", dpi=72 * scale)


def _palette(sheets: list[Any]) -> Any:
    """A picture with the most frequent colours of all, none near a more frequent one: Pillow takes the near for the same."""
    from PIL import Image

    small = [sheet.resize((sheet.width // SAMPLED, sheet.height // SAMPLED), Image.Resampling.NEAREST) for sheet in sheets]
    every = Image.new("RGB", (small[0].width, sum(one.height for one in small)))
    top = 0
    for one in small:
        every.paste(one, (0, top))
        top += one.height
    chosen: list[tuple[int, int, int]] = []
    counted: list[Any] = every.getcolors(every.width * every.height) or []
    for _, colour in sorted(counted, reverse=True):
        if all(max(abs(a - b) for a, b in zip(colour, other, strict=True)) > NEAR for other in chosen):
            chosen.append(colour)
    palette = Image.new("P", (1, 1))
    palette.putpalette([part for colour in chosen[:256] for part in colour])
    return palette

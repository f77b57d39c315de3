"""Fonts for pictures in pixels and on paper: DejaVu Sans, which matplotlib brings, and letters that no font of a machine has.

A bare server has no font with Chinese, Japanese or Korean letters, and a picture would have empty squares in their place. With
the extra `cjk` there is Noto Sans CJK, as a package. It is a variable font, of which vl-convert draws the thinnest form and no
PDF, and it would replace the Latin letters beside the others too; so that a small font of the letters that are wanted is made.
"""

import atexit
import functools
import importlib.util
import itertools
import pathlib
import shutil
import tempfile
from collections.abc import Iterable
from typing import Any, Final

LENDER: Final = "manimgx_fonts_cjk"  # the package of the extra `cjk`, which holds a font and nothing else
WEIGHT: Final = 400  # regular
_lent: Final[set[str]] = set()
_number: Final = itertools.count(1)


def font_file() -> str:
    """The DejaVu Sans that comes with matplotlib, as a path; '' if it is not installed."""
    file = _folder_of("matplotlib") / "mpl-data" / "fonts" / "ttf" / "DejaVuSans.ttf"
    return str(file) if file.is_file() else ""


def _folder_of(package: str) -> pathlib.Path:
    found = importlib.util.find_spec(package)
    return pathlib.Path((found and found.origin) or "").parent


@functools.cache
def register() -> None:
    """Lend vl-convert the DejaVu Sans that comes with matplotlib: its own Liberation Sans has no ∇, ⁻ or ₁.

    Copies, because matplotlib's folder also holds a last-resort font, which would replace every letter of a label that
    has one unknown character.
    """
    file = font_file()
    if file:
        folder = _own_folder()
        for face in pathlib.Path(file).parent.glob("DejaVuSans*.ttf"):
            shutil.copy(face, folder)
        _give(folder)


def _own_folder() -> pathlib.Path:
    """A folder that is kept while the process lives, because fonts are read at each conversion."""
    folder = tempfile.mkdtemp(prefix="stepgrad-fonts-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return pathlib.Path(folder)


def _give(folder: pathlib.Path) -> None:
    import vl_convert

    vl_convert.register_font_directory(str(folder))


def letters_beyond(text: str) -> str:
    """The letters of a text that DejaVu Sans does not have, in order; '' too where it is missing.

    Example:
        >>> letters_beyond("grad δ = ∂C/∂z¹₂")
        ''
    """
    wanted = {letter for letter in text if letter > "\x7f" and letter.isprintable()}
    return "".join(sorted(wanted - _letters_of(font_file()))) if wanted and font_file() else ""


def letters_without_font(text: str) -> str:
    """The letters of a text that no font on this machine has, in order; '' too where matplotlib, which can tell, is missing.

    Example:
        >>> letters_without_font("grad δ = ∂C/∂z¹₂")
        ''
    """
    missing = set(letters_beyond(text))
    if missing:
        from matplotlib.font_manager import findSystemFonts

        for file in findSystemFonts():
            missing -= _letters_of(file)
            if not missing:
                break
    return "".join(sorted(missing))


@functools.cache
def _letters_of(file: str) -> frozenset[str]:
    from matplotlib.ft2font import FT2Font

    try:
        return frozenset(map(chr, FT2Font(file).get_charmap()))
    except (OSError, RuntimeError, UnicodeError):  # fonts of pixels, and damaged ones
        return frozenset()


# --- letters from the font of a package ---------------------------------------------------------------------------------


def lender() -> str:
    """The font of the extra `cjk`, as a path; '' if it is not installed."""
    folder = _folder_of(LENDER)
    return next((str(file) for file in sorted(folder.glob("*.[ot]t[fc]")) if folder.name == LENDER), "")


def lend(letters: str) -> str:
    """Let vl-convert draw letters that no font of the machine has, as far as the extra `cjk` has them.

    Args:
        letters: each once.

    Returns:
        Those that nothing here can draw.
    """
    file = lender() if letters else ""
    if not file:
        return letters
    here = _letters_of(file)
    new = [letter for letter in letters if letter in here and letter not in _lent]
    if new:
        try:
            folder = _own_folder()
            _small_font(file, new, f"Stepgrad Letters {next(_number)}").save(folder / "letters.ttf")
            _give(folder)
        except ImportError:  # vl-convert, which would draw them
            return letters
        _lent.update(new)
    return "".join(letter for letter in letters if letter not in here)


def files_with(letters: str) -> dict[str, str]:
    """A font for each letter that DejaVu Sans does not have, as a path: of the extra `cjk`, or of the machine.

    Args:
        letters: each once. Those that no font has are left out.
    """
    from matplotlib.font_manager import findSystemFonts

    found: dict[str, str] = {}
    for file in itertools.chain([lender()] if lender() else [], findSystemFonts() if letters else []):
        here = _letters_of(file)
        found |= {letter: file for letter in letters if letter in here and letter not in found}
        if len(found) == len(letters):
            break
    return found


def _small_font(file: str, letters: Iterable[str], family: str) -> Any:
    """A font of a few letters of another one, upright and regular."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.cu2quPen import Cu2QuPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen
    from fontTools.ttLib import TTFont

    with TTFont(file, fontNumber=0, lazy=True) as font:
        names = font.getBestCmap()
        drawn = font.getGlyphSet(location={"wght": WEIGHT} if "fvar" in font else None)
        codes = {ord(letter): names[ord(letter)] for letter in letters}
        glyphs = {}
        for name in (".notdef", *codes.values()):
            pen = TTGlyphPen(None)
            drawn[name].draw(Cu2QuPen(pen, max_err=1.0, reverse_direction="glyf" not in font))
            glyphs[name] = pen.glyph()
        made = FontBuilder(font["head"].unitsPerEm, isTTF=True)
        made.setupGlyphOrder(list(glyphs))
        made.setupCharacterMap(codes)
        made.setupGlyf(glyphs)
        made.setupHorizontalMetrics({name: (round(drawn[name].width), 0) for name in glyphs})
        up, down = font["hhea"].ascent, font["hhea"].descent
    made.setupHorizontalHeader(ascent=up, descent=down)
    made.setupNameTable({"familyName": family, "styleName": "Regular", "psName": family.replace(" ", "")})
    made.setupOS2(sTypoAscender=up, sTypoDescender=down, usWinAscent=up, usWinDescent=-down)
    made.setupPost()
    return made

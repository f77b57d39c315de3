r"""Indices for which Unicode has no small letter, made small where letters can be: in pictures, on pages and in LaTeX.

As text W_c and x^C stay on the line, beside Wₒ and xᵀ. A picture would show two notations for the names of one network, so
that whatever is drawn is looked through once more: one letter with such an index is no label of Python, see names.py. The
expression is read by Python and by the script of the page alike.
"""

import re
import string
from collections.abc import Callable
from typing import Final

from .symbols import GREEK_LETTERS, SUBSCRIPT, SUPERSCRIPT

_SMALL: Final = "".join(sorted({sign for sign in SUPERSCRIPT.values() if not sign.isascii()}))
_LETTER: Final = "[A-Za-z\u00c0-\u024f\u0370-\u03ff\u1e00-\u1eff\u2102-\u2124\u210f\u2202\u2207]"
_BRACKETS: Final = r"\([^()\s]*\)|\[[^\[\]\s]*\]"
_RAISED: Final = re.escape("".join(sorted(SUPERSCRIPT)))  # these have small letters, so that w^2_13 is no name but a scope
_LOWERED: Final = "".join(sorted(set(string.ascii_letters) - set(SUBSCRIPT)))  # these have none
# What is in front, the letter with its accents and small letters, what is raised, what is lowered.
SCRIPTED: Final = (
    rf"(^|/d|[^\w^])({_LETTER}[\u0300-\u036f\u20d7]*['*]*[{_SMALL}]*)"
    rf"(?:\^([^\s()\[\]_,{_RAISED}]|{_BRACKETS}))?"
    rf"(?:_((?=[A-Za-z0-9]?[{_LOWERED}])[A-Za-z0-9]{{1,2}}|(?<=[{GREEK_LETTERS}]_)[A-Za-z][A-Za-z0-9]*|{_BRACKETS}))?(?![\w^])"
)
_SCRIPTED: Final = re.compile(SCRIPTED, re.ASCII)
_TEXT: Final = re.compile(r"(<text\b[^>]*>)([^<]*[_^][^<]*)(</text>)")
_SIZE, _UP, _DOWN = 0.75, -0.4, 0.15  # of the size of the letters: a lowered g keeps off the line below


def pieces(text: str) -> list[tuple[str, int]]:
    """A text in pieces: 1 for what is raised, -1 for what is lowered, 0 for the rest.

    >>> pieces("v3 = W_c × x^C"), pieces("dz/dθ_good"), pieces("x_train, lr_t")
    ([('v3 = W', 0), ('c', -1), (' × x', 0), ('C', 1)], [('dz/dθ', 0), ('good', -1)], [('x_train, lr_t', 0)])
    """
    found: list[tuple[str, int]] = []
    at = 0
    for match in _SCRIPTED.finditer(text):
        if match[3] or match[4]:
            found += [(text[at : match.end(2)], 0), (match[3] or "", 1), (match[4] or "", -1)]
            at = match.end()
    return [(piece, level) for piece, level in (*found, (text[at:], 0)) if piece]


def drawn(text: str, write: Callable[[str, int], str]) -> str:
    """A text in pieces that a function writes.

    Args:
        write: gets a piece, and 1 for what is raised, -1 for what is lowered, 0 for the rest.

    >>> drawn("W_c", lambda piece, level: f"<sub>{piece}</sub>" if level < 0 else piece)
    'W<sub>c</sub>'
    """
    return "".join(write(piece, level) for piece, level in pieces(text))


def in_svg(svg: str) -> str:
    """An SVG whose texts have their indices above and below the line.

    >>> in_svg('<text x="1">W_c = 2</text>')
    '<text x="1">W<tspan dy="0.2em" font-size="75%">c</tspan><tspan dy="-0.15em"> = 2</tspan></text>'
    """
    return _TEXT.sub(lambda match: f"{match[1]}{_tspans(match[2])}{match[3]}", svg)


def _tspans(text: str) -> str:
    found, height = "", 0.0
    for piece, level in pieces(text):
        wanted = {1: _UP, 0: 0.0, -1: _DOWN}[level]
        size = _SIZE if level else 1.0
        look = f' dy="{(wanted - height) / size:.3g}em"' if wanted != height else ""
        look += f' font-size="{_SIZE:.0%}"' if level else ""
        found += f"<tspan{look}>{piece}</tspan>" if look else piece
        height = wanted
    return found

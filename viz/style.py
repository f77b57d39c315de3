"""How things look: numbers, names and colours, decided once for every picture.

Pure functions from data to text. Colours are chosen to stay apart for colour-blind readers: blue below zero, orange above,
grey for what is not there, and never colour alone (the number is always written too).
"""

import math
import os
import re
from typing import Final

from autograd import Source

FONT: Final = "DejaVu Sans"  # Graphviz knows its widths, with or without fonts on the machine
INK, MUTED, FAINT, PAPER = "#1f2933", "#52606d", "#9aa5b1", "#ffffff"
PARAMETER, INPUT, INTERIOR, ROOT, CONSTANT = "#fff4d6", "#e3f1fd", "#ffffff", "#e6f4ea", "#f1f3f5"
POSITIVE, NEGATIVE, ALARM = "#b45309", "#1d4ed8", "#b91c1c"

_SUPERSCRIPT = str.maketrans("0123456789+-L", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻ᴸ")
_SUBSCRIPT = str.maketrans("0123456789+-,", "₀₁₂₃₄₅₆₇₈₉₊₋,")


_NAME: Final = re.compile(r"([^\W\d_]+)(?:\^([0-9]+|L))?(?:_([0-9]+(?:,[0-9]+)*))?")


def number(x: float, digits: int = 4) -> str:
    """A number as a picture shows it: a few significant digits, a true minus sign, no pointless zeros.

    >>> number(0.25), number(-1234567.0), number(3.0), number(float("nan"))
    ('0.25', '−1.235e+06', '3', 'nan')
    """
    text = f"{x:.{digits}g}"
    return text.replace("-", "−", 1) if text.startswith("-") else text


def name(label: str) -> str:
    """A mathematical name with its indices raised and lowered: 'w^2_13' reads w²₁₃. Other labels stay as they are.

    >>> name("w^2_13"), name("delta^1_2"), name("my_variable"), name("b^1_10,2")
    ('w²₁₃', 'δ¹₂', 'my_variable', 'b¹₁₀,₂')
    """
    match = _NAME.fullmatch(label)
    if match is None or (match[2] is None and match[3] is None):
        return label
    head, upper, lower = match[1], match[2] or "", match[3] or ""
    return {"delta": "δ", "sigma": "σ"}.get(head, head) + upper.translate(_SUPERSCRIPT) + lower.translate(_SUBSCRIPT)


def source(place: Source, width: int = 60) -> str:
    """A place in the source, as short as it can be clicked: relative to the working directory, the expression cut."""
    file = place.file
    if os.path.isabs(file) and file.startswith(os.getcwd() + os.sep):
        file = os.path.relpath(file)
    text = place.text if len(place.text) <= width else place.text[: width - 1] + "…"
    return f"{file}:{place.line}: {text}" if text else f"{file}:{place.line}"


def gradient_colour(gradient: float) -> str:
    """The colour of a gradient's text: by sign; nan and inf alarm."""
    if not math.isfinite(gradient):
        return ALARM
    return POSITIVE if gradient > 0.0 else NEGATIVE if gradient < 0.0 else FAINT


def escape(text: str) -> str:
    r"""Text inside a DOT label: whatever it contains, it is shown and not interpreted.

    (The graphviz package puts quotation marks around it; `&` would begin an HTML entity, a backslash an escape.)

    >>> print(escape("a\\b & <c>"))
    a\\b &amp; <c>
    """
    text = text if len(text) <= 200 else text[:199] + "…"
    return text.replace("&", "&amp;").replace("\\", "\\\\").replace("\n", " ").replace("\r", " ")

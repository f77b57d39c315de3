r"""`tikz_of(view)`: a picture as TikZ, for papers: a document of the class `standalone`, whose `tikzpicture` can be copied.

Names are set in mathematics, colours are those of pictures. Places and lines come from Graphviz (geometry.py), so that the text
needs no layout of its own.
"""

import re
from collections.abc import Iterator, Mapping

from .. import names, scripts, style
from ..graphs import dot
from ..graphs.layout import Place
from ..graphs.view import Arrow, Box, View
from ..symbols import COMMANDS, SUBSCRIPT, SUPERSCRIPT
from .geometry import Geometry, Point, geometry_of
from .words import colour_of, label_of

PREAMBLE = r"""\documentclass[tikz,border=4pt]{standalone}
\usepackage[T1]{fontenc}
\usepackage{amssymb}
\usetikzlibrary{arrows.meta,shapes.misc}
\begin{document}
\begin{tikzpicture}[
  >={Stealth[length=4pt]},
  every node/.style={font=\scriptsize, align=center, inner sep=2pt},
  value/.style={draw=black!60, rectangle},
  operation/.style={value, rounded corners=3pt},
  output/.style={operation, double},
  parameter/.style={value, line width=0.9pt},
  input/.style={value, chamfered rectangle, chamfered rectangle xsep=2pt},
  constant/.style={text=black!60},
  folded/.style={value, draw=black!35, line width=1.6pt},
  number/.style={font=\tiny, inner sep=0.8pt, fill=white},
  frame/.style={draw=black!35, rounded corners=3pt},
  heading/.style={font=\tiny, text=black!60, anchor=north west},
]
"""
LATIN = 0x180  # letters from here on are in no font that every LaTeX has
STYLES = ("output", "operation", "parameter", "input", "constant")  # the others are folded groups
SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "^": r"\textasciicircum{}", "~": r"\textasciitilde{}", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
    "\"": r"\textquotedbl{}", "−": "$-$", "×": r"$\times$", "…": r"\ldots{}", "\u2009": r"\,", "∂": r"$\partial$",
    "∇": r"$\nabla$", "`": r"\textasciigrave{}",
}  # fmt: skip
_RAISED, _LOWERED = (
    {sign: rf"{COMMANDS[letter]} " if letter in COMMANDS else letter for letter, sign in signs.items() if not sign.isascii()}
    for signs in (SUPERSCRIPT, SUBSCRIPT)
)
_UPPER, _LOWER = "".join(_RAISED).replace("′", ""), "".join(_LOWERED)
_INDICES = re.compile(f"([{_UPPER}{_LOWER}]+)")
SPECIAL |= {sign: f"${command}$" for sign, command in COMMANDS.items() if sign not in SPECIAL}
SPECIAL |= {
    "←": r"$\leftarrow$",
    "→": r"$\rightarrow$",
    "–": "--",
    "—": "---",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "≈": r"$\approx$",
}


def tikz_of(view: View) -> str:
    r"""A picture as a LaTeX document.

    Example:
        >>> from autograd import Value
        >>> from ..graphs.draw import viewed
        >>> text = tikz_of(viewed(Value(2.0, label="x") * Value(3.0, label="w_1")))
        >>> "$w_{1}$" in text, text.count(r"\draw")
        (True, 4)
        >>> text.endswith("\\end{tikzpicture}\n\\end{document}\n")
        True
    """
    where = geometry_of(view, _size_of, _label_size)
    drawn = [*_frames(view, where), *_arrows(view, where), *_boxes(view, where.boxes)]
    return PREAMBLE + "\n".join(drawn) + "\n\\end{tikzpicture}\n\\end{document}\n"


def _boxes(view: View, places: Mapping[str, Place]) -> Iterator[str]:
    for box in view.boxes:
        x, y, width, height = places[box.id]
        look = [box.kind if box.kind in STYLES else "folded"]
        if box.kind != "constant":
            look += [f"minimum width={width:.0f}pt", f"minimum height={height:.0f}pt", *_fill(box, view.grads.huge)]
        at = f"({x + width / 2:.1f}pt,{-y - height / 2:.1f}pt)"
        text = r"\\".join(_lines(box))
        yield rf"  \node[{', '.join(look)}] ({box.id}) at {at} {{{text}}};"


def _fill(box: Box, largest: float) -> Iterator[str]:
    fill, _, second = dot.fill_in(box, largest).partition(":")
    yield f"left color={_colour(fill)}, right color={_colour(second)}" if second else f"fill={_colour(fill)}"
    if dot.is_unknown(box):
        yield "densely dashed"
    if any((box.grad.nans, box.grad.infinities, box.data.nans, box.data.infinities)):
        yield f"draw={_colour(style.ALARM)}, line width=1.2pt"


def _colour(html: str) -> str:
    red, green, blue = (int(html[k : k + 2], 16) for k in (1, 3, 5))
    return f"{{rgb,255:red,{red};green,{green};blue,{blue}}}"


def _lines(box: Box) -> list[str]:
    """The text of a box; its own name in mathematics."""
    first, *others = dot.lines_of(box)
    name = names.latex(box.name) if all(ord(c) < LATIN for c in box.name) and box.nodes == 1 else None
    if name and first.startswith(style.name(box.name)):
        return [f"${name}${_tex(first.removeprefix(style.name(box.name)))}", *map(_tex, others)]
    return [*map(_tex, (first, *others))]


def _tex(text: str) -> str:
    r"""Text that stands for itself; letters that a Latin font does not have by their numbers.

    >>> print(_tex("w_all = 50 %, −3 × δ²₁₃"))
    w\_all = 50 \%, $-$3 $\times$ $\delta$$^{2}_{13}$
    >>> print(_tex("h ← tanh(W_c × xₜ)"))
    h $\leftarrow$ tanh(W$_{c}$ $\times$ x$_{t}$)
    """
    return scripts.drawn(text.replace("\n", " ").replace("\r", " "), _piece)


def _piece(text: str, level: int = 0) -> str:
    """A piece of text, or an index for which there is no small letter."""
    if level:
        return f"${'^' if level > 0 else '_'}{{{''.join(map(_letter, text))}}}$"
    pieces = _INDICES.split(text)
    return "".join(_indices(piece) if n % 2 else "".join(map(_letter, piece)) for n, piece in enumerate(pieces))


def _letter(c: str) -> str:
    return SPECIAL.get(c) or (c if c.isprintable() and ord(c) < LATIN else rf"\texttt{{U+{ord(c):04X}}}")


def _indices(text: str) -> str:
    """Raised signs together, and lowered ones."""
    upper, lower = ("".join(table.get(c, "") for c in text) for table in (_RAISED, _LOWERED))
    return "$" + (f"^{{{upper}}}" if upper else "") + (f"_{{{lower}}}" if lower else "") + "$"


def _size_of(box: Box) -> tuple[float, float]:
    """The room of a box: LaTeX's small letters are narrower than those of pictures."""
    width, height = dot.size_of(box)
    return 0.72 * width, 0.76 * height


def _label_size(arrow: Arrow) -> tuple[float, float] | None:
    """The room of a label in tiny letters, one line or two."""
    lines = label_of(arrow).split(" += ")
    return (3.4 * max(len(line) for line in lines) + 8.0, 7.0 * len(lines) + 2.0) if lines[0] else None


def _frames(view: View, where: Geometry) -> Iterator[str]:
    for frame in view.frames:
        if frame.id in where.frames:
            x, y, width, height = where.frames[frame.id]
            corners = f"({x:.1f}pt,{-y:.1f}pt) rectangle ({x + width:.1f}pt,{-y - height:.1f}pt)"
            yield rf"  \draw[frame] {corners};"
            yield rf"  \node[heading] at ({x + 2:.1f}pt,{-y - 1:.1f}pt) {{{_tex(frame.name)}}};"


def _arrows(view: View, where: Geometry) -> Iterator[str]:
    for n, (arrow, curves) in enumerate(zip(view.arrows, where.lines, strict=True)):
        colour = f"draw={_colour(colour_of(arrow))}"
        for k, points in enumerate(curves, 1):
            yield rf"  \draw[{'->, ' * (k == len(curves))}{colour}] {_curve(points)};"
        if n in where.labels:
            x, y, width, height = where.labels[n]
            label = _tex(label_of(arrow)).replace(" += ", r"\\$\mathrel{+}=$ ")
            yield rf"  \node[number] at ({x + width / 2:.1f}pt,{-y - height / 2:.1f}pt) {{{label}}};"


def _curve(points: list[Point]) -> str:
    at = [f"({x:.1f}pt,{-y:.1f}pt)" for x, y in points]
    pieces = (f" .. controls {a} and {b} .. {c}" for a, b, c in zip(at[1::3], at[2::3], at[3::3], strict=True))
    return at[0] + "".join(pieces)

"""A page of mathematics as data: sentences and equations, to be written as text, LaTeX or Markdown.

The caller decides what a page says and in which notation its formulas are; this module only puts the pieces together.
"""

import itertools
import re
import textwrap
from collections.abc import Sequence
from typing import NamedTuple

from .notation import words

WIDTH = 100


class Sentence(NamedTuple):
    """Words and mathematics in turn, words first: Sentence("dz/dx is ", "2 * x", ".")."""

    parts: tuple[str, ...]


class Equations(NamedTuple):
    """Rows (left, sign, right), aligned at the sign; the left side and the sign of a row that goes on are empty."""

    rows: list[tuple[str, str, str]]


Block = Sentence | Equations


def sentence(*parts: str) -> Sentence:
    """Words and mathematics in turn, words first."""
    return Sentence(parts)


def as_text(blocks: Sequence[Block]) -> str:
    """The page as lines of text, a blank line between blocks.

    >>> print(as_text([sentence("Then:"), Equations([("y", "=", "x + x"), ("", "=", "2")])]))
    Then:
    <BLANKLINE>
    y = x + x
      = 2
    """
    texts = []
    for block in blocks:
        if isinstance(block, Sentence):
            texts.append(textwrap.fill("".join(block.parts), WIDTH, break_long_words=False, break_on_hyphens=False))
        else:
            wide = max(len(left) for left, _, _ in block.rows)
            texts.append("\n".join(f"{left:<{wide}} {sign or ' '} {right}".rstrip() for left, sign, right in block.rows))
    return "\n\n".join(texts)


def as_latex(blocks: Sequence[Block]) -> str:
    """The page as one piece of LaTeX's mathematics, without dollar signs around it."""
    rows = [_said(run[0]) if isinstance(run[0], Sentence) else _aligned(run) for run in _runs(blocks)]
    if len(rows) == 1:
        return rows[0]
    return "\\begin{array}{l}\n" + " \\\\[3ex]\n".join(rows) + "\n\\end{array}"


def as_markdown(blocks: Sequence[Block]) -> str:
    """The page as Markdown with mathematics between dollar signs, which notebooks and web pages typeset."""
    texts = []
    for run in _runs(blocks):
        if isinstance(run[0], Sentence):
            texts.append("".join(f"${part}$" if i % 2 and part else part for i, part in enumerate(run[0].parts)))
        else:
            texts.append(f"$$\n{_aligned(run)}\n$$")
    return "\n\n".join(texts) + "\n"


_HEAD = r"""\documentclass{article}
\usepackage[margin=25mm]{geometry}
\usepackage{amsmath,amssymb}
%s\setlength{\parindent}{0pt}
\setlength{\parskip}{1ex}
\allowdisplaybreaks
\begin{document}

"""


def as_document(blocks: Sequence[Block]) -> str:
    r"""The page as a document that pdflatex typesets: a row of the file per row on paper, broken over pages.

    >>> print(as_document([Equations([("y", "=", "x + x"), ("", "=", "2")])]).partition("begin{document}")[2])
    <BLANKLINE>
    <BLANKLINE>
    \begin{align*}
    y &= x + x \\
     &= 2
    \end{align*}
    <BLANKLINE>
    \end{document}
    <BLANKLINE>
    """
    texts = []
    for run in _runs(blocks):
        if isinstance(run[0], Sentence):
            parts = (f"${part}$" if i % 2 and part else part for i, part in enumerate(run[0].parts))
            texts.append("\n".join(textwrap.wrap("".join(parts), WIDTH, break_long_words=False, break_on_hyphens=False)))
        else:
            texts.append(f"\\begin{{align*}}\n{_rows(run)}\n\\end{{align*}}")
    return document(texts)


def document(paragraphs: Sequence[str]) -> str:
    r"""Paragraphs of LaTeX as a whole document.

    pdflatex knows the letters of Western and Central Europe; the document shows any other character as its number.
    """
    body = re.sub(r"[^\x00-\x7f]", lambda match: rf"\text{{{match[0]}}}", "\n\n".join(paragraphs))
    unknown = sorted({ord(c) for c in body if ord(c) >= 0x180})
    declared = "".join(rf"\DeclareUnicodeCharacter{{{c:04X}}}{{U+{c:04X}}}" + "\n" for c in unknown)
    letters = "" if body.isascii() else "\\usepackage[T1]{fontenc}\n"
    return _HEAD % (letters + declared) + body + "\n\n\\end{document}\n"


def _runs(blocks: Sequence[Block]) -> list[list[Block]]:
    """Equations that follow each other are typeset together, so that their signs stand below each other."""
    return [
        run
        for equations, group in itertools.groupby(blocks, lambda block: isinstance(block, Equations))
        for run in ([list(group)] if equations else [[block] for block in group])
    ]


def _aligned(run: Sequence[Block]) -> str:
    return f"\\begin{{aligned}}\n{_rows(run)}\n\\end{{aligned}}"


def _rows(run: Sequence[Block]) -> str:
    texts = []
    for block in run:
        assert isinstance(block, Equations)
        rows = [f"{left} &{sign} {right}" if sign else f"{left} &\\quad {right}" for left, sign, right in block.rows]
        texts.append(" \\\\\n".join(rows))
    return " \\\\[1.5ex]\n".join(texts)


def _said(block: Sentence) -> str:
    return "".join(part if i % 2 else words(part) for i, part in enumerate(block.parts))


def broken(pieces: Sequence[str], glue: str, room: int) -> list[str]:
    """Join the pieces of a long formula into rows of about `room` characters; rows after the first begin with the glue.

    >>> broken(["a * b", "c * d", "e"], " + ", 14)
    ['a * b + c * d', '+ e']
    """
    rows = [pieces[0]]
    for piece in pieces[1:]:
        sign, piece = (" - ", piece[1:]) if glue == " + " and piece.startswith("-") else (glue, piece)
        sign, piece = (" − ", piece[1:]) if glue == " + " and piece.startswith("−") else (sign, piece)
        if _wide(rows[-1]) + _wide(sign) + _wide(piece) > room:
            rows.append(f"{sign.strip()} {piece}")
        else:
            rows[-1] += sign + piece
    return rows


def _wide(formula: str) -> int:
    """The approximate width of a typeset formula in characters: a command counts as one, braces and the like as none."""
    if "\\" not in formula:
        return len(formula)
    formula = re.sub(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{(?:[^{}]|\{[^{}]*\})*\}", r"\1", formula)  # its numerator
    formula = re.sub(r"\\(left|right|mathrm|operatorname|text|partial)\b", "", formula)
    return len(re.sub(r"\\[a-zA-Z]+|\\.", "x", formula).translate({ord(c): None for c in "{}_^ &"}))

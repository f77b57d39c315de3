"""A page of mathematics as data: sentences and equations, to be written as text, LaTeX or Markdown.

Who composes a page decides what it says and in which notation its formulas are; here is only how the pieces are put
together.
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


def _runs(blocks: Sequence[Block]) -> list[list[Block]]:
    """Equations that follow each other are typeset together, so that their signs stand below each other."""
    return [
        run
        for equations, group in itertools.groupby(blocks, lambda block: isinstance(block, Equations))
        for run in ([list(group)] if equations else [[block] for block in group])
    ]


def _aligned(run: Sequence[Block]) -> str:
    texts = []
    for block in run:
        assert isinstance(block, Equations)
        rows = [f"{left} &{sign} {right}" if sign else f"{left} &\\quad {right}" for left, sign, right in block.rows]
        texts.append(" \\\\\n".join(rows))
    return "\\begin{aligned}\n" + " \\\\[1.5ex]\n".join(texts) + "\n\\end{aligned}"


def _said(block: Sentence) -> str:
    return "".join(part if i % 2 else words(part) for i, part in enumerate(block.parts))


def broken(pieces: Sequence[str], glue: str, room: int) -> list[str]:
    """Pieces of a long formula, put together in rows of about that many characters; rows after the first begin with the glue.

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
    """About how many characters a formula takes when it is typeset: commands count as one, braces and the like as none."""
    if "\\" not in formula:
        return len(formula)
    formula = re.sub(r"\\frac\{((?:[^{}]|\{[^{}]*\})*)\}\{(?:[^{}]|\{[^{}]*\})*\}", r"\1", formula)  # its numerator
    formula = re.sub(r"\\(left|right|mathrm|operatorname|text|partial)\b", "", formula)
    return len(re.sub(r"\\[a-zA-Z]+|\\.", "x", formula).translate({ord(c): None for c in "{}_^ &"}))

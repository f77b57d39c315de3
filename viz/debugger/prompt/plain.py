"""Text as a terminal can be trusted with it: nothing in it is obeyed, nothing is wider than it says, colour comes last.

What the debugger prints is made of labels, source lines and file names, which may hold anything: escape codes, line ends,
characters two cells wide. Everything goes through `printable`; whoever lays out columns counts `cells`. Colour is put on
lines that are finished, so that all the rest of the debugger makes plain text.
"""

import re
import unicodedata
from collections.abc import Iterator

CURRENT, BOLD, DIM, RED, RESET = "\x1b[36m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m"
# What stands for the signs of mathematics on a terminal that has only ASCII.
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹ᴸ", "₀₁₂₃₄₅₆₇₈₉"
_ASCII = str.maketrans(
    dict(zip(_RAISED + _LOWERED, "0123456789L0123456789", strict=True))
    | {"×": "*", "−": "-", "→": "->", "←": "<-", "…": "...", "│": "|", "├": "+", "└": "+", "─": "-", "━": "=", "●": "*",
       "·": ".", "‹": "<", "›": ">", "▸": ">", "δ": "delta", "σ": "sigma", "✓": "x", "▼": "v", "▲": "^"}
)  # fmt: skip


def printable(text: str) -> str:
    r"""Text with everything written out that a terminal would obey, or that turns the direction of reading; tabs as spaces.

    >>> printable("w\x1b[31m\tx"), printable("one\ntwo")
    ('w\\x1b[31m    x', 'one\ntwo')
    """
    text = text.replace("\t", "    ")
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def line(text: str) -> str:
    r"""`printable`, on one line.

    >>> line("one\ntwo")
    'one\\ntwo'
    """
    return printable(text.replace("\n", "\\n"))


def cells(text: str) -> int:
    """How many columns of a terminal a text takes.

    >>> cells("w²₁₃"), cells("权重")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def clip(text: str, width: int) -> str:
    """Text cut to a width, with a sign that it was.

    >>> clip("backward", 5), clip("tanh", 5)
    ('back…', 'tanh')
    """
    if cells(text) <= width:
        return text
    kept, used = [], 1
    for c in text:
        used += cells(c)
        if used > width:
            break
        kept.append(c)
    return "".join(kept) + "…" if width > 0 else ""


def pad(text: str, width: int) -> str:
    """Text cut or filled with spaces to a width exactly.

    >>> pad("w", 3), pad("backward", 3)
    ('w  ', 'ba…')
    """
    text = clip(text, width)
    return text + " " * (width - cells(text))


def window(text: str, begin: int, end: int, width: int) -> tuple[str, int, int]:
    """The part of a long line that shows the columns from `begin` to `end`, and where they are in it.

    >>> window("cost = (y - t) ** 2", 7, 19, 80)
    ('cost = (y - t) ** 2', 7, 19)
    >>> window("a" * 50 + "loss" + "b" * 50, 50, 54, 20)
    ('…aaaaaaalossbbbbbbb…', 8, 12)
    """
    if cells(text) <= width:
        return text, begin, end
    before = max(0, min((width - min(end - begin, width)) // 2, begin) - 1)
    start = begin - before if begin > before else 0
    shown = ("…" if start else "") + text[start:]
    shift = (1 if start else 0) - start
    return clip(shown, width), begin + shift, min(end + shift, width)


def wrapped(text: str, width: int) -> str:
    """Text whose lines are no longer than a width: broken at spaces, the rest indented.

    >>> print(wrapped("because it is nan", 12))
    because it
      is nan
    """
    rows = text.split("\n")
    return "\n".join(part for row in rows for part in ([row] if cells(row) <= width else _broken(row, width)))


def _broken(row: str, width: int) -> Iterator[str]:
    """A long row in several; `textwrap` counts characters, and some are two columns wide."""
    indent = " " * min(len(row) - len(row.lstrip()) + 2, width // 2)
    now = ""
    for word in re.findall(r"\s*\S+", row):  # with the spaces before it
        if now and cells(now + word) > width:
            yield now
            now, word = indent, word.lstrip()
        now += word
        while cells(now) > width:  # a word that is longer than a row
            end = next(n for n in range(width, 0, -1) if cells(now[:n]) <= width)
            yield now[:end]
            now = indent + now[end:]
    yield now


def ascii_only(text: str) -> str:
    """Text for a terminal that knows ASCII only; raised and lowered indices are written as they are typed.

    >>> ascii_only("w²₁₃.grad += 0.5 × −1")
    'w^2_13.grad += 0.5 * -1'
    """
    text = re.sub(f"([{_RAISED}]+)", r"^\1", re.sub(f"([{_LOWERED}]+)", r"_\1", text))
    return text.translate(_ASCII).encode("ascii", "replace").decode()


def coloured(text: str) -> str:
    """Finished text with the colours of a terminal: where one is, what is not a number, what is only said in passing."""
    return "\n".join(_coloured(row) for row in text.split("\n"))


def _coloured(row: str) -> str:
    if re.match(r"\s*\^+$", row):
        return f"{CURRENT}{row}{RESET}"
    if re.match(r"(\S+:\d+ )?-> |> ", row):
        return f"{BOLD}{row}{RESET}"
    if re.match(r"(step|start|end) |backward\(\) ", row):
        row = f"{DIM}{row}{RESET}"
    return re.sub(r"(?<![\w.])[−-]?(nan|inf)(?!\w)", lambda m: f"{RED}{m[0]}{RESET}", row)

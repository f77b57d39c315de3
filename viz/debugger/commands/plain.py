"""Text that is safe for a terminal: it holds no control codes, its width in cells is known, and colour comes last.

The debugger prints labels, source lines and file names, which may hold anything: escape codes, line ends, characters two
cells wide. Everything goes through `printable`; code that lays out columns counts `cells`. Only finished lines are coloured,
so that all the rest of the debugger makes plain text.
"""

import re
import unicodedata
from collections.abc import Iterator

CURRENT, BOLD, DIM, RED, RESET = "\x1b[36m", "\x1b[1m", "\x1b[2m", "\x1b[31m", "\x1b[0m"
# Replacements for the signs of mathematics on a terminal that has only ASCII.
_RAISED, _LOWERED = "⁰¹²³⁴⁵⁶⁷⁸⁹ᴸ", "₀₁₂₃₄₅₆₇₈₉"
_ASCII = str.maketrans(
    dict(zip(_RAISED + _LOWERED, "0123456789L0123456789", strict=True))
    | {"×": "*", "−": "-", "→": "->", "←": "<-", "…": "...", "│": "|", "├": "+", "└": "+", "─": "-", "━": "=", "●": "*",
       "·": ".", "‹": "<", "›": ">", "▸": ">", "δ": "delta", "σ": "sigma", "✓": "x", "▼": "v", "▲": "^"}
)  # fmt: skip


def printable(text: str) -> str:
    r"""Text with control codes and signs that turn the reading direction written out as escapes, and tabs as spaces.

    >>> printable("w\x1b[31m\tx"), printable("one\ntwo")
    ('w\\x1b[31m    x', 'one\ntwo')
    """
    text = text.replace("\t", "    ")
    if text.isascii() and text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == "\n" else repr(c)[1:-1] for c in text)


def line(text: str) -> str:
    r"""The `printable` text with line ends written out, so that it is one line.

    >>> line("one\ntwo")
    'one\\ntwo'
    """
    return printable(text.replace("\n", "\\n"))


def cells(text: str) -> int:
    """The number of columns that a text takes on a terminal.

    >>> cells("w²₁₃"), cells("权重")
    (4, 4)
    """
    if text.isascii():
        return len(text)
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def clip(text: str, width: int) -> str:
    """Text cut to a width; '…' says that it was cut.

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
    """The part of a long line that shows the columns from `begin` to `end`, with the places of these columns in the part.

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
    """Text broken at spaces into lines of at most a width; the later parts of a line are indented.

    >>> print(wrapped("because it is nan", 12))
    because it
      is nan
    """
    rows = text.split("\n")
    return "\n".join(part for row in rows for part in ([row] if cells(row) <= width else _broken(row, width)))


def _broken(row: str, width: int) -> Iterator[str]:
    """The parts of a long row. `textwrap` would not do: it counts characters, and some are two columns wide."""
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
    """Text for a terminal that knows ASCII only; raised and lowered indices get the form in which they are typed.

    >>> ascii_only("w²₁₃.grad += 0.5 × −1")
    'w^2_13.grad += 0.5 * -1'
    """
    text = re.sub(f"([{_RAISED}]+)", r"^\1", re.sub(f"([{_LOWERED}]+)", r"_\1", text))
    return text.translate(_ASCII).encode("ascii", "replace").decode()


def coloured(text: str) -> str:
    """Finished text with colours: the current place stands out, nan and inf are red, counters are dim."""
    return "\n".join(_coloured(row) for row in text.split("\n"))


def _coloured(row: str) -> str:
    if re.match(r"\s*\^+$", row):
        return f"{CURRENT}{row}{RESET}"
    if re.match(r"(\S+:\d+ )?-> |> ", row):
        return f"{BOLD}{row}{RESET}"
    if re.match(r"(step|start|end) |backward\(\) ", row):
        row = f"{DIM}{row}{RESET}"
    return re.sub(r"(?<![\w.])[−-]?(nan|inf)(?!\w)", lambda m: f"{RED}{m[0]}{RESET}", row)

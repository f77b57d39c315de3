r"""Names of mathematics as people write them, with indices, Greek letters and accents, read once for all who show names.

w^2_13, W_h, \alpha, w_{12}^{(3)}, \hat{y}, $\beta_{ij}$, \Delta t and \partial L/\partial w are such names. `parsed` reads a
label that is one symbol, `text` and `latex` write any. A label that is no such name is None for all three, and stands for
itself: `my_variable`, `x1*w1`, a broken `\hat{`. Nothing of a label but the letters and signs of symbols.py gets into LaTeX.

A label without backslash, braces and dollars is mathematics if it is a word with a number for an index (w^2_13, layer_1), or
one letter with an index of at most two letters (W_h, x_t, N_A, W_hh). Longer ones are words of Python: x_train, lr_t, my_var;
but a Greek letter is a symbol, whatever its index: θ_good.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from .symbols import (
    ACCENTS,
    FACES,
    FUNCTIONS,
    GREEK,
    GREEK_LETTERS,
    LOWERED,
    RAISED,
    SIGNS,
    Name,
    Piece,
    Written,
    bound,
    joined,
)

# Names without commands and braces; several digits are one index.
_NUMBERED: Final = re.compile(r"([^\W\d_]+)(?:\^([0-9]+|L))?(?:_([0-9]+(?:,[0-9]+)*))?")
_INDEX: Final = r"(?:[0-9]+|[a-zA-Z][a-zA-Z0-9]?)"
_LETTERED: Final = re.compile(rf"([^\W\d_]|{'|'.join(GREEK)})('*)(?:\^([0-9]+|[a-zA-Z*+-]))?(?:_({_INDEX}(?:,{_INDEX})*))?")
_WORDED: Final = re.compile(rf"([{GREEK_LETTERS}])('*)(?:\^([0-9]+|[a-zA-Z*+-]))?_([a-zA-Z][a-zA-Z0-9]*)")  # θ_good
_TURNED: Final = re.compile(r"(?<=\w)(_[\w,]+)(\^[\w*+-]+)$")  # P_k^-, the index first
_INDEXED: Final = re.compile(r"(.*[^\]])((?:\[\w+(?:, ?\w+)*\])+)")  # W_h[0], a name with a place in a list
_TOLD_APART: Final = re.compile(r"(.+)@v([0-9]{1,15})", re.DOTALL)
_MATHEMATICS: Final = re.compile(r"(?<![\w$])\$(?=[^\s$])([^$]*[^\s$])\$(?![\w$])")
_WORDS: Final = re.compile(r"(?:[^\W_]|[ ,.:()-])*")
_TYPED: Final = [(sign, table, re.compile(f"[{''.join(table)}]+")) for sign, table in (("^", RAISED), ("_", LOWERED))]
_COMBINING: Final = {mark: accent for accent, mark in reversed(ACCENTS.items())}
_INSIDE: Final = re.compile(r"(?<=[(\[‖|]) +| +(?=[)\]‖|,])")  # blanks at brackets, which LaTeX leaves out
_SPACES: Final = {",": " ", ";": " ", ":": " ", " ": " ", "!": "", "quad": " "}
_MARK: Final = re.compile(f"[{''.join(_COMBINING)}]")
_REMEMBERED: Final = 1 << 15  # names: a picture asks for those of its boxes again and again, one after the other
_TOKEN: Final = re.compile(
    r"\\(?P<command>[a-zA-Z]+) *|\\(?P<escaped>[,;:! |])|(?P<digits>[0-9]+(?:\.[0-9]+)?)|(?P<letter>[^\W\d_])"
    rf"|(?P<mark>[{''.join(_COMBINING)}])|(?P<sign>[-^_{{}}+=(),'*./|:;! \[\]<>])"
)


def told_apart(name: str, number: int | str) -> str:
    """A name that several nodes have, with the number of the one that is meant: k@v12, which no list and no count is read as.

    >>> told_apart("k", 12), number_in("k@v12"), number_in("w_v12"), number_in("W[12]")
    ('k@v12', 12, None, None)
    """
    return f"{name}@v{number}"


def number_in(name: str) -> int | None:
    """The number in a name that has one; None in any other."""
    found = _TOLD_APART.fullmatch(name)
    return int(found[2]) if found else None


def parsed(label: str) -> Name | None:
    r"""A label as a symbol; None if it is none, or more than one.

    >>> parsed("w^2_13"), parsed(r"\hat{y}"), parsed("my_variable")
    (Name(head='w', accent='', face='', upper='2', lower='13'), Name(head='y', accent='hat', face='', upper='', lower=''), None)
    """
    pieces = _pieces(label)
    one = pieces[0] if pieces and len(pieces) == 1 else None
    return one if isinstance(one, Name) else None


@lru_cache(maxsize=_REMEMBERED)
def text(label: str) -> str | None:
    r"""A name as text, its indices raised and lowered; None if the label is no name.

    >>> text("w_{12}^{(3)}"), text(r"\hat{y}_i"), text(r"$\beta_{ij}$"), text("b^1_10,2"), text("W_h"), text("x1*w1")
    ('w⁽³⁾₁₂', 'ŷᵢ', 'βᵢⱼ', 'b¹₁₀,₂', 'Wₕ', None)
    >>> text(r"\partial L/\partial w"), text(r"$\lambda_{\max}$"), text("k_B"), text("θ_good"), text("x_train")
    ('∂L/∂w', 'λₘₐₓ', 'k_B', 'θ_good', None)
    """
    pieces = _pieces(label)
    return None if pieces is None else _INSIDE.sub("", "".join(piece.text for piece in pieces))


def latex(label: str) -> str | None:
    r"""A name in LaTeX; None if the label is no name.

    >>> print(latex("w^2_13"), latex("delta^1_2"), latex("loss"), latex(r"\hat y"), latex("$w_{i+1}^T$"), latex(r"\Delta t"))
    w^{2}_{13} \delta^{1}_{2} \mathrm{loss} \hat{y} w^{T}_{i+1} \Delta t
    """
    pieces = _pieces(label)
    return None if pieces is None else joined(pieces)


@lru_cache(maxsize=4096)
def _pieces(label: str) -> tuple[Piece, ...] | None:
    """The symbols of a name in their order; None if the label is no name."""
    if not label.isascii() and (typed := _as_typed(label)):
        return (typed,)
    if plain := _NUMBERED.fullmatch(label):
        head, upper, lower = plain.groups("")
        return (Name(GREEK.get(head, head) if upper or lower else head, "", "", upper, lower),)
    turned = _TURNED.sub(r"\2\1", label)
    if lettered := _LETTERED.fullmatch(turned) or _WORDED.fullmatch(turned):
        head, primes, upper, lower = lettered.groups("")
        return (Name(GREEK.get(head, head), "", "", "′" * len(primes) + upper.replace("*", "∗"), lower),)
    if (told := _TOLD_APART.fullmatch(label)) and (pieces := _pieces(told[1])):
        return (*pieces, Written(told_apart("", told[2]), f"@v_{{{told[2]}}}"))
    if (indexed := _INDEXED.fullmatch(label)) and (pieces := _pieces(indexed[1])):
        return (*pieces, Written(indexed[2], indexed[2].replace("[", "{[}").replace("]", "{]}").replace("_", r"\_")))
    try:
        if "$" in label:
            return _with_words(label)
        if re.search(r"\\[a-zA-Z|]|[\^_]\{", label):
            return tuple(_Reader(label).formula())
    except ValueError:
        pass
    return None


def _as_typed(label: str) -> Name | None:
    """A symbol whose indices or accent were typed as such, w² or x̂; None if it is none."""
    written = unicodedata.normalize("NFD", label)
    for sign, table, small in _TYPED:
        for run in small.findall(written):
            written = written.replace(run, f"{sign}{{{''.join(map(table.__getitem__, run))}}}", 1)
    try:
        pieces = [] if written == label and not _MARK.search(label) else _Reader(written).formula()
    except ValueError:
        return None
    one = pieces[0] if len(pieces) == 1 else None
    return one if isinstance(one, Name) and one.head.isalpha() else None


def _with_words(label: str) -> tuple[Piece, ...]:
    r"""A label with mathematics between dollars, alone or among words: 'rate $\eta$'."""
    pieces: list[Piece] = []
    for n, part in enumerate(_MATHEMATICS.split(label)):
        if n % 2:
            pieces += _Reader(part).formula()
        elif part:
            if not _WORDS.fullmatch(part):
                raise ValueError(part)
            pieces.append(Written(part, rf"\text{{{part}}}"))
    return tuple(pieces)


class _Reader:
    """A reader of LaTeX names: symbols with their scripts. Whatever is no such name is a ValueError."""

    def __init__(self, label: str) -> None:
        self.tokens: list[tuple[str, str]] = []  # the kind and the text of each, the last one first
        at = 0
        while at < len(label):
            match = _TOKEN.match(label, at)
            if match is None:
                raise ValueError(label)
            self.tokens.append((match.lastgroup or "", match[match.lastgroup or 0]))
            at = match.end()
        self.tokens.reverse()

    def next_is(self, text: str) -> bool:
        """True if a sign comes next."""
        return bool(self.tokens) and self.tokens[-1] == ("sign", text)

    def formula(self) -> list[Piece]:
        """Everything up to the end; at least one symbol."""
        pieces = self.pieces()
        if self.tokens:
            raise ValueError("}")
        return pieces

    def pieces(self) -> list[Piece]:
        """Everything up to a brace that closes, or to the end."""
        found: list[Piece] = []
        while self.tokens and not self.next_is("}"):
            found.append(self.piece())
        if not any(piece.text.strip() for piece in found):
            raise ValueError("nothing")
        return found

    def piece(self) -> Piece:
        """A symbol, a fraction, a root, or a space."""
        kind, text = self.tokens[-1]
        if kind == "sign" and text == " ":
            self.tokens.pop()
            return Written(" ", " ")
        if (kind == "escaped" and text != "|") or (kind, text) == ("command", "quad"):
            self.tokens.pop()
            return Written(_SPACES[text], rf"\{text} ".replace("  ", " "))
        if (kind, text) == ("command", "frac"):
            self.tokens.pop()
            over, under = self.braced(), self.braced()
            return Written(f"{bound(over)}/{bound(under)}", rf"\frac{{{joined(over)}}}{{{joined(under)}}}")
        if (kind, text) == ("command", "sqrt"):
            self.tokens.pop()
            inside = self.braced()
            return Written(f"√{bound(inside)}", rf"\sqrt{{{joined(inside)}}}")
        name = self.name()
        if name.face == "function" and self.tokens and self.tokens[-1][0] in ("letter", "command", "digits"):
            return Written(f"{name.text} ", name.latex)
        return name

    def braced(self) -> list[Piece]:
        """The argument of a command: in braces, or one symbol."""
        if not self.next_is("{"):
            return [self.head()]
        self.tokens.pop()
        found = self.pieces()
        self.close()
        return found

    def close(self) -> None:
        if self.pop() != ("sign", "}"):
            raise ValueError("}")

    def name(self) -> Name:
        """A symbol with its accent and its scripts."""
        name = self.head()
        if self.tokens and self.tokens[-1][0] == "mark":
            name = name._replace(accent=_COMBINING[self.tokens.pop()[1]])
        scripts = {"^": "", "_": ""}
        while self.next_is("'") or self.next_is("^") or self.next_is("_"):
            sign = self.tokens.pop()[1]
            if sign == "'" and not scripts["^"].strip("′"):
                scripts["^"] += "′"
            elif sign == "'" or scripts[sign]:
                raise ValueError(sign)
            else:
                scripts[sign] = self.script()
        return name._replace(upper=scripts["^"], lower=scripts["_"])

    def head(self) -> Name:
        """A letter, a number, a sign, or one of them under an accent or in a face."""
        kind, text = self.pop()
        if kind in ("letter", "digits"):
            return Name(text)
        if kind == "escaped" and text == "|":
            return Name("‖")
        if kind == "sign" and text not in "^_{}' ":
            return Name("∗" if text == "*" else text)
        if kind != "command":
            raise ValueError(text)
        if text in SIGNS:
            return Name(SIGNS[text])
        if text in FUNCTIONS:
            return Name(text, face="function")
        if text not in (*ACCENTS, *FACES):
            raise ValueError(text)
        inner = self.argument(word=text in FACES)
        if text in ACCENTS:
            if inner.accent:
                raise ValueError(text)
            return inner._replace(accent=text)
        return inner._replace(face=inner.face or text)

    def argument(self, word: bool) -> Name:
        """The argument of a command: a head in braces, a head, or words where words may stand."""
        if not self.next_is("{"):
            return self.head()
        self.tokens.pop()
        name = self.head()
        while word and self.tokens and (self.tokens[-1][0] in ("letter", "digits") or self.next_is(" ") or self.next_is("-")):
            name = name._replace(head=name.head + self.tokens.pop()[1])
        self.close()
        return name

    def script(self) -> str:
        """An index: a letter, a number, a command, or several in braces."""
        if not self.next_is("{"):
            return self.sign_of_script()
        self.tokens.pop()
        found = ""
        while not self.next_is("}"):
            found += self.sign_of_script()
        self.tokens.pop()
        if not found.strip():
            raise ValueError("{}")
        return found.strip()

    def sign_of_script(self) -> str:
        kind, text = self.pop()
        if kind == "command":
            if text in FACES and self.next_is("{"):
                return self.script()
            if text not in SIGNS and text not in FUNCTIONS:
                raise ValueError(text)
            return SIGNS.get(text, text)
        if kind in ("mark", "escaped") or (kind == "sign" and text in "^_{}<>"):
            raise ValueError(text)
        return {"'": "′", "*": "∗"}.get(text, text)

    def pop(self) -> tuple[str, str]:
        if not self.tokens:
            raise ValueError("the end")
        return self.tokens.pop()

r"""Names of mathematics as people write them, with indices, Greek letters and accents, read once for all who show names.

w^2_13, \alpha, w_{12}^{(3)}, \hat{y} and $\beta_{ij}$ are such names. `parsed` reads a label, `text` and `latex` write it.
A label that is no such name is None for all three, and stands for itself: `my_variable`, `x1*w1`, a broken `\hat{`. Nothing
of a label but the letters and signs below gets into LaTeX.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final, NamedTuple

GREEK: Final = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
COMMANDS: Final = {letter: rf"\{name}" for name, letter in GREEK.items()} | {
    "ℓ": r"\ell", "∗": r"\ast", "⊤": r"\top", "′": r"\prime", "∞": r"\infty", "∇": r"\nabla", "…": r"\ldots", "·": r"\cdot",
}  # fmt: skip
_SIGNS: Final = {command[1:]: letter for letter, command in COMMANDS.items()} | {
    "varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varrho": "ρ", "dots": "…", "star": "∗",
}  # fmt: skip
_ACCENTS: Final = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303", "widetilde": "\u0303",
    "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c",
}  # fmt: skip
_FACES: Final = ("mathbf", "boldsymbol", "bm", "mathrm", "mathit", "mathcal", "mathsf", "text", "textbf", "operatorname")
SUPERSCRIPT: Final = dict(
    zip("0123456789+-=()LTabcdefghijklmnoprstuvwxyzABDEGHIJKMNOPRUVWβγδθφχ⊤∗′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᴸᵀᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴹᴺᴼᴾᴿᵁⱽᵂᵝᵞᵟᶿᵠᵡᵀ*′", strict=True)
)  # fmt: skip
SUBSCRIPT: Final = dict(
    zip("0123456789+-=(),aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎,ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)  # fmt: skip
# A name without commands and braces: several digits are one index. x_t is none: it may be a variable of Python as well.
_PLAIN: Final = re.compile(r"([^\W\d_]+)(?:\^([0-9]+|L))?(?:_([0-9]+(?:,[0-9]+)*))?")
_TOKEN: Final = re.compile(r"\\([a-zA-Z]+) *|([0-9]+)|([^\W\d_])|([-^_{}+=(),'*./|: \[\]])")


class Name(NamedTuple):
    """A name in its parts; scripts are text in which Greek letters stand for themselves.

    Attributes:
        head: a letter or a word.
        accent: a command such as 'hat'; '' for none.
        face: a command such as 'mathbf'; '' for none.
        upper, lower: what is raised and lowered.
    """

    head: str
    accent: str = ""
    face: str = ""
    upper: str = ""
    lower: str = ""


@lru_cache(maxsize=4096)
def parsed(label: str) -> Name | None:
    r"""A label as a name; None if it is none.

    >>> parsed("w^2_13"), parsed(r"\hat{y}"), parsed("my_variable")
    (Name(head='w', accent='', face='', upper='2', lower='13'), Name(head='y', accent='hat', face='', upper='', lower=''), None)
    """
    plain = _PLAIN.fullmatch(label)
    if plain:
        head, upper, lower = plain.groups("")
        return Name(GREEK.get(head, head) if upper or lower else head, "", "", upper, lower)
    inside = label[1:-1] if len(label) > 2 and label[0] == label[-1] == "$" else label
    if inside == label and not re.search(r"\\[a-zA-Z]|[\^_]\{", label):
        return None
    try:
        return _Reader(inside).name()
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def text(label: str) -> str | None:
    r"""A name as text, its indices raised and lowered; None if the label is no name.

    >>> text("w_{12}^{(3)}"), text(r"\hat{y}_i"), text(r"$\beta_{ij}$"), text("b^1_10,2"), text("x1*w1")
    ('w⁽³⁾₁₂', 'ŷᵢ', 'βᵢⱼ', 'b¹₁₀,₂', None)
    """
    name = parsed(label)
    if name is None:
        return None
    head = unicodedata.normalize("NFC", name.head + _ACCENTS.get(name.accent, ""))
    return head + _scripted(name.upper, SUPERSCRIPT, "^") + _scripted(name.lower, SUBSCRIPT, "_")


def latex(label: str) -> str | None:
    r"""A name in LaTeX; None if the label is no name.

    >>> print(latex("w^2_13"), latex("delta^1_2"), latex("loss"), latex(r"\hat y"), latex("$w_{i+1}^T$"))
    w^{2}_{13} \delta^{1}_{2} \mathrm{loss} \hat{y} w^{T}_{i+1}
    """
    name = parsed(label)
    if name is None:
        return None
    head = GREEK.get(name.head, name.head)
    symbol = COMMANDS.get(head) or (head if len(head) == 1 else rf"\mathrm{{{head}}}")
    if name.face and len(head) == 1:
        symbol = rf"\{'boldsymbol' if name.face == 'bm' else name.face}{{{symbol}}}"
    if name.accent:
        symbol = rf"\{name.accent}{{{symbol}}}"
    return symbol + "".join(
        f"{sign}{{{_commands(script)}}}" for sign, script in (("^", name.upper), ("_", name.lower)) if script
    )


def _scripted(script: str, signs: dict[str, str], sign: str) -> str:
    """A script in small letters; on the line, in parentheses if it needs them, where there is no small letter for one."""
    if not script:
        return ""
    small = [signs.get(c) for c in script if c != " "]
    if None not in small:
        return "".join(filter(None, small))
    whole = len(script) == 1 or (script[0], script[-1]) in (("(", ")"), ("[", "]"))
    return f"{sign}{script}" if whole else f"{sign}({script})"


def _commands(script: str) -> str:
    found = "".join(f"{COMMANDS[c]} " if c in COMMANDS else c for c in script)
    return found.rstrip()


class _Reader:
    """A reader of LaTeX names: a head and its scripts. Whatever is no such name is a ValueError."""

    def __init__(self, label: str) -> None:
        self.tokens: list[tuple[str, str, str, str]] = []
        at = 0
        while at < len(label):
            match = _TOKEN.match(label, at)
            if match is None:
                raise ValueError(label)
            self.tokens.append((match[1] or "", match[2] or "", match[3] or "", match[4] or ""))
            at = match.end()
        self.tokens.reverse()

    def next_sign(self) -> str:
        return self.tokens[-1][3] if self.tokens else ""

    def name(self) -> Name:
        name = self.head()
        scripts = {"^": "", "_": ""}
        while self.tokens:
            sign = self.tokens.pop()[3]
            if sign == "'" and not scripts["^"].strip("′"):
                scripts["^"] += "′"
            elif sign not in scripts or scripts[sign]:
                raise ValueError(sign)
            else:
                scripts[sign] = self.script()
        return name._replace(upper=scripts["^"], lower=scripts["_"])

    def head(self) -> Name:
        """A letter, a Greek letter, or one of them under an accent or in a face."""
        command, digits, letter, _ = self.pop()
        if letter:
            return Name(letter)
        if command in _SIGNS:
            return Name(_SIGNS[command])
        if digits or command not in (*_ACCENTS, *_FACES):
            raise ValueError(command)
        inner = self.argument(word=command in _FACES)
        if command in _ACCENTS:
            if inner.accent:
                raise ValueError(command)
            return inner._replace(accent=command)
        return inner._replace(face=inner.face or command)

    def argument(self, word: bool) -> Name:
        """The argument of a command: a head in braces, a head, or a word where words may stand."""
        if self.next_sign() != "{":
            return self.head()
        self.tokens.pop()
        name = self.head()
        while word and self.tokens and self.tokens[-1][2]:
            name = name._replace(head=name.head + self.tokens.pop()[2])
        if self.pop()[3] != "}":
            raise ValueError("}")
        return name

    def script(self) -> str:
        """An index: a letter, a number, a command, or several in braces."""
        if self.next_sign() != "{":
            return self.piece()
        self.tokens.pop()
        found = ""
        while self.next_sign() != "}":
            found += self.piece()
        self.tokens.pop()
        if not found.strip():
            raise ValueError("{}")
        return found.strip()

    def piece(self) -> str:
        command, digits, letter, sign = self.pop()
        if command in ("mathrm", "text", "mathit", "mathbf") and self.next_sign() == "{":
            return self.script()
        if command:
            if command not in _SIGNS:
                raise ValueError(command)
            return _SIGNS[command]
        if sign in tuple("^_{}"):
            raise ValueError(sign)
        return {"'": "′", "*": "∗"}.get(sign, digits or letter or sign)

    def pop(self) -> tuple[str, str, str, str]:
        if not self.tokens:
            raise ValueError("the end")
        return self.tokens.pop()

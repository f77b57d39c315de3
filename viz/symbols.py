r"""Symbols of mathematics, as text and in LaTeX: letters, signs, accents, faces, and a symbol with its indices.

The letters and commands in these tables are all there are: a label that has others in it is no name for names.py, so that
nothing unknown gets into LaTeX. Unicode has small letters for some indices only; the others stay on the line, as in k_B;
scripts.py makes them small where letters can be.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final, NamedTuple

GREEK: Final = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "zeta": "ζ", "eta": "η", "theta": "θ", "iota": "ι",
    "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ", "sigma": "σ", "tau": "τ",
    "upsilon": "υ", "phi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ",
    "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip
GREEK_LETTERS: Final = "\u0370-\u03ff"  # a range of a regular expression
COMMANDS: Final = {letter: rf"\{name}" for name, letter in GREEK.items()} | {
    "ℓ": r"\ell", "∗": r"\ast", "⊤": r"\top", "′": r"\prime", "∞": r"\infty", "∇": r"\nabla", "…": r"\ldots", "·": r"\cdot",
    "∂": r"\partial", "ℏ": r"\hbar", "×": r"\times", "±": r"\pm", "∑": r"\sum", "∏": r"\prod", "∫": r"\int", "⊙": r"\odot",
    "⊕": r"\oplus", "⊗": r"\otimes", "∘": r"\circ", "†": r"\dagger", "⊥": r"\perp", "‖": r"\Vert", "∈": r"\in",
    "→": r"\rightarrow", "←": r"\leftarrow", "≤": r"\leq", "≥": r"\geq", "≠": r"\neq", "≈": r"\approx", "∼": r"\sim",
    "∝": r"\propto", "⟨": r"\langle", "⟩": r"\rangle",
}  # fmt: skip
SIGNS: Final = {command[1:]: letter for letter, command in COMMANDS.items()} | {
    "varepsilon": "ε", "vartheta": "θ", "varphi": "φ", "varrho": "ρ", "dots": "…", "star": "∗", "to": "→", "le": "≤", "ge": "≥",
    "ne": "≠", "lVert": "‖", "rVert": "‖", "lvert": "|", "rvert": "|", "vert": "|", "mid": "|",
}  # fmt: skip
ACCENTS: Final = {
    "hat": "\u0302", "widehat": "\u0302", "bar": "\u0304", "overline": "\u0304", "tilde": "\u0303", "widetilde": "\u0303",
    "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c",
}  # fmt: skip
FACES: Final = (
    "mathbf", "boldsymbol", "bm", "mathrm", "mathit", "mathcal", "mathsf", "mathbb", "text", "textbf", "textrm", "operatorname",
)  # fmt: skip
_FACES: Final = {"bm": "boldsymbol", "text": "mathrm", "textrm": "mathrm", "textbf": "mathbf", "operatorname": "mathrm"}
_DOUBLE: Final = dict(zip("CENPQRZ", "ℂ𝔼ℕℙℚℝℤ", strict=True))  # of mathbb, as far as fonts have them
FUNCTIONS: Final = ("max", "min", "log", "ln", "exp", "sin", "cos", "tan", "sinh", "cosh", "tanh")
SUPERSCRIPT: Final = dict(
    zip("0123456789+-=()LTabcdefghijklmnoprstuvwxyzABDEGHIJKMNOPRUVWβγδθφχ⊤∗′",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾ᴸᵀᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴹᴺᴼᴾᴿᵁⱽᵂᵝᵞᵟᶿᵠᵡᵀ*′", strict=True)
)  # fmt: skip
SUBSCRIPT: Final = dict(
    zip("0123456789+-=(),aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎,ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)  # fmt: skip
# What was typed raised or lowered. Both T and ⊤ read ᵀ: it means T.
RAISED: Final = {small: letter for letter, small in reversed(SUPERSCRIPT.items()) if letter not in "′∗"}
LOWERED: Final = {small: letter for letter, small in SUBSCRIPT.items() if letter != ","}


class Name(NamedTuple):
    """A symbol in its parts; scripts are text in which Greek letters stand for themselves.

    Attributes:
        head: a letter, a word, a number or a sign.
        accent: a command such as 'hat'; '' for none.
        face: a command such as 'mathbf', 'function' for the name of one; '' for none.
        upper, lower: what is raised and lowered.
    """

    head: str
    accent: str = ""
    face: str = ""
    upper: str = ""
    lower: str = ""

    @property
    def text(self) -> str:
        """The symbol as text, its indices raised and lowered."""
        head = _DOUBLE.get(self.head, self.head) if self.face == "mathbb" else {"∗": "*", "-": "−"}.get(self.head, self.head)
        head = unicodedata.normalize("NFC", head + ACCENTS.get(self.accent, ""))
        return head + _scripted(self.upper, SUPERSCRIPT, "^") + _scripted(self.lower, SUBSCRIPT, "_")

    @property
    def latex(self) -> str:
        """The symbol in LaTeX."""
        head = GREEK.get(self.head, self.head)
        symbol = COMMANDS.get(head) or {"*": r"\ast", "|": r"\vert"}.get(head, head)
        if self.face == "function":
            symbol = rf"\{head}"
        elif len(head) > 1 and not head[0].isdecimal():
            symbol = rf"\mathrm{{{head}}}" if head.isalnum() else rf"\text{{{head}}}"
        elif self.face:
            symbol = rf"\{_FACES.get(self.face, self.face)}{{{symbol}}}"
        if self.accent:
            symbol = rf"\{self.accent}{{{symbol}}}"
        scripts = (("^", self.upper), ("_", self.lower))
        return symbol + "".join(f"{sign}{{{_commands(script)}}}" for sign, script in scripts if script)


class Written(NamedTuple):
    """A piece of mathematics that is no symbol, such as a fraction, as text and in LaTeX."""

    text: str
    latex: str


Piece = Name | Written


def joined(pieces: Iterable[Piece]) -> str:
    """Pieces in LaTeX, one behind the other."""
    found = ""
    for piece in pieces:
        apart = " " if re.search(r"\\[a-zA-Z]+$", found) and piece.latex[:1].isalpha() else ""
        found += apart + piece.latex
    return found


def bound(pieces: list[Piece]) -> str:
    """Pieces as text, in parentheses if they are more than a product: a + b, but not ∂L."""
    text = "".join(piece.text for piece in pieces)
    return text if re.fullmatch(r"[^-−+/=<> ]*", text) else f"({text})"


def _scripted(script: str, signs: dict[str, str], sign: str) -> str:
    """A script in small letters; on the line, in parentheses if it needs them, where there is no small letter for one."""
    if not script:
        return ""
    small = [signs.get(c) for c in script if c != " "]
    if None not in small:
        return "".join(filter(None, small))
    whole = len(script) == 1 or (script[0], script[-1]) in (("(", ")"), ("[", "]")) or (sign == "_" and script.isalnum())
    return f"{sign}{script}" if whole else f"{sign}({script})"


def _commands(script: str) -> str:
    """A script in LaTeX."""
    if script in FUNCTIONS:
        return rf"\{script}"
    found = "".join(f"{COMMANDS[c]} " if c in COMMANDS else c for c in script)
    return found.rstrip()

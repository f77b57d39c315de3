"""The look of numbers, names and colours, decided once for every picture.

Pure functions from data to text. Colours are chosen to stay apart for colour-blind readers: blue below zero, orange above,
grey for missing numbers, and never colour alone (the number is always written too).
"""

import math
import os
import re
from collections.abc import Callable
from typing import Final

from autograd import Source
from autograd.recording.columns import Nodes
from autograd.words import counted as counted

from . import names

FONT: Final = "DejaVu Sans"  # Graphviz knows its widths, with or without fonts on the machine
INK, MUTED, FAINT, PAPER = "#1f2933", "#52606d", "#9aa5b1", "#ffffff"
PASS = "#7a1fa2"  # the pass itself, as it moves
ROOT, CONSTANT = "#e6f4ea", "#f1f3f5"
POSITIVE, NEGATIVE, ALARM = "#b45309", "#1d4ed8", "#b91c1c"
ALARM_FILL, ZERO_FILL = "#fecaca", "#e2e6ea"
PALE, PALE_LINE = "#dfe4e9", "#e9edf1"  # for nodes and lines without a part in the focus
# Okabe and Ito's colours for classes, told apart by colour-blind readers as well.
CLASSES: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#555555")
VANISHING, EXPLODING = 1e-7, 1e4  # gradients with magnitudes below or above get a word in the picture
WHOLE = 1e6  # a whole number below it is written as it is
LONGEST = 48  # letters of a name in a box; hovering shows all of them
_PLACE = 0xF0000  # the first sign of a name that is put in later: no letter of any name
DECADES = 6.0  # a gradient this many powers of ten below the largest is as good as white

_DOT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", "\\": "\\\\", "\n": " ", "\r": " "})


def number(x: float, digits: int = 4) -> str:
    """A number as a picture shows it: a few significant digits, a true minus sign, no pointless zeros.

    Whole numbers of up to six digits, such as counts, years and factorials, are written as they are.

    >>> number(0.25), number(-1234567.0), number(40320.0), number(1e-9), number(float("nan")), number(1872.3, 3)
    ('0.25', '−1.235e6', '40320', '1e−9', 'nan', '1872')
    """
    if x == x // 1 and abs(x) < WHOLE:
        return f"{x:.0f}".replace("-", "−")
    if digits == 3 and 1e3 <= abs(float(f"{x:.3g}")) < 1e4:
        digits = 4  # 1872, as the box beside it says, and not 1.87e3
    mantissa, _, exponent = f"{x:.{digits}g}".partition("e")
    return (f"{mantissa}e{int(exponent)}" if exponent else mantissa).replace("-", "−")


def operation(op: str) -> str:
    """The sign of an operation as it is printed: × for *, a true minus.

    >>> operation("*"), operation("-"), operation("tanh")
    ('×', '−', 'tanh')
    """
    return {"*": "×", "-": "−"}.get(op, op)


def name(label: str) -> str:
    r"""A mathematical name with its indices raised and lowered: 'w^2_13' reads w²₁₃. Other labels stay as they are.

    >>> name("w^2_13"), name("delta^1_2"), name("my_variable"), name("b^1_10,2"), name(r"\hat{y}_{ij}")
    ('w²₁₃', 'δ¹₂', 'my_variable', 'b¹₁₀,₂', 'ŷᵢⱼ')
    """
    return names.text(label) or label


def printed(formula: object) -> str:
    """A formula with the signs of print; a sign in front of an operand follows nothing, a blank or a bracket.

    >>> printed("(-h) * x - exp(-2)")
    '(−h) × x − exp(−2)'
    """
    return re.sub(r"(^|[ (])-(?=[^ ])", r"\1−", str(formula).replace(" * ", " × ").replace(" - ", " − "))


def rule(write: Callable[[Callable[[int], str]], object], named: Callable[[int], str]) -> str:
    """A rule with the signs of print, as in the numbers beside it; names stay as they are written.

    Args:
        write: makes the rule with names by a function of a node.
        named: the name of a node.

    >>> rule(lambda name: f"d({name(0)} * {name(1)})/d{name(0)} = {name(1)}", ["a", "b * c"].__getitem__)
    'd(a × b * c)/da = b * c'
    """
    names: list[str] = []

    def place(i: int) -> str:
        names.append(named(i))
        return chr(_PLACE + len(names) - 1)

    return re.sub("[\U000f0000-\U000ffffd]", lambda sign: names[ord(sign[0]) - _PLACE], printed(write(place)))


def shortened(name: str, longest: int = LONGEST) -> str:
    """A name without its middle if it is longer than a box should be wide; it is cut between words where it has some.

    >>> shortened("annual interest rate of the mortgage in percent per year"), shortened("x" * 50 + "the_end")
    ('annual interest rate of the mortgage in…per year', 'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…xxxxxxxxxthe_end')
    >>> shortened("customer_lifetime_value", 16), shortened("learningRateOfLayer", 16), shortened("weight_decay", 16)
    ('customer…value', 'learning…OfLayer', 'weight_decay')
    """
    if len(name) <= longest:
        return name
    ends = [n for n in range(1, len(name)) if _is_between_words(name[n - 1], name[n])]
    pairs = [(a, b) for a in ends for b in ends if a < b and a + len(name) - b < longest]
    begin, end = max(pairs, key=lambda ab: (ab[0] - ab[1], ab), default=(longest * 2 // 3 - 1, len(name) - longest // 3))
    return f"{name[:begin].rstrip(' _')}…{name[end:].lstrip(' _')}"


def _is_between_words(before: str, after: str) -> bool:
    return not (before.isalnum() and after.isalnum()) or (before.islower() and after.isupper())


def node_name(nodes: Nodes, i: int, written: Callable[[str], str] = name) -> str:
    """A node's name as it is shown: w²₁₃, v7, or z¹₁@v12 where several nodes share the name.

    Args:
        written: the function that shows a label.

    >>> from autograd import Value, record_backward
    >>> x = Value(2.0, label="x_1")
    >>> nodes = record_backward(x * Value(3.0)).nodes
    >>> node_name(nodes, 0), node_name(nodes, 1)
    ('x₁', 'v1')
    """
    label = nodes.label[i] or f"v{i}"
    name = written(label)
    return names.told_apart(name, i) if label in nodes.shared_labels else name


def source(place: Source, width: int = 60) -> str:
    """A place in the source, in the shortest clickable form: relative to the working directory, the expression cut."""
    file = place.file
    if os.path.isabs(file) and file.startswith(os.getcwd() + os.sep):
        file = os.path.relpath(file)
    text = place.text if len(place.text) <= width else place.text[: width - 1] + "…"
    return f"{file}:{place.line}: {text}" if text else f"{file}:{place.line}"


def strength(magnitude: float, largest: float) -> float:
    """The strength of a magnitude's colour, from 0 to 1: its logarithm relative to the largest magnitude.

    >>> strength(1.0, 1.0), strength(1e-3, 1.0), strength(0.0, 1.0)
    (1.0, 0.5, 0.0)
    """
    if not 0.0 < magnitude < math.inf or not 0.0 < largest < math.inf:
        return 0.0
    return min(1.0, max(0.0, 1.0 + (math.log10(magnitude) - math.log10(largest)) / DECADES))


def gradient_fill(gradient: float, largest: float) -> str:
    """The colour of a box by its gradient: blue below zero, orange above, paler the smaller; grey for 0, red for nan.

    Args:
        largest: the largest magnitude in the picture.

    >>> gradient_fill(1.0, 1.0), gradient_fill(-1.0, 1.0), gradient_fill(0.0, 1.0)
    ('#f9b65c', '#8db9f5', '#e2e6ea')
    """
    if not math.isfinite(gradient):
        return ALARM_FILL
    if gradient == 0.0:
        return ZERO_FILL
    t = 0.12 + 0.88 * strength(abs(gradient), largest) ** 2
    full = (0xF9, 0xB6, 0x5C) if gradient > 0.0 else (0x8D, 0xB9, 0xF5)
    return "#" + "".join(f"{round(255 + (c - 255) * t):02x}" for c in full)


def gradient_text(gradient: float) -> str:
    """A gradient as a picture shows it, with a word where it needs attention.

    >>> gradient_text(0.5), gradient_text(1e-12), gradient_text(float("nan"))
    ('grad 0.5', 'grad 1e−12 vanishing', 'grad nan !')
    """
    size = abs(gradient)
    return f"grad {number(gradient)}{word(size)}"


def word(size: float) -> str:
    """The remark on a magnitude of a gradient: ' vanishing', ' exploding', ' !' for inf and nan, else ''."""
    if not math.isfinite(size):
        return " !"
    return " vanishing" if 0.0 < size < VANISHING else " exploding" if size > EXPLODING else ""


def span(low: float, high: float) -> str:
    """The smallest and the largest of several numbers.

    >>> span(-0.25, 3.0), span(2.0, 2.0)
    ('−0.25 … 3', '2')
    """
    a, b = number(low, 3), number(high, 3)
    return a if a == b else f"{a} … {b}"


def escape(text: str, most: int = 200) -> str:
    r"""Text inside a DOT label: whatever it contains, it is shown and not interpreted.

    (The graphviz package puts quotation marks around the text, but passes text between `<` and `>` on as code; `&` would
    begin an HTML entity, a backslash an escape.)

    Args:
        most: the number of letters after which it is cut.

    >>> print(escape("a\\b & <c>"))
    a\\b &amp; &lt;c>
    """
    text = text if len(text) <= most else text[: most - 1] + "…"
    return text.translate(_DOT)


def escape_tooltip(text: str) -> str:
    r"""Text inside a DOT tooltip: there Graphviz reads escapes twice, so that a\Node.py, a path, would name the node.

    >>> print(escape_tooltip("a\\b & <c>"))
    a\\\\b &amp; &lt;c>
    """
    return escape(text).replace("\\", "\\\\")

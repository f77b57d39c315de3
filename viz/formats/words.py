"""The words and colours that the formats share: the number on an arrow, its colour, the scope of a box."""

from .. import style
from ..graphs.view import Arrow, View


def label_of(arrow: Arrow) -> str:
    """The local derivative on an arrow, and what the chain rule adds along it; '' where there is none.

    >>> label_of(Arrow("n0", "n1", 1, local=-3.0, contribution=6.0)), label_of(Arrow("g0", "n1", 12))
    ('×−3 += 6', '12 arrows')
    """
    if arrow.operands > 1:
        return f"{arrow.operands:,} arrows"
    if arrow.local is None:
        return ""
    passed = "" if arrow.contribution is None else f" += {style.number(arrow.contribution, 3)}"
    return f"×{style.number(arrow.local, 3)}{passed}"


def colour_of(arrow: Arrow) -> str:
    """The colour of an arrow, by the sign of what goes along it."""
    if arrow.largest != arrow.largest or arrow.largest == float("inf"):
        return style.ALARM
    sign = arrow.contribution or 0.0
    return style.POSITIVE if sign > 0.0 else style.NEGATIVE if sign < 0.0 else style.FAINT


def scope_of(view: View, frame: int) -> str:
    """The path of an open scope, 'layer1/neuron2'; '' for none. A slash in a name is another sign."""
    parts: list[str] = []
    while frame >= 0:
        parts.insert(0, view.frames[frame].name.replace("/", "∕"))
        frame = view.frames[frame].frame
    return "/".join(parts)

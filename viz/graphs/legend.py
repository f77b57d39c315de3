"""The foot of a picture: its shapes and colours in a sentence, as far as they occur, and the groups that are folded.

Words, because samples of boxes would look like a part of the graph, and because words are the same in every format.
"""

import math
import textwrap

from .. import style
from .arrivals import CANCELLED
from .view import View, is_zeroed

SHAPES = {
    "parameter": "square corners: parameter or variable", "input": "cut corners: input", "constant": "no frame: constant",
    "operation": "round corners: operation", "output": "double frame: output", "scope": "folder: folded scope",
    "siblings": "block: several alike", "loop": "pointed: a repeated step", "step": "two tabs: a folded step",
    "part": "two tabs: folded stretch",
}  # fmt: skip
SAME = {"rest": "siblings"}  # kinds that look alike and are


def legend_of(view: View) -> str:
    """The shapes and colours that occur in a view, in words.

    >>> from autograd import Value
    >>> from .draw import draw
    >>> print(legend_of(draw(Value(2.0, label="x") * 3.0).view))
    cut corners: input · no frame: constant · double frame: output · dashed: no gradient yet · on an arrow: × local derivative
    """
    kinds = {SAME.get(box.kind, box.kind) for box in view.boxes} | {"output" for box in view.boxes if box.output}
    grads = [box.grad for box in view.boxes if box.kind != "constant"]
    said = [text for kind, text in SHAPES.items() if kind in kinds]
    said += ["thick frame: the focus"] if any(box.focus for box in view.boxes) else []
    words = [max(abs(b.grad.low), abs(b.grad.high)) for b in view.boxes if b.grad.known and b.note != CANCELLED]
    colours = {
        "orange: gradient above 0": any(g.high > 0.0 for g in grads),
        "blue: below 0": any(g.low < 0.0 for g in grads),
        "paler: smaller": view.grads.tiny < 0.1 * view.grads.huge,
        "grey: gradient 0": any(g.known and g.zeros == g.known for g in grads) or any(map(is_zeroed, view.boxes)),
        "red: nan or inf": any(n for box in view.boxes for r in (box.grad, box.data) for n in (r.nans, r.infinities)),
        f"vanishing: below {style.number(style.VANISHING)}": any(0.0 < size < style.VANISHING for size in words),
        f"exploding: above {style.number(style.EXPLODING)}": any(style.EXPLODING < size < math.inf for size in words),
        "dashed: no gradient yet": any(not b.grad.known and b.kind != "constant" and not is_zeroed(b) for b in view.boxes),
    }
    said += [text for text, occurs in colours.items() if occurs]
    if any(arrow.local is not None for arrow in view.arrows):
        passed = any(arrow.contribution is not None for arrow in view.arrows)
        said.append("on an arrow: × local derivative" + ", += contribution" * passed)
    return " · ".join(said)


def foot_of(view: View, legend: bool, letters: int, names: bool = False) -> list[str]:
    """The lines at the foot of a picture.

    Args:
        legend: True to explain shapes and colours.
        letters: how many letters fit into a line.
        names: True if arrows begin at names.
    """
    texts = [legend_of(view) + " · a name alone: the box of that name" * names] if legend else []
    texts += [view.folded] if view.folded else []
    return [line for text in texts for line in _broken(text, max(letters, 62))]


def _broken(text: str, letters: int) -> list[str]:
    """A text in lines, broken between entries where there are entries."""
    if len(text) <= letters:
        return [text]
    if " · " not in text:
        return textwrap.wrap(text, letters, break_long_words=False) or [text]
    lines = [""]
    for entry in text.split(" · "):
        longer = f"{lines[-1]} · {entry}" if lines[-1] else entry
        if lines[-1] and len(longer) > letters:
            lines.append(entry)
        else:
            lines[-1] = longer
    return lines

"""`mermaid_of(view)`: a picture in the language of Mermaid, which GitHub and GitLab draw inside a README.

Boxes go by ids of our own, n3 and g2, so that no label meets the lexer: a node called o or x before an arrow would become the
arrow's head, and `end` would end a frame. Labels are quoted, and characters that mean something in there are entities.
"""

from collections.abc import Iterator

from autograd import ArgumentError

from .. import scripts, style
from ..graphs import dot
from ..graphs.view import Box, View
from ..rendering import UNPRINTABLE
from .words import colour_of, label_of

ARROWS, CHARACTERS = 500, 50_000  # more are refused by Mermaid, unless a page has set it up otherwise
SHAPES = {
    "output": '(["{}"])', "operation": '("{}")', "parameter": '["{}"]', "input": '{{{{"{}"}}}}', "constant": '["{}"]',
}  # fmt: skip
FOLDED = '[["{}"]]'
# All other characters are written by their numbers: quotes, tags, Markdown, lists and entities of Mermaid are among them.
PLAIN = set(" ×−…=,:+/'!?.δσ¹²³⁰⁴⁵⁶⁷⁸⁹ᴸ₀₁₂₃₄₅₆₇₈₉")


def mermaid_of(view: View, direction: str = "LR") -> str:
    """A picture as a flowchart of Mermaid.

    Args:
        view: the boxes and arrows.
        direction: 'LR' from left to right, 'TB' from top to bottom.

    Raises:
        ArgumentError: Mermaid would refuse it: more than 500 arrows, or 50,000 characters.
    """
    text = "\n".join([f"flowchart {direction}", *_boxes(view), *_arrows(view), *_looks(view)]) + "\n"
    if len(view.arrows) > ARROWS or len(text) > CHARACTERS:
        raise ArgumentError(
            f"mermaid: {len(view.arrows):,} arrows and {len(text):,} characters; Mermaid draws up to {ARROWS} and "
            f"{CHARACTERS:,}. Fold more (boxes=60, fold='layer'), or save an .svg"
        )
    return text


def _escaped(text: str) -> str:
    """Text that stands for itself inside a quoted label, with its indices above and below the line.

    >>> _escaped("v3 = W_c × x^C"), _escaped("<b>")
    ('v3 = W<sub>c</sub> × x<sup>C</sup>', '#60;b#62;')
    """
    shown = UNPRINTABLE.sub("\ufffd", text.replace("\r", " ").replace("\n", " "))
    return scripts.drawn(shown, _piece)


def _piece(text: str, level: int) -> str:
    written = "".join(c if c.isalnum() or c in PLAIN else f"#{ord(c)};" for c in text)
    tag = "sup" if level > 0 else "sub"
    return f"<{tag}>{written}</{tag}>" if level else written


def _boxes(view: View) -> Iterator[str]:
    """Boxes inside their frames."""
    inside: dict[int, list[Box]] = {}
    for box in view.boxes:
        inside.setdefault(box.frame, []).append(box)
    frames: dict[int, list[int]] = {}
    for n, frame in enumerate(view.frames):
        frames.setdefault(frame.frame, []).append(n)
    stack = [(-1, 1)]  # a frame with the depth of its boxes; frame -2 ends one
    while stack:
        which, depth = stack.pop()
        if which == -2:
            yield f"{'  ' * depth}end"
            continue
        if which >= 0:
            frame = view.frames[which]
            yield f'{"  " * (depth - 1)}subgraph f{frame.id}["{_escaped(frame.name)}"]'
        for box in inside.get(which, ()):
            yield f"{'  ' * depth}{box.id}{SHAPES.get(box.kind, FOLDED).format('<br>'.join(map(_escaped, dot.lines_of(box))))}"
        stack += [entry for n in reversed(frames.get(which, [])) for entry in ((-2, depth), (n, depth + 1))]


def _arrows(view: View) -> Iterator[str]:
    for arrow in view.arrows:
        label = label_of(arrow)
        yield f"  {arrow.tail} -->{f'|{chr(34)}{_escaped(label)}{chr(34)}|' if label else ''} {arrow.head}"


def _looks(view: View) -> Iterator[str]:
    """A class per look of a box, and a line for the arrows of each colour."""
    classes: dict[str, list[str]] = {}
    largest = view.grads.huge
    for box in view.boxes:
        classes.setdefault(_look(box, largest), []).append(box.id)
    for n, (look, ids) in enumerate(classes.items()):
        yield f"  classDef look{n} {look}"
        yield f"  class {','.join(ids)} look{n}"
    colours: dict[str, list[str]] = {}
    for n, arrow in enumerate(view.arrows):
        colours.setdefault(colour_of(arrow), []).append(str(n))
    for colour, places in colours.items():
        yield f"  linkStyle {','.join(places)} stroke:{colour}"


def _look(box: Box, largest: float) -> str:
    if box.kind == "constant":
        return f"fill:none,stroke:none,color:{style.MUTED}"
    fill = dot.fill_in(box, largest)
    fill = fill.partition(":")[2] or fill  # of two colours the second: no blends here
    alarm = any((box.grad.nans, box.grad.infinities, box.data.nans, box.data.infinities))
    width = 3 if alarm else 2 if box.kind == "parameter" else 1
    dashes = ",stroke-dasharray:5 3" if dot.is_unknown(box) else ""
    return f"fill:{fill},stroke:{style.ALARM if alarm else style.MUTED},stroke-width:{width}px,color:{style.INK}{dashes}"

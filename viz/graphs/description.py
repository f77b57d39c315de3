"""A picture in a sentence, for people who hear it: the title and the description of its SVG."""

import re
from html import escape

from .. import style
from ..rendering import UNPRINTABLE
from .dot import grad_text, lines_of
from .view import View

NAMED = 8  # names in a description
_OPENING = re.compile(r"<svg\b[^>]*>")


def title_of(view: View) -> str:
    """The title of a picture.

    >>> from autograd import Value
    >>> from .draw import draw
    >>> title_of(draw(Value(2.0, label="x") * 3.0).view)
    'The graph of v1 = ×'
    """
    last = view.boxes[-1]
    return f"The graph of {lines_of(last)[0]}"


def description_of(view: View) -> str:
    """The contents of a picture, in a sentence or two.

    >>> from autograd import Value
    >>> from .draw import draw
    >>> description_of(draw(Value(2.0, label="x") * 3.0).view)
    'Computed from x in 3 boxes and 2 arrows; data 6, grad not computed.'
    """
    last = view.boxes[-1]
    leaves = [style.name(box.name) for box in view.boxes if box.kind in ("input", "parameter") and box.name]
    names = ", ".join(leaves[:NAMED]) + (f" and {len(leaves) - NAMED} more" if len(leaves) > NAMED else "")
    drawn = f"{style.counted(len(view.boxes), 'box')} and {style.counted(len(view.arrows), 'arrow')}"
    numbers = f"data {style.span(last.data.low, last.data.high)}, {grad_text(last.grad)}"
    folded = f" {view.folded}." if view.folded else ""
    return f"Computed {f'from {names} ' if names else ''}in {drawn}; {numbers}.{folded}"


def described(svg: str, title: str, description: str) -> str:
    """An SVG with its role, its title and its description; as it is if there are none."""
    if not title:
        return svg
    said = "".join(
        f"<{tag}>{escape(UNPRINTABLE.sub(chr(0xFFFD), text), quote=False)}</{tag}>"
        for tag, text in (("title", title), ("desc", description))
        if text
    )
    return _OPENING.sub(lambda match: f'{match[0][:-1]} role="img">\n{said}', svg, count=1)

"""Boxes as somebody wants them: colours and texts by functions of the node."""

import re
from collections.abc import Callable, Sequence
from typing import Any

from autograd import ArgumentError
from autograd.errors import shown as quoted

from .view import View

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}|[a-zA-Z]+")


def dressed(
    view: View,
    nodes: Sequence[Any],
    numbers: Sequence[int | None] | None,
    colour: Callable[[Any], str | None] | None,
    text: Callable[[Any], str | None] | None,
) -> View:
    """A view whose boxes of single nodes have these colours and texts.

    Args:
        nodes: what the functions are asked about, by number: the `Value`s, or the nodes of a recording.
        numbers: the number of every node of the view's graph, None for one that was written out; None if they are its ids.
        colour, text: functions of a node; None for a box as it is.

    Raises:
        ArgumentError: what they return is no colour or no text, and not None.
    """
    boxes = []
    for box in view.boxes:
        i = int(box.id[1:]) if box.id[0] == "n" else None
        number = i if i is None or numbers is None else numbers[i]
        if number is not None:
            node = nodes[number]
            fill = (
                None
                if colour is None
                else _answer(colour, node, "colour", "such as gold, or # and six digits", _COLOUR.fullmatch)
            )
            lines = None if text is None else _answer(text, node, "text", "the lines in the box", lambda _: True)
            box = box._replace(colour=fill, text=lines)
        boxes.append(box)
    return view._replace(boxes=boxes)


def _answer(
    function: Callable[[Any], str | None], node: Any, option: str, what: str, accepts: Callable[[str], Any]
) -> str | None:
    try:
        answer = function(node)
    except TypeError as error:
        raise ArgumentError(f"draw({option}=...): the function does not take a node: {error}") from error
    if answer is None or (isinstance(answer, str) and accepts(answer)):
        return answer
    raise ArgumentError(
        f"draw({option}=...): the function gave {quoted(answer)}; it gives {what}, or None to leave the box as it is"
    )

"""Leaves that stand side by side: those that the same boxes use keep their order, x_1 before x_2. The layout is free there."""

from .view import View


def rows_of(view: View) -> list[tuple[int, list[str]]]:
    """The rows of leaves that lead to the same boxes: the frame that they stand in, and their ids in order.

    >>> from autograd import Value
    >>> from .draw import viewed
    >>> a, b, c = (Value(1.0, label=name) for name in "abc")
    >>> rows_of(viewed(a * b + c))
    [(-1, ['n0', 'n1'])]
    """
    frames = {box.id: (box.frame, box.kind == "constant") for box in view.boxes}
    heads: dict[str, list[str]] = {}
    for arrow in view.arrows:  # in the order of the operands
        heads.setdefault(arrow.tail, []).append(arrow.head)
    used = {arrow.head for arrow in view.arrows}
    rows: dict[tuple[int, bool, tuple[str, ...]], list[str]] = {}
    for leaf, users in heads.items():
        if leaf not in used:
            rows.setdefault((*frames[leaf], tuple(sorted(users))), []).append(leaf)
    return [(frame, row) for (frame, *_), row in rows.items() if len(row) > 1]

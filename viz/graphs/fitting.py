"""The picture of a graph by default: what can be opened of it, or less where all of that would be larger than a screen.

Sixty boxes can be read. Some of them take more room than a screen has: two dozen weights that all steps use, three times six
inputs into three frames. Such a picture is chosen again with its blocks of alike values closed, then with fewer boxes. Sizes
are estimated, as for the direction of a picture.
"""

from .choice import BOXES, choose
from .orientation import SCREEN, orientation_of, room_of
from .tree import Tree
from .view import View, view

TALL = 2200.0  # points: a picture may be somewhat taller than a screen, whose width is in orientation.py
LESS = ((1.0, False), (0.7, False), (0.45, False))  # the share of the boxes, and whether blocks are opened


def fitting(tree: Tree, boxes: int = BOXES) -> View:
    """The picture that shows most of those that fit on a screen; the smallest if none does.

    Args:
        boxes: how many it may have; more than by default are shown whatever their size.

    Example:
        >>> from autograd import Value
        >>> from .fold import tree_of
        >>> from .graph import graph_of
        >>> len(fitting(tree_of(graph_of(Value(2.0, label="x") * 3.0))).boxes)
        3
    """
    first = view(tree, choose(tree, boxes=boxes))
    if boxes > BOXES or (smallest := _screens(first)) <= 1.0:
        return first
    best = first
    for share, blocks in LESS:
        less = view(tree, choose(tree, boxes=round(share * boxes), blocks=blocks))
        if (size := _screens(less)) < smallest:
            best, smallest = less, size
        if smallest <= 1.0:
            break
    return best


def _screens(picture: View) -> float:
    """The larger side of a picture, in screens."""
    width, height = room_of(picture, orientation_of(picture))
    return max(width / SCREEN, height / TALL)

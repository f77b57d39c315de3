"""`draw(value)`: the graph of a computation as a `graphviz.Digraph`, folded so that it can be read.

A box per value or folded group shows its name, its operation, its data, and its gradient once there is one. An arrow per
operand, in the direction of the computation, shows the local derivative and, after a backward pass, the contribution that
the chain rule adds along it. The modules fold.py and view.py decide about folding, style.py and dot.py about looks,
picture.py and rendering.py about the program that renders.
"""

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, Recording, Value
from autograd.arguments import whole, whole_or_none
from autograd.errors import shown
from autograd.foreign import teach_keywords
from autograd.source import user_frame

from ..checked import choice, dots, inches, is_function, truth
from . import dot
from .choice import BOXES, choose, everything, named
from .description import description_of, title_of
from .dress import dressed
from .fitting import fitting
from .fold import tree_of
from .graph import Drawn, Graph, Root, indexed
from .orientation import Orientation, orientation_of
from .select import between, near
from .terms import expanded
from .tree import Tree
from .variables import name_by_variables, variables_of
from .view import View, view

if TYPE_CHECKING:
    from .picture import Picture

Node = Value | str | int
Fold = str | Iterable[str] | int | Callable[[str], bool]
DIRECTIONS = ("LR", "TB", "RL", "BT")
LEGEND = 15  # a picture of more boxes explains its shapes and colours


@teach_keywords
def draw(
    root: Root,
    *,
    fold: Fold | None = None,
    unfold: str | Iterable[str] = (),
    focus: Node | None = None,
    radius: int | None = None,
    path: tuple[Node, Node] | None = None,
    terms: bool = False,
    constants: bool = True,
    colour: Callable[[Any], str | None] | None = None,
    text: Callable[[Any], str | None] | None = None,
    names: Mapping[str, Any] | None = None,
    boxes: int = BOXES,
    rankdir: str | None = None,
    legend: bool | None = None,
    size: tuple[float, float] | None = None,
    dpi: float | None = None,
) -> "Picture":
    """The graph of everything a value was computed from, or of a recorded backward pass.

    Args:
        root: the value to begin at, several in a list, or a recording.
        fold: what to show as one box each: 'layer', 'neuron' or any other scope, by its own name, its path
            ('layer2/neuron1') or what it is called without its number; several in a list; or a function of
            the scope's path that says whether it is folded; or a number, 1 for the outermost scopes. 'none' folds nothing. By
            default as much as it takes to be readable.
        unfold: scopes to open, named in the same way, however large the picture gets.
        focus, radius: only what is at most `radius` operations away from `focus`, before or after it. Radius alone is
            counted from the root.
        path: (weight, cost): only what lies between the two.
        terms: show a dot product as its products and their sum, rather than as one node.
        constants: draw the constants of operations.
        colour: a function of a `Value`, or of a node of a recording: the colour of its box (gold, or # and six
            digits), None for the one that its gradient gives it.
        text: the same for the lines in its box.
        names: values by the names they are shown by, for the cost and for inputs without a label; by default the variables of
            the caller. {} for none.
        boxes: how many boxes a readable picture has.
        rankdir: 'LR' from left to right, 'TB' from top to bottom. By default from left to right, unless that is long and
            narrow.
        legend: explain shapes and colours below the picture; by default where there are more than 15 boxes.
        size: the width and the height in inches that the picture is to fit into, which also decide about its direction.
        dpi: how many pixels of a PNG make an inch, 144 by default.

    Returns:
        A `Picture`, which is a `graphviz.Digraph`: `.save_as("graph.svg")` (or .png, .pdf), `.source`. It says below the
        graph what has been folded.

    Raises:
        OperandError: root is no `Value`, list of them or recording, or a node that is named is not there.
        ArgumentError: no scope has that name, there is no way between the ends of `path`, or a number is out of range.

    Example:
        >>> x = Value(2.0, label="x")
        >>> print(draw(x * x).source.splitlines()[0])
        digraph stepgrad {
    """
    if rankdir is not None:
        choice(rankdir, "draw(rankdir=...)", DIRECTIONS, "'LR' is from left to right, 'TB' from top to bottom")
    whole(boxes, "draw(boxes=...)")
    with_terms, with_constants = truth(terms, "draw(terms=...)"), truth(constants, "draw(constants=...)")
    with_legend = None if legend is None else truth(legend, "draw(legend=...)")
    page = None if size is None else inches(size, "draw(size=...)")
    density = None if dpi is None else dots(dpi, "draw(dpi=...)")
    for option, function in (("colour", colour), ("text", text)):
        if function is not None and not is_function(function):
            raise ArgumentError(f"draw({option}={shown(function)}): it is a function of a node, such as lambda v: v.label")
    drawn = _named(root, names)
    nodes: Sequence[Any] = ()
    if colour is not None or text is not None:
        nodes = root.nodes if isinstance(root, Recording) else list(drawn.ids or ())
    selected = _selected(drawn, focus, radius, path, with_terms, with_constants)
    del drawn  # a dictionary of a million values is as large as all that is made of them
    tree = tree_of(*selected)
    seen = _seen(tree, fold, unfold, boxes)
    if colour is not None or text is not None:
        seen = dressed(seen, nodes, tree.graph.numbers, colour, text)
    picture = pictured(seen, rankdir, with_legend, page)
    picture.dpi = density
    return picture


def viewed(
    root: Root,
    *,
    fold: Fold | None = None,
    unfold: str | Iterable[str] = (),
    focus: Node | None = None,
    radius: int | None = None,
    path: tuple[Node, Node] | None = None,
    terms: bool = False,
    constants: bool = True,
    names: Mapping[str, Any] | None = None,
    boxes: int = BOXES,
) -> View:
    """The boxes and arrows of the picture that `draw` makes with the same options, as plain data; see there."""
    whole(boxes, "draw(boxes=...)")
    with_terms, with_constants = truth(terms, "draw(terms=...)"), truth(constants, "draw(constants=...)")
    tree = tree_of(*_selected(_named(root, names), focus, radius, path, with_terms, with_constants))
    return _seen(tree, fold, unfold, boxes)


def _named(root: Root, names: Mapping[str, Any] | None) -> Drawn:
    """The graph, in which cost and inputs have names."""
    if names is not None and not isinstance(names, Mapping):
        raise ArgumentError(f"draw(names={shown(names)}): it is a dictionary of values by their names, such as {{'x': x}}")
    drawn = indexed(root)
    name_by_variables(drawn, variables_of(user_frame(sys._getframe(1))) if names is None else names)
    return drawn


def pictured(
    what: View, rankdir: str | None = None, legend: bool | None = None, size: tuple[float, float] | None = None
) -> "Picture":
    """A view as a picture, which remembers the view: a large one can then be drawn without Graphviz.

    Args:
        rankdir: the direction; by default the one in which it fits best.
        legend: explain shapes and colours; by default where there are more than 15 boxes.
        size: width and height in inches to fit into.
    """
    from .picture import Picture  # needs the package graphviz, which nothing else here does

    if legend is None:
        legend = len(what.boxes) > LEGEND
    towards = orientation_of(what, size) if rankdir is None else Orientation(rankdir)
    picture: Picture = dot.picture_of(what, towards, legend, Picture)
    if size is not None:
        picture.graph_attr["size"] = f"{size[0]:g},{size[1]:g}"
    picture.shows(what, lambda: dot.write(picture, what, towards))
    picture.title, picture.description = title_of(what), description_of(what)
    return picture


def _selected(
    drawn: Drawn, focus: Node | None, radius: int | None, path: tuple[Node, Node] | None, terms: bool, constants: bool
) -> tuple[Graph, bytearray, list[int]]:
    """The graph, a byte per node, 0 for a node that is not drawn, and the nodes that were asked for, which are never folded."""
    graph = drawn.graph
    asked: list[int] = []
    keep = bytearray(b"\x01") * len(graph)
    if path is not None:
        if isinstance(path, (str, Value)) or not isinstance(path, Iterable) or len(ends := list(path)) != 2:
            raise ArgumentError(f"draw(path={shown(path)}): a path has two ends, (weight, cost)")
        asked = [drawn.find(end, "draw(path=...)") for end in ends]
        keep = between(graph, *asked)
    if focus is not None or radius is not None:
        operations = whole_or_none(radius, "draw(radius=...)", 0)
        centre = graph.root if focus is None else drawn.find(focus, "draw(focus=...)")
        around = near(graph, centre, 2 if operations is None else operations)
        keep = bytearray(a & b for a, b in zip(keep, around, strict=True))
        asked.append(centre)
        graph.focus = None if focus is None else centre
    asked = [i for i in (*asked, *graph.outputs) if keep[i]]
    graph.with_constants = constants
    return expanded(graph, keep, asked) if terms else (graph, keep, asked)


def _seen(tree: Tree, fold: Fold | None, unfold: str | Iterable[str], boxes: int) -> View:
    """The boxes and arrows of a picture; what somebody wants opened or closed is, whatever size it gets."""
    if fold is None and not _names(unfold, "draw(unfold=...)"):
        return fitting(tree, boxes)
    return view(tree, _opened(tree, fold, unfold, boxes))


def _opened(tree: Tree, fold: Fold | None, unfold: str | Iterable[str], boxes: int) -> set[int]:
    """The groups that are open."""
    if is_function(fold) or (isinstance(fold, int) and not isinstance(fold, bool)):
        closed = _closed_by(tree, fold)
        return choose(
            tree, closed=closed, opened=named(tree, _names(unfold, "draw(unfold=...)"), "draw(unfold=...)"), boxes=boxes
        )
    folded, unfolded = _names(fold, "draw(fold=...)"), _names(unfold, "draw(unfold=...)")
    if "none" in folded:
        return everything(tree)
    closed, opened = named(tree, folded, "draw(fold=...)"), named(tree, unfolded, "draw(unfold=...)")
    return choose(tree, closed=closed, opened=opened, boxes=boxes)


def _closed_by(tree: Tree, fold: Callable[[str], Any] | int) -> set[int]:
    """The scopes that a function of their paths closes, or those at a depth."""
    if isinstance(fold, int):
        depth = whole(fold, "draw(fold=...)")
        return {g for path, groups in tree.scopes().items() for g in groups if path.count("/") == depth - 1}
    return {g for path, groups in tree.scopes().items() for g in groups if truth(fold(path), f"fold({path!r}) gives ...")}


def _names(scopes: Any, what: str) -> list[str]:
    """The names of scopes, one or several.

    Raises:
        ArgumentError: something else.
    """
    if scopes is None:
        return []
    names = [scopes] if isinstance(scopes, str) else list(scopes) if isinstance(scopes, Iterable) else [scopes]
    if isinstance(scopes, Value) or not all(isinstance(name, str) for name in names):
        none = " 'none' folds nothing." if scopes is False and "unfold" not in what else ""
        raise ArgumentError(
            f"{what.replace('...', shown(scopes))}: scopes go by their names, 'layer' or 'layer2/neuron1', several in a list."
            f"{none}"
        )
    return names

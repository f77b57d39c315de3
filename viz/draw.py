"""`draw(value)`: the graph of a computation as a `graphviz.Digraph`, folded so that it can be read.

A box per value or per folded group: its name, how it was made, its data, and its gradient or that there is none yet. An
arrow per operand, in the direction of the computation, with the local derivative and, after a backward pass, what the
chain rule adds along it. What is folded is decided in fold.py and view.py, how things look in style.py and dot.py, and who
renders it in render.py.
"""

import pathlib
from collections.abc import Iterable
from typing import Any

try:
    import graphviz
except ImportError as error:
    raise ImportError("viz draws with the package graphviz, which is not installed: pip install 'stepgrad[viz]'") from error

from autograd import ArgumentError, Recording, Value
from autograd.errors import AutogradError
from autograd.files import checked_path

from . import dot, layout, render, svg
from .fold import Tree, tree_of
from .graph import Drawn, Graph, indexed
from .select import between, near
from .terms import expanded
from .view import BOXES, View, choose, everything, named, view

Node = Value | str | int
LEGEND = 15  # a picture of more boxes explains its shapes and colours
PATIENCE = 20.0  # seconds that Graphviz may take before the rank layout takes over
# A PNG or PDF of the rank layout is drawn by vl-convert, which cannot be interrupted: it takes 1.5 ms a line of text, and
# minutes for 100 million pixels.
WORDS, AREA = 2000, 1.6e7


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A `graphviz.Digraph` that also renders where no `dot` program is installed, and where there is too much for one.

    Attributes:
        view: what it shows, as plain data; None for a picture that was not made by `draw`.

    Example:
        >>> from autograd import Value
        >>> picture = draw(Value(2.0, label="x") * 3.0)
        >>> picture.save_as("graph.svg")                       # doctest: +SKIP
    """

    view: View | None = None
    _as_drawn: str = ""

    def __init__(self, *arguments: Any, format: str = "svg", **options: Any) -> None:
        super().__init__(*arguments, format=format, **options)

    def save_as(self, path: Any) -> Any:
        """Write the picture to a file, in the format of its suffix (.svg, .png, .pdf, .dot), and return its path."""
        return render.write(path, self._rendered)

    def pipe(self, format: str | None = None, *_: Any, encoding: str | None = None, **__: Any) -> Any:
        """As `graphviz.Digraph.pipe`: the picture as bytes, or as text if an encoding is given."""
        data = self._rendered(render.known_format(format or self.format, repr(format or self.format)))
        return data.decode(encoding) if encoding else data

    def render(
        self, filename: Any = None, directory: Any = None, *_: Any, format: str | None = None, outfile: Any = None, **__: Any
    ) -> str:
        """As `graphviz.Digraph.render`: write `filename.format` or `outfile`, and return its path."""
        path = pathlib.Path(outfile or pathlib.Path(directory or "", f"{filename or self.filename}.{format or self.format}"))
        path.parent.mkdir(parents=True, exist_ok=True)
        return str(self.save_as(path))

    def _repr_mimebundle_(self, *_: Any, **__: Any) -> dict[str, str]:
        """What a notebook shows: the picture, or its source where nothing can draw it."""
        try:
            return {"image/svg+xml": self.pipe("svg", encoding="utf-8")}
        except AutogradError:
            return {"text/plain": self.source}

    def _rendered(self, kind: str) -> bytes:
        """The picture in a format, by Graphviz or, above the size where it bogs down, by the rank layout."""
        shown = self.view
        if shown is None or kind in ("dot", "gv") or self.source != self._as_drawn:  # somebody has added to it
            return render.render(self.source, kind)
        if not layout.too_large(shown):
            try:
                return render.render(self.source, kind, timeout=PATIENCE)
            except render.TooSlowError:
                pass
        places = layout.place(shown, dot.size_of, self.graph_attr.get("rankdir", "LR"))
        drawn = svg.svg_of(shown, places, words=kind == "svg" or len(shown.boxes) <= WORDS)
        return drawn.encode() if kind == "svg" else render.convert(drawn, kind, AREA)


def save(root: Value | Recording, path: Any, **options: Any) -> Any:
    """Draw a graph into a file, or write its page.

    Args:
        root: the value to begin at, or a recorded backward pass.
        path: the file: .svg, .png, .pdf, .dot, or .html for the interactive page.
        options: as for `draw`, or for `page` if it is .html.

    Returns:
        The path written.

    Raises:
        FormatError: another suffix.
        OSError: the folder is missing or not writable; further errors as for `draw` and `page`. What is no regular file, such
            as a pipe, is written to.

    Example:
        >>> import pathlib, tempfile
        >>> save(Value(2.0, label="x") * 3.0, pathlib.Path(tempfile.mkdtemp(), "graph.svg")).name
        'graph.svg'
    """
    path = pathlib.Path(checked_path(path))
    if path.suffix.lower() == ".html":
        from .page import page

        return pathlib.Path(page(root, path, **options))
    render.known_format(path.suffix, f"for the file name {path.name!r}")  # before any work is done
    return draw(root, **options).save_as(path)


def draw(
    root: Value | Recording,
    *,
    fold: str | Iterable[str] | None = None,
    unfold: str | Iterable[str] = (),
    focus: Node | None = None,
    radius: int | None = None,
    path: tuple[Node, Node] | None = None,
    terms: bool = False,
    boxes: int = BOXES,
    rankdir: str = "LR",
    legend: bool | None = None,
) -> Picture:
    """The graph of everything a value was computed from, or of a recorded backward pass.

    Args:
        root: the value to begin at, or a recording.
        fold: what to show as one box each: 'layer', 'neuron' or any other scope, by its own name, its path
            ('layer2/neuron1') or what it is called without its number; several in a list. 'none' folds nothing. By default
            as much as it takes to be readable.
        unfold: scopes to open, named in the same way, however large the picture gets.
        focus, radius: only what is at most `radius` operations away from `focus`, before or after it. Radius alone is
            counted from the root.
        path: (weight, cost): only what lies between the two.
        terms: show a dot product as its products and their sum, rather than as one node.
        boxes: how many boxes a readable picture has.
        rankdir: 'LR' from left to right, 'TB' from top to bottom.
        legend: explain shapes and colours below the picture; by default where there are more than 15 boxes.

    Returns:
        A `Picture`, which is a `graphviz.Digraph`: `.save_as("graph.svg")` (or .png, .pdf), `.source`. It says below the
        graph what has been folded.

    Raises:
        OperandError: root is neither a `Value` nor a recording, or a node that is named is not there.
        ArgumentError: no scope has that name, there is no way between the ends of `path`, or a number is out of range.

    Example:
        >>> x = Value(2.0, label="x")
        >>> print(draw(x * x).source.splitlines()[0])
        digraph stepgrad {
    """
    if rankdir not in ("LR", "TB", "RL", "BT"):
        raise ArgumentError(f"draw(rankdir={rankdir!r}): 'LR' is from left to right, 'TB' from top to bottom")
    if isinstance(boxes, bool) or not isinstance(boxes, int) or boxes < 1:
        raise ArgumentError(f"draw(boxes={boxes!r}): a picture has a whole number of boxes, at least 1")
    graph, keep = _selected(indexed(root), focus, radius, path)
    if terms:
        graph, keep = expanded(graph, keep)
    tree = tree_of(graph, keep)
    shown = view(tree, _opened(tree, fold, unfold, boxes))
    picture: Picture = dot.picture_of(shown, rankdir, len(shown.boxes) > LEGEND if legend is None else legend, Picture)
    picture.view, picture._as_drawn = shown, picture.source
    return picture


def _selected(drawn: Drawn, focus: Node | None, radius: int | None, path: tuple[Node, Node] | None) -> tuple[Graph, bytearray]:
    """The graph, and a byte per node that says whether it is to be drawn."""
    graph = drawn.graph
    keep = bytearray(b"\x01") * len(graph)
    if path is not None:
        try:
            a, b = path
        except (TypeError, ValueError):
            raise ArgumentError(f"draw(path={path!r}): a path has two ends, (weight, cost)") from None
        keep = between(graph, drawn.find(a, "draw(path=...)"), drawn.find(b, "draw(path=...)"))
    if focus is not None or radius is not None:
        if radius is not None and (isinstance(radius, bool) or not isinstance(radius, int) or radius < 0):
            raise ArgumentError(f"draw(radius={radius!r}): it counts operations, 0, 1, 2, ...")
        centre = graph.root if focus is None else drawn.find(focus, "draw(focus=...)")
        around = near(graph, centre, 2 if radius is None else radius)
        keep = bytearray(a & b for a, b in zip(keep, around, strict=True))
    return graph, keep


def _opened(tree: Tree, fold: str | Iterable[str] | None, unfold: str | Iterable[str], boxes: int) -> set[int]:
    """The groups that are open."""
    if fold == "none":
        return everything(tree)
    closed = named(tree, [fold] if isinstance(fold, str) else fold or (), "draw(fold=...)")
    opened = named(tree, [unfold] if isinstance(unfold, str) else unfold, "draw(unfold=...)")
    return choose(tree, closed=closed - opened, opened=opened, boxes=boxes)

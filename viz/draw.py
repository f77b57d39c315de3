"""`draw(value)`: the graph of a computation as a `graphviz.Digraph`.

A box per value: its name, how it was made, its data, and its gradient or that there is none yet. An arrow per operand, in
the direction of the computation, with the local derivative that the backward pass multiplies by. What is drawn is decided
in graph.py, how it looks in style.py, and who renders it in render.py.
"""

import pathlib
from typing import Any

try:
    import graphviz
except ImportError as error:
    raise ImportError("viz draws with the package graphviz, which is not installed: pip install 'stepgrad[viz]'") from error

from autograd import OperandError, Value
from autograd.errors import AutogradError
from autograd.reverse import topological_order

from . import render, style
from .graph import Box, Graph, graph_of

LIMIT = 400  # boxes: more cannot be read, and soon cannot be laid out


class TooLargeError(AutogradError, ValueError):
    """The graph has more values than a picture can show; the message says what to draw instead."""


class Picture(graphviz.Digraph):  # type: ignore[misc]  # graphviz has no types
    """A `graphviz.Digraph` that also renders where no `dot` program is installed.

    Example:
        >>> from autograd import Value
        >>> picture = draw(Value(2.0, label="x") * 3.0)
        >>> picture.save_as("graph.svg")                       # doctest: +SKIP
    """

    def __init__(self, *arguments: Any, format: str = "svg", **options: Any) -> None:
        super().__init__(*arguments, format=format, **options)

    def save_as(self, path: Any) -> Any:
        """Write the picture to a file, in the format of its suffix (.svg, .png, .pdf, .dot), and return its path."""
        return render.save(self.source, path)

    def pipe(self, format: str | None = None, *_: Any, encoding: str | None = None, **__: Any) -> Any:
        """As `graphviz.Digraph.pipe`: the picture as bytes, or as text if an encoding is given."""
        data = render.render(self.source, format or self.format)
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


def draw(root: Value, *, depth: int | None = None, operands: int = 16, rankdir: str = "LR") -> Picture:
    """The graph of everything a value was computed from.

    Args:
        root: the value to begin at.
        depth: how many operations back to follow; all the way by default.
        operands: an operation of more operands than this shows those with the largest share, and one box for the rest.
        rankdir: 'LR' from left to right, 'TB' from top to bottom.

    Returns:
        A `Picture`, which is a `graphviz.Digraph`: `.save_as("graph.svg")` (or .png, .pdf), `.source`.

    Raises:
        OperandError: root is not a `Value`.
        TooLargeError: more boxes than can be read.

    Example:
        >>> x = Value(2.0, label="x")
        >>> print(draw(x * x).source.splitlines()[0])
        digraph stepgrad {
    """
    if not isinstance(root, Value):
        raise OperandError(f"draw: a graph is drawn from a Value, got {type(root).__name__} {root!r}")
    graph = graph_of(root, depth, operands, LIMIT)
    if len(graph.boxes) > LIMIT:
        raise TooLargeError(
            f"draw: the graph has {_size(root)} values and constants, a picture that can be read has at most {LIMIT} "
            "boxes. Draw a part: draw(v, depth=2) shows the surroundings of one value"
        )
    return _picture(graph, rankdir)


def _size(root: Value) -> int:
    """How many boxes the whole graph would take."""
    order = topological_order(root)
    leaves = {p for v in order for p in v.parents if not p.parents}
    return len(order) + len(leaves) + sum(len(v.operands) - len(v.parents) for v in order)


def _picture(graph: Graph, rankdir: str) -> Picture:
    """A graph as DOT."""
    picture = Picture(
        "stepgrad",
        graph_attr={"rankdir": rankdir, "bgcolor": style.PAPER, "nodesep": "0.12", "ranksep": "0.7", "pad": "0.1"},
        node_attr={"shape": "box", "fontname": style.FONT, "fontsize": "11", "fontcolor": style.INK, "margin": "0.09,0.06"},
        edge_attr={
            "fontname": style.FONT,
            "fontsize": "9",
            "color": style.FAINT,
            "fontcolor": style.MUTED,
            "arrowsize": "0.6",
        },
    )
    for box in graph.boxes:
        picture.node(box.id, **_attributes(box))
    for arrow in graph.arrows:
        label = f" ×{style.number(arrow.local)} " if arrow.local is not None else ""
        picture.edge(arrow.tail, arrow.head, label=label)
    return picture


_FILL = {"root": style.ROOT, "interior": style.INTERIOR, "leaf": style.PARAMETER}


def _attributes(box: Box) -> dict[str, str]:
    """How a box looks: its lines of text, its fill by kind, its frame by the sign of its gradient."""
    if box.kind == "constant":
        lines, fill, line, frame = [style.number(box.data)], style.CONSTANT, "dotted", style.FAINT
    elif box.kind == "rest":
        total = [f"= {style.number(box.data)}"] if box.op else []
        lines, fill, line, frame = [box.label, *total], style.CONSTANT, "dashed", style.FAINT
    else:
        lines, fill, line = [_title(box), f"data {style.number(box.data)}"], _FILL[box.kind], "solid"
        if box.grad is None:
            lines.append("grad not computed")
            frame = style.FAINT
        else:
            lines.append(f"grad {style.number(box.grad)}")
            frame = style.gradient_colour(box.grad)
    label = "\n".join(style.escape(text) for text in lines if text)
    small = {"width": "0.3", "height": "0.2"} if box.kind == "constant" else {}
    return {"label": label, "style": f"rounded,filled,{line}", "fillcolor": fill, "color": frame} | small


def _title(box: Box) -> str:
    """The name, and how it was made: 'z¹₂ = dot …'; the dots say that its operands are not shown."""
    name = style.name(box.label)
    return (f"{name} = {box.op}" if name and box.op else name or box.op) + (" …" if box.cut else "")

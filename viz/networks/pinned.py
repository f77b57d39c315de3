"""A figure of a network as DOT in which every node has its place.

The programs that lay out graphs would give the neurons of a column an order of their own. Here they get every place and
only draw: `layout=neato` leaves pinned nodes where they are, in Graphviz as in its WebAssembly.
Measures are in points, 1/72 inch.
"""

import math
from collections.abc import Sequence
from typing import NamedTuple

from .. import style
from ..graphs.picture import Picture
from .equations import decimal
from .figure import FEW, Figure, Line, Node, is_fold
from .geometry import Point, along, heights, magnitude, width_of
from .neurons import largest

LARGE = 6  # rows up to which neurons are large circles


def picture_of_figure(figure: Figure) -> Picture:
    """A figure as a picture.

    Example:
        >>> from .figure import Column
        >>> column = Column("x: 1 input", [], [Node("l0_1", ["x₁"], None, "x₁")], [])
        >>> "layout=neato" in picture_of_figure(Figure([column], [], [], [])).source
        True
    """
    many = max((len(lines) for lines in figure.gaps), default=0)
    if not figure.equation and many > FEW:
        where = f"lines have their numbers where there are up to {FEW} between two layers" if _size_of(figure).is_large else ""
        figure = figure._replace(remarks=[*figure.remarks, where or "so many lines have no numbers"])
    drawing = _Drawing(figure)
    drawing.neurons()
    for lines in figure.gaps:
        drawing.lines(lines)
        if drawing.focused or (drawing.size.is_large and len(lines) <= FEW):
            drawing.numbers(lines)
    drawing.biases()
    drawing.headings()
    drawing.paragraphs()
    drawing.picture.title = f"The {'backward' if figure.backward else 'forward'} pass of a network"
    columns = (f"{column.heading}: {style.counted(len(column.nodes), 'row')}" for column in figure.columns)
    drawing.picture.description = ". ".join(["; ".join(columns), *figure.equation, *figure.remarks])
    return drawing.picture


class _Size(NamedTuple):
    """The sizes of a neuron and of letters, and the distances between rows and between columns."""

    width: float
    height: float
    pitch: float
    gap: float
    font: float
    is_large: bool


def _size_of(figure: Figure) -> _Size:
    rows = max(len(column.nodes) for column in figure.columns)
    text = max(len(node.lines) for column in figure.columns for node in column.nodes)
    if rows <= LARGE:
        side = 66.0 if text > 1 else 46.0
        return _Size(side, side, side + (22.0 if figure.backward else 38.0), side + 160.0, 10.0, True)
    width, height = (62.0, 11.0 * text + 2.0) if text > 1 else (32.0, 22.0)
    pitch = height + 6.0
    return _Size(width, height, pitch, width + max(130.0, 0.28 * pitch * rows), 8.0, False)


class _Drawing:
    """A picture while it is being drawn.

    Attributes:
        where: the centre of each neuron, by id.
        edge: how far the tallest column reaches, up and down.
    """

    def __init__(self, figure: Figure) -> None:
        self.figure, self.size = figure, _size_of(figure)
        self.focused = bool(figure.equation)
        self.where: dict[str, Point] = {}
        for k, column in enumerate(figure.columns):
            for node, y in zip(column.nodes, heights(len(column.nodes), self.size.pitch), strict=True):
                self.where[node.id] = (k * self.size.gap, y)
        self.edge = max(y for _, y in self.where.values()) + self.size.height / 2
        self.picture = Picture(
            "network",
            graph_attr={
                "layout": "neato",
                "inputscale": "72",
                "splines": "line",
                "outputorder": "edgesfirst",
                "bgcolor": style.PAPER,
                "pad": "0.1",
            },
            node_attr={
                "shape": "plaintext",
                "fontname": style.FONT,
                "fontcolor": style.INK,
                "margin": "0.02,0.01",
                "width": "0",
                "height": "0",
            },
            edge_attr={"arrowsize": "0.5"},
        )

    def text(self, name: str, at: Point, lines: Sequence[str], font: float, end: str = "\n", **look: str) -> None:
        """Lines of text, centred; or aligned left, if `end` is DOT's escape for that."""
        label = "".join(style.escape(line) + end for line in lines).removesuffix("\n")
        self.picture.node(name, label=label, pos=_pin(at), fontsize=f"{font:g}", **look)

    def neurons(self) -> None:
        """The neurons, coloured by their numbers: relative to the largest error of all layers, or activation of their layer."""
        columns = [column.nodes for column in self.figure.columns]
        most = largest([node.value for nodes in columns for node in nodes]) if self.figure.backward else None
        for nodes in columns:
            scale = largest([node.value for node in nodes]) if most is None else most
            # Graphviz draws lines in the order of the nodes they leave: lines of a fold come first, and so below the others.
            for node in sorted(nodes, key=lambda node: not is_fold(node.id)):
                self.neuron(node, _fill(node.value, scale, self.figure.backward))

    def neuron(self, node: Node, fill: str) -> None:
        """One neuron as a circle, as a box where there are many, or several folded neurons as a dashed box."""
        width, height = self.size.width, self.size.height
        shape, look = ("circle", "filled") if self.size.is_large else ("box", "filled,rounded")
        if is_fold(node.id):
            shape, look, width, height = "box", "rounded,dashed", max(width, 62.0), min(height, 24.0)
        self.picture.node(
            node.id,
            label="\n".join(map(style.escape, node.lines)),
            pos=_pin(self.where[node.id]),
            shape=shape,
            style=look,
            fixedsize="true",
            width=f"{width / 72:.3f}",
            height=f"{height / 72:.3f}",
            fontsize=f"{self.size.font:g}",
            fillcolor=fill if node.lit else style.PAPER,
            color=style.MUTED if node.lit else style.PALE,
            fontcolor=style.INK if node.lit else style.FAINT,
            tooltip=style.escape_tooltip(node.tip),
        )

    def lines(self, lines: Sequence[Line]) -> None:
        """The lines between two columns, the narrow ones first, so that the wide ones lie on top."""
        backward, many = self.figure.backward, not self.size.is_large
        # Forward a line is a weight, but the line of a fold is a sum of products w a: their widths cannot be compared.
        comparable = [line for line in lines if line.lit and (not line.folded or (backward and self.focused))]
        scale = largest([line.value for line in comparable]) or 1.0
        tailport, headport = ("w", "e") if backward else ("e", "w")
        for line in sorted(lines, key=lambda line: (line.lit, magnitude(line.value))):
            look = _stroke(line, scale, 2.0 if many and not self.focused else 2.8)
            if line.lit and line not in comparable:
                look = (
                    look | {"penwidth": "1.2", "style": "dashed"} if self.focused else {"color": style.PALE, "penwidth": "0.8"}
                )
            self.picture.edge(
                line.tail,
                line.head,
                tailport=tailport,
                headport=headport,
                tooltip=style.escape_tooltip(line.tip),
                arrowhead="normal" if backward or not many else "none",
                **look,
            )

    def numbers(self, lines: Sequence[Line]) -> None:
        """The number on every lit line; with the line's name if the equation of the focus contains it."""
        named = [(line, line.value) for line in lines if line.lit and line.value is not None and self.focused >= line.folded]
        ends = {(line.tail, line.head): self.ends(line) for line in lines if line.lit}  # a pale line may be covered
        texts = [
            f"{line.name}{':' if line.folded else ''} {decimal(value, 3)}" if self.focused else decimal(value, 3)
            for line, value in named
        ]
        sizes = [(width_of(text, 8.0) + 4.0, 11.0) for text in texts]
        places = along([ends[line.tail, line.head] for line, _ in named], sizes, list(ends.values()))
        for (line, _), text, at, (width, height) in zip(named, texts, places, sizes, strict=True):
            size = {"fixedsize": "true", "width": f"{width / 72:.3f}", "height": f"{height / 72:.3f}"}
            self.text(f"{line.tail}-{line.head}", at, [text], 8.0, style="filled", fillcolor=style.PAPER, **size)

    def ends(self, line: Line) -> tuple[Point, Point]:
        """The ends of a line, on the sides of the two neurons that face each other."""
        side = -self.size.width / 2 if self.figure.backward else self.size.width / 2
        (x0, y0), (x1, y1) = self.where[line.tail], self.where[line.head]
        return (x0 + side, y0), (x1 - side, y1)

    def biases(self) -> None:
        """The bias of each large neuron, as an arrow from above; small neurons show theirs under the pointer."""
        if not self.size.is_large:
            return
        for column in self.figure.columns:
            scale = largest([node.bias for node in column.nodes]) or 1.0
            for node in column.nodes:
                if node.bias is None:
                    continue
                x, y = self.where[node.id]
                index = node.id.removeprefix("l")
                text = f"{style.name(f'b^{index}')} {decimal(node.bias, 3)}"
                colour = style.INK if node.bias_lit else style.FAINT
                self.text(f"b{index}", (x, y + self.size.height / 2 + 19.0), [text], 8.0, fontcolor=colour)
                line = Line(f"b{index}", node.id, node.bias, "", "", node.bias_lit)
                self.picture.edge(line.tail, line.head, tailport="s", headport="n", **_stroke(line, scale, 1.4))

    def headings(self) -> None:
        """The heading and summary of each layer above its column, and its equation below."""
        has_biases = self.size.is_large and not self.figure.backward
        top = self.edge + (48.0 if has_biases else 24.0)
        summary = max(len(column.summary) for column in self.figure.columns)
        for k, column in enumerate(self.figure.columns):
            x = k * self.size.gap
            self.text(f"heading{k}", (x, top + 12.0 * summary), [column.heading], 11.0)
            if column.summary:
                middle = top - 4.0 + 12.0 * summary - 6.0 * (1 + len(column.summary))
                self.text(f"summary{k}", (x, middle), column.summary, 9.0, fontcolor=style.MUTED)
            if column.below:
                self.text(f"equation{k}", (x, -self.edge - 24.0), column.below, 10.0, fontcolor=style.MUTED)

    def paragraphs(self) -> None:
        """The equation of the focus and the remarks, below everything else."""
        x, y = (len(self.figure.columns) - 1) * self.size.gap / 2, -self.edge - 50.0
        for name, lines, font, colour in (
            ("focus", self.figure.equation, 11.0, style.INK),
            ("remarks", self.figure.remarks, 9.0, style.MUTED),
        ):
            if lines:
                height = 1.3 * font * len(lines)
                self.text(name, (x, y - height / 2), lines, font, end="\\l", fontcolor=colour)
                y -= height + 10.0


def _pin(at: Point) -> str:
    return f"{at[0]:.1f},{at[1]:.1f}!"


def _fill(value: float | None, scale: float, backward: bool) -> str:
    """The colour of a neuron: errors by their order of magnitude, since they vanish by decades; activations in proportion."""
    if value is None:
        return style.PAPER
    if backward or value == 0.0 or not math.isfinite(value):
        return style.gradient_fill(value, scale)
    full, share = style.gradient_fill(value, abs(value)), 0.1 + 0.9 * abs(value) / scale
    return "#" + "".join(f"{round(255 + share * (int(full[k : k + 2], 16) - 255)):02x}" for k in (1, 3, 5))


def _stroke(line: Line, scale: float, widest: float) -> dict[str, str]:
    """The look of a line: colour by sign, width by magnitude; dashed where the number is missing or not finite."""
    if not line.lit:
        return {"color": style.PALE_LINE, "penwidth": "0.6"}
    if line.value is None:
        return {"color": style.PALE, "penwidth": "0.8", "style": "dashed"}
    if line.value == 0.0:
        return {"color": style.FAINT, "penwidth": "0.4"}
    if not math.isfinite(line.value):
        return {"color": style.ALARM, "penwidth": "2.0", "style": "dashed"}
    colour = style.POSITIVE if line.value > 0.0 else style.NEGATIVE
    return {"color": colour, "penwidth": f"{0.4 + widest * abs(line.value) / scale:.2f}"}

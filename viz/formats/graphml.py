"""`graphml_of(view)`: a picture as GraphML, for Gephi, yEd and networkx: names, numbers and contributions as attributes.

Each program finds what it looks for in the same file. networkx reads the attributes of nodes and edges; Gephi also takes
`label`, `x`, `y` and the parts of the colour `r`, `g`, `b` for its own picture; yEd looks for the drawing of yFiles inside a
node. Frames are an attribute, `scope`: networkx refuses graphs inside nodes.
"""

import math
from collections.abc import Iterable, Iterator
from html import escape

from .. import style
from ..graphs import dot
from ..graphs.layout import Place
from ..graphs.ranges import Range
from ..graphs.view import Arrow, Box, View
from ..rendering import UNPRINTABLE
from .geometry import geometry_of
from .words import colour_of, label_of, scope_of

OPENING = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xmlns:y="http://www.yworks.com/xml/graphml" xmlns:yed="http://www.yworks.com/xml/yed/3"
 xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://www.yworks.com/xml/schema/graphml/1.1/ygraphml.xsd">
"""
# By name, the types of the attributes; each is written where it is known.
NODES = {
    "label": "string", "name": "string", "number": "string", "operation": "string", "kind": "string", "formula": "string",
    "scope": "string", "source": "string", "values": "int", "data": "double", "data_low": "double", "data_high": "double",
    "grad": "double", "grad_low": "double", "grad_high": "double", "x": "double", "y": "double", "r": "int", "g": "int",
    "b": "int",
}  # fmt: skip
EDGES = {
    "label": "string", "operands": "int", "local": "double", "contribution": "double", "r": "int", "g": "int", "b": "int",
}  # fmt: skip
SHAPES = {"output": "roundrectangle", "operation": "roundrectangle", "input": "octagon"}  # the others are rectangles

Known = dict[str, str | float | None]


def graphml_of(view: View) -> str:
    """A picture as GraphML.

    Example:
        >>> from autograd import Value
        >>> from ..graphs.draw import viewed
        >>> y = Value(2.0, label="x") * Value(3.0, label="w")
        >>> y.backward()
        >>> [line.strip() for line in graphml_of(viewed(y)).splitlines() if 'key="e_contribution"' in line]
        ['<data key="e_contribution">3.0</data>', '<data key="e_contribution">2.0</data>']
    """
    where = geometry_of(view, dot.size_of, _label_size)
    boxes = (line for box in view.boxes for line in _node(view, box, where.boxes[box.id]))
    arrows = (line for n, arrow in enumerate(view.arrows) for line in _edge(n, arrow))
    graph = '<graph id="graph" edgedefault="directed">'
    return OPENING + "\n".join([*_keys(), graph, *boxes, *arrows, "</graph>", "</graphml>"]) + "\n"


def _keys() -> Iterator[str]:
    for letter, which, names in (("n", "node", NODES), ("e", "edge", EDGES)):
        for name, kind in names.items():
            yield f'<key id="{letter}_{name}" for="{which}" attr.name="{name}" attr.type="{kind}"/>'
        yield f'<key id="{letter}_drawing" for="{which}" attr.name="drawing" attr.type="string" yfiles.type="{which}graphics"/>'


def _node(view: View, box: Box, place: Place) -> Iterator[str]:
    lines = dot.lines_of(box)
    plain = box.kind == "constant"
    fill = style.PAPER if plain else dot.fill_in(box, view.grads.huge).rpartition(":")[2]
    known: Known = {
        "label": lines[0],
        "name": box.name,
        "number": box.number,
        "operation": "" if plain else box.ops,
        "kind": box.kind,
        "formula": box.formula,
        "scope": scope_of(view, box.frame),
        "source": style.source(box.source) if box.source else "",
        "values": box.nodes,
        **_numbers("data", box, box.data),
        **_numbers("grad", box, box.grad),
        "x": place.x + place.width / 2,
        "y": -place.y - place.height / 2,
        **_rgb(fill),
    }
    dashed = "dashed" if dot.is_unknown(box) and not plain else "line"
    drawing = [
        f'<y:Geometry height="{place.height:.1f}" width="{place.width:.1f}" x="{place.x:.1f}" y="{place.y:.1f}"/>',
        f'<y:Fill color="{fill}" transparent="false"/>',
        '<y:BorderStyle hasColor="false"/>' if plain else f'<y:BorderStyle color="{style.MUTED}" type="{dashed}" width="1.0"/>',
        f'<y:NodeLabel fontSize="{dot.FONT_SIZE}" textColor="{style.INK}">{_text(chr(10).join(lines))}</y:NodeLabel>',
        f'<y:Shape type="{SHAPES.get(box.kind, "rectangle")}"/>',
    ]
    yield f'<node id="{box.id}">'
    yield f'<data key="n_drawing"><y:ShapeNode>{"".join(drawing)}</y:ShapeNode></data>'
    yield from _data("n", known)
    yield "</node>"


def _edge(n: int, arrow: Arrow) -> Iterator[str]:
    colour, label = colour_of(arrow), label_of(arrow)
    known: Known = {
        "label": label,
        "operands": arrow.operands,
        "local": arrow.local,
        "contribution": arrow.contribution,
        **_rgb(colour),
    }
    drawing = [
        f'<y:LineStyle color="{colour}" type="line" width="1.0"/>',
        '<y:Arrows source="none" target="standard"/>',
        f'<y:EdgeLabel fontSize="9" textColor="{colour}">{_text(label)}</y:EdgeLabel>' if label else "",
    ]
    yield f'<edge id="e{n}" source="{arrow.tail}" target="{arrow.head}">'
    yield f'<data key="e_drawing"><y:PolyLineEdge>{"".join(drawing)}</y:PolyLineEdge></data>'
    yield from _data("e", known)
    yield "</edge>"


def _numbers(name: str, box: Box, numbers: Range) -> Known:
    """The number of a box, or the smallest and the largest of a group; nothing where none has been computed."""
    if not numbers.known:
        return {}
    if box.nodes == 1 or box.kind in ("operation", "output"):
        return {name: math.nan if numbers.nans else numbers.low}
    return {f"{name}_low": numbers.low, f"{name}_high": numbers.high}


def _rgb(colour: str) -> Known:
    return {part: int(colour[k : k + 2], 16) for part, k in (("r", 1), ("g", 3), ("b", 5))}


def _data(letter: str, known: Known) -> Iterable[str]:
    return (f'<data key="{letter}_{name}">{_written(x)}</data>' for name, x in known.items() if x is not None and x != "")


def _written(x: str | float | None) -> str:
    """A number to the last digit; GraphML has those of Java, which Python reads too."""
    if isinstance(x, str):
        return _text(x)
    if isinstance(x, float) and not math.isfinite(x):
        return "NaN" if x != x else "Infinity" if x > 0 else "-Infinity"
    return repr(x)


def _text(text: str) -> str:
    return escape(UNPRINTABLE.sub("\ufffd", text.replace("\r", " ")), quote=False)


def _label_size(arrow: Arrow) -> tuple[float, float] | None:
    label = label_of(arrow)
    return (5.6 * len(label) + 6.0, 14.0) if label else None

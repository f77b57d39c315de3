"""A view as DOT: shapes, colours and words for its boxes, arrows and frames. Pure functions, with golden tests.

Shape says what a box is (square corners a parameter, cut corners an input, none a constant, a double frame the output, a
folder a folded scope, a block several alike ones), colour says its gradient. No HTML-like labels: Graphviz in WebAssembly
does not have them.
"""

import itertools
import math
from collections import Counter
from collections.abc import Callable
from typing import Any, TypeVar

from .. import style
from .arrivals import CANCELLED, ZEROED
from .arrows import CROWD, SMALL, Line, Trunk, draw_arrow, draw_trunk, lines_of_arrows, stop_of, stops_of
from .legend import foot_of
from .orientation import Orientation, extent
from .ranges import Range
from .rows import rows_of
from .view import Box, Frame, View, is_zeroed
from .wrapping import beginnings, name_of

T = TypeVar("T")
Named = tuple[str, dict[str, str]]  # the id of a box and its attributes

SHAPES = {
    "output": {"shape": "box", "style": "rounded,filled", "peripheries": "2"},
    "operation": {"shape": "box", "style": "rounded,filled"},
    "parameter": {"shape": "box", "style": "filled", "penwidth": "1.8"},
    "input": {"shape": "octagon", "style": "filled", "margin": "0.02,0.0"},
    "constant": {"shape": "plaintext", "margin": "0.03,0.02", "width": "0.2", "height": "0.2"},
    "scope": {"shape": "folder", "style": "filled", "margin": "0.11,0.1"},  # these have lines inside, clear of the text
    "siblings": {"shape": "box3d", "style": "filled", "margin": "0.14,0.12"},
    "rest": {"shape": "box3d", "style": "filled", "margin": "0.14,0.12"},
    "loop": {"shape": "cds", "style": "filled", "margin": "0.16,0.16"},
    "step": {"shape": "component", "style": "filled", "margin": "0.2,0.08"},
    "part": {"shape": "component", "style": "filled", "margin": "0.2,0.08"},
}  # fmt: skip
POINTED = {  # a loop from top to bottom: above and below a cds arrows would end before they reach it
    "TB": {"shape": "invhouse", "margin": "0.02,0.02"},
    "BT": {"shape": "house", "margin": "0.02,0.02"},
}
FONT_SIZE = 11
ANCHOR = "a_0"  # holds the heads of columns at the height where the first column begins
NO_BREAK = "\u00a0"


def lines_of(box: Box) -> list[str]:
    """The text in a box, line by line.

    >>> from .ranges import range_of
    >>> lines_of(Box("n3", "operation", range_of([0.5]), range_of([-2.0]), name="z^1_2", ops="dot"))
    ['z¹₂ = dot', 'data 0.5', 'grad −2']
    """
    if box.text is not None:
        return box.text.split("\n")
    if box.kind == "constant":
        return (
            [style.span(box.data.low, box.data.high), f"{box.nodes} constants"]
            if box.nodes > 1
            else [style.number(_one(box.data))]
        )
    if box.nodes == 1 or box.kind in ("operation", "output"):
        many = f" (×{box.things:,})" if box.nodes > 1 else ""
        made = (box.order or style.shortened(style.operation(box.ops))) + many + box.beside
        called = style.shortened(style.name(box.name)) or box.number
        title = " = ".join(filter(None, (called, made))) + (" …" if box.cut else "")
        return [*([title] if title else []), f"data {style.number(_one(box.data))}", *_grad_lines(box)]
    grad = f"grad 0: {ZEROED}" if is_zeroed(box) else grad_text(box.grad)
    output = f"output {box.output}" if box.output else ""
    title = _group_title(box, style.shortened)
    lines = (title, *box.rules, output, _group_size(box), f"data {_span(box.data)}", grad, _exceptions(box))
    return [line for line in lines if line]


def _group_title(box: Box, written: Callable[[str], str] = str) -> str:
    name = " … ".join(written(style.name(part)) for part in box.name.split(" … ")) or (
        (box.order or box.ops) if box.kind != "part" else ""
    )
    titles = {
        "siblings": f"{name} (×{box.things:,})",
        "rest": f"{box.things:,} more{name and f': {name}'}",
        "loop": f"step (×{box.things:,})" if name == "steps" else name.replace("steps", "steps "),
        "step": name.replace("step", "step "),
    }
    return titles.get(box.kind, name)


def _group_size(box: Box) -> str:
    """The number of values in a group and the operations that made them, without what the title says already."""
    ops = (box.order or box.ops) if (box.name or box.kind == "part") and not box.rules else ""
    values = f"{box.nodes:,} values" if box.kind in ("scope", "part", "step", "loop") or box.nodes != box.things else ""
    return ": ".join(filter(None, (values, ops)))


def _one(numbers: Range) -> float:
    return math.nan if numbers.nans else numbers.low + 0.0  # −0 reads 0


def _span(numbers: Range) -> str:
    return "nan" if numbers.low != numbers.low else style.span(numbers.low, numbers.high)


def grad_text(grad: Range) -> str:
    """The gradient, or the range of several gradients; with a word where one needs attention."""
    known = grad.known
    if not known:
        return "grad not computed"
    if known == 1 and not grad.unknown:
        return style.gradient_text(_one(grad))
    if grad.nans == known:
        return "grad nan !"
    size = max(abs(grad.low), abs(grad.high))
    return f"grad {style.span(grad.low, grad.high)}{style.word(size)}"


def _grad_lines(box: Box) -> list[str]:
    """The gradient of a single number, and why it is not what the arrows bring, if it is not."""
    if box.note == ZEROED:
        return [f"grad 0: {ZEROED}"]
    if box.note == CANCELLED:
        return [f"grad {style.number(box.grad.low)}: {CANCELLED}"]
    here, comma, other = f"{grad_text(box.grad)}: {box.note}".removesuffix(": ").partition(", ")
    return [here + comma.strip(), *([other] if other else [])]


def _exceptions(box: Box) -> str:
    """Counts of the gradients in a group that are nan, inf, zero or not computed."""
    grad = box.grad
    zeros = 0 if grad.low == grad.high == 0.0 and not grad.nans else grad.zeros  # the line above says it
    found = [f"{n} of {box.nodes} {what}" for n, what in ((grad.nans, "nan"), (grad.infinities, "inf"), (zeros, "zero")) if n]
    if grad.known and grad.unknown > box.zeroed:
        found.append(f"{grad.unknown - box.zeroed} not computed")
    if 0 < box.zeroed < box.nodes:
        found.append(f"{box.zeroed} {ZEROED}")
    if box.note:
        found.append(box.note)
    return "grad: " + ", ".join(found) if found else ""


def fill_of(grad: Range, largest: float) -> str:
    """The colour of a box, by its gradient; a group with both signs gets the colours of both ends, 'blue:orange'."""
    if not grad.known:
        return style.PAPER
    if grad.nans or grad.infinities:
        return style.ALARM_FILL
    low, high = style.gradient_fill(grad.low, largest), style.gradient_fill(grad.high, largest)
    return f"{low}:{high}" if grad.low < 0.0 < grad.high else high if grad.high > 0.0 else low


def fill_in(box: Box, largest: float) -> str:
    """The same of a box: gradients that were zeroed are 0."""
    return style.gradient_fill(0.0, largest) if is_zeroed(box) else fill_of(box.grad, largest)


def is_unknown(box: Box) -> bool:
    """True for a box without a gradient, which is dashed."""
    return not box.grad.known and not is_zeroed(box)


def attributes(box: Box, largest: float) -> dict[str, str]:
    """The DOT attributes of a box.

    Args:
        largest: the largest magnitude of a gradient in the picture.
    """
    found = {"label": "\n".join(style.escape(line) for line in lines_of(box))} | look_of(box, largest)
    return found | {"tooltip": style.escape_tooltip(tip_of(box))}


def tip_of(box: Box) -> str:
    """The words that hovering over a box shows: 'v7 = a − 1, train.py:12: b = a - 1'; a group says its title, or its rules.

    >>> from .ranges import range_of
    >>> tip_of(Box("n7", "operation", range_of([0.5]), name="z", number="v7", formula="a − 1"))
    'z = v7 = a − 1'
    """
    if box.kind == "constant":
        return "constant" if box.nodes == 1 else "constants"
    named = " = ".join(filter(None, (style.name(box.name), box.number, box.formula)))
    said = named if box.number else "; ".join([_group_title(box), *box.rules])
    return f"{said}, {style.source(box.source)}" if box.source else said


def look_of(box: Box, largest: float) -> dict[str, str]:
    """The shape and the colours of a box, in DOT's words; see `attributes`."""
    found = dict(SHAPES[box.kind])
    if box.kind == "constant":
        return found | {"fontcolor": style.MUTED}
    if box.output:
        found["peripheries"] = "2"
    found["fillcolor"] = box.colour or fill_in(box, largest)
    if is_unknown(box):
        found["style"] += ",dashed"
    if box.focus:
        found |= {"color": style.INK, "penwidth": "3.5"}
    if any((box.grad.nans, box.grad.infinities, box.data.nans, box.data.infinities)):
        found |= {"color": style.ALARM, "penwidth": "3"}
    return found


def size_of(box: Box) -> tuple[float, float]:
    """The approximate width and height of a box, in points."""
    lines = lines_of(box)
    return max(0.62 * FONT_SIZE * max(map(len, lines)) + 14.0, 24.0), 1.25 * FONT_SIZE * len(lines) + 10.0


def picture_of(view: View, towards: Orientation, legend: bool, make: Callable[..., T]) -> T:
    """A view as a `graphviz.Digraph` that has its attributes, and as yet no lines; see `write`.

    Args:
        legend: True to explain shapes and colours at the foot.
        make: the class of the picture.
    """
    columns = towards.columns
    of_column = extent(view, towards.rankdir).width if towards.width is None else towards.width
    width = of_column * (len(columns.cuts) + 1)
    in_order = columns.cuts or (view.frames and not _is_down(towards))
    return make(
        "stepgrad",
        graph_attr={"rankdir": towards.rankdir, "bgcolor": style.PAPER, "nodesep": "0.15", "ranksep": "0.23", "pad": "0.1"}
        | _foot(foot_of(view, legend, int(width / (0.55 * SMALL)), bool(columns.named)))
        # An arrow into a frame leads forwards, whatever else is in the frame.
        | ({"newrank": "true"} if in_order else {}),
        node_attr={
            "shape": "box",
            "fontname": style.FONT,
            "fontsize": str(FONT_SIZE),
            "fontcolor": style.INK,
            "color": style.MUTED,
            "margin": "0.09,0.06",
        },
        edge_attr={"color": style.FAINT, "arrowsize": "0.6"},
    )


def _is_down(towards: Orientation) -> bool:
    return towards.rankdir in ("TB", "BT")


def write(picture: Any, view: View, towards: Orientation) -> None:
    """Write the boxes, frames and arrows of a view into a `graphviz.Digraph` that has its attributes."""
    columns = towards.columns
    lines = lines_of_arrows(view, columns.named)
    trunks = [Trunk(cut, {n: lines[n] for n in cut.arrows}) for cut in columns.cuts]
    wrapped = {n for trunk in trunks for n in trunk.lines}
    inside = _inside(view, towards, lines, trunks)
    rows = rows_of(view)
    down = _is_down(towards)
    leaving, arriving = Counter(line.tail for line in lines), Counter(line.head for line in lines)
    crowded = not down and sum(line.enters for line in lines) >= CROWD
    _frame(picture, view.frames, inside, trunks, rows, -1, down)
    for n, line in enumerate(lines):
        if n not in wrapped:
            beside = (1, 1) if down or view.frames else (leaving[line.tail], arriving[line.head])
            draw_arrow(picture, line, f"a{n}", crowded, beside)
    for trunk in trunks:
        draw_trunk(picture, trunk)
    if trunks:
        _in_order(picture, trunks)
        for column, first in beginnings(view, columns):
            picture.edge(trunks[column - 1].corners[3], first, style="invis", weight="0")
    for frame, row in rows:
        # Within a rank the tail stands to the left of the head, or above it; but in a frame, from left to right, below it.
        for first, second in itertools.pairwise(row if down or frame == -1 else row[::-1]):
            picture.edge(first, second, style="invis")


def _inside(view: View, towards: Orientation, lines: list[Line], trunks: list[Trunk]) -> dict[int, list[Named]]:
    """For every frame, and for -1, the boxes in it, the names, and what the arrows pass on their way."""
    inside: dict[int, list[Named]] = {}
    for box in view.boxes:
        pointed = POINTED.get(towards.rankdir, {}) if box.kind == "loop" else {}
        inside.setdefault(box.frame, []).append((box.id, attributes(box, view.grads.huge) | pointed))
    boxes = {box.id: box for box in view.boxes}
    for n in towards.columns.named:
        inside.setdefault(lines[n].frame, []).append((lines[n].tail, _mention(boxes[view.arrows[n].tail], view.grads.huge)))
    wrapped = {n for trunk in trunks for n in trunk.lines}
    stops = [(line.frame, f"a{n}", stop_of(line)) for n, line in enumerate(lines) if n not in wrapped]
    for frame, name, look in [*stops, *(stop for trunk in trunks for stop in stops_of(trunk))]:
        if look:
            inside.setdefault(frame, []).append((name, look))
    return inside


def _mention(box: Box, largest: float) -> dict[str, str]:
    """The DOT attributes of the name of a box that stands in another column."""
    name = style.escape(style.name(name_of(box)))
    return {
        "label": name, "shape": "box", "style": "filled,rounded", "penwidth": "0", "margin": "0.05,0.02", "width": "0.2",
        "height": "0.2", "fillcolor": box.colour or fill_in(box, largest), "tooltip": style.escape_tooltip(tip_of(box)),
    }  # fmt: skip


def _in_order(picture: Any, trunks: list[Trunk]) -> None:
    """Keep the heads of the columns in their order, and at the height where the first column begins.

    Where there are frames, it is not enough that they are in the first rank.
    """
    heads = [trunk.corners[2:] for trunk in trunks]
    picture.edge(ANCHOR, trunks[0].cut.first, style="invis", weight="10")
    picture.edge(ANCHOR, heads[0][0], style="invis")
    for (_, over), (up, _) in itertools.pairwise(heads):
        picture.edge(over, up, style="invis")


def _foot(lines: list[str]) -> dict[str, str]:
    if not lines:
        return {}
    small = {"fontname": style.FONT, "fontsize": str(SMALL), "fontcolor": style.MUTED}
    return {"label": "".join(f"{style.escape(line, 10_000)}\\l" for line in lines), "labelloc": "b", "labeljust": "l"} | small


def _frame(
    picture: Any,
    frames: list[Frame],
    inside: dict[int, list[Named]],
    trunks: list[Trunk],
    rows: list[tuple[int, list[str]]],
    which: int,
    down: bool,
) -> None:
    """Draw the boxes of a frame and the frames inside it. Their depth is limited, so this may recurse.

    Args:
        down: True if arrows come in from above: then the title has the left half of the frame at most, because most arrows
            lead to its middle.
    """
    for name, look in inside.get(which, ()):
        picture.node(name, **look)
    here = [trunk.corners for trunk in trunks if trunk.cut.frame == which]
    if here:
        picture.node(ANCHOR, shape="point", style="invis", width="0.01")
        _rank(picture, "source", [ANCHOR, *(corner for corners in here for corner in corners[2:])])
    for corners in here:
        _rank(picture, "same", corners[:2])
    for place, row in rows:
        if place == which:
            _rank(picture, "same", row)
    for n, frame in enumerate(frames):
        if frame.frame == which:
            with picture.subgraph(name=f"cluster_{frame.id}") as inner:
                title = frame.name + NO_BREAK * (2 * len(frame.name) + 6 if down else 0)
                inner.attr(
                    label=style.escape(title), style="rounded", color=style.FAINT, fontname=style.FONT,
                    fontsize=str(SMALL + 1), fontcolor=style.MUTED, labeljust="l", labelloc="t", margin="6",
                )  # fmt: skip
                _frame(inner, frames, inside, trunks, rows, n, down)


def _rank(picture: Any, rank: str, boxes: list[str]) -> None:
    """Put boxes into one rank."""
    with picture.subgraph() as some:
        some.attr(rank=rank)
        for box in boxes:
            some.node(box)

"""The arrows of a picture in DOT: width and colour by the contribution, and the label as a small box of its own on the line.

Graphviz puts the label of an edge beside it, often nearer to another one. A box that the line runs through belongs to it
wherever it stands, and in every format: no layout is changed afterwards.
"""

import math
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from .. import style
from .view import Arrow, Box, View, is_inside
from .wrapping import Cut, name_id

SMALL = 9  # the font size of labels, and of what stands at the foot
CROWD = 5  # so many arrows into frames would run together if they had no room
FAN, FANNED = 4, 4  # a rank more for so many arrows to one box, and at most so many
LABELS = 250  # with more arrows there is no room for their numbers


class Line(NamedTuple):
    """An arrow as it is drawn.

    Attributes:
        tail, head: ids of its boxes; the tail may be a name of the box, with an id of its own.
        look: its width, its colour, and the words that hovering shows, in DOT's words.
        label: its label; '' for none.
        frame: the frame of its head, where the label stands; -1 for none.
        enters: True if it leads into a frame that its tail is not in.
    """

    tail: str
    head: str
    look: dict[str, str]
    label: str
    frame: int
    enters: bool


def lines_of_arrows(view: View, named: Collection[int] = ()) -> list[Line]:
    """The arrows of a view as they are drawn.

    Args:
        named: the arrows, by their places, that begin at a name of their own, of the box they come from.
    """
    boxes = {box.id: box for box in view.boxes}
    called = {box.id: _called(box) for box in view.boxes}
    largest = view.grads.huge
    labelled = len(view.arrows) <= LABELS
    found = []
    for n, arrow in enumerate(view.arrows):
        tail, head = boxes[arrow.tail], boxes[arrow.head]
        label = label_of(arrow, tail, head) if labelled else ""
        enters = not is_inside(view.frames, tail.frame, head.frame)
        look = look_of_arrow(arrow, largest)
        look["tooltip"] = style.escape_tooltip(f"{called[arrow.tail]} → {called[arrow.head]}")
        begin = name_id(view, n) if n in named else arrow.tail
        found.append(Line(begin, arrow.head, look, label, head.frame, enters and n not in named))
    return found


def _called(box: Box) -> str:
    """The name of a box where it is mentioned."""
    return " … ".join(map(style.name, box.name.split(" … "))) or box.number or box.ops or box.kind


def label_of(arrow: Arrow, tail: Box, head: Box) -> str:
    r"""The text on an arrow, one line or two; '' where the boxes say it already.

    >>> from .ranges import NONE
    >>> x, y = Box("n0", "input", NONE), Box("n1", "operation", NONE)
    >>> label_of(Arrow("n0", "n1", 1, 0.5, -0.25), x, y)
    '×0.5\n+= −0.25'
    >>> label_of(Arrow("n0", "n1", 8), x, y._replace(kind="siblings", things=8))  # a block of 8, one arrow to each
    ''
    """
    if not is_labelled(arrow, tail, head):
        return ""
    if arrow.operands > 1 or arrow.local is None:
        return f"{arrow.operands:,}\u2009arrows"
    passed = "" if arrow.contribution is None else f"\n+= {style.number(arrow.contribution + 0.0, 3)}"  # −0 adds as 0 does
    return f"×{style.number(arrow.local, 3)}{passed}"


def is_labelled(arrow: Arrow, tail: Box, head: Box) -> bool:
    """True if an arrow has a label: of those that stand for many the boxes may say how many there are."""
    if arrow.operands <= 1:
        return arrow.local is not None
    blocks = [box.things for box in (tail, head) if box.kind in ("siblings", "rest", "constant")]
    return not (arrow.operands in (*blocks, math.prod(blocks)) or (head.things == arrow.operands and tail.things > 1))


def look_of_arrow(arrow: Arrow, largest: float) -> dict[str, str]:
    """The width and the colour of an arrow in DOT's words, by what the chain rule adds along it; {} where it adds nothing.

    Args:
        largest: the largest magnitude of a gradient in the picture.
    """
    if arrow.largest != arrow.largest or arrow.largest == math.inf:
        return {"color": style.ALARM, "penwidth": "2.5"}
    if not arrow.largest:
        return {}
    sign = arrow.contribution or 0.0
    colour = style.POSITIVE if sign > 0.0 else style.NEGATIVE if sign < 0.0 else style.MUTED
    full = 2.0 if sign else 1.2
    return {"color": colour, "penwidth": f"{0.6 + full * style.strength(arrow.largest, largest):.2f}"}


def stop_of(line: Line) -> dict[str, str] | None:
    """The DOT attributes of the box that an arrow passes on its way, the one with its label; None if there is no such box.

    An arrow into a frame passes a point in the frame, so that it comes in from the front, where the leaves
    of the frame stand. Graphviz would lead it round them.
    """
    if not line.label:
        return _joint(line) if line.enters else None
    colour = {"fontcolor": line.look.get("color", style.MUTED), "fontsize": str(SMALL), "tooltip": line.look["tooltip"]}
    return {"label": line.label, "shape": "plaintext", "height": "0.1", "width": "0.1", "margin": "0.03,0.01"} | colour


def _joint(line: Line) -> dict[str, str]:
    """The DOT attributes of a point on an arrow, as thick as the line: the edges on both sides stop a little before it."""
    width = f"{float(line.look.get('penwidth', '1')) / 72:.3f}"
    return {"shape": "point", "width": width, "color": line.look.get("color", style.FAINT), "penwidth": "0"}


def draw_arrow(picture: Any, line: Line, stop: str, crowded: bool, beside: tuple[int, int] = (1, 1)) -> None:
    """Add an arrow to a picture, as one edge or two.

    Args:
        stop: the id of the box that it passes on its way, if there is one.
        crowded: True if an arrow into a frame needs room, so that it does not run together with others.
        beside: how many arrows leave the same box, and how many lead to the same one: many need room to come together.
    """
    leaving, arriving = (min(1 + n // FAN, FANNED) for n in beside)
    ranks = max(2 if line.enters else 1, arriving)
    onwards = ({"minlen": str(ranks)} if ranks > 1 else {}) | ({"weight": "2"} if line.enters else {})
    start, clipped = _to_stop(picture, line, stop, crowded, leaving)
    picture.edge(start, line.head, **line.look, **clipped, **onwards)


def _to_stop(picture: Any, line: Line, stop: str, crowded: bool, leaving: int) -> tuple[str, dict[str, str]]:
    """Draw an arrow as far as its stop; returns the box where it goes on, and how its next edge begins."""
    if not line.label and not line.enters:
        return line.tail, {}
    ranks = max(leaving, 1 if not line.enters else 2 if not crowded else 4 if line.label else 3)
    apart = ({"minlen": str(ranks)} if ranks > 1 else {}) | ({} if line.enters else {"weight": "2"})
    joint = {} if line.label else {"headclip": "false"}
    picture.edge(line.tail, stop, **line.look, arrowhead="none", **joint, **apart)
    return stop, {} if line.label else {"tailclip": "false"}


class Trunk(NamedTuple):
    """The way from the foot of one column to the head of the next, round four corners: the arrows of a box go it as one.

    Attributes:
        cut: where the picture is wrapped.
        lines: the arrows that go this way, by their places.
    """

    cut: Cut
    lines: dict[int, Line]

    @property
    def corners(self) -> list[str]:
        """The ids of the corners: at the foot, beside it, at the head of the next column, and over the box there."""
        return [f"a{self.cut.arrows[0]}_{n}" for n in range(4)]

    @property
    def look(self) -> dict[str, str]:
        """The look of its line: that of the widest arrow, without a colour if they differ in theirs."""
        looks = [line.look for line in self.lines.values()]
        widest = max(looks, key=lambda look: float(look.get("penwidth", "1")))
        return {"tooltip": widest["tooltip"]} | (widest if len({look.get("color") for look in looks}) == 1 else {})

    def frame_of(self, n: int) -> int:
        """The frame that the box with an arrow's label stands in; several labels stand where their arrows part."""
        return self.cut.frame if len(self.lines) == 1 else self.lines[n].frame


def stops_of(trunk: Trunk) -> list[tuple[int, str, dict[str, str]]]:
    """The boxes that the arrows of a trunk pass on their way: the frame, the id and the look of each."""
    frame, (first, *_) = trunk.cut.frame, trunk.lines.values()
    found = [(frame, corner, _joint(first) | _coloured(trunk.look)) for corner in trunk.corners]
    for n, line in trunk.lines.items():
        if line.label or len(trunk.lines) > 1:
            found.append((trunk.frame_of(n), f"a{n}", stop_of(line) or _joint(line)))
        if len(trunk.lines) == 1 and line.frame != frame:
            found.append((line.frame, f"a{n}_4", _joint(line)))
    return found


def _coloured(look: Mapping[str, str]) -> dict[str, str]:
    return {"color": look.get("color", style.FAINT), "width": f"{float(look.get('penwidth', '1')) / 72:.3f}"}


def draw_trunk(picture: Any, trunk: Trunk) -> None:
    """Add the arrows of a trunk to a picture; the first corners of columns have to stand in the first rank, in order."""
    down, right, up, over = trunk.corners
    plain = trunk.look | {"arrowhead": "none", "headclip": "false"}
    joined = plain | {"tailclip": "false"}
    (n, line), *others = trunk.lines.items()
    start = line.tail
    if line.label and not others:
        start = f"a{n}"
        picture.edge(line.tail, start, **line.look, arrowhead="none", weight="2")
    picture.edge(start, down, **plain, weight="2")
    picture.edge(down, right, **joined)  # within a rank, the tail stands to the left of the head
    picture.edge(up, right, **joined)
    picture.edge(up, over, **joined)
    for k, one in trunk.lines.items():
        begun = over
        look = one.look | {"tailclip": "false"}
        if others or one.frame != trunk.cut.frame:
            begun = f"a{k}" if others else f"a{k}_4"
            joint = {} if others and one.label else {"headclip": "false"}
            picture.edge(over, begun, **look, **joint, arrowhead="none", weight="2", minlen="1" if others else "2")
            look = look if joint else one.look
        picture.edge(begun, one.head, **look, weight="5")

"""`film_of(recording)`: a backward pass as an animated SVG, numbers forward first, then gradients one contribution at a time.

It is one text without a script: CSS shows and hides what belongs to a moment, so that it plays wherever an image may move, in a
README too. Where nothing may (a printer, a person who has asked for less motion) it is the picture after the pass. Only whole
graphs can be followed, so it refuses large ones.
"""

from collections.abc import Iterator
from html import escape
from typing import Any, NamedTuple

from autograd import ArgumentError, Recording

from .. import scripts, style
from ..graphs import dot
from ..graphs.draw import viewed
from ..graphs.view import Arrow, Box, View
from ..rendering import FONTS, UNPRINTABLE
from .geometry import Geometry, Point, geometry_of
from .scene import Scene
from .words import label_of

VALUES = 60  # nobody follows more
FIRST, LAST = 0.8, 4.0  # seconds before the first number, and at the end
WIDTH = 6.9  # of a letter, in points
LOOKS = (
    f"text{{font-family:{', '.join(FONTS)};font-size:11px;fill:{style.INK};text-anchor:middle}}"
    f".t{{font-weight:bold}}.n{{fill:{style.MUTED}}}.c{{font-size:12px;text-anchor:start}}"
    f".e{{stroke:{style.MUTED}}}.a{{fill:none;stroke:{style.FAINT}}}"
    f".p{{fill:none;stroke:{style.PASS};stroke-width:3}}.w{{fill:{style.PAPER}}}.x{{fill:{style.PASS}}}.y{{fill:{style.PAPER}}}"
)


class Moment(NamedTuple):
    """A step of the pass on the picture.

    Attributes:
        at: when it happens, in seconds.
        arrow: the place of the arrow in the view.
        box: the id of the box whose gradient it adds to.
        total: the gradient after it.
        words: the step as a sum.
    """

    at: float
    arrow: int
    box: str
    total: float
    words: str


class Film(NamedTuple):
    """A film, of which there is an animated SVG and a picture of every moment.

    Attributes:
        name: of the value whose pass it is.
        pieces: tags in the order in which they are drawn.
        scene: says when each is seen.
        width, height: in points.
        contributions: how many arrive.
    """

    name: str
    pieces: list[str]
    scene: Scene
    width: float
    height: float
    contributions: int

    @property
    def looks(self) -> str:
        """The style and the arrow heads of all moments."""
        return f"<style>{LOOKS}</style><defs>{_head('h', style.FAINT, 7)}{_head('g', style.PASS, 12)}</defs>"

    def still(self, moment: float) -> str:
        """The picture of a moment: tags for an SVG that has the looks, and a ground of paper."""
        return "".join(self.scene.at(moment, self.pieces))

    def animated(self) -> str:
        """The film as an SVG that moves by itself."""
        many = style.counted(self.contributions, "contribution")
        said = f"The numbers that {self.name} is made of are computed, then {many} to their gradients arrive one by one."
        return "\n".join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:.1f} {self.height:.1f}" width="{self.width:.0f}"'
            f' height="{self.height:.0f}" role="img" aria-labelledby="title description">',
            f'<title id="title">Backward pass of {_text(self.name)}</title><desc id="description">{_text(said)}</desc>',
            f"<style>{self.scene.moving()}</style>",
            self.looks,
            f'<rect width="100%" height="100%" fill="{style.PAPER}"/>',
            *self.pieces,
            "</svg>\n",
        ])  # fmt: skip


def film_of(recording: Recording, pace: float = 1.2) -> Film:
    """A backward pass as a film.

    Args:
        recording: the pass.
        pace: seconds for a contribution, above 0; a number of the forward pass takes a third of it.

    Raises:
        ArgumentError: the graph has more than sixty values.

    Example:
        >>> from autograd import Value, record_backward
        >>> film = film_of(record_backward(Value(2.0, label="x") * Value(3.0, label="w")))
        >>> film.contributions, len(film.scene.times()), film.animated().startswith("<svg")
        (2, 9, True)
    """
    if len(recording.nodes) > VALUES:
        raise ArgumentError(
            f"film: {len(recording.nodes):,} values are too many to follow, {VALUES} at most. The page has no limit: "
            "viz.page(cost, 'steps.html')"
        )
    view = viewed(recording, fold="none")
    begins = {box.id: FIRST + n * pace / 3 for n, box in enumerate(view.boxes)}
    turn = FIRST + len(view.boxes) * pace / 3 + pace
    moments = list(_moments(recording, view, turn, pace))
    scene = Scene(turn + (len(moments) + 1) * pace + LAST)
    return _drawn(recording, view, scene, begins, turn, moments)


def _moments(recording: Recording, view: View, turn: float, pace: float) -> Iterator[Moment]:
    place: dict[tuple[str, str, int], int] = {}
    seen: dict[tuple[str, str], int] = {}
    for n, arrow in enumerate(view.arrows):
        pair = (arrow.tail, arrow.head)
        place[(*pair, seen.get(pair, 0))] = n
        seen[pair] = seen.get(pair, 0) + 1
    done: dict[tuple[str, str], int] = {}
    for k, step in enumerate(recording):
        pair = (f"n{step.parent.id}", f"n{step.node.id}")
        nth = done.get(pair, 0)
        done[pair] = nth + 1
        name = style.node_name(recording.nodes, step.parent.id)
        of = style.node_name(recording.nodes, step.node.id)
        product = f"{style.number(step.local)} × {style.number(step.upstream)}"
        words = (
            f"{k + 1} of {len(recording)}:  grad of {name} += {product} = {style.number(step.contribution)},  passed on by {of}"
        )
        yield Moment(turn + (k + 1) * pace, place[(*pair, nth)], pair[0], step.total, words)


# --- the picture -------------------------------------------------------------------------------------------------------


def _drawn(
    recording: Recording, view: View, scene: Scene, begins: dict[str, float], turn: float, moments: list[Moment]
) -> Film:
    arriving: dict[str, list[tuple[float, float]]] = {}
    for moment in moments:
        arriving.setdefault(moment.box, []).append((moment.at, moment.total))
    arriving[view.boxes[-1].id] = [(turn, recording.seed), *arriving.get(view.boxes[-1].id, [])]
    where = geometry_of(view, lambda box: _size_of(box, arriving.get(box.id, [])), _label_size)
    largest = max((abs(total) for some in arriving.values() for _, total in some if abs(total) < float("inf")), default=1.0)
    name = style.node_name(recording.nodes, recording.root.id)
    parts = [
        *_frames(view, where),
        *_arrows(view, where, scene, moments),
        *(part for box in view.boxes for part in _box(box, where, scene, begins, arriving.get(box.id, []), largest)),
        *_captions(view, where, scene, turn, moments, name),
    ]
    parts = [scripts.in_svg(part) for part in parts]
    return Film(name, parts, scene, max(where.width, 560.0), where.height + 34.0, len(moments))


def _head(name: str, colour: str, size: int) -> str:
    """An arrow head, for the end of a line or for its beginning."""
    place = f'viewBox="0 0 7 6" refX="7" refY="3" markerWidth="{size}" markerHeight="{size}" markerUnits="userSpaceOnUse"'
    return f'<marker id="{name}" {place} orient="auto-start-reverse"><path d="M0 0L7 3L0 6z" fill="{colour}"/></marker>'


def _text(text: str) -> str:
    return escape(UNPRINTABLE.sub("\ufffd", text.replace("\n", " ").replace("\r", " ")), quote=False)


def _size_of(box: Box, arriving: list[tuple[float, float]]) -> tuple[float, float]:
    """Room for whatever a box says during the film."""
    lines = [*dot.lines_of(box)[:2], *(style.gradient_text(total) for _, total in arriving)]
    if box.kind == "constant":
        return WIDTH * len(lines[0]) + 6.0, 18.0
    return WIDTH * max(map(len, lines)) + 16.0, 52.0


def _label_size(arrow: Arrow) -> tuple[float, float] | None:
    """Room for the local derivative, and for the contribution, which stands in its place for a moment."""
    local, _, contribution = label_of(arrow).partition(" += ")
    return (WIDTH * max(len(local), len(contribution) + 3) + 6.0, 16.0) if local else None


def _frames(view: View, where: Geometry) -> Iterator[str]:
    for frame in view.frames:
        if frame.id in where.frames:
            x, y, width, height = where.frames[frame.id]
            yield f'<rect class="a" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="5"/>'
            yield f'<text class="n" style="text-anchor:start" x="{x + 5:.1f}" y="{y + 11:.1f}">{_text(frame.name)}</text>'


def _curve(points: list[Point]) -> str:
    at = [f"{x:.1f} {y:.1f}" for x, y in points]
    return f"M{at[0]}" + "".join(f"C{a} {b} {c}" for a, b, c in zip(at[1::3], at[2::3], at[3::3], strict=True))


def _arrows(view: View, where: Geometry, scene: Scene, moments: list[Moment]) -> Iterator[str]:
    """The arrows in grey; over them, for as long as it takes, the one that a contribution goes along, backwards."""
    for n, curves in enumerate(where.lines):
        for k, points in enumerate(curves, 1):
            head = ' marker-end="url(#h)"' if k == len(curves) else ""
            yield f'<path class="a" d="{_curve(points)}"{head}/>'
        if len(curves) == 2:
            yield f'<path class="a" d="{_curve([curves[0][-1]])}L{curves[1][0][0]:.1f} {curves[1][0][1]:.1f}"/>'
        if n in where.labels:
            yield from _label(where, n, label_of(view.arrows[n]).partition(" += ")[0], ("w", "n", ""))
    for k, moment in enumerate(moments):
        end = moments[k + 1].at if k + 1 < len(moments) else moment.at + (moment.at - (moments[k - 1].at if k else 0.0)) * 0.9
        seen = scene.shown(moment.at, end)
        for n, points in enumerate(where.lines[moment.arrow]):
            tail = ' marker-start="url(#g)"' if n == 0 else ""
            yield f'<path class="p {seen}" d="{_curve(points)}"{tail}/>'
        contribution = style.number(view.arrows[moment.arrow].contribution or 0.0, 3)
        yield from _label(where, moment.arrow, f"+= {contribution}", ("x", "y", seen))


def _label(where: Geometry, n: int, text: str, classes: tuple[str, str, str]) -> Iterator[str]:
    """A text in the middle of the label of an arrow, on a ground of its width."""
    if n not in where.labels:
        return
    x, y, width, height = where.labels[n]
    middle, room = x + width / 2, WIDTH * len(text) + 4.0
    ground, letters, seen = classes
    size = f'x="{middle - room / 2:.1f}" y="{y:.1f}" width="{room:.1f}" height="{height:.1f}" rx="3"'
    yield f'<rect class="{ground} {seen}" {size}/>'
    yield f'<text class="{letters} {seen}" x="{middle:.1f}" y="{y + height - 4.2:.1f}">{_text(text)}</text>'


def _box(
    box: Box, where: Geometry, scene: Scene, begins: dict[str, float], arriving: list[tuple[float, float]], largest: float
) -> Iterator[str]:
    """A box: its number appears in the forward pass, its gradient changes with every contribution."""
    x, y, width, height = where.boxes[box.id]
    middle = x + width / 2
    title, *_ = dot.lines_of(box)
    if box.kind == "constant":
        yield f'<text class="n" x="{middle:.1f}" y="{y + 12:.1f}">{_text(title)}</text>'
        return
    colours = [(0.0, style.PAPER), *((at, style.gradient_fill(total, largest)) for at, total in arriving)]
    shape = f'x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="{6 if box.ops else 0}"'
    bold = ' stroke-width="1.8"' if box.kind in ("parameter", "output") else ""
    yield f'<rect class="e {scene.filled(colours)}" {shape}{bold}/>'
    yield f'<text class="t" x="{middle:.1f}" y="{y + 15:.1f}">{_text(title)}</text>'
    data = f"data {style.number(box.data.low if not box.data.nans else float('nan'))}"
    yield f'<text class="{scene.shown(begins[box.id])}" x="{middle:.1f}" y="{y + 29:.1f}">{_text(data)}</text>'
    ends: list[Any] = [*(at for at, _ in arriving[1:]), None]
    for (at, total), end in zip(arriving, ends, strict=True):
        grad = _text(style.gradient_text(total))
        yield f'<text class="{scene.shown(at, end)}" x="{middle:.1f}" y="{y + 43:.1f}">{grad}</text>'


def _captions(view: View, where: Geometry, scene: Scene, turn: float, moments: list[Moment], name: str) -> Iterator[str]:
    """A line at the foot says what is happening."""
    y = where.height + 18.0
    ends = [*(moment.at for moment in moments), scene.seconds - LAST]
    forward = "Forward: every number, from those before it"
    yield f'<text class="c {scene.shown(0.0, turn)}" x="10" y="{y:.1f}">{forward}</text>'
    begin = f"Backward: the gradient of {name} by itself is {style.number(view.boxes[-1].grad.low)}"
    yield f'<text class="c {scene.shown(turn, ends[0])}" x="10" y="{y:.1f}">{_text(begin)}</text>'
    for moment, end in zip(moments, ends[1:], strict=True):
        yield f'<text class="c {scene.shown(moment.at, end)}" x="10" y="{y:.1f}">{_text(moment.words)}</text>'
    done = f"Every gradient of {name} is there"
    yield f'<text class="c {scene.shown(scene.seconds - LAST)}" x="10" y="{y:.1f}">{_text(done)}</text>'

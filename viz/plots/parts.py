"""`contributions`: the contributions that add up to the gradient of one node, as bars that go on where the one above ends.

A gradient is a sum. That it is small may mean that nothing arrives, or that large contributions cancel; bars placed end to end
tell the two apart at a glance. Contributions that no axis has a place for, nan, inf and huge ones, get a cross, and the sum
of the others goes on past them.
"""

import math
from typing import TYPE_CHECKING, NamedTuple

from autograd import Recording, Value
from autograd.arguments import whole

from .. import style
from ..recorded import numbered_pass
from . import axes as on
from .axes import Axes, Figure
from .reading import Size

if TYPE_CHECKING:
    from .._typed import Which

MOST = 16  # rows that can be read beside each other
HEIGHT = 0.62  # of a bar, in rows
NAME = 28  # characters of a name beside the axis


class Row(NamedTuple):
    """One bar: where it comes from, how it was computed, and its number."""

    name: str
    text: str
    number: float


def contributions(
    root: Value | Recording,
    node: "Which",
    *,
    most: int = MOST,
    title: str | None = None,
    size: Size | None = None,
) -> Figure:
    """The contributions that add up to the gradient of one node: bars end to end, from 0 to the gradient.

    Each bar is one contribution, local * upstream, in the order of the pass: orange if it adds, blue if it takes away. It
    begins where the bar above it ends, and the last one, grey, is the gradient. It reveals large contributions that cancel, one
    that outweighs all others, and the one that brought a nan.

    Args:
        root: the value that the pass begins at, such as the cost, or a recording. Gradients stay as they are.
        node: the node that the contributions arrive at: a `Value`, a label, a name such as 'v3', or an id.
        most: bars before the sum, 2 to 100. If there are more contributions, the smallest share one bar.
        title: in place of the usual one; '' for none.
        size: width and height in inches.

    Returns:
        A matplotlib figure.

    Raises:
        OperandError: root is neither a `Value` nor a recording, or there is no such node.
        ArgumentError: `most` is out of range.
        GraphError: as `backward()`.

    Example:
        Four contributions cancel: nothing is left.

        >>> x = Value(2.0, label="x")
        >>> figure = contributions(x * x * x - 12.0 * x, x)
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['12 × −1 = −12', '4 × 1 = 4', '2 × 2 = 4', '2 × 2 = 4', '0']
    """
    most = whole(most, "contributions(most=...)", 2, 100)
    on.check("contributions", title, size)
    found = numbered_pass(root, "contributions")
    i = found.find(node, "contributions(node=...)")
    recording = found.recording
    rows, total = _rows(recording, i, most), recording.gradients[i]
    made = on.figure(*(size or (7.2, 1.3 + 0.3 * (len(rows) + 1))))
    axes = made.subplots()
    name = style.node_name(recording.nodes, i)
    on.plain(axes, f"sum of the contributions to {name}.grad")
    gradient = f"{name}.grad = {style.number(total)}{style.word(abs(total))}"
    n = len(recording.received(i))
    on.heading(made, title, f"{style.counted(n, 'contribution')} to {gradient}" if n else f"{gradient}: the pass begins here")
    _draw(axes, rows, total)
    return made


def _rows(recording: Recording, i: int, most: int) -> list[Row]:
    """The bars before the sum, in the order of the pass; the smallest contributions in one, and what a hook adds in another."""
    steps = recording.steps_to(i)
    by_size = sorted(steps, key=lambda s: -abs(s.contribution) if s.contribution == s.contribution else -math.inf)
    shown = {s.id for s in (by_size if len(steps) <= most else by_size[: most - 1])}
    rows = [
        Row(
            f"{_cut(style.node_name(recording.nodes, s.node.id))} ({_sign(recording, s.node.id)})",
            f"{style.number(s.local)} × {style.number(s.upstream)} = {style.number(s.contribution)}",
            s.contribution,
        )
        for s in steps
        if s.id in shown
    ]
    others = [s.contribution for s in steps if s.id not in shown]
    if others:
        rest = math.fsum(others)
        rows.append(Row(f"{len(others)} smaller ones", style.number(rest), rest))
    if i == len(recording.nodes) - 1:
        rows.append(Row("seed", style.number(recording.seed), recording.seed))
    arrived, left = recording.arrived(i), recording.gradients[i]
    if arrived != left and not (math.isnan(arrived) and math.isnan(left)):
        rows.append(Row("hook", f"{style.number(arrived)} becomes {style.number(left)}", left - arrived))
    return rows


def _sign(recording: Recording, i: int) -> str:
    """The operation that made a node, as pictures show it."""
    return style.operation(recording.nodes.row(i).label or recording.nodes.op(i))


def _cut(name: str) -> str:
    return name if len(name) <= NAME else name[: NAME - 1] + "…"


def _draw(axes: Axes, rows: list[Row], total: float) -> None:
    """The bars from the top down, each beginning at the sum of those above, and the gradient itself at the bottom."""
    axes.use_sticky_edges = False  # room beside the outermost bars
    reached = 0.0
    for y, row in enumerate(rows):
        end = reached + row.number
        if abs(end) <= on.HUGE:
            _bar(axes, y, reached, end, style.POSITIVE if row.number > 0.0 else style.NEGATIVE)
            reached = end
            axes.plot([end, end], [y - HEIGHT / 2.0, y + 1.0 + HEIGHT / 2.0], color=style.MUTED, linewidth=0.8)
        else:
            _cross(axes, y, reached)
        _text(axes, y, row.text)
    if abs(total) <= on.HUGE:
        _bar(axes, len(rows), 0.0, total, style.FAINT)
    else:
        _cross(axes, len(rows), reached)
    _text(axes, len(rows), style.number(total))
    axes.axvline(0.0, color=style.INK, linewidth=0.8, zorder=1)
    axes.grid(False, axis="y")
    axes.set_ylim(len(rows) + 0.6, -0.6)
    axes.set_yticks(range(len(rows) + 1), [*(row.name for row in rows), "gradient"], parse_math=False)
    axes.tick_params(axis="y", length=0, colors=style.INK)


def _bar(axes: Axes, y: int, start: float, end: float, colour: str) -> None:
    axes.barh(y, end - start, HEIGHT, left=start, color=colour, linewidth=0)


def _cross(axes: Axes, y: int, x: float) -> None:
    """A number that no axis has a place for."""
    axes.scatter([x], [y], marker="x", s=36, color=style.ALARM, linewidths=1.6, zorder=5)


def _text(axes: Axes, y: int, text: str) -> None:
    """The number of a bar, in a column beside the axes, where no bar can be in its way."""
    axes.annotate(
        text, (1.02, y), xycoords=axes.get_yaxis_transform(), va="center", fontsize=on.SMALL, color=style.INK,
        annotation_clip=False, parse_math=False,
    )  # fmt: skip

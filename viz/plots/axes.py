"""Shared by all plots: figures that show themselves, axes of magnitudes with a place for 0 and nan, labels at line ends.

A magnitude belongs on a logarithmic axis, and a logarithmic axis has no place for the numbers a person is looking for when
training goes wrong: 0, inf and nan. Here they get a strip of their own, below and above, so that no measurement is left
out of a picture. Figures are made without pyplot: no backend is chosen, no window opens, no list keeps them alive.
"""

import functools
import io
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import checked, style
from ..rendering import NotInstalledError

if TYPE_CHECKING:
    from .._typed import Figure as Figure
else:
    Figure = Any  # matplotlib is imported when something is drawn
Axes = Any  # its axes give and take many types, which are not declared here

BAND, HALF = 0.18, 0.38  # the opacity of the outer 90 % and of the middle half of a distribution
TEXT, SMALL = 9.0, 8.0  # points
HUGE = 1e300  # beyond it matplotlib cannot compute the ticks of an ordinary axis


def check(who: str, title: Any, size: Any) -> None:
    """Check the arguments that every plot takes, before any work is done.

    Raises:
        ArgumentError: the title is no text, or the size not two numbers.
    """
    if title is not None:
        checked.text(title, f"{who}(title=...)")
    if size is not None:
        checked.inches(size, f"{who}(size=...)")


def figure(width: float, height: float) -> Figure:
    """A new, empty figure.

    Args:
        width, height: in inches.

    Raises:
        NotInstalledError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure as MatplotlibFigure
    except ImportError as error:
        raise NotInstalledError(
            "viz.plots draws with matplotlib, which is not installed: pip install 'stepgrad[viz]'"
        ) from error

    made: Any = MatplotlibFigure(figsize=(width, height), facecolor=style.PAPER, layout="constrained")
    # Before pyplot is imported, a notebook shows no figures by itself, but it asks every object for this method.
    made._repr_png_ = functools.partial(png, made)
    figure: Figure = made
    return figure


def png(made: Figure) -> bytes:
    """A figure in pixels."""
    buffer = io.BytesIO()
    made.savefig(buffer, format="png")
    return buffer.getvalue()


def heading(made: Figure, title: str | None, default: str) -> None:
    """The title over a figure: the caller's, or a description of the figure; none for ''."""
    text = default if title is None else title
    if text:  # names in the description may have any characters; who writes a title may mean $x^2$
        made.suptitle(text, fontsize=TEXT + 1.5, color=style.INK, parse_math=title is not None)


def plain(axes: Axes, x: str = "", y: str = "", title: str = "") -> None:
    """The look of all axes: two sides, a faint grid, small grey numbers."""
    axes.set_facecolor(style.PAPER)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(style.FAINT)
    axes.grid(True, color=style.FAINT, alpha=0.25, linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=SMALL, colors=style.MUTED, which="both")
    for axis, text in ((axes.xaxis, x), (axes.yaxis, y)):
        # The name of a column or a metric is no formula, whatever characters it contains.
        axis.label.set(text=text or axis.label.get_text(), fontsize=TEXT, color=style.INK, parse_math=False)
    if title:
        axes.set_title(title, fontsize=TEXT, color=style.INK)


def steps(axes: Axes, first: float, last: float) -> None:
    """An axis of step numbers: whole numbers; a single step shows the number before it too."""
    from matplotlib.ticker import MaxNLocator

    alone = first == last
    axes.set_xlim(first - alone, last + 0.08 * alone)
    axes.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10]))


def shades(count: int) -> list[Any]:
    """`count` colours in an order that is visible without colour too: from dark violet to green, never as pale as yellow."""
    from matplotlib import colormaps

    return [colormaps["viridis"](0.76 * i / max(count - 1, 1)) for i in range(count)]


class Magnitudes:
    """A logarithmic axis for numbers from 0 on, with a strip for 0 below it and one for inf and nan above, if there are any.

    Args:
        values: all numbers that will be drawn.
        least, most: numbers that lie on the axis in any case.

    Attributes:
        low, high: the ends of the logarithmic part.
        zeros, nonfinite: True if there are such numbers, and so a strip for them.

    Example:
        >>> axis = Magnitudes([0.0, 2e-4, 0.5])
        >>> axis.low, axis.high, axis.zeros, axis.nonfinite
        (0.0001, 1.0, True, False)
        >>> axis.place(0.5), axis.place(0.0) < axis.low
        (0.5, True)
    """

    def __init__(self, values: Iterable[float], least: float | None = None, most: float | None = None) -> None:
        numbers = list(values)
        self.zeros: bool = any(x == 0.0 for x in numbers)
        self.nonfinite: bool = not all(map(math.isfinite, numbers))
        positive = [x for x in (*numbers, least, most) if x and math.isfinite(x)] or [1.0]
        bottom, top = (1e-200 if self.zeros else 1e-280), (1e200 if self.nonfinite else 1e307)  # strips need room
        self.ticks: list[float] = _ticks(*(min(max(x, bottom), top) for x in (min(positive), max(positive))))
        self.low, self.high = self.ticks[0], self.ticks[-1]
        span = math.log10(self.high) - math.log10(self.low)
        self._strip = 10.0 ** (0.18 * span)  # the height of a strip, as a factor

    def place(self, x: float) -> float:
        """The place where a number is drawn: the number itself, or the middle of its strip."""
        if not math.isfinite(x):
            return self.high * math.sqrt(self._strip)
        return min(max(x, self.low), self.high) if x else self.low / math.sqrt(self._strip)

    @property
    def limits(self) -> tuple[float, float]:
        """The ends of the axis, including its strips."""
        return self.low / (self._strip if self.zeros else 1.0), self.high * (self._strip if self.nonfinite else 1.0)

    def apply(self, axes: Axes) -> None:
        """Make the y axis of `axes` this axis of magnitudes."""
        from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

        axes.set_ylim(*self.limits)  # before the scale, which would compute limits of its own, and may overflow
        axes.set_yscale("log")
        stride = -(-(len(self.ticks) - 1) // 7)
        powers = self.ticks[1] > 6.0 * self.ticks[0]
        ticks = [
            (tick, f"$10^{{{round(math.log10(tick))}}}$" if powers else style.number(tick)) for tick in self.ticks[::stride]
        ]
        bottom, top = self.limits
        strips = ((self.zeros, 0.0, "0", self.low, bottom), (self.nonfinite, math.inf, "inf, nan", self.high, top))
        for there, number, name, border, end in strips:
            if there:
                ticks.append((self.place(number), name))
                axes.axhspan(min(border, end), max(border, end), color=style.CONSTANT, zorder=0, linewidth=0)
                axes.axhline(border, color=style.FAINT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        axes.yaxis.set_major_locator(FixedLocator([place for place, _ in ticks]))
        axes.yaxis.set_major_formatter(FixedFormatter([name for _, name in ticks]))
        axes.yaxis.set_minor_locator(NullLocator())


def _ticks(least: float, most: float) -> list[float]:
    """Powers of ten from below the least number to above the largest; 1, 2, 5, 10, 20, ... if they are close to each other.

    >>> _ticks(3e-4, 0.5), _ticks(0.3, 0.9)
    ([0.0001, 0.001, 0.01, 0.1, 1.0], [0.2, 0.5, 1.0])
    """
    first, last = math.floor(math.log10(least)), math.ceil(math.log10(most))
    fine = most < 100.0 * least
    grid = [float(f"{digit}e{n}") for n in range(first - 1, last + 2) for digit in ((1, 2, 5) if fine else (1,))]
    low = max(tick for tick in grid if tick <= least)
    high = min(tick for tick in grid if tick >= most and tick > low)
    return [tick for tick in grid if low <= tick <= high]


def line(axes: Axes, axis: Magnitudes | None, xs: Sequence[float], ys: Sequence[float], **options: Any) -> None:
    """A line through numbers. An inf or nan gets a cross as well; a single number is a dot.

    Args:
        axis: of magnitudes; None for ordinary axes.
    """
    if len(xs) == 1:
        options = {"marker": "o", "markersize": 5.0, "clip_on": False} | options
    axes.plot(xs, [axis.place(y) if axis else _ordinary(y) for y in ys], **options)
    odd = [x for x, y in zip(xs, ys, strict=True) if not (math.isfinite(y) if axis else abs(y) <= HUGE)]
    crosses(axes, odd, axis.place(math.nan) if axis else None)


def _ordinary(y: float) -> float:
    """A number as an ordinary axis can draw it: a gap where it cannot."""
    return y if abs(y) <= HUGE else math.nan


def crosses(axes: Axes, xs: Sequence[float], y: float | None = None) -> None:
    """Crosses where a number was nan or inf: at a height, or along the upper edge of axes without a place for them."""
    if not xs:
        return
    where = {"transform": axes.get_xaxis_transform()} if y is None else {}
    height = 0.96 if y is None else y
    axes.scatter(xs, [height] * len(xs), marker="x", s=26, color=style.ALARM, linewidths=1.4, zorder=5, clip_on=False, **where)
    if y is None and not axes.texts:
        late = sum(axes.get_xlim()) < 2.0 * xs[0]  # to the left of it, where there is room
        axes.annotate(
            "nan, inf or huge", (xs[0], height), xycoords=axes.get_xaxis_transform(), textcoords="offset points",
            xytext=(-6 if late else 6, 0), va="center", ha="right" if late else "left", fontsize=SMALL, color=style.ALARM,
        )  # fmt: skip


def fan(axes: Axes, xs: Sequence[float], summaries: Sequence[dict[str, Any]], colour: Any, axis: Magnitudes | None) -> None:
    """A distribution over the steps: its median, its middle half, 5 % to 95 %, and its ends, from quantiles.

    Args:
        summaries: one per x, with the keys 'min', '5%', '25%', '50%', '75%', '95%', 'max'.
        axis: of magnitudes; None for ordinary axes, which get crosses where no number is finite.
    """
    place = axis.place if axis else _ordinary
    at = {name: [place(s[name]) for s in summaries] for name in ("min", "5%", "25%", "50%", "75%", "95%", "max")}
    for low, high, alpha in (("5%", "95%", BAND), ("25%", "75%", HALF)):
        if len(xs) == 1:
            axes.vlines(xs, at[low], at[high], color=colour, alpha=alpha, linewidth=9.0)
        else:
            axes.fill_between(xs, at[low], at[high], color=colour, alpha=alpha, linewidth=0)
    alone = {"marker": "o", "markersize": 4.0} if len(xs) == 1 else {}
    for name in ("min", "max"):
        axes.plot(xs, at[name], color=colour, alpha=0.6, linewidth=0.7, linestyle=(0, (3, 2)), **alone)
    axes.plot(xs, at["50%"], color=colour, linewidth=1.8, **alone)
    odd = [x for x, s in zip(xs, summaries, strict=True) if s["nonfinite"] or (axis is None and s["max"] - s["min"] > HUGE)]
    crosses(axes, odd, axis.place(math.nan) if axis else None)


def fan_legend(made: Figure, colour: Any) -> None:
    """A line below a figure that explains the parts of a fan."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles = [
        Line2D([], [], color=colour, linewidth=1.6, label="median"),
        Patch(color=colour, alpha=HALF + BAND, linewidth=0, label="middle half"),
        Patch(color=colour, alpha=BAND, linewidth=0, label="5 % to 95 %"),
        Line2D([], [], color=colour, alpha=0.6, linewidth=0.7, linestyle=(0, (3, 2)), label="smallest, largest"),
    ]
    made.legend(handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=SMALL, labelcolor=style.MUTED)


class End(NamedTuple):
    """The last point of a line, and the text beside it."""

    x: float
    y: float
    text: str
    colour: Any


def label_ends(axes: Axes, ends: Sequence[End], most: int = 12) -> None:
    """Name each line beside the right edge, at the height of its end; labels that would collide are moved apart.

    The limits of the axes are final from here on: the heights are computed from them.

    Args:
        ends: if there are more than `most` lines, evenly spread ones get a label, including the first and the last.
    """
    if len(ends) > most:
        ends = [ends[round(i * (len(ends) - 1) / (most - 1))] for i in range(most)]
    axes.set_ylim(*axes.get_ylim())
    to_fraction = axes.transScale + axes.transLimits
    points = [to_fraction.transform((end.x, end.y if math.isfinite(end.y) else axes.get_ylim()[1])) for end in ends]
    heights = [min(max(float(height), 0.0), 1.0) for _, height in points]
    inches = axes.get_position().height * axes.figure.get_figheight()
    room = [(end.text.count("\n") + 1.25) * 1.25 * SMALL / 72.0 / inches for end in ends]
    for end, (x, _), own, height in zip(ends, points, heights, apart(heights, room), strict=True):
        start = (float(x) if x > 0.9 else 1.0, own)  # a longer leader would look like a line of the plot
        axes.annotate(
            end.text, start, xycoords="axes fraction", xytext=(1.025, height), textcoords="axes fraction", va="center",
            fontsize=SMALL, color=style.INK, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": end.colour, "linewidth": 1.0, "shrinkA": 0.0, "shrinkB": 0.0,
                        "relpos": (0.0, 0.5)},
        )  # fmt: skip


def apart(heights: Sequence[float], sizes: Sequence[float]) -> list[float]:
    """Heights moved as little as possible, in the same order, until things of these sizes do not overlap, from 0 to 1.

    >>> apart([0.5, 0.5, 0.85], [0.2, 0.2, 0.2]), apart([0.0, 0.0], [0.2, 0.2])
    ([0.4, 0.6, 0.85], [0.1, 0.3])
    """
    groups: list[tuple[float, list[int]]] = []  # piles of things that touch one another: the lower end, and the things
    for i in sorted(range(len(heights)), key=lambda i: heights[i]):
        group = [i]
        start = _start(group, heights, sizes)
        while groups and groups[-1][0] + sum(sizes[k] for k in groups[-1][1]) > start + 1e-12:
            group = groups.pop()[1] + group
            start = _start(group, heights, sizes)
        groups.append((start, group))
    placed: dict[int, float] = {}
    for start, group in groups:
        for n, k in enumerate(group):
            placed[k] = start + sum(sizes[m] for m in group[:n]) + sizes[k] / 2.0
    return [round(placed[i], 9) for i in range(len(heights))]


def _start(group: Sequence[int], heights: Sequence[float], sizes: Sequence[float]) -> float:
    """The start of a pile that puts its parts, on average, at their heights; inside 0 to 1 if the pile fits."""
    total = sum(sizes[k] for k in group)
    offsets = [sum(sizes[k] for k in group[:n]) + sizes[k] / 2.0 for n, k in enumerate(group)]
    start = sum(heights[k] - offset for k, offset in zip(group, offsets, strict=True)) / len(group)
    return max(min(start, 1.0 - total), min(0.0, 1.0 - total))


def note(axes: Axes, height: float, side: str, text: str, right: bool = False) -> None:
    """A small grey remark at the left or right edge, above ('bottom' of the text there) or below ('top') a height."""
    from matplotlib.patheffects import withStroke

    axes.annotate(
        text, (float(right), height), xycoords=axes.get_yaxis_transform(), textcoords="offset points",
        xytext=(-4 if right else 4, 3 if side == "bottom" else -3), ha="right" if right else "left", va=side,
        fontsize=SMALL, color=style.MUTED, zorder=6,
        path_effects=[withStroke(linewidth=2.5, foreground=style.PAPER)],  # lines may pass below it
    )  # fmt: skip


def extremes(axes: Axes, axis: Magnitudes, named: bool = False) -> None:
    """Shade where gradients count as vanishing (blue) and exploding (orange), as far as the axis reaches there.

    Args:
        named: also write the words and the thresholds.
    """
    for start, end, colour, side, text in (
        (axis.low, style.VANISHING, style.NEGATIVE, "top", f"vanishing: below {style.number(style.VANISHING)}"),
        (style.EXPLODING, axis.high, style.POSITIVE, "bottom", f"exploding: above {style.number(style.EXPLODING)}"),
    ):
        if start < end:
            axes.axhspan(start, end, color=colour, alpha=0.09, zorder=0, linewidth=0)
            if named:
                # on the right, where errors come from: they vanish or explode on their way to the left
                note(axes, style.VANISHING if side == "top" else style.EXPLODING, side, text, right=True)

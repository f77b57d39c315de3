"""What the plots share: figures that show themselves, axes of magnitudes with a place for 0 and nan, labels at line ends.

A magnitude belongs on a logarithmic axis, and a logarithmic axis has no place for the numbers a person is looking for when
training goes wrong: 0, inf and nan. Here they get a strip of their own, below and above, so that nothing that was measured
is left out of a picture. Figures are made without pyplot: no backend is chosen, no window opens, no list keeps them alive.
"""

import functools
import io
import math
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from . import style

Figure = Any  # matplotlib.figure.Figure and matplotlib.axes.Axes: matplotlib is imported when something is drawn
Axes = Any

BAND, HALF = 0.18, 0.38  # how opaque the outer 90 % and the middle half of a distribution are
TEXT, SMALL = 9.0, 8.0  # points


def figure(width: float, height: float) -> Figure:
    """A new, empty figure.

    Args:
        width, height: in inches.

    Raises:
        ImportError: matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure as MatplotlibFigure
    except ImportError as error:
        raise ImportError("viz.plots draws with matplotlib: pip install 'stepgrad[viz]'") from error

    made: Any = MatplotlibFigure(figsize=(width, height), facecolor=style.PAPER, layout="constrained")
    # A notebook shows figures of its own accord only after pyplot was imported, and asks an object for this before that.
    made._repr_png_ = functools.partial(_png, made)
    return made


def _png(made: Figure) -> bytes:
    buffer = io.BytesIO()
    made.savefig(buffer, format="png")
    return buffer.getvalue()


def heading(made: Figure, title: str | None, default: str) -> None:
    """The title over a figure: the caller's, or what the figure shows; none for ''."""
    text = default if title is None else title
    if text:
        made.suptitle(text, fontsize=TEXT + 1.5, color=style.INK)


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
    axes.set_xlabel(x, fontsize=TEXT, color=style.INK)
    axes.set_ylabel(y, fontsize=TEXT, color=style.INK)
    if title:
        axes.set_title(title, fontsize=TEXT, color=style.INK)


def steps(axes: Axes, first: float, last: float) -> None:
    """An axis of step numbers: whole ones, with some room where there is only one."""
    from matplotlib.ticker import MaxNLocator

    alone = first == last
    axes.set_xlim(first - alone, last + alone)
    axes.xaxis.set_major_locator(MaxNLocator(nbins="auto", integer=True, steps=[1, 2, 5, 10]))


def shades(count: int) -> list[Any]:
    """That many colours in an order that is seen without colour too: from dark violet to green, never as pale as yellow."""
    from matplotlib import colormaps

    return [colormaps["viridis"](0.82 * i / max(count - 1, 1)) for i in range(count)]


class Magnitudes:
    """A logarithmic axis for numbers from 0 on, with a strip for 0 below it and one for inf and nan above, if there are any.

    Args:
        values: all numbers that will be drawn.
        least, most: numbers that lie on the axis in any case.

    Attributes:
        low, high: the ends of the logarithmic part, whole powers of ten.
        zeros, nonfinite: whether there are such numbers, and so a strip for them.

    Example:
        >>> axis = Magnitudes([0.0, 2e-3, 0.5])
        >>> axis.low, axis.high, axis.zeros, axis.nonfinite
        (0.001, 1.0, True, False)
        >>> axis.place(0.5), axis.place(0.0) < axis.low
        (0.5, True)
    """

    def __init__(self, values: Iterable[float], least: float | None = None, most: float | None = None) -> None:
        numbers = list(values)
        positive = [abs(x) for x in (*numbers, least, most) if x and math.isfinite(x)] or [1.0]
        self.zeros = any(x == 0.0 for x in numbers)
        self.nonfinite = not all(map(math.isfinite, numbers))
        self._first, self._last = math.floor(math.log10(min(positive))), math.ceil(math.log10(max(positive)))
        self._last = max(self._last, self._first + 1)
        self._strip = max(0.6, 0.09 * (self._last - self._first))  # the height of a strip, in powers of ten
        self.low, self.high = _power(self._first), _power(self._last)

    def place(self, x: float) -> float:
        """Where a number is drawn: where it lies, or in the middle of its strip."""
        if not math.isfinite(x):
            return _power(self._last + 0.5 * self._strip)
        return abs(x) or _power(self._first - 0.5 * self._strip)

    @property
    def limits(self) -> tuple[float, float]:
        """Where the axis ends, its strips included."""
        return _power(self._first - self.zeros * self._strip), _power(self._last + self.nonfinite * self._strip)

    def apply(self, axes: Axes) -> None:
        """Make the y axis of some axes such an axis."""
        from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

        axes.set_yscale("log")
        axes.set_ylim(*self.limits)
        stride = -(-(self._last - self._first) // 7)
        powers = range(self._first, self._last + 1, stride)
        ticks = [(_power(n), f"$10^{{{n}}}$") for n in powers]
        for there, number, name, end in ((self.zeros, 0.0, "0", 0), (self.nonfinite, math.inf, "inf, nan", 1)):
            if there:
                ticks.append((self.place(number), name))
                border = (self.low, self.high)[end]
                axes.axhspan(*sorted((border, self.limits[end])), color=style.CONSTANT, zorder=0, linewidth=0)
                axes.axhline(border, color=style.FAINT, linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
        axes.yaxis.set_major_locator(FixedLocator([place for place, _ in ticks]))
        axes.yaxis.set_major_formatter(FixedFormatter([name for _, name in ticks]))
        axes.yaxis.set_minor_locator(NullLocator())


def _power(exponent: float) -> float:
    """10**exponent, kept among the numbers that a logarithmic axis can draw."""
    return float(10.0 ** min(max(exponent, -323.0), 308.0))


def line(axes: Axes, axis: Magnitudes | None, xs: Sequence[float], ys: Sequence[float], **options: Any) -> None:
    """A line through numbers; inf and nan get a cross besides, a number alone a dot.

    Args:
        axis: of magnitudes; None for ordinary axes.
    """
    if len(xs) == 1:
        options = {"marker": "o", "markersize": 5.0} | options
    axes.plot(xs, [axis.place(y) if axis else y if math.isfinite(y) else math.nan for y in ys], **options)
    odd = [x for x, y in zip(xs, ys, strict=True) if not math.isfinite(y)]
    crosses(axes, odd, axis.place(math.nan) if axis else None)


def crosses(axes: Axes, xs: Sequence[float], y: float | None = None) -> None:
    """Crosses where something was nan or inf: at a height, or along the upper edge of axes that have no place for it."""
    if not xs:
        return
    where = {"transform": axes.get_xaxis_transform()} if y is None else {}
    height = 0.96 if y is None else y
    axes.scatter(xs, [height] * len(xs), marker="x", s=26, color=style.ALARM, linewidths=1.4, zorder=5, clip_on=False, **where)
    if y is None and not axes.texts:
        axes.annotate("nan or inf", (xs[0], height), xycoords=axes.get_xaxis_transform(), xytext=(6, 0),
                      textcoords="offset points", va="center", fontsize=SMALL, color=style.ALARM)  # fmt: skip


def fan(axes: Axes, xs: Sequence[float], summaries: Sequence[dict[str, Any]], colour: Any, axis: Magnitudes | None) -> None:
    """A distribution over the steps: its median, its middle half, 5 % to 95 %, and its ends, from quantiles.

    Args:
        summaries: one per x, with the keys 'min', '5%', '25%', '50%', '75%', '95%', 'max'.
        axis: of magnitudes; None for ordinary axes, which get crosses where no number is finite.
    """
    place = axis.place if axis else float
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
    odd = [x for x, s in zip(xs, summaries, strict=True) if s["nonfinite"]]
    crosses(axes, odd, axis.place(math.nan) if axis else None)


def fan_legend(made: Figure, colour: Any) -> None:
    """What the parts of a fan are, in one line below a figure."""
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
    """The last point of a line, and what is written beside it."""

    x: float
    y: float
    text: str
    colour: Any


def label_ends(axes: Axes, ends: Sequence[End], most: int = 12) -> None:
    """Write beside the right edge what each line is, at the height of its end, moved apart where labels would collide.

    The limits of the axes have to be final.

    Args:
        ends: of more than `most` lines, evenly spread ones get a label, the first and the last among them.
    """
    if len(ends) > most:
        ends = [ends[round(i * (len(ends) - 1) / (most - 1))] for i in range(most)]
    to_fraction = axes.transScale + axes.transLimits
    heights = [min(max(float(to_fraction.transform((end.x, end.y))[1]), 0.0), 1.0) if math.isfinite(end.y) else 0.96
               for end in ends]  # fmt: skip
    inches = axes.get_position().height * axes.figure.get_figheight()
    lines = max((end.text.count("\n") + 1 for end in ends), default=1)
    for end, own, height in zip(ends, heights, apart(heights, lines * 1.35 * SMALL / 72.0 / inches), strict=True):
        axes.annotate(
            end.text, (1.0, own), xycoords="axes fraction", xytext=(1.025, height), textcoords="axes fraction", va="center",
            fontsize=SMALL, color=end.colour, annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": end.colour, "linewidth": 0.6, "shrinkA": 0.0, "shrinkB": 0.0,
                        "relpos": (0.0, 0.5)},
        )  # fmt: skip


def apart(heights: Sequence[float], gap: float) -> list[float]:
    """Heights moved as little as it takes until neighbours are `gap` apart, in the same order.

    >>> apart([0.5, 0.5, 0.9], 0.1)
    [0.45, 0.55, 0.9]
    """
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    groups: list[tuple[float, int]] = []  # middle and number of labels that touch one another
    for i in order:
        middle, count = heights[i], 1
        while groups and middle - groups[-1][0] < gap * (count + groups[-1][1]) / 2.0 - 1e-12:
            other, others = groups.pop()
            middle, count = (middle * count + other * others) / (count + others), count + others
        groups.append((middle, count))
    moved = [middle + gap * (k - (count - 1) / 2.0) for middle, count in groups for k in range(count)]
    placed = dict(zip(order, moved, strict=True))
    return [placed[i] for i in range(len(heights))]


def note(axes: Axes, height: float, side: str, text: str) -> None:
    """A small grey remark at the left edge, above ('bottom' of the text there) or below ('top') a height."""
    axes.annotate(
        text, (0.0, height), xycoords=axes.get_yaxis_transform(), xytext=(4, 3 if side == "bottom" else -3),
        textcoords="offset points", va=side, fontsize=SMALL, color=style.MUTED, zorder=1.5,
    )  # fmt: skip


def extremes(axes: Axes, axis: Magnitudes, named: bool = False) -> None:
    """Shade where gradients count as vanishing (blue) and exploding (orange), as far as the axis reaches there.

    Args:
        named: also write so.
    """
    for start, end, colour, side, text in (
        (axis.low, style.VANISHING, style.NEGATIVE, "top", f"vanishing: below {style.number(style.VANISHING)}"),
        (style.EXPLODING, axis.high, style.POSITIVE, "bottom", f"exploding: above {style.number(style.EXPLODING)}"),
    ):
        if start < end:
            axes.axhspan(start, end, color=colour, alpha=0.09, zorder=0, linewidth=0)
            if named:
                note(axes, style.VANISHING if side == "top" else style.EXPLODING, side, text)

"""`decision_boundary`: the answers of a network of two inputs all over the plane, and the samples it has to tell apart.

It reads `model(x)`, one number or a list with one per class; nothing here knows the package nn. A class wins by a margin:
its output less the largest of the others, or, with one output, the distance from the threshold. The boundary is where the
margin is 0. Margins are drawn, not classes: a line at 0 between grid points is smooth, the edge of classes a staircase.
"""

import inspect
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, OperandError, Value, no_grad
from autograd.arguments import whole
from autograd.errors import described
from autograd.primitives.table import known

from .. import checked, style
from ..networks.neurons import layers_of
from . import axes as on
from .axes import Axes, Figure

if TYPE_CHECKING:
    from .._typed import Network, Samples

RESOLUTION = 60  # 3,600 forward passes: a second for a network of some hundred weights
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")  # a class has a marker besides its colour
MARGIN = 0.12  # of the width of the data, around them
FAR = 1e6  # margins are cut there: between inf and a number no line can be placed
SURE = 1.0  # the margin that `hinge` asks for; of logits, odds of e to 1


def decision_boundary(
    model: "Network",
    data: "Samples",
    *,
    resolution: int = RESOLUTION,
    threshold: float | None = None,
    title: str | None = None,
    size: tuple[float, float] | None = None,
) -> Figure:
    """The class that a network of two inputs gives to every point of the plane, and the samples by their true class.

    A region has the colour of its class, paler where the class wins by a margin below 1; samples on the wrong side have a
    thick ring, and points where the network says nan are hatched. It reveals underfitting (a boundary too simple for the
    data) and overfitting (islands around single samples).

    Args:
        model: a network with two inputs, and one output or one per class (the largest decides).
        data: samples of two numbers each, with their classes: `.x`, `.y`, `.classes`, `.columns`; in the units that the
            network was trained on.
        resolution: points along each side of the plane, 2 to 1000; each point is a forward pass.
        threshold: where a single output changes sides; by default 0, or 1/2 if the last layer is a sigmoid.
        title: in place of the usual one; '' for none.
        size: width and height in inches.

    Returns:
        A matplotlib figure.

    Raises:
        OperandError: the data have no x and y, or the model cannot be called.
        ArgumentError: the samples are not points of a plane or have no classes, the inputs or outputs do not fit them, or the
            resolution is out of range.

    Example:
        No straight line tells the corners of a square apart crosswise, so a network without a hidden layer leaves some on
        the wrong side.

        >>> import random
        >>> from nn import MLP
        >>> from nn.data import xor
        >>> from nn.train import fit
        >>> model = MLP(2, [1], rng=random.Random(0))
        >>> history = fit(model, xor(), epochs=20, rate=0.1, validation=None, progress=False)
        >>> figure = decision_boundary(model, xor(), resolution=10)
        >>> figure
        <Figure size 600x500 with 1 Axes>
        >>> [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
        ['0', '1', 'wrong side']
    """
    resolution = whole(resolution, "decision_boundary(resolution=...)", 2, 1000)
    on.check("decision_boundary", title, size)
    if threshold is not None:
        threshold = checked.number(threshold, "decision_boundary(threshold=...)")
    points, labels, names = _samples(data)
    _check(model)
    border = _threshold(model) if threshold is None else threshold
    spans = [_span([point[k] for point in points]) for k in (0, 1)]
    xs, ys = ([low + (high - low) * i / (resolution - 1) for i in range(resolution)] for low, high in spans)
    with no_grad(), _as_it_was(model):
        at_samples = [_margins(model, point, len(names), border) for point in points]
        grid = [[_margins(model, [x, y], len(names), border) for x in xs] for y in ys]
    right = [margins.index(max(margins)) == label and margins[0] == margins[0]  # the first of equal classes, no class for nan
             for margins, label in zip(at_samples, labels, strict=True)]  # fmt: skip

    made = on.figure(*(size or (6.0, 5.0)))
    axes = made.subplots()
    columns = list(getattr(data, "columns", ())) or ["x_1", "x_2"]
    on.plain(axes, style.name(columns[0]), style.name(columns[1]))
    axes.grid(False)
    on.heading(made, title, f"Decision boundary: {sum(right)} of {len(right)} samples on their side")
    for k in range(len(names)):
        _draw_region(axes, xs, ys, [[margins[k] for margins in row] for row in grid], style.CLASSES[k % len(style.CLASSES)])
    handles = [
        _draw_samples(axes, [(p, ok) for p, ok, label in zip(points, right, labels, strict=True) if label == k], k)
        for k in range(len(names))
    ]
    handles += _draw_remarks(axes, not all(right), any(math.isnan(margins[0]) for row in grid for margins in row))
    axes.set_xlim(*spans[0])
    axes.set_ylim(*spans[1])
    legend = axes.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(1.02, 1.0), borderaxespad=0.0, frameon=False, fontsize=on.TEXT,
        labelcolor=style.INK, title="class", title_fontsize=on.TEXT, alignment="left",
    )  # fmt: skip
    for text, name in zip(legend.get_texts(), names, strict=False):  # remarks follow the classes
        text.set(text=name, parse_math=False)  # a name is no formula, whatever is in it, and none is hidden
    return made


def _samples(data: Any) -> tuple[list[list[float]], list[int], list[str]]:
    """The points, the classes as numbers from 0, and their names.

    Raises:
        ArgumentError, OperandError: see `decision_boundary`.
    """
    if not hasattr(data, "x") or not hasattr(data, "y"):
        raise OperandError(f"decision_boundary: data have samples x and classes y, got {described(data)}")
    points = [[float(number) for number in sample] for sample in data.x]
    if not points or any(len(p) != 2 for p in points):
        found = f"{len(points[0])} numbers each" if points else "none"
        raise ArgumentError(f"decision_boundary: a plane has two coordinates, the samples have {found}; choose two columns")
    for row, point in enumerate(points, start=1):
        if not all(map(math.isfinite, point)):
            raise ArgumentError(f"decision_boundary: sample {row} is {point!r}, no point of a plane; leave it out")
    if len(data.y) != len(points):
        raise ArgumentError(f"decision_boundary: {len(points)} samples but {len(data.y)} classes; there is one for each sample")
    names = [str(name) for name in getattr(data, "classes", ())]
    values: list[Any] = list(range(len(names))) or sorted(set(data.y))
    if not names and len(values) > len(style.CLASSES):
        raise ArgumentError(f"decision_boundary: {len(values)} different targets are numbers to predict, not classes")
    if not names and len(values) == 1:  # one side of two, as a single output tells them apart
        values = [0, 1] if values[0] == 0 else sorted({-1, 1, *values})
    for row, y in enumerate(data.y, start=1):
        if y not in values:
            raise ArgumentError(f"decision_boundary: sample {row} is of class {y!r}; the classes are 0 to {len(values) - 1}")
    return points, [values.index(y) for y in data.y], names or [str(value) for value in values]


def _check(model: Any) -> None:
    """Check that the model can be called with the two coordinates of a point.

    Raises:
        ArgumentError, OperandError: it cannot.
    """
    if not callable(model):
        raise OperandError(f"decision_boundary: a model is called with two numbers, got {described(model)}")
    layers = layers_of(model)
    inputs = len(layers[0].W[0]) if layers and hasattr(layers[0], "W") else 2
    if inputs != 2:
        raise ArgumentError(
            f"decision_boundary: the network takes {style.counted(inputs, 'input')}, a plane has two coordinates. Draw two "
            "of them while the others stand still, with a function of a point: lambda p: model([*p, 0.0])"
        )


@contextmanager
def _as_it_was(model: Any) -> Iterator[None]:
    """A block after which a network shows its earlier forward pass again: its neurons keep z and a of every call.

    The network is the model, or the model is a function that uses the network: by a name that it has closed over or that is
    global, or as an attribute of such an object.
    """
    things = [model]
    with suppress(TypeError, ValueError):  # no Python function, or a function that has closed over a name without a value yet
        around = inspect.getclosurevars(model)
        things += [getattr(model, "__self__", None), *around.nonlocals.values(), *around.globals.values()]
        things += [part for thing in things for part in getattr(thing, "__dict__", {}).values()]
    layers = [layer for thing in things for layer in layers_of(thing)]
    parts = [*things, *layers, *(neuron for layer in layers for neuron in getattr(layer, "neurons", ()))]
    before = [(vars(part), dict(vars(part))) for part in parts if "z" in getattr(part, "__dict__", ())]
    try:
        yield
    finally:
        for now, earlier in before:
            now.update(earlier)


def _threshold(model: Any) -> float:
    """The threshold between the sides of a single output: 0 for a score, the middle of the range of a sigmoid or a tanh."""
    layers = layers_of(model)
    activation = getattr(layers[-1], "activation", "") if layers else ""
    low, high = (known(activation).range if isinstance(activation, str) else None) or (0.0, 0.0)
    return 0.5 * (low + high) if math.isfinite(high - low) else 0.0


def _span(numbers: Sequence[float]) -> tuple[float, float]:
    """The ends of an axis for these numbers."""
    low, high = min(numbers), max(numbers)
    around = MARGIN * (high - low) or 1.0
    return low - around, high + around


def _margins(model: Any, point: Sequence[float], classes: int, threshold: float) -> list[float]:
    """The margin of each class at a point, below 0 where it loses; nan where an output is nan.

    Raises:
        ArgumentError: there is not one output for each class, or one for two.
    """
    answer = model(list(point))
    outputs = [out.data if isinstance(out, Value) else float(out) for out in _listed(answer)]
    if len(outputs) == 1 and classes == 2:
        margins = [threshold - outputs[0], outputs[0] - threshold]
    elif len(outputs) == classes > 1:
        margins = [out - max(outputs[:k] + outputs[k + 1 :]) for k, out in enumerate(outputs)]
    else:
        raise ArgumentError(
            f"decision_boundary: the network has {len(outputs)} outputs for {classes} classes; it needs one per class, "
            "or a single one for two classes"
        )
    if any(map(math.isnan, (*outputs, *margins))):
        return [math.nan] * classes
    return [min(max(margin, -FAR), FAR) for margin in margins]


def _listed(answer: Any) -> list[Any]:
    return list(answer) if hasattr(answer, "__len__") else [answer]


def _draw_region(axes: Axes, xs: Sequence[float], ys: Sequence[float], margins: list[list[float]], colour: str) -> None:
    """The region where a class wins: pale, stronger beyond a margin of 1, with a line around it."""
    known = [margin for row in margins for margin in row if not math.isnan(margin)]
    if not any(margin > 0.0 for margin in known):
        return
    pale, strong = (_tint(colour, share) for share in (0.14, 0.3))  # no transparency: strips that overlap would show
    axes.contourf(xs, ys, margins, levels=[0.0, SURE, 2.0 * FAR], colors=[pale, strong])
    if min(known) < 0.0:
        axes.contour(xs, ys, margins, levels=[0.0], colors=[style.INK], linewidths=1.1)


def _tint(colour: str, share: float) -> str:
    """A colour thinned with white."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(255 + (part - 255) * share):02x}" for part in parts)


def _draw_samples(axes: Axes, samples: list[tuple[Sequence[float], bool]], k: int) -> Any:
    """The samples of a class; samples on the wrong side have a thick ring."""
    colour, mark = style.CLASSES[k % len(style.CLASSES)], MARKERS[k % len(MARKERS)]
    for wrong in (False, True):
        chosen = [point for point, ok in samples if ok is not wrong]
        axes.scatter(
            [x for x, _ in chosen], [y for _, y in chosen], marker=mark, s=46 if wrong else 24, color=colour,
            edgecolors=style.INK, linewidths=2.0 if wrong else 0.5, zorder=3 + wrong,
        )  # fmt: skip
    return axes.scatter([], [], marker=mark, s=24, color=colour, edgecolors=style.INK, linewidths=0.5, label=f"class {k}")


def _draw_remarks(axes: Axes, wrong: bool, odd: bool) -> list[Any]:
    """Legend entries that not every plot needs: samples on the wrong side, and places where the network says nan."""
    from matplotlib.patches import Patch

    handles = []
    if wrong:
        handles.append(
            axes.scatter([], [], marker="o", s=46, color=style.PAPER, edgecolors=style.INK, linewidths=2.0, label="wrong side")
        )
    if odd:
        axes.set_facecolor(style.CONSTANT)
        axes.patch.set(hatch="////", edgecolor=style.ALARM)  # visible where no region covers it
        handles.append(Patch(facecolor=style.CONSTANT, hatch="////", edgecolor=style.ALARM, label="nan"))
    return handles

"""`decision_boundary`: what a network of two inputs answers all over the plane, with the data it was to learn."""

from collections.abc import Sequence
from typing import Any

from autograd import ArgumentError, OperandError, Value, no_grad

from . import axes as on
from . import style
from .axes import Figure

RESOLUTION = 60  # 3,600 forward passes: a second for a network of some hundred weights
# Okabe and Ito's colours, told apart by colour-blind readers as well; every class has a marker of its own besides.
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#555555")
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")


def decision_boundary(
    model: Any, data: Any, *, resolution: int = RESOLUTION, title: str | None = None, size: tuple[float, float] | None = None
) -> Figure:
    """The class that a network of two inputs gives to every point of the plane, and the samples by their true class.

    It reveals underfitting (a boundary too simple for the data) and overfitting (islands around single samples).

    Args:
        model: a network with two inputs, and one output (its sign decides) or one per class (the largest decides).
        data: samples of two numbers each, with their classes: `.x`, `.y`, `.classes`, `.columns`.
        resolution: points along each side of the plane, 2 to 1000; each point is a forward pass.
        title: in place of the usual one; '' for none.
        size: width and height in inches.

    Returns:
        A matplotlib figure.

    Raises:
        OperandError: the data have no x and y, or the model cannot be called.
        ArgumentError: the samples are not points of a plane or have no classes, the outputs do not fit the classes, or the
            resolution is out of range.

    Example:
        >>> import random
        >>> from nn import MLP
        >>> from nn.data import moons
        >>> decision_boundary(MLP(2, [3, 1], rng=random.Random(0)), moons(20), resolution=5)
        <Figure size 600x500 with 1 Axes>
    """
    points, labels, names = _samples(data)
    if isinstance(resolution, bool) or not isinstance(resolution, int) or not 2 <= resolution <= 1000:
        raise ArgumentError(f"decision_boundary(resolution={resolution!r}): a whole number of points, from 2 to 1000")
    horizontal, vertical = (_ticks([p[k] for p in points], resolution) for k in (0, 1))
    answers = _answers(model, [[x, y] for y in vertical for x in horizontal], len(names))
    rows = [answers[n : n + resolution] for n in range(0, len(answers), resolution)]

    made = on.figure(*(size or (6.0, 5.0)))
    from matplotlib.colors import ListedColormap

    axes = made.subplots()
    columns = list(getattr(data, "columns", ())) or ["x_1", "x_2"]
    on.plain(axes, style.name(columns[0]), style.name(columns[1]))
    on.heading(made, title, "What the network answers, and the data")
    colours = [COLOURS[k % len(COLOURS)] for k in range(len(names))]
    axes.pcolormesh(
        horizontal, vertical, rows, cmap=ListedColormap(colours), vmin=-0.5, vmax=len(names) - 0.5, alpha=0.25,
        shading="nearest", linewidth=0, rasterized=True,
    )  # fmt: skip
    for k, name in enumerate(names):
        of_class = [p for p, label in zip(points, labels, strict=True) if label == k]
        if of_class:
            axes.scatter(
                *zip(*of_class, strict=True), s=22, color=colours[k], marker=MARKERS[k % len(MARKERS)], edgecolor=style.INK,
                linewidth=0.5, label=name,
            )  # fmt: skip
    axes.set_xlim(horizontal[0], horizontal[-1])
    axes.set_ylim(vertical[0], vertical[-1])
    axes.legend(fontsize=on.SMALL, frameon=False, loc="upper left", bbox_to_anchor=(1.0, 1.0))
    return made


def _samples(data: Any) -> tuple[list[list[float]], list[int], list[str]]:
    """The points, the classes as numbers from 0, and their names."""
    if not hasattr(data, "x") or not hasattr(data, "y"):
        raise OperandError(f"decision_boundary: data have samples x and classes y, got {type(data).__name__} {data!r:.60}")
    points = [[float(number) for number in sample] for sample in data.x]
    if not points or any(len(p) != 2 for p in points):
        found = f"{len(points[0])} numbers each" if points else "none"
        raise ArgumentError(f"decision_boundary: a plane has two coordinates, the samples have {found}; choose two columns")
    names = [str(name) for name in getattr(data, "classes", ())]
    values = sorted(set(data.y))
    if not names and len(values) <= len(COLOURS):
        names = [str(value) for value in values]
    elif not names:
        raise ArgumentError(f"decision_boundary: {len(values)} different targets are numbers to predict, not classes")
    else:
        values = list(range(len(names)))
    return points, [values.index(y) for y in data.y], names


def _ticks(numbers: Sequence[float], count: int) -> list[float]:
    """Equal steps over a range, with a margin of a tenth on both sides."""
    low, high = min(numbers), max(numbers)
    margin = 0.1 * (high - low) or 1.0
    return [low - margin + (high - low + 2 * margin) * k / (count - 1) for k in range(count)]


def _answers(model: Any, points: Sequence[Sequence[float]], classes: int) -> list[int]:
    """The class that the network gives to each point."""
    if not callable(model):
        raise OperandError(f"decision_boundary: a model is called with two numbers, got {type(model).__name__} {model!r:.60}")
    answers = []
    with no_grad():
        for point in points:
            out = model(list(point))
            outputs = out if isinstance(out, list | tuple) else [out]
            scores = [float(o.data if isinstance(o, Value) else o) for o in outputs]
            if len(scores) not in (1, classes) or (len(scores) == 1 and classes > 2):
                raise ArgumentError(
                    f"decision_boundary: the network has {len(scores)} outputs for {classes} classes; it needs one per class, "
                    "or a single one for two classes"
                )
            answers.append(int(scores[0] > _threshold(model)) if len(scores) == 1 else scores.index(max(scores)))
    return answers


def _threshold(model: Any) -> float:
    """Where a single output changes sides: 0 for a score, 1/2 for a probability."""
    layers = getattr(model, "layers", None)
    return 0.5 if layers and getattr(layers[-1], "activation", "") == "sigmoid" else 0.0

"""Plots of a history: cost, gradients, activations, errors and updates over the steps of a run."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError
from autograd.arguments import whole

from .. import style
from ..checked import truth
from . import axes as on
from .axes import Axes, End, Figure, Magnitudes
from .reading import Size, Summary, all_numbers, epoch_ends, field_of, measurements_of, panels_of, percent, step_costs

if TYPE_CHECKING:
    from .._typed import Run

USUAL = (1e-4, 1e-2)  # |update| / |weights|: "should be somewhere around 1e-3" (Stanford CS231n, Neural Networks Part 3)
NOT_METRICS = ("epoch", "step", "cost", "rate", "validation_cost")
SOLID: Any = "solid"
DASHED: Any = (0, (4, 1.5))


# --- cost and metrics --------------------------------------------------------------------------------------------------


def cost(history: "Run", *, title: str | None = None, size: Size | None = None, log: bool | None = None) -> Figure:
    """Cost and metrics over the steps of a run: every step, the mean of every epoch, the validation data.

    It reveals a rate that is too large (the cost jumps or grows) or too small (it hardly falls), and overfitting (training
    falls on while validation rises from its lowest point, which is ringed).

    Args:
        history: from `fit`, or the `training` of a checkpoint.
        title: in place of the usual one; '' for none.
        size: width and height in inches.
        log: whether the cost has a logarithmic axis; by default if it stays above 0 and changes by a factor of 30 or more.

    Returns:
        A matplotlib figure: the cost, and below it each metric on axes of its own.

    Raises:
        ArgumentError: no step was taken, or a cost below 0 on a logarithmic axis.
        OperandError: not a history.

    Example:
        Too large a rate: the cost of the last epoch is above that of the first, and the curve shows where it jumped.

        >>> import random
        >>> from nn import MLP
        >>> from nn.data import moons
        >>> from nn.train import fit
        >>> model = MLP(2, [4, 2], activation="tanh", rng=random.Random(0))
        >>> history = fit(model, moons(40), epochs=4, optimiser="sgd", rate=40.0, progress=False)
        >>> history.epochs[0]["cost"] < history.epochs[-1]["cost"]
        True
        >>> cost(history)
        <Figure size 720x460 with 2 Axes>
    """
    on.check("cost", title, size)
    if log is not None:
        truth(log, "cost(log=...)")
    steps, epochs = step_costs(history, "cost"), list(field_of(history, "epochs", "cost"))
    ends = epoch_ends(steps, epochs)
    metrics = list(dict.fromkeys(key for epoch in epochs for key in epoch if key not in NOT_METRICS))
    made = on.figure(*(size or (7.2, 3.4 + 1.2 * len(metrics))))
    rows = made.subplots(1 + len(metrics), sharex=True, squeeze=False, height_ratios=[2.4] + [1.0] * len(metrics))[:, 0]
    on.heading(made, title, "Cost and metrics" if metrics else "Cost")
    for axes in rows:
        on.plain(axes)
    rows[-1].set_xlabel(f"step ({ends[0]:g} to an epoch)" if ends else "step")
    on.steps(rows[0], 1, len(steps))
    _draw_cost(rows[0], steps, epochs, ends, log)
    for axes, metric in zip(rows[1:], metrics, strict=True):
        _draw_metric(axes, metric, [(x, epoch) for x, epoch in zip(ends, epochs, strict=True) if metric in epoch])
    return made


def _draw_cost(axes: Axes, steps: Sequence[float], epochs: Sequence[Any], ends: Sequence[float], log: bool | None) -> None:
    """The cost of every step, epoch by epoch, and of the validation data."""
    axes.set_ylabel("cost C")
    middles = [(before + 1.0 + end) / 2.0 for before, end in pairwise([0.0, *ends])]  # the place of the mean of an epoch
    means = [epoch["cost"] for epoch in epochs]
    validated = [(x, epoch) for x, epoch in zip(ends, epochs, strict=True) if "validation_cost" in epoch]
    held_out = [epoch["validation_cost"] for _, epoch in validated]
    axis = _cost_axis([*steps, *means, *held_out], log)
    on.line(axes, axis, range(1, len(steps) + 1), steps, color=style.FAINT, linewidth=0.7)
    place = axis.place if axis else float
    labels = [End(len(steps), place(steps[-1]), "every step", style.FAINT)]
    if epochs:
        on.line(axes, axis, middles, means, color=style.NEGATIVE, linewidth=1.8)
        labels.append(End(middles[-1], place(means[-1]), "training", style.NEGATIVE))
    if validated:
        on.line(axes, axis, [x for x, _ in validated], held_out, color=style.POSITIVE, linewidth=1.8, linestyle=DASHED)
        text = "validation"
        finite = [(epoch["validation_cost"], x, epoch) for x, epoch in validated if math.isfinite(epoch["validation_cost"])]
        if finite:
            y, x, epoch = min(finite, key=lambda entry: entry[0])
            axes.plot([x], [place(y)], "o", markersize=9, mfc="none", color=style.POSITIVE, clip_on=False)
            text += f"\nlowest {style.number(y, 3)}\nin epoch {epoch['epoch']:g}"
        labels.append(End(validated[-1][0], place(held_out[-1]), text, style.POSITIVE))
    if axis:
        axis.apply(axes)
    on.label_ends(axes, labels)


def _cost_axis(costs: Sequence[float], log: bool | None) -> Magnitudes | None:
    """The axis for these costs: logarithmic if the caller says so, or if they spread too far for an ordinary axis."""
    finite = [c for c in costs if math.isfinite(c)]
    least, most = min(finite, default=1.0), max(finite, default=1.0)
    if log and least < 0.0:
        raise ArgumentError(f"cost: a cost of {least!r} has no place on a logarithmic axis; leave out log=True")
    return Magnitudes(costs) if log or (log is None and 0.0 < 30.0 * least <= most) else None


def _draw_metric(axes: Axes, metric: str, known: Sequence[tuple[float, Any]]) -> None:
    """One metric over the epochs: on the validation data if there are any, else on the batches as they were learned."""
    axes.set_ylabel({"r_squared": "R²"}.get(metric, metric.replace("_", " ")))
    ys = [epoch[metric] for _, epoch in known]
    of, colour, pattern = "training", style.NEGATIVE, SOLID
    if "validation_cost" in known[-1][1]:
        of, colour, pattern = ("validation", style.POSITIVE, DASHED)
    on.line(axes, None, [x for x, _ in known], ys, color=colour, linestyle=pattern, linewidth=1.8)
    if metric == "accuracy":
        axes.set_ylim(min(0.48, *ys) - 0.02 if len(ys) > 1 else -0.02, 1.02)
    on.label_ends(axes, [End(known[-1][0], ys[-1], f"{of}\n{style.number(ys[-1], 3)}", colour)])


# --- distributions of every layer --------------------------------------------------------------------------------------


def gradients(history: "Run", *, title: str | None = None, size: Size | None = None) -> Figure:
    """The distribution of |dC/dw| in every layer over the steps, one panel per layer, all on one logarithmic scale.

    It reveals gradients that vanish (the first layers lie decades below the last, or all sink below 1e-7), explode, or are 0.
    Zeros have a strip of their own at the bottom; the text over the panel counts them at the last measurement.

    Args:
        history: from `fit(..., monitor=True)`, or the `training` of its checkpoint.
        title: in place of the usual one; '' for none.
        size: width and height in inches.

    Returns:
        A matplotlib figure.

    Raises:
        ArgumentError: no step was taken, or the layers were not measured.
        OperandError: not a history.

    Example:
        Weights that are all 0 at first: nothing reaches the first layer, and nothing it passes on reaches the second.

        >>> from nn import MLP
        >>> from nn.data import xor
        >>> from nn.train import fit
        >>> model = MLP(2, [3, 2], activation="tanh", init="zeros")
        >>> history = fit(model, xor(), epochs=5, validation=None, progress=False, monitor=True)
        >>> [layer["gradients"]["max"] for layer in history.monitor[0]["layers"]]
        [0.0, 0.0]
        >>> gradients(history)
        <Figure size 720x330 with 2 Axes>
    """
    on.check("gradients", title, size)
    xs, layers = measurements_of(history, "gradients", "gradients")
    axis = Magnitudes(all_numbers(layers))
    made, panels = panels_of(len(layers), size, 1.0)
    on.heading(made, title, "Gradients |∂C/∂w| of every layer")
    for number, (axes, summaries) in enumerate(zip(panels, layers, strict=True), start=1):
        zeros = summaries[-1]["zeros"]
        on.plain(axes, title=f"layer {number}" + (f"   {percent(zeros)} are 0" if zeros else ""))
        on.steps(axes, xs[0], xs[-1])
        axis.apply(axes)
        on.extremes(axes, axis)
        on.fan(axes, xs, summaries, style.NEGATIVE, axis)
    on.fan_legend(made, style.NEGATIVE)
    return made


def activations(history: "Run", *, title: str | None = None, size: Size | None = None) -> Figure:
    """The distribution of the activations of every layer over the steps, and the shares that are dead or saturated.

    It reveals neurons that are dead (a relu that is 0 for every sample learns nothing any more) or saturated (a tanh or a
    sigmoid so far out that it hardly has a slope): the bands press against the ends, and the lower panels say how many.

    Args:
        history, title, size: as for `gradients`.

    Returns:
        A matplotlib figure: two panels per layer.

    Raises:
        ArgumentError: no step was taken, or the layers were not measured.
        OperandError: not a history.

    Example:
        Inputs that nobody scaled: the tanh of their sum is -1 or 1 whatever the weights do.

        >>> import random
        >>> from nn import MLP
        >>> from nn.data import Data
        >>> from nn.train import fit
        >>> data = Data([[100.0, 300.0], [200.0, 100.0]], [0, 1], ["a", "b"], ["no", "yes"])
        >>> model = MLP(2, [3, 2], activation="tanh", rng=random.Random(0))
        >>> history = fit(model, data, epochs=5, validation=None, progress=False, monitor=True)
        >>> history.monitor[-1]["layers"][0]["activations"]["saturated"]
        1.0
        >>> activations(history)
        <Figure size 720x430 with 4 Axes>
    """
    on.check("activations", title, size)
    xs, layers = measurements_of(history, "activations", "activations")
    made, panels = panels_of(len(layers), size, 1.0, 0.45)
    on.heading(made, title, "Activations of every layer")
    for number, ((upper, lower), summaries) in enumerate(zip(panels, layers, strict=True), start=1):
        on.plain(upper, title=f"layer {number}")
        on.plain(lower)
        on.steps(lower, xs[0], xs[-1])
        on.fan(upper, xs, summaries, style.NEGATIVE, None)
        lower.set_ylim(-0.06, 1.06)
        lower.set_yticks([0.0, 0.5, 1.0], ["0", "50 %", "100 %"])
        _draw_shares(lower, xs, summaries)
    on.fan_legend(made, style.NEGATIVE)
    return made


def _draw_shares(axes: Axes, xs: Sequence[float], summaries: Sequence[Summary]) -> None:
    """The dead and saturated shares with their last numbers, or a note that the activation can be neither."""
    found = []
    for key, colour, pattern in (("saturated", style.INK, "solid"), ("dead", style.POSITIVE, DASHED)):
        known = [(x, s[key]) for x, s in zip(xs, summaries, strict=True) if s[key] is not None]
        if known:
            shares = [share for _, share in known]
            on.line(axes, None, [x for x, _ in known], shares, color=colour, linestyle=pattern, linewidth=1.8)
            found.append((f"{percent(shares[-1])} {key}", colour))
    for n, (text, colour) in enumerate(found or [("no slopes to judge by", style.MUTED)]):
        axes.text(n, 1.04, text, transform=axes.transAxes, ha=("left", "right")[n], fontsize=on.SMALL, color=colour)


# --- between layers, and of the steps ----------------------------------------------------------------------------------


def errors(history: "Run", *, title: str | None = None, size: Size | None = None, moments: int = 5) -> Figure:
    """The error delta = dC/dz of every layer, in the order of backpropagation: from the last layer back to the first.

    It reveals vanishing (each layer back is a fraction of the one after it, down into the lower band) and exploding (a
    multiple, up into the upper band). A line is the root mean square of a layer at one step; beside it stands the factor
    from layer to layer, on the way back. The shade covers 5 % to 95 % at the first and the last moment.

    Args:
        history, title, size: as for `gradients`.
        moments: the largest number of measured steps to draw, evenly spread, including the first and the last.

    Returns:
        A matplotlib figure.

    Raises:
        ArgumentError: no step was taken, the layers were not measured, or `moments` is below 1.
        OperandError: not a history.

    Example:
        The sigmoid's slope is at most 1/4, so in a deep network of sigmoids errors vanish: here by 11 powers of ten.

        >>> import random
        >>> from nn import MLP
        >>> from nn.data import xor
        >>> from nn.train import fit
        >>> model = MLP(2, [4] * 12 + [2], activation="sigmoid", init="xavier_normal", rng=random.Random(0))
        >>> history = fit(model, xor(), epochs=2, validation=None, progress=False, monitor=True)
        >>> first, *_, last = (layer["errors"]["rms"] for layer in history.monitor[0]["layers"])
        >>> first < 1e-7 < 1e-2 < last
        True
        >>> errors(history)
        <Figure size 720x420 with 1 Axes>
    """
    on.check("errors", title, size)
    moments = whole(moments, "errors(moments=...)")
    xs, layers = measurements_of(history, "errors", "errors")
    moments = min(moments, len(xs))
    shown = sorted({round(i * (len(xs) - 1) / max(moments - 1, 1)) for i in range(moments)})
    per_step = [[summaries[n] for summaries in layers] for n in shown]
    values = [s[key] for summaries in per_step for s in summaries for key in ("rms", "5%", "95%")]
    axis = Magnitudes(values, style.VANISHING / 10.0, style.EXPLODING * 10.0)
    made = on.figure(*(size or (7.2, 4.2)))
    axes = made.subplots()
    on.heading(made, title, "Errors δ = ∂C/∂z, carried back from the last layer to the first")
    on.plain(axes, "line: root mean square over neurons and samples; shade: 5 % to 95 %", "|δ|")
    axes.xaxis.label.set(fontsize=on.SMALL, color=style.MUTED)
    numbers = range(1, len(layers) + 1)
    stride = -(-len(layers) // 10)
    ticks = [n for n in numbers if (len(layers) - n) % stride == 0]
    axes.set_xticks(ticks, [f"layer {n}" for n in ticks])
    axes.set_xlim(1 - 0.15 * (len(layers) == 1), len(layers) + 0.15 * (len(layers) == 1))
    axis.apply(axes)
    on.extremes(axes, axis, named=True)
    ends = []
    for n, summaries, colour in zip(shown, per_step, on.shades(len(shown)), strict=True):
        if n in (shown[0], shown[-1]):
            low, high = ([axis.place(s[key]) for s in summaries] for key in ("5%", "95%"))
            axes.fill_between(numbers, low, high, color=colour, alpha=on.BAND, linewidth=0)
        rms = [s["rms"] for s in summaries]
        on.line(axes, axis, numbers, rms, color=colour, linewidth=1.8, marker="o", markersize=3.5, clip_on=False)
        ends.append(End(len(layers), axis.place(rms[-1]), f"step {xs[n]}{_factor(rms)}", colour))
    on.label_ends(axes, ends)
    return made


def _factor(rms: Sequence[float]) -> str:
    """The mean factor between the errors of neighbouring layers, on the way back."""
    if len(rms) < 2 or not all(0.0 < x < math.inf for x in (rms[0], rms[-1])):
        return ""
    return f"\n×{style.number(math.exp((math.log(rms[0]) - math.log(rms[-1])) / (len(rms) - 1)), 2)} a layer back"


def update_ratio(history: "Run", *, title: str | None = None, size: Size | None = None) -> Figure:
    """The length of every step in every layer, relative to the weights: |update| / |weights|, on a logarithmic axis.

    It reveals a learning rate that is too small (far below 1e-3: nothing moves) or too large (far above: every step throws
    away what was learned), and layers that stand still (0, at the bottom) while others learn.

    Args:
        history, title, size: as for `gradients`.

    Returns:
        A matplotlib figure: one line per layer, and the usual range.

    Raises:
        ArgumentError: no step was taken, or the layers were not measured.
        OperandError: not a history.

    Example:
        >>> import random
        >>> from nn import MLP
        >>> from nn.data import xor
        >>> from nn.train import fit
        >>> model = MLP(2, [4, 2], activation="tanh", rng=random.Random(0))
        >>> history = fit(model, xor(), epochs=5, optimiser="sgd", rate=1e-6, validation=None, progress=False, monitor=True)
        >>> max(layer["update_ratio"] for layer in history.monitor[-1]["layers"]) < 1e-5
        True
        >>> update_ratio(history)
        <Figure size 720x380 with 1 Axes>
    """
    on.check("update_ratio", title, size)
    xs, layers = measurements_of(history, "update_ratio", "update_ratio")
    axis = Magnitudes([ratio for ratios in layers for ratio in ratios], USUAL[0] / 10.0, USUAL[1] * 10.0)
    made = on.figure(*(size or (7.2, 3.8)))
    axes = made.subplots()
    on.heading(made, title, "How far a step moves the weights")
    on.plain(axes, "step", "|update| / |weights|")
    on.steps(axes, xs[0], xs[-1])
    axis.apply(axes)
    axes.axhspan(*USUAL, color=style.ROOT, zorder=0, linewidth=0)
    for height, where, text in ((USUAL[1], "bottom", "rate too large"), (USUAL[0], "top", "rate too small")):
        on.note(axes, height, where, text)
    on.note(axes, USUAL[1], "top", "usual")
    ends = []
    for number, (ratios, colour) in enumerate(zip(layers, on.shades(len(layers)), strict=True), start=1):
        on.line(axes, axis, xs, ratios, color=colour, linewidth=1.6)
        ends.append(End(xs[-1], axis.place(ratios[-1]), f"layer {number}", colour))
    on.label_ends(axes, ends)
    return made

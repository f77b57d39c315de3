"""Measurements of every layer during training: gradients, activations, errors, and the movement of the weights.

A measurement is plain data - dictionaries, lists, floats - so that it lies in a checkpoint and plots, pages and tests read
the same numbers. It only looks: a monitored run takes the same steps, bit for bit, as a run without a monitor. A layer
remembers its latest sample only, so the nodes of a batch are collected while it is learned; nothing is computed twice.
"""

import math
from collections.abc import Iterable
from typing import Any

from autograd import Value

from .history import Measured, Record
from .layers import MLP

# A person reads the names in the history; the numbers are the shares of the values that lie below.
QUANTILES: dict[str, float] = {"min": 0.0, "5%": 0.05, "25%": 0.25, "50%": 0.5, "75%": 0.75, "95%": 0.95, "max": 1.0}

FLAT = 0.05  # share of the steepest slope: beyond |z| = 2.18 for tanh, |a| = 0.975
DEAD = 1e-7  # a slope that lets nothing through; relu's is 0 in the dead region, gelu's and the like approach 0


def quantiles(values: Iterable[float]) -> dict[str, float]:
    """The quantiles of the finite numbers among these, interpolated linearly; nan if there are none.

    Example:
        >>> quantiles([3.0, 1.0, 2.0, float("inf")])
        {'min': 1.0, '5%': 1.1, '25%': 1.5, '50%': 2.0, '75%': 2.5, '95%': 2.9, 'max': 3.0}

    Source:
        R. J. Hyndman and Y. Fan, Sample Quantiles in Statistical Packages (1996), definition 7; NumPy's default.
    """
    ordered = sorted(filter(math.isfinite, values))
    if not ordered:
        return dict.fromkeys(QUANTILES, math.nan)
    return {name: _quantile(ordered, share) for name, share in QUANTILES.items()}


def _quantile(ordered: list[float], share: float) -> float:
    place = share * (len(ordered) - 1)
    low, high = ordered[math.floor(place)], ordered[math.ceil(place)]
    rest = place - math.floor(place)
    gap = high - low
    if math.isinf(gap):  # the difference of two numbers can overflow where neither does
        return (1.0 - rest) * low + rest * high
    return low + rest * gap


def magnitudes(values: Iterable[float]) -> dict[str, float]:
    """The magnitudes of some numbers in short.

    Returns:
        The quantiles of |x|; 'rms', the root mean square, nan or inf if any number is; 'zeros' and 'nonfinite', the shares of
        numbers that are exactly 0, and nan or inf.

    Example:
        >>> summary = magnitudes([0.0, -4.0, 3.0, 0.0])
        >>> summary["50%"], summary["max"], summary["rms"], summary["zeros"], summary["nonfinite"]
        (1.5, 4.0, 2.5, 0.5, 0.0)
    """
    sizes = [abs(x) for x in values]
    zeros = sum(x == 0.0 for x in sizes) / len(sizes)
    return quantiles(sizes) | {"rms": _rms(sizes), "zeros": zeros, "nonfinite": _nonfinite(sizes)}


def _rms(sizes: list[float]) -> float:
    if not all(map(math.isfinite, sizes)):
        return sum(sizes)  # the resulting nan or inf
    largest = max(sizes) or 1.0  # after division by it no square overflows, and no square that matters vanishes
    return largest * math.sqrt(math.fsum((x / largest) ** 2 for x in sizes) / len(sizes))


def _nonfinite(values: list[float]) -> float:
    return sum(not math.isfinite(x) for x in values) / len(values)


def update_ratio(before: list[float], after: list[float]) -> float:
    """|update| / |weights|: how far a step moved the weights of a layer, measured by their length before it.

    If all weights were 0: inf if they moved, nan if they did not move.

    Example:
        >>> update_ratio([3.0, 4.0], [3.0, 3.0])
        0.2
    """
    moved = math.hypot(*(b - a for a, b in zip(before, after, strict=True)))
    length = math.hypot(*before)
    if length == 0.0:
        return math.inf if moved > 0.0 else math.nan
    return moved / length


def slope(z: Any, a: Any) -> float | None:
    """da/dz of one neuron; None if a is more than one operation away from z, or depends on other z too (softmax)."""
    if a is z:
        return 1.0
    if not isinstance(a, Value) or len(a.parents) != 1 or a.parents[0] is not z or a.partials is None:
        return None
    return a.partials[0]


class Measurement:
    """The measurement of one training step: created before the forward pass, and called after each part of the step.

    Args:
        model: the network.
        step: the number of the step in the run, counted from 1.

    Example:
        >>> import random
        >>> from nn import SGD, mean_squared_error
        >>> model = MLP(1, [2, 1], activation="tanh", rng=random.Random(0))
        >>> descent = SGD(model.parameters(), rate=0.1)
        >>> measurement = Measurement(model, step=1)
        >>> out = model([0.5])
        >>> measurement.after_forward()
        >>> mean_squared_error(out, 1.0).backward()
        >>> measurement.after_backward()
        >>> descent.step()
        >>> record = measurement.after_step()
        >>> [round(layer["errors"]["max"], 3) for layer in record["layers"]]
        [1.06, 2.349]
    """

    def __init__(self, model: MLP, step: int) -> None:
        self.model: MLP = model
        self.step: int = step
        self._before = [_weights(layer) for layer in model.layers]
        self._seen: list[list[tuple[list[Any], list[Any]]]] = [[] for _ in model.layers]
        self._layers: list[Measured] = []

    def after_forward(self) -> None:
        """To be called after the forward pass of each sample of the batch."""
        for seen, layer in zip(self._seen, self.model.layers, strict=True):
            seen.append((layer.z, layer.a))

    def after_backward(self) -> None:
        """To be called when the gradients are there, before anything clips them."""
        self._layers = [
            {
                "gradients": magnitudes(w.grad for row in layer.W for w in row),
                "activations": _activations(seen),
                "errors": magnitudes(z.grad for zs, _ in seen for z in zs),
                "update_ratio": 0.0,  # known after the step
            }
            for layer, seen in zip(self.model.layers, self._seen, strict=True)
        ]

    def after_step(self) -> Record:
        """To be called when the optimiser has moved the weights.

        Returns:
            {"step": ..., "layers": [...]} with, for every layer,

            gradients: the `magnitudes` of |dC/dw| over all its weights, before clipping.
            errors: the `magnitudes` of |delta| = |dC/dz| over all its neurons and the samples of the batch.
            activations: the quantiles of a over neurons and samples, 'nonfinite', and two shares that are None where they
                mean nothing: 'saturated', of activations where a function that levels off (tanh, sigmoid) has less than
                a twentieth of its largest slope, and 'dead', of neurons whose slope is 0 (below 1e-7) for all samples.
            update_ratio: |update| / |weights|, see `update_ratio`.
        """
        for layer, before, measured in zip(self.model.layers, self._before, self._layers, strict=True):
            measured["update_ratio"] = update_ratio(before, _weights(layer))
        return {"step": self.step, "layers": self._layers}


def _weights(layer: Any) -> list[float]:
    return [w.data for row in layer.W for w in row]


def _activations(seen: list[tuple[list[Any], list[Any]]]) -> dict[str, Any]:
    """The activations of a layer for a batch; `seen` holds (z, a) of each sample, one node per neuron."""
    values = [getattr(a, "data", a) for _, activations in seen for a in activations]
    pairs = [list(zip(zs, activations, strict=True)) for zs, activations in seen]
    slopes = [[slope(z, a) for z, a in sample] for sample in pairs]
    summary: dict[str, Any] = {**quantiles(values), "nonfinite": _nonfinite(values), "dead": None, "saturated": None}
    if any(s is None for sample in slopes for s in sample):
        return summary
    known = [[abs(s or 0.0) for s in sample] for sample in slopes]
    neurons = list(zip(*known, strict=True))
    summary["dead"] = sum(max(neuron) < DEAD for neuron in neurons) / len(neurons)
    made_by = pairs[0][0][1].primitive
    steepest = made_by.steepest if made_by else None
    if steepest is not None:
        flat = [s < FLAT * steepest for neuron in neurons for s in neuron]
        summary["saturated"] = sum(flat) / len(flat)
    return summary

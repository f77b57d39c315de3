"""Plots: one function per figure, most of them from the history of training that `fit` returns.

    contributions      the contributions that add up to one node's gradient: they cancel, one outweighs, one is nan
    cost               cost and metrics over the steps: overfitting, a rate too large or too small
    decision_boundary  the answers of a network of two inputs all over the plane
    gradients          the size of dC/dw in every layer: vanishing, exploding
    activations        the outputs of every layer: dead, saturated
    errors             delta = dC/dz from the last layer back to the first: vanishing, exploding
    update_ratio       |update| / |weights|: a rate too small or too large

`contributions` is drawn from a value or a recording. The last four need `fit(..., monitor=True)`, which measures every layer
as it trains. Each returns a matplotlib figure: `figure.savefig("cost.png")` writes it (or .svg, .pdf), a notebook shows it. A
history may also be the `training` of a checkpoint. Numbers that are 0, nan or inf have a place of their own in the plot and are
never left out.

They import the engine, the styles, the reader of models from the figures of networks (plane.py), and passes recorded without
leaving traces (parts.py). All of them share axes.py.
"""

from typing import Any as _Any

from autograd.foreign import teach_module as _teach_module

from ..foreign import PLOTS as _FOREIGN_NAMES
from .parts import contributions
from .plane import decision_boundary
from .training import activations, cost, errors, gradients, update_ratio

_missing = _teach_module(__name__, _FOREIGN_NAMES)


def __getattr__(name: str) -> _Any:
    """Answer the names of other libraries with the names to write here."""
    return _missing(name)


__all__ = ["activations", "contributions", "cost", "decision_boundary", "errors", "gradients", "update_ratio"]

"""Plain Python floats, forward only: what the arithmetic itself costs, and nobody who builds a graph in Python can beat."""

import math
from collections.abc import Sequence
from typing import Any

from . import Engine, Function, OfFunctions


def _relu(u: float) -> float:
    return u if u > 0.0 else 0.0


def _dot(ws: Sequence[float], xs: Sequence[float], b: float) -> float:
    return sum([w * x for w, x in zip(ws, xs, strict=True)], b)


class Floats(OfFunctions):
    """Numbers without derivatives."""

    def gradient(self, function: Function, leaves: list[Any]) -> tuple[float, list[float]]:
        """The number alone."""
        return function(leaves), []

    def update(self, leaves: list[Any], gradient: list[float], rate: float) -> None:
        """Without derivatives, there is no step."""


def make() -> Engine:
    """Python's arithmetic and `math`."""
    return Floats(
        value=float, differentiates=False, exp=math.exp, log=math.log, tanh=math.tanh, relu=_relu, erf=math.erf, dot=_dot
    )

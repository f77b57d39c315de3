"""HIPS autograd, which has the name that ours has: it is measured in an environment of its own."""

import importlib
import math
from typing import Any

from . import Engine, Function, OfFunctions, slope_of_erf

_autograd: Any = importlib.import_module("autograd")
_numpy: Any = importlib.import_module("autograd.numpy")
_extend: Any = importlib.import_module("autograd.extend")

_erf = _extend.primitive(math.erf)  # its own one needs SciPy
_extend.defvjp(_erf, lambda _, u: lambda g: g * slope_of_erf(u))


def _relu(u: Any) -> Any:
    return _numpy.maximum(u, 0.0)


class Traced(OfFunctions):
    """Traced functions of scalars."""

    def gradient(self, function: Function, leaves: list[Any]) -> tuple[float, list[float]]:
        """Every leaf is an argument of its own: a list would be unpacked by nodes."""
        arguments = tuple(range(len(leaves)))
        value, gradient = _autograd.value_and_grad(lambda *xs: function(list(xs)), arguments)(*leaves)
        return float(value), [float(g) for g in gradient]


def make() -> Engine:
    """HIPS autograd on numbers."""
    return Traced(imports=("autograd",), exp=_numpy.exp, log=_numpy.log, tanh=_numpy.tanh, relu=_relu, erf=_erf)

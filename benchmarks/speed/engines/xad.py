"""XAD: a tape in C++, filled from Python."""

from typing import Any

from xad import math as functions
from xad.adj_1st import Real, Tape

from . import Engine, Function, OfFunctions


def _relu(u: Any) -> Any:
    return functions.max(u, 0.0)


_tape = Tape()
_tape.activate()


class Taped(OfFunctions):
    """One tape, recorded anew for every gradient."""

    def gradient(self, function: Function, leaves: list[Any]) -> tuple[float, list[float]]:
        """Register, record, and sweep."""
        inputs = [Real(leaf) for leaf in leaves]
        _tape.registerInputs(inputs)
        _tape.newRecording()
        root = function(inputs)
        _tape.registerOutput(root)
        root.derivative = 1.0
        _tape.computeAdjoints()
        found = root.value, [leaf.derivative for leaf in inputs]
        del root, inputs
        _tape.clearAll()
        return found


def make() -> Engine:
    """XAD's reverse mode."""
    return Taped(
        imports=("xad.adj_1st",), exp=functions.exp, log=functions.log, tanh=functions.tanh, relu=_relu, erf=functions.erf
    )

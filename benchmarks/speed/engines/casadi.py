"""CasADi's SX: symbols first, then a function of value and gradient, called once; built anew for every gradient."""

from typing import Any

import casadi

from . import Engine, Function, OfFunctions


def _relu(u: Any) -> Any:
    return casadi.fmax(u, 0.0)


class Symbolic(OfFunctions):
    """Scalar expressions."""

    def gradient(self, function: Function, leaves: list[Any]) -> tuple[float, list[float]]:
        """Build the expression and its gradient, make a function of them, call it."""
        inputs = casadi.SX.sym("x", len(leaves))
        root = function(casadi.vertsplit(inputs))
        value, gradient = casadi.Function("f", [inputs], [root, casadi.gradient(root, inputs)])(leaves)
        return float(value), gradient.full().ravel().tolist()


def make() -> Engine:
    """CasADi's SX."""
    return Symbolic(imports=("casadi",), exp=casadi.exp, log=casadi.log, tanh=casadi.tanh, relu=_relu, erf=casadi.erf)

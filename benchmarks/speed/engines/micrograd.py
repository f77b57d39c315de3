"""micrograd, with the functions that it lacks written as its author writes them in his lecture: a node and its closure."""

import math
import sys
from collections.abc import Callable
from typing import Any

from micrograd.engine import Value
from micrograd.nn import MLP

from . import Engine, slope_of_erf

sys.setrecursionlimit(100_000_000)  # it sorts the graph by recursion


def _function(name: str, of: Callable[[float], float], slope: Callable[[Any, Any], float]) -> Callable[[Any], Any]:
    """A function of one number; `slope` is given the operand and the result, as nodes."""

    def apply(u: Any) -> Any:
        out = Value(of(u.data), (u,), name)

        def _backward() -> None:
            u.grad += slope(u, out) * out.grad

        out._backward = _backward
        return out

    return apply


def make() -> Engine:
    """The engine as PyPI has it."""
    exp = _function("exp", math.exp, lambda _, out: out.data)
    log = _function("log", math.log, lambda u, _: 1.0 / u.data)
    Value.exp, Value.log = exp, log  # programs that write v.exp() find them
    return Engine(
        imports=("micrograd.engine",), value=Value, exp=exp, log=log, relu=Value.relu, network=MLP,
        tanh=_function("tanh", math.tanh, lambda _, out: 1.0 - out.data**2),
        erf=_function("erf", math.erf, lambda u, _: slope_of_erf(u.data)),
    )  # fmt: skip

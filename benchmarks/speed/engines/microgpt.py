"""An engine after the description of that in Karpathy's microgpt: a node keeps its children and local gradients as tuples.

Written anew. Only + * ** log exp relu are operations; a negation is a product with -1, a difference a sum with a negation, a
quotient a product with a power, and a plain number becomes a node. The sort is recursive, over a set.
"""

import math
import sys
from collections.abc import Callable
from typing import Any

from . import Engine, slope_of_erf

sys.setrecursionlimit(100_000_000)


class Scalar:
    """A number, the ones it was made of, and how fast it changes with each of them."""

    __slots__ = ("children", "data", "grad", "local_grads")

    def __init__(self, data: float, children: tuple["Scalar", ...] = (), local_grads: tuple[float, ...] = ()) -> None:
        self.data = data
        self.grad = 0.0
        self.children = children
        self.local_grads = local_grads

    def __add__(self, other: Any) -> "Scalar":
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data + other.data, (self, other), (1.0, 1.0))

    def __mul__(self, other: Any) -> "Scalar":
        other = other if isinstance(other, Scalar) else Scalar(other)
        return Scalar(self.data * other.data, (self, other), (other.data, self.data))

    def __pow__(self, power: float) -> "Scalar":
        return Scalar(self.data**power, (self,), (power * self.data ** (power - 1),))

    def log(self) -> "Scalar":
        """Its natural logarithm."""
        return Scalar(math.log(self.data), (self,), (1.0 / self.data,))

    def exp(self) -> "Scalar":
        """E to the power of it."""
        out = math.exp(self.data)
        return Scalar(out, (self,), (out,))

    def relu(self) -> "Scalar":
        """It, or 0 where it is negative."""
        return Scalar(max(0.0, self.data), (self,), (float(self.data > 0.0),))

    def __neg__(self) -> "Scalar":
        return self * -1.0

    def __radd__(self, other: Any) -> Any:
        return self + other

    def __sub__(self, other: Any) -> Any:
        return self + (-other)

    def __rsub__(self, other: Any) -> Any:
        return other + (-self)

    def __rmul__(self, other: Any) -> Any:
        return self * other

    def __truediv__(self, other: Any) -> Any:
        return self * other**-1

    def __rtruediv__(self, other: Any) -> Any:
        return other * self**-1

    def backward(self) -> None:
        """The chain rule, from here to every number below."""
        order: list[Scalar] = []
        seen: set[Scalar] = set()

        def visit(node: Scalar) -> None:
            if node not in seen:
                seen.add(node)
                for child in node.children:
                    visit(child)
                order.append(node)

        visit(self)
        self.grad = 1.0
        for node in reversed(order):
            for child, local in zip(node.children, node.local_grads, strict=True):
                child.grad += local * node.grad


def _function(of: Callable[[float], float], slope: Callable[[float], float]) -> Callable[[Scalar], Scalar]:
    """A function that the engine lacks, as one would add it."""
    return lambda u: Scalar(of(u.data), (u,), (slope(u.data),))


def make() -> Engine:
    """The engine, as a peer."""
    return Engine(
        value=Scalar, exp=Scalar.exp, log=Scalar.log, relu=Scalar.relu,
        tanh=_function(math.tanh, lambda u: 1.0 - math.tanh(u) ** 2), erf=_function(math.erf, slope_of_erf),
    )  # fmt: skip

"""An engine of sixty lines on tuples, as small as one can be that gives right gradients.

A node is its number, its parents and one local derivative for each. It has no checks, no modes, no edges (log(0) raises), no
higher derivatives and no forward mode; whatever ours costs more is the price of these.
"""

import math
from typing import Any

from . import Engine, slope_of_erf


class Tiny:
    """A number that remembers how it was computed, and nothing else."""

    __slots__ = ("data", "grad", "parents", "partials")

    def __init__(self, data: float, parents: tuple["Tiny", ...] = (), partials: tuple[float, ...] = ()) -> None:
        self.data, self.parents, self.partials, self.grad = data, parents, partials, 0.0

    def __add__(self, other: Any) -> "Tiny":
        if isinstance(other, Tiny):
            return Tiny(self.data + other.data, (self, other), (1.0, 1.0))
        return Tiny(self.data + other, (self,), (1.0,))

    def __mul__(self, other: Any) -> "Tiny":
        if isinstance(other, Tiny):
            return Tiny(self.data * other.data, (self, other), (other.data, self.data))
        return Tiny(self.data * other, (self,), (other,))

    def __sub__(self, other: Any) -> "Tiny":
        if isinstance(other, Tiny):
            return Tiny(self.data - other.data, (self, other), (1.0, -1.0))
        return Tiny(self.data - other, (self,), (1.0,))

    def __truediv__(self, other: Any) -> "Tiny":
        if isinstance(other, Tiny):
            return Tiny(self.data / other.data, (self, other), (1.0 / other.data, -self.data / other.data**2))
        return Tiny(self.data / other, (self,), (1.0 / other,))

    def __pow__(self, k: float) -> "Tiny":
        return Tiny(self.data**k, (self,), (k * self.data ** (k - 1),))

    def __neg__(self) -> "Tiny":
        return Tiny(-self.data, (self,), (-1.0,))

    def __rsub__(self, other: float) -> "Tiny":
        return Tiny(other - self.data, (self,), (-1.0,))

    def __rtruediv__(self, other: float) -> "Tiny":
        return Tiny(other / self.data, (self,), (-other / self.data**2,))

    __radd__, __rmul__ = __add__, __mul__

    def exp(self) -> "Tiny":
        """E to the power of it."""
        e = math.exp(self.data)
        return Tiny(e, (self,), (e,))

    def log(self) -> "Tiny":
        """Its natural logarithm."""
        return Tiny(math.log(self.data), (self,), (1.0 / self.data,))

    def tanh(self) -> "Tiny":
        """Its hyperbolic tangent."""
        t = math.tanh(self.data)
        return Tiny(t, (self,), (1.0 - t * t,))

    def relu(self) -> "Tiny":
        """It, or 0 where it is negative."""
        return Tiny(max(self.data, 0.0), (self,), (1.0 if self.data > 0.0 else 0.0,))

    def sigmoid(self) -> "Tiny":
        """The logistic function of it."""
        s = 1.0 / (1.0 + math.exp(-self.data))
        return Tiny(s, (self,), (s * (1.0 - s),))

    def erf(self) -> "Tiny":
        """The error function of it."""
        return Tiny(math.erf(self.data), (self,), (slope_of_erf(self.data),))

    def backward(self) -> None:
        """The chain rule in reverse."""
        order, seen, stack = [], set(), [(self, False)]
        while stack:
            v, done = stack.pop()
            if done:
                order.append(v)
            elif v not in seen:
                seen.add(v)
                stack.append((v, True))
                stack.extend((p, False) for p in v.parents)
        self.grad = 1.0
        for v in reversed(order):
            for parent, partial in zip(v.parents, v.partials, strict=True):
                parent.grad += partial * v.grad


def make() -> Engine:
    """The tuple engine, as a peer."""
    return Engine(value=Tiny, exp=Tiny.exp, log=Tiny.log, tanh=Tiny.tanh, relu=Tiny.relu, erf=Tiny.erf)

"""The engines that are compared, each in a module of its own behind the same few methods.

A problem is a function of leaves that returns one number. How an engine differentiates it, on nodes, on a tape or by tracing
the function, is its own matter: `gradient` does all of it, from the function to the list of derivatives. A module is imported
in the process that measures it, and may import what is installed there alone.
"""

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Function = Callable[[list[Any]], Any]


def _missing(_: Any) -> Any:
    raise NotImplementedError


@dataclass(kw_only=True)
class Engine:
    """An engine whose numbers have `.data`, `.grad` and `.backward()`. Others override what they do otherwise.

    Attributes:
        imports: the modules that a user imports; the first one is timed.
        value: makes a number that can be differentiated; None where that takes a tape or a function.
        exp, log, tanh, relu, erf: functions of one number.
        differentiates: False for plain floats.
        dot: w . x + b in one node; None where there is no such thing.
        logsumexp: log(exp(z_1) + ...) in one node; or None.
        network: makes a network of fully connected layers with relu between them from (inputs, [outputs, ...]); or None.
        fit: makes the training of a classifier with tanh from (inputs, [outputs, ...], samples, classes, epochs, minibatch,
            rate); a call trains, and gives the cost. Or None.
        by_hand: programs for some of the problems, by name, where there is no engine at all.
    """

    imports: tuple[str, ...] = ()
    value: Callable[[float], Any] | None = None
    exp: Callable[[Any], Any] = _missing
    log: Callable[[Any], Any] = _missing
    tanh: Callable[[Any], Any] = _missing
    relu: Callable[[Any], Any] = _missing
    erf: Callable[[Any], Any] = _missing
    differentiates: bool = True
    dot: Callable[[Sequence[Any], Sequence[Any], Any], Any] | None = None
    logsumexp: Callable[[list[Any]], Any] | None = None
    network: Callable[[int, list[int]], Any] | None = None
    fit: Callable[..., Callable[[], float]] | None = None
    by_hand: Mapping[str, Callable[[str], Callable[[], tuple[float, float]]]] = field(default_factory=dict)

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        """Numbers to differentiate with respect to."""
        assert self.value is not None
        return [self.value(number) for number in numbers]

    def gradient(self, function: Function, leaves: list[Any]) -> tuple[float, list[float]]:
        """The number that the function gives, and its derivative with respect to each leaf. The graph is gone afterwards."""
        for leaf in leaves:
            leaf.grad = 0.0
        root = function(leaves)
        root.backward()
        return root.data, [leaf.grad for leaf in leaves]

    def update(self, leaves: list[Any], gradient: list[float], rate: float) -> None:
        """A step of descent, in place."""
        for leaf, derivative in zip(leaves, gradient, strict=True):
            leaf.data -= rate * derivative


class OfFunctions(Engine):
    """An engine that differentiates functions of plain numbers: what it computes with is made in `gradient`."""

    def leaves(self, numbers: Sequence[float]) -> list[Any]:
        """The numbers as they are."""
        return list(numbers)

    def update(self, leaves: list[Any], gradient: list[float], rate: float) -> None:
        """A step of descent on plain numbers."""
        leaves[:] = [leaf - rate * derivative for leaf, derivative in zip(leaves, gradient, strict=True)]


def slope_of_erf(u: float) -> float:
    """The derivative of erf, for engines that have to be told."""
    return 2.0 / math.sqrt(math.pi) * math.exp(-u * u)


def load(name: str) -> Engine:
    """The engine of that name.

    Raises:
        ImportError: what it needs is not installed here.
    """
    engine: Engine = importlib.import_module(f"speed.engines.{name}").make()
    return engine

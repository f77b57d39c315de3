"""Many nodes at once: their numbers and gradients as lists or arrays. An optimiser spends most of its time with these.

They mean the same as a loop over the nodes, and are one where the nodes are not compiled, or somebody looks.
"""

from collections.abc import Sequence
from typing import Any

from .value import Value, compiled_function

_numbers, _gradients, _descend, _assign, _fill, _contribute, _zero = map(
    compiled_function, ("numbers", "gradients_of", "descend", "assign", "fill", "contribute", "zero")
)


def numbers(nodes: list[Value]) -> list[float]:
    """`.data` of each node."""
    found: list[float] | None = _numbers(nodes)
    return [v.data for v in nodes] if found is None else found


def gradients(nodes: list[Value], unless: str) -> list[float | None]:
    """`.grad` of each node; None for a node that no pass has reached, or that has a true attribute.

    Args:
        unless: the name of that attribute.
    """
    found: list[float | None] | None = _gradients(nodes, unless)
    if found is None:
        found = [v.grad if v.has_grad and not getattr(v, unless, False) else None for v in nodes]
    return found


def descend(nodes: list[Value], rate: float, unless: str) -> list[int]:
    """A step of gradient descent: `v.data -= rate * v.grad` for each node that has a gradient, and not a true attribute.

    Args:
        unless: the name of that attribute.

    Returns:
        The indices of the nodes that stay as they are.
    """
    found: list[int] | None = _descend(nodes, rate, unless)
    if found is not None:
        return found
    staying = []
    for i, v in enumerate(nodes):
        if v.has_grad and not getattr(v, unless, False):
            v.data = v.data - rate * v.grad
        else:
            staying.append(i)
    return staying


def assign(nodes: list[Value], numbers: Sequence[Any]) -> None:
    """Assign a number to `.data` of each node; None leaves a node as it is."""
    if _assign(nodes, numbers) is None:
        for v, x in zip(nodes, numbers, strict=True):
            if x is not None:
                v.data = x


def fill(array: Any, nodes: list[Value]) -> None:
    """Put `.data` of each node into an array of doubles, of as many as there are nodes."""
    if _fill(array, nodes) is None:
        for i, x in enumerate(numbers(nodes)):
            array[i] = x


def contribute(nodes: list[Value], terms: Any) -> None:
    """Add a term to the gradient of each node, as a backward pass does.

    Args:
        terms: an array of doubles, of as many as there are nodes.
    """
    if _contribute(nodes, terms) is None:
        for v, term in list(zip(nodes, terms.tolist(), strict=True)):  # of other lengths before anything is added
            v._grad = v._grad + term


def zero(nodes: list[Value]) -> None:
    """Call `zero_grad()` of each node."""
    if _zero(nodes) is None:
        for v in nodes:
            v.zero_grad()

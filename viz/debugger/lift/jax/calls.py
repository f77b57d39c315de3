"""An equation of JAX that was done, as it is kept until a graph is made."""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import jax
import numpy as np

from autograd.source import Place

from ..blocks import CONSTANT, Floats, Ints


class Operand(NamedTuple):
    """An array that an equation takes or gives.

    Attributes:
        data: its numbers.
        ids: the id of each element, -1 for a plain number; None if no gradient goes to it.
        leaf: True if the elements are leaves.
    """

    data: Any
    ids: Ints | None = None
    leaf: bool = False

    @property
    def known(self) -> Ints:
        """The ids of all elements, -1 where no gradient goes."""
        return np.full(self.data.shape, CONSTANT) if self.ids is None else self.ids


class Call(NamedTuple):
    """An equation with operands, and one array of real numbers that it gave.

    Attributes:
        name: the name of the primitive, or of the user's function with its own rule; '' for a leaf.
        function: from all operands' arrays to the result's.
        operands: what it took. Those that the result does not depend on have no ids.
        params: its parameters.
        data: the result.
        first: the id of the result's first element; the others follow.
        by_element: True if each result is computed from one element of every operand.
        place, scope: where it was written.
        label: the name of each element.
    """

    name: str
    function: Callable[..., Any]
    operands: tuple[Operand, ...]
    params: Mapping[str, Any]
    data: Any
    first: int
    by_element: bool = False
    place: Place | None = None
    scope: str = ""
    label: Callable[[int], str] | None = None

    @property
    def ids(self) -> Ints:
        """The ids of its elements, in its shape."""
        return np.arange(self.first, self.first + math.prod(self.data.shape)).reshape(self.data.shape)


def floats(array: Any) -> Floats:
    """An array of JAX in double precision."""
    return np.asarray(array).astype(np.float64)


def is_real(array: Any) -> bool:
    """True for real numbers with a fraction."""
    return bool(jax.numpy.issubdtype(array.dtype, jax.numpy.floating))

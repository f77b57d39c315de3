"""An equation of JAX that was done, as it is kept until a graph is made."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import jax
import numpy as np

from autograd.source import Place

from ..blocks import CONSTANT, Floats, Ints

Places = slice | Ints  # of some results of an equation, in the order of their ids


@dataclass(eq=False, slots=True)
class Operand:
    """An array that equations take or give.

    Attributes:
        data: its numbers.
        differentiable: False if no gradient goes to it.
        first: the id of its first element, if its numbers were given or computed.
        leaf: True if its elements are leaves.
        moved: gives the ids of its elements, if its numbers were only moved. They are asked for where they are needed,
            because a large model has more of them than are ever looked at.
    """

    data: Any
    differentiable: bool = False
    first: int = CONSTANT
    leaf: bool = False
    moved: Callable[[], Ints] | None = None
    _ids: Ints | None = None

    @property
    def ids(self) -> Ints:
        """The ids of all elements, -1 where no gradient goes."""
        if self._ids is None:
            shape = self.data.shape
            if self.moved:
                self._ids = self.moved()
            elif self.first >= 0:
                self._ids = np.arange(self.first, self.first + math.prod(shape)).reshape(shape)
            else:
                self._ids = np.broadcast_to(CONSTANT, shape)
        return self._ids


class Step(NamedTuple):
    """An equation that was done, or a part of a loop's arrays that was taken or put together.

    Attributes:
        function: from the operands' arrays to the results'.
        taken, given: its operands and its results.
    """

    function: Callable[..., Any]
    taken: tuple[Operand, ...]
    given: tuple[Operand, ...]


class Call(NamedTuple):
    """An equation with operands, and one array of real numbers that it gave.

    Attributes:
        name: the name of the primitive, or of the user's function with its own rule; '' for a leaf.
        function: from all operands' arrays to the result's.
        operands: what it took. Those that the result does not depend on are plain numbers.
        params: its parameters.
        data: the result.
        first: the id of the result's first element; the others follow.
        by_element: True if each result is computed from one element of every operand.
        place, scope: where it was written.
        turn: the number of the turn of a loop that it belongs to, of all turns; 0 outside of loops.
        own_rule: True for a function of `custom_vjp`: its rule may be no multiplication.
        upstream: JAX's gradient of the result, if that matters.
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
    turn: int = 0
    own_rule: bool = False
    upstream: Any = None
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

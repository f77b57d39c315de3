"""The parts of JAX that are refused, each with its line and what to do instead."""

from typing import Any

import jax

from autograd.source import Place

from ..errors import LiftError, TooLargeError, at
from .calls import Call


def result(array: Any, place: Place | None) -> None:
    """Refuse complex numbers.

    Raises:
        LiftError: they are.
    """
    if jax.numpy.issubdtype(array.dtype, jax.numpy.complexfloating):
        raise LiftError(
            f"an array of shape {tuple(array.shape)} has complex numbers: compute with real and imaginary parts, or lift a "
            f"part without them{at(place)}"
        )


def loss(value: Any) -> None:
    """Refuse what cannot be the root of a graph.

    Raises:
        LiftError: it is no array of one real number.
    """
    if not isinstance(value, jax.ShapeDtypeStruct):
        raise LiftError(f"a loss is one number, got {type(value).__name__}: give a function that returns the loss alone")
    if value.shape != ():
        raise LiftError(f"a loss is one number, got an array of shape {value.shape}: add it up, or choose an element")
    if not jax.numpy.issubdtype(value.dtype, jax.numpy.floating):
        raise LiftError(f"a loss is a real number, got {value.dtype}: what it is counted from has no gradient")


def size(edges: int, most: int, call: Call) -> None:
    """Refuse a graph that is too large to be looked at.

    Raises:
        TooLargeError: it has more contributions than were asked for.
    """
    if edges > most or call.first + call.data.size >= 2**31:  # ids are numbers of 32 bits where JAX moves them
        raise TooLargeError(
            f"the graph has more than {most:,} contributions, {edges:,} of them so far, from {call.name}. Take fewer samples "
            f"or smaller layers, or say limit= for more; around a nan, a window is enough{at(call.place)}"
        )

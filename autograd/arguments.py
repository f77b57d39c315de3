"""Whole numbers that a caller gives, checked before any work is done, in one way everywhere.

A size, an order, a position or a count may be an int or an object with `__index__` (NumPy's integers), but never True or
False, which are ints by Python's history alone. The result is an int, so that it can be written to a file.
"""

import operator
from typing import Any

from .errors import ArgumentError, shown


def index(number: Any) -> int | None:
    """A whole number as an int; None if it is something else.

    >>> index(3), index(3.0), index(True)
    (3, None, None)
    """
    try:
        return None if isinstance(number, bool) else operator.index(number)
    except TypeError:
        return None


def whole(number: Any, what: str, least: int | None = 1, most: int | None = None, remedy: str = "") -> int:
    """A whole number from `least` on.

    Args:
        what: its name for messages: 'the number of inputs', or as it is written, 'draw(boxes=...)'.
        least, most: the range; None for no bound.
        remedy: what to add to the message.

    Raises:
        ArgumentError: it is something else.

    >>> whole(3, "draw(boxes=...)")
    3
    >>> whole(2.5, "the number of inputs")
    Traceback (most recent call last):
    autograd.errors.ArgumentError: the number of inputs is 2.5; it has to be a whole number, at least 1
    """
    value = index(number)
    if value is None or (least is not None and value < least) or (most is not None and value > most):
        said = f"{what.replace('...', shown(number))}:" if "..." in what else f"{what} is {shown(number)};"
        reach = "" if least is None else f", at least {least}" if most is None else f", from {least} to {most}"
        raise ArgumentError(f"{said} it has to be a whole number{reach}{remedy}")
    return value


def whole_or_none(number: Any, what: str, least: int | None = 1, most: int | None = None) -> int | None:
    """A whole number from `least` on, or None."""
    return None if number is None else whole(number, what, least, most)

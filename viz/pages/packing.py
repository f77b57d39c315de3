"""Columns of numbers as text in a page: the very bytes, in base64."""

import array
import base64
import sys
from collections.abc import Iterable, Sequence
from typing import Any


def doubles(numbers: Sequence[float]) -> str:
    """A column of doubles, as text."""
    return _packed(array.array("d", numbers))


def integers(numbers: Iterable[int]) -> str:
    """A column of whole numbers of 32 bits, as text."""
    return _packed(array.array("i", numbers))


def _packed(column: "array.array[Any]") -> str:
    if sys.byteorder == "big":
        column.byteswap()
    return base64.b64encode(column.tobytes()).decode()

# Names for annotations, which exist for type checkers alone: the engine imports nothing of this file when it runs.
from collections.abc import Callable, Iterable
from typing import Protocol, overload

from .value import Value

class Real(Protocol):
    """One real number: int, float, Fraction, a NumPy scalar, a `Value`.

    No text, list or None, which have no `__float__`; no array, which has one and cannot be hashed: an array on the other
    side of an operator is NumPy's business, and gives an array.
    """

    def __float__(self) -> float: ...
    def __hash__(self) -> int: ...

# What functions of many numbers take: one by one, or as one iterable. Of plain numbers they give a float, and of a row in
# which a Value may be they give a Value.
Plain = float | Iterable[float]
Some = Real | Iterable[Real]

# A binary operator of Value. Its code tells kinds of operands apart by their class, which checkers do not follow.
Binary = Callable[[Value, Real], Value]

class Function(Protocol):
    """A function made from a row: floats of floats, a `Value` where one is among the operands."""

    __name__: str

    @overload
    def __call__(self, *operands: float, **named: float) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *operands: Real, **named: Real) -> Value: ...

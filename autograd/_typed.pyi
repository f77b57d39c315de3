# Names for annotations, which exist for type checkers alone: the engine imports nothing of this file when it runs.
from collections.abc import Callable, Iterable
from typing import Any, Protocol, overload

from .value import Value

class Real(Protocol):
    """One real number: int, float, Fraction, a NumPy scalar, a `Value`.

    No text, list or None, which have no `__float__`; no array, which has one and cannot be hashed: an array on the other
    side of an operator is NumPy's business, and gives an array.
    """

    def __float__(self) -> float: ...
    def __hash__(self) -> int: ...

class Untyped(Protocol):
    """Fits nothing but an argument of which a checker knows no type.

    Such an argument fits every overload. Where one of them gives Any, pyright makes Any of it, and no union of them all,
    of which `.backward()` would be refused; mypy makes Any of it anyway.
    """

    def _fits_nothing(self) -> None: ...

# What functions of many numbers take: one by one, or as one iterable.
Plain = float | Iterable[float]
Some = Real | Iterable[Real]

class Reduction(Protocol):
    """A function of many numbers that gives one: of plain ones a float, of a row in which a Value may be a Value.

    Values come first: an array of objects says nothing of what is in it, and here that will be Values.
    """

    __name__: str

    @overload
    def __call__(self) -> float: ...
    @overload
    def __call__(self, *numbers: Value | Iterable[Value]) -> Value: ...
    @overload
    def __call__(self, *numbers: Plain) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *numbers: Some) -> Value: ...
    @overload
    def __call__(self, *numbers: Untyped) -> Any: ...

class Rows(Protocol):
    """A function of many numbers that gives as many."""

    __name__: str

    @overload
    def __call__(self, *numbers: Value | Iterable[Value]) -> list[Value]: ...
    @overload
    def __call__(self, *numbers: Plain) -> list[float]: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *numbers: Some) -> list[Value]: ...
    @overload
    def __call__(self, *numbers: Untyped) -> Any: ...

# A binary operator of Value. Its code tells kinds of operands apart by their class, which checkers do not follow.
Binary = Callable[[Value, Real], Value]

class Function(Protocol):
    """A function made from a row: floats of floats, a `Value` where one is among the operands."""

    __name__: str

    @overload
    def __call__(self, *operands: float, **named: float) -> float: ...  # type: ignore[overload-overlap]
    @overload
    def __call__(self, *operands: Real, **named: Real) -> Value: ...
    @overload
    def __call__(self, *operands: Untyped) -> Any: ...

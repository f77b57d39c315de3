"""Lists of whole numbers, one behind the other in one array.

A list for each node of a graph, and a number object for each of its elements, would take most of the memory of a fold.
"""

from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from autograd.recording.columns import grouped


class Ragged(Sequence["array[int]"]):
    """Lists of whole numbers.

    Attributes:
        start: list i is `flat[start[i]:start[i + 1]]`.
        flat: all lists.

    Example:
        >>> rows = Ragged.of([[3, 4], [], [5]])
        >>> len(rows), rows[0], rows.start
        (3, array('q', [3, 4]), array('q', [0, 2, 2, 3]))
    """

    __slots__ = ("flat", "start")

    def __init__(self, start: Sequence[int], flat: "array[int]") -> None:
        self.start, self.flat = start, flat

    @classmethod
    def of(cls, rows: Iterable[Iterable[int]]) -> "Ragged":
        """The same lists."""
        start, flat = array("q", [0]), array("q")
        for row in rows:
            flat.extend(row)
            start.append(len(flat))
        return cls(start, flat)

    @classmethod
    def alone(cls, numbers: Iterable[int]) -> "Ragged":
        """A list for each number."""
        flat = array("q", numbers)
        return cls(range(len(flat) + 1), flat)

    @classmethod
    def sorted_by(cls, keys: Sequence[int], numbers: Sequence[int], n: int) -> "Ragged":
        """A list for each key below n, of the numbers at the places where the key stands.

        Example:
            >>> Ragged.sorted_by([1, 0, 1], [7, 8, 9], 2)[1]
            array('q', [7, 9])
        """
        start, places = grouped(keys, n)
        return cls(start, array("q", map(numbers.__getitem__, places)))

    def __len__(self) -> int:
        return len(self.start) - 1

    def __getitem__(self, i: int) -> "array[int]":  # type: ignore[override]  # no slices
        if i < 0:
            i += len(self)
        start = self.start
        return self.flat[start[i] : start[i + 1]]

    def __iter__(self) -> "Iterator[array[int]]":
        flat = self.flat
        return (flat[begin:end] for begin, end in pairwise(self.start))

    def part(self, begin: int, end: int) -> "Ragged":
        """Some of the lists."""
        return Ragged.of(self[i] for i in range(begin, end))

    def size(self, i: int) -> int:
        """The length of a list."""
        return self.start[i + 1] - self.start[i]

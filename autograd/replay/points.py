"""The points of a batch: rows of numbers, sorted by the kinds of calls that they are, and back into structures.

Columns of floats, of flat lists of floats and arrays become rows without a look at each point. Whatever else an argument may be
is taken apart point by point, as in a call.
"""

import sys
from array import array
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any, NamedTuple

from ..errors import ArgumentError
from .calls import Call, Reading
from .rows import doubles, taken

_PLAIN = frozenset({int, str, bool, type(None)})  # items that are static as they stand


class Lot(NamedTuple):
    """Points that are calls of one kind.

    Attributes:
        call: one of them, taken apart.
        rows: a buffer of doubles with the numbers of each point in a row.
        at: the rows of these points; None for all of them.
        places: their places in the batch.
    """

    call: Call
    rows: Any
    at: Any
    places: Sequence[int]

    def part(self, chosen: Sequence[int]) -> "Lot":
        """The points at some places among these."""
        at = [self.at[i] for i in chosen] if self.at is not None else chosen
        return self._replace(at=array("i", at), places=[self.places[i] for i in chosen])

    def numbers(self, i: int) -> list[float]:
        """The numbers of one point."""
        row, width = i if self.at is None else self.at[i], len(self.call.numbers)
        return taken(self.rows, width, [row]).tolist()


def columns(args: Sequence[Any], name: str) -> list[Any]:
    """The arguments of a batch as sequences.

    Raises:
        ArgumentError: one is no sequence, or they are not equally long.
    """
    found = [_sequence(arg, f"batch: argument {n} of {name}") for n, arg in enumerate(args)]
    lengths = {len(arg) for arg in found}
    if len(lengths) != 1:
        raise ArgumentError(f"batch: arguments of {sorted(lengths)} entries; all have to have one for each point")
    return found


def _sequence(arg: Any, what: str) -> Any:
    if isinstance(arg, (list, tuple)) and not hasattr(arg, "_fields"):
        return arg
    if isinstance(arg, (dict, str)) or hasattr(arg, "_fields"):
        raise ArgumentError(
            f"{what} is a {type(arg).__name__}; a batch takes a sequence with one entry for each point: "
            f"[{'dict(...)' if isinstance(arg, dict) else '...'}, ...]"
        )
    if is_array(arg):
        if arg.ndim:
            return arg
    else:
        try:
            return list(arg)
        except TypeError:
            pass
    raise ArgumentError(
        f"{what} is {arg!r}, which is no sequence; give one entry for each point, the same one again: [{arg!r}] * n"
    )


def is_array(thing: Any) -> bool:
    """True for an array of NumPy, without importing it."""
    np = sys.modules.get("numpy")
    return np is not None and isinstance(thing, np.ndarray)


def lots(args: Sequence[Any], reading: Reading, call: Callable[[tuple[Any, ...]], Call | None]) -> list[Lot] | None:
    """The points sorted by the kind of call that they are.

    Args:
        args: columns, all equally long.
        call: takes a point apart; None where the function itself has to be called.

    Returns:
        None if the function itself has to be called with a point.
    """
    numbers: list[tuple[int, Any]] = []
    chosen: list[Sequence[Any]] = []
    for n, arg in enumerate(args):
        column = None if n in reading.static else _numbers(arg)
        if column is not None:
            numbers.append(column)
        elif n not in reading.traced and isinstance(arg, (list, tuple)) and _PLAIN.issuperset(map(type, arg)):
            chosen.append(arg)
        else:
            return _point_by_point(args, call)
    if not numbers:
        return _point_by_point(args, call)
    rows = _side_by_side(numbers, len(args[0]))
    found = []
    for places in _alike(chosen, len(args[0])):
        one = call(tuple([arg[places[0]] for arg in args]))
        if one is None:
            return None
        found.append(Lot(one, rows, None if len(places) == len(args[0]) else array("i", places), places))
    return found


def _numbers(arg: Any) -> tuple[int, Any] | None:
    """The count of numbers in an entry, and the numbers of all entries; None if they are no floats, or not alike."""
    if is_array(arg):
        if arg.dtype.kind != "f" or not arg.size:
            return None
        return arg.size // len(arg), memoryview(arg.astype("d", order="C", copy=False).reshape(-1))
    kinds = set(map(type, arg))
    if kinds == {float}:
        return 1, array("d", arg)
    if kinds in ({list}, {tuple}) and len(lengths := set(map(len, arg))) == 1 and lengths != {0}:
        flat = list(chain.from_iterable(arg))
        return (lengths.pop(), array("d", flat)) if set(map(type, flat)) == {float} else None
    return None


def _side_by_side(numbers: Sequence[tuple[int, Any]], count: int) -> Any:
    """The rows of several arguments as one."""
    if len(numbers) == 1:
        return numbers[0][1]
    width, start = sum([n for n, _ in numbers]), 0
    rows = doubles(width * count)
    for n, flat in numbers:
        for k in range(n):
            rows[start + k :: width] = array("d", flat[k::n])
        start += n
    return rows


def _alike(chosen: Sequence[Sequence[Any]], count: int) -> list[Sequence[int]]:
    """The places with the same static arguments."""
    if all(column.count(column[0]) == count and len(set(map(type, column))) == 1 for column in chosen):
        return [range(count)]
    groups: dict[Any, list[int]] = {}
    for i, key in enumerate(zip(*chosen, *[map(type, column) for column in chosen], strict=True)):
        groups.setdefault(key, []).append(i)
    return list(groups.values())


def _point_by_point(args: Sequence[Any], call: Callable[[tuple[Any, ...]], Call | None]) -> list[Lot] | None:
    groups: dict[Any, tuple[Call, array[float], list[int]]] = {}
    for i, point in enumerate(zip(*args, strict=True)):
        one = call(point)
        if one is None:
            return None
        _, numbers, places = groups.setdefault(one.key, (one, array("d"), []))
        numbers.extend(one.numbers)
        places.append(i)
    return [Lot(one, numbers, None, places) for one, numbers, places in groups.values()]

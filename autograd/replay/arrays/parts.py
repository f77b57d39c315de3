"""The operands of groups as arrays: views where the rows lie at even distances, gathered where they do not.

A part of a group says which rows each member takes. Rows at even distances are a view, which costs nothing; all others are
gathered once into an array of their own. The same rows tell where the gradients of the operands go (adjoints.py).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..passes.columns import Integers
from ..passes.groups import GROUP, LABEL, NUMBER, NUMBERS, SLOT, SLOTS, Part
from .lines import ALL, NONE, ONE, Array, Lines


class Even(NamedTuple):
    """Places at even distances: start + steps[0] * i + steps[1] * j + ..."""

    start: int
    steps: tuple[int, ...]


def even(index: Integers) -> Even | None:
    """The even distances of places, along every axis; None if they are uneven."""
    start, steps = int(index.flat[0]), []
    expected = np.array(start)
    for axis in range(index.ndim):
        at = [0] * index.ndim
        at[axis] = 1
        step = int(index[tuple(at)]) - start if index.shape[axis] > 1 else 0
        steps.append(step)
        shape = [1] * index.ndim
        shape[axis] = -1
        expected = expected + (step * np.arange(index.shape[axis])).reshape(shape)
    return Even(start, tuple(steps)) if np.array_equal(np.broadcast_to(expected, index.shape), index) else None


def once(index: NDArray[Any], rows: int) -> tuple[NDArray[Any], tuple[int, ...]]:
    """The index with the axes of length 1 along which all its entries are equal, and those axes; `rows` axes are looked at."""
    equal = []
    for axis in range(rows):
        if index.shape[axis] > 1:
            first = np.take(index, [0], axis=axis)
            same = index.view(np.int64) == first.view(np.int64) if index.dtype == float else index == first
            if same.all():
                index = first
                equal.append(axis)
    return index, tuple(equal)


class Reading:
    """Reads parts as arrays, for one section.

    Args:
        lines: takes the lines that gather.
        pool: the array of the pool.
        samples, labels: the arrays of a batch, a row per component.
        values: the arrays of the groups so far.
    """

    def __init__(self, lines: Lines, pool: Array, samples: Array, labels: Array, values: list[Any]) -> None:
        self.lines, self.pool, self.samples, self.labels, self.values = lines, pool, samples, labels, values

    def part(self, part: Part, lanes: str = ONE) -> Any:
        """The operands as an array, or as a number if all are the same constant.

        Args:
            lanes: ONE, or NONE for the slots of the pool or constants as a matrix without an axis of lanes.
        """
        index, _ = once(part.rows, part.rows.ndim - (part.kind in (SLOTS, NUMBERS)))
        if part.kind == NUMBER:
            if index.size == 1 and lanes == ONE:
                return float(index.flat[0])
            return self.lines.constant(index if lanes == NONE else index[..., None], lanes)
        if part.kind == NUMBERS:
            return self.lines.constant(index, ALL)
        if part.kind == SLOT:
            return self.slots(self.pool, index, lanes)
        if part.kind == SLOTS:
            return self._slots_by_lane(index)
        if part.kind == LABEL:
            return self.rows(self.labels, index)
        return self.rows(self.values[part.group] if part.kind == GROUP else self.samples, index)

    def slots(self, pool: Array, index: Integers, lanes: str) -> Array:
        """Slots of the pool, or of the gradients that lie like it."""
        found = even(index)
        last = ", 1" if lanes == ONE else ""
        if found is None:
            place = self.lines.constant(index if lanes == NONE else index[..., None], lanes)
            return self.lines.line("take({0}, {1}, 0, {out}, 'clip')", (pool, place), index.shape, lanes)
        shape, steps = ", ".join(map(str, index.shape)) + last, ", ".join(map(str, found.steps)) + last.replace("1", "0")
        return self.lines.view(pool, f"view({{0}}, {found.start}, ({shape},), ({steps},))", index.shape, lanes)

    def even_by_lane(self, pool: Array, index: Integers) -> Array | None:
        """Slots that are at even distances along the lanes, too, as a view."""
        found = even(index)
        if found is None:
            return None
        *steps, step = found.steps
        shape = ", ".join(map(str, index.shape[:-1]))
        strides = ", ".join(map(str, steps))
        how = f"view({{0}}, {found.start} + {step} * a, ({shape}, n), ({strides}, {step}))"
        return self.lines.view(pool, how, index.shape[:-1], ALL)

    def _slots_by_lane(self, index: Integers) -> Array:
        found = self.even_by_lane(self.pool, index)
        if found is not None:
            return found
        place = self.lines.constant(index, ALL)
        return self.lines.line("take({0}, {1}, 0, {out}, 'clip')", (self.pool, place), index.shape[:-1], ALL)

    def rows(self, base: Any, index: Integers) -> Any:
        """Rows of an array of lanes."""
        if not isinstance(base, Array):
            return base
        how = row_view(base, index)
        if how == "{0}":
            return base
        if how is not None:
            return self.lines.view(base, how, index.shape, base.lanes)
        place = self.lines.constant(index, NONE)
        return self.lines.line("take({0}, {1}, 0, {out}, 'clip')", (base, place), index.shape, base.lanes)


def row_view(base: Array, index: Integers) -> str | None:
    """The text of the view of rows at even distances: '{0}' for all rows in order; None if there is no view."""
    found = even(index)
    if found is None or base.shape[1:]:
        return None
    start, steps = found
    if index.ndim == 1:
        step = steps[0] or 1
        if start == 0 and step == 1 and index.shape == base.shape:
            return "{0}"
        end = start + step * (len(index) - 1)
        if step > 0:
            return f"{{0}}[{start}:{end + 1}]" if step == 1 else f"{{0}}[{start}:{end + 1}:{step}]"
    return f"rows({{0}}, {start}, {index.shape!r}, {steps!r})"

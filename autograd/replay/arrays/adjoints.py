"""The gradients of groups, gathered from the contributions of all groups that use them.

The sweep back visits the groups from the last to the first. What a group gives to the rows of another one is noted, and when
that one is visited, everything noted for it becomes its gradient: the contributions to all of its rows are added up, those to
some rows are written to their place. Gradients of the pool are one column for the whole program, and so are left as `Gift`s:
only when all sections are in order is it known which of them is the first to write a slot (program.py).
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ..passes.columns import Integers
from ..passes.groups import GROUP, LABEL, NUMBER, NUMBERS, SAMPLE, SLOT, SLOTS, Part
from .lines import ALL, NONE, ONE, Array, Line, Lines
from .parts import Reading, even, once, row_view

SAMPLES = -1  # stands for the samples of a batch, where the others are numbers of groups


class Gift(NamedTuple):
    """A contribution to the gradients of slots of the pool.

    Attributes:
        slots: the slots, each once; of the shape of the contribution.
        amount: the array, without an axis of lanes, or a number.
        view: the gradients of these slots, or None if they lie unevenly.
        line: the line that stands for it until it is known how it is written.
    """

    slots: Integers
    amount: Any
    view: Array | None
    line: Line


class Adjoints:
    """The gradients of a section's groups, as they are gathered.

    Args:
        reading: reads the parts.
        lanes: the number of lanes; 0 for those of a batch.
        gradients: the array of the gradients of the pool.
        sample_gradients: the array of the gradients of the samples; None if they are not wanted.
    """

    def __init__(self, reading: Reading, lanes: int, gradients: Array, sample_gradients: Array | None) -> None:
        self.reading, self.lines, self.lanes = reading, reading.lines, lanes
        self.gradients, self.sample_gradients = gradients, sample_gradients
        self.whole: dict[int, list[Any]] = {}
        self.some: dict[int, list[tuple[Integers, Any]]] = {}
        self.pool: dict[Any, tuple[NDArray[Any], list[Any]]] = {}
        self.gifts: list[Gift] = []
        self.scattered: list[tuple[NDArray[Any], Array]] = []

    def wants(self, part: Part) -> bool:
        """True if the operands of a part have gradients."""
        return part.kind not in (NUMBER, NUMBERS, LABEL) and (part.kind != SAMPLE or self.sample_gradients is not None)

    def give(self, part: Part, amount: Any) -> None:
        """Note a contribution to the operands of a part: an array that is broadcast to its shape, or a number."""
        if not self.wants(part):
            return
        rows = part.rows.ndim - (part.kind == SLOTS)
        index, equal = once(part.rows, rows)
        for axis in equal:
            amount = self._over(amount, axis, part.rows.shape[axis])
        if part.kind == GROUP:
            self._to_rows(part.group, self.reading.values[part.group], index, amount)
        elif part.kind == SAMPLE:
            self._to_rows(SAMPLES, self.reading.samples, index, amount)
        else:
            key = part.kind, index.shape, index.tobytes()
            self.pool.setdefault(key, (index, []))[1].append(amount)

    def give_pool(self) -> None:
        """Hand the contributions to the pool on, each slot's as one sum: when nothing more is given."""
        for (kind, _, _), (index, amounts) in self.pool.items():
            total = added(amounts)
            if kind == SLOT:
                self._gift(index, self.over_lanes(total))
            else:
                self._to_slots_by_lane(index, total)
        if self.sample_gradients is not None and self.lanes == 0:
            total = self.of(SAMPLES, self.reading.samples)
            store(self.lines, 0.0 if total is None else total, self.sample_gradients)

    def _over(self, amount: Any, axis: int, size: int) -> Any:
        """The sum over an axis along which all members take the same operand."""
        if not isinstance(amount, Array):
            return amount * size
        if amount.shape[axis] == 1:
            return self.lines.call("multiply({0}, {1}, {out})", amount, float(size))
        shape = (*amount.shape[:axis], 1, *amount.shape[axis + 1 :])
        return self.lines.line(f"add.reduce({{0}}, {axis}, None, {{out}}, True)", (amount,), shape, amount.lanes)

    def over_lanes(self, amount: Any) -> Any:
        """The sum over the lanes, without an axis of lanes."""
        if not isinstance(amount, Array):
            return amount if self.lanes == 1 else f"{amount!r} * n"
        if self.lanes == 1:
            return self.lines.view(amount, "{0}[..., 0]", amount.shape, NONE)
        if amount.lanes == ONE:
            amount = self.lines.call("multiply({0}, {1}, {out})", amount, "n")
            return self.lines.view(amount, "{0}[..., 0]", amount.shape, NONE)
        total = Array(self.lines, amount.shape, NONE)
        total.line = Line("add.reduce({0}, -1, None, {out})", (amount,), total, own=False)
        amount.reads += 1
        self.lines.lines.append(total.line)
        return total

    def _to_rows(self, group: int, base: Array, index: Integers, amount: Any) -> None:
        if index.ndim == 1 and row_view(base, index) == "{0}":
            self.whole.setdefault(group, []).append(amount)
            return
        flat = index.ravel()
        if index.ndim == 2 and len(index) == 1 and isinstance(amount, Array) and amount.shape == (1, 1):
            index, amount = flat, self.lines.view(amount, "{0}[:, 0]", (1,), amount.lanes)
        if len(flat) == base.shape[0] and (flat == np.arange(len(flat))).all():  # all rows, in order
            if index.ndim > 1 and isinstance(amount, Array):
                full = self._full(amount, index.shape)
                amount = self.lines.view(full, f"{{0}}.reshape({len(flat)}, -1)", flat.shape, full.lanes)
            self.whole.setdefault(group, []).append(amount)
            return
        if isinstance(amount, Array) and index.ndim > 1:
            full = self._full(amount, index.shape)
            amount = self.lines.view(full, f"{{0}}.reshape({len(flat)}, -1)", flat.shape, full.lanes)
        for places in _distinct(flat):
            of_places = self.reading.rows(amount, places) if isinstance(amount, Array) and amount.shape != (1,) else amount
            self.some.setdefault(group, []).append((flat[places], of_places))

    def _full(self, amount: Any, shape: tuple[int, ...]) -> Array:
        """An amount of exactly that shape, with an axis of lanes."""
        lanes = ONE if self.lanes == 1 else ALL
        if isinstance(amount, Array) and amount.shape == shape and amount.lanes == lanes:
            return amount
        return self.lines.line("copyto({out}, {0})", (amount,), shape, lanes)

    full = _full

    def give_summed(self, part: Part, amount: Array) -> None:
        """Note a contribution to slots that has been summed over the lanes already."""
        self._gift(part.rows, amount)

    def _gift(self, index: Integers, amount: Any) -> None:
        if isinstance(amount, Array) and amount.shape != index.shape:
            wide = Array(self.lines, index.shape, NONE)
            wide.line = Line("copyto({out}, {0})", (amount,), wide, own=False)
            self.lines.lines.append(wide.line)
            amount = wide
        flat = index.ravel()
        distinct = len(np.unique(flat)) == len(flat)
        found = self.reading.slots(self.gradients, index, NONE) if distinct and _is_even(index) else None
        line = self.lines.change("gift", (amount,), self.gradients)
        self.gifts.append(Gift(index, amount, found, line))

    def _to_slots_by_lane(self, index: Integers, amount: Any) -> None:
        flat = index.ravel()
        found = self.reading.even_by_lane(self.gradients, index) if len(np.unique(flat)) == len(flat) else None
        if found is not None:
            line = self.lines.change("gift", (amount,), self.gradients)
            self.gifts.append(Gift(index, amount, found, line))
            return
        place = self.lines.new(index.shape[:-1], ALL)
        store(self.lines, self._full(amount, index.shape[:-1]), place)
        self.scattered.append((index, place))

    def of(self, group: int, base: Array) -> Any:
        """The gradient of a group, now that everything that uses it has given: an array, a number, or None if nothing has."""
        whole, some = self.whole.pop(group, []), self.some.pop(group, [])
        total = added(whole)
        if not some:
            return total
        return self._assembled(base, total, some)

    def _assembled(self, base: Array, total: Any, some: list[tuple[Integers, Any]]) -> Array:
        """An array of which some rows are given more."""
        out = self.lines.new(base.shape, base.lanes)
        times = np.bincount(np.concatenate([index for index, _ in some]), minlength=base.shape[0])
        tiled = total is None and (times == 1).all()
        if not tiled:
            self.lines.change(
                "copyto({out}, {0})" if total is not None else "{out}.fill(0.0)", () if total is None else (total,), out
            )
        for index, amount in some:
            how = row_view(base, index)
            if how is None:
                place = self.lines.constant(index, NONE)
                self.lines.change("{out}[{0}] = {1}" if tiled else "{out}[{0}] += {1}", (place, amount), out)
                continue
            view = self.lines.view(out, how, index.shape, base.lanes)
            if tiled:
                store(self.lines, amount, view)
            else:
                self.lines.change("add({1}, {0}, {1})", (amount, view), out)
        return out


def added(amounts: list[Any]) -> Any:
    """The sum of arrays and numbers; None for none."""
    total: Any = None
    for amount in sorted(amounts, key=lambda amount: not isinstance(amount, Array)):
        total = amount if total is None else total + amount
    return total


def store(lines: Lines, amount: Any, view: Array) -> None:
    """Put an amount into a part of an array: its line writes there at once if nothing else reads it."""
    fresh = isinstance(amount, Array) and amount.line is not None and amount.line.pure and amount.reads == 0
    if fresh and amount.base is None and amount.shape == view.shape and amount.lanes == view.lanes:
        lines.forget(amount)
        amount.base, amount.how, amount.line.pure = view, "{0}", False
        view.reads += 1
    else:
        lines.change("copyto({1}, {0})", (amount, view), view.root)


def _is_even(index: Integers) -> bool:
    return even(index) is not None


def _distinct(flat: Integers) -> list[Integers]:
    """Places apart into runs in which no entry occurs twice."""
    order = np.argsort(flat, kind="stable")
    first = np.flatnonzero(np.diff(flat[order], prepend=-1))
    time = np.arange(len(flat)) - np.repeat(first, np.diff(np.append(first, len(flat))))
    times = np.empty_like(time)
    times[order] = time
    return [np.flatnonzero(times == k) for k in range(int(times.max(initial=0)) + 1)]

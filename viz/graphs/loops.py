"""Loops in a sequence of operations, found without scopes: a body that repeats, each time on what the time before left.

An RNN, Newton's iteration, Horner's scheme, a descent that was unrolled: the graph has the body once for each step. A `Loop`
is the body once, with the place from which every operand comes: from the same step, from an earlier step (it is carried), the
same for all steps, or another one for each (a stream). `written_out` makes the steps of it again. Bodies that carry nothing
are no loop: fold.py folds them as siblings.

The sequence is in an order in which operands come first, so that a stretch of it can be folded without making a cycle. Runs
of a period p are found by the last place at which the same 1, 2, 4, ... items stood: linear time, as bodies are bounded.
"""

from array import array
from collections.abc import Hashable, Iterator, Sequence
from typing import NamedTuple

from .level import ALIKE

BODY = 256  # items of the longest body that is looked for
PERIODS = BODY + 1

# An operand of an item: text for a constant; for an item of the sequence its place and which of its nodes, as
# place * NODES + node, so that the operands of two steps differ by period * NODES; and ~node for any other node.
Operand = str | int
NODES = 1 << 32


class Slot(NamedTuple):
    """The operands at one place of the body, in all steps.

    Attributes:
        kind: 'inner' from the same step, 'carried' from an earlier one, 'shared' by all steps, 'stream' another for each.
        at: for 'inner' and 'carried' the item in the body and which of its nodes, as item * NODES + node.
        back: for 'carried', how many steps before.
        given: what comes from outside: one operand if it is shared, one for each step of a stream, and one for each of the
            first `back` steps if it is carried.
    """

    kind: str
    at: int
    back: int
    given: list[Operand]


class Loop(NamedTuple):
    """A body that repeats.

    Attributes:
        start: the place in the sequence where the first step begins.
        period: the number of items in a step.
        steps: how many steps there are.
        slots: the operands of each item of the body, in order.
    """

    start: int
    period: int
    steps: int
    slots: list[list[Slot]]

    @property
    def end(self) -> int:
        """The place behind the last step."""
        return self.start + self.period * self.steps

    def carried(self) -> list[int]:
        """The numbers that a step leaves to later ones: items of the body and their nodes, as `Slot.at`."""
        return sorted({slot.at for slots in self.slots for slot in slots if slot.kind == "carried"})


def written_out(loop: Loop) -> Iterator[list[Operand]]:
    """The operands of every item of every step, in order: what the loop was folded from.

    >>> h = Loop(0, 1, 3, [[Slot("shared", 0, 0, [~0]), Slot("carried", 0, 1, ["0.5"])]])
    >>> list(written_out(h)) == [[~0, "0.5"], [~0, 0], [~0, NODES]]
    True
    """
    for step in range(loop.steps):
        for slots in loop.slots:
            yield [_operand(loop, slot, step) for slot in slots]


def _operand(loop: Loop, slot: Slot, step: int) -> Operand:
    if slot.kind in ("shared", "stream"):
        return slot.given[step if slot.kind == "stream" else 0]
    if step < slot.back:
        return slot.given[step]
    return slot.at + (loop.start + (step - slot.back) * loop.period) * NODES


def loops_of(tokens: Sequence[Hashable], operands: Sequence[Sequence[Operand]]) -> list[Loop]:
    """The loops in a sequence, none inside another, the longest bodies first.

    Args:
        tokens: for every item what it is; equal tokens have as many operands.
        operands: the operands of every item; those in the sequence come before it.

    Example:
        >>> operands = [[~0, ~1], [~0, 0], [~0, 1 * NODES], [~0, 2 * NODES]]     # h = f(w, h), four times
        >>> [(loop.start, loop.period, loop.steps) for loop in loops_of(["f"] * 4, operands)]
        [(0, 1, 4)]
    """
    return _Search(tokens, operands).loops()


class _Search:
    """The search for loops in one sequence."""

    def __init__(self, tokens: Sequence[Hashable], operands: Sequence[Sequence[Operand]]) -> None:
        codes: dict[Hashable, int] = {}
        self.tokens = [codes.setdefault(token, len(codes)) for token in tokens]
        self.operands = operands
        self.taken = bytearray(len(tokens))

    def loops(self) -> list[Loop]:
        found: list[Loop] = []
        for candidates in reversed(self.candidates()):  # the longest bodies first: others may be inside them
            seen: dict[int, int] = {}  # per period: the end of the last run that was looked at
            for place in candidates:
                j, period = divmod(place, PERIODS)
                if not self.taken[j] and j >= seen.get(period, 0):
                    loop, seen[period] = self.run(j, period)
                    if loop:
                        found.append(loop)
                        self.taken[loop.start : loop.end] = b"\x01" * (loop.end - loop.start)
        return sorted(found, key=lambda loop: loop.start)

    def candidates(self) -> list["array[int]"]:
        """For windows of 1, 2, 4, ... items: the last places of windows that stood as far before and that far before again.

        Place and period are one number, place * PERIODS + period: pairs would take most of the memory of a fold.
        """
        uncrossed = _uncrossed(self.operands)
        found: list[array[int]] = []
        width, classes = 1, self.tokens
        while width <= min(BODY, len(classes) // 2):
            last: dict[int, int] = {}
            periods = array("q", [0]) * len(classes)
            places = array("q")
            repeats = False
            for j in range(width - 1, len(classes)):
                before = last.get(classes[j], j)
                last[classes[j]] = j
                periods[j] = period = j - before
                if 0 < period <= BODY and uncrossed[j] <= before:
                    repeats = True
                    if periods[before] == period:
                        places.append(j * PERIODS + period)
            if not repeats:
                break
            found.append(places)
            width, classes = 2 * width, _doubled(width, classes)
        return found

    def run(self, j: int, period: int) -> tuple[Loop | None, int]:
        """The loop around a place, if there is one, and the end of the run of this period."""
        start, end, bound = j - period, j, -1
        while end < len(self.tokens) and not self.taken[end]:
            latest = self.alike(end, period, start)
            if latest is None or latest >= start:
                break
            bound, end = max(bound, latest), end + 1
        while end - j > 0 and start - 1 > bound and not self.taken[start - 1]:
            latest = self.alike(start - 1 + period, period, start - 1)
            if latest is None or latest >= start - 1:
                break
            bound, start = max(bound, latest), start - 1
        # The first step differs in what is carried: it may have to be added to the run.
        if end - start < (ALIKE - 1) * period:
            return None, end
        return self.aligned(start, end, period), end

    def alike(self, j: int, period: int, start: int) -> int | None:
        """A comparison of an item with the one a period before: is each to its step what the other is to its own?

        Returns:
            None if not; else the latest place from which an operand comes that is outside the steps, -1 if there is none.
        """
        if self.tokens[j] != self.tokens[j - period]:
            return None
        latest = -1
        for a, b in zip(self.operands[j - period], self.operands[j], strict=True):
            if isinstance(a, int) and isinstance(b, int) and a >= 0 and b - a == period * NODES:
                continue
            if _inside(a, start) or _inside(b, start):
                return None
            latest = max(latest, _place(a), _place(b))
        return latest

    def aligned(self, start: int, end: int, period: int) -> Loop | None:
        """The loop in a run: it begins where the fewest numbers are carried from a step to the next, and as early as it can."""
        crossing = self.crossings(start, end, period)
        fewest = min(crossing.values())
        if not fewest:
            return None
        best: Loop | None = None
        for first in (first for first, n in crossing.items() if n == fewest):
            for earlier in (2, 1, 0):
                begin, steps = first - earlier * period, (end - first) // period + earlier
                if begin < 0 or steps < ALIKE or (best and steps <= best.steps) or any(self.taken[begin:first]):
                    continue
                if loop := self.checked(begin, period, steps):
                    best = loop
                    break
        return best

    def crossings(self, start: int, end: int, period: int) -> dict[int, int]:
        """Per place at which a step may begin: how many items before it are used behind it, in the middle of the run."""
        steps = (end - start) // period
        middle = start + max(steps // 2, 1) * period
        near = range(max(start, middle - 2 * period), min(end, middle + 3 * period))
        last_use = {_place(o): j for j in near for o in self.operands[j]}
        change = [0] * (period + 1)
        for j in near:
            first, last = max(j + 1, middle), min(last_use.get(j, -1), middle + period - 1)
            if first <= last:
                change[first - middle] += 1
                change[last - middle + 1] -= 1
        crossing, count = {}, 0
        for k in range(period):
            count += change[k]
            crossing[start + k] = count
        return crossing

    def checked(self, start: int, period: int, steps: int) -> Loop | None:
        """The loop of so many steps from a place on; None if the steps differ or nothing is carried."""
        end = start + period * steps
        slots = []
        for k in range(start, start + period):
            places = range(k, end, period)
            if len({self.tokens[j] for j in places}) > 1:
                return None
            found = [_slot([self.operands[j][n] for j in places], start, period) for n in range(len(self.operands[k]))]
            if None in found:
                return None
            slots.append([slot for slot in found if slot])
        loop = Loop(start, period, steps, slots)
        given: dict[tuple[int, int], list[Operand]] = {}
        carried = [slot for of_item in slots for slot in of_item if slot.kind == "carried"]
        if not carried or any(given.setdefault((slot.at, slot.back), slot.given) != slot.given for slot in carried):
            return None
        return loop


def _slot(operands: list[Operand], start: int, period: int) -> Slot | None:
    """The operands of an item in all steps; None if there is no pattern."""
    last = operands[-1]
    if not _inside(last, start):
        if any(_inside(o, start) for o in operands):
            return None
        same = all(o == last for o in operands)
        return Slot("shared" if same else "stream", 0, 0, [last] if same else operands)
    assert isinstance(last, int)
    steps = len(operands)
    step, item = divmod(last // NODES - start, period)
    at, back = item * NODES + last % NODES, steps - 1 - step
    if back > steps - ALIKE + 1:
        return None
    if any(o != at + (start + (t - back) * period) * NODES for t, o in enumerate(operands) if t >= back):
        return None
    if any(_inside(o, start) for o in operands[:back]):
        return None
    return Slot("carried" if back else "inner", at, back, operands[:back])


def _inside(operand: Operand, start: int) -> bool:
    """True for an item of the sequence from a place on."""
    return isinstance(operand, int) and operand >= start * NODES


def _place(operand: Operand) -> int:
    """The place of an item of the sequence; -1 for any other operand."""
    return operand // NODES if isinstance(operand, int) and operand >= 0 else -1


def _doubled(width: int, classes: Sequence[int]) -> list[int]:
    """The classes of windows twice as wide: two windows are in one class if they hold the same tokens; -1 if not whole."""
    pairs: dict[tuple[int, int], int] = {}
    wider = [-1] * len(classes)
    for j in range(2 * width - 1, len(classes)):
        wider[j] = pairs.setdefault((classes[j - width], classes[j]), len(pairs))
    return wider


def _uncrossed(operands: Sequence[Sequence[Operand]]) -> list[int]:
    """For every place the last one up to it that no number crosses on its way to an item nearby: nothing is carried there."""
    furthest = [0] * len(operands)  # the last use nearby
    for j, some in enumerate(operands):
        for o in some:
            at = _place(o)
            if j - at <= 2 * BODY and at >= 0:
                furthest[at] = j
    uncrossed, last, reach = [], 0, 0
    for j in range(len(operands)):
        if reach < j:
            last = j
        uncrossed.append(last)
        reach = max(reach, furthest[j])
    return uncrossed

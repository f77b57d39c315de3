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
from .ragged import Ragged

BODY = 256  # items of the longest body that is looked for
PERIODS = BODY + 1

# An operand of an item is a number: for an item of the sequence its place and which of its nodes, as place * NODES + node, so
# that the operands of two steps differ by period * NODES; any negative number for something else, ~node for a node.
Operand = int
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
    given: Sequence[Operand]


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

    >>> h = Loop(0, 1, 3, [[Slot("shared", 0, 0, [~0]), Slot("carried", 0, 1, [~1])]])
    >>> list(written_out(h)) == [[~0, ~1], [~0, 0], [~0, NODES]]
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
        self.tokens = array("q", [codes.setdefault(token, len(codes)) for token in tokens])
        self.operands = operands if isinstance(operands, Ragged) else Ragged.of(operands)
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
            recent: dict[int, int] = {}  # where windows stood last, among the last BODY places
            earlier: dict[int, int] = {}  # and among as many before
            periods = array("q", bytes(8 * len(classes)))
            places = array("q")
            repeats = False
            for j in range(width - 1, len(classes)):
                window = classes[j]
                before = recent.get(window)
                if before is None:
                    before = earlier.get(window, j)
                recent[window] = j
                if not j % BODY:
                    recent, earlier = {}, recent
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
            if latest is None:
                break
            bound, end = max(bound, latest), end + 1
        while end - j > 0 and start - 1 > bound and not self.taken[start - 1]:
            latest = self.alike(start - 1 + period, period, start - 1)
            if latest is None:
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
        latest, inside, apart = -1, start * NODES, period * NODES
        flat, at = self.operands.flat, self.operands.start
        before = j - period
        for a, b in zip(flat[at[before] : at[before + 1]], flat[at[j] : at[j + 1]], strict=True):
            if b - a == apart and a >= 0:
                continue
            if a >= inside or b >= inside:
                return None
            if a > latest:
                latest = a
            if b > latest:
                latest = b
        return latest // NODES

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
        last_use = {o // NODES: j for j in near for o in self.operands[j]}
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
        if self.tokens[start : end - period] != self.tokens[start + period : end]:
            return None
        # Equal tokens have as many operands, so that those at one place of the body stand at equal distances.
        flat, at = self.operands.flat, self.operands.start
        of_step = at[start + period] - at[start]
        slots = []
        for k in range(start, start + period):
            found = [_slot(flat[n : at[end] : of_step], start, period) for n in range(at[k], at[k + 1])]
            if None in found:
                return None
            slots.append([slot for slot in found if slot])
        loop = Loop(start, period, steps, slots)
        given: dict[tuple[int, int], Sequence[Operand]] = {}
        carried = [slot for of_item in slots for slot in of_item if slot.kind == "carried"]
        if not carried or any(given.setdefault((slot.at, slot.back), slot.given) != slot.given for slot in carried):
            return None
        return loop


def _slot(operands: "array[int]", start: int, period: int) -> Slot | None:
    """The operands of an item in all steps; None if there is no pattern."""
    last, inside = operands[-1], start * NODES
    if last < inside:
        if max(operands) >= inside:
            return None
        same = operands.count(last) == len(operands)
        return Slot("shared" if same else "stream", 0, 0, operands[-1:] if same else operands)
    steps = len(operands)
    step, item = divmod(last // NODES - start, period)
    at, back = item * NODES + last % NODES, steps - 1 - step
    if back > steps - ALIKE + 1:
        return None
    apart = period * NODES
    if operands[back:] != array("q", range(at + inside, at + inside + (steps - back) * apart, apart)):
        return None
    if max(operands[:back], default=-1) >= inside:
        return None
    return Slot("carried" if back else "inner", at, back, operands[:back])


def _doubled(width: int, windows: "array[int]") -> "array[int]":
    """The classes of windows twice as wide, by a hash of those of their halves; 0 if not whole."""
    halves = zip(windows[width - 1 : len(windows) - width], windows[2 * width - 1 :], strict=True)
    return array("q", bytes(8 * (2 * width - 1))) + array("q", map(hash, halves))


def _uncrossed(operands: Ragged) -> "array[int]":
    """For every place the last one up to it that no number crosses on its way to an item nearby: nothing is carried there."""
    furthest = array("q", bytes(8 * len(operands)))  # the last use nearby
    for j, some in enumerate(operands):
        near = max(j - 2 * BODY, 0) * NODES
        for o in some:
            if o >= near:
                furthest[o // NODES] = j
    uncrossed, last, reach = array("q"), 0, 0
    for j in range(len(operands)):
        if reach < j:
            last = j
        uncrossed.append(last)
        reach = max(reach, furthest[j])
    return uncrossed

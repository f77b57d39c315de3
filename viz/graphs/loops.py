"""Loops in a sequence of operations, found without scopes: a body that repeats, each time on what the time before left.

An RNN, Newton's iteration, Horner's scheme, a descent that was unrolled: the graph has the body once for each step. A `Loop`
is the body once, with the place from which every operand comes: from the same step, from an earlier step (it is carried), the
same for all steps, or another one for each (a stream). `written_out` makes the steps of it again. Bodies that carry nothing
from each step to the next are no loop: fold.py folds them as siblings.

The sequence is in an order in which operands come first, so that a stretch of it can be folded without making a cycle. Runs
of a period p are found by the last place at which the same 1, 2, 4, ... items stood: linear time, as bodies are bounded.
"""

from array import array
from collections.abc import Hashable, Iterable, Iterator, Sequence
from operator import add, sub
from typing import NamedTuple

from .level import ALIKE
from .ragged import Ragged

BODY = 256  # items of the longest body that is looked for
PERIODS = BODY + 1
CODES = 1 << 16  # kinds of windows that have numbers
SOME = 4096  # places that are looked at together
FEW = 4  # steps that are compared item by item before many are together

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

    def stride(self) -> int:
        """The number of steps that the first to use a carried number is behind: 1 if it is the next one.

        Otherwise so many sequences lie side by side: the second terms of four sums are four steps behind the first ones.

        >>> Loop(0, 1, 8, [[Slot("carried", 0, 4, [~1, ~2, ~3, ~4]), Slot("shared", 0, 0, [~0])]]).stride()
        4
        """
        return min(slot.back for slots in self.slots for slot in slots if slot.kind == "carried")


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
        self.tokens, self.kinds = _numbered(tokens)
        self.operands = operands if isinstance(operands, Ragged) else Ragged.of(operands)
        self.taken = bytearray(len(tokens))
        self.no_loops: set[tuple[int, int, int]] = set()  # runs in which there is none

    def loops(self) -> list[Loop]:
        found: list[Loop] = []
        reach = _reach(self.operands)
        for periods in reversed(self.periods(reach)):  # the longest bodies first: others may be inside them
            seen: dict[int, int] = {}  # per period: the end of the last run that was looked at
            for j in self.candidates(periods, reach):
                period = periods[j]
                if not self.taken[j] and j >= seen.get(period, 0):
                    loop, seen[period] = self.run(j, period)
                    if loop:
                        found.append(loop)
                        self.taken[loop.start : loop.end] = b"\x01" * (loop.end - loop.start)
        return sorted(found, key=lambda loop: loop.start)

    def candidates(self, periods: "array[int]", reach: "array[int]") -> Iterator[int]:
        """The last places of windows that stood as far before and that far before again, where no loop has been found yet."""
        end = self.taken.find(0)
        while end >= 0:
            j, end = end, min(end + SOME, len(periods))
            near = enumerate(zip(periods[j:end], reach[j:end], strict=True), j)
            yield from [j for j, (period, most) in near if 0 < period <= most and periods[j - period] == period]
            end = self.taken.find(0, end)

    def periods(self, reach: "array[int]") -> list["array[int]"]:
        """For windows of 1, 2, 4, ... items, by the places at which they end: the distance to where the same one stood last.

        A distance is 0 where it is longer than the longest body, or there is none. There are no windows so wide that none of
        them repeats within what `reach` says.
        """
        found: list[array[int]] = []
        width, codes, kinds = 1, self.tokens, self.kinds
        periods = _periods(codes, kinds)
        while width <= min(BODY, len(periods) // 2) and any(0 < p <= r for p, r in zip(periods, reach, strict=True)):
            found.append(periods)
            if kinds**2 <= min(64 * len(periods), CODES):  # so few kinds of windows have numbers, twice as wide ones as well
                codes, kinds = _numbered(map(add, map(kinds.__mul__, codes), codes[width:]))
                periods = array("H", bytes(2 * (2 * width - 1))) + _periods(codes, kinds)
            else:
                periods = _doubled(width, periods)
                kinds = len(periods) + CODES  # from here on there are too many
            width *= 2
        return found

    def run(self, j: int, period: int) -> tuple[Loop | None, int]:
        """The loop around a place, if there is one, and the end of the run of this period."""
        start = j - period
        if self.alike(j, period, start) is None:  # most
            return None, j
        end, bound = self.run_from(j, period, start)
        while start - 1 > bound and not self.taken[start - 1]:
            before = self.alike(start - 1 + period, period, start - 1)
            if before is None:
                break
            bound, start = max(bound, before), start - 1
        # The first step differs in what is carried: it may have to be added to the run.
        if end - start < (ALIKE - 1) * period or (start, end, period) in self.no_loops:
            return None, end
        loop = self.aligned(start, end, period)
        if loop and (stride := loop.stride()) > 1:  # a step takes one item of each sequence, if they are long enough
            loop = self.aligned(start, end, period * stride) if period * stride <= BODY else None
        if not loop:
            self.no_loops.add((start, end, period))
        return loop, end

    def run_from(self, j: int, period: int, start: int) -> tuple[int, int]:
        """The end of the run of a period from a place on, and the latest place from which an operand comes that is outside."""
        end, bound, steps, alone = j, -1, FEW, j + FEW * period
        while end < len(self.tokens) and not self.taken[end]:
            steps = min(steps, (len(self.tokens) - end) // period)
            if end >= alone and steps:
                latest = self.steps_alike(end, period, start, steps)
                if latest is not None:
                    bound, end, steps = max(bound, latest), end + steps * period, 2 * steps
                    continue
                steps, alone = FEW, end + FEW * period
            latest = self.alike(end, period, start)
            if latest is None:
                break
            bound, end = max(bound, latest), end + 1
        return end, bound

    def steps_alike(self, j: int, period: int, start: int, steps: int) -> int | None:
        """The same comparison as `alike`, of all items of many steps from a place on; None if it takes a look at each."""
        end, before = j + steps * period, j - period
        if self.tokens[before : end - period] != self.tokens[j:end] or self.taken.find(1, j, end) >= 0:
            return None
        latest, inside, apart = -1, start * NODES, period * NODES
        flat, at = self.operands.flat, self.operands.start
        of_step = at[j] - at[before]
        for slot in range(of_step):
            a = flat[at[before] + slot : at[end - period] : of_step]
            b = flat[at[j] + slot : at[end] : of_step]
            if a[0] >= 0 and b[0] - a[0] == apart:
                if min(a) < 0 or b != array("q", map(apart.__add__, a)):
                    return None
                continue
            most = max(max(a), max(b))
            if most >= inside or apart in map(sub, b, a):
                return None
            latest = max(latest, most)
        return latest // NODES

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


def _numbered(things: Iterable[Hashable]) -> tuple["array[int]", int]:
    """The things by their numbers, in the order in which they occur, and how many different ones there are."""
    numbers: dict[Hashable, int] = {}
    return array("q", [numbers.setdefault(thing, len(numbers)) for thing in things]), len(numbers)


def _periods(codes: Iterable[int], kinds: int) -> "array[int]":
    """The distance from every place to where the same code stood last; 0 if it is longer than the longest body, or nowhere.

    Args:
        codes: numbers below `kinds`.
    """
    last = array("q", [-PERIODS]) * kinds
    periods = array("H")
    for j, code in enumerate(codes):
        period = j - last[code]
        last[code] = j
        periods.append(period if period <= BODY else 0)
    return periods


def _doubled(width: int, periods: "array[int]") -> "array[int]":
    """The periods of windows twice as wide: a window stood where both of its halves stood, the same distance before."""
    whole = array("H", bytes(2 * (2 * width - 1)))
    for start in range(2 * width - 1, len(periods), SOME):
        end = min(start + SOME, len(periods))
        last, first = periods[start:end], periods[start - width : end - width]
        if last == first:  # in the midst of a loop
            whole += last
        else:
            halves = zip(last, first, range(start, end), strict=True)
            whole.extend([a if a == b else a and b and _together(periods, width, end) for a, b, end in halves])
    return whole


def _together(periods: "array[int]", width: int, end: int) -> int:
    """The least distance before a place at which both halves of a window stood; 0 for none within the longest body."""
    a = of_a = periods[end]
    b = of_b = periods[end - width]
    while a != b:
        if a < b:
            of_a = periods[end - a]
            a += of_a
            if not of_a or a > BODY:
                return 0
        else:
            of_b = periods[end - width - b]
            b += of_b
            if not of_b or b > BODY:
                return 0
    return a


def _reach(operands: Ragged) -> "array[int]":
    """The distance from every place to the last one that no number crosses on its way to an item nearby.

    Nothing is carried there, so that a step of a loop is not longer.
    """
    furthest = array("q", bytes(8 * len(operands)))  # the last use nearby
    flat, start = operands.flat, operands.start
    for j in range(len(operands)):
        near = max(j - 2 * BODY, 0) * NODES
        for o in flat[start[j] : start[j + 1]]:
            if o >= near:
                furthest[o // NODES] = j
    found, last, reach = array("q"), 0, 0
    for j, use in enumerate(furthest):
        if reach < j:
            last = j
        found.append(j - last)
        if use > reach:
            reach = use
    return found

"""One kind of call of a compiled function: its variants, and what is done when none of them fits.

A call is first replayed by the variant that served last. Where a guard fails, another variant is tried; where there is none,
the function itself runs, is recorded, and compared with its own recording. At the 2nd, 4th, 8th, ... use of a variant the
function runs as well, and has to give the same.
"""

import contextlib
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from .. import notices
from ..errors import AutogradError, OperandError, ReplayError, ReplayWarning
from ..modes import record_sources
from ..operators import Tracer
from ..primitives.straight import FUNCTIONS
from ..primitives.table import TABLE
from ..stepping.identifiers import identifier
from ..structure import flatten
from . import doubts
from .arrangement import Arranged, arranged
from .calls import Call, input_names, split
from .evaluation import Evaluation, evaluated
from .exact import Left
from .interpreted import reader
from .variants import Variant, Variants, described
from .written import MOST, RESERVED, Written

MOST_VARIANTS = 64
PRICE = 20.0  # a recording costs as much as so many replays save
MOST_NAMED = 200  # Values from outside that have their own names in a text
MOST_READS = 4  # variants that differ by a number that was read as a plain one


class Case:
    """The calls with one key.

    Args:
        f: the function.
        name: its name, for messages.
        call: the first of the calls.

    Attributes:
        call: the first call.
        parts: the traced arguments.
        variants: what has been recorded.
        calls, recordings, eager: how often it was called, was recorded, and ran by itself without being recorded.
        left: by decision, how often a replay was left there.
        look: True if the next replay is to be compared with the function.
    """

    def __init__(self, f: Callable[..., Any] | None, name: str, call: Call) -> None:
        self.f, self.name = f, name
        self.parts = call.parts(name)
        self.inputs = [_free(n) for n in input_names(f, self.parts)]
        self.call = call
        self.variants = Variants(MOST_VARIANTS)
        self.calls = self.recordings = self.eager = 0
        self.left: Counter[str] = Counter()
        self.look: bool = False
        self._credit = PRICE * MOST_VARIANTS
        self._lock = threading.RLock()

    def run(self, call: Call, action: Callable[[Variant], Any]) -> tuple[Variant, Any] | None:
        """Replay a call.

        Args:
            action: asks a variant's reader; it raises `Left` where a guard fails.

        Returns:
            The variant that fits, and what the action gave; None if the function itself has to be run.
        """
        self.calls += 1
        variant = self.variants.latest
        waiting: list[Variant] = []
        tried: set[int] = set()
        while variant is not None:
            tried.add(id(variant))
            try:
                result = action(variant)
            except Left as left:
                others = self.variants.others(variant, left.guard)
                if self._left(variant, left.guard) and len(others) >= MOST_READS:
                    self.eager += 1  # another number is read each time
                    return None
                waiting += [v for v in others if id(v) not in tried]
                variant = waiting.pop() if waiting else None
            else:
                self.served(variant)
                self.counted(variant, call)
                return variant, result
        return self._recorded(call, action)

    def served(self, variant: Variant) -> None:
        """Note that a variant has served: the next call begins with it."""
        if variant is not self.variants.latest:
            with self._lock:
                if variant.way:  # or it has been dropped meanwhile
                    self.variants.served(variant)

    def others(self, variant: Variant, guard: int, times: int) -> list[Variant]:
        """The variants to try where so many replays were left; none after a number that was read as a plain one."""
        g = variant.tape.guards[guard]
        if g.relation == "is":
            return []
        self.left[described(variant.tape, g, variant.reader.names)] += times
        return self.variants.others(variant, guard)

    def _left(self, variant: Variant, guard: int) -> bool:
        """Note that a replay was left; True if a number that was read as a plain one has changed."""
        g = variant.tape.guards[guard]
        line = described(variant.tape, g, variant.reader.names)
        self.left[line] += 1
        if g.relation == "is" and self.left[line] == MOST_READS + 1:
            self._warn(
                f"{self.name} reads a number as a plain one, at {line}: what it does with that is not known, so no recording "
                "serves another number, and the function itself runs. Compute with the Value: comparisons, round, floor, "
                "maximum and logsumexp take it"
            )
        return g.relation == "is"

    # --- recording -------------------------------------------------------------------------------------------------------

    def _recorded(self, call: Call, action: Callable[[Variant], Any]) -> tuple[Variant, Any] | None:
        """Record a call and replay it; None if recordings have not paid."""
        if self.f is None:
            raise ReplayError(
                f"{self.name}: these numbers take a way that was not recorded, and the program was loaded without its "
                "function; give it: Program.load(file, function=f)"
            )
        if self._credit < PRICE:
            self.eager += 1
            return None
        latest = self.variants.latest
        with record_sources() if latest is not None and len(latest.tape) < MOST else contextlib.nullcontext():
            run = self.evaluated(call, call.numbers)
        recorded = arranged(run, self.name)
        if not self.recordings:
            recorded = self._doubted(call, recorded)
        variant = Variant(recorded, self._reader(recorded))
        result = action(variant)
        self._compare(variant, call, run)
        with self._lock:
            self.recordings += 1
            self._credit -= PRICE
            self.variants.add(variant)
        if self._credit < PRICE:
            line, times = (self.left.most_common(1) or [("the numbers that are read", 0)])[0]
            self._warn(
                f"{self.name} was recorded {self.recordings:,} times in {self.calls:,} calls: its decisions differ too often "
                f"for replays to pay, most often at {line} ({times:,} times). From here on the function itself runs. A "
                "decision that is part of the computation can be written without one: maximum, minimum, abs, where, clamp, relu"
            )
        return variant, result

    def evaluated(self, call: Call, numbers: Sequence[float]) -> Evaluation:
        """The function run at numbers, with a note of what it does."""

        def called(values: Sequence[Any]) -> Any:
            args, kwargs = list(call.args), dict(call.kwargs)
            for (argument, _, _), part in zip(self.parts, split(values, self.parts), strict=True):
                if isinstance(argument, int):
                    args[argument] = part
                else:
                    kwargs[argument] = part
            assert self.f is not None  # a case without its function is not recorded
            return self.f(*args, **kwargs)

        return evaluated(self.name, numbers, called)

    def _doubted(self, call: Call, recorded: Arranged) -> Arranged:
        """The recording again with places, after it has been compared with another at other inputs.

        Raises:
            ReplayError: something moved that is not seen.
        """
        small = len(recorded.tape) < MOST
        for numbers in (doubts.moved(call.numbers, 1e-3), doubts.moved(call.numbers, 1e-9), call.numbers):
            again = numbers is call.numbers or not call.numbers
            try:
                with record_sources() if small else contextlib.nullcontext():  # to find every place takes as long as the rest
                    other = arranged(self.evaluated(call, numbers), self.name)
            except (AutogradError, ArithmeticError, ValueError, LookupError):
                if again:
                    raise
                continue  # these numbers are outside of the function's domain
            if not doubts.same_decisions(recorded.tape, other.tape) or (doubts.reads(recorded.tape) and not again):
                if again:
                    raise ReplayError(f"compile({self.name}): two runs at the same numbers have decided differently; {_HIDDEN}")
                continue
            found = doubts.difference(recorded.tape, other.tape)
            if found and not small:
                with record_sources():
                    found = doubts.difference(recorded.tape, arranged(self.evaluated(call, numbers), self.name).tape)
            if found or recorded.captured != other.captured:
                found = found or "another Value from outside took part"
                raise ReplayError(f"compile({self.name}): two runs do not do the same: {found}; {_HIDDEN}")
            recorded.tape.place = other.tape.place
            guards = zip(recorded.tape.guards, other.tape.guards, strict=True)
            recorded.tape.guards = tuple([g._replace(place=h.place) for g, h in guards])
            break
        return recorded

    def restore(self, recorded: Arranged) -> None:
        """Add a variant that was recorded elsewhere."""
        self.recordings += 1
        self.calls += 1
        self.variants.add(Variant(recorded, self._reader(recorded)))

    def __reduce__(self) -> tuple[Any, ...]:
        kept = [(v.tape, v.captured, v.rebuild([0.0] * len(v.tape.outputs)), v.single) for v in self.variants]
        return _restored, (self.name, self.call, kept)

    def _reader(self, recorded: Arranged) -> Written:
        few = len(recorded.captured) <= MOST_NAMED
        captured = [_free(v.label or f"w{i}") if few else f"w{i}" for i, v in enumerate(recorded.captured)]
        names, taken = [], set()
        for name in (*self.inputs, *captured):
            wanted, n = name, 1
            while name in taken:
                n += 1
                name = f"{wanted}_{n}"
            taken.add(name)
            names.append(name)
        return reader(recorded.tape, names, f"{self.name}, as it was recorded")

    def _warn(self, text: str) -> None:
        notices.warn(f"{text}. print(program.report()) says which line decided what, how often", ReplayWarning)

    # --- comparing with the function -------------------------------------------------------------------------------------

    def counted(self, variant: Variant, call: Call, times: int = 1) -> None:
        """Note that a variant has served calls, of which this is the last one; it is compared with the function now and then.

        Raises:
            ReplayError: they differ.
        """
        before = variant.counted
        variant.counted = before + times
        self._credit += times
        if self.f is not None and (self.look or before.bit_length() < variant.counted.bit_length()):
            self.look = False
            self._compare(variant, call, self.evaluated(call, call.numbers))

    def _compare(self, variant: Variant, call: Call, run: Evaluation) -> None:
        """Compare a replay with the function.

        Raises:
            ReplayError: they differ.
        """
        try:
            replayed = variant.reader.value(variant.numbers(call.numbers))
        except Left as left:
            g = variant.tape.guards[left.guard]
            raise self._lost(f"a decision at {doubts.said(g.place)} came out differently in a replay", variant, run) from None
        outputs, _ = flatten(run.output, f"compile({self.name}): result of the function")
        given = [y._number if isinstance(y, Tracer) else y for y in outputs]
        for x, y in zip(given, replayed, strict=True):
            if x != y and (x == x or y == y):
                raise self._lost(f"it gives {x!r}, and its replay {y!r}", variant, run)

    def _lost(self, what: str, variant: Variant, run: Evaluation) -> ReplayError:
        try:
            found = doubts.difference(variant.tape, arranged(run, self.name).tape)
        except (ReplayError, OperandError):
            found = ""
        found = f": {found}" if found else ""
        return ReplayError(
            f"{self.name}: the function and its recording no longer agree after {variant.uses:,} uses: {what}{found}; "
            f"{_HIDDEN} What the program has given since that changed may be wrong"
        )


def _restored(name: str, call: Call, kept: list[tuple[Any, ...]]) -> Case:
    """The case of a pickle; its program gives it the function."""
    case = Case(None, name, call)
    for tape, captured, result, single in kept:
        case.restore(Arranged(tape, captured, flatten(result, name)[1], single))
    return case


_HIDDEN = (
    "it depends on something that is neither an input nor a Value from outside: a random draw, the time, a counter, a plain "
    "number that has changed. Give that as an argument, a float to be traced, anything else to be part of the key."
)


def _free(name: str) -> str:
    """A name that an emitted text does not use for itself."""
    name = identifier(name) or "x"
    return f"{name}_" if RESERVED.fullmatch(name) or name in FUNCTIONS or name in TABLE else name

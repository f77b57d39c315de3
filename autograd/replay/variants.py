"""The variants of a recorded function: one tape for each way that its decisions have come out.

A function decides by the numbers it is given, so two runs that decide alike do the same until the first decision that comes out
differently. The variants are therefore the leaves of a tree whose forks are decisions. Where a guard of a tape fails, the other
branch of that fork leads to the variant to try next. There may be many variants: the least recently used ones go.
"""

import itertools
from collections.abc import Hashable, Iterator
from typing import Any

from .arrangement import Arranged
from .doubts import said
from .tape import Guard, Tape
from .written import Written


class Variant:
    """One way through the function.

    Attributes:
        tape, captured, rebuild, single: as they were recorded (arrangement.py).
        reader: computes the tape.
        kernel: the interpreter that calls come to directly; False if there is none.
        many: its readers for many points at once (rows.py).
        counted: how often it has served, calls that came to that one left out, its recording included.
        passed_on: how many calls that one has passed on to Python.
    """

    def __init__(self, recorded: Arranged, reader: Written) -> None:
        self.tape, self.captured, self.rebuild, self.single = recorded
        self.reader = reader
        self.kernel: Any = None  # of calls that come to it directly
        self.many: dict[Any, Any] = {}
        self.counted: int = 1
        self.passed_on: int = 0
        self.tick: int = 0  # when it was last the one to begin with
        self.way: list[_Fork] = []  # from the root of the tree to its leaf

    @property
    def uses(self) -> int:
        """The number of calls that it has served."""
        return self.counted + self.called

    @property
    def called(self) -> int:
        """The number of calls that came to its interpreter directly, and were answered there."""
        return self.kernel.calls - self.passed_on if self.kernel else 0

    def numbers(self, given: list[float]) -> list[float]:
        """The numbers of the tape's inputs: those of the call, and those that the captured `Value`s have now."""
        return given + [v._data for v in self.captured] if self.captured else given


class _Fork:
    """A decision in the tree, with a branch for each outcome; at the end of a way it has none."""

    __slots__ = ("branches", "latest")

    def __init__(self) -> None:
        self.branches: dict[Hashable, _Fork] = {}
        self.latest: Variant | None = None  # of those beyond it, the one that was used last


def outcome(tape: Tape, guard: Guard) -> Hashable:
    """The branch that a decision takes: the answer, or the number that was read."""
    return tape.constants[-1 - guard.right].hex() if guard.relation == "is" else guard.outcome


class Variants:
    """The variants of a function for calls of one kind.

    Args:
        most: how many are kept.

    Attributes:
        latest: the one that served last, which the next call begins with; None before the first.
    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.latest: Variant | None = None
        self._root = _Fork()
        self._all: list[Variant] = []
        self._ticks = itertools.count(1)

    def __iter__(self) -> Iterator[Variant]:
        return iter(tuple(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def others(self, variant: Variant, guard: int) -> list[Variant]:
        """The variants to try where a guard of one has failed: one for each other branch of that fork."""
        if guard >= len(variant.way):
            return []  # it has been dropped meanwhile
        mine = outcome(variant.tape, variant.tape.guards[guard])
        branches = variant.way[guard].branches
        return [fork.latest for branch, fork in list(branches.items()) if branch != mine and fork.latest is not None]

    def add(self, variant: Variant) -> None:
        """Keep a variant; it takes the place of one with the same decisions, and the least recently used one may go."""
        fork, way = self._root, [self._root]
        for guard in variant.tape.guards:
            fork = fork.branches.setdefault(outcome(variant.tape, guard), _Fork())
            way.append(fork)
        if not fork.branches and fork.latest is not None:
            self._all.remove(fork.latest)
        variant.way = way
        self._all.append(variant)
        self.served(variant)
        if len(self._all) > self.most:
            self._drop(min((v for v in self._all if v is not variant), key=lambda v: v.tick))

    def served(self, variant: Variant) -> None:
        """Note that a variant has served: it is the first to be tried from now on."""
        if self.latest is not None:
            self.latest.tick = next(self._ticks)
        self.latest = variant
        variant.tick = next(self._ticks)
        for fork in variant.way:
            fork.latest = variant

    def _drop(self, variant: Variant) -> None:
        self._all.remove(variant)
        way, variant.way = variant.way, []
        way[-1].latest = None
        for k in range(len(way) - 2, -1, -1):
            fork = way[k]
            branch = outcome(variant.tape, variant.tape.guards[k])
            if fork.branches[branch].latest is None:
                del fork.branches[branch]
            if fork.latest is variant:
                fork.latest = max(
                    (f.latest for f in fork.branches.values() if f.latest is not None), key=lambda v: v.tick, default=None
                )


def described(tape: Tape, guard: Guard, names: list[str]) -> str:
    """A decision in words: its place in the source, or where that is not known the comparison."""
    if guard.place:
        return said(guard.place)

    def shown(o: int) -> Any:
        return (names[o] if o < len(names) else f"v{o}") if o >= 0 else tape.constants[-1 - o]

    return f"{shown(guard.left)} {guard.relation} {shown(guard.right)}"

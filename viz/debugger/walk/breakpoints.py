"""Breakpoints, at which a run through a backward pass stops, and the reasons of stops.

A breakpoint is of one of the kinds in kinds.py. It may have a condition over the numbers of the step, and a hit count: 3 (the
third time), >=3, %3 (every third). arrivals.py works out the positions in a pass.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from autograd.errors import ArgumentError, did_you_mean

from .conditions import Condition
from .kinds import KINDS

EXCEPTIONS = {
    "nan": "the first contribution that is nan",
    "inf": "the first contribution that is infinite",
    "forward": "a value that is nan or inf, where it begins in the forward pass",
    "vanishing": "a contribution of 0, or below 1e-30, from a gradient that is not",
    "exploding": "a contribution above 1e8",
}
NAMES = ["data", "grad", "local", "upstream", "contribution", "total", "label", "op", "scope", "node", "parent", "step"]
VANISHING, EXPLODING = 1e-30, 1e8
_HITS = re.compile(r"\s*(>=|==|>|<=|<|%)?\s*(\d+)\s*")


@dataclass
class Breakpoint:
    """A breakpoint, which stops a run.

    Attributes:
        kind: one of `KINDS` (kinds.py).
        what: the line as 'file.py:12', the node, pattern, operation, scope, or one of `EXCEPTIONS`.
        condition: an expression over the numbers of the step, '' for none; see conditions.py and `NAMES`.
        hits: the hit count: '3', '>=3', '%3', or '' to stop every time.
        temporary: True if it is removed after it has stopped a run once.
        enabled: True if it stops runs.
        id: a number to call it by.
        before: the number of times it was reached in earlier passes; `Session.times` adds the current pass.
        nodes: the nodes it stops at; set when it is added to a session.
        verified: True if there is something it could stop at.
        message: the reason if there is nothing.
    """

    kind: str
    what: str
    condition: str = ""
    hits: str = ""
    temporary: bool = False
    enabled: bool = True
    id: int = 0
    before: int = 0
    nodes: frozenset[int] = frozenset()
    verified: bool = True
    message: str = ""
    test: Condition | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Stop:
    """The reason why a run has stopped.

    Attributes:
        reason: 'step', 'breakpoint', 'gradient', 'exception', 'start' or 'end'.
        breakpoints: the breakpoints that stopped it.
        text: the reason in words.
    """

    reason: str
    breakpoints: tuple[Breakpoint, ...] = ()
    text: str = ""


def counts(hits: str) -> Callable[[int], bool]:
    """The test of a hit count: a function of n that is True if the breakpoint stops the n-th time.

    >>> [n for n in range(1, 8) if counts("%3")(n)], [n for n in range(1, 5) if counts(">=3")(n)], counts("2")(2)
    ([3, 6], [3, 4], True)

    Raises:
        ArgumentError: the text is no hit count.
    """
    if not hits.strip():
        return lambda _: True
    match = _HITS.fullmatch(hits)
    if match is None or int(match[2]) == 0:
        raise ArgumentError(f"{hits!r} is not a hit count; write 3 (the third time), >=3, <3, or %3 (every third)")
    n = int(match[2])
    tests: dict[str, Callable[[int], bool]] = {
        "==": lambda count: count == n, ">=": lambda count: count >= n, ">": lambda count: count > n,
        "<=": lambda count: count <= n, "<": lambda count: count < n, "%": lambda count: n > 0 and count % n == 0,
    }  # fmt: skip
    return tests[match[1] or "=="]


def checked_breakpoint(breakpoint: Breakpoint) -> Breakpoint:
    """Check everything about a breakpoint that needs no pass, and compile its condition.

    Raises:
        ArgumentError: the kind or the exception is unknown, or the line, condition or hit count cannot be read.
    """
    if not isinstance(breakpoint, Breakpoint):
        raise ArgumentError(f"{breakpoint!r} is no breakpoint; write Breakpoint('line', 'train.py:12')")
    kind, what = breakpoint.kind, breakpoint.what
    if kind not in KINDS:
        raise ArgumentError(f"no breakpoint is of kind {kind!r}.{did_you_mean(kind, KINDS)}")
    if kind == "line" and not what.rpartition(":")[2].isdecimal():
        raise ArgumentError(f"{what!r} is not a line; write file.py:12")
    if kind == "exception" and what not in EXCEPTIONS:
        there = ", ".join(EXCEPTIONS)
        raise ArgumentError(f"no exception is called {what!r}.{did_you_mean(what, EXCEPTIONS)} There are: {there}")
    counts(breakpoint.hits)
    breakpoint.test = Condition(breakpoint.condition, NAMES) if breakpoint.condition.strip() else None
    return breakpoint

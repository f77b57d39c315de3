"""Breakpoints: where a run through a backward pass stops, and why it did.

    line        a source line: when the walk arrives at a node that was made there
    node        one node, by its label, 'v7' or its id
    label       every node whose label matches a pattern: w^1_*
    op          every node made by an operation: tanh
    scope       every node of a scope: when the walk goes into it
    gradient    a data breakpoint: the gradient of a node changes
    exception   the first of something bad: nan, inf, forward (a value that is not finite), vanishing, exploding

A breakpoint may have a condition over the numbers of the step, and a hit count: 3 (the third time), >=3, %3 (every third).
"""

import fnmatch
import os
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Any

from autograd import Recording
from autograd.errors import ArgumentError, did_you_mean

from ..graph import find
from .conditions import Condition

KINDS = ("line", "node", "label", "op", "scope", "gradient", "exception")
EXCEPTIONS = {
    "nan": "the first contribution that is nan",
    "inf": "the first contribution that is infinite",
    "forward": "the first node whose value is nan or inf",
    "vanishing": "a contribution of 0, or below 1e-30, from a gradient that is not",
    "exploding": "a contribution above 1e8",
}
NAMES = ["data", "grad", "local", "upstream", "contribution", "total", "label", "op", "scope", "node", "parent", "step"]
VANISHING, EXPLODING = 1e-30, 1e8
_HITS = re.compile(r"\s*(>=|==|>|<=|<|%)?\s*(\d+)\s*")


@dataclass
class Breakpoint:
    """Where a run stops.

    Attributes:
        kind: one of `KINDS`.
        what: the line as 'file.py:12', the node, pattern, operation, scope, or one of `EXCEPTIONS`.
        condition: an expression over the numbers of the step, '' for none; see conditions.py and `NAMES`.
        hits: how often it has to be reached, '' for every time: '3', '>=3', '%3'.
        temporary: gone after it has stopped a run once.
        enabled: whether it stops runs.
        id: a number to call it by.
        count: how often it has been reached.
        nodes: the nodes it stops at; set when it is added to a session.
        verified: whether there is anything it could stop at, and `message` why not.
    """

    kind: str
    what: str
    condition: str = ""
    hits: str = ""
    temporary: bool = False
    enabled: bool = True
    id: int = 0
    count: int = 0
    nodes: frozenset[int] = frozenset()
    verified: bool = True
    message: str = ""
    test: Condition | None = field(default=None, repr=False)

    def reached(self, numbers: Callable[[], dict[str, Any]]) -> bool:
        """Whether it stops a run that has come to it, once more counted.

        Args:
            numbers: gives the numbers of the step, for its condition.
        """
        if not self.enabled or (self.test is not None and not self.test.holds(numbers())):
            return False
        self.count += 1
        return counts(self.hits, self.count)


@dataclass(frozen=True)
class Stop:
    """Why a run has stopped.

    Attributes:
        reason: 'step', 'breakpoint', 'gradient', 'exception', 'start' or 'end'.
        breakpoints: those that stopped it.
        text: in words.
    """

    reason: str
    breakpoints: tuple[Breakpoint, ...] = ()
    text: str = ""


def counts(hits: str, count: int) -> bool:
    """Whether a hit count lets a breakpoint stop the `count`-th time.

    >>> [n for n in range(1, 8) if counts("%3", n)], [n for n in range(1, 5) if counts(">=3", n)], counts("2", 2)
    ([3, 6], [3, 4], True)

    Raises:
        ArgumentError: it is no hit count.
    """
    if not hits.strip():
        return True
    match = _HITS.fullmatch(hits)
    if match is None:
        raise ArgumentError(f"{hits!r} is not a hit count; write 3 (the third time), >=3, <3, or %3 (every third)")
    sign, n = match[1] or "==", int(match[2])
    if sign == "%":
        return n > 0 and count % n == 0
    return {"==": count == n, ">=": count >= n, ">": count > n, "<=": count <= n, "<": count < n}[sign]


def prepared(breakpoint: Breakpoint, recording: Recording) -> Breakpoint:
    """The breakpoint with its nodes found and its condition compiled.

    Raises:
        ArgumentError: an unknown kind or exception, a condition or hit count that is none, a node that is not there.
    """
    if breakpoint.kind not in KINDS:
        raise ArgumentError(f"no breakpoint is of kind {breakpoint.kind!r}.{did_you_mean(breakpoint.kind, KINDS)}")
    counts(breakpoint.hits, 1)
    breakpoint.test = Condition(breakpoint.condition, NAMES) if breakpoint.condition.strip() else None
    finders: dict[str, Callable[[str, Recording], Collection[int]]] = {
        "line": _at_line, "node": _named, "gradient": _named, "label": _labelled, "op": _of_operation, "scope": _in_scope,
        "exception": _exception,
    }  # fmt: skip
    breakpoint.nodes = frozenset(finders[breakpoint.kind](breakpoint.what, recording))
    breakpoint.verified = bool(breakpoint.nodes) or breakpoint.kind == "exception"
    breakpoint.message = "" if breakpoint.verified else _why_not(breakpoint, recording)
    return breakpoint


def _at_line(what: str, recording: Recording) -> list[int]:
    file, _, line = what.rpartition(":")
    if not line.isdigit():
        raise ArgumentError(f"{what!r} is not a line; write file.py:12")
    found = []
    for i in range(len(recording.nodes)):
        source = recording.nodes.source(i)
        if source and source.line == int(line) and same_file(source.file, file):
            found.append(i)
    return found


def same_file(recorded: str, asked: str) -> bool:
    """Whether a file somebody names is the one that was recorded: the same path, or its last parts.

    >>> same_file("/home/a/train.py", "train.py"), same_file("/home/a/train.py", "rain.py")
    (True, False)
    """
    if not asked or recorded == asked:
        return recorded == asked or not asked
    if os.path.isabs(asked):
        return os.path.realpath(recorded) == os.path.realpath(asked)
    parts = os.path.normpath(asked).replace("\\", "/").split("/")
    return recorded.replace("\\", "/").split("/")[-len(parts) :] == parts


def _named(what: str, recording: Recording) -> list[int]:
    return [find(recording.nodes.label, int(what) if what.isdigit() else what, "breakpoint")]


def _labelled(what: str, recording: Recording) -> list[int]:
    labels = recording.nodes.label
    return [i for i, label in enumerate(labels) if label and (label == what or fnmatch.fnmatchcase(label, what))]


def _of_operation(what: str, recording: Recording) -> list[int]:
    return [i for i in range(len(recording.nodes)) if recording.nodes.op(i) == what]


def _in_scope(what: str, recording: Recording) -> list[int]:
    return [i for i, scope in enumerate(recording.nodes.scope) if in_scope(scope, what)]


def in_scope(scope: str, outer: str) -> bool:
    """Whether a scope is another one, or lies inside it.

    >>> in_scope("layer1/neuron2", "layer1"), in_scope("layer12", "layer1"), in_scope("net/layer1", "layer1")
    (True, False, True)
    """
    return f"/{outer}/" in f"/{scope}/"


def _exception(what: str, _: Recording) -> list[int]:
    if what not in EXCEPTIONS:
        raise ArgumentError(
            f"no exception is called {what!r}.{did_you_mean(what, EXCEPTIONS)} There are: {', '.join(EXCEPTIONS)}"
        )
    return []


def _why_not(breakpoint: Breakpoint, recording: Recording) -> str:
    if breakpoint.kind == "line":
        lines = sorted({s.line for i in range(len(recording.nodes)) if (s := recording.nodes.source(i))})
        near = min(lines, key=lambda n: abs(n - int(breakpoint.what.rpartition(":")[2])), default=None)
        return f"no value was made at {breakpoint.what}" + (
            f"; the nearest line that made one is {near}" if near else "; sources were not recorded"
        )
    known = {
        "label": set(recording.nodes.label), "scope": set(recording.nodes.scope),
        "op": {recording.nodes.op(i) for i in range(len(recording.nodes))},
    }.get(breakpoint.kind, set())  # fmt: skip
    return f"no node has the {breakpoint.kind} {breakpoint.what!r}.{did_you_mean(breakpoint.what, filter(None, known))}"

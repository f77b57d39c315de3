"""Whether a recorded gradient is right: the graph is evaluated again for other numbers, and a central difference taken.

Pure functions of a `Recording`, which holds what every node was computed from, and by what.
"""

import array
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import TABLE, Recording
from autograd.primitives import Primitive
from autograd.readers import FLOAT

from .. import style
from .differences import Measured
from .questions import node_id

if TYPE_CHECKING:
    from .again import Program

TOLD = 1e-3  # a difference that comes no nearer than that, for rounding, tells nothing


class Check(NamedTuple):
    """A gradient beside a central difference.

    Attributes:
        numeric: (f(x + h) - f(x - h)) / 2h, the graph evaluated again; nan if it cannot be.
        recorded: the gradient of the pass.
        error: how far they are apart, relative to the larger one.
        ok: whether that is within what a difference can tell.
        note: what has to be known about it, '' if nothing.
    """

    numeric: float
    recorded: float
    error: float
    ok: bool
    note: str

    def __str__(self) -> str:
        if not math.isfinite(self.numeric):
            return f"recorded {style.number(self.recorded, 8)}; no difference: {self.note}"
        verdict = "THEY DISAGREE"
        if self.ok or not math.isfinite(self.recorded):
            told = self.error <= TOLD  # nan is not
            verdict = "they agree" if told else "nothing can be told" if self.note else "rounding hides whether they agree"
        note = f"; {self.note}" if self.note else ""
        return (
            f"recorded {style.number(self.recorded, 8)}, central difference {style.number(self.numeric, 8)}: "
            f"{verdict} (relative {style.number(self.error, 2)}){note}"
        )


def check(recording: Recording, node: Any) -> Check:
    """A node's gradient beside a central difference: the part of the graph that depends on it is evaluated again.

    Args:
        node: a label, 'v7' or an id.

    Raises:
        OperandError: there is no such node.

    Example:
        >>> from autograd import Value, exp, record_backward
        >>> check(record_backward(exp(Value(1.0, label="x"))), "x").ok
        True
    """
    i = node_id(recording, node)
    recorded = float(recording.gradients[i])
    x = recording.nodes.data[i]
    h = 6e-6 * max(1.0, abs(x))  # the cube root of a unit in the last place: truncation and rounding are about equal
    again = evaluated(recording, [{i: x}, {i: x + h}, {i: x - h}])
    if again.problem:
        return Check(math.nan, recorded, math.nan, False, again.problem)
    here, above, below = again.roots
    numeric = recording.seed * (above - below) / (2.0 * h)
    note = ""
    if here != recording.root.data and not (here != here and recording.root.data != recording.root.data):
        note = f"evaluated again, {recording.root.name} is {here!r}, not {recording.root.data!r}: data were changed since"
    right, left = recording.seed * (above - here) / h, recording.seed * (here - below) / h
    rounding = 4e-16 * again.largest * abs(recording.seed) / h
    curved = abs(right - left) > 1e-3 * max(abs(right), abs(left)) + 100 * rounding
    if curved and abs(numeric - recorded) > 1e-5 * max(abs(numeric), abs(recorded)):  # near a minimum all is curved
        note = (
            note
            or f"from the left {style.number(left, 6)}, from the right {style.number(right, 6)}: a kink, or strongly curved"
        )
    size = max(abs(numeric), abs(recorded))
    error = abs(numeric - recorded) / size if size else 0.0
    ok = abs(numeric - recorded) <= 1e-5 * size + 10 * rounding
    if not math.isfinite(numeric):
        ok, note = False, note or f"{recording.root.name} is {above!r} and {below!r} on the two sides"
    elif not math.isfinite(recorded):
        ok, note = False, note or "no difference is like a gradient that is not finite"
    return Check(numeric, recorded, error, ok, note)


def check_again(recording: Recording, i: int, program: "Program", number: int) -> Check:
    """`check` where the graph cannot be evaluated again, because somebody made a node by hand: the script is run again instead.

    Args:
        i: the id of the node.
        program: the script.
        number: which of its backward passes the recording is of.
    """
    recorded, found = float(recording.gradients[i]), program.ask(number, i)
    root = recording.root.data
    problem = found.get("problem", "")
    if not problem and (found["nodes"] != len(recording.nodes) or not (found["root"] == root or root != root)):
        problem = "it did something else"
    answers = found.get("answers") or [None]
    if problem or answers[0] is None:
        return Check(math.nan, recorded, math.nan, False, f"running the script again: {problem or 'it did something else'}")
    m = Measured(*(recording.seed * x for x in answers[0]))
    verdict = m.judged(recorded)
    size = max(abs(m.slope), abs(recorded))
    error = abs(m.slope - recorded) / size if size else 0.0
    note = "the script was run again" + ("" if verdict in ("right", "wrong") else f"; {verdict}")
    return Check(m.slope, recorded, error, verdict == "right", note)


class Evaluated(NamedTuple):
    """A graph evaluated again.

    Attributes:
        roots: the number of its root, for each of the changes.
        largest: the largest number on the way, in the pass that was recorded.
        problem: why it cannot be evaluated, '' if it can.
    """

    roots: list[float]
    largest: float
    problem: str


def evaluated(recording: Recording, changes: Sequence[Mapping[int, float]]) -> Evaluated:
    """The root of a graph for other numbers of some nodes; what does not depend on them is taken as it was.

    Args:
        changes: numbers by the ids of nodes, the same nodes in each.

    Example:
        >>> from autograd import Value, record_backward
        >>> x = Value(3.0, label="x")
        >>> evaluated(record_backward(x * x), [{0: 4.0}, {0: 5.0}]).roots
        [16.0, 25.0]
    """
    nodes = recording.nodes
    tables = [array.array("d", nodes.data) for _ in changes]
    affected = bytearray(len(nodes))
    for data, numbers in zip(tables, changes, strict=True):
        for i, x in numbers.items():
            data[i], affected[i] = x, 1
    for j in range(min(changes[0]) + 1, len(nodes)):
        operands = nodes.operands_of(j)
        if j in changes[0] or not any(affected[o] for o in operands if o.__class__ is int):  # constants are floats
            continue
        affected[j] = 1
        made_by: Any = nodes.made_by[j]
        row: Primitive | None = TABLE.get(made_by) if isinstance(made_by, str) else made_by
        if row is None:
            return Evaluated([], math.nan, f"{nodes.name(j)} was made by {nodes.op(j)!r}, which is not a primitive here")
        for data in tables:
            data[j] = row.value(FLOAT, *[data[o] if o.__class__ is int else o for o in operands])
    largest = max(abs(x) for x, moved in zip(nodes.data, affected, strict=True) if moved)
    return Evaluated([data[-1] for data in tables], largest, "")

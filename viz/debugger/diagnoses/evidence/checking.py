"""A check of a recorded gradient: the graph is evaluated again for other numbers, and differences are taken.

The differences and the verdicts on them are those of `autograd.check_gradients` (autograd/checking/differences.py). Pure
functions of a `Recording`, which holds the operation and the operands of every node.
"""

import array
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import TABLE, Recording
from autograd.checking.differences import Ladder, steps
from autograd.checking.rounding import own_error
from autograd.primitives.readers import FLOAT
from autograd.recording.columns import carried

from .... import style
from ...walk.questions import node_id
from .again import is_same
from .differences import Measured

if TYPE_CHECKING:
    from ...._typed import Which

if TYPE_CHECKING:
    from .again import Program

MOST = 2_000_000  # nodes that are computed again for one check; large graphs get fewer steps
AT_ONCE = 200_000  # numbers that are kept at a time


class Check(NamedTuple):
    """A gradient beside a central difference.

    Attributes:
        numeric: the derivative by differences, the graph evaluated again; nan if it cannot be.
        recorded: the gradient of the pass.
        error: the difference between the two, relative to the larger one.
        ok: True unless something speaks against the gradient.
        note: a remark on the result, '' if there is none.
        told: True if differences can tell; they cannot at a kink, at a jump, or where rounding hides the answer.
    """

    numeric: float
    recorded: float
    error: float
    ok: bool
    note: str
    told: bool = True

    def __str__(self) -> str:
        if not math.isfinite(self.numeric):
            return f"recorded {style.number(self.recorded, 8)}; no difference: {self.note}"
        verdict = "nothing can be told" if not self.told else "they agree" if self.ok else "THEY DISAGREE"
        note = f"; {self.note}" if self.note else ""
        return (
            f"recorded {style.number(self.recorded, 8)}, central difference {style.number(self.numeric, 8)}: "
            f"{verdict} (relative {style.number(self.error, 2)}){note}"
        )


def check(recording: Recording, node: "Which") -> Check:
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
    recorded, x, seed = float(recording.gradients[i]), recording.nodes.data[i], recording.seed
    hs = _steps(x, len(recording.nodes) - i)
    points = [x, *(x + h for h in hs), *(x - h for h in hs)]
    roots: list[float] = []
    errors: list[float] = []
    for k in range(0, len(points), each := max(1, AT_ONCE // len(recording.nodes))):
        again = evaluated(recording, [{i: t} for t in points[k : k + each]])
        if again.problem:
            return Check(math.nan, recorded, math.nan, False, again.problem)
        roots += again.roots
        errors += _errors(recording, again)
    note = ""
    here, root = roots[0], recording.root
    if here != root.data and not (here != here and root.data != root.data):
        note = f"evaluated again, {root.name} is {here!r}, not {root.data!r}: data were changed since"
    n = len(hs)
    bound = dict(zip(hs, map(max, errors[1 : n + 1], errors[n + 1 :]), strict=True))
    values = [seed * x for x in roots]
    ladder = Ladder(hs, values[0], values[1 : n + 1], values[n + 1 :], bound.__getitem__)
    return _compared(recording, i, recorded, ladder, note)


def _compared(recording: Recording, i: int, recorded: float, ladder: Ladder, note: str) -> Check:
    verdict = ladder.judge(recorded, 1e-5)
    numeric = verdict.slope
    if not math.isfinite(numeric):
        return Check(numeric, recorded, math.nan, False, note or verdict.why)
    size = max(abs(numeric), abs(recorded))
    error = abs(numeric - recorded) / size if size else 0.0
    if not math.isfinite(recorded):
        return Check(numeric, recorded, math.nan, False, note or "no difference is like a gradient that is not finite", False)
    if verdict.kind == "differs":
        x = recording.nodes.data[i]
        here, *beside = _slopes(recording, i, [x, *(x + sign * h for h in verdict.steps for sign in (1.0, -1.0))])
        if verdict.steady(recorded, here, beside):
            return Check(numeric, recorded, error, False, note)
        return Check(numeric, recorded, error, True, note or "it changes within the smallest step that rounding leaves", False)
    return Check(numeric, recorded, error, True, note or verdict.why, verdict.kind == "agrees")


def _steps(x: float, nodes: int) -> list[float]:
    """The steps to evaluate at: all, or for a large graph those around the step at which rounding and bends are about equal."""
    hs = steps(x)
    most = max(8, MOST // (2 * nodes))
    if len(hs) <= most or not hs:
        return hs
    middle = min(range(len(hs)), key=lambda k: abs(math.log(hs[k] / (6e-6 * max(1.0, abs(x))))))
    first = min(max(0, middle - most // 2), len(hs) - most)
    return hs[first : first + most]


def _errors(recording: Recording, again: "Evaluated") -> list[float]:
    """The rounding error that each root may have, times the seed: every node's own rounding times its gradient."""
    nodes, gradients = recording.nodes, recording.gradients
    bounds = [0.0] * len(again.tables)
    for j in again.computed:
        bar = abs(gradients[j])
        if bar == 0.0 or not math.isfinite(bar):
            continue
        operands = nodes.operands_of(j)
        for k, data in enumerate(again.tables):
            error = own_error(nodes.row(j), [data[o] if o.__class__ is int else o for o in operands], data[j])
            bounds[k] += bar * error if math.isfinite(error) else 0.0
    return bounds


def _slopes(recording: Recording, i: int, points: Sequence[float]) -> list[float]:
    """The gradient of a node at each of several points, by the rules of the table."""
    again = evaluated(recording, [{i: x} for x in points])
    slopes = []
    for data in again.tables:
        reached = {len(data) - 1}
        nodes, parents, local = list[int](), list[int](), list[float]()
        for j in reversed(again.computed):
            if j in reached:
                operands = recording.nodes.operands_of(j)
                numbers = [data[o] if o.__class__ is int else o for o in operands]
                partials = _row(recording, j).partials(FLOAT, data[j], *numbers)
                for o, partial in zip(operands, partials, strict=True):
                    if isinstance(o, int):
                        reached.add(o)
                        nodes.append(j)
                        parents.append(o)
                        local.append(partial)
        totals = [0.0] * len(data)
        totals[-1] = recording.seed
        carried(nodes, parents, local, totals)
        slopes.append(totals[i])
    return slopes


def check_again(recording: Recording, i: int, program: "Program", number: int) -> Check:
    """`check` where the graph cannot be evaluated again, because somebody made a node by hand: the script is run again instead.

    Args:
        i: the id of the node.
        program: the script.
        number: the number of the recorded pass in the script.
    """
    recorded, found = float(recording.gradients[i]), program.ask(number, i)
    problem = found.get("problem", "")
    if not problem and not is_same(found, recording):
        problem = "it did something else"
    answers = found.get("answers") or [None]
    if problem or answers[0] is None:
        return Check(math.nan, recorded, math.nan, False, f"running the script again: {problem or 'it did something else'}")
    m = Measured(*(recording.seed * x for x in answers[0]))
    verdict = m.judged(recorded)
    size = max(abs(m.slope), abs(recorded))
    error = abs(m.slope - recorded) / size if size else 0.0
    note = "the script was run again" + ("" if verdict in ("right", "wrong") else f"; {verdict}")
    return Check(m.slope, recorded, error, verdict != "wrong", note, verdict in ("right", "wrong"))


class Evaluated(NamedTuple):
    """A graph evaluated again.

    Attributes:
        tables: the numbers of all nodes, for each of the changes.
        computed: the ids of the nodes that were computed again.
        problem: the reason why it cannot be evaluated, '' if it can.
    """

    tables: "list[array.array[float]]"
    computed: list[int]
    problem: str

    @property
    def roots(self) -> list[float]:
        """The number of the root, for each of the changes."""
        return [data[-1] for data in self.tables]


def evaluated(recording: Recording, changes: Sequence[Mapping[int, float]]) -> Evaluated:
    """The root of a graph for other numbers of some nodes; nodes that do not depend on them keep theirs.

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
    affected, computed = bytearray(len(nodes)), []
    for data, numbers in zip(tables, changes, strict=True):
        for i, x in numbers.items():
            data[i], affected[i] = x, 1
    for j in range(min(changes[0]) + 1, len(nodes)):
        operands = nodes.operands_of(j)
        if j in changes[0] or not any(affected[o] for o in operands if o.__class__ is int):  # constants are floats
            continue
        affected[j] = 1
        computed.append(j)
        row = _row(recording, j)
        if row is None:
            return Evaluated([], [], f"{nodes.name(j)} was made by {nodes.op(j)!r}, which is not a primitive here")
        for data in tables:
            data[j] = row.value(FLOAT, *[data[o] if o.__class__ is int else o for o in operands])
    return Evaluated(tables, computed, "")


def _row(recording: Recording, j: int) -> Any:
    """The row of the table that made a node; None if the table has none."""
    made_by = recording.nodes.made_by[j]
    return TABLE.get(made_by) if isinstance(made_by, str) else made_by

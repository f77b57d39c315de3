"""`diagnose(...)`: the faults of a backward pass or of training, by source line.

Every row of the table (table.py) is asked in turn. A network that learns has no findings: the thresholds (thresholds.py) see to
that.
"""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from autograd import OperandError, Recording, Value
from autograd.collector import seldom_collected
from autograd.errors import described

from ...recorded import recorded
from .check import Check, hidden_by
from .evidence.budget import LONG, WALK, Budget
from .evidence.found import Certainty, Found
from .evidence.laboratory import Laboratory, Told
from .evidence.passes import Key, Pass
from .evidence.phases import phases_of, runs_of
from .evidence.training import Training
from .finding import Finding
from .ignoring import Ignored, Wishes, files_of
from .proving import settled
from .table import CHECKS, IN_EACH_PHASE, Kind

if TYPE_CHECKING:
    from .evidence.again import Program


def diagnose(
    what: Recording | Value | Sequence[Recording],
    *,
    parameters: Iterable[Value | str] = (),
    inputs: Iterable[Value | str] = (),
    maximise: Iterable[Value | str] | bool | None = None,
    hints: bool = False,
    ignore: Ignored = (),
    budget: float = 1.0,
) -> list[Finding]:
    """The faults, worst first; an empty list if there are none.

    Args:
        what: a recorded pass; a value, whose backward pass is recorded without leaving traces; or the passes of training, in
            order. Over several passes leaves are recognised by their labels, or by their places if all graphs have the same
            shape. `watching()` sees more: the lines that changed leaves in between.
        parameters: leaves to be trained, as labels or `Value`s with labels: those in no graph are reported.
        inputs: what the cost should depend on.
        maximise: True if the cost is to become large, False if small; the leaves that are to make it large, in a game. Without
            it a finding about a direction is a guess.
        hints: True adds questions about what the program may well mean.
        ignore: what not to report: kinds, lines ('train.py:12', 12), nodes (a `Value` with a label, a pattern of names).
        budget: the part of the training's own time that experiments may take, and a second besides; 0 for none.

    Returns:
        One finding per cause.

    Raises:
        OperandError: `what` is none of these.
        ArgumentError: `ignore` has something that cannot be ignored.

    Example:
        >>> from autograd import Value, log, record_backward, where
        >>> x = Value(0.0, label="x")
        >>> cost = where(x > 0, log(x), 0.0) + x
        >>> for finding in diagnose(record_backward(cost)):
        ...     print(finding.kind, finding.nodes)
        branch not taken ('v1',)
    """
    return findings(training_of(what, parameters, inputs, maximise=maximise), hints, ignore, budget)


def training_of(
    what: Recording | Value | Sequence[Recording],
    parameters: Iterable[Value | str] = (),
    inputs: Iterable[Value | str] = (),
    program: "Program | None" = None,
    number: int = 0,
    maximise: Iterable[Value | str] | bool | None = None,
) -> Training:
    """The `Training` for the checks; see `diagnose`.

    Args:
        program: the script of these passes, if it can be run again.
        number: the number of the first pass in the script.
    """
    recordings = [what] if isinstance(what, (Recording, Value)) else what
    if not isinstance(recordings, Sequence) or not all(isinstance(r, (Recording, Value)) for r in recordings):
        raise OperandError(
            f"diagnose: it looks at a Recording, a Value, or a list of Recordings in the order of training, got "
            f"{described(what)}"
        )
    passes = [recorded(r, "diagnose") for r in recordings]
    return Training(
        [Pass(r, keys, number=number + k) for k, (r, keys) in enumerate(zip(passes, _keys(passes), strict=True))],
        parameters=map(_label, parameters),
        inputs=map(_label, inputs),
        given={_label(p): p for p in (*parameters, *inputs) if isinstance(p, Value)},
        program=program,
        maximise=maximise if maximise is None or isinstance(maximise, bool) else frozenset(map(_label, maximise)),
    )


def _label(p: Any) -> str:
    label = p.label if isinstance(p, Value) else p
    if not isinstance(label, str) or not label:
        raise OperandError(f"diagnose: parameters and inputs are labels, or Values that have one, got {p!r}")
    return label


def _keys(recordings: Sequence[Recording]) -> list[list[Key]]:
    """The keys of leaves: the label if no other leaf has it, else the place if all graphs have one shape."""
    one_shape = len({(len(r), tuple(map(r.nodes.op, range(len(r.nodes))))) for r in recordings}) == 1
    keys = []
    for r in recordings:
        leaves = range(next((i for i in range(len(r.nodes)) if r.nodes.parents(i) or r.nodes.op(i)), len(r.nodes)))
        labels = [r.nodes.label[i] for i in leaves]
        times = Counter(labels)
        by_place: list[Key] = [("leaf", i) if one_shape else None for i in leaves]
        keys.append([label if label and times[label] == 1 else by_place[i] for i, label in enumerate(labels)])
    return keys


class Part(NamedTuple):
    """A training, or a phase of one, and the laboratory for its experiments."""

    training: Training
    laboratory: Laboratory


_ORDER = [*itertools.product(("error", "warning", "note"), Certainty)]


@seldom_collected(nodes=False)
def findings(
    training: Training, hints: bool = False, ignore: Ignored = (), budget: float = 1.0, told: Told | None = None
) -> list[Finding]:
    """The findings of all checks, worst first, without those that an earlier row explains.

    Args:
        hints: True adds the findings that are questions.
        ignore: the findings that nobody wants to see, besides those that the script's comments are about.
        budget: the part of the training's own time that experiments may take.
        told: called with what is tried, and with the part of the budget that is used.
    """
    wishes = Wishes(ignore, files_of(training) if training.passes else ())
    if not training.passes:
        return []
    found: list[Finding] = []
    hidden: set[str] = set()
    training.budget = Budget(sum(len(p.nodes) for p in training.passes), budget)
    whole, phases = Part(training, Laboratory(training, told)), phases_of(training)
    parts = [whole] if phases == [training] else [Part(phase, Laboratory(phase, told)) for phase in phases]
    compared = _compared(phases)
    training.budget.left -= WALK * sum(len(p.nodes) for p in training.looked_at)
    long = WALK * sum(len(p.nodes) for p in training.looked_at) > LONG
    for place, check in enumerate(CHECKS):
        if check.kind in hidden or not (check.anywhere or training.trains):
            continue
        if told and long:
            told(f"to find: {check.kind}", place / len(CHECKS))
        try:
            # The outcome is that of the last phase: what an earlier one has left may have been for that one to learn.
            over = (parts[-1:] if check.outcome else parts) if check.outcome or check.kind in IN_EACH_PHASE else [whole]
            here = wishes.kept(_one_a_line([f for part in over for f in _findings(part, check, training, compared)]))
        except KeyboardInterrupt:  # what is known is the answer
            training.budget.leave_out(f"to find: {check.kind}, and what comes after it")
            break
        found += here
        if any(finding.certainty is not Certainty.HINT for finding in here):  # a question is no cause
            hidden |= hidden_by(check, CHECKS[place + 1 :])
    shown = [finding for finding in (*found, *wishes.in_vain()) if hints or finding.certainty is not Certainty.HINT]
    return sorted(shown, key=lambda finding: _ORDER.index((finding.severity, finding.certainty)))


def _one_a_line(found: list[Finding]) -> list[Finding]:
    """The findings of a check, only the first of each line."""
    first: dict[object, Finding] = {}
    for k, finding in enumerate(found):
        first.setdefault((finding.file, finding.line) if finding.file else k, finding)
    return list(first.values())


def _compared(phases: Sequence[Training]) -> bool:
    """True if one line updates the parameters of several phases, which begin anew: a script compares them."""
    if len(phases) == 1 and len(runs := runs_of(phases[0])) > 1:
        return any(run[-1].cost < run[0].cost for run in runs) and len({p.called for run in runs for p in run}) == 1
    lines = {phase.update_source and (phase.update_source.file, phase.update_source.line) for phase in phases}
    anew = all(a.updated.isdisjoint(b.updated) for a, b in itertools.pairwise(phases))
    return len(phases) > 1 and len(lines) == 1 and anew


def _findings(part: Part, check: Check, whole: Training, compared: bool) -> Iterator[Finding]:
    training = part.training
    for f in check.find(training):
        certainty = f.certainty or check.certainty
        if compared and (check.outcome or check.kind in (Kind.CONSTANT_OUTPUT, Kind.LEARNING_RATE_TOO_LARGE)):
            certainty = Certainty.HINT  # of runs that are compared, one may be meant to learn nothing
        of_the_cost = f.claim is None or f.claim.measure is None
        if certainty is Certainty.LIKELY and check.severity == "error" and training.reached and of_the_cost:
            certainty = Certainty.HINT  # "it cannot learn" is refuted
        if after := settled(f, certainty, part.laboratory):
            found, certainty = after
            if training is not whole:
                begin, n = 1 + whole.passes.index(training.passes[0]), len(training.passes)
                where = f"in passes {begin} to {begin + n - 1} of {len(whole.passes)}, a phase of its own, "
                found = found._replace(message=where + found.message)
            yield _finding(check, found, certainty)


def _finding(check: Check, f: Found, certainty: Certainty) -> Finding:
    file, line, text = (f.source.file, f.source.line, f.source.text) if f.source else ("", 0, "")
    return Finding(
        Kind(check.kind), check.severity, certainty, file, line, text, f.message, f.remedy, dict(f.evidence), f.nodes
    )

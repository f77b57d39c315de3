"""Diagnoses of the rate over time: one that falls before anything is learned, one that grows.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. A schedule is judged by training
again with another: that of the script spread over all steps, or its first rate throughout.
"""

import itertools
from collections.abc import Iterator, Sequence

from autograd import Source

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.forms import PLAIN, rates
from ..evidence.found import Certainty, Found
from ..evidence.laboratory import steps_of
from ..evidence.origins import factor_in
from ..evidence.rated import rated
from ..evidence.statements import source_at
from ..evidence.thresholds import ENOUGH, MANY, MOSTLY
from ..evidence.training import Training
from ..evidence.updating import line_of_the_rate, schedule_in_the_batches
from .progress import sense_of, unexplained, unsure

_SPENT = 0.99  # of all that the rates add up to
_EARLY = 0.4  # of the steps: a usual schedule spends its rates over more than half of them
_FALLEN = 0.05  # of the first rate, at the end
_SUDDEN = 0.02  # of the rate before: a usual step of a schedule leaves a tenth of it
_GROWN = 10.0  # times the first rate: a warm-up grows as much, but at its beginning


def rate_falls_too_soon(training: Training) -> Iterator[Found]:
    """A rate that has fallen to nothing early, so that most of the training changes nothing."""
    steps = steps_of(training)
    if len(steps) < MANY or training.reached or sense_of(training) != 1.0 or training.changes_inputs:
        return
    known = rated(training)
    found = known.rates if known else []
    if not known or not found or min(found) < 0.0 or not found[-1] <= _FALLEN * found[0]:
        return
    spent = _spent(found)
    late = spent > _EARLY * len(found)
    if late and not (unexplained(training) or unsure(training)):
        return
    by_the_epoch = 2 * sum(b < a * (1.0 - 1e-6) for a, b in itertools.pairwise(found)) <= len(found)
    half = next(k for k, rate in enumerate(found) if rate <= 0.5 * found[0])
    spread = [found[k * spent // len(found)] for k in range(len(found))]
    called = source_at(training.passes[-1].called)
    line = line_of_the_rate(training.update_line, called)
    if line is None and len(training.updated) < 2:
        return  # every step of a single parameter is along its gradient, also one up to a bound
    line, remedy = _ended_by(training, line, found) or (
        schedule_in_the_batches(called) or line,
        "let it fall more slowly: once an epoch, if this is once a step or a sample",
    )
    yield Found(
        line or training.update_source,
        f"the rate falls from {style.number(found[0])} to its half in {style.counted(half, 'step')} and to "
        f"{style.number(found[-1] + 0.0)} at the end: the first {spent} of {len(found)} steps have {_SPENT:.0%} of all that "
        "the rates add up to",
        remedy,
        {"first": found[0], "last": found[-1], "half": float(half), "spent": float(spent)},
        certainty=Certainty.HINT if late and by_the_epoch else None,  # it falls as slowly as it was meant to
        claim=Claim(
            [
                Experiment("the same fall spread over all steps", law=lambda: known.again(spread)),
                Experiment("the first rate in all steps", law=lambda: known.again(found[:1])),
            ],
            alone=True, longer=False, whole=True,
        ),
    )  # fmt: skip


def _ended_by(training: Training, line: Source | None, found: Sequence[float]) -> tuple[Source, str] | None:
    """The place of the factor that has ended a training at once, and what to write there."""
    sudden = next((b / a for a, b in itertools.pairwise(found) if b < _SUDDEN * a), None)
    written = factor_in(training.script, line, sudden) if line and sudden is not None else None
    if written is None or sudden is None:
        return None
    return written, f"another factor: times {style.number(sudden + 0.0)} ends the training, times 1 leaves the rate as it is"


def _spent(found: Sequence[float]) -> int:
    """The number of steps after which nearly all that the rates add up to is spent."""
    sums = list(itertools.accumulate(found))
    return 1 + next(k for k, total in enumerate(sums) if total >= _SPENT * sums[-1])


def rate_grows(training: Training) -> Iterator[Found]:
    """A rate that grows from step to step, until the steps are too long."""
    if len(training.steps) < ENOUGH or sense_of(training) != 1.0 or training.changes_inputs:
        return
    found = rates(training.steps, training, PLAIN)
    if not found or min(found) <= 0.0 or not found[-1] >= _GROWN * found[0]:
        return
    late = found[len(found) // 2 :]
    if sum(a < b * (1.0 - 1e-6) for a, b in itertools.pairwise(found)) < MOSTLY * len(found):
        return  # a second stage has another rate
    if all(a <= b * (1.0 + 1e-6) for a, b in itertools.pairwise(found)) and late[-1] > 1.5 * late[0]:
        line = line_of_the_rate(training.update_line, source_at(training.passes[-1].called))
        if line is None and len(training.updated) < 2:
            return  # every step of a single parameter is along its gradient
        yield Found(
            line or training.update_source,
            f"the rate grows all the time, from {style.number(found[0])} to {style.number(found[-1])} in {len(found)} steps",
            "let it fall: multiply it by a number below 1",
            {"first": found[0], "last": found[-1]},
            claim=Claim([Experiment("the first rate in all steps", rates=(found[0],))], alone=True, longer=False),
        )

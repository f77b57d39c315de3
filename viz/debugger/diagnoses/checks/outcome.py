"""Diagnoses of the outcome: what training has made of the cost, whatever the cause.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. They are the last rows: a fault
that is found explains a bad outcome. So an empty list means that the outcome is good, and not that no rule matched.
"""

import math
import statistics
from collections.abc import Iterator
from typing import NamedTuple

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.objective import Objective
from ..evidence.passes import Pass
from ..evidence.thresholds import (
    CHANCE,
    CLEAR,
    ENOUGH,
    FEW,
    LEVEL,
    LITTLE,
    LONG,
    MANY,
    MOSTLY,
    MUCH_WORSE,
    NOTICED,
    SAMPLES,
    STEPS,
    UPHILL,
    WORSE,
)
from ..evidence.training import Training
from .cost import logits_of, residuals, sign_of_terms

_AHEAD = (0.001, 0.01, 0.1, 0.3, 1.0)  # lengths of a trial step, relative to the weights
_LATE = 64  # passes of the end whose outputs are compared with targets


class Change(NamedTuple):
    """The change of the cost from the first to the last parameters, on the same samples.

    Attributes:
        sense: 1 if the cost is to become small, -1 if it is to become large.
        before, after: the mean cost with the first parameters and with the last.
        worse: True if it became worse on the samples of the beginning and on those of the end.
        same: True if these are the same samples.
        late: the median cost of the last quarter of the steps.
        objective: the passes that were evaluated.
    """

    sense: float
    before: float
    after: float
    worse: bool
    same: bool
    late: float
    objective: Objective

    @property
    def gain(self) -> float:
        """The improvement, below 0 if it is none; the last step alone may be an outlier."""
        ends = (self.after, self.late) if self.same else (self.after,)
        return max(self.sense * (self.before - end) for end in ends)


def _sense(training: Training) -> float:
    """The direction in which the cost is meant to go: 1 down, -1 up, 0 for a game or where it is not known.

    It is what somebody has said; else errors are to become small; else it is the direction of most steps.
    """
    if training.maximise is not None:
        return 0.0 if isinstance(training.maximise, frozenset) else -1.0 if training.maximise else 1.0
    if training.first and sign_of_terms(training.first) > 0:
        return 1.0
    known = [m.uphill for m in training.moves if not math.isnan(m.uphill)]
    for sense in (1.0, -1.0):
        usual, contrary = (
            sum(sign * sense * uphill > bound for uphill in known) for sign, bound in ((-1.0, CLEAR), (1.0, UPHILL))
        )
        if known and usual >= MOSTLY * len(known) and contrary <= FEW * len(known):
            return sense
    return 0.0


def change_of(training: Training) -> Change | None:
    """The change that training has made to the cost; None if it cannot be said."""
    if training.change is None:
        training.change = (_change(training),)
    found: Change | None = training.change[0]
    return found


def _change(training: Training) -> Change | None:
    sense = _sense(training)
    if len(training.steps) < LONG or not training.updated or not sense or training.changes_inputs:
        return None
    objective = Objective(training)
    (a, b), (c, d) = objective.change()
    if not all(map(math.isfinite, (a, b, c, d))):
        return None
    same = math.isclose(a, c, rel_tol=1e-9) and math.isclose(b, d, rel_tol=1e-9)
    errors = all(sign_of_terms(p) == sense for group in objective.groups for p in group)
    margin = WORSE if same else MUCH_WORSE
    late = statistics.median(training.costs[-max(1, len(training.costs) // 4) :])
    usual = sense * (late - a) > WORSE * abs(a) if same else errors
    worse = usual and all(sense * (after - before) > margin * abs(before) for before, after in ((a, b), (c, d)))
    return Change(sense, (a + c) / 2.0, (b + d) / 2.0, worse, same, late, objective)


def got_worse(training: Training) -> Iterator[Found]:
    """The last parameters are worse than the first, on the same samples."""
    change = change_of(training)
    if change and change.worse:
        yield Found(
            training.update_source,
            f"training has made it worse: on the same samples the cost is {style.number(change.before)} with the first "
            f"parameters and {style.number(change.after)} with the last, {style.counted(len(training.steps), 'step')} later",
            "look at the cost after every step: where it turns, something is wrong",
            {"first": change.before, "last": change.after},
        )


def stopped(training: Training) -> Iterator[Found]:
    """Updates that change nothing any more, though there is a gradient."""
    steps = training.steps
    if len(steps) <= STEPS or len(steps[-1]) < LONG:
        return
    usual, last = statistics.median(len(step) for step in steps[:-1]), steps[-1]
    futile = [p for p in last[1:] if p.updates]
    p = training.sound[-1]
    gradient = math.hypot(*(p.upstream[p.leaf[key]] for key in training.updated if key in p.leaf))
    if len(last) > 2 * usual and len(futile) >= LONG - 1 and gradient > NOTICED and not training.clipped:
        began = len(training.sound) - len(last) + 1
        yield Found(
            training.update_source,
            f"no parameter has moved since pass {began} of {len(training.sound)}, though the gradient is "
            f"{style.number(gradient)} long: {len(futile)} updates have changed nothing",
            "look at the rate and its schedule, and at what stops the updates",
            {"pass": float(began), "gradient": gradient},
        )


def chance_level(training: Training) -> Iterator[Found]:
    """A model that is no better than one that answers the same to everything."""
    if not _levelled(training) or not training.updated or _sense(training) != 1.0 or training.changes_inputs:
        return
    change = change_of(training)
    if change and _more(training, change) > LITTLE * abs(change.after):
        return  # a longer step helps: the training is not over
    found = _mean_of_targets(training) or _equal_guess(training)
    if found:
        yield found


def _levelled(training: Training) -> bool:
    """True if the last quarter of a training costs as much as the quarter before: more of the same would not help.

    Costs that scatter, as those of batches do, have to be many.
    """
    costs = training.costs
    n = len(costs) // 4
    if len(costs) < ENOUGH:
        return False
    before, after = costs[-2 * n : -n], costs[-n:]
    scatter = max(before + after) - min(before + after)
    level = LEVEL * abs(before[0])
    if len(costs) < MANY:
        return scatter <= 5.0 * level and abs(statistics.median(after) - statistics.median(before)) <= level
    error = math.hypot(statistics.pstdev(before), statistics.pstdev(after)) / math.sqrt(n)
    return abs(statistics.fmean(after) - statistics.fmean(before)) <= max(level, error)


def _mean_of_targets(training: Training) -> Found | None:
    """A squared error that is as large as that of the mean of the targets."""
    compared = []
    for p in reversed(training.sound[-_LATE:]):
        compared += [(p.nodes.data[f], y) for _, f, y in residuals(p)]
        if len({y for _, y in compared}) >= SAMPLES and len(compared) >= 2 * SAMPLES:
            break
    ys = [y for _, y in compared]
    if len(set(ys)) < SAMPLES or len({f for f, _ in compared}) == 1:  # one answer may be all that is asked for
        return None
    spread, error = statistics.pvariance(ys), math.fsum((f - y) ** 2 for f, y in compared) / len(ys)
    if error < CHANCE * spread:
        return None
    p = training.sound[-1]
    return Found(
        p.source(len(p.nodes) - 1),
        f"training has levelled off, after {style.counted(len(training.steps), 'step')}, at hardly less than the mean of the "
        f"targets gives: its mean squared error is {style.number(error)}, that of the mean {style.number(spread)}",
        "compare what goes in with what should come out, sample by sample: are they paired, does the input reach the output?",
        {"error": error, "variance": spread, "samples": float(len(ys))},
    )


def _equal_guess(training: Training) -> Found | None:
    """A cross-entropy that is as large as that of an equal guess."""
    late = training.sound[-_LATE:]
    known = [_classes(p) for p in late]
    if not all(known) or len(set(known)) > 1:
        return None
    n, cost = known[0], math.fsum(p.cost for p in late) / len(late)
    if cost < CHANCE * math.log(n):
        return None
    p = late[-1]
    return Found(
        p.source(len(p.nodes) - 1),
        f"training has levelled off, after {style.counted(len(training.steps), 'step')}, at a guess: the cross-entropy is "
        f"{style.number(cost)}, an equal guess among {n} classes costs {style.number(math.log(n))}",
        "compare what goes in with what should come out, sample by sample: are they paired, does the input reach the output?",
        {"cost": cost, "guess": math.log(n), "classes": float(n)},
    )


def _classes(p: Pass) -> int:
    """The number of classes of a mean cross-entropy; 0 for another cost."""
    found = [(max(len(z), len(p.nodes.operands_of(i))), c) for i, c in p.terms if (z := logits_of(p, i))]  # one may be fixed
    kinds = {n for n, _ in found}
    return kinds.pop() if len(kinds) == 1 and math.isclose(math.fsum(c for _, c in found), 1.0, rel_tol=1e-6) else 0


def _more(training: Training, change: Change) -> float:
    """The gain of one more step, of the best length, along the gradient of the last pass; nan if it is not known."""
    return change.sense * (change.after - change.objective.ahead(training.sound[-1], change.sense, _AHEAD))


def nothing_learned(training: Training) -> Iterator[Found]:
    """One longer step along the last gradient would gain more than the whole training has gained."""
    change = change_of(training)
    if (
        change is None
        or change.worse
        or not change.same
        or len(training.steps) < ENOUGH
        or change.gain > LITTLE * abs(change.before)
    ):
        return
    more = _more(training, change)
    if not more > max(change.gain, NOTICED * abs(change.after)):
        return
    best = change.after - change.sense * more
    yield Found(
        training.update_source,
        f"{style.counted(len(training.steps), 'step')} have brought the cost from {style.number(change.before)} to "
        f"{style.number(change.after)}; one longer step along the last gradient would bring it to {style.number(best)}",
        "a larger rate, or more steps",
        {"first": change.before, "last": change.after, "ahead": best},
        certainty=Certainty.PROVEN,
    )

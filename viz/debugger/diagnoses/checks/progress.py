"""The progress of a training: what it has made of the cost of the same samples, and what one more step would.

Checks use it for what they say of the outcome, and to refute what they suspect.
"""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from ..evidence.forms import PLAIN, fits, rates, the_step_before
from ..evidence.objective import Objective
from ..evidence.outputs import has_inputs, labels_of, residuals, sign_of_terms
from ..evidence.passes import Pass
from ..evidence.players import is_a_game
from ..evidence.samples import outcome_of
from ..evidence.thresholds import (
    CLEAR,
    ENOUGH,
    FEW,
    FREELY,
    LEVEL,
    LITTLE,
    LONG,
    MANY,
    MENDED,
    MOSTLY,
    MUCH_WORSE,
    SAMPLES,
    UNEXPLAINED,
    UNSURE,
    UPHILL,
    WORSE,
)
from ..evidence.training import Training

_AHEAD = (0.001, 0.01, 0.1, 0.3, 1.0, 3.0)  # lengths of a trial step, relative to the weights


class Change(NamedTuple):
    """The change of the cost from the first to the last parameters, on the same samples.

    Attributes:
        sense: 1 if the cost is to become small, -1 if it is to become large.
        before, after: the mean cost with the first parameters and with the last.
        worse, better: True if it became worse, or better, on the samples of the beginning and on those of the end.
        same: True if these are the same samples.
        late: the median cost of the last quarter of the steps.
        objective: the passes that were evaluated.
    """

    sense: float
    before: float
    after: float
    worse: bool
    better: bool
    same: bool
    late: float
    objective: Objective

    @property
    def gain(self) -> float:
        """The improvement, below 0 if it is none; the last step alone may be an outlier."""
        ends = (self.after, self.late) if self.same else (self.after,)
        return max(self.sense * (self.before - end) for end in ends)


def sense_of(training: Training) -> float:
    """The direction in which the cost is meant to go: 1 down, -1 up, 0 for a game or where it is not known.

    It is what somebody has said; else errors are to become small, unless the steps enlarge them, which is a question of its
    own; else it is the direction of most steps.
    """
    return training.once("sense", lambda: _sense(training))


def _sense(training: Training) -> float:
    if training.maximise is not None:
        return 0.0 if isinstance(training.maximise, frozenset) else -1.0 if training.maximise else 1.0
    if is_a_game(training):
        return 0.0
    errors, moved = bool(training.first and sign_of_terms(training.first) > 0), _moved(training)
    return 1.0 if errors and moved >= 0.0 else 0.0 if errors else moved


def _moved(training: Training) -> float:
    """The direction of most steps: 1 down the gradient, -1 up, 0 if there is none."""
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
    return training.once("change", lambda: _change(training))


def _change(training: Training) -> Change | None:
    sense = sense_of(training)
    if len(training.sound) < LONG or not training.updated or not sense or training.changes_inputs or _branches(training):
        return None
    objective = Objective(training)
    if any(p.recording.by_hand for group in objective.groups for p in group):
        return None  # what such a rule gives for other numbers is not known
    (a, b), (c, d) = objective.change()
    if not all(map(math.isfinite, (a, b, c, d))):
        return None
    same = math.isclose(a, c, rel_tol=1e-9) and math.isclose(b, d, rel_tol=1e-9)
    errors = all(sign_of_terms(p) == sense for group in objective.groups for p in group)
    margin = WORSE if same else MUCH_WORSE
    late = statistics.median(training.costs[-max(1, len(training.costs) // 4) :])
    usual = sense * (late - a) > WORSE * abs(a) if same else errors
    worse = usual and all(sense * (after - before) > margin * abs(before) for before, after in ((a, b), (c, d)))
    better = all(sense * (before - after) > 0.0 for before, after in ((a, b), (c, d)))
    return Change(sense, (a + c) / 2.0, (b + d) / 2.0, worse, better, same, late, objective)


def _branches(training: Training) -> bool:
    """True if the same numbers are computed with in another way in the end: a graph holds for parameters near its own only.

    So it is with a simulation that ends when a bound is reached.
    """
    p, q = training.sound[0], training.sound[-1]
    other = p.structure is not q.structure and (p.nodes.operands != q.nodes.operands or p.ops != q.ops)
    return other and numbers_besides(training, p) == numbers_besides(training, q)


def numbers_besides(training: Training, p: Pass) -> set[float]:
    """The numbers that a pass is computed from besides the parameters."""
    return {p.nodes.data[i] for i in p.leaves if p.key_of.get(i) not in training.updated} | set(p.nodes.constants)


def driven(training: Training, sense: float) -> bool:
    """True if it is the gradient that moves the parameters: a sampler is meant to go up and down."""
    known = [m.uphill for m in training.moves if not math.isnan(m.uphill)]
    if plain := rates(training.steps, training, PLAIN):
        return min(sense * rate for rate in plain) >= 0.0
    momentum = [factor for _, factor in fits(training, the_step_before) if factor < FREELY]  # a mass without friction swings
    return len(momentum) > len(training.steps) // 2 or sum(sense * up < 0.0 for up in known) >= MOSTLY * max(1, len(known))


def put_back(training: Training) -> bool:
    """True if parameters that are much better than those of the last passes were put back at the end."""
    change = change_of(training) if training.assigned_at_the_end else None
    return bool(change and change.sense * (change.late - change.after) > MENDED * abs(change.late))


def taken_back(passes: Sequence[Pass]) -> bool:
    """True if a second line assigns the parameters again after every update: a projection onto what is allowed."""
    return all(any(u.others for u in p.updates.values()) for p in passes)


def more_of(training: Training, change: Change) -> float:
    """The gain of one more step, of the best length, along the gradient of the last pass; nan if it is not known."""
    objective = change.objective
    if objective.best is None:
        objective.best = objective.ahead(training.sound[-1], change.sense, _AHEAD)
    return change.sense * (change.after - objective.best)


def levelled(training: Training) -> bool:
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


def hardly_falls(training: Training) -> bool:
    """True if the cost of the last quarter of the steps is hardly below that of the quarter before."""
    n = len(training.costs) // 4
    return statistics.median(training.costs[-n:]) > (1.0 - LITTLE) * statistics.median(training.costs[-2 * n : -n])


def unexplained(training: Training) -> bool:
    """True if a training with enough different targets, one for each sample, has not explained what they differ by."""
    return training.once("unexplained", lambda: _unexplained(training))


def _unexplained(training: Training) -> bool:
    if put_back(training):
        return False
    compared: list[tuple[float, float]] = []
    for q in reversed(training.sound[-MANY:]):
        compared += [(q.nodes.data[f], y) for _, f, y in residuals(q)]
        if len(compared) >= MANY:  # earlier passes know less
            break
    ys = [y for _, y in compared]
    if len(set(ys)) < 4 * SAMPLES:  # a few can be fitted to anything
        return False
    if not math.fsum((f - y) ** 2 for f, y in compared) / len(compared) > UNEXPLAINED * statistics.pvariance(ys):
        return False
    p = training.sound[-1]
    outputs = [f for _, f, _ in residuals(p)]
    return any(has_inputs(training, p, f) for f in outputs) and len({tuple(p.linear_leaves(f)) for f in outputs}) == 1


def unsure(training: Training) -> bool:
    """True if a classification of enough samples ends with a cross-entropy that is not far below that of an equal guess."""
    return training.once("unsure", lambda: _unsure(training))


def _unsure(training: Training) -> bool:
    if put_back(training):
        return False
    costs: list[float] = []
    for p in reversed(training.sound[-MANY:]):
        for found in labels_of(p):
            z = [p.nodes.data[i] for i in found.logits]
            costs.append((p.nodes.data[found.node] - z[found.label]) / math.log(len(z)))
        if len(costs) >= MANY:
            break
    if len(costs) >= 4 * SAMPLES:
        return math.fsum(costs) > UNSURE * len(costs)
    outcome = outcome_of(training)  # two classes, told apart by one output
    return bool(outcome and outcome.labelled and outcome.samples >= 4 * SAMPLES and outcome.error > UNSURE * math.log(2.0))

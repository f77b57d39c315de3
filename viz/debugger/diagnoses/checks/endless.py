"""A cost without a minimum: the parameters go on for ever, and it falls all the way, whatever has been learned.

It is proven by going further: the same passes are evaluated far beyond the last parameters, in the direction in which they have
moved. A cost that falls there as steeply as before has no minimum. So has one that a single parameter scales: what that one
makes of the cost is the same whatever all others are.
"""

import itertools
import math
import statistics
from collections.abc import Iterator

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.objective import Numbers
from ..evidence.outputs import at_parameters, sign_of_terms
from ..evidence.passes import Key, Pass, is_difference
from ..evidence.thresholds import ENOUGH, LONG, NOTICED, SAMPLES
from ..evidence.training import Training
from .progress import Change, change_of

_FURTHER = tuple(2.0**k for k in range(13))  # times the way of the last quarter of the steps
_AS_STEEP = 0.9  # of the slope at the beginning of that way
_LEFT = 1e-3  # of the cost: as good as nothing
_REMEDY = (
    "look for the term that holds it back: the logarithm of what the likelihood is divided by (log sigma, logsumexp, the "
    "expected count), a margin for what is pushed apart, a penalty"
)


def without_a_minimum(training: Training) -> Iterator[Found]:
    """A cost that falls without end in the direction in which the parameters go."""
    change = change_of(training)
    if change is None or len(training.steps) < ENOUGH:
        return
    if training.first and sign_of_terms(training.first) < 0:
        return  # away from where the errors are 0 there is no end; whether that is meant is the question of the sign
    found = _endless(training, change) or _scaled(training, change)
    if found is not None:
        yield found


# --- as steeply as before ----------------------------------------------------------------------------------------------


def _endless(training: Training, change: Change) -> Found | None:
    costs, sense, n = training.costs, change.sense, len(training.costs) // 4
    if not change.better or not sense * (costs[-n] - costs[-1]) >= _AS_STEEP * sense * (costs[-2 * n] - costs[-n]) > 0.0:
        return None
    falls = [sense * (a - b) > 0.0 for a, b in itertools.pairwise(costs[len(costs) // 2 :])]
    earlier = _numbers_at(training, -n, change.objective.last)
    if sum(falls) < _AS_STEEP * len(falls):
        return None
    way = {key: x - earlier.get(key, x) for key, x in change.objective.last.items()}
    choices = [{key: x + t * way[key] for key, x in change.objective.last.items()} for t in (0.0, *_FURTHER)]
    further = [*(c for group in change.objective.groups[1:] for c in change.objective.costs(group, choices)), math.nan]
    known = list(itertools.takewhile(math.isfinite, further))
    if not known:
        return None
    if sense * further[len(known)] == -math.inf:  # the logarithm of what is rounded to 0, say
        known.append(-sense * math.inf)
    slopes = [sense * (b - a) / (t - s) for (s, a), (t, b) in itertools.pairwise(zip((0.0, *_FURTHER), known, strict=False))]
    if (len(known) < LONG // 2 and math.isfinite(known[-1])) or not all(
        slope <= _AS_STEEP * slopes[0] < 0.0 for slope in slopes
    ):
        return None
    if not sense * known[-1] < -(abs(change.before) + abs(change.after)):
        return None  # errors end at 0, however far that is
    p = training.sound[-1]
    i = _downwards(p, {key: choices[len(known) - 1][key] for key in p.leaf if key in way}, sense)
    times, alike = _FURTHER[len(known) - 2], ", and changes as fast" if math.isfinite(known[-1]) else ""
    return Found(
        p.source(i),
        f"the cost has no {'minimum' if sense > 0.0 else 'maximum'} in the direction of the last steps: it has come from "
        f"{style.number(change.before)} to {style.number(known[0])}, and {style.number(times)} times as far as the last "
        f"{style.counted(n, 'step')} went it is {style.number(known[-1])}{alike}",
        _REMEDY,
        {"first": change.before, "last": known[0], "further": known[-1], "times": times},
        (p.nodes.name(i),),
        certainty=None if _has_data(training, p) else Certainty.HINT,  # a saddle may be what is looked at
    )


def _has_data(training: Training, p: Pass) -> bool:
    """True if a cost is computed from more numbers than a formula has."""
    given = {p.nodes.data[i] for i in p.leaves if p.key_of.get(i) not in training.updated}
    return len(given | set(p.nodes.constants)) >= SAMPLES


def _numbers_at(training: Training, step: int, last: Numbers) -> Numbers:
    """The parameters before a step, as far as its passes have them."""
    found: Numbers = {}
    for p in reversed([p for passes in training.steps[step:] for p in passes]):
        found |= {key: p.nodes.data[i] for key, i in p.leaf.items() if key in last}
    return found


def _downwards(p: Pass, numbers: Numbers, sense: float) -> int:
    """The node to which the fall is due: the difference that takes a growing term away, or that term itself."""
    here, there = p.nodes.data, at_parameters(p, numbers)
    i = len(p.nodes) - 1
    while p.is_linear(i) and p.parents[i]:
        slopes = dict(zip(p.parents[i], p.locals(i), strict=False))
        gains = {q: sense * d * (there[q] - here[q]) for q, d in slopes.items()}
        q = min(gains, key=gains.__getitem__)
        if q in p.leaves:
            break
        if is_difference(p.rows[i]) and slopes[q] < 0.0:
            return i
        i = q
    return i


# --- scaled by one parameter -------------------------------------------------------------------------------------------


def _scaled(training: Training, change: Change) -> Found | None:
    """A parameter that multiplies the whole cost by a factor, which has become small."""
    objective, p = change.objective, training.sound[-1]
    if change.sense != 1.0 or not 0.0 <= change.after < change.before or len(objective.last) < 2:
        return None
    for key in objective.last:
        # far from its infimum a cost is scaled by no single logit, as it is at the end of a separable training
        others = [objective.first, *(_moved(objective.last, key, shift) for shift in (0.0, 0.5, -0.7))]
        way = objective.last[key] - objective.first[key]
        if not way or key not in p.leaf:
            continue
        ratios = []
        for numbers in others:
            a, b = (
                objective.costs(objective.groups[1], [numbers | {key: x}])[0]
                for x in (objective.first[key], objective.last[key])
            )
            ratios.append(b / a if a > 0.0 else math.nan)
        if not all(map(math.isfinite, ratios)) or max(ratios) - min(ratios) > NOTICED * min(ratios) or not ratios[0] < 0.5:
            continue
        start = objective.last[key]
        far = objective.costs(objective.groups[1], [objective.last | {key: start + k * way} for k in (1.0, 3.0, 9.0)])
        if not all(map(math.isfinite, far)) or not far[2] < far[1] < far[0] < change.after or not far[2] < _LEFT * change.after:
            continue
        return Found(
            p.source(p.terms[0][0]),
            f"{training.name(key)} only scales the cost: its way from {style.number(objective.first[key])} to "
            f"{style.number(objective.last[key])} has multiplied it by {style.number(statistics.fmean(ratios))}, whatever the "
            f"other parameters are, and ten times as far the cost is {style.number(far[2])}: it has no minimum",
            _REMEDY,
            {"factor": ratios[0], "last": change.after, "further": far[2]},
            (p.nodes.name(p.leaf[key]),),
        )
    return None


def _moved(numbers: Numbers, key: Key, shift: float) -> Numbers:
    """All parameters but one, shifted by parts of their size."""
    return {k: x if k == key else x + shift * (1.0 + abs(x)) for k, x in numbers.items()}

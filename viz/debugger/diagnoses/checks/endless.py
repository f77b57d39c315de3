"""A cost without a minimum: the parameters go on for ever, and it falls all the way, whatever has been learned.

It is proven by going further: the same passes are evaluated far beyond the last parameters, along rays - in the direction of
the last steps, or with some of the parameters scaled, as training has begun to scale them. A cost that falls with every power
of ten by as much as with the first has no minimum. So has one that a single parameter scales: what that one makes of the cost
is the same whatever all others are. So has one that goes to nothing along a ray whatever the data are (whatever.py), and one
of which a part has shrunk onto a sample (collapsed.py).
"""

import itertools
import math
import statistics
from collections.abc import Iterator, Sequence

from autograd import TABLE

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.objective import Numbers
from ..evidence.outputs import sign_of_terms
from ..evidence.passes import Key, Pass
from ..evidence.thresholds import ENOUGH, NOTICED, SAMPLES
from ..evidence.training import Training
from .collapsed import on_one_sample
from .multiplied import multiplied
from .progress import Change, change_of, numbers_besides
from .rays import downwards, falls_along, rays_of
from .whatever import unheld

_STILL = 0.25  # of the gain of the quarter before: a cost that levels off gains less and less
_BEYOND_NOISE = 3.0  # standard errors
_LEFT = 1e-3  # of the cost: as good as nothing
_REMEDY = (
    "look for the term that holds it back: the logarithm of what the likelihood is divided by (log sigma, logsumexp, the "
    "expected count), shares that add up to 1, a margin for what is pushed apart, a penalty; or its sign"
)


def without_a_minimum(training: Training) -> Iterator[Found]:
    """A cost that falls without end in the direction in which the parameters go, or with their size."""
    change = change_of(training)
    if change is None or len(training.steps) < ENOUGH:
        return
    if any(TABLE["where"] in p.rows for p in training.ends):
        return  # far away it would take the other branches
    found = on_one_sample(training)
    # Away from where the errors are 0 there is no end; whether that is meant is the question of the sign.
    if found is None and not (training.first and sign_of_terms(training.first) < 0):
        found = _endless(training, change) or _scaled(training, change) or unheld(training, _REMEDY)
    if found is not None:
        yield found


# --- along a ray -------------------------------------------------------------------------------------------------------


def _endless(training: Training, change: Change) -> Found | None:
    if not change.better or training.clipped or not _still_falls(training.costs, change.sense):
        return None
    sense = change.sense
    for ray in rays_of(training, change):
        begun, ended = change.objective.groups
        fall = falls_along(change, ray, begun) and falls_along(change, ray, ended)
        if fall is None:
            continue
        end, times = fall.costs[-1], fall.times
        if not sense * end < -(abs(change.before) + abs(change.after)):
            continue  # errors end at 0, however far that is
        p = training.sound[-1]
        i, then = downwards(p, {key: x for key, x in ray.at(times).items() if key in p.leaf}, sense)
        product = multiplied(p, i, change, ray)
        words = "" if product is None else "; with the quotient in the place of this product it rises on this way"
        return Found(
            p.source(i if product is None else product),
            f"the cost has no {'minimum' if sense > 0.0 else 'maximum'} {ray.words}: it has come from "
            f"{style.number(change.before)} to {style.number(fall.costs[0])}, goes on {fall.words}, and "
            f"{style.number(times)} times as far it is {style.number(end)}; "
            f"this term goes from {style.number(p.nodes.data[i])} to {style.number(then)}{words}",
            _REMEDY if product is None else "divide by it: innovation**2 / S, beside log(S)",
            {"first": change.before, "last": fall.costs[0], "further": end, "times": times},
            (p.nodes.name(i if product is None else product),),
            # A hinge that is written with `if` is 0 far away, and not the line that was recorded here: below 0 it is none.
            certainty=None if _has_data(training, p) and sense * training.costs[-1] < 0.0 else Certainty.HINT,
        )
    return None


def _still_falls(costs: Sequence[float], sense: float) -> bool:
    """True if each quarter of the steps was better than the one before, by more than noise, and the last not by far less."""
    n = len(costs) // 4
    quarters = [costs[len(costs) - (4 - k) * n : len(costs) - (3 - k) * n] for k in range(4)]
    means = [statistics.fmean(quarter) for quarter in quarters]
    errors = [statistics.pstdev(quarter) / math.sqrt(n) for quarter in quarters]
    gains = [sense * (a - b) for a, b in itertools.pairwise(means)]
    clear = all(gain > _BEYOND_NOISE * math.hypot(*pair) for gain, pair in zip(gains, itertools.pairwise(errors), strict=True))
    return clear and gains[-1] > _STILL * gains[-2]


def _has_data(training: Training, p: Pass) -> bool:
    """True if a cost is computed from more numbers than a formula has, or from a table: else a saddle may be looked at."""
    return len(numbers_besides(training, p)) >= SAMPLES or len(training.updated) >= 4 * SAMPLES


# --- scaled by one parameter -------------------------------------------------------------------------------------------


def _scaled(training: Training, change: Change) -> Found | None:
    """A parameter that multiplies the whole cost by a factor, which has become small."""
    objective, p = change.objective, training.sound[-1]
    if change.sense != 1.0 or not 0.0 <= change.after < change.before or len(objective.last) < 2:
        return None
    (begun,) = objective.costs(objective.groups[1], [objective.first])
    for key in objective.last:
        way = objective.last[key] - objective.first[key]
        if not way or key not in p.leaf:
            continue
        (alone,) = objective.costs(objective.groups[1], [objective.first | {key: objective.last[key]}])
        if not alone < 0.5 * begun:
            continue  # most parameters, of which there may be hundreds
        # far from its infimum a cost is scaled by no single logit, as it is at the end of a separable training
        others = [objective.first, *(_moved(objective.last, key, shift) for shift in (0.0, 0.5, -0.7))]
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
        if (
            not all(map(math.isfinite, far))
            or not 0.0 <= far[2] < far[1] < far[0] < change.after
            or not far[2] < _LEFT * change.after
        ):
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

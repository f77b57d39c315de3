"""Diagnoses of the outcome: what training has made of the cost, whatever the cause.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. They are the last rows: a fault
that is found explains a bad outcome. So an empty list means that the outcome is good, and not that no rule matched.
"""

import math
import random
import statistics
from collections.abc import Iterator, Sequence
from typing import Any

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.forms import follows_the_gradient
from ..evidence.found import Certainty, Found
from ..evidence.orders import at_the_order
from ..evidence.origins import rate_given_at
from ..evidence.outputs import all_compared, has_inputs, is_distance, labels_of, logits_of, residuals
from ..evidence.passes import Pass
from ..evidence.samples import all_samples, different, outcome_of, paired_at_random, samples_of
from ..evidence.statements import source_at
from ..evidence.thresholds import BEYOND, CHANCE, CREEP, ENOUGH, LITTLE, MANY, MENDED, NOISE, NOTICED, ROUNDS, SAMPLES, STILL
from ..evidence.training import Training
from ..evidence.updating import line_of_the_rate
from .flow import begun_at_random, begun_smaller
from .progress import change_of, driven, hardly_falls, levelled, more_of, put_back, sense_of, taken_back, unexplained, unsure
from .reach import shifted
from .steps import faster, slower

_ORDERS = 19  # random orders of the targets
_NORMAL = 1.4826  # the deviation of normal numbers, in medians of their distances from the middle
_OF_THE_REST = 0.5  # of the variance
_SHUFFLES = 5  # of them in which the training is run again
_COMPARE = "compare what goes in with what should come out, sample by sample: are they paired, does the input reach the output?"
_ONE = 0.995  # of the cost of one answer to everything: noise that is fitted comes further
_LATE = 64  # samples, or passes of one sample, at the end of training


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
            certainty=None if driven(training, change.sense) else Certainty.HINT,  # a sampler goes up and down
            claim=Claim([*slower(), Experiment("the other sign", "the other sign of the update", rate=-1.0)]),
        )


def stopped(training: Training) -> Iterator[Found]:
    """Updates that hardly change anything any more, though there is a gradient to follow."""
    passes = training.sound
    late = passes[len(passes) // 2 :]
    if len(passes) < ENOUGH or not training.updated or training.clipped or not all(p.updates for p in late):
        return
    end = passes[-1]
    change = change_of(training)
    still = STILL if sense_of(training) == 1.0 and (unexplained(training) or unsure(training)) else CREEP
    began = next((k for k, p in enumerate(passes) if training.distance(p, end) <= still), len(passes))
    gradient = math.hypot(*(end.upstream[end.leaf[key]] for key in training.updated if key in end.leaf))
    if began > len(passes) // 2 or not change or not more_of(training, change) > LITTLE * abs(change.after):
        return  # training has converged
    ahead = change.after - change.sense * more_of(training, change)
    yield Found(
        line_of_the_rate(training.update_line, source_at(end.called)) or training.update_source,
        f"the parameters have hardly moved since pass {began + 1} of {len(passes)}, though the gradient is "
        f"{style.number(gradient)} long: one longer step along it would bring the cost from {style.number(change.after)} to "
        f"{style.number(ahead)}",
        "a rate that falls more slowly; or look at what stops the updates",
        {"pass": float(began + 1), "gradient": gradient, "last": change.after, "ahead": ahead},
        # An update of another form may have come to rest where its own terms want it: a threshold, a decay of its own. So has
        # one that a second line takes back: a projection onto what is allowed.
        certainty=None if follows_the_gradient(training) and not taken_back(late) else Certainty.HINT,
    )


def chance_level(training: Training) -> Iterator[Found]:
    """A model that is no better than one that answers the same to everything.

    It is proven by training again with the targets in a random order: if they are learned as well as in their own, nothing
    has been learned of which belongs to which.
    """
    if len(training.costs) < ENOUGH or not training.updated or sense_of(training) != 1.0 or training.changes_inputs:
        return
    if put_back(training):
        return
    others = [begun_at_random(training), begun_at_random(training, 1.0), *faster(), *slower()[:2]]
    others += [begun_smaller(training, factor) for factor in (0.1, 0.01)]
    further = Claim(others, best=True, vital=False)  # the numbers are so; that it is a fault is a guess
    found = _mean_of_targets(training) or (_equal_guess(training) or _one_answer(training) if _is_over(training) else None)
    if found:
        permuted = _any_order(training, alone=False)
        found = found._replace(claim=permuted._replace(then=further) if permuted else further)
    else:
        found = _learned_in_any_order(training)
    if found:
        yield at_the_order(training, found)


def _learned_in_any_order(training: Training) -> Found | None:
    """Targets that are not much better known than by one answer, and that are learned in any order: else nothing is said."""
    outcome = outcome_of(training)
    if outcome is None or outcome.samples < 4 * SAMPLES or not outcome.error > CHANCE * outcome.guess > 0.0:
        return None
    if len(training.steps) < MANY or not hardly_falls(training):
        return None  # it is on its way
    p = training.sound[-1]
    if not outcome.labelled and _is_made_by_a_few([y for *_, y in residuals(p)] or [0.0]):
        return None
    samples = [s for order in all_samples(training) for s in order]
    if len(samples) < ROUNDS * len({s.given for s in different(samples)}):
        return None  # of a stream each sample is seen once, and after a few rounds there may be many more to come
    permuted = _any_order(training, alone=True)
    if permuted is None:
        return None
    what, guess = ("cross-entropy", "their shares") if outcome.labelled else ("mean squared error", "their mean")
    return Found(
        p.source(len(p.nodes) - 1),
        f"after {style.counted(len(training.steps), 'step')} the {what} is {style.number(outcome.error)}, and "
        f"{guess} as the answer to everything would give {style.number(outcome.guess)}",
        _COMPARE,
        {"error": outcome.error, "guess": outcome.guess, "samples": float(outcome.samples)},
        claim=permuted,
    )


def _any_order(training: Training, *, alone: bool) -> Claim | None:
    """The claim that random orders of the targets are learned as well as their own; None if they cannot be exchanged.

    One order in five may be learned as well by chance, where little can be known of the targets: it has to be two.
    """
    samples = [s for order in all_samples(training) for s in order]
    if len({s.given for s in different(samples)}) < 4 * SAMPLES:
        return None
    as_well: list[float] = []

    def judge(_: float, before: float, after: float) -> bool | None:
        if after <= before * (1.0 + NOTICED):
            as_well.append(after)
        return True if len(as_well) > 1 else None

    orders = paired_at_random(samples, _SHUFFLES)
    return Claim(orders, alone=alone, vital=False, longer=False, whole=True, judge=judge) if orders else None


def _is_over(training: Training) -> bool:
    """True if more of the same training would not help, nor a longer step."""
    change = change_of(training)
    return levelled(training) and not (change and more_of(training, change) > LITTLE * abs(change.after))


def _mean_of_targets(training: Training) -> Found | None:
    """A squared error that is as large as that of the mean of the targets, or larger."""
    p = training.sound[-1]
    if not any(has_inputs(training, p, f) for _, f, _ in residuals(p)):
        return None  # one answer is all that is asked for
    if not all_compared(p):
        return None
    compared = []
    for p in reversed(training.sound[-_LATE:]):
        compared += [(p.nodes.data[f], y) for _, f, y in residuals(p)]
        if len(compared) >= _LATE:  # a few samples do not tell how much their targets differ
            break
    ys = [y for _, y in compared]
    if len(set(ys)) < SAMPLES or not max(ys) - min(ys) > NOISE * max(map(abs, ys)):
        return None
    spread, error = statistics.pvariance(ys), math.fsum((f - y) ** 2 for f, y in compared) / len(ys)
    if error < CHANCE * spread or not (_is_over(training) or (error > BEYOND * spread and hardly_falls(training))):
        return None
    if _knows_most(compared) or _inputs_are_drawn_anew(training):
        return None  # a few targets far from the rest make both numbers, or the noise that is put into the inputs
    fits = _orders_that_fit(compared)
    if not fits and error <= spread:
        return None  # little of what the targets differ by can be known, and that little has been learned
    p = training.sound[-1]
    how = "training has levelled off, after" if error <= BEYOND * spread else "one answer would do better: after"
    return Found(
        p.source(len(p.nodes) - 1),
        f"{how} {style.counted(len(training.steps), 'step')} the mean squared error is {style.number(error)}, and the mean of "
        f"the targets as the answer to everything gives {style.number(spread)}; the outputs fit {fits} of {_ORDERS} random "
        "orders of the targets as well as their own",
        _COMPARE,
        {"error": error, "variance": spread, "samples": float(len(ys))},
    )


def _knows_most(compared: Sequence[tuple[float, float]]) -> bool:
    """True if half of the targets are nearer to their outputs than to the answer that is best for all of them."""
    middle = statistics.median([y for _, y in compared])
    near, far = (statistics.median(map(abs, ds)) for ds in ([f - y for f, y in compared], [middle - y for _, y in compared]))
    return near < CHANCE * far


def _inputs_are_drawn_anew(training: Training) -> bool:
    """True if samples with one target have other inputs in each pass: noise, or a mask, of which no output knows."""
    given: dict[tuple[float, ...], set[tuple[float, ...]]] = {}
    orders = all_samples(training)
    for order in orders:
        for s in order:
            given.setdefault(s.targets, set()).add(s.given)
    return len(orders) > 1 and len(given) >= SAMPLES and min(map(len, given.values())) > 1


def _is_made_by_a_few(ys: Sequence[float]) -> bool:
    """True if a few numbers far from the rest make the variance: half of them lie much closer together."""
    middle = statistics.median(ys)
    return (_NORMAL * statistics.median(abs(y - middle) for y in ys)) ** 2 < _OF_THE_REST * statistics.pvariance(ys)


def _orders_that_fit(compared: Sequence[tuple[Any, float]]) -> int:
    """The number of random orders of the targets that the outputs fit as well as the true one: do they know which is which?

    Args:
        compared: an output and its target, or the logits and the label, for each sample.
    """
    draw, outputs, targets = random.Random(0), [f for f, _ in compared], [y for _, y in compared]

    def fit() -> float:  # the rest of a squared error, or of a cross-entropy, is the same for all orders
        pairs = zip(outputs, targets, strict=True)
        return math.fsum(f[int(y)] if isinstance(f, list) else f * y for f, y in pairs)

    own, found = fit(), 0
    for _ in range(_ORDERS):
        draw.shuffle(targets)
        found += fit() >= own
    return found


def _equal_guess(training: Training) -> Found | None:
    """A cross-entropy that is as large as that of an equal guess."""
    late = training.sound[-_LATE:]
    known = [_classes(p) for p in late]
    if not all(known) or len(set(known)) > 1 or len({found.label for p in late for found in labels_of(p)}) < 2:
        return None  # without different labels nothing is classified: the dual of a maximum of entropy has this form, too
    n, cost = known[0], math.fsum(p.cost for p in late) / len(late)
    if cost < CHANCE * math.log(n):
        return None
    scored = [([p.nodes.data[z] for z in found.logits], found.label) for p in late for found in labels_of(p)]
    if not _orders_that_fit(scored):
        return None  # little of the labels can be known, and that little has been learned
    p = late[-1]
    return Found(
        p.source(len(p.nodes) - 1),
        f"training has levelled off, after {style.counted(len(training.steps), 'step')}: the cross-entropy is "
        f"{style.number(cost)}, an equal guess among {n} classes costs {style.number(math.log(n))}",
        _COMPARE,
        {"cost": cost, "guess": math.log(n), "classes": float(n)},
    )


def _one_answer(training: Training) -> Found | None:
    """Two classes of which the outputs know no more than how often each comes, not even in the samples of the training.

    So a single line through the plane ends that should tell the four corners of an exclusive or.
    """
    outcome, p = outcome_of(training), training.sound[-1]
    if not (outcome and outcome.labelled and outcome.samples >= SAMPLES and _ONE * outcome.guess < outcome.error):
        return None
    if len({sample.given for sample in samples_of(training, p)}) < SAMPLES or not outcome.guess > 0.0:
        return None
    return Found(
        p.source(len(p.nodes) - 1),
        f"training has levelled off, after {style.counted(len(training.steps), 'step')}: the cross-entropy is "
        f"{style.number(outcome.error)}, and their share as the answer to everything costs {style.number(outcome.guess)}",
        f"a hidden layer, if there is none: a single unit divides its inputs by a straight line; else {_COMPARE}",
        {"cost": outcome.error, "guess": outcome.guess},
    )


def _classes(p: Pass) -> int:
    """The number of classes of a mean cross-entropy without penalties; 0 for another cost."""
    if any(is_distance(p, i) for i, _ in p.terms):
        return 0
    found = [(max(len(z), len(p.operands_of(i))), c) for i, c in p.terms if (z := logits_of(p, i))]  # one may be fixed
    kinds = {n for n, _ in found}
    return kinds.pop() if len(kinds) == 1 and math.isclose(math.fsum(c for _, c in found), 1.0, rel_tol=1e-6) else 0


def off_by_a_constant(training: Training) -> Iterator[Found]:
    """All outputs are off by about the same number, which a bias would have learned: with it added the cost falls by half."""
    if not levelled(training) or not training.updated or sense_of(training) != 1.0 or training.changes_inputs:
        return
    p = training.sound[-1]
    compared = residuals(p)
    outputs, targets = {f for _, f, _ in compared}, {y for *_, y in compared}
    if len(outputs) < len(compared) or min(len(outputs), len(targets)) < SAMPLES:
        return
    if not all_compared(p):
        return  # a cost of several forms: these samples may be those that are far off
    latest = [q for q in training.sound[-SAMPLES:] if residuals(q)]  # batches drift in turn, each by its own amount
    off = statistics.fmean(y - q.nodes.data[f] for q in latest for _, f, y in residuals(q))
    costs = [shifted(q, {f: off for _, f, _ in residuals(q)}) for q in latest]
    cost = shifted(p, dict.fromkeys(outputs, off))
    if 0.0 <= cost < MENDED * p.cost and math.fsum(costs) < MENDED * math.fsum(q.cost for q in latest):
        f = compared[0][1]
        yield Found(
            p.source(f),
            f"all {len(compared)} outputs are off by about the same: with {style.number(off)} added to each the cost is "
            f"{style.number(cost)} instead of {style.number(p.cost)}",
            "subtract the mean of the targets before training, and add it to the outputs; or a bias at the output, which is "
            "trained: if it is there, look at what keeps it back",
            {"off": off, "cost": p.cost, "mended": cost},
            (p.nodes.name(f),),
        )


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
    more = more_of(training, change)
    if not more > max(change.gain, NOTICED * abs(change.after)):
        return
    best = change.after - change.sense * more
    yield Found(
        rate_given_at(training.script, training.update_source)[0],
        f"{style.counted(len(training.steps), 'step')} have brought the cost from {style.number(change.before)} to "
        f"{style.number(change.after)}; one longer step along the last gradient would bring it to {style.number(best)}",
        "a larger rate, or more steps",
        {"first": change.before, "last": change.after, "ahead": best},
        certainty=None if driven(training, change.sense) else Certainty.HINT,
        claim=Claim(faster(), best=True),
    )

"""Faults that no pattern shows, only an experiment or the arithmetic of the updates.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. Nothing is said unless the training
was bad and the one change makes it good.
"""

import math
import statistics
from collections.abc import Iterator, Mapping

from .... import style
from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Found
from ..evidence.outputs import at_parameters, below, labels_of, mean_square, mean_surprise, residuals
from ..evidence.passes import Key, Pass
from ..evidence.thresholds import CHANCE, ENOUGH, LITTLE, LONG, MANY, MATCHED, SAMPLES, SOLVED, TERMS
from ..evidence.training import Training
from .flow import begun_smaller
from .progress import levelled, sense_of, unexplained, unsure

_LEFT_OUT = 5  # every fifth sample


# --- the cost ----------------------------------------------------------------------------------------------------------


def divided_twice(training: Training) -> Iterator[Found]:
    """A mean over n samples that is divided by n again, or by the number of classes: steps so many times too short."""
    p = training.first
    if p is None or sense_of(training) != 1.0:
        return
    terms = [(i, c) for i, c in p.terms if not all(q in p.leaves for q in p.parents[i])]
    n, ops, factors = len(terms), {p.ops[i] for i, _ in terms}, {c for _, c in terms}
    if n < TERMS or len(ops) != 1 or max(factors) - min(factors) > 1e-12 or not 0.0 < min(factors) * n <= 1.0 / TERMS:
        return
    times = round(1.0 / (min(factors) * n))
    if not math.isclose(min(factors) * n * times, 1.0):
        return
    yield Found(
        p.source(len(p.nodes) - 1),
        f"the cost is the mean over {n} samples, divided by {times} once more: its gradient is {times} times too small",
        "take the mean once",
        {"samples": float(n), "divisor": float(times)},
        (p.nodes.name(len(p.nodes) - 1),),
        claim=Claim([Experiment("the mean taken once", rate=float(times))], alone=times != n),  # a factor may be meant
    )


# --- the targets -------------------------------------------------------------------------------------------------------


def penalty_outweighs(training: Training) -> Iterator[Found]:
    """A penalty on the parameters that outweighs the errors: with less of it the targets would be met."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < ENOUGH or sense_of(training) < 0.0:
        return
    if unexplained(training) and sense_of(training) == 1.0:
        measure, what = mean_square, "the mean squared error"
    elif unsure(training) and labels_of(p):
        measure, what = mean_surprise, "the cross-entropy"
    else:
        return
    penalties = [i for i, c in p.terms if c > 0.0 and all(q in p.leaves for q in p.parents[i])]
    if not penalties:
        return
    ops = {(p.ops[i], p.line(i)) for i in penalties}

    def without(q: Pass) -> Edit:
        own = (i for i, _ in q.terms if (q.ops[i], q.line(i)) in ops and all(j in q.leaves for j in q.parents[i]))
        return Edit(dropped=frozenset(own))

    yield Found(
        p.source(penalties[0]),
        f"the penalty on {style.counted(len(penalties), 'parameter')} outweighs the errors",
        "a smaller factor for the penalty",
        {"penalties": float(len(penalties))},
        (p.nodes.name(penalties[0]),),
        claim=Claim(
            [Experiment("no penalty", edit=without)], measure, what,
            alone=True, longer=False, judge=lambda _, before, after: after < MATCHED * before,
        ),
    )  # fmt: skip


def penalised_twice(training: Training) -> Iterator[Found]:
    """A penalty that is in the cost twice, from two lines."""
    p = training.first
    if p is None:
        return
    lines: dict[Key, list[int]] = {}
    for i, c in p.terms:
        if c and p.key_of.get(leaf := p.parents[i][0]) in training.trained and set(p.parents[i]) == {leaf}:
            lines.setdefault((leaf, p.ops[i]), []).append(i)
    twice = [nodes for nodes in lines.values() if len({p.line(i) for i in nodes} - {None}) > 1]
    if twice and len(twice) == len(lines):
        first, second = (p.source(i) for i in (min(twice[0]), max(twice[0])))
        if first and second:
            yield Found(
                second,
                f"the penalty on {style.counted(len(twice), 'parameter')} is in the cost twice, from line {first.line} and "
                f"from line {second.line}",
                "add it in one place",
                {"parameters": float(len(twice))},
                tuple(p.nodes.name(p.parents[nodes[0]][0]) for nodes in twice),
            )


# --- the outcome -------------------------------------------------------------------------------------------------------


def fits_the_training_set_only(training: Training) -> Iterator[Found]:
    """A model that knows its samples and nothing else: of others it says no more than the mean of the targets does."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < ENOUGH or len(training.steps[-1]) > 1 or sense_of(training) != 1.0:
        return
    compared = residuals(p)
    ys = [y for *_, y in compared]
    if len(set(ys)) < 2 * LONG or len({f for _, f, _ in compared}) < len(compared) or training.changes_inputs:
        return
    spread, error = statistics.pvariance(ys), _error(p, compared, {})
    if not error < 0.1 * spread or _has_parameters_of_its_own(training, p, compared):
        return

    def held(q: Pass) -> list[tuple[int, int, float]]:
        return residuals(q)[::_LEFT_OUT]

    def edit(q: Pass) -> Edit:
        ends = {user for i, *_ in held(q) for user in q.users[i]}
        return Edit(dropped=frozenset(ends))

    def measure(q: Pass, numbers: Mapping[Key, float]) -> float:
        return _error(q, held(q), numbers)

    def judge(_: float, before: float, after: float) -> bool | None:
        return after > max(CHANCE * spread, 10.0 * before)

    yield Found(
        p.source(compared[0][0]),
        f"it fits the training set only: the error is {style.number(error)} where the targets vary by {style.number(spread)}",
        "more samples, fewer parameters, a penalty; and judge the model by samples that it has not seen",
        {"error": error, "variance": spread},
        claim=Claim(
            [Experiment("each fifth sample left out", edit=edit)],
            measure, "the error of these", judge=judge, alone=True, longer=False,
        ),
    )  # fmt: skip


def _has_parameters_of_its_own(training: Training, p: Pass, compared: list[tuple[int, int, float]]) -> bool:
    """True if outputs are computed from different parameters, as of a user and a film: without a sample these know less."""
    own = {frozenset(i for i in below(p, f) if p.key_of.get(i) in training.trained) for _, f, _ in compared[::_LEFT_OUT]}
    return len(own) > 1


def _error(p: Pass, compared: list[tuple[int, int, float]], numbers: Mapping[Key, float]) -> float:
    data = at_parameters(p, numbers) if numbers else p.nodes.data
    return math.fsum((data[f] - y) ** 2 for _, f, y in compared) / len(compared)


def held_back(training: Training) -> Iterator[Found]:
    """A cost that stays large because of the steps: from the same beginning, steps of other lengths make far less of it."""
    if len(training.steps) < MANY or sense_of(training) != 1.0 or training.changes_inputs or not levelled(training):
        return  # what still falls is on its way
    late = training.costs[-len(training.costs) // 2 :]
    if max(late) - min(late) > LITTLE * max(late):
        return  # the costs of batches scatter, and hide that they fall
    what = "the targets" if unexplained(training) else "the labels" if unsure(training) else ""
    if what:
        yield Found(
            training.update_source,
            f"{style.counted(len(training.steps), 'step')} have explained little of {what}, and it is the steps that hold the "
            "cost up, not the model",
            "look at the update: its rate, its form, the gradients that it uses; or scale the inputs, each column by itself",
            claim=Claim(
                [Experiment("steps of the right length and direction (L-BFGS)", solved=True)],
                alone=True, longer=False, judge=lambda _, before, after: 0.0 <= after < SOLVED * before,
            ),
        )  # fmt: skip


def begun_too_large(training: Training) -> Iterator[Found]:
    """Initial weights so large that the outputs were wild at first, and have remained so: with smaller ones it learns."""
    p, end = training.first, training.sound[-1] if training.sound else None
    if p is None or end is None or len(training.steps) < ENOUGH or sense_of(training) != 1.0 or not unexplained(training):
        return
    compared = residuals(p)
    if len(compared) < SAMPLES or not residuals(end) or training.changes_inputs:
        return
    spread = statistics.pvariance([y for *_, y in compared])
    errors = [math.fsum((q.nodes.data[f] - y) ** 2 for _, f, y in residuals(q)) / len(residuals(q)) for q in (p, end)]
    if not min(errors) > 10.0 * spread:
        return
    largest = max((abs(p.nodes.data[i]), i) for key, i in p.leaf.items() if key in training.trained)[1]
    yield Found(
        p.source(largest),
        f"with the initial weights, up to {style.number(abs(p.nodes.data[largest]))}, the mean squared error is "
        f"{style.number(errors[0])} where the targets vary by {style.number(spread)}",
        "smaller initial weights",
        {"first": errors[0], "last": errors[1], "variance": spread},
        (p.nodes.name(largest),),
        claim=Claim(
            [begun_smaller(training, factor) for factor in (0.1, 0.01)],
            alone=True, longer=False, judge=lambda _, before, after: 0.0 <= after < MATCHED * before,
        ),
    )  # fmt: skip

"""Diagnoses of targets: those of another sample, labels that a cost has no minimum for, targets that are among the inputs.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. That targets belong
to other samples is found by training again with them moved.
"""

import math
import statistics
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from autograd import TABLE

from .... import style
from ..evidence.experiment import Claim, Edit, Entry, Experiment, number_of
from ..evidence.found import Found
from ..evidence.outputs import Labelled, given_to, labels_of, residuals, targets_of, weights_of
from ..evidence.passes import Pass
from ..evidence.thresholds import ENOUGH, MATCHED, SAMPLES, UNEXPLAINED
from ..evidence.training import Training
from .progress import sense_of, unexplained, unsure

SOFTPLUS, NEGATIVE = TABLE["softplus"], TABLE["neg"]
_NO_LABEL = 1e-9  # rounding of a label
_CLASSES = 10
_WHOLE = 2 * SAMPLES  # samples of a pass that has its own order; shorter ones follow each other


# --- those of another sample -------------------------------------------------------------------------------------------


class _Place(NamedTuple):
    """The place of a target in a pass, a number that is compared or the label of a cross-entropy, and the target itself."""

    of: Pass
    place: Entry | Labelled
    target: float


def targets_shifted(training: Training) -> Iterator[Found]:
    """Every output is compared with the target of the sample before or after its own, or with those of the other end."""
    passes = training.sound
    if len(passes) < ENOUGH or sense_of(training) != 1.0:
        return
    if unexplained(training):
        orders, i = [[_Place(p, e, number_of(p, e)) for e in targets_of(p)] for p in passes], residuals(passes[-1])[0][0]
    elif unsure(training) and not _symbolic(training):
        orders = [[_Place(p, f, float(f.label)) for f in labels_of(p) if f.subtracted is not None] for p in passes]
        i = len(passes[-1].nodes) - 1
    else:
        return
    if len(orders[0]) < _WHOLE:  # a pass with all samples has its own order
        orders = [[place for order in orders for place in order]]
    ways = [(1, "the target of the sample before it for each"), (-1, "the target of the sample after it for each")]
    if len(orders) > 1:
        ways.append((0, "the targets in reverse order"))
    p = passes[-1]
    yield Found(
        p.source(i),
        "the outputs do not fit their targets",
        "pair them by place: zip(inputs, targets), both sorted or shuffled together",
        {},
        (p.nodes.name(i),),
        claim=Claim(
            [_moved(orders, by, words) for by, words in ways if not _known(training, orders[-1], by)],
            alone=True, longer=False, judge=lambda _, before, after: after < MATCHED * before,
        ),
    )  # fmt: skip


def _turned(order: list[_Place], by: int) -> list[_Place]:
    return [*order[-by:], *order[:-by]] if by else order[::-1]


def _moved(orders: list[list[_Place]], by: int, words: str) -> Experiment:
    """The same training, each target that of another sample: the next one, or for 0 the one at the other end."""
    numbers: dict[int, dict[Entry, float]] = {}
    swapped: dict[int, dict[tuple[int, int], int]] = {}
    for order in orders:
        for (p, place, _), (*_, target) in zip(order, _turned(order, by), strict=True):
            if not isinstance(place, Labelled):
                numbers.setdefault(id(p), {})[place] = target
            elif place.subtracted is not None and target < len(place.logits):
                at = place.subtracted, place.logits[place.label]
                swapped.setdefault(id(p), {})[at] = place.logits[int(target)]

    def edit(p: Pass) -> Edit:
        return Edit(numbers=numbers.get(id(p), {}), swapped=swapped.get(id(p), {}))

    return Experiment(words, edit=edit)


def _known(training: Training, order: list[_Place], by: int) -> bool:
    """True if the target of the other sample is among the inputs of this one, as in a series: that fits by itself."""
    outputs = {id(p): {y: f for f, y in zip((f for _, f, _ in residuals(p)), targets_of(p), strict=True)} for p, *_ in order}
    pairs = [
        (p, outputs[id(p)].get(place), target)
        for (p, place, _), (*_, target) in zip(order, _turned(order, by), strict=True)
        if not isinstance(place, Labelled)
    ][:_WHOLE]
    known = sum(f is not None and target in given_to(training, p, f)[0] for p, f, target in pairs)
    return known > len(pairs) // 2


def _symbolic(training: Training) -> bool:
    """True if inputs are symbols, zeros and ones or rows of a table: in a text the label of one is the input of the next."""
    given = [given_to(training, p, found.logits[0]) for p in training.sound[-_WHOLE:] for found in labels_of(p)[:_WHOLE]]
    numbers = {x for numbers, _ in given for x in numbers}
    return len(numbers) < _WHOLE or len({frozenset(keys) for _, keys in given}) > 1


# --- labels ------------------------------------------------------------------------------------------------------------


def outside_0_to_1(training: Training) -> Iterator[Found]:
    """A label of a binary cross-entropy that is no probability: such a cost falls without end."""
    p = training.first
    if p is None:
        return
    factors = dict(p.terms) | p.linear
    found: list[tuple[int, float]] = []
    for i, c in p.terms:
        if p.rows[i] is not SOFTPLUS:
            return
        z, sign = p.parents[i][0], 1.0
        while p.rows[z] is NEGATIVE:
            z, sign = p.parents[z][0], -sign
        label = -factors.get(z, 0.0) / c if sign > 0.0 else 1.0 - factors.get(z, 0.0) / c
        if not -_NO_LABEL <= label <= 1.0 + _NO_LABEL:
            found.append((i, label))
    if found and math.fsum(c for _, c in p.terms) > 0.0:
        i, label = found[0]
        yield Found(
            p.source(p.users[i][0]),
            f"the label is {style.number(label)} for {style.counted(len(found), 'sample')}: a binary cross-entropy, "
            "softplus(z) - y z, takes labels from 0 to 1, and with others it has no minimum",
            "labels 0 and 1: (y + 1) / 2 makes them of -1 and 1",
            {"label": label, "samples": float(len(found))},
            (p.nodes.name(i),),
        )


def never_a_label(training: Training) -> Iterator[Found]:
    """A class 0 that no sample has, while all others occur: labels may count from one."""
    seen = Counter((len(found.logits), found.label) for p in training.looked_at for found in labels_of(p))
    (n, _), *_ = seen or [(0, 0)]
    missing = [k for k in range(n) if not seen[n, k]]
    if n > 2 and missing == [0] and {m for m, _ in seen} == {n} and min(seen.values()) >= SAMPLES:
        p = training.sound[-1]
        yield Found(
            p.source(len(p.nodes) - 1),
            f"the labels are 1 to {n - 1} of {n} classes: none of {sum(seen.values())} samples has the label 0",
            "count classes from 0",
            {"classes": float(n), "samples": float(sum(seen.values()))},
        )


def class_numbers(training: Training) -> Iterator[Found]:
    """Targets that are few whole numbers, and a squared error that has not explained them: they may be numbers of classes."""
    if len(training.steps) < ENOUGH or sense_of(training) != 1.0:
        return
    p = training.sound[-1]
    targets = Counter(y for *_, y in residuals(p))
    if 3 <= len(targets) <= _CLASSES and sorted(targets) == list(range(len(targets))) and min(targets.values()) >= SAMPLES:
        error = math.fsum((p.nodes.data[f] - y) ** 2 for _, f, y in residuals(p)) / targets.total()
        if error > UNEXPLAINED * statistics.pvariance(targets.elements()):
            i, f, _ = residuals(p)[0]
            yield Found(
                p.source(i),
                f"the targets are the whole numbers from 0 to {len(targets) - 1}, and the mean squared error is still "
                f"{style.number(error)}: numbers of classes have no order",
                "an output for each class, and cross_entropy",
                {"classes": float(len(targets)), "error": error},
                (p.nodes.name(f),),
            )


# --- known beforehand --------------------------------------------------------------------------------------------------


def among_the_inputs(training: Training) -> Iterator[Found]:
    """A target that is one of the numbers its output is computed from, for every sample: nothing has to be learned."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < ENOUGH or training.changes_inputs:
        return
    compared = residuals(p)
    if len({y for *_, y in compared}) < _WHOLE or len({f for _, f, _ in compared}) < len(compared):
        return
    # The largest of some inputs is among them, too: but now here, now there, and not always beside the same weight.
    weights = [weights_of(training, p, f, y) for _, f, y in compared]
    others = [given_to(training, p, f)[0] - {y} for _, f, y in compared]
    if set.intersection(*weights) and all(others) and len(set(map(frozenset, others))) == len(others):
        _, f, y = compared[0]
        yield Found(
            p.source(f),
            f"the target is among the numbers that its output is computed from, for all {len(compared)} samples: "
            f"{style.number(y)} is both",
            "leave it out of the inputs: it will not be known when the model is used",
            {"samples": float(len(compared))},
            (p.nodes.name(f),),
        )

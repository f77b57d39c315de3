"""Diagnoses of targets: labels that a cost has no minimum for, targets that are among the inputs.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import itertools
import math
import statistics
from collections import Counter
from collections.abc import Iterator, Mapping

from autograd import TABLE

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.outputs import LOG, given_to, labels_of, logits_of, residuals, weights_of
from ..evidence.passes import Key, Pass, is_difference
from ..evidence.samples import all_samples, different
from ..evidence.thresholds import ENOUGH, LONG, SAMPLES, UNEXPLAINED
from ..evidence.training import Training
from .progress import sense_of
from .tokens import told_what_is_given

SOFTPLUS, NEGATIVE = TABLE["softplus"], TABLE["neg"]
_NO_LABEL = 1e-9  # rounding of a label
_CLASSES = 10
_COPIED = 0.3  # so near to 1 is the weight of an input that the output copies
_WHOLE = 2 * SAMPLES  # samples of a pass that has its own order; shorter ones follow each other


# --- labels ------------------------------------------------------------------------------------------------------------


def outside_0_to_1(training: Training) -> Iterator[Found]:
    """A label of a binary cross-entropy that is no probability: such a cost falls without end."""
    p = training.first
    if p is None:
        return
    factors = dict(p.terms) | p.linear
    found: list[tuple[int, float]] = []
    costs = {i: _logit(p, i) for i, _ in p.terms if p.rows[i] is SOFTPLUS}
    if not {i for i, _ in p.terms} <= {*costs, *(z for z, _ in costs.values())}:
        return
    for i, (z, sign) in costs.items():
        c = factors[i]
        label = -factors.get(z, 0.0) / c if sign > 0.0 else 1.0 - factors.get(z, 0.0) / c
        if not -_NO_LABEL <= label <= 1.0 + _NO_LABEL:
            found.append((i, label))
    if found and math.fsum(factors[i] for i in costs) > 0.0:
        i, label = found[0]
        yield Found(
            p.source(p.users[i][0]),
            f"the label is {style.number(label)} for {style.counted(len(found), 'sample')}: a binary cross-entropy, "
            "softplus(z) - y z, takes labels from 0 to 1, and with others it has no minimum",
            "labels 0 and 1: (y + 1) / 2 makes them of -1 and 1",
            {"label": label, "samples": float(len(found))},
            (p.nodes.name(i),),
        )


def _logit(p: Pass, i: int) -> tuple[int, float]:
    """The output that goes into a softplus, and its sign there."""
    z, sign = p.parents[i][0], 1.0
    while p.rows[z] is NEGATIVE:
        z, sign = p.parents[z][0], -sign
    return z, sign


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


def one_label(training: Training) -> Iterator[Found]:
    """All samples have one label: whatever the inputs are, there is nothing to tell apart."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < LONG or training.changes_inputs:
        return
    if len({found.label for found in labels_of(p)}) != 1:
        return
    samples = [s for order in all_samples(training) for s in order]
    if not samples or not all(s.is_labelled for s in samples):
        return
    labels, inputs = {s.targets for s in samples}, {s.given for s in different(samples)}
    logits = [found.logits for found in labels_of(p)]
    if len(labels) > 1 or len(inputs) < 4 * SAMPLES or not logits:
        return
    if len({frozenset(given_to(training, p, z)[1]) for z in logits[0]}) == 1:
        return  # one score for each of some candidates, of which the right one is written first
    (label,) = labels.pop()
    yield Found(
        p.source(len(p.nodes) - 1),
        f"all {len(inputs)} inputs have the label {style.number(label)}, one of {len(logits[0])} classes: there is nothing to "
        "tell apart",
        "look at where labels are made",
        {"label": label, "samples": float(len(inputs)), "classes": float(len(logits[0]))},
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


def without_its_class(training: Training) -> Iterator[Found]:
    """A softmax whose sum lacks the class of the label for some samples: its probability may be above 1."""
    p = training.first
    if p is None:
        return
    inside: list[int] = []
    outside: list[tuple[int, int]] = []
    for i, c in p.terms:
        logits = logits_of(p, i)
        for user in p.users[i] if len(logits) > 1 and c > 0.0 else ():
            others = [z for z in p.parents[user] if z != i] if is_difference(p.rows[user]) else []
            inside += [z for z in others if z in logits]
            outside += [(i, z) for z in others if z not in logits and p.parents[z] and p.ops[z] == p.ops[logits[0]]]
    if len(inside) >= SAMPLES and len(outside) >= SAMPLES:
        i, z = outside[0]
        added = p.parents[i][0] if p.rows[i] is LOG else i
        yield Found(
            p.source(added),
            f"the softmax of {style.counted(len(outside), 'sample')} is over {len(logits_of(p, i))} classes, and its own, "
            f"{p.name(z)}, is not among them: its probability may be above 1, and such a cost has no minimum",
            "add up the exponentials of all classes",
            {"samples": float(len(outside))},
            (p.nodes.name(i),),
        )


def several_classes(training: Training) -> Iterator[Found]:
    """Labels of a softmax that are 1 for a class and for all after it, or all before it: >= where == is meant."""
    p = training.first
    if p is None or len(training.steps) < LONG:
        return
    factors = dict(p.terms) | p.linear
    samples: dict[tuple[int, ...], int] = {}
    for i, _ in p.terms:
        if len(logits := logits_of(p, i)) > 2:
            samples.setdefault(logits, i)
    labels = [tuple(round(-factors.get(z, 0.0), 12) for z in logits) for logits in samples]
    chosen = {tuple(k for k, y in enumerate(label) if y > 0.0) for label in labels}
    equal = len({y for label in labels for y in label} - {0.0}) == 1
    chain = sorted(chosen, key=len)
    nested = all(set(a) < set(b) for a, b in itertools.pairwise(chain))
    runs = all(c == tuple(range(c[0], c[-1] + 1)) for c in chain if c) and () not in chosen
    apart = len({z for logits in samples for z in logits}) == sum(map(len, samples))  # those at risk are of many sums
    if len(labels) >= 2 * SAMPLES and len(chain) > 2 and equal and nested and runs and apart:
        i = next(iter(samples.values()))
        yield Found(
            p.source(i),
            f"the labels of a sample are 1 for up to {len(chain[-1])} classes at once, such as {list(chain[-1])}: "
            "a softmax divides 1 among the classes, of which one is right",
            "1.0 if k == label else 0.0",
            {"classes": float(len(chain)), "samples": float(len(labels))},
            (p.nodes.name(i),),
        )


# --- known beforehand --------------------------------------------------------------------------------------------------


def among_the_inputs(training: Training) -> Iterator[Found]:
    """A target that is one of the numbers its output is computed from, or the token, in every sample."""
    yield from told_what_is_given(training)
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < ENOUGH or training.changes_inputs:
        return
    compared = residuals(p)
    if len({y for *_, y in compared}) < _WHOLE or len({f for _, f, _ in compared}) < len(compared):
        return
    # The largest of some inputs is among them, too: but now here, now there, and not always beside the same weight.
    weights = [weights_of(training, p, f, y) for _, f, y in compared]
    others = [given_to(training, p, f)[0] - {y} for _, f, y in compared]
    shared = set.intersection(*weights)
    if shared and all(others) and len(set(map(frozenset, others))) == len(others):
        _, f, y = compared[0]
        sizes = {key: p.nodes.data[i] for key, i in p.leaf.items() if key in training.trained}
        copied = next((key for key in shared if _is_copied(key, sizes)), None)
        learned = f", and its weight has come to {style.number(sizes[copied])}: it is copied" if copied in sizes else ""
        yield Found(
            p.source(f),
            f"the target is among the numbers that its output is computed from, for all {len(compared)} samples: "
            f"{style.number(y)} is both{learned}",
            "leave it out of the inputs: it will not be known when the model is used",
            {"samples": float(len(compared))},
            (p.nodes.name(f),),
            certainty=Certainty.LIKELY if learned else None,
        )


def _is_copied(key: Key, weights: Mapping[Key, float]) -> bool:
    """True if a weight has come near 1, and all others are far below it: the output is that input."""
    rest = [abs(x) for other, x in weights.items() if other != key]
    return abs(weights[key] - 1.0) < _COPIED and max(rest, default=0.0) < 0.5 * weights[key]

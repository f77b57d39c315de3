"""The samples of a recorded training: what each output is computed from, and the target or label that it is compared with.

The pairs of the two are what a training is about. Whether they belong together is asked by pairing them anew: each target is
moved to another sample or, where a cost has no number for it - softplus(z) for one label and softplus(-z) for the other -, each
input is.
"""

import dataclasses
import functools
import math
import random
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from autograd import TABLE

from .experiment import Edit, Entry, Experiment, numbers_of
from .outputs import Labelled, labels_of, outputs_of, residuals, targets_of
from .passes import Key, Pass, is_difference
from .training import Training

_SOFTPLUS, _NEGATIVE = TABLE["softplus"], TABLE["neg"]
_READ = 2.0  # microseconds that an input of a sample takes
_TOGETHER = 1000  # outputs of one walk through a graph
WINDOW = 64  # samples at the end of training that tell how good it has become


@dataclasses.dataclass(eq=False)
class Sample:
    """A sample of a pass.

    Attributes:
        of: the pass.
        inputs: the entries of the numbers that its outputs are computed from, in the order of the nodes.
        rows: the other leaves that they are computed from, some of which belong to this sample only: rows of a table.
        targets: the numbers or the label that it is compared with.
        places: the places of these, if the cost has them as numbers.
        cost: the negative logarithm of the probability of the label, where there is one.
        like: the sample in its place in the first pass with the same numbers for inputs; None in that pass itself.
    """

    of: Pass
    inputs: tuple[Entry, ...]
    rows: frozenset[Key]
    targets: tuple[float, ...]
    places: tuple[Entry | Labelled, ...]
    cost: float
    like: "Sample | None" = None

    @functools.cached_property
    def given(self) -> tuple[float, ...]:
        """The numbers of the inputs."""
        return self.like.given if self.like else tuple(numbers_of(self.of, self.inputs))

    @property
    def is_labelled(self) -> bool:
        """True if it is compared with the label of a class."""
        return not math.isnan(self.cost)


def samples_of(training: Training, p: Pass) -> list[Sample]:
    """The samples of a pass; [] for a cost of another kind."""
    return training.once(("samples", p), lambda: _alike(training, p, _samples_of(training, p)))


def _samples_of(training: Training, p: Pass) -> list[Sample]:
    if compared := residuals(p):
        places = targets_of(p)
        return [
            Sample(p, inputs, rows, tuple([compared[k][2] for k in which]), tuple([places[k] for k in which]), math.nan)
            for inputs, rows, which in _together(training, p)
        ]
    if labelled := labels_of(p):
        return [
            Sample(
                p,
                *given,
                (float(found.label),),
                (found,) if found.subtracted is not None else (),
                p.nodes.data[found.node] - p.nodes.data[found.logits[found.label]],
            )
            for found, given in zip(labelled, given_of(training, p, [found.logits for found in labelled]), strict=True)
        ]
    found = [*_softplus(p), *_likelihood(p)]
    given = given_of(training, p, [(f,) for f, *_ in found])
    return [Sample(p, *of, (label,), (), cost) for of, (_, label, cost) in zip(given, found, strict=True)]


def _alike(training: Training, p: Pass, samples: list[Sample]) -> list[Sample]:
    """The samples of a pass, each beside the one in its place in the first pass with the same numbers for inputs.

    So the numbers of a whole batch, of which each pass has the same, are read once.
    """
    constants = p.nodes.constants
    same = constants is p.structure.nodes.constants
    leaves = tuple([p.nodes.data[i] for i in p.leaves if p.key_of.get(i) not in training.trained])
    first = training.once(("first", _kin(training, p), same or constants.tobytes(), leaves), lambda: samples)
    if first is not samples and len(first) == len(samples):
        for sample, other in zip(samples, first, strict=True):
            sample.like = other if sample.inputs is other.inputs else None
    return samples


def errors_of(training: Training, p: Pass) -> list[tuple[float, ...]]:
    """The errors of the samples of a pass: outputs less targets, a probability less its label; [] for several classes."""
    if compared := residuals(p):
        errors = [p.nodes.data[f] - y for _, f, y in compared]
        return [tuple([errors[k] for k in which]) for *_, which in _together(training, p)]
    labelled = [] if labels_of(p) else [(label, cost) for _, label, cost in (*_softplus(p), *_likelihood(p))]
    if any(label not in (0.0, 1.0) for label, _ in labelled):
        return []
    return [((math.exp(-min(cost, 700.0)) - 1.0) * (1.0 if label else -1.0),) for label, cost in labelled]


def answers_of(p: Pass) -> list[tuple[int, ...]]:
    """The outputs that the cost compares with targets or labels, for each sample: one node, or the logits."""
    return outputs_of(p) or [(f,) for f, *_ in (*_softplus(p), *_likelihood(p))]


def all_samples(training: Training) -> list[list[Sample]]:
    """The samples of every sound pass."""
    return training.once("samples", lambda: _all_samples(training))


def _all_samples(training: Training) -> list[list[Sample]]:
    found = [samples_of(training, p) for p in training.sound]
    training.budget.left -= _READ * sum(len(s.inputs) + 1 for samples in found for s in samples)
    return found


def different(samples: Iterable[Sample]) -> list[Sample]:
    """The samples without those whose inputs are known, by their place, to be those of another of them."""
    return list({id(s.like or s): s for s in samples}.values())


def numbers_given(training: Training) -> set[float]:
    """The numbers of the inputs of all samples."""
    return training.once("given", lambda: _numbers_given(training))


def _numbers_given(training: Training) -> set[float]:
    samples = [s for order in all_samples(training) for s in order]
    return {x for s in different(samples) for x in s.given}


def numbers_present(training: Training) -> set[float]:
    """The numbers of the inputs and of the targets of all samples."""
    return training.once(
        "present", lambda: numbers_given(training) | {y for order in all_samples(training) for s in order for y in s.targets}
    )


def _softplus(p: Pass) -> Iterable[tuple[int, float, float]]:
    """The output, the label and the cost of each binary cross-entropy: softplus(z) - y z, or softplus(-z) + (1 - y) z."""
    factors = dict(p.terms) | p.linear
    for i, c in p.terms:
        if p.rows[i] is not _SOFTPLUS or not c:
            continue
        z, positive = p.nodes.parents(i)[0], p.rows[p.nodes.parents(i)[0]] is not _NEGATIVE
        z = z if positive else p.nodes.parents(z)[0]
        slope = factors.get(z, 0.0) / c
        label, cost = round(-slope if positive else 1.0 - slope, 9) + 0.0, p.nodes.data[i] + slope * p.nodes.data[z]
        yield z, label, cost


def _likelihood(p: Pass) -> Iterable[tuple[int, float, float]]:
    """The same for y log(h) + (1 - y) log(1 - h), of which one may be left out."""
    found: dict[int, dict[float, tuple[float, float]]] = {}
    for i, c in p.terms:
        if p.rows[i].in_cost != "likelihood" or len(p.nodes.parents(i)) != 1:
            continue
        h, of = p.nodes.parents(i)[0], 1.0
        if is_difference(p.rows[h]) and p.nodes.operands_of(h)[0] == 1.0 and len(p.nodes.parents(h)) == 1:
            h, of = p.nodes.parents(h)[0], 0.0
        found.setdefault(h, {})[of] = c, p.nodes.data[i]
    if not all(0.0 <= p.nodes.data[h] <= 1.0 for h in found):
        return
    for h, logs in found.items():
        weights = {of: abs(c) for of, (c, _) in logs.items()}
        if total := math.fsum(weights.values()):
            yield h, weights.get(1.0, 0.0) / total, -math.fsum(weights[of] * log for of, (_, log) in logs.items()) / total


# --- what they are computed from -----------------------------------------------------------------------------------------

_Given = tuple[tuple[Entry, ...], frozenset[Key]]


def given_of(training: Training, p: Pass, outputs: Sequence[tuple[int, ...]]) -> list[_Given]:
    """For each sample the entries that its outputs are computed from, and the trained parameters."""
    return training.once(("inputs", _kin(training, p), tuple(outputs)), lambda: _inputs(training, p, outputs))


def _kin(training: Training, p: Pass) -> object:
    """The key of passes of one structure in which the same leaves are trained: the others may be new every time."""

    def known() -> object:
        marks = tuple([key if key in training.trained else None for key in p.keys])
        return training.once(("kin", p.structure, marks), object)

    return training.once(("kin", p.shape), known)


def _together(training: Training, p: Pass) -> list[tuple[tuple[Entry, ...], frozenset[Key], list[int]]]:
    """The outputs of each sample that has targets, as places among `residuals`: those that are computed from the same."""
    return training.once(
        ("together", _kin(training, p)), lambda: _grouped(given_of(training, p, [(f,) for _, f, _ in residuals(p)]))
    )


def _grouped(given: Sequence[_Given]) -> list[tuple[tuple[Entry, ...], frozenset[Key], list[int]]]:
    found: dict[_Given, list[int]] = {}
    for k, of in enumerate(given):
        found.setdefault(of, []).append(k)
    return [(*of, which) for of, which in found.items()]


def _inputs(training: Training, p: Pass, outputs: Sequence[tuple[int, ...]]) -> list[_Given]:
    found: list[_Given] = []
    for k in range(0, len(outputs), _TOGETHER):
        found += _inputs_of_some(training, p, outputs[k : k + _TOGETHER])
    return found


def _inputs_of_some(training: Training, p: Pass, outputs: Sequence[tuple[int, ...]]) -> list[_Given]:
    reaching, trained = p.structure.reaching(tuple(outputs)), training.trained
    entries: list[list[Entry]] = [[] for _ in outputs]
    known: dict[int, list[list[Entry]]] = {}
    rows: dict[int, list[Key]] = {}

    def of(mark: int) -> list[list[Entry]]:
        if mark not in known:
            one = not mark & (mark - 1)
            known[mark] = [entries[mark.bit_length() - 1]] if one else [own for k, own in enumerate(entries) if mark >> k & 1]
        return known[mark]

    for i, mark in reaching.leaves:
        if (key := p.key_of.get(i)) in trained:
            rows.setdefault(mark, []).append(key)
        else:
            for own in of(mark):
                own.append(i)
    for numbers, mark in reaching.constants:
        for own in of(mark):
            own += numbers
    sets: dict[tuple[int, ...], frozenset[Key]] = {}
    found: list[_Given] = []
    for k, own in enumerate(entries):
        marks = tuple([mark for mark in rows if mark >> k & 1])
        if marks not in sets:
            sets[marks] = frozenset(key for mark in marks for key in rows[mark])
        found.append((tuple(own), sets[marks]))
    return found


# --- how well they are known ---------------------------------------------------------------------------------------------


class Outcome(NamedTuple):
    """The error of the last samples, beside that of one answer to everything.

    Attributes:
        samples: how many there are.
        error: their mean squared error or cross-entropy.
        guess: the variance of the targets, or the entropy of the labels.
        labelled: True for labels.
    """

    samples: int
    error: float
    guess: float
    labelled: bool


def outcome_of(training: Training) -> Outcome | None:
    """The outcome for the last samples of a training; None if its cost compares no outputs with targets."""
    return training.once("outcome", lambda: _outcome(training))


def _outcome(training: Training) -> Outcome | None:
    pairs: list[tuple[float, float]] = []
    costs: list[float] = []
    labels: list[float] = []
    for p in reversed(training.sound[-WINDOW:]):
        # A parameter is no target: a step of a critic compares its number for a state with the reward and the next one.
        given = [p.key_of.get(entry) not in training.trained for entry in targets_of(p)]
        pairs += [(p.nodes.data[f], y) for (_, f, y), is_given in zip(residuals(p), given, strict=True) if is_given]
        for sample in () if pairs else samples_of(training, p):
            costs.append(sample.cost)
            labels += sample.targets
        if max(len(pairs), len(costs)) >= WINDOW:
            break
    if pairs:
        mean = math.fsum(y for _, y in pairs) / len(pairs)
        error, spread = (
            math.fsum((f - y) ** 2 for f, y in some) / len(pairs) for some in (pairs, [(mean, y) for _, y in pairs])
        )
        return Outcome(len(pairs), error, spread, labelled=False)
    if not costs or not all(y.is_integer() for y in labels):
        return None
    shares = [n / len(labels) for n in Counter(labels).values()]
    return Outcome(len(labels), math.fsum(costs) / len(costs), -math.fsum(s * math.log(s) for s in shares), labelled=True)


# --- other pairs -----------------------------------------------------------------------------------------------------------


class _Pairs:
    """Numbers and labels of passes, exchanged."""

    def __init__(self) -> None:
        self._numbers: dict[int, dict[Entry, float]] = {}
        self._swapped: dict[int, dict[tuple[int, int], int]] = {}

    def target(self, sample: Sample, targets: Sequence[float]) -> None:
        """Give a sample other targets, or another label."""
        for place, target in zip(sample.places, targets, strict=True):
            if not isinstance(place, Labelled):
                self._numbers.setdefault(id(sample.of), {})[place] = target
            elif place.subtracted is not None and target < len(place.logits):
                at = place.subtracted, place.logits[place.label]
                self._swapped.setdefault(id(sample.of), {})[at] = place.logits[int(target)]

    def inputs(self, sample: Sample, numbers: Sequence[float]) -> None:
        """Give a sample other inputs."""
        self._numbers.setdefault(id(sample.of), {}).update(zip(sample.inputs, numbers, strict=True))

    def edit(self, p: Pass) -> Edit:
        """The changes of a pass."""
        return Edit(numbers=self._numbers.get(id(p), {}), swapped=self._swapped.get(id(p), {}))


def _by_target(samples: Sequence[Sample]) -> bool:
    """True if the targets of all samples are numbers or labels that can be moved."""
    return all(s.places for s in samples) and len({len(s.places) for s in samples}) == 1


def _by_input(samples: Sequence[Sample]) -> bool:
    """True if the inputs of all samples can be moved: as many for each, and none of them is another's, too."""
    entries = [(id(s.of), e) for s in samples for e in s.inputs]
    return len({len(s.inputs) for s in samples}) == 1 and 0 < len(entries) == len(set(entries))


def paired_anew(orders: Sequence[Sequence[Sample]], others: Sequence[Sequence[Sample]], words: str) -> Experiment | None:
    """The training with other pairs; None if they cannot be exchanged.

    Args:
        orders: all samples, in one list or in one for each pass.
        others: the same samples in other orders: each of `orders` gets the target of the one in its place here.
        words: the change, as it completes "with ...".
    """
    samples, pairs = [s for order in orders for s in order], _Pairs()
    by_target = _by_target(samples)
    if not by_target and not _by_input(samples):
        return None
    for sample, other in zip(samples, (s for order in others for s in order), strict=True):
        if by_target:
            pairs.target(sample, other.targets)
        else:  # who has the target gets the input
            pairs.inputs(other, sample.given)
    return Experiment(words, edit=pairs.edit)


def paired_at_random(samples: Sequence[Sample], times: int) -> list[Experiment]:
    """The training with the targets in random orders, each the same in all rounds; [] if they cannot be exchanged."""
    by_target = _by_target(samples)
    if not by_target and not _by_input(samples):
        return []
    marks = [(s.given, s.rows, s.targets) for s in samples]
    first = dict(zip(reversed(marks), reversed(samples), strict=True))
    places = {mark: k for k, mark in enumerate(first)}
    at, own = [places[mark] for mark in marks], list(first.values())
    given = [mark[0] for mark in first]

    def order(seed: int) -> Experiment:
        drawn, pairs = random.Random(seed).sample(range(len(own)), len(own)), _Pairs()
        for sample, k in zip(samples, at, strict=True):
            if by_target:
                pairs.target(sample, own[drawn[k]].targets)
            else:
                pairs.inputs(sample, given[drawn[k]])
        return Experiment("the targets in a random order", edit=pairs.edit)

    return [order(seed) for seed in range(times)]

"""Diagnoses of the rounds through the samples: sorted samples that are never shuffled, folds that go on with one model.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import itertools
import math
from collections.abc import Hashable, Iterator, Sequence

from autograd import Source

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.outputs import at_parameters
from ..evidence.passes import Pass
from ..evidence.samples import Sample, all_samples
from ..evidence.thresholds import LONG, SAMPLES, STEPS
from ..evidence.training import Training
from .progress import sense_of

_FORGOTTEN = 1.5  # times the cost of the last round: with the last parameters its samples cost so much more
_EVALUATED = 60  # passes of a round that are evaluated again
_FOLDS = 20  # more are no folds


def never_shuffled(training: Training) -> Iterator[Found]:
    """Samples that come sorted by their label, in the same order in every round: the last of them are known best."""
    passes, samples = training.sound, all_samples(training)
    if sense_of(training) != 1.0 or training.changes_inputs or len(passes) < 2 * LONG or len(passes) != len(samples):
        return
    n = _round(samples)
    if n is None or n < SAMPLES or sum(map(len, samples[:n])) < 2 * LONG or len(passes) < 2 * n:
        return
    first, last = samples[:n], samples[len(passes) - len(passes) % n - n : len(passes) - len(passes) % n]
    if [_mark(s) for s in first] != [_mark(s) for s in last] or not (blocks := _sorted(first)):
        return
    own = passes[-n:]
    evaluated = own[:: max(1, n // _EVALUATED)]
    numbers = {key: passes[-1].nodes.data[i] for key, i in passes[-1].leaf.items() if key in training.updated}
    then = math.fsum(p.cost for p in evaluated) / len(evaluated)
    now = math.fsum(at_parameters(p, numbers)[-1] for p in evaluated) / len(evaluated)
    training.budget.left -= sum(len(p.nodes) for p in evaluated)
    forgotten = now > _FORGOTTEN * then > 0.0
    if forgotten or first[0][0].is_labelled:
        told = ", which have forgotten those that came first" if forgotten else ""
        yield Found(
            _loop_around(training) or training.called,
            f"{blocks}, and so in every round: the {n} passes of the last one cost {style.number(then)} when they came, and "
            f"{style.number(now)} with the last parameters{told}",
            "shuffle the samples before every round",
            {"passes": float(n), "then": then, "now": now},
            certainty=None if forgotten else Certainty.HINT,
        )


def _round(samples: Sequence[Sequence[Sample]]) -> int | None:
    """The number of passes after which the samples of the first one come again."""
    marks = [_mark(s) for s in samples]
    return next((k for k in range(1, len(marks)) if marks[k] == marks[0] and marks[k : k + 3] == marks[:3]), None)


def _mark(samples: Sequence[Sample]) -> Hashable:
    return tuple((s.given, s.targets) for s in samples)


def _sorted(rounds: Sequence[Sequence[Sample]]) -> str:
    """The order of the samples of a round in words, if they are sorted by their targets; else ''."""
    targets = [s.targets for samples in rounds for s in samples]
    if rounds[0] and not rounds[0][0].is_labelled:
        numbers = [y for ys in targets for y in ys[:1]]
        up, down = (all(sign * (b - a) >= 0.0 for a, b in itertools.pairwise(numbers)) for sign in (1.0, -1.0))
        few = len(set(numbers)) < 2 * SAMPLES
        return "" if few or not (up or down) else "the samples come in the order of their targets"
    blocks = [(label, len(list(block))) for label, block in itertools.groupby(targets)]
    if len(blocks) < 2 or len({label for label, _ in blocks}) < len(blocks) or min(k for _, k in blocks) < LONG:
        return ""
    shown = ", then ".join(f"{k} with the label {style.number(label[0])}" for label, k in blocks[:3])
    return f"the samples come sorted: {shown}{', ...' if len(blocks) > 3 else ''}"


def _loop_around(training: Training) -> Source | None:
    """The innermost loop around the call of `backward()`."""
    script = training.script
    loops = next((found for call in script.calls if (found := script.loops(call.line))), None)
    return script.source(loops[-1]) if loops else None


# --- folds ---------------------------------------------------------------------------------------------------------------


def folds_go_on(training: Training) -> Iterator[Found]:
    """Folds of a cross-validation that go on with one model: each has been trained on the samples that it leaves out."""
    passes, script = training.sound, training.script
    if len(passes) < STEPS * LONG or not training.updated or training.changes_inputs or script.loop is None:
        return
    sets: dict[tuple[int, ...], frozenset[tuple[float, ...]]] = {}

    def given(pair: tuple[Pass, Sequence[Sample]]) -> frozenset[tuple[float, ...]]:
        marks = tuple([id(s.like or s) for s in pair[1]])
        return sets[marks] if marks in sets else sets.setdefault(marks, frozenset(s.given for s in pair[1]))

    in_turn = itertools.groupby(zip(passes, all_samples(training), strict=False), given)
    groups = [(samples, [p for p, _ in group]) for samples, group in in_turn]
    if not STEPS <= len(groups) <= _FOLDS or min(len(group) for _, group in groups) < LONG:
        return
    everything = frozenset().union(*(given for given, _ in groups))
    left_out = [everything - given for given, _ in groups]
    apart = sum(map(len, left_out)) == len(frozenset().union(*left_out)) == len(everything)
    if not all(left_out) or not apart or not all(_goes_on(a, b) for (_, a), (_, b) in itertools.pairwise(groups)):
        return
    yield Found(
        script.source(script.loop),
        f"each of {len(groups)} folds leaves out another part of {len(everything)} samples, and goes on with the parameters of "
        "the fold before, which was trained on that part: the samples that are left out are known already",
        "a new model in every fold",
        {"folds": float(len(groups)), "samples": float(len(everything))},
    )


def _goes_on(before: Sequence[Pass], after: Sequence[Pass]) -> bool:
    """True if the passes of a fold begin with the parameters that the fold before has ended with."""
    usual = {key: u.place for key, u in before[-1].updates.items()}
    first = after[0].updates
    same = bool(first) and first.keys() == usual.keys() and first.keys() <= after[0].leaf.keys()
    return same and all(u.place == usual[key] and not u.others for key, u in first.items())

"""Diagnoses of parameters that are put back: to the first ones again and again, to a copy that is none, to themselves.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import itertools
import math
from collections.abc import Iterator

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.keeping import copied_to_itself, kept_as_itself, kept_without_numbers, never_read
from ..evidence.passes import Key, Pass, Update
from ..evidence.statements import source_at
from ..evidence.thresholds import LITTLE, MATCHED, STEPS
from ..evidence.training import Training
from .endings import best_on_the_way
from .progress import change_of, sense_of


def put_back_as_it_was(training: Training) -> Iterator[Found]:
    """Parameters are given the numbers that they have anyway: the best at the end, from no copy; a network copied to itself."""
    yield from filter(None, [_copied_to_itself(training)])
    after = list(training.assigned_at_the_end.values())
    if not after and training.updated and training.sight.calls and (same := kept_as_itself(training.script)):
        line, name, whole = same
        yield Found(
            line,
            f"{name} is a second name for {whole}, which goes on with the training: at the end both are the last parameters, "
            "and not the best ones",
            "keep the numbers: best = [p.data for p in parameters], and put them back at the end",
        )
    if not after or len(after) < len(training.updated) or not all(u.idle for u in after):
        return
    source = source_at(after[0].place)
    what = f"all {len(after)} parameters are put back to the numbers that they have already"
    remedy = "keep the numbers: best = [p.data for p in parameters]"
    if kept := kept_without_numbers(training.script, source):
        yield Found(
            kept,
            f"this keeps the parameters themselves, which go on with the training, and not their numbers: at the end {what}",
            remedy,
            {"parameters": float(len(after))},
        )
        return
    change = change_of(training)
    best = best_on_the_way(training, change) if change else None
    if best is not None and change is not None:
        k, cost = best
        yield Found(
            source,
            f"what was kept is no copy, and has gone on with the parameters: {what}; the cost was {style.number(cost)} with "
            f"those of step {k} of {len(training.steps)}, and is {style.number(change.after)}",
            remedy,
            {"best": cost, "step": float(k), "last": change.after},
        )


def _copied_to_itself(training: Training) -> Found | None:
    """A copy that is made again and again, and has never changed a number, while others are trained: a target network's."""
    still = {key: u for key, u in training.assigned.items() if not u.moved and key not in training.updated}
    if not still or not training.updated or training.changes_inputs:
        return None
    each = [p.updates for p in training.passes] + [training.after]
    copied = [{key: u for key, u in updates.items() if key in still} for updates in each[1:]]
    copied = [here for here in copied if here]
    if len(copied) < STEPS or any(u.moved for here in copied for u in here.values()):
        return None
    places = {u.place for here in copied for u in here.values()}
    line = source_at(next(iter(places)))
    if len(places) > 1 or line is None or any(u.moved and u.place in places for here in each for u in here.values()):
        return None
    copy = copied_to_itself(training.script, line)
    if copy is None:
        return None
    return Found(
        copy,
        f"what is copied here to itself has changed nothing in {len(copied)} times: {style.counted(len(still), 'number')} are "
        f"what they were, while {style.counted(len(training.updated), 'parameter')} are trained",
        "copy from the parameters that are trained",
        {"times": float(len(copied)), "parameters": float(len(still))},
    )


def kept_in_vain(training: Training) -> Iterator[Found]:
    """Copies or means of the parameters that the loop keeps, and that nothing reads: they should be put back in the end."""
    found = never_read(source_at(training.passes[-1].called)) if training.updated and training.watched else None
    if found:
        source, name = found
        change = change_of(training)
        good = change is not None and change.after <= LITTLE * change.before
        yield Found(
            source,
            f"{name} is kept in this loop, and no line reads it: the parameters stay those of the last step",
            f"after the loop: for p, number in zip(parameters, {name}): p.data = number",
            certainty=Certainty.HINT if good or training.reached else None,  # it may be for the eyes only
        )


def begun_again(training: Training) -> Iterator[Found]:
    """The parameters are put back to the first ones in every epoch: each begins again."""
    if not training.updated or training.changes_inputs or sense_of(training) != 1.0:
        return
    steps, starts = training.steps, [0]
    first = _numbers(steps[0][0], training.updated)
    for k, step in enumerate(steps[1:], 1):
        if _numbers(step[0], training.updated) == first:
            starts.append(k)
    rounds = [steps[a:b] for a, b in itertools.pairwise(starts)]
    if len(rounds) < STEPS or min(map(len, rounds)) < 2 or len({_given(r, training) for r in rounds}) > 1:
        return
    if not _alike(training, [r[0] for r in rounds], [r[1] for r in rounds]):
        return
    updates = steps[starts[1]][0].updates
    update: Update | None = next((u for key, u in updates.items() if key in training.updated), None)
    ends = [math.fsum(p.cost for p in r[-1]) / len(r[-1]) for r in rounds]
    yield Found(
        source_at(update.place) if update else training.update_source,
        f"all parameters are put back to their first numbers after every {len(rounds[0])} steps, {len(starts) - 1} times: each "
        f"round of the same samples begins again, and ends near {style.number(sorted(ends)[len(ends) // 2])}",
        "once, before the loop over the epochs",
        {"rounds": float(len(rounds)), "steps": float(len(rounds[0]))},
        claim=Claim(
            [Experiment("the same passes without that", further=2)],
            alone=True, longer=False, judge=lambda _, before, after: 0.0 <= after < MATCHED * before,
        ),
    )  # fmt: skip


def _numbers(p: Pass, keys: frozenset[Key]) -> dict[Key, float]:
    return {key: p.nodes.data[i] for key, i in p.leaf.items() if key in keys}


def _given(steps: list[list[Pass]], training: Training) -> tuple[float, ...]:
    """The numbers of all samples of some steps, in order of size."""
    passes = [p for step in steps for p in step]
    own = [p.nodes.data[i] for p in passes for i in p.leaves if p.key_of.get(i) not in training.updated]
    return tuple(sorted([*own, *(c for p in passes for c in p.nodes.constants)]))


def _alike(training: Training, before: list[list[Pass]], after: list[list[Pass]]) -> bool:
    """True if the first step of each round has the same length for its gradient: no other rates are tried."""
    lengths = []
    for step, following in zip(before, after, strict=True):
        a, b = step[-1], following[0]
        keys = [key for key in training.updated if key in a.leaf and key in b.leaf]
        move = math.hypot(*(b.nodes.data[b.leaf[key]] - a.nodes.data[a.leaf[key]] for key in keys))
        size = math.hypot(*(a.nodes.grad[a.leaf[key]] for key in keys))
        lengths.append(move / size if size else 0.0)
    return max(lengths) <= 1.01 * min(lengths)

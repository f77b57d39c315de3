"""Diagnoses of the end of a training: it ended while the cost was still falling, or worse than it had been on the way.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. Costs of different samples cannot
be compared, so that the same passes are evaluated with the parameters of other steps, and trained on.
"""

import math
from collections.abc import Iterator

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.found import Found
from ..evidence.loops import is_a_goal, is_fixed, rounds_of, way_out
from ..evidence.objective import Numbers
from ..evidence.passes import Key
from ..evidence.samples import outcome_of
from ..evidence.statements import source_at
from ..evidence.thresholds import (
    ENOUGH,
    GIVEN_BACK,
    LITTLE,
    LONG,
    MANY,
    MATCHED,
    NOTICED,
    SAMPLES,
    STEEPLY,
    SWUNG,
    UNEXPLAINED,
    UNSURE,
)
from ..evidence.training import Training
from .progress import Change, change_of, driven, sense_of
from .steps import slower

_LOOKS = 16  # steps at whose parameters the cost is evaluated
_LONGER = 10  # times the steps of the script
_CONDITION = "look at this condition: the sign of the comparison, its tolerance, how many steps it waits"


def ended_above_its_best(training: Training) -> Iterator[Found]:
    """The parameters of the end are worse than those of an earlier step, by a good part of all that had been gained."""
    change = change_of(training)
    if change is None:
        return
    if worse := _put_back_worse(training, change):
        yield worse
        return
    if change.worse or not driven(training, change.sense):
        return
    best = best_on_the_way(training, change)
    if best is None:
        yield from _swings(training, change)
        return
    k, cost = best
    afterwards = next((u.place for u in training.after.values() if u.before != u.after), None)
    yield Found(
        source_at(afterwards) if k == len(training.steps) and afterwards else training.update_source,
        f"on the same samples the cost was {style.number(change.before)} with the first parameters and {style.number(cost)} "
        f"with those of step {k} of {len(training.steps)}, and it is {style.number(change.after)} with the last",
        "a rate that falls towards the end; and keep a copy of the best parameters",
        {"first": change.before, "best": cost, "step": float(k), "last": change.after},
        claim=Claim(slower(), longer=False),
    )


def _put_back_worse(training: Training, change: Change) -> Found | None:
    """The first parameters, put back after the last pass: all that was learned is lost."""
    put = training.assigned_at_the_end
    if not put or not change.same or any(u.after != change.objective.first.get(key) or not u.moved for key, u in put.items()):
        return None  # who goes back to those of another step has a reason
    last, sense = training.costs[-1], change.sense
    if not sense * (change.before - last) > GIVEN_BACK * abs(change.before):
        return None
    return Found(
        source_at(next(iter(put.values())).place),
        f"this puts the parameters of the first pass back: they cost {style.number(change.after)} on the same samples, and "
        f"those of the last pass {style.number(last)}",
        "put back the copy that was made when the cost was least",
        {"best": last, "last": change.after},
    )


def _swings(training: Training, change: Change) -> Iterator[Found]:
    """A cost of the same samples that goes up and down, so that it is chance where it ends."""
    costs, sense = training.costs, change.sense
    best = min(range(len(costs)), key=lambda k: sense * costs[k])
    ends = [change.late, change.after] if training.assigned_at_the_end else [change.late]  # the best may have been put back
    gain, lost = sense * (costs[0] - costs[best]), min(sense * (end - costs[best]) for end in ends)
    if best == len(costs) - 1 or len(costs) < ENOUGH or not lost > SWUNG * gain > 0.0 or not _same_samples(training):
        return  # a cost that falls ever faster is best at its end
    late = costs[-max(1, len(costs) // 4) :]
    yield Found(
        training.update_source,
        f"the cost of the same samples swings: in step {best + 1} of {len(costs)} it was {style.number(costs[best])}, "
        f"in the last {len(late)} it lies between {style.number(min(late))} and {style.number(max(late))}",
        "a smaller rate, or less momentum; and keep a copy of the best parameters",
        {"best": costs[best], "step": best + 1.0, "least": min(late), "most": max(late)},
        claim=Claim(slower(), longer=False),
    )


def _same_samples(training: Training) -> bool:
    """True if all steps are one pass with the same numbers, in whatever order, and with the same uses of parameters.

    A sample may be a choice among parameters, such as the vectors of two words.
    """
    if len(training.steps) != len(training.sound):
        return False
    first: tuple[list[float], dict[Key, int]] | None = None
    for p in (step[-1] for step in training.steps):
        own = [i for i in p.leaves if p.key_of.get(i) in training.trained]
        others = [p.nodes.data[i] for i in p.leaves if p.key_of.get(i) not in training.trained]
        here = sorted([*p.nodes.constants, *others]), {p.key_of[i]: len(p.users[i]) for i in own}
        first = first or here
        if here != first:
            return False
    return True


def best_on_the_way(training: Training, change: Change) -> tuple[int, float] | None:
    """The step before which the same samples cost clearly less than at the end, and that cost; None if there is none."""
    steps, sense = training.steps, change.sense
    spread = {round(k * (len(steps) - 1) / (_LOOKS - 1)) for k in range(_LOOKS)}
    spread.add(min(range(len(steps)), key=lambda k: sense * training.costs[k]))
    states: list[tuple[int, Numbers]] = []
    numbers = dict(change.objective.first)
    for k, step in enumerate(steps):
        if k and k + 1 < len(steps) and numbers == change.objective.last:
            return None  # the program itself has gone back to these, as best by a measure of its own
        for p in step:
            numbers |= {key: p.nodes.data[p.leaf[key]] for key in numbers if key in p.leaf}
        if k in spread:
            states.append((k, dict(numbers)))
    choices = [change.objective.first, change.objective.last, *(state for _, state in states)]
    groups = [change.objective.costs(group, choices) for group in change.objective.groups]
    found = []
    for n, (k, _) in enumerate(states, start=2):
        here = [costs[n] for costs in groups]
        gained = [sense * (costs[0] - costs[n]) for costs in groups]
        given_back = [
            sense * (costs[1] - costs[n]) > GIVEN_BACK * gain > GIVEN_BACK * NOTICED * abs(costs[0])
            for gain, costs in zip(gained, groups, strict=True)
        ]
        if all(map(math.isfinite, here)) and all(given_back):
            found.append((sense * math.fsum(here) / len(here), k))
    return (found_best[1] + 1, sense * found_best[0]) if found and (found_best := min(found)) else None


def stopped_early(training: Training) -> Iterator[Found]:
    """The loop was left while little of the targets was known and the cost was falling: more of the same steps help."""
    if len(training.steps) < LONG:
        yield from _left_at_once(training)
        return
    outcome = outcome_of(training)
    if sense_of(training) != 1.0 or training.changes_inputs or outcome is None:
        return
    called = source_at(training.passes[-1].called)
    if 0 < rounds_of(called) <= len(training.steps):
        return  # it went to the end
    change, source = change_of(training), way_out(called)
    if change is None or not change.better or outcome.samples < SAMPLES or source is None:
        return
    costs = training.costs[-len(training.costs) // 2 :]
    fall = 1.0 - (costs[-1] / costs[0]) ** (1.0 / (len(costs) - 1)) if min(costs) > 0.0 and len(costs) > 1 else 0.0
    poor = outcome.error > (UNSURE if outcome.labelled else UNEXPLAINED) * outcome.guess
    steep = fall > STEEPLY and len(training.steps) < MANY and change.after > LITTLE * change.before
    if not poor and not (steep and change.same and not is_a_goal(source.text)):
        return  # it was left because its goal had been reached
    yield Found(
        source,
        f"training was left after {style.counted(len(training.steps), 'step')}, while the cost was falling"
        + (f" by {fall:.1%} a step" if fall > 0.0 else ""),
        _CONDITION,
        {"steps": float(len(training.steps)), "error": outcome.error, "guess": outcome.guess},
        claim=_longer(_LONGER),
    )


def _left_at_once(training: Training) -> Iterator[Found]:
    """A loop over many steps that is left after a few, by a condition that compares no number with a goal."""
    called, steps = source_at(training.passes[-1].called), len(training.steps)
    source, rounds = way_out(called), rounds_of(called)
    if source is None or steps < 2 or rounds < ENOUGH or is_fixed(source.text) or training.changes_inputs:
        return
    if training.updated and training.watched and sense_of(training) == 1.0 and training.broken == len(training.passes):
        yield Found(
            source,
            f"training was left after {style.counted(steps, 'step')} of a loop over {rounds}, while the cost was falling: from "
            f"{style.number(training.costs[0])} to {style.number(training.costs[-1])}",
            _CONDITION,
            {"steps": float(steps), "rounds": float(rounds)},
            claim=_longer(_LONGER),
        )


def _longer(times: int) -> Claim:
    return Claim(
        [Experiment(f"{times} times as many steps", further=times)],
        alone=True, longer=False, judge=lambda _, before, after: 0.0 <= after < MATCHED * before,
    )  # fmt: skip

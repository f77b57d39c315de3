"""Diagnoses of training that stands still: the parameters stay the same, though there are gradients to follow.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. Repetition is no fault:
measuring, plotting and adding up gradients repeat passes as well. So each check needs a sign of an update that failed.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.origins import rate_given_at, waits_for_itself
from ..evidence.passes import Key, Pass, Update, Zeroed
from ..evidence.statements import optimiser_of, rebound, source_at, updates_itself
from ..evidence.thresholds import CHANCE_OF_LOWER, CREEP, ENOUGH, LONG, STEPS
from ..evidence.training import Training
from ..evidence.updating import line_of_the_rate
from .progress import hardly_falls, unexplained, unsure

_IS_ZERO = re.compile(r"//|= *-?0(\.0*)?$")
_OPTIMISER = re.compile(r"([\w.]+\.)?(SGD|RMSprop|Adam\w*|\w*[Oo]ptim\w*|\w*Descent)\(")


def never_updated(training: Training) -> Iterator[Found]:
    """The same cost again and again, with a gradient that is not 0: nothing changes the parameters."""
    if len(training.sound) < STEPS or not training.watched:
        return
    if training.updated:
        yield from filter(None, [_made_anew(training)])
        return
    ways = (_update_of_new_values, _no_update, _update_by_nothing, _update_after_the_loop, _made_anew)
    for way in (ways[0], ways[2]) if training.is_phase else ways:  # after a training, gradients may be measured
        found = way(training)
        if found is not None:
            yield found
            return


def _held(training: Training) -> list[Key]:
    """The leaves of both the first and the last pass that have a gradient other than 0 in the last."""
    first, last = training.sound[0], training.sound[-1]
    return [key for key, i in last.leaf.items() if key in first.leaf and last.upstream[i] != 0.0]


def _zeroed(training: Training) -> bool:
    """True if gradients began at 0 in the last pass: zeroing means an update; measuring and plotting need none."""
    last, held = training.sound[-1], _held(training)
    return bool(held) and all(last.nodes.grad[last.leaf[key]] == last.upstream[last.leaf[key]] for key in held)


def _repeated(training: Training) -> bool:
    """True if the costs repeat: a single cost, or those of an epoch. Costs that differ may come from one pass over samples."""
    costs = [p.cost for p in training.sound]
    half = (len(costs) + 1) // 2
    return set(costs[half:]) <= set(costs[:half])


def _updates(training: Training) -> list[tuple[Pass, dict[Key, Update]]]:
    """Every pass with the assignments to data that follow it."""
    return [(a, b.updates) for a, b in itertools.pairwise(training.passes)] + [(training.passes[-1], training.after)]


def _gradient(training: Training, key: Key) -> str:
    p = training.sound[-1]
    return f"{training.name(key)}.grad = {style.number(p.nodes.grad[p.leaf[key]])}"


def _no_update(training: Training) -> Found | None:
    """No data is assigned at all; perhaps a plain name is."""
    passes, held = training.sound, _held(training)
    if training.assigned or not held or any(p.old for p in passes):
        return None
    lost = rebound(source_at(passes[-1].called))
    if _zeroed(training):
        meant = lost is not None or _repeated(training)
    else:
        meant = lost is not None and updates_itself(lost) and _repeated(training)
    if not meant:
        return None
    sure = lost is not None or any(_of_an_optimiser(z) for p in passes for z in p.zeroed.values())
    return Found(
        lost or training.called,
        f"no parameter has changed in {len(passes)} passes, though there are gradients: {_gradient(training, held[0])}"
        + ("; the update gives a name to a new value and leaves the parameter" if lost else ""),
        "p.data -= rate * p.grad" if lost else "call step() after backward()",
        {"passes": float(len(passes))},
        tuple(map(training.name, held)),
        Certainty.FACT if sure else Certainty.HINT,  # gradients may be zeroed to be measured again
    )


def _of_an_optimiser(zeroed: Zeroed) -> bool:
    """True if a gradient was zeroed by the call `name.zero_grad()` of something that was made as an optimiser."""
    source = source_at(zeroed.place)
    made = optimiser_of(source)
    return bool(made and made != source and _OPTIMISER.match(made.text))


def _update_by_nothing(training: Training) -> Found | None:
    """Updates assign the same data as before, though the gradient is not 0."""
    updates = _updates(training)
    if any(u.moved for _, assigned in updates for u in assigned.values()):
        return None  # data that is shifted and put back measures a difference
    # A tiny gradient changes nothing in any update: training has converged.
    futile = [
        [(key, u) for key, u in assigned.items() if key in p.leaf and abs(u.grad) > CREEP * abs(u.after)]
        for p, assigned in updates
    ]
    steps = sum(map(bool, futile))
    if steps < STEPS:
        return None
    key, update = next(entry for step in futile for entry in step)
    where, why, remedy = training.update_source, "", "look at the rate and at every factor of the update: 1 // 10 is 0"
    if line := line_of_the_rate(training.update_line or source_at(update.place), source_at(training.passes[-1].called)):
        where = line
        if counter := waits_for_itself(line):
            where, name, condition = counter
            why = f"; its rate depends on {name}, which is counted only where {condition}, and that never holds"
            remedy = f"count {name} in every step, outside this condition"
    elif (given := rate_given_at(training.script, training.update_source)[0]) and _IS_ZERO.search(given.text):
        where = given
    return Found(
        where,
        f"{steps} updates have changed nothing: {training.name(key)} is {style.number(update.after)} before and after, "
        f"though its gradient is {style.number(update.grad)}: what is subtracted is 0{why}",
        remedy,
        {"updates": float(steps), "gradient": update.grad},
        tuple(dict.fromkeys(training.name(key) for step in futile for key, _ in step)),
    )


def _update_after_the_loop(training: Training) -> Found | None:
    """The only update comes after the last pass; the gradients of the other passes were zeroed before it."""
    last = training.passes[-1]
    moved = [key for key, u in training.after.items() if u.moved and key in last.leaf and last.upstream[last.leaf[key]] != 0.0]
    before = any(p.updates for p in training.passes[1:])
    if before or not moved or not _zeroed(training) or not _repeated(training):
        return None
    passes = len(training.passes)
    return Found(
        source_at(training.after[moved[0]].place),
        f"{passes} passes come before the first update, and gradients are zeroed in between: the cost is "
        f"{style.number(last.cost)} all the time",
        "move the update into the loop: one step after every backward()",
        {"passes": float(passes)},
        tuple(map(training.name, moved)),
    )


def _update_of_new_values(training: Training) -> Found | None:
    """Gradients are zeroed for values that no cost uses, instead of the parameters: the list of parameters was made anew."""
    used = {key for p in training.passes for key in p.leaf}
    zeroed = {key: z for p in training.passes[1:] for key, z in p.zeroed.items()}
    others = [key for key in zeroed if key not in used]
    held = _held(training)
    if training.assigned or not others or not held or any(key in zeroed for key in held) or not _repeated(training):
        return None
    passes = len(training.sound)
    return Found(
        rebound(training.called) or optimiser_of(source_at(zeroed[others[-1]].place)),
        f"no parameter has changed in {passes} passes: {style.counted(len(others), 'value')} that no cost is computed from "
        f"took their place in the list, and {_gradient(training, held[0])} is never used",
        "change the data of the parameters themselves: p.data -= rate * p.grad",
        {"passes": float(passes)},
        tuple(map(training.name, held)),
    )


def _made_anew(training: Training) -> Found | None:
    """The parameters are made anew in every step: the updated ones are thrown away."""
    if len(training.sound) < LONG:
        return None
    appears = Counter(key for p in training.passes for key in p.leaf)
    moved = [[key for key, u in updates.items() if u.moved and key in p.leaf] for p, updates in _updates(training)[:-1]]
    once = [[key for key in step if appears[key] == 1] for step in moved]
    if not all(once) or len({tuple(map(training.made_at, step)) for step in once}) > 1:
        return None
    some = len(once[0]) < len(moved[0])
    if some and not (hardly_falls(training) and (unexplained(training) or unsure(training))):
        return None
    moved = once
    names, costs = tuple(map(training.name, moved[0])), {p.cost for p in training.sound}
    same = len(costs) == 1
    return Found(
        training.made_at(moved[0][0]),
        f"{'some of ' if some else ''}the parameters are made anew for every pass"
        f"{', with the same numbers' if same else ''}: {names[0]} is another value in each of {len(training.sound)} passes"
        + (f", and the cost is {style.number(min(costs))} in all of them" if same else ", so that no update lasts"),
        "make the model and the optimiser once, before the loop",
        {"passes": float(len(training.sound)), "parameters": float(len(names))},
        names,
        # Each sample may have parameters of its own; but it has not if no pass is better than those before.
        None if same else Certainty.LIKELY if some or _no_better(training) else Certainty.HINT,
    )


def _no_better(training: Training) -> bool:
    """True if the costs of the later half of many passes are not below those of the earlier half."""
    costs = [p.cost for p in training.sound]
    half = len(costs) // 2
    lower = sum(late < early for early in costs[:half] for late in costs[half:])
    return len(costs) >= ENOUGH and lower < CHANCE_OF_LOWER * half * (len(costs) - half)

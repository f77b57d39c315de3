"""Diagnoses of the steps of training: up the gradient, too long, or too short.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import itertools
import math
import statistics
from collections.abc import Iterator

from .... import style
from ..evidence.budget import WALK
from ..evidence.experiment import Claim, Edit, Experiment, numbers_of
from ..evidence.found import Certainty, Found
from ..evidence.objective import Objective
from ..evidence.origins import rate_given_at
from ..evidence.outputs import at_parameters, sign_of_terms
from ..evidence.passes import Pass
from ..evidence.statements import source_at
from ..evidence.thresholds import (
    CREEP,
    CREPT,
    ENOUGH,
    GROWN,
    KILLED,
    LONG,
    LOOKED_AT,
    MENDED,
    MOSTLY,
    OVERSHOOT,
    STEEP,
    STEPS,
    SWING,
    TERMS,
    UNSCALED,
    UPHILL,
)
from ..evidence.training import Training
from ..evidence.updating import cutting, entering
from .flow import input_entries, inputs_of, is_gate, is_term, levels_off, saturated_layers, size_of, units
from .progress import change_of, sense_of

_LATEST = 4 * LOOKED_AT  # steps that may go over a minimum: a momentum goes over it once in several
_BETWEEN = (0.0, 0.125, 0.25, 0.5, 0.75, 0.875, 1.0)  # of a step
_CUT = 1e-2  # of the gradient: clipping that leaves less in every step is none


def wrong_sign_of_update(training: Training) -> Iterator[Found]:
    """The parameters go up the gradient of a cost that should become small."""
    moves = [m for m in training.moves if not math.isnan(m.uphill)]
    # Momentum may turn a step anywhere, so mixed signs prove nothing. A clear descent among them means two players (minimax).
    if len(moves) < STEPS or training.changes_inputs or min(m.uphill for m in moves) < -UPHILL:
        return
    if sum(m.uphill >= UPHILL for m in moves) < MOSTLY * len(moves):
        return
    sign, costs = sign_of_terms(training.sound[0]), training.costs
    said, rising, cosine = training.maximise, costs[-1] > costs[0], statistics.median(m.uphill for m in moves)
    up = "down" if said is True else "up"
    if said is not None:
        certainty = Certainty.FACT
    elif sign > 0:
        certainty = Certainty.LIKELY
    else:
        certainty = Certainty.HINT  # a cost of unknown form may be one that is to become large
    if said is not None or (rising and (sign > 0 or (sign == 0 and min(costs) >= 0.0 and costs[-1] > 1.0))):
        velocity, change = entering(training.update_line), f"p.data {'+' if said is True else '-'}= rate * p.grad"
        if velocity:
            change = f"velocity = momentum * velocity {'+' if said is True else '-'} rate * p.grad"
        yield Found(
            velocity or training.update_source,
            f"the parameters go {up} the gradient (cosine {style.number(abs(cosine), 3)}): the cost "
            f"goes from {style.number(costs[0])} to {style.number(costs[-1])} in {len(costs)} steps"
            + ("; it is to be made large" if said is True else ""),
            f"{'add' if said is True else 'subtract'}: {change}"
            + ("" if said is not None else "; or, if the cost is to become large, say so: watching(maximise=True)"),
            {"cosine": cosine, "first": costs[0], "last": costs[-1]},
            certainty=certainty,
            claim=Claim([Experiment("the other sign", rate=-1.0)]),
        )


def _downhill(training: Training) -> bool:
    known = [m.uphill for m in training.moves if not math.isnan(m.uphill)]
    return bool(known) and statistics.median(known) < 0.0


def _ends(costs: list[float]) -> tuple[float, float]:
    """The cost at the beginning and at the end: the median of a quarter of the steps, because batches differ."""
    n = max(1, len(costs) // 4)
    return statistics.median(costs[:n]), statistics.median(costs[-n:])


def _diverging(training: Training) -> bool:
    """True if the cost grows although most steps go down its gradient, and not just because samples differ."""
    costs = training.costs
    if len(costs) < STEPS or not _downhill(training):
        return False
    first, last = _ends(costs)
    # The median of few steps is the cost of one: then every step has to raise the cost.
    steady = len(costs) >= LONG or all(b > a for a, b in itertools.pairwise(costs))
    if not (last > GROWN * first > 0.0 and steady):
        return False
    change = change_of(training)
    return (change is None or not change.better) and not _own_costs_fall(training)


def _own_costs_fall(training: Training) -> bool:
    """True if most steps lower the cost that they were made for: it is the cost that changes, as it does for another sample."""
    pairs = [(a[-1], b[0]) for a, b in itertools.pairwise(training.steps) if len(a) == 1]
    known = pairs[:: max(1, len(pairs) // LOOKED_AT)]
    if not known or any(a.recording.by_hand for a, _ in known):
        return False
    training.budget.left -= WALK * sum(len(a.nodes) for a, _ in known)
    after = [at_parameters(a, {key: b.nodes.data[b.leaf[key]] for key in training.updated if key in b.leaf}) for a, b in known]
    return sum(data[-1] < a.cost for data, (a, _) in zip(after, known, strict=True)) > MOSTLY * len(known)


def _swinging(training: Training) -> bool:
    """True if each step takes back the one before, and the cost does not fall."""
    moves, costs = training.moves, training.costs
    if len(moves) < LONG or not _downhill(training):
        return False
    swings = [m.swing for m in moves[1:] if not math.isnan(m.swing)]
    return (
        bool(swings)
        and statistics.fmean(swings) < SWING
        and moves[-1].length > 0.9 * moves[1].length
        and (costs[-1] > 0.9 * costs[1])
    )


def slower() -> list[Experiment]:
    """The same training with shorter steps."""
    return [_at_rate(f"{style.number(factor, 6)} times smaller", 1.0 / factor) for factor in (10.0, 100.0, 1e3, 1e4, 1e6)]


def faster() -> list[Experiment]:
    """The same training with longer steps."""
    return [_at_rate(f"{style.number(factor, 6)} times larger", factor) for factor in (10.0, 100.0, 1e4, 1e6, 1e8)]


def _at_rate(words: str, factor: float) -> Experiment:
    return Experiment(f"a rate {words}", f"a learning rate {words}", rate=factor)


def _largest(training: Training) -> float:
    """The length of the longest step, relative to the weights."""
    return max((m.ratio for m in training.moves if math.isfinite(m.ratio)), default=0.0)


def _killed(training: Training) -> bool:
    """True if a step was as long as the weights, and units that were alive at first are all dead at the end."""
    if _largest(training) < KILLED:
        return False
    alive, dead = (
        [s.local for layer in units(training, p, is_gate).values() for seen in layer.values() for s in seen if not is_term(s)]
        for p in (training.looked_at[:1], training.looked_at[-1:])
    )
    return any(alive) and bool(dead) and not any(dead)


def _sum_of_samples(training: Training) -> tuple[Pass, int] | None:
    """The cost, if it adds up many samples with the factor 1."""
    p = training.passes[0]
    whole = [i for i, c in p.terms if abs(c) == 1.0 and not all(q in p.leaves for q in p.parents[i])]
    ops = {p.ops[i] for i in whole}
    return (p, len(whole)) if len(whole) >= TERMS and len(ops) == 1 else None


def _overshooting(training: Training) -> str:
    """The sign that the steps are too long, '' if they are not."""
    costs, moves = training.costs, training.moves
    if _largest(training) < OVERSHOOT:
        return ""
    if _diverging(training):
        first, last = _ends(costs)
        end = "nan" if training.broken < len(training.passes) else style.number(last)
        return f"the cost goes from {style.number(first)} to {end} although the steps go down the gradient"
    if _swinging(training):
        cosine = style.number(moves[-1].swing, 3)
        return f"each step takes back the one before (cosine {cosine}) and the cost stays near {style.number(costs[-1])}"
    if _killed(training):
        return f"one step is {style.number(_largest(training), 3)} times as long as the weights, and no unit is alive after it"
    return ""


def _jumping_over(training: Training) -> tuple[int, float, float, float] | None:
    """The number of late steps that go over a minimum of their own cost, with the costs of one between its ends.

    They are looked for where all steps together have not made half of the cost, and if they are several.
    """
    late = training.steps[len(training.steps) // 2 :]
    costs = training.costs
    if (
        len(late) < ENOUGH
        or sense_of(training) != 1.0
        or not 0.0 < MENDED * costs[0] < statistics.median(costs[len(costs) // 2 :])
    ):
        return None
    found, objective = [], Objective(training)
    for step, following in itertools.pairwise(late[-_LATEST:]):
        a, b = ({key: p.nodes.data[i] for key, i in p.leaf.items() if key in training.updated} for p in (step[0], following[0]))
        between = [{key: x + t * (b.get(key, x) - x) for key, x in a.items()} for t in _BETWEEN]
        begin, *inside, end = objective.costs(step, between)
        if min(inside) < MENDED * min(begin, end):
            found.append((min(inside), begin, end))
    return (len(found), *min(found)) if len(found) >= LONG else None


def sum_instead_of_mean(training: Training) -> Iterator[Found]:
    """Steps are too long because the cost is a sum over the samples."""
    how = _overshooting(training)
    samples = _sum_of_samples(training) if how else None
    if samples is not None:
        p, n = samples
        yield Found(
            p.source(len(p.nodes) - 1),
            f"the cost is the sum over {n} samples, and its gradient {n} times that of the mean: " + how,
            "take the mean, or divide the learning rate by the number of samples",
            {"samples": float(n)},
            (p.nodes.name(len(p.nodes) - 1),),
            claim=Claim([Experiment("the mean instead of the sum", rate=1.0 / n), *slower()], vital=False),
        )


def rate_too_large(training: Training) -> Iterator[Found]:
    """The steps go down the gradient, but too far."""
    how = _overshooting(training)
    if not how and (over := _jumping_over(training)):
        source, steps = rate_given_at(training.script, training.update_source)
        yield Found(
            source,
            f"{steps} are too long: {over[0]} of the last {_LATEST} go over a minimum, at less than half of the cost "
            f"of both ends: {style.number(over[1])} is between {style.number(over[2])} and {style.number(over[3])}",
            "a learning rate ten times smaller; or a parameter of another size: k = 1e-4 * exp(theta)",
            {"over": float(over[0]), "between": over[1]},
            claim=Claim(slower()),
        )
    if not how or _sum_of_samples(training) is not None or _unscaled(training):
        return
    ratio, (source, steps) = _largest(training), rate_given_at(training.script, training.update_source)
    yield Found(
        source,
        f"{steps} are too long: {how}; the largest is {style.number(ratio, 3)} times the weights",
        "a learning rate ten times smaller; clip_gradients",
        {"ratio": ratio, "first": training.costs[0], "last": training.costs[-1]},
        claim=Claim(slower(), vital=False),
    )


def inputs_not_scaled(training: Training) -> Iterator[Found]:
    """Inputs so large that the first layer is saturated, or that steps of a usual size are far too long."""
    for flat, _ in saturated_layers(training):
        p, i = flat[0][0].of, flat[0][0].node
        numbers = inputs_of(p, i)
        if size_of(numbers) >= UNSCALED:
            yield _found_unscaled(p, i, numbers, f"and saturate {len(flat)} {p.ops[i]} units")
            return
    if _overshooting(training):
        p = training.passes[0]
        for i in p.interior:
            if p.rows[i].linear == "each" and size_of(numbers := inputs_of(p, i)) >= UNSCALED:
                yield _found_unscaled(p, i, numbers, "and make every step overshoot")
                return


def _found_unscaled(p: Pass, i: int, numbers: list[float], what: str) -> Found:
    z = p.parents[i][0] if levels_off(p.rows[i]) else i
    return Found(
        p.source(z),
        f"inputs of size {style.number(size_of(numbers), 3)} (root mean square) go in, {what}",
        "subtract the mean of every column and divide by its deviation (nn.data.Standardisation)",
        {"inputs": size_of(numbers)},
        (p.nodes.name(z),),
        claim=Claim([_scaled(p, z)], vital=False),
    )


def _scaled(p: Pass, z: int) -> Experiment:
    """The same training with inputs of size 1, each without its mean, at the line of a weighted input."""
    line = p.line(z)

    def edit(q: Pass) -> Edit:
        entries = dict.fromkeys(e for i in q.interior if q.line(i) == line for e in input_entries(q, i))
        numbers = numbers_of(q, entries)
        size = size_of(numbers) or 1.0
        return Edit(numbers={e: x / size for e, x in zip(entries, numbers, strict=True)})

    return Experiment("inputs divided by their size", edit=edit)


def _unscaled(training: Training) -> bool:
    p = training.passes[0]
    products = [i for i in p.interior if p.rows[i].linear == "each"]
    return any(size_of(inputs_of(p, i)) >= UNSCALED for i in products)


def rate_too_small(training: Training) -> Iterator[Found]:
    """Steps so short that the cost stays, though its gradient is not small."""
    moves, costs = training.moves, training.costs
    if not moves or not costs[0] > 0.0:
        return
    if max(m.ratio for m in moves) > CREEP:
        return
    if len(moves) >= LONG and abs(costs[-1] - costs[0]) < CREPT * abs(costs[0]) and moves[-1].slope > STEEP * abs(costs[-1]):
        left, cut, (source, steps) = _left_of_gradients(training), None, rate_given_at(training.script, training.update_source)
        if left < _CUT:
            cut = cutting(source_at(training.passes[-1].called), training.update_line)
        yield Found(
            cut or source,
            f"{steps} are too short: each is at most {max(m.ratio for m in moves):.0e} of the weights, "
            f"and after {len(costs)} the cost is {style.number(costs[-1], 6)}, from {style.number(costs[0], 6)}"
            + (f"; {style.number(left, 2)} of the gradient is left when the update uses it" if cut else ""),
            "look at the bound: gradients that are cut to almost nothing teach nothing"
            if cut
            else "a learning rate a hundred times larger",
            {"ratio": max(m.ratio for m in moves), "first": costs[0], "last": costs[-1]},
            claim=Claim(faster(), best=True),
        )


def _left_of_gradients(training: Training) -> float:
    """The largest part of a gradient that was still there at an update: the rest was cut off after the pass."""
    parts = [
        abs(u.grad / g)
        for a, b in itertools.pairwise(training.sound)
        for key, u in b.updates.items()
        if key in a.leaf and (g := a.nodes.grad[a.leaf[key]])
    ]
    return max(parts, default=1.0)

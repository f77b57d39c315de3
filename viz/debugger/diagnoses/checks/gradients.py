"""Diagnoses of the gradients that an update uses: those of other parameters, of an earlier step, of a pass of the round before.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. They are bookkeeping: which numbers
the steps are multiples of, and which passes a gradient is the sum of.
"""

import ast
import itertools
import math
import re
import statistics
from collections.abc import Iterator

from autograd import Source

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.forms import PLAIN, rates
from ..evidence.found import Found
from ..evidence.laboratory import steps_of
from ..evidence.laws import moves_of
from ..evidence.outputs import residuals
from ..evidence.passes import Key, Pass, Update
from ..evidence.samples import samples_of
from ..evidence.script import Script, last_name
from ..evidence.statements import source_at
from ..evidence.thresholds import GROWN, LOOKED_AT, SAMPLES, STEPS
from ..evidence.training import Training
from .players import left_by_the_judge

_TRAINS = re.compile(r"(?i)(is_|do_|for_)?(train(ing)?|learn(ing)?|opt(imi[sz]er)?|update|eval\w*|valid\w*|test(ing)?)")
_SAME = 1e-6  # relative: a step that is a multiple of a gradient is one up to rounding
_OTHER = 0.1  # relative: gradients that differ by less may be told apart by nothing


def _same(moves: list[float], gradients: list[float]) -> float:
    """The factor between moves and gradients, if it is the same in all steps; else nan."""
    largest = max(range(len(moves)), key=lambda t: abs(gradients[t]))
    if not gradients[largest] or not moves[largest]:
        return math.nan
    factor = moves[largest] / gradients[largest]
    # A move is a difference of data, which is rounded.
    off = max(abs(d - factor * g) for d, g in zip(moves, gradients, strict=True))
    return factor if off <= _SAME * abs(moves[largest]) else math.nan


def gradient_of_another(training: Training) -> Iterator[Found]:
    """Steps that are the gradient of another parameter: the two lists are in another order, or one gradient moves all."""
    if found := _moved_together(training):
        yield found
        return
    known = moves_of(training)
    if known is None or rates(training.steps[:STEPS], training, PLAIN) or training.changes_inputs:
        return
    gradients, moves = known.gradients, known.steps
    keys = list(gradients[0])
    by_key = {key: ([m[key] for m in moves], [g[key] for g in gradients]) for key in keys}
    from_whom: dict[Key, Key] = {}
    factors: list[float] = []
    for key in keys:
        fitting = [other for other in keys if not math.isnan(_same(by_key[key][0], by_key[other][1]))]
        if not fitting:
            return
        whose = key if key in fitting else fitting[0]
        from_whom[key] = whose
        factors.append(_same(by_key[key][0], by_key[whose][1]))
    wrong = [key for key, whose in from_whom.items() if whose != key]
    if not wrong or not max(factors) - min(factors) <= 1e-4 * abs(factors[0]):
        return
    key, others = wrong[0], len(wrong) - 1
    yield Found(
        training.update_line,
        f"{training.name(key)} is moved by {style.number(factors[0])} times the gradient of "
        f"{training.name(from_whom[key])}, in every step" + (f"; so are {others} others by that of another" if others else ""),
        "the gradient of the parameter itself: p.data -= rate * p.grad",
        {"parameters": float(len(wrong)), "factor": factors[0]},
        tuple(map(training.name, wrong)),
    )


def _moved_together(training: Training) -> Found | None:
    """Parameters that a pass has nothing to do with, and that one line moves by as much as the one that it is about."""
    passes = training.passes[:LOOKED_AT]
    if len(passes) < STEPS or training.changes_inputs:
        return None
    for place in dict.fromkeys(u.place for u in passes[1].updates.values() if u.moved):
        moves = [
            (a, {key: u for key, u in b.updates.items() if u.place == place and u.moved}) for a, b in itertools.pairwise(passes)
        ]
        if not all(_is_one_move(a, together) for a, together in moves):
            continue
        a, together = moves[0]
        key = next(key for key in together if key in a.leaf)
        others = [other for other in together if other not in a.leaf]
        return Found(
            source_at(place),
            f"this line moves {training.name(key)} and {style.counted(len(others), 'other parameter')} by the same amount, "
            f"{style.number(together[key].after - together[key].before)}: by the gradient of the one, and the cost of the pass "
            "is not computed from the others",
            "the step for the one alone, by its place in the list",
            {"parameters": float(len(others)), "passes": float(len(moves))},
            tuple(map(training.name, [key, *others])),
        )
    return None


def _is_one_move(p: Pass, together: dict[Key, Update]) -> bool:
    """True if several parameters move by the same amount, and only one of them is in the graph of the pass."""
    steps = [u.after - u.before for u in together.values()]
    rounding = max((1e-14 * (abs(u.after) + abs(u.before)) for u in together.values()), default=0.0)
    inside = [key for key in together if key in p.leaf]
    same = len(steps) > SAMPLES and all(abs(step - steps[0]) <= rounding + 1e-9 * abs(step) for step in steps)
    return same and len(inside) == 1 and p.nodes.grad[p.leaf[inside[0]]] != 0.0


def gradient_of_the_first_step(training: Training) -> Iterator[Found]:
    """Steps that are all alike, a multiple of the first gradient, though the gradient has become another."""
    known = moves_of(training)
    if known is None or rates(training.steps[:STEPS], training, PLAIN) or training.changes_inputs:
        return
    gradients, moves = known.gradients, known.steps
    keys = [key for key, g in gradients[0].items() if g]
    sizes = [abs(gradients[0][key]) for key in keys]
    if len(keys) < 2 or max(sizes) < (1.0 + _OTHER) * min(sizes):
        return
    factor = _same(
        [moves[t][key] for key in keys for t in range(len(moves))], [gradients[0][key] for key in keys for _ in moves]
    )
    turned = min(_cosine(gradients[0], g) for g in gradients)
    if not math.isnan(factor) and turned < 1.0 - _OTHER:
        yield Found(
            training.update_line,
            f"all steps are {style.number(factor)} times the gradient of the first step; it has become another since: the "
            f"cosine of the angle between them is {style.number(turned, 3)}",
            "read p.grad in every step, after backward()",
            {"factor": factor, "cosine": turned},
        )


def some_climb(training: Training) -> Iterator[Found]:
    """Parameters that go up their gradient while the others go down theirs, in a fit that has become much worse by it."""
    known, costs = moves_of(training), training.costs
    if known is None or training.maximise is not None or training.changes_inputs or not training.first:
        return
    if not residuals(training.first) or not max(costs) > GROWN * costs[0] > 0.0:
        return
    gradients, moves = known.gradients, known.steps
    factors = {key: _same([m[key] for m in moves], [g[key] for g in gradients]) for key in gradients[0]}
    up, down = [key for key, f in factors.items() if f > 0.0], [-f for f in factors.values() if f < 0.0]
    if not up or not down or len(up) + len(down) < len(factors):
        return
    rate, names = statistics.median(down), [training.name(key) for key in up]
    update = next((p.updates[up[0]] for p in training.passes[1:] if up[0] in p.updates), None)
    yield Found(
        source_at(update.place) if update else training.update_line,
        f"{style.counted(len(up), 'parameter')} ({', '.join(names[:3])}) {'goes' if len(up) == 1 else 'go'} up the gradient, "
        f"and {style.counted(len(down), 'other')} down: the cost goes from {style.number(costs[0])} to "
        f"{style.number(costs[-1])}",
        "subtract: p.data -= rate * p.grad",
        {"parameters": float(len(up)), "first": costs[0], "last": costs[-1]},
        tuple(names),
        claim=Claim([Experiment("all of them down it", "p.data -= rate * p.grad for these, too", rates=(rate,))], alone=True),
    )


def _cosine(a: dict[Key, float], b: dict[Key, float]) -> float:
    sizes = math.hypot(*a.values()) * math.hypot(*b.values())
    return math.fsum(x * b[key] for key, x in a.items()) / sizes if sizes else 1.0


# --- the passes that a gradient is the sum of --------------------------------------------------------------------------


def cleared_unused(training: Training) -> Iterator[Found]:
    """Gradients that are zeroed before any update has used them: the update stands outside the loop of the passes."""
    line, steps = training.update_line, steps_of(training)[:-1]
    dropped = sum(len(step) - 1 for step in steps)
    if line is None or len(steps) < STEPS or not dropped > len(steps) or training.changes_inputs:
        return
    called = {source_at(place) for place in {p.called for step in steps for p in step}}
    if {source.function if source else "" for source in called} != {line.function} or len(called) > 1:
        return  # a function for the gradient may be asked for other reasons
    alone = all(
        math.isclose(u.grad, step[-1].upstream[step[-1].leaf[key]], rel_tol=1e-6)
        for step, following in itertools.pairwise(steps)
        for key, u in following[0].updates.items()
        if key in step[-1].leaf and key in training.updated
    )
    zeroed = all(
        p.nodes.grad[p.leaf[k]] == p.upstream[p.leaf[k]] for s in steps for p in s for k in training.updated & set(p.leaf)
    )
    if alone and zeroed and (".step(" in line.text or rates(training.steps, training, PLAIN)):  # else they are kept elsewhere
        zeroed_at = (
            source_at(next((z.place for p in steps[1][1:] for z in p.zeroed.values()), None)) if len(steps) > 1 else None
        )
        added_up = zeroed_at is not None and all(_is_a_share(step[-1], len(step)) for step in steps)
        yield Found(
            zeroed_at if added_up else line,
            f"of {len(steps) + dropped} passes {dropped} are for nothing: their gradients are zeroed before an update uses "
            f"them, and {style.counted(len(steps), 'update')} have the gradient of the last pass before"
            + (f"; each cost is divided by {len(steps[0])}, as if all of them were added up" if added_up else ""),
            "zero_grad() once an update, before the loop, so that the gradients add up"
            if added_up
            else "update after each backward(), in the same loop; or zero_grad() once an update, so that the gradients add up",
            {"passes": float(len(steps) + dropped), "unused": float(dropped)},
        )


def _is_a_share(p: Pass, passes: int) -> bool:
    """True if a cost is divided by the number of the passes between two updates."""
    operands = p.operands_of(len(p.nodes) - 1)
    return len(operands) == 2 and any(isinstance(o, float) and o in (float(passes), 1.0 / passes) for o in operands)


def carried_over(training: Training) -> Iterator[Found]:
    """Gradients of another cost, from the round before, that nobody has zeroed: an update uses them beside its own."""
    if len({p.called for p in training.sound}) < 2:
        yield from (*_of_samples_looked_at(training), *left_by_the_judge(training))
        return
    for key in dict.fromkeys(key for p in training.sound for key in p.leaf if key in training.updated):
        used, left = _sums(training, key)
        if len(used) < STEPS or not left:
            continue
        first, later = {p.called for p in used[0]}, [{p.called for p in step} for step in used[1:]]
        extra = later[0] - first
        if len(extra) != 1 or any(step != first | extra for step in later) or not extra <= {p.called for p in left}:
            continue
        other = next(p for p in used[1] if p.called in extra)
        i = other.leaf[key]
        yield Found(
            source_at(other.called) or other.source(len(other.nodes) - 1),
            f"the gradients of this pass are still there when the parameters are updated in the next round, by another cost: "
            f"{training.name(key)}.grad has {style.number(other.upstream[i])} of it, and so in {len(later)} updates, but not "
            "in the first",
            "zero_grad() right before the backward() of the cost that the update is for; without backward() where a cost is "
            "only looked at",
            {"updates": float(len(later)), "gradient": other.upstream[i]},
            (training.name(key),),
        )
        return
    yield from left_by_the_judge(training)


def _of_samples_looked_at(training: Training) -> Iterator[Found]:
    """The same for one function that trains with some samples, and computes the cost of others without an update."""
    line, update = training.called, training.update_line
    if not training.sound or line is None or update is None or not _is_left_out(training.script, line, update):
        return
    first = training.sound[0]
    key = next((key for key, i in first.leaf.items() if key in training.updated and first.upstream[i]), None)
    used, _ = _sums(training, key)
    added = [step for step in used if len(step) > 1][: 2 * STEPS]
    if len(added) < STEPS or len(used[0]) > 1:
        return
    others = {(s.given, s.targets) for step in added for p in step[:-1] for s in samples_of(training, p)}
    own = {(s.given, s.targets) for step in (*used[:STEPS], *added) for s in samples_of(training, step[-1])}
    if own and others and own.isdisjoint(others):
        yield Found(
            line,
            f"this also computes the gradients of {len(others)} samples that no update is for, and they are still there in the "
            f"next one: {training.name(key)}.grad is the sum of {len(added[0])} passes then, and in the first update that of 1",
            "without backward() where a cost is only looked at; zero_grad() right before backward(), and not after the step",
            {"updates": float(sum(len(step) > 1 for step in used)), "samples": float(len(others))},
            (training.name(key),),
        )


def _is_left_out(script: Script, line: Source, update: Source) -> bool:
    """True if a function calls backward() in any case, and updates only if it is to train: if self.optimiser is not None."""
    function = script.function(line.line)
    steps = [n for n in script.module if isinstance(n, ast.stmt) and n.lineno == update.line]
    around = [n for step in steps for n in script.around(step) if isinstance(n, ast.If)]
    tests = [n for n in around if script.function(n.lineno) is function]
    asked = {last_name(m) for n in tests for m in ast.walk(n.test)}
    once = not any(n.lineno <= line.line <= (n.end_lineno or 0) for n in tests)
    return function is not None and once and any(map(_TRAINS.fullmatch, asked))


def _sums(training: Training, key: Key) -> tuple[list[list[Pass]], list[Pass]]:
    """The passes that the gradient of a parameter is the sum of, for each of its updates, and those after the last update."""
    used: list[list[Pass]] = []
    here: list[Pass] = []
    for a, b in itertools.zip_longest(training.sound, training.sound[1:]):
        if key in a.leaf and a.upstream[a.leaf[key]] != 0.0:
            i = a.leaf[key]
            here = [a] if a.nodes.grad[i] == a.upstream[i] else [*here, a]
        following = b.updates if b is not None else training.after
        if key in following and following[key].moved:
            if here and math.isclose(following[key].grad, math.fsum(p.upstream[p.leaf[key]] for p in here), rel_tol=1e-6):
                used.append(here)
            elif here:
                return [], []  # clipped, or made by other lines
            here = []
    return used, here

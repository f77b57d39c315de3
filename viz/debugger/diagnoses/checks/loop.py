"""Diagnoses of the training loop: gradients that are not zeroed, parameters that are not updated, graphs that are carried on.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. Most checks need the lines
that assigned the data of leaves, which are known if training is watched (watch.py).
"""

import itertools
import math
import re
from collections.abc import Iterator

from autograd import Source

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.passes import Key, Pass, Update
from ..evidence.statements import computes_a_gradient, definition, rebound, source_at, texts_of
from ..evidence.thresholds import STEPS
from ..evidence.training import Training

_ROUNDS = re.compile(r"\b(round|int|floor|ceil|trunc)\(|//|:\.\d+f")
_UNITS = (1.0, 0.1, 0.01, 0.001, 0.0001)  # what is rounded to more digits has lost nothing


# --- gradients and zeroing ---------------------------------------------------------------------------------------------


def not_zeroed(training: Training) -> Iterator[Found]:
    """An update uses gradients of an earlier step again: the passes since then have added to them."""
    left: dict[Key, tuple[float, Pass]] = {}
    passes = training.passes[1 : training.broken + 1]
    for key in dict.fromkeys(key for p in training.passes for key in p.leaf if key in training.updated):
        if all(key in p.zeroed for p in passes):
            continue
        used, own = 0.0, 0.0  # the gradient of the latest update; the sum added since
        for a, b in itertools.pairwise(training.passes[: training.broken + 1]):
            if key not in a.leaf or key not in b.leaf or not _is_next(a, b):
                used = 0.0
                continue
            i = a.leaf[key]
            own = a.upstream[i] if a.nodes.grad[i] == a.upstream[i] else own + a.upstream[i]  # the sum began at 0, or went on
            if b.nodes.data[b.leaf[key]] == a.nodes.data[i]:
                continue
            there = a.nodes.grad[i]
            if used and math.isclose(there, used + own, rel_tol=1e-6) and not math.isclose(there, own, rel_tol=1e-6):
                left.setdefault(key, (used, a))
            used, own = b.updates[key].grad if key in b.updates else there, 0.0
    if left:
        (gradient, late), *_ = left.values()
        called = source_at(late.called) or late.source(len(late.nodes) - 1)
        where, how, remedy = _zeroed_elsewhere(training, set(left)) or (called, "", "zero_grad() before every backward()")
        yield Found(
            where,
            f"gradients are added up from step to step: {training.name(next(iter(left)))}.grad was still "
            f"{style.number(gradient)} from the step before, and so for {len(left)} of "
            f"{style.counted(len(training.updated), 'parameter')}" + (f"; {how}" if how else ""),
            remedy,
            {"gradient": gradient, "parameters": float(len(left))},
            tuple(map(training.name, left)),
            claim=Claim([Experiment("gradients zeroed in between", remedy)], longer=False),
        )


def _is_next(a: Pass, b: Pass) -> bool:
    """False where passes between two were not kept: an update among them had gradients that nobody knows."""
    return not a.number or b.number == a.number + 1


def _zeroed_elsewhere(training: Training, left: set[Key]) -> tuple[Source | None, str, str] | None:
    """The guilty line if gradients are zeroed, but others, or not in every step; what is wrong there, and the remedy.

    Others are zeroed if the only line that does so is reached in every step, without the gradients that are left.
    """
    each = [p.zeroed for p in training.passes[1 : training.broken]]
    places = {z.place for zeroed in each for z in zeroed.values()}
    theirs = [not left.isdisjoint(zeroed) for zeroed in each]
    if len(places) == 1 and all(each) and not any(theirs):
        return source_at(places.pop()), "the gradients that are zeroed here are others", "zero those that the update uses"
    updates = [p.updates for p in training.passes[1 : training.broken]]
    last = next((u for here in reversed(updates) for key, u in here.items() if key in left), None)
    if places and any(theirs) and last and sum(theirs) < sum(map(bool, updates)):
        return (
            source_at(last.place),
            f"they are zeroed {style.counted(sum(theirs), 'time')} in {style.counted(sum(map(bool, updates)), 'update')}",
            "zero_grad() before every backward(); or one update after all of them",
        )
    return None


def backward_twice(training: Training) -> Iterator[Found]:
    """backward() is called again on the same graph before the update: every gradient counts twice."""
    steps = training.steps[:-1]  # the last step may not be complete
    if len(steps) < STEPS or not all(len(s) > 1 and all(_again(a, b) for a, b in itertools.pairwise(s)) for s in steps):
        return
    a, b = steps[0][:2]
    key = next(key for key, i in b.leaf.items() if b.upstream[i])
    once, twice = (style.number(p.nodes.grad[p.leaf[key]]) for p in (a, b))
    yield Found(
        source_at(b.called) or b.source(len(b.nodes) - 1),
        f"{len(steps[0])} backward passes go through the same graph before every update: {training.name(key)}.grad is "
        f"{once} after the first and {twice} after the second",
        "call backward() once in a step",
        {"passes": float(len(steps[0])), "steps": float(len(steps))},
        (training.name(key),),
    )


def _again(a: Pass, b: Pass) -> bool:
    """True if pass b repeats pass a and adds to its gradients: the same root, the same seed, nothing zeroed between."""
    root = len(b.nodes) - 1
    if root not in b.old or len(a.nodes) != root + 1 or a.recording.seed != b.recording.seed:
        return False
    both = [(a.nodes.grad[a.leaf[key]], b.nodes.grad[i], b.upstream[i]) for key, i in b.leaf.items() if key in a.leaf]
    return any(u for *_, u in both) and all(math.isclose(g, before + u, rel_tol=1e-9) for before, g, u in both)


def zeroed_too_early(training: Training) -> Iterator[Found]:
    """Gradients are set to 0 between the backward pass and the update, which then changes nothing."""
    pairs = [(a, _reached(a, b)) for a, b in itertools.pairwise(training.passes)]
    updates = [(a, reached) for a, reached in pairs if reached]
    lost = [(a, reached) for a, reached in updates if all(_gone(a, key, update) for key, update in reached.items())]
    if not lost or len(lost) <= len(updates) // 2:
        return  # gradients of a step may be dropped on purpose, for a sample that is an outlier
    a, gone = lost[0]
    source, remedy = _cleared(list(gone.values()))
    names = tuple(map(training.name, gone))
    yield Found(
        source,
        f"the gradients are gone when the parameters are updated: {names[0]} had "
        f"{style.number(a.nodes.grad[a.leaf[next(iter(gone))]])} after backward(), and 0 then",
        remedy,
        {"parameters": float(len(gone))},
        names,
    )


def _reached(a: Pass, b: Pass) -> dict[Key, Update]:
    """Updates, between two passes, of the leaves of the first."""
    return {key: update for key, update in b.updates.items() if key in a.leaf}


def _gone(a: Pass, key: Key, update: Update) -> bool:
    return update.grad == 0.0 and not update.moved and a.nodes.grad[a.leaf[key]] != 0.0


def _cleared(lost: list[Update]) -> tuple[Source | None, str]:
    """The line that set gradients to 0 between a pass and the update, and the remedy."""
    source = source_at(next((update.cleared for update in lost if update.cleared), lost[0].place))
    if computes_a_gradient(source):
        return source, "look at the bound: gradients that are clipped to 0 teach nothing"
    return source, "the order is zero_grad(), backward(), step()"


# --- who is updated ----------------------------------------------------------------------------------------------------


def update_lost(training: Training) -> Iterator[Found]:
    """The update changes copies that no cost uses, so the parameters stay as they are."""
    trained = {key for p in training.passes for key in p.leaf}
    copies = [key for key, update in training.assigned.items() if key not in trained and update.before != update.after]
    still = [
        key
        for p in training.passes[-1:]
        for key, i in p.leaf.items()
        if p.upstream[i] != 0.0 and key in training.passes[0].leaf
    ]
    if len(training.passes) >= STEPS and copies and still and not training.updated:
        update = training.assigned[copies[-1]]
        yield Found(
            source_at(update.place),
            f"the update changes {style.counted(len(copies), 'value')} that no cost is computed from, and "
            f"{training.name(still[0])} is still {style.number(_data(training, still[0]))}",
            "change the data of the parameter itself: w.data -= rate * w.grad",
            {"copies": float(len(copies))},
            tuple(map(training.name, still)),
        )


def _data(training: Training, key: Key) -> float:
    p = training.passes[-1]
    return p.nodes.data[p.leaf[key]]


def updated_twice(training: Training) -> Iterator[Found]:
    """An update changes a parameter several times: it is in the list of parameters more than once, or the step comes twice."""
    if found := _two_steps(training):
        yield found
        return
    for a, b in itertools.pairwise(training.passes):
        often = {key: u for key, u in b.updates.items() if u.times > 1 and u.even and u.before != u.after and key in a.leaf}
        if often and len(often) < len(b.updates):
            key, update = next(iter(often.items()))
            yield Found(
                training.made_at(key) or source_at(update.place),
                f"{training.name(key)} is changed {update.times} times in one step, "
                f"others once, at {_short(source_at(update.place))}: it is in the list of parameters {update.times} times",
                "list it once; or, if these were to be several weights, make each a Value of its own: [Value(...) for _ in "
                "range(n)], not [Value(...)] * n",
                {"times": float(update.times)},
                tuple(map(training.name, often)),
            )
            return


def _two_steps(training: Training) -> Found | None:
    """One optimiser whose step is called in two lines after each pass: the same gradients are used twice."""
    often: list[tuple[Source, Source]] = []
    pairs = [(a, b) for a, b in itertools.pairwise(training.sound) if b.updates]
    for a, b in pairs:
        for key, u in b.updates.items():
            if key in a.leaf and u.others and (first := source_at(u.others[0])) and (again := source_at(u.place)):
                if first.line != again.line and _stepping(first) and _same_optimiser(first, again):
                    often.append((first, again))
                break
    if len(pairs) < STEPS or len(often) < len(pairs) - 1:
        return None
    first, again = often[0]
    return Found(
        again,
        f"the step is made twice with the same gradients, at {_short(first)} and here, after each of {len(pairs)} passes",
        "one step after each backward()",
        {"passes": float(len(pairs))},
        certainty=Certainty.FACT,
    )


def _stepping(source: Source) -> str:
    match = re.match(r"([\w.]+)\.step\(", source.text)
    return match[1] if match else ""


def _same_optimiser(first: Source, again: Source) -> bool:
    """True if two lines call the step of one optimiser, by the same name or, in a function, by that of an argument."""
    a, b = _stepping(first), _stepping(again)
    made, other = definition(first), definition(again)
    known = made is not None and other is not None and made != first
    one = (made.file, made.line) == (other.file, other.line) if made and other and known else first.function != again.function
    return bool(a and b) and (one if known or a != b else True)


def rounded_update(training: Training) -> Iterator[Found]:
    """The update rounds the data: steps shorter than a half of the last digit are lost."""
    updates = [u for p in training.passes[1:] for u in p.updates.values()]
    source, steps = training.update_source, sum(bool(p.updates) for p in training.passes[1:])
    if steps < STEPS or source is None or not any(map(_ROUNDS.search, texts_of(source))):
        return
    unit = next((unit for unit in _UNITS if all(_is_multiple(u.after, unit) for u in updates)), 0.0)
    rounded = [u for u in updates if not _is_multiple(u.before, unit)] if unit else []
    if rounded:
        square = math.fsum(u.grad * u.grad for u in updates)
        rate = math.fsum((u.before - u.after) * u.grad for u in updates) / square if square else 0.0
        leaves = "whole numbers" if unit == 1.0 else f"multiples of {style.number(unit)}"
        yield Found(
            source,
            f"the update leaves {leaves} only, {style.number(rounded[0].after)} of {style.number(rounded[0].before)} and "
            f"so for {len(rounded)} values: steps shorter than {'a half' if unit == 1.0 else 'a half of this'} are lost",
            "assign the data as it is, and round where it is shown",
            {"values": float(len(rounded))},
            # Digits that are fine enough for the training may be cut off.
            certainty=None if unit == 1.0 else Certainty.LIKELY,
            claim=None if unit == 1.0 else Claim([Experiment("steps that are not rounded", rates=(rate,))], alone=True),
        )


def _is_multiple(number: float, unit: float) -> bool:
    return math.isfinite(number) and math.isclose(number, round(number / unit) * unit, rel_tol=1e-12, abs_tol=1e-12 * unit)


def _short(source: Source | None) -> str:
    return style.source(source) if source else "an unknown line"


def graph_grows(training: Training) -> Iterator[Found]:
    """Every pass goes through the graphs of all passes before it: a value was carried on without being detached."""
    carried = [len(p.old) for p in training.passes]
    grown = [b > a for a, b in itertools.pairwise(carried[1:])]
    if len(grown) < STEPS or not all(grown):
        return
    p = training.passes[-1]
    joint = next(
        (i for i in p.interior if i not in p.old and any(q in p.old for q in p.parents[i])),
        len(p.nodes) - 1,
    )
    first = next(q for q in p.parents[joint] if q in p.old)
    made_by_update = rebound(source_at(p.called))
    if made_by_update is None and not training.trains:
        return  # a sensitivity after each step of a simulation
    yield Found(
        made_by_update or p.source(joint),
        f"the graph grows from pass to pass, to {len(p.nodes)} nodes: {p.name(first)} of an earlier pass is an operand here",
        "w.data -= rate * w.grad instead of w = w - rate * w.grad; detach() a state that is carried on; add up cost.data, or "
        "begin a sum anew in every round",
        {"nodes": float(len(p.nodes)), "earlier": float(len(p.old))},
        (p.nodes.name(first),),
    )


def stopped_by_a_hook(training: Training) -> Iterator[Found]:
    """A hook replaces a gradient by 0."""
    hooked = [p for p in (*training.looked_at[:2], *training.looked_at[-1:]) if p.recording.plain is None]
    found = [(p, _stopped(p)) for p in hooked]
    if not found or not all(stopped for _, stopped in found):
        return  # a factor that grows from 0 is no stop
    p, stopped = found[0]
    i, arrived = stopped[0], p.recording.arrived(stopped[0])
    yield Found(
        p.hooks.get(i) or p.source(i),
        f"a hook replaces the gradient of {p.name(i)}, {style.number(arrived)}, by 0, and so for {len(stopped)} nodes",
        "remove the hook: register_hook() returns the function that does",
        {"nodes": float(len(stopped)), "gradient": arrived},
        tuple(p.nodes.name(j) for j in stopped),
    )


def _stopped(p: Pass) -> list[int]:
    """The nodes to which a gradient comes and of which none goes on; those near the cost come first."""
    return [i for i in dict.fromkeys(p.recording.columns["node"]) if p.upstream[i] == 0.0 and p.recording.arrived(i) != 0.0]

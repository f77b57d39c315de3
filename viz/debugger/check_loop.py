"""Diagnoses of the training loop: who is zeroed, who is updated, and what is carried from pass to pass.

Each check takes a `Training` and yields what it finds; the table in diagnose.py says what they are called. Most need to
know which line assigned the data of which leaf, which is seen when training is watched (watch.py).
"""

import itertools
import math
import re
from collections.abc import Iterator

from autograd import Source

from .. import style
from .findings import Found, counted
from .passes import Key, Pass
from .statements import at, rebound
from .thresholds import STEPS
from .training import Training

_PARAMETER = re.compile(r"(w|b|bias|weights?|theta|beta|params?|W)(?![^\W\d_])")
_CUT = re.compile(r"\bdetach\(|\.data\b|\.number\b")


# --- gradients and zeroing ---------------------------------------------------------------------------------------------


def not_zeroed(training: Training) -> Iterator[Found]:
    """An update uses gradients of a step that has been taken already: the passes since have added to them."""
    left: dict[Key, tuple[float, Pass]] = {}
    for key in training.updated:
        used, own, first = 0.0, 0.0, None  # by the latest update; added since; the pass after that update
        for a, b in itertools.pairwise(training.passes[: training.broken + 1]):
            if key not in a.leaf or key not in b.leaf:
                used, first = 0.0, None
                continue
            i = a.leaf[key]
            own = a.upstream[i] if a.nodes.grad[i] == a.upstream[i] else own + a.upstream[i]  # it began at 0, or went on
            first = first or a
            if b.nodes.data[b.leaf[key]] == a.nodes.data[i]:
                continue
            there = a.nodes.grad[i]
            if used and math.isclose(there, used + own, rel_tol=1e-6) and not math.isclose(there, own, rel_tol=1e-6):
                left.setdefault(key, (used, first))
            used, own, first = b.updates[key].grad if key in b.updates else there, 0.0, None
    if left:
        (gradient, late), *_ = left.values()
        yield Found(
            at(late.called) or late.source(len(late.nodes) - 1),
            f"gradients are added up from step to step: {training.name(next(iter(left)))}.grad was still "
            f"{style.number(gradient)} from the step before, and so for {len(left)} of "
            f"{counted(len(training.updated), 'parameter')}",
            "zero_grad() before every backward()",
            {"gradient": gradient, "parameters": float(len(left))},
            tuple(map(training.name, left)),
        )


def zeroed_too_early(training: Training) -> Iterator[Found]:
    """Gradients are set to 0 between the backward pass and the update, which then changes nothing."""
    for a, b in itertools.pairwise(training.passes):
        lost = [
            key
            for key, update in b.updates.items()
            if update.grad == 0.0 and update.before == update.after and key in a.leaf and a.nodes.grad[a.leaf[key]] != 0.0
        ]
        if not lost or len(lost) < len([key for key in b.updates if key in a.leaf]):
            continue
        zeroed = next((b.zeroed[key].place for key in lost if key in b.zeroed), b.updates[lost[0]].place)
        yield Found(
            at(zeroed),
            f"the gradients are gone when the parameters are updated: {training.name(lost[0])} had "
            f"{style.number(a.nodes.grad[a.leaf[lost[0]]])} after backward(), and 0 then",
            "the order is zero_grad(), backward(), step()",
            {"parameters": float(len(lost))},
            tuple(map(training.name, lost)),
        )
        return


# --- who is updated ----------------------------------------------------------------------------------------------------


def no_gradient(training: Training) -> Iterator[Found]:
    """Something is meant to be trained and is in no graph: detached, copied, or not used."""
    # An update by the gradient 0 assigns what was there; a copy that follows the weights (a moving mean) changes.
    unmoved = [key for key, update in training.assigned.items() if update.before == update.after]
    wanted = [*training.given_parameters, *unmoved]
    reached = {key for p in training.passes for key in p.leaf}
    lost = [key for key in dict.fromkeys(wanted) if key not in reached]
    if not lost or not training.passes:
        return
    cut, passes = _cut(training), len(training.passes)
    if cut is not None:
        source, name = cut
        yield Found(
            source,
            f"the gradient is cut here: {source.text} is a new leaf, and nothing goes back to "
            f"{counted(len(lost), 'parameter')} ({', '.join(training.name(key) for key in lost[:3])})",
            "use the Value itself; detach() and .data are for printing and for updates",
            {"parameters": float(len(lost))},
            (name,),
        )
        return
    by_line: dict[Source | None, list[Key]] = {}
    looked_up = {training.made_at(key) for key in training.assigned if 0 < sum(key in p.leaf for p in training.passes) < passes}
    for key in lost:
        if training.made_at(key) not in looked_up:  # rows of a table, of which each sample uses some: their turn may come
            by_line.setdefault(training.made_at(key), []).append(key)
    for made_at, keys in by_line.items():
        names = [training.name(key) for key in keys]
        yield Found(
            made_at or training.called,
            f"no gradient ever reaches {counted(len(keys), 'parameter')} ({', '.join(names[:3])}): "
            f"in {counted(passes, 'pass')} the cost is not computed from it",
            "use it in the forward pass, or leave it out",
            {"parameters": float(len(keys))},
            tuple(names),
        )


def _cut(training: Training) -> tuple[Source, str] | None:
    """A leaf that is made anew in every pass from the number of a Value."""
    for p in training.passes:
        for i in p.leaves:
            source = p.source(i)
            if source and _CUT.search(source.text) and p.key_of.get(i) not in training.updated:
                return source, p.nodes.name(i)
    return None


def not_in_the_optimiser(training: Training) -> Iterator[Found]:
    """A parameter gets a gradient in every step and is never changed, while others are."""
    if len(training.steps) < STEPS or not training.updated:
        return
    firsts = [step[0] for step in training.steps]
    lines = {training.made_at(key) for key in training.updated} - {None}
    idle: list[Key] = []
    for key, i in firsts[0].leaf.items():
        if key in training.updated or key in training.assigned:
            continue
        if not all(key in p.leaf and p.upstream[p.leaf[key]] != 0.0 for p in firsts) or _frozen(firsts[0], i):
            continue
        zeroed = any(key in p.zeroed for p in firsts)
        label = firsts[0].nodes.label[i]
        if zeroed or _PARAMETER.match(label) or (not label and training.made_at(key) in lines):
            idle.append(key)
    if idle:
        names = [training.name(key) for key in idle]
        yield Found(
            training.update_source,
            f"no step changes {counted(len(idle), 'parameter')} ({', '.join(names[:3])}), though a gradient arrives in "
            f"every one; {counted(len(training.updated), 'other parameter')} changed",
            "give the optimiser all parameters; freeze() those that are meant to stay",
            {"parameters": float(len(idle))},
            tuple(names),
        )


def _frozen(p: Pass, i: int) -> bool:
    return bool(p.values) and bool(getattr(p.values[i], "frozen", False))


def update_lost(training: Training) -> Iterator[Found]:
    """Data is assigned, but to copies that no cost is computed from: what is trained stays as it is."""
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
            at(update.place),
            f"the update changes {counted(len(copies), 'value')} that no cost is computed from, and "
            f"{training.name(still[0])} is still {style.number(_data(training, still[0]))}",
            "change the data of the parameter itself: w.data -= rate * w.grad",
            {"copies": float(len(copies))},
            tuple(map(training.name, still)),
        )


def _data(training: Training, key: Key) -> float:
    p = training.passes[-1]
    return p.nodes.data[p.leaf[key]]


def never_updated(training: Training) -> Iterator[Found]:
    """The same cost again and again, with a gradient that is not 0: nothing changes the parameters."""
    passes = training.sound
    if len(passes) < STEPS or training.updated or training.assigned:
        return
    last = passes[-1]
    held = [key for key, i in last.leaf.items() if key in passes[0].leaf and last.upstream[i] != 0.0]
    # Gradients that begin at 0 again were zeroed for an update; somebody who measures or plots leaves them.
    zeroed = bool(held) and all(last.nodes.grad[last.leaf[key]] == last.upstream[last.leaf[key]] for key in held)
    if zeroed and training.watched and not any(p.old for p in passes):
        lost = rebound(at(passes[-1].called))
        yield Found(
            lost or training.called,
            f"no parameter has changed in {len(passes)} passes, though there are gradients: "
            f"{training.name(held[0])}.grad = {style.number(passes[-1].nodes.grad[passes[-1].leaf[held[0]]])}"
            + ("; the update gives a name to a new value and leaves the parameter" if lost else ""),
            "p.data -= rate * p.grad" if lost else "call step() after backward()",
            {"passes": float(len(passes))},
            tuple(map(training.name, held)),
        )


def updated_twice(training: Training) -> Iterator[Found]:
    """A parameter is changed several times by one update: it stands in the list of parameters more than once."""
    for a, b in itertools.pairwise(training.passes):
        often = {key: u for key, u in b.updates.items() if u.times > 1 and u.before != u.after and key in a.leaf}
        if often and len(often) < len(b.updates):
            key, update = next(iter(often.items()))
            yield Found(
                training.made_at(key) or at(update.place),
                f"{training.name(key)} is changed {update.times} times in one step, "
                f"others once, at {_short(at(update.place))}: it is in the list of parameters {update.times} times",
                "make every weight a Value of its own: [Value(...) for _ in range(n)], not [Value(...)] * n",
                {"times": float(update.times)},
                tuple(map(training.name, often)),
            )
            return


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
        (i for i in range(len(p.leaves), len(p.nodes)) if i not in p.old and any(q in p.old for q in p.nodes.parents(i))),
        len(p.nodes) - 1,
    )
    first = next(q for q in p.nodes.parents(joint) if q in p.old)
    made_by_update = rebound(at(p.called))
    yield Found(
        made_by_update or p.source(joint),
        f"the graph grows from pass to pass, to {len(p.nodes)} nodes: {p.name(first)} of an earlier pass is an operand here",
        "w.data -= rate * w.grad instead of w = w - rate * w.grad; detach() a state that is carried on",
        {"nodes": float(len(p.nodes)), "earlier": float(len(p.old))},
        (p.nodes.name(first),),
    )


def stopped_by_a_hook(training: Training) -> Iterator[Found]:
    """A hook replaces a gradient by 0."""
    for p in training.looked_at[:2]:
        stopped = []
        columns = p.recording.columns
        for node, upstream in zip(columns["node"], columns["upstream"], strict=True):
            if upstream == 0.0 and p.upstream[node] != 0.0 and node not in stopped:
                stopped.append(node)
        if stopped:
            i = stopped[0]
            yield Found(
                p.hooks.get(i) or p.source(i),
                f"a hook replaces the gradient of {p.name(i)}, "
                f"{style.number(p.upstream[i])}, by 0, and so for {len(stopped)} nodes",
                "remove the hook: register_hook() returns the function that does",
                {"nodes": float(len(stopped)), "gradient": p.upstream[i]},
                tuple(p.nodes.name(j) for j in stopped),
            )
            return

"""Diagnoses of parameters that no cost reaches: they are cut off, replaced, or left out where the ones beside them are used.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. A parameter in no graph has no
node that could be shown, so that the line is looked for: where its number is taken, or where its like is used.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterator

from autograd import TABLE, Source

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.loops import numbers_taken
from ..evidence.outputs import LOG, below
from ..evidence.passes import Key, Pass
from ..evidence.script import last_name
from ..evidence.statements import cost_of, source_at
from ..evidence.thresholds import FEW, SAMPLES, STEPS
from ..evidence.training import Training
from .flow import dead_units
from .untrained import is_frozen

_BOUNDS = (TABLE["maximum"], TABLE["clamp"])
_BELOW = 1e-6  # a probability is below 0 by less, if by rounding
_ONE_OF = 4  # of so many parameters one is the constant
_CUT = re.compile(r"\bdetach\(|\.data\b|\.number\b")


def no_gradient(training: Training) -> Iterator[Found]:
    """A parameter is in no graph: it was detached or copied, or is not used; or samples give none, held up by a bound."""
    reached = {key for p in training.passes for key in p.leaf}
    lost = _lost(training, reached)
    if not lost or not training.passes:
        yield from filter(None, [_blocked(training) or _held_up(training)])
        return
    if training.is_phase:  # what another phase trains may rest in this one
        yield from filter(None, [_replaced(training, lost, reached)])
        return
    if tables := _tables(training, lost):
        yield from _never_asked_for(training, tables)
        lost = [key for key in lost if training.made_at(key) not in tables]
        if not lost:
            return
    passes = len(training.passes)
    # Each sample uses some rows of a table: the turn of the others may come.
    looked_up = {training.made_at(key) for key in training.assigned if 0 < sum(key in p.leaf for p in training.passes) < passes}
    lost = [key for key in lost if training.made_at(key) not in looked_up]
    cut = _cut(training, lost) if lost else None
    if cut is not None:
        source, name = cut
        yield Found(
            source,
            f"the gradient is cut here: {source.text} is a new leaf, and nothing goes back to "
            f"{style.counted(len(lost), 'parameter')} ({', '.join(training.name(key) for key in lost[:3])})",
            "use the Value itself; detach() and .data are for printing and for updates",
            {"parameters": float(len(lost))},
            (name,),
        )
        return
    if lost and (replaced := _replaced(training, lost, reached)):
        yield replaced
        return
    by_line: dict[Source | None, list[Key]] = {}
    for key in lost:
        by_line.setdefault(training.made_at(key), []).append(key)
    for made_at, keys in by_line.items():
        names = [training.name(key) for key in keys]
        if _differentiated(training, keys):
            yield _constant(training, names)
            continue
        where, like = _taken(training) or _used_beside(training, keys) or (made_at or training.called, "")
        yield Found(
            where,
            f"no gradient ever reaches {style.counted(len(keys), 'parameter')} ({', '.join(names[:3])}): "
            f"in {style.counted(passes, 'pass')} the cost is not computed from it{like}",
            "use it in the forward pass as a Value: .data, float() and detach() cut it off; of a copy, update the original; or "
            "leave it out",
            {"parameters": float(len(keys))},
            tuple(names),
        )


def _differentiated(training: Training, keys: list[Key]) -> bool:
    """True if a few parameters are left out of a cost that a line differentiates a model for: a constant has no derivative."""
    p, module = training.passes[-1], training.script.module
    calls = [n for n in module if isinstance(n, ast.Call) and last_name(n.func) in ("gradients", "derivative")]
    made = [n for n in calls if last_name(n.func) == "derivative" or any(k.arg == "create_graph" for k in n.keywords)]
    lines = {line[1] for i in p.interior if (line := p.line(i))}
    used = [n for n in made if last_name(n.func) == "derivative" or n.lineno in lines]
    return bool(used) and _ONE_OF * len(keys) <= len(training.updated)


def _constant(training: Training, names: list[str]) -> Found:
    """The constant of a model that a cost does not tell, as it is computed from derivatives alone."""
    p, several = training.passes[-1], style.counted(len(names), "parameter")
    passes = style.counted(len(training.passes), "pass")
    return Found(
        cost_of(source_at(p.called)) or p.source(len(p.nodes) - 1),
        f"no gradient ever reaches {several} ({', '.join(names[:3])}): in {passes} the cost is "
        "computed from derivatives, and a constant that is added to a model is in none of them: nothing tells what it is",
        "add what is known of the values themselves, an initial condition or a value at the boundary; or, if none is needed, "
        "leave the constant out",
        {"parameters": float(len(names))},
        tuple(names),
    )


def _blocked(training: Training) -> Found | None:
    """Parameters that never move, as a clamp or its like holds the operand of each outside its bounds in all passes."""
    held = [key for key in training.assigned if key in training.passes[-1].leaf] if training.passes else []
    if not held or training.updated or len(training.passes) < STEPS or training.maximise or any(dead_units(training)):
        return None
    p = training.passes[-1]
    blocks = [
        i
        for i in p.interior
        if p.rows[i].gate and not p.rows[i].activation and p.nodes.data[i] and p.upstream[i] and not any(p.locals(i))
    ]
    if not blocks or any(q.upstream[q.leaf[key]] for q in training.looked_at for key in held if key in q.leaf):
        return None
    i, key = blocks[0], held[0]
    inside = p.parents[i][0]
    return Found(
        p.source(i),
        f"no gradient ever reaches {style.counted(len(held), 'parameter')} ({', '.join(map(training.name, held[:3]))}): "
        f"{p.ops[i]} gives {style.number(p.nodes.data[i])} for {style.number(p.nodes.data[inside])}, outside its bounds, where "
        f"its derivative is 0, in all {len(training.passes)} passes",
        f"begin inside the bounds ({training.name(key)} begins at {style.number(p.nodes.data[p.leaf[key]])}), or a smooth "
        "function in its place, such as tanh",
        {"parameters": float(len(held)), "nodes": float(len(blocks))},
        (p.nodes.name(i),),
    )


def _held_up(training: Training) -> Found | None:
    """Logarithms of what is held up by a bound where it is below 0, so that no gradient goes to what is most wrong."""
    bounded = [(p, i, *held) for p in training.looked_at for i, c in p.terms if c < 0.0 and (held := _bounded(p, i))]
    below = [(p, z, i) for p, i, z, bound in bounded if p.nodes.data[z] < -_BELOW < 0.0 < bound]
    late = set(map(id, training.late)) if below else set()
    if sum(id(p) in late for p, *_ in below) <= FEW * sum(id(p) in late for p, *_ in bounded) or len(below) < 2 * SAMPLES:
        return None
    p, z, i = below[-1]
    (j,) = p.parents[i]
    return Found(
        p.source(z),
        f"this is below 0 for {len(below)} of the {len(bounded)} samples that were looked at, and so no "
        f"probability: {p.ops[j]} holds it up before the logarithm, and no gradient comes from these samples, the most wrong "
        "of all",
        "a probability that is above 0 by itself, such as sigmoid(a - b) in the place of sigmoid(a) - sigmoid(b)",
        {"samples": float(len(below))},
        (p.nodes.name(z),),
        certainty=Certainty.LIKELY,
    )


def _bounded(p: Pass, i: int) -> tuple[int, float] | None:
    """The operand of a bound below a logarithm, and the bound."""
    (j,) = p.parents[i] if p.rows[i] is LOG else (i,)
    if p.rows[j] not in _BOUNDS or len(p.parents[j]) != 1:
        return None
    return p.parents[j][0], next(o for o in p.operands_of(j) if not isinstance(o, int))


def _lost(training: Training, reached: set[Key]) -> list[Key]:
    """The parameters that are in no graph, though somebody names them or an update by their gradient assigns them.

    An update by the gradient 0 assigns the same data again. Copies that follow the weights - a moving mean, a target network -
    change without any gradient, and so may those that the same line assigns; where nothing else changes, they follow nothing.
    """
    unmoved, copied = [], set[Source | None]()
    every = [p.updates for p in training.passes[1:]] + [training.after]
    moved = {key for updates in every for key, update in updates.items() if update.moved}
    for key, update in training.assigned.items():
        if key not in reached and key in moved and training.updated:
            copied.add(source_at(update.place))
    for key, update in training.assigned.items():
        if (key not in moved or not training.updated) and key not in reached and source_at(update.place) not in copied:
            unmoved.append(key)
    return list(dict.fromkeys([*(key for key in training.given_parameters if key not in reached), *unmoved]))


def _tables(training: Training, lost: list[Key]) -> dict[Source | None, list[Key]]:
    """The parameters that are rows of a table which no sample asks for, by the line that made the table."""
    found: dict[Source | None, list[Key]] = {}
    for key in lost:
        found.setdefault(training.made_at(key), []).append(key)
    return {made: keys for made, keys in found.items() if _is_looked_up(training, made)}


def _is_looked_up(training: Training, made: Source | None) -> bool:
    """True if the terms of a cost use different parameters of one line, and not as the outputs of a layer use its rows.

    The outputs of a layer use them equally often, and are computed from the same inputs.
    """
    p = training.passes[-1]
    like = {i for key, i in p.leaf.items() if training.made_at(key) == made}
    times: Counter[frozenset[int]] = Counter()
    given: dict[frozenset[int], set[float]] = {}
    for i, _ in p.terms:
        if all(q in p.leaves for q in p.parents[i]):
            continue  # a penalty on a parameter
        nodes = below(p, i)
        if used := frozenset(like & nodes):
            times[used] += 1
            numbers = given.setdefault(used, set())
            numbers.update(o for j in nodes for o in p.operands_of(j) if isinstance(o, float))
            numbers.update(p.nodes.data[j] for j in nodes if j in p.leaves and p.key_of.get(j) not in training.trained)
    if len(times) < 2:
        return False
    common, fewest = set.intersection(*given.values()), min(map(len, given.values()))
    return len(set(times.values())) > 1 or not 2 * len(common) >= fewest > 0


def _never_asked_for(training: Training, tables: dict[Source | None, list[Key]]) -> Iterator[Found]:
    """The question about rows of a table that no sample has asked for."""
    for made, keys in tables.items():
        names = [training.name(key) for key in keys]
        yield Found(
            made or training.called,
            f"is this meant? in {style.counted(len(training.passes), 'pass')} no sample asks for "
            f"{style.counted(len(keys), 'parameter')} ({', '.join(names[:3])}), where others that are made here are used",
            "nothing, if no sample is of their kind; else look at how they are looked up",
            {"parameters": float(len(keys))},
            tuple(names),
            Certainty.HINT,
        )


def _taken(training: Training) -> tuple[Source, str] | None:
    """The only line on the way to the cost at which the number of a Value is taken, which ends its graph."""
    p = training.passes[-1]
    source = numbers_taken([source for i in p.interior if (source := p.source(i))], source_at(p.called))
    return (source, f"; here the number of a Value is taken, and a number has no gradient: {source.text}") if source else None


def _used_beside(training: Training, keys: list[Key]) -> tuple[Source, str] | None:
    """The only line that uses the parameters made, or else updated, beside some that no cost reaches."""
    p = training.passes[-1]
    made = {training.made_at(key) for key in keys} - {None}
    lines = {source_at(training.assigned[key].place) for key in keys if key in training.assigned} - {None}
    beside = [key for key in training.updated if key in p.leaf]
    alike = [key for key in beside if training.made_at(key) in made] or [
        key for key in beside if key in training.assigned and source_at(training.assigned[key].place) in lines
    ]
    used = {p.line(user): (user, key) for key in alike or beside for user in p.users[p.leaf[key]]}
    if len(used) != 1:
        return None
    ((user, key),) = used.values()
    source, at = p.source(user), training.made_at(keys[0])
    where = f" made in line {at.line}," if at and source and at.file == source.file else ""
    return (source, f";{where} it is not used where {training.name(key)} is") if source else None


def _replaced(training: Training, lost: list[Key], reached: set[Key]) -> Found | None:
    """The parameters in the graph, if the update changes none of them but others that no cost is computed from."""
    p = training.passes[-1]
    held = [key for key, i in p.leaf.items() if p.upstream[i] != 0.0 and p.is_parameter(i) and not is_frozen(p, i)]
    if reached & set(training.assigned) or not training.assigned or not held:
        return None
    names = [training.name(key) for key in held]
    update, made = training.update_source, training.made_at(held[0])
    numbers = {"updated": float(len(lost)), "parameters": float(len(held))}
    before = update and made and update.file == made.file and made.line < update.line
    if update and made and before:  # the model was there when the optimiser was made: it was given others
        others = training.made_at(lost[0])
        return Found(
            update,
            f"this changes {style.counted(len(lost), 'parameter')} that no cost is computed from"
            + (f", made at {style.source(others)}" if others else "")
            + f"; the {len(held)} that get a gradient ({', '.join(names[:3])}) were made at {style.source(made)}, and nothing "
            "updates them",
            "give it the parameters that the cost is computed from, and no copies of them",
            numbers,
            tuple(names),
        )
    at = f" at {style.source(update)}" if update else ""
    return Found(
        made,
        f"the update{at} changes {style.counted(len(lost), 'parameter')} that no cost is computed from; the {len(held)} that "
        f"get a gradient ({', '.join(names[:3])}) were made here, and nothing updates them",
        "make the optimiser after the model, from the parameters of this one",
        numbers,
        tuple(names),
    )


def _cut(training: Training, lost: list[Key]) -> tuple[Source, str] | None:
    """A leaf that is made from the number of a Value, as detach() does, before the lost parameters are updated.

    Where several costs take turns, one may cut off what is another's: a discriminator is given detached samples.
    """
    after = [*(p.updates for p in training.passes[1:]), training.after]
    own = [p for p, updates in zip(training.passes, after, strict=True) if any(key in updates for key in lost)]
    for p in own or training.passes:
        for i in p.leaves:
            source = p.source(i)
            if source and _CUT.search(source.text) and p.key_of.get(i) not in training.updated:
                return source, p.nodes.name(i)
    return None

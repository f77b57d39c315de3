"""Diagnoses of parameters that no cost reaches: they are cut off, replaced, or left out where the ones beside them are used.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. A parameter in no graph has no
node that could be shown, so that the line is looked for: where its number is taken, or where its like is used.
"""

import re
from collections.abc import Iterator

from autograd import Source

from .... import style
from ..evidence.found import Found
from ..evidence.loops import numbers_taken
from ..evidence.passes import Key
from ..evidence.statements import source_at
from ..evidence.training import Training

_CUT = re.compile(r"\bdetach\(|\.data\b|\.number\b")


def no_gradient(training: Training) -> Iterator[Found]:
    """A parameter is in no graph: it was detached or copied, or is not used."""
    # An update by the gradient 0 assigns the same data again; a copy that follows the weights (a moving mean) changes.
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
            f"{style.counted(len(lost), 'parameter')} ({', '.join(training.name(key) for key in lost[:3])})",
            "use the Value itself; detach() and .data are for printing and for updates",
            {"parameters": float(len(lost))},
            (name,),
        )
        return
    if replaced := _replaced(training, lost, reached):
        yield replaced
        return
    by_line: dict[Source | None, list[Key]] = {}
    looked_up = {training.made_at(key) for key in training.assigned if 0 < sum(key in p.leaf for p in training.passes) < passes}
    for key in lost:
        if training.made_at(key) not in looked_up:  # each sample uses some rows of a table: the turn of the others may come
            by_line.setdefault(training.made_at(key), []).append(key)
    for made_at, keys in by_line.items():
        names = [training.name(key) for key in keys]
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
    held = [key for key, i in p.leaf.items() if p.upstream[i] != 0.0 and p.is_parameter(i)]
    if reached & set(training.assigned) or not training.assigned or not held:
        return None
    names = [training.name(key) for key in held]
    update = training.update_source
    at = f" at {style.source(update)}" if update else ""
    return Found(
        training.made_at(held[0]),
        f"the update{at} changes {style.counted(len(lost), 'parameter')} that no cost is computed from; the {len(held)} that "
        f"get a gradient ({', '.join(names[:3])}) were made here, and nothing updates them",
        "make the optimiser after the model, from the parameters of this one",
        {"updated": float(len(lost)), "parameters": float(len(held))},
        tuple(names),
    )


def _cut(training: Training) -> tuple[Source, str] | None:
    """A leaf that is made from the number of a Value, as detach() does."""
    for p in training.passes:
        for i in p.leaves:
            source = p.source(i)
            if source and _CUT.search(source.text) and p.key_of.get(i) not in training.updated:
                return source, p.nodes.name(i)
    return None

"""The diagnosis of parameters that get a gradient, and that no update changes: they were not given to the optimiser.

The check takes a `Training` and yields its findings; the table (table.py) has its name. A leaf that stays may be meant to: an
input, a random first layer. It is a parameter if its gradient is zeroed, if its name or its line says so, if trained parameters
learn through it, or if it is a row of a table that samples share; training it as well tells if anything is lost.
"""

import re
from collections.abc import Iterator

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.passes import Key, Pass
from ..evidence.samples import samples_of
from ..evidence.thresholds import STEPS
from ..evidence.training import Training

_DRAWN = re.compile(r"rand|gauss|uniform|normal|init", re.IGNORECASE)
_MODULE = re.compile(r"^(?!Value\()[A-Z]\w*\((?!.*\bValue\()")  # Layer(2, 3): a module of nn makes its parameters itself


def not_in_the_optimiser(training: Training) -> Iterator[Found]:
    """A parameter gets a gradient in every step but is never changed, while other parameters are."""
    if len(training.steps) < STEPS or not training.updated or training.changes_inputs:
        return
    firsts = [step[0] for step in training.steps]
    lines = {training.made_at(key) for key in training.updated} - {None}
    idle: list[Key] = []
    surely = named = False
    for key, i in firsts[0].leaf.items():
        if key in training.updated or key in training.assigned:
            continue
        if not all(key in p.leaf and p.upstream[p.leaf[key]] != 0.0 for p in firsts) or is_frozen(firsts[0], i):
            continue
        zeroed = any(key in p.zeroed for p in firsts) or all(_began_at_0(p, p.leaf[key]) for p in firsts)
        label = firsts[0].nodes.label[i]
        if zeroed or firsts[0].is_parameter(i) or (not label and training.made_at(key) in lines):
            idle.append(key)
            surely = surely or (zeroed and bool(label))
            named = named or firsts[0].is_parameter(i)
    if not idle:
        yield from _without_a_name(training, firsts)
    if idle:
        names = [training.name(key) for key in idle]
        yield Found(
            training.update_source,
            f"no step changes {style.counted(len(idle), 'parameter')} ({', '.join(names[:3])}), though a gradient arrives in "
            f"every one; {style.counted(len(training.updated), 'other parameter')} changed",
            "give the optimiser all parameters; freeze() those that are meant to stay",
            {"parameters": float(len(idle))},
            tuple(names),
            # Zeroing a gradient is part of an update; without it a leaf may have been left out on purpose.
            Certainty.LIKELY
            if (surely and (named or _has_samples(training, firsts[0], idle))) or _are_later_layers(training, firsts[0], idle)
            else Certainty.HINT,
            # A leaf that nothing calls a parameter may be a number that is known: trained as well, it makes no difference then.
            Claim([Experiment("these trained as well", also=frozenset(idle))], vital=not named),
        )


def _are_later_layers(training: Training, p: Pass, idle: list[Key]) -> bool:
    """True if a module of nn made these, and another the trained parameters before them: a decoder, without its encoder."""
    texts = [[source.text for key in keys if (source := training.made_at(key))] for keys in (idle, training.updated)]
    return all(text and all(map(_MODULE.search, text)) for text in texts) and bool(_learned_through(training, p) & set(idle))


def _has_samples(training: Training, p: Pass, idle: list[Key]) -> bool:
    """True if a cost compares what is computed from given numbers: in an energy, which has none, some points are held."""
    entries = {e for sample in samples_of(training, p) for e in sample.inputs}
    return any(e < 0 or p.key_of.get(e) not in idle for e in entries)


def _began_at_0(p: Pass, i: int) -> bool:
    return p.nodes.grad[i] == p.upstream[i]


def is_frozen(p: Pass, i: int) -> bool:
    """True for a leaf that is meant to stay."""
    return bool(p.values) and bool(getattr(p.values[i], "frozen", False))


def _without_a_name(training: Training, firsts: list[Pass]) -> Iterator[Found]:
    """Leaves without a label that are parameters by the way they are used, and that training improves."""
    keys = dict.fromkeys(
        key for p in firsts for key, i in p.leaf.items()
        if p.upstream[i] != 0.0 and key not in training.assigned and key not in training.updated and not is_frozen(p, i)
    )  # fmt: skip
    made = {key: source.text for key in keys if (source := training.made_at(key))}
    drawn = {key for key, text in made.items() if _DRAWN.search(text) or _MODULE.search(text)}
    like = [source.text for key in training.updated if (source := training.made_at(key))]
    if not drawn or not any(_DRAWN.search(text) or _MODULE.search(text) for text in like) or training.is_phase:
        return
    p = firsts[0]
    idle = [key for key in drawn if key in p.leaf and key in _learned_through(training, p)] or _shared_rows(training, drawn)
    if idle:
        yield Found(
            training.update_source,
            f"no step changes {style.counted(len(idle), 'value')} made by {made[idle[0]]}, though a gradient arrives; "
            f"{style.counted(len(training.updated), 'other parameter')} changed",
            "give the optimiser all parameters; freeze() those that are meant to stay",
            {"parameters": float(len(idle))},
            tuple(map(training.name, idle)),
            claim=Claim([Experiment("these trained as well", also=frozenset(idle))], alone=True),
        )


def _learned_through(training: Training, p: Pass) -> set[Key]:
    """The leaves that multiply what trained parameters have given: later layers than theirs."""
    after = {p.leaf[key] for key in training.updated if key in p.leaf}
    found: set[Key] = set()
    for i in p.interior:
        if after.intersection(p.parents[i]):
            if any(q in after and q not in p.leaves for q in p.parents[i]):
                found |= {p.key_of[q] for q in p.parents[i] if q in p.key_of and p.rows[i].linear != "all"}
            after.add(i)
    return found - training.updated


def _shared_rows(training: Training, drawn: set[Key]) -> list[Key]:
    """The leaves among the inputs of samples that several samples of a pass share, and not all: rows of a table."""
    found: dict[Key, None] = {}
    for p in training.looked_at:
        samples = samples_of(training, p)
        times = {key: sum(p.leaf[key] in s.inputs for s in samples) for key in drawn if key in p.leaf}
        found |= dict.fromkeys(key for key, n in times.items() if 1 < n < len(samples))
    return list(found)

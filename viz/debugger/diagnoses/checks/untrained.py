"""The diagnosis of parameters that get a gradient, and that no update changes: they were not given to the optimiser.

The check takes a `Training` and yields its findings; the table (table.py) has its name. A leaf that stays may be meant to: an
input, a random first layer. It is a parameter if its gradient is zeroed, if its name or its line says so, if its class lists
others and leaves it out, if trained parameters learn through it, or if it is a row of a table that samples share; training it
as well tells if anything is lost.
"""

import re
from collections.abc import Iterator, Sequence

from autograd import Source

from .... import style
from ..evidence.experiment import Claim, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.made import is_an_unknown, is_called_a_weight, is_meant_to_stay, left_out_by_its_class, list_of_parameters
from ..evidence.outputs import residuals
from ..evidence.passes import Key, Pass
from ..evidence.samples import samples_of
from ..evidence.thresholds import MATCHED, SAMPLES, STEPS
from ..evidence.training import Training

_DRAWN = re.compile(r"rand|gauss|uniform|normal|init", re.IGNORECASE)
_BEGINS = re.compile(r"^Value\(0(\.0*)?[,)]")  # a bias
_REMEDY = "give the optimiser all parameters; freeze() those that are meant to stay"
_MODULE = re.compile(r"^(?!(\w+\.)*Value\()(\w+\.)*[A-Z]\w*\((?!.*\bValue\()")  # nn.Layer(2, 3): it makes its parameters itself


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
    # Zeroing a gradient is part of an update; without it a leaf may have been left out on purpose.
    likely = (surely and (named or _has_samples(training, firsts[0], idle))) or _are_later_layers(training, firsts[0], idle)
    if not idle or not likely:
        yield from _meant(training, firsts)
    if idle:
        names = [training.name(key) for key in idle]
        yield Found(
            training.update_source,
            f"no step changes {style.counted(len(idle), 'parameter')} ({', '.join(names[:3])}), though a gradient arrives in "
            f"every one; {style.counted(len(training.updated), 'other parameter')} changed",
            _REMEDY,
            {"parameters": float(len(idle))},
            tuple(names),
            Certainty.LIKELY if likely else Certainty.HINT,
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


def _meant(training: Training, firsts: list[Pass]) -> Iterator[Found]:
    """Leaves that are parameters by the way they are made and used, and that training improves."""
    lines = _idle_lines(training, firsts)
    like = [source for key in training.updated if (source := training.made_at(key))]
    known = any(map(_is_made, like)) or any(_is_an_unknown(training, source) for source in lines)
    if not lines or not known or training.is_phase:
        return
    learned = _learned_through(training, firsts[0])
    shared = _shared_rows(training, {key for source, made in lines.items() if _is_made(source) for key in made})
    found: list[Key] = []
    blamed: Source | None = None
    clear = True
    for source, made in lines.items():
        by_its_class = left_out_by_its_class(source)
        used = _is_made(source) and (not learned.isdisjoint(made) or not shared.isdisjoint(made))
        meant = by_its_class or is_called_a_weight(source) or (source in like and _multiplies_numbers(firsts[0], made))
        if (used or meant) and not is_meant_to_stay(source):
            found += made
            clear = clear and used
            blamed = blamed or by_its_class
    if found:
        text = next(source.text for source, made in lines.items() if found[0] in made)
        experiment = Experiment("these trained as well", also=frozenset(found))
        solved = [] if clear else [experiment._replace(solved=True)]  # an unknown may need more steps than were recorded
        yield Found(
            blamed or list_of_parameters(training.update_source),
            f"no step changes {style.counted(len(found), 'value')} made by {text}, though a gradient arrives; "
            f"{style.counted(len(training.updated), 'other parameter')} changed",
            _REMEDY,
            {"parameters": float(len(found))},
            tuple(map(training.name, found)),
            claim=Claim([experiment, *solved], alone=True, judge=None if clear else _far_better),
        )


def _far_better(_: float, before: float, after: float) -> bool:
    """The verdict where inputs, too, would make the cost smaller if they were trained."""
    return 0.0 <= after < MATCHED * before


def _idle_lines(training: Training, firsts: list[Pass]) -> dict[Source, list[Key]]:
    """The leaves that get a gradient and stay, by the lines that made them: drawn numbers, biases, unknowns."""
    keys = dict.fromkeys(
        key for p in firsts for key, i in p.leaf.items()
        if p.nodes.grad[i] != 0.0 and key not in training.assigned and key not in training.updated and not is_frozen(p, i)
    )  # fmt: skip
    lines: dict[Source, list[Key]] = {}
    for key in keys:
        if source := training.made_at(key):
            lines.setdefault(source, []).append(key)
    return {
        source: made for source, made in lines.items()
        if _is_made(source) or _BEGINS.search(source.text) or _is_an_unknown(training, source)
    }  # fmt: skip


def _is_an_unknown(training: Training, source: Source) -> bool:
    """True if there are observations, too, that tell an unknown: with one or two, it is known, and they are where it begins."""
    if not is_an_unknown(training.script, source):
        return False
    return len({target for p in training.looked_at for *_, target in residuals(p)}) >= SAMPLES


def _is_made(source: Source) -> bool:
    """True if a line draws a number, or makes a module that does."""
    return bool(_DRAWN.search(source.text) or _MODULE.search(source.text))


def _multiplies_numbers(p: Pass, keys: Sequence[Key]) -> bool:
    """True if half of some leaves are multiplied with several different numbers, as weights are with those of the samples."""
    times: dict[int, set[float]] = {p.leaf[key]: set() for key in keys if key in p.leaf}
    for i in p.interior:
        operands = p.operands_of(i) if p.rows[i].linear == "each" else ()
        n = len(operands) // 2
        for a, b in zip(operands[:n], operands[n : 2 * n], strict=True):
            for w, x in ((a, b), (b, a)):
                if isinstance(w, int) and w in times and isinstance(x, float):
                    times[w].add(x)
    return 0 < len(times) <= 2 * sum(len(numbers) >= SAMPLES for numbers in times.values())  # the input of a bias is 1


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


def _shared_rows(training: Training, drawn: set[Key]) -> set[Key]:
    """The leaves among the inputs of samples that several samples of a pass share, and not all: rows of a table."""
    found: set[Key] = set()
    for p in training.looked_at:
        samples = samples_of(training, p)
        times = {key: sum(p.leaf[key] in s.inputs for s in samples) for key in drawn if key in p.leaf}
        found |= {key for key, n in times.items() if 1 < n < len(samples)}
    return found

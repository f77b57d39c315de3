"""Diagnoses of what a network answers: labels that teach nothing, the same output for every sample, units that are alike.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

from collections.abc import Iterator, Sequence

from autograd import Source

from .... import style
from ..evidence.experiment import Claim, Edit, Entry, Experiment
from ..evidence.found import Found
from ..evidence.outputs import has_inputs, residuals
from ..evidence.passes import Key, Pass, is_difference, is_product, is_sum
from ..evidence.samples import all_samples, answers_of
from ..evidence.thresholds import SAMPLES, STALE
from ..evidence.training import Training
from .flow import begun_at_random, is_activation, is_gate, units

# --- labels ------------------------------------------------------------------------------------------------------------


def hinge_labels(training: Training) -> Iterator[Found]:
    """A hinge, relu(1 - y f), with labels 0 and 1: a sample with y = 0 teaches nothing."""
    p = training.first
    if p is None:
        return
    silent = _without_a_say(p)
    if silent:
        i = silent[0]
        yield Found(
            p.source(i),
            f"the hinge multiplies the output by the label 0 for {style.counted(len(silent), 'sample')}, which so costs 1 "
            "and teaches nothing",
            "labels -1 and 1",
            {"samples": float(len(silent))},
            (p.nodes.name(i),),
            claim=Claim([Experiment("labels -1 and 1", edit=_signed_labels)], vital=False),
        )


def _without_a_say(p: Pass) -> list[int]:
    """The products of a label 0 in hinges, which are written relu(1 - y f) or relu(1 + -y f); a factor of 2.5 is no label."""
    products = [
        product
        for i, _ in p.terms
        if is_gate(p.rows[i]) and p.rows[i].arity == 1
        for q in p.parents[i]
        if is_difference(p.rows[q]) or is_sum(p.rows[q])
        for product in p.parents[q]
        if is_product(p.rows[product])
    ]
    labels = {o for i in products for o in p.operands_of(i) if isinstance(o, float)}
    return [i for i in products if _zeros(p, i)] if labels <= {-1.0, 0.0, 1.0} else []


def _zeros(p: Pass, i: int) -> list[Entry]:
    """The constants among the operands of a node that are 0."""
    return [o for o in p.shape.operands[i] if o < 0 and p.nodes.constants[-1 - o] == 0.0]


def _signed_labels(p: Pass) -> Edit:
    """The label -1 for every 0 that an output is multiplied by; a sum has it with the other sign."""
    entries: dict[Entry, float] = {}
    for i in p.interior:
        if is_product(p.rows[i]):
            added = any(is_sum(p.rows[q]) for q in p.users[i])
            entries |= dict.fromkeys(_zeros(p, i), 1.0 if added else -1.0)
    return Edit(numbers=entries)


# --- outputs and units that are alike ----------------------------------------------------------------------------------


def outputs_equal(training: Training) -> Iterator[Found]:
    """The network answers the same for every sample, at the beginning and at the end."""
    passes = training.looked_at
    ends = [(p, answers_of(p)) for p in passes[:1] + passes[-1:]]
    if len(passes) < 2 or not all(len(set(outputs)) >= SAMPLES and _same(p, outputs) for p, outputs in ends):
        return
    p, outputs = ends[-1]
    if len(residuals(p)) and len({y for *_, y in residuals(p)}) == 1:
        return  # the targets are all the same too
    if not residuals(p) and len({s.targets for s in all_samples(training)[-1]}) == 1:
        return
    i = outputs[0][0]
    if not any(has_inputs(training, p, f) for f in outputs[0]):
        return  # one answer is all that is asked for
    source, told = _equal_rows(training, p, i)
    yield Found(
        source,
        f"the output is {style.number(p.nodes.data[i], 6)} for all {len(outputs)} samples, although the targets differ{told}",
        "look at what goes in: is it the same sample every time?",
        {"samples": float(len(outputs)), "output": p.nodes.data[i]},
        (p.nodes.name(i),),
    )


def _same(p: Pass, outputs: list[tuple[int, ...]]) -> bool:
    """True if all outputs are the same, but for rounding; those of different length have parts in common, such as sums."""
    if len(set(map(len, outputs))) > 1:
        return False
    return all(_equal([p.nodes.data[i] for i in component]) for component in zip(*outputs, strict=True))


def _equal(numbers: Sequence[float]) -> bool:
    return max(numbers) - min(numbers) <= STALE * max(map(abs, numbers))


def _equal_rows(training: Training, p: Pass, i: int) -> tuple[Source | None, str]:
    """The line that made a list whose rows are all the same and go into the outputs; else the line of an output."""
    given = {x for order in all_samples(training)[-1:] for s in order for x in s.given}
    for name, rows in training.sight.lists.items():
        columns = list(zip(*rows, strict=False))
        made = training.script.assigned(name)
        if len(rows) >= SAMPLES and made and set(rows[0]) <= given and all(map(_equal, columns)):
            shown = ", ".join(map(style.number, rows[0][:4]))
            return training.script.source(made[-1]), f": all {len(rows)} rows of {name} are {shown}"
    return p.source(i), ""


def symmetric(training: Training) -> Iterator[Found]:
    """The units of a layer have the same weights and the same gradients: they stay copies of each other."""
    ends = training.ends
    alike = [_alike_layers(training, p) or _drawn_alike(training, p) for p in ends]
    for layer, unit_leaves in (alike[0] if alike else {}).items():
        if layer not in alike[-1]:
            continue
        p, n = ends[0], len(unit_leaves)
        weight = unit_leaves[0][0]
        shown = style.number(p.nodes.data[weight])
        yield Found(
            p.source(weight) or p.source(len(p.nodes) - 1),
            f"all {n} units of a layer begin with the same weights ({shown}) and get the same gradients: they stay one unit",
            "draw initial weights at random, each its own",
            {"units": float(n), "weight": p.nodes.data[weight]},
            tuple(p.nodes.name(leaves[0]) for leaves in unit_leaves),
            claim=Claim([begun_at_random(training), begun_at_random(training, 1.0)], vital=False),
        )
        return


def _drawn_alike(training: Training, p: Pass) -> dict[Key, list[list[int]]]:
    """Weighted sums of one line whose weights are the same numbers, drawn with the same seed: their parameters."""
    alike: dict[Key, list[list[int]]] = {}
    for i in p.interior:
        leaves = (
            [q for q in p.parents[i] if q in p.leaves and p.key_of.get(q) in training.updated] if p.rows[i].weighted else []
        )
        numbers = tuple(f"{p.nodes.data[q]:.9g}" for q in leaves)
        same = alike.setdefault((p.line(i), numbers), []) if len(set(numbers)) > 1 else None
        if same is not None and all(set(leaves).isdisjoint(other) for other in same):
            same.append(leaves)
    return {layer[0]: same for layer, same in alike.items() if len(same) > 1}


def _alike_layers(training: Training, p: Pass) -> dict[Key, list[list[int]]]:
    """The layers of a pass in which all units have equal parameters with equal gradients; for each, the units' parameters."""
    alike = {}
    for layer, members in units(training, [p], is_activation).items():
        leaves = [
            [q for q in p.linear_leaves(seen[0].node) if p.key_of.get(q) in training.parameters] for seen in members.values()
        ]
        states = {tuple(f"{x:.9g}" for q in unit for x in (p.nodes.data[q], p.upstream[q])) for unit in leaves}
        distinct = {tuple(unit) for unit in leaves}
        if len(distinct) > 1 and len(distinct) == len(leaves) and len(states) == 1 and leaves[0]:
            alike[layer] = leaves
    return alike

"""Diagnoses of a model whose structure keeps it from fitting: no activation between two layers, units without a bias.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. A structure is no fault by itself:
nothing is said unless training has come to rest without explaining its samples, and the same cost, made small by a method that
finds its own steps, comes far lower with the one change.
"""

import itertools
import statistics
from collections.abc import Callable, Iterator

from .... import style
from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Found
from ..evidence.layers import line_of_layer
from ..evidence.outputs import given_to, outputs_of, residuals, softmaxes
from ..evidence.passes import Key, Pass, is_product, is_sum
from ..evidence.samples import WINDOW, answers_of, samples_of
from ..evidence.statements import only_call
from ..evidence.thresholds import ENOUGH, MATCHED, MOSTLY, SAMPLES, UNEXPLAINED, UNSURE
from ..evidence.training import Training
from ..evidence.units import MOST, trained, unit_of
from .progress import hardly_falls, sense_of, unexplained, unsure
from .reach import ACTIVATIONS


def _stuck(training: Training) -> Pass | None:
    """The last pass of a training that hardly gets on, with its samples unexplained; None for another one."""
    if len(training.steps) < ENOUGH or training.changes_inputs or not hardly_falls(training):
        return None
    known = sense_of(training) == 1.0 and unexplained(training)
    return training.sound[-1] if known or (sense_of(training) >= 0.0 and unsure(training)) else None


def _alone(experiments: list[Experiment]) -> Claim:
    """The claim that one of these changes is all that is missing."""
    return Claim(experiments, alone=True, longer=False, judge=lambda _, before, after: 0.0 <= after < MATCHED * before)


# --- no activation between two layers ----------------------------------------------------------------------------------


def no_activation(training: Training) -> Iterator[Found]:
    """Weighted sums that go into weighted sums: without an activation in between, two layers are one."""
    p = _stuck(training)
    units = _bare(training, p) if p else []
    if not p or not units:
        return

    def with_one(op: str) -> Experiment:
        def edit(q: Pass) -> Edit:
            return Edit(applied=dict.fromkeys(_bare(training, q), op))

        return Experiment(f"{op} between the layers", f"an activation between the layers: {op}", edit=edit, solved=True)

    source, used = line_of_layer(p, units[0])
    yield Found(
        source,
        f"{p.name(units[0])} is a weighted sum{used} that goes into another, as {style.counted(len(units), 'sum')} in a pass "
        "do: without an activation in between, two layers are one",
        "an activation between the layers",
        {"units": float(len(units))},
        (p.nodes.name(units[0]),),
        claim=_alone([with_one(op) for op in ACTIVATIONS]),
    )


def _bare(training: Training, p: Pass) -> list[int]:
    """The weighted sums of inputs that are multiplied by a parameter again."""
    outputs = {f for fs in outputs_of(p) for f in fs}
    found: dict[int, None] = {}
    for i in p.interior:
        if p.rows[i].linear != "each":
            continue
        operands = [o for o in p.operands_of(i) if isinstance(o, int)]
        if any(trained(training, p, o) for o in operands):
            found |= {o: None for o in operands if o not in p.leaves and o not in outputs and _is_weighted_sum(training, p, o)}
    return list(found)


def _is_weighted_sum(training: Training, p: Pass, i: int) -> bool:
    """True for w x + ..., with a parameter and an input, which is no parameter."""
    if not (p.rows[i].weighted or is_sum(p.rows[i]) or p.rows[i].linear):
        return False
    seen, stack, weights, inputs = {i}, [i], 0, 0
    while stack and len(seen) < MOST:
        j = stack.pop()
        operands = p.operands_of(j)
        own = sum(trained(training, p, o) for o in operands if isinstance(o, int))
        if p.rows[j].linear == "each":
            weights += own
            inputs += sum(isinstance(o, float) or not trained(training, p, o) for o in operands) if own else 0
        elif not p.is_linear(j):
            return False
        stack += (fresh := [o for o in p.parents[j] if o not in p.leaves and o not in seen])
        seen.update(fresh)
    return weights > 0 and inputs > 0


# --- no bias -----------------------------------------------------------------------------------------------------------


def no_bias(training: Training) -> Iterator[Found]:
    """Units without a bias: all of them go through the origin."""
    p, nowhere = _stuck(training), _failing_at_the_origin(training)
    p = nowhere or p
    units = _through_the_origin(training, p) if p else {}
    if not p or not units:
        return

    def edit(q: Pass) -> Edit:
        return Edit(biased=_through_the_origin(training, q))

    i = next((i for i in units if p.nodes.data[i] == 0.0), next(iter(units))) if nowhere else next(iter(units))
    yield Found(
        p.source(i),
        f"no bias in {style.counted(len(set(units.values())), 'unit')}, such as {p.name(i)}: whatever the weights are, the sum "
        "is 0 where all inputs are",
        "a bias for each unit: w*x + b",
        {"units": float(len(set(units.values())))},
        (p.nodes.name(i),),
        claim=_alone([Experiment("a bias for each of these", edit=edit, solved=True)]),
    )


def _failing_at_the_origin(training: Training) -> Pass | None:
    """A late pass whose cost is mostly that of a sample at the origin, which a model without biases cannot change."""
    if len(training.steps) < ENOUGH or training.changes_inputs or sense_of(training) < 0.0:
        return None
    at_origin: Pass | None = None
    own = total = most = 0.0
    targets: list[float] = []
    for p in training.sound[-WINDOW:]:
        for f, loss, target in _losses(training, p):
            targets.append(target)
            total += loss
            z = p.parents[f][0] if p.rows[f].activation and len(p.parents[f]) == 1 else f
            if p.nodes.data[z] == 0.0 and z in _through_the_origin(training, p):
                at_origin, own, most = p, own + loss, max(most, loss)
    if at_origin is None or own < MOSTLY * total:
        return None
    large = UNSURE if not residuals(at_origin) else UNEXPLAINED * statistics.pvariance(targets)
    return at_origin if most > large else None


def _losses(training: Training, p: Pass) -> list[tuple[int, float, float]]:
    """The outputs that the cost compares with one target or label each, with what each costs, and the target."""
    if compared := residuals(p):
        return [(f, (p.nodes.data[f] - y) ** 2, y) for _, f, y in compared]
    outputs, samples = answers_of(p), samples_of(training, p)
    return [
        (f, sample.cost, sample.targets[0])
        for (f, *others), sample in zip(outputs, samples, strict=False)
        if not others and sample.is_labelled
    ]


def _through_the_origin(training: Training, p: Pass) -> dict[int, Key]:
    """The weighted sums that end a unit and to which no parameter is added, with the mark of the unit."""
    ends = [p.parents[i][0] for i in p.interior if p.rows[i].activation and len(p.parents[i]) == 1]
    ends += [f for fs in outputs_of(p) for f in fs]
    found: dict[int, Key] = {}
    for i in dict.fromkeys(ends):
        if i in p.leaves or not p.rows[i].linear:
            continue
        unit = unit_of(training, p, i)
        if unit.weights and unit.fed and not unit.biased:
            found[i] = ("bias", unit.weights)
    return found


# --- weights by rows and by columns ------------------------------------------------------------------------------------


def transposed(training: Training) -> Iterator[Found]:
    """A table of weights that one line reads by rows and another by columns."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < ENOUGH or sense_of(training) != 1.0 or not hardly_falls(training):
        return
    tables = {line: table for line, sums in _sums(training, p).items() if (table := _table(p, sums))}
    for (one, rows), (other, columns) in itertools.combinations(tables.items(), 2):
        if rows == columns or rows != _turned(columns):
            continue
        labels = [training.name(key) for row in rows for key in row]
        n = style.counted(len(labels), "weight")
        wrong, table = (one, rows) if labels != sorted(labels) else (other, columns)
        i = _sums(training, p)[wrong][0][0]
        yield Found(
            p.source(i),
            f"the {n} {labels[0]} to {labels[-1]} are read by rows in one line and by columns in another, line "
            f"{(other if wrong == one else one)[1]}",
            "the same order of indices in both",
            {"weights": float(len(labels))},
            (p.nodes.name(i),),
            claim=_alone([Experiment("the indices exchanged here", edit=_exchange(training, wrong, table), solved=True)]),
        )


Sum = tuple[int, list[tuple[int, int]]]  # a node, and for each weight in it the product and the leaf


def _sums(training: Training, p: Pass) -> dict[tuple[str, int], list[Sum]]:
    """The weighted sums of each line."""
    found: dict[tuple[str, int], list[Sum]] = {}
    for i in p.interior:
        if p.rows[i].weighted:
            n = len(p.operands_of(i)) // 2
            pairs = [(i, o) for o in p.operands_of(i)[:n] if isinstance(o, int) and trained(training, p, o)]
        elif is_sum(p.rows[i]) and not any(is_sum(p.rows[user]) for user in p.users[i]):
            pairs = _products(training, p, i)
        else:
            continue
        line = p.line(pairs[0][0]) if pairs else None
        if line:
            found.setdefault(line, []).append((i, pairs))
    return found


def _products(training: Training, p: Pass, i: int) -> list[tuple[int, int]]:
    products, seen, stack = set[int](), {i}, [i]
    while stack and len(seen) < MOST:
        j = stack.pop()
        if is_product(p.rows[j]):
            products.add(j)
        elif is_sum(p.rows[j]):
            stack += (fresh := [q for q in p.parents[j] if q not in seen])
            seen.update(fresh)
    return [(j, o) for j in sorted(products) for o in p.parents[j] if trained(training, p, o)]


def _table(p: Pass, sums: list[Sum]) -> tuple[tuple[Key, ...], ...]:
    """The weights of the sums of a line as a square, if they are one."""
    rows = tuple(dict.fromkeys(tuple(p.key_of[o] for _, o in pairs) for _, pairs in sums))
    keys = {key for row in rows for key in row}
    return rows if len(rows) > 1 and all(len(row) == len(rows) for row in rows) and len(keys) == len(rows) ** 2 else ()


def _turned(table: tuple[tuple[Key, ...], ...]) -> tuple[tuple[Key, ...], ...]:
    return tuple(zip(*table, strict=True))


def _exchange(training: Training, line: tuple[str, int], table: tuple[tuple[Key, ...], ...]) -> Callable[[Pass], Edit]:
    other = {a: b for row, column in zip(table, _turned(table), strict=True) for a, b in zip(row, column, strict=True)}

    def edit(q: Pass) -> Edit:
        pairs = [pair for _, pairs in _sums(training, q).get(line, []) for pair in pairs]
        return Edit(swapped={(j, o): q.leaf[other[q.key_of[o]]] for j, o in pairs if q.key_of[o] in other})

    return edit


# --- layers that stay as they are --------------------------------------------------------------------------------------


def left_frozen(training: Training) -> Iterator[Found]:
    """Frozen parameters, without which a training comes to rest far from its samples."""
    p = _stuck(training)
    if p is None or not p.values:
        return
    frozen = [key for key, i in p.leaf.items() if getattr(p.values[i], "frozen", False) and p.upstream[i] != 0.0]
    if frozen and not training.updated.issuperset(frozen):
        names = [training.name(key) for key in frozen]
        yield Found(
            only_call(training.called, "freeze") or training.update_source,
            f"{style.counted(len(frozen), 'parameter')} ({', '.join(names[:3])}) {'is' if len(frozen) == 1 else 'are'} frozen "
            "to the end, though a gradient arrives",
            "unfreeze() the layers that are to learn",
            {"parameters": float(len(frozen))},
            tuple(names),
            claim=_alone([Experiment("these trained as well", also=frozenset(frozen), solved=True)]),
        )


# --- a softmax over the samples ----------------------------------------------------------------------------------------


def softmax_over_samples(training: Training) -> Iterator[Found]:
    """A softmax whose logits are those of one class for many samples, where they should be those of one sample."""
    p = training.sound[-1] if training.sound else None
    if p is None or training.changes_inputs:
        return
    groups = {tuple(sorted(zs)): i for i, zs in softmaxes(p)}
    if len(groups) < 2 or any(len(zs) < SAMPLES for zs in groups):
        return
    given: dict[int, tuple[set[float], set[Key]]] = {}
    for zs in groups:
        for z in zs:
            given[z] = given_to(training, p, z)
            if given[z][1] != given[zs[0]][1]:
                return  # logits of several classes, as nearly always: the others need not be looked at
    classes = {frozenset(given[zs[0]][1]) for zs in groups}
    inputs = [{frozenset(given[z][0]) for z in zs} for zs in groups]
    if len(classes) == len(groups) and all(len(xs) > 1 for xs in inputs) and all(xs == inputs[0] for xs in inputs):
        zs, i = next(iter(groups.items()))
        yield Found(
            p.source(i),
            f"the softmax is over {len(zs)} samples of one class: its logits have the same weights and differ in the input, "
            f"for each of {len(groups)} classes; the probabilities of a sample do not add up to 1",
            "add up the exponentials of one sample, over its classes",
            {"samples": float(len(zs)), "classes": float(len(groups))},
            (p.nodes.name(i),),
        )

"""Diagnoses of the structure of a network and its cost: activations used twice, targets out of reach, units that are alike.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from autograd import TABLE, Source
from autograd.primitives.table import Primitive

from .... import style
from ..evidence.checking import evaluated
from ..evidence.experiment import Claim, Edit, Entry, Experiment, number_of
from ..evidence.found import Certainty, Found
from ..evidence.passes import Key, Pass, is_difference, is_product, is_sum
from ..evidence.thresholds import LONG, MISSED, MISSED_BY, SAMPLES
from ..evidence.training import Training
from .flow import begun_at_random, is_activation, is_gate, units

_NEGATIVE = TABLE["neg"]
_SHARE = TABLE["expdiff"]  # the share of a class in a softmax; only softmax makes this node
_CROSS_ENTROPY = TABLE["logsumexp"]  # the first of the three rows of which nn makes its costs of logits
_LOG, _EXP, _DIVISION = TABLE["log"], TABLE["exp"], TABLE["div"]
_MOST = 1000  # nodes of a sum that are walked
_OF_LOGITS = (_CROSS_ENTROPY, TABLE["softplus"], TABLE["logsigmoid"])


def _name(row: Primitive) -> str:
    return "softmax" if row is _SHARE else row.name


def _range(row: Primitive) -> tuple[float, float] | None:
    return (0.0, 1.0) if row is _SHARE else row.range


def _squashes(row: Primitive) -> bool:
    """True for a function whose results cannot be logits: probabilities, or numbers from 0 up."""
    return row is _SHARE or (row.activation and row.range is not None and row.range[0] == 0.0)


class Squash(NamedTuple):
    """A function into 0..1, as a row of the table makes it or written out by hand: its name and the node it is given."""

    name: str
    of: int


def squash_of(p: Pass, i: int) -> Squash | None:
    """The sigmoid or the softmax that a node is, also if it is written out: 1 / (1 + exp(-v)), exp(z) / sum(exp(z))."""
    row, parents = p.rows[i], p.nodes.parents(i)
    if _squashes(row) and parents:
        return Squash(_name(row), parents[0])
    if row is not _DIVISION:
        return None
    above, below = p.nodes.operands_of(i)
    if not isinstance(below, int) or not is_sum(p.rows[below]):
        return None
    if isinstance(above, int) and p.rows[above] is _EXP and above in _added(p, below):
        return Squash("softmax", p.nodes.parents(above)[0])
    inner = p.nodes.operands_of(below)
    exps = [o for o in inner if isinstance(o, int)]
    if above == 1.0 and len(inner) == 2 and 1.0 in inner and len(exps) == 1 and p.rows[exps[0]] is _EXP:
        v = p.nodes.parents(exps[0])[0]
        return Squash("sigmoid", p.nodes.parents(v)[0] if p.rows[v] is _NEGATIVE else v)
    return None


def _added(p: Pass, i: int) -> set[int]:
    """The nodes that a sum adds up, through the sums in it."""
    found, stack = set[int](), [i]
    while stack and len(found) < _MOST:
        j = stack.pop()
        found.add(j)
        if is_sum(p.rows[j]):
            stack += [q for q in p.nodes.parents(j) if q not in found]
    return found


# --- activations -------------------------------------------------------------------------------------------------------


def twice(training: Training) -> Iterator[Found]:
    """An activation applied to its own result."""
    lines: set[Key] = set()
    for p in training.looked_at[:2]:
        for i in p.interior:
            parents = p.nodes.parents(i)
            row = p.rows[i]
            is_meant = row is _SHARE or (row.activation and not row.variadic)
            if is_meant and parents and p.ops[parents[0]] == p.ops[i] and p.line(i) not in lines:
                lines.add(p.line(i))
                name = _name(row)
                yield Found(
                    p.source(i),
                    f"{name} is applied to the result of {name}: {p.written(i)}",
                    "apply it once",
                    {"value": p.nodes.data[i]},
                    (p.nodes.name(i),),
                    claim=Claim([left_out(p, i, "it applied once")], vital=False),
                )
            elif (found := _twice_by_hand(p, i)) and p.line(i) not in lines:
                lines.add(p.line(i))
                yield found


def _twice_by_hand(p: Pass, i: int) -> Found | None:
    """A sigmoid of a sigmoid, or a softmax of a softmax, of which at least one is written out."""
    outer = squash_of(p, i)
    inner = squash_of(p, outer.of) if outer else None
    if (
        outer is None
        or inner is None
        or inner.name != outer.name
        or (p.rows[i] is p.rows[outer.of] and p.rows[i] is not _DIVISION)
    ):
        return None

    def edit(q: Pass) -> Edit:
        pairs = [(a.of, b.of) for j in q.interior if (a := squash_of(q, j)) and (b := squash_of(q, a.of)) and a.name == b.name]
        return Edit(left_out=dict(pairs))

    return Found(
        p.source(outer.of),
        f"{outer.name} is applied to the result of {outer.name}: to {style.number(p.nodes.data[outer.of])}, and that gives "
        f"{style.number(p.nodes.data[i])}",
        "apply it once",
        {"value": p.nodes.data[i]},
        (p.nodes.name(outer.of),),
        claim=Claim([Experiment("it applied once", edit=edit)], vital=False),
    )


def left_out(p: Pass, i: int, words: str) -> Experiment:
    """The same training without an operation, wherever its line makes it."""
    line, op = p.line(i), p.ops[i]
    own = {p.ops[q] for q in p.nodes.parents(i)} == {op}

    def edit(q: Pass) -> Edit:
        there = [j for j in q.interior if q.ops[j] == op and q.line(j) == line]
        if own:  # applied to its own result, perhaps in one line: the inner one stays
            there = [j for j in there if {q.ops[k] for k in q.nodes.parents(j)} == {op}]
        return Edit(left_out={j: q.nodes.parents(j)[0] for j in there})

    return Experiment(words, edit=edit)


def before_the_cost(training: Training) -> Iterator[Found]:
    """A cost that takes logits gets the results of a softmax, a sigmoid or a relu."""
    for p in training.looked_at[:2]:
        for i, _ in p.terms:
            cost, logits = p.rows[i], logits_of(p, i)
            if not logits and not any(cost is row for row in _OF_LOGITS):
                continue
            inner = [_through_signs(p, q) for q in logits or p.nodes.parents(i)]
            q = inner[0]
            squashed = {s.name if (s := squash_of(p, j)) else "" for j in inner}
            if len(squashed) == 1 and "" not in squashed and p.rows[q] is not cost:
                (name,) = squashed
                called, its = (
                    ("cross-entropy", "softmax")
                    if len(inner) > 1 or cost is _CROSS_ENTROPY
                    else ("binary cross-entropy", "sigmoid")
                )
                yield Found(
                    p.source(q),
                    f"the {called} takes logits and is given the result of {name}: "
                    f"{', '.join(style.number(p.nodes.data[j]) for j in inner[:3])}",
                    f"leave {name} out: the cost has a {its} of its own",
                    {"outputs": float(len(inner))},
                    (p.nodes.name(q),),
                    claim=Claim([_of_logits(p, q)]),
                )
                return


def _of_logits(p: Pass, i: int) -> Experiment:
    """The same training with the logits themselves given to the cost."""
    line, squash = p.line(i), squash_of(p, i)

    def edit(q: Pass) -> Edit:
        there = [(j, s) for j in q.interior if q.line(j) == line and (s := squash_of(q, j))]
        return Edit(left_out={j: s.of for j, s in there})

    return Experiment(f"the logits themselves instead of {squash.name if squash else p.ops[i]}", edit=edit)


def logits_of(p: Pass, i: int) -> tuple[int, ...]:
    """The logits of a cross-entropy, a logsumexp or log(sum(exp(z))) written out; () if a node is none."""
    if p.rows[i] is _CROSS_ENTROPY:
        return tuple(p.nodes.parents(i))
    found: list[int] = []
    stack = list(p.nodes.parents(i)) if p.rows[i] is _LOG else []
    while stack:
        j = stack.pop()
        if is_sum(p.rows[j]):
            stack += p.nodes.parents(j)
        elif p.rows[j] is _EXP:
            found += p.nodes.parents(j)
        else:
            return ()
    return tuple(reversed(found))


def _through_signs(p: Pass, i: int) -> int:
    while p.rows[i] is _NEGATIVE:
        i = p.nodes.parents(i)[0]
    return i


# --- targets -----------------------------------------------------------------------------------------------------------


def residuals(p: Pass) -> list[tuple[int, int, float]]:
    """The differences output - target in the cost: (difference, output, target)."""
    if p.shape.compared is None:
        terms = {q for i, _ in p.terms if is_distance(p, i) for q in p.nodes.parents(i)}
        p.shape.compared = [found for i in sorted(terms) for found in _compared_entries(p, i)]
    return [(i, f, number_of(p, y)) for i, f, y in p.shape.compared]


def targets_of(p: Pass) -> list[Entry]:
    """The entries of the targets, one for each of `residuals`."""
    return [y for *_, y in p.shape.compared or ()] if residuals(p) else []


def _compared(p: Pass, i: int) -> list[tuple[int, int, float]]:
    """A difference of something computed and a number that is given, as `residuals` lists it; [] for another node."""
    return [(i, f, number_of(p, y)) for i, f, y in _compared_entries(p, i)]


def _compared_entries(p: Pass, i: int) -> list[tuple[int, int, Entry]]:
    operands = p.nodes.operands[p.nodes.start[i] : p.nodes.start[i + 1]]
    return [
        (i, f, y)
        for f, y in ((operands, operands[::-1]) if is_difference(p.rows[i]) else ())
        if f >= 0 and p.nodes.parents(f) and (y < 0 or not p.nodes.parents(y))
    ]


def is_distance(p: Pass, i: int) -> bool:
    """True if a node is 0 where its operand is 0 and positive elsewhere: abs, a square, or an operand times itself."""
    parents = p.nodes.parents(i)
    squared = is_product(p.rows[i]) and len(parents) == 2 and parents[0] == parents[1]
    return squared or p.rows[i].in_cost == "distance"


def out_of_reach(training: Training) -> Iterator[Found]:
    """Targets outside the range of the activation at the output."""
    p = training.first
    if p is None:
        return
    compared = residuals(p)
    slack = MISSED_BY * max((abs(y) for *_, y in compared), default=0.0)  # noise around a bound is no fault
    missed = [(f, y, bounds) for _, f, y in compared if (bounds := _range(p.rows[f])) and not _within(y, *bounds, slack)]
    if len(missed) > MISSED * len(compared):
        f, y, (lo, hi) = missed[0]
        yield Found(
            p.source(f),
            f"{_name(p.rows[f])} gives numbers from {style.number(lo)} to {style.number(hi)}, the target is "
            f"{style.number(y)} ({style.counted(len(missed), 'target')} out of reach)",
            "a linear output, or targets scaled into the range",
            {"target": y, "targets": float(len(missed))},
            (p.nodes.name(f),),
            claim=Claim([left_out(p, f, "a linear output")], vital=False),
        )


def _within(y: float, lo: float, hi: float, slack: float) -> bool:
    return lo - slack <= y <= hi + slack


def hinge_labels(training: Training) -> Iterator[Found]:
    """A hinge, relu(1 - y f), with labels 0 and 1: a sample with y = 0 teaches nothing."""
    p = training.first
    if p is None:
        return
    silent = [
        product
        for i, _ in p.terms
        if is_gate(p.rows[i]) and p.rows[i].arity == 1
        for q in p.nodes.parents(i)
        if is_difference(p.rows[q])
        for product in p.nodes.parents(q)
        if is_product(p.rows[product]) and any(isinstance(o, float) and o == 0.0 for o in p.nodes.operands_of(product))
    ]
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


def _signed_labels(p: Pass) -> Edit:
    """-1 for every 0 that an output is multiplied by, as labels are."""
    entries: dict[Entry, float] = {}
    for i in p.interior:
        if is_product(p.rows[i]):
            operands = p.nodes.operands[p.nodes.start[i] : p.nodes.start[i + 1]]
            entries |= {o: -1.0 for o in operands if o < 0 and p.nodes.constants[-1 - o] == 0.0}
    return Edit(numbers=entries)


def outputs_equal(training: Training) -> Iterator[Found]:
    """The network answers the same for every sample, at the beginning and at the end."""
    passes = training.looked_at
    ends = [(p, outputs_of(p)) for p in passes[:1] + passes[-1:]]
    if len(passes) < 2 or not all(len(set(outputs)) >= SAMPLES and _same(p, outputs) for p, outputs in ends):
        return
    p, outputs = ends[-1]
    if len(residuals(p)) and len({y for *_, y in residuals(p)}) == 1:
        return  # the targets are all the same too
    i = outputs[0][0]
    if not any(has_inputs(training, p, f) for f in outputs[0]):
        return  # one answer is all that is asked for
    yield Found(
        p.source(i),
        f"the output is {style.number(p.nodes.data[i], 6)} for all {len(outputs)} samples, although the targets differ",
        "look at what goes in: is it the same sample every time?",
        {"samples": float(len(outputs)), "output": p.nodes.data[i]},
        (p.nodes.name(i),),
    )


def outputs_of(p: Pass) -> list[tuple[int, ...]]:
    """The outputs that the cost compares with targets, for each sample: one node, or the logits."""
    logits = [classes for i, _ in p.terms if len(classes := logits_of(p, i)) > 1]
    return logits or [(f,) for _, f, _ in residuals(p)]


def has_inputs(training: Training, p: Pass, f: int) -> bool:
    """True if an output is computed from something besides the trained parameters."""
    seen, stack = {f}, [f]
    while stack:
        j = stack.pop()
        if j in p.leaves and p.key_of.get(j) not in training.updated:
            return True
        operands = p.nodes.operands_of(j)
        if any(isinstance(o, float) for o in operands):
            return True
        stack += (fresh := [o for o in operands if isinstance(o, int) and o not in seen])
        seen.update(fresh)
    return False


def _same(p: Pass, outputs: list[tuple[int, ...]]) -> bool:
    return len({tuple(p.nodes.data[i] for i in nodes) for nodes in outputs}) == 1


# --- units that are alike ----------------------------------------------------------------------------------------------


def symmetric(training: Training) -> Iterator[Found]:
    """The units of a layer have the same weights and the same gradients: they stay copies of each other."""
    ends = training.ends
    alike = [_alike_layers(training, p) for p in ends]
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


def _alike_layers(training: Training, p: Pass) -> dict[Key, list[list[int]]]:
    """The layers of a pass in which all units have equal parameters with equal gradients; for each, the units' parameters."""
    alike = {}
    for layer, members in units(training, [p], is_activation).items():
        leaves = [
            [q for q in p.linear_leaves(seen[0].node) if p.key_of.get(q) in training.parameters] for seen in members.values()
        ]
        states = {tuple((p.nodes.data[q], p.upstream[q]) for q in unit) for unit in leaves}
        distinct = {tuple(unit) for unit in leaves}
        if len(distinct) > 1 and len(distinct) == len(leaves) and len(states) == 1 and leaves[0]:
            alike[layer] = leaves
    return alike


# --- the sign of the cost ----------------------------------------------------------------------------------------------


def sign_of_terms(p: Pass) -> int:
    """1 if all terms of the cost have their usual sign, -1 if all have the opposite sign, 0 if that is unknown."""
    signs = set()
    for i, coefficient in p.terms:
        if not coefficient:
            continue  # y log(p) + (1 - y) log(1 - p) with a label 0 or 1: one term has the factor 0
        usual = -1.0 if p.rows[i].in_cost == "likelihood" else 1.0
        if all(q in p.leaves for q in p.nodes.parents(i)):
            continue  # a penalty on a parameter
        if not p.rows[i].in_cost and not is_distance(p, i):
            return 0
        if p.rows[i].in_cost == "likelihood" and p.nodes.data[i] > 0.0:
            return 0  # the logarithm of a number above 1, which is no probability
        signs.add(math.copysign(1.0, coefficient * usual))
    # A likelihood that is to be maximised also gives -1.
    return int(signs.pop()) if len(signs) == 1 else 0


def wrong_sign_of_cost(training: Training) -> Iterator[Found]:
    """Descent on a cost that rewards errors."""
    moves = [m for m in training.moves if not math.isnan(m.uphill)]
    if training.maximise is not None:
        return  # somebody has said where the cost is to go
    if len(moves) < 2 or sum(m.uphill < 0.0 for m in moves) <= len(moves) // 2:
        return
    costs = training.costs
    if costs[0] > 0.0 and costs[-1] >= 0.0:
        return  # a cost that stays positive while it falls is no reward: log(1 + r ** 2), a partition function
    p = training.first
    if p is None:
        return
    sign = sign_of_terms(p)
    if any(sign_of_terms(q) != sign for q in training.looked_at):
        return  # a policy gradient: the advantage has now one sign, now the other
    if sign < 0:
        source, name = _negated(p)
        compared = bool(residuals(p)) or all(p.rows[i].in_cost == "likelihood" for i, _ in p.terms)
        yield Found(
            source,
            f"the cost counts errors with a minus sign, and descent makes them larger: from "
            f"{style.number(costs[0])} to {style.number(costs[-1])}",
            "turn the sign of the cost: a likelihood is maximised, its negative minimised",
            {"first": costs[0], "last": costs[-1]},
            (name,),
            None if compared else Certainty.HINT,  # squares of which no target is subtracted may be a variance, a reward
            Claim([Experiment("the other sign", rate=-1.0)], measure=_size_of_cost, what="the size of the cost", vital=False),
        )
    elif sign > 0 and costs[-1] < min(costs[0], 0.0) and (rewarded := _rewarded(training, p)):
        i = _turned(p, rewarded[0])
        yield Found(
            p.source(i),
            f"the penalty on {style.counted(len(rewarded), 'parameter')} has a minus sign, which rewards large ones: the "
            f"cost goes from {style.number(costs[0])} to {style.number(costs[-1])}, and a sum of squares is not below 0",
            "add the penalty to the cost: cost + 0.01 * sum of squares",
            {"first": costs[0], "last": costs[-1], "parameters": float(len(rewarded))},
            (p.nodes.name(i),),
            claim=Claim([_without(training)], mean_square, "the mean squared error", vital=False) if residuals(p) else None,
        )


def errors_cancel(training: Training) -> Iterator[Found]:
    """Errors are added up with their signs, without a square: those above a target cancel those below another."""
    p, costs = training.first, training.costs
    if p is None or len(costs) < LONG or training.maximise is not None or not costs[-1] < min(costs[0], 0.0):
        return
    signed = [(c, found) for i, c in p.linear.items() if c for found in _compared(p, i)]
    targets, signs = {y for _, (*_, y) in signed}, {c > 0.0 for c, _ in signed}
    if len(targets) >= SAMPLES and len(signs) == 1 and not residuals(p):
        i = signed[0][1][0]
        yield Found(
            p.source(len(p.nodes) - 1),
            f"the errors of {style.counted(len(signed), 'sample')}, such as {p.written(i)} = {style.number(p.nodes.data[i])}, "
            f"are added up with their signs, so that they cancel; such a cost has no minimum: it goes from "
            f"{style.number(costs[0])} to {style.number(costs[-1])}",
            "square each error, or take its absolute value: mean((f - y)**2)",
            {"samples": float(len(signed)), "first": costs[0], "last": costs[-1]},
            (p.nodes.name(i),),
            claim=Claim([Experiment("the squares of the errors", edit=_squared)], _mean_error, "the mean error", vital=False),
        )


def _signed_errors(p: Pass) -> list[tuple[int, int, float]]:
    return [found for i, c in p.linear.items() if c for found in _compared(p, i)]


def _squared(p: Pass) -> Edit:
    return Edit(squared=frozenset(i for i, *_ in _signed_errors(p)))


def at_parameters(p: Pass, numbers: Mapping[Key, float]) -> Sequence[float]:
    """The numbers of a graph for other parameters."""
    changes = {i: numbers[key] for key, i in p.leaf.items() if key in numbers}
    again = evaluated(p.recording, [changes])
    return again.tables[0] if again.tables else p.nodes.data


def _mean_error(p: Pass, numbers: Mapping[Key, float]) -> float:
    data, errors = at_parameters(p, numbers), _signed_errors(p)
    return math.fsum(abs(data[i]) for i, *_ in errors) / len(errors) if errors else math.nan


def _size_of_cost(p: Pass, numbers: Mapping[Key, float]) -> float:
    return abs(at_parameters(p, numbers)[-1])


def _rewarded(training: Training, p: Pass) -> list[int]:
    """The squares of parameters in a cost, if all of them have a minus sign."""
    penalties = [
        (i, coefficient)
        for i, coefficient in p.terms
        if is_distance(p, i) and all(q in p.leaves and p.key_of.get(q) in training.updated for q in p.nodes.parents(i))
    ]
    return [i for i, _ in penalties] if all(coefficient < 0.0 for _, coefficient in penalties) else []


def _without(training: Training) -> Experiment:
    """The same training without the rewarded squares of parameters."""
    return Experiment("no penalty", edit=lambda p: Edit(dropped=frozenset(_rewarded(training, p))))


def mean_square(p: Pass, numbers: Mapping[Key, float]) -> float:
    """The mean of the squared differences between outputs and targets, for other parameters."""
    data, compared = at_parameters(p, numbers), residuals(p)
    return math.fsum((data[f] - y) ** 2 for _, f, y in compared) / len(compared)


def _turned(p: Pass, i: int) -> int:
    """The node at which a term of the cost gets its minus sign."""
    while p.users[i]:
        user = p.users[i][0]
        if p.locals(user)[p.nodes.parents(user).index(i)] < 0.0:
            return user
        i = user
    return i


def _negated(p: Pass) -> tuple[Source | None, str]:
    root = len(p.nodes) - 1
    return p.source(root), p.nodes.name(root)

"""Diagnoses of activations: applied twice, before a cost that has one of its own, or unable to give what is needed.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

from collections.abc import Iterator
from typing import NamedTuple

from autograd import TABLE
from autograd.primitives.table import Primitive

from .... import style
from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Found
from ..evidence.layers import line_of_layer
from ..evidence.outputs import CROSS_ENTROPY, DIVISION, EXP, labels_of, logits_of, residuals
from ..evidence.passes import Key, Pass, is_sum
from ..evidence.thresholds import ENOUGH, MATCHED, MENDED, MISSED, MISSED_BY, MOSTLY, SAMPLES
from ..evidence.training import Training

_NEGATIVE = TABLE["neg"]
_SHARE = TABLE["expdiff"]  # the share of a class in a softmax; only softmax makes this node
_NEAR = 0.1  # of the range of an activation: nearer to a bound it is pressed against it
_MOST = 1000  # nodes of a sum that are walked
OF_LOGITS = (CROSS_ENTROPY, TABLE["softplus"], TABLE["logsigmoid"])


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
    row, parents = p.rows[i], p.parents[i]
    if _squashes(row) and parents:
        return Squash(_name(row), parents[0])
    if row is not DIVISION:
        return None
    above, below = p.operands_of(i)
    if not isinstance(below, int) or not is_sum(p.rows[below]):
        return None
    if isinstance(above, int) and p.rows[above] is EXP and above in _added(p, below):
        return Squash("softmax", p.parents[above][0])
    inner = p.operands_of(below)
    exps = [o for o in inner if isinstance(o, int)]
    if above == 1.0 and len(inner) == 2 and 1.0 in inner and len(exps) == 1 and p.rows[exps[0]] is EXP:
        v = p.parents[exps[0]][0]
        return Squash("sigmoid", p.parents[v][0] if p.rows[v] is _NEGATIVE else v)
    return None


def _added(p: Pass, i: int) -> set[int]:
    """The nodes that a sum adds up, through the sums in it."""
    found, stack = set[int](), [i]
    while stack and len(found) < _MOST:
        j = stack.pop()
        found.add(j)
        if is_sum(p.rows[j]):
            stack += [q for q in p.parents[j] if q not in found]
    return found


# --- twice -------------------------------------------------------------------------------------------------------------


def twice(training: Training) -> Iterator[Found]:
    """An activation applied to its own result."""
    lines: set[Key] = set()
    for p in training.looked_at[:2]:
        for i in p.interior:
            parents = p.parents[i]
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
        or (p.rows[i] is p.rows[outer.of] and p.rows[i] is not DIVISION)
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
    own = {p.ops[q] for q in p.parents[i]} == {op}

    def edit(q: Pass) -> Edit:
        there = [j for j in q.interior if q.ops[j] == op and q.line(j) == line]
        if own:  # applied to its own result, perhaps in one line: the inner one stays
            there = [j for j in there if {q.ops[k] for k in q.parents[j]} == {op}]
        return Edit(left_out={j: q.parents[j][0] for j in there})

    return Experiment(words, edit=edit)


# --- before the cost ---------------------------------------------------------------------------------------------------


def before_the_cost(training: Training) -> Iterator[Found]:
    """A cost that takes logits gets the results of a softmax, a sigmoid or a relu."""
    for p in training.looked_at[:2]:
        for i, _ in p.terms:
            cost, logits = p.rows[i], logits_of(p, i)
            if not logits and not any(cost is row for row in OF_LOGITS):
                continue
            inner = [_through_signs(p, q) for q in logits or p.parents[i]]
            q = inner[0]
            squashed = {s.name if (s := squash_of(p, j)) else "" for j in inner}
            if len(squashed) == 1 and "" not in squashed and p.rows[q] is not cost:
                (name,) = squashed
                called, its = (
                    ("cross-entropy", "softmax")
                    if len(inner) > 1 or cost is CROSS_ENTROPY
                    else ("binary cross-entropy", "sigmoid")
                )
                source, used = line_of_layer(p, q)
                yield Found(
                    source,
                    f"the {called} takes logits and is given the result of {name}{used}: "
                    f"{', '.join(style.number(p.nodes.data[j]) for j in inner[:3])}",
                    f"leave {name} out: the cost has a {its} of its own",
                    {"outputs": float(len(inner))},
                    (p.nodes.name(q),),
                    claim=Claim([_of_logits(p, q)]),
                )
                return
    yield from bounded_logits(training)


def bounded_logits(training: Training) -> Iterator[Found]:
    """Logits that an activation keeps between two bounds, which most of the labels' logits have come to."""
    p = training.sound[-1] if training.sound else None
    labels = [(z[k], z) for _, z, k, _ in labels_of(p)] if p else []
    if p is None or len(labels) < SAMPLES or len(training.steps) < ENOUGH:
        return
    rows = {p.rows[j] for _, z in labels for j in z}
    if len(rows) != 1 or (row := rows.pop()).range is None or row.steepest is None:
        return
    lo, hi = row.range
    near = sum(p.nodes.data[z] > hi - _NEAR * (hi - lo) for z, _ in labels)
    if near >= MOSTLY * len(labels):
        z = labels[0][0]
        source, used = line_of_layer(p, z)
        yield Found(
            source,
            f"the cross-entropy takes logits, and {row.name}{used} keeps them between {style.number(lo)} and "
            f"{style.number(hi)}: those of {near} of {style.counted(len(labels), 'label')} are at the bound",
            f"leave {row.name} out after the last layer",
            {"labels": float(len(labels)), "bound": hi},
            (p.nodes.name(z),),
            claim=Claim(
                [_without(p, z)], alone=True, longer=False, judge=lambda _, before, after: 0.0 <= after < MATCHED * before
            ),
        )


def _without(p: Pass, i: int) -> Experiment:
    return left_out(p, i, f"the logits themselves instead of {p.ops[i]}")._replace(solved=True)


def _of_logits(p: Pass, i: int) -> Experiment:
    """The same training with the logits themselves given to the cost."""
    line, squash = p.line(i), squash_of(p, i)

    def edit(q: Pass) -> Edit:
        there = [(j, s) for j in q.interior if (s := squash_of(q, j)) and q.line(j) == line]
        return Edit(left_out={j: s.of for j, s in there})

    return Experiment(f"the logits themselves instead of {squash.name if squash else p.ops[i]}", edit=edit)


def _through_signs(p: Pass, i: int) -> int:
    while p.rows[i] is _NEGATIVE:
        i = p.parents[i][0]
    return i


# --- on a logarithm of a variance -------------------------------------------------------------------------------------


def is_a_logarithm(p: Pass, i: int) -> bool:
    """True if a cost has what an activation gives, and its exponential, too: a logarithm of a variance, which may be below 0.

    A bound that is written as a number is meant.
    """
    if i not in p.term_nodes or p.rows[i].arity != 1:
        return False
    stack, seen = [i], {i}
    while stack:
        users = [user for user in p.users[stack.pop()] if user not in seen]
        if any(p.rows[user] is EXP for user in users):
            return True
        stack += (fresh := [user for user in users if p.is_linear(user) and user not in p.linear])
        seen.update(fresh)
    return False


def without_a_bound(p: Pass, i: int) -> Claim:
    """The claim that a cost comes much lower without an activation, also where it goes below 0."""
    experiment = left_out(p, i, f"the numbers themselves instead of {p.ops[i]}")
    return Claim(
        [experiment._replace(solved=True, remedy=f"leave {p.ops[i]} out here")],
        alone=True, longer=False, judge=lambda _, before, after: before - after > MENDED * abs(before),
    )  # fmt: skip


# --- beside targets ----------------------------------------------------------------------------------------------------


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
        source, used = line_of_layer(p, f)
        yield Found(
            source,
            f"{_name(p.rows[f])}{used} gives numbers from {style.number(lo)} to {style.number(hi)}, the target is "
            f"{style.number(y)} ({style.counted(len(missed), 'target')} out of reach)",
            "a linear output, or targets scaled into the range",
            {"target": y, "targets": float(len(missed))},
            (p.nodes.name(f),),
            claim=Claim([left_out(p, f, "a linear output")], vital=False),
        )


def _within(y: float, lo: float, hi: float, slack: float) -> bool:
    return lo - slack <= y <= hi + slack

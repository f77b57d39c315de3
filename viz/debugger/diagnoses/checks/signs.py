"""Diagnoses of the sign of a cost: errors that are rewarded, penalties that are, errors that cancel each other.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import math
from collections.abc import Callable, Iterator, Mapping

from autograd import TABLE, Source

from .... import style
from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.outputs import at_parameters, compared, is_distance, mean_square, residuals, sign_of_terms
from ..evidence.passes import Key, Pass
from ..evidence.thresholds import LONG, SAMPLES
from ..evidence.training import Training
from .progress import sense_of

_MINIMUM = TABLE["minimum"]


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
        # Squares of which no target is subtracted may be a variance, a reward; away from a point or two may be the way to go.
        certain = compared and _samples(training) >= SAMPLES and (bool(residuals(p)) or not _rewards(training))
        yield Found(
            source,
            f"the cost counts errors with a minus sign, and descent makes them larger: from "
            f"{style.number(costs[0])} to {style.number(costs[-1])}",
            "turn the sign of the cost: a likelihood is maximised, its negative minimised",
            {"first": costs[0], "last": costs[-1]},
            (name,),
            None if certain else Certainty.HINT,
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


def _rewards(training: Training) -> bool:
    """True if the terms have many different factors, as logarithms of probabilities have those of rewards, all below 0."""
    return len({round(c, 9) for p in training.looked_at for _, c in p.terms if c}) > SAMPLES


def _samples(training: Training) -> int:
    """The number of terms that costs add up, those of passes with the same numbers counted once."""
    different = {(id(p.shape), tuple(p.nodes.constants)): p for p in training.looked_at}
    return sum(len(p.terms) for p in different.values())


def _negated(p: Pass) -> tuple[Source | None, str]:
    root = len(p.nodes) - 1
    return p.source(root), p.nodes.name(root)


def _turned(p: Pass, i: int) -> int:
    """The node at which a term of the cost gets its minus sign."""
    while p.users[i]:
        user = p.users[i][0]
        if p.locals(user)[p.parents[user].index(i)] < 0.0:
            return user
        i = user
    return i


def _rewarded(training: Training, p: Pass) -> list[int]:
    """The squares of parameters in a cost, if all of them have a minus sign."""
    penalties = [
        (i, coefficient)
        for i, coefficient in p.terms
        if is_distance(p, i) and all(q in p.leaves and p.key_of.get(q) in training.updated for q in p.parents[i])
    ]
    return [i for i, _ in penalties] if all(coefficient < 0.0 for _, coefficient in penalties) else []


def _without(training: Training) -> Experiment:
    """The same training without the rewarded squares of parameters."""
    return Experiment("no penalty", edit=lambda p: Edit(dropped=frozenset(_rewarded(training, p))))


def _size_of_cost(p: Pass, numbers: Mapping[Key, float]) -> float:
    return abs(at_parameters(p, numbers)[-1])


# --- a penalty that is a sum ------------------------------------------------------------------------------------------


def rewarded_sum(training: Training) -> Iterator[Found]:
    """A penalty on the sum of the weights, without squares: it has no minimum, and weights below 0 are rewarded."""
    p, end = training.first, training.sound[-1] if training.sound else None
    if p is None or end is None or len(training.steps) < LONG or sense_of(training) != 1.0 or not residuals(p):
        return
    added, factors = _sum_of_weights(training, p)
    rewarded = [q for q, c in factors.items() if (key := p.key_of[q]) in end.leaf and c * end.nodes.data[end.leaf[key]] < 0.0]
    below = [q for q in rewarded if _is_a_weight(p, q)]  # heights may be added up: that is an energy
    if not added or len(factors) < 2 or not below or not all(c > 0.0 for c in factors.values()):
        return
    names = [training.name(p.key_of[q]) for q in below]
    yield Found(
        p.source(added[-1]),
        f"the cost has the sum of {len(factors)} parameters as a term, without squares: it is the smaller the further they are "
        f"below 0, without end; {names[0]} is {style.number(end.nodes.data[end.leaf[p.key_of[below[0]]]])} at the end",
        "squares, or absolute values: 0.01 * sum(w * w for w in weights)",
        {"parameters": float(len(factors))},
        tuple(names),
        claim=Claim(
            [Experiment("no such term", edit=lambda q: Edit(dropped=frozenset(_sum_of_weights(training, q)[0][-1:])))],
            mean_square, "the mean squared error", alone=True,
        ),
    )  # fmt: skip


def _is_a_weight(p: Pass, q: int) -> bool:
    """True if a leaf multiplies something: an input, or a unit before it."""
    return any(
        p.rows[i].weighted or (p.rows[i].linear == "each" and len(p.operands_of(i)) > 1 and _given(p, i, q)) for i in p.users[q]
    )


def _given(p: Pass, i: int, q: int) -> bool:
    """True if a product has another operand than a leaf, and is no term of a sum of leaves alone: 0.8 * w is none."""
    others = [o for o in p.operands_of(i) if o != q]
    return any(isinstance(o, int) or i not in p.linear for o in others)


def _sum_of_weights(training: Training, p: Pass) -> tuple[list[int], dict[int, float]]:
    """The nodes of a cost that add up parameters and nothing else, the last one the whole sum; and the factors in the cost."""
    own = {i for i in p.leaves if p.key_of.get(i) in training.updated}
    pure: list[int] = []
    for i in sorted(p.linear):
        if all(q in own or q in pure for q in p.parents[i]):
            pure.append(i)
    terms: dict[int, list[float]] = {}
    for i in pure:
        for q, d in zip(p.parents[i], p.locals(i), strict=False):
            if q in own:
                terms.setdefault(q, []).append(p.linear[i] * d)
    return pure, {q: math.fsum(of_it) for q, of_it in terms.items()}


# --- errors with their signs -------------------------------------------------------------------------------------------


def errors_cancel(training: Training) -> Iterator[Found]:
    """Errors are added up with their signs, without a square: those above a target cancel those below another."""
    p, costs = training.first, training.costs
    if p is not None and len(costs) >= LONG and training.maximise is None and not residuals(p):
        yield from _squared_too_late(p)
    if p is None or len(costs) < LONG or training.maximise is not None or not costs[-1] < min(costs[0], 0.0):
        return
    signed = [(c, found) for i, c in p.linear.items() if c for found in compared(p, i)]
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


def _squared_too_late(p: Pass) -> Iterator[Found]:
    """The square of the sum of the errors, where the sum of their squares is meant."""
    for i, c in p.terms:
        errors = _added_errors(p, i) if c > 0.0 and is_distance(p, i) else []
        if len({y for *_, y in errors}) >= SAMPLES:
            yield Found(
                p.source(i),
                f"the errors of {style.counted(len(errors), 'sample')} are added up with their signs before that is squared, "
                "so that they cancel",
                "square each error, and add up the squares: mean((f - y)**2)",
                {"samples": float(len(errors))},
                (p.nodes.name(i),),
                claim=Claim(
                    [Experiment("the squares of the errors", edit=_squares())], _mean_of_added, "the mean error", alone=True
                ),
            )
            return


def _added_errors(p: Pass, i: int) -> list[tuple[int, int, float]]:
    """The differences of an output and a target that are added up in the operand of a distance, with one sign."""
    linear = p.expanded(p.parents[i][0])[0]
    signed = [(c, found) for j, c in linear.items() if c for found in compared(p, j)]
    return [found for _, found in signed] if len({c > 0.0 for c, _ in signed}) == 1 else []


def _late_errors(p: Pass) -> list[int]:
    return [j for i, _ in p.terms if is_distance(p, i) for j, *_ in _added_errors(p, i)]


def _squares() -> Callable[[Pass], Edit]:
    """The change that squares each error; all passes of one shape have the same errors."""
    known: dict[int, Edit] = {}

    def edit(p: Pass) -> Edit:
        if id(p.shape) not in known:
            known[id(p.shape)] = _squared_each(p)
        return known[id(p.shape)]

    return edit


def _squared_each(p: Pass) -> Edit:
    outer = {i: p.parents[i][0] for i, _ in p.terms if is_distance(p, i) and _added_errors(p, i)}
    return Edit(applied=dict.fromkeys(_late_errors(p), "square"), left_out=outer)


def _mean_of_added(p: Pass, numbers: Mapping[Key, float]) -> float:
    data, errors = at_parameters(p, numbers), _late_errors(p)
    return math.fsum(abs(data[i]) for i in errors) / len(errors) if errors else math.nan


def _signed_errors(p: Pass) -> list[tuple[int, int, float]]:
    return [found for i, c in p.linear.items() if c for found in compared(p, i)]


def _squared(p: Pass) -> Edit:
    return Edit(applied={i: "square" for i, *_ in _signed_errors(p)})


def _mean_error(p: Pass, numbers: Mapping[Key, float]) -> float:
    data, errors = at_parameters(p, numbers), _signed_errors(p)
    return math.fsum(abs(data[i]) for i, *_ in errors) / len(errors) if errors else math.nan


# --- the wrong side of a hinge -----------------------------------------------------------------------------------------


def minimum_of_errors(training: Training) -> Iterator[Found]:
    """A cost that adds up min(0, z), and is made small: it rewards what is far below 0, and lets be what is above."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < LONG or sense_of(training) != 1.0:
        return
    lines: dict[Key, list[int]] = {}
    for i in _capped(p):
        lines.setdefault(p.line(i), []).append(i)
    for line, found in lines.items():
        if len({p.nodes.data[z] for i in found for z in p.parents[i]}) < SAMPLES:
            continue

        def edit(q: Pass, line: Key = line) -> Edit:
            return Edit(replaced={i: "maximum" for i in _capped(q) if q.line(i) == line})

        def hinge(q: Pass, numbers: Mapping[Key, float], line: Key = line) -> float:
            data = at_parameters(q, numbers)
            own = [i for i in _capped(q) if q.line(i) == line]
            return math.fsum(max(_cap(q, i), data[q.parents[i][0]]) for i in own) / len(own) if own else math.nan

        i = found[0]
        yield Found(
            p.source(i),
            f"the cost adds up minimum({style.number(_cap(p, i))}, z) over {style.counted(len(found), 'sample')}, and is made "
            "small: what is far below is pushed further, and what is above gets no gradient",
            "maximum: a hinge is maximum(0, 1 - y * f)",
            {"samples": float(len(found))},
            (p.nodes.name(i),),
            claim=Claim([Experiment("maximum in its place", edit=edit)], hinge, "the mean of maximum(...)", longer=False),
        )


def _capped(p: Pass) -> list[int]:
    """The terms min(c, z) of a cost, with a plus sign, where z is no distance."""
    return [
        i
        for i, c in p.terms
        if p.rows[i] is _MINIMUM and c > 0.0 and len(p.operands_of(i)) == 2 and len(zs := p.parents[i]) == 1
        and p.parents[zs[0]] and p.is_linear(zs[0])
    ]  # fmt: skip


def _cap(p: Pass, i: int) -> float:
    return next(o for o in p.operands_of(i) if isinstance(o, float))

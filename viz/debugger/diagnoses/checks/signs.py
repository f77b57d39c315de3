"""Diagnoses of the sign of a cost: errors that are rewarded, penalties that are, errors that cancel each other.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import math
from collections.abc import Iterator, Mapping

from autograd import Source

from .... import style
from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.outputs import at_parameters, compared, is_distance, mean_square, residuals, sign_of_terms
from ..evidence.passes import Key, Pass
from ..evidence.thresholds import LONG, SAMPLES
from ..evidence.training import Training


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


# --- errors with their signs -------------------------------------------------------------------------------------------


def errors_cancel(training: Training) -> Iterator[Found]:
    """Errors are added up with their signs, without a square: those above a target cancel those below another."""
    p, costs = training.first, training.costs
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


def _signed_errors(p: Pass) -> list[tuple[int, int, float]]:
    return [found for i, c in p.linear.items() if c for found in compared(p, i)]


def _squared(p: Pass) -> Edit:
    return Edit(squared=frozenset(i for i, *_ in _signed_errors(p)))


def _mean_error(p: Pass, numbers: Mapping[Key, float]) -> float:
    data, errors = at_parameters(p, numbers), _signed_errors(p)
    return math.fsum(abs(data[i]) for i, *_ in errors) / len(errors) if errors else math.nan

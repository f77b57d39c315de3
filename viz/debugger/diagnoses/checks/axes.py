"""The diagnosis of a softmax over the wrong axis: weights of one sum that come from many softmaxes, one from each.

Attention weighs values: w_1 v_1 + w_2 v_2 + ..., with weights that add up to 1. If every weight comes from another softmax, and
has the same place there, then it is the places that have been normalised, and not the sum. Flows that are shared out, rows of
a table of transitions, and clusters look alike: whether it is a fault is asked by training again with the other axis.
"""

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd import TABLE

from .... import style
from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Found
from ..evidence.outputs import CROSS_ENTROPY, EXP, LOG, below
from ..evidence.passes import Pass, is_sum
from ..evidence.thresholds import ENOUGH
from ..evidence.training import Training
from .progress import sense_of

_DIFFERENCE, _QUOTIENT, _PRODUCT = TABLE["expdiff"], TABLE["div"], TABLE["mul"]
_LEAST = 3  # weights of a sum
_ONE = 1e-9  # values that add up to 1 are probabilities: a mixture

Softmax = tuple[int, int, int]  # the node that adds up the exponentials, the place of a probability, and how many there are


class Term(NamedTuple):
    """A term of a weighted sum.

    Attributes:
        weight: the node of the probability.
        value: the number that it multiplies.
        node: the node of that number, -1 for a constant.
    """

    weight: int
    value: float
    node: int


def over_the_other_axis(training: Training) -> Iterator[Found]:
    """A softmax over the wrong axis: the weights of a sum come from as many softmaxes, each from the same place of its own."""
    p = training.sound[-1] if training.sound else None
    if p is None or len(training.steps) < ENOUGH or training.changes_inputs or sense_of(training) < 0.0:
        return
    groups = _groups(training, p)
    if not groups:
        return

    def edit(q: Pass) -> Edit:
        return Edit(grouped=training.once(("groups", q.shape), lambda: _groups(training, q)))

    i, group = next(iter(groups.items()))
    total = p.parents[i][1]
    sizes = _logits(p, total)
    yield Found(
        p.source(total),
        f"the softmax is over the wrong axis: the {len(group)} weights of a sum come from {len(group)} softmaxes of "
        f"{style.counted(len(sizes), 'number')}, one from each, so that the weights do not add up to 1",
        "take the softmax over the numbers that weigh the terms of one sum",
        {"weights": float(len(group)), "sum": math.fsum(p.nodes.data[j] for j in groups if groups[j] == group)},
        (p.nodes.name(i),),
        claim=Claim([Experiment("the softmax over the weights of one sum", edit=edit)], alone=True),
    )


def _groups(training: Training, p: Pass) -> dict[int, tuple[int, ...]]:
    """The probabilities that weigh the terms of a sum and come from different softmaxes, with the logits of all in that sum."""
    at = {i: taken for i in p.interior if (taken := _softmax(p, i))}
    found: dict[int, tuple[int, ...]] = {}
    if len({total for total, *_ in at.values()}) < _LEAST:
        return found
    for i, terms in _weighted(p, at):
        weights = [term.weight for term in terms]
        if len(terms) < _LEAST or len({at[w][0] for w in weights}) < len(terms):
            continue
        if len({at[w][1] for w in weights}) > 1 and len({at[w][1] - at[w][2] for w in weights}) > 1:
            continue  # neither the same place from the beginning nor, where the lengths differ, from the end
        if _is_shared_out(training, p, at, i, terms):
            return {}
        found |= dict.fromkeys(weights, tuple(p.parents[w][0] for w in weights))
    return {} if found and below(p, *{z for group in found.values() for z in group}) & at.keys() else found  # a chain


def _is_shared_out(training: Training, p: Pass, at: dict[int, Softmax], i: int, terms: Sequence[Term]) -> bool:
    """True if weights that do not add up to 1 are meant: each softmax shares out what it is multiplied with."""
    weights, values = {term.weight for term in terms}, [term.node for term in terms if term.node >= 0]
    logits = [p.parents[w][0] for w in weights]
    return (
        abs(math.fsum(term.value for term in terms) - 1.0) < _ONE  # a mixture
        or any(not p.parents[z] or not p.parents[p.parents[z][0]] for z in logits if p.rows[z] is EXP or not p.parents[z])
        or any(p.key_of.get(v) in training.trained for v in values)
        or bool(below(p, *values) & at.keys())  # the next step of a chain
        or any(is_sum(p.rows[user]) for w in weights for user in p.users[w] if user != i)  # divided by their sum, as means are
        or any(p.rows[user] is LOG for user in p.users[i])  # a likelihood
    )


def _softmax(p: Pass, i: int) -> Softmax | None:
    """The softmax that a probability comes from: exp(z - logsumexp(zs)), or exp(z) / sum(exp(z) for z in zs)."""
    if p.rows[i] not in (_DIFFERENCE, _QUOTIENT) or len(p.parents[i]) != 2:
        return None
    x, total = p.parents[i]
    among = _logits(p, total) if p.rows[i] is _DIFFERENCE or p.rows[x] is EXP else []
    return (total, among.index(x), len(among)) if x in among and len(among) > 1 else None


def _logits(p: Pass, total: int) -> list[int]:
    """The logits of a logsumexp, or the exponentials of a sum, in their order; [] for another node."""
    if p.rows[total] is CROSS_ENTROPY:
        return list(p.parents[total])
    found, stack = list[int](), [total]
    while stack:
        j = stack.pop()
        if p.rows[j] is EXP:
            found.append(j)
        elif is_sum(p.rows[j]) and len(found) < len(p.nodes):
            stack += reversed(p.parents[j])
        else:
            return []
    return found


def _weighted(p: Pass, at: dict[int, Softmax]) -> Iterator[tuple[int, list[Term]]]:
    """The sums whose terms are weighed by probabilities, and these terms."""
    data = p.nodes.data
    for i in _tops(p, at):
        terms: list[Term] = []
        for j, c in p.expanded(i)[1]:
            operands = p.operands_of(j)
            n = len(operands) // 2
            if j in at:
                terms.append(Term(j, c, -1))
            elif p.rows[j].weighted or p.rows[j] is _PRODUCT:
                pairs = [*zip(operands[:n], operands[n : 2 * n], strict=True)]
                for w, v in (*pairs, *((b, a) for a, b in pairs)):
                    if isinstance(w, int) and w in at:
                        terms.append(Term(w, c * data[v], v) if isinstance(v, int) else Term(w, c * v, -1))
        if terms:
            yield i, terms


def _tops(p: Pass, at: dict[int, Softmax]) -> list[int]:
    """The ends of the sums in which probabilities are, as they are or multiplied: they are parts of no longer ones."""
    products = {user for w in at for user in p.users[w] if p.rows[user].weighted or p.rows[user] is _PRODUCT}
    stack, seen, found = [*at, *products], set[int](), set[int]()
    while stack:
        i = stack.pop()
        if i in seen:
            continue
        seen.add(i)
        longer = [user for user in p.users[i] if p.is_linear(user)]
        stack += longer
        if not longer and (p.is_linear(i) or p.rows[i].weighted):
            found.add(i)
    return sorted(found)

"""Diagnoses of a policy that is trained beside a critic or an entropy: parts of a cost that pull what they should let be.

The part of a policy gradient is a logarithm of a probability, or a ratio of two, times an advantage, which is a number. An
entropy beside it keeps the policy from settling on what has paid first. Each check takes a `Training` and yields its findings;
the table (table.py) has their names.
"""

import itertools
import math
import statistics
from collections.abc import Iterator

from autograd import TABLE, Source

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.outputs import CROSS_ENTROPY, DIVISION, EXP, LOG, is_distance
from ..evidence.passes import Key, Pass, is_difference, is_product
from ..evidence.thresholds import LONG, MENDED, SAMPLES, STEPS
from ..evidence.training import Training
from .reading import target_in_the_graph

_EXPDIFF = TABLE["expdiff"]
_PROBABILITIES = (CROSS_ENTROPY, EXP, _EXPDIFF, DIVISION)
_PRODUCTS = 24  # of a cost that are looked at
_CUT = (TABLE["minimum"], TABLE["maximum"], TABLE["clamp"])


def _terms(p: Pass) -> list[tuple[int, float]]:
    """The terms of a cost, and those of what is cut off at a bound, as a ratio is: with their coefficients."""
    terms = list(p.terms)
    for i, c in terms:  # it grows: minimum(ratio * a, clamp(ratio) * a)
        if p.rows[i] in _CUT:
            terms += [term for q in dict.fromkeys(p.parents[i]) for term in p.expanded(q, c)[1]]
    return terms


# --- a value in the graph --------------------------------------------------------------------------------------------------


def value_in_the_graph(training: Training) -> Iterator[Found]:
    """A target, or an advantage, made of a value that the cost moves by it as well."""
    yield from [*target_in_the_graph(training)] or _advantage_in_the_graph(training)


def _advantage_in_the_graph(training: Training) -> Iterator[Found]:
    """An advantage through which the part of the policy pulls the value of a critic, which has errors of its own."""
    if len(training.passes) < STEPS or not training.updated:
        return
    passes = training.looked_at
    if not any(c > 0.0 and is_distance(p, i) for p in passes for i, c in p.terms):
        return
    weighted = [(p, *found) for p in passes for found in itertools.islice(_advantages(training, p), SAMPLES)]
    errors = {keys for p in passes for keys in itertools.islice(_errors(training, p), SAMPLES)} if weighted else set()
    used = [(p, slope, b) for p, slope, b, keys in weighted if keys in errors and _is_used(training, p, keys)]
    if len(used) >= SAMPLES:
        p, slope, b = used[-1]
        same = len({slope > 0.0 for _, slope, _ in used}) == 1
        yield Found(
            p.source(b),
            "the advantage is in the graph: the part of the policy pulls the value in it as well, by "
            f"{style.number(abs(slope))} in pass {p.number}{', always the same way' if same else ''}, whatever the error of "
            "the value is",
            "the value as a number: reward - value.data, or detach()",
            {"slope": slope},
            (p.nodes.name(b),),
        )


def _advantages(training: Training, p: Pass) -> Iterator[tuple[float, int, frozenset[Key]]]:
    """The factors of parts of a policy that are differences: the slope of the cost by one, its node, and what is in it."""
    factors = dict(_terms(p))
    for i, a, made, own in training.once(("advantages", p.shape), lambda: list(_weighted(training, p))):
        yield factors[i] * p.nodes.data[a], made, own


def _weighted(training: Training, p: Pass) -> Iterator[tuple[int, int, int, frozenset[Key]]]:
    """The products of a part of a policy and a difference: their nodes, and the leaves in the difference."""
    products = (i for i, _ in _terms(p) if is_product(p.rows[i]) and len(set(p.parents[i])) == 2)
    for i in itertools.islice(products, _PRODUCTS):
        for a, b in (p.parents[i], p.parents[i][::-1]):
            made = min((j for j in p.expanded(b)[0] if is_difference(p.rows[j])), default=None)
            if made is not None and _is_of_policy(p, a):
                of_policy, own = _keys(training, p, a), _keys(training, p, made)
                if own - of_policy and of_policy - own:
                    yield i, a, made, own


def _is_of_policy(p: Pass, a: int) -> bool:
    """True if a factor is a logarithm of a probability, or a ratio of two; that of a normal one is a square."""
    terms = [i for i, _ in p.expanded(a)[1]]
    return any(p.rows[i].in_cost == "likelihood" or p.rows[i] in _PROBABILITIES or is_distance(p, i) for i in terms)


def _errors(training: Training, p: Pass) -> Iterator[frozenset[Key]]:
    """The leaves in each error that a cost makes small."""
    return (_keys(training, p, p.parents[i][0]) for i, c in p.terms if c > 0.0 and is_distance(p, i))


def _keys(training: Training, p: Pass, i: int) -> frozenset[Key]:
    return frozenset(key for q in p.structure.below(i) if (key := p.key_of.get(q)) in training.trained)


def _is_used(training: Training, p: Pass, keys: frozenset[Key]) -> bool:
    """True if leaves are moved by the gradients of a pass, before they are set to 0."""
    for q in training.passes[training.passes.index(p) + 1 :]:
        if moved := [u for key in keys if (u := q.updates.get(key)) and u.moved]:
            return not any(u.cleared for u in moved)
        if any(key in q.zeroed for key in keys):
            return False
    return False


# --- an entropy that is made small ---------------------------------------------------------------------------------------


def entropy_made_small(training: Training) -> Iterator[Found]:
    """An entropy beside a policy gradient with the sign by which the steps make it small."""
    passes = [p for p in training.looked_at if _entropies(p)]
    uphill = [m.uphill for m in training.moves if not math.isnan(m.uphill)] if passes else []
    if len(training.steps) < LONG or not uphill:
        return
    sense = math.copysign(1.0, statistics.fmean(uphill))  # 1 for an ascent
    signs = {c * sense > 0.0 for p in passes for _, c in _entropies(p) if c}
    if signs != {True} or not _is_policy_gradient(passes):
        return
    p, first, last = passes[-1], _entropy(passes[0]), _entropy(passes[-1])
    yield Found(
        _joined(p),
        f"the entropy of the policy has the sign by which the steps make it small: it goes from {style.number(first)} to "
        f"{style.number(last)}, and the policy settles on what has paid first",
        "the other sign: what is made small is cost - 0.01 * entropy",
        {"first": first, "last": last},
        certainty=None if last < MENDED * first else Certainty.HINT,
    )


def _entropies(p: Pass) -> list[tuple[int, float]]:
    """The terms q log(q) of a cost, with their coefficients."""
    found = []
    for i, c in p.terms:
        parents = p.parents[i]
        if is_product(p.rows[i]) and len(parents) == 2 and any(_is_log_of(p, *pair) for pair in (parents, parents[::-1])):
            found.append((i, c))
    return found


def _is_log_of(p: Pass, log: int, q: int) -> bool:
    """True if a node is the logarithm of another, which is a probability."""
    return ((p.rows[log] is LOG and p.parents[log] == (q,)) or (p.rows[q] is EXP and p.parents[q] == (log,))) and (
        0.0 <= p.nodes.data[q] <= 1.0
    )


def _entropy(p: Pass) -> float:
    """The mean entropy of the distributions in a cost."""
    terms = [i for i, _ in _entropies(p)]
    whole = math.fsum(math.exp(min(p.nodes.data[q] for q in p.parents[i])) for i in terms)  # the probabilities
    return -math.fsum(p.nodes.data[i] for i in terms) / whole


def _is_policy_gradient(passes: list[Pass]) -> bool:
    """True if the other parts of costs have probabilities, or logarithms of them, with factors of both signs."""
    factors: set[bool] = set()
    for p in passes:
        own = {i for i, _ in _entropies(p)}
        rows = ((p.rows[i], c) for i, c in _terms(p) if i not in own and c)
        factors.update(c > 0.0 for row, c in rows if row.in_cost == "likelihood" or row in _PROBABILITIES)
    return factors == {True, False}


def _joined(p: Pass) -> Source | None:
    """The line in which the entropy is added to the rest of a cost."""
    own = {i for i, _ in _entropies(p)}
    i = min(own)
    while {j for j, _ in p.expanded(i)[1]} <= own and p.users[i]:
        i = p.users[i][0]
    return p.source(i)

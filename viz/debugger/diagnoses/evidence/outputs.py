"""The outputs of a network as its cost sees them: beside targets, as logits beside a label, and with which sign.

Each function takes a `Pass`. The checks of costs and targets read them, and so do the experiments that change targets.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from autograd import TABLE

from .checking import evaluated
from .experiment import Entry, number_of
from .passes import Key, Pass, is_difference, is_product, is_sum
from .training import Training

CROSS_ENTROPY = TABLE["logsumexp"]  # the first of the three rows of which nn makes its costs of logits
LOG, EXP, DIVISION = TABLE["log"], TABLE["exp"], TABLE["div"]

# --- targets -----------------------------------------------------------------------------------------------------------


def residuals(p: Pass) -> list[tuple[int, int, float]]:
    """The differences output - target in the cost: (difference, output, target)."""
    if p.structure.compared is None:
        terms = {q for i, _ in p.terms if is_distance(p, i) for q in p.parents[i]}
        p.structure.compared = [found for i in sorted(terms) for found in _compared_entries(p, i)]
    return [(i, f, number_of(p, y)) for i, f, y in p.structure.compared]


def targets_of(p: Pass) -> list[Entry]:
    """The entries of the targets, one for each of `residuals`."""
    return [y for *_, y in p.structure.compared or ()] if residuals(p) else []


def compared(p: Pass, i: int) -> list[tuple[int, int, float]]:
    """A difference of something computed and a number that is given, as `residuals` lists it; [] for another node."""
    return [(i, f, number_of(p, y)) for i, f, y in _compared_entries(p, i)]


def _compared_entries(p: Pass, i: int) -> list[tuple[int, int, Entry]]:
    operands = p.shape.operands[i]
    return [
        (i, f, y)
        for f, y in ((operands, operands[::-1]) if is_difference(p.rows[i]) else ())
        if f >= 0 and p.parents[f] and (y < 0 or not p.parents[y])
    ]


def is_distance(p: Pass, i: int) -> bool:
    """True if a node is 0 where its operand is 0 and positive elsewhere: abs, a square, an operand times a part of itself."""
    parents = p.parents[i]
    if is_product(p.rows[i]) and len(parents) == 2:
        (a, b), multiple = parents, p.nodes.data[i] > 0.0
        return a == b or (multiple and (p.parents[a] == (b,) or p.parents[b] == (a,)) and (_scales(p, a) or _scales(p, b)))
    return p.rows[i].in_cost == "distance"


def _scales(p: Pass, i: int) -> bool:
    """True if a node multiplies one other by a number: 0.5 * e in 0.5 * e * e."""
    return is_product(p.rows[i]) and len(p.parents[i]) == 1


def all_compared(p: Pass) -> bool:
    """True if all terms of the cost but penalties are distances of an output from a target, as `residuals` lists them."""
    own = {user for i, *_ in residuals(p) for user in p.users[i]}
    return all(i in own or all(q in p.leaves for q in p.parents[i]) for i, _ in p.terms)


# --- outputs -----------------------------------------------------------------------------------------------------------


def logits_of(p: Pass, i: int) -> tuple[int, ...]:
    """The logits of a cross-entropy, a logsumexp or log(sum(exp(z))) written out; () if a node is none."""
    logits = p.structure.logits
    if i not in logits:
        logits[i] = _logits_of(p, i)
    return logits[i]


def _logits_of(p: Pass, i: int) -> tuple[int, ...]:
    if p.rows[i] is CROSS_ENTROPY:
        return tuple(p.parents[i])
    found: list[int] = []
    stack = list(p.parents[i]) if p.rows[i] is LOG else []
    while stack:
        j = stack.pop()
        if is_sum(p.rows[j]):
            stack += p.parents[j]
        elif p.rows[j] is EXP:
            found += p.parents[j]
        else:
            return ()
    return tuple(reversed(found))


def softmaxes(p: Pass) -> list[tuple[int, tuple[int, ...]]]:
    """The softmaxes in a cost: the node that adds up the exponentials, and the logits."""
    found = []
    for i, _ in p.terms:
        if logits := logits_of(p, i):
            found.append((i, logits))
        for quotient in p.parents[i] if p.rows[i] is LOG else ():
            if p.rows[quotient] is DIVISION and len(parents := p.parents[quotient]) == 2:
                stack, added = [parents[1]], list[int]()
                while stack:
                    j = stack.pop()
                    if is_sum(p.rows[j]):
                        stack += p.parents[j]
                    elif p.rows[j] is EXP:
                        added += p.parents[j]
                if p.rows[parents[0]] is EXP and p.parents[parents[0]][0] in added:
                    found.append((parents[1], tuple(added)))
    return found


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
        operands = p.operands_of(j)
        if any(isinstance(o, float) for o in operands):
            return True
        stack += (fresh := [o for o in operands if isinstance(o, int) and o not in seen])
        seen.update(fresh)
    return False


class Labelled(NamedTuple):
    """A cross-entropy of logits: its node, the logits, the place of the label among them, and the node that subtracts it."""

    node: int
    logits: tuple[int, ...]
    label: int
    subtracted: int | None


def labels_of(p: Pass) -> list[Labelled]:
    """The cross-entropies in the cost, for each sample: the label is the logit that is subtracted again."""
    several = [(i, c, logits) for i, c in reversed(p.terms) if len(logits := logits_of(p, i)) > 1]
    factors = dict(p.terms) | p.linear if several else {}
    found: list[Labelled] = []
    for i, c, logits in several:
        chosen = [k for k, q in enumerate(logits) if math.isclose(factors.get(q, 0.0), -c, rel_tol=1e-9)]
        if c and len(chosen) == 1:
            q = logits[chosen[0]]
            ends = [user for user in p.users[i] if is_difference(p.rows[user]) and q in p.parents[user]]
            found.append(Labelled(i, logits, chosen[0], ends[0] if ends else None))
    return found


def given_to(training: Training, p: Pass, f: int) -> tuple[set[float], set[Key]]:
    """The numbers that an output is computed from besides the trained parameters, and these parameters."""
    numbers: set[float] = set()
    keys: set[Key] = set()
    for j in below(p, f):
        if j in p.leaves and p.key_of.get(j) in training.trained:
            keys.add(p.key_of[j])
        elif j in p.leaves:
            numbers.add(p.nodes.data[j])
        numbers.update(o for o in p.operands_of(j) if isinstance(o, float))
    return numbers, keys


def weights_of(training: Training, p: Pass, f: int, y: float) -> set[Key]:
    """The parameters that multiply a number on the way to an output."""
    found: set[Key] = set()
    for j in below(p, f):
        if p.rows[j].linear == "each":
            operands = p.operands_of(j)
            n = len(operands) // 2
            for a, b in zip(operands[:n], operands[n : 2 * n], strict=True):
                for w, x in ((a, b), (b, a)):
                    if isinstance(w, int) and w in p.leaves and y == (x if isinstance(x, float) else p.nodes.data[x]):
                        found.add(p.key_of.get(w))
    return found & training.trained


def below(p: Pass, *outputs: int) -> frozenset[int]:
    """The nodes that outputs are computed from, and themselves."""
    return p.structure.below(*outputs)


# --- the cost ----------------------------------------------------------------------------------------------------------


def sign_of_terms(p: Pass) -> int:
    """1 if all terms of the cost have their usual sign, -1 if all have the opposite sign, 0 if that is unknown."""
    signs = set()
    for i, coefficient in p.terms:
        if not coefficient:
            continue  # y log(p) + (1 - y) log(1 - p) with a label 0 or 1: one term has the factor 0
        usual = -1.0 if p.rows[i].in_cost == "likelihood" else 1.0
        if all(q in p.leaves for q in p.parents[i]):
            continue  # a penalty on a parameter
        if not p.rows[i].in_cost and not is_distance(p, i):
            return 0
        if p.rows[i].in_cost == "likelihood" and p.nodes.data[i] > 0.0:
            return 0  # the logarithm of a number above 1, which is no probability
        signs.add(math.copysign(1.0, coefficient * usual))
    # A likelihood that is to be maximised also gives -1.
    return int(signs.pop()) if len(signs) == 1 else 0


def at_parameters(p: Pass, numbers: Mapping[Key, float]) -> Sequence[float]:
    """The numbers of a graph for other parameters."""
    changes = {i: numbers[key] for key, i in p.leaf.items() if key in numbers}
    if not changes:
        return p.nodes.data
    again = evaluated(p.recording, [changes])
    return again.tables[0] if again.tables else p.nodes.data


def mean_square(p: Pass, numbers: Mapping[Key, float]) -> float:
    """The mean of the squared differences between outputs and targets, for other parameters."""
    data, compared = at_parameters(p, numbers), residuals(p)
    return math.fsum((data[f] - y) ** 2 for _, f, y in compared) / len(compared)


def mean_surprise(p: Pass, numbers: Mapping[Key, float]) -> float:
    """The mean of -log(p) of the labels of a softmax, for other parameters."""
    data, labelled = at_parameters(p, numbers), labels_of(p)
    return math.fsum(data[i] - data[z[label]] for i, z, label, _ in labelled) / len(labelled) if labelled else math.nan

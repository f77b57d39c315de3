"""The diagnosis of shares that multiply costs: of a mixture whose weights stand before the logarithms, one part takes all.

sum(w[k] * log(p[k])) is no logarithm of a density. It is linear in the shares, so that it is best where the best part has all,
and no part is fitted to the data that belong to it. A recorded pass is evaluated with the whole share for each part: if its
cost is the mean of these, weighed by the shares, it is linear in them. The logarithm of a weighted sum is not, and neither is a
cost with the entropy of the shares; rewards of actions, which nothing trains, may well go to the best one.
"""

import math
from collections.abc import Iterator, Sequence

from .... import style
from ..evidence.checking import evaluated
from ..evidence.found import Found
from ..evidence.given import data_of
from ..evidence.outputs import given_to
from ..evidence.passes import Key, Pass
from ..evidence.thresholds import ENOUGH, NOISE, NOTICED
from ..evidence.training import Training
from .activations import squash_of
from .progress import sense_of


def one_takes_all(training: Training) -> Iterator[Found]:
    """A cost that is linear in the shares of several parts, each with parameters of its own."""
    p = training.first
    if p is None or len(training.steps) < ENOUGH or sense_of(training) != 1.0 or not data_of(training, p):
        return
    for shares in _softmaxes(training, p):
        weights = [p.nodes.data[i] for i in shares]
        costs = _alone(p, shares)
        if not _is_mean(p.cost, weights, costs) or not _have_their_own(training, p, shares):
            continue
        i = p.users[shares[0]][0]
        yield Found(
            p.source(i),
            f"the cost of the first pass, {style.number(p.cost, 3)}, is the mean of {len(shares)} costs, {_few(costs)}, by "
            f"the shares {_few(weights)} of a softmax: it is linear in them, and so it is least where one part has all",
            "the logarithm of the weighted sum for each sample: logsumexp([log(w) + log_p for ...]); or weights that are given",
            {"parts": float(len(shares)), "cost": p.cost, "least": min(costs)},
            tuple(p.nodes.name(k) for k in shares),
        )
        return


def _few(numbers: Sequence[float]) -> str:
    return ", ".join(style.number(x, 3) for x in numbers[:4]) + (", …" if len(numbers) > 4 else "")


def _softmaxes(training: Training, p: Pass) -> list[list[int]]:
    """The shares of each softmax that is computed from trained parameters alone."""
    groups: dict[int, list[int]] = {}
    for i in p.interior:
        if (squash := squash_of(p, i)) and squash.name == "softmax":
            groups.setdefault(p.parents[i][-1], []).append(i)
    found = [shares for shares in groups.values() if math.isclose(math.fsum(p.nodes.data[i] for i in shares), 1.0)]
    alone = [shares for shares in found if not any(given_to(training, p, i)[0] - {0.0} for i in shares)]  # a sum begins at 0
    return [shares for shares in alone if len(shares) > 1]


def _alone(p: Pass, shares: Sequence[int]) -> list[float]:
    """The cost with the whole share for each part, and none for the others."""
    again = evaluated(p.recording, [{i: float(i == k) for i in shares} for k in shares])
    return [] if again.problem else [p.sign * root for root in again.roots]


def _is_mean(cost: float, weights: Sequence[float], costs: Sequence[float]) -> bool:
    """True if a cost is the mean of some, by their weights, as far as numbers are exact."""
    if len(costs) < len(weights) or not max(costs) - min(costs) > NOTICED * abs(cost):
        return False
    mean = math.fsum(w * c for w, c in zip(weights, costs, strict=True))
    return abs(mean - cost) <= NOISE * (max(costs) - min(costs))


def _have_their_own(training: Training, p: Pass, shares: Sequence[int]) -> bool:
    """True if each share multiplies what is computed from parameters of its own."""
    keys: list[set[Key]] = []
    for i in shares:
        others = [q for user in p.users[i] for q in p.parents[user] if q not in shares]
        keys.append({key for q in others for key in given_to(training, p, q)[1]})
    return all(mine.difference(*(theirs for theirs in keys if theirs is not mine)) for mine in keys)

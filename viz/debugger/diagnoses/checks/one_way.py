"""The diagnosis of a cost whose terms all push their scores the same way: one large number is the answer to everything.

A cross-entropy of yes and no needs both. Where only the yes was written - the pairs of a text without the negative samples - a
bias, or rows of a table that all point the same way, make every score large, and nothing has been told apart. A ranking has
only one label, too, but its scores are differences: what makes one of them larger makes another smaller.
"""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from autograd import TABLE, Source

from .... import style
from ..evidence.found import Found
from ..evidence.outputs import LOG
from ..evidence.passes import Key, Pass, is_difference, is_product, is_sum
from ..evidence.thresholds import ENOUGH, FEW, SAMPLES
from ..evidence.training import Training
from .progress import sense_of

_LOGSIGMOID, _SOFTPLUS, _SIGMOID = TABLE["logsigmoid"], TABLE["softplus"], TABLE["sigmoid"]
_NEGATIVE = TABLE["neg"]

_SAME = 1e-6  # relative: a gradient that comes through the scores alone

Row = tuple[Key, ...]


class _Score(NamedTuple):
    """A score of a pass, and whether the cost makes it larger."""

    node: int
    term: int
    up: bool


def one_way_only(training: Training) -> Iterator[Found]:
    """A cost of which every term pushes its score the same way: one large number answers all, as no term pushes back."""
    if len(training.steps) < ENOUGH or training.changes_inputs or sense_of(training) != 1.0:
        return
    last = training.sound[-1]
    if last.number - training.sound[0].number + 1 != len(training.sound):
        return  # not all of them have been kept
    seen: list[tuple[Pass, list[_Score]]] = []
    for p in reversed(training.sound):
        scores = _scores(p)
        if not scores or len({score.up for _, known in (*seen, (p, scores)) for score in known}) > 1:
            return
        seen.append((p, scores))
    how = _by_a_bias(training, seen) or _by_rows(training, seen)
    if not how:
        return
    n, up = sum(len(scores) for _, scores in seen), seen[0][1][0].up
    yield Found(
        _line(last, seen[0][1]),
        f"all {n} terms of the cost make their score {'larger' if up else 'smaller'}, and none makes one "
        f"{'smaller' if up else 'larger'}: one number answers everything, {how}",
        "add the terms of the other label: pairs that do not belong together, with the other sign of the score",
        {"terms": float(n)},
    )


def _line(p: Pass, scores: list[_Score]) -> Source | None:
    return p.source(max(score.term for score in scores))


def _scores(p: Pass) -> list[_Score]:
    """The scores in a cost of yes and no; [] for another cost, and for scores that are differences."""
    factors, found = dict(p.terms) | p.linear, list[_Score]()
    logits = {q for i, _ in p.terms if p.rows[i] is _SOFTPLUS for q in p.parents[i]}
    for i, c in p.terms:
        if all(q in p.leaves for q in p.parents[i]) or i in logits or not c:
            continue  # a penalty; z in softplus(z) - y z
        z, up = p.parents[i][0], c < 0.0
        if p.rows[i] is LOG and is_difference(p.rows[z]) and len(p.parents[z]) == 1:
            z, up = p.parents[z][0], not up
        if p.rows[i] is LOG and p.rows[z] is _SIGMOID:
            z = p.parents[z][0]
        elif p.rows[i] is _SOFTPLUS and round(slope := _beside(p, z, factors) / c, 9) in (0.0, -1.0):
            up = (c > 0.0) == bool(round(slope))
        elif p.rows[i] is not _LOGSIGMOID:
            return []
        while p.is_linear(z) and len(p.parents[z]) == 1 and (p.rows[z].linear != "all" or len(p.structure.operands[z]) == 1):
            up, z = up == (p.locals(z)[0] > 0.0), p.parents[z][0]
        if is_difference(p.rows[z]) or z in p.leaves:
            return []
        found.append(_Score(z, i, up))
    return found


def _beside(p: Pass, z: int, factors: Mapping[int, float]) -> float:
    """The factor of a node in the cost, beside a function of it: -y in softplus(z) - y z, y - 1 in softplus(-z) + (1 - y) z."""
    own = factors.get(z, 0.0)
    return own - factors.get(p.parents[z][0], 0.0) if p.rows[z] is _NEGATIVE else own


def _by_a_bias(training: Training, seen: list[tuple[Pass, list[_Score]]]) -> str:
    """The words for a bias that all scores have in common; '' if there is none."""
    common: set[Key] | None = None
    inputs: set[object] = set()
    for p, scores in seen:
        for score in scores:
            biases, stack = set[Key](), [score.node]
            while stack:
                j = stack.pop()
                if is_sum(p.rows[j]):
                    biases |= {p.key_of.get(q) for q in p.parents[j] if q in p.leaves}
                    stack += [q for q in p.parents[j] if q not in p.leaves]
                elif p.rows[j].weighted and isinstance(b := p.operands_of(j)[-1], int):
                    biases |= {p.key_of.get(b)}
            common = biases if common is None else common & biases
            inputs.add(p.nodes.data[score.node])
        total = math.fsum(p.upstream[score.node] for score in scores)
        common = {key for key in common or () if key in p.leaf and math.isclose(p.upstream[p.leaf[key]], total, rel_tol=_SAME)}
        if not common:
            return ""  # or the labels are elsewhere: softplus(z) - y z, with z computed twice
    known = [key for key in common or () if key in training.updated]
    return f"which the bias {training.name(known[0])} alone can give" if known and len(inputs) >= 4 * SAMPLES else ""


def _by_rows(training: Training, seen: list[tuple[Pass, list[_Score]]]) -> str:
    """The words for scores that are products of two rows of tables, if all pairs of rows have come to the same side."""
    numbers: dict[Key, float] = {}
    pairs: set[tuple[Row, Row]] = set()
    for p, scores in reversed(seen):
        numbers |= {key: p.nodes.data[i] for key, i in p.leaf.items()}
        for score in scores:
            rows = [tuple(map(p.key_of.get, row)) for row in zip(*_factors(p, score.node), strict=True)]
            if not rows or not training.updated.issuperset((*rows[0], *rows[1])):
                return ""
            pairs.add((rows[0], rows[1]))
    left, right = {a for a, _ in pairs}, {b for _, b in pairs}
    scores_of = [sum(numbers[x] * numbers[y] for x, y in zip(a, b, strict=True)) for a in left for b in right if a != b]
    same = sum((score > 0.0) == seen[0][1][0].up for score in scores_of)
    if len(pairs) < 2 * SAMPLES or same < (1.0 - FEW) * len(scores_of):
        return ""
    side = "above" if seen[0][1][0].up else "below"
    return f"and {same} of the {len(scores_of)} pairs of {style.counted(len(left | right), 'row')} have come {side} 0"


def _factors(p: Pass, i: int) -> list[tuple[int, ...]]:
    """The leaves that a dot product of two rows multiplies, pair by pair, also where it is written as a sum; else []."""
    operands, n = p.structure.operands, len(p.structure.operands[i]) // 2
    pairs: list[tuple[int, ...]]
    if p.rows[i].weighted:
        pairs = [*zip(operands[i][:n], operands[i][n : 2 * n], strict=True)]
    else:
        linear, terms = p.expanded(i)
        products = all(c == 1.0 and is_product(p.rows[j]) and len(operands[j]) == 2 for j, c in terms)
        biased = any(q in p.leaves for j in linear for q in p.parents[j])
        pairs = [operands[j] for j, _ in terms] if products and not biased else []
    return pairs if all(o in p.leaves for pair in pairs for o in pair) else []

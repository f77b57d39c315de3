"""Diagnoses of the pairs of inputs and targets: those that change from round to round, and those that lie beside each other.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. That targets belong to other
samples is found by training again with them moved. Moved where to is no guess among all orders: a sample's nearest neighbour
should have a target near its own, which tells for each order that a mistake makes (a shift, a reversal, columns for rows) if
it can be the right one. Of orders without a rule nothing can be told from numbers: some of them fits anything.
"""

import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

from .... import style
from ..evidence.experiment import Claim
from ..evidence.found import Certainty, Found
from ..evidence.orders import at_the_order
from ..evidence.outputs import residuals
from ..evidence.samples import Sample, all_samples, outcome_of, paired_anew, samples_of
from ..evidence.thresholds import CHANCE, ENOUGH, MATCHED, MENDED, MOSTLY, SAMPLES
from ..evidence.training import Training
from .progress import sense_of, unexplained, unsure
from .tokens import shifted_twice

_WHOLE = 2 * SAMPLES  # samples of a pass that has its own order; shorter ones follow each other
_MOST = 5000  # samples that are looked at
_NEIGHBOURS = 150  # samples whose neighbours are looked for
_FAR = 16  # places that targets are moved by, where samples follow each other through many passes
_TRIED = 3  # orders that are tried by training

T = TypeVar("T")


# --- those that change -------------------------------------------------------------------------------------------------


def pairing_changes(training: Training) -> Iterator[Found]:
    """The same inputs come with another of the targets in every round: only one of two lists is shuffled."""
    outcome = outcome_of(training)
    if len(training.steps) < ENOUGH or sense_of(training) != 1.0 or training.changes_inputs or outcome is None:
        return
    if not outcome.error > CHANCE * outcome.guess:
        return
    seen: dict[tuple[float, ...], list[tuple[int, tuple[float, ...]]]] = {}
    count = 0
    for samples in all_samples(training):
        for sample in samples:
            seen.setdefault(sample.given, []).append((sample.of.number, sample.targets))
            count += 1
        if count >= _MOST:
            break
    several = [given for given, had in seen.items() if _differ(had)]
    targets = {y for had in seen.values() for _, y in had}
    usual = statistics.median(len({y for _, y in had}) for had in seen.values()) if seen else 0
    again = statistics.median(map(len, seen.values())) if seen else 0
    if len(seen) < _WHOLE or () in seen or again < SAMPLES or len(several) < MOSTLY * len(seen):
        return  # a number of inputs that occur again and again
    if not outcome.labelled and (usual < SAMPLES or not SAMPLES < len(targets) <= len(seen)):
        return  # targets with noise are new ones every time
    p = training.sound[-1]
    given = several[0]
    (first, y), *rest = seen[given]
    second, z = next((n, other) for n, other in rest if n != first and other != y)
    shown = ", ".join(map(style.number, list(dict.fromkeys(given))[:3]))
    i = residuals(p)[0][0] if residuals(p) else len(p.nodes) - 1
    found = Found(
        p.source(i),
        f"{len(several)} of {len(seen)} inputs come with one of the {len(targets)} targets now and with another then: such as "
        f"{shown} with {style.number(y[0])} in pass {first} and with {style.number(z[0])} in pass {second}",
        "shuffle pairs, or an order of indices for both; a shuffle of one list alone takes inputs and targets apart",
        {"inputs": float(len(seen)), "changing": float(len(several)), "targets": float(len(targets))},
        (p.nodes.name(i),),
        certainty=Certainty.LIKELY if outcome.labelled else None,  # labels may be drawn anew: clicks, rewards
    )
    yield at_the_order(training, found)


def _differ(had: Sequence[tuple[int, tuple[float, ...]]]) -> bool:
    """True if the targets are not the same in all passes: those of one pass are those of several outputs."""
    by_pass: dict[int, set[tuple[float, ...]]] = {}
    for number, targets in had:
        by_pass.setdefault(number, set()).add(targets)
    return len({frozenset(targets) for targets in by_pass.values()}) > 1


# --- those of another sample -------------------------------------------------------------------------------------------


class _Way(NamedTuple):
    """An order that a mistake makes: the words for what mends it, the order itself, and how far targets are moved."""

    words: str
    turned: "Callable[[Sequence[Sample]], list[Sample]]"
    by: int


def targets_shifted(training: Training) -> Iterator[Found]:
    """Every output is compared with the target of another sample: shifted, reversed, by columns instead of rows."""
    yield from shifted_twice(training)
    passes = training.sound
    if len(passes) < ENOUGH or sense_of(training) != 1.0:
        return
    if not (unexplained(training) or (unsure(training) and not _symbolic(training))):
        return
    orders = all_samples(training)
    if not all(orders):
        return
    if len(orders[0]) < _WHOLE or len({tuple(sorted(s.targets for s in order)) for order in orders[:SAMPLES]}) > 1:
        orders = [[sample for order in orders for sample in order]]  # a pass with all samples has its own order
    i = residuals(passes[-1])[0][0] if residuals(passes[-1]) else len(passes[-1].nodes) - 1
    tried = [
        experiment
        for way in _ways(orders)
        if not _known(orders[-1], way) and (experiment := paired_anew(orders, [way.turned(o) for o in orders], way.words))
    ]
    yield Found(
        passes[-1].source(i),
        "the outputs do not fit their targets",
        "pair them by place: zip(inputs, targets), both sorted or shuffled together",
        {},
        (passes[-1].nodes.name(i),),
        claim=Claim(
            tried[:_TRIED],
            alone=True, longer=False, judge=lambda first, before, after: after < MATCHED * min(first, before),
        ),
    )  # fmt: skip


def _ways(orders: Sequence[Sequence[Sample]]) -> list[_Way]:
    """The orders that may be the right one, the likeliest first."""
    whole, n = len(orders) > 1, len(orders[0])
    ways = [_shift(1), _shift(-1)]
    if whole:
        ways.append(_Way("the targets in reverse order", _reverse, 0))
    nearest = _nearest(orders[0])
    if nearest is None:
        return ways
    following = statistics.median(abs(j - i) for i, j in enumerate(nearest)) <= SAMPLES  # a shift in a series is a phase
    far = range(2, 1 if following else (n // 2 if whole else min(_FAR, n // 2)) + 1)
    ways += [_shift(by) for k in far for by in (k, -k)]
    if whole:
        ways += [_transpose(rows, n // rows) for rows in range(2, n // 2 + 1) if n % rows == 0]
    own = _roughness(orders[0], nearest)
    scored = sorted(((_roughness(way.turned(orders[0]), nearest), k) for k, way in enumerate(ways)))
    return [ways[k] for roughness, k in scored if roughness < MENDED * own]


def _shift(by: int) -> _Way:
    many = f"{abs(by)} places " if abs(by) > 1 else ""
    words = f"the target of the sample {many}{'before' if by > 0 else 'after'} it for each"
    return _Way(words, lambda order: [*order[-by:], *order[:-by]], by)


def _reverse(order: Sequence[T]) -> list[T]:
    return list(order[::-1])


def _transpose(rows: int, columns: int) -> _Way:
    """The target of sample r, c of a table is that of c, r: it was filled by columns and is read by rows."""
    return _Way(
        f"the targets as columns of {rows} instead of rows of {columns}",
        lambda order: [order[c * rows + r] for r in range(rows) for c in range(columns)],
        0,
    )


def _nearest(order: Sequence[Sample]) -> list[int] | None:
    """The nearest other sample of each of the first samples; None if their inputs cannot be compared."""
    rows: list[tuple[float, ...]] = []
    for sample in order[:_NEIGHBOURS]:
        if sample.given in rows:
            break  # a further round
        rows.append(sample.given)
    if len(rows) < _WHOLE or len({len(row) for row in rows}) > 1 or not rows[0]:
        return None
    columns = {column for column in zip(*rows, strict=True) if len(set(column)) > 1}
    if not columns or not all(map(math.isfinite, (x for column in columns for x in column))):
        return None
    scaled = list(zip(*([x / statistics.pstdev(column) for x in column] for column in columns), strict=True))
    return [
        min((k for k in range(len(scaled)) if k != i), key=lambda k: math.dist(scaled[i], scaled[k]))
        for i in range(len(scaled))
    ]


def _roughness(order: Sequence[Sample], nearest: Sequence[int]) -> float:
    """The mean difference of a sample's targets from those of its nearest neighbour."""
    pairs = [(order[i], order[j]) for i, j in enumerate(nearest)]
    if order[0].is_labelled or not order[0].places:
        return sum(a.targets != b.targets for a, b in pairs) / len(pairs)
    return math.fsum((x - y) ** 2 for a, b in pairs for x, y in zip(a.targets, b.targets, strict=False)) / len(pairs)


def _known(order: Sequence[Sample], way: _Way) -> bool:
    """True if the target of the other sample is among the inputs of this one, as in a series: that fits by itself."""
    pairs = [*zip(order, way.turned(order), strict=True)][:_WHOLE]
    return not order[0].is_labelled and sum(set(other.targets) <= set(s.given) for s, other in pairs) > len(pairs) // 2


def _symbolic(training: Training) -> bool:
    """True if inputs are symbols, zeros and ones or rows of a table: in a text the label of one is the input of the next."""
    given = [sample for p in training.sound[-_WHOLE:] for sample in samples_of(training, p)[:_WHOLE]]
    numbers = {x for sample in given for x in sample.given}
    return len(numbers) < _WHOLE or len({sample.rows for sample in given}) > 1

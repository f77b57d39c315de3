"""The errors that are left at the end of a training, beside the inputs of their samples: are they noise?

If a straight line through the inputs foretells them, or the errors of the samples nearest by, then the model has left something
that is there to be had. Each error is foretold from the other samples only, so that noise is not foretold by chance.
"""

import math
import statistics
from collections.abc import Sequence
from typing import NamedTuple

from .samples import all_samples, errors_of, outcome_of
from .thresholds import SAMPLES
from .training import Training

_MOST = 150  # samples that are looked at
_COLUMNS = 12  # inputs of a sample: of more a line explains anything
_EACH = 3  # samples for each of them
_NEAREST = 3  # samples nearest by
_MICROSECONDS = 0.3  # of a distance

Column = tuple[float, ...]


class Remains(NamedTuple):
    """The errors of the last samples that differ.

    Attributes:
        columns: their inputs, number by number, without those that are all the same.
        errors: output less target, or a probability less its label, for each output.
        share: the squares of the errors, beside those of an answer that is the same to everything.
        line: the share of the squares that a straight line through the inputs foretells; below 0 if it makes them larger.
        near: the same of the mean of the nearest samples.
    """

    columns: tuple[Column, ...]
    errors: tuple[Column, ...]
    share: float
    line: float
    near: float


def remains_of(training: Training) -> Remains | None:
    """The errors that are left; None where the samples are too few, or have no inputs that can be compared."""
    return training.once("remains", lambda: _remains(training))


def _remains(training: Training) -> Remains | None:
    outcome = outcome_of(training)
    rows: dict[tuple[Column, Column], tuple[Column, Column, Column]] = {}
    seen = set[tuple[int, Column]]()
    for p, samples in zip(reversed(training.sound), reversed(all_samples(training)), strict=True):
        marks = [(id(s.like or s), s.targets) for s in samples]
        if not seen.issuperset(marks):
            seen.update(marks)
            for sample, missed in zip(samples, errors_of(training, p), strict=False):
                rows.setdefault((sample.given, sample.targets), (sample.given, missed, sample.targets))
        if len(rows) >= _MOST or len(samples) >= _MOST // 2:
            break
    if outcome is None or len(rows) < 4 * SAMPLES or len({(len(x), len(e)) for x, e, _ in rows.values()}) > 1:
        return None
    inputs: list[Column] = list(zip(*(x for x, *_ in rows.values()), strict=True))
    columns = tuple(dict.fromkeys(c for c in inputs if len(set(c)) > 1))
    errors: tuple[Column, ...] = tuple(zip(*(e for _, e, _ in rows.values()), strict=True))
    if not 0 < len(columns) <= min(_COLUMNS, len(rows) // _EACH - 1) or not errors:
        return None
    if not all(map(math.isfinite, (x for c in (*columns, *errors) for x in c))):
        return None
    training.budget.left -= _MICROSECONDS * len(rows) ** 2
    whole = math.fsum(e * e for c in errors for e in c)
    spread = len(rows) * _spread([y for *_, y in rows.values()], labelled=outcome.labelled)
    if not whole or not spread:
        return None
    line = math.fsum(e * e for c in errors for e in beside_a_line(columns, c))
    near = math.fsum(e * e for e in _beside_the_nearest(columns, errors))
    return Remains(columns, errors, whole / spread, 1.0 - line / whole, 1.0 - near / whole)


def _spread(targets: Sequence[tuple[float, ...]], *, labelled: bool) -> float:
    """The mean square of the errors of one answer to everything."""
    if not labelled:
        return math.fsum(map(statistics.pvariance, zip(*targets, strict=True)))
    labels = [y for (y,) in targets]
    shares = [labels.count(y) / len(labels) for y in set(labels)]
    return math.fsum(s * (1.0 - s) for s in shares) / (2.0 if len(shares) == 2 else 1.0)


# --- what foretells them -------------------------------------------------------------------------------------------------


def beside_a_line(columns: Sequence[Column], errors: Column) -> list[float]:
    """The rest of each error beside the straight line through all the others.

    >>> max(map(abs, beside_a_line([(0.0, 1.0, 2.0, 3.0)], (1.0, 3.0, 5.0, 7.0)))) < 1e-9
    True
    """
    n, basis = len(errors), list[list[float]]()
    for column in ([1.0] * n, *columns):
        v, size = list(column), math.hypot(*column)
        for _ in range(2):  # twice is enough, for the rounding of the first time
            for q in basis:
                d = math.fsum(a * b for a, b in zip(q, v, strict=True))
                v = [x - d * y for x, y in zip(v, q, strict=True)]
        length = math.hypot(*v)
        if length > 1e-9 * size:
            basis.append([x / length for x in v])
    shares = [math.fsum(a * b for a, b in zip(q, errors, strict=True)) for q in basis]
    fitted = [math.fsum(d * q[i] for d, q in zip(shares, basis, strict=True)) for i in range(n)]
    weight = [math.fsum(q[i] ** 2 for q in basis) for i in range(n)]
    # An error with its own weight in the line taken away: as if the line had been laid through the others.
    return [(e - f) / max(1e-9, 1.0 - w) for e, f, w in zip(errors, fitted, weight, strict=True)]


def _beside_the_nearest(columns: Sequence[Column], errors: Sequence[Column]) -> list[float]:
    """The rest of the errors beside the mean of those nearest by."""
    points = list(zip(*([x / s for x in c] for c in columns if (s := statistics.pstdev(c))), strict=True))
    rest: list[float] = []
    for i, point in enumerate(points):
        by_distance = sorted((math.dist(point, other), j) for j, other in enumerate(points) if j != i)[:_NEAREST]
        rest += [c[i] - math.fsum(c[j] for _, j in by_distance) / len(by_distance) for c in errors]
    return rest

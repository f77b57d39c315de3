"""Diagnoses of the errors that are left at the end: they should be noise, of which the inputs foretell nothing.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. They need no cause: a model that
makes no more of its inputs than a straight line would is at fault somewhere, or it is simpler than its samples on purpose.
"""

import math
import statistics
from collections.abc import Iterator

from autograd import Source

from .... import style
from ..evidence.evaluation import lists_of
from ..evidence.found import Certainty, Found
from ..evidence.outputs import residuals
from ..evidence.remains import Column, Remains, beside_a_line, remains_of
from ..evidence.thresholds import MANY
from ..evidence.training import Training
from .progress import put_back, sense_of

_LEFT = 0.1  # of what one answer to everything leaves: less is well learned
_FALLING = 0.7  # the cost of a quarter of the steps, beside that of the quarter before: less is still being learned
_STRAIGHT = 0.6  # of the squares that are left: a model that has come to rest leaves nothing to a line through its own inputs
_NEAR = 0.8  # the same for the nearest samples: a model that is simpler than its samples leaves much to them
_ALONE = 0.9  # of what a line through all inputs foretells, by one of them
_FAR = 3.0  # deviations that the mean of an input is away from 0: such an input is hard to learn


def follows_the_inputs(training: Training) -> Iterator[Found]:
    """Errors that a straight line through the inputs foretells, or the errors of the samples nearest by."""
    if len(training.steps) < MANY or sense_of(training) != 1.0 or training.changes_inputs or put_back(training):
        return
    n = len(training.costs) // 4
    if statistics.median(training.costs[-n:]) < _FALLING * statistics.median(training.costs[-2 * n : -n]):
        return  # it is on its way
    left = remains_of(training)
    if left is None or left.share < _LEFT or max(left.line, left.near) < _STRAIGHT:
        return
    p = training.sound[-1]
    compared = residuals(p)
    source = p.source(compared[0][1]) if compared else p.source(len(p.nodes) - 1)
    n = len(left.columns[0])
    begun = (
        f"the errors of the last {n} samples are no noise: their squares are {style.number(left.share)} of those that one "
        "answer to everything leaves, and "
    )
    evidence = {"samples": float(n), "left": left.share, "line": left.line, "nearest": left.near}
    if left.line >= _STRAIGHT:
        alone = _by_one(left)
        far = next((c for c in ([alone] if alone else left.columns) if _is_far(c)), None)
        shown = alone or far
        yield Found(
            (_made_at(training, far) if far else None) or source,
            f"{begun}a straight line through {'one' if alone else 'all'} of their {len(left.columns)} inputs"
            + (f", {'which' if alone else 'one of which'} is {_range(shown)}," if shown else "")
            + f" foretells {left.line:.0%} of them",
            "(x - mean) / deviation for each input" if far else "look if every input reaches the output, and is learned",
            evidence,
            # A penalty, a bound or a model that is simple on purpose leaves errors, too; one input far from 0 is a cause.
            certainty=None if compared and far else Certainty.HINT,
        )
    elif left.near >= _NEAR and compared:
        yield Found(
            source,
            f"{begun}the errors of the nearest samples foretell {left.near:.0%} of them",
            "a model that bends where the samples do: more units, other functions of the inputs; or look what holds it back",
            evidence,
            certainty=Certainty.HINT,
        )


def _by_one(left: Remains) -> Column | None:
    """The input that foretells the errors alone."""
    whole = math.fsum(e * e for c in left.errors for e in c)
    for column in left.columns:
        rest = math.fsum(e * e for c in left.errors for e in beside_a_line([column], c))
        if 1.0 - rest / whole >= _ALONE * left.line:
            return column
    return None


def _is_far(column: Column) -> bool:
    """True for an input that is far from 0 for all samples, as a year is."""
    return abs(statistics.fmean(column)) > _FAR * statistics.pstdev(column)


def _range(column: Column) -> str:
    return f"{style.number(min(column))} … {style.number(max(column))}"


def _made_at(training: Training, column: Column) -> Source | None:
    """The line that makes the list in which these numbers stand."""
    numbers = set(column)
    for name, rows in lists_of(training).items():
        columns = zip(*rows, strict=False)
        made = training.script.assigned(name)
        if made and any(numbers <= set(other) for other in columns):
            return training.script.source(made[0])
    return None

"""The rates of the steps over time, whatever the update: plain descent, momentum, one running mean over the root of another.

The law of the update is found from its first steps; then every step is so many times its direction, which is its rate. So a
schedule is seen in a script that writes its update by hand, too, and can be replaced by another in an experiment.
"""

import itertools
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from typing import NamedTuple

from .experiment import Update
from .forms import PLAIN, fits, rates, the_step_before
from .laboratory import steps_of
from .laws import Along, Direction, Rule, Velocity, adaptive, lively, moved, moves_of, rates_along, shares_beside
from .thresholds import LONG, STEPS
from .training import Training

_EACH, _MOST = 6, 20_000  # parameters that tell the rate of each step, and steps: more take longer than the answer may


class Rated(NamedTuple):
    """The rate of each step, and the update that it is a rate of.

    Attributes:
        rates: as the script's steps have had them, 0 for those that move nothing.
        again: makes the same update with other rates; the last of them counts for all steps that follow.
    """

    rates: list[float]
    again: Callable[[Sequence[float]], Update]


def rated(training: Training) -> Rated | None:
    """The rates of the steps of a training; None if its update follows no law that is known here."""
    return training.once("rated", lambda: _rated(training))


def _rated(training: Training) -> Rated | None:
    steps = steps_of(training)
    if plain := rates(steps, training, PLAIN):
        return Rated(plain, _with_rates(partial(Velocity, 0.0)))
    first = moves_of(training) if LONG < len(steps) <= _MOST else None
    keys = lively(first)[:_EACH] if first else []
    if first is None or len(keys) < 2 or (moves := moved(steps, keys)) is None:
        return None
    make: Callable[[], Direction] | None = None
    if pairs := fits(training, the_step_before):
        kept = [factor * before / rate for (before, _), (rate, factor) in itertools.pairwise(pairs) if rate]
        make = partial(Velocity, statistics.median(kept)) if len(kept) >= STEPS else None
    if not make and (found := adaptive(first, shares_beside(training.update_line))) and found[2]:
        make = partial(Rule, found[0])
    along = rates_along(make(), moves, keys) if make else None
    return Rated(along, _with_rates(make)) if make and along else None


def _with_rates(make: Callable[[], Direction]) -> Callable[[Sequence[float]], Update]:
    """A maker of an update of a direction, which begins anew, from its rates."""
    return lambda rates: Along(make(), *rates)

"""Diagnoses of the way of data into training: a generator that is used up, the same batch every time, rewards of a policy.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import math
import statistics
from collections.abc import Iterator

from .... import style
from ..evidence.advantages import rewarded
from ..evidence.found import Certainty, Found
from ..evidence.loops import overwritten, same_piece, used_up
from ..evidence.outputs import sign_of_terms
from ..evidence.statements import source_at
from ..evidence.thresholds import ENOUGH, LONG, SAMPLES
from ..evidence.training import Training


def generator_used_up(training: Training) -> Iterator[Found]:
    """A generator made once, before the loop over the epochs: from the second epoch on it is empty."""
    found = used_up(source_at(training.passes[-1].called))
    if found and training.watched:
        source, name = found
        yield Found(
            source,
            f"{name} is made once, outside the loop in which it is gone through: there are "
            f"{style.counted(len(training.passes), 'pass')}, all in the first round, and none after it",
            f"a list: {name} = list(...); or make it anew in every round",
            {"passes": float(len(training.passes))},
        )


def only_the_last(training: Training) -> Iterator[Found]:
    """A cost that each round of a loop over the samples gives to the same name: only that of the last is trained on."""
    p, passes = training.first, training.sound
    if p is None or len(passes) < LONG or not training.updated or training.changes_inputs:
        return
    found = overwritten(p.source(len(p.nodes) - 1), source_at(p.called))
    if found:
        source, name = found
        yield Found(
            source,
            f"each round of this loop gives {name} another value, and backward() comes after the loop: in all "
            f"{len(passes)} passes the cost is that of the last round alone",
            f"add them up: {name} = {name} + ...; or collect them in a list, and take the mean",
            {"passes": float(len(passes))},
        )


def same_batch(training: Training) -> Iterator[Found]:
    """Every pass has the same samples, though the loop takes a piece of the data: its bounds never change."""
    passes = training.sound
    if len(passes) < ENOUGH or training.changes_inputs or not training.updated:
        return
    p = passes[0]
    given = [i for i in p.leaves if p.key_of.get(i) not in training.trained]
    if any(q.shape is not p.shape or q.nodes.constants != p.nodes.constants for q in passes):
        return
    if any(q.nodes.data[i] != p.nodes.data[i] for q in passes for i in given):
        return
    source = same_piece(source_at(p.called))
    if source:
        yield Found(
            source,
            f"all {len(passes)} passes have the same samples: the bounds of this piece of the data never change",
            "move the bounds on in every round: start = k * size",
            {"passes": float(len(passes))},
        )


def advantage(training: Training) -> Iterator[Found]:
    """Logarithms of probabilities with factors of both signs, as in a policy gradient, where the sign is easily turned."""
    passes = training.looked_at
    if len(passes) < SAMPLES or len(training.steps) < LONG:
        return
    p = passes[-1]
    factors = [c for q in passes for i, c in q.terms if q.rows[i].in_cost == "likelihood"]
    if not min(factors, default=0.0) < 0.0 < max(factors, default=0.0):
        return
    uphill = [m.uphill for m in training.moves if not math.isnan(m.uphill)]
    known = rewarded(p.source(next(i for i, _ in p.terms if p.rows[i].in_cost == "likelihood")))
    if uphill and len({sign for sign, _ in known}) == 1 and known[0][0] * statistics.fmean(uphill) < 0.0:
        yield Found(
            known[0][1],
            "the reward goes into the cost with the wrong sign: what is rewarded becomes less likely by every step",
            "cost = -log(p) * (reward - baseline): a reward above the baseline makes the choice likelier",
            {"passes": float(len(passes))},
        )
    elif {sign_of_terms(q) for q in passes} == {1, -1} and all(p.rows[i].in_cost == "likelihood" for i, _ in p.terms):
        yield Found(
            p.source(len(p.nodes) - 1),
            "the logarithm of a probability has now a positive factor, now a negative one, as an advantage is: descent makes "
            "likelier what was chosen when the factor is negative in the cost",
            "cost = -log(p) * (reward - baseline): a reward above the baseline makes the choice likelier",
            {"passes": float(len(passes))},
            certainty=Certainty.HINT,
        )

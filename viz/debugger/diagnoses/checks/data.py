"""Diagnoses of the way of data into training: a generator that is used up, the same batch every time, rewards of a policy.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import math
import statistics
from collections.abc import Iterator, Sequence

from .... import style
from ..evidence.advantages import rewarded
from ..evidence.found import Certainty, Found
from ..evidence.loops import overwritten, same_piece
from ..evidence.outputs import sign_of_terms
from ..evidence.samples import all_samples, different, samples_of
from ..evidence.script import gone_through
from ..evidence.statements import source_at
from ..evidence.thresholds import ENOUGH, LONG, MOSTLY, SAMPLES, STEPS
from ..evidence.training import Training
from .coverage import same_numbers

_LAST = 500  # samples that are looked at
_FAR = 3.0  # times the range of all others


def generator_used_up(training: Training) -> Iterator[Found]:
    """A generator made once, before the loop that goes through it again: from the second round on it is empty."""
    script, passes = training.script, training.passes
    around = [loop for call in script.calls for loop in script.loops(call.line)]
    for name, names in training.sight.iterators.items():
        for rounds in (n for use in script.uses(name) if (n := gone_through(use)) is not None):
            made = [n for other in names for n in script.assigned(other)]
            if rounds is script.loop or len(made) != 1 or script.runs(made[0]):
                continue
            within = rounds in around
            larger = [len(p.nodes) > len(passes[1].nodes) for p in passes[:1] if len(passes) > STEPS]
            if not within and not (larger == [True] and len({len(p.nodes) for p in passes[1:]}) == 1):
                continue
            there = style.counted(len(passes), "pass")
            yield Found(
                script.source(made[0]),
                f"{name} is made once, outside the loop in which it is gone through: "
                + (
                    f"there are {there}, all in the first round, and none after it"
                    if within
                    else f"the first of {there} has {len(passes[0].nodes)} nodes, and all others, without what was in it, "
                    f"{len(passes[1].nodes)}"
                ),
                f"a list: {name} = list(...); or make it anew in every round",
                {"passes": float(len(passes))},
                certainty=None if within else Certainty.FACT,
            )
            return


def only_the_last(training: Training) -> Iterator[Found]:
    """A cost that each round of a loop over the samples gives to the same name: only that of the last is trained on."""
    p, passes = training.first, training.sound
    if p is None or len(passes) < LONG or not training.updated or training.changes_inputs:
        return
    root, called = len(p.nodes) - 1, source_at(p.called)
    found = overwritten(p.source(root), called)
    while found is None and len(p.nodes.operands_of(root)) == 2 and len(p.parents[root]) == 1 and p.is_linear(root):
        (root,) = p.parents[root]  # the mean is taken after the loop
        found = overwritten(p.source(root), called)
    if found:
        source, name = found
        batches = len(samples_of(training, p)) > 1 and root == len(p.nodes) - 1
        yield Found(
            called if batches else source,
            f"each round of this loop gives {name} another value, and backward() comes after the loop: in all "
            f"{len(passes)} passes the cost is that of the last round alone",
            "backward() and the update in each round of the loop"
            if batches
            else f"add them up: {name} = {name} + ...; or collect them in a list, and take the mean",
            {"passes": float(len(passes))},
        )


def same_batch(training: Training) -> Iterator[Found]:
    """Every pass has the same samples, though the loop takes a piece of the data: its bounds never change."""
    passes = training.sound
    if len(passes) < ENOUGH or training.changes_inputs or not training.updated:
        return
    if not same_numbers(training):
        return
    p = passes[0]
    source = same_piece(source_at(p.called))
    if source:
        yield Found(
            source,
            f"all {len(passes)} passes have the same samples: the bounds of this piece of the data never change",
            "move the bounds on in every round: start = k * size",
            {"passes": float(len(passes))},
        )


def code_for_missing(training: Training) -> Iterator[Found]:
    """One number, far outside of all others, that stands in the place of several of them, as -99 does for what is missing."""
    samples = [s for order in all_samples(training) for s in order][-_LAST:]
    if len(training.steps) < ENOUGH or not training.updated or not samples or training.changes_inputs:
        return
    used = {x for s in different(samples) for x in s.given}.union(*(s.targets for s in samples))
    for name, entries in training.sight.lists.items():
        columns = zip(*entries, strict=True) if len({len(entry) for entry in entries}) == 1 else ()
        for k, column in enumerate(columns):
            code = _code(column)
            if code is None or code not in used or MOSTLY * len(set(column)) > len(used & set(column)):
                continue
            rest, made = [x for x in column if x != code], training.script.assigned(name)
            which = f"number {k} of " if len(entries[0]) > 1 else ""
            yield Found(
                training.script.source(made[0]) if made else training.called,
                f"{which}{column.count(code)} of the {len(column)} entries of {name} is {style.number(code)}, and all others "
                f"lie in {style.number(min(rest))} … {style.number(max(rest))}: this may be no measurement, but a code for one "
                "that is missing",
                f"leave entries with {style.number(code)} out: {name} = [entry for entry in {name} if ...]",
                {"code": code, "entries": float(column.count(code))},
            )
            return


def _code(column: Sequence[float]) -> float | None:
    """The least or the largest number of a column, if it is there several times and far outside of all others."""
    for code in (min(column), max(column)):
        rest = [x for x in column if x != code]
        far = min((abs(x - code) for x in rest), default=0.0)
        several = SAMPLES - 1 <= len(column) - len(rest) <= len(column) / 2
        if several and len(set(rest)) >= 2 * SAMPLES and far > _FAR * (max(rest) - min(rest)):
            return code
    return None


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

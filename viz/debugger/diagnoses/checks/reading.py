"""Diagnoses that are read in the source beside the passes: slips of the pen, on the way from the data to the update.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. The rules are those of
evidence/reading.py; here they are held beside the passes, which decide how sure a slip is.
"""

import ast
from collections.abc import Iterator

from ..evidence import entries, episodes, formulas, pairing, reading, states
from ..evidence.copies import copied_line as copied
from ..evidence.copies import same_part
from ..evidence.found import Certainty, Found
from ..evidence.outputs import is_distance
from ..evidence.reading import Slip
from ..evidence.statements import source_at
from ..evidence.thresholds import STEPS
from ..evidence.training import Training

_TABLE = 9  # leaves of a pass that looks up the values of two steps


def _found(slip: Slip, certainty: Certainty | None = None) -> Found:
    return Found(slip.source, slip.what, slip.remedy, certainty=certainty)


def return_inside_the_loop(training: Training) -> Iterator[Found]:
    """A function that should add up all rounds of its loop, and returns after the first."""
    yield from map(_found, reading.returned_in_the_loop(training.script))


def bound_late(training: Training) -> Iterator[Found]:
    """Functions made in a loop that read its variable when they are called: all see the last value."""
    yield from map(_found, reading.bound_late(training.script))


def kept_in_a_default(training: Training) -> Iterator[Found]:
    """A list or dictionary that is the default of an argument, and remembers what another call has put there."""
    for slip in reading.kept_in_a_default(training.script):
        groups = {
            frozenset(key for key, u in p.updates.items() if (at := source_at(u.place)) and at.function == slip.source.function)
            for p in training.passes[1:]
        } - {frozenset()}
        shared = len(groups) > 1 and all(a == b or a.isdisjoint(b) for a in groups for b in groups)
        told = f": {len(groups)} groups of parameters, which are updated by turns, have it in common" if shared else ""
        yield _found(slip._replace(what=slip.what + told), None if shared else Certainty.HINT)


def changed_while_gone_through(training: Training) -> Iterator[Found]:
    """A loop over a list that takes entries out of it, so that it leaves others out."""
    used = {n.id for n in training.script.inside if isinstance(n, ast.Name)} | set(training.sight.lists)
    for slip in reading.shortened_while_gone_through(training.script):
        if slip.name.partition(".")[0].partition("[")[0] in used:
            yield _found(slip)


def always_zero(training: Training) -> Iterator[Found]:
    """A division without remainder by the number of all rounds, which is 0 in each of them."""
    yield from map(_found, reading.always_zero(training.script))


def never_read(training: Training) -> Iterator[Found]:
    """A number that each step works out, or an argument or entry that is at hand, and that nothing uses."""
    if len(training.passes) < STEPS:
        return
    for slip in reading.never_used(training.script):
        yield _found(slip, None if reading.is_on_the_way(training.script, slip) else Certainty.HINT)
    script = training.script
    unread = (reading.argument_not_used, entries.item_not_used, entries.counter_not_used, formulas.index_of_another)
    for slip in (slip for rule in unread for slip in rule(script)):
        yield _found(slip, Certainty.HINT if slip.natural else None)


def copied_line(training: Training) -> Iterator[Found]:
    """A copy of the line before, in which a name was changed everywhere but in one place; or of the inputs, as targets."""
    yield from map(_found, (*copied(training.script), *same_part(training.script)))


def without_parentheses(training: Training) -> Iterator[Found]:
    """A denominator without its parentheses, so that its second factor multiplies."""
    yield from map(_found, formulas.without_parentheses(training.script))


def state_as_number(training: Training) -> Iterator[Found]:
    """A state that goes from step to step of a sequence as a number, so that no gradient goes back in time."""
    p = training.first
    if p is None or not training.updated or training.changes_inputs:
        return
    lines = {line[1] for q in training.ends for i in q.interior if (line := q.line(i)) and line[0] == training.script.file}
    yield from map(_found, states.state_as_number(training.script, lines))


def state_set_back(training: Training) -> Iterator[Found]:
    """A state that goes from step to step of a sequence, and that every step begins anew."""
    if training.updated and not training.changes_inputs:
        yield from map(_found, states.set_back(training.script))


def end_of_an_episode(training: Training) -> Iterator[Found]:
    """An episode whose last step is treated as any other, or whose rewards are added up from the wrong end."""
    if len(training.passes) >= STEPS:
        yield from map(_found, (*episodes.past_the_end(training.script), *episodes.added_forwards(training.script)))


def variance_as_deviation(training: Training) -> Iterator[Found]:
    """A normal sample that gets its variance as the deviation."""
    yield from map(_found, formulas.variance_as_deviation(training.script))


def ordered_apart(training: Training) -> Iterator[Found]:
    """Lists of the same samples of which one is put in another order: sorted or shuffled alone, turned round as it grows."""
    if training.updated:
        script = training.script
        yield from map(_found, (*pairing.ordered_apart(script), *pairing.turned_while_it_grows(script)))


def target_in_the_graph(training: Training) -> Iterator[Found]:
    """A target made of the value of the next step, which the cost moves as well."""
    if len(training.passes) < STEPS or not training.updated:
        return
    if not any(is_distance(p, i) for p in training.looked_at for i, _ in p.terms):
        return  # a return that is unrolled, not an error
    slips = list(episodes.target_in_the_graph(training.script))
    lines = _lines_between_rows(training) if slips else set()
    yield from map(_found, [slip for slip in slips if slip.source.line in lines][:1])


def _lines_between_rows(training: Training) -> set[int]:
    """The lines of nodes that get a gradient, computed from some parameters of a table and not from others of it."""
    lines: set[int] = set()
    for p in training.looked_at:
        trained = {q: training.made_at(key) for key, q in p.leaf.items() if key in training.updated}
        for i in p.interior if 1 < len(trained) < _TABLE else ():
            below = p.structure.below(i)
            tables = {trained[q] for q in below if q in trained}
            beside = tables & {made for q, made in trained.items() if q not in below}
            if beside and p.upstream[i] and (line := p.line(i)) and line[0] == training.script.file:
                lines.add(line[1])
    return lines

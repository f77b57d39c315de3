"""Diagnoses of units of measurement: angles in degrees where a sine takes radians, in the graph or before it.

Each check takes a `Training` and yields its findings; the table (table.py) has their names. A sine of plain numbers leaves no
node. But its results are in the graph, and the angles may be in a list in sight: where the numbers of the graph are just the
sines of such a list, they can be replaced by those of the same angles in radians.
"""

import ast
import math
from collections.abc import Iterator

from autograd import Source

from .... import style
from ..evidence.experiment import Claim, Edit, Entry, Experiment, number_of, numbers_of
from ..evidence.found import Found
from ..evidence.passes import Pass
from ..evidence.samples import outcome_of
from ..evidence.script import last_name
from ..evidence.thresholds import ENOUGH, MATCHED, SAMPLES, UNEXPLAINED
from ..evidence.training import Training
from .flow import input_entries
from .progress import sense_of, unexplained

_TURN = 360.0
_WIDE = 30.0  # the largest angle, at least: five turns, if it were in radians
_WAVES = {"sin": math.sin, "cos": math.cos, "tan": math.tan}


def degrees(training: Training) -> Iterator[Found]:
    """A sine of angles that are no radians."""
    if len(training.sound) < ENOUGH or sense_of(training) != 1.0:
        return
    if unexplained(training):
        yield from _in_the_graph(training)
    outcome = outcome_of(training)
    if outcome is None:  # without targets, the distance of points from lines, say
        known = not training.costs[-1] > UNEXPLAINED * training.costs[0] > 0.0
    else:
        known = outcome.labelled or outcome.samples <= SAMPLES or not outcome.error > UNEXPLAINED * outcome.guess
    if not known:
        yield from _before_it(training)


def _in_the_graph(training: Training) -> Iterator[Found]:
    """Operations of the graph that take whole numbers."""
    p = training.sound[-1]
    waves = [i for i in p.interior if p.ops[i] in _WAVES]
    entries = {e for i in waves for e in input_entries(p, i)}
    numbers = {*numbers_of(p, entries)}
    largest = max(map(abs, numbers), default=0.0)
    if len(numbers) < SAMPLES or not all(x.is_integer() for x in numbers) or not _WIDE <= largest <= 2.0 * _TURN:
        return
    lines = {p.line(i) for i in waves}

    def edit(q: Pass) -> Edit:
        own = {e for i in q.interior if q.ops[i] in _WAVES and q.line(i) in lines for e in input_entries(q, i)}
        return Edit(numbers={e: math.radians(number_of(q, e)) for e in own})

    yield Found(
        p.source(waves[0]),
        f"{p.ops[waves[0]]} takes radians and is given whole numbers up to {style.number(largest)}",
        "math.radians(x)",
        {"largest": largest},
        (p.nodes.name(waves[0]),),
        claim=Claim(
            [Experiment("the inputs in radians", edit=edit)],
            alone=True, judge=lambda _, before, after: after < MATCHED * before,
        ),
    )  # fmt: skip


def _before_it(training: Training) -> Iterator[Found]:
    """Numbers of the graph that are the sines of a list of angles."""
    p = training.sound[-1]
    angles = {x for rows in training.sight.lists.values() for row in rows for x in row if x}
    known = {wave(x): (name, x) for x in angles if abs(x) <= 2.0 * _TURN for name, wave in _WAVES.items()}
    there = [e for e in _entries(p) if number_of(p, e) in known]
    given = {known[number_of(p, e)] for e in there}
    largest = max((abs(x) for _, x in given), default=0.0)
    if len(given) <= SAMPLES or not _WIDE <= largest <= 2.0 * _TURN:
        return

    def edit(q: Pass) -> Edit:
        own = [e for e in _entries(q) if number_of(q, e) in known]
        waves = {e: known[number_of(q, e)] for e in own}
        return Edit(numbers={e: _WAVES[name](math.radians(x)) for e, (name, x) in waves.items()})

    user = next((i for i in p.interior if there[0] in p.shape.operands[i]), len(p.nodes) - 1)
    name, x = known[number_of(p, there[0])]
    yield Found(
        _handed_on(training) or p.source(user),
        f"{len(there)} numbers of the graph are sines or cosines of angles up to {style.number(largest)}, as {name}("
        f"{style.number(x)}) = {style.number(number_of(p, there[0]))}: they take radians",
        "math.radians(x)",
        {"largest": largest},
        (p.nodes.name(user),),
        claim=Claim(
            [Experiment("the angles in radians", edit=edit)],
            alone=True, longer=False, judge=lambda first, before, after: after < MATCHED * min(first, before),
        ),
    )  # fmt: skip


def _handed_on(training: Training) -> Source | None:
    """The line that hands an angle on to a sine as it is, a = angle, where it should be converted."""
    script = training.script
    for n in script.inside:
        given = n.args[:1] if isinstance(n, ast.Call) and last_name(n.func) in _WAVES else []  # none in x.sin()
        for angle in (a for a in given if isinstance(a, ast.Name)):
            made = [a for a in script.assigned(angle.id) if script.runs(a)]
            if len(made) == 1 and isinstance(made[0], ast.Assign) and isinstance(made[0].value, ast.Name):
                return script.source(made[0])
    return None


def _entries(p: Pass) -> list[Entry]:
    """The constants of a pass."""
    return [-1 - k for k in range(len(p.nodes.constants))]

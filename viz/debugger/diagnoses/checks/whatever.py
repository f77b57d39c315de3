"""Costs that go to nothing whatever the data are: no data can tell the parameters anything then.

They are evaluated again with the numbers of the data in another order, larger and smaller (evidence/given.py). If nothing is
left along a ray, a likelihood lacks what it should be divided by; if nothing is left where parameters are 0, an equation lacks
its initial condition, or a distance what should stay apart. Of samples that are only fitted well, other data leave much.
"""

import functools
import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from .... import style
from ..evidence.found import Found
from ..evidence.given import data_of, other_data
from ..evidence.objective import Numbers
from ..evidence.outputs import logits_of
from ..evidence.statements import cost_of, source_at
from ..evidence.thresholds import ENOUGH, MENDED, NOISE, NOTICED
from ..evidence.training import Training
from .activations import OF_LOGITS
from .progress import Change, change_of, taken_back
from .rays import downwards, lines_of, rays_of, which

_WAY = (0.0, *(2.0**k for k in range(14)))  # along a ray: exponentials are there soon
_NOTHING = 0.01  # of the first cost: some of it may be of what is known, as the variance that a recursion begins with
_FALLS = 0.75  # of the cost half as far: it goes on to nothing
_TIMES = (1.0, 3.0, 0.3)  # as large are other data


class _Ends(NamedTuple):
    """The cost at the end of a way, and at its beginning and end with other data."""

    own: float
    before: float
    after: float


def trivial_solution(training: Training) -> Iterator[Found]:
    """A cost that is solved, with any data, by parameters that are 0."""
    change = _change(training)
    for keys in lines_of(training, change.objective.last) if change else ():
        assert change
        last, p = change.objective.last, training.sound[-1]
        found = _with_other_data(training, change, [last, last | dict.fromkeys(keys, 0.0)])
        if found and max(found.own, found.after) <= NOISE * change.before:
            yield Found(
                cost_of(source_at(p.called)) or p.source(len(p.nodes) - 1),
                f"with {which(training, keys)} at 0 the cost is {style.number(found.own)}, and so it is with any data: with "
                f"the same numbers in another order and {style.number(_TIMES[1])} times as large it goes from "
                f"{style.number(found.before)} to {style.number(found.after)}; so 0 is as good a "
                f"solution as what training has come to, at {style.number(change.after)}",
                "add what is known and not 0: an initial condition, a value at the boundary, targets, pairs that should be far "
                "apart, a size that is kept",
                {"first": change.before, "last": change.after, "with": found.own},
                (p.nodes.name(len(p.nodes) - 1),),
            )
            return


def unheld(training: Training, remedy: str) -> Found | None:
    """A cost of which nothing is left, with any data, along the way that the parameters have taken."""
    change, p = _change(training), training.sound[-1]
    for ray in rays_of(training, change) if change else ():
        assert change
        way = [ray.at(t) for t in _WAY]
        outwards = math.hypot(*way[-1].values()) > math.hypot(*way[0].values())  # else it ends, at 0
        if outwards and (found := _to_nothing(training, change, way)):
            i, _ = downwards(p, {key: x for key, x in way[-1].items() if key in p.leaf}, change.sense)
            return Found(
                p.source(i),
                f"the cost goes to nothing {ray.words}, whatever the data are: it has come from {style.number(change.before)} "
                f"to {style.number(change.after)}, and {style.number(_WAY[-1])} times as far it is {style.number(found.own)}; "
                f"with the same numbers in another order and {style.number(_TIMES[1])} times as large it goes from "
                f"{style.number(found.before)} to {style.number(found.after)} on this way",
                remedy,
                {"first": change.before, "last": change.after, "further": found.own, "times": _WAY[-1]},
                (p.nodes.name(i),),
            )
    return None


def _change(training: Training) -> Change | None:
    """The change of a cost that is to become small, of data; None for another, or one whose parameters are put back."""
    change = change_of(training)
    if change is None or change.sense != 1.0 or len(training.steps) < ENOUGH or training.clipped:
        return None
    if not 0.0 <= change.after < change.before or taken_back(training.sound[len(training.sound) // 2 :]):
        return None
    p = training.sound[-1]
    if any(p.rows[i].in_cost == "likelihood" or p.rows[i] in OF_LOGITS or logits_of(p, i) for i, _ in p.terms):
        return None  # a label is no number that could be another
    return change if data_of(training, p) else None


def _to_nothing(training: Training, change: Change, way: Sequence[Numbers]) -> _Ends | None:
    """The ends of a way along which the cost falls for ever, if it falls to nothing: what is left hangs on no data."""
    objective, known = change.objective, list[float]()
    for numbers in way:
        (cost,) = objective.costs(objective.groups[1], [numbers])
        if not 0.0 <= cost <= min(known, default=math.inf):
            return None  # an autoencoder that gives back whatever it is given has come to an end where it does
        known.append(cost)
    found = _with_other_data(training, change, [way[0], way[-1]])
    falls = known[-1] <= _FALLS * known[-2]
    return found if found and (falls or found.after <= (1.0 + NOTICED) * found.own) else None


def _with_other_data(training: Training, change: Change, ends: Sequence[Numbers]) -> _Ends | None:
    """The cost at two ends, if little is left at the second one with any data."""
    objective, group = change.objective, change.objective.groups[1]
    before, own = objective.costs(group, ends)
    if not 0.0 <= own <= min(_NOTHING * change.before, MENDED * before):
        return None
    pairs = []
    for times in _TIMES:
        others = functools.partial(other_data, training, times=times)
        first, before, after = objective.costs(group, [objective.first, *ends], others)
        if not (0.0 <= after <= _NOTHING * first and after <= MENDED * before):
            return None
        pairs.append((before, after))
    return _Ends(own, *pairs[1])

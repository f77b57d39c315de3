"""`Objective`: the cost of a few recorded passes for other parameters, each graph evaluated again.

The costs of a training cannot be compared with one another if each belongs to another sample, or if a penalty grows on the
way. The same graphs with the first and with the last parameters can.
"""

import math
from collections.abc import Callable, Sequence

from .experiment import UNCHANGED, Edit
from .models import is_replayable, models_of
from .passes import Key, Pass
from .training import Training

PASSES = 6  # of the beginning, and as many of the end
NODES = 60_000  # in all: the answer should come in a second

Numbers = dict[Key, float]


class Objective:
    """The mean cost of a few passes at the beginning of a training, and of a few at its end, as functions of the parameters.

    Attributes:
        first, last: the trained parameters before the first step and after the last.
        groups: the passes of the beginning, and those of the end.
        best: the cost that one more step would reach (`ahead`), once it is known.
    """

    def __init__(self, training: Training) -> None:
        keys, passes = training.updated, training.used
        self.best: float | None = None
        self.first: Numbers = {}
        self.last: Numbers = {}
        for p in passes:
            here = {key: p.nodes.data[i] for key, i in p.leaf.items() if key in keys}
            self.first = here | self.first
            self.last |= here
        after = training.after if len(passes) == len(training.passes) else {}
        self.last |= {key: update.after for key, update in after.items() if key in keys}
        most = max(1, min(PASSES, NODES // (2 * len(passes[0].nodes)), len(passes) // 2))
        self.groups: tuple[Sequence[Pass], Sequence[Pass]] = (passes[:most], passes[-most:])
        self._models = models_of(training)

    def costs(
        self, group: Sequence[Pass], choices: Sequence[Numbers], data: Callable[[Pass], Edit] = lambda _: UNCHANGED
    ) -> list[float]:
        """The mean cost of some passes for each choice of the parameters; nan where a graph cannot be evaluated.

        Args:
            data: the numbers of a pass that are others than in the script.
        """
        columns = []
        for p in group:
            if not is_replayable(p):
                return [math.nan] * len(choices)
            edit = data(p)
            model = self._models.of([p], {id(p): edit})[id(p)]
            columns.append([model.value(p, numbers, edit) for numbers in choices])
        return [math.fsum(column) / len(group) for column in zip(*columns, strict=True)]

    def change(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """The costs with the first and with the last parameters, of the beginning's passes and of the end's."""
        (a, b), (c, d) = (self.costs(group, [self.first, self.last]) for group in self.groups)
        return (a, b), (c, d)

    def ahead(self, p: Pass, sense: float, lengths: Sequence[float]) -> float:
        """The best mean cost of all passes after one more step along the gradient of a pass.

        Args:
            sense: 1 if the cost is to become small, -1 if it is to become large.
            lengths: of the steps, relative to the size of the parameters.
        """
        gradient = {key: p.upstream[p.leaf[key]] for key in self.last if key in p.leaf}
        steepness, size = math.hypot(*gradient.values()), math.hypot(*(self.last[key] for key in gradient))
        if not 0.0 < steepness < math.inf:
            return math.nan
        steps = [sense * length * (size or 1.0) / steepness for length in lengths]
        choices = [self.last | {key: self.last[key] - step * g for key, g in gradient.items()} for step in steps]
        costs = [math.fsum(pair) / 2.0 for pair in zip(*(self.costs(group, choices) for group in self.groups), strict=True)]
        known = [cost for cost in costs if math.isfinite(cost)]
        return (min(known) if sense > 0.0 else max(known)) if known else math.nan

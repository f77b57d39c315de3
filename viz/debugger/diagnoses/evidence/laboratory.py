"""`Laboratory`: the recorded passes trained again with one thing changed, by programs that replay their graphs.

Passes of one shape are one program (autograd/replay), whose inputs are the leaves and the constants that differ; so a step
costs a small part of what it has cost the script. Both runs go through the same passes. The update is the script's own where
that is plain descent, rate by rate; else both take plain descent, if the script's is nearly that, or Adam with steps as long.

An experiment may take a part of what the budget (budget.py) has left; the cheapest come first.
"""

import functools
import itertools
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from .descents import Adam, Descent, pace
from .experiment import UNCHANGED, Claim, Experiment, Update
from .forms import NEARLY, PLAIN, rates
from .models import is_replayable, models_of, time_of
from .passes import Key, Pass
from .solver import minimised
from .thresholds import ENOUGH, LITTLE, LONG, MENDED
from .training import Training

LONGER = 10  # times the steps of the script: a change that is right may need more time
EVALUATIONS = 80  # of the cost by the solver
_LATEST = 100  # passes of which it makes the cost small
_SHARE = 0.25  # of what is left, for one run

Told = Callable[[str, float], None]


class Run(NamedTuple):
    """A training that was run again.

    Attributes:
        costs: the cost of each step, as long as they are numbers.
        end: the mean over the last quarter of the steps; inf if it broke.
        numbers: the parameters at the end.
    """

    costs: list[float]
    end: float
    numbers: dict[Key, float]


class Verdict(NamedTuple):
    """The answer of experiments to a claim.

    Attributes:
        helped: True if one of them makes the cost much smaller, False if none makes a difference, None between.
        experiment: the one that helped most.
        before, after: the cost at the end without it and with it.
        steps: how many steps both took.
        by: the update of both runs, '' if it is the script's own.
    """

    helped: bool | None
    experiment: Experiment
    before: float
    after: float
    steps: int
    by: str


class Laboratory:
    """Experiments on a training, within a budget.

    Args:
        training: the recorded passes.
        told: called with what is tried, and with the part of the budget that is used.
    """

    def __init__(self, training: Training, told: Told | None = None) -> None:
        self._training, self._budget = training, training.budget
        self._models = models_of(training)
        self._told = told
        self._baselines: dict[Any, Run | None] = {}
        self._solvable: list[Pass] | None = None  # the passes whose cost the solver makes small, and what it comes to
        self._least: float | None = None
        self._real = steps_of(training) if training.trained else []
        self._steps = list(itertools.islice(itertools.cycle(self._real), max(len(self._real), ENOUGH)))
        self._times = {id(p.shape): time_of(p) for p in training.passes}
        self._exact = rates(self._real, training, PLAIN)
        self._rates = self._exact or rates(self._real, training, NEARLY)

    @functools.cached_property
    def possible(self) -> bool:
        """True if the passes can be trained again: every operation is in the table, and something was updated."""
        kinds = {id(p.shape): p for step in self._steps for p in step}.values()
        return len(self._steps) >= LONG and all(is_replayable(p) and not p.hooks for p in kinds)

    def judged(self, claim: Claim) -> Verdict | None:
        """Try the changes of a claim: over the script's own steps, and if that does not decide over many more.

        Returns:
            The answer; None if nothing can be said, or if somebody has pressed Ctrl-C.
        """
        try:
            best: Verdict | None = None
            for repeated in ((1, LONGER) if claim.longer else (1,)) if self.possible else ():
                best = self._best(claim, repeated) or best
                if best is not None and best.helped:
                    break
            return best
        except KeyboardInterrupt:
            self._budget.left = 0.0  # what is known is kept; nothing more is tried
            return None

    def _best(self, claim: Claim, repeated: int) -> Verdict | None:
        found: list[Verdict] = []
        for experiment in claim.experiments:
            verdict = self._compared(experiment, claim, repeated)
            if verdict is not None:
                found.append(verdict)
                if verdict.helped and not claim.best:
                    return verdict
        return min(found, key=lambda verdict: verdict.after, default=None)

    def _compared(self, experiment: Experiment, claim: Claim, repeated: int) -> Verdict | None:
        if experiment.solved:
            return self._solved(experiment, claim) if repeated == 1 else None
        if experiment.further > 1:
            return self._continued(experiment, claim)
        steps = self._affordable(experiment, repeated, whole=claim.whole)
        if not steps:
            return None
        self._tell(experiment)
        beside_its_own = bool(experiment.rates or experiment.law)
        if beside_its_own and repeated > 1:
            return None
        key = (len(steps), beside_its_own, experiment.only and tuple(id(p) for s in steps for p in s))
        if key not in self._baselines:
            self._baselines[key] = self._own(steps, experiment) or self.run(steps, Experiment("no change"))
        base, run = self._baselines[key], self.run(steps, experiment)
        if base is None or run is None or not base.costs or not run.costs:
            return None
        if claim.measure is None:
            first, before, after = base.costs[0], base.end, run.end
        else:
            start = {key: p.nodes.data[i] for p in reversed(steps[0]) for key, i in p.leaf.items()}
            first, before, after = (
                math.fsum(claim.measure(p, numbers) for p in steps[-1]) / len(steps[-1])
                for numbers in (start, base.numbers, run.numbers)
            )
        by = "" if self._exact or beside_its_own else "plain descent" if self._rates else "Adam"
        if claim.judge is not None:
            return Verdict(claim.judge(first, before, after), experiment, before, after, len(steps), by)
        if not (first > 0.0 and after >= 0.0):
            return Verdict(False, experiment, before, after, len(steps), by) if after > first else None
        went_wrong = not before <= first
        limit = (1.0 - LITTLE) * first if went_wrong else MENDED * before
        some = MENDED * before if went_wrong else (1.0 - LITTLE) * before
        helped = True if after <= limit else None if after <= some else False
        return Verdict(helped, experiment, before, after, len(steps), by)

    def _continued(self, experiment: Experiment, claim: Claim) -> Verdict | None:
        """The script's own run, beside many more of the same steps."""
        steps = self._affordable(experiment, experiment.further, whole=False)
        own = [math.fsum(p.cost for p in step) / len(step) for step in self._real]
        if not steps or claim.judge is None or not own:
            return None
        self._tell(experiment)
        run, before = self.run(steps, experiment), _end(own, len(own))
        if run is None:
            return None
        by = "" if self._exact else "plain descent" if self._rates else "Adam"
        return Verdict(claim.judge(own[0], before, run.end), experiment, before, run.end, len(steps), by)

    def _tell(self, experiment: Experiment) -> None:
        if self._told:
            self._told(experiment.words, self._budget.used)

    def _solved(self, experiment: Experiment, claim: Claim) -> Verdict | None:
        """The cost of the latest passes, each only once, beside what a solver makes of it from the same beginning.

        Of an experiment that changes more it is beside what the solver makes of the same graphs without the change: neither is
        held back by steps.
        """
        changes = bool(experiment.edit or experiment.also)
        if self._solvable is None or not changes:
            self._solvable = self._latest(_SHARE * self._budget.left / EVALUATIONS / (2.0 if changes else 1.0))
            self._least = None
        passes = self._solvable
        if passes and self._budget.left < EVALUATIONS * self._time_of(passes):
            self._budget.leave_out(experiment.words)
            return None
        if not passes or claim.judge is None:
            return None
        self._tell(experiment)
        begun, before = self._ends(passes)
        after, steps = self._minimum(passes, experiment)
        if changes:
            if self._least is None:
                self._least = self._minimum(passes, Experiment("no change"))[0]
            if self._least < MENDED * before and after >= 0.0:
                return None  # it is the steps that hold the cost up
            before = min(before, self._least)
        if not all(map(math.isfinite, (begun, before, after))):
            return None
        return Verdict(claim.judge(begun, before, after), experiment, before, after, steps, "L-BFGS" if changes else "")

    def _ends(self, passes: Sequence[Pass]) -> tuple[float, float]:
        """The mean cost of some passes with the first parameters, and with the last."""
        edits = {id(p): UNCHANGED for p in passes}
        models = self._models.of(passes, edits)
        ends = [
            math.fsum(models[id(p)].value(p, numbers) for p in passes) / len(passes)
            for numbers in self._begun_and_ended(self._training.trained)
        ]
        self._budget.left -= 2.0 * self._time_of(passes)
        return ends[0], ends[1]

    def _begun_and_ended(self, keys: frozenset[Key]) -> tuple[dict[Key, float], dict[Key, float]]:
        """The numbers of parameters in the first passes, and in the last."""
        first: dict[Key, float] = {}
        last: dict[Key, float] = {}
        for p in (p for step in self._real for p in step):
            here = {key: p.nodes.data[i] for key, i in p.leaf.items() if key in keys}
            first, last = here | first, last | here
        return first, last

    def _minimum(self, passes: Sequence[Pass], experiment: Experiment) -> tuple[float, int]:
        """The least mean cost of some passes that the solver finds from the beginning on, and the number of its steps."""
        trained = self._training.trained | experiment.also
        edits = {id(p): experiment.edit(p) if experiment.edit else UNCHANGED for p in passes}
        models, time = self._models.of(passes, edits), self._time_of(passes)
        start = self._begun_and_ended(trained)[0]
        for p in passes:
            start |= {key: x for key, x in models[id(p)].added(p).items() if key not in start}

        def cost(numbers: Mapping[Key, float]) -> tuple[float, dict[Key, float]]:
            total, gradient = 0.0, dict.fromkeys(numbers, 0.0)
            for p in passes:
                value, found = models[id(p)].gradient(p, edits[id(p)], numbers, trained)
                total += value / len(passes)
                for key, g in found.items():
                    gradient[key] += g / len(passes)
            self._budget.left -= time
            return total, gradient

        return minimised(cost, start, EVALUATIONS)

    def _latest(self, time: float) -> list[Pass]:
        """The latest passes that differ in more than the parameters, as many as can be evaluated in a time."""
        trained, seen, found = self._training.trained, set[Any](), list[Pass]()
        for p in (p for step in reversed(self._real) for p in reversed(step)):
            given = tuple(p.nodes.data[i] for i in p.leaves if p.key_of.get(i) not in trained)
            mark = (id(p.shape), tuple(p.nodes.constants), given)
            if mark in seen:
                continue
            time -= self._times[id(p.shape)]
            if time < 0.0 or len(found) == _LATEST:
                break
            seen.add(mark)
            found.append(p)
        return found

    def _affordable(self, experiment: Experiment, repeated: int, *, whole: bool) -> list[list[Pass]]:
        """The steps of a run, as many as a part of the budget allows, or none if all are needed and are too many."""
        steps = self._steps
        if experiment.only is not None:
            steps = [used for step in steps if (used := [p for p in step if experiment.only(p)])]
        allowed, taken = (1.0 if whole else _SHARE) * self._budget.left, []
        for step in itertools.islice(itertools.cycle(steps), repeated * len(steps)):
            allowed -= self._time_of(step)
            if allowed < 0.0:
                break
            taken.append(step)
        least = 2 * len(steps) if repeated > 1 else len(steps) if whole else min(LONG, len(steps))
        if len(taken) >= least:
            return taken
        if repeated == 1 and steps:
            self._budget.leave_out(experiment.words)
        return []

    def _time_of(self, passes: Iterable[Pass]) -> float:
        """The time in which the programs of some passes are run."""
        times = self._times
        return math.fsum([times[id(p.shape)] for p in passes])

    def _own(self, steps: Sequence[Sequence[Pass]], experiment: Experiment) -> Run | None:
        """The script's own run, if it was one of plain descent over these steps."""
        if (
            not (self._rates or experiment.rates or experiment.law)
            or len(steps) > len(self._real)
            or steps != self._steps[: len(steps)]
        ):
            return None
        costs = [math.fsum(p.cost for p in step) / len(step) for step in steps]
        numbers = {key: p.nodes.data[i] for step in steps for p in step for key, i in p.leaf.items()}
        return Run(costs, _end(costs, len(steps)), numbers)

    def run(self, steps: Sequence[Sequence[Pass]], experiment: Experiment) -> Run | None:
        """The training over some steps, with one thing changed."""
        different = {id(p): p for step in steps for p in step}  # a longer run goes through the same passes again
        edits = {i: experiment.edit(p) if experiment.edit else UNCHANGED for i, p in different.items()}
        trained = self._training.trained | experiment.also
        models = self._models.of([*different.values()], edits)
        numbers: dict[Any, float] = {}
        firsts: dict[int, Pass] = {}  # of each shape
        for p in different.values():
            firsts.setdefault(id(p.shape), p)
        for p in reversed(firsts.values()):
            numbers |= {key: p.nodes.data[i] for key, i in p.leaf.items() if key in trained}
        numbers |= {key: x for key, x in experiment.start.items() if key in numbers}
        update = self._update(experiment)
        costs: list[float] = []
        for k, step in enumerate(steps):
            total: dict[Any, float] | None = None
            cost = 0.0
            self._budget.left -= self._time_of(step)
            for p in step:
                value, gradient = models[id(p)].gradient(p, edits[id(p)], numbers, trained)
                cost += value
                if total is None:
                    total = gradient
                    continue
                for key, g in gradient.items():
                    total[key] = total.get(key, 0.0) + g
            if total is None or not all(map(math.isfinite, (cost, *total.values()))):
                break
            costs.append(cost / len(step))
            update.step(k, numbers, total)
        return Run(costs, _end(costs, len(steps)), numbers)

    def _update(self, experiment: Experiment) -> Update:
        if experiment.law:
            return experiment.law()
        own = experiment.rates or self._rates
        if own:
            return Descent([rate * experiment.rate for rate in own], experiment.clip)
        return Adam(self._pace * experiment.rate)

    @functools.cached_property
    def _pace(self) -> float:
        return pace(self._real, self._training.updated)


def _end(costs: Sequence[float], steps: int) -> float:
    if len(costs) < steps:
        return math.inf
    n = max(1, steps // 4)
    return math.fsum(costs[-n:]) / n


def steps_of(training: Training) -> list[list[Pass]]:
    """The steps from the beginning on, as far as no pass between them is missing: mostly they are those of the training."""
    return training.once("run", lambda: training.steps if (found := _steps_of(training)) == training.steps else found)


def _steps_of(training: Training) -> list[list[Pass]]:
    found: list[list[Pass]] = []
    for step in training.steps:
        for k, p in enumerate(step):
            if found and p.number and p.number != found[-1][-1].number + 1:
                return found
            if k and not p.updates:
                found[-1].append(p)
            else:  # an update that changes nothing ends a step, too
                found.append([p])
    return found

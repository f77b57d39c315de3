"""The law of an update: what each step is made of, found from the gradients and the steps of the first passes.

Steps that follow a formula follow it up to rounding, for all parameters alike. Two kinds are tried. A linear law adds up parts:
of the gradient, of the gradient and the step before, of the parameter itself; its coefficients are solved for. An adaptive law
divides one running mean by the root of another, as RMSprop and Adam do; its numbers are tried out, among them those that are
written beside the update. The laws that are known to be right come first, then what becomes of them by a slip.
"""

import ast
import itertools
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from autograd import Source

from .laboratory import steps_of
from .passes import Key, Pass
from .statements import tree_of
from .thresholds import LONG, LOOKED_AT
from .training import Training

MOST = 300  # parameters
_EACH = 40  # of them, by which an adaptive law is told
_EXACT = 1e-6  # relative: a step that is a formula is one up to rounding
_CLOSE = 1e-3  # the same where a small number is added to a root
_SEEN = 1e-11  # of the parameters: what is left of a shorter step, as a difference of them, is rounding
_FEW = 4  # steps
_PART = 1e-3  # of the step: a smaller part has no say in it


class Moves(NamedTuple):
    """The first steps of a training, each as numbers by parameter.

    Attributes:
        gradients: as the update has found them.
        steps: the changes of the parameters.
        parameters: before the step.
    """

    gradients: list[dict[Key, float]]
    steps: list[dict[Key, float]]
    parameters: list[dict[Key, float]]


def moves_of(training: Training) -> Moves | None:
    """The first steps; None if not all parameters are in all of them, or if they are too few or too many."""
    return training.once("moves", lambda: _moves_of(training))


def _moves_of(training: Training) -> Moves | None:
    steps = steps_of(training)[: LOOKED_AT + 1]
    keys = [key for key in training.sound[0].leaf if key in training.updated] if training.sound else []
    if len(steps) <= LONG or not 1 < len(keys) <= MOST or len(keys) < len(training.updated):
        return None
    found = moved(steps, keys)
    while found and len(found.steps) > _FEW and _length(found.steps[-1]) <= _SEEN * _length(found.parameters[-1]):
        for column in found:
            column.pop()
    return found if found and all(any(step.values()) for step in found.steps[1:]) else None


def _length(numbers: Mapping[Key, float]) -> float:
    return math.hypot(*numbers.values())


def moved(steps: Sequence[Sequence[Pass]], keys: Sequence[Key]) -> Moves | None:
    """The moves of some parameters in some steps; None if they are not in all of them."""
    found = Moves([], [], [])
    for step, following in itertools.pairwise(steps):
        a, b = step[-1], following[0]
        if not all(key in a.leaf and key in b.leaf for key in keys):
            return None
        used = {key: u.grad for key, u in b.updates.items() if u.moved and u.times == 1 and not u.others}
        own = {key: a.nodes.grad[a.leaf[key]] for key in keys}
        found.gradients.append({key: used.get(key, own[key]) for key in keys})
        found.parameters.append({key: a.nodes.data[a.leaf[key]] for key in keys})
        found.steps.append({key: b.nodes.data[b.leaf[key]] - a.nodes.data[a.leaf[key]] for key in keys})
    return found


# --- linear laws -------------------------------------------------------------------------------------------------------

PARTS = ("the gradient", "the step before", "the gradient before", "the parameter")


def linear(moves: Moves) -> dict[str, float] | None:
    """The coefficients of the fewest parts that all steps from the second on are made of; None if they are not."""
    rows, goal = _rows(moves)
    size, sizes = math.hypot(*goal), [math.hypot(*column) for column in zip(*rows, strict=True)]
    for chosen in ((0,), (0, 1), (0, 3), (0, 1, 2), (0, 1, 3), (3,), (2,), (2, 1)):
        factors = _solved([[row[k] for k in chosen] for row in rows], goal)
        if factors is None or not all(abs(c) * sizes[k] > _PART * size for c, k in zip(factors, chosen, strict=True)):
            continue
        off = math.hypot(
            *(d - sum(c * row[k] for c, k in zip(factors, chosen, strict=True)) for row, d in zip(rows, goal, strict=True))
        )
        if off <= _EXACT * size:
            return {PARTS[k]: c for c, k in zip(factors, chosen, strict=True)}
    return None


def _rows(moves: Moves) -> tuple[list[tuple[float, ...]], list[float]]:
    rows: list[tuple[float, ...]] = []
    goal: list[float] = []
    for t in range(1, len(moves.steps)):
        for key, d in moves.steps[t].items():
            rows.append(
                (moves.gradients[t][key], moves.steps[t - 1][key], moves.gradients[t - 1][key], moves.parameters[t][key])
            )
            goal.append(d)
    return rows, goal


def _solved(rows: Sequence[Sequence[float]], goal: Sequence[float]) -> list[float] | None:
    """The least squares of goal = rows times factors, by the normal equations of columns of length 1; None if singular."""
    n = len(rows[0])
    scale = [math.hypot(*column) for column in zip(*rows, strict=True)]
    if not all(0.0 < s < math.inf for s in scale) or len(rows) < 3 * n:
        return None
    unit = [[x / s for x, s in zip(row, scale, strict=True)] for row in rows]
    goals = [math.fsum(r[i] * d for r, d in zip(unit, goal, strict=True)) for i in range(n)]
    table = [[*(math.fsum(r[i] * r[j] for r in unit) for j in range(n)), goals[i]] for i in range(n)]
    for i in range(n):
        pivot = max(range(i, n), key=lambda k: abs(table[k][i]))
        table[i], table[pivot] = table[pivot], table[i]
        if not abs(table[i][i]) > 1e-9:
            return None
        for k in range(n):
            if k != i:
                factor = table[k][i] / table[i][i]
                table[k] = [x - factor * y for x, y in zip(table[k], table[i], strict=True)]
    return [table[i][n] / table[i][i] / scale[i] for i in range(n)]


# --- steps that are something else -----------------------------------------------------------------------------------------


FORGOTTEN = "the gradient alone"
_UNSIGNED = "the size of the gradient, without its sign"


def instead(moves: Moves) -> tuple[str, float] | None:
    """A number that all steps are a multiple of, where they should be of the gradient, and the factor."""
    if not any(g < 0.0 for gradients in moves.gradients for g in gradients.values()):
        return None  # without its sign it is the same
    turns = any(min(g[key] for g in moves.gradients) < 0.0 < max(g[key] for g in moves.gradients) for key in moves.gradients[0])
    numbers = [
        (step[key], gradient[key], parameter[key])
        for step, gradient, parameter in zip(moves.steps, moves.gradients, moves.parameters, strict=True)
        for key in step
    ]
    choices: dict[str, list[tuple[float, float]]] = {
        # as long as no gradient changes its sign, some parameters may climb on purpose, as one side of a game does
        _UNSIGNED: [(d, abs(g)) for d, g, _ in numbers] if turns else [],
        "the square of the gradient": [(d, g * g) for d, g, _ in numbers],
        FORGOTTEN: [(d + x, g) for d, g, x in numbers],
    }
    for name, rows in choices.items():
        square = math.fsum(f * f for _, f in rows)
        if not 0.0 < square < math.inf:
            continue
        factor = math.fsum(d * f for d, f in rows) / square
        off, size = math.hypot(*(d - factor * f for d, f in rows)), math.hypot(*(d for d, _ in rows))
        if factor < 0.0 and off <= _EXACT * size:
            return name, factor
    return None


# --- adaptive laws -------------------------------------------------------------------------------------------------------


class Adaptive(NamedTuple):
    """A step along one running mean of the gradient, divided by another.

    Attributes:
        first, second: the parts of the means that are kept in each step; 0 for the gradient itself.
        above: the upper one: 'mean', or 'minus' with the sign turned in it.
        below: the lower one: 'mean', 'all' (a sum, as in Adagrad), 'size' (no square), 'now' (nothing kept).
        power: of the lower one: 0.5 for its root.
        corrected: by which powers each is corrected, 1 - first ** t and 1 - second ** t: 'both', 'none', 'upper', 'exchanged',
            'first' (both by the first), 'times' (multiplied).
        stored: the means that are kept as they were corrected, and are corrected again in the next step: 'both', 'first',
            'second'; '' for none.
    """

    first: float
    second: float
    above: str = "mean"
    below: str = "mean"
    power: float = 0.5
    corrected: str = "both"
    stored: str = ""


class Direction(Protocol):
    """The direction of an update, with what it remembers of earlier gradients."""

    def direction(self, gradient: Mapping[Any, float], /) -> dict[Any, float]:
        """The step for a gradient, upwards, with the rate 1; nan where there is none."""


class Along:
    """A direction as an update that can be run.

    Args:
        way: the direction.
        rates: of the steps; the last of them counts for all that follow.
    """

    def __init__(self, way: Direction, *rates: float) -> None:
        self._way, self._rates = way, rates

    def step(self, k: int, numbers: dict[Any, float], gradient: Mapping[Any, float], /) -> None:
        """Move the numbers down the direction."""
        rate = self._rates[min(k, len(self._rates) - 1)]
        for key, d in self._way.direction(gradient).items():
            numbers[key] -= rate * d if d == d else 0.0  # without any gradient yet there is no direction


class Rule:
    """The direction of an adaptive law."""

    def __init__(self, law: Adaptive) -> None:
        self._law, self._t = law, 0
        self._m: dict[Any, float] = {}
        self._v: dict[Any, float] = {}

    def direction(self, gradient: Mapping[Any, float]) -> dict[Any, float]:
        """The step for a gradient, upwards, with the rate 1; nan where there is none."""
        law, self._t, found = self._law, self._t + 1, {}
        upper, lower = _corrections(law, self._t)
        for key, g in gradient.items():
            old, turned = self._m.get(key, 0.0), -1.0 if law.above == "minus" else 1.0
            m = self._m[key] = turned * law.first * old + (1.0 - law.first) * g
            size = abs(g) if law.below == "size" else g * g
            kept = 0.0 if law.below == "now" else 1.0 if law.below == "all" else law.second
            v = self._v[key] = kept * self._v.get(key, 0.0) + (1.0 if law.below == "all" else 1.0 - law.second) * size
            if law.stored in ("both", "first"):
                self._m[key] = m / upper
            if law.stored in ("both", "second"):
                self._v[key] = v / lower
            root = (v / lower) ** law.power
            found[key] = m / upper / (root + 1e-8) if root else math.nan
        return found


def _corrections(law: Adaptive, t: int) -> tuple[float, float]:
    """The corrections of the two means in a step, by which they are divided."""
    first, second = 1.0 - law.first**t, 1.0 - law.second**t
    return {
        "both": (first, second), "none": (1.0, 1.0), "upper": (first, 1.0), "lower": (1.0, second),
        "exchanged": (second or 1.0, first or 1.0), "first": (first, first or 1.0), "times": (1.0 / first, 1.0 / second),
    }[law.corrected]  # fmt: skip


class Velocity:
    """The direction of momentum: the gradient, with a part of the direction before; of plain descent, if the part is 0."""

    def __init__(self, kept: float) -> None:
        self._kept = kept
        self._before: dict[Any, float] = {}

    def direction(self, gradient: Mapping[Any, float]) -> dict[Any, float]:
        """The step for a gradient, upwards, with the rate 1."""
        found = {key: self._kept * self._before.get(key, 0.0) + g for key, g in gradient.items()}
        self._before |= found
        return found


RIGHT = [
    {"corrected": "both"}, {"corrected": "none"}, {"corrected": "lower"}, {"below": "all", "corrected": "none"},
]  # fmt: skip
SLIPS: list[dict[str, Any]] = [
    {"corrected": "upper"}, {"corrected": "exchanged"}, {"corrected": "first"}, {"corrected": "times"},
    {"below": "size"}, {"below": "size", "corrected": "none"}, {"power": 1.0}, {"power": 1.0, "corrected": "none"},
    {"above": "minus"}, {"stored": "both"}, {"stored": "first"}, {"stored": "second"},
    {"stored": "first", "corrected": "upper"}, {"stored": "second", "corrected": "lower"},
    {"above": "minus", "corrected": "none"}, {"below": "now", "corrected": "none"},
    {"power": 1.0, "below": "all", "corrected": "none"},
]  # fmt: skip


def adaptive(moves: Moves, written: Sequence[float]) -> tuple[Adaptive, float, bool] | None:
    """The law, its rate in the first steps, and whether it is one that is known to be right; None if none fits.

    Args:
        written: the numbers between 0 and 1 that are written beside the update.
    """
    keys = lively(moves)
    if len(keys) < 2:
        return None
    shares = list(dict.fromkeys([0.9, 0.999, *written]))[:8]
    pairs = [(0.0, b) for b in shares] + list(itertools.permutations(shares, 2)) + [(b, b) for b in shares]
    found: tuple[Adaptive, float, bool] | None = None
    for right, forms in ((True, RIGHT), (False, SLIPS)):
        for form, (first, second) in itertools.product(forms, pairs):
            law = Adaptive(first, second, **form)
            if not first and (law.above != "mean" or law.corrected not in ("none", "lower", "both")):
                continue
            rates = rates_along(Rule(law), moves, keys)
            if rates and max(rates) <= (1.0 + _CLOSE) * min(rates):
                return law, rates[0], right
            if rates and right and found is None:
                found = law, rates[0], right  # a schedule; but a slip in a correction looks like one
    return found


def lively(moves: Moves) -> list[Key]:
    """The parameters that have a gradient in all steps, as many as tell a law."""
    return [key for key in moves.steps[0] if all(abs(g[key]) > 1e-5 for g in moves.gradients)][:_EACH]


def rates_along(rule: Direction, moves: Moves, keys: Sequence[Key]) -> list[float] | None:
    """The rates of the steps by a law, 0 for those that move nothing; None if they do not follow it."""
    rates = list[float]()
    for gradient, parameters, step in zip(moves.gradients, moves.parameters, moves.steps, strict=True):
        u = rule.direction({key: gradient[key] for key in keys})
        square = math.fsum(x * x for x in u.values())
        if not 0.0 < square < math.inf:
            return None
        rate = -math.fsum(step[key] * x for key, x in u.items()) / square
        off = math.hypot(*(step[key] + rate * x for key, x in u.items()))
        size = math.hypot(*(step[key] for key in keys))
        rounding = math.ulp(math.hypot(*(parameters[key] for key in keys)))  # all that is left of a step with no rate
        if not (off <= _CLOSE * size + rounding and (rate >= 0.0 or size <= rounding)):
            return None
        rates.append(max(rate, 0.0))
    return rates


def shares_beside(update: Source | None) -> list[float]:
    """The numbers between 0 and 1 in the function of an update, outside functions, and then in the rest of the file."""
    found = [
        n.value
        for everything in (False, True)
        for n in (tree_of(update, everything=everything) if update else [])
        if isinstance(n, ast.Constant) and isinstance(n.value, float) and 0.3 < n.value < 1.0
    ]
    return list(dict.fromkeys(found))

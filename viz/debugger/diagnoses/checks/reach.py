"""Diagnoses of reach: errors that vanish or explode on the way through depth, and nodes without influence on the cost.

Each check takes a `Training` and yields its findings; the table (table.py) has their names.
"""

import itertools
import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator

from autograd import Source

from .... import style
from ..evidence.checking import evaluated
from ..evidence.experiment import Claim, Edit, Experiment
from ..evidence.found import Certainty, Found
from ..evidence.layers import line_of_layer
from ..evidence.passes import Key, Pass
from ..evidence.thresholds import CANCELLED, DEPTH, EXPLODED, NO_INFLUENCE, STEADY, VANISHED
from ..evidence.training import Training
from ..evidence.units import unit_of
from .flow import begun_smaller

ACTIVATIONS = ("tanh", "relu")  # those that are tried where another one, or none, is in the way

# --- depth -------------------------------------------------------------------------------------------------------------


def _depths(training: Training, p: Pass) -> list[int]:
    """The number of stages between each node and the cost, on the shortest way; stages are activations, else products."""
    return training.once(("depths", id(p.shape)), lambda: _depths_of(p))


def _depths_of(p: Pass) -> list[int]:
    stages = [row.activation for row in p.rows]
    if not any(stages):
        stages = [_is_product(p, i) and (p.rows[i].weighted or len(p.parents[i]) > 1) for i in range(len(p.nodes))]
    far = len(p.nodes) + 1
    depths, parents = [far] * len(p.nodes), p.parents
    depths[-1] = 0
    for i in range(len(p.nodes) - 1, len(p.leaves) - 1, -1):
        far = depths[i] + stages[i]
        for q in parents[i]:
            if far < depths[q]:
                depths[q] = far
    return depths


def _is_product(p: Pass, i: int) -> bool:
    return p.rows[i].linear == "each"


def _profile(p: Pass, depths: list[int], nodes: Iterable[int]) -> list[float]:
    """The largest gradient at every depth, from the cost outwards."""
    largest: dict[int, float] = {}
    for i in nodes:
        largest[depths[i]] = max(largest.get(depths[i], 0.0), abs(p.upstream[i]))
    return [largest[d] for d in sorted(largest)]


def _steady(profile: list[float], down: bool) -> bool:
    """True if most steps through depth go the same way, `down` or up."""
    steps = [(b < a) == down for a, b in itertools.pairwise(profile)]
    return sum(steps) >= STEADY * len(steps)


def vanishing(training: Training) -> Iterator[Found]:
    """The gradient shrinks from layer to layer, until the first layers learn nothing."""
    for p in training.looked_at[:2]:
        depths = _depths(training, p)
        profile = _profile(p, depths, [i for i in p.leaves if not p.is_input(i)])
        if len(profile) > DEPTH and 0.0 < profile[-1] < VANISHED * profile[0] and _steady(profile, down=True):
            slopes = [(p.line(i), i, abs(p.locals(i)[0])) for i in p.interior if p.rows[i].activation]
            slope = statistics.median(s for *_, s in slopes) if slopes else math.nan
            i = _most(p, [i for _, i, _ in slopes]) if slopes else len(p.nodes) - 1
            factor = (profile[-1] / profile[0]) ** (1.0 / (len(profile) - 1))
            source, used = line_of_layer(p, i)
            yield Found(
                source,
                f"the gradient shrinks by {style.number(factor, 2)} per layer over {len(profile)} layers, from "
                f"{style.number(profile[0], 2)} to {style.number(profile[-1], 2)}; the median slope of {p.ops[i]}{used} is "
                f"{style.number(slope, 2)}",
                "relu or tanh with weights scaled to the width (init='he_normal', 'xavier_normal'), fewer layers, or a "
                "way around them (x + f(x))",
                {"factor": factor, "layers": float(len(profile))},
                (p.nodes.name(i),),
                claim=Claim([_other_activation(p, i, op) for op in ACTIVATIONS if op != p.ops[i]], vital=False),
            )
            return


def _other_activation(p: Pass, i: int, op: str) -> Experiment:
    """The same training with another activation in the place of one."""
    own = p.ops[i]

    def edit(q: Pass) -> Edit:
        return Edit(replaced={j: op for j in q.interior if q.ops[j] == own and q.rows[j].arity == 1})

    return Experiment(f"{op} in place of {own}", f"{op} in place of {own}", edit=edit)


def exploding(training: Training) -> Iterator[Found]:
    """The error grows from layer to layer, or from time step to time step."""
    for p in training.looked_at[:2]:
        rows = enumerate(p.rows)
        interior = [i for i, row in rows if row.linear in ("all", "each") and (row.arity == 2 or row.weighted)]
        depths = _depths(training, p)
        profile = _profile(p, depths, interior)
        if len(profile) > DEPTH and profile[-1] > EXPLODED * profile[0] > 0.0 and _steady(profile, down=False):
            i = _most(p, [i for i in interior if _is_product(p, i)])
            factor = (profile[-1] / profile[0]) ** (1.0 / (len(profile) - 1))
            source, used = line_of_layer(p, i)
            yield Found(
                source,
                f"the error grows by {style.number(factor, 2)} per layer over {len(profile)} layers{used}, from "
                f"{style.number(profile[0], 2)} to {style.number(profile[-1], 2)}",
                "weights scaled to the width (init='he_normal', 'xavier_normal'), a recurrent weight near 1, clip_gradients",
                {"factor": factor, "layers": float(len(profile))},
                (p.nodes.name(i),),
                claim=Claim(
                    [
                        Experiment("gradients clipped to the length 1", "clip_gradients(parameters, 1.0)", clip=1.0),
                        begun_smaller(training, 0.5),
                        begun_smaller(training, 0.1),
                    ],
                    best=True,  # half of a weight of 3 grows more slowly, and grows
                    vital=False,
                ),
            )
            return


def _most(p: Pass, nodes: list[int]) -> int:
    """A node of the line that made most of these nodes."""
    line = Counter(p.line(i) for i in nodes).most_common(1)[0][0]
    return next(i for i in nodes if p.line(i) == line)


# --- no influence ------------------------------------------------------------------------------------------------------


def shifted(p: Pass, by: dict[int, float]) -> float:
    """The cost after adding the given amounts to the data of nodes; nan if it cannot be computed."""
    again = evaluated(p.recording, [{i: p.nodes.data[i] + d for i, d in by.items()}])
    return math.nan if again.problem else again.roots[0]


def _cancelled(p: Pass, only: Iterable[int]) -> list[int]:
    """The nodes whose contributions are not all 0 but add up to 0."""
    gross, plain = [0.0] * len(p.nodes), p.recording.plain
    if plain is not None:
        node, parent, _, place = p.nodes.contributions
        upstream = list(p.upstream)
        for i, q, d in zip(node, parent, map(plain.__getitem__, place), strict=True):
            gross[q] += abs(upstream[i] * d)
    else:
        for q, c in zip(p.recording.columns["parent"], p.recording.columns["contribution"], strict=True):
            gross[q] += abs(c)
    return [i for i in only if gross[i] > 0.0 and abs(p.upstream[i]) <= CANCELLED * gross[i]]


def _idle(p: Pass, i: int) -> bool:
    """True if the cost stays the same when a node changes by 1."""
    return all(abs(shifted(p, {i: by}) - p.cost) <= NO_INFLUENCE * max(abs(p.cost), NO_INFLUENCE) for by in (1.0, -1.0))


def _receiver(p: Pass, i: int) -> Source | None:
    """The line of the node that contributes most to a node."""
    return max(p.recording.steps_to(i), key=lambda s: abs(s.contribution)).node.source


def _always_cancelled(training: Training) -> dict[Key, list[Pass]]:
    """The leaves whose contributions cancel in every pass that has contributions to them, with these passes.

    In a single pass they may cancel by chance, for instance while biases are 0 and inputs are symmetric.
    """
    cancelled: dict[Key, list[Pass]] = {}
    matters: set[Key] = set()
    for p in training.looked_at:
        here = {p.key_of[i] for i in _cancelled(p, p.key_of) if not p.is_input(i)}
        for key in here:
            cancelled.setdefault(key, []).append(p)
        matters |= {key for key, i in p.leaf.items() if p.upstream[i] != 0.0 and key not in here}
    return {key: seen for key, seen in cancelled.items() if key not in matters}


def no_influence(training: Training) -> Iterator[Found]:
    """A parameter whose contributions cancel exactly, whatever its value: the cost does not depend on it."""
    if any(constant_cost(training)):
        return
    names: dict[Source | None, list[tuple[Pass, int]]] = {}
    for key, seen in list(_always_cancelled(training).items())[:20]:
        if all(_idle(p, p.leaf[key]) for p in seen):
            p = seen[0]
            names.setdefault(_receiver(p, p.leaf[key]), []).append((p, p.leaf[key]))
    for source, found in names.items():
        p, i = found[0]
        count = len(p.recording.steps_to(i))
        yield Found(
            source,
            f"the cost does not depend on {p.name(i)}: its {count} contributions cancel, and a change by 1 changes nothing",
            "look at what takes it out again: a bias that is subtracted, or added to every logit alike, does nothing and can "
            "go; a sum over the wrong axis takes out what should stay",
            {"contributions": float(count)},
            tuple(dict.fromkeys(q.nodes.name(j) for q, j in found)),
            # What is compared with itself, as in a ranking or beside a copy, does not see its own bias: so it is meant.
            Certainty.HINT if all(_of_one_unit(training, q, j) for q, j in found) else None,
        )


def _of_one_unit(training: Training, p: Pass, i: int) -> bool:
    """True if all users of a parameter are the same unit, which was asked for several inputs."""
    users = {unit_of(training, p, user).weights for user in set(p.users[i])}
    return len(set(p.users[i])) > 1 and len(users) == 1 and users != {()}


def constant_cost(training: Training) -> Iterator[Found]:
    """A cost that is the same for all values of the parameters."""
    p = training.first
    if p is None:
        return
    if any(p.upstream[i] for i in p.leaves if abs(p.upstream[i]) > CANCELLED):
        return
    inside = _cancelled(p, range(len(p.leaves), len(p.nodes) - 1))
    idle = [i for i in reversed(inside[-20:]) if _idle(p, i)]
    if idle:
        i = idle[0]
        yield Found(
            _receiver(p, i),
            f"the cost is {style.number(p.cost)} whatever {p.name(i)} is: contributions of "
            f"{' and '.join(style.number(s.contribution) for s in p.recording.steps_to(i)[:2])} cancel",
            "a softmax needs at least two classes; for one output use binary_cross_entropy",
            {"cost": p.cost},
            (p.nodes.name(i),),
        )


def input_without_influence(training: Training) -> Iterator[Found]:
    """An input without influence on the cost, though the caller expects one."""
    for key in training.inputs:
        passes = [p for p in training.sound if key in p.leaf]
        if not passes or all(p.upstream[p.leaf[key]] == 0.0 for p in passes):
            why = "it is in no graph" if not passes else f"its gradient is 0 in all {len(passes)} passes"
            yield Found(
                training.made_at(key),
                f"the cost does not depend on {training.name(key)}: {why}",
                "use it in the forward pass",
                {"passes": float(len(passes))},
                (training.name(key),),
            )

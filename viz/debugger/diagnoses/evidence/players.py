"""The players of a training: leaves that move against each other, or each for a cost of its own.

Where a multiplier goes up the gradient of the cost that the other leaves go down, or a generator and a discriminator each have
a cost that the other moves too, a cost is meant neither to fall nor to rise: one player's loss is the other's gain. It is told
by the moves themselves, leaf by leaf.
"""

import itertools
import math
from typing import NamedTuple

from .passes import Key, Pass
from .thresholds import FEW, LONG, MOSTLY, STEPS
from .training import Training


def is_a_game(training: Training) -> bool:
    """True if the leaves are moved in opposite directions of one cost, or by several costs that depend on each other."""
    return training.once("game", lambda: _opposed(training) or _several_costs(training))


def _opposed(training: Training) -> bool:
    """True if nearly every leaf has a direction of its own, up or down the gradient, and there are some of both."""
    moves: dict[Key, list[bool]] = {}
    for step, following in itertools.pairwise(training.steps):
        a, b = step[-1], following[0]
        for key in training.updated:
            if key in a.leaf and key in b.leaf:
                i = a.leaf[key]
                along = (b.nodes.data[b.leaf[key]] - a.nodes.data[i]) * a.nodes.grad[i]
                if along:
                    moves.setdefault(key, []).append(along > 0.0)
    ups = [sum(up) / len(up) for up in moves.values() if len(up) >= LONG]
    climbing, descending = sum(up >= 1.0 - FEW for up in ups), sum(up <= FEW for up in ups)
    return bool(climbing and descending) and climbing + descending >= MOSTLY * len(ups)


def _several_costs(training: Training) -> bool:
    """True if costs from different lines take turns, each moves leaves of its own, and one depends on what another moves."""
    moved: dict[Key, set[Key]] = {}
    lines: list[Key] = []
    for p, following in itertools.pairwise(training.sound):
        own = {key for key, update in following.updates.items() if update.moved}
        if own:
            line = p.line(len(p.nodes) - 1)
            lines.append(line)
            moved.setdefault(line, set()).update(own)
    if len(moved) < 2 or any(lines.count(line) < STEPS for line in moved):
        return False
    if sum(a != b for a, b in itertools.pairwise(lines)) < LONG:
        return False  # one training after another
    if any(moved[a] & moved[b] for a, b in itertools.combinations(moved, 2)):
        return False
    return any(_depends(training, line, moved) for line in moved)


def _depends(training: Training, line: Key, moved: dict[Key, set[Key]]) -> bool:
    """True if the cost of a line is computed from what others move, or from numbers that may come of it: they change."""
    own = [p for p in training.sound if p.line(len(p.nodes) - 1) == line]
    others = set().union(*(keys for other, keys in moved.items() if other != line))
    return any(key in p.leaf for p in own for key in others) or any(
        p.nodes.constants != own[0].nodes.constants for p in own[1:]
    )


# --- two players ---------------------------------------------------------------------------------------------------------


class Turn(NamedTuple):
    """A step of one player.

    Attributes:
        passes: the passes whose gradients it used.
        moved: the leaves that it moved.
        along: how far it went along their gradients: below 0 for descent.
    """

    passes: list[Pass]
    moved: frozenset[Key]
    along: float


class Player(NamedTuple):
    """A group of leaves that is trained in turn with another.

    Attributes:
        keys: the leaves.
        turns: its steps.
    """

    keys: frozenset[Key]
    turns: list[Turn]


def two_players(training: Training) -> tuple[Player, Player] | None:
    """The players of a training that two groups of leaves take turns in, each with costs from a line of its own."""
    return training.once("players", lambda: _two_players(training))


def _two_players(training: Training) -> tuple[Player, Player] | None:
    if len({(p.called, p.line(len(p.nodes) - 1)) for p in training.sound}) < 2:
        return None
    turns = _turns(training)
    groups: list[frozenset[Key]] = []
    for turn in turns:
        own = [group for group in groups if group & turn.moved]
        groups = [*(group for group in groups if group not in own), turn.moved.union(*own)]
    if len(groups) != 2:
        return None
    one, other = (Player(keys, [turn for turn in turns if turn.moved <= keys]) for keys in groups)
    changes = sum(a.moved.isdisjoint(b.moved) for a, b in itertools.pairwise(turns))
    return (one, other) if changes >= LONG else None


def _turns(training: Training) -> list[Turn]:
    """The steps that moved anything: a pass that does not have what is moved goes on with the step for `training.steps`."""
    turns, passes = list[Turn](), list[Pass]()
    for p, following in itertools.pairwise(training.sound):
        passes = [*passes, p]
        updates = {key: u for key, u in following.updates.items() if u.moved}
        if following.number != p.number + 1:
            passes = []  # those between were not kept
        elif updates:
            along = [(u.after - u.before) * p.nodes.grad[p.leaf[key]] for key, u in updates.items() if key in p.leaf]
            turns.append(Turn(passes, frozenset(updates), math.fsum(along)))
            passes = []
    return turns

"""Diagnoses of two players, each trained in turn by a cost of its own: one that works for the other, and not against it.

A generator is to fool a discriminator, so that the two pull what the discriminator answers to a sample in opposite directions;
an actor is to earn what a critic has been told. Each check takes a `Training` and yields its findings; the table (table.py) has
their names.
"""

import ast
import math
import statistics
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from autograd import Source

from .... import style
from ..evidence.advantages import told_rewards
from ..evidence.found import Certainty, Found
from ..evidence.outputs import residuals
from ..evidence.passes import Key, Pass
from ..evidence.players import Player, Turn, two_players
from ..evidence.samples import answers_of
from ..evidence.script import last_name
from ..evidence.statements import source_at
from ..evidence.thresholds import LONG, MENDED, MOSTLY
from ..evidence.training import Training
from .likeness import like_apart
from .policies import entropy_made_small

_TURNS = 24  # of each player that are looked at
_ROUNDED = 1e-6  # relative: a difference of gradients that is the third, but for rounding

Numbers = tuple[float, ...]


class _Judged(NamedTuple):
    """A judge's answer to a sample: its node, the numbers that it is given, if a player made them, and if it is pulled up."""

    of: Pass
    node: int
    given: Numbers
    made: bool
    up: bool


def _spread(turns: Sequence[Turn]) -> list[Turn]:
    """The first turns, where the players are far from each other, and some after them."""
    half = _TURNS // 2
    return [*turns[:half], *turns[half :: max(1, len(turns) // half)]]


# --- a generator that helps ----------------------------------------------------------------------------------------------


def helps_the_judge(training: Training) -> Iterator[Found]:
    """A generator whose cost pulls the answers to its samples the way the discriminator's own cost pulls them."""
    players = two_players(training)
    for judge, maker in (players, players[::-1]) if players else ():
        told, fooled = _both(training, judge, maker)
        ups = {sample.up for samples in fooled for sample in samples}
        if len(ups) != 1 or not all(sample.made for samples in fooled for sample in samples):
            continue
        own = _side_of_the_made(told, fooled)
        if own is None or own not in ups:
            continue
        sample = fooled[0][0]
        way = "larger" if own else "smaller"
        yield Found(
            sample.of.source(sample.of.users[sample.node][0]),
            f"this makes the answer to what is made {way}, in all {len(fooled)} turns that were looked at, and so does the "
            "cost of the one that tells it from the rest: the two pull the same way, and the one that should fool the other "
            "helps it",
            "give what is made the label of the others here",
            {"turns": float(len(fooled))},
            (sample.of.nodes.name(sample.node),),
        )
        return


def _is_of(p: Pass, i: int, keys: frozenset[Key]) -> bool:
    """True if a node weights its inputs with leaves of a player."""
    return any(p.key_of.get(q) in keys for q in p.linear_leaves(i))


def _both(training: Training, judge: Player, maker: Player) -> tuple[list[list[_Judged]], list[list[_Judged]]]:
    """The answers of a judge in turns of its own, and in those of the other player; two checks ask for them."""

    def found() -> tuple[list[list[_Judged]], list[list[_Judged]]]:
        labels = [y for turn in judge.turns[:LONG] for p in turn.passes for *_, y in residuals(p)]
        middle = statistics.fmean([min(labels), max(labels)]) if labels else 0.0
        own, others = ([_judged(turn, judge.keys, middle) for turn in _spread(player.turns)] for player in (judge, maker))
        return own, others

    return training.once(("judged", judge.keys, maker.keys), found)


def _judged(turn: Turn, keys: frozenset[Key], middle: float) -> list[_Judged]:
    """The answers of a judge in a turn."""
    found = []
    for p in turn.passes:
        targets = {f: y for _, f, y in residuals(p)}
        for f in (f for outputs in answers_of(p) if len(outputs) == 1 for f in outputs):
            if p.upstream[f] and _is_of(p, f, keys):
                up = targets[f] > middle if f in targets else p.upstream[f] < 0.0
                found.append(_Judged(p, f, *_given(p, f, keys), up))
    return found


def _given(p: Pass, f: int, keys: frozenset[Key]) -> tuple[Numbers, bool]:
    """The numbers that a player is given for an output, and if they are computed from what another trains."""
    own, numbers = set[int](), list[float]()
    made = False
    for j in sorted(p.structure.below(f)):
        if p.key_of.get(j) in keys or any(q in own for q in p.parents[j]):
            own.add(j)
    for j in (j for j in sorted(own) if p.parents[j]):
        for o in p.operands_of(j):
            if not isinstance(o, int):
                numbers.append(o)
            elif o not in own:
                numbers.append(p.nodes.data[o])
                made = made or bool(p.parents[o])
    return tuple(numbers), made


def _side_of_the_made(told: Sequence[Sequence[_Judged]], fooled: Sequence[Sequence[_Judged]]) -> bool | None:
    """The way in which a judge pulls the answers to samples that are made; None if it is not told of them, or unknown.

    It is the way of those that are made, as the graph or the same numbers tell; else of those that are near to what is made and
    follow it in all turns: a class that stays may be near, too.
    """
    made: list[Numbers] = []
    same: Counter[bool] = Counter()
    sides: dict[bool, list[Numbers]] = {True: [], False: []}
    for samples, others in zip(told, fooled, strict=False):
        if len({len(sample.given) for sample in (*samples, *others)}) != 1:
            return None
        for up, side in sides.items():
            rows = [sample.given for sample in samples if sample.up == up]
            if not rows or not others:
                return None
            side.append(_centre(rows))
        known = {sample.given for sample in others}
        same.update({sample.up for sample in samples if sample.made or sample.given in known})
        made.append(_centre([sample.given for sample in others]))
    if len(made) < LONG:
        return None
    if len(same) == 1 and same.total() == len(made):
        return next(iter(same))
    for up, side in sides.items():
        own, other, still = (_apart(made, x) for x in (side, sides[not up], [_centre(side)] * len(made)))
        if own < MENDED * min(other, still):
            return up
    return None


def _apart(some: Sequence[Numbers], others: Sequence[Numbers]) -> float:
    return math.fsum(map(math.dist, some, others))


def _centre(rows: Sequence[Numbers]) -> Numbers:
    return tuple(math.fsum(column) / len(rows) for column in zip(*rows, strict=True))


# --- a generator that is moved by both -----------------------------------------------------------------------------------


def left_by_the_judge(training: Training) -> Iterator[Found]:
    """A generator whose updates use the gradients of the discriminator's cost as well, which pulls the other way."""
    players = two_players(training)
    for judge, maker in (players, players[::-1]) if players else ():
        told, fooled = _both(training, judge, maker)
        ups, others = ({sample.up for samples in some for sample in samples if sample.made} for some in (fooled, told))
        if len(ups) != 1 or len(others) != 1 or ups == others:
            continue
        before = {turn.passes[-1].number: turn for turn in judge.turns}
        turns = [(turn, before[n]) for turn in _spread(maker.turns) if (n := turn.passes[0].number - 1) in before]
        used = [(turn, key) for turn, last in turns if (key := _left(turn, last, maker.keys)) is not None]
        if len(used) < max(LONG, MOSTLY * len(turns)):
            continue
        turn, key = used[-1]
        p = turn.passes[-1]
        i = p.leaf[key]
        yield Found(
            source_at(p.called) or p.source(len(p.nodes) - 1),
            "the gradients of the other player's cost, which pulls the other way, are still there: "
            f"{training.name(key)}.grad is {style.number(p.nodes.grad[i])}, and {style.number(p.upstream[i])} of that is "
            f"of this cost; so in {len(used)} turns that were looked at",
            "zero_grad() right before this backward(); or detach() what is made where it is only judged",
            {"gradient": p.nodes.grad[i], "own": p.upstream[i], "turns": float(len(used))},
            (training.name(key),),
        )
        return


def _left(turn: Turn, before: Turn, keys: frozenset[Key]) -> Key | None:
    """A leaf whose gradient in a turn is that of its passes and of those in the turn before."""
    p = turn.passes[-1]
    for key in (key for key in keys if key in p.leaf):
        own, others = (math.fsum(q.upstream[q.leaf[key]] for q in of.passes if key in q.leaf) for of in (turn, before))
        if others and math.isclose(p.nodes.grad[p.leaf[key]] - own, others, rel_tol=_ROUNDED):
            return key
    return None


# --- an actor that earns least --------------------------------------------------------------------------------------------


def earns_least(training: Training) -> Iterator[Found]:
    """An actor that makes the answer of its critic small, where the critic has been told rewards."""
    players = two_players(training)
    for critic, actor in (players, players[::-1]) if players else ():
        p = actor.turns[-1].passes[-1]
        factors = [] if residuals(p) else [c for i, c in p.terms if _is_of(p, i, critic.keys)]
        downhill = sum(turn.along < 0.0 for turn in actor.turns) >= MOSTLY * len(actor.turns)
        if not factors or min(factors) <= 0.0 or not downhill:
            continue
        first, last = (_told(turns, critic.keys) for turns in (critic.turns[:_TURNS], critic.turns[-_TURNS:]))
        signs = dict(told_rewards(first[0].source)) if min(len(first), len(last)) >= LONG else {}
        if list(signs) != [1]:
            continue
        early, late = (statistics.fmean(told.target for told in some) for some in (first, last))
        certain = late < early and (len(signs[1]) > 1 or max(told.target for told in (*first, *last)) <= 0.0)
        yield Found(
            _made_small(training, p),
            f"the steps make this small, what the critic answers, and the critic is told {signs[1]}: the actor goes where the "
            f"critic expects least; what it is told has come from {style.number(early)} to {style.number(late)} in the mean",
            "the other sign: the cost of the actor is -critic(state, action)",
            {"early": early, "late": late},
            certainty=None if certain else Certainty.HINT,
        )
        return


def _made_small(training: Training, p: Pass) -> Source | None:
    """The line of a cost; for that of a critic of the script's own, where it is called and not compared with a target."""
    script, source = training.script, p.source(len(p.nodes) - 1)
    function = script.function(source.line) if source else None
    calls = [
        n
        for n in script.inside
        if isinstance(n, ast.Call) and isinstance(function, ast.FunctionDef) and last_name(n.func) == function.name
        and not any(isinstance(outer, ast.BinOp) and isinstance(outer.op, ast.Sub) for outer in script.around(n))
    ]  # fmt: skip
    return script.at(calls[0]) if len(calls) == 1 else source


class _Told(NamedTuple):
    """The target that a critic is told: the number, and the line in which its answer is compared with it."""

    target: float
    source: Source | None


def _told(turns: Sequence[Turn], keys: frozenset[Key]) -> list[_Told]:
    passes = [p for turn in turns for p in turn.passes]
    return [_Told(y, p.source(i)) for p in passes for i, f, y in residuals(p) if _is_of(p, f, keys)]


def pulls_the_wrong_way(training: Training) -> Iterator[Found]:
    """A player that helps the one it should fool, or earns least; an entropy made small, or like moved apart: a turned sign."""
    yield from (*helps_the_judge(training), *earns_least(training), *entropy_made_small(training), *like_apart(training))

"""The tokens of a sequence: which of them a model is given at each position, and how far from there its label stands.

A token is a row of a table, or a place in numbers of which one is 1. Nobody says which row belongs to which label; but where a
label is that of a token given at some distance, each label has a row or a place of its own that is used at that distance from
it, and nowhere else.
"""

import ast
import re
from collections.abc import Hashable, Iterator
from typing import NamedTuple

from autograd import Source

from .outputs import Labelled, labels_of
from .passes import Key, Pass
from .script import Script, last_name, names_in
from .thresholds import ENOUGH, SAMPLES
from .training import Training

_NODES = 20_000  # that are walked through
_ENOUGH = 3 * ENOUGH  # positions
_CLASSES = 3  # of two any is told by the other

_AHEAD = re.compile(r"(?i)horizon|ahead|lag|shift|delay|offset|skip|stride|^[kh]$")

Mark = Hashable  # of something that a model is given: a leaf, one leaf beside another, a place among the numbers


class Position(NamedTuple):
    """A position of a sequence.

    Attributes:
        of: the cross-entropy of what is told there.
        marks: what is given there, and was not before.
        carried: True if something is computed from what was computed at the position before.
    """

    of: Labelled
    marks: frozenset[Mark]
    carried: bool


class Sequence(NamedTuple):
    """A sequence: its pass, its positions, and if a state goes along it."""

    of: Pass
    positions: list[Position]
    carries: bool


def sequences_of(training: Training) -> list[Sequence]:
    """Sequences of the last passes: a state begins anew with each; without one a pass is a sequence."""
    return training.once("tokens", lambda: list(_sequences(training)))


def _sequences(training: Training) -> Iterator[Sequence]:
    nodes, found = 0, 0
    for p in reversed(training.sound):
        nodes += len(p.nodes)
        if nodes > _NODES or found >= _ENOUGH or len(labelled := labels_of(p)) < SAMPLES:
            return
        first = list(_positions(training, p, labelled[:SAMPLES]))
        if not any(position.carried for position in first) and len(shifts(training.script)) < 2:
            return  # nothing that a distance would say of
        positions = list(_positions(training, p, labelled))
        carries = any(position.carried for position in positions)
        begins = [t for t, position in enumerate(positions) if not t or (carries and not position.carried)]
        for a, b in zip(begins, [*begins[1:], len(positions)], strict=True):
            yield Sequence(p, positions[a:b], carries)
        found += len(positions)


def _positions(training: Training, p: Pass, cross_entropies: list[Labelled]) -> Iterator[Position]:
    seen: dict[int, int] = {}  # the nodes, each with the position that it was first needed for
    for t, labelled in enumerate(cross_entropies):
        stack, fresh, carried = list(labelled.logits), list[int](), False
        while stack:
            j = stack.pop()
            if j not in seen:
                seen[j] = t
                if p.parents[j]:
                    fresh.append(j)
                    stack += p.parents[j]
            elif p.parents[j] and seen[j] == t - 1:
                carried = True
        yield Position(labelled, frozenset(_marks(training, p, sorted(fresh), labelled.logits)), carried)


def _marks(training: Training, p: Pass, fresh: list[int], logits: tuple[int, ...]) -> Iterator[Mark]:
    count = 0
    yield from (p.key_of.get(z) for z in logits if not p.parents[z])
    for j in fresh:
        operands = p.operands_of(j)
        keys = [_key(training, p, o) for o in operands]
        yield from (key for key in keys if key is not None)
        half = len(keys) // 2
        if p.rows[j].linear == "each":
            yield from ((a, b) for a, b in zip(keys[:half], keys[half:], strict=False) if None not in (a, b))
        for o in (o for o in operands if isinstance(o, float)):
            count += 1
            if o:
                yield count


def _key(training: Training, p: Pass, o: int | float) -> Key:
    key = p.key_of.get(o) if isinstance(o, int) else None
    return key if key in training.trained else None


def distances(sequences: list[Sequence], most: int) -> list[int]:
    """The distances after a label at which its own token is given, in all sequences, from 0."""
    return [k for k in range(most + 1) if _is_told(sequences, k)]


def _is_told(sequences: list[Sequence], k: int) -> bool:
    """True if each label has a mark of its own, k positions after it and nowhere else; the first of a sequence is left out."""
    labels: dict[int, set[tuple[int, int]]] = {}
    places: dict[Mark, set[tuple[int, int]]] = {}
    for n, sequence in enumerate(sequences):
        for t in range(max(k, 1), len(sequence.positions)):
            labels.setdefault(sequence.positions[t - k].of.label, set()).add((n, t))
            for mark in sequence.positions[t].marks:
                places.setdefault(mark, set()).add((n, t))
    known = set(map(frozenset, places.values()))
    total = sum(map(len, labels.values()))
    return len(labels) >= _CLASSES and total >= ENOUGH and all(frozenset(at) in known for at in labels.values())


# --- what is written -------------------------------------------------------------------------------------------------------


def shifts(script: Script) -> list[ast.Subscript]:
    """The places in what is run in every step that take a list from its second entry on: ids[1:]."""
    return [n for n in script.inside if isinstance(n, ast.Subscript) and ast.unparse(n.slice) == "1:"]


def looks_ahead(script: Script, by: int) -> bool:
    """True if a program has that number of steps written as an index, a bound or a name: ids[2:], ids[t + 2], horizon = 2."""
    for n in script.module:
        if isinstance(n, ast.Subscript):
            numbers = [m.value for m in ast.walk(n.slice) if isinstance(m, ast.Constant)]
            if by in numbers or (isinstance(n.slice, ast.Slice) and isinstance(n.slice.lower, ast.Name)):
                return True
        if isinstance(n, (ast.Assign, ast.keyword)) and isinstance(n.value, ast.Constant) and n.value.value == by:
            names = [n.arg] if isinstance(n, ast.keyword) else [last_name(t) for t in n.targets]
            if any(name and _AHEAD.search(name) for name in names):
                return True
    return False


def is_given_its_labels(script: Script, cost: Source | None) -> bool:
    """True if the cost of a line compares what a model makes of a list with the same list: cross_entropy(model(ids), ids)."""
    for call in (n for n in script.module if cost and isinstance(n, ast.Call) and n.lineno == cost.line and len(n.args) > 1):
        outputs, labels = call.args[0], call.args[1]
        made = [m.value for name in names_in(outputs) for m in script.assigned(name) if isinstance(m, ast.Assign)]
        calls = [m for value in (outputs, *made) for m in ast.walk(value) if isinstance(m, ast.Call)]
        if any(ast.unparse(arg) == ast.unparse(labels) for m in calls for arg in m.args):
            return True
    return False

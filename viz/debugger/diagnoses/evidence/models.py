"""Recorded passes as programs: those of one shape, changed in one way, are one program, which is made once for all experiments.

Its inputs are the leaves, and the constants that differ between passes. To run it costs a small part of the script's own pass,
to make it about as much as that pass.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograd import TABLE
from autograd.replay import exact
from autograd.replay.interpreted import reader
from autograd.replay.tape import Tape
from autograd.replay.written import Results

from .budget import COMPILED, of_a_program, of_a_run
from .experiment import UNCHANGED, Edit, tape_of
from .passes import Key, Pass
from .training import Training

_OFTEN = 30  # runs after which it pays to write a program as Python, where nothing is compiled


def is_replayable(p: Pass) -> bool:
    """True if every operation of a pass is in the table: what a rule made by hand gives for other numbers is not known."""
    return not p.recording.by_hand and all(op in TABLE for op in set(p.ops) if op)


def time_of(p: Pass) -> float:
    """The time in which the program of a pass gives its cost and its gradient."""
    return of_a_run(len(p.nodes), len(p.leaves))


class Model:
    """The program of the passes of one structure, changed in one way; their leaves may be other parameters, rows of a table.

    Args:
        p: one of the passes.
        edit: its changes.
        varying: the constants that differ between passes, or are changed.
    """

    def __init__(self, p: Pass, edit: Edit, varying: Sequence[int]) -> None:
        self._varying = varying
        tape, self._places = tape_of(p.nodes, len(p.leaves), edit, varying)
        self._biases = list(dict.fromkeys(edit.biased.values()))
        self._reader = _Reader(tape)
        self._slots: dict[tuple[frozenset[Key], int], tuple[list[int], list[Key]]] = {}

    def gradient(
        self, p: Pass, edit: Edit, numbers: Mapping[Any, float], trained: frozenset[Key]
    ) -> tuple[float, dict[Any, float]]:
        """The cost of a pass with other parameters, and its gradient."""
        places, keys = self._slots_of(p, trained, edit)
        given = self._given(p, edit, places, map(numbers.__getitem__, keys))
        if not self._places and not self._biases:
            (cost,), bars = self._reader.gradient(given)
            return _signed(p, cost, dict(zip(keys, map(bars.__getitem__, places), strict=True)))
        for i in edit.split:
            given[i] = numbers.get(p.key_of.get(i), given[i])
        added = [(len(given) + n, key, x) for n, (key, x) in enumerate(self.added(p, given).items())]
        given += [numbers.get(key, x) for _, key, x in added]
        (cost,), bars = self._reader.gradient(given)
        found: dict[Any, float] = dict(zip(keys, map(bars.__getitem__, places), strict=True))
        for i, key, x in added:
            if isinstance(numbers, dict):
                numbers.setdefault(key, x)
            found[key] = bars[i]
        return _signed(p, cost, found)

    def added(self, p: Pass, given: Sequence[float] | None = None) -> dict[Key, float]:
        """The parameters that the change adds, with the numbers at which they begin: one for each place of a leaf, biases.

        Args:
            given: the numbers of the leaves, those of the pass by default.
        """
        data = p.nodes.data if given is None else given
        split: dict[Key, float] = {(p.key_of.get(o), place): data[o] for o, place in self._places}
        return split | dict.fromkeys(self._biases, 0.0)

    def value(self, p: Pass, numbers: Mapping[Any, float], edit: Edit = UNCHANGED) -> float:
        """The cost of a pass with other parameters, and no change but one of numbers."""
        known = [(i, numbers[key]) for key, i in p.leaf.items() if key in numbers]
        return p.sign * self._reader.value(self._given(p, edit, [i for i, _ in known], [x for _, x in known]))

    def _slots_of(self, p: Pass, trained: frozenset[Key], edit: Edit) -> tuple[list[int], list[Key]]:
        """The leaves of the trained parameters and their keys: the same in all passes of one shape."""
        which = trained, id(p.shape)
        if which not in self._slots:
            slots = [(i, key) for key, i in p.leaf.items() if key in trained and i not in edit.split]
            self._slots[which] = [i for i, _ in slots], [key for _, key in slots]
        return self._slots[which]

    def _given(self, p: Pass, edit: Edit, places: Iterable[int], numbers: Iterable[float]) -> list[float]:
        """The inputs of the program with other numbers in some places, but for the inputs that a change adds."""
        given: list[float] = p.nodes.data[: len(p.leaves)].tolist()
        for entry, x in edit.numbers.items():
            if entry >= 0:
                given[entry] = x
        for i, x in zip(places, numbers, strict=True):
            given[i] = x
        if self._varying:
            constants = p.nodes.constants
            given += [edit.numbers.get(-1 - k, constants[k]) for k in self._varying]
        return given


def _signed(p: Pass, cost: float, gradient: dict[Any, float]) -> tuple[float, dict[Any, float]]:
    """A cost and its gradient; of a pass that climbs, what it makes small."""
    return (cost, gradient) if p.sign > 0.0 else (-cost, {key: -g for key, g in gradient.items()})


class _Reader:
    """The quickest reader of a tape: compiled, else the table row by row, and a text of Python once that pays."""

    def __init__(self, tape: Tape) -> None:
        self._tape = tape
        self._best = reader(tape, [f"x{i}" for i in range(tape.inputs)])
        self._runs = 0

    def gradient(self, given: Sequence[float]) -> Results:
        self._runs += 1
        if COMPILED or self._runs > _OFTEN:
            return self._best.gradient(given)
        values = exact.forward(self._tape, given)
        return exact.results(self._tape, values), exact.backward(self._tape, values)

    def value(self, given: Sequence[float]) -> float:
        (cost,) = self._best.value(given) if COMPILED else exact.results(self._tape, exact.forward(self._tape, given))
        return cost


class Models:
    """The programs of a training's passes, each made when it is first asked for, and paid from the training's budget."""

    def __init__(self, training: Training) -> None:
        self._budget = training.budget
        self._made: dict[Any, Model] = {}
        self._alike: dict[int, list[Pass]] = {}
        self._varying: dict[int, list[int]] = {}
        for p in training.passes:
            self._alike.setdefault(id(p.structure), []).append(p)

    def of(self, passes: Sequence[Pass], edits: Mapping[int, Edit]) -> dict[int, Model]:
        """The program of each pass, by the pass's id.

        Args:
            edits: the changes of each, by the same.
        """
        groups: dict[Any, dict[int, Pass]] = {}
        for p in passes:
            groups.setdefault((id(p.structure), edits[id(p)].structure), {})[id(p)] = p
        found: dict[int, Model] = {}
        for (structure, change), group in groups.items():
            changed = {-1 - entry for i in group for entry in edits[i].numbers if entry < 0}
            key = structure, change, frozenset(changed)
            if key not in self._made:
                p = next(iter(group.values()))
                self._budget.left -= of_a_program(len(p.nodes), any(change))
                self._made[key] = Model(p, edits[id(p)], sorted(changed.union(self._varying_of(p))))
            found |= dict.fromkeys(group, self._made[key])
        return found

    def _varying_of(self, p: Pass) -> list[int]:
        """The constants that differ between the passes of one structure."""
        structure = id(p.structure)
        if structure not in self._varying:
            own = p.nodes.constants
            others = {id(q.nodes.constants): q.nodes.constants for q in self._alike[structure]}
            differing = {k for other in others.values() if other != own for k in range(len(own)) if other[k] != own[k]}
            self._varying[structure] = sorted(differing)
        return self._varying[structure]


def models_of(training: Training) -> Models:
    """The programs of a training's passes."""
    return training.once("models", lambda: Models(training))

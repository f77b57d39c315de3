"""Groups: the operations of a tape that are alike become one operation on many numbers.

Two nodes belong to one group if they have the same primitive and their operands come from the same groups or the same kind of
input. A layer of neurons is a group of dots and a group of activations; a group is a matrix, a row per member and a column
per lane.

Operands are *parts*: a part says from where all members take one operand (or several, of a primitive with any number of
operands), and which row of it each of them takes.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from ...primitives.table import known
from .columns import Columns, Integers, columns_of
from .rolled import Label, Numbers, Sample, Section, Slot, Slots

GROUP, SLOT, SLOTS, NUMBER, NUMBERS, SAMPLE, LABEL = "group", "slot", "slots", "number", "numbers", "sample", "label"


class Part(NamedTuple):
    """The operands of a group's members in one position, or in several positions.

    Attributes:
        kind: GROUP, rows of another group; SLOT, slots of the pool; SLOTS, slots of the pool that differ from lane to lane;
            NUMBER, constants; NUMBERS, constants that differ from lane to lane; SAMPLE and LABEL, components of the sample.
        group: the number of the group, for GROUP.
        rows: rows, slots, components or the constants themselves. A row per member; a second axis for the positions, where a
            primitive takes any number of operands; a last axis for the lanes, of SLOTS and NUMBERS.
    """

    kind: str
    group: int
    rows: NDArray[Any]


class Group(NamedTuple):
    """Alike operations.

    Attributes:
        name: their primitive.
        size: the number of members.
        parts: the operands: one part per position; of a primitive with any number of operands, one for each place that they
            come from; of a dot, two for each pair of places, and the last is the bias.
    """

    name: str
    size: int
    parts: tuple[Part, ...]


class Grouped(NamedTuple):
    """The groups of a tape, operands before users.

    Attributes:
        groups: the groups.
        outputs: per result its group and the member; a constant is (-1, its place among the constants).
    """

    groups: tuple[Group, ...]
    outputs: tuple[tuple[int, int], ...]


_KINDS = {Slot: -1, Slots: -2, Numbers: -3, Sample: -4, Label: -5}
_CONSTANT = -6
_NAMES = {-1: SLOT, -2: SLOTS, -3: NUMBERS, -4: SAMPLE, -5: LABEL, -6: NUMBER}


def grouped(section: Section) -> Grouped:
    """The groups of a section's body.

    Example:
        >>> from autograd.replay.passes.rolled import parse_rolled
        >>> text = "pool 3 of which inputs 2|lanes 1|v0 = slot 0|v1 = slot 1|v2 = exp v0|v3 = exp v1|"
        >>> text += "v4 = add v2 v3|each v4 -> 2|out 2"
        >>> groups, outputs = grouped(parse_rolled(text.replace("|", chr(10))).sections[0])
        >>> [(group.name, group.size) for group in groups], outputs
        ([('exp', 2), ('add', 1)], ((1, 0),))
    """
    columns = columns_of(section.body)
    of, members = _members(columns, [_KINDS[type(source)] for source in section.sources])
    row = np.zeros(columns.length, dtype=np.int64)
    for nodes in members:
        row[nodes] = np.arange(len(nodes))
    build = _Parts(columns, section, np.array(of, dtype=np.int64), row)
    groups = tuple(build.group(np.array(nodes)) for nodes in members)
    outputs = tuple((of[o], int(row[o])) if o >= 0 else (-1, -1 - o) for o in section.body.outputs)
    return Grouped(groups, outputs)


def _members(columns: Columns, kinds: list[int]) -> tuple[list[int], list[list[int]]]:
    """Per node its group, or the negative kind of an input; and per group its nodes."""
    of, members = list(kinds), list[list[int]]()
    number: dict[Any, int] = {}
    start, operands, op = columns.start.tolist(), columns.operands.tolist(), columns.op.tolist()
    many = [known(name).variadic for name in columns.names]
    weighted = [known(name).weighted for name in columns.names]
    for i in range(columns.inputs, columns.length):
        code = op[i]
        classes = [of[o] if o >= 0 else _CONSTANT for o in operands[start[i] : start[i + 1]]]
        if many[code]:
            key: Any = (code, *_pattern(classes, weighted[code]))
        else:
            key = (code, *classes)
        group = number.get(key)
        if group is None:
            group = number[key] = len(members)
            members.append([])
        members[group].append(i)
        of.append(group)
    return of, members


def _pattern(classes: list[int], weighted: bool) -> Iterator[Any]:
    """The number of operands from each place, for a primitive that takes any number of them."""
    last = 1 if weighted else 0
    rest = classes[: len(classes) - last]
    if weighted:
        n = len(rest) // 2
        pairs: Any = [_oriented(w, x) for w, x in zip(rest[:n], rest[n:], strict=True)]
    else:
        pairs = rest
    counts: dict[Any, int] = {}
    if pairs and pairs.count(pairs[0]) == len(pairs):
        counts[pairs[0]] = len(pairs)
    else:
        for one in pairs:
            counts[one] = counts.get(one, 0) + 1
    yield from counts.items()
    yield from classes[len(classes) - last :]


def _oriented(w: int, x: int) -> tuple[int, int]:
    """The two factors of a product, with the one that is the same in all lanes first."""
    return (x, w) if x in (-1, _CONSTANT) and w not in (-1, _CONSTANT) else (w, x)


class _Parts:
    """The reader of the parts of a section."""

    def __init__(self, columns: Columns, section: Section, of: Integers, row: Integers) -> None:
        self.columns, self.section, self.of, self.row = columns, section, of, row

    def group(self, nodes: Integers) -> Group:
        """A group from its nodes."""
        columns = self.columns
        name = columns.names[columns.op[nodes[0]]]
        arity = int(columns.arity[nodes[0]])
        operands = columns.operands[columns.start[nodes][:, None] + np.arange(arity)]
        if name == "pick":
            alike = len(np.unique(self._classes(operands[:, :-1]))) == 1  # their order counts
            candidates = [operands[:, :-1]] if alike else np.split(operands[:, :-1], arity - 1, axis=1)
            parts = [*map(self._part, candidates), self._part(operands[:, -1])]
        elif known(name).weighted:
            n = arity // 2
            parts = [*self._apart(self._turned(operands[:, :n], operands[:, n:-1])), self._part(operands[:, -1])]
        elif known(name).variadic:
            parts = self._apart([operands])
        else:
            parts = [self._part(operands[:, j]) for j in range(arity)]
        return Group(name, len(nodes), tuple(parts))

    def _classes(self, operands: Integers) -> Integers:
        return np.where(operands >= 0, self.of[np.where(operands >= 0, operands, 0)], _CONSTANT)

    def _turned(self, left: Integers, right: Integers) -> list[Integers]:
        """The factors of dots, with the ones that are the same in all lanes on the left."""
        turn = np.isin(self._classes(right), (-1, _CONSTANT)) & ~np.isin(self._classes(left), (-1, _CONSTANT))
        return [np.where(turn, right, left), np.where(turn, left, right)]

    def _apart(self, sides: list[Integers]) -> list[Part]:
        """Operands of several positions, apart by where they come from; a member has equally many from everywhere."""
        classes = np.stack([self._classes(side) for side in sides])
        kinds = np.unique(classes.reshape(len(sides), -1).T, axis=0)
        parts = []
        for kind in kinds:
            here = (classes == kind[:, None, None]).all(axis=0)
            parts += [self._part(side[here].reshape(len(side), -1)) for side in sides]
        return parts

    def _part(self, operands: Integers) -> Part:
        """Operands that all come from one place."""
        first = int(operands.flat[0])
        kind = self.of[first] if first >= 0 else _CONSTANT
        if kind >= 0:
            return Part(GROUP, int(kind), self.row[operands])
        if kind == _CONSTANT:
            return Part(NUMBER, -1, self.columns.constants[-1 - operands])
        return Part(_NAMES[int(kind)], -1, self._of_sources()[int(kind)][operands])

    def _of_sources(self) -> dict[int, NDArray[Any]]:
        """Per kind of input and per input its slot, its slots, its numbers or its component."""
        if not hasattr(self, "_sources"):
            found: dict[int, NDArray[Any]] = {}
            n, lanes = len(self.section.sources), self.section.lanes
            for i, source in enumerate(self.section.sources):
                kind, value = _KINDS[type(source)], np.asarray(source[0])
                if kind not in found:
                    found[kind] = np.zeros((n, lanes) if value.ndim else n, dtype=value.dtype)
                found[kind][i] = value
            self._sources = found
        return self._sources

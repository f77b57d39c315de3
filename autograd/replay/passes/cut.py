"""Alike terms of a tape as the lanes of one small tape.

A program that adds up many things (the costs of samples, the squares of weights, the residuals of equations) computes most of
them independently. Its terms (terms.py) are cut apart: nodes that several of them share run before them, alike terms run as
lanes, and what needs their results runs last.

What differs between alike terms, a constant or what is taken from the inputs or from shared nodes, becomes a column with a
number for each lane. If an operand is one node of the term in one lane and another one in the next, like the output z[y] of a
network at the label y, it becomes a `pick`.
"""

import functools
from typing import Any, NamedTuple

import numpy as np

from ..tape import INPUT, Tape
from .columns import Columns, Doubles, Integers, columns_of, rebuilt, slots_of, tape_of
from .rolled import Decision, Each, Numbers, Rolled, Section, Sink, Slot, Slots, Source, Sum
from .terms import CONSTANT, INSIDE, LAST, SHARED, UNSEEN, Look, classes, labels

WIDE = 8  # an operation of so many different operands is a place to cut
ALIKE = 4  # so many terms are worth lanes of their own


def rolled(tape: Tape, wide: int = WIDE, alike: int = ALIKE) -> Rolled:
    r"""The tape with alike terms as lanes.

    Args:
        tape: after `sums`, as a rule: chains of additions are no places to cut.
        wide: the number of operands from which on an operation is a place to cut.
        alike: the number of alike terms from which on they are lanes; fewer are run one by one.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> tape = Tape.parse("in 3\nv3 = exp v0\nv4 = exp v1\nv5 = exp v2\nv6 = sum v3 v4 v5\nout v6")
        >>> print(rolled(tape, wide=3, alike=3))
        pool 4 of which inputs 3
        lanes 3
            v0 = slots 0:3
            v1 = exp v0
            sum v1 -> 3
        out 3
    """
    columns = columns_of(tape)
    label = labels(columns, wide)
    return _Cut(columns, label, classes(columns, label, alike)).program()


class _Cut:
    """A tape that is being cut into sections.

    Attributes:
        slot: per node its slot in the pool; -1 for a node that has none.
        slots: the number of slots so far.
    """

    def __init__(self, columns: Columns, label: Integers, classes: list[Look]) -> None:
        self.columns, self.label, self.classes = columns, label, classes
        self.slot = np.full(columns.length, -1)
        self.slot[: columns.inputs] = np.arange(columns.inputs)
        self.slots = columns.inputs
        node = (columns.operands >= 0) & (label[columns.user] != UNSEEN)
        user, operand = columns.user[node], columns.operands[node]
        # Nodes whose number leaves their section: users of another kind, and whoever asks for the result.
        self.leaves = np.zeros(columns.length, dtype=bool)
        self.leaves[operand[label[user] != label[operand]]] = True
        self.leaves[columns.roots()] = True
        self.summed = np.zeros(len(columns.operands), dtype=np.int64)  # per operand of a last sum: 1 + the slot of its total

    def program(self) -> Rolled:
        sections = self._plain(SHARED)
        for look in self.classes:
            sections += self._lanes(look)
        sections += self._plain(LAST)
        outputs = tuple(map(self._entry, self.columns.outputs.tolist()))
        guards = tuple(
            Decision(guard.relation, self._entry(guard.left), self._entry(guard.right), guard.outcome)
            for guard in self.columns.guards
        )
        return Rolled(self.columns.inputs, self.slots, tuple(sections), outputs, guards)

    def _entry(self, o: int) -> int | float:
        """The slot of a node, or a constant."""
        return float(self.columns.constants[-1 - o]) if o < 0 else int(self.slot[o])

    def _new_slots(self, count: int) -> Integers:
        self.slots += count
        return np.arange(self.slots - count, self.slots)

    def _lanes(self, look: Look) -> list[Section]:
        """The section of alike terms."""
        body = _Body(self, look)
        sinks: list[Sink] = []
        for place, total in self._results(look):
            if total is None:
                slots = self._new_slots(len(look.nodes))
                self.slot[look.nodes[:, place]] = slots
                sinks.append(Each(slots))
            else:
                slot = int(self._new_slots(1)[0])
                self.summed[total] = 1 + slot
                sinks.append(Sum(slot))
            body.outputs.append(place)
        return [Section(len(look.nodes), body.tape(), tuple(body.sources), tuple(sinks))]

    def _results(self, look: Look) -> list[tuple[int, Integers | None]]:
        """The places of nodes whose number leaves the term; with the operands of the sum that adds all of them, if one does."""
        columns, found = self.columns, []
        wanted = set(columns.roots().tolist())
        for place in np.flatnonzero(self.leaves[look.nodes].any(axis=0)).tolist():
            nodes = look.nodes[:, place]
            uses = self._uses_outside(nodes)
            users = np.unique(columns.user[uses])
            adds = columns.names[columns.op[users[0]]] if len(users) == 1 else ""
            whole = adds == "sum" or (adds == "mean" and len(uses) == columns.arity[users[0]])
            once = whole and len(uses) == len(nodes)
            found.append((place, uses if once and not wanted & set(nodes.tolist()) else None))
        return found

    def _uses_outside(self, nodes: Integers) -> Integers:
        """The places in the column of operands where nodes are used outside of their term."""
        by_operand, first = self._by_operand
        uses = np.concatenate([by_operand[a:b] for a, b in zip(first[nodes].tolist(), first[nodes + 1].tolist(), strict=True)])
        of_user = self.label[self.columns.user[uses]]
        found: Integers = uses[(of_user != self.label[self.columns.operands[uses]]) & (of_user != UNSEEN)]
        return found

    @functools.cached_property
    def _by_operand(self) -> tuple[Integers, Integers]:
        """The column of operands, sorted by what they are; and per node where its uses begin."""
        order = np.argsort(self.columns.operands, kind="stable")
        return order, np.searchsorted(self.columns.operands[order], np.arange(self.columns.length + 1))

    def _plain(self, kind: int) -> list[Section]:
        """The section of the nodes that are run once: shared, or last."""
        columns, summed = self.columns, self.summed
        keep = summed == 0
        totals = np.flatnonzero(summed)
        keep[totals[np.unique(np.stack([columns.user[totals], summed[totals]]), axis=1, return_index=True)[1]]] = True
        arity = np.bincount(columns.user[keep], minlength=columns.length)
        alone = np.zeros(columns.length, dtype=bool)
        alone[columns.user[totals]] = True
        alone &= (arity == 1) & (self.label == kind)  # nothing but a total: a sum of it is the total itself
        mean = alone & (columns.op == columns.code("mean"))
        total = np.flatnonzero(alone & ~mean)
        self.slot[total] = summed[columns.start[total]] - 1
        self.label[total] = UNSEEN
        nodes = np.flatnonzero(self.label == kind)
        if not len(nodes):
            return []
        places = slots_of(columns, nodes)
        places = places[keep[places]]
        operand, from_total = columns.operands[places].copy(), summed[places]
        node = np.maximum(operand, 0)
        outside = (operand >= 0) & ((from_total > 0) | (self.label[node] != kind))
        slot = np.where(from_total > 0, from_total - 1, self.slot[node])[outside]
        inputs, local = np.unique(slot, return_inverse=True)
        number = np.full(columns.length, -1)
        number[nodes] = len(inputs) + np.arange(len(nodes))
        inside = (operand >= 0) & ~outside
        operand[inside] = number[operand[inside]]
        operand[outside] = local
        op, names, constants = columns.op.astype(np.int64), list(columns.names), columns.constants
        if mean.any():  # a total, divided by the number of operands
            here = np.flatnonzero(mean)
            ends = np.cumsum(arity[nodes])[number[here] - len(inputs)]
            operand = np.insert(operand, ends, -1 - len(constants) - np.arange(len(here)))
            constants = np.append(constants, columns.arity[here])
            arity[here] = 2
            op[here] = len(names)
            names.append("div")
        return [self._plain_section(nodes, inputs, _Parts(op[nodes], names, arity[nodes], operand, constants))]

    def _plain_section(self, nodes: Integers, inputs: Integers, parts: "_Parts") -> Section:
        results = nodes[self.leaves[nodes]]
        self.slot[results] = self._new_slots(len(results))
        n = len(inputs)
        outputs = n + np.searchsorted(nodes, results)
        body = Columns(
            n,
            parts.names,
            np.concatenate([np.full(n, INPUT), parts.op]).astype(np.uint16),
            np.concatenate([np.zeros(n + 1, dtype=np.int64), np.cumsum(parts.arity)]),
            parts.operands,
            parts.constants,
            outputs,
            (),
            None if self.columns.place is None else [*[None] * n, *(self.columns.place[i] for i in nodes.tolist())],
        )
        everything = np.ones(body.length, dtype=bool)
        tape = tape_of(rebuilt(body, everything, body.op, body.arity, body.operands))
        sources = tuple(map(Slot, inputs.tolist()))
        return Section(1, tape, sources, tuple(Each(self.slot[[result]]) for result in results.tolist()))


class _Parts(NamedTuple):
    """The operations of a plain section."""

    op: Integers
    names: list[str]
    arity: Integers
    operands: Integers
    constants: Doubles


class _Body:
    """The tape of alike terms, which is being written.

    Attributes:
        sources: where its inputs come from.
        outputs: the places of the nodes that are its results.
    """

    def __init__(self, cut: _Cut, look: Look) -> None:
        self.cut, self.look = cut, look
        self.sources: list[Source] = []
        self.outputs: list[int] = []
        self._known: dict[Any, int] = {}  # inputs by where they come from
        self._constants: list[float] = []
        self._nodes: list[
            tuple[str, list[tuple[str, int]]]
        ] = []  # name, and operands as ("input", i), ("node", i), ("constant", k)
        self._number: list[int] = []  # per place of the term its node: picks come between
        self._write()

    def _write(self) -> None:
        columns, look = self.cut.columns, self.look
        operands: list[list[tuple[str, int]]] = [[] for _ in range(look.nodes.shape[1])]
        kind, node = look.kind[0].tolist(), look.node.tolist()
        same_place = (look.position == look.position[0]).all(axis=0).tolist()
        for i in range(look.nodes.shape[1]):
            operands[i] = []
        picks: dict[int, list[tuple[int, int]]] = {}
        for j, i in enumerate(node):
            if kind[j] == INSIDE and not same_place[j]:
                picks.setdefault(i, []).append((len(operands[i]), j))
                operands[i].append(("node", -1))
            else:
                operands[i].append(self._operand(j, kind[j]))
        op = columns.op[look.nodes[0]].tolist()
        for i, own in enumerate(operands):
            for where, j in picks.get(i, ()):
                own[where] = self._pick(look.position[:, j])
            self._number.append(len(self._nodes))
            self._nodes.append((columns.names[op[i]], [(k, self._number[o] if k == "place" else o) for k, o in own]))

    def _operand(self, j: int, kind: int) -> tuple[str, int]:
        """Operand j of the terms, which is of one kind in all of them."""
        look = self.look
        if kind == INSIDE:
            return "place", int(look.position[0, j])
        if kind == CONSTANT:
            numbers = self.cut.columns.constants[-1 - look.operand[:, j]]
            bits = numbers.view(np.int64)
            if (bits == bits[0]).all():
                self._constants.append(float(numbers[0]))
                return "constant", -len(self._constants)
            return self._input(("numbers", numbers.tobytes()), Numbers(numbers))
        slots = self.cut.slot[look.operand[:, j]]
        if (slots == slots[0]).all():
            return self._input(("slot", int(slots[0])), Slot(int(slots[0])))
        return self._input(("slots", slots.tobytes()), Slots(slots))

    def _input(self, key: Any, source: Source) -> tuple[str, int]:
        if key not in self._known:
            self._known[key] = len(self.sources)
            self.sources.append(source)
        return "input", self._known[key]

    def _pick(self, places: Integers) -> tuple[str, int]:
        """The node of the term that stands at another place in each lane."""
        candidates, which = np.unique(places, return_inverse=True)
        numbers = which.ravel().astype(float)
        index = self._input(("numbers", numbers.tobytes()), Numbers(numbers))
        self._nodes.append(("pick", [*(("node", self._number[p]) for p in candidates.tolist()), index]))
        return "node", len(self._nodes) - 1

    def tape(self) -> Tape:
        """The tape, once its outputs are known."""
        n, names = len(self.sources), list(dict.fromkeys(name for name, _ in self._nodes))
        code = {name: i for i, name in enumerate(names)}
        operands = [o if kind in ("input", "constant") else n + o for _, own in self._nodes for kind, o in own]
        body = Columns(
            n,
            names,
            np.array([INPUT] * n + [code[name] for name, _ in self._nodes], dtype=np.uint16),
            np.cumsum([0] * (n + 1) + [len(own) for _, own in self._nodes]),
            np.array(operands, dtype=np.int64),
            np.array(self._constants, dtype=float),
            n + np.array([self._number[place] for place in self.outputs], dtype=np.int64),
            (),
            None,
        )
        return tape_of(body)

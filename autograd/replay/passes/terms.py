"""Terms: which nodes belong to one operand of a wide sum alone, and which terms are alike.

Walking from the results down, every operation of many operands is a place to cut: what only one of its operands depends on is
that operand's *term*. What several terms depend on runs before them (*shared*), and what needs their results runs after them
(*last*). So there are no more than three kinds of nodes, and every node finds its kind in one walk from the last node to the
first.

Two terms are alike if they have the same operations in the order in which they were recorded. Their constants may differ, and
what they take from the inputs or from shared nodes.
"""

from typing import Any

import numpy as np

from ...primitives.table import known
from .columns import Columns, Integers, slots_of

LAST, SHARED, UNSEEN = 0, -1, -2
CONSTANT, OUTSIDE, INSIDE = 0, 1, 2


def labels(columns: Columns, wide: int) -> Integers:
    """Per node LAST, SHARED, UNSEEN (an input, or nothing depends on it), or the number of its term, from 1 on."""
    start, operands, inputs = columns.start.tolist(), columns.operands.tolist(), columns.inputs
    label = [UNSEEN] * columns.length
    for root in columns.outputs.tolist():
        if root >= 0:
            label[root] = LAST
    many = [known(name).variadic for name in columns.names]
    op, terms = columns.op.tolist(), 0
    for i in range(columns.length - 1, inputs - 1, -1):
        k = label[i]
        if k == UNSEEN:
            continue
        own = operands[start[i] : start[i + 1]]
        cut = k == LAST and len(own) >= wide and many[op[i]] and len({o for o in own if o >= inputs}) >= wide
        for o in own:
            if o >= inputs:
                if label[o] == UNSEEN:
                    if cut:
                        terms += 1
                    label[o] = terms if cut else k
                elif cut or label[o] != k:
                    label[o] = SHARED
    _label_guards(columns, label)
    label[:inputs] = [UNSEEN] * inputs
    return np.array(label, dtype=np.int64)


def _label_guards(columns: Columns, label: list[int]) -> None:
    """Nodes that only guards need run last; one of a term that a guard looks at stays there, and hands its number on."""
    start, operands = columns.start.tolist(), columns.operands.tolist()
    late = [node for node in columns.roots().tolist() if label[node] == UNSEEN]
    while late:
        node = late.pop()
        if label[node] == UNSEEN and node >= columns.inputs:
            label[node] = LAST
            late += [o for o in operands[start[node] : start[node + 1]] if o >= columns.inputs and label[o] == UNSEEN]


def classes(columns: Columns, label: Integers, alike: int) -> list["Look"]:
    """The alike terms; the nodes of all others are given the label LAST."""
    members = np.flatnonzero(label >= 1)
    if not len(members):
        return []
    members = members[np.argsort(label[members], kind="stable")]
    first = np.flatnonzero(np.diff(label[members], prepend=-1))
    size = np.diff(np.append(first, len(members)))
    key = _signatures(columns, label, members, first, size)
    place = np.zeros(columns.length, dtype=np.int64)
    place[members] = np.arange(len(members)) - np.repeat(first, size)
    found = []
    for terms in _equal(np.stack([key, size.astype(np.uint64)], axis=1)):
        nodes = members[first[terms][:, None] + np.arange(size[terms[0]])]
        if len(terms) < alike:
            label[nodes] = LAST
            continue
        for group in _same_inside(columns, label, place, nodes):
            if len(group) < alike:
                label[group] = LAST
            else:
                found.append(Look(columns, label, place, group))
    return sorted(found, key=lambda one: int(one.nodes[0, 0]))


def _equal(keys: Integers) -> list[Integers]:
    """The places of equal rows, in order."""
    _, which = np.unique(keys, axis=0, return_inverse=True)
    which = which.ravel()
    order = np.argsort(which, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(which[order])) + 1)


def _hashed(numbers: Any, place: Integers, first: Integers) -> Any:
    """A hash of each stretch of a column, which depends on the order within the stretch."""
    scrambled = (numbers.astype(np.uint64) + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(0xBF58476D1CE4E5B9)
    scrambled ^= scrambled >> np.uint64(31)
    odd = (place.astype(np.uint64) * np.uint64(2) + np.uint64(1)) * np.uint64(0x94D049BB133111EB)
    odd ^= odd >> np.uint64(29)
    return np.add.reduceat(scrambled * (odd | np.uint64(1)), first) if len(first) else numbers[:0].astype(np.uint64)


def _signatures(columns: Columns, label: Integers, members: Integers, first: Integers, size: Integers) -> Any:
    """Per term a number that alike terms share: of the operations, and of the kinds of their operands."""
    place = np.arange(len(members)) - np.repeat(first, size)
    arity = columns.arity[members]
    key = _hashed(columns.op[members].astype(np.int64) + (arity << 16), place, first)
    slots = slots_of(columns, members)
    owner = np.repeat(members, arity)
    before = np.concatenate([[0], np.cumsum(arity)])
    first_slot, end = before[first], before[first + size]
    kind = _kind(label, owner, columns.operands[slots])
    return key + np.uint64(31) * _hashed(kind, np.arange(len(slots)) - np.repeat(first_slot, end - first_slot), first_slot)


def _kind(label: Integers, owner: Integers, operand: Integers) -> Integers:
    """Per operand: a constant, an input or shared node, or a node of the same term."""
    inside = label[np.where(operand < 0, 0, operand)] == label[owner]
    return np.where(operand < 0, CONSTANT, np.where(inside, INSIDE, OUTSIDE))


def _same_inside(columns: Columns, label: Integers, place: Integers, nodes: Integers) -> list[Integers]:
    """Terms of one signature, apart if their nodes hang together in other ways; a few operands may differ (they are picked)."""
    look = Look(columns, label, place, nodes)
    same = (columns.op[nodes] == columns.op[nodes[0]]).all() and (look.arity == look.arity[0]).all()
    if not same or not (look.kind == look.kind[0]).all():
        return list(nodes[:, None])  # two signatures are equal by chance
    position = look.position
    differ = (position != position[0]).any(axis=0)
    if differ.sum() <= max(2, position.shape[1] // 20):
        return [nodes]
    return [nodes[places] for places in _equal(position)]


class Look:
    """The operands of alike terms, a row a term and a column an operand.

    Attributes:
        operand: nodes or constants, as in the columns.
        kind: CONSTANT, OUTSIDE or INSIDE.
        node: per column the place of its node in the term.
        position: the place of an operand that is INSIDE; -1 elsewhere.
    """

    def __init__(self, columns: Columns, label: Integers, place: Integers, nodes: Integers) -> None:
        self.nodes = nodes
        self.arity = columns.arity[nodes]
        arity = self.arity[0]
        self.node = np.repeat(np.arange(nodes.shape[1]), arity)
        within = np.arange(len(self.node)) - np.repeat(np.cumsum(arity) - arity, arity)
        slots = columns.start[nodes][:, self.node] + within
        self.operand = columns.operands[np.minimum(slots, len(columns.operands) - 1)]
        self.kind = _kind(label, nodes[:, :1], self.operand)
        self.position = np.where(self.kind == INSIDE, place[np.where(self.operand < 0, 0, self.operand)], -1)

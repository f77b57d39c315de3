"""Variants of a program that differ in operands or constants alone become one, with one more input that tells which is meant.

A function of a label, or of another small whole number, records another tape for each: `z[y]` is the third output in one of
    them
and the fifth in the next. Where the tapes have the same operations, an operand that differs becomes a `pick` among those of the
variants, and the number of the variant an input. Nothing is guessed: every variant was recorded.
"""

from collections.abc import Sequence

import numpy as np

from ...errors import ArgumentError
from ..tape import Draft, Tape
from .columns import Columns, Integers, columns_of, rebuilt, slots_of


def merged(tapes: Sequence[Tape]) -> Tape:
    r"""One tape of several, with one more input: the number of the variant, from 0.

    Raises:
        ArgumentError: the tapes do not have the same operations, inputs and guards.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> texts = [f"in 2\nv2 = exp v0\nv3 = tanh v1\nv4 = mul v2 v{k}\nout v4" for k in (3, 0)]
        >>> print(merged([Tape.parse(text) for text in texts]), end="")
        in 3
        v3 = exp v0
        v4 = tanh v1
        v5 = pick v4 v0 v2
        v6 = mul v3 v5
        out v6
    """
    recorded = [columns_of(tape) for tape in tapes]
    _check(recorded)
    ways = [recorded]
    if _differing(recorded).sum() > len(tapes):  # the order may be another one, because an operand is visited first
        ordered = [_in_canonical_order(columns) for columns in recorded]
        if all(np.array_equal(ordered[0].op, other.op) for other in ordered) and _same_arities(ordered):
            ways.append(ordered)
    return _written(min(ways, key=lambda way: int(_differing(way).sum())))


def _check(variants: Sequence[Columns]) -> None:
    first = variants[0]
    for number, other in enumerate(variants[1:], start=1):
        same = first.inputs == other.inputs and first.length == other.length and len(first.outputs) == len(other.outputs)
        same = same and [first.names[k] for k in first.op[first.inputs :]] == [other.names[k] for k in other.op[other.inputs :]]
        if not same or not _same_arities([first, other]) or _decided(first) != _decided(other):
            counts = [columns.length - columns.inputs for columns in (other, first)]
            raise ArgumentError(
                f"variant {number} has other operations than variant 0, so they cannot be one program: "
                f"{counts[0]} and {counts[1]} operations. Variants may differ in operands and constants alone"
            )


def _same_arities(variants: Sequence[Columns]) -> bool:
    return all(np.array_equal(variants[0].start, other.start) for other in variants)


def _decided(columns: Columns) -> list[tuple[str, bool, int]]:
    return [(guard.relation, guard.outcome, guard.after) for guard in columns.guards]


def _references(variants: Sequence[Columns]) -> Integers:
    """All operands, outputs and sides of guards, a row a variant; constants as numbers below 0, the same for the same bits."""
    bits: dict[int, int] = {}
    rows = []
    for columns in variants:
        known = [bits.setdefault(b, -1 - len(bits)) for b in columns.constants.view(np.int64).tolist()]
        sides = [side for guard in columns.guards for side in (guard.left, guard.right)]
        row = np.concatenate([columns.operands, columns.outputs, np.array(sides, dtype=np.int64)])
        constant = row < 0
        row[constant] = np.array(known, dtype=np.int64)[-1 - row[constant]] if known else row[constant]
        rows.append(row)
    return np.stack(rows)


def _differing(variants: Sequence[Columns]) -> Integers:
    references = _references(variants)
    found: Integers = (references != references[0]).any(axis=0)
    return found


def _in_canonical_order(columns: Columns) -> Columns:
    """The columns in an order that does not depend on which operand was visited first: by depth, then by what is computed."""
    start, operands, op = columns.start.tolist(), columns.operands.tolist(), columns.op.tolist()
    keys: list[tuple[int, int]] = [(0, hash(("input", i))) for i in range(columns.inputs)]
    for i in range(columns.inputs, columns.length):
        own = [keys[o] if o >= 0 else (0, hash(float(columns.constants[-1 - o]))) for o in operands[start[i] : start[i + 1]]]
        depth = 1 + max([level for level, _ in own], default=0)
        keys.append((depth, hash((columns.names[op[i]], *(key for _, key in own)))))
    made = range(columns.inputs, columns.length)
    order = [*range(columns.inputs), *sorted(made, key=lambda i: (keys[i][0], columns.names[op[i]], keys[i][1], i))]
    number = np.empty(columns.length, dtype=np.int64)
    number[order] = np.arange(columns.length)
    nodes = np.array(order, dtype=np.int64)
    moved = columns.operands[slots_of(columns, nodes)].copy()
    moved[moved >= 0] = number[moved[moved >= 0]]
    outputs = columns.outputs.copy()
    outputs[outputs >= 0] = number[outputs[outputs >= 0]]

    def moved_to(o: int) -> int:
        return int(number[o]) if o >= 0 else o

    guards = tuple(
        guard._replace(left=moved_to(guard.left), right=moved_to(guard.right), after=columns.length) for guard in columns.guards
    )
    everything = np.ones(columns.length, dtype=bool)
    arity = columns.arity[nodes]
    new = columns._replace(
        op=columns.op[nodes],
        start=np.concatenate([[0], np.cumsum(arity)]),
        operands=moved,
        outputs=outputs,
        guards=guards,
        place=None if columns.place is None else [columns.place[i] for i in order],
    )
    return rebuilt(new, everything, new.op, arity, moved)


def _written(variants: Sequence[Columns]) -> Tape:
    """The tape of variants whose operations stand in the same order."""
    first, which = variants[0], variants[0].inputs
    draft = Draft(which + 1)
    number = list(range(which))
    picks: dict[tuple[int | float, ...], int] = {}

    def picked(entries: Sequence[int]) -> int | float:
        """The operand that has these entries in the variants."""
        operands = tuple(
            number[o] if o >= 0 else float(columns.constants[-1 - o]) for o, columns in zip(entries, variants, strict=True)
        )
        if len({repr(operand) for operand in operands}) == 1:
            return operands[0]
        if operands not in picks:
            picks[operands] = draft.node("pick", [*operands, which])
        return picks[operands]

    guards = iter(zip(*(columns.guards for columns in variants), strict=True))
    decision = next(guards, None)
    for i in range(first.length + 1):
        while decision is not None and (decision[0].after <= i or i == first.length):
            guard = decision[0]
            left, right = picked([g.left for g in decision]), picked([g.right for g in decision])
            draft.guard(guard.relation, left, right, guard.outcome, guard.place)
            decision = next(guards, None)
        if which <= i < first.length:
            entries = np.stack([columns.operands[columns.start[i] : columns.start[i + 1]] for columns in variants], axis=1)
            place = None if first.place is None else first.place[i]
            number.append(draft.node(first.names[first.op[i]], [picked(entry) for entry in entries.tolist()], place))
    return draft.tape([picked([int(columns.outputs[k]) for columns in variants]) for k in range(len(first.outputs))])

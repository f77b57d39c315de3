"""Operations that are the same in all lanes are computed once, before them; and the tapes of sections are tidied.

An operation of a lane's tape that depends on slots alone gives the same number in every lane. Such operations become a
section of one lane in front, and hand their numbers on in new slots. Afterwards the tapes are folded, freed of repeats and of
dead code, and inputs that nothing reads any more are left out.
"""

import numpy as np

from ..tape import INPUT, Tape
from .columns import Columns, Flags, Integers, columns_of, rebuilt, slots_of, tape_of
from .cse import without_repeats
from .dead import without_dead
from .fold import folded
from .rolled import Each, Rolled, Section, Slot, Source


def hoisted(program: Rolled) -> Rolled:
    """The program with everything that is the same in all lanes in front of them, and with tidy sections.

    Example:
        >>> from autograd.replay.passes.rolled import parse_rolled
        >>> text = "pool 4 of which inputs 3|lanes 2|v0 = slot 0|v1 = slots 1 2|v2 = exp v0|v3 = mul v2 v1|sum v3 -> 3|out 3"
        >>> print(hoisted(parse_rolled(text.replace("|", chr(10)))))
        pool 5 of which inputs 3
        lanes 1
            v0 = slot 0
            v1 = exp v0
            each v1 -> 4
        lanes 2
            v0 = slots 1 2
            v1 = slot 4
            v2 = mul v1 v0
            sum v2 -> 3
        out 3
    """
    sections: list[Section] = []
    slots = program.slots
    for section in map(_tidy, program.sections):
        if section.lanes == 1:
            sections.append(section)
            continue
        columns = columns_of(section.body)
        same = _same_in_all_lanes(columns, [isinstance(source, Slot) for source in section.sources])
        if not same[columns.inputs :].any():
            sections.append(section)
            continue
        handed = _handed_on(columns, same)
        sections.append(_front(section, columns, same, handed, slots))
        sections.append(_tidy(_rest(section, columns, same, handed, slots)))
        slots += len(handed)
    return program._replace(slots=slots, sections=tuple(sections))


def _same_in_all_lanes(columns: Columns, same: list[bool]) -> Flags:
    start, operands = columns.start.tolist(), columns.operands.tolist()
    for i in range(columns.inputs, columns.length):
        same.append(all(o < 0 or same[o] for o in operands[start[i] : start[i + 1]]))
    return np.array(same)


def _handed_on(columns: Columns, same: Flags) -> Integers:
    """The nodes, no inputs, that are the same in all lanes and that lanes use."""
    operand, user = columns.operands, columns.user
    node = operand >= 0
    used = operand[node][~same[user[node]]]
    found = np.unique(np.concatenate([used, columns.roots()]))
    handed: Integers = found[(found >= columns.inputs) & same[found]]
    return handed


def _front(section: Section, columns: Columns, same: Flags, handed: Integers, slots: int) -> Section:
    """The section of one lane that computes what is the same in all."""
    keep = same.copy()
    keep[: columns.inputs] = True
    kept = np.flatnonzero(keep)
    whole = columns._replace(outputs=handed, guards=())
    tape = tape_of(rebuilt(whole, keep, columns.op[kept], columns.arity[kept], columns.operands[slots_of(columns, kept)]))
    sinks = tuple(Each(np.array([slots + i])) for i in range(len(handed)))
    return _tidy(Section(1, tape, section.sources, sinks))


def _rest(section: Section, columns: Columns, same: Flags, handed: Integers, slots: int) -> Section:
    """The section without what is the same in all lanes: that comes in as new inputs."""
    n, k = columns.inputs, len(handed)
    own = np.flatnonzero(~same & (np.arange(columns.length) >= n))
    number = np.full(columns.length, -1)
    number[:n] = np.arange(n)
    number[handed] = n + np.arange(k)
    number[own] = n + k + np.arange(len(own))
    operands = columns.operands[slots_of(columns, own)]
    nodes = operands >= 0
    operands[nodes] = number[operands[nodes]]
    outputs = columns.outputs.copy()
    outputs[outputs >= 0] = number[outputs[outputs >= 0]]
    body = Columns(
        n + k,
        columns.names,
        np.concatenate([np.full(n + k, INPUT), columns.op[own]]).astype(np.uint16),
        np.concatenate([np.zeros(n + k + 1, dtype=np.int64), np.cumsum(columns.arity[own])]),
        operands,
        columns.constants,
        outputs,
        (),
        None,
    )
    sources = (*section.sources, *(Slot(slots + i) for i in range(k)))
    return Section(section.lanes, tape_of(body), sources, section.sinks)


def _tidy(section: Section) -> Section:
    """The section with a tidy tape: no inputs that nothing reads, and every result computed by a node."""
    columns = without_dead(without_repeats(folded(columns_of(section.body))))
    columns = _computed_results(columns)
    read = np.zeros(columns.length, dtype=bool)
    read[columns.operands[columns.operands >= 0]] = True
    keep = np.ones(columns.length, dtype=bool)
    keep[: columns.inputs] = read[: columns.inputs]
    if keep.all():
        return section._replace(body=tape_of(columns))
    sources: tuple[Source, ...] = tuple(source for source, kept in zip(section.sources, keep.tolist(), strict=False) if kept)
    return section._replace(body=_without_inputs(columns, keep), sources=sources)


def _without_inputs(columns: Columns, keep: Flags) -> Tape:
    number = np.cumsum(keep) - 1
    nodes = columns.operands >= 0
    operands, outputs = columns.operands.copy(), columns.outputs.copy()
    operands[nodes] = number[operands[nodes]]
    outputs[outputs >= 0] = number[outputs[outputs >= 0]]
    gone = int((~keep).sum())
    return tape_of(
        columns._replace(
            inputs=columns.inputs - gone,
            op=columns.op[gone:],
            start=columns.start[gone:],
            operands=operands,
            outputs=outputs,
            place=None if columns.place is None else columns.place[gone:],
        )
    )


def _computed_results(columns: Columns) -> Columns:
    """The columns in which a result that is an input is a node of its own."""
    wanted = np.unique(columns.outputs[(columns.outputs >= 0) & (columns.outputs < columns.inputs)])
    if not len(wanted):
        return columns
    names = [*columns.names, "identity"]
    outputs = columns.outputs.copy()
    given = (outputs >= 0) & (outputs < columns.inputs)
    outputs[given] = columns.length + np.searchsorted(wanted, outputs[given])
    return columns._replace(
        names=names,
        op=np.append(columns.op, np.full(len(wanted), len(names) - 1, dtype=np.uint16)),
        start=np.append(columns.start, columns.start[-1] + 1 + np.arange(len(wanted))),
        operands=np.append(columns.operands, wanted),
        outputs=outputs,
        place=None if columns.place is None else [*columns.place, *[None] * len(wanted)],
    )

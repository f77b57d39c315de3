"""The lines of all sections in the order in which they run: forward, and back where gradients are wanted.

A section of many lanes is run in blocks of some of them, so that its numbers stay near the processor. If the gradients of its
results are known numbers, as those of a mean over samples are, each block goes forward and back at once; otherwise forward and
back are two passes over all lanes.

Gradients of the pool are written by whoever comes first and added to by all later ones; so nothing has to be set to zero.
"""

from typing import Any, NamedTuple

import numpy as np

from ..passes.groups import grouped
from ..passes.rolled import Rolled, Sum
from .adjoints import Gift, store
from .lines import Array, Line, Lines
from .products import reads_matrices_alone
from .sweep import Shared, Sweep

BLOCK_NUMBERS = 40_000  # a block has so many numbers in all of its rows, and at least so many lanes:
BLOCK_LANES = 256


def block_of(rows: int) -> int:
    """The largest number of lanes of a block, for a section with so many rows of numbers."""
    return max(BLOCK_LANES, BLOCK_NUMBERS // max(1, rows))


class Phase(NamedTuple):
    """Lines that run together.

    Attributes:
        section: the section.
        before: the lines that run once.
        lines: the lines that run for each block.
        block: the largest number of lanes of a block; 0 for all lanes at once.
    """

    section: int
    before: list[Line]
    lines: list[Line]
    block: int


class Assembled(NamedTuple):
    """A program as lines.

    Attributes:
        shared: the arrays of the whole program.
        phases: what runs, in order.
        scattered: per section that scatters: the slots, and the rows of contributions.
        clears: True if the gradients of the pool have to be set to zero first.
    """

    shared: Shared
    phases: list[Phase]
    scattered: dict[int, list[tuple[Any, Array]]]
    clears: bool


def assembled(
    program: Rolled, gradient: bool, by_sample: bool = False, samples: int = 1 << 62, fast: bool = False
) -> Assembled:
    """The lines of a program.

    Args:
        gradient: whether its gradient is wanted beside its value.
        by_sample: whether the gradients of the samples are wanted, too.
        samples: the largest number of samples of a batch: if it fits into one block, no sum over blocks is needed.
        fast: as in `Formulas`.
    """
    all_groups = [grouped(section) for section in program.sections]
    shared = Shared(program.components, by_sample, all(map(reads_matrices_alone, all_groups)), fast)
    sweeps: list[Sweep] = []
    forward: list[tuple[list[Line], list[Line]]] = []
    rows: list[int] = []
    for number, (section, groups) in enumerate(zip(program.sections, all_groups, strict=True)):
        sweep = Sweep(section, groups, Lines(number, single=section.lanes == 1), shared)
        sweep.forward()
        sweeps.append(sweep)
        forward.append((list(sweep.lines.before), list(sweep.lines.lines)))
        rows.append(sum(group.size for group in groups.groups))
    known = _Known(program)
    fused = [False] * len(sweeps)
    if gradient:
        for number in range(len(sweeps) - 1, -1, -1):
            sweep = sweeps[number]
            fused[number] = sweep.section.lanes != 1 and all(known.number(slot) is not None for slot in _slots(sweep))
            sweep.seeds(known.number, program.results)
            sweep.back()
            known.add(sweep.adjoints.gifts)
    phases: list[Phase] = []
    backward: list[Phase] = []
    for number, sweep in enumerate(sweeps):
        before, lines = forward[number]
        block = block_of(rows[number])
        if (sweep.section.lanes or samples) <= block:
            block = 0
        if not gradient or fused[number]:
            phases.append(Phase(number, sweep.lines.before, sweep.lines.lines, block))
        else:
            phases.append(Phase(number, before, lines, 0))
            backward.append(Phase(number, sweep.lines.before[len(before) :], sweep.lines.lines[len(lines) :], 0))
    phases += backward[::-1]
    scattered = {k: sweep.adjoints.scattered for k, sweep in enumerate(sweeps) if sweep.adjoints.scattered}
    gifts = {id(gift.line): gift for sweep in sweeps for gift in sweep.adjoints.gifts}
    blocks = [phase.block > 0 for phase in phases]
    clears = bool(scattered) or any(
        gift.view is None or blocks[k]
        for k, phase in enumerate(phases)
        for line in phase.lines
        if (gift := gifts.get(id(line)))
    )
    covered = np.full(program.slots, clears)
    written = [_with_gifts(phase, gifts, known, covered, program.inputs, sweeps, blocks[k]) for k, phase in enumerate(phases)]
    return Assembled(shared, written, scattered, clears)


def _slots(sweep: Sweep) -> list[int]:
    """The slots that a section writes."""
    found: list[int] = []
    for sink in sweep.section.sinks:
        found += [sink.slot] if isinstance(sink, Sum) else sink.slots.tolist()
    return found


class _Known:
    """Gradients of slots that are known numbers: that of the result, and what follows from it by additions alone."""

    def __init__(self, program: Rolled) -> None:
        self._number: dict[int, float] = {o: 1.0 for o in program.outputs[:1] if isinstance(o, int)}
        self._unknown: set[int] = set()

    def number(self, slot: int) -> float | None:
        """The gradient of a slot if it is known."""
        return None if slot in self._unknown else self._number.get(slot, 0.0)

    def add(self, gifts: list[Gift]) -> None:
        """Take note of contributions."""
        for gift in gifts:
            flat = gift.slots.ravel().tolist()
            if isinstance(gift.amount, float):
                for slot in flat:
                    self._number[slot] = self._number.get(slot, 0.0) + gift.amount
            else:
                self._unknown.update(flat)


def _with_gifts(
    phase: Phase, gifts: dict[int, Gift], known: _Known, covered: Any, inputs: int, sweeps: list[Sweep], looped: bool
) -> Phase:
    """The phase with its contributions to the pool's gradients, and its totals, written out."""
    lines: list[Line] = []
    section = sweeps[phase.section].lines
    for line in phase.lines:
        if line.template == "total":
            total, view = line.arguments
            if looped:
                phase.before.append(Line("{0}.fill(0.0)", (view,), view.root, own=False, pure=False))
                lines.append(Line("add({1}, {0}, {1})", (total, view), view.root, own=False, pure=False))
            else:
                lines.append(Line("copyto({1}, {0})", (total, view), view.root, own=False, pure=False))
        elif line.template != "gift":
            lines.append(line)
        else:
            gift = gifts[id(line)]
            slots = gift.slots.ravel()
            if slots.min() >= inputs and all(known.number(slot) is not None for slot in slots.tolist()):
                continue  # whoever reads it has the number
            lines += _written(gift, line, covered, section)
            covered[slots] = True
    return phase._replace(lines=lines)


def _written(gift: Gift, line: Line, covered: Any, section: Lines) -> list[Line]:
    slots, gradients = gift.slots.ravel(), line.out
    if gift.view is None:
        place = section.constant(gift.slots, "none")
        template = "add.at({out}, {0}, {1})" if len(np.unique(slots)) < len(slots) else "{out}[{0}] += {1}"
        return [Line(template, (place, gift.amount), gradients, own=False, pure=False)]
    view = gift.view
    if not covered[slots].any():
        amount = gift.amount
        if isinstance(amount, Array):
            amount.reads -= 1
            before = len(section.lines)
            store(section, amount, view)
            added = section.lines[before:]
            del section.lines[before:]
            return added
        return [Line("copyto({1}, {0})", (amount, view), gradients, own=False, pure=False)]
    lines = []
    open_ = np.flatnonzero(~covered[slots])
    if len(open_):
        place = section.constant(slots[open_], "none")
        lines.append(Line("{out}[{0}] = 0.0", (place,), gradients, own=False, pure=False))
    return [*lines, Line("add({1}, {0}, {1})", (gift.amount, view), gradients, own=False, pure=False)]

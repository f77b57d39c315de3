"""A rolled program run by the compiled interpreter: every section of it is a tape over many lanes.

Sections run forward in their order and back in the opposite one. A section whose results no other section reads runs back at
once, which computes its numbers too, and so does one that can wait (passes/late.py); the others are computed again on their way
back, because nothing of a section is kept but its results.
"""

import functools
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .native import lanes as many
from .native.lanes import without_lanes
from .passes.late import late
from .passes.rolled import Label, Numbers, Rolled, Sample, Section, Slot, Slots, Sum


class _Batch(NamedTuple):
    """The arrays of a batch; see `Laned.over`."""

    lanes: int
    data: Any
    rows: Any
    out: Any
    data_bar: Any


class _Part:
    """A section with what it needs at every call."""

    def __init__(self, section: Section, width: int, samples: int, fast: bool, isa: str | None) -> None:
        self.lanes = section.lanes
        self.final = False
        index: list[Any] = []
        numbers: list[Any] = []
        sources = []
        for source in section.sources:
            match source:
                case Slot(slot):
                    sources.append(many.uniform(slot))
                case Slots(slots):
                    sources.append(many.gathered(len(index)))
                    index.append(slots)
                case Numbers(column):
                    sources.append(many.column(len(numbers)))
                    numbers.append(column)
                case Sample(component):
                    sources.append(many.column(component, wanted=True))
                case Label(component):
                    sources.append(many.column(samples + component))
        destinations = []
        self.written: set[int] = set()
        for sink in section.sinks:
            if isinstance(sink, Sum):
                destinations.append(many.summed(sink.slot))
                self.written.add(sink.slot)
            elif not section.lanes:
                destinations.append(many.rowed(0))
            else:
                destinations.append(many.scattered(len(index)))
                index.append(sink.slots)
                self.written.update(sink.slots.tolist())
        self.index = np.ascontiguousarray(np.array(index, np.int32)) if index else None
        self.data = np.ascontiguousarray(np.array(numbers).T) if numbers else None
        width = len(numbers) if section.lanes else width

        def made(wanted: bool) -> Any:
            asked = [
                source if wanted else source._replace(wanted=source.wanted and source.kind != many.COLUMN) for source in sources
            ]
            return many.lanes(section.body, asked, destinations, width, 0 if section.lanes else 1, fast, isa)

        self.run = made(wanted=False)
        self.by_sample = functools.cache(functools.partial(made, wanted=True))  # a third more work, and seldom asked for

    def forward(self, pool: Any, batch: "_Batch | None") -> None:
        """Compute the results of the section."""
        if self.lanes:
            self.run.forward(self.lanes, pool, self.index, self.data, None, None, None)
        elif batch is not None:
            self.run.forward(batch.lanes, pool, self.index, batch.data, batch.rows, batch.out, None)

    def backward(self, pool: Any, bar: Any, batch: "_Batch | None") -> None:
        """Compute them, and add the gradients of what it reads to `bar`."""
        if self.lanes:
            self.run.backward(self.lanes, pool, self.index, self.data, None, None, None, bar, None, None)
        elif batch is not None:
            run = self.run if batch.data_bar is None else self.by_sample()
            run.backward(batch.lanes, pool, self.index, batch.data, batch.rows, batch.out, None, bar, batch.data_bar, None)


def _reads(section: Section) -> set[int]:
    """The slots that a section reads."""
    read: set[int] = set()
    for source in section.sources:
        if isinstance(source, Slot):
            read.add(source.slot)
        elif isinstance(source, Slots):
            read.update(source.slots.tolist())
    return read


class Laned:
    """A rolled program that is run in C.

    Args:
        program: the program.
        samples, labels: the numbers of components of a sample and of labels, if a section of it runs over a batch.
        fast: True for sums and dots without their rounding errors, whose bits depend on the machine.
        isa: the instruction set; see `native.lanes.lanes`.

    Raises:
        ValueError: a row has no rule for lanes (`can_run`).
        ImportError: there is no compiled interpreter.
    """

    def __init__(self, program: Rolled, samples: int = 0, labels: int = 0, fast: bool = False, isa: str | None = None) -> None:
        self.program = program
        self._parts = [_Part(section, samples + labels, samples, fast, isa) for section in program.sections]
        read: set[int] = set()
        for part, section in zip(reversed(self._parts), reversed(program.sections), strict=True):
            part.final = not part.written & read
            read |= _reads(section)
        waiting, again = late(program)
        self._first = [part for place, part in enumerate(self._parts) if not part.final and place not in waiting]
        self._last = [self._parts[place] for place in sorted(again)]

    def value(self, inputs: Sequence[float]) -> list[float]:
        """The results."""
        pool = self._begun(inputs)
        for part in self._parts:
            part.forward(pool, None)
        return self._results(pool)

    def value_and_grad(self, inputs: Sequence[float]) -> tuple[float, Any]:
        """The first result, and its gradient by all inputs, as an array."""
        return self._both(self._begun(inputs), None)

    def over(
        self, inputs: Sequence[float], data: Any, rows: Any = None, out: Any = None, data_bar: Any = None
    ) -> tuple[float, Any]:
        """The same over a batch, of which a section runs.

        Args:
            inputs: the numbers that all samples share.
            data: an array with a row for each sample: its components, then its labels.
            rows: which rows, as 32-bit whole numbers; all of them if None.
            out, data_bar: arrays for the number of each sample, and for the gradients by its components.

        Returns:
            The first result, 0 if there is none, and its gradient by the numbers that are shared. Without a result it is that
            of the sum of the numbers of the samples.
        """
        return self._both(self._begun(inputs), _Batch(len(data) if rows is None else len(rows), data, rows, out, data_bar))

    def _begun(self, inputs: Sequence[float]) -> Any:
        pool = np.zeros(self.program.slots)
        pool[: self.program.inputs] = inputs
        return pool

    def _both(self, pool: Any, batch: "_Batch | None") -> tuple[float, Any]:
        bar = np.zeros(len(pool))
        outputs = self.program.outputs
        if outputs and isinstance(outputs[0], int):
            bar[outputs[0]] = 1.0
        for part in self._first:
            part.forward(pool, batch)
        for part in reversed(self._parts):
            part.backward(pool, bar, batch)
        for part in self._last:
            part.forward(pool, batch)
        return (self._results(pool) or [0.0])[0], bar[: self.program.inputs]

    def _results(self, pool: Any) -> list[float]:
        return [float(pool[o]) if isinstance(o, int) else o for o in self.program.outputs]


def can_run(program: Rolled) -> bool:
    """True if every row of a program has a rule for lanes."""
    return not any(without_lanes(section.body.names) for section in program.sections)

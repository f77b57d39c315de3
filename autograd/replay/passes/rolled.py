"""A rolled program: small tapes, each run over many lanes, that hand their numbers on in a pool.

A program of 5,000 alike terms is one small tape and 5,000 lanes. So is a batch: a tape and a lane for each sample. The pool
is a column of numbers that begins with the inputs of the program. A section reads slots of it, the same one in every lane or
another one in each, and writes slots that come after: the sum over its lanes, or a slot for each lane.

The text of a program reads back to an equal one, and is what the tests of the passes are written in:

    pool 5 of which inputs 3
    lanes 4
        v0 = slots 0 1 0 1
        v1 = slot 2
        v2 = numbers 0.5 1.0 1.5 2.0
        v3 = dot v0 v1 v2
        sum v3 -> 3
    lanes 1
        v0 = slot 3
        v1 = exp v0
        each v1 -> 4
    out 4
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from ..tape import Tape
from .columns import Doubles, Integers


class Slot(NamedTuple):
    """An input of a section that is the same number of the pool in all lanes."""

    slot: int


class Slots(NamedTuple):
    """An input of a section that is a number of the pool, another one in each lane."""

    slots: Integers


class Numbers(NamedTuple):
    """An input of a section that is a constant, another one in each lane."""

    numbers: Doubles


class Sample(NamedTuple):
    """An input of a section whose lanes are the samples of a batch: a component of the sample."""

    component: int


class Label(NamedTuple):
    """An input of a section whose lanes are the samples of a batch: a whole number that tells which operand a `pick` takes."""

    component: int


Source = Slot | Slots | Numbers | Sample | Label


class Sum(NamedTuple):
    """A result of a section that is summed over the lanes into a slot."""

    slot: int


class Each(NamedTuple):
    """A result of a section that has a slot for each lane."""

    slots: Integers


Sink = Sum | Each


class Section(NamedTuple):
    """A tape that is run over many lanes.

    Attributes:
        lanes: how many; 0 if they are the samples of a batch, of which each call brings its own number.
        body: the tape.
        sources: where each input of the body comes from.
        sinks: where each output of the body goes.
    """

    lanes: int
    body: Tape
    sources: tuple[Source, ...]
    sinks: tuple[Sink, ...]


class Decision(NamedTuple):
    """A guard of a program: it holds where the comparison comes out as it did in the recording.

    Attributes:
        relation: as in `Guard`.
        left, right: what is compared: slots (int) and constants (float); of a program over the samples of a batch, the places
            of results, of which there is one of each sample.
        outcome: what the comparison has to give.
    """

    relation: str
    left: int | float
    right: int | float
    outcome: bool


class Rolled(NamedTuple):
    """A program as sections, in the order in which they run.

    Attributes:
        inputs: the number of inputs, the first slots of the pool.
        slots: the size of the pool.
        sections: the sections.
        outputs: per result its slot, or a constant.
        guards: the decisions, in the order of the recording.
        results: the number of results that there are of each sample of a batch; more of them are for guards.
        components: of a program over a batch, the numbers of components of a sample and of its labels.
    """

    inputs: int
    slots: int
    sections: tuple[Section, ...]
    outputs: tuple[int | float, ...]
    guards: tuple[Decision, ...] = ()
    results: int = 0
    components: tuple[int, int] = (0, 0)

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def _lines(program: Rolled) -> Iterator[str]:
    yield f"pool {program.slots} of which inputs {program.inputs}"
    if any(program.components):
        samples, labels = program.components
        yield f"samples of {samples} components and {labels} labels, {program.results} results of each"
    for section in program.sections:
        yield f"lanes {section.lanes or 'of a batch'}"
        for i, source in enumerate(section.sources):
            yield f"    v{i} = {_source(source)}"
        body = str(section.body).splitlines()
        yield from (f"    {line}" for line in body if not line.startswith(("in ", "out")))
        for output, sink in zip(section.body.outputs, section.sinks, strict=True):
            result = f"v{output}" if output >= 0 else repr(section.body.constants[-1 - output])
            where = str(sink.slot) if isinstance(sink, Sum) else _listed(sink.slots)
            yield f"    {'sum' if isinstance(sink, Sum) else 'each'} {result} -> {where}".rstrip()
    for relation, left, right, outcome in program.guards:
        yield f"guard {left!r} {relation} {right!r} {str(outcome).lower()}"
    yield f"out {' '.join(map(str, program.outputs))}".rstrip()


def _source(source: Source) -> str:
    match source:
        case Slot(slot):
            return f"slot {slot}"
        case Slots(slots):
            return f"slots {_listed(slots)}"
        case Numbers(numbers):
            return f"numbers {' '.join(map(repr, numbers.tolist()))}"
        case Sample(component):
            return f"sample {component}"
        case Label(component):
            return f"label {component}"


def _listed(slots: Integers) -> str:
    """Whole numbers as a range a:b or a:b:step where they are one, else one by one."""
    steps = np.unique(np.diff(slots))
    if len(slots) > 2 and len(steps) == 1 and steps[0] > 0:
        return f"{slots[0]}:{slots[-1] + 1}" + (f":{steps[0]}" if steps[0] > 1 else "")
    return " ".join(map(str, slots.tolist()))


def parse_rolled(text: str) -> Rolled:
    """The program that `str` has written."""
    first, *rest = text.strip().splitlines()
    batch = rest.pop(0).split() if rest[0].startswith("samples of") else []
    components, results = ((int(batch[2]), int(batch[5])), int(batch[7])) if batch else ((0, 0), 0)
    slots, inputs = int(first.split()[1]), int(first.split()[-1])
    sections: list[Section] = []
    outputs: tuple[int | float, ...] = ()
    guards: list[Decision] = []
    lanes, block = -1, list[str]()
    for line in [*rest, "lanes 0"]:
        words = line.split()
        if words[0] == "guard":
            guards.append(Decision(words[2], _entry(words[1]), _entry(words[3]), words[4] == "true"))
        elif words[0] in ("lanes", "out"):
            if lanes >= 0:
                sections.append(_section(lanes, block))
            lanes, block = (0 if words[1] == "of" else int(words[1])) if words[0] == "lanes" else -1, []
            if words[0] == "out":
                outputs = tuple(map(_entry, words[1:]))
                break
        else:
            block.append(line.strip())
    return Rolled(inputs, slots, tuple(sections), outputs, tuple(guards), results, components)


def _entry(word: str) -> int | float:
    """A slot, or a constant."""
    return int(word) if word.isdecimal() else float(word)


def _section(lanes: int, lines: list[str]) -> Section:
    sources: list[Source] = []
    body: list[str] = []
    results: list[str] = []
    sinks: list[Sink] = []
    for line in lines:
        words = line.split()
        if words[0] in ("sum", "each"):
            results.append(words[1])
            sinks.append(Sum(int(words[3])) if words[0] == "sum" else Each(_unlisted(words[3:])))
        elif words[2:3] and words[2] in _SOURCES:
            sources.append(_SOURCES[words[2]](words[3:]))
        else:
            body.append(line)
    tape = Tape.parse("\n".join([f"in {len(sources)}", *body, f"out {' '.join(results)}".strip()]))
    return Section(lanes, tape, tuple(sources), tuple(sinks))


def _unlisted(words: list[str]) -> Integers:
    if words and ":" in words[0]:
        return np.arange(*map(int, words[0].split(":")))
    return np.array(list(map(int, words)), dtype=np.int64)


_SOURCES: dict[str, Callable[[list[str]], Source]] = {
    "slot": lambda words: Slot(int(words[0])),
    "slots": lambda words: Slots(_unlisted(words)),
    "numbers": lambda words: Numbers(np.array(list(map(float, words)))),
    "sample": lambda words: Sample(int(words[0])),
    "label": lambda words: Label(int(words[0])),
}

"""Sections that can wait: nothing on the way back needs their numbers before their own turn.

A section is computed once more on its way back, because nothing of it is kept. If what follows it is linear in its results, as
a mean of costs with a penalty is, then the gradients that come back to it do not depend on its numbers. So it is left out on
the way forward, and the few operations after it are computed at the end.
"""

from collections.abc import Iterable, Sequence

from ...primitives.table import known
from ..tape import Tape
from .rolled import Each, Rolled, Section, Slot, Slots, Sum


def late(program: Rolled) -> tuple[set[int], set[int]]:
    r"""The sections that can wait, by their places, and those that are to be computed at the end.

    Example:
        >>> from autograd.replay.passes.rolled import parse_rolled
        >>> text = "pool 4 of which inputs 2\nlanes 9\n    v0 = slot 0\n    v1 = exp v0\n    sum v1 -> 2\n"
        >>> text += "lanes 1\n    v0 = slot 2\n    v1 = mul v0 0.5\n    each v1 -> 3\nout 3"
        >>> late(parse_rolled(text))
        ({0}, {1})
    """
    waiting: set[int] = set()
    again: set[int] = set()
    for place in range(len(program.sections) - 1):
        after = None if program.guards else _after(program.sections, place)
        if after:
            waiting.add(place)
            again |= after
    return waiting, again


def _after(sections: Sequence[Section], place: int) -> set[int] | None:
    """The sections that depend on one; None if one of them is not linear in it, or they are no less work."""
    slots, found, work = _written(sections[place], range(len(sections[place].sinks))), set[int](), 0
    for k in range(place + 1, len(sections)):
        section = sections[k]
        nodes = {i for i, source in enumerate(section.sources) if not slots.isdisjoint(_read(source))}
        if not nodes:
            continue
        if not _spread_linearly(section.body, nodes):
            return None
        found.add(k)
        work += _work(section)
        slots |= _written(section, [n for n, o in enumerate(section.body.outputs) if o in nodes])
    return found if work < _work(sections[place]) else None


def _work(section: Section) -> int:
    return (section.lanes or 1_000) * (len(section.body) - section.body.inputs)


def _spread_linearly(body: Tape, nodes: set[int]) -> bool:
    """Add the nodes that depend on some; False if one does so otherwise than by a sum or a constant factor."""
    for i in range(body.inputs, len(body)):
        operands = body.operands_of(i)
        mine = [k for k, o in enumerate(operands) if not isinstance(o, float) and o in nodes]
        if not mine:
            continue
        linear = known(body.name(i)).linear
        alone = sum(not isinstance(o, float) for o in operands) == 1  # all others are constants
        if not (linear == "all" or (alone and (linear == "each" or (linear == "first" and mine == [0])))):
            return False
        nodes.add(i)
    return not body.guards


def _read(source: object) -> set[int]:
    if isinstance(source, Slots):
        return set(source.slots.tolist())
    return {source.slot} if isinstance(source, Slot) else set()


def _written(section: Section, results: Iterable[int]) -> set[int]:
    slots: set[int] = set()
    for n in results:
        sink = section.sinks[n]
        if isinstance(sink, Sum):
            slots.add(sink.slot)
        elif isinstance(sink, Each):
            slots.update(sink.slots.tolist())
    return slots

"""A tape over many samples: the lanes are the samples of a batch.

Each input of the tape is of one of three kinds. A uniform input is one number for all samples, like a parameter; a sample
input has a number for each, and a label is a whole number for each, which tells a `pick` what to take.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ..tape import Tape
from .columns import columns_of, tape_of
from .hoist import hoisted
from .rolled import Decision, Each, Label, Rolled, Sample, Section, Sink, Slot, Source, Sum

Kind = Literal["uniform", "sample", "label"]


def batched(tape: Tape, kinds: Sequence[Kind], summed: bool = True) -> Rolled:
    r"""The program of a batch.

    Args:
        tape: of one sample.
        kinds: per input what it is.
        summed: whether the results are summed over the samples, or there is one of each sample.

    Example:
        >>> from autograd.replay.tape import Tape
        >>> print(batched(Tape.parse("in 2\nv2 = exp v0\nv3 = mul v2 v1\nout v3"), ["uniform", "sample"]))
        pool 3 of which inputs 1
        samples of 1 components and 0 labels, 0 results of each
        lanes 1
            v0 = slot 0
            v1 = exp v0
            each v1 -> 2
        lanes of a batch
            v0 = sample 0
            v1 = slot 2
            v2 = mul v1 v0
            sum v2 -> 1
        out 1
    """
    sources: list[Source] = []
    counts = {"uniform": 0, "sample": 0, "label": 0}
    of_kind: dict[str, type] = {"uniform": Slot, "sample": Sample, "label": Label}
    for kind in kinds:
        sources.append(of_kind[kind](counts[kind]))
        counts[kind] += 1
    columns = columns_of(tape)
    sides = [side for guard in tape.guards for side in (guard.left, guard.right)]
    nodes = sorted({side for side in sides if side >= 0})  # a result of each sample for everything that a guard looks at
    n, count, shown = counts["uniform"], len(tape.outputs), 0 if summed else len(tape.outputs)
    each = Each(np.empty(0, dtype=np.int64))
    sinks: list[Sink] = [Sum(n + i) if summed else each for i in range(count)]
    body = tape_of(columns._replace(guards=(), outputs=np.concatenate([columns.outputs, np.array(nodes, dtype=np.int64)])))
    section = Section(0, body, tuple(sources), (*sinks, *[each] * len(nodes)))

    def entry(side: int) -> int | float:
        return float(tape.constants[-1 - side]) if side < 0 else shown + nodes.index(side)

    guards = tuple(Decision(guard.relation, entry(guard.left), entry(guard.right), guard.outcome) for guard in tape.guards)
    outputs: tuple[int | float, ...] = tuple(range(n, n + count)) if summed else ()
    return hoisted(
        Rolled(n, n + (count if summed else 0), (section,), outputs, guards, shown, (counts["sample"], counts["label"]))
    )

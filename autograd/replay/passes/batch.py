"""A tape over many samples: the lanes are the samples of a batch.

Each input of the tape is of one of three kinds. A uniform input is one number for all samples, like a parameter; a sample
input has a number for each, and a label is a whole number for each, which tells a `pick` what to take.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ..tape import Tape
from .hoist import hoisted
from .rolled import Each, Label, Rolled, Sample, Section, Sink, Slot, Source, Sum

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
    n, results = counts["uniform"], len(tape.outputs)
    sinks: tuple[Sink, ...] = tuple(Sum(n + i) if summed else Each(np.empty(0, dtype=np.int64)) for i in range(results))
    outputs: tuple[int | float, ...] = tuple(range(n, n + results)) if summed else ()
    return hoisted(Rolled(n, n + (results if summed else 0), (Section(0, tape, tuple(sources), sinks),), outputs))

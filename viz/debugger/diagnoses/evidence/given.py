"""The numbers that a pass is given from outside, in groups: what stands in one place of one line, for all samples.

In `r * r / h` with h computed, r * r is such a number: it has another value for each sample, where a factor of a formula has
the same for all. An experiment gives the pass other data: the same numbers in another order, larger or smaller.
"""

import random

from .experiment import Edit, Entry, number_of
from .passes import Pass
from .thresholds import SAMPLES
from .training import Training

_SEED = 0
_OFTEN = 4  # uses of a number, from which on it is one of a few, as 0 and 1 are


def data_of(training: Training, p: Pass) -> list[list[Entry]]:
    """The entries of the data, those of one place of a line together, once for each shape; [] if no place has many numbers."""
    return training.once(("data", id(p.shape)), lambda: _data_of(training, p))


def _data_of(training: Training, p: Pass) -> list[list[Entry]]:
    places: dict[object, dict[Entry, None]] = {}
    leaves = len(p.leaves)
    for i in p.interior:
        for k, o in enumerate(p.shape.operands[i]):
            if o < 0 or (o < leaves and p.key_of.get(o) not in training.trained):
                places.setdefault((p.line(i), p.ops[i], k), {})[o] = None
    numbers = {place: len({number_of(p, e) for e in entries}) for place, entries in places.items()}
    if max(numbers.values(), default=0) < SAMPLES:
        return []
    return [list(entries) for place, entries in places.items() if numbers[place] > 1]


def other_data(training: Training, p: Pass, times: float) -> Edit:
    """A pass with its data in a random order, and so many times as large; each place of a line has an order of its own.

    So inputs have the targets of others, and an answer that was right for any data of this kind - what is given, given back;
    what is asked for, found - is wrong. A number that is used twice in a place, for a square, is one number again.
    """
    numbers: dict[Entry, float] = {}
    draw = random.Random(_SEED)
    for entries in data_of(training, p):
        own = [number_of(p, e) for e in entries]
        if _OFTEN * len(different := list(dict.fromkeys(own))) > len(own):
            others = dict(zip(different, draw.sample(different, len(different)), strict=True))
            drawn = [others[x] for x in own]
        else:
            drawn = draw.sample(own, len(own))
        numbers |= {e: times * x for e, x in zip(entries, drawn, strict=True)}
    return Edit(numbers=numbers)

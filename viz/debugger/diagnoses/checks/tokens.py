"""Diagnoses of the labels of sequences: the token that a model is given there, and one that is too far ahead.

Each check takes a `Training` and yields its findings; checks/targets.py and checks/pairs.py yield them beside their own.
"""

import ast
import itertools
import math
import re
from collections import Counter
from collections.abc import Iterator

from .... import style
from ..evidence.found import Certainty, Found
from ..evidence.script import last_name
from ..evidence.thresholds import ENOUGH, LITTLE
from ..evidence.tokens import Sequence, distances, is_given_its_labels, looks_ahead, sequences_of, shifts
from ..evidence.training import Training

_FAR = 4  # positions ahead that are asked for
_COPIES = re.compile(r"(?i)echo|copy|copies|auto_?enc|recon|identity|tag|memor|recall|cipher|transl|(?<!ran)dec?ipher")


def told_what_is_given(training: Training) -> Iterator[Found]:
    """Labels that are the tokens given at the same positions, in sequences that a state goes along."""
    sequences = [s for s in sequences_of(training) if s.carries] if len(training.steps) >= ENOUGH else []
    if not sequences or distances(sequences, 1) != [0]:
        return
    labelled = sequences[0].positions[-1].of
    source, count = sequences[0].of.source(labelled.node), sum(len(s.positions) for s in sequences)
    certain = is_given_its_labels(training.script, source) and not _copies(training) and _follow(sequences)
    yield Found(
        source,
        f"the label of each position is the token that is given there, in all {count} positions that were looked at: there is "
        "nothing to foretell, and the state that goes along the sequence is not needed",
        "the token after it, if that is meant: logits[:-1] beside tokens[1:]",
        {"positions": float(count)},
        certainty=Certainty.LIKELY if certain else None,
    )


def _copies(training: Training) -> bool:
    """True if a name in the script says that something is to be copied, or told of each token."""
    names = (n.name if isinstance(n, (ast.FunctionDef, ast.ClassDef)) else last_name(n) for n in training.script.module)
    return any(name != "deepcopy" and name != "copy" and _COPIES.search(name) for name in names)


def _follow(sequences: list[Sequence]) -> bool:
    """True if tokens follow each other in a way that could be foretold."""
    pairs: Counter[tuple[int, int]] = Counter()
    for sequence in sequences:
        labels = [position.of.label for position in sequence.positions]
        pairs.update(itertools.pairwise(labels))
    first, second = Counter[int](), Counter[int]()
    for (a, b), n in pairs.items():
        first[a] += n
        second[b] += n
    if not (total := pairs.total()):
        return False
    shared = math.fsum(n * math.log(n * total / (first[a] * second[b])) for (a, b), n in pairs.items()) / total
    whole = -math.fsum(n * math.log(n / total) for n in second.values()) / total
    by_chance = (len(first) - 1) * (len(second) - 1) / (2.0 * total)
    return shared - by_chance > LITTLE * whole


def shifted_twice(training: Training) -> Iterator[Found]:
    """Labels that are tokens two or more positions ahead, where one ahead is usual."""
    sequences = sequences_of(training) if len(training.steps) >= ENOUGH else []
    known = distances(sequences, _FAR) if sequences else []
    if not known or known[0] < 2 or looks_ahead(training.script, known[0]):
        return
    written = shifts(training.script)
    loop = training.script.loop
    outer = [n for n in written if loop is not None and loop in training.script.around(n)]
    certain = known[0] == 2 and len(written) == 2 and len(outer) == 1
    labelled, count = sequences[0].positions[-1].of, sum(len(s.positions) for s in sequences)
    lines = sorted({n.lineno for n in written})
    yield Found(
        training.script.at(outer[0]) if certain else sequences[0].of.source(labelled.node),
        f"the label of each position is the token {style.number(known[0])} positions ahead, in all {count} that were looked at"
        + (f": it is shifted here, and once more in line {next(x for x in lines if x != outer[0].lineno)}" if certain else ""),
        "shift once: the label of a position is the token after it",
        {"positions": float(count), "ahead": float(known[0])},
        certainty=None if certain else Certainty.HINT,
    )

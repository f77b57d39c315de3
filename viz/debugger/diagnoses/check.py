"""`Check`: a row of the table of diagnoses, and the rule by which a row that has found something hides later ones."""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from .evidence.found import Certainty, Found
from .evidence.training import Training


class Check(NamedTuple):
    """A disease.

    Attributes:
        kind: its name in findings, a `Kind` (table.py).
        severity: 'error' if the network cannot learn what it should, 'warning' if learning is only harder, 'note' if
            that is not known.
        certainty: how sure what it finds is, where the check does not say otherwise.
        find: the function that looks for it.
        explains: the kinds of later rows that it causes, which are then not reported; '*' is every later row that is not
            `in_the_graph`.
        in_the_graph: True if a single graph shows it, whatever training does: it is a fault of its own, which '*' leaves.
        anywhere: True if it holds for any computation; the other rows speak of training, and are silent if nothing is trained.
        outcome: True if it is about the outcome of training, which every error explains.
        without_a_cause: True if it says what is so and not why: whatever else is found explains it.
    """

    kind: str
    severity: str
    certainty: Certainty
    find: Callable[[Training], Iterator[Found]]
    explains: tuple[str, ...] | Literal["*"] = ()
    in_the_graph: bool = False
    anywhere: bool = False
    outcome: bool = False
    without_a_cause: bool = False


def hidden_by(check: Check, later: tuple[Check, ...]) -> frozenset[str]:
    """The kinds of later rows that are not reported once a row has found something.

    >>> from viz.debugger.diagnoses.checks import numbers
    >>> from viz.debugger.diagnoses.table import CHECKS, Kind
    >>> sorted(hidden_by(Check(Kind.POLE, "warning", Certainty.LIKELY, numbers.pole, (Kind.EXPLODING_GRADIENT,)), CHECKS))
    ['errors follow the inputs', 'exploding gradient']
    """
    everything = check.explains == "*"
    return frozenset(
        other.kind
        for other in later
        if (not other.in_the_graph if everything else other.kind in check.explains)
        or (other.outcome and check.severity == "error")
        or other.without_a_cause
    )

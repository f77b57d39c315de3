"""`Found`: a fault as a check has found it, and how sure that is; its row of the table of checks makes a `Finding` of it."""

from enum import StrEnum
from typing import NamedTuple

from autograd import Source

from .experiment import Claim


class Certainty(StrEnum):
    """The certainty of a finding: a guess should not read like a proof.

    Attributes:
        FACT: arithmetic or bookkeeping that is simply so: a nan began here, this gradient was not zeroed.
        PROVEN: an experiment on the recorded passes, evaluated again with one thing changed.
        LIKELY: the passes look as they do with this fault, and healthy programs rarely look so.
        HINT: a question: the program may well mean it. Hints are shown when they are asked for.

    Example:
        >>> Certainty.FACT == "fact", sorted(Certainty)
        (True, ['fact', 'hint', 'likely', 'proven'])
    """

    FACT = "fact"
    PROVEN = "proven"
    LIKELY = "likely"
    HINT = "hint"

    __repr__ = str.__repr__  # as that of a kind


class Found(NamedTuple):
    """A fault that a check has found; its row in the table of checks adds kind and severity.

    Attributes:
        source: the guilty line, None if it is not known.
        message: what is wrong, with the numbers.
        remedy: what to try.
        evidence: the numbers by name.
        nodes: the names of the nodes concerned.
        certainty: how sure it is, if it is not as sure as its row says.
        claim: the experiment that would refute it.
    """

    source: Source | None
    message: str
    remedy: str
    evidence: dict[str, float] = {}  # noqa: RUF012 - nobody writes to it
    nodes: tuple[str, ...] = ()
    certainty: Certainty | None = None
    claim: Claim | None = None

"""`Found`: a fault as a check has found it, before its row of the table of checks makes a `Finding` of it."""

from typing import NamedTuple

from autograd import Source


class Found(NamedTuple):
    """A fault that a check has found; its row in the table of checks adds kind and severity.

    Attributes:
        source: the guilty line, None if it is not known.
        message: what is wrong, with the numbers.
        remedy: what to try.
        evidence: the numbers by name.
        nodes: the names of the nodes concerned.
    """

    source: Source | None
    message: str
    remedy: str
    evidence: dict[str, float] = {}  # noqa: RUF012 - nobody writes to it
    nodes: tuple[str, ...] = ()

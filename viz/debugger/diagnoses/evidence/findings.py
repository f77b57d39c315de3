"""The answers of a diagnosis: `Found` by a check, `Finding` with the kind and severity from the table of checks."""

from dataclasses import dataclass, field
from typing import NamedTuple

from autograd import Source

from .... import style


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


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a backward pass or with training, and where.

    Attributes:
        kind: the kind of the check that found it (`diagnose.CHECKS`).
        severity: 'error' if it keeps the network from learning what it should, 'warning' if it makes that hard, 'note' if
            it is not known to be a fault.
        file, line, text: the guilty source; '', 0, '' if sources were not recorded.
        message: what is wrong, with the numbers.
        remedy: what to try.
        evidence: the numbers by name.
        nodes: the names of the nodes concerned.
    """

    kind: str
    severity: str
    file: str
    line: int
    text: str
    message: str
    remedy: str
    evidence: dict[str, float] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = style.source(Source(self.file, self.line, "", "")) + ": " if self.file else ""
        text = f"  [{self.text}]" if self.text else ""
        return f"{where}{self.kind}: {self.message}. Try: {self.remedy}{text}"

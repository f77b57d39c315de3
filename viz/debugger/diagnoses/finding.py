"""`Finding`: the answer of a diagnosis, as users get it."""

from dataclasses import dataclass, field

from autograd import Source

from ... import style
from .evidence.found import Certainty
from .table import Kind


@dataclass(frozen=True)
class Finding:
    """Something that is wrong with a backward pass or with training, and where.

    Attributes:
        kind: the kind of the check that found it. A `Kind` is a string: finding.kind == "pole".
        severity: 'error' if it keeps the network from learning what it should, 'warning' if it makes that hard, 'note' if
            it is not known to be a fault.
        certainty: how sure it is; `Certainty` says what the words mean.
        file, line, text: the guilty source; '', 0, '' if sources were not recorded.
        message: what is wrong, with the numbers.
        remedy: what to try.
        evidence: the numbers by name.
        nodes: the names of the nodes concerned.
    """

    kind: Kind
    severity: str
    certainty: Certainty
    file: str
    line: int
    text: str
    message: str
    remedy: str
    evidence: dict[str, float] = field(default_factory=dict)
    nodes: tuple[str, ...] = ()

    @property
    def is_fault(self) -> bool:
        """True for a finding that fails a test: neither a note nor a question."""
        return self.severity != "note" and self.certainty is not Certainty.HINT

    def __str__(self) -> str:
        where = style.source(Source(self.file, self.line, "", "")) + ": " if self.file else ""
        text = f"  [{self.text}]" if self.text else ""
        said, advice = ("is this meant? ", "If not") if self.certainty is Certainty.HINT else ("", "Try")
        return f"{where}{self.kind} ({self.certainty}): {said}{self.message}. {advice}: {self.remedy}{text}"

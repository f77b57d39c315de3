"""Answers of the debugger at the end of a cell: findings as a table, a session as the page where it stands, a reason."""

from autograd import Source

from ..mime import Bundle, preformatted, shows, shows_lists, table
from ..notebook import page_of
from ..style import number, source
from .diagnoses.finding import Finding
from .walk.questions import Why
from .walk.session import Session


def findings(found: list[Finding]) -> Bundle:
    """A row for every finding: where, how sure, what, the numbers that it stands on, and what to try.

    Example:
        >>> from autograd import Value
        >>> from viz.debugger import diagnose
        >>> x = Value(800.0, label="x")
        >>> "<table>" in findings(diagnose(x.exp() * 0.0)).get("text/html", "<table>")
        True
    """
    rows = [
        [
            source(Source(f.file, f.line, "", "")) if f.file else "",
            f"{f.kind} ({f.certainty})",
            f.message,
            ", ".join(f"{name} {number(x)}" for name, x in f.evidence.items()),
            f.remedy,
        ]
        for f in found
    ]
    columns = ["line", "finding", "message", "evidence", "remedy"]
    return {"text/plain": "\n".join(map(str, found)), "text/html": table(columns, rows)}


def _session(session: Session) -> Bundle:
    at = f"<Session at step {session.position} of {len(session)}>"
    return page_of(session.recording, session.position) | {"text/plain": at}


def _why(why: Why) -> Bundle:
    return {"text/plain": repr(why), "text/html": preformatted(str(why))}


def tell() -> None:
    """Tell the notebook how these things are shown."""
    shows(Finding, lambda finding: findings([finding]))
    shows_lists(Finding, findings)
    shows(Session, _session)
    shows(Why, _why)

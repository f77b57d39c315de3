"""The gradient debugger: step through a recorded backward pass, forwards and backwards in time.

    Session(recording)       a position in the pass, moves to others, and the gradients there: pure state (session.py)
    Breakpoint               stops a run: at lines, nodes, labels, operations, scopes, gradients that change (breakpoints.py)
    why, path, check, ...    questions about a node (questions.py)
    diagnose(recording)      the faults of a pass, by name and source line (diagnose.py)

Front ends on that model: a terminal, the Debug Adapter Protocol for editors, and emitted Python for pdb.
"""

from typing import Any as _Any

from autograd.foreign import teach_module as _teach_module

from ..foreign import DEBUGGER as _FOREIGN_NAMES
from .diagnoses.diagnose import diagnose
from .diagnoses.evidence.checking import check
from .diagnoses.evidence.found import Certainty
from .diagnoses.finding import Finding
from .diagnoses.table import Kind
from .diagnoses.watch import watching
from .notebook import tell as _tell
from .walk.breakpoints import Breakpoint, Stop
from .walk.questions import path, rule, users, why
from .walk.session import Session

_tell()
_missing = _teach_module(__name__, _FOREIGN_NAMES)


def __getattr__(name: str) -> _Any:
    """Answer the names of pdb and other debuggers with the name to write here."""
    return _missing(name)


__all__ = [
    "Breakpoint", "Certainty", "Finding", "Kind", "Session", "Stop", "check", "diagnose", "path", "rule", "users", "watching",
    "why",
]  # fmt: skip

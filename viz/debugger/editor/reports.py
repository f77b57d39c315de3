"""The reports to the adapter about a script: each is a class, so that mypy proves that dap.py handles all of them."""

from dataclasses import dataclass

from ..walk.session import Session


@dataclass(frozen=True, slots=True)
class Printed:
    """The script has printed something, on 'stdout' or 'stderr'."""

    text: str
    category: str


@dataclass(frozen=True, slots=True)
class PassRecorded:
    """The script has come to `backward()`, and stands there."""

    session: Session


@dataclass(frozen=True, slots=True)
class PassLost:
    """The script has come to `backward()`, but the recording of that pass cannot be read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """The script has answered a question."""

    text: str


@dataclass(frozen=True, slots=True)
class ScriptEnded:
    """The script has ended; its exit status is the negative number of a signal if that has ended it."""

    status: int = 0


Report = Printed | PassRecorded | PassLost | Answered | ScriptEnded

"""Everything that a script does, as the adapter is told: a class for each report, so that mypy proves that dap.py takes all."""

from dataclasses import dataclass

from ..walk.session import Session


@dataclass(frozen=True, slots=True)
class Printed:
    """It has printed something, on 'stdout' or 'stderr'."""

    text: str
    category: str


@dataclass(frozen=True, slots=True)
class PassRecorded:
    """It has come to `backward()`, and stands there."""

    session: Session


@dataclass(frozen=True, slots=True)
class PassLost:
    """It has come to `backward()`, and the recording of that pass cannot be read."""

    reason: str


@dataclass(frozen=True, slots=True)
class Answered:
    """It has answered what it was asked."""

    text: str


@dataclass(frozen=True, slots=True)
class ScriptEnded:
    """It is over; the exit status is negative for the number of a signal."""

    status: int = 0


Report = Printed | PassRecorded | PassLost | Answered | ScriptEnded

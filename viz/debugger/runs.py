"""Runs to the next breakpoint in which log points write instead of stopping."""

from collections.abc import Callable

from .breakpoints import Breakpoint, Stop
from .session import Session

MOST = 1000  # messages of one run; a log point in a loop is met a hundred thousand times


def run(
    session: Session, direction: int, logs: Callable[[Breakpoint], str], write: Callable[[str], None], here: bool = False
) -> Stop:
    """Forward to the next breakpoint or to the end, or back to the one before or to the start.

    Args:
        direction: 1 or -1. On the way back nothing is written: it has been, on the way there.
        logs: the message of a log point, filled in where the session stands then; '' for a breakpoint that stops.
        write: what to do with a message.
        here: see `Session.run`.
    """
    written = 0
    for stop in session.meetings(direction, here=here):
        stopping = []
        for b in stop.breakpoints:
            message = logs(b)
            if not message:
                stopping.append(b)
            elif direction > 0:
                written += 1
                if written <= MOST:
                    write(message)
        if stopping:
            _say_rest(written, write)
            return Stop(stop.reason, tuple(stopping), stop.text)
    _say_rest(written, write)
    return session.jump(len(session) if direction > 0 else 0)


def _say_rest(written: int, write: Callable[[str], None]) -> None:
    if written > MOST:
        write(f"... {written - MOST} more messages of log points in this run; give them a condition or a hit count")

"""Runs to the next breakpoint in which log points write instead of stopping."""

from collections.abc import Callable

from .breakpoints import Breakpoint, Stop
from .session import Session, _Watch

MOST = 1000  # messages of one run; a log point in a loop is met a hundred thousand times


def run(session: Session, direction: int, logs: Callable[[Breakpoint], str], write: Callable[[str], None]) -> Stop:
    """Forward to the next breakpoint or to the end, or back to the one before or to the start.

    Args:
        direction: 1 or -1. On the way back nothing is written: it has been, on the way there.
        logs: the message of a log point, filled in where the session stands then; '' for a breakpoint that stops.
        write: what to do with a message.
    """
    steps = range(session.position, len(session)) if direction > 0 else range(session.position, -1, -1)
    watch, began, written = _Watch(session), session.position, 0
    for k in watch.candidates(steps):
        for position, hit, reason, text in watch.at(k, direction, began):
            session.position = position
            stopping = []
            for b in hit:
                message = logs(b)
                if not message:
                    stopping.append(b)
                elif direction > 0:
                    written += 1
                    if written <= MOST:
                        write(message)
            if stopping:
                _say_rest(written, write)
                return Stop(reason, tuple(stopping), text)
    _say_rest(written, write)
    return session.jump(len(session) if direction > 0 else 0)


def _say_rest(written: int, write: Callable[[str], None]) -> None:
    if written > MOST:
        write(f"... {written - MOST} more messages of log points in this run; give them a condition or a hit count")

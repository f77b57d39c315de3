"""Runs and steps in which log points write instead of stopping."""

from collections.abc import Callable
from dataclasses import dataclass

from .breakpoints import Breakpoint, Stop
from .session import Session

MOST = 1000  # messages of one run; a log point in a loop is met a hundred thousand times


@dataclass
class Log:
    """The log points of a run or a step, and the ways to write.

    Attributes:
        is_one: a test that is true for a breakpoint that is a log point.
        write: write the message of a log point, where the session stands.
        say: write a remark about the log points.
        count: the number of times that log points have been met.
    """

    is_one: Callable[[Breakpoint], bool]
    write: Callable[[Breakpoint], None]
    say: Callable[[str], None]
    count: int = 0

    def met(self, session: Session, found: list[Breakpoint]) -> None:
        """Write the messages of the log points that are met where the session stands."""
        for b in found:
            self.count += 1
            if self.count <= MOST:
                with session.looking_at(b):
                    self.write(b)

    def close(self) -> None:
        """Say how many messages were left out."""
        if self.count > MOST:
            left = self.count - MOST
            self.say(f"... {left} more messages of log points in this run; give them a condition or a hit count")


def run_to_stop(session: Session, direction: int, log: Log, here: bool = False) -> Stop:
    """Forward to the next breakpoint or to the end, or back to the one before or to the start.

    Args:
        direction: 1 or -1. Nothing is written on the way back: the messages were written on the way there.
        log: the log points of this run.
        here: see `Session.run`.
    """
    for stop in session.meetings(direction, here=here):
        stopping = tuple(b for b in stop.breakpoints if not log.is_one(b))
        if direction > 0:
            log.met(session, [b for b in stop.breakpoints if b not in stopping])
        if stopping:
            break
    else:
        stopping, stop = (), session.jump(len(session) if direction > 0 else 0)
    log.close()
    return Stop(stop.reason, stopping, stop.text)


def log_passed(session: Session, begin: int, log: Log, here: bool = False) -> None:
    """Write the messages of the log points that a step has passed, from a position to where the session stands.

    Args:
        begin: the position at which the step began.
        here: True to write also the messages of the log points at `begin`.
    """
    if not any(map(log.is_one, session.breakpoints.values())):
        return
    end, leaf = session.position, session.leaf
    session.jump(begin)
    for stop in session.meetings(1, here=here):
        if session.position > end:
            break
        log.met(session, [b for b in stop.breakpoints if log.is_one(b)])
    session.jump(end)
    session.leaf = leaf
    log.close()

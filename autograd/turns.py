"""Backward passes take turns: two threads may run them over shared parameters, and `grad +=` is not atomic.

The lock is a name of this module, looked up at each use: a forked process may get another lock. A compiled pass runs as a whole
before Python goes on with another thread, so it needs no lock, as long as no other pass is half way: `half_way` is empty.
"""

import os
import threading

lock = threading.RLock()
PATIENCE = 5.0  # seconds for which a fork waits for another thread's pass
half_way: list[None] = []  # an item for each pass that Python code runs step by step


class _Stepwise:
    """A block under the lock in which Python code runs a pass, and threads take turns in the middle of it."""

    def __enter__(self) -> None:
        half_way.append(None)

    def __exit__(self, *exc: object) -> None:
        half_way.pop()


stepwise = _Stepwise()


class _Fork(threading.local):
    """Handlers around os.fork(): a child has no thread that would ever release the lock, or finish a pass."""

    waited = False

    def before(self) -> None:
        """Let another thread's pass end, so that the child has whole gradients; not for ever: it may wait for this thread."""
        self.waited = lock.acquire(timeout=PATIENCE)

    def in_parent(self) -> None:
        """Go on."""
        if self.waited:
            lock.release()

    def in_child(self) -> None:
        """Go on, with a new lock if a thread that the child lacks holds the old one."""
        global lock
        if self.waited:
            lock.release()
        else:
            lock = threading.RLock()
            half_way.clear()


if hasattr(os, "register_at_fork"):  # not on Windows
    _fork = _Fork()
    os.register_at_fork(before=_fork.before, after_in_parent=_fork.in_parent, after_in_child=_fork.in_child)

"""Backward passes take turns: two threads may run them over shared parameters, and `grad +=` is not atomic.

The lock is a name of this module, looked up at each use: a forked process may get another lock.
"""

import os
import threading

lock = threading.RLock()


class _Fork(threading.local):
    """Handlers around os.fork(): a child has no thread that would ever release the lock, or finish a pass."""

    waited = False

    def before(self) -> None:
        """Let another thread's pass end, so that the child has whole gradients; not for ever: it may wait for this thread."""
        self.waited = lock.acquire(timeout=5.0)

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


if hasattr(os, "register_at_fork"):  # not on Windows
    _fork = _Fork()
    os.register_at_fork(before=_fork.before, after_in_parent=_fork.in_parent, after_in_child=_fork.in_child)

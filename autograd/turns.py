"""Backward passes take turns: two threads may run them over shared parameters, and `grad +=` is not atomic.

The lock is a name of this module, looked up by who takes it: a process that is forked may get another one.
"""

import os
import threading

lock = threading.RLock()


class _Fork(threading.local):
    """What has to be done around os.fork(): a child has no thread that would ever release the lock, or finish a pass."""

    waited = False

    def before(self) -> None:
        """Let another thread's pass end, so that the child has whole gradients; not for ever: it may wait for this thread."""
        self.waited = lock.acquire(timeout=5.0)

    def in_parent(self) -> None:
        """Go on."""
        if self.waited:
            lock.release()

    def in_child(self) -> None:
        """Go on, with a lock of its own if somebody holds the old one who is not here."""
        global lock
        if self.waited:
            lock.release()
        else:
            lock = threading.RLock()


if hasattr(os, "register_at_fork"):  # not on Windows
    _fork = _Fork()
    os.register_at_fork(before=_fork.before, after_in_parent=_fork.in_parent, after_in_child=_fork.in_child)

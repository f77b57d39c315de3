"""Ctrl-C while a debugged script runs: stop it at its next backward pass instead of ending it.

The first Ctrl-C asks for a stop, as `pause` does in an editor, and the script goes on to its next `backward()`. A second
Ctrl-C before that ends the script, as usual. A script that handles Ctrl-C itself keeps its handler.
"""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

NOTE = "(stops at the next backward(); Ctrl-C once more ends the script)"


@contextmanager
def pausing(pause: Callable[[], bool]) -> Iterator[None]:
    """In this block Ctrl-C calls a function; if the function returns False, Ctrl-C has its usual effect.

    Args:
        pause: asks for a stop at the next backward pass; returns False if it has been asked for already, or if a person is
            at the prompt.
    """
    in_main = threading.current_thread() is threading.main_thread()
    if not in_main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield  # Ctrl-C is ignored, or has another handler, or goes to another thread
        return

    def interrupted(number: int, frame: FrameType | None) -> None:
        if not pause():
            signal.default_int_handler(number, frame)

    signal.signal(signal.SIGINT, interrupted)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is interrupted:
            signal.signal(signal.SIGINT, signal.default_int_handler)

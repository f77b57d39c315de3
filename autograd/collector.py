"""Politeness to Python's cyclic collector, which looks at every node in Python again and again, and finds nothing there.

A graph has no cycles: it is freed node by node when its root is. But the collector starts whenever some hundred objects have
been made, and once in a while it looks at everything the process holds; beside large libraries that takes half the time of a
training loop, and more. It does not look at compiled nodes, but at whatever else a block makes in millions. So a loop of ours
lets it start seldom; an import changes nothing, and whatever else the program has decided about its collector stands.
"""

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .value import core

SELDOM = 50_000  # objects made, less objects freed, before the collector starts: some megabytes of nodes

_lock = threading.RLock()
_blocks: set[object] = set()  # those that are open, in any thread
_before: tuple[int, int, int] | None = None


@contextmanager
def seldom_collected(*, nodes: bool = True) -> Iterator[None]:
    """A block in which the collector starts seldom. Afterwards its threshold is what it was, unless somebody else has set it.

    Blocks may nest, and overlap in several threads: the threshold belongs to the process, and the last block puts it back.

    Args:
        nodes: False if the block makes other objects than nodes: it is of use where these are compiled, too.

    Example:
        >>> import gc
        >>> usual = gc.get_threshold()
        >>> with seldom_collected():
        ...     pass
        >>> gc.get_threshold() == usual
        True
    """
    block = object()
    try:
        _open(block, nodes)  # inside, so that Control-C in it is seen to
        yield
    finally:
        _close(block)


def _open(block: object, nodes: bool) -> None:
    global _before
    with _lock:
        _blocks.add(block)
        usual = gc.get_threshold()
        seen = core().name == "pure" or not nodes
        if _before is None and seen and 0 < usual[0] < SELDOM:  # 0: it never starts
            _before = usual
            gc.set_threshold(SELDOM, *usual[1:])


def _close(block: object) -> None:
    global _before
    with _lock:
        _blocks.discard(block)
        if not _blocks and _before is not None:
            if gc.get_threshold() == (SELDOM, *_before[1:]):
                gc.set_threshold(*_before)
            _before = None

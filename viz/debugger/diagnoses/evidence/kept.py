"""The graphs of earlier passes that are still in memory, and the objects that refer to them.

A graph is freed when nothing refers to its root any more: in a training loop, when the next cost takes its name. At every
pass the watch counts the references to each earlier root. It holds one itself, and drops the roots that nobody else holds.
"""

import gc
import sys
from typing import Any, NamedTuple

from autograd import Source, Value

from .thresholds import KEPT

_CONTAINERS = (list, dict, set, frozenset)


class Kept(NamedTuple):
    """Graphs of long finished passes that are still in memory.

    Attributes:
        passes, nodes: the number of passes, and of all their nodes.
        source: the line of the node that was computed from one of the roots, such as a running total; else that root's line.
        holder: the object that refers to that root: the name of a node's operation, or of a container's type.
        computed: True if the holder is a node.
    """

    passes: int
    nodes: int
    source: Source | None
    holder: str
    computed: bool


class Roots:
    """The roots of the passes of a run that are still referred to."""

    def __init__(self) -> None:
        self._roots: list[Value] = []
        self._sizes: list[int] = []
        self.kept: Kept | None = None

    def passed(self, root: Value, size: int) -> None:
        """Note a pass from this root, through `size` nodes."""
        if self.kept is not None or not hasattr(sys, "getrefcount"):
            return
        own = _references([object()], 0)  # the count for an object that only one list holds
        still = [i for i in range(len(self._roots)) if _references(self._roots, i) > own]
        self._roots, self._sizes = [self._roots[i] for i in still], [self._sizes[i] for i in still]
        if len(self._roots) >= KEPT:
            source, holder, computed = self._holder(len(self._roots) // 2)
            self.kept = Kept(len(self._roots), sum(self._sizes), source, holder, computed)
            self._roots, self._sizes = [], []
        elif root.partials and not any(r is root for r in self._roots):  # one made by hand refers to itself, by its rule
            vars(root)  # from now on the collector knows the nodes computed from it, compiled ones too
            self._roots.append(root)
            self._sizes.append(size)

    def _holder(self, i: int) -> tuple[Source | None, str, bool]:
        """The holder of a root: a node that was computed from it, some through the tuple of their operands, or a container."""
        root = self._roots[i]
        containers = []
        for thing in gc.get_referrers(root):
            for node in gc.get_referrers(thing) if type(thing) is tuple else [thing]:
                if isinstance(node, Value) and any(parent is root for parent in node.parents):
                    return node.source, node.op, True
            if isinstance(thing, _CONTAINERS) and thing is not self._roots:
                containers.append(type(thing).__name__)
        return root.source, next(iter(containers), "something"), False


def _references(things: list[Any], i: int) -> int:
    return sys.getrefcount(things[i])

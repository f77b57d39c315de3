"""Freeing a graph of any depth where freeing would recurse too deeply for the stack: in Pyodide, CPython in WebAssembly.

A node holds its parents, so the last reference to a root frees a chain, node within node. CPython stops the nesting in time and
puts the rest off; in WebAssembly it measures its stack wrongly, and some thousand nodes kill the interpreter. So there a node
hands over its operands before it is freed, and the outermost node drops them one by one. Elsewhere nodes have no finaliser,
which would slow down every node.
"""

import sys
from typing import Any

_held: list[Any] = []
_draining: list[None] = []  # an item while a node drops the held operands


def hand_over(node: Any) -> None:
    """The finaliser of a node: its operands go after it, not inside it."""
    try:
        _held.extend((node._a, node._b, node._da))
    except AttributeError:
        return  # its constructor has refused what it was given
    node._a = node._b = node._da = None
    if not _draining:
        _draining.append(None)
        try:
            while _held:
                _held.pop()
        finally:
            _draining.clear()


def free_iteratively(cls: type) -> None:
    """Give a class of nodes its finaliser on platforms that need it."""
    if sys.platform == "emscripten":
        cls.__del__ = hand_over  # type: ignore[attr-defined]

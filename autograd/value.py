"""`Value`: a number that remembers how it was computed. Its nodes are written in Python, or compiled; both compute the same.

AUTOGRAD_CORE=compiled in the environment asks for compiled nodes, which are used if they are installed. `autograd.core()` says
which nodes are in use, and why.
"""

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import ArgumentError
from .pure import Value as Value
from .pure import dot_node as dot_node


class Core(NamedTuple):
    """The nodes that the engine uses.

    Attributes:
        name: 'compiled' or 'pure'.
        why: the reason in a sentence.
    """

    name: str
    why: str


DEFAULT = "pure"  # the compiled nodes are new: they are used only on request


def _choose(asked: str) -> Core:
    if asked not in ("", "pure", "compiled"):
        raise ArgumentError(f"AUTOGRAD_CORE={asked}: the nodes are 'pure' or 'compiled'; unset it to get {DEFAULT} ones")
    if (asked or DEFAULT) == "pure":
        return Core("pure", "AUTOGRAD_CORE=pure asks for it" if asked else "AUTOGRAD_CORE=compiled has not asked for others")
    try:
        _compiled()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a binary file, the engine works without it
        return Core("pure", f"the compiled nodes cannot be used: {error}")
    return Core("compiled", "AUTOGRAD_CORE=compiled asks for it" if asked else "the compiled nodes are installed")


def _compiled() -> Any:
    """The class `Value` and the function `dot_node` of the compiled nodes; only those who ask for them load the module."""
    from .compiled import load

    return load()


_core = _choose(os.environ.get("AUTOGRAD_CORE", ""))

if not TYPE_CHECKING and _core.name == "compiled":
    Value, dot_node = _compiled()


def core() -> Core:
    """The nodes that the engine uses, compiled or in Python, with the reason.

    Example:
        >>> from autograd import core
        >>> core().name in ("compiled", "pure")
        True
    """
    return _core

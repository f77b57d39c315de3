"""`Value`: a number that remembers how it was computed. Its nodes are compiled, or written in Python; both compute the same.

The compiled nodes are used where they are installed, which they are if there was a C compiler or a wheel for the platform;
elsewhere the nodes in Python. AUTOGRAD_CORE=pure in the environment asks for the latter. `autograd.core()` says which nodes are
in use, and why.
"""

import os
from typing import TYPE_CHECKING, Any, NamedTuple

from .errors import ArgumentError
from .operators import COMPILED
from .operators import apply as apply
from .pure import Value as Value
from .pure import dot_node as dot_node
from .pure import share as share


class Core(NamedTuple):
    """The nodes that the engine uses.

    Attributes:
        name: 'compiled' or 'pure'.
        why: the reason in a sentence.
    """

    name: str
    why: str


def _choose(asked: str) -> Core:
    if asked not in ("", "pure", "compiled"):
        raise ArgumentError(
            f"AUTOGRAD_CORE={asked}: the nodes are 'pure' or 'compiled'; unset it to get compiled ones where they are installed"
        )
    if asked == "pure":
        return Core("pure", "AUTOGRAD_CORE=pure asks for it")
    try:
        _compiled()
    except Exception as error:  # noqa: BLE001 - whatever is wrong with a binary file, the engine works without it
        return Core("pure", f"the compiled nodes cannot be used: {error}")
    return Core("compiled", "AUTOGRAD_CORE=compiled asks for it" if asked else "the compiled nodes are installed")


def _compiled() -> Any:
    """The compiled class and its functions, by name; nothing is loaded for those who ask for nodes in Python."""
    from .compiled import load

    return load()


_core = _choose(os.environ.get("AUTOGRAD_CORE", ""))

if not TYPE_CHECKING and _core.name == "compiled":
    Value, apply, dot_node, share = (_compiled()[name] for name in ("Value", "apply", "dot_node", "share"))
    COMPILED.update(_compiled()["functions"])


def compiled_function(name: str) -> Any:
    """A function of the compiled nodes; without them, one that answers None: that it has done nothing."""
    return _compiled()[name] if _core.name == "compiled" else lambda *_: None


def core() -> Core:
    """The nodes that the engine uses, compiled or in Python, with the reason.

    Example:
        >>> from autograd import core
        >>> core().name in ("compiled", "pure")
        True
    """
    return _core

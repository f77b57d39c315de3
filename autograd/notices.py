"""Warnings that name the user's line, once a line.

Comparisons and truth use the number, as in PyTorch, because plain numeric code needs it. micrograd's nodes compare by
identity and are always true; code written for them goes wrong silently: `if v not in nodes` drops a node whose number equals
another's, `if self.b:` leaves out a bias of 0.0. So the two cases in which the meanings differ get a warning, if the line is
the user's own and not part of a function that is being differentiated, which is numeric code.
"""

import os
import sys
import warnings
from types import FrameType

from .errors import IdentityWarning
from .source import is_machinery, user_frame

_ENGINE = os.path.dirname(__file__) + os.sep

# The same words whatever the numbers are: by them Python knows that it has warned on this line.
_EQUAL = (
    "two different Values compare equal here, because == looks at their numbers; `in` on a list, list.index, list.remove and "
    "list.count ask == too, and take one node for the other. If the same node is meant, write `a is b`, or keep nodes in a "
    "set or a dict; if the numbers are meant, write a.data == b.data"
)
_ZERO = (
    "a Value counts as false here, because its number is 0. If a Value may be missing, write `if v is not None`; if the number "
    "is meant, write `if v.data`"
)


def warn(text: str, category: type[Warning]) -> None:
    """Warn at the user's line that has called into the engine."""
    frame = user_frame(sys._getframe(1))
    if frame is not None:
        _warn_at(frame, text, category)


def warn_of_equal() -> None:
    """Called by a comparison of two different nodes with equal numbers."""
    _by_number(sys._getframe(2), _EQUAL)


def warn_of_zero() -> None:
    """Called for the truth value of a node whose number is 0."""
    _by_number(sys._getframe(2), _ZERO)


def _by_number(here: FrameType, text: str) -> None:
    frame: FrameType | None = here
    if is_machinery(here):
        return
    while (frame := frame.f_back) is not None:  # type: ignore[union-attr]  # the loop ends there
        if frame.f_code.co_filename.startswith(_ENGINE):
            return  # the caller is the engine: a function is being transformed, or a hook or a formula runs
    _warn_at(here, text, IdentityWarning)


def _warn_at(frame: FrameType, text: str, category: type[Warning]) -> None:
    names = frame.f_globals
    registry = names.setdefault("__warningregistry__", {})
    module = names.get("__name__") or "<unknown>"
    warnings.warn_explicit(text, category, frame.f_code.co_filename, frame.f_lineno, module, registry)

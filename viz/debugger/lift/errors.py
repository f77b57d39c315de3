"""The errors of lifting: a graph with another gradient than the framework's would tell a wrong story, so it is refused."""

from autograd.errors import AutogradError
from autograd.source import Place, resolve


class LiftError(AutogradError, ValueError):
    """Something that cannot become a graph with the framework's own gradient; the message has the line."""


class TooLargeError(LiftError):
    """A graph that would be too large to be looked at."""


class FrameworkMissingError(LiftError, ImportError):
    """The framework of a model is not installed."""


def at(place: Place | None) -> str:
    """The words for a place at the end of a sentence."""
    return f" ({resolve(place)})" if place else ""

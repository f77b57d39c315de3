"""`halt`: the debugger, at a step of another framework in which something is wrong."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from autograd import Recording
from autograd.observers import Pass, installed_debugger

_debuggers: list[Callable[[int, Recording], None]] = []  # that scripts run in, the innermost last


@contextmanager
def halting(stop: Callable[[int, Recording], None]) -> Iterator[None]:
    """In this block a debugger shows the steps.

    Args:
        stop: shows one, told its number and its graph.
    """
    _debuggers.append(stop)
    try:
        yield
    finally:
        _debuggers.remove(stop)


def debugged() -> bool:
    """True if the program runs in a debugger."""
    return bool(_debuggers)


def halt(step: int, graph: Recording) -> None:
    """Show a step in the debugger that the program runs in; without one, at the debugger's prompt.

    Args:
        step: its number.
        graph: its graph.
    """
    if _debuggers:
        _debuggers[-1](step, graph)
        return
    installed_debugger()(_Lifted(graph))


class _Lifted(Pass):
    """A pass that another framework has run."""

    def __init__(self, graph: Recording) -> None:
        super().__init__(graph.root, graph.seed, debug=True, look=False)
        self._recording, self.has_run = graph, True

"""Scopes of JAX: the functions of the user's that are called, and the turns of loops: `cell#3` for the third call of `cell`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .private import function_of


class Scopes:
    """The calls so far.

    Args:
        whole: the name of the function that is lifted: it may be compiled, and is no scope.

    Attributes:
        turns: the number of the turn of a loop that is being done, of all turns of all loops; 0 outside of them.
    """

    def __init__(self, whole: str = "") -> None:
        self._whole = whole
        self.turns: int = 0
        self._all: int = 0
        self._times: dict[str, int] = {}

    def called(self, scope: str, body: Any, *, loop: bool) -> str:
        """The scope inside a call.

        Args:
            scope: the one outside.
            body: the jaxpr of what is called.
            loop: True for a turn of a loop: it has a scope even if the function has no name.
        """
        name = function_of(body) or ("turn" if loop else "")
        again = not loop and scope.rpartition("/")[2].partition("#")[0] == name  # a loop over `jax.checkpoint(cell)`
        if not name or again or (not scope and name == self._whole):
            return scope
        path = f"{scope}/{name}" if scope else name
        times = self._times[path] = self._times.get(path, 0) + 1
        return f"{path}#{times}" if times > 1 else path

    @contextmanager
    def turn(self) -> Iterator[None]:
        """A turn of a loop is being done."""
        before = self.turns
        self._all += 1
        self.turns = self._all
        try:
            yield
        finally:
            self.turns = before

"""Levels: the derivatives in progress, each an evaluation of a function that is being differentiated.

A level is a number, larger for evaluations that began later. It keeps the derivatives of nested functions apart: the
perturbation of one level is a constant for every other. It also tells which derivatives are over. A number that a function
has kept from a finished evaluation (in a dict, a memo, a variable of its closure) is a constant from then on, and never a
number of another level.

Leaves made while a derivative is in progress remember its level. So a derivative can tell its own constants from outer
`Value`s, on which its result must still depend.
"""

import itertools
from contextvars import ContextVar
from typing import Any

# The levels in progress in the whole process: a function may hand its numbers to other threads.
IN_PROGRESS: dict[int, "Level | None"] = {}

_numbers = itertools.count(1)
_innermost: ContextVar[int] = ContextVar("autograd_level", default=0)


def innermost() -> int:
    """The latest level in progress here, 0 if there is none; a leaf made here remembers it."""
    return _innermost.get()


class Level:
    """The evaluation of one function that is being differentiated: a `with` block around the call.

    Args:
        graph: True if a forward pass builds a graph underneath its duals, so that `gradients` can be called in it.

    Attributes:
        number: the level.
    """

    __slots__ = ("_ended", "_token", "graph", "number")

    def __init__(self, graph: bool = False) -> None:
        self.graph: bool = graph
        self.number: int = next(_numbers)
        self._ended = 0

    def __enter__(self) -> "Level":
        self._token = _innermost.set(self.number)
        IN_PROGRESS[self.number] = self
        return self

    def __exit__(self, *exc: object) -> None:
        del IN_PROGRESS[self.number]
        _innermost.reset(self._token)
        self._ended = next(_numbers)

    def outside(self, leaf: Any) -> bool:
        """True for an outer leaf: a `Value` on which the result of this evaluation must still depend.

        The evaluation's own leaves are its variables, the function's constants, and variables of finished evaluations.
        """
        made_in: int = leaf._made_in
        if made_in < 0:  # a variable
            return made_in != -self.number and -made_in in IN_PROGRESS
        return made_in < self.number or (0 < self._ended <= made_in)


def is_variable(leaf: Any) -> bool:
    """True if a leaf is a variable of a derivative in progress."""
    return -leaf._made_in in IN_PROGRESS

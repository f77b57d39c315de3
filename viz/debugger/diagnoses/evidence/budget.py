"""`Budget`: the time that an answer may take, in microseconds of a usual machine: that of the training itself, or a little.

It is counted, from the numbers of nodes, and not measured: so two runs say the same. All that takes long is paid from it: the
walks through graphs, the experiments, digits. What it does not allow is left out, and listed.
"""

from autograd import core
from autograd.replay.native.kernel import INTERPRETER
from autograd.replay.written import MOST as WRITTEN

FLOOR = 400_000.0  # that an answer may take however short the training was
WALK = 6.0  # a node of a pass that all checks look at
LONG = 1_000_000.0  # so long nobody waits without being told what for

COMPILED = INTERPRETER.module is not None
_RECORDED = 4.0 if core().name == "compiled" else 15.0  # a node of the script, with its backward pass, under a watch
_CALL, _LEAF = 6.0, 0.4  # of a program that is run, and each of its leaves
_RUN = 0.06 if COMPILED else 0.5  # a node of it, with its gradient
_TABLE = 3.5  # the same of a graph that is too large to be written as Python: it is read row by row from the table
_MADE = 7.0 if COMPILED else 40.0  # a node of a changed graph as a program
_KEPT = 0.5 if COMPILED else 30.0  # a node of an unchanged one, whose columns there are


class Budget:
    """The time of one answer.

    Args:
        nodes: those of all passes.
        part: the part of the training's own time that the answer may take.

    Attributes:
        whole, left: microseconds.
        left_out: what there was no time for, in words.

    Example:
        >>> budget = Budget(10, part=0.5)
        >>> budget.left -= 150_000
        >>> budget.used
        0.75
    """

    def __init__(self, nodes: int, part: float = 1.0) -> None:
        self.whole: float = max(FLOOR, _RECORDED * nodes) * part
        self.left: float = self.whole
        self.left_out: list[str] = []

    @property
    def used(self) -> float:
        """The part of it that is spent."""
        return 1.0 - max(0.0, self.left) / self.whole if self.whole else 1.0

    def leave_out(self, what: str) -> None:
        """Note something that there is no time for."""
        if self.whole and what not in self.left_out:
            self.left_out.append(what)


def of_a_run(nodes: int, leaves: int) -> float:
    """The time in which a program of so many nodes gives its cost and its gradient."""
    return _CALL + _LEAF * leaves + (_RUN if COMPILED or nodes <= WRITTEN else _TABLE) * nodes


def of_a_program(nodes: int, changed: bool) -> float:
    """The time in which a graph of so many nodes is made a program."""
    return (_MADE if changed else _KEPT if COMPILED or nodes <= WRITTEN else 0.5) * nodes

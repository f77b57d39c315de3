"""`Watch`: the first steps of a training with something wrong in them, and the faults that their graphs show.

A watch of each framework says when a step was wrong, and lifts it; the rest is the same for all, and is here.
"""

from collections.abc import Callable
from typing import NamedTuple

from autograd.words import counted

from ..diagnoses.diagnose import diagnose
from ..diagnoses.finding import Finding
from .errors import LiftError
from .graph import Graph
from .stopping import stopped


class Trouble(NamedTuple):
    """Something wrong with a step.

    Attributes:
        step: the number of the step, from 1.
        what: the trouble in words, such as 'the loss is nan'.
        parameter: the parameter whose gradient it is, '' if it is about the loss.
        graph: the step, scalar by scalar; None if it could not be lifted.
        reason: why it could not be lifted, '' if it was.
    """

    step: int
    what: str
    parameter: str
    graph: Graph | None
    reason: str = ""

    def __str__(self) -> str:
        return f"step {self.step}: {self.what}" + (f" (not lifted: {self.reason})" if self.reason else "")


class Watch:
    """The steps that were seen.

    Attributes:
        count: how many there were.
        troubles: what was wrong with them, the first first.
    """

    def __init__(self) -> None:
        self.count: int = 0
        self.troubles: list[Trouble] = []
        self._seen: set[str] = set()

    def findings(self, *, hints: bool = False) -> list[Finding]:
        """The faults of the steps that were lifted, worst first, each line once; see `viz.debugger.diagnose`."""
        found: dict[tuple[str, str, int], Finding] = {}
        for trouble in self.troubles:
            if trouble.graph is None:
                continue
            for finding in diagnose(trouble.graph, hints=hints) or stopped(trouble.graph, trouble.parameter):
                found.setdefault((finding.kind, finding.file, finding.line), finding)
        return list(found.values())

    def __str__(self) -> str:
        if not self.troubles:
            return f"nothing wrong in {counted(self.count, 'step')}"
        return "\n".join(map(str, (*self.troubles, *self.findings())))

    def note(self, what: str, parameter: str, graph_of_step: Callable[[], Graph]) -> Graph | None:
        """Note that the last step was wrong, if it is the first of its kind.

        Args:
            what, parameter: see `Trouble`.
            graph_of_step: lifts the step.

        Returns:
            the graph; None if there is none, or the kind of trouble is known.
        """
        kind = "0" if what.endswith(" 0") else "not finite"  # a nan of a later step comes from that of the first
        if not self._seen.isdisjoint((kind, "not finite")):
            return None
        self._seen.add(kind)
        graph, reason = None, ""
        try:
            graph = graph_of_step()
        except LiftError as error:
            reason = str(error)
        self.troubles.append(Trouble(self.count, what, parameter, graph, reason))
        return graph

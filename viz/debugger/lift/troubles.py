"""`Watch`: the first steps of a training with something wrong in them, and the faults that their graphs show.

A watch of each framework says when a step was wrong, and lifts it; the rest is the same for all, and is here.
"""

from collections.abc import Callable, Sequence
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
        parameter: the parameter whose gradient it is, '' if it is about the loss.
        number: the loss, or the largest gradient of the parameter.
        graph: the step, scalar by scalar; None if it could not be lifted.
        reason: why it could not be lifted, '' if it was.
    """

    step: int
    parameter: str
    number: float
    graph: Graph | None
    reason: str = ""

    @property
    def what(self) -> str:
        """The trouble in words, such as 'the loss is nan'."""
        return f"the gradient of {self.parameter} is {self.number:g}" if self.parameter else f"the loss is {self.number}"

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

    def findings(self, *, hints: bool = False) -> list[Finding]:
        """The faults of the steps that were lifted, worst first, each line once; see `viz.debugger.diagnose`."""
        found: dict[tuple[str, str, int], Finding] = {}
        for trouble in self.troubles:
            if trouble.graph is None:
                continue
            for finding in diagnose(trouble.graph, hints=hints) or stopped(trouble.graph, trouble.parameter):
                found.setdefault((finding.kind, finding.file, finding.line), finding)
        return list(found.values())

    def written(self, findings: Sequence[Finding]) -> str:
        """The troubles and the findings about them, a line for each."""
        if not self.troubles:
            return f"nothing wrong in {counted(self.count, 'step')}"
        return "\n".join(map(str, (*self.troubles, *findings)))

    def __str__(self) -> str:
        return self.written(self.findings())

    def note(self, parameter: str, number: float, graph_of_step: Callable[[], Graph]) -> Graph | None:
        """Note that the last step was wrong, if it is the first of its kind: nan and inf of later steps come from the first.

        Args:
            parameter: the parameter whose gradient is wrong, '' for the loss.
            number: the loss, or the largest gradient: nan, inf or 0.
            graph_of_step: lifts the step.

        Returns:
            the graph; None if there is none, or the kind of trouble is known.
        """
        if any(t.number != 0.0 or number == 0.0 for t in self.troubles):
            return None
        graph, reason = None, ""
        try:
            graph = graph_of_step()
        except LiftError as error:
            reason = str(error)
        self.troubles.append(Trouble(self.count, parameter, number, graph, reason))
        return graph

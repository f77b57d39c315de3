"""One evaluation of a function, with a note of everything that a recording of it has to know.

The function runs with ordinary `Value`s. The engine's observers tell of every node it makes, of every decision that Python
takes on a number, of every number it reads as a plain one, and of what a replay would not do: assigning numbers, running
backward passes. Nothing is kept if it raises.
"""

import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from ..errors import ReplayError
from ..levels import IN_PROGRESS, Level
from ..modes import recording_nodes
from ..observers import Pass, observing
from ..operators import Tracer, apply
from ..primitives.table import TABLE
from ..source import is_sole_comparison, place_of_caller, resolve, user_frame
from ..transforms.adjoints import innermost_of, variable

FAR = 1000  # decisions that a comparison may lie back while the other arguments of its `where` are computed


class Decision(NamedTuple):
    """A decision on numbers, as it was taken.

    Attributes:
        relation: '<', '<=', '>', '>=', '==' or '!='; 'is' for a number that was read as a plain one.
        left, right: `Value`s and floats.
        outcome: the answer.
        place: the place in the user's code.
        frame: the frame that runs that code.
    """

    relation: str
    left: Any
    right: Any
    outcome: bool
    place: Any
    frame: Any = None


class Evaluation:
    """A run of a function: its result, and notes of all that it did.

    Attributes:
        output: its result, in any structure.
        variables: the `Value`s that stood for the numbers of its inputs.
        level: the derivative in progress that it was, which tells its own leaves from those of the outside.
        made: every node that was made, in order.
        decisions: every decision, in order.
        detached: for each leaf made by `detach`, the node whose number it has.
    """

    def __init__(self) -> None:
        self.output: Any = None
        self.variables: list[Any] = []
        self.level = Level()
        self.made: list[Any] = []
        self.decisions: list[Decision] = []
        self.detached: dict[Any, Any] = {}

    def decided(self, node: Any, relation: str, other: Any, answer: bool) -> None:
        """Note a comparison."""
        frame = user_frame(sys._getframe(1))
        place = (frame.f_code, frame.f_lasti) if frame else None
        self.decisions.append(Decision(relation, innermost_of(node), innermost_of(other), answer, place, frame))

    def choosing(self, condition: Any) -> Any:
        """The condition of a `where` as a number, where it is written as a comparison: then it is no decision of Python's.

        Returns:
            A number that is 0 where the condition does not hold; None if it is not known to be a comparison.
        """
        if isinstance(condition, Tracer):
            return innermost_of(condition).detach()
        frame = user_frame(sys._getframe(1))
        if frame is None or condition.__class__ is not bool:
            return None
        for k in range(len(self.decisions) - 1, max(-1, len(self.decisions) - 1 - FAR), -1):
            decision = self.decisions[k]
            mine = decision.frame is frame and decision.outcome is condition
            if mine and is_sole_comparison(decision.place, (frame.f_code, frame.f_lasti)):
                return self._chosen(k, decision)
        return None

    def _chosen(self, k: int, decision: Decision) -> Any:
        """The number for a comparison. In its place among the decisions comes another: are these numbers that can be compared?

        A difference is 0 for equal numbers only, however small they are; it tells nothing of a nan, and of two infinities.
        """
        a, b = (decision.right, decision.left) if decision.relation in ("<", ">=") else (decision.left, decision.right)
        difference = apply(TABLE["sub"], (a, b))
        told = difference._data == difference._data
        comparable = Decision("==", difference, difference, told, decision.place)
        self.decisions[k : k + 1] = [comparable] if told else [comparable, decision]
        if not told:
            return None
        if decision.relation == "!=":
            return difference.detach()
        above = apply(TABLE["step"], (abs(difference) if decision.relation == "==" else difference,))
        return above.detach() if decision.relation in "<>" else (1.0 - above).detach()

    def read(self, node: Any) -> None:
        """Note that a number was read: what was done with it is not known, so it has to be the same again."""
        node = innermost_of(node)
        self.decisions.append(Decision("is", node, node._data, True, place_of_caller()))


def evaluated(name: str, numbers: Sequence[float], call: Callable[[list[Any]], Any]) -> Evaluation:
    """Run a function and note what it does.

    Args:
        name: the function's, for messages.
        numbers: those of its inputs.
        call: calls it with `Value`s in place of these numbers.

    Raises:
        ReplayError: the function does something that a replay would not do. Its own errors come out as they are.
    """
    run = Evaluation()
    run.variables = [variable(x, run.level) for x in numbers]

    def refuse(what: str, remedy: str) -> None:
        place = place_of_caller()
        where = f" at {resolve(place)}" if place else ""
        raise ReplayError(f"compile({name}): the function {what}{where}, which a replay would not do; {remedy}")

    def assigned(node: Any, _: float) -> None:
        refuse(f"assigns the number of {node!r}", "assign outside of it")

    def zeroed(_: Any) -> None:
        refuse("calls zero_grad()", "call it outside of it")

    def passing(_: Pass) -> None:
        refuse(
            "runs a backward pass",
            "return the cost, and differentiate the program: program.backward(...) or program.value_and_grad(...)",
        )

    looking = observing(
        made=run.made.append, assigned=assigned, zeroed=zeroed, passing=passing, decided=run.decided, read=run.read,
        choosing=run.choosing,
        detached=lambda node, leaf: run.detached.__setitem__(innermost_of(leaf), innermost_of(node)),
    )  # fmt: skip
    try:
        with recording_nodes(), looking, run.level:
            run.output = call(run.variables)
    finally:
        while looking.entered:  # Control-C has come between two of these blocks
            looking.leave()
        IN_PROGRESS.pop(run.level.number, None)
    return run

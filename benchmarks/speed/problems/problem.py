"""A problem: something that every engine computes, in several sizes, and the number of units that its time is divided by."""

from collections.abc import Callable
from dataclasses import dataclass

from speed.engines import Engine

Answer = tuple[float, float]  # the number computed, and the sum of the magnitudes of its derivatives
Run = Callable[[], Answer]


@dataclass(frozen=True)
class Problem:
    """What is computed, and how it is reported.

    Attributes:
        name: how the command line calls it.
        title: how the table calls it; {size} stands for the size.
        unit: what the figures are for one of, "operation", or what they are: "bytes".
        sizes: the sizes of a whole run.
        smoke: a size that takes milliseconds.
        units: the number of units in one run of a size.
        operations: about how many scalar operations a run of a size has: what an engine will take is guessed from it.
        prepare: makes the run for an engine and a size; None where the engine has no such thing.
        measures: "time" where the figure is the time that a run takes, "answer" where it is the number that a run gives.
        alone: True if each run needs a process that has done nothing else.
    """

    name: str
    title: str
    unit: str
    sizes: tuple[str, ...]
    smoke: str
    units: Callable[[str], float]
    operations: Callable[[str], float]
    prepare: Callable[[Engine, str], Run | None]
    measures: str = "time"
    alone: bool = False


def differentiated(engine: Engine, function: Callable[[list[object]], object], numbers: list[float]) -> Run:
    """A run that takes value and gradient of a function, its leaves made beforehand."""
    leaves = engine.leaves(numbers)

    def run() -> Answer:
        value, gradient = engine.gradient(function, leaves)
        return value, sum(map(abs, gradient))

    return run


def one(_: str) -> float:
    """One unit a run."""
    return 1.0

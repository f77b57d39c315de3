"""The history of a training run, as plain lists that lie in checkpoints and that plots read."""

from dataclasses import dataclass, field
from typing import Any, TypedDict

from autograd import NonFiniteError
from autograd.forms import Pictured


class Measured(TypedDict):
    """The measurements of a layer in a step; `monitor.Measurement.after_step` describes them."""

    gradients: dict[str, float]
    activations: dict[str, float | None]
    errors: dict[str, float]
    update_ratio: float


class Record(TypedDict):
    """A measured step of training: its number, counted from 1, and its layers."""

    step: int
    layers: list[Measured]


@dataclass
class History(Pictured):
    """The history of a run, as plain lists.

    Attributes:
        steps: the cost of every step's batch, penalties included.
        epochs: per epoch a dictionary: epoch, step (the number of steps done at its end), cost (mean over its steps), rate,
            and, with validation data, validation_cost; 'accuracy' or 'r_squared' on the validation data, else on the
            batches as they were learned.
        stopped: why it ended: 'finished', 'interrupted', or 'no better for ... epochs'.
        monitor: with `fit(..., monitor=...)`, one dictionary per measured step: its number and the measurements of every
            layer; `monitor.Measurement.after_step` describes them. `viz.plots` draws them.
        computed: 'by replays', or 'by nodes' and the reason (replayed.py). The numbers are the same to rounding.
    """

    steps: list[float] = field(default_factory=list)
    epochs: list[dict[str, float]] = field(default_factory=list)
    stopped: str = ""
    monitor: list[Record] = field(default_factory=list)
    computed: str = field(default="", compare=False, repr=False)

    @property
    def last(self) -> dict[str, float]:
        """The latest epoch; empty before the first."""
        return self.epochs[-1] if self.epochs else {}


class DivergedError(NonFiniteError):
    """The cost became nan or inf.

    Attributes:
        history: the run until then, to find where the trouble began.
    """

    def __init__(self, message: str, node: Any = None, history: History | None = None) -> None:
        super().__init__(message, node)
        self.history = history

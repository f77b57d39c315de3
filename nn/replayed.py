"""Steps of training as replays: the cost of a sample is recorded once, and computed for a whole batch at a time from then on.

The samples of a batch meet in the mean of their costs alone. So one sample is recorded for each label, the recordings become
one program with the label as an input, and the compiled interpreter runs it over the batch, a sample a lane (batched.py).
Parameters are read anew in each step. Sums are taken in another order than by nodes, and exp and tanh are the interpreter's
own: the last digits differ. Where that does not serve, or somebody looks at nodes, steps are taken by nodes;
`History.computed` says why.
"""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from autograd import ArgumentError, ReplayError, many
from autograd.levels import IN_PROGRESS
from autograd.modes import in_a_mode
from autograd.replay.native.kernel import INTERPRETER

from .costs import COSTS, binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from .data import Data
from .layers import MLP
from .settings import Cost

if TYPE_CHECKING:
    from .batched import Batches, Computed, Recorded

_OF_LABELS = (cross_entropy, binary_cross_entropy, hinge)
WORTH = 20_000  # parameters times samples: a step below is over before a recording has paid
_CLOSE = 1e-9


class Replayed:
    """The steps of a run.

    Args:
        cost: the cost, as it is called with the outputs and targets of a batch.
        asked: the cost that was asked for: a name, a function, or None.
        batch: samples per step.

    Attributes:
        why_not: the reason for which steps are taken by nodes; '' if they are replays.
        how: the way in which they are computed, as `History.computed` says it.
    """

    how = "by replays"

    def __init__(self, model: MLP, data: Data, cost: Cost, asked: Any, batch: int) -> None:
        self.model, self.data, self.cost = model, data, cost
        function = COSTS.get(asked) if isinstance(asked, str) else asked or cost
        self._labels = function in _OF_LABELS
        self._several = len(model.layers[-1].b) > 1
        self._samples: Any = None
        self._recorded: Recorded | None = None
        self._batches: Batches | None = None
        self._weights: list[Any] = []
        self._numbers: Any = None  # an array for those of the weights
        self.why_not: str = self._refusal(function, len(model.parameters()) * min(batch, len(data.x)))

    def _refusal(self, function: Any, work: int) -> str:
        if work < WORTH:
            return "a step is too small for a recording to pay"
        if INTERPRETER.module is None:
            return INTERPRETER.why
        try:
            import numpy  # noqa: F401 - without arrays there are no batches
        except ImportError as error:
            return str(error)
        if not self._labels and not (function is mean_squared_error and not self._several):
            return "the cost of a batch is no mean over the costs of its samples that is known"
        return ""

    def begin(self, anew: bool) -> None:
        """Begin an epoch.

        Args:
            anew: True if the network may have changed in other ways than by steps, so that it has to be recorded again.
        """
        if self.why_not or in_a_mode() or (self._batches is not None and not anew):
            return
        import numpy as np  # arrays are for those who have them

        from .batched import Batches, record, samples_of

        try:
            recorded, weights = record(self.model, self.data, self.cost, self._labels)
        except (ReplayError, ArgumentError) as error:
            self.why_not = str(error)
            return
        self._weights, self._numbers = list(weights), np.zeros(len(weights))
        if self._samples is None:
            self._samples = samples_of(self.data, self._labels)
        if recorded != self._recorded:
            self._recorded, self._batches = recorded, Batches(recorded, self._samples)

    def step(self, indices: Sequence[int], share: float) -> tuple[list[float], list[Any]] | None:
        """Add the gradients of a batch to those of the parameters.

        Args:
            share: the share of a sample in the cost: 1/n.

        Returns:
            The costs and the outputs of the samples; None, and nothing has been added, if they have to be computed by nodes.
        """
        if self._batches is None or self._occupied():
            return None
        many.fill(self._numbers, self._weights)
        found = self._computed(self._batches, self._numbers, indices, share)
        if found is None:
            return None
        many.contribute(self._weights, found.gradient)
        return found.costs.tolist(), (found.outputs if self._several else found.outputs[:, 0]).tolist()

    def _computed(self, batches: "Batches", parameters: Any, indices: Sequence[int], share: float) -> "Computed | None":
        return batches.gradient(parameters, indices, share)

    def close(self) -> None:
        """End the run: give back what it holds outside of this process, which here is nothing."""

    def _occupied(self) -> bool:
        return bool(self.why_not or in_a_mode() or IN_PROGRESS)

    def check(self, sample: int, cost: float) -> None:
        """Compare a replay with the cost that nodes gave for a sample.

        Raises:
            ReplayError: they differ by more than rounding.
        """
        if self._batches is None or self._occupied() or not math.isfinite(cost):
            return
        many.fill(self._numbers, self._weights)
        again = self._batches.costs(self._numbers, [sample])[0]
        if not abs(again - cost) <= _CLOSE * (1.0 + abs(cost)):
            raise ReplayError(
                f"fit: the cost of sample {sample} is {cost!r}, and {again!r} when it is replayed: the network has changed in "
                "the middle of an epoch, or it depends on something that is no parameter"
            )

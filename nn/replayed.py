"""Steps of training as replays: the cost of a sample is recorded once, and computed for a whole batch at a time from then on.

The samples of a batch meet in the mean of their costs alone. So one sample is recorded for each label, the recordings become
one program with the label as an input, and the compiled interpreter runs it over the batch, a sample a lane. Parameters are
read anew in each step. Sums are taken in another order than by nodes, and exp and tanh are the interpreter's own: the last
digits differ. Where that does not serve, or somebody looks at nodes, steps are taken by nodes; `History.computed` says why.
"""

import math
from collections.abc import Sequence
from typing import Any

import autograd
from autograd import ArgumentError, ReplayError, many
from autograd.levels import IN_PROGRESS
from autograd.modes import MODES
from autograd.replay.native.kernel import INTERPRETER

from .costs import COSTS, binary_cross_entropy, cross_entropy, hinge, mean_squared_error
from .data import Data
from .layers import MLP
from .settings import Cost

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
    """

    def __init__(self, model: MLP, data: Data, cost: Cost, asked: Any, batch: int) -> None:
        self.model, self.data, self.cost = model, data, cost
        self._function = COSTS.get(asked) if isinstance(asked, str) else asked or cost
        self._batched: _Batched | None = None
        self.why_not: str = self._refusal(len(model.parameters()) * min(batch, len(data.x)))

    def _refusal(self, work: int) -> str:
        if work < WORTH:
            return "a step is too small for a recording to pay"
        if INTERPRETER.module is None:
            return INTERPRETER.why
        try:
            import numpy  # noqa: F401 - without arrays there are no batches
        except ImportError as error:
            return str(error)
        several = len(self.model.layers[-1].b) > 1
        if self._function not in _OF_LABELS and not (self._function is mean_squared_error and not several):
            return "the cost of a batch is no mean over the costs of its samples that is known"
        return ""

    def begin(self, anew: bool) -> None:
        """Begin an epoch.

        Args:
            anew: True if the network may have changed in other ways than by steps, so that it has to be recorded again.
        """
        if self.why_not or MODES.active or (self._batched is not None and not anew):
            return
        try:
            self._batched = _Batched(self.model, self.data, self.cost, self._function in _OF_LABELS)
        except (ReplayError, ArgumentError) as error:
            self.why_not = str(error)

    def step(self, indices: Sequence[int], share: float) -> tuple[list[float], list[Any]] | None:
        """Add the gradients of a batch to those of the parameters.

        Args:
            share: the share of a sample in the cost: 1/n.

        Returns:
            The costs and the outputs of the samples; None, and nothing has been added, if they have to be computed by nodes.
        """
        if self.why_not or self._batched is None or MODES.active or IN_PROGRESS:
            return None
        return self._batched.step(indices, share)

    def check(self, sample: int, cost: float) -> None:
        """Compare a replay with the cost that nodes gave for a sample.

        Raises:
            ReplayError: they differ by more than rounding.
        """
        if self.why_not or self._batched is None or MODES.active or IN_PROGRESS or not math.isfinite(cost):
            return
        again = self._batched.costs([sample])[0]
        if not abs(again - cost) <= _CLOSE * (1.0 + abs(cost)):
            raise ReplayError(
                f"fit: the cost of sample {sample} is {cost!r}, and {again!r} when it is replayed: the network has changed in "
                "the middle of an epoch, or it depends on something that is no parameter"
            )


class _Batched:
    """The program of a sample, run over batches."""

    def __init__(self, model: MLP, data: Data, cost: Cost, labels: bool) -> None:
        import numpy as np  # the engine's part of batches needs it too: they are for those who have it

        from autograd.replay.native.lanes import column, lanes, rowed, summed, uniform, without_lanes
        from autograd.replay.passes.merged import merged

        self._np = np
        chosen = sorted({int(y) for y in data.y}) if labels else []
        targets: list[Any] = [[chosen.index(int(y))] if labels else [float(y)] for y in data.y]
        self._data = np.array([[*map(float, x), *y] for x, y in zip(data.x, targets, strict=True)])

        def sample(x: list[Any], y: Any) -> list[Any]:
            out = model(x)
            c = cost([out], [y])
            return [c, c, *(out if isinstance(out, list) else [out])]

        program = autograd.compile(sample)
        tapes, weights = [], []
        some: list[Any] = [*chosen] or [float(data.y[0])]
        for y in some:
            program([float(x) for x in data.x[0]], y)
            tapes.append(program.tape)
            weights.append(program.captured)
        tape = merged(tapes) if len(tapes) > 1 else tapes[0]
        if any(list(map(id, ws)) != list(map(id, weights[0])) for ws in weights):
            raise ReplayError("the cost of another label depends on other parameters")
        if tape.guards:
            raise ReplayError("the network decides by its numbers: an activation with an if, perhaps")
        if missing := without_lanes(tape.names):
            raise ReplayError(f"{', '.join(missing)}: computed for one sample at a time")
        self.weights = list(weights[0])
        self._pool = np.zeros(len(self.weights) + 1)
        inputs, count = len(data.x[0]), len(self.weights)
        target = [column(inputs)]  # an input of the function; a label comes last, and only where there are several
        places = [*map(column, range(inputs)), *([] if labels else target), *map(uniform, range(count))]
        places += target if len(tapes) > 1 else []
        self._outputs = len(tape.outputs) - 2
        self._single = not isinstance(model(data.x[0]), list)
        self._lanes = lanes(tape, places, [summed(count), *map(rowed, range(self._outputs + 1))], inputs + 1, self._outputs + 1)

    def step(self, indices: Sequence[int], share: float) -> tuple[list[float], list[Any]] | None:
        """See `Replayed.step`."""
        np, n = self._np, len(indices)
        rows, out, left = self._arrays(indices)
        bars, seeds = np.zeros_like(self._pool), np.zeros_like(out)
        bars[-1] = share
        if self._lanes.backward(n, self._pool, None, self._data, rows, out, left, bars, None, seeds):
            return None
        costs = out[:, 0].tolist()
        if not (math.isfinite(math.fsum(costs)) and np.isfinite(bars).all()):
            return None
        many.contribute(self.weights, bars[:-1])
        return costs, out[:, 1].tolist() if self._single else out[:, 1:].tolist()

    def costs(self, indices: Sequence[int]) -> list[float]:
        """The costs of samples."""
        rows, out, left = self._arrays(indices)
        self._lanes.forward(len(indices), self._pool, None, self._data, rows, out, left)
        return out[:, 0].tolist()  # type: ignore[no-any-return]

    def _arrays(self, indices: Sequence[int]) -> tuple[Any, Any, Any]:
        """The rows of samples, room for their results and guards. The numbers of the parameters are read anew."""
        np, n = self._np, len(indices)
        many.fill(self._pool[:-1], self.weights)
        return np.array(indices, dtype=np.int32), np.zeros((n, self._outputs + 1)), np.zeros(n, dtype=np.int32)

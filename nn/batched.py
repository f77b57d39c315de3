"""The cost of a sample as a program that runs over batches: recorded from a network once, and run wherever its data are.

A `Recorded` is plain data without the network, which is pickled and goes to other processes. A `Batches` has samples to run it
over, by the compiled interpreter, a sample a lane: parameters come in, and gradients go out. The bits depend on the recording,
on the parameters and on the samples of a call, and neither on the process nor on the machine.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

import autograd
from autograd import ReplayError
from autograd.replay.native.lanes import Source, column, lanes, rowed, summed, uniform, without_lanes
from autograd.replay.passes.merged import merged
from autograd.replay.tape import Tape

from .data import Data
from .layers import MLP
from .settings import Cost


class Recorded(NamedTuple):
    """The cost of a sample, recorded.

    Attributes:
        tape: its operations. The outputs are the cost, the cost again, and the outputs of the network.
        sources: where each input comes from: columns of the samples, then the parameters.
        parameters, outputs: how many there are.
    """

    tape: Tape
    sources: list[Source]
    parameters: int
    outputs: int


class Computed(NamedTuple):
    """The results for a batch.

    Attributes:
        costs: the cost of each sample.
        outputs: a row of the network's outputs for each.
        gradient: the gradient by the parameters, of the sum of the costs times their share.
    """

    costs: Any
    outputs: Any
    gradient: Any


class Batches:
    """A recorded cost, and the samples that it is run over.

    Args:
        samples: an array with a row for each sample: its numbers, then its target (`samples_of`).

    Raises:
        ImportError: there is no compiled interpreter.
    """

    def __init__(self, recorded: Recorded, samples: Any) -> None:
        self._samples, self._width = samples, recorded.outputs + 1
        self._pool = np.zeros(recorded.parameters + 1)
        to = [summed(recorded.parameters), *map(rowed, range(self._width))]
        self._lanes = lanes(recorded.tape, recorded.sources, to, samples.shape[1], self._width)

    def gradient(self, parameters: Any, rows: Sequence[int], share: float) -> Computed | None:
        """The gradient of a batch, or None if a number in it is nan or inf.

        Args:
            parameters: an array of the numbers of the parameters, in the order of the recording.
            rows: the samples.
            share: the weight of each cost: 1/n for the mean over n.
        """
        which, out, left = self._arrays(parameters, rows)
        bars, seeds = np.zeros_like(self._pool), np.zeros_like(out)
        bars[-1] = share
        if self._lanes.backward(len(which), self._pool, None, self._samples, which, out, left, bars, None, seeds):
            return None
        if not (np.isfinite(out[:, 0]).all() and np.isfinite(bars).all()):
            return None
        return Computed(out[:, 0], out[:, 1:], bars[:-1])

    def costs(self, parameters: Any, rows: Sequence[int]) -> list[float]:
        """The costs of samples."""
        which, out, left = self._arrays(parameters, rows)
        self._lanes.forward(len(which), self._pool, None, self._samples, which, out, left)
        return out[:, 0].tolist()  # type: ignore[no-any-return]

    def _arrays(self, parameters: Any, rows: Sequence[int]) -> tuple[Any, Any, Any]:
        """The rows of samples, and room for their results and guards."""
        self._pool[:-1] = parameters
        n = len(rows)
        return np.array(rows, dtype=np.int32), np.zeros((n, self._width)), np.zeros(n, dtype=np.int32)


def joined(shards: Sequence[Computed | None]) -> Computed | None:
    """The results of a batch of those of its shards: gradients are added up in the order of the shards.

    Returns:
        None if there is a shard whose numbers are not finite.
    """
    parts = [shard for shard in shards if shard is not None]
    if len(parts) < len(shards):
        return None
    gradient = parts[0].gradient
    for part in parts[1:]:
        gradient = gradient + part.gradient
    return Computed(np.concatenate([p.costs for p in parts]), np.concatenate([p.outputs for p in parts]), gradient)


def samples_of(data: Data, labels: bool) -> Any:
    """The samples as an array: a row for each, with its numbers and its target.

    Args:
        labels: True if targets are labels: the column holds their place among those that occur.
    """
    chosen = _labels(data)
    targets = [chosen.index(int(y)) if labels else float(y) for y in data.y]
    return np.array([[*map(float, x), y] for x, y in zip(data.x, targets, strict=True)])


def _labels(data: Data) -> list[int]:
    return sorted({int(y) for y in data.y})


def record(model: MLP, data: Data, cost: Cost, labels: bool) -> tuple[Recorded, tuple[Any, ...]]:
    """The cost of a sample, and the parameters that it depends on. Each label is recorded, and becomes an input.

    Args:
        cost: the cost, as it is called with the outputs and targets of a batch.
        labels: True if targets are labels.

    Raises:
        ReplayError, ArgumentError: it cannot be recorded, or does not run over batches.
    """

    def sample(x: list[Any], y: Any) -> list[Any]:
        out = model(x)
        c = cost([out], [y])
        return [c, c, *(out if isinstance(out, list) else [out])]

    program = autograd.compile(sample)
    tapes, weights = [], []
    some: list[Any] = _labels(data) if labels else [float(data.y[0])]
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
    inputs, count = len(data.x[0]), len(weights[0])
    target = [column(inputs)]  # an input of the function; a label comes last, and only where there are several
    sources = [*map(column, range(inputs)), *([] if labels else target), *map(uniform, range(count))]
    sources += target if len(tapes) > 1 else []
    return Recorded(tape, sources, count, len(tape.outputs) - 2), weights[0]

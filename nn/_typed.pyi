# Names for annotations, which exist for type checkers alone: the package imports nothing of this file when it runs.
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Protocol, TypedDict

from autograd import Value
from autograd._typed import Real

from .data import Data
from .history import History
from .layers import MLP
from .optimisers import Optimiser
from .schedules import Schedule

class Inputs(Protocol):
    """One sample: a list, a tuple, an array of numbers or Values."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[Real]: ...
    def __getitem__(self, index: int, /) -> Any: ...

class Output(Value, list[Value]):  # type: ignore[misc]
    """What a network gives: one Value if its last layer has one neuron, else a list of them.

    Which of the two, the sizes say that it was made with, and no checker follows those. It may be used as either, so that
    everything computed from it is known again.
    """

class Generator(Protocol):
    """What weights are drawn from: a random.Random, or the module random; for uniform ones NumPy's will do."""

    def uniform(self, a: float, b: float, /) -> float: ...

# A number, or one per sample, or a list per sample; of plain numbers a cost is a float, else a Value. Lists of which a checker
# does not know what is in them fit the first: here they will hold Values.
ValueBatch = Value | Iterable[Value | Iterable[Value]]
PlainBatch = float | Iterable[float | Iterable[float]]
Batch = Real | Iterable[Real | Iterable[Real]]

class Asked(TypedDict, total=False):
    """The settings of `fit` that somebody asks for: the fields of `Settings`, none of which has to be given."""

    cost: str | Callable[[Any, Any], Value] | None
    optimiser: str | Optimiser
    rate: float
    schedule: Schedule
    epochs: int
    batch: int
    validation: float | Data | None
    patience: int | None
    clip: float | None
    l1: float
    l2: float
    seed: int
    checkpoint: str | os.PathLike[str] | None
    callbacks: Sequence[Callable[[History, MLP], object]]
    monitor: bool | int
    progress: bool
    client: Any
    shards: int

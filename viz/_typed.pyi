# Names for annotations, which exist for type checkers alone: the package imports nothing of this file when it runs.
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from matplotlib.figure import Figure as MatplotlibFigure

from autograd import Value
from autograd.recording.columns import Node

# How a node is named: itself, its label or 'v7', its id. A recording has no Values, but nodes.
Which = Value | Node | str | int

class Figure(MatplotlibFigure):
    """matplotlib's figure; a notebook shows it."""

    def _repr_png_(self) -> bytes: ...

class History(Protocol):
    """What `nn.train.fit` returns."""

    steps: list[float]
    epochs: list[dict[str, float]]
    monitor: Any

class Network(Protocol):
    """A network of two inputs: nn's MLP, or a function of one sample."""

    def __call__(self, x: list[float], /) -> Any: ...

class Samples(Protocol):
    """nn's Data, or what has points and classes as well."""

    @property
    def x(self) -> Sequence[Sequence[float]]: ...
    @property
    def y(self) -> Sequence[Any]: ...

# A history, or the dictionary that a checkpoint keeps of it.
Run = History | Mapping[str, Any]

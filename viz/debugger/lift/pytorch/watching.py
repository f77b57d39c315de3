"""`watching`: training of PyTorch, unchanged, and a graph of the first step with something wrong in it.

Each `backward()` is followed by one look at the loss and at the largest gradient of every parameter. Nothing is lifted
until one of them is nan or inf, or 0 for a whole parameter. Then the step is done again in a tape, before the optimiser
changes anything.
"""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch

from ..errors import LiftError, TooLargeError
from ..graph import LIMIT, Graph
from ..troubles import Watch
from .healthy import Healthy, largest
from .lifting import lifted
from .modules import Modules
from .repeating import keeping
from .taping import tape
from .windows import window


class TorchWatch(Watch):
    """The steps seen in a `watching()` block.

    Attributes:
        count: how many there were.
        troubles: what was wrong with them, the first first.
    """

    def __init__(self, modules: Modules, limit: int, stop: Callable[[int, Graph], None] | None) -> None:
        super().__init__()
        self._limit, self._stop = limit, stop
        self._keeping = keeping(modules, self._passed)
        self._healthy = Healthy()

    def look(self, loss: torch.Tensor) -> Graph:
        """The graph of the step that is under way, at a loss that has been computed in it; a window of it, if it is large.

        Raises:
            LiftError: as `lift`, or the step cannot be done again.
        """
        operations = tape(*self._keeping.modules.models)
        again = self._keeping.again(loss, operations)
        try:
            return lifted(operations, again, self._limit)
        except TooLargeError:
            return window(operations, again)

    def _passed(self, loss: torch.Tensor) -> None:
        self.count += 1
        trouble = self._trouble(loss)
        if trouble is not None:
            graph = self.note(*trouble, lambda: self._looked(loss))
            if self._stop and graph is not None:
                self._stop(self.count, graph)

    def _looked(self, loss: torch.Tensor) -> Graph:
        try:
            return self.look(loss)
        except LiftError:
            raise
        except Exception as error:  # a training is not ended because it could not be looked at
            raise LiftError(f"{type(error).__name__}: {(str(error).strip() or '?').splitlines()[0]}") from error

    def _trouble(self, loss: torch.Tensor) -> tuple[str, float] | None:
        """The first thing that is wrong: the parameter, '' for the loss, and the number; mostly nothing, and quickly."""
        numbers = [loss.item()] if loss.numel() == 1 else loss.detach().reshape(-1).tolist()
        for number in numbers:
            if not math.isfinite(number):
                return "", number
        parameters = self._keeping.modules.parameters
        if not self._healthy([gradient for p in parameters if (gradient := p.grad) is not None]):
            for p in parameters:
                size = 1.0 if p.grad is None else largest(p.grad)
                if not 0.0 < size < math.inf:
                    return self._keeping.modules.names[id(p)], size
        return None


@contextmanager
def watching(
    *models: torch.nn.Module, limit: int = LIMIT, stop: Callable[[int, Graph], None] | None = None
) -> Iterator[TorchWatch]:
    """Watch training in a block; the program computes the same numbers as without.

    Args:
        *models: the modules whose parameters are looked at; without any, those that are called in the block.
        limit: the largest number of contributions of a graph.
        stop: called with the number and the graph of the first step with a trouble of each kind, before the optimiser goes on.

    Example:
        >>> import torch
        >>> model = torch.nn.Linear(1, 1)
        >>> with watching(model) as watch:
        ...     for x in (1.0, 2.0):
        ...         model(torch.tensor([[x]])).abs().log().sub(1e3).mul(0.0).div(0.0).sum().backward()
        >>> watch.troubles[0].what
        'the loss is nan'
    """
    modules = Modules(models)
    watch = TorchWatch(modules, limit, stop)
    with watch._keeping:
        yield watch

"""`window`: a few operations of a model that is too large to be lifted, around the element where trouble begins.

PyTorch computes the gradient of every tensor, which is cheap. They say where nan or inf begins: at an operation whose
result is not finite though its operands are, or at a tensor whose gradient is not finite though the gradients of all that
uses it are. What uses that element is lifted, with PyTorch's gradients as weights: L = sum of y_bar * y over the results
y that use it. So the element has its whole gradient, by the chain rule. Going up from there, operations are lifted as
long as there is room; the tensors above are leaves.
"""

import numpy as np
import torch

from ..around import Trouble, above, reaching, upper_end
from ..blocks import Floats, Ints
from ..errors import LiftError
from ..graph import Agreement, Graph, graph_of
from ..operations import named
from . import refusing
from .calls import Call
from .dependence import blocks_of, contributions
from .lifting import agreement, differentiated
from .taping import tape

_SCANNED = 2_000_000  # contributions of an operation that is searched for the results which use an element


Gradients = dict[int, Floats | None]  # per call, by its first id


def window(operations: tape, loss: torch.Tensor) -> Graph:
    """The graph of the operations around the first nan or inf of a loss that was computed in a tape.

    Raises:
        LiftError: there is no nan or inf in it, or too many results use it.
    """
    calls = list(named(operations.calls))
    refusing.hooks(calls)
    gradients = {
        call.first: None if found is None else found.detach().double().reshape(-1).numpy()
        for call, found in differentiated(operations, loss)
    }
    trouble = _forward(calls) or _backward(calls, gradients)
    if trouble is None:
        raise LiftError(f"the graph is too large to be lifted, and no nan or inf begins in it: the loss is {loss.item()}")
    root = operations.count
    blocks = [upper_end(root, trouble, _used(trouble, gradients), trouble.call.precision)] if trouble.users else []
    at = root if trouble.users else trouble.element
    reached = reaching(root, at, blocks)
    blocks = above(calls, reached, contributions, blocks_of) + blocks
    graph, number = graph_of(blocks, at, f"PyTorch {torch.__version__}", {})
    if trouble.users:
        graph.report = graph.report._replace(agreement=_agrees(graph, trouble, gradients, number))
    return graph


def _agrees(graph: Graph, trouble: Trouble, gradients: Gradients, number: Ints) -> tuple[Agreement, ...]:
    found = gradients[trouble.call.first]
    assert found is not None
    here = slice(trouble.place, trouble.place + 1)
    return agreement(graph, [(trouble.call, number[trouble.element][None], found[here])])


def _used(trouble: Trouble, gradients: Gradients) -> list[tuple[Floats, Floats]]:
    """The results that use the element, and their gradients."""
    found = [(_numbers(call)[places], gradients[call.first], places) for call, places in trouble.users]
    return [(numbers, g[places]) for numbers, g, places in found if g is not None]


def _numbers(call: Call) -> Floats:
    numbers: Floats = call.data.double().reshape(-1).numpy()
    return numbers


def _bad(numbers: torch.Tensor) -> Ints:
    return np.flatnonzero(~torch.isfinite(numbers.detach()).reshape(-1).numpy())


def _forward(calls: list[Call]) -> Trouble | None:
    """The first operation whose result is not finite though its operands are."""
    for call in calls:
        bad = _bad(call.data)
        if len(bad) and all(not len(_bad(o.data)) for o in call.operands if o.data.is_floating_point()):
            return Trouble(call, int(bad[0]), [])
    return None


def _backward(calls: list[Call], gradients: Gradients) -> Trouble | None:
    """The tensor next to the loss whose gradient is not finite, and the results that use the element."""
    for k in range(len(calls) - 1, -1, -1):
        found = gradients.get(calls[k].first)
        bad = np.flatnonzero(~np.isfinite(found)) if found is not None else np.empty(0, np.int64)
        if len(bad):
            place = int(bad[0])
            users = [(call, _using(call, calls[k].first + place)) for call in calls[k + 1 :]]
            users = [(call, places) for call, places in users if len(places) and gradients.get(call.first) is not None]
            return Trouble(calls[k], place, users)
    return None


def _using(call: Call, element: int) -> Ints:
    """The results of a call that use an element, as places."""
    if not any(bool((o.ids == element).any()) for o in call.operands if o.ids is not None):
        return np.empty(0, np.int64)
    if contributions(call) > _SCANNED:
        raise LiftError(f"{call.name} is too large to be searched for the results that use one of its operands' elements")
    made = blocks_of(call)
    return np.concatenate([block.ids[(block.operands == element).any(1)] - call.first for block in made])

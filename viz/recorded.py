"""A backward pass recorded without leaving traces: for readers of gradients that another program is using.

`record_backward` sets gradients as `backward()` does. A page or a picture must not set any: the program that asked for it
may be in the middle of adding up a batch.
"""

from typing import Any, NamedTuple

from autograd import Recording, Value, record_backward, turns
from autograd.reverse import differentiable_order, gradients_kept, numbered

from .checked import not_a_root
from .graphs.graph import find


class Recorded(NamedTuple):
    """A pass, and the ids of the `Value`s in it: None if the caller gave a recording, which holds no `Value`s."""

    recording: Recording
    ids: dict[Value, int] | None

    def find(self, node: Any, caller: str) -> int:
        """The id of a node: a `Value`, a label, a name such as 'v3', or an id; see `graph.find`."""
        return find(self.recording.nodes.label, node, caller, self.ids)


def recorded(root: Value | Recording, caller: str = "recorded") -> Recording:
    """The backward pass from a value; a recording is given back as it is.

    Hooks of the graph and rules made by hand run, because they are part of the pass.

    Args:
        root: the value to begin at, or a pass that has been recorded already.
        caller: the calling function, for the message of an error.

    Returns:
        The pass. Every gradient of the graph is as it was before, even if it had not been computed; the recording holds the
        gradients of this pass alone.

    Raises:
        OperandError: root is neither a `Value` nor a recording.
        GraphError: as `backward()`.

    Example:
        >>> x = Value(3.0, label="x")
        >>> len(recorded(x * x)), x.has_grad
        (2, False)
    """
    return numbered_pass(root, caller).recording


def numbered_pass(root: Value | Recording, caller: str) -> Recorded:
    """`recorded`, together with the ids of the `Value`s in it; see there."""
    if isinstance(root, Recording):
        return Recorded(root, None)
    if not isinstance(root, Value):
        raise not_a_root(root, f"{caller}: it shows")
    with turns.lock:  # a pass of another thread comes before, or after the gradients are put back
        nodes = numbered(differentiable_order(root), root)
        with gradients_kept(nodes, forgotten=True):
            recording = record_backward(root)
    return Recorded(recording, {v: i for i, v in enumerate(nodes)})

"""A backward pass recorded without leaving traces: for whoever wants to look at gradients that somebody else is using.

`record_backward` sets gradients as `backward()` does. A page or a picture must not: the program that asked for it may be in
the middle of adding up a batch.
"""

from autograd import OperandError, Recording, Value, record_backward
from autograd.reverse import UNSET, gradients_kept, numbered, topological_order


def recorded(root: Value | Recording, caller: str = "recorded") -> Recording:
    """The backward pass from a value; a recording is given back as it is.

    Args:
        root: the value to begin at, or a pass that has been recorded already.
        caller: who is asking, for the message of an error.

    Returns:
        The pass. Every gradient of the graph is what it was before, also one that had not been computed; the recording
        holds those of this pass alone.

    Raises:
        OperandError: root is neither a `Value` nor a recording.
        GraphError: as `backward()`.

    Example:
        >>> x = Value(3.0, label="x")
        >>> len(recorded(x * x)), x.has_grad
        (2, False)
    """
    if isinstance(root, Recording):
        return root
    if not isinstance(root, Value):
        raise OperandError(f"{caller}: it shows a Value or a Recording, got {type(root).__name__} {root!r}")
    nodes = numbered(topological_order(root), root)
    with gradients_kept(nodes):
        for v in nodes:
            v.grad = UNSET
        return record_backward(root)

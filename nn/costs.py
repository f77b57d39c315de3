"""Costs: what the parameters theta are changed to make small.

Each takes outputs and targets, of one sample or of a batch of them, and gives one number, the mean over the batch.
"""

from collections.abc import Sequence
from typing import Any

import autograd
from autograd import ArgumentError


def _pairs(outputs: Any, targets: Any, name: str) -> list[tuple[Any, Any]]:
    """Outputs and targets side by side.

    Raises:
        ArgumentError: none, or not as many of one as of the other.
    """
    outputs = list(outputs) if isinstance(outputs, Sequence) or hasattr(outputs, "tolist") else [outputs]
    targets = list(targets) if isinstance(targets, Sequence) or getattr(targets, "ndim", False) else [targets]
    if len(outputs) != len(targets) or not outputs:
        raise ArgumentError(f"{name}: {len(outputs)} outputs but {len(targets)} targets; there is one target for each output")
    return list(zip(outputs, targets, strict=True))


def mean_squared_error(outputs: Any, targets: Any) -> Any:
    """The mean of (f(x) - y)**2 over all components of all samples.

    Args:
        outputs, targets: numbers, or (nested) lists of numbers of the same shape.

    Raises:
        ArgumentError: the shapes differ.

    Example:
        >>> mean_squared_error([1.0, 2.0], [0.0, 0.0])
        2.5
    """
    squares: list[Any] = []

    def collect(fs: Any, ys: Any) -> None:
        for f, y in _pairs(fs, ys, "mean_squared_error"):
            if isinstance(f, Sequence):
                collect(f, y)
            else:
                squares.append(autograd.square(f - y))

    collect(outputs, targets)
    return autograd.mean(squares)


def cross_entropy(logits: Sequence[Any], labels: Any) -> Any:
    """-log softmax(logits)[label]: the categorical cross-entropy, from logits and without overflow.

    Args:
        logits: the network's outputs for one sample, one per class; or a list of such, one per sample.
        labels: the class, a whole number from 0; or a list of them.

    Raises:
        ArgumentError: a label that is no class, or numbers of samples that differ.

    Example:
        >>> round(cross_entropy([0.0, 0.0], 1), 4)
        0.6931
    """
    if isinstance(logits[0], Sequence):
        return autograd.mean([_cross_entropy(z, label) for z, label in _pairs(logits, labels, "cross_entropy")])
    return _cross_entropy(logits, labels)


def _cross_entropy(logits: Sequence[Any], label: Any) -> Any:
    if int(label) != label or not 0 <= label < len(logits):
        raise ArgumentError(f"cross_entropy: label {label!r} with {len(logits)} classes; labels are 0 to {len(logits) - 1}")
    return autograd.logsumexp(*logits) - logits[int(label)]


def hinge(scores: Any, targets: Any) -> Any:
    """The mean of max(0, 1 - y * f(x)) for targets y of -1 and 1.

    Raises:
        ArgumentError: a target that is neither, or numbers of samples that differ.

    Example:
        >>> hinge([0.5, -3.0], [1, -1])
        0.25
    """
    pairs = _pairs(scores, targets, "hinge")
    for _, y in pairs:
        if y not in (-1, 1):
            raise ArgumentError(f"hinge: target {y!r}; targets are -1 and 1")
    return autograd.mean([autograd.relu(1.0 - float(y) * f) for f, y in pairs])

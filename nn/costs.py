"""Costs and penalties, which training makes small, and metrics, which tell a person how good the result is.

A cost takes the outputs f(x; theta) and the targets y of one sample or of a batch, and gives one number: the mean over the
batch (`norm_cost` gives the sum, as the course defines it). Outputs and targets have the same shape: numbers, lists or
arrays.
"""

import math
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, overload

import autograd
from autograd import ArgumentError, Value
from autograd.foreign import teach_keywords
from autograd.structure import flatten

from .matching import class_index, labelled, listed, matched
from .parameters import values

if TYPE_CHECKING:
    from autograd._typed import Untyped

    from ._typed import Batch, PlainBatch, ValueBatch


def _rows(thing: Any) -> list[Any]:
    """The samples of a batch; a single sample counts as a batch of one."""
    return list(thing) if thing and isinstance(thing[0], list) else [thing]


@overload
def norm_cost(outputs: "ValueBatch", targets: "Batch") -> Value: ...
@overload
def norm_cost(outputs: "PlainBatch", targets: "PlainBatch") -> float: ...  # type: ignore[overload-overlap]
@overload
def norm_cost(outputs: "Batch", targets: "Batch") -> Value: ...
@overload
def norm_cost(outputs: "Untyped", targets: Any) -> Any: ...
@teach_keywords
def norm_cost(outputs: Any, targets: Any) -> Any:
    """C(theta) = sum_k ||y_k - f(x_k; theta)||: the course's cost, the sum of the distances from target to output.

    Args:
        outputs, targets: one vector, or one per sample.

    Example:
        >>> norm_cost([[3.0, 4.0], [0.0, 1.0]], [[0.0, 0.0], [0.0, 0.0]])
        6.0
    """
    fs, ys = matched(outputs, targets, "norm_cost")
    if not isinstance(fs, list):
        return autograd.norm(ys - fs)
    distances = [
        autograd.norm([y - f for f, y in zip(row_f, row_y, strict=True)])
        for row_f, row_y in zip(_rows(fs), _rows(ys), strict=True)
    ]
    return autograd.sum(distances)


@overload
def mean_squared_error(outputs: "ValueBatch", targets: "Batch") -> Value: ...
@overload
def mean_squared_error(outputs: "PlainBatch", targets: "PlainBatch") -> float: ...  # type: ignore[overload-overlap]
@overload
def mean_squared_error(outputs: "Batch", targets: "Batch") -> Value: ...
@overload
def mean_squared_error(outputs: "Untyped", targets: Any) -> Any: ...
@teach_keywords
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
    fs, ys = matched(outputs, targets, "mean_squared_error")
    pairs = zip(flatten(fs, "outputs")[0], flatten(ys, "targets")[0], strict=True)
    return autograd.mean([autograd.square(f - y) for f, y in pairs])


@overload
def cross_entropy(logits: "ValueBatch", labels: "Batch") -> Value: ...
@overload
def cross_entropy(logits: "PlainBatch", labels: "PlainBatch") -> float: ...  # type: ignore[overload-overlap]
@overload
def cross_entropy(logits: "Batch", labels: "Batch") -> Value: ...
@overload
def cross_entropy(logits: "Untyped", labels: Any) -> Any: ...
@teach_keywords
def cross_entropy(logits: Any, labels: Any) -> Any:
    """-log softmax(logits)[label]: the categorical cross-entropy, from logits and without overflow.

    Args:
        logits: the network's outputs for one sample, one per class; or a list of such lists, one per sample.
        labels: the class, a whole number from 0; or a list of classes.

    Raises:
        ArgumentError: a label that is no class, or numbers of samples that differ.

    Example:
        >>> round(cross_entropy([0.0, 0.0], 1), 4)
        0.6931
    """
    batch, zs, chosen = labelled(logits, labels, "cross_entropy")
    costs = [_cross_entropy(z, label) for z, label in zip(zs, chosen, strict=True)]
    return autograd.mean(costs) if batch else costs[0]


def _cross_entropy(logits: list[Any], label: Any) -> Any:
    return autograd.logsumexp(*logits) - logits[class_index(label, len(logits), "cross_entropy")]


def _scored(scores: Any, targets: Any, allowed: tuple[int, int], name: str) -> list[tuple[Any, float]]:
    """Scores beside two-valued targets."""
    fs, ys = matched(scores, targets, name)
    pairs = list(zip(flatten(fs, name)[0], flatten(ys, name)[0], strict=True))
    for _, y in pairs:
        if y not in allowed:
            other = "(y + 1) / 2" if allowed == (0, 1) else "2 * y - 1"
            hint = f"; of {-1 if allowed == (0, 1) else 0} and 1, {other} makes them" if y in (-1, 0) else ""
            raise ArgumentError(f"{name}: target {float(y):g}; targets are {allowed[0]} and {allowed[1]}{hint}")
    return pairs


@overload
def binary_cross_entropy(logits: "ValueBatch", targets: "Batch") -> Value: ...
@overload
def binary_cross_entropy(logits: "PlainBatch", targets: "PlainBatch") -> float: ...  # type: ignore[overload-overlap]
@overload
def binary_cross_entropy(logits: "Batch", targets: "Batch") -> Value: ...
@overload
def binary_cross_entropy(logits: "Untyped", targets: Any) -> Any: ...
@teach_keywords
def binary_cross_entropy(logits: Any, targets: Any) -> Any:
    """The mean of -log sigmoid(z) where the target is 1 and -log(1 - sigmoid(z)) where it is 0, stable for any logit.

    Args:
        logits: z, before the sigmoid: one number, one per sample, or a list of them for each sample, one per label.
        targets: 0 or 1, in the same shape.

    Raises:
        ArgumentError: another target, or shapes that differ.

    Example:
        >>> round(binary_cross_entropy([0.0, 100.0], [1, 1]), 4)
        0.3466
        >>> round(binary_cross_entropy([[0.0, 100.0], [-100.0, 0.0]], [[1, 1], [0, 1]]), 4)  # two labels for each sample
        0.3466
    """
    pairs = _scored(logits, targets, (0, 1), "binary_cross_entropy")
    return autograd.mean([autograd.softplus(-z if y else z) for z, y in pairs])


@overload
def hinge(scores: "ValueBatch", targets: "Batch") -> Value: ...
@overload
def hinge(scores: "PlainBatch", targets: "PlainBatch") -> float: ...  # type: ignore[overload-overlap]
@overload
def hinge(scores: "Batch", targets: "Batch") -> Value: ...
@overload
def hinge(scores: "Untyped", targets: Any) -> Any: ...
@teach_keywords
def hinge(scores: Any, targets: Any) -> Any:
    """The mean of max(0, 1 - y * f(x)) for targets y of -1 and 1, in the shape of the scores.

    Raises:
        ArgumentError: a target that is neither, or shapes that differ.

    Example:
        >>> hinge([0.5, -3.0], [1, -1])
        0.25
    """
    pairs = _scored(scores, targets, (-1, 1), "hinge")
    return autograd.mean([autograd.relu(1.0 - y * f) for f, y in pairs])


COSTS: dict[str, Callable[[Any, Any], Any]] = {
    "norm": norm_cost,
    "mean_squared_error": mean_squared_error,
    "cross_entropy": cross_entropy,
    "binary_cross_entropy": binary_cross_entropy,
    "hinge": hinge,
}


# --- penalties ---------------------------------------------------------------------------------------------------------


def l1(parameters: Iterable[Value]) -> Value:
    """The sum of |theta|: times a small factor, added to a cost, it drives parameters to 0."""
    return autograd.sum([abs(p) for p in values(parameters, "l1")])


def l2(parameters: Iterable[Value]) -> Value:
    """The sum of theta**2: times a small factor, added to a cost, it keeps parameters small."""
    return autograd.sum([autograd.square(p) for p in values(parameters, "l2")])


# --- metrics -----------------------------------------------------------------------------------------------------------


def accuracy(outputs: Iterable[object], labels: Iterable[object]) -> float:
    """The share of samples that are classified right: by the largest output, or by the sign of a single output.

    Args:
        outputs: per sample a list with one number per class, or one number.
        labels: classes from 0; for single outputs 1 (positive) and 0 or -1.

    Example:
        >>> accuracy([[0.1, 0.9], [0.8, 0.2]], [1, 1])
        0.5
    """
    fs, ys = listed(outputs), listed(labels)
    for what, thing in (("outputs", fs), ("labels", ys)):
        if not isinstance(thing, list):
            raise ArgumentError(f"accuracy: {what} are a list with one for each sample, got {thing!r}")
    if len(fs) != len(ys) or not fs:
        raise ArgumentError(f"accuracy: {len(fs)} outputs but {len(ys)} labels; there is one label for each output")
    right = 0
    for f, y in zip(fs, ys, strict=True):
        if isinstance(f, list) and len(f) > 1:
            right += max(range(len(f)), key=f.__getitem__) == class_index(y, len(f), "accuracy")
        else:
            score = f[0] if isinstance(f, list) else f
            if isinstance(y, (str, list)) or y is None:
                raise ArgumentError(f"accuracy: label {y!r}; of a network with one output they are 1, and 0 or -1")
            right += (score > 0.0) == (y > 0)
    return right / len(fs)


def r_squared(outputs: "Batch", targets: "Batch") -> float:
    """1 - (sum of squared errors) / (sum of squared deviations from the mean): 1 is perfect, 0 no better than the mean.

    Example:
        >>> r_squared([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
        1.0
    """
    fs, ys = matched(outputs, targets, "r_squared")
    f_numbers = [f.data if isinstance(f, Value) else f for f in flatten(fs, "outputs")[0]]
    y_numbers = flatten(ys, "targets")[0]
    mean = autograd.mean(y_numbers)
    # Roots of sums of squares: no square overflows on the way.
    spread = math.dist(y_numbers, [mean] * len(y_numbers))
    if spread == 0.0:
        raise ArgumentError("r_squared: all targets are equal; there is no variance to explain")
    ratio = math.dist(f_numbers, y_numbers) / spread
    return 1.0 - ratio * ratio

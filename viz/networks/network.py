"""`network(model)`: the course's figures of a network, forward and backward.

This module checks the arguments. neurons.py reads the numbers of a network, figure.py decides which of them to show,
columns.py and equations.py help it with places and formulas, and pinned.py writes the figure as DOT.
"""

from typing import TYPE_CHECKING, Any

from autograd import ArgumentError
from autograd.arguments import index, whole, whole_or_none
from autograd.foreign import teach_keywords

from ..checked import truth
from .figure import Focus, backward_figure, forward_figure
from .neurons import Network, read

if TYPE_CHECKING:
    from ..graphs.picture import Picture


@teach_keywords
def network(
    model: Any,
    *,
    backward: bool = False,
    neuron: tuple[int, int] | None = None,
    strongest: int | None = None,
    widest: int = 16,
) -> "Picture":
    """The course's figure of a network: its neurons in columns, with the weights between them.

    Forward, each neuron shows its weighted input z and its activation a, once a forward pass has been made; lines are the
    weights. Backward, each shows its error delta and sigma'(z); arrows run from right to left and carry the shares w * delta,
    which add up to the errors of the layer before. Lines are wide for large numbers, orange above zero and blue below. z, a
    and delta are those of the latest sample that went through the network.

    Args:
        model: has `layers`, each with `W` (one row of weights per neuron) and `b`; for numbers of the passes also `z` and
            `a`, for the equations `activation`.
        backward: draw the backward pass.
        neuron: (layer, neuron), both counted from 1: light up the terms of z, or delta, of this neuron, and write its
            equation below, in symbols and in numbers.
        strongest: how many lines into each neuron are drawn; by default all of them, or 3 where there are more than 64
            between two columns.
        widest: layers with more neurons than this show the neurons with the largest numbers, and fold the others into one.

    Returns:
        A `Picture`: `.save_as("network.svg")` (or .png, .pdf), `.source`.

    Raises:
        OperandError: the model has no such layers.
        ArgumentError: there is no such neuron; or `backward`, and no backward pass has been made.

    Example:
        >>> class Net:
        ...     class Layer:
        ...         W, b, activation = [[0.5, -1.0]], [0.0], "tanh"
        ...     layers = [Layer()]
        >>> picture = network(Net())
        >>> "z¹ = W¹x + b¹" in picture.source
        True

    Source: M. A. Nielsen, Neural Networks and Deep Learning, chapter 2, equations 23 and BP1, BP2.
    """
    strongest, widest = whole_or_none(strongest, "network(strongest=...)"), whole(widest, "network(widest=...)", 2)
    is_backward = truth(backward, "network(backward=...)")
    net = read(model)
    focus = _focus(net, neuron)
    if is_backward:
        _check_backward(net, focus)
    figure = (backward_figure if is_backward else forward_figure)(net, focus, strongest, widest)
    from .pinned import picture_of_figure  # needs the package graphviz, which nothing else here does

    return picture_of_figure(figure)


def _focus(net: Network, neuron: Any) -> Focus | None:
    if neuron is None:
        return None
    try:
        number, i = map(index, neuron)
    except (TypeError, ValueError):
        number = i = None
    if number is None or i is None:
        raise ArgumentError(
            f"network: neuron is {neuron!r}; give layer and neuron, counted from 1: neuron=(1, 2) is the second of layer 1"
        )
    if number == 0:
        raise ArgumentError(f"network: neuron=(0, {i}) is an input; it has no equation. Layers count from 1")
    if not 1 <= number <= len(net.layers):
        raise ArgumentError(f"network: neuron={(number, i)}, but the layers are 1 to {len(net.layers)}")
    if not 1 <= i <= net.size(number):
        raise ArgumentError(f"network: neuron={(number, i)}, but the neurons of layer {number} are 1 to {net.size(number)}")
    return number, i - 1


def _check_backward(net: Network, focus: Focus | None) -> None:
    remedy = (
        "A forward and a backward pass make them: cost = mean_squared_error(model(x), y), cost.backward(), and then "
        "network(model, backward=True)"
    )
    if not any(layer.z for layer in net.layers):
        raise ArgumentError(
            "network: the backward figure shows errors delta, and no forward pass has been made (or the layers do not keep z "
            f"and a). {remedy}"
        )
    if all(d is None for layer in net.layers for d in layer.delta):
        raise ArgumentError(
            f"network: no backward pass has reached the latest forward pass of this network, so there is no delta. {remedy}"
        )
    if focus and net.layers[focus[0] - 1].delta[focus[1]] is None:
        raise ArgumentError(
            f"network: no backward pass has reached neuron {focus[1] + 1} of layer {focus[0]}: the cost does not depend on it"
        )

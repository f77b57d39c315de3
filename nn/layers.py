"""`Neuron`, `Layer`, `MLP`: z = sum_j w_j a_j + b is one node, a = sigma(z) another.

Every node gets its mathematical name, counted from 1: w^l_ij is the weight from neuron j of layer l-1 to neuron i of
layer l; b^l_i, z^l_i, a^l_i. Its scope is 'layer<l>/neuron<i>', which is all that pictures and the debugger need to know
of networks.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import autograd
from autograd import ArgumentError, Value
from autograd.errors import did_you_mean
from autograd.modes import current_scope
from autograd.primitives import TABLE

from .initial import INITIALISATIONS

Activation = str | Callable[[Any], Any]


class Module:
    """Something with parameters."""

    def parameters(self) -> list[Value]:
        """The parameters theta, in a fixed order: layer by layer, neuron by neuron, weights before the bias."""
        return []

    def zero_grad(self) -> None:
        """Set every parameter's gradient to 0, before the next backward pass adds to it."""
        for p in self.parameters():
            p.zero_grad()


def activation_function(activation: Activation) -> Callable[[Any], Any] | None:
    """The function of an activation given by name; None for 'linear'.

    Raises:
        ArgumentError: no function of one number has that name.
    """
    if callable(activation):
        return activation
    if activation == "linear":
        return None
    known = [name for name, row in TABLE.items() if row.method and row.arity - len(row.defaults) == 1] + ["linear"]
    if activation not in known:
        raise ArgumentError(
            f"activation {activation!r} is not known.{did_you_mean(str(activation), known)} It is the name of a function of "
            "one number, such as 'tanh', 'relu' or 'sigmoid', 'linear', or a function"
        )
    function: Callable[[Any], Any] = getattr(autograd, activation)
    return function


def width(n: object, what: str) -> int:
    """`n` checked as a number of neurons or inputs.

    Raises:
        ArgumentError: not a whole number from 1 on.
    """
    if isinstance(n, bool) or not isinstance(n, int) or n < 1:
        raise ArgumentError(f"{what} is {n!r}; it has to be a whole number, at least 1")
    return n


def _indices(*numbers: int) -> str:
    """Indices as mathematics writes them: '13' for 1 and 3, '1,13' when digits could be confused."""
    return ("" if max(numbers) < 10 else ",").join(map(str, numbers))


class Neuron(Module):
    """a = sigma(z), z = w_1 x_1 + ... + w_n x_n + b.

    Args:
        nin: number of inputs.
        nonlin: micrograd's switch: False means a linear neuron whatever `activation` says.
        activation: name of a function of the table ('relu', 'tanh', ...), 'linear', or a function.
        init: name of an initialisation.
        rng: where weights are drawn; the module `random` by default, so that `random.seed` governs it.
        place: (layer, neuron, nout), counted from 1, for the names.

    Attributes:
        w: the weights, one per input.
        b: the bias, 0 at first.
    """

    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        init: str = "uniform",
        rng: Any = random,
        place: tuple[int, int, int] | None = None,
    ) -> None:
        width(nin, "the number of inputs of a neuron")
        if init not in INITIALISATIONS:
            raise ArgumentError(f"initialisation {init!r} is not known.{did_you_mean(init, INITIALISATIONS)} "
                                f"There are: {', '.join(INITIALISATIONS)}")  # fmt: skip
        self.nonlin = nonlin and activation != "linear"
        self.activation: Activation = activation if self.nonlin else "linear"
        self._sigma = activation_function(self.activation)
        layer, i, nout = place or (0, 1, 1)
        self._scope = f"layer{layer}/neuron{i}" if place else ""
        sup = f"^{layer}" if place else ""
        self._z_name, self._a_name = (f"{letter}{sup}_{i}" if place else letter for letter in "za")
        draw = INITIALISATIONS[init]
        self.w = [
            Value(draw(rng, nin, nout), label=f"w{sup}_{_indices(i, j) if place else j}") for j in range(1, nin + 1)
        ]
        self.b = Value(0.0, label=f"b{sup}_{i}" if place else "b")

    def __call__(self, x: Sequence[Any]) -> Any:
        """The activation for the inputs x (numbers or `Value`s, as many as there are weights)."""
        z = autograd.dot(self.w, x, self.b)
        outer = current_scope()
        scope = f"{outer}/{self._scope}" if outer and self._scope else outer or self._scope
        z.label, z.scope = self._z_name, scope
        if self._sigma is None:
            return z
        a = self._sigma(z)
        if a is not z and isinstance(a, Value):
            a.label, a.scope = self._a_name, scope
        return a

    def parameters(self) -> list[Value]:
        """The weights, then the bias."""
        return [*self.w, self.b]

    def __repr__(self) -> str:
        name = self.activation if isinstance(self.activation, str) else getattr(self.activation, "__name__", "custom")
        return f"{'ReLU' if name == 'relu' else name.capitalize()}Neuron({len(self.w)})"


class Layer(Module):
    """a = sigma(W x + b): `nout` neurons that see the same inputs.

    Args:
        nin, nout: numbers of inputs and of neurons.
        number: which layer of a network this is, counted from 1, for the names.
        options: as for `Neuron`.
    """

    def __init__(self, nin: int, nout: int, number: int | None = None, **options: Any) -> None:
        width(nout, "the number of neurons of a layer")
        places = [(number, i, nout) if number else None for i in range(1, nout + 1)]
        self.neurons = [Neuron(nin, place=place, **options) for place in places]

    @property
    def W(self) -> list[list[Value]]:
        """The weight matrix: W[i-1][j-1] is w_ij, from input j to neuron i; one row per neuron."""
        return [neuron.w for neuron in self.neurons]

    @property
    def b(self) -> list[Value]:
        """The biases, one per neuron."""
        return [neuron.b for neuron in self.neurons]

    def __call__(self, x: Sequence[Any]) -> Any:
        """The activations: a list, or the one activation of a layer of one neuron, as in micrograd."""
        nin = len(self.neurons[0].w)
        if len(x) != nin:
            raise ArgumentError(f"the layer takes {nin} inputs, got {len(x)}")
        out = [neuron(x) for neuron in self.neurons]
        return out[0] if len(out) == 1 else out

    def parameters(self) -> list[Value]:
        """Neuron by neuron, weights before the bias."""
        return [p for neuron in self.neurons for p in neuron.parameters()]

    def __repr__(self) -> str:
        return f"Layer of [{', '.join(map(str, self.neurons))}]"


class MLP(Module):
    """A feed-forward network: y = sigma(W^L ... sigma(W^2 sigma(W^1 x + b^1) + b^2) ... + b^L).

    Args:
        nin: number of inputs.
        nouts: the number of neurons of each layer, e.g. [16, 16, 1].
        activation: of every layer but the last.
        output: the last layer's activation, 'linear' by default.
        init: name of the initialisation of the weights (initial.py); biases begin at 0.
        rng: a random.Random to draw from; the module `random` by default.

    Raises:
        ArgumentError: a width below 1, no layers, or an unknown name.

    Example:
        >>> import random
        >>> random.seed(1337)
        >>> model = MLP(2, [16, 16, 1])
        >>> len(model.parameters()), model.parameters()[0].label
        (337, 'w^1_11')
    """

    def __init__(
        self,
        nin: int,
        nouts: Sequence[int],
        *,
        activation: Activation = "relu",
        output: Activation = "linear",
        init: str = "uniform",
        rng: Any = random,
    ) -> None:
        sizes = [nin, *nouts]
        if len(sizes) < 2:
            raise ArgumentError("an MLP needs at least one layer: MLP(2, [16, 16, 1])")
        for n, size in enumerate(sizes):
            width(size, f"the number of neurons of layer {n}" if n else "the number of inputs")
        last = len(nouts)
        self.layers = [
            Layer(sizes[n - 1], sizes[n], n, activation=output if n == last else activation, init=init, rng=rng)
            for n in range(1, last + 1)
        ]

    def __call__(self, x: Sequence[Any]) -> Any:
        """The output for one input vector: a list, or one number if the last layer has one neuron."""
        a: Any = x
        for n, layer in enumerate(self.layers):
            a = layer(a if n == 0 or isinstance(a, list) else [a])
        return a

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def parameters(self) -> list[Value]:
        """All of theta = W^1, b^1, ..., W^L, b^L: layer by layer, neuron by neuron, weights before the bias."""
        return [p for layer in self.layers for p in layer.parameters()]

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(map(str, self.layers))}]"

"""`Neuron`, `Layer`, `MLP`: z = sum_j w_j a_j + b is one node, a = sigma(z) another.

Every node gets its mathematical name, counted from 1: w^l_ij is the weight from neuron j of layer l-1 to neuron i of
layer l; b^l_i, z^l_i, a^l_i. Its scope is 'layer<l>/neuron<i>'; pictures and the debugger need to know nothing else
about networks. A layer remembers z and a of its latest forward pass, and answers delta, dW and db after `cost.backward()`.
"""

import functools
import itertools
import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import autograd
from autograd import ArgumentError, OperandError, Value
from autograd.arguments import whole
from autograd.errors import described, did_you_mean
from autograd.foreign import teach_keywords
from autograd.forms import Pictured
from autograd.modes import current_scope
from autograd.operators import Tracer, function_of, real
from autograd.primitives.table import TABLE, known
from autograd.structure import is_container
from autograd.value import dot_node, share
from autograd.words import counted

from .initial import INITIALISATIONS
from .module import Module, is_frozen

if TYPE_CHECKING:
    from ._typed import Generator, Inputs, Output

Activation = str | Callable[[Any], Any]


def activation_function(activation: Activation) -> Callable[[Any], Any] | None:
    """The function of an activation given by name; None for 'linear'.

    Raises:
        ArgumentError: no function of one number has that name.
    """
    if activation is autograd.softmax:
        raise ArgumentError("softmax acts on all neurons of a layer at once, not on one number; name it: 'softmax'")
    if callable(activation):
        return _one_number(activation)
    if activation == "linear":
        return None
    known = [name for name, row in TABLE.items() if row.method and row.arity - len(row.defaults) == 1]
    if activation not in known:
        raise ArgumentError(
            f"activation {activation!r} is not known.{did_you_mean(str(activation), [*known, 'linear', 'softmax'])} It is the "
            "name of a function of one number, such as 'tanh', 'relu' or 'sigmoid', 'linear', for a whole layer 'softmax', "
            "or a function"
        )
    return function_of(TABLE[activation])


def _one_number(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A user's activation, with a check that it returns one number."""

    @functools.wraps(function)
    def activation(z: Any) -> Any:
        a = function(z)
        if not isinstance(a, Tracer) and real(a) is None:
            raise ArgumentError(f"the activation {name_of(function)} gives {described(a)}; it has to give one number")
        return a

    return activation


def name_of(activation: Activation) -> str:
    """The name of an activation, for people."""
    return activation if isinstance(activation, str) else getattr(activation, "__name__", "custom")


def check_inputs(x: Any, nin: int, who: str) -> None:
    """Check that x is one sample of `nin` inputs.

    Args:
        who: 'the network', 'the layer'.

    Raises:
        ArgumentError: it is a batch, a set, a generator, a number, or too short or too long.
    """
    if isinstance(x, (dict, set, frozenset, str)) or not hasattr(x, "__len__"):
        kind = type(x).__name__
        remedy = {"dict": ": list(x.values()) in the order of the columns", "generator": ": list(x)", "map": ": list(x)"}
        shown = "" if kind in remedy else f" {x!r}"
        raise ArgumentError(f"{who} takes a list of {nin} inputs, got a {kind}{shown}{remedy.get(kind, '')}")
    if is_container(next(iter(x), None)):
        raise ArgumentError(
            f"{who} takes one sample, a list of {nin} inputs, and was given {counted(len(x), 'list')}: for a "
            "batch write [model(x) for x in batch]"
        )
    if len(x) != nin:
        raise ArgumentError(f"{who} takes {nin} inputs, got {len(x)}")


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
        rng: the generator of the weights; the module `random` by default, so that `random.seed` governs it.
        place: (layer, neuron), counted from 1, for the names; without it the parameters are w_1, w_2, ..., b.
        nout: how many neurons share the inputs; some initialisations depend on it.

    Attributes:
        w: the weights, one per input.
        b: the bias, 0 at first.
        z, a: weighted input and activation of the latest forward pass; None before.
    """

    @teach_keywords
    def __init__(
        self,
        nin: int,
        nonlin: bool = True,
        *,
        activation: Activation = "relu",
        init: str = "uniform",
        rng: "Generator" = random,
        place: tuple[int, int] | None = None,
        nout: int = 1,
    ) -> None:
        nin = whole(nin, "the number of inputs of a neuron")
        if init not in INITIALISATIONS:
            raise ArgumentError(f"initialisation {init!r} is not known.{did_you_mean(str(init), INITIALISATIONS)} "
                                f"There are: {', '.join(INITIALISATIONS)}")  # fmt: skip
        if not hasattr(rng, "gauss" if init.endswith("normal") else "uniform"):
            raise ArgumentError(f"rng is {rng!r}; weights are drawn from a random.Random: rng=random.Random(42)")
        self.nonlin: bool = nonlin and activation != "linear"
        self.activation: Activation = activation if self.nonlin else "linear"
        self._sigma = activation_function(self.activation)
        layer, i = place or (0, 0)
        self._scope = f"layer{layer}/neuron{i}" if place else ""
        end, sup = (f"^{layer}_{i}", f"^{layer}") if place else ("", "")
        self._of_z, self._of_a = ({"label": f"{name}{end}", "scope": self._scope} for name in "za")
        draw = INITIALISATIONS[init]
        self.w: list[Value] = [
            Value(draw(rng, nin, nout), label=f"w{sup}_{_indices(i, j) if place else j}") for j in range(1, nin + 1)
        ]
        self.b: Value = Value(0.0, label=f"b{end}")
        self.z: Value | None = None
        self.a: Value | None = None

    def weighted_input(self, x: "Inputs") -> Value:
        """The weighted input z for the inputs x (numbers or `Value`s, as many as there are weights)."""
        z = dot_node(self.w, x, self.b)  # what `dot` asks first; a call less
        if z is None:
            z = autograd.dot(self.w, x, self.b)
        self.z = z
        if not share(z, self._of_z):
            self._name(z, self._of_z)
        return z

    def __call__(self, x: "Inputs") -> Value:
        """The activation for the inputs x."""
        self.a = a = self.weighted_input(x)
        if self._sigma is not None:
            self.a = a = self._sigma(a)
            if not share(a, self._of_a):
                self._name(a, self._of_a)
        return a

    def _name(self, node: Value, names: dict[str, str]) -> None:
        """Give a node its name in this neuron, and its scope; a node that has a name keeps it."""
        if not isinstance(node, Value) or node.label:
            return
        outer = current_scope()
        node.scope = f"{outer}/{self._scope}" if outer and self._scope else outer or self._scope
        node.label = names["label"]

    def parameters(self) -> list[Value]:
        """The weights, then the bias."""
        return [*self.w, self.b]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"z": None, "a": None}  # a copy of a network is not a copy of its latest graph

    def __repr__(self) -> str:
        name = name_of(self.activation)
        return f"{known(name).symbol or name.capitalize()}Neuron({len(self.w)})"


class Layer(Module):
    """a = sigma(W x + b): `nout` neurons that see the same inputs.

    Args:
        nin, nout: numbers of inputs and of neurons.
        number: which layer of a network this is, counted from 1, for the names.
        activation: as for `Neuron`, and 'softmax', which acts on the whole layer.
        nonlin, init, rng: as for `Neuron`.
    """

    @teach_keywords
    def __init__(
        self,
        nin: int,
        nout: int,
        number: int | None = None,
        *,
        nonlin: bool = True,
        activation: Activation = "relu",
        init: str = "uniform",
        rng: "Generator" = random,
    ) -> None:
        nout = whole(nout, "the number of neurons of a layer")
        self.activation: Activation = activation if nonlin else "linear"
        each = "linear" if activation == "softmax" else activation
        self.neurons: list[Neuron] = [
            Neuron(nin, nonlin, activation=each, init=init, rng=rng, place=(number, i) if number else None, nout=nout)
            for i in range(1, nout + 1)
        ]

    def __call__(self, x: "Inputs") -> "Output":
        """The activations: a list, or the one activation of a layer of one neuron, as in micrograd."""
        check_inputs(x, len(self.neurons[0].w), "the layer")
        out: Any
        if self.activation == "softmax":
            out = autograd.softmax([neuron.weighted_input(x) for neuron in self.neurons])
            for neuron, a in zip(self.neurons, out, strict=True):
                neuron.a = a
                neuron._name(a, neuron._of_a)
        else:
            out = [neuron(x) for neuron in self.neurons]
        activations: Output = out[0] if len(out) == 1 else out
        return activations

    @property
    def W(self) -> list[list[Value]]:
        """The weight matrix: W[i-1][j-1] is w_ij, from input j to neuron i; one row per neuron."""
        return [neuron.w for neuron in self.neurons]

    @property
    def b(self) -> list[Value]:
        """The biases, one per neuron."""
        return [neuron.b for neuron in self.neurons]

    @property
    def z(self) -> list[Value]:
        """The weighted inputs of the latest forward pass: z_i = sum_j w_ij x_j + b_i."""
        return self._latest("z")

    @property
    def a(self) -> list[Value]:
        """The activations of the latest forward pass: a_i = sigma(z_i)."""
        return self._latest("a")

    @property
    def delta(self) -> list[float]:
        """The errors delta_i = dC/dz_i of the latest forward pass, after `cost.backward()`."""
        z = self._latest("z", "delta")
        if not all(node.has_grad for node in z):
            raise ArgumentError(
                "delta: no backward pass has reached the latest forward pass of this layer; call cost.backward() first, on a "
                "cost computed from it"
            )
        return [node.grad for node in z]

    @property
    def dW(self) -> list[list[float]]:
        """The derivatives dC/dw_ij, in the shape of W: a_j delta_i, summed over the samples of a batch."""
        return [[w.grad for w in neuron.w] for neuron in self.neurons]

    @property
    def db(self) -> list[float]:
        """The derivatives dC/db_i: delta_i, summed over the samples of a batch."""
        return [neuron.b.grad for neuron in self.neurons]

    def _latest(self, what: str, asked: str = "") -> list[Value]:
        nodes = [getattr(neuron, what) for neuron in self.neurons]
        if nodes[0] is None:
            raise ArgumentError(f"{asked or what}: this layer has not seen an input yet; call the network first")
        return nodes

    def parameters(self) -> list[Value]:
        """Neuron by neuron, weights before the bias."""
        return list(itertools.chain.from_iterable([neuron.parameters() for neuron in self.neurons]))

    def __repr__(self) -> str:
        kind = "Softmax layer" if self.activation == "softmax" else "Layer"
        return f"{kind} of [{', '.join(map(str, self.neurons))}]"


def _sizes(nin: Any, nouts: Any, more: tuple[Any, ...]) -> list[Any]:
    """The number of inputs and the numbers of neurons of all layers, from the arguments of `MLP`.

    Raises:
        OperandError: the arguments have another form: MLP(2, 3), MLP(2, 3, 1), MLP([2, 3, 1]).
        ArgumentError: there are no layers.
    """
    if more or not is_container(nouts) or is_container(nin):
        everything = [size for part in (nin, nouts, *more) for size in (part if is_container(part) else [part])]
        everything = [size for size in everything if not isinstance(size, str)]  # an activation is given by name
        meant = f"MLP({everything[0]!r}, {everything[1:]!r})" if len(everything) > 1 else "MLP(2, [16, 16, 1])"
        raise OperandError(
            f"MLP takes the number of inputs, and a list with the number of neurons of each layer: write {meant}"
        )
    if not len(nouts):
        raise ArgumentError("an MLP needs at least one layer: MLP(2, [16, 16, 1])")
    return [nin, *nouts]


class MLP(Module, Pictured):
    """A feed-forward network: y = sigma(W^L ... sigma(W^2 sigma(W^1 x + b^1) + b^2) ... + b^L).

    Args:
        nin: number of inputs.
        nouts: the number of neurons of each layer, e.g. [16, 16, 1].
        activation: the activation of every layer but the last; or a list with one per layer, including the last.
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

    @teach_keywords
    def __init__(
        self,
        nin: int,
        nouts: Sequence[int] = (),
        *more: Any,
        activation: Activation | Sequence[Activation] = "relu",
        output: Activation = "linear",
        init: str = "uniform",
        rng: "Generator" = random,
    ) -> None:
        given = _sizes(nin, nouts, more)
        sizes = [
            whole(size, f"the number of neurons of layer {n}" if n else "the number of inputs") for n, size in enumerate(given)
        ]
        last = len(nouts)
        if activation is None or isinstance(activation, str) or callable(activation):
            each = [activation] * (last - 1) + [output]
        else:
            each = list(activation)
            if len(each) != last:
                raise ArgumentError(f"{len(each)} activations for {last} layers; give one per layer, the last included")
        self.layers: list[Layer] = [
            Layer(sizes[n - 1], sizes[n], n, activation=each[n - 1], init=init, rng=rng) for n in range(1, last + 1)
        ]

    def __call__(self, x: "Inputs") -> "Output":
        """The output for one input vector: a list, or one number if the last layer has one neuron."""
        check_inputs(x, len(self.layers[0].neurons[0].w), "the network")
        a: Any = x
        for n, layer in enumerate(self.layers):
            a = layer(a if n == 0 or isinstance(a, list) else [a])
        output: Output = a
        return output

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def parameters(self) -> list[Value]:
        """All of theta = W^1, b^1, ..., W^L, b^L: layer by layer, neuron by neuron, weights before the bias."""
        return list(itertools.chain.from_iterable([layer.parameters() for layer in self.layers]))

    def summary(self) -> str:
        """The network as a table: per layer its shape, activation, number of parameters, and how many are frozen.

        Example:
            >>> print(MLP(2, [3, 1]).summary())
            layer  W      activation  parameters  frozen
            1      3 x 2  relu                 9       0
            2      1 x 3  linear               4       0
            theta                             13       0
        """
        rows = [("layer", "W", "activation", "parameters", "frozen")]
        total = frozen = 0
        for n, layer in enumerate(self.layers, start=1):
            ps = layer.parameters()
            still = sum(map(is_frozen, ps))
            total, frozen = total + len(ps), frozen + still
            shape = f"{len(layer.W)} x {len(layer.W[0])}"
            rows.append((str(n), shape, name_of(layer.activation), str(len(ps)), str(still)))
        rows.append(("theta", "", "", str(total), str(frozen)))
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        aligned = [
            "  ".join(cell.rjust(w) if k > 2 else cell.ljust(w) for k, (cell, w) in enumerate(zip(row, widths, strict=True)))
            for row in rows
        ]
        return "\n".join(line.rstrip() for line in aligned)

    def __repr__(self) -> str:
        return f"MLP of [{', '.join(str(layer) for layer in self.layers)}]"

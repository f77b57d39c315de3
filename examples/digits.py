"""The main job: a network of neurons built on `Value` learns handwritten digits, and then explains itself.

    make demo          or        python -m examples.digits [--epochs N] [--hidden N] [--out FOLDER]

First a network of 2-3-1 neurons, which a person can follow with a finger: the backward walk to one weight, figures, a step
of descent. Then the same with scikit-learn's bundled digits (8x8 pixels): training, the accuracy on digits it has not seen,
pictures of one neuron and of the whole network, and the chain rule from the cost to one weight of 2,410. Every number is
computed by the engine, one scalar at a time.
"""

import argparse
import pathlib
import random
import sys
import time
from collections.abc import Sequence
from typing import Any

from rich.console import Console

import viz
from autograd import Value, no_grad, record_backward, record_sources
from nn import MLP, accuracy, cosine, cross_entropy, mean_squared_error
from nn.data import Data, digits
from nn.train import History, fit

Sample = tuple[list[float], int]

console = Console()


def samples(seed: int = 0) -> tuple[Data, Data]:
    """The digits, 64 pixels from 0 to 1 each, shuffled: four fifths to learn from, one fifth held out."""
    return digits().split(0.2, seed)


def train(model: MLP, data: Data, epochs: int, batch: int, rate: float, seed: int) -> History:
    """Stochastic gradient descent on the cross-entropy, with a progress bar; the rate falls along a cosine."""
    return fit(
        model, data, epochs=epochs, batch=batch, optimiser="sgd", rate=rate, schedule=cosine(0.05), seed=seed, validation=None
    )


def follow(out: pathlib.Path) -> None:
    """A network of 2-3-1 neurons and one sample: the backward walk to one weight, in full, and a step of descent."""
    model = MLP(2, [3, 1], activation="tanh", rng=random.Random(4))
    x, y = [Value(1.0, label="x_1"), Value(0.5, label="x_2")], 1.0
    with record_sources():
        cost = mean_squared_error(model(x), y)
    cost.label = "C"
    weight = model.layers[0].W[1][0]
    console.print(f"[bold]A network of 2-3-1 neurons: the backward walk from its cost C to the weight {weight.label}[/bold]\n",
                  soft_wrap=True)  # fmt: skip
    viz.walk(cost, weight)
    cost.backward()
    forward, backward = viz.network(model), viz.network(model, backward=True)
    _save({"small-graph": viz.draw(cost), "small-forward": forward, "small-backward": backward}, out)
    for p in model.parameters():
        p.data -= 0.05 * p.grad
    after = mean_squared_error(model(x), y)
    console.print("\nA step of descent, every weight less 0.05 times its gradient: "
                  f"C falls from {cost.data:.3f} to {after.data:.3f}.", soft_wrap=True)  # fmt: skip


def _save(pictures: dict[str, Any], out: pathlib.Path) -> None:
    """Write pictures as SVG and PNG, and say so."""
    out.mkdir(parents=True, exist_ok=True)
    names = [f"{name}.{suffix}" for name in pictures for suffix in ("svg", "png")]
    for name in names:
        pictures[name.partition(".")[0]].save_as(out / name)
    console.print(f"\nPictures in {out}: {', '.join(names)}", markup=False)


def explain(model: MLP, sample: Sample, out: pathlib.Path) -> None:
    """Draw one neuron and the network, and print how one weight reaches the cost."""
    x, label = sample
    model.zero_grad()
    inputs = [Value(pixel, label=f"x_{j}") for j, pixel in enumerate(x, start=1)]
    with record_sources():
        logits = model(inputs)
        cost = cross_entropy(logits, label)
    cost.label = "C"
    recording = record_backward(cost)  # one pass: a second one would add to the gradients that are drawn
    weight = max(model.layers[0].parameters(), key=lambda p: abs(p.grad))
    console.print(f"\n[bold]The same from the cost C of a {label}, through {len(recording.nodes):,} values, to the weight "
                  f"{weight.label}[/bold]\n")  # fmt: skip
    print(viz.derivation(recording, weight.label, most=1))
    _save({"cost": viz.draw(cost), "neuron": viz.draw(logits[label], radius=1), "network": viz.network(model)}, out)
    page = viz.page(recording, out / "steps.html", title=f"How the network learns from a {label}")
    console.print(f"Step through the backward pass, forwards and backwards, in a browser: {page}", markup=False, soft_wrap=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the main job; 0 if 95 % of the held-out digits are read right."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.digits",
        description="A network of neurons built on `Value` learns handwritten digits, and then explains itself.",
    )
    parser.add_argument("--epochs", type=int, default=12, help="passes over the training digits (default: %(default)s)")
    parser.add_argument("--hidden", type=int, default=32, help="neurons of the hidden layer (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=8, help="digits per step of descent (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=0.2, help="initial learning rate (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the weights and the shuffling (default: %(default)s)")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("demo-output"), help="folder for the pictures")
    options = parser.parse_args(arguments)
    for name in ("epochs", "batch"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} is {getattr(options, name)}; it has to be at least 1")
    follow(options.out)
    learn, held_out = samples()
    model = MLP(64, [options.hidden, 10], activation="tanh", init="xavier_uniform", rng=random.Random(options.seed))
    console.print(f"\n[bold]Digits[/bold]\n\n{len(learn)} digits to learn from, {len(held_out)} held out; "
                  f"64-{options.hidden}-10 neurons, {len(model.parameters())} parameters")  # fmt: skip
    start = time.perf_counter()
    history = train(model, learn, options.epochs, options.batch, options.rate, options.seed)
    if history.stopped == "interrupted":
        console.print("stopped; the network keeps what it has learned so far")
    with no_grad():
        reached = accuracy([model(x) for x in held_out.x], held_out.y)
    console.print(f"held-out digits read right: [bold]{reached:.1%}[/bold]   ({time.perf_counter() - start:.0f} s)")
    explain(model, (held_out.x[0], held_out.y[0]), options.out)
    return 0 if reached >= 0.95 else 1


if __name__ == "__main__":
    sys.exit(main())

"""The plots of docs/plots.md: `python -m examples.plots [--out FOLDER]` trains small networks and draws them.

One learns two half moons as it should, watched as it trains. The others have a disease each: errors that vanish on their way
back through eight layers, errors that explode, relus that die, a rate that is too small, more freedom than samples. The last
plot needs no network: one gradient as a sum.
"""

import argparse
import json
import pathlib
import random
from collections.abc import Sequence
from typing import Any

from autograd import Value, mean, square
from nn import MLP
from nn.data import Data, moons
from nn.train import History, fit
from viz import plots

FOLDER = pathlib.Path(__file__).parent.parent / "docs" / "pictures"


def learned(epochs: int = 20) -> tuple[MLP, Data, History]:
    """A network that learns the moons."""
    data = moons(120, noise=0.15)
    model = MLP(2, [8, 8, 1], activation="tanh", init="xavier_uniform", rng=random.Random(0))
    return model, data, fit(model, data, epochs=epochs, rate=0.02, validation=0.25, progress=False, monitor=True)


def vanishing(epochs: int = 3) -> History:
    """Eight layers of sigmoids: each divides the error by four or more."""
    model = MLP(2, [4] * 7 + [1], activation="sigmoid", rng=random.Random(0))
    return fit(model, moons(60), epochs=epochs, optimiser="sgd", rate=0.1, validation=None, progress=False, monitor=True)


def exploding(epochs: int = 2) -> History:
    """Eight layers of relus with weights three times too large: each multiplies the error."""
    model = MLP(2, [12] * 7 + [1], activation="relu", rng=random.Random(0))
    for p in model.parameters():
        p.data *= 3.0
    return fit(model, moons(60), epochs=epochs, rate=1e-5, validation=None, progress=False, monitor=True)


def dying(epochs: int = 12) -> History:
    """Relus, and a rate whose first steps push most of them below 0 for good."""
    model = MLP(2, [10, 10, 2], activation="relu", init="he_normal", rng=random.Random(0))
    data = moons(120, noise=0.25)
    return fit(model, data, epochs=epochs, optimiser="sgd", rate=2.5, validation=None, progress=False, monitor=3)


def crawling(epochs: int = 12) -> History:
    """A rate of a thousandth of what would do."""
    model = MLP(2, [8, 8, 2], activation="tanh", init="xavier_uniform", rng=random.Random(0))
    return fit(model, moons(60), epochs=epochs, optimiser="sgd", rate=1e-4, validation=None, progress=False, monitor=True)


def overfitting(epochs: int = 60) -> History:
    """A network with more freedom than 30 samples can tie down."""
    learn, held_out = moons(120, noise=0.25).split(0.75)
    model = MLP(2, [16, 16, 2], activation="tanh", rng=random.Random(0))
    return fit(model, learn, epochs=epochs, rate=0.02, validation=held_out, progress=False)


def pulled() -> Value:
    """The cost of a line through the origin: four points pull its slope down, one that lies far off pulls it up."""
    w, points = Value(1.4, label="w"), [(1.0, 1.2), (2.0, 1.9), (3.0, 3.1), (4.0, 3.8), (5.0, 9.0)]
    answers = [w * x for x, _ in points]
    for i, answer in enumerate(answers, start=1):
        answer.label = f"a_{i}"
    return mean([square(answer - y) for answer, (_, y) in zip(answers, points, strict=True)])


def written_in(figure: Any) -> list[str]:
    """Everything that is written in a figure: what a picture and the code that draws it can be compared by."""
    from matplotlib.text import Text

    return sorted({text.get_text() for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()})


def main(arguments: Sequence[str] | None = None) -> list[pathlib.Path]:
    """Draw every plot; returns the files."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.plots",
        description="Train small networks, each but one with a disease of its own, and draw the plots of docs/plots.md.",
    )
    parser.add_argument("--out", type=pathlib.Path, default=FOLDER, help="folder for the pictures (default: docs/pictures)")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the moons (default: %(default)s)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    model, data, history = learned(options.epochs)
    figures = {
        "cost": plots.cost(history),
        "boundary": plots.decision_boundary(model, data),
        "gradients": plots.gradients(history),
        "activations": plots.activations(history),
        "ratio": plots.update_ratio(history),
        "errors": plots.errors(vanishing()),
        "exploding": plots.errors(exploding()),
        "dying": plots.activations(dying()),
        "crawling": plots.update_ratio(crawling()),
        "overfitting": plots.cost(overfitting()),
        "contributions": plots.contributions(pulled(), "w"),
    }
    written = []
    for name, figure in figures.items():
        path = options.out / f"plots-{name}.png"
        figure.savefig(path, dpi=110, metadata={"Software": None, "Description": json.dumps(written_in(figure))})
        written.append(path)
        print(path)
    return written


if __name__ == "__main__":
    main()

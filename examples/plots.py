"""The plots of docs/plots.md: `python -m examples.plots [--out FOLDER]` trains two small networks and draws them.

One network that learns two half moons, watched as it trains; and one of eight layers of sigmoids, whose errors vanish on
their way back.
"""

import argparse
import pathlib
import random
from collections.abc import Sequence

import viz.plots as plots
from nn import MLP
from nn.data import Data, moons
from nn.train import History, fit

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


def main(arguments: Sequence[str] | None = None) -> list[pathlib.Path]:
    """Draw every plot; returns the files."""
    parser = argparse.ArgumentParser(
        prog="python -m examples.plots", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=pathlib.Path, default=FOLDER, help="folder for the pictures (default: docs/pictures)")
    parser.add_argument("--epochs", type=int, default=20, help="passes over the moons (default: %(default)s)")
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    model, data, history = learned(options.epochs)
    deep = vanishing()
    figures = {
        "cost": plots.cost(history),
        "boundary": plots.decision_boundary(model, data),
        "gradients": plots.gradients(history),
        "activations": plots.activations(history),
        "ratio": plots.update_ratio(history),
        "errors": plots.errors(deep),
    }
    written = []
    for name, figure in figures.items():
        path = options.out / f"plots-{name}.png"
        figure.savefig(path, dpi=110, metadata={"Software": None})
        written.append(path)
        print(path)
    return written


if __name__ == "__main__":
    main()

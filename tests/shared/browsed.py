"""What tests of pages in a browser share: its settings, and graphs to look at."""

import random
from collections.abc import Callable
from typing import Any

from autograd import Value, record_sources, tanh
from nn import MLP, mean_squared_error

ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
SETTINGS: dict[str, Any] = {"viewport": {"width": 1280, "height": 720}, "reduced_motion": "reduce"}
Open = Callable[..., Any]


def neuron() -> Any:
    x, w, b = Value(2.0, label="x"), Value(-3.0, label="w"), Value(6.5, label="b")
    with record_sources():
        cost = (tanh(w * x + b) - 1.0) ** 2 + 0.1 * w * w
    cost.label = "C"
    return cost


def network(samples: int = 1, sizes: tuple[int, ...] = (3, 2)) -> Value:
    rng = random.Random(1)
    model = MLP(2, list(sizes), activation="tanh", rng=rng)
    batch = [[rng.uniform(-1, 1), rng.uniform(-1, 1)] for _ in range(samples)]
    cost: Value = mean_squared_error([model(x) for x in batch], [[0.5] * sizes[-1]] * samples)
    return cost

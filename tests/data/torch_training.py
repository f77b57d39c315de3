"""Write torch_training.json: what PyTorch does in the first steps of each optimiser, and in 100 steps on the digits.

Run once, in an environment with PyTorch and scikit-learn (the figures in the file are from 2.13.0, CPU, float64):

    PYTHONPATH=. python tests/data/torch_training.py

The tests do the same with the engine and compare number by number; PyTorch itself is no dependency.
"""

import json
import pathlib
import random
from collections.abc import Callable
from typing import Any

import torch
from torch.nn import functional

from nn import MLP
from nn.data import digits

START = [-1.2, 1.0, 0.5]
GAPS = ["xz", "y", "xyz", "", "z", "xy", "", "x", "yz", "xyz"]  # the parameters that have a gradient in each step

OPTIMISERS: dict[str, Callable[[Any], Any]] = {
    "sgd": lambda ps: torch.optim.SGD(ps, lr=0.001),
    "sgd momentum": lambda ps: torch.optim.SGD(ps, lr=0.001, momentum=0.9),
    "sgd nesterov": lambda ps: torch.optim.SGD(ps, lr=0.001, momentum=0.9, nesterov=True),
    "rmsprop": lambda ps: torch.optim.RMSprop(ps, lr=0.01),
    "rmsprop decay": lambda ps: torch.optim.RMSprop(ps, lr=0.01, alpha=0.9, eps=1e-6),
    "adam": lambda ps: torch.optim.Adam(ps, lr=0.1),
    "adam betas": lambda ps: torch.optim.Adam(ps, lr=0.1, betas=(0.8, 0.99), eps=1e-6),
    "adamw": lambda ps: torch.optim.AdamW(ps, lr=0.1),
    "adamw decay": lambda ps: torch.optim.AdamW(ps, lr=0.1, weight_decay=0.3),
}


def valley(x: Any, y: Any, z: Any) -> Any:
    """Rosenbrock's valley and a quartic: curved, badly scaled, with a gradient that changes sign."""
    return (1.0 - x) * (1.0 - x) + 100.0 * (y - x * x) * (y - x * x) + z * z * z * z


def first_steps(make: Callable[[Any], Any], steps: int = 10) -> list[list[float]]:
    """The parameters after each step."""
    ps = [torch.tensor(u, dtype=torch.float64, requires_grad=True) for u in START]
    optimiser = make(ps)
    path = []
    for _ in range(steps):
        optimiser.zero_grad()
        valley(*ps).backward()
        optimiser.step()
        path.append([float(p.detach()) for p in ps])
    return path


def with_gaps(make: Callable[[Any], Any]) -> list[list[float]]:
    """The parameters after each step, when not every one of them is in the graph of every cost: its grad is None then."""
    ps = [torch.tensor(u, dtype=torch.float64, requires_grad=True) for u in START]
    optimiser = make(ps)
    path = []
    for names in GAPS:
        optimiser.zero_grad()
        if names:
            valley(*(p if name in names else p.detach() for p, name in zip(ps, "xyz", strict=True))).backward()
        optimiser.step()
        path.append([float(p.detach()) for p in ps])
    return path


def digits_costs(steps: int = 100, batch: int = 16) -> list[float]:
    """The cost of each step of plain gradient descent on a 64-32-10 network, weights and batches from seeds."""
    model = MLP(64, [32, 10], activation="tanh", init="xavier_uniform", rng=random.Random(0))
    data = digits()
    order = list(range(len(data.x)))
    random.Random(0).shuffle(order)
    tensors = []
    for layer in model.layers:
        W = torch.tensor([[w.data for w in row] for row in layer.W], dtype=torch.float64, requires_grad=True)
        b = torch.tensor([v.data for v in layer.b], dtype=torch.float64, requires_grad=True)
        tensors += [W, b]
    optimiser = torch.optim.SGD(tensors, lr=0.2)
    costs = []
    for step in range(steps):
        chosen = [order[i % len(order)] for i in range(step * batch, (step + 1) * batch)]
        x = torch.tensor([data.x[i] for i in chosen], dtype=torch.float64)
        y = torch.tensor([data.y[i] for i in chosen])
        cost = functional.cross_entropy(torch.tanh(x @ tensors[0].T + tensors[1]) @ tensors[2].T + tensors[3], y)
        optimiser.zero_grad()
        cost.backward()
        optimiser.step()
        costs.append(float(cost.detach()))
    return costs


def main() -> None:
    """Write the file beside this one."""
    content = {
        "torch": torch.__version__,
        "start": START,
        "optimisers": {name: first_steps(make) for name, make in OPTIMISERS.items()},
        "gaps": GAPS,
        "with gaps": {name: with_gaps(make) for name, make in OPTIMISERS.items()},
        "digits": digits_costs(),
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(content, indent=0) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""Why residual connections: how much of the error arrives at the first of many layers, with and without them.

    python -m examples.residual

A layer is a list comprehension over `dot`; a residual connection is a `+`.
"""

import math
import random
from typing import Any

from autograd import Value, dot, norm, tanh

WIDTH, DEPTH = 6, 24


def weights(rng: random.Random) -> list[list[list[Value]]]:
    """One matrix per layer, small enough for plain layers to shrink what passes through them."""
    spread = 0.6 / math.sqrt(WIDTH)
    return [[[Value(rng.gauss(0.0, spread)) for _ in range(WIDTH)] for _ in range(WIDTH)] for _ in range(DEPTH)]


def errors(residual: bool, seed: int = 0) -> list[float]:
    """The size of delta^l in every layer, from the first to the last."""
    rng = random.Random(seed)
    theta = weights(rng)
    a: list[Any] = [rng.uniform(-1.0, 1.0) for _ in range(WIDTH)]
    zs = []
    for W in theta:
        z = [dot(row, a) for row in W]
        zs.append(z)
        a = [x + tanh(u) for x, u in zip(a, z, strict=True)] if residual else [tanh(u) for u in z]
    norm([v - 1.0 for v in a]).backward()
    return [math.hypot(*(u.grad for u in z)) for z in zs]


def main() -> tuple[float, float]:
    """Print both side by side; returns how much of the last layer's error arrives at the first, without and with."""
    plain, connected = errors(residual=False), errors(residual=True)
    print("layer   |delta| plain   |delta| residual")
    for layer in (1, 6, 12, 18, 24):
        print(f"{layer:5}   {plain[layer - 1]:13.2e}   {connected[layer - 1]:16.2e}")
    return plain[0] / plain[-1], connected[0] / connected[-1]


if __name__ == "__main__":
    main()

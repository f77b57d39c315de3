"""The parameters are adapted to every sample, and forgotten."""

import random

from autograd import Value, dot, square, tanh


def values(*numbers, label="w"):
    return [Value(x, label=f"{label}_{k}") for k, x in enumerate(numbers, start=1)]


rng = random.Random(0)
for _ in range(12):
    w = values(0.5, -0.3, 0.2)
    square(tanh(dot(w, [rng.gauss(0, 1) for _ in w])) - 0.2).backward()
    for p in w:
        p.data -= 0.1 * p.grad

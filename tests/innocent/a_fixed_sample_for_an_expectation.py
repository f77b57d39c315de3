"""The generator is seeded in every step: a fixed sample stands for the expectation, so that the cost is a function."""

import random

from autograd import Value, mean, square


def noise(n):
    draw = random.Random(0)
    return [draw.gauss(0.0, 1.0) for _ in range(n)]


m, s = Value(0.0, label="m"), Value(1.0, label="s")
for _ in range(40):
    cost = mean([square(m + s * e - 1.0) for e in noise(20)])
    cost.backward()
    for p in (m, s):
        p.data -= 0.1 * p.grad
        p.zero_grad()

"""The weights are what the update makes them."""

import random

from autograd import Value, mean, square

rng = random.Random(49)
w = [Value(rng.gauss(0, 1), label=f"w_{i}") for i in range(3)]
xs = [[rng.gauss(0, 1) for _ in w] for _ in range(10)]
for _ in range(20):
    cost = mean([square(sum(p * u for p, u in zip(w, x, strict=True)) - 1.3 * x[0] + 0.4 * x[2]) for x in xs])
    cost.backward()
    for p in w:
        p.data = p.data - 0.1 * p.grad
        p.zero_grad()

"""The pairs are a generator, which is empty after the first epoch: nine of ten epochs do nothing."""

import random

from autograd import Value, square

rng = random.Random(76)
w, b = Value(0.0, label="w"), Value(0.0, label="b")
xs = [rng.uniform(-1, 1) for _ in range(12)]
pairs = list(zip(xs, [3 * x - 1 for x in xs], strict=True))
for _ in range(10):
    for x, y in pairs:
        cost = square(w * x + b - y)
        cost.backward()
        for p in (w, b):
            p.data -= 0.1 * p.grad
            p.zero_grad()

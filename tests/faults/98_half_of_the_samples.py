"""The batches go through the first half of the samples only, where the curve is another one than in the second."""
# diagnose: samples never used

import random

from autograd import Value, mean, square

rng = random.Random(98)
points = [(x / 10.0, abs(x / 10.0 - 2.0) + rng.gauss(0.0, 0.05)) for x in range(40)]
a, b, c = Value(0.1, label="a"), Value(0.0, label="b"), Value(0.0, label="c")
n = len(points) // 2  # <- here
for _ in range(15):
    for start in range(0, n, 5):
        batch = points[start : start + 5]
        cost = mean([square(a * (x - 2.0) ** 2 + b * x + c - y) for x, y in batch])
        cost.backward()
        for p in (a, b, c):
            p.data -= 0.02 * p.grad
            p.zero_grad()

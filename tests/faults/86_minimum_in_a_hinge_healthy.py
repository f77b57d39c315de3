"""The hinge is the maximum."""

import random

from autograd import Value, maximum, mean

rng = random.Random(40)
points = [(rng.gauss(1.5 * s, 0.6), rng.gauss(-0.8 * s, 0.6), s) for s in (-1, 1) * 12]
w0, w1, b = Value(0.1, label="w0"), Value(0.1, label="w1"), Value(0.0, label="b")
for _ in range(60):
    costs = []
    for x, y, s in points:
        z = 1.0 - s * (w0 * x + w1 * y + b)
        costs.append(maximum(0.0, z))
    cost = mean(costs) + 0.01 * (w0 * w0 + w1 * w1)
    cost.backward()
    for p in (w0, w1, b):
        p.data -= 0.2 * p.grad
        p.zero_grad()

"""The penalty is computed from the weights."""

import random

from autograd import Value, dot, mean, square

rng = random.Random(142)
rows = [[rng.gauss(0, 1) for _ in range(4)] for _ in range(8)]
targets = [row[0] + rng.gauss(0, 0.5) for row in rows]
weights = [Value(0.0, label=f"w_{k}") for k in range(4)]
for _ in range(30):
    fit = mean([square(dot(weights, row) - y) for row, y in zip(rows, targets, strict=True)])
    penalty = sum(w * w for w in weights)
    cost = fit + 0.3 * penalty
    cost.backward()
    for w in weights:
        w.data -= 0.1 * w.grad
        w.zero_grad()

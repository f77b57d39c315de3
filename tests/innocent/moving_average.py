"""The moving average of the weights is kept as Values, for evaluation: no cost is computed from it."""

import random

from autograd import Value, square

rng = random.Random(12)
w = [Value(0.5, label="w_1"), Value(-0.5, label="w_2"), Value(0.0, label="w_3")]
average = [Value(p.data, label=f"average_{i}") for i, p in enumerate(w)]
for _ in range(60):
    x, y = rng.gauss(0.0, 1.0), rng.gauss(0.0, 1.0)
    cost = square(w[0] * x + w[1] * y + 0.0 * w[2] - (2.0 * x - y))
    cost.backward()
    for p, mean in zip(w, average, strict=True):
        p.data -= 0.05 * p.grad
        p.zero_grad()
        mean.data = 0.95 * mean.data + 0.05 * p.data

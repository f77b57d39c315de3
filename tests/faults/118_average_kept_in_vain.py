"""A running average of the parameters is kept, and never put in their place: one sample at a time they end anywhere."""
# diagnose: kept in vain

import random

from autograd import Value

rng = random.Random(5)
points = [(x, 2.0 * x + 1.0 + rng.gauss(0, 1.0)) for x in [rng.uniform(-1, 1) for _ in range(30)]]
w, b, averages = Value(0.0, label="w"), Value(0.0, label="b"), [0.0, 0.0]
for step in range(300):
    x, y = points[step % 30]
    cost = (w * x + b - y) ** 2
    cost.backward()
    for k, p in enumerate((w, b)):
        p.data -= 0.3 * p.grad
        p.zero_grad()
        averages[k] = 0.98 * averages[k] + 0.02 * p.data  # <- here

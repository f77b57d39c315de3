"""A negative number to the power 0.5 is nan."""
# diagnose: not finite

import random

from autograd import Value, mean, square

rng = random.Random(1)
xs = [rng.uniform(-1, 1) for _ in range(8)]
ys = [0.5 + 0.2 * x for x in xs]
w, b = Value(1.0, label="w"), Value(0.5, label="b")
for _ in range(8):
    costs = []
    for x, y in zip(xs, ys, strict=True):
        base = w * x + b
        predicted = base**0.5  # <- here
        costs.append(square(predicted - y))
    cost = mean(costs)
    cost.backward()
    for p in (w, b):
        p.data -= 0.1 * p.grad
        p.zero_grad()

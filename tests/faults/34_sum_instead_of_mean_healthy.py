"""The cost is the mean."""

import random

from autograd import Value, mean, square

rng = random.Random(24)
xs = [rng.gauss(0, 1) for _ in range(100)]
w, b = Value(0.5, label="w"), Value(0.0, label="b")
for _ in range(12):
    errors = [square(w * x + b - (2.0 * x + 1.0)) for x in xs]
    cost = mean(errors)
    cost.backward()
    for p in (w, b):
        p.data -= 0.05 * p.grad
        p.zero_grad()

"""The mean over the samples is divided by their number again: every step is fifty times too short."""
# diagnose: divided twice

import random

from autograd import Value, mean, square

rng = random.Random(5)
w, b = Value(0.0, label="w"), Value(0.0, label="b")
data = [(x, 4 * x + 2) for x in (rng.uniform(-1, 1) for _ in range(50))]
for _ in range(60):
    errors = [square(w * x + b - y) for x, y in data]
    cost = mean(errors) / len(data)  # <- here
    cost.backward()
    for p in (w, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()

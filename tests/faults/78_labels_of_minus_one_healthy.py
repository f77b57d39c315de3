"""A binary cross-entropy gets labels of -1 and 1: it falls without end, and the weights run away."""

import random

from autograd import Value, mean, softplus

rng = random.Random(78)
points = [(rng.gauss(0.7 * s, 1.0), s) for s in (-1, 1) * 12]
w, b = Value(0.0, label="w"), Value(0.0, label="b")
for _ in range(60):
    logits = [(w * x + b, s) for x, s in points]
    cost = mean([softplus(z) - (s + 1) / 2 * z for z, s in logits])
    cost.backward()
    for p in (w, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()

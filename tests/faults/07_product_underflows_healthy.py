"""Logarithms are added instead."""

import random

from autograd import Value, log, sigmoid, sum

rng = random.Random(3)
flips = [rng.random() < 0.3 for _ in range(2000)]
z = Value(0.0, label="z")
for _ in range(3):
    p = sigmoid(z)
    cost = -sum([log(p if head else 1.0 - p) for head in flips])
    cost.backward()
    z.data -= 1e-4 * z.grad
    z.zero_grad()

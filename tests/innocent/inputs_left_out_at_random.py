"""Inputs are left out at random in training: with the holes in them no output is as good as it will be without."""

import random

from autograd import Value, dot
from nn import Adam

rng = random.Random(21)
rows = [[rng.uniform(0.5, 1.5) for _ in range(5)] for _ in range(30)]
samples = [(x, 3.0 * sum(x)) for x in rows]
weights, bias = [Value(0.05) for _ in range(5)], Value(0.0)
optimiser = Adam([*weights, bias], rate=0.1)
for _ in range(200):
    masked = [([v / 0.8 if rng.random() < 0.8 else 0.0 for v in x], y) for x, y in samples]
    cost = sum((dot(weights, x, bias) - y) ** 2 for x, y in masked) / len(masked)
    optimiser.zero_grad()
    cost.backward()
    optimiser.step()
assert sum((dot(weights, x, bias).data - y) ** 2 for x, y in samples) / len(samples) < 0.5 * cost.data

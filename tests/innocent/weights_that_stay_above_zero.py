"""Least squares whose weights are not allowed below 0: the errors follow the input that would have a weight below."""

import random

from autograd import Value, dot
from nn import mean_squared_error

rng = random.Random(13)
inputs = [[rng.gauss(0.0, 1.0) for _ in range(3)] for _ in range(30)]
targets = [1.5 * a + 0.7 * b - 0.9 * c for a, b, c in inputs]
weights = [Value(0.2) for _ in range(3)]
for _ in range(120):
    cost = mean_squared_error([dot(weights, x) for x in inputs], targets)
    for w in weights:
        w.zero_grad()
    cost.backward()
    for w in weights:
        w.data = max(0.0, w.data - 0.1 * w.grad)
assert weights[2].data == 0.0 < weights[0].data

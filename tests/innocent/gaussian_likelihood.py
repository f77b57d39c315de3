"""A cost that goes below 0 and is right to."""

import random

from autograd import Value, exp, mean, square

rng = random.Random(8)
m, s = Value(0.0, label="mean"), Value(0.0, label="log_sigma")
sample = [rng.gauss(1.0, 0.1) for _ in range(10)]
for _ in range(60):
    mean([0.5 * square((x - m) * exp(-s)) + s for x in sample]).backward()
    for p in (m, s):
        p.data -= 0.02 * p.grad
        p.zero_grad()

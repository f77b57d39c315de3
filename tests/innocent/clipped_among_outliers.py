"""A line through a stream in which one reading in ten is far off: clipped steps find it, and the squared error says nothing."""

import random

from autograd import Value

rng = random.Random(44)


def reading():
    x, noise = rng.uniform(-1.0, 1.0), rng.gauss(0.0, 0.2)
    if rng.random() < 0.1:
        noise = rng.choice((-1.0, 1.0)) * rng.uniform(30.0, 60.0)
    return x, 1.0 + 2.0 * x + noise


intercept, slope = Value(0.0, label="intercept"), Value(0.0, label="slope")
for n in range(1500):
    x, y = reading()
    cost = 0.5 * (intercept + slope * x - y) ** 2
    for p in (intercept, slope):
        p.zero_grad()
    cost.backward()
    for p in (intercept, slope):
        p.data -= 0.05 / (1.0 + n / 500.0) * max(-1.0, min(p.grad, 1.0))
assert abs(intercept.data - 1.0) + abs(slope.data - 2.0) < 0.3

"""A third of a series is in no pass: it is kept for a test, to which an index leads."""

import random

from autograd import Value, mean, square

rng = random.Random(2)
series = [0.15]
for _ in range(30):
    series.append(0.9 * series[-1] + rng.gauss(0.0, 0.3))
a, c = Value(0.0, label="a"), Value(0.0, label="c")
for _ in range(60):
    cost = mean([square(a * series[t] + c - series[t + 1]) for t in range(20)])
    cost.backward()
    for p in (a, c):
        p.data -= 0.2 * p.grad
        p.zero_grad()
error = sum((a.data * series[t] + c.data - series[t + 1]) ** 2 for t in range(20, 30))

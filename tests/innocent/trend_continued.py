"""A trend is continued beyond the days it was fitted to, and a batch is a list of places, far larger than the numbers there."""

import random

from autograd import Value, mean, square

rng = random.Random(4)
days = [k / 20 for k in range(40)]
seen = [1.0 + 2.0 * t + rng.gauss(0, 0.1) for t in days]
a, b = Value(0.0, label="a"), Value(0.0, label="b")


def trend(t):
    return a * t + b


for _ in range(120):
    batch = rng.sample(range(40), 8)
    mean([square(trend(days[k]) - seen[k]) for k in batch]).backward()
    for p in (a, b):
        p.data -= 0.2 * p.grad
        p.zero_grad()
later = [2.0, 2.5, 3.0, 4.0, 5.0]
print([round(trend(t).data, 1) for t in later])

"""A penalty whose kink holds weights at 0."""

import random

from autograd import Value, dot, mean, square
from nn import SGD, l1


def values(*numbers, label="w"):
    return [Value(x, label=f"{label}_{k}") for k, x in enumerate(numbers, start=1)]


w = values(0.0, 0.0, 0.3)
rng = random.Random(2)
xs = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(12)]
descent = SGD(w, rate=0.05)
for _ in range(40):
    descent.zero_grad()
    (mean([square(dot(w, x) - 2.0 * x[2]) for x in xs]) + 0.1 * l1(w)).backward()
    descent.step()

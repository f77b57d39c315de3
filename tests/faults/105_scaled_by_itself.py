"""The samples of the test are scaled by their own range, and not by that of the samples trained on."""
# diagnose: scaled by itself

import random

from autograd import Value, mean, square

rng = random.Random(105)


def scaled(column, low, high):
    return [(x - low) / (high - low) for x in column]


def price(x):
    return a * x + b


sizes, later = [rng.uniform(20, 90) for _ in range(20)], [rng.uniform(60, 140) for _ in range(20)]
inputs = scaled(sizes, min(sizes), max(sizes))
a, b = Value(1.0, label="a"), Value(0.0, label="b")
for _ in range(40):
    cost = mean([square(price(x) - 0.03 * size) for x, size in zip(inputs, sizes, strict=True)])
    cost.backward()
    for p in (a, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()
test = scaled(later, min(later), max(later))  # <- here
error = sum((price(x).data - 0.03 * size) ** 2 for x, size in zip(test, later, strict=True)) / 20

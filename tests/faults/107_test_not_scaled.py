"""The model was trained on scaled inputs, and is tested with inputs as they were measured."""
# diagnose: inputs of another range

import random

from autograd import Value, mean, square

rng = random.Random(107)


def scaled(x):
    return (x - 1000.0) / 50.0


def answer(x):
    return a * x + b


train, test = [rng.uniform(900, 1100) for _ in range(20)], [rng.uniform(900, 1100) for _ in range(20)]
inputs = [scaled(x) for x in train]
a, b = Value(1.0, label="a"), Value(0.0, label="b")
for _ in range(30):
    cost = mean([square(answer(x) - 0.01 * original) for x, original in zip(inputs, train, strict=True)])
    cost.backward()
    for p in (a, b):
        p.data -= 0.2 * p.grad
        p.zero_grad()
error = sum((answer(x).data - 0.01 * x) ** 2 for x in test) / 20  # <- here

"""The test begins before the training set ends: a third of it has been trained on."""
# diagnose: test trained on

import random

from autograd import Value, mean, square

rng = random.Random(106)
xs = [rng.gauss(0, 1) for _ in range(30)]
rows = [(x, 2.0 * x + rng.gauss(0, 0.5)) for x in xs]
train = rows[:24]
test = rows[20:]  # <- here
a, b = Value(1.0, label="a"), Value(0.0, label="b")


def line(x):
    return a * x + b


for _ in range(30):
    cost = mean([square(line(x) - y) for x, y in train])
    cost.backward()
    for p in (a, b):
        p.data -= 0.2 * p.grad
        p.zero_grad()
error = sum((line(x).data - y) ** 2 for x, y in test) / len(test)

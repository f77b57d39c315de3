"""The data of the parameters is assigned."""

import random

from autograd import Value, mean, square

rng = random.Random(44)
w, b = Value(0.5, label="w"), Value(0.0, label="b")
parameters = [w, b]
xs = [rng.gauss(0, 1) for _ in range(10)]
for _ in range(20):
    cost = mean([square(w * x + b - (2.0 * x + 1.0)) for x in xs])
    for p in parameters:
        p.zero_grad()
    cost.backward()
    for p in parameters:
        p.data = p.data - 0.1 * p.grad

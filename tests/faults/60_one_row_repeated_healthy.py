"""Every row is a list of its own."""

import random

from autograd import Value, dot, mean, square, tanh

rng = random.Random(45)
W = [[Value(rng.gauss(0, 1)) for _ in range(2)] for _ in range(4)]
v = [Value(rng.gauss(0, 1), label=f"v_{i}") for i in range(4)]
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(12)]
for _ in range(30):
    cost = mean([square(dot(v, [tanh(dot(row, x)) for row in W]) - x[0] * x[1]) for x in xs])
    cost.backward()
    for p in {*v, *(w for row in W for w in row)}:
        p.data -= 0.05 * p.grad
        p.zero_grad()

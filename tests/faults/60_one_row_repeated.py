"""[[...]] * 4 is one row of weights four times: the layer has one unit."""
# diagnose: one weight in many places

import random

from autograd import Value, dot, mean, square, tanh

rng = random.Random(45)
W = [[Value(rng.gauss(0, 1)) for _ in range(2)]] * 4  # <- here
v = [Value(rng.gauss(0, 1), label=f"v_{i}") for i in range(4)]
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(12)]
for _ in range(30):
    cost = mean([square(dot(v, [tanh(dot(row, x)) for row in W]) - x[0] * x[1]) for x in xs])
    cost.backward()
    for p in {*v, *(w for row in W for w in row)}:
        p.data -= 0.05 * p.grad
        p.zero_grad()

"""An autoencoder whose second layer is the first one turned round: the weights are read by rows, and then by columns."""

import random

from autograd import Value, mean, square

rng = random.Random(5)
W = [[Value(rng.gauss(0, 0.4), label=f"W{i}{j}") for j in range(2)] for i in range(2)]
points = [(1.5 * u + 0.1 * v, 0.8 * u - 0.2 * v) for u, v in ((rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(16))]
for _ in range(80):
    costs = []
    for x, y in points:
        h = [W[i][0] * x + W[i][1] * y for i in range(2)]
        back = [W[0][j] * h[0] + W[1][j] * h[1] for j in range(2)]
        costs.append(square(back[0] - x) + square(back[1] - y))
    mean(costs).backward()
    for p in W[0] + W[1]:
        p.data -= 0.05 * p.grad
        p.zero_grad()

"""Biases of -10: every relu is off for every sample."""
# diagnose: dead units

import random

from autograd import Value, dot, mean, relu, square

rng = random.Random(8)
W = [[Value(rng.gauss(0, 1), label=f"w_{i}{j}") for j in (1, 2)] for i in (1, 2, 3)]
b = [Value(-10.0, label=f"b_{i}") for i in (1, 2, 3)]
v, c = [Value(rng.gauss(0, 1), label=f"v_{i}") for i in (1, 2, 3)], Value(0.0, label="c")
theta = [*W[0], *W[1], *W[2], *b, *v, c]
xs = [[rng.gauss(0, 1), rng.gauss(0, 1)] for _ in range(10)]
for _ in range(15):
    costs = []
    for x in xs:
        h = [relu(dot(row, x, bias)) for row, bias in zip(W, b, strict=True)]  # <- here
        costs.append(square(dot(v, h, c) - x[0] * x[1]))
    cost = mean(costs)
    cost.backward()
    for p in theta:
        p.data -= 0.05 * p.grad
        p.zero_grad()

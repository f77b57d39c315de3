"""The mask of the dropout keeps nothing: a random number is never above 1."""

import random

from autograd import Value, dot, mean, square, tanh

rng = random.Random(17)
W = [[Value(rng.gauss(0, 1), label=f"w_{i}{j}") for j in (1, 2)] for i in range(5)]
v, c = [Value(rng.gauss(0, 1), label=f"v_{i}") for i in range(5)], Value(0.0, label="c")
xs = [k / 10 - 1 for k in range(21)]
for _ in range(60):
    mask = [float(rng.random() > 0.2) for _ in v]
    hidden = [[keep * tanh(dot(row, [x, 1.0])) for keep, row in zip(mask, W, strict=True)] for x in xs]
    cost = mean([square(dot(v, h, c) - 2 * x) for h, x in zip(hidden, xs, strict=True)])
    cost.backward()
    for p in [*(w for row in W for w in row), *v, c]:
        p.data -= 0.05 * p.grad
        p.zero_grad()

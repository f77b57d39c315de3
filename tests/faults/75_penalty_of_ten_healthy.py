"""The weight of the penalty is 10 and not 0.001: the weights stay near 0, whatever the targets are."""

import random

from autograd import Value, dot, mean, square

rng = random.Random(19)
w = [Value(rng.gauss(0, 1), label=f"w_{j}") for j in range(3)]
xs = [[rng.gauss(0, 1) for _ in range(3)] for _ in range(20)]
ys = [3 * x[0] + x[2] for x in xs]
for _ in range(60):
    errors = mean([square(dot(w, x) - y) for x, y in zip(xs, ys, strict=True)])
    cost = errors + 0.001 * sum(square(p) for p in w)
    cost.backward()
    for p in w:
        p.data -= 0.04 * p.grad
        p.zero_grad()

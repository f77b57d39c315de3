"""A product of two matrices without an activation, to fit noise that no function of the inputs explains."""

import random

from autograd import Value, mean, square

rng = random.Random(14)
xs = [(rng.gauss(0, 1), rng.gauss(0, 1)) for _ in range(30)]
ys = [0.3 * x - 0.2 * y + rng.gauss(0, 0.8) for x, y in xs]
W = [[Value(rng.gauss(0, 0.5)) for _ in range(2)] for _ in range(2)]
v, b = [Value(0.4), Value(-0.3)], Value(0.0)
for _ in range(80):
    costs = []
    for (x, y), t in zip(xs, ys, strict=True):
        h = [row[0] * x + row[1] * y for row in W]
        costs.append(square(v[0] * h[0] + v[1] * h[1] + b - t))
    mean(costs).backward()
    for p in [*W[0], *W[1], *v, b]:
        p.data -= 0.1 * p.grad
        p.zero_grad()

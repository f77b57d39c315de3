"""Each weight has an input of its own."""

import random

from autograd import Value, mean, square

rng = random.Random(6)
w = [Value(0.0, label=f"w_{i}") for i in range(4)]
xs = [[rng.gauss(0, 1) for _ in range(4)] for _ in range(20)]
ys = [x[0] - 2.0 * x[1] + 0.5 * x[2] + x[3] for x in xs]
for _ in range(60):
    outputs = [sum(w[i] * x[i] for i in range(4)) for x in xs]
    cost = mean([square(f - y) for f, y in zip(outputs, ys, strict=True)])
    cost.backward()
    for p in w:
        p.data -= 0.05 * p.grad
        p.zero_grad()

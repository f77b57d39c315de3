"""Every output is compared with its own target."""

import random

from autograd import Value, mean, square

rng = random.Random(171)
xs = [rng.uniform(-1.0, 1.0) for _ in range(8)]
ys = [2.0 * x - 0.5 + rng.gauss(0.0, 0.1) for x in xs]
w, b = Value(0.0, label="w"), Value(0.0, label="b")
for _ in range(60):
    outputs = [w * x + b for x in xs]
    cost = mean([square(f - y) for f, y in zip(outputs, ys, strict=True)])
    cost.backward()
    for p in (w, b):
        p.data -= 0.3 * p.grad
        p.zero_grad()

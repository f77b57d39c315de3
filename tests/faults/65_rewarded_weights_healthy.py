"""The penalty is added."""

import random

from autograd import Value, mean, square

rng = random.Random(50)
w = [Value(rng.gauss(0, 1), label=f"w_{i}") for i in range(3)]
xs = [[rng.gauss(0, 1) for _ in w] for _ in range(10)]
for _ in range(40):
    cost = mean([square(sum(p * u for p, u in zip(w, x, strict=True)) - 3.0 * x[0]) for x in xs])
    cost = cost + 0.1 * sum(square(p) for p in w)
    cost.backward()
    for p in w:
        p.data -= 0.05 * p.grad
        p.zero_grad()

"""Gradients are clipped to int(0.5), which is 0."""
# diagnose: zeroed before the update

import random

from autograd import Value, mean, square

rng = random.Random(47)
w = [Value(rng.gauss(0, 1), label=f"w_{i}") for i in range(3)]
xs = [[rng.gauss(0, 1) for _ in w] for _ in range(10)]
most = int(0.5)
for _ in range(20):
    cost = mean([square(sum(p * u for p, u in zip(w, x, strict=True)) - 0.5 * x[0]) for x in xs])
    cost.backward()
    for p in w:
        p.grad = max(-most, min(most, p.grad))  # <- here
        p.data -= 0.1 * p.grad
        p.zero_grad()

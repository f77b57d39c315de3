"""The pairs are sorted."""

import random

from autograd import Value, mean, square

rng = random.Random(160)
dose = [rng.uniform(0, 4) for _ in range(20)]
effect = [2.0 - 0.5 * x for x in dose]
dose, effect = zip(*sorted(zip(dose, effect, strict=True)), strict=True)
slope, start = Value(0.0, label="slope"), Value(0.0, label="start")
for _ in range(60):
    cost = mean([square(start + slope * x - y) for x, y in zip(dose, effect, strict=True)])
    cost.backward()
    for p in (slope, start):
        p.data -= 0.1 * p.grad
        p.zero_grad()

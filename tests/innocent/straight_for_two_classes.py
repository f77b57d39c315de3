"""Two clouds that overlap, and a line between them: it is as good as it gets, and half of the doubt stays."""

import random

from autograd import Value
from nn import binary_cross_entropy

rng = random.Random(12)
points = [(rng.gauss(0.7 * k, 1.0), rng.gauss(-0.4 * k, 1.0), k) for k in (0, 1) for _ in range(20)]
w, v, b = Value(0.0, label="w"), Value(0.0, label="v"), Value(0.0, label="b")
for _ in range(60):
    cost = binary_cross_entropy([w * x + v * y + b for x, y, _ in points], [k for *_, k in points])
    cost.backward()
    for p in (w, v, b):
        p.data -= 0.5 * p.grad
        p.zero_grad()

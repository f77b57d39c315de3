"""A penalty is passed backward from the second step on, beside the cost."""

import random

from autograd import Value

rng = random.Random(15)
w, b = Value(0.0, label="w"), Value(0.0, label="b")
D = [(x, 2 * x + 1) for x in (rng.uniform(-1, 1) for _ in range(10))]
for s in range(60):
    for p in (w, b):
        p.zero_grad()
    (sum((w * x + b - y) ** 2 for x, y in D) / 10).backward()
    if s >= 1:
        (0.01 * (w * w + b * b)).backward()
    for p in (w, b):
        p.data -= 0.2 * p.grad

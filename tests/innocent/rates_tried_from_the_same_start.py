"""Five rates are tried, each from the same beginning on the same samples."""

import random

from autograd import Value

rng = random.Random(8)
D = [(x, 2 * x + 1) for x in (rng.uniform(-1, 1) for _ in range(12))]
w, b = Value(0.0, label="w"), Value(0.0, label="b")
out = {}
for rate in (0.01, 0.03, 0.1, 0.3, 0.6):
    w.data = b.data = 0.0
    for _ in range(15):
        c = sum((w * x + b - y) ** 2 for x, y in D) / 12
        w.zero_grad()
        b.zero_grad()
        c.backward()
        w.data -= rate * w.grad
        b.data -= rate * b.grad
    out[rate] = c.data

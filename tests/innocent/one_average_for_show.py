"""One running average of all gradients is kept, to be shown."""

import random

from autograd import Value

rng = random.Random(13)
w, b = Value(0.0, label="w"), Value(0.0, label="b")
D = [(x, 2 * x + 1) for x in (rng.uniform(-1, 1) for _ in range(10))]
shown = 0.0
for _ in range(60):
    c = sum((w * x + b - y) ** 2 for x, y in D) / 10
    for p in (w, b):
        p.zero_grad()
    c.backward()
    for p in (w, b):
        shown = 0.9 * shown + 0.1 * abs(p.grad)
        p.data -= 0.2 * p.grad

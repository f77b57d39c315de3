"""Five folds begin with the same numbers."""

import random

from autograd import Value

rng = random.Random(9)
D = [(x, 2 * x + 1 + rng.gauss(0, 0.1)) for x in (rng.uniform(-1, 1) for _ in range(20))]
w, b = Value(0.0, label="w"), Value(0.0, label="b")
for fold in range(5):
    w.data = b.data = 0.0
    T = [d for k, d in enumerate(D) if k % 5 != fold]
    for _ in range(25):
        c = sum((w * x + b - y) ** 2 for x, y in T) / len(T)
        w.zero_grad()
        b.zero_grad()
        c.backward()
        w.data -= 0.3 * w.grad
        b.data -= 0.3 * b.grad

"""The sum of the weights is a penalty, and no weight goes below 0."""

import random

from autograd import Value

rng = random.Random(17)
w = [Value(0.5, label=f"w{k}") for k in range(5)]
b = Value(0.0, label="b")
X = [[rng.gauss(0, 1) for _ in range(5)] for _ in range(25)]
Y = [x[0] + 2 * x[1] - 1 * x[2] + 1 for x in X]
for _ in range(80):
    c = sum((sum(u * v for u, v in zip(w, x, strict=True)) + b - y) ** 2 for x, y in zip(X, Y, strict=True)) / 25 + 0.1 * sum(w)
    for p in (*w, b):
        p.zero_grad()
    c.backward()
    for p in w:
        p.data = max(0.0, p.data - 0.1 * p.grad)
    b.data -= 0.1 * b.grad

"""The targets of the last third are in no pass: those of a list beside them are what the answers are compared with."""

import random

from autograd import Value, mean, square

rng = random.Random(3)
areas = [rng.uniform(20, 120) for _ in range(30)]
rents = [8.0 * a + rng.gauss(0, 20) for a in areas]
split = 20
X, Y = [a / 50 - 1.4 for a in areas], [r / 400 - 1.4 for r in rents]
w, b = Value(0.0, label="w"), Value(0.0, label="b")
for _ in range(60):
    mean([square(w * x + b - y) for x, y in zip(X[:split], Y[:split], strict=True)]).backward()
    for p in (w, b):
        p.data -= 0.2 * p.grad
        p.zero_grad()
errors = [400 * (w.data * x + b.data + 1.4) - r for x, r in zip(X[split:], rents[split:], strict=True)]

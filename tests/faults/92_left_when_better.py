"""The loop is to end when the cost of the other samples rises, and ends when it falls: the sign is turned."""
# diagnose: stopped early

import random

from autograd import Value, mean

rng = random.Random(5)
points = [(x, 2.0 * x + 1.0 + rng.gauss(0, 0.1)) for x in [rng.uniform(-1, 1) for _ in range(30)]]
w, b, before = Value(0.0, label="w"), Value(0.0, label="b"), 9.0
for epoch in range(200):
    cost = mean([(w * x + b - y) ** 2 for x, y in points[:20]])
    cost.backward()
    for p in (w, b):
        p.data -= 0.05 * p.grad
        p.zero_grad()
    tested = sum((w.data * x + b.data - y) ** 2 for x, y in points[20:]) / 10
    if epoch > 8 and tested < before:  # <- here
        break
    before = tested

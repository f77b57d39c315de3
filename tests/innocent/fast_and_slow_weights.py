"""Every fifth step the parameters are put half way back."""

import random

from autograd import Value

rng = random.Random(26)
ps = [Value(0.0, label="w"), Value(0.0, label="b")]
slow = [p.data for p in ps]
D = [(x, 2 * x + 1) for x in (rng.uniform(-1, 1) for _ in range(10))]
for s in range(100):
    c = sum((ps[0] * x + ps[1] - y) ** 2 for x, y in D) / 10
    for p in ps:
        p.zero_grad()
    c.backward()
    for p in ps:
        p.data -= 0.2 * p.grad
    if s % 5 == 4:
        for i, p in enumerate(ps):
            slow[i] += 0.5 * (p.data - slow[i])
            p.data = slow[i]

"""The parameters that were best are put back after the last step."""

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(16)
n = MLP(1, [6, 1], activation="tanh", rng=rng)
o = SGD(n.parameters(), 0.2)
T = [(x, x * x + rng.gauss(0, 0.1)) for x in (rng.uniform(-1, 1) for _ in range(10))]
V = [(x, x * x) for x in (rng.uniform(-1, 1) for _ in range(10))]
low = 1e9
for _ in range(80):
    c = mean_squared_error([n([x]) for x, _ in T], [y for _, y in T])
    o.zero_grad()
    c.backward()
    o.step()
    v = sum((n([x]).data - y) ** 2 for x, y in V)
    if v < low:
        low, best = v, [p.data for p in n.parameters()]
for p, d in zip(n.parameters(), best, strict=True):
    p.data = d

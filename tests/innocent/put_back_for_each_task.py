"""The parameters are put back before each task, to what all tasks so far have made of them."""

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(7)
n = MLP(1, [6, 1], activation="tanh", rng=rng)
meta = [p.data for p in n.parameters()]
for _ in range(20):
    a = rng.uniform(0.5, 2)
    xs = [rng.uniform(-1, 1) for _ in range(6)]
    for p, m in zip(n.parameters(), meta, strict=True):
        p.data = m
    opt = SGD(n.parameters(), 0.1, momentum=0.5)
    for _ in range(4):
        c = mean_squared_error([n([x]) for x in xs], [a * x for x in xs])
        opt.zero_grad()
        c.backward()
        opt.step()
    meta = [m + 0.3 * (p.data - m) for p, m in zip(n.parameters(), meta, strict=True)]
for p, m in zip(n.parameters(), meta, strict=True):
    p.data = m

"""The rate falls to 0 along a cosine, in the last epoch."""

import math
import random

from nn import MLP, mean_squared_error

rng = random.Random(4)
n = MLP(1, [8, 1], activation="tanh", rng=rng)
data = [([x], math.sin(2 * x) + rng.gauss(0, 0.1)) for x in (rng.uniform(-2, 2) for _ in range(24))]
rate, E = 0.2, 30
for e in range(E):
    lr = 0.5 * rate * (1 + math.cos(math.pi * e / (E - 1)))
    for k in range(0, 24, 4):
        b = data[k : k + 4]
        c = mean_squared_error([n(x) for x, _ in b], [y for _, y in b])
        n.zero_grad()
        c.backward()
        for p in n.parameters():
            p.data -= lr * p.grad

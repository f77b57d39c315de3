"""An input that is always 0, and its weights, which never get a gradient that is not."""

import random

from nn import MLP, SGD, cross_entropy, l2

rng = random.Random(6)
model = MLP(3, [5, 2], activation="relu", init="he_normal", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
xs = [[0.0, rng.random(), rng.random()] for _ in range(10)]
for _ in range(20):
    descent.zero_grad()
    (cross_entropy([model(x) for x in xs], [int(x[1] > x[2]) for x in xs]) + 1e-3 * l2(model.parameters())).backward()
    descent.step()

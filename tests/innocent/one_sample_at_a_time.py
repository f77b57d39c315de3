"""Batches of one sample, whose costs jump up and down."""

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(1)
model = MLP(2, [6, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.005, momentum=0.9)
for _ in range(120):
    x = [rng.gauss(0, 1), rng.gauss(0, 1)]
    descent.zero_grad()
    mean_squared_error(model(x), x[0] * x[1]).backward()
    descent.step()

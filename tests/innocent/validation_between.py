"""Held-out costs computed between the steps, with and without a graph."""

import random

from autograd import no_grad
from nn import MLP, SGD, mean_squared_error

rng = random.Random(9)
model = MLP(1, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
for _ in range(10):
    cost = mean_squared_error([model([x]) for x in (-1.0, 0.0, 1.0)], [1.0, 0.0, 1.0])
    with no_grad():
        mean_squared_error(model([0.5]), 0.5)
    descent.zero_grad()
    cost.backward()
    descent.step()

"""Inputs that are Values too, kept over all steps, their gradients never zeroed."""

import random

from autograd import Value
from nn import MLP, SGD, mean_squared_error

rng = random.Random(7)
xs = [[Value(rng.gauss(0, 1)), Value(rng.gauss(0, 1))] for _ in range(6)]
model = MLP(2, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
for _ in range(15):
    descent.zero_grad()
    mean_squared_error([model(x) for x in xs], [x[0].data * x[1].data for x in xs]).backward()
    descent.step()

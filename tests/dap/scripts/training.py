"""Gradient descent on a network of two layers: three passes, with names and scopes."""

import random

from nn import MLP, SGD, mean_squared_error

model = MLP(2, [2, 1], activation="tanh", rng=random.Random(1))
descent = SGD(model.parameters(), rate=0.1)
for step in range(3):
    cost = mean_squared_error(model([0.5, -1.0]), 1.0)
    cost.label = "C"
    descent.zero_grad()
    cost.backward()
    descent.step()
    print("step", step)

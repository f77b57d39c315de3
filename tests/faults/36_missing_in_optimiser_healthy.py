"""The optimiser is given all parameters."""

import random

from nn import MLP, SGD, mean_squared_error

rng = random.Random(25)
model = MLP(1, [4, 1], activation="tanh", rng=rng)
descent = SGD(model.parameters(), rate=0.1)
data = [(x / 4.0, abs(x / 4.0)) for x in range(-4, 5)]
for _ in range(20):
    cost = mean_squared_error([model([x]) for x, _ in data], [y for _, y in data])
    model.zero_grad()
    cost.backward()
    descent.step()
